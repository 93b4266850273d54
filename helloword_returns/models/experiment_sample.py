from math import ceil

from odoo import api, fields, models

from ..stats import sequential
from .experiment_outcome import MONEY_METRICS, SHARE_METRICS

# Customers at which intervals are tightest when nothing is known of the past.
DEFAULT_SAMPLE = 1000


class HellowordReturnExperiment(models.Model):
    """How sure, how small a difference, how many customers: settled before the start."""

    _inherit = "helloword.return.experiment"

    confidence_percent = fields.Float(
        string="Certainty (%)",
        digits=(5, 2),
        default=95.0,
        required=True,
        help="At most the rest of all experiments give a false verdict, however often they are "
        "looked at and however many variants they have.",
    )
    power_percent = fields.Float(
        string="Chance to Find It (%)",
        digits=(5, 2),
        default=80.0,
        required=True,
        help="How likely a true difference of the smallest size that matters is found by the "
        "planned number of customers.",
    )
    min_effect = fields.Float(
        string="Smallest Difference That Matters",
        digits=(16, 2),
        default=1.0,
        required=True,
        help="In company currency, or in percentage points.",
    )
    maturation_days = fields.Integer(
        string="Returns Count After (days)",
        default=30,
        required=True,
        help="From the request on, in every variant alike: by then goods are back and money is "
        "paid.",
    )
    retention_days = fields.Integer(
        string="Customers Watched For (days)",
        default=60,
        required=True,
        help="Orders and returns within so many days of the first return count.",
    )
    winsor_percent = fields.Float(
        string="Amounts Cut Off Beyond (%)",
        digits=(5, 2),
        default=99.0,
        required=True,
        help="Single amounts beyond this quantile (and below its counterpart) count as if they "
        "stood there, so that one very dear return does not decide. 100: nothing is cut off.",
    )
    baseline_mean = fields.Float(string="Average So Far", digits=(16, 4), copy=False)
    baseline_deviation = fields.Float(
        string="Spread Between Customers",
        digits=(16, 4),
        copy=False,
        help="Standard deviation of the metric between customers, in its unit; shares as "
        "fractions. Read from the rule's last year where there is enough.",
    )
    baseline_count = fields.Integer(string="Customers of the Last Year", readonly=True, copy=False)
    customers_per_week = fields.Float(string="Customers a Week", digits=(16, 1), copy=False)
    planned_sample = fields.Integer(
        string="Customers Needed",
        compute="_compute_planned_sample",
        help="Of two variants together, to find the smallest difference that matters while looking "
        "every day.",
    )
    planned_weeks = fields.Integer(string="Weeks Needed", compute="_compute_planned_sample")
    sample_text = fields.Text(compute="_compute_sample_text")
    tuning_sample = fields.Integer(
        readonly=True,
        copy=False,
        default=DEFAULT_SAMPLE,
        help="Customers at which the intervals are tightest; fixed at the start.",
    )

    _percent_range = models.Constraint(
        "CHECK(confidence_percent >= 50 AND confidence_percent < 100 AND power_percent >= 50"
        " AND power_percent < 100 AND winsor_percent > 50 AND winsor_percent <= 100)",
        "Certainty and chance lie between 50 and 100 percent, 100 not included.",
    )
    _days_positive = models.Constraint(
        "CHECK(maturation_days >= 0 AND retention_days > 0)",
        "The days must not be negative, and customers need at least one.",
    )

    @api.depends(
        "baseline_deviation",
        "customers_per_week",
        "min_effect",
        "metric",
        "confidence_percent",
        "power_percent",
        "holdout_percent",
        "variant_ids.weight",
        "variant_ids.is_control",
    )
    def _compute_planned_sample(self):
        for experiment in self:
            experiment.planned_sample = experiment._get_planned_sample()
            share = sum(experiment._get_thinnest_pair()) or 1.0
            experiment.planned_weeks = (
                ceil(experiment.planned_sample / share / experiment.customers_per_week)
                if experiment.customers_per_week > 0
                else 0
            )

    def _get_planned_sample(self):
        """:return: customers of the control and its thinnest rival, 0 when nothing is known"""
        pair = self._get_thinnest_pair()
        effect = self._get_smallest()
        if self.baseline_deviation <= 0 or effect <= 0 or not all(pair):
            return 0
        rivals = max(len(self.variant_ids) - 1, 1)
        return sequential.get_planned_sample(
            effect,
            self.baseline_deviation,
            pair,
            self._get_alpha() / rivals,
            self.power_percent / 100.0,
        )

    def _get_thinnest_pair(self):
        """:return: tuple of shares of all customers: the control's and the smallest other's"""
        total = sum(self.variant_ids.mapped("weight"))
        part = (1.0 - self.holdout_percent / 100.0) / total if total else 0.0
        control = sum(self.variant_ids.filtered("is_control").mapped("weight"))
        others = self.variant_ids.filtered(lambda variant: not variant.is_control)
        return control * part, min(others.mapped("weight"), default=0.0) * part

    @api.depends("planned_sample", "planned_weeks", "baseline_count", "maturation_days")
    @api.depends_context("lang")
    def _compute_sample_text(self):
        for experiment in self:
            experiment.sample_text = experiment._describe_sample()

    def _describe_sample(self):
        self.ensure_one()
        if not self.planned_sample:
            return self.env._(
                "The rule's past does not tell how much the outcomes vary: there are too few "
                "customers. Enter the spread if you know it; without it the experiment can start, "
                "but nobody can say how long it takes."
            )
        text = self.env._(
            "Finding a difference of %(effect)s takes some %(count)s customers of control and "
            "variant.",
            effect=self._format_effect(self.min_effect),
            count=self.planned_sample,
        )
        if self.planned_weeks:
            days = (
                self.retention_days
                if self.metric not in ("cost", "refund")
                else self.maturation_days
            )
            text += " " + self.env._(
                "At %(rate).1f customers a week that is about %(weeks)s weeks, and %(days)s days "
                "until the last ones count.",
                rate=self.customers_per_week,
                weeks=self.planned_weeks,
                days=days,
            )
        return text

    def _format_effect(self, effect):
        if self.metric in MONEY_METRICS:
            return self.currency_id.format(effect)
        return self.env._("%.1f percentage points", effect)

    def action_estimate_sample(self):
        """Read the rule's past again."""
        self._estimate_sample()

    @api.onchange("metric")
    def _onchange_metric(self):
        """Another metric has another spread and another unit."""
        self.baseline_mean = self.baseline_deviation = self.baseline_count = False
        self.min_effect = 2.0 if self.metric in SHARE_METRICS else 1.0
