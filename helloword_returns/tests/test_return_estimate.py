from odoo import Command
from odoo.tests import new_test_user

from ..stats.shrinkage import Sample, shrink
from .common import ReturnsCommon


class TestReturnEstimate(ReturnsCommon):
    """What each decision is expected to cost, with numbers worked out by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, queue_job__no_delay=True))
        cls.company.write(
            {
                "return_labour_minutes": 6.0,
                "return_labour_hourly_cost": 20.0,
                "return_default_label_cost": 8.0,
                "return_default_handling_cost": 3.0,
                "return_default_write_down_percent": 25.0,
            }
        )
        cls.grade_b = cls.env.ref("helloword_returns.grade_b")
        cls.grade_d = cls.env.ref("helloword_returns.grade_d")

    def _estimate(self, ret):
        return {estimate.decision: estimate for estimate in ret._estimate_decisions()[ret]}

    def _refresh(self):
        self.env["helloword.return.history"]._refresh(self.company | self.company_2)

    def _add_costs(self, returns, label=5.0, handling=2.0):
        self.env["helloword.return.cost"].create(
            [
                {
                    "return_id": ret.id,
                    "kind": kind,
                    "amount": amount,
                    "currency_id": ret.company_currency_id.id,
                }
                for ret in returns
                for kind, amount in (("label", label), ("handling", handling))
            ]
        )

    def _make_history(self, count, grade=None, label=5.0, product=None):
        orders = self._make_orders([[(product or self.product_standard, 1)]] * count)
        returns = self._make_returns([(order, None) for order in orders])
        returns.action_receive()
        returns.action_inspect(grade=grade)
        self._add_costs(returns, label)
        return returns

    def test_defaults_where_there_is_no_history(self):
        """100 net of 15 % tax; goods cost 10; label 8, handling 3, labour 2."""
        line = {
            "product_id": self.product_standard.id,
            "product_uom_qty": 1,
            "price_unit": 100.0,
            "tax_ids": [Command.set(self.tax_sale_a.ids)],
        }
        ret = self._make_return(self._make_order([line]), approve=False)
        estimates = self._estimate(ret)
        self.assertEqual(
            set(estimates),
            {"refund_only", "keep_it", "return_refund", "exchange", "store_credit", "reject"},
        )
        self.assertEqual(ret.amount_company, 115.0)
        self.assertEqual(estimates["refund_only"].total, 100.0)
        self.assertEqual(estimates["keep_it"].total, 30.0)
        self.assertEqual(estimates["reject"].total, 0.0)
        returned = estimates["return_refund"]
        self.assertEqual(
            (returned.label, returned.handling, returned.labour, returned.write_down),
            (8.0, 3.0, 2.0, 2.5),
        )
        self.assertEqual(returned.recovered, 10.0)
        self.assertEqual(returned.total, 100.0 + 8 + 3 + 2 + 2.5 - 10)
        self.assertLess(returned.low, returned.total)
        self.assertGreater(returned.high, returned.total)
        self.assertEqual(estimates["exchange"].total, 10 + 8 + 8 + 3 + 2 + 2.5 - 10)
        self.assertEqual(estimates["store_credit"].total, 10 + 8 + 3 + 2 + 2.5 - 10)
        self.assertEqual(returned.sample_size, 0)
        self.assertIn("No finished returns yet", returned.basis)

    def test_history_of_the_group(self):
        """Twelve equal returns: means are theirs, whatever the strength of the wider groups."""
        self._make_history(12, grade=self.grade_b)
        self._refresh()
        ret = self._make_return(self._make_order([(self.product_standard, 2)]), approve=False)
        returned = self._estimate(ret)["return_refund"]
        self.assertEqual(
            (returned.label, returned.handling, returned.labour, returned.write_down),
            (5.0, 2.0, 2.0, 4.0),
        )
        self.assertEqual(returned.recovered, 20.0)
        self.assertEqual(returned.total, 200 + 5 + 2 + 2 + 4 - 20)
        self.assertEqual(returned.low, returned.total)
        self.assertEqual(returned.sample_size, 12)
        self.assertEqual(
            returned.basis, "12 returns of Goods standard from Germany on Shop, 12 months"
        )

    def test_thin_groups_lean_on_the_wider_ones(self):
        """Labels of 5 in twelve returns of the company, of 11 in two of this category."""
        self._make_history(12)
        self._make_history(2, label=11.0, product=self.product_average)
        self._refresh()
        ret = self._make_return(self._make_order([(self.product_average, 1)]), approve=False)
        returned = self._estimate(ret)["return_refund"]
        mean = (12 * 5.0 + 2 * 11.0) / 14
        for _level in range(3):
            mean = (2 * 11.0 + 10 * mean) / 12
        self.assertAlmostEqual(returned.label, mean, places=2)
        self.assertEqual(returned.sample_size, 14)
        self.assertEqual(returned.basis, f"14 returns of {self.company.name}, 12 months")

    def test_label_paid_by_the_customer_and_fee(self):
        self._make_history(10)
        self._refresh()
        ret = self._make_return(
            self._make_order([(self.product_standard, 1)]),
            approve=False,
            label_payer="customer",
            fee_type="percent",
            fee_percent=10.0,
        )
        returned = self._estimate(ret)["return_refund"]
        self.assertEqual(returned.label, 0.0)
        self.assertEqual(returned.refund, 90.0)
        self.assertEqual(self._estimate(ret)["refund_only"].refund, 100.0)

    def test_bonuses_and_ladder(self):
        """A credit buys goods at the same margin: 100 of it cost 10."""
        ret = self._make_return(
            self._make_order([(self.product_standard, 1)]),
            approve=False,
            credit_bonus_percent=20.0,
            exchange_bonus_percent=10.0,
            keep_it_ladder="15, 40",
        )
        estimates = self._estimate(ret)
        self.assertEqual(estimates["store_credit"].replacement, 12.0)
        self.assertEqual(estimates["exchange"].replacement, 11.0 + 8.0)
        self.assertEqual(estimates["keep_it"].total, 15.0)

    def test_goods_that_never_came_or_were_scrap(self):
        """Half of the goods come back; a quarter of all is scrap."""
        self._make_history(5)
        self._make_history(5, grade=self.grade_d)
        orders = self._make_orders([[(self.product_standard, 1)]] * 10)
        missing = self._make_returns([(order, None) for order in orders])
        missing.goods_closed = True
        self.assertEqual(set(missing.mapped("goods_state")), {"missing"})
        self._refresh()
        ret = self._make_return(self._make_order([(self.product_standard, 1)]), approve=False)
        returned = self._estimate(ret)["return_refund"]
        self.assertEqual(returned.recovered, 5.0)
        self.assertEqual(returned.write_down, 2.5)
        self.assertEqual(returned.sample_size, 20)

    def test_costs_and_values_in_other_currencies(self):
        """One euro is two dollars today."""
        returns = self._make_history(10)
        returns.cost_ids.filtered(lambda cost: cost.kind == "label").write(
            {"currency_id": self.other_currency.id}
        )
        self._refresh()
        order = self._make_order([(self.product_standard, 1, 50.0)], currency=self.other_currency)
        ret = self._make_return(order, approve=False)
        estimates = self._estimate(ret)
        self.assertEqual(estimates["return_refund"].label, 10.0)
        self.assertEqual(estimates["refund_only"].refund, 100.0)

    def test_cancelled_costs_do_not_count(self):
        returns = self._make_history(10)
        costs = returns.cost_ids.filtered(lambda cost: cost.kind == "label")
        costs.action_accrue()
        costs.action_cancel()
        self._refresh()
        ret = self._make_return(self._make_order([(self.product_standard, 1)]), approve=False)
        self.assertEqual(self._estimate(ret)["return_refund"].label, 8.0)

    def test_free_goods_and_lines_without_product(self):
        order = self._make_order([(self.product_standard, 1, 0.0)])
        ret = self._make_return(order, approve=False)
        self.assertEqual(self._estimate(ret)["refund_only"].total, 0.0)
        empty = self.env["helloword.return"].create({"channel_id": self.channel.id})
        self.assertEqual(self._estimate(empty)["refund_only"].total, 0.0)
        self.assertEqual(self._estimate(empty)["return_refund"].recovered, 0.0)

    def test_companies_do_not_mix(self):
        self._make_history(10)
        self._refresh()
        order = self._make_order([(self.product_standard, 1)], company=self.company_2)
        ret = self._make_return(order, approve=False)
        self.assertEqual(ret.company_id, self.company_2)
        self.assertEqual(self._estimate(ret)["return_refund"].sample_size, 0)

    def test_queries_do_not_grow_with_returns(self):
        self._make_history(10)
        self._refresh()
        orders = self._make_orders([[(self.product_standard, 1)]] * 6)
        returns = self._make_returns([(order, None) for order in orders], approve=False)
        counts = []
        for batch in (returns[:2], returns):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            batch._estimate_decisions()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_people_with_returns_alone_may_ask(self):
        self._make_history(10)
        self._refresh()
        user = new_test_user(
            self.env,
            "estimate.user",
            "helloword_returns.group_return_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        ret = self._make_return(self._make_order([(self.product_standard, 1)]), approve=False)
        estimates = ret.with_user(user).with_company(self.company)._estimate_decisions()
        self.assertEqual(len(next(iter(estimates.values()))), 6)

    def test_shrinkage_by_hand(self):
        self.assertEqual(shrink([]), (None, None))
        self.assertEqual(shrink([Sample(0, 0, 0)]), (None, None))
        self.assertEqual(shrink([Sample(1, 4.0, 16.0)]), (4.0, None))
        mean, error = shrink([Sample(4, 16.0, 72.0)])
        self.assertEqual(mean, 4.0)
        self.assertAlmostEqual(error, (8.0 / 3.0 / 4.0) ** 0.5)
        mean, error = shrink([Sample(4, 16.0, 72.0), Sample(10, 80.0, 640.0)])
        self.assertEqual(mean, 6.0)
        self.assertAlmostEqual(error, (8.0 / 3.0 / 20.0 + 0.25 * 8.0 / 3.0 / 4.0) ** 0.5)
