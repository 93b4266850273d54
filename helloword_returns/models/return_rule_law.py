from odoo import api, models
from odoo.exceptions import ValidationError

from ..law.clock import FAULTY, WITHDRAWAL
from ..law.policy import EXCHANGE, PARTIAL, STORE_CREDIT, Policy
from .return_clock import CLAIM_KINDS
from .return_plan import GOODS_DECISIONS

# Longest period for faulty goods in the table, in days: how far a refusal is looked at.
LONGEST_CLAIM_DAYS = 5 * 365
REFUND_METHODS = {"store_credit": STORE_CREDIT, "exchange": EXCHANGE, "keep_it": PARTIAL}
FEE_DECISIONS = ("refund_only", "return_refund", "store_credit")
TRIGGER_DECISIONS = ("return_refund", "store_credit")
BUYER_PAYS = ("customer", "deduct")


class HellowordReturnPlanMixin(models.AbstractModel):
    _inherit = "helloword.return.plan.mixin"

    def _prepare_law_values(self, kinds):
        """What the plan does to buyers, for the law checks.

        :param kinds: which claims it decides, see :mod:`..law.clock`
        :return: dict of values of :class:`~odoo.addons.helloword_returns.law.policy.Policy`
        """
        self.ensure_one()
        values, decision = {}, self._get_law_decision()
        buyer_pays = self.label_payer in BUYER_PAYS
        expects_goods = decision in GOODS_DECISIONS
        has_fee = decision in FEE_DECISIONS
        percent = self.fee_percent if has_fee and self.fee_type == "percent" else 0.0
        amount = self.fee_amount if has_fee and self.fee_type == "fixed" else 0.0
        if WITHDRAWAL in kinds:
            values |= {
                "refund_method": REFUND_METHODS.get(decision),
                "fee_percent": percent,
                "fee_amount": amount,
                "manual_review": decision == "manual",
                "photo_required": self.photo_required and decision != "reject",
            }
            if expects_goods:
                values["label_paid_by"] = "buyer" if buyer_pays else "seller"
            if decision in TRIGGER_DECISIONS:
                values["refund_trigger"] = self._get_law_trigger()
        if FAULTY in kinds:
            values |= {
                "faulty_refund_method": REFUND_METHODS.get(decision),
                "faulty_fee_percent": percent,
                "faulty_fee_amount": amount,
            }
            if expects_goods:
                values["faulty_label_paid_by"] = "buyer" if buyer_pays else "seller"
        return values

    def _get_law_decision(self):
        """:return: the decision the plan is held against the law for"""
        return self.decision

    def _get_law_trigger(self):
        return "notice" if self.refund_trigger == "request" else self.refund_trigger


class HellowordReturnRule(models.Model):
    """Rules are held against the law of the countries whose returns they can decide."""

    _name = "helloword.return.rule"
    _inherit = ["helloword.return.rule", "helloword.law.checked"]

    def _get_law_check_fields(self):
        return [
            *self._plan_field_names(),
            "domain",
            "country_group_ids",
            "country_group_ids.country_ids",
            "country_ids",
            "flow",
            "channel_ids",
            "company_id",
        ]

    def _get_law_decision(self):
        """A rule that only adds to another one's plan may add to a return of the goods."""
        return "return_refund" if self.flow == "continue" else super()._get_law_decision()

    def _get_law_countries(self):
        return {rule: rule._get_reached_countries() for rule in self}

    def _get_law_policy(self):
        self.ensure_one()
        kinds = {CLAIM_KINDS.get(group.code) for group in self._get_reached_reason_groups()}
        values = self._prepare_law_values(kinds)
        if self._get_law_decision() == "reject":
            values |= self._prepare_refusal_values(kinds)
        published = self._get_published_policy()
        values["label_cost_disclosed"] = bool(published and published.label_cost_disclosed)
        values["fee_disclosed"] = bool(published and published.fee_disclosed)
        return Policy(**values)

    def _prepare_refusal_values(self, kinds):
        """A rule that rejects from some day on leaves buyers the days before as their window."""
        values = {"limited_to_products": self._is_limited_to_products()}
        first_day = self._get_first_refused_day(LONGEST_CLAIM_DAYS)
        if first_day is None:
            return values
        if WITHDRAWAL in kinds:
            values["window_days"] = max(first_day - 1, 0)
        if FAULTY in kinds:
            values["claim_days"] = max(first_day - 1, 0)
        return values

    def _get_published_policy(self):
        """:return: the first published policy of the rule's company and channels, if any"""
        policies = self.env["helloword.return.policy"].search(
            [("company_id", "in", (self.company_id or self.env.companies).ids)]
        )
        channels = self.channel_ids._origin
        return policies.filtered(
            lambda policy: (
                not channels or not policy.channel_ids or bool(policy.channel_ids & channels)
            )
        )[:1]

    def _is_switched_on(self):
        self.ensure_one()
        return self.active and self.enabled

    @api.constrains(lambda self: [*self._get_law_constrained_fields()])
    def _check_law(self):
        """What breaks a hard rule is not switched on without a manager's recorded override."""
        for rule in self.filtered(lambda rule: rule._is_switched_on()):
            errors = rule._get_uncovered_errors()
            if errors:
                raise ValidationError(
                    self.env._(
                        "Rule “%(rule)s” would break consumer law:\n%(errors)s\n\n"
                        "Change it, or save it switched off and choose “Switch On Against the "
                        "Law” with a reason.",
                        rule=rule.name,
                        errors="\n".join(
                            f"• {self._describe_places(error['places'])}: "
                            f"{self._describe_finding(error['code'], error['args'])}"
                            for error in errors
                        ),
                    )
                )

    def _get_law_constrained_fields(self):
        return [
            "active",
            "enabled",
            *self._plan_field_names(),
            "domain",
            "country_group_ids",
            "country_ids",
            "flow",
            "channel_ids",
            "company_id",
        ]
