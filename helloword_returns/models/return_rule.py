from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

# How far back and over how many returns a rule is tried.
TEST_DAYS = 90
TEST_LIMIT = 5000


class HellowordReturnRule(models.Model):
    _name = "helloword.return.rule"
    _description = "Return Rule"
    _inherit = ["helloword.return.plan.mixin", "mail.thread", "mail.activity.mixin"]
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
    country_ids = fields.Many2many(
        "res.country",
        string="Countries",
        help="Buyer countries beside those of the groups. Both empty: everywhere.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Active Hours",
        ondelete="restrict",
        help="The rule decides what is requested within these hours. Empty: at any time.",
    )
    amount_min = fields.Monetary(
        string="Value From",
        currency_field="amount_currency_id",
        help="What the goods were worth, taxes included, at least. Other currencies are converted "
        "at the rate of the day of the request. Zero: no limit.",
    )
    amount_max = fields.Monetary(
        string="Value Below", currency_field="amount_currency_id", help="Zero: no limit."
    )
    amount_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the Values",
        default=lambda self: self.env.company.currency_id,
    )
    flow = fields.Selection(
        [("stop", "Decides"), ("continue", "Adds to the next rule's plan")],
        string="This Rule",
        default="stop",
        required=True,
        help="A rule that adds hands what differs from the ordinary plan, and its server actions, "
        "to the rule that decides after it.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        domain=[("share", "=", False)],
        help="Is told when the rule cannot be used any more.",
    )
    date_from = fields.Date(string="Valid From")
    date_to = fields.Date(string="Valid Until")
    domain = fields.Char(
        string="Conditions", default="[]", required=True, help="Which returns this rule decides."
    )
    applies_to = fields.Selection(
        [("return", "The whole return"), ("line", "Each line by itself")],
        string="Decides",
        default="return",
        required=True,
        help="A rule that decides lines leaves the other lines to the rules after it. Where the "
        "lines of one return end up with several decisions, they are combined for the parcel.",
    )
    line_domain = fields.Char(
        string="Conditions on the Line", default="[]", help="Which lines this rule decides."
    )
    decision = fields.Selection(required=True, default="manual")
    server_action_ids = fields.Many2many(
        "ir.actions.server",
        string="Server Actions",
        domain=[("model_id.model", "=", "helloword.return")],
        groups="base.group_system",
        help="Run on the returns this rule decides, after the decision, without regard to "
        "anybody's rights: settings administrators choose them.",
    )
    return_ids = fields.One2many("helloword.return", "rule_id")
    return_count = fields.Integer(compute="_compute_return_count")

    _dates_order = models.Constraint(
        "CHECK(date_from IS NULL OR date_to IS NULL OR date_from <= date_to)",
        "A rule must start before it ends.",
    )
    _amounts_order = models.Constraint(
        "CHECK(COALESCE(amount_min, 0) >= 0 AND COALESCE(amount_max, 0) >= 0 "
        "AND (COALESCE(amount_max, 0) = 0 OR COALESCE(amount_min, 0) < amount_max))",
        "The values of a rule must not be negative, and the first must be below the second.",
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

    @api.constrains("domain", "line_domain")
    def _check_domain(self):
        for rule in self:
            try:
                self.env["helloword.return"].sudo().search(rule._read_domain(), limit=1)
                self.env["helloword.return.line"].sudo().search(rule._read_line_domain(), limit=1)
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The conditions of rule “%(rule)s” cannot be read: %(error)s\n"
                        "Open the condition editor and choose them again.",
                        rule=rule.name,
                        error=error,
                    )
                ) from error

    def copy_data(self, default=None):
        """Whoever may not choose server actions copies the rule without them."""
        actions = self._fields["server_action_ids"]
        if self._has_field_access(actions, "write"):
            return super().copy_data(default)
        vals_list = super().copy_data({actions.name: False, **(default or {})})
        for vals in vals_list:
            vals.pop(actions.name, None)
        return vals_list

    def action_test(self):
        """Count the recent returns this rule matches, and those it would decide. Changes nothing.

        :return: action that shows a notification
        """
        self.ensure_one()
        since = fields.Datetime.now() - timedelta(days=TEST_DAYS)
        recent = self.env["helloword.return"].search(
            [("request_date", ">=", since)], order="id desc", limit=TEST_LIMIT
        )
        matched = self._filter(recent)
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
