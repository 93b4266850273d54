"""Calls to a channel: its tokens renewed in time, its limits kept, its errors told honestly."""

from odoo.addons.helloword_returns.providers.base import RejectedError, TemporaryError
from odoo.addons.helloword_returns.providers.http import HttpSession, read_json


def get_status(error):
    """:return: the HTTP status a refusal came with, or None"""
    return error.answer.get("status") if isinstance(error.answer, dict) else None


def is_missing(error):
    """:return: whether a refusal says that there is no such thing"""
    return get_status(error) == 404


class ChannelSession:
    """Calls for one account, by whatever tokens it has.

    Subclasses say what a token looks like in a call (:meth:`_authorize`), how new ones are made
    (:meth:`_make_tokens`) and what the channel says about its limits (:meth:`_note_limits`).

    :param str base_url: without a slash at its end
    :param tokens: :class:`~.tokens.TokenStore`, or None where calls carry no token that ends
    :param limiter: :class:`~.limits.Limiter`
    """

    def __init__(self, base_url, tokens, limiter, headers=None, auth=None):
        self.http = HttpSession(base_url, headers=headers, auth=auth)
        self._tokens = tokens
        self._limiter = limiter

    def ask(self, path, bucket, cost=1.0, **kwargs):
        """:return: what a call that only asks answers, decoded"""
        return read_json(self.call("GET", path, bucket, cost, **kwargs), acts=False)

    def send(self, method, path, bucket, cost=1.0, acts=True, **kwargs):
        """:return: what a call that acts answers, decoded"""
        return read_json(self.call(method, path, bucket, cost, acts=acts, **kwargs), acts=acts)

    def call(self, method, path, bucket, cost=1.0, **kwargs):
        """Make one call.

        :param bucket: :class:`~.limits.Bucket` it is counted in
        :return: :class:`requests.Response` of a status below 400
        :raise RejectedError: refused; nothing was carried out
        :raise TemporaryError: certainly not carried out; may be sent again
        :raise UnknownOutcomeError: perhaps carried out
        """
        access = self._get_access()
        try:
            return self._call_once(method, path, bucket, cost, access, kwargs)
        except RejectedError as error:
            # What is refused for its token was not carried out; the token may have been revoked.
            if self._tokens is None or get_status(error) != 401:
                raise
            access = self._tokens.renew(access, self._make_tokens).access
            return self._call_once(method, path, bucket, cost, access, kwargs)

    def _get_access(self):
        if self._tokens is None:
            return ""
        tokens = self._tokens.load()
        if not tokens.is_fresh():
            tokens = self._tokens.renew(tokens.access, self._make_tokens)
        return tokens.access

    def _call_once(self, method, path, bucket, cost, access, kwargs):
        self._limiter.take(bucket, cost)
        kwargs = dict(kwargs)
        kwargs["headers"] = {**(kwargs.get("headers") or {}), **self._authorize(access)}
        try:
            response = self.http.request(method, path, **kwargs)
        except TemporaryError as error:
            if get_status(error) == 429 and error.retry_after:
                self._limiter.pause(bucket, error.retry_after)
            raise
        self._note_limits(bucket, response)
        return response

    def _authorize(self, access):
        """:return: dict of headers. Hook."""
        return {"Authorization": f"Bearer {access}"} if access else {}

    def _make_tokens(self, tokens):
        """:param tokens: :class:`~.tokens.Tokens` as they are kept
        :return: new ones. Hook.
        :raise RejectedError: a person has to connect the account again
        """
        raise RejectedError("The channel does not accept the token. Connect the account again.")

    def _note_limits(self, bucket, response):
        """What an answer says about calls that are left. Hook."""
