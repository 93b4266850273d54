from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import ReturnsCommon


class TestReturnCost(ReturnsCommon):
    """Costs of returns: accrued in the ledger, matched with bills, taken back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, queue_job__no_delay=True))
        cls.carrier = cls.env["res.partner"].create({"name": "Carrier"})
        cls.ret = cls._make_return(cls._make_order([(cls.product_average, 2)]))
        cls.Cost = cls.env["helloword.return.cost"]

    def _vals(self, amount=7.5, kind="label", reference="T1", ret=None, **vals):
        return {
            "return_id": (ret or self.ret).id,
            "kind": kind,
            "reference": reference,
            "amount": amount,
            "partner_id": self.carrier.id,
            "currency_id": self.company.currency_id.id,
            **vals,
        }

    def _make_bill(self, amount, currency=None):
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.carrier.id,
                "invoice_date": fields.Date.today(),
                "currency_id": (currency or self.company.currency_id).id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Labels",
                            "account_id": self.company.return_accrual_account_id.id,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        bill.action_post()
        return bill.invoice_line_ids

    def test_companies_have_journal_and_accounts(self):
        for company in (self.company, self.company_2):
            self.assertEqual(company.return_journal_id.code, "RETC")
            self.assertEqual(company.return_journal_id.company_id, company)
            self.assertTrue(company.return_accrual_account_id.reconcile)
        journal = self.company.return_journal_id
        self.company._create_return_accounting()
        self.assertEqual(self.company.return_journal_id, journal)

    def test_accrued_as_a_pair_in_one_entry(self):
        costs = self.Cost._accrue([self._vals(), self._vals(2.5, "handling", "P1")])
        self.assertEqual(costs.mapped("state"), ["accrued", "accrued"])
        entry = costs.accrual_line_id.move_id
        self.assertEqual(len(entry), 1)
        self.assertEqual(entry.journal_id, self.company.return_journal_id)
        self.assertEqual(costs.accrual_line_id.mapped("balance"), [-7.5, -2.5])
        self.assertEqual(
            entry.line_ids.account_id,
            self.company.return_cost_account_id | self.company.return_accrual_account_id,
        )
        self.assertEqual(self.ret.amount_cost, 10.0)

    def test_known_costs_are_left_alone(self):
        cost = self.Cost._accrue([self._vals()])
        again = self.Cost._accrue([self._vals(), self._vals(reference="T2"), self._vals()])
        self.assertEqual((again[0], again[2]), (cost, cost))
        self.assertEqual(len(self.ret.cost_ids), 2)

    def test_costs_without_reference_are_kept_apart(self):
        costs = self.Cost._accrue([self._vals(reference=False), self._vals(reference=False)])
        self.assertEqual(len(costs), 2)

    def test_other_currency_at_the_rate_of_the_day(self):
        cost = self.Cost._accrue([self._vals(10.0, currency_id=self.other_currency.id)])
        self.assertEqual(cost.amount_company, 20.0)
        self.assertEqual(cost.accrual_line_id.balance, -20.0)
        self.assertEqual(cost.accrual_line_id.amount_currency, -10.0)

    def test_two_companies_in_one_batch(self):
        product = self.product_standard.with_company(self.company_2)
        self._put_in_stock({product: 5}, location=self.warehouse_2.lot_stock_id)
        order = self._make_order([(product, 1)], company=self.company_2)
        other = self._make_return(order)
        costs = self.Cost._accrue(
            [self._vals(), self._vals(ret=other, currency_id=self.company_2.currency_id.id)]
        )
        self.assertEqual(costs.accrual_line_id.move_id.company_id, self.company | self.company_2)

    def test_without_accounts_costs_stay_drafts(self):
        self.company.return_accrual_account_id = False
        cost = self.Cost._accrue([self._vals()])
        self.assertEqual(cost.state, "draft")
        with self.assertRaisesRegex(UserError, "Return Cost Accruals.*Settings"):
            cost.action_accrue()
        self.company.sudo()._create_return_accounting()
        cost.action_accrue()
        self.assertEqual(cost.state, "accrued")

    def test_closed_period_moves_the_entry(self):
        today = fields.Date.today()
        self.company.fiscalyear_lock_date = today - timedelta(days=1)
        cost = self.Cost._accrue([self._vals(date=today - timedelta(days=40))])
        self.assertEqual(cost.state, "accrued")
        self.assertGreater(cost.accrual_line_id.date, self.company.fiscalyear_lock_date)

    def test_cancel_takes_only_that_cost_back(self):
        costs = self.Cost._accrue([self._vals(), self._vals(3.0, reference="T2")])
        costs[0].action_cancel()
        self.assertEqual(costs.mapped("state"), ["cancelled", "accrued"])
        self.assertTrue(costs[0].accrual_line_id.reconciled)
        self.assertEqual(self.ret.amount_cost, 3.0)
        with self.assertRaisesRegex(UserError, "in the ledger"):
            costs[1].amount = 5.0

    def test_match_with_bill(self):
        costs = self.Cost._accrue([self._vals(), self._vals(2.5, "handling", "P1")])
        costs._match_bill_lines(self._make_bill(10.0))
        self.assertEqual(costs.mapped("state"), ["billed", "billed"])
        with self.assertRaisesRegex(UserError, "matched with a bill"):
            costs.action_cancel()

    def test_bill_at_another_price(self):
        costs = self.Cost._accrue([self._vals(), self._vals(2.5, "handling", "P1")])
        line = self._make_bill(10.3)
        wizard = self.env["helloword.return.cost.match"].create(
            {"cost_ids": [Command.set(costs.ids)], "bill_line_ids": [Command.set(line.ids)]}
        )
        self.assertAlmostEqual(wizard.amount_difference, 0.3)
        wizard.action_match()
        self.assertTrue(line.reconciled)
        self.assertEqual(costs.mapped("state"), ["billed", "billed"])
        self.assertAlmostEqual(sum(costs.mapped("amount_difference")), 0.3)
        self.assertAlmostEqual(self.ret.amount_cost, 10.3)
        balance = self.env["account.move.line"].search(
            [("account_id", "=", self.company.return_cost_account_id.id)]
        )
        self.assertAlmostEqual(sum(balance.mapped("balance")), 10.3)

    def test_bill_in_another_currency(self):
        cost = self.Cost._accrue([self._vals(10.0, currency_id=self.other_currency.id)])
        cost._match_bill_lines(self._make_bill(11.0, self.other_currency))
        self.assertEqual(cost.state, "billed")
        self.assertAlmostEqual(cost.amount_difference, 2.0)

    def test_analytic_by_channel_and_category(self):
        self.env.user.group_ids |= self.env.ref("analytic.group_analytic_accounting")
        plans = self.env["account.analytic.plan"].create([{"name": "Channel"}, {"name": "Goods"}])
        by_channel, by_category = self.env["account.analytic.account"].create(
            [{"name": plan.name, "plan_id": plan.id} for plan in plans]
        )
        self.channel.analytic_account_id = by_channel
        self.env["account.analytic.distribution.model"].create(
            {
                "product_categ_id": self.category_average.id,
                "analytic_distribution": {str(by_category.id): 100},
            }
        )
        cost = self.Cost._accrue([self._vals()])
        self.assertEqual(
            cost.analytic_distribution, {str(by_channel.id): 100, str(by_category.id): 100}
        )
        expense = cost.accrual_line_id.move_id.line_ids - cost.accrual_line_id
        self.assertEqual(expense.analytic_distribution, cost.analytic_distribution)
        self.assertFalse(cost.accrual_line_id.analytic_distribution)

    def test_label_is_deducted_from_the_refund(self):
        self.ret.label_payer = "deduct"
        self.Cost._accrue([self._vals(12.1)])
        self.ret.action_refund_now()
        line = self.ret.credit_note_ids.invoice_line_ids.filtered(
            lambda line: line.return_role == "label"
        )
        self.assertAlmostEqual(line.price_total, -12.1)
        self.assertAlmostEqual(self.ret.amount_refunded, self.ret.amount_total - 12.1)
        self.assertEqual(self.ret.refund_state, "done")

    def test_write_down_by_grade(self):
        self.company.return_write_down = True
        grade = self.env["helloword.return.grade"].search(
            [("write_down_percent", ">", 0), ("kind", "=", "goods")], limit=1
        )
        self.ret.action_receive()
        inspections = self.ret.action_inspect(grade, "restock")
        cost = self.ret.cost_ids
        self.assertEqual(cost.kind, "write_down")
        self.assertAlmostEqual(cost.amount, 20.0 * grade.write_down_percent / 100.0)
        self.assertEqual(cost.state, "accrued")
        self.assertEqual(cost.accrual_line_id.account_id, self.company.return_allowance_account_id)
        self.ret._on_goods_inspected()
        self.assertEqual(len(self.ret.cost_ids), 1)
        inspections.action_cancel()
        self.assertEqual(cost.state, "cancelled")

    def test_result_of_a_return(self):
        self.ret.write({"fee_type": "percent", "fee_percent": 10.0})
        self.Cost._accrue([self._vals(5.0)])
        self.ret.action_receive()
        self.assertEqual(self.ret.refund_state, "done")
        untaxed = self.ret.sale_order_id.amount_untaxed
        kept = -sum(
            self.ret.credit_note_ids.invoice_line_ids.filtered(
                lambda line: line.return_role == "fee"
            ).mapped("price_subtotal")
        )
        self.assertAlmostEqual(self.ret.amount_recovered, 20.0 + kept)
        self.assertAlmostEqual(self.ret.amount_result, 20.0 + kept - 5.0 - untaxed)

    def test_rights(self):
        clerk = new_test_user(
            self.env,
            "clerk",
            groups="helloword_returns.group_return_user",
            company_id=self.company.id,
        )
        stranger = new_test_user(
            self.env, "stranger", groups="base.group_user", company_id=self.company.id
        )
        cost = self.Cost.with_user(clerk).create(self._vals())
        cost.action_accrue()
        self.assertEqual(cost.state, "accrued")
        with self.assertRaises(AccessError):
            cost.with_user(stranger).read(["amount"])

    def test_queries_of_a_batch(self):
        counts = {}
        for size in (10, 20):
            vals_list = [self._vals(reference=f"{size}-{number}") for number in range(size)]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.Cost._accrue(vals_list)
            self.env.flush_all()
            counts[size] = self.cr.sql_log_count - before
        self.assertLess(counts[20] - counts[10], 10, counts)
