from datetime import datetime, time

import pytz
from odoo import api, fields, models

from ..law.clock import FAULTY, NOT_DELIVERED, WITHDRAWAL, RefundFacts, get_refund_due

# Groups of reasons by what the law makes of them; others need a person's judgement.
CLAIM_KINDS = {
    "changed_mind": WITHDRAWAL,
    "size": WITHDRAWAL,
    "gift": WITHDRAWAL,
    "other": WITHDRAWAL,
    "not_as_described": FAULTY,
    "defective": FAULTY,
    "damaged": FAULTY,
    "wrong_item": FAULTY,
    "missing_part": FAULTY,
    "late": NOT_DELIVERED,
}
# After these decisions no money is owed.
NO_REFUND_DECISIONS = ("exchange", "reject")


class HellowordReturn(models.Model):
    """By when the money has to be back: law, marketplace and published policy, the strictest."""

    _inherit = "helloword.return"

    refund_due_date = fields.Datetime(
        string="Refund Due",
        compute="_compute_refund_due",
        store=True,
        copy=False,
        index="btree_not_null",
        help="The last moment for the refund (UTC): the strictest of the buyer's law, the "
        "channel's clocks and the published policy. Empty while it waits for a fact, or when "
        "nothing sets a term.",
    )
    refund_due_source = fields.Char(
        compute="_compute_refund_due",
        store=True,
        copy=False,
        help="What sets the refund's deadline.",
    )
    refund_clock = fields.Json(
        compute="_compute_refund_due",
        store=True,
        copy=False,
        help="Every term that was compared, the strictest first.",
    )

    @api.depends(
        "request_date",
        "country_id",
        "channel_id",
        "sale_order_id.partner_shipping_id.state_id",
        "approval_state",
        "decision",
        "decided_date",
        "deadline_date",
        "shipped_date",
        "goods_state",
        "reason_group_id",
    )
    def _compute_refund_due(self):
        terms = self._get_refund_terms()
        for ret in self:
            compared = sorted(terms[ret], key=lambda term: (not term["date"], term["date"] or ""))
            strictest = compared[0] if compared and compared[0]["date"] else {}
            ret.refund_clock = compared or False
            ret.refund_due_date = strictest.get("date") or False
            ret.refund_due_source = strictest.get("source") or False

    def _get_refund_terms(self):
        """Every deadline the refund of each return has to meet.

        :return: dict of return → list of dicts with ``origin`` (law, channel, policy), ``source``,
            ``date`` (UTC, as text; None while a fact is missing) and what it counts from
        """
        owed = self.filtered(lambda ret: ret._is_refund_clock_running())
        policies = self.env["helloword.return.policy"]._get_for(owed) if owed else {}
        clocks = self.env["helloword.channel.clock"].sudo()
        if owed:
            clocks = clocks.search([("kind", "=", "refund"), ("confidence", "!=", "low")])
        terms = {}
        for ret in self:
            terms[ret] = []
            if ret in owed:
                facts = ret._get_refund_facts()
                terms[ret] += ret._get_legal_terms(facts)
                terms[ret] += ret._get_channel_terms(clocks)
                terms[ret] += ret._get_promised_terms(policies[ret], facts)
        return terms

    def _is_refund_clock_running(self):
        self.ensure_one()
        return self.approval_state in ("requested", "approved") and (
            self.decision not in NO_REFUND_DECISIONS or self._owes_money()
        )

    # -------------------------------------------------------------------------
    # Facts
    # -------------------------------------------------------------------------

    def _get_refund_facts(self):
        """:return: :class:`~odoo.addons.helloword_returns.law.clock.RefundFacts`"""
        self.ensure_one()
        decided = self.approval_state == "approved"
        return RefundFacts(
            kind=self._get_claim_kind(),
            notice=self._as_buyer_day(self._get_notice_date()),
            received=self._as_buyer_day(self._get_received_date()),
            dispatched=self._as_buyer_day(self.shipped_date),
            agreed=self._as_buyer_day(self.decided_date) if decided else None,
            goods_expected=not decided or self._expects_goods(),
        )

    def _get_claim_kind(self):
        """What the law makes of the request; without a reason it is a withdrawal."""
        self.ensure_one()
        group = self.reason_group_id
        if not group:
            return FAULTY if self.line_ids.reason_id else WITHDRAWAL
        return CLAIM_KINDS.get(group.code, FAULTY)

    def _get_notice_date(self):
        """When the buyer gave notice (naive UTC). Hook."""
        self.ensure_one()
        return self.request_date

    def _get_received_date(self):
        """When the last of the goods came in (naive UTC), or False while some are awaited."""
        self.ensure_one()
        if self.goods_state not in ("received", "inspected", "processed"):
            return False
        moves = self.sudo().line_ids.move_ids.filtered(
            lambda move: move.state == "done" and move.location_id.usage == "customer"
        )
        return max(moves.mapped("date"), default=False)

    def _get_jurisdiction(self):
        """:return: the buyer's, such as ``DE`` or ``US-NY``; empty when it is not known"""
        self.ensure_one()
        country = self.country_id.code or ""
        partner = self.sudo().sale_order_id.partner_shipping_id or self.sudo().partner_id
        state = partner.state_id
        if country and state.country_id == self.country_id:
            return f"{country}-{state.code}"
        return country

    def _get_buyer_timezone(self):
        """The first time zone of the buyer's country stands for all of them."""
        self.ensure_one()
        zones = pytz.country_timezones.get(self.country_id.code or "")
        return pytz.timezone(zones[0]) if zones else pytz.utc

    def _as_buyer_day(self, moment):
        """:param moment: naive UTC datetime or False
        :return: the day it was at the buyer's, or None
        """
        if not moment:
            return None
        return pytz.utc.localize(moment).astimezone(self._get_buyer_timezone()).date()

    def _as_end_of_buyer_day(self, day):
        """:return: the last second of a day at the buyer's, as naive UTC datetime"""
        end = self._get_buyer_timezone().localize(datetime.combine(day, time(23, 59, 59)))
        return end.astimezone(pytz.utc).replace(tzinfo=None)

    # -------------------------------------------------------------------------
    # Terms
    # -------------------------------------------------------------------------

    def _get_legal_terms(self, facts):
        self.ensure_one()
        jurisdiction = self._get_jurisdiction()
        if not jurisdiction or not facts.notice:
            return []
        rulebook = self.env["helloword.regulation"]._get_rulebook()
        due = get_refund_due(rulebook, jurisdiction, facts)
        if not due:
            return []
        return [
            {
                "origin": "law",
                "source": due.regulation.reference,
                "url": due.regulation.source,
                "basis": due.basis,
                "length": f"{due.regulation.value} {due.regulation.unit}",
                "date": self._as_stored_end(due.day),
                "not_before": self._as_stored_end(due.not_before),
            }
        ]

    def _get_channel_terms(self, clocks):
        """:param clocks: ``helloword.channel.clock`` for refunds"""
        self.ensure_one()
        starts = {
            "request": self.request_date,
            "decision": self.decided_date,
            "first_scan": self.shipped_date,
            "receipt": self._get_received_date(),
        }
        terms = []
        for clock in clocks:
            if clock._applies_to(self.channel_id, self.country_id):
                start = starts[clock.starts]
                end = clock._get_end(start, self.country_id.code) if start else None
                terms.append(
                    {
                        "origin": "channel",
                        "source": clock.name,
                        "url": clock.source or "",
                        "basis": clock.starts,
                        "date": fields.Datetime.to_string(end) if end else None,
                    }
                )
        if self.deadline_date:
            terms.append(
                {
                    "origin": "channel",
                    "source": self.channel_id.name,
                    "url": "",
                    "basis": "deadline",
                    "date": fields.Datetime.to_string(self.deadline_date),
                }
            )
        return terms

    def _get_promised_terms(self, policy, facts):
        """A published policy binds the seller, also where no law sets a term."""
        self.ensure_one()
        if not policy or not facts.notice:
            return []
        end = self._get_promised_day(policy, facts)
        return [
            {
                "origin": "policy",
                "source": policy.name,
                "url": policy.url or "",
                "basis": policy.refund_trigger if facts.goods_expected else "notice",
                "length": f"{policy.refund_days} days",
                "date": self._as_stored_end(end),
            }
        ]

    @api.model
    def _get_promised_day(self, policy, facts):
        """:return: the last day a policy promises the refund by; None while a fact is missing"""
        term = policy._get_refund_term()
        if not facts.goods_expected or policy.refund_trigger == "notice":
            return facts.notice + term
        proof = min((day for day in (facts.received, facts.dispatched) if day), default=None)
        if policy.refund_trigger == "notice_or_proof":
            return proof and max(facts.notice + term, proof)
        start = {
            "goods_or_proof": proof,
            "first_scan": facts.dispatched,
            "receipt": facts.received,
            "inspection": facts.received,
        }[policy.refund_trigger]
        return start and start + term

    def _as_stored_end(self, day):
        end = day and self._as_end_of_buyer_day(day)
        return fields.Datetime.to_string(end) if end else None
