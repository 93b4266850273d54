from odoo import fields, models
from odoo.exceptions import UserError

from .return_observation import FINISHED_GOODS_STATES
from .return_plan import GOODS_DECISIONS


class HellowordThresholdAdvice(models.Model):
    """From advice to a rule, and to the returns it rests on."""

    _inherit = "helloword.threshold.advice"

    rule_ids = fields.One2many("helloword.return.rule", "threshold_advice_id")
    rule_count = fields.Integer(compute="_compute_rule_count")

    def _compute_rule_count(self):
        counts = dict(
            self.env["helloword.return.rule"]._read_group(
                [("threshold_advice_id", "in", self.ids)], ["threshold_advice_id"], ["__count"]
            )
        )
        for advice in self:
            advice.rule_count = counts.get(advice._origin, 0)

    def action_refresh(self):
        """Read the history of these pieces of advice anew; without any, of the user's companies."""
        if self:
            self.check_access("write")
            self.env["helloword.return.history"]._refresh(self.company_id)
        else:
            self.check_access("create")
            self.env["helloword.return.history"]._refresh(self.env.companies)
        return True

    def action_make_rule(self):
        """Make the threshold a rule that is not switched on yet, and open it.

        :raise UserError: there is no threshold
        """
        self.ensure_one()
        rule = self.env["helloword.return.rule"].create(self._prepare_rule_vals())
        return rule._get_records_action(target="current")

    def action_view_rules(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_return_rule_action"
        )
        action["domain"] = [("threshold_advice_id", "=", self.id)]
        return action

    def action_view_returns(self):
        """The returns this advice rests on."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_return_action_all"
        )
        return action | {"domain": self._get_returns_domain(), "context": {}}

    # -------------------------------------------------------------------------
    # Private
    # -------------------------------------------------------------------------

    def _get_scope_domain(self):
        """:return: list, the domain over returns that this advice is for"""
        self.ensure_one()
        domain = []
        if self.country_id:
            domain.append(("country_id", "=", self.country_id.id))
        if self.product_categ_id:
            domain.append(("line_ids.product_categ_id", "child_of", self.product_categ_id.id))
        return domain

    def _get_returns_domain(self):
        channel = [("channel_id", "=", self.channel_id.id)] if self.channel_id else []
        return [
            ("company_id", "=", self.company_id.id),
            ("request_date", ">=", self.date_from or fields.Date.today()),
            ("decision", "in", GOODS_DECISIONS),
            ("goods_state", "in", FINISHED_GOODS_STATES),
            *channel,
            *self._get_scope_domain(),
        ]

    def _prepare_rule_vals(self):
        """Values of a rule that lets customers keep goods below the threshold.

        :raise UserError: there is no threshold
        """
        self.ensure_one()
        if self.currency_id.compare_amounts(self.threshold, 0.0) <= 0:
            raise UserError(
                self.env._(
                    "There is no threshold to make a rule of. Enter one above zero, or wait until "
                    "more returns are finished."
                )
            )
        return {
            "name": self.env._(
                "Keep goods below %(threshold)s: %(scope)s",
                threshold=self._format(self.threshold),
                scope=self.name,
            ),
            "enabled": False,
            "company_id": self.company_id.id,
            "channel_ids": [fields.Command.set(self.channel_id.ids)],
            "decision": "refund_only",
            "domain": repr([("amount_company", "<", self.threshold), *self._get_scope_domain()]),
            "threshold_advice_id": self.id,
        }


class HellowordReturnRule(models.Model):
    _inherit = "helloword.return.rule"

    threshold_advice_id = fields.Many2one(
        "helloword.threshold.advice",
        string="From Advice",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
