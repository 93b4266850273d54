"""One prepared call to the other side: everything it needs, nothing of the database."""

import logging
from dataclasses import dataclass
from typing import Any

from .base import (
    AcceptedError,
    Answer,
    ProviderError,
    RefusedAfterwardsError,
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

_logger = logging.getLogger(__name__)

PERFORM, LOOK_UP = "perform", "look_up"


@dataclass(frozen=True)
class Outcome:
    """What is known after a call.

    :param str state: done, absent (looked up, certainly not carried out), rejected, temporary
        (certainly not carried out, try again), accepted (the provider works on it), unknown
    """

    state: str
    answer: Answer | None = None
    error: ProviderError | None = None


@dataclass(frozen=True)
class PreparedCall:
    """:param str task: ``PERFORM`` or ``LOOK_UP``
    :param adapter: of the account, or None when there is none
    :param str token: of the claim this call is made under
    :param obstacle: why there is no adapter
    """

    task: str
    adapter: Any
    kind: str
    request: Any
    key: str
    token: str
    obstacle: str = ""

    def make(self):
        """Make the call. Never raises; what nobody can explain counts as sent.

        :return: :class:`Outcome`
        """
        if self.obstacle:
            return Outcome("temporary", error=TemporaryError(self.obstacle))
        try:
            if self.task == PERFORM:
                answer = self.adapter.perform(self.kind, self.request, self.key)
                return Outcome("done", answer)
            answer = self.adapter.look_up(self.kind, self.request, self.key)
            return Outcome("done", answer) if answer else Outcome("absent")
        except TemporaryError as error:
            return Outcome("temporary", error=error)
        except AcceptedError as error:
            return Outcome("accepted", error=error)
        except RefusedAfterwardsError as error:
            return Outcome("rejected", error=error)
        except RejectedError as error:
            return Outcome("rejected" if self.task == PERFORM else "unknown", error=error)
        except ProviderError as error:
            return Outcome("unknown", error=error)
        except Exception as error:
            _logger.exception("Call %s of operation %s", self.task, self.key)
            return Outcome("unknown", error=UnknownOutcomeError(f"{type(error).__name__}: {error}"))
