from datetime import timedelta
from math import ceil

from odoo import api, fields, models

from ..stats import verdict
from .experiment_reading import format_metric

# Over how many days the pace of new customers is taken.
PACE_DAYS = 28


class HellowordReturnExperiment(models.Model):
    """The verdict in one sentence, and what to do."""

    _inherit = "helloword.return.experiment"

    verdict_text = fields.Text(string="Verdict in Words", compute="_compute_verdict_text")
    curve = fields.Json(compute="_compute_curve", help="Readings of the deciding metric by day.")

    @api.depends("verdict", "winner_id", "read_date", "customers_missing", "state")
    @api.depends_context("lang")
    def _compute_verdict_text(self):
        for experiment in self:
            experiment.verdict_text = experiment._describe_verdict()

    def _describe_verdict(self):
        self.ensure_one()
        describe = {
            verdict.BROKEN: self._describe_broken,
            verdict.PROMOTE: self._describe_winner,
            verdict.KEEP: self._describe_loss,
            verdict.NO_DIFFERENCE: self._describe_no_difference,
            verdict.WAIT: self._describe_wait,
        }.get(self.verdict)
        if describe:
            return describe()
        if self.state == "draft":
            return False
        return self.env._("Nothing to read yet: no customer's returns are old enough.")

    def _describe_broken(self):
        return self.env._(
            "Assignment is broken, do not read the results: the variants did not get the customers "
            "their weights promise (chance %(chance).6f). End the experiment, find out what keeps "
            "customers away from one variant, and start a copy.",
            chance=self.sample_ratio_p_value,
        )

    def _describe_winner(self):
        reading = self._get_primary_reading(self.winner_id)
        values = {
            "variant": self.winner_id.name,
            "amount": self._format(abs(reading.difference)),
            "low": self._format(min(abs(reading.low), abs(reading.high))),
            "high": self._format(max(abs(reading.low), abs(reading.high))),
            "certainty": f"{self.confidence_percent:g}",
        }
        sentence = {
            "cost": self.env._(
                "%(variant)s saves %(amount)s per return (%(certainty)s %%: %(low)s to %(high)s). "
                "Promote it.",
                **values,
            ),
            "refund": self.env._(
                "%(variant)s refunds %(amount)s less per return (%(certainty)s %%: %(low)s to "
                "%(high)s). Promote it.",
                **values,
            ),
            "retention": self.env._(
                "With %(variant)s %(amount)s more of the customers buy again (%(certainty)s %%: "
                "%(low)s to %(high)s). Promote it.",
                **values,
            ),
            "margin": self.env._(
                "%(variant)s earns %(amount)s more per customer (%(certainty)s %%: %(low)s to "
                "%(high)s). Promote it.",
                **values,
            ),
        }[self.metric]
        return sentence + self._describe_side_effects()

    def _describe_side_effects(self):
        """What the winner does worse, with certainty."""
        worse = self.latest_reading_ids.filtered(
            lambda reading: (
                reading.variant_id == self.winner_id
                and not reading.is_primary
                and reading.tone == "bad"
            )
        )
        if not worse:
            return ""
        labels = dict(worse._fields["metric"]._description_selection(self.env))
        return " " + self.env._(
            "But look at this first: %s.",
            "; ".join(f"{labels[reading.metric]}: {reading.difference_text}" for reading in worse),
        )

    def _describe_loss(self):
        variants = self.variant_ids.filtered(lambda variant: not variant.is_control)
        parts = [
            f"{variant.name}: {self._get_primary_reading(variant).difference_text}"
            for variant in variants
        ]
        return self.env._(
            "The rule as it is does better than every variant (%(differences)s). End the "
            "experiment and keep the rule.",
            differences="; ".join(parts),
        )

    def _describe_no_difference(self):
        return self.env._(
            "No variant is better by %(effect)s or more. End the experiment and keep what is "
            "simpler.",
            effect=self._format_effect(self.min_effect),
        )

    def _describe_wait(self):
        weeks = self._get_weeks_left()
        if weeks is None:
            return self.env._(
                "Not enough yet. How long it will take shows when more customers are in."
            )
        if weeks > 104:
            return self.env._(
                "Not enough yet, and at this pace it takes more than two years: look for a larger "
                "difference, or more returns."
            )
        return self.env._("Not enough yet: about %s more weeks.", weeks)

    def _describe_harm(self, metric, variant, limit):
        """:return: why a guardrail has stopped the experiment"""
        values = {
            "variant": variant.name,
            "limit": format_metric(self.env, limit, metric, self.currency_id),
        }
        if metric == "cost":
            return self.env._(
                "Guardrail: a return in variant “%(variant)s” surely costs more than %(limit)s "
                "above the control. The plain rule decides again.",
                **values,
            )
        return self.env._(
            "Guardrail: in variant “%(variant)s” surely more than %(limit)s more of the refunds "
            "are late. The plain rule decides again.",
            **values,
        )

    def _format(self, value):
        return format_metric(self.env, value, self.metric, self.currency_id)

    def _get_primary_reading(self, variant):
        return self.latest_reading_ids.filtered(
            lambda reading: reading.is_primary and reading.variant_id == variant
        )[:1]

    def _get_weeks_left(self):
        """:return: weeks until the question is settled at the pace of the last days, or None"""
        since = fields.Datetime.now() - timedelta(days=PACE_DAYS)
        recent = self.env["helloword.return.experiment.assignment"].search_count(
            [("experiment_id", "=", self.id), ("date", ">=", since)]
        )
        pace = recent * 7.0 / PACE_DAYS * sum(self._get_thinnest_pair())
        if not pace or not self.customers_missing:
            return None
        return max(ceil(self.customers_missing / pace), 1)

    @api.depends("reading_ids.date", "metric")
    def _compute_curve(self):
        for experiment in self:
            readings = experiment.reading_ids.filtered(
                lambda reading: (
                    reading.is_primary
                    and not reading.is_control
                    and not reading.is_holdout
                    and reading.is_readable
                )
            ).sorted("date")
            experiment.curve = {
                "is_share": experiment.metric == "retention",
                "currency_id": experiment.currency_id.id,
                "lower_is_better": experiment.metric in ("cost", "refund"),
                "variants": [
                    {
                        "name": variant.name,
                        "points": [
                            {
                                "date": fields.Date.to_string(reading.date),
                                "difference": reading.difference,
                                "low": reading.low,
                                "high": reading.high,
                                "customers": reading.customer_count,
                            }
                            for reading in points
                        ],
                    }
                    for variant, points in readings.grouped("variant_id").items()
                ],
            }
