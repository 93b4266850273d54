"""Access tokens that end: who keeps them, and how they are renewed once however many ask.

A provider often forgets the old refresh token when it gives a new one, so two workers must never
renew at the same time, and what was given must be kept even when the call it was for fails.
"""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

# Renewed this long before the end: calls that were prepared with it are still to be made.
SPARE = timedelta(minutes=2)


@dataclass(frozen=True)
class Tokens:
    """:param access_until: aware moment the access token ends, or None
    :param refresh_until: aware moment the refresh token ends, or None
    :param str scope: what it allows, as the provider writes it
    """

    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    access_until: datetime | None = None
    refresh_until: datetime | None = None
    scope: str = ""

    def is_fresh(self, now=None):
        """:return: whether the access token may be used"""
        now = now or datetime.now(UTC)
        return bool(self.access) and (not self.access_until or now < self.access_until - SPARE)


class TokenStore:
    """Keeps one account's tokens in memory; where several processes share an account, a subclass
    keeps them for all.

    :param tokens: :class:`Tokens` to begin with
    """

    def __init__(self, tokens=None):
        self._tokens = tokens or Tokens()
        self._lock = threading.RLock()

    def load(self):
        """:return: :class:`Tokens` as they are kept"""
        return self._tokens

    def renew(self, stale, make):
        """Let the provider give new tokens, unless somebody else was faster.

        :param str stale: the access token that is no good any more
        :param make: called with the kept :class:`Tokens`; gives new ones, or raises a
            :class:`~odoo.addons.helloword_returns.providers.base.ProviderError`
        :return: :class:`Tokens`
        """
        with self._lock:
            if self._tokens.access != stale and self._tokens.is_fresh():
                return self._tokens
            self._tokens = make(self._tokens)
            return self._tokens
