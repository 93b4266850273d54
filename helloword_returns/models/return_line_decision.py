from collections import defaultdict

from odoo import api, fields, models

from .line_combination import combine_decisions
from .return_plan import DECISIONS, FEE_DECISIONS, GOODS_DECISIONS, REFUND_DECISIONS, read_ladder


class HellowordReturn(models.Model):
    """Returns whose lines are decided apart: what the parcel does follows from all of them."""

    _inherit = "helloword.return"

    lines_differ = fields.Boolean(
        compute="_compute_lines_differ",
        store=True,
        help="The lines have decisions of their own.",
    )

    @api.depends("line_ids.decision")
    def _compute_lines_differ(self):
        for ret in self:
            ret.lines_differ = any(line.decision for line in ret.line_ids)

    def write(self, vals):
        """Who decides the whole return decides its lines."""
        result = super().write(vals)
        if "decision" in vals:
            self.line_ids.filtered("decision").write(
                {"decision": False, "rule_id": False, "fee_percent": 0.0, "keep_it_percent": 0.0}
            )
        return result

    def _expects_goods(self):
        """:return: whether goods of at least one line are to come back"""
        self.ensure_one()
        if not self.lines_differ:
            return self.decision in GOODS_DECISIONS
        return any(line._expects_goods() for line in self.line_ids)

    def _owes_money(self):
        """:return: whether at least one line is refunded or credited"""
        self.ensure_one()
        if not self.lines_differ:
            return self.decision in REFUND_DECISIONS
        return any(line._get_decision() in REFUND_DECISIONS for line in self.line_ids)

    def _get_percent_fee(self, totals):
        """The restocking fee in percent; lines decided apart each bear their own.

        :param dict totals: line → value of what is refunded, taxes included
        :return: amount in the return's currency
        """
        self.ensure_one()
        currency = self.currency_id
        if not self.lines_differ:
            percent = self.fee_percent if self.fee_type == "percent" else 0.0
            return currency.round(sum(totals.values()) * percent / 100.0)
        return sum(
            currency.round(total * line.fee_percent / 100.0)
            for line, total in totals.items()
            if line.decision in FEE_DECISIONS
        )

    def _get_offer_vals(self):
        """Lines decided apart leave nothing to choose for the parcel as a whole."""
        return [] if self.lines_differ else super()._get_offer_vals()

    # -------------------------------------------------------------------------
    # Deciding
    # -------------------------------------------------------------------------

    def _apply_line_plans(self, matches, explainer):
        """Give lines the plans of their rules, and their returns what follows for the parcel.

        :param matches: :class:`~odoo.addons.helloword_returns.models.return_rule_match.Matches`
        :param explainer: writes down why
        :return: dict of return → why, as JSON
        """
        explanations = {}
        sources = self._choose_line_plans(matches)
        plan_of = {source: source._copy_plan() for source in sources.values()}
        decided = defaultdict(self.browse)
        lines_of = defaultdict(self.line_ids.browse)
        for ret in self:
            rule_of = matches.by_line[ret.id]
            source_of = {
                line: sources.get((ret, rule_of.get(line.id)))
                for line in ret.line_ids
                if not line.is_unexpected
            }
            plans = {line: plan_of.get(source, {}) for line, source in source_of.items()}
            whole = combine_decisions(plan.get("decision") for plan in plans.values())
            first = next(
                (line for line, plan in plans.items() if plan.get("decision") == whole), None
            )
            leading = source_of[first] if first else None
            rule = rule_of[first.id] if first else None
            needs_photo = any(plan.get("photo_required") for plan in plans.values())
            adding = tuple(matches.adding.get(ret.id, ()))
            decided[whole, leading, rule, needs_photo, adding] |= ret
            explanations[ret] = explainer.explain(
                ret, rule, leading, {line: rule_of.get(line.id) for line in plans}
            )
            if whole not in ("manual", "reject"):
                for line, source in source_of.items():
                    lines_of[source, rule_of[line.id]] |= line
        for (whole, leading, rule, needs_photo, adding), returns in decided.items():
            vals = self._prepare_decision_vals(rule, leading, adding) | {"decision": whole}
            if needs_photo:
                vals["photo_required"] = True
            returns.write(vals)
        for (source, rule), lines in lines_of.items():
            lines.write(source._prepare_line_plan() | {"rule_id": rule.id})
        return explanations

    def _choose_line_plans(self, matches):
        """:return: dict of (return, rule) → record with the plan mixin"""
        returns_of = defaultdict(self.browse)
        for ret in self:
            for rule in dict.fromkeys(matches.by_line[ret.id].values()):
                returns_of[rule] |= ret
        return {
            (ret, rule): source
            for rule, returns in returns_of.items()
            for source, chosen in rule._choose_plans(returns).items()
            for ret in chosen
        }


class HellowordReturnLine(models.Model):
    """A line follows its return unless the lines were decided apart."""

    _inherit = "helloword.return.line"

    decision = fields.Selection(
        DECISIONS,
        string="Own Decision",
        readonly=True,
        copy=False,
        help="Set where rules decided the lines of one return apart. Empty: as the return.",
    )
    rule_id = fields.Many2one(
        "helloword.return.rule",
        string="Decided by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    keep_it_percent = fields.Float(
        string="Keep-it (%)", digits=(5, 2), readonly=True, copy=False, aggregator=None
    )
    fee_percent = fields.Float(
        string="Fee (%)", digits=(5, 2), readonly=True, copy=False, aggregator=None
    )

    def _get_decision(self):
        """:return: what is decided about this line: its own decision, else the return's"""
        self.ensure_one()
        return self.decision or self.return_id.decision

    def _expects_goods(self):
        self.ensure_one()
        return self._get_decision() in GOODS_DECISIONS

    def _get_keep_it_percent(self):
        self.ensure_one()
        return self.keep_it_percent if self.decision else self.return_id.keep_it_percent

    def _get_amount_owed(self):
        """:return: what this line's decision gives the customer before fees, taxes included"""
        self.ensure_one()
        decision = self._get_decision()
        if decision == "keep_it":
            return self.currency_id.round(self.price_total * self._get_keep_it_percent() / 100.0)
        return self.price_total if decision in REFUND_DECISIONS else 0.0


class HellowordReturnPlanMixin(models.AbstractModel):
    _inherit = "helloword.return.plan.mixin"

    def _prepare_line_plan(self):
        """The part of this plan that a line decided apart keeps for itself.

        One line of a parcel is offered nothing to choose: of a ladder it gets the first step.

        :return: values
        """
        self.ensure_one()
        plan = self._copy_plan()
        share = plan["keep_it_percent"]
        if plan["keep_it_ladder"]:
            share = read_ladder(plan["keep_it_ladder"])[0]
        return {
            "decision": plan["decision"],
            "keep_it_percent": share if plan["decision"] == "keep_it" else 0.0,
            "fee_percent": plan["fee_percent"] if plan["fee_type"] == "percent" else 0.0,
        }
