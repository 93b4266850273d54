from collections import Counter

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user
from psycopg2 import IntegrityError

from .common_experiment import ExperimentCommon


class TestExperiment(ExperimentCommon):
    """Who gets which variant, and what it does to decisions."""

    # -------------------------------------------------------------------------
    # Assignment
    # -------------------------------------------------------------------------

    def test_customers_are_shared_out_and_stay(self):
        experiment = self._make_experiment(holdout_percent=20)
        control, other = experiment.variant_ids
        emails = self._make_emails(300)
        first = self._decide_plainly(self._make_plain_returns(emails))
        held_out = first.filtered(lambda ret: not ret.experiment_variant_id)
        self.assertEqual(first.experiment_id, experiment)
        self.assertEqual(len(experiment.assignment_ids), 300)
        numbers = (len(held_out), *(control | other).mapped("customer_count"))
        for number, share in zip(numbers, (0.2, 0.4, 0.4), strict=True):
            self.assertAlmostEqual(number / 300, share, delta=0.1)
        for ret in first:
            kept = ret.experiment_variant_id == other
            self.assertEqual(ret.decision, "keep_it" if kept else "return_refund")
        self.assertEqual(held_out.mapped("rule_id"), self.rule)

        # The same people on another channel, written otherwise, after the weights have changed.
        control.weight = 9.0
        shop = self.channel.copy({"name": "Other"})
        again = self._decide_plainly(
            self._make_plain_returns([email.upper() for email in emails], channel=shop)
        )
        for ret, earlier in zip(again, first, strict=True):
            self.assertEqual(ret.experiment_assignment_id, earlier.experiment_assignment_id)
        self.assertEqual(len(experiment.assignment_ids), 300)
        fresh = self._decide_plainly(
            self._make_plain_returns(self._make_emails(200, "new.example.com"))
        )
        drawn = Counter(ret.experiment_variant_id.name for ret in fresh)
        self.assertGreater(drawn["A"], 4 * drawn["B"])
        self.assertEqual(set(fresh.experiment_assignment_id.mapped("period")), {1})
        self.assertAlmostEqual(experiment.period_shares[1][str(control.id)], 0.72)

    def test_customers_are_kept_as_pseudonyms(self):
        experiment = self._make_experiment()
        self._decide_plainly(self._make_plain_returns(["ada@example.com"]))
        self.assertNotIn("ada", experiment.assignment_ids.pseudonym)
        with self.assertRaises(AccessError):
            experiment.with_user(self._make_user("group_return_manager")).salt  # noqa: B018

    def test_a_customer_nobody_can_tell_apart_gets_the_plain_rule(self):
        self._make_experiment()
        ret = self._decide_plainly(self._make_plain_returns([False]))
        self.assertFalse(ret.experiment_id)
        self.assertEqual(ret.decision, "return_refund")

    def test_trying_rules_assigns_nobody(self):
        self._make_experiment()
        returns = self._make_plain_returns(self._make_emails(30))
        matches = returns._match_rules()
        plans = self.rule._choose_plans(matches[self.rule])
        self.assertEqual(len(plans), 2)
        self.assertFalse(self.Assignment.search_count([]))
        self.assertFalse(returns.experiment_id)
        # What was tried is what happens.
        self._decide_plainly(returns)
        for source, chosen in plans.items():
            self.assertEqual(chosen.experiment_variant_id, source)

    def test_companies(self):
        """A rule of all companies, an experiment of one: the other's customers stay out."""
        experiment = self._make_experiment()
        emails = self._make_emails(40)
        returns = self._decide_plainly(
            self._make_plain_returns(emails)
            | self._make_plain_returns(emails, channel=self.channel_2)
        )
        ours = returns.filtered(lambda ret: ret.company_id == self.company)
        self.assertEqual(ours.experiment_id, experiment)
        self.assertEqual(set((returns - ours).mapped("decision")), {"return_refund"})
        self.assertFalse((returns - ours).experiment_id)

        second = self._make_experiment(company_id=self.company_2.id)
        theirs = self._decide_plainly(self._make_plain_returns(emails, channel=self.channel_2))
        self.assertEqual(theirs.experiment_id, second)
        self.assertEqual(set(second.assignment_ids.company_id), {self.company_2})
        self.rule.company_id = False
        foreign = self.Rule.create({"name": "Foreign", "company_id": self.company_2.id})
        with self.assertRaises(UserError):
            self._make_experiment(start=False, rule_id=foreign.id)

    def test_one_experiment_for_each_customer(self):
        emails = self._make_emails(60)
        first = self._make_experiment()
        self._decide_plainly(self._make_plain_returns(emails[:30]))
        self.rule.domain = self.rule.domain
        other_rule = self.rule.copy({"name": "Before", "sequence": 1, "enabled": True})
        second = self._make_experiment(rule_id=other_rule.id)
        returns = self._decide_plainly(self._make_plain_returns(emails))
        self.assertEqual(returns[30:].experiment_id, second)
        self.assertFalse(returns[:30].experiment_id)
        self.assertEqual(returns[:30].rule_id, other_rule)
        self.assertEqual(len(first.assignment_ids), 30)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._make_experiment(rule_id=other_rule.id)

    def test_queries_do_not_grow(self):
        self._make_experiment()
        counts = []
        for size in (10, 60):
            returns = self._make_plain_returns(self._make_emails(size, f"q{size}.example.com"))
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            self._decide_plainly(returns)
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 3)

    def test_without_experiments_deciding_asks_for_nothing_more(self):
        returns = self._make_plain_returns(self._make_emails(3))
        self.Experiment._get_running()
        with self.assertQueryCount(0):
            returns._take_part(returns.env["helloword.return"]._match_rules())

    # -------------------------------------------------------------------------
    # Decisions
    # -------------------------------------------------------------------------

    def test_real_returns_follow_their_variant(self):
        experiment = self._make_experiment()
        partners = self.env["res.partner"].create(
            [{"name": email, "email": email} for email in self._make_emails(8)]
        )
        requests = [
            self._make_request(self._make_order([(self.product_average, 1, 50)], partner=partner))
            for partner in partners
        ]
        returns = self.env["helloword.return"].intake(requests)
        self.assertEqual(set(returns.mapped("approval_state")), {"approved"})
        self.assertEqual(returns.experiment_id, experiment)
        self.assertEqual(returns.experiment_assignment_id.partner_id, partners)
        for ret in returns:
            variant = ret.experiment_variant_id
            self.assertEqual(ret.decision, "return_refund" if variant.is_control else "keep_it")
            self.assertIn(variant.name, ret.decision_explanation["plan_source"])
            self.assertTrue(ret.decision_story)
        self.assertEqual(len(returns.experiment_variant_id), 2)

    def test_threshold(self):
        """Between the thresholds the variant decides, and everybody between takes part."""
        self.rule.write({"amount_max": 50.0, "decision": "refund_only"})
        last = self.Rule.create({"name": "Rest", "decision": "return_refund", "sequence": 99})
        experiment = self._make_experiment(
            kind="threshold", variants=[{"name": "B", "threshold": 150.0}]
        )
        other = experiment.variant_ids[1]
        self.assertEqual(experiment.rule_threshold, 50.0)
        emails = self._make_emails(60)
        below, between, above = (
            self._make_plain_returns(emails[number::3], price=price)
            for number, price in enumerate((20.0, 100.0, 200.0))
        )
        self._decide_plainly(below | between | above)
        self.assertEqual(set(below.mapped("decision")), {"refund_only"})
        self.assertEqual(below.experiment_id, experiment)
        self.assertEqual(between.experiment_id, experiment)
        self.assertEqual(len(between.experiment_variant_id), 2)
        for ret in between:
            let_in = ret.experiment_variant_id == other
            self.assertEqual(ret.decision, "refund_only" if let_in else "return_refund")
            self.assertEqual(ret.rule_id, self.rule if let_in else last)
            self.assertTrue(ret.decision_story)
        self.assertFalse(above.experiment_id)
        self.assertEqual(above.rule_id, last)

        experiment._promote(other)
        self.assertEqual(self.rule.amount_max, 150.0)
        experiment.action_undo_promotion()
        self.assertEqual(self.rule.amount_max, 50.0)

    def test_threshold_within_conditions(self):
        self.rule.domain = "[('amount_company', '>', 0), ('amount_company', '<', 30.0), ('country_id', '=', False)]"
        experiment = self._make_experiment(
            kind="threshold",
            threshold_field="amount_company",
            variants=[{"name": "B", "threshold": 80.0}],
        )
        self.assertEqual(experiment.rule_threshold, 30.0)
        returns = self._decide_plainly(self._make_plain_returns(self._make_emails(20), price=60.0))
        self.assertEqual(len(returns.experiment_variant_id), 2)
        for ret in returns:
            self.assertEqual(bool(ret.rule_id), ret.experiment_variant_id.name == "B")
        experiment._promote(experiment.variant_ids[1])
        self.assertIn("'<', 80.0", self.rule.domain)
        self.assertIn("'>', 0", self.rule.domain)
        self.assertIn("country_id", self.rule.domain)

    def test_paused_and_ended_experiments_decide_nothing(self):
        experiment = self._make_experiment()
        emails = self._make_emails(20)
        self._decide_plainly(self._make_plain_returns(emails))
        experiment.action_pause()
        again = self._decide_plainly(self._make_plain_returns(emails))
        self.assertEqual(set(again.mapped("decision")), {"return_refund"})
        self.assertFalse(again.experiment_id)
        experiment.action_resume()
        resumed = self._decide_plainly(self._make_plain_returns(emails))
        self.assertEqual(resumed.experiment_id, experiment)
        self.rule.enabled = False
        self.assertFalse(self.Experiment._get_running())
        self.rule.enabled = True
        experiment.action_conclude()
        self.assertFalse(self.Experiment._get_running())

    # -------------------------------------------------------------------------
    # What may be started and changed
    # -------------------------------------------------------------------------

    def test_what_keeps_it_from_starting(self):
        cases = (
            ({"variants": []}, "beside the control"),
            ({"min_effect": 0.0}, "smallest"),
            ({"date_end": "2020-01-01"}, "end has passed"),
            (
                {"kind": "threshold", "variants": [{"name": "B", "threshold": 9.0}]},
                "no such threshold",
            ),
        )
        for vals, message in cases:
            experiment = self._make_experiment(start=False, **vals)
            with self.assertRaisesRegex(UserError, message):
                experiment.action_start()
        self.rule.amount_max = 50.0
        same = self._make_experiment(
            start=False, kind="threshold", variants=[{"name": "B", "threshold": 50.0}]
        )
        with self.assertRaisesRegex(UserError, "threshold of its own"):
            same.action_start()
        self.rule.enabled = False
        with self.assertRaisesRegex(UserError, "Switch on rule"):
            self._make_experiment()
        with self.assertRaisesRegex(ValidationError, "Choose what variant"):
            self._make_experiment(start=False, variants=[{"name": "C"}])
        for vals in ({"weight": 0.0}, {"is_control": True}):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self._make_experiment(
                    start=False, variants=[{"name": "B", "decision": "reject", **vals}]
                )

    def test_a_variant_against_the_law_does_not_start(self):
        """Withdrawal in the EU: no store credit instead of money (2011/83/EU, article 13)."""
        self.rule.country_group_ids = self.env.ref("base.europe")
        experiment = self._make_experiment(
            start=False, variants=[{"name": "Credit", "decision": "store_credit"}]
        )
        self.assertTrue(experiment.variant_ids[1].law_text)
        with self.assertRaisesRegex(UserError, "consumer law"):
            experiment.action_start()
        self.assertEqual(experiment.state, "draft")

    def test_what_is_compared_does_not_change(self):
        experiment = self._make_experiment()
        with self.assertRaisesRegex(UserError, "as it is"):
            self.rule.fee_percent = 12.0
        with self.assertRaisesRegex(UserError, "as it is"):
            self.rule.domain = "[('amount_company', '<', 5)]"
        self.rule.name = "Another name"
        with self.assertRaisesRegex(UserError, "cannot change"):
            experiment.variant_ids[1].decision = "refund_only"
        with self.assertRaisesRegex(UserError, "cannot change"):
            experiment.metric = "margin"
        with self.assertRaisesRegex(UserError, "record"):
            experiment.unlink()
        copy = experiment.copy()
        self.assertEqual((copy.state, len(copy.variant_ids)), ("draft", 2))
        self.assertNotEqual(copy.sudo().salt, experiment.sudo().salt)
        copy.unlink()

    def test_promotion_and_back(self):
        self.rule.fee_percent = 5.0
        experiment = self._make_experiment()
        with self.assertRaisesRegex(UserError, "no winner"):
            experiment.action_promote()
        experiment.variant_ids[1].action_promote()
        self.assertEqual((self.rule.decision, self.rule.keep_it_percent), ("keep_it", 40.0))
        self.assertEqual(experiment.state, "concluded")
        self.assertIn("made B of experiment", self.rule.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "Only a running"):
            experiment.variant_ids[1].action_promote()
        experiment.action_undo_promotion()
        self.assertEqual((self.rule.decision, self.rule.fee_percent), ("return_refund", 5.0))
        self.assertFalse(experiment.promoted_variant_id)

        second = experiment.copy()
        second.action_start()
        second.variant_ids[1].action_promote()
        self.rule.keep_it_percent = 50.0
        with self.assertRaisesRegex(UserError, "changed after the promotion"):
            second.action_undo_promotion()
        self.assertEqual(self.rule.keep_it_percent, 50.0)

    def test_draft_from_a_rule(self):
        action = self.rule.action_copy_to_experiment()
        experiment = self.Experiment.browse(action["res_id"])
        self.assertEqual(experiment.variant_ids.mapped("decision"), [False, "return_refund"])
        self.assertEqual(self.rule.experiment_count, 1)
        self.assertEqual(
            self.Experiment.search(self.rule.action_view_experiments()["domain"]), experiment
        )

    def test_access(self):
        experiment = self._make_experiment()
        user = self._make_user("group_return_user")
        self.assertEqual(experiment.with_user(user).name, "Keep it")
        for method in ("action_conclude", "action_pause"):
            with self.assertRaises(AccessError):
                getattr(experiment.with_user(user), method)()
        with self.assertRaises(AccessError):
            experiment.variant_ids[1].with_user(user).action_promote()
        experiment.with_user(user).action_refresh()
        returns = self._make_plain_returns(self._make_emails(5)).with_user(user)
        self._decide_plainly(returns)
        self.assertEqual(returns.experiment_id.id, experiment.id)
        with self.assertRaises(AccessError):
            returns.experiment_assignment_id.variant_id = False
        stranger = new_test_user(self.env, "stranger", "base.group_user")
        with self.assertRaises(AccessError):
            experiment.with_user(stranger).read(["name"])
        abroad = self._make_user("group_return_manager", company=self.company_2)
        self.assertFalse(self.Experiment.with_user(abroad).search([("id", "=", experiment.id)]))

    def _make_user(self, group, company=None):
        company = company or self.company
        return new_test_user(
            self.env,
            f"{group}_{company.id}",
            f"helloword_returns.{group}",
            company_id=company.id,
            company_ids=company.ids,
        )
