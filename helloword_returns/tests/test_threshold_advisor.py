from datetime import timedelta

import numpy as np
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from psycopg2 import IntegrityError

from .common import ReturnsCommon


class TestThresholdAdvisor(ReturnsCommon):
    """Advice on real returns, and on histories with a known truth written as they would be."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, queue_job__no_delay=True))
        cls.Advice = cls.env["helloword.threshold.advice"]
        cls.History = cls.env["helloword.return.history"]
        (cls.company | cls.company_2).write({"return_keep_it_risk_percent": 0.0})
        cls.grade_a = cls.env.ref("helloword_returns.grade_a")
        cls.grade_d = cls.env.ref("helloword_returns.grade_d")

    def _write_history(self, values, labels, odds=0.7, channel=None, country="DE", seed=1):
        """Finished returns as rows: goods cost half of their value and come back as new with
        these odds, else as scrap.

        :param values: what the customers had paid
        :param labels: what the labels cost
        """
        channel = channel or self.channel
        company = channel.company_id
        random = np.random.default_rng(seed)
        # A product for each value to the cent would be many: they all cost 1, by the hundredth.
        product = self._create_product(name="Counted", standard_price=1.0, is_storable=True)
        product.with_company(company).standard_price = 1.0
        returns = self.env["helloword.return"].create(
            [
                {
                    "company_id": company.id,
                    "channel_id": channel.id,
                    "country_id": self._country(country).id,
                    "currency_id": company.currency_id.id,
                    "line_ids": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "quantity": max(value / 2.0, 0.01),
                                "price_total": value,
                            }
                        )
                    ],
                }
                for value in values
            ]
        )
        self.env["helloword.return.inspection"].create(
            [
                {
                    "return_line_id": ret.line_ids.id,
                    "quantity": ret.line_ids.quantity,
                    "grade_id": (self.grade_a if good else self.grade_d).id,
                    "disposition": "restock",
                }
                for ret, good in zip(returns, random.random(len(returns)) < odds, strict=True)
            ]
        )
        self.env["helloword.return.cost"].create(
            [
                {
                    "return_id": ret.id,
                    "kind": "label",
                    "amount": label,
                    "currency_id": company.currency_id.id,
                }
                for ret, label in zip(returns, labels, strict=True)
            ]
        )
        self.env.flush_all()
        # Facts that only stock moves could make true, one by one.
        self.cr.execute(
            "UPDATE helloword_return SET decision = 'return_refund', approval_state = 'approved',"
            " goods_state = 'processed' WHERE id = ANY(%s)",
            [returns.ids],
        )
        self.cr.execute(
            "UPDATE helloword_return_inspection SET state = 'done' WHERE return_id = ANY(%s)",
            [returns.ids],
        )
        self.env.invalidate_all()
        return returns

    def _simulate(self, count=150, label=7.0, **kwargs):
        """Break-even at 7 / (0.5 × 0.7) = 20."""
        random = np.random.default_rng(kwargs.get("seed", 1))
        values = np.exp(random.normal(3.2, 0.7, count)).round(2)
        labels = random.gamma(16.0, label / 16.0, count).round(2)
        return self._write_history(values, labels, **kwargs)

    def _refresh(self):
        self.History._refresh(self.company | self.company_2)

    def _get_advice(self, company=None, **scope):
        wanted = {"channel_id": False, "country_id": False, "product_categ_id": False} | scope
        return self.Advice.search(
            [
                ("company_id", "=", (company or self.company).id),
                *((name, "=", record and record.id) for name, record in wanted.items()),
            ]
        )

    # -------------------------------------------------------------------------
    # The truth is found
    # -------------------------------------------------------------------------

    def test_known_break_even_lies_within_the_interval(self):
        self._simulate()
        self._refresh()
        advice = self._get_advice()
        self.assertEqual((advice.verdict, advice.return_count), ("found", 150))
        self.assertLess(advice.break_even_low, 20.0)
        self.assertGreater(advice.break_even_high, 20.0)
        self.assertAlmostEqual(advice.break_even, 20.0, delta=5.0)
        self.assertFalse(advice.is_thin)
        self.assertFalse(advice.warning)
        self.assertAlmostEqual(advice.mean_label, 7.0, delta=0.5)
        self.assertAlmostEqual(advice.resellable_percent, 70.0, delta=10.0)
        self.assertLessEqual(advice.suggested_threshold, advice.break_even)
        self.assertGreater(advice.saving, 0.0)
        self.assertIn("would have saved", advice.reading)

    def test_numbers_by_hand(self):
        """Values from 10 to 160; labels 6; goods cost half, all as new: 12 is the break-even."""
        self._write_history([10.0, 20.0, 40.0, 80.0, 160.0], [6.0] * 5, odds=1.0)
        self._refresh()
        advice = self._get_advice()
        self.assertAlmostEqual(advice.break_even, 12.0)
        self.assertAlmostEqual(advice.fixed_cost, 6.0)
        self.assertAlmostEqual(advice.recovered_percent, 50.0)
        self.assertEqual(advice.mean_cost, 6.0)
        self.assertEqual(advice.mean_goods_cost, 31.0)
        self.assertEqual(advice.mean_recovered, 31.0)
        advice.threshold = 15.0
        # One return below: its label is saved, goods worth 5 are given up.
        self.assertEqual(advice.saving_count, 1)
        self.assertAlmostEqual(advice.saving, 1.0)
        # Each extra claim costs the refund: 10 % of 10.
        advice.extra_claims_percent = 10.0
        self.assertAlmostEqual(advice.break_even, 10.0)
        advice.threshold = 15.0
        self.assertAlmostEqual(advice.saving, 0.0)

    def test_labour_of_the_settings_counts(self):
        self.company.write({"return_labour_minutes": 6.0, "return_labour_hourly_cost": 20.0})
        self._write_history([10.0, 20.0, 40.0, 80.0, 160.0], [6.0] * 5, odds=1.0)
        self._refresh()
        advice = self._get_advice()
        self.assertEqual((advice.mean_labour, advice.mean_cost), (2.0, 8.0))
        self.assertAlmostEqual(advice.break_even, 16.0)

    def test_scopes(self):
        other = self.channel.copy({"name": "Other", "company_id": self.company.id})
        self._simulate(40)
        self._simulate(35, channel=other, country="FR", label=14.0, seed=2)
        self._refresh()
        germany, france = self._country("DE"), self._country("FR")
        self.assertEqual(self._get_advice().return_count, 75)
        self.assertEqual(self._get_advice(country_id=germany).return_count, 40)
        self.assertEqual(self._get_advice(channel_id=other).return_count, 35)
        category = self.env["product.product"].search([("name", "=", "Counted")], limit=1).categ_id
        both = self._get_advice(channel_id=other, country_id=france, product_categ_id=category)
        self.assertEqual((both.return_count, both.scope), (35, "combination"))
        self.assertIn("France", both.name)
        self.assertGreater(
            self._get_advice(country_id=france).break_even,
            self._get_advice(country_id=germany).break_even,
        )

    def test_advice_for_a_category_holds_those_below(self):
        parent = self.env["product.category"].create({"name": "Everything"})
        returns = self._simulate(40)
        returns.line_ids.product_id.categ_id.parent_id = parent
        advice = self.Advice.create({"product_categ_id": parent.id, "company_id": self.company.id})
        self.assertEqual(advice.return_count, 40)
        self.assertFalse(advice.is_automatic)
        advice.country_id = self._country("FR")
        self.assertEqual(advice.return_count, 0)
        self.assertTrue(advice.exists())

    def test_real_returns(self):
        """Requested, received, inspected and billed as people do it."""
        orders = self._make_orders(
            [[(self.product_standard, quantity)] for quantity in (1, 2, 3, 4, 5)]
        )
        returns = self._make_returns([(order, None) for order in orders])
        returns.action_receive()
        returns.action_inspect(grade=self.env.ref("helloword_returns.grade_b"))
        self.env["helloword.return.cost"]._accrue(
            [
                {
                    "return_id": ret.id,
                    "kind": "label",
                    "reference": f"T{ret.id}",
                    "amount": 6.0,
                    "currency_id": self.company.currency_id.id,
                }
                for ret in returns
            ]
        )
        self._refresh()
        advice = self._get_advice()
        self.assertEqual((advice.return_count, advice.line_count), (5, 5))
        # A hundred of value cost ten, of which a fifth is lost.
        self.assertAlmostEqual(advice.recovered_percent, 8.0)
        self.assertAlmostEqual(advice.break_even, 75.0)
        self.assertEqual(advice.grade_odds[0]["quantity"], 15.0)
        action = advice.action_view_returns()
        self.assertEqual(self.env["helloword.return"].search(action["domain"]), returns)

    # -------------------------------------------------------------------------
    # Thin, empty and odd histories
    # -------------------------------------------------------------------------

    def test_thin_history_says_so(self):
        self._simulate(12)
        self._refresh()
        advice = self._get_advice()
        self.assertTrue(advice.is_thin)
        self.assertIn("History is thin: 12 returns", advice.warning)
        self.assertLess(advice.suggested_threshold, advice.break_even)

    def test_goods_without_value_or_cost(self):
        self._write_history([0.0] * 20, [6.0] * 20)
        self._refresh()
        advice = self._get_advice()
        self.assertEqual((advice.verdict, advice.suggested_threshold), ("unknown", 0.0))
        with self.assertRaises(UserError):
            advice.action_make_rule()
        self.assertTrue(advice.curve)
        product = self.env["product.product"].search([("name", "=", "Counted")])
        product.with_company(self.company).standard_price = 0.0
        self._refresh()
        self.assertEqual(advice.known_cost_percent, 0.0)
        self.assertIn("Enter the cost", advice.warning)

    def test_goods_that_cost_more_than_customers_paid(self):
        returns = self._write_history([10.0, 20.0, 40.0, 80.0, 160.0], [6.0] * 5, odds=1.0)
        returns.line_ids.product_id.with_company(self.company).standard_price = 3.0
        self._refresh()
        self.assertAlmostEqual(self._get_advice().break_even, 4.0)

    def test_no_history(self):
        self._refresh()
        self.assertFalse(self._get_advice())
        advice = self.Advice.create({"company_id": self.company.id})
        self.assertEqual((advice.return_count, advice.verdict), (0, "unknown"))
        self.assertFalse(advice.curve)
        self.assertIn("No finished returns", advice.reading)

    def test_old_and_open_returns_do_not_count(self):
        returns = self._simulate(30)
        returns[0].request_date = fields.Datetime.now() - timedelta(days=400)
        self.env.flush_all()
        self.cr.execute(
            "UPDATE helloword_return SET goods_state = 'transit' WHERE id = %s", [returns[1].id]
        )
        self.env.invalidate_all()
        self._refresh()
        self.assertEqual(self._get_advice().return_count, 28)

    def test_advice_without_history_goes(self):
        returns = self._simulate(30)
        self._refresh()
        kept = self._get_advice(country_id=self._country("DE"))
        kept.threshold = 10.0
        kept.action_make_rule()
        gone = self._get_advice(channel_id=self.channel)
        returns.request_date = fields.Datetime.now() - timedelta(days=400)
        self._refresh()
        self.assertFalse(gone.exists())
        self.assertEqual(kept.return_count, 0)

    # -------------------------------------------------------------------------
    # Companies and currencies
    # -------------------------------------------------------------------------

    def test_each_company_in_its_own_currency(self):
        self.company_2.currency_id = self.other_currency
        self._simulate(60)
        self._simulate(60, channel=self.channel_2, label=14.0, seed=3)
        self._refresh()
        first, second = self._get_advice(), self._get_advice(self.company_2)
        self.assertEqual((first.return_count, second.return_count), (60, 60))
        self.assertEqual(second.currency_id, self.other_currency)
        self.assertAlmostEqual(second.break_even, 40.0, delta=15.0)

    def test_values_in_another_currency_count_at_the_rate_of_the_request(self):
        """A euro is two dollars today."""
        order = self._make_order([(self.product_standard, 1, 50.0)], currency=self.other_currency)
        ret = self._make_return(order)
        ret.action_receive()
        ret.action_inspect()
        self._refresh()
        self.assertAlmostEqual(self._get_advice().value_median, 100.0, delta=8.0)

    # -------------------------------------------------------------------------
    # Rules
    # -------------------------------------------------------------------------

    def test_rule_is_a_draft_that_matches_the_scope(self):
        returns = self._simulate(60)
        self._refresh()
        advice = self._get_advice(channel_id=self.channel)
        advice.threshold = 18.0
        action = advice.action_make_rule()
        rule = self.env["helloword.return.rule"].browse(action["res_id"])
        self.assertFalse(rule.enabled)
        self.assertEqual((rule.decision, rule.company_id), ("refund_only", self.company))
        self.assertEqual(rule.channel_ids, self.channel)
        self.assertEqual(advice.rule_count, 1)
        below = returns.filtered(lambda ret: ret.amount_company < 18.0)
        self.assertEqual(rule._match(returns)[rule], below)
        self.assertEqual(advice.action_view_rules()["domain"][0][2], advice.id)

    def test_rule_of_a_country_and_category(self):
        returns = self._simulate(40)
        category = returns.line_ids.product_id.categ_id
        germany = self._country("DE")
        advice = self.Advice.create(
            {
                "company_id": self.company.id,
                "country_id": germany.id,
                "product_categ_id": category.id,
                "threshold": 18.0,
            }
        )
        advice.threshold = 18.0
        rule = self.env["helloword.return.rule"].browse(advice.action_make_rule()["res_id"])
        matched = rule._match(returns)[rule]
        self.assertEqual(matched, returns.filtered(lambda ret: ret.amount_company < 18.0))

    # -------------------------------------------------------------------------
    # People
    # -------------------------------------------------------------------------

    def test_rights(self):
        self._simulate(30)
        self._refresh()
        advice = self._get_advice()
        values = {"company_id": self.company.id, "company_ids": [Command.set(self.company.ids)]}
        user = new_test_user(self.env, "adv.user", "helloword_returns.group_return_user", **values)
        manager = new_test_user(
            self.env, "adv.manager", "helloword_returns.group_return_manager", **values
        )
        self.assertTrue(advice.with_user(user).reading)
        for method in ("action_refresh", "action_make_rule"):
            with self.assertRaises(AccessError):
                getattr(advice.with_user(user), method)()
        self.assertTrue(advice.with_user(manager).action_refresh())
        self.assertTrue(advice.with_user(manager).action_make_rule())
        self.Advice.with_user(manager).action_refresh()
        foreign = self.Advice.create({"company_id": self.company_2.id})
        with self.assertRaises(AccessError):
            foreign.with_user(manager).read(["reading"])

    def test_one_advice_for_each_scope(self):
        self.Advice.create({"company_id": self.company.id})
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.Advice.create({"company_id": self.company.id})

    def test_reading_again_changes_nothing(self):
        self._simulate(40)
        self._refresh()
        before = self.Advice.search([]).read(["break_even", "return_count"])
        self._refresh()
        self.assertEqual(self.Advice.search([]).read(["break_even", "return_count"]), before)

    def test_schedule_leaves_alone_what_was_read_today(self):
        self._simulate(30)
        companies = self.company | self.company_2
        companies.return_history_date = False
        cron = self.env.ref("helloword_returns.cron_refresh_return_history")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            self.env.invalidate_all()
            read = companies.mapped("return_history_date")
            self.assertTrue(all(read))
            self.assertEqual(self._get_advice().return_count, 30)
            self._simulate(10, seed=2)
            cron.method_direct_trigger()
            self.env.invalidate_all()
        self.assertEqual(self._get_advice().return_count, 30)

    def test_queries_do_not_grow_with_returns(self):
        counts = []
        for seed in (1, 2):
            self._simulate(40, seed=seed)
            self._refresh()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._refresh()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)
