import logging
from datetime import timedelta

from odoo import api, fields, models

from ..stats import arm, sequential, verdict
from ..stats.sample_ratio import check_sample_ratio
from .batch_savepoint import batch_savepoint
from .experiment import METRICS
from .experiment_outcome import HOLDOUT, LOWER_IS_BETTER, SHARE_METRICS, SIDE_METRICS

_logger = logging.getLogger(__name__)

VERDICTS = [
    (verdict.EMPTY, "Nothing to read yet"),
    (verdict.WAIT, "Not enough yet"),
    (verdict.PROMOTE, "There is a winner"),
    (verdict.KEEP, "The control is better"),
    (verdict.NO_DIFFERENCE, "No difference that matters"),
    (verdict.BROKEN, "Assignment is broken"),
]
# Verdicts somebody has to act upon.
TOLD_VERDICTS = (verdict.PROMOTE, verdict.KEEP, verdict.NO_DIFFERENCE, verdict.BROKEN)
ACTIVITY = "helloword_returns.mail_activity_experiment"


class HellowordReturnExperiment(models.Model):
    """Read an experiment: outcomes, intervals, verdict, guardrails; once a day or on demand."""

    _inherit = "helloword.return.experiment"

    reading_ids = fields.One2many("helloword.return.experiment.reading", "experiment_id")
    latest_reading_ids = fields.Many2many(
        "helloword.return.experiment.reading", compute="_compute_latest_reading_ids"
    )
    read_date = fields.Datetime(string="Read On", readonly=True, copy=False)
    verdict = fields.Selection(VERDICTS, readonly=True, copy=False, tracking=True)
    winner_id = fields.Many2one(
        "helloword.return.experiment.variant", readonly=True, copy=False, tracking=True
    )
    progress = fields.Float(
        string="Progress (%)",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Customers so far over those the question takes.",
    )
    customers_missing = fields.Integer(readonly=True, copy=False)
    sample_ratio_p_value = fields.Float(
        string="Chance of Such Shares",
        digits=(8, 6),
        readonly=True,
        copy=False,
        default=1.0,
        help="Chi-square test of the customers' numbers against the weights: the chance that a "
        "right assignment deviates so far. The alarm is judged by a test that may be looked at "
        "every day.",
    )
    guardrail_cost_percent = fields.Float(
        string="Cost per Return at Most (% more)",
        digits=(6, 2),
        default=25.0,
        help="When a variant surely costs this much more than the control, the experiment pauses. "
        "Zero: never.",
    )
    guardrail_late_percent = fields.Float(
        string="Late Refunds at Most (points more)",
        digits=(6, 2),
        default=5.0,
        help="When surely this many more of a hundred refunds are late than in the control, the "
        "experiment pauses. Zero: never.",
    )

    @api.depends("reading_ids.date")
    def _compute_latest_reading_ids(self):
        for experiment in self:
            last = max(experiment.reading_ids.mapped("date"), default=None)
            experiment.latest_reading_ids = experiment.reading_ids.filtered(
                lambda reading, last=last: reading.date == last
            )

    @api.model
    def _cron_read(self):
        """Read everything that runs or may still ripen; end what has reached its end."""
        today = fields.Date.context_today(self)
        for experiment in self.search([("state", "in", ("running", "paused"))]):
            try:
                with batch_savepoint(self.env):
                    experiment._refresh()
            except Exception:
                # One experiment that cannot be read must not keep the others from being read.
                _logger.exception("Experiment %s could not be read", experiment.id)
            try:
                with batch_savepoint(self.env):
                    experiment._stop_at_its_end(today)
            except Exception:
                _logger.exception("Experiment %s could not be ended", experiment.id)

    def _stop_at_its_end(self, today):
        self.ensure_one()
        if self.state == "running" and self.date_end and self.date_end < today:
            self._stop(self.env._("Its end is reached."))

    def action_refresh(self):
        """Read the outcomes anew."""
        self.check_access("read")
        self.sudo()._refresh()

    def _refresh(self, moment=None):
        """Read the outcomes, judge them and act on guardrails; some seven queries each.

        :param datetime moment: read as if it were then (UTC); now unless given
        """
        moment = moment or fields.Datetime.now()
        for experiment in self.filtered("date_start"):
            arms = {
                metric: experiment._read_arms(metric, moment)
                for metric, _label in [*METRICS, *SIDE_METRICS]
            }
            experiment._write_readings(arms, moment)
            experiment._write_verdict(arms[experiment.metric], moment)
            if experiment.state == "running":
                experiment._check_guardrails(arms)

    # -------------------------------------------------------------------------
    # Readings
    # -------------------------------------------------------------------------

    def _write_readings(self, arms, moment):
        day = fields.Datetime.context_timestamp(self, moment).date()
        Reading = self.env["helloword.return.experiment.reading"].sudo()
        Reading.search([("experiment_id", "=", self.id), ("date", "=", day)]).unlink()
        Reading.create(
            [
                {"experiment_id": self.id, "date": day, **vals}
                for order, (metric, _label) in enumerate([*METRICS, *SIDE_METRICS])
                for vals in self._prepare_readings(metric, order, arms[metric])
            ]
        )

    def _prepare_readings(self, metric, order, arms):
        control = self._get_control()
        effects = self._get_effects(metric, arms)
        keys = [variant.id for variant in self.variant_ids]
        if self.holdout_percent or HOLDOUT in arms:
            keys.append(HOLDOUT)
        for key in keys:
            seen = arm.merge(arms.get(key, {}).values())
            readable = seen.count >= verdict.ENOUGH and seen.error is not None
            low, high = (
                sequential.get_interval(
                    seen.mean, seen.error, seen.count, self._get_alpha(), self.tuning_sample
                )
                if readable
                else (seen.mean, seen.mean)
            )
            vals = {
                "variant_id": key or False,
                "is_holdout": key == HOLDOUT,
                "is_primary": metric == self.metric,
                "metric": metric,
                "metric_order": -1 if metric == self.metric else order,
                "customer_count": seen.count,
                "weight": seen.weight,
                "mean": seen.mean,
                "mean_low": low,
                "mean_high": high,
                "p_value": 1.0,
            }
            effect = effects.get(key)
            if key != control.id and effect:
                vals |= {
                    "difference": effect.amount,
                    "low": effect.low or 0.0,
                    "high": effect.high or 0.0,
                    "is_readable": effect.low is not None,
                    "p_value": effect.p_value,
                }
            yield vals

    def _get_effects(self, metric, arms):
        """:return: dict of variant id → :class:`~..stats.verdict.Effect`; those held out are
        compared by themselves and take nothing from the others' certainty"""
        control = arms.get(self._get_control().id, {})
        smallest = self._get_smallest() if metric == self.metric else 0.0
        others = {
            variant.id: arms.get(variant.id, {})
            for variant in self.variant_ids
            if not variant.is_control
        }
        alpha, planned = self._get_alpha(), self.tuning_sample
        effects = verdict.get_effects(control, others, alpha, planned, smallest)
        if HOLDOUT in arms:
            held_out = {HOLDOUT: arms[HOLDOUT]}
            effects |= verdict.get_effects(control, held_out, alpha, planned, smallest)
        return effects

    def _get_control(self):
        return self.variant_ids.filtered("is_control")[:1]

    def _get_alpha(self):
        return 1.0 - self.confidence_percent / 100.0

    def _get_smallest(self):
        """:return: the smallest difference of interest, in the unit the metric is computed in"""
        return self.min_effect / 100.0 if self.metric in SHARE_METRICS else self.min_effect

    # -------------------------------------------------------------------------
    # Verdict and guardrails
    # -------------------------------------------------------------------------

    def _write_verdict(self, arms, moment):
        ratio = check_sample_ratio(self._get_sample_ratio_periods())
        effects = self._get_effects(self.metric, arms)
        effects.pop(HOLDOUT, None)
        found = verdict.judge(
            effects,
            self._get_smallest(),
            lower_is_better=self.metric in LOWER_IS_BETTER,
            is_broken=ratio.is_broken,
        )
        is_new = found.code != self.verdict and found.code in TOLD_VERDICTS
        missing = [effect.needed - effect.count for effect in effects.values() if effect.needed]
        self.write(
            {
                "read_date": moment,
                "verdict": found.code,
                "winner_id": found.winner or False,
                "progress": 100.0 * min(found.progress, 1.0),
                "customers_missing": min(max([0, *missing]), 10_000_000),
                "sample_ratio_p_value": ratio.p_value,
            }
        )
        if is_new and self.state in ("running", "paused"):
            self._tell(self.verdict_text)

    def _get_sample_ratio_periods(self):
        """:return: list of (customers, shares) for each period, variants in a lasting order"""
        counts = {
            (period, variant.id or HOLDOUT): count
            for period, variant, count in self.env[
                "helloword.return.experiment.assignment"
            ]._read_group([("experiment_id", "=", self.id)], ["period", "variant_id"], ["__count"])
        }
        wanted = [
            {int(key): share for key, share in shares.items()}
            for shares in self.period_shares or []
        ]
        keys = sorted({key for shares in wanted for key in shares})
        return [
            (
                [counts.get((period, key), 0) for key in keys],
                [shares.get(key) or 1e-9 for key in keys],
            )
            for period, shares in enumerate(wanted)
        ]

    def _check_guardrails(self, arms):
        """Pause what surely does harm."""
        control, others = self._get_control(), self.variant_ids.filtered(lambda v: not v.is_control)
        limits = {
            "cost": self.guardrail_cost_percent
            / 100.0
            * abs(arm.merge(arms["cost"].get(control.id, {}).values()).mean),
            "late": self.guardrail_late_percent / 100.0,
        }
        watched = {metric: limit for metric, limit in limits.items() if limit > 0}
        for metric, limit in watched.items():
            for variant in others:
                if verdict.is_worse(
                    arms[metric].get(control.id, {}),
                    arms[metric].get(variant.id, {}),
                    limit,
                    True,
                    self._get_alpha() / (len(others) * len(watched)),
                    self.tuning_sample,
                ):
                    self._stop(self._describe_harm(metric, variant, limit))
                    return

    def _stop(self, reason):
        """Pause and tell why."""
        self.ensure_one()
        self.action_pause(reason)
        self._tell(reason)

    def _tell(self, text):
        """One open activity for the responsible, with the latest news."""
        self.activity_unlink([ACTIVITY])
        self.activity_schedule(
            ACTIVITY, user_id=(self.user_id or self.rule_id.user_id).id or self.env.uid, note=text
        )

    # -------------------------------------------------------------------------
    # How many customers it takes
    # -------------------------------------------------------------------------

    def _estimate_sample(self):
        """Read from the rule's past what the metric was and how much it varies."""
        since = fields.Datetime.now() - timedelta(days=365)
        for experiment in self:
            past = experiment._read_baseline(experiment.metric, since)
            deviation = verdict.get_deviation([past])
            if past.count >= verdict.ENOUGH and deviation:
                experiment.write(
                    {
                        "baseline_mean": past.mean,
                        "baseline_deviation": deviation,
                        "baseline_count": past.count,
                        "customers_per_week": past.count * 7.0 / 365.0,
                    }
                )
