import base64
from decimal import Decimal

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..wms.base import Fee
from .common import WmsCommon


@tagged("post_install", "-at_install")
class TestWmsBill(WmsCommon):
    """Bills of warehouses meet the fees they told, to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.company.currency_id
        cls.accrual = cls.company.return_accrual_account_id
        cls.env["res.currency"].search([("name", "in", ("CNY", "GBP"))]).active = True
        cls.connection.fee_currency_id = cls.currency

    def _tell(self, ret, amount, ref, kind="receiving", currency=None):
        fee = Fee(ref, kind, Decimal(amount), (currency or self.currency).name)
        self._take(self._event(f"fee-{ref}", "fee.charged", ret, fees=(fee,)))
        return ret.cost_ids.filtered(lambda cost: cost.reference == f"{self.connection.id}:{ref}")

    def _import(self, text, number="B1", connection=None, env=None, **vals):
        wizard = (env or self.env)["helloword.wms.bill.import"].create(
            {
                "connection_id": (connection or self.connection).id,
                "file": base64.b64encode(text.encode()),
                "filename": f"{number}.csv",
                "date": fields.Date.today(),
                **vals,
            }
        )
        wizard.action_import()
        return self.env["helloword.wms.bill"].search([("number", "=", number)])

    def _rows(self, *rows, heading="Fee ID,Return Number,Type,Amount,Currency"):
        return "\n".join((heading, *(",".join(str(cell) for cell in row) for row in rows)))

    def _make_bill(self, *lines, currency=None, account=None, move_type="in_invoice"):
        return self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self.operator.id,
                "invoice_date": fields.Date.today(),
                "ref": "OP-1",
                "currency_id": (currency or self.currency).id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": name,
                            "account_id": (account or self.accrual).id,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                    for name, amount in lines
                ],
            }
        )

    def _check_ledger(self, bills):
        """Every entry is balanced, and nothing of these bills is open on the accrual account."""
        costs = bills.row_ids.cost_ids
        rows = bills.row_ids
        moves = (
            costs.accrual_line_id.move_id
            | costs.difference_line_ids.move_id
            | rows.transfer_line_id.move_id
            | rows.general_line_id.move_id
            | bills.move_id
        )
        for move in moves:
            self.assertTrue(self.currency.is_zero(sum(move.line_ids.mapped("balance"))))
        lines = moves.line_ids.filtered(lambda line: line.account_id == self.accrual)
        self.assertTrue(all(lines.mapped("reconciled")), lines.mapped("name"))
        self.assertTrue(self.currency.is_zero(sum(lines.mapped("balance"))))

    # -------------------------------------------------------------------------
    # Files
    # -------------------------------------------------------------------------

    def test_file_agrees(self):
        rets = self._expect() | self._expect()
        costs = self._tell(rets[0], "2.75", "F1") | self._tell(rets[1], "3.50", "F2", "inspection")
        bill = self._import(
            self._rows(
                ("F1", rets[0].name, "Receiving", "2.75", ""),
                ("", rets[1].name, "质检", "3.50", ""),
            )
        )
        self.assertEqual(bill.row_ids.mapped("state"), ["paired", "paired"])
        self.assertEqual(bill.move_id.amount_total, 6.25)
        self.assertEqual(bill.state, "draft")
        bill.action_post()
        self.assertEqual(costs.mapped("state"), ["billed", "billed"])
        self.assertEqual((bill.state, bill.open_count), ("done", 0))
        self.assertEqual((bill.amount_over, bill.amount_under), (0.0, 0.0))
        self._check_ledger(bill)

    def test_same_file_again(self):
        ret = self._expect()
        self._tell(ret, "2", "F1")
        text = self._rows(("F1", ret.name, "Receiving", "2", ""))
        bill = self._import(text)
        self.assertEqual(self._import(text), bill)
        self.assertEqual((len(bill.row_ids), len(bill.move_id.invoice_line_ids)), (1, 1))
        bill.action_post()
        self._import(text)
        self.assertEqual(bill.row_ids.state, "matched")
        self.assertFalse(bill.row_ids.problem)

    def test_corrected_file(self):
        ret = self._expect()
        self._tell(ret, "2", "F1")
        self._import(self._rows(("F1", ret.name, "Receiving", "9", ""), ("X", "", "", "oops", "")))
        bill = self._import(
            self._rows(("F1", ret.name, "Receiving", "2", ""), ("X", "", "Storage", "4", ""))
        )
        self.assertEqual(bill.row_ids.mapped("state"), ["paired", "open"])
        self.assertEqual(bill.move_id.amount_total, 6.0)
        bill.action_post()
        self.assertEqual(bill.row_ids.mapped("state"), ["matched", "open"])
        self._import(self._rows(("F1", ret.name, "Receiving", "7", "")))
        self.assertEqual(bill.row_ids[0].state, "matched")
        self.assertIn("other content", bill.row_ids[0].problem)

    def test_rows_that_cannot_be_read_are_kept(self):
        bill = self._import(
            self._rows(
                ("F1", "", "Receiving", "a lot", ""),
                ("F2", "", "", "2", "XYZ"),
                ("F3", "", "", "0", ""),
            )
        )
        self.assertEqual(bill.row_ids.mapped("state"), ["unread", "unread", "ignored"])
        self.assertFalse(bill.move_id)
        self.assertIn("XYZ", bill.row_ids[1].problem)
        self.assertEqual(bill.row_ids[0].raw["Amount"], "a lot")
        with self.assertRaisesRegex(UserError, "amount"):
            bill.row_ids[0].action_take_in()
        bill.row_ids[0].amount = 3.0
        bill.row_ids[0].action_take_in()
        self.assertEqual((bill.row_ids[0].state, bill.move_id.amount_total), ("open", 3.0))

    def test_no_table(self):
        with self.assertRaisesRegex(UserError, "No row names the columns"):
            self._import("hello")
        self.connection.partner_id = False
        with self.assertRaisesRegex(UserError, "operator"):
            self._import(self._rows(("F1", "", "", "2", "")))

    def test_currencies_are_never_mixed(self):
        ret = self._expect()
        self._tell(ret, "10", "F1", currency=self.other_currency)
        self._import(
            self._rows(
                ("F1", ret.name, "Receiving", "20", self.currency.name),
                ("F2", ret.name, "Photo", "5", self.other_currency.name),
            )
        )
        bills = self.env["helloword.wms.bill"].search([("number", "=", "B1")])
        self.assertEqual(len(bills), 2)
        ours = bills.filtered(lambda bill: bill.currency_id == self.currency)
        self.assertEqual((ours.row_ids.amount_told, ours.row_ids.amount_difference), (20.0, 0.0))
        self.assertEqual(bills.mapped("is_other_currency").count(True), 1)
        bills.action_post()
        self.assertEqual(bills.mapped("state"), ["done", "done"])
        self._check_ledger(bills)

    # -------------------------------------------------------------------------
    # Differences
    # -------------------------------------------------------------------------

    def test_difference_waits_for_a_person(self):
        rets = self._expect() | self._expect()
        costs = self._tell(rets[0], "2.75", "F1") | self._tell(rets[1], "3", "F2")
        bill = self._import(
            self._rows(("F1", "", "Receiving", "3.00", ""), ("F2", "", "Receiving", "2.90", ""))
        )
        bill.action_post()
        self.assertEqual(costs.mapped("state"), ["accrued", "accrued"])
        self.assertEqual((bill.state, bill.open_count), ("open", 2))
        self.assertEqual((bill.amount_over, bill.amount_under), (0.25, -0.1))
        bill.row_ids.action_accept()
        self.assertEqual(costs.mapped("state"), ["billed", "billed"])
        self.assertEqual(costs.mapped("amount_difference"), [0.25, -0.1])
        self.assertEqual(rets.mapped("amount_cost"), [3.0, 2.9])
        self.assertEqual(bill.state, "done")
        self._check_ledger(bill)

    def test_tolerance(self):
        for vals, amount, state in (
            ({"bill_tolerance_amount": 0.25}, "2.25", "billed"),
            ({"bill_tolerance_amount": 0.25}, "2.26", "accrued"),
            ({"bill_tolerance_amount": 0.0, "bill_tolerance_percent": 10}, "1.80", "billed"),
            ({"bill_tolerance_amount": 0.0, "bill_tolerance_percent": 10}, "1.79", "accrued"),
        ):
            self.connection.write(vals)
            ret = self._expect()
            cost = self._tell(ret, "2", f"F{ret.id}")
            bill = self._import(
                self._rows((f"F{ret.id}", "", "Receiving", amount, "")), number=f"B{ret.id}"
            )
            bill.action_post()
            self.assertEqual(cost.state, state, (vals, amount))

    def test_another_currency(self):
        """Compared at the bill's day; what the rate moved is in the cost, and nothing is open."""
        ret = self._expect()
        cost = self._tell(ret, "10", "F1", currency=self.other_currency)
        self.assertEqual(cost.amount_company, 20.0)
        for number, currency, amount, told in (
            ("1", self.currency, "21", 20.0),
            ("2", self.other_currency, "10.5", 10.0),
        ):
            ret = self._expect()
            cost = self._tell(ret, "10", f"C{number}", currency=self.other_currency)
            bill = self._import(
                self._rows((f"C{number}", "", "Receiving", amount, currency.name)), f"B{number}"
            )
            self.assertEqual(bill.row_ids.amount_told, told)
            bill.action_post()
            bill.row_ids.action_accept()
            self.assertEqual((cost.state, cost.amount_difference), ("billed", 1.0))
            self._check_ledger(bill)

    def test_rate_and_price_move_apart(self):
        """The price went up while the currency fell: the ledger takes both."""
        ret = self._expect()
        fee = Fee("F1", "receiving", Decimal(10), self.other_currency.name)
        self._take(self._event("e", "fee.charged", ret, fees=(fee,)))
        cost = ret.cost_ids
        later = fields.Date.add(fields.Date.today(), days=1)
        self.env["res.currency.rate"].create(
            {
                "name": later,
                "rate": 0.8,
                "currency_id": self.other_currency.id,
                "company_id": self.company.id,
            }
        )
        bill = self._import(
            self._rows(("F1", "", "Receiving", "11", self.other_currency.name)), date=later
        )
        bill.action_post()
        bill.row_ids.action_accept()
        self.assertEqual(cost.state, "billed")
        self.assertAlmostEqual(cost.amount_difference, 11 / 0.8 - 20)
        self._check_ledger(bill)

    def test_never_told(self):
        ret = self._expect()
        bill = self._import(self._rows(("F7", ret.name, "Photo", "1.20", "")))
        self.assertEqual(bill.row_ids.state, "open")
        self.assertEqual(bill.amount_untold, 1.2)
        bill.action_post()
        cost = ret.cost_ids
        self.assertEqual((cost.amount, cost.kind, cost.state), (1.2, "inspection", "billed"))
        self.assertTrue(bill.row_ids.is_untold)
        self.assertEqual(bill.amount_untold, 1.2)
        self._check_ledger(bill)
        self._tell(ret, "1.20", "F7", "photo")
        self.assertEqual(ret.cost_ids, cost)

    def test_given_back(self):
        ret = self._expect()
        bill = self._import(self._rows(("F7", ret.name, "Photo", "-1.20", "")))
        self.assertEqual(bill.move_id.move_type, "in_refund")
        bill.action_post()
        self.assertEqual((ret.cost_ids.kind, ret.cost_ids.state), ("claim_income", "billed"))
        self.assertEqual(bill.row_ids.amount_told, -1.2)
        self._check_ledger(bill)

    def test_of_no_return(self):
        bill = self._import(self._rows(("", "", "Storage", "30", "")))
        with self.assertRaisesRegex(UserError, "Post the vendor bill"):
            bill.row_ids.action_book_general()
        bill.action_post()
        with self.assertRaisesRegex(UserError, "names no return"):
            bill.row_ids.action_book_new()
        bill.row_ids.action_book_general()
        self.assertEqual((bill.row_ids.state, bill.state), ("general", "done"))
        expense = bill.row_ids.general_line_id.move_id.line_ids.filtered(
            lambda line: line.balance > 0
        )
        self.assertEqual(expense.account_id, self.company.return_cost_account_id)
        self._check_ledger(bill)

    def test_billed_twice(self):
        ret = self._expect()
        self._tell(ret, "2", "F1")
        text = self._rows(("F1", ret.name, "Receiving", "2", ""))
        self._import(text).action_post()
        again = self._import(text, number="B2")
        again.action_post()
        self.assertEqual(again.row_ids.state, "open")
        self.assertIn("billed before", again.row_ids.problem)
        self.assertEqual(len(ret.cost_ids), 1)
        again.row_ids.action_ignore()
        self.assertEqual(again.state, "done")

    # -------------------------------------------------------------------------
    # By hand
    # -------------------------------------------------------------------------

    def test_bill_entered_by_hand(self):
        """Lines on another account are brought to the accrual account."""
        rets = self._expect() | self._expect()
        costs = self._tell(rets[0], "2.75", "F1") | self._tell(rets[1], "3", "F2")
        expense = self.company_data["default_account_expense"]
        move = self._make_bill(
            ("Receiving F1", 2.75),
            (f"Receiving {rets[1].name}", 3),
            ("Pallets", 12),
            account=expense,
        )
        move.action_post()
        bill = move.wms_bill_ids
        self.assertEqual(bill.row_ids.mapped("state"), ["matched", "matched", "open"])
        self.assertEqual(costs.mapped("state"), ["billed", "billed"])
        bill.row_ids[2].action_book_general()
        self.assertEqual(bill.row_ids[2].general_line_id, move.invoice_line_ids[2])
        moves = move | bill.row_ids.transfer_line_id.move_id
        lines = moves.line_ids.filtered(lambda line: line.account_id == expense)
        self.assertAlmostEqual(sum(lines.mapped("balance")), 12.0)
        self.assertEqual(bill.state, "done")

    def test_other_bills_are_left_alone(self):
        self._expect()
        move = self._make_bill(("Rent", 100))
        move.action_post()
        self.assertFalse(move.wms_bill_ids)
        move.action_compare_wms_bill()
        self.assertEqual(move.wms_bill_ids.row_ids.state, "open")
        stranger = move.copy({"partner_id": self.customer.id})
        self.assertFalse(stranger.is_wms_operator)

    def test_choose(self):
        rets = self._expect() | self._expect()
        costs = self._tell(rets[0], "2", "F1") | self._tell(rets[0], "2.10", "F2")
        bill = self._import(self._rows(("", rets[0].name, "Receiving", "4.10", "")))
        bill.action_post()
        self.assertEqual(bill.row_ids.state, "open")
        choice = self.env["helloword.wms.bill.choice"].create({"row_id": bill.row_ids.id})
        self.assertEqual(choice.suggestion_ids.cost_id, costs)
        choice.suggestion_ids.is_chosen = True
        choice.action_choose()
        self.assertEqual(costs.mapped("state"), ["billed", "billed"])
        self.assertEqual(bill.row_ids.found_by, "person")
        self._check_ledger(bill)
        with self.assertRaisesRegex(UserError, "cannot be done"):
            bill.row_ids.action_reopen()

    def test_partial_bill(self):
        ret = self._expect()
        costs = self._tell(ret, "2", "F1") | self._tell(ret, "5", "F2", "photo")
        bill = self._import(self._rows(("F1", "", "Receiving", "2", "")))
        bill.action_post()
        self.assertEqual(costs.mapped("state"), ["billed", "accrued"])
        self.connection.bill_after_days = 0
        Cost = self.env["helloword.return.cost"]
        overdue = [("state", "=", "accrued"), ("bill_due_date", "<", "today")]
        self.assertFalse(Cost.search(overdue) & costs)
        self.connection.bill_after_days = 5
        costs[1].flush_recordset()
        self.cr.execute(
            "UPDATE helloword_return_cost SET bill_due_date = %s WHERE id = %s",
            (fields.Date.subtract(fields.Date.today(), days=1), costs[1].id),
        )
        costs.invalidate_recordset()
        self.assertEqual(Cost.search(overdue) & costs, costs[1])

    def test_reset_to_draft_and_post_again(self):
        ret = self._expect()
        cost = self._tell(ret, "2", "F1")
        expense = self.company_data["default_account_expense"]
        for account in (self.accrual, expense):
            cost = self._tell(ret, "2", f"F{account.id}")
            move = self._make_bill((f"Receiving F{account.id}", 2.5), account=account)
            move.action_post()
            bill = move.wms_bill_ids
            bill.row_ids.action_accept()
            self.assertEqual((cost.state, cost.amount_difference), ("billed", 0.5))
            move.button_draft()
            self.assertEqual((cost.state, bill.state), ("accrued", "draft"))
            move.invoice_line_ids.price_unit = 2.2
            move.action_post()
            self.assertEqual(bill.row_ids.amount, 2.2)
            self.assertEqual(cost.state, "billed")
            self.assertAlmostEqual(cost.amount_difference, 0.2)
            self._check_ledger(bill)

    def test_cancel_after_undone_matching(self):
        ret = self._expect()
        cost = self._tell(ret, "2", "F1")
        move = self._make_bill(("Receiving F1", 2.5))
        move.action_post()
        move.wms_bill_ids.row_ids.action_accept()
        move.button_draft()
        cost.action_cancel()
        self.assertEqual((cost.state, cost.amount_difference, ret.amount_cost), ("cancelled", 0, 0))
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "in", (self.accrual | self.company.return_cost_account_id).ids),
                ("parent_state", "=", "posted"),
            ]
        )
        for account, its_lines in lines.grouped("account_id").items():
            self.assertAlmostEqual(sum(its_lines.mapped("balance")), 0.0, msg=account.name)

    # -------------------------------------------------------------------------
    # Companies, rights, numbers
    # -------------------------------------------------------------------------

    def test_two_companies(self):
        abroad = self._make_warehouse("Far", "FAR", self.company_2)
        other = self._make_connection("Second", abroad)
        ret = self._expect()
        cost = self._tell(ret, "2", "F1")
        bill = self._import(
            self._rows(("F1", ret.name, "Receiving", "2", "")), "B2", other
        ).with_company(self.company_2)
        self.assertEqual(bill.company_id, self.company_2)
        self.assertEqual(bill.row_ids.state, "open")
        self.assertFalse(bill.row_ids.return_id)
        bill.action_post()
        self.assertEqual(cost.state, "accrued")
        choice = self.env["helloword.wms.bill.choice"].create({"row_id": bill.row_ids.id})
        with self.assertRaisesRegex(UserError, "another company"):
            bill.row_ids._pair_by_hand(cost)
        self.assertFalse(choice.suggestion_ids)

    def test_rights(self):
        clerk = new_test_user(
            self.env, "clerk", "helloword_returns.group_return_user", company_id=self.company.id
        )
        accountant = new_test_user(
            self.env, "accountant", "account.group_account_invoice", company_id=self.company.id
        )
        ret = self._expect()
        cost = self._tell(ret, "2", "F1")
        text = self._rows(("F1", ret.name, "Receiving", "2.1", ""))
        with self.assertRaises(AccessError):
            self._import(text, env=self.env(user=clerk))
        bill = self._import(text, env=self.env(user=accountant))
        with self.assertRaises(AccessError):
            bill.with_user(clerk).read(["number"])
        bill.with_user(accountant).action_post()
        bill.row_ids.with_user(accountant).action_accept()
        self.assertEqual(cost.state, "billed")
        outsider = new_test_user(
            self.env,
            "outsider",
            "account.group_account_invoice",
            company_id=self.company_2.id,
            company_ids=[Command.set(self.company_2.ids)],
        )
        with self.assertRaises(AccessError):
            bill.with_user(outsider).read(["number"])

    def test_queries_of_a_batch(self):
        """Posting a bill costs the same searches for ten rows and for thirty."""
        counts = {}
        ret = self._expect()
        for size in (10, 30):
            refs = [f"Q{size}-{number}" for number in range(size)]
            fees = tuple(Fee(ref, "receiving", Decimal(1), self.currency.name) for ref in refs)
            self._take(self._event(f"q{size}", "fee.charged", ret, fees=fees))
            bill = self._import(
                self._rows(*((ref, ret.name, "Receiving", "1.10", "") for ref in refs)), f"Q{size}"
            )
            bill.action_post()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            bill.row_ids.action_accept()
            self.env.flush_all()
            counts[size] = self.cr.sql_log_count - before
            self.assertEqual(bill.state, "done")
        self.assertLess(counts[30] - counts[10], 40, counts)
