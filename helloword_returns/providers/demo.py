"""A provider that answers every call, and misbehaves on demand.

It behaves like a real server: what it carried out stays carried out whatever happens to the
caller, and a key it knows gives the first answer again.
"""

import time

from .base import (
    Answer,
    ChannelAdapter,
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

CAPABILITIES = frozenset(("approve", "decline", "refund", "partial_refund", "message", "look_up"))


class DemoAdapter(ChannelAdapter):
    """:param memory: the other side's memory: ``call(key, kind)`` counts a call and gives how many
        there were, ``find(key)`` gives the reference of what was carried out or None,
        ``carry_out(key, kind, request)`` does it and gives the reference
    :param str fault: none, slow, lose_answer, reject, rate_limited, fail_times
    :param int fault_count: how many calls fail before one succeeds
    :param float delay: seconds a slow answer takes
    """

    capabilities = CAPABILITIES

    def __init__(self, memory, fault="none", fault_count=0, delay=3.0):
        self._memory = memory
        self._fault = fault
        self._fault_count = fault_count
        self._delay = delay

    def approve(self, request, key):
        return self._carry_out("approve", request, key)

    def decline(self, request, key):
        return self._carry_out("decline", request, key)

    def refund(self, request, key):
        if request.amount <= 0:
            raise RejectedError("A refund must be above zero.", {"error": "invalid_amount"})
        return self._carry_out("refund", request, key)

    def notify(self, request, key):
        return self._carry_out("notify", request, key)

    def look_up(self, kind, request, key):
        reference = self._memory.find(key)
        return Answer(reference, {"id": reference, "found": True}) if reference else None

    def _carry_out(self, kind, request, key):
        calls = self._memory.call(key, kind)
        if self._fault == "slow":
            time.sleep(self._delay)
        elif self._fault == "reject":
            raise RejectedError("The demo provider refuses this.", {"error": "refused"})
        elif self._fault == "rate_limited":
            raise TemporaryError("Too many requests.", retry_after=30, answer={"status": 429})
        elif self._fault == "fail_times" and calls <= self._fault_count:
            raise TemporaryError("The demo provider is down.", answer={"status": 503})
        reference = self._memory.find(key) or self._memory.carry_out(key, kind, request)
        if self._fault == "lose_answer":
            raise UnknownOutcomeError("The connection was lost before the answer came.")
        return Answer(reference, {"id": reference, "calls": calls})
