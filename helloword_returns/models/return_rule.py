from ast import literal_eval
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

# How far back and over how many returns a rule is tried.
TEST_DAYS = 90
TEST_LIMIT = 5000


class HellowordReturnRule(models.Model):
    _name = "helloword.return.rule"
    _description = "Return Rule"
    _inherit = ["helloword.return.plan.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    enabled = fields.Boolean(
        string="Switched On",
        default=True,
        copy=False,
        help="Only rules that are switched on decide. Others can be tried and simulated.",
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: every company.")
    channel_ids = fields.Many2many(
        "helloword.channel",
        string="Channels",
        domain="company_id and [('company_id', '=', company_id)] or []",
        help="Empty: every channel.",
    )
    country_group_ids = fields.Many2many(
        "res.country.group", string="Country Groups", help="Buyer countries. Empty: everywhere."
    )
    date_from = fields.Date(string="Valid From")
    date_to = fields.Date(string="Valid Until")
    domain = fields.Char(
        string="Conditions", default="[]", required=True, help="Which returns this rule decides."
    )
    decision = fields.Selection(required=True, default="manual")
    server_action_ids = fields.Many2many(
        "ir.actions.server",
        string="Server Actions",
        domain=[("model_id.model", "=", "helloword.return")],
        help="Run on the returns this rule decides, after the decision.",
    )
    return_ids = fields.One2many("helloword.return", "rule_id")
    return_count = fields.Integer(compute="_compute_return_count")

    _dates_order = models.Constraint(
        "CHECK(date_from IS NULL OR date_to IS NULL OR date_from <= date_to)",
        "A rule must start before it ends.",
    )

    def _compute_return_count(self):
        counts = dict(
            self.env["helloword.return"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.return_count = counts.get(rule, 0)

    @api.constrains("company_id", "channel_ids")
    def _check_channel_companies(self):
        for rule in self:
            foreign = rule.channel_ids.filtered(
                lambda channel, rule=rule: channel.company_id != rule.company_id
            )
            if rule.company_id and foreign:
                raise ValidationError(
                    self.env._(
                        "Channel “%(channel)s” belongs to another company than rule “%(rule)s”. "
                        "Choose channels of one company, or leave the rule's company empty.",
                        channel=foreign[0].name,
                        rule=rule.name,
                    )
                )

    @api.constrains("domain")
    def _check_domain(self):
        for rule in self:
            try:
                domain = Domain(literal_eval(rule.domain or "[]"))
                self.env["helloword.return"].sudo().search(domain, limit=1)
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The conditions of rule “%(rule)s” cannot be read: %(error)s\n"
                        "Open the condition editor and choose them again.",
                        rule=rule.name,
                        error=error,
                    )
                ) from error

    def _get_domain(self):
        """The rule's whole condition: its own domain and its scope.

        :return: :class:`odoo.fields.Domain` over ``helloword.return``
        """
        self.ensure_one()
        domain = Domain(literal_eval(self.domain or "[]"))
        if self.company_id:
            domain &= Domain("company_id", "=", self.company_id.id)
        if self.channel_ids:
            domain &= Domain("channel_id", "in", self.channel_ids.ids)
        if self.country_group_ids:
            domain &= Domain("country_id.country_group_ids", "in", self.country_group_ids.ids)
        return domain

    @api.model
    def _get_deciding(self, companies):
        """The rules that decide for these companies, in their order.

        :param companies: ``res.company``
        """
        return self.search([("enabled", "=", True), ("company_id", "in", [False, *companies.ids])])

    def _match(self, returns):
        """The first of these rules, in their order, that is in force and matches each return.

        No side effects; one query for each rule, whatever the number of returns.

        :param returns: ``helloword.return``
        :return: dict of rule → returns; rules that match nothing are left out
        """
        left, matches = returns, {}
        for rule in self:
            if not left:
                break
            matched = rule._filter_in_force(left)._filter_by_rule(rule)
            if matched:
                matches[rule] = matched
                left -= matched
        return matches

    def _filter_in_force(self, returns):
        """:return: the returns that were requested while this rule is in force"""
        self.ensure_one()
        if not self.date_from and not self.date_to:
            return returns
        return returns.filtered(
            lambda ret: self._is_in_force(
                fields.Datetime.context_timestamp(ret, ret.request_date).date()
            )
        )

    def _choose_plans(self, returns):
        """Which plan each return gets from this rule: its own. Hook, batch.

        :param returns: ``helloword.return`` this rule decides
        :return: dict of record of a model with the plan mixin → returns
        """
        self.ensure_one()
        return {self: returns}

    def _is_in_force(self, day):
        """:param date day: the day of the request, in the company's calendar"""
        self.ensure_one()
        return (not self.date_from or self.date_from <= day) and (
            not self.date_to or day <= self.date_to
        )

    def action_test(self):
        """Count the recent returns this rule matches, and those it would decide. Changes nothing.

        :return: action that shows a notification
        """
        self.ensure_one()
        since = fields.Datetime.now() - timedelta(days=TEST_DAYS)
        recent = self.env["helloword.return"].search(
            [("request_date", ">=", since)], order="id desc", limit=TEST_LIMIT
        )
        matched = recent._filter_by_rule(self)
        decided = recent._match_rules().get(self, recent.browse())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.name,
                "type": "info",
                "sticky": True,
                "message": self.env._(
                    "Of %(recent)s returns of the last %(days)s days, %(matched)s meet the "
                    "conditions; %(decided)s would be decided by this rule, the others by an "
                    "earlier one.",
                    recent=len(recent),
                    days=TEST_DAYS,
                    matched=len(matched),
                    decided=len(decided),
                ),
            },
        }

    def action_view_returns(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_return_action"
        )
        action["domain"] = [("rule_id", "=", self.id)]
        return action
