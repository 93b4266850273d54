import uuid
from ast import literal_eval

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_amount

STATES = [
    ("draft", "Draft"),
    ("running", "Running"),
    ("paused", "Paused"),
    ("concluded", "Concluded"),
]
METRICS = [
    ("cost", "Total cost per return"),
    ("refund", "Refund per return"),
    ("retention", "Customers who buy again (%)"),
    ("margin", "Contribution margin per customer"),
]
# Where a rule may hold the number that is varied.
AMOUNT_FIELDS = ("amount_max", "amount_min")
CONDITION_FIELDS = (
    "amount_company",
    "customer_return_count",
    "customer_return_rate",
    "customer_lifetime_value",
    "days_since_delivery",
)
# A condition with both ends is varied at its upper one.
COMPARISONS = (("<", "<="), (">", ">="))


class HellowordReturnExperiment(models.Model):
    """Two or more ways to decide the returns of one rule, tried on customers drawn at random.

    Customers are drawn once for the whole company, over all channels, and stay. One experiment
    runs on a rule at a time in a company; a customer takes part in one experiment at a time unless
    told otherwise.
    """

    _name = "helloword.return.experiment"
    _description = "Experiment"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state_order, date_start desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        tracking=True,
        index="btree_not_null",
        help="Is told when there is a verdict or something goes wrong.",
    )
    rule_id = fields.Many2one(
        "helloword.return.rule",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    kind = fields.Selection(
        [("plan", "What is decided"), ("threshold", "From which value on")],
        string="Varies",
        default="plan",
        required=True,
    )
    threshold_field = fields.Selection(
        [
            ("amount_max", "Value below"),
            ("amount_min", "Value from"),
            ("amount_company", "Condition on the value in company currency"),
            ("customer_return_count", "Condition on the customer's returns"),
            ("customer_return_rate", "Condition on the customer's return rate"),
            ("customer_lifetime_value", "Condition on the customer's lifetime value"),
            ("days_since_delivery", "Condition on the days since delivery"),
        ],
        string="Threshold",
        default="amount_max",
        help="Which number of the rule the variants replace.",
    )
    rule_threshold = fields.Float(
        string="The Rule's Own", compute="_compute_rule_threshold", digits=(16, 2)
    )
    hypothesis = fields.Text(help="What you expect, and why.")
    metric = fields.Selection(METRICS, default="cost", required=True, tracking=True)
    variant_ids = fields.One2many(
        "helloword.return.experiment.variant",
        "experiment_id",
        copy=True,
        default=lambda self: [
            fields.Command.create({"name": "A", "is_control": True}),
            fields.Command.create({"name": "B"}),
        ],
    )
    holdout_percent = fields.Float(
        string="Held Out (%)",
        digits=(5, 2),
        help="Customers whom the plain rule decides for, outside all variants, e.g. to see later "
        "what all of it brought.",
    )
    exclude_others = fields.Boolean(
        string="One Experiment per Customer",
        default=True,
        help="Customers who take part in another running experiment of the company stay out.",
    )
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, copy=False, tracking=True, index=True
    )
    state_order = fields.Integer(compute="_compute_state_order", store=True)
    date_start = fields.Datetime(string="Started", readonly=True, copy=False)
    date_end = fields.Date(
        string="Ends On",
        copy=False,
        tracking=True,
        help="From the day after on nobody takes part any more. Empty: until you end it.",
    )
    date_concluded = fields.Datetime(string="Concluded", readonly=True, copy=False)
    pause_reason = fields.Text(readonly=True, copy=False)
    salt = fields.Char(
        readonly=True,
        copy=False,
        required=True,
        default=lambda self: uuid.uuid4().hex,
        groups="base.group_system",
        help="Makes this experiment's draw its own.",
    )
    period = fields.Integer(readonly=True, copy=False)
    period_shares = fields.Json(
        readonly=True, copy=False, help="Wanted shares of the customers since each change."
    )
    assignment_ids = fields.One2many("helloword.return.experiment.assignment", "experiment_id")
    customer_count = fields.Integer(string="Customers", compute="_compute_counts")
    return_count = fields.Integer(string="Returns", compute="_compute_counts")

    _running_uniq = models.UniqueIndex(
        "(rule_id, company_id) WHERE state IN ('running', 'paused')",
        "Another experiment is running on this rule. End it first.",
    )
    _holdout_range = models.Constraint(
        "CHECK(holdout_percent >= 0 AND holdout_percent < 100)",
        "The part held out must lie between 0 and 100 percent.",
    )

    # -------------------------------------------------------------------------
    # Computes and constraints
    # -------------------------------------------------------------------------

    @api.depends("state")
    def _compute_state_order(self):
        order = {"running": 0, "paused": 1, "draft": 2, "concluded": 3}
        for experiment in self:
            experiment.state_order = order.get(experiment.state, 9)

    def _compute_counts(self):
        for name, model in (
            ("customer_count", "helloword.return.experiment.assignment"),
            ("return_count", "helloword.return"),
        ):
            counts = dict(
                self.env[model]._read_group(
                    [("experiment_id", "in", self.ids)], ["experiment_id"], ["__count"]
                )
            )
            for experiment in self:
                experiment[name] = counts.get(experiment._origin, 0)

    @api.depends("rule_id", "kind", "threshold_field")
    def _compute_rule_threshold(self):
        for experiment in self:
            experiment.rule_threshold = experiment._get_rule_threshold() or 0.0

    @api.constrains("rule_id", "company_id")
    def _check_rule_company(self):
        for experiment in self:
            company = experiment.rule_id.company_id
            if company and company != experiment.company_id:
                raise ValidationError(
                    self.env._(
                        "Rule “%(rule)s” belongs to %(company)s. Choose a rule of %(own)s.",
                        rule=experiment.rule_id.name,
                        company=company.name,
                        own=experiment.company_id.name,
                    )
                )

    def write(self, vals):
        fixed = {"rule_id", "company_id", "kind", "threshold_field", "metric", "exclude_others"}
        if fixed.intersection(vals):
            self._check_not_started()
        result = super().write(vals)
        if {"state", "active", "rule_id", "company_id"}.intersection(vals):
            self.env.registry.clear_cache()
        if "holdout_percent" in vals:
            self._start_period()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(experiment.state != "draft" for experiment in self):
            raise UserError(
                self.env._("An experiment that has started is a record. Archive it instead.")
            )

    def _check_not_started(self):
        started = self.filtered(lambda experiment: experiment.state != "draft")
        if started:
            raise UserError(
                self.env._(
                    "Experiment “%s” has started: what it compares cannot change any more. End it "
                    "and start a copy.",
                    started[0].name,
                )
            )

    def copy_data(self, default=None):
        return [
            vals | {"name": self.env._("%s (copy)", experiment.name)}
            for experiment, vals in zip(self, super().copy_data(default), strict=True)
        ]

    # -------------------------------------------------------------------------
    # Business methods
    # -------------------------------------------------------------------------

    @api.model
    def _get_running(self):
        """:return: the experiments that take part in decisions now, of all companies; no query
        where there are none"""
        running = self.sudo().browse(self._get_running_ids())
        return running.filtered(lambda experiment: experiment.rule_id._is_deciding())

    @tools.ormcache()
    def _get_running_ids(self):
        return tuple(self.sudo().search([("state", "=", "running")], order="id").ids)

    def _start_period(self):
        """The shares have changed: people stay where they are, what comes is read by itself."""
        for experiment in self.filtered(lambda experiment: experiment.date_start):
            shares = experiment._get_shares()
            experiment.period += 1
            experiment.period_shares = [
                *(experiment.period_shares or []),
                {str(key or 0): share for key, share in shares.items()},
            ]

    def _get_rule_threshold(self):
        """:return: the number the rule holds where the variants' stands, None without one"""
        self.ensure_one()
        if self.threshold_field in AMOUNT_FIELDS:
            return self.rule_id[self.threshold_field] or None
        leaves = self._get_threshold_leaves()
        return float(leaves[0][2]) if len(leaves) == 1 else None

    def _get_threshold_leaves(self):
        """:return: the conditions of the rule that hold the threshold: one, unless it cannot be
        told which"""
        try:
            terms = literal_eval(self.rule_id.domain or "[]")
        except (ValueError, SyntaxError):
            return []
        found = [
            term
            for term in terms
            if isinstance(term, list | tuple) and len(term) == 3 and term[0] == self.threshold_field
        ]
        ends = [[term for term in found if term[1] in operators] for operators in COMPARISONS]
        return next(filter(None, ends), [])

    def _get_threshold_vals(self, threshold):
        """:return: values of the rule with another threshold"""
        self.ensure_one()
        if self.threshold_field in AMOUNT_FIELDS:
            return {self.threshold_field: threshold}
        field = self.env["helloword.return"]._fields[self.threshold_field]
        number = int(threshold) if field.type == "integer" else threshold
        leaves = self._get_threshold_leaves()
        terms = [
            (*term[:2], number) if term in leaves else term
            for term in literal_eval(self.rule_id.domain)
        ]
        return {"domain": repr(terms)}

    def _format_threshold(self, threshold):
        """:return: the threshold in words"""
        self.ensure_one()
        label = dict(self._fields["threshold_field"]._description_selection(self.env)).get(
            self.threshold_field, ""
        )
        currency = {
            **dict.fromkeys(AMOUNT_FIELDS, self.rule_id.amount_currency_id),
            "amount_company": self.currency_id,
            "customer_lifetime_value": self.currency_id,
        }.get(self.threshold_field)
        value = format_amount(self.env, threshold, currency) if currency else f"{threshold:g}"
        return f"{label}: {value}"

    def action_view_returns(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_return_action_all"
        )
        return action | {
            "domain": [("experiment_id", "=", self.id)],
            "context": {"group_by": "experiment_variant_id"},
        }


class HellowordReturnRule(models.Model):
    _inherit = "helloword.return.rule"

    def _is_deciding(self):
        """:return: whether this rule decides returns at all"""
        return bool(self) and self.active and self.enabled
