from datetime import timedelta

from odoo import Command, fields
from odoo.tools import mute_logger

from ..stats.arm import Arm
from .common_experiment import ExperimentCommon


class TestExperimentOutcome(ExperimentCommon):
    """What is counted, and what is said about it."""

    def _read(self, experiment, metric):
        """:return: dict of variant name → :class:`Arm` of the first period"""
        names = {variant.id: variant.name for variant in experiment.variant_ids}
        return {
            names.get(key, "held out"): periods[0]
            for key, periods in experiment._read_arms(metric).items()
        }

    # -------------------------------------------------------------------------
    # Outcomes
    # -------------------------------------------------------------------------

    def test_costs_are_put_together_by_customer(self):
        experiment = self._make_experiment(winsor_percent=100.0)
        returns = self._decide_plainly(
            self._make_plain_returns(["one@x.test", "one@x.test", "two@x.test"], days_ago=15)
        )
        for ret, result in zip(returns, (-10.0, -20.0, -5.0), strict=True):
            self._write_result(ret, result)
        late = self._decide_plainly(self._make_plain_returns(["one@x.test", "three@x.test"]))
        self._write_result(late, -1000.0)
        arms = self._read(experiment, "cost")
        merged = [arms.get(name, Arm()) for name in ("A", "B")]
        self.assertEqual(sum(arm.count for arm in merged), 2)
        self.assertEqual(sum(arm.weight for arm in merged), 3)
        self.assertAlmostEqual(sum(arm.total for arm in merged), 35.0)
        self.assertAlmostEqual(sum(arm.squares for arm in merged), 30.0**2 + 25.0)
        self.assertAlmostEqual(sum(arm.products for arm in merged), 65.0)

    def test_refunds_are_in_company_currency(self):
        experiment = self._make_experiment(winsor_percent=100.0)
        returns = self._make_plain_returns(self._make_emails(6), days_ago=15)
        # Two dollars a euro today, 1.25 before.
        returns.write({"currency_id": self.other_currency.id})
        self._decide_plainly(returns)
        arms = self._read(experiment, "refund")
        self.assertAlmostEqual(arms["A"].mean, returns[0].amount_company)
        self.assertAlmostEqual(arms["B"].mean, 0.4 * returns[0].amount_company)
        self.assertNotAlmostEqual(returns[0].amount_company, returns[0].amount_total)

    def test_one_very_dear_return_is_cut_off(self):
        experiment = self._make_experiment(winsor_percent=90.0)
        returns = self._decide_plainly(self._make_plain_returns(self._make_emails(40), days_ago=15))
        self._write_result(returns, -10.0)
        self._write_result(returns[0], -50_000.0)
        for arm in self._read(experiment, "cost").values():
            self.assertAlmostEqual(arm.mean, 10.0)

    def test_orders_after_the_return_count(self):
        experiment = self._make_experiment()
        partners = self.env["res.partner"].create(
            [{"name": name, "email": f"{name}@x.test"} for name in ("stays", "late", "leaves")]
        )
        contact = self.env["res.partner"].create({"name": "Home", "parent_id": partners[0].id})
        returns = self._make_plain_returns([False, False, False], days_ago=25)
        for ret, partner in zip(returns, partners, strict=True):
            ret.partner_id = partner
        self._decide_plainly(returns)
        self._write_result(returns, -7.0)
        now = fields.Datetime.now()
        for partner, days_ago in ((contact, 20), (partners[1], 1), (partners[2], 30)):
            order = self._make_order(
                [(self.product_average, 2, 50.0)], partner=partner, invoice=False
            )
            order.date_order = now - timedelta(days=days_ago)
        retention = self._read(experiment, "retention")
        self.assertEqual(sum(arm.count for arm in retention.values()), 3)
        self.assertEqual(sum(arm.total for arm in retention.values()), 1)
        experiment.winsor_percent = 100.0
        margin = self._read(experiment, "margin")
        # Two for 50 that cost 10 each, less the result of three returns.
        self.assertAlmostEqual(sum(arm.total for arm in margin.values()), 80.0 - 21.0)
        counted = self._read(experiment, "return_count")
        self.assertEqual(sum(arm.total for arm in counted.values()), 3)

    def test_late_refunds(self):
        experiment = self._make_experiment()
        returns = self._decide_plainly(self._make_plain_returns(self._make_emails(4), days_ago=15))
        self.env.flush_all()
        now = fields.Datetime.now()
        for ret, days, state in zip(
            returns, (-1, -2, 3, -4), ("due", "done", "due", "none"), strict=True
        ):
            self.cr.execute(
                "UPDATE helloword_return SET refund_due_date = %s, refund_state = %s WHERE id = %s",
                [now + timedelta(days=days), state, ret.id],
            )
        self.env.invalidate_all()
        arms = self._read(experiment, "late")
        self.assertEqual(sum(arm.weight for arm in arms.values()), 2)
        self.assertEqual(sum(arm.total for arm in arms.values()), 2)

    # -------------------------------------------------------------------------
    # Verdicts
    # -------------------------------------------------------------------------

    def test_winner(self):
        experiment = self._make_experiment()
        self._write_outcomes(experiment, 240, {"B": -6.0})
        experiment._refresh()
        self.assertEqual((experiment.verdict, experiment.winner_id.name), ("promote", "B"))
        self.assertRegex(
            experiment.verdict_text, r"B saves \$\D?[56]\.\d\d per return \(95 %: .*\)\. Promote it"
        )
        self.assertEqual(experiment.activity_ids.user_id, experiment.user_id)
        reading = experiment._get_primary_reading(experiment.winner_id)
        self.assertEqual((reading.tone, reading.metric), ("good", "cost"))
        self.assertEqual(experiment.latest_reading_ids[0].metric, "cost")
        self.assertEqual(experiment.curve["variants"][0]["points"][0]["low"], reading.low)
        # Read twice a day: one point of the curve.
        experiment.action_refresh()
        self.assertEqual(len(experiment.curve["variants"][0]["points"]), 1)
        self.assertEqual(len(experiment.activity_ids), 1)
        experiment.action_promote()
        self.assertEqual(self.rule.decision, "keep_it")
        self.assertFalse(experiment.activity_ids)

    def test_not_enough_yet(self):
        experiment = self._make_experiment()
        experiment._refresh()
        self.assertEqual(experiment.verdict, "empty")
        self._write_outcomes(experiment, 60, {})
        experiment._refresh()
        self.assertEqual(experiment.verdict, "wait")
        self.assertIn("when more customers are in", experiment.verdict_text)
        self._write_outcomes(experiment, 100, {}, seed=2)
        experiment._refresh()
        self.assertEqual(experiment.verdict, "wait")
        self.assertRegex(experiment.verdict_text, r"about \d+ more weeks")
        self.assertFalse(experiment.activity_ids)

    def test_the_rule_is_better(self):
        experiment = self._make_experiment(guardrail_cost_percent=0.0)
        self._write_outcomes(experiment, 240, {"B": 8.0})
        experiment._refresh()
        self.assertEqual((experiment.verdict, experiment.state), ("keep", "running"))
        self.assertIn("keep the rule", experiment.verdict_text)

    def test_guardrail(self):
        experiment = self._make_experiment()
        self._write_outcomes(experiment, 240, {"B": 12.0})
        experiment._refresh()
        self.assertEqual(experiment.state, "paused")
        self.assertIn("“B” surely costs more", experiment.pause_reason)
        self.assertIn("surely costs more", experiment.activity_ids.note)
        self.assertIn("decides again", experiment.pause_reason)

    def test_no_difference(self):
        experiment = self._make_experiment(min_effect=5.0)
        self._write_outcomes(experiment, 240, {}, deviation=2.0)
        experiment._refresh()
        self.assertEqual(experiment.verdict, "no_difference")
        self.assertIn("5.00 or more", experiment.verdict_text)

    def test_broken_assignment(self):
        experiment = self._make_experiment()
        returns = self._write_outcomes(experiment, 300, {"B": -6.0})
        lost = returns.filtered(lambda ret: ret.experiment_variant_id.is_control)[:90]
        self.env.flush_all()
        self.cr.execute(
            "DELETE FROM helloword_return_experiment_assignment WHERE id = ANY(%s)",
            [lost.experiment_assignment_id.ids],
        )
        self.env.invalidate_all()
        experiment._refresh()
        self.assertEqual(experiment.verdict, "broken")
        self.assertFalse(experiment.winner_id)
        self.assertIn("do not read", experiment.verdict_text)
        self.assertLess(experiment.sample_ratio_p_value, 0.001)

    def test_several_variants_and_those_held_out(self):
        experiment = self._make_experiment(
            variants=[
                {"name": "B", "decision": "keep_it"},
                {"name": "C", "decision": "refund_only"},
            ],
            holdout_percent=20.0,
        )
        self._write_outcomes(experiment, 400, {"B": -3.0, "C": -9.0})
        experiment._refresh()
        self.assertEqual(experiment.winner_id.name, "C")
        primary = experiment.latest_reading_ids.filtered("is_primary")
        self.assertEqual(primary.mapped("variant_text"), ["A", "B", "C", "Held out"])
        self.assertEqual(primary.mapped("tone"), ["open", "good", "good", "open"])

    # -------------------------------------------------------------------------
    # Before the start, and every day
    # -------------------------------------------------------------------------

    def test_sample_from_the_past(self):
        returns = self._decide_plainly(
            self._make_plain_returns(self._make_emails(120), days_ago=40)
        )
        for number, ret in enumerate(returns):
            self._write_result(ret, -20.0 + 4.0 * (number % 2))
        experiment = self._make_experiment(start=False)
        self.assertIn("does not tell", experiment.sample_text)
        experiment.action_estimate_sample()
        self.assertAlmostEqual(experiment.baseline_mean, 18.0)
        self.assertAlmostEqual(experiment.baseline_deviation, 2.0, places=1)
        # (3.035 + 0.842)² × 2² × 4 for a difference of 1.
        self.assertAlmostEqual(experiment.planned_sample, 242, delta=4)
        self.assertIn("242", experiment.sample_text.replace("243", "242"))
        self.assertGreater(experiment.planned_weeks, 0)
        experiment.min_effect = 2.0
        self.assertAlmostEqual(experiment.planned_sample, 61, delta=2)
        experiment.action_start()
        self.assertEqual(experiment.tuning_sample, experiment.planned_sample)

    def test_every_day(self):
        today = fields.Date.context_today(self.rule)
        experiment = self._make_experiment()
        self.Experiment._cron_read()
        self.assertTrue(experiment.read_date)
        self.assertEqual(experiment.state, "running")
        experiment.date_end = today - timedelta(days=1)
        self.Experiment._cron_read()
        self.assertEqual(experiment.state, "paused")
        self.assertIn("end is reached", experiment.activity_ids.note)
        self.assertFalse(self.Experiment._get_running())

    def test_one_bad_experiment_does_not_keep_the_others_from_being_read(self):
        bad = self._make_experiment()
        other = self.Rule.create({"name": "Other", "decision": "manual"})
        good = self._make_experiment(rule_id=other.id)
        bad.period_shares = [{"0": "nonsense"}]
        with mute_logger("odoo.addons.helloword_returns.models.experiment_refresh"):
            self.Experiment._cron_read()
        self.assertTrue(good.read_date)
        self.assertFalse(bad.read_date)

    def test_queries_of_a_reading_do_not_grow(self):
        experiment = self._make_experiment()
        counts = []
        for seed, size in ((1, 110), (2, 300)):
            self._write_outcomes(experiment, size, {}, seed=seed)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            experiment._refresh()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 4)

    def test_variants_by_command(self):
        experiment = self._make_experiment(start=False)
        experiment.variant_ids = [Command.create({"name": "C", "decision": "refund_only"})]
        self.assertEqual(experiment.variant_ids.mapped("share_percent"), [33.3] * 3)
        self.assertEqual(experiment.variant_ids[0].plan_text, "As the rule")
