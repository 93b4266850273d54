"""Warehouses as operations see them: kinds of calls, each known by its request."""

from dataclasses import dataclass, field

from odoo.addons.helloword_returns.providers.base import REQUEST_TYPES, Answer, RejectedError

from .base import Announced, ExpectedReturn, Instructed, Instruction


@dataclass(frozen=True)
class AnnounceTask:
    """Tell the warehouse what comes.

    :param int notice_id: of our announcement
    :param int revision: of its content; the same content is never sent twice
    """

    notice_id: int = 0
    connection_id: int = 0
    revision: int = 0
    expected: ExpectedReturn = field(default_factory=ExpectedReturn)


@dataclass(frozen=True)
class CancelTask(AnnounceTask):
    """Tell the warehouse that nothing comes any more."""


@dataclass(frozen=True)
class InstructTask:
    """Our word on units that wait.

    :param int question_id: of our record of them
    """

    question_id: int = 0
    connection_id: int = 0
    instruction: Instruction = field(default_factory=Instruction)


@dataclass(frozen=True)
class ClaimTask(AnnounceTask):
    """Say to which return a parcel belongs that the warehouse cannot place.

    :param int parcel_id: of our record of it
    :param str parcel_ref: the warehouse's number of the case
    """

    parcel_id: int = 0
    parcel_ref: str = ""


REQUEST_TYPES.update(
    asn_send=AnnounceTask, asn_cancel=CancelTask, wms_instruct=InstructTask, wms_claim=ClaimTask
)
WMS_KINDS = ("asn_send", "asn_cancel", "wms_instruct", "wms_claim")


@dataclass(frozen=True)
class WarehouseAnswer(Answer):
    """:param result: what the adapter said"""

    result: Announced | Instructed | None = None


class WarehouseOperations:
    """One connection in the shape operations call.

    :param adapter: :class:`~.base.WarehouseAdapter`; None: the operator fetches from us, so that
        writing it down is all there is to do
    """

    def __init__(self, adapter):
        self._adapter = adapter

    def perform(self, kind, task, key):
        """Carry one task out; errors as in
        :meth:`~odoo.addons.helloword_returns.providers.base.ChannelAdapter.perform`."""
        if self._adapter is None:
            return WarehouseAnswer(result=None)
        if kind == "asn_send":
            return _as_answer(self._adapter.announce(task.expected, key))
        if kind == "asn_cancel":
            return _as_answer(self._adapter.cancel(task.expected, key))
        if kind == "wms_instruct":
            return _as_answer(self._adapter.instruct(task.instruction, key))
        if kind == "wms_claim":
            return _as_answer(self._adapter.claim(task.parcel_ref, task.expected, key))
        raise RejectedError(f"A warehouse cannot carry out “{kind}”.")

    def look_up(self, kind, task, key):
        """Whether a task was carried out; asks only."""
        if self._adapter is None:
            return WarehouseAnswer(result=None)
        if kind == "wms_instruct":
            found = self._adapter.find_instruction(task.instruction)
        elif kind == "asn_cancel":
            found = self._adapter.find_cancelled(task.expected)
        else:
            found = self._adapter.find(task.expected)
        return _as_answer(found) if found else None


def _as_answer(result):
    return WarehouseAnswer(external_ref=result.external_ref, raw=result.raw, result=result)
