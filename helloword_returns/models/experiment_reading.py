from odoo import api, fields, models
from odoo.tools import format_amount

from .experiment import METRICS
from .experiment_outcome import LOWER_IS_BETTER, MONEY_METRICS, SHARE_METRICS, SIDE_METRICS


class HellowordReturnExperimentReading(models.Model):
    """What one variant's customers had done by one day, by one metric: the curve of an
    experiment."""

    _name = "helloword.return.experiment.reading"
    _description = "Reading of an Experiment"
    _order = "experiment_id, date desc, metric_order, is_holdout, variant_id"
    _rec_name = "metric"
    _log_access = False

    experiment_id = fields.Many2one(
        "helloword.return.experiment", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="experiment_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    variant_id = fields.Many2one(
        "helloword.return.experiment.variant", readonly=True, index=True, ondelete="cascade"
    )
    is_control = fields.Boolean(related="variant_id.is_control")
    is_holdout = fields.Boolean(string="Held Out", readonly=True)
    is_primary = fields.Boolean(string="Decides the Verdict", readonly=True)
    metric = fields.Selection([*METRICS, *SIDE_METRICS], required=True, readonly=True)
    metric_order = fields.Integer(readonly=True)
    date = fields.Date(required=True, readonly=True, index=True)
    customer_count = fields.Integer(string="Customers", readonly=True, aggregator=None)
    weight = fields.Float(
        string="Counted", readonly=True, aggregator=None, help="Returns, or customers."
    )
    mean = fields.Float(readonly=True, aggregator="avg", digits=(16, 4))
    mean_low = fields.Float(readonly=True, aggregator=None, digits=(16, 4))
    mean_high = fields.Float(readonly=True, aggregator=None, digits=(16, 4))
    difference = fields.Float(
        string="Difference to Control", readonly=True, aggregator="avg", digits=(16, 4)
    )
    low = fields.Float(string="Difference from", readonly=True, aggregator="avg", digits=(16, 4))
    high = fields.Float(string="Difference to", readonly=True, aggregator="avg", digits=(16, 4))
    is_readable = fields.Boolean(readonly=True, help="Enough customers for an interval.")
    p_value = fields.Float(
        readonly=True,
        aggregator=None,
        digits=(8, 6),
        help="Always valid: it may be looked at every day.",
    )
    variant_text = fields.Char(string="Variant", compute="_compute_texts")
    mean_text = fields.Char(string="Average", compute="_compute_texts")
    difference_text = fields.Char(string="Against the Control", compute="_compute_texts")
    tone = fields.Selection(
        [("good", "Better"), ("bad", "Worse"), ("open", "Open")], compute="_compute_texts"
    )

    _day_uniq = models.UniqueIndex(
        "(experiment_id, date, metric, COALESCE(variant_id, 0))",
        "This day was read already.",
    )

    @api.depends("mean", "difference", "low", "high")
    @api.depends_context("lang")
    def _compute_texts(self):
        for reading in self:
            reading.variant_text = (
                self.env._("Held out") if reading.is_holdout else reading.variant_id.name
            )
            reading.mean_text = (
                reading._describe_range(reading.mean, reading.mean_low, reading.mean_high)
                if reading.customer_count
                else self.env._("nothing ripe yet")
            )
            reading.difference_text = reading._describe_difference()
            reading.tone = reading._get_tone()

    def _describe_difference(self):
        if self.is_control or not self.customer_count:
            return ""
        if not self.is_readable:
            return self.env._("cannot be told yet")
        return self._describe_range(self.difference, self.low, self.high)

    def _describe_range(self, value, low, high):
        if low == high:
            return self._format(value)
        return self.env._(
            "%(value)s (%(low)s to %(high)s)",
            value=self._format(value),
            low=self._format(low),
            high=self._format(high),
        )

    def _format(self, value):
        return format_metric(self.env, value, self.metric, self.currency_id)

    def _get_tone(self):
        """:return: ``good`` or ``bad`` when the interval says so, else ``open``"""
        if self.is_control or not self.is_readable:
            return "open"
        sign = -1.0 if self.metric in LOWER_IS_BETTER else 1.0
        if sign * self.low > 0 and sign * self.high > 0:
            return "good"
        return "bad" if sign * self.low < 0 and sign * self.high < 0 else "open"


def format_metric(env, value, metric, currency):
    """:return: a value of a metric with its unit; shares as percentages"""
    if metric in MONEY_METRICS:
        return format_amount(env, value, currency)
    if metric in SHARE_METRICS:
        return f"{100.0 * value:.1f} %"
    return f"{value:.2f}"
