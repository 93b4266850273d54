from odoo import api, fields, models

from ..stats import break_even, threshold_curve
from ..stats.value_bins import ValueBins

# No threshold above the value of nearly all goods that were seen.
SEEN_SHARE = 0.95
HISTOGRAM_BARS = 24


class HellowordThresholdAdvice(models.Model):
    """What follows from the facts: break-even, suggestion, saving and the curve."""

    _inherit = "helloword.threshold.advice"

    value_median = fields.Monetary(
        string="Median Value", compute="_compute_break_even", store=True, aggregator="avg"
    )
    extra_claims_percent = fields.Float(
        string="Extra Claims (%)",
        digits=(5, 2),
        compute="_compute_extra_claims_percent",
        store=True,
        readonly=False,
        aggregator=None,
        help="How many more requests to expect once customers learn that they may keep goods. An "
        "assumption: each costs the refund and brings nothing back.",
    )
    threshold = fields.Monetary(
        compute="_compute_threshold",
        store=True,
        readonly=False,
        aggregator=None,
        help="Try another value; the saving and the curve follow.",
    )

    verdict = fields.Selection(
        [
            ("found", "Break-even found"),
            ("take_back", "Always worth taking back"),
            ("leave", "Never worth taking back"),
            ("unknown", "Cannot be told"),
        ],
        compute="_compute_break_even",
        store=True,
    )
    is_thin = fields.Boolean(string="Thin History", compute="_compute_break_even", store=True)
    fixed_cost = fields.Monetary(
        compute="_compute_break_even",
        store=True,
        aggregator="avg",
        help="What a return costs whatever the goods are worth, as the straight line through the "
        "history says.",
    )
    recovered_percent = fields.Float(
        string="Worth of Value (%)",
        compute="_compute_break_even",
        store=True,
        digits=(5, 1),
        aggregator="avg",
        help="What goods that come back are worth to the company, in percent of what the customer "
        "had paid.",
    )
    break_even = fields.Monetary(
        string="Break-Even",
        compute="_compute_break_even",
        store=True,
        aggregator="avg",
        help="Goods of this value are just worth their way back.",
    )
    break_even_low = fields.Monetary(
        string="At Least", compute="_compute_break_even", store=True, aggregator=None
    )
    break_even_high = fields.Monetary(
        string="At Most",
        compute="_compute_break_even",
        store=True,
        aggregator=None,
        help="Zero: there is no telling.",
    )
    suggested_threshold = fields.Monetary(
        compute="_compute_break_even", store=True, aggregator=None
    )
    saving = fields.Monetary(
        string="Would Have Saved",
        compute="_compute_saving",
        store=True,
        aggregator=None,
        help="By the threshold, over the returns of the history, extra claims taken off.",
    )
    saving_count = fields.Integer(
        string="Returns Below", compute="_compute_saving", store=True, aggregator=None
    )
    curve = fields.Json(compute="_compute_curve")

    _amounts_range = models.Constraint(
        "CHECK(COALESCE(extra_claims_percent, 0) BETWEEN 0 AND 100"
        " AND COALESCE(threshold, 0) >= 0)",
        "Extra claims must lie between 0 and 100 percent, and a threshold cannot be negative.",
    )

    @api.depends("company_id.return_keep_it_risk_percent")
    def _compute_extra_claims_percent(self):
        """As the company's settings say, until somebody assumes otherwise here."""
        for advice in self:
            advice.extra_claims_percent = advice.company_id.return_keep_it_risk_percent

    def _get_bins(self):
        """:return: the history as :class:`ValueBins`, labour included"""
        self.ensure_one()
        return ValueBins.from_rows(self.value_bins or []).add_cost(self.mean_labour)

    def _get_extra_claims(self):
        self.ensure_one()
        return self.extra_claims_percent / 100.0

    @api.depends("value_bins", "mean_labour", "extra_claims_percent")
    def _compute_break_even(self):
        for advice in self:
            bins = advice._get_bins()
            found = break_even.find_break_even(bins, advice._get_extra_claims())
            advice.value_median = bins.get_quantile(0.5)
            advice.verdict = found.verdict
            advice.is_thin = found.is_thin
            advice.fixed_cost = found.fixed_cost
            advice.recovered_percent = found.share * 100.0
            advice.break_even = found.amount or 0.0
            advice.break_even_low = found.low or 0.0
            advice.break_even_high = found.high or 0.0
            advice.suggested_threshold = advice._get_suggestion(bins, found)

    def _get_suggestion(self, bins, found):
        """A round threshold: the break-even, where history is thin the least it may be.

        :param found: :class:`BreakEven`
        """
        if found.verdict != "found":
            return 0.0
        amount = found.low if found.is_thin else found.amount
        return threshold_curve.round_down(min(amount, bins.get_quantile(SEEN_SHARE)))

    @api.depends("suggested_threshold")
    def _compute_threshold(self):
        for advice in self:
            advice.threshold = advice.suggested_threshold

    @api.depends("value_bins", "mean_labour", "extra_claims_percent", "threshold")
    def _compute_saving(self):
        for advice in self:
            curve = threshold_curve.get_curve(advice._get_bins(), advice._get_extra_claims())
            advice.saving = threshold_curve.get_saving(curve, advice.threshold)
            point = threshold_curve.get_point(curve, advice.threshold)
            advice.saving_count = round(point.count) if advice.threshold > 0 else 0

    @api.depends("value_bins", "mean_labour", "extra_claims_percent", "threshold", "break_even")
    def _compute_curve(self):
        for advice in self:
            advice.curve = advice._get_curve_data() if advice.return_count else False

    def _get_curve_data(self):
        """What the chart draws; amounts in company currency."""
        self.ensure_one()
        bins = self._get_bins()
        curve = threshold_curve.get_curve(bins, self._get_extra_claims())
        end = max(
            bins.get_quantile(SEEN_SHARE), 2.0 * self.break_even, 1.5 * self.threshold
        ) or float(bins.upper.max())
        end = min(end, max(float(bins.upper.max()), 1.2 * self.threshold))
        points = [point for point in curve if point.threshold < end]
        points.append(threshold_curve.get_point(curve, end))
        steps = [end * step / HISTOGRAM_BARS for step in range(HISTOGRAM_BARS + 1)]
        counts = [threshold_curve.get_point(curve, step).count for step in steps]
        return {
            "points": [
                {
                    "threshold": point.threshold,
                    "given_up": point.given_up,
                    "returned": point.returned,
                    "total": point.total,
                }
                for point in points
            ],
            "histogram": [
                {"threshold": step, "count": after - before}
                for step, before, after in zip(steps, counts, counts[1:], strict=False)
            ],
            "end": end,
            "break_even": self.break_even if self.verdict == "found" else None,
            "low": self.break_even_low if self.verdict == "found" else None,
            "high": self.break_even_high or None,
            "threshold": self.threshold,
            "currency_id": self.currency_id.id,
        }
