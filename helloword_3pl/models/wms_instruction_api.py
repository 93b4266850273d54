from datetime import UTC

from odoo import fields, models
from odoo.fields import Domain

from ..wms.api_cursor import read_cursor, write_cursor

# What the contract calls an instruction that lost its object: the units do not wait any more.
SETTLED = "settled"
STATUSES = ("open", "accepted", "refused", "replaced", SETTLED)


class AnsweredError(Exception):
    """An instruction stands otherwise than an operator believes; says how, in English."""


class HellowordWmsConnection(models.Model):
    """Instructions as the operator of a connection fetches and confirms them."""

    _inherit = "helloword.wms.connection"

    def _list_instructions(self, cursor, limit, status=""):
        """Instructions of this connection, by their last change; those in the answer count as
        fetched.

        :param str cursor: of an earlier answer, or empty
        :param str status: only those; of :data:`STATUSES`, or empty
        :return: dict as the contract's ``Instructions``
        :raise ValueError: the cursor is none
        """
        self.ensure_one()
        domain = Domain("connection_id", "=", self.id)
        if status == SETTLED:
            domain &= Domain("state", "=", "open") & Domain("question_id.is_waiting", "=", False)
        elif status == "open":
            domain &= Domain("state", "=", "open") & Domain("question_id.is_waiting", "=", True)
        elif status:
            domain &= Domain("state", "=", status)
        if cursor:
            moment, number = read_cursor(cursor)
            domain &= Domain("changed_date", ">", moment) | (
                Domain("changed_date", "=", moment) & Domain("id", ">", number)
            )
        found = self.env["helloword.wms.instruction"].search(
            domain, order="changed_date, id", limit=limit + 1
        )
        page = found[:limit]
        page._note_fetched()
        return {
            "instructions": [instruction._as_contract() for instruction in page],
            "next_cursor": page[-1]._get_cursor() if page else cursor or None,
            "has_more": len(found) > limit,
        }

    def _acknowledge(self, ref, content):
        """What the operator says of an instruction; said twice, it changes nothing.

        :param str ref: of the instruction
        :param dict content: as the contract's ``Acknowledgement``
        :return: dict as the contract's ``IssuedInstruction``; None: there is no such instruction
        :raise AnsweredError: it stands otherwise by now
        """
        self.ensure_one()
        instruction = self.env["helloword.wms.instruction"].search(
            [("connection_id", "=", self.id), ("ref", "=", ref)], limit=1
        )
        if not instruction:
            return None
        if content["result"] != instruction.state:
            instruction._check_can_acknowledge(content["result"])
            instruction._note_fetched()
            if content["result"] == "accepted":
                instruction._accept(content.get("external_ref", ""))
            else:
                instruction._refuse(content["reason"])
        return instruction._as_contract()


class HellowordWmsInstruction(models.Model):
    _inherit = "helloword.wms.instruction"

    def _note_fetched(self):
        unknown = self.filtered(lambda instruction: not instruction.fetched_date)
        if unknown:
            unknown.write({"fetched_date": fields.Datetime.now()})
            unknown.return_id._settle_question_activities()

    def _get_cursor(self):
        self.ensure_one()
        return write_cursor(self.changed_date, self.id)

    def _get_status(self):
        """:return: of :data:`STATUSES`"""
        self.ensure_one()
        is_settled = self.state == "open" and not self.question_id.is_waiting
        return SETTLED if is_settled else self.state

    def _check_can_acknowledge(self, result):
        """What was accepted may be refused as long as the units wait; what was refused is open
        again, so that a new instruction follows.

        :raise AnsweredError: with why not
        """
        if self.state == "replaced":
            raise AnsweredError("A newer instruction on these units replaced it. Fetch that one.")
        if self.state == "refused":
            raise AnsweredError("You refused it. Wait for a new instruction.")
        if result == "refused" and not self.question_id.is_waiting:
            raise AnsweredError("These units do not wait any more: you told what became of them.")

    def _as_contract(self):
        """:return: dict as the contract's ``IssuedInstruction``"""
        self.ensure_one()
        until = self.question_id.answer_until
        return {
            "instruction": self.content,
            "status": self._get_status(),
            "reason": self.reason or "",
            "external_ref": self.external_ref or "",
            "created_at": _write_moment(self.create_date),
            "updated_at": _write_moment(self.changed_date),
            "answer_until": _write_moment(until) if until else None,
        }


def _write_moment(moment):
    return moment.replace(tzinfo=UTC, microsecond=0).isoformat()
