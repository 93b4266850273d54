from collections import defaultdict

from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.tools import format_amount

from ..law.clock import FAULTY
from .return_facts import HISTORY_MONTHS
from .return_plan import FINAL_DECISIONS

# From how many decisions of people, and how like, their practice is followed.
ENOUGH_PRACTICE = 5
LIKE_PRACTICE = 0.8
# Ways that give customers all their money: those the costs may choose between.
WHOLE_REFUNDS = ("refund_only", "return_refund")


class HellowordReturn(models.Model):
    """What is suggested to the person who decides."""

    _inherit = "helloword.return"

    def _suggest_decisions(self, estimates, photos):
        """A decision for each return and the reason for it.

        What people decided about such returns comes first; then a photo, where a fault is claimed
        and none is there; then the cheaper of the ways that refund everything. A rejection is
        suggested by practice only, never by its costs.

        :param dict estimates: return → list of ``DecisionEstimate``
        :param dict photos: return → list, empty where there is no picture
        :return: dict of return → {decision, reason}
        """
        practice = self._read_practice()
        suggestions = {}
        for ret in self:
            suggestions[ret] = (
                ret._suggest_by_practice(practice)
                or ret._suggest_photo(estimates[ret], photos[ret])
                or ret._suggest_by_costs(estimates[ret])
            )
        return suggestions

    def _read_practice(self):
        """:return: dict of (company, channel, reason group) → {decision: how often people took it}"""
        since = fields.Datetime.now() - relativedelta(months=HISTORY_MONTHS)
        groups = self._read_group(
            [
                ("company_id", "in", self.company_id.ids),
                ("reason_group_id", "in", self.reason_group_id.ids),
                ("decided_automatically", "=", False),
                ("decided_date", ">=", since),
                ("decision", "in", FINAL_DECISIONS),
                ("approval_state", "in", ("approved", "rejected")),
            ],
            ["company_id", "channel_id", "reason_group_id", "decision"],
            ["__count"],
        )
        practice = defaultdict(dict)
        for company, channel, group, decision, count in groups:
            practice[company, channel, group][decision] = count
        return practice

    def _suggest_by_practice(self, practice):
        self.ensure_one()
        taken = practice.get((self.company_id, self.channel_id, self.reason_group_id)) or {}
        total = sum(taken.values())
        if total < ENOUGH_PRACTICE:
            return None
        decision, count = max(taken.items(), key=lambda item: item[1])
        if count < LIKE_PRACTICE * total:
            return None
        return {
            "decision": decision,
            "reason": self.env._(
                "People decided %(count)s of %(total)s requests so: %(reason)s on %(channel)s, "
                "last %(months)s months.",
                count=count,
                total=total,
                reason=self.reason_group_id.name,
                channel=self.channel_id.name,
                months=HISTORY_MONTHS,
            ),
        }

    def _suggest_photo(self, estimates, photos):
        self.ensure_one()
        if photos or self.waits_for_photos or self._get_claim_kind() != FAULTY:
            return None
        costs = self._get_whole_refund_costs(estimates)
        if costs[0].decision == "refund_only":
            return None
        return {
            "decision": "ask_photos",
            "reason": self.env._(
                "A fault is claimed and there is no photo. One may save the way back, or settle "
                "the question."
            ),
        }

    def _suggest_by_costs(self, estimates):
        self.ensure_one()
        best, other = self._get_whole_refund_costs(estimates)
        labels = dict(self._fields["decision"]._description_selection(self.env))
        currency = self.company_currency_id
        return {
            "decision": best.decision,
            "reason": self.env._(
                "The customer gets everything back at the lowest cost: %(best)s, against "
                "%(other)s for “%(decision)s”.",
                best=format_amount(self.env, best.total, currency),
                other=format_amount(self.env, other.total, currency),
                decision=labels[other.decision],
            ),
        }

    def _get_whole_refund_costs(self, estimates):
        """:return: the estimates of the ways that refund everything, the cheaper first"""
        return sorted(
            (estimate for estimate in estimates if estimate.decision in WHOLE_REFUNDS),
            key=lambda estimate: estimate.total,
        )
