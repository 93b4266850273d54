from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import ReturnsCommon


class TestRefund(ReturnsCommon):
    """Credit notes of returns: what, how much, when, and with which invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, queue_job__no_delay=True))
        cls.product_delivery = cls._create_product(
            name="Delivery policy mug",
            is_storable=True,
            invoice_policy="delivery",
            categ_id=cls.category_standard.id,
            lst_price=100.0,
            standard_price=10.0,
            taxes_id=cls.tax_sale_a,
        )
        cls._put_in_stock({cls.product_delivery: 100})

    def _receive(self, ret, quantities=None):
        """Receive what is expected, or some of it; the rest stays on a back-order."""
        if quantities is None:
            ret.action_receive()
            return
        receipts = ret.receipt_picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        )
        self._transfer(receipts, quantities)

    # -------------------------------------------------------------------------
    # When
    # -------------------------------------------------------------------------

    def test_refund_waits_for_the_goods(self):
        order = self._make_order([(self.product_average, 2)])
        ret = self._make_return(order)
        self.assertEqual(ret.refund_state, "waiting")
        with self.assertRaisesRegex(UserError, "waits for the goods"):
            ret.action_refund()
        self._receive(ret)
        self.assertEqual(ret.refund_state, "done")
        self.assertEqual(ret.amount_refunded, order.amount_total)

    def test_refund_now_does_not_wait(self):
        ret = self._make_return(self._make_order([(self.product_average, 2)]))
        ret.action_refund_now()
        self.assertEqual(ret.refund_state, "done")
        self._receive(ret)
        self.assertEqual(ret.refund_state, "done")
        self.assertEqual(ret.credit_note_count, 1)

    def test_refund_on_first_scan(self):
        ret = self._make_return(
            self._make_order([(self.product_average, 1)]), refund_trigger="first_scan"
        )
        self.assertEqual(ret.refund_state, "waiting")
        ret.shipped_date = fields.Datetime.now()
        self.assertEqual(ret.refund_state, "done")

    def test_due_refunds_are_jobs_of_their_own(self):
        order = self._make_order([(self.product_average, 1)])
        ret = self._make_return(order, decision="refund_only", approve=False)
        with trap_jobs() as trap:
            ret.with_context(queue_job__no_delay=False).action_approve()
            trap.assert_jobs_count(1, only=ret._job_refund_due)
            self.assertEqual(ret.refund_state, "due")
            trap.perform_enqueued_jobs()
        self.assertEqual(ret.refund_state, "done")

    def test_partial_receipts_are_refunded_one_by_one(self):
        order = self._make_order([(self.product_average, 3)])
        ret = self._make_return(order)
        self._receive(ret, {self.product_average: 1})
        ret.action_refund()
        self.assertEqual(ret.refund_state, "partial")
        self.assertEqual(ret.line_ids.quantity_credited, 1)
        self._receive(ret, {self.product_average: 2})
        ret.action_refund()
        self.assertEqual(ret.refund_state, "done")
        self.assertEqual(ret.amount_refunded, order.amount_total)

    def test_repeated_call_does_nothing(self):
        ret = self._make_return(
            self._make_order([(self.product_average, 1)]), decision="refund_only"
        )
        moves = ret.credit_note_ids
        ret.action_refund()
        ret._job_refund_due()
        self.assertEqual(ret.credit_note_ids, moves)
        self.assertEqual(len(moves), 1)

    # -------------------------------------------------------------------------
    # What
    # -------------------------------------------------------------------------

    def test_credit_note_copies_the_invoiced_line(self):
        order = self._make_order(
            [
                {
                    "product_id": self.product_average.id,
                    "product_uom_qty": 3,
                    "price_unit": 33.33,
                    "discount": 10.0,
                }
            ]
        )
        invoice_line = order.invoice_ids.invoice_line_ids
        ret = self._make_return(order, {self.product_average: 1})
        ret.action_refund_now()
        line = ret.credit_note_ids.invoice_line_ids
        for name in ("account_id", "tax_ids", "price_unit", "discount", "product_id"):
            self.assertEqual(line[name], invoice_line[name], name)
        self.assertEqual(ret.credit_note_ids.reversed_entry_id, order.invoice_ids)
        self.assertEqual(ret.credit_note_ids.payment_state, "paid")
        self.assertEqual(order.invoice_ids.payment_state, "partial")

    def test_three_refunds_of_one_sum_to_the_invoice(self):
        for included in (False, True):
            tax = self.env["account.tax"].create(
                {
                    "name": f"21 {included}",
                    "amount": 21.0,
                    "price_include_override": "tax_included" if included else "tax_excluded",
                }
            )
            with self.subTest(included=included):
                order = self._make_order(
                    [
                        {
                            "product_id": self.product_average.id,
                            "product_uom_qty": 3,
                            "price_unit": 33.33,
                            "discount": 10.0,
                            "tax_ids": tax.ids,
                        }
                    ]
                )
                for _number in range(3):
                    ret = self._make_return(order, {self.product_average: 1})
                    ret.action_refund_now()
                    self.assertEqual(ret.refund_state, "done")
                invoice = order.invoice_ids
                refunds = invoice.reversal_move_ids
                self.assertEqual(len(refunds), 3)
                for name in ("amount_total", "amount_tax", "amount_untaxed"):
                    self.assertAlmostEqual(sum(refunds.mapped(name)), invoice[name], msg=name)
                self.assertEqual(invoice.payment_state, "reversed")
                self.assertEqual(set(refunds.mapped("payment_state")), {"paid"})

    def test_each_credit_note_meets_its_own_invoice(self):
        first = self._make_order([(self.product_average, 2)])
        second = self._make_order([(self.product_standard, 1)])
        returns = self._make_returns(
            [
                (first, {self.product_average: 1}),
                (first, {self.product_average: 1}),
                (second, None),
            ],
            refund_trigger="request",
        )
        self.assertEqual(returns.mapped("refund_state"), ["done"] * 3)
        for ret in returns:
            receivable = ret.credit_note_ids.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
            self.assertEqual(
                receivable.matched_debit_ids.debit_move_id.move_id, ret.sale_order_id.invoice_ids
            )
        self.assertEqual(first.invoice_ids.payment_state, "reversed")
        self.assertEqual(second.invoice_ids.payment_state, "reversed")

    def test_several_invoices_get_several_credit_notes(self):
        order = self._make_order([(self.product_delivery, 2)])
        order.order_line.product_uom_qty = 5
        self._deliver(order)
        self._invoice(order)
        ret = self._make_return(order)
        self.assertEqual(len(ret.line_ids), 2)
        ret.action_refund_now()
        self.assertEqual(len(ret.credit_note_ids), 2)
        invoices = order.invoice_ids.filtered(lambda move: move.move_type == "out_invoice")
        self.assertEqual(ret.credit_note_ids.reversed_entry_id, invoices)
        self.assertEqual(ret.amount_refunded, order.amount_total)

    def test_group_credit_notes_of_one_invoice(self):
        self.channel.group_credit_notes = True
        orders = self._make_orders(
            [[(self.product_average, 1)], [(self.product_average, 2)]], invoice=False
        )
        invoice = self._invoice(orders)
        self.assertEqual(len(invoice), 1)
        returns = self._make_returns([(order, None) for order in orders], refund_trigger="request")
        self.assertEqual(len(returns.credit_note_ids), 1)
        self.assertEqual(returns.credit_note_ids.return_ids, returns)
        self.assertEqual(sum(returns.mapped("amount_refunded")), invoice.amount_total)

    def test_order_of_delivery_policy_is_not_billed_again(self):
        order = self._make_order([(self.product_delivery, 3)])
        ret = self._make_return(order, {self.product_delivery: 1})
        self._receive(ret)
        ret.action_refund()
        self.assertEqual(order.order_line.qty_invoiced, 2)
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertNotEqual(order.invoice_status, "to invoice")

    def test_order_of_order_policy_is_not_billed_again(self):
        order = self._make_order([(self.product_average, 3)])
        ret = self._make_return(order, {self.product_average: 1})
        self._receive(ret)
        ret.action_refund()
        self.assertEqual(order.order_line.qty_invoiced, 3)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_cost_of_goods_is_reversed_at_the_original_cost(self):
        order = self._make_order([(self.product_standard, 2)])
        self.product_standard.standard_price = 17.0
        ret = self._make_return(order, {self.product_standard: 1})
        self._receive(ret)
        ret.action_refund()
        costs = ret.credit_note_ids.line_ids.filtered(
            lambda line: line.display_type == "cogs" and line.balance > 0
        )
        self.assertEqual(sum(costs.mapped("balance")), 10.0)

    def test_refund_without_goods_moves_neither_cost_nor_order(self):
        order = self._make_order([(self.product_delivery, 2)])
        ret = self._make_return(order, decision="refund_only")
        self.assertEqual(ret.refund_state, "done", ret.refund_blocked_reason)
        self.assertFalse(
            ret.credit_note_ids.line_ids.filtered(lambda line: line.display_type == "cogs")
        )
        self.assertEqual(order.order_line.qty_invoiced, 2)
        self.assertEqual(ret.amount_refunded, order.amount_total)
        self.assertEqual(ret.state, "done")

    def test_keep_it_refunds_a_share(self):
        order = self._make_order([(self.product_average, 2, 33.33), (self.product_standard, 1)])
        ret = self._make_return(order, decision="keep_it", keep_it_percent=35.0)
        self.assertEqual(ret.refund_state, "done")
        self.assertEqual(ret.amount_refunded, ret.amount_to_refund)
        self.assertFalse(ret.credit_note_ids.invoice_line_ids.product_id)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_goods_after_a_price_reduction_refund_the_rest(self):
        order = self._make_order([(self.product_average, 1)])
        kept = self._make_return(order, decision="keep_it", keep_it_percent=30.0)
        self.assertEqual(kept.refund_state, "done")
        kept.write({"active": False})
        self.assertEqual(kept.line_ids.quantity_reserved, 1)

    def test_restocking_fee_is_a_line_of_its_own(self):
        order = self._make_order([(self.product_average, 2), (self.product_standard, 1, 50.0)])
        for fee in ({"fee_type": "percent", "fee_percent": 15.0},):
            ret = self._make_return(order, refund_trigger="request", **fee)
            lines = ret.credit_note_ids.invoice_line_ids
            fee_line = lines.filtered(lambda line: line.return_role == "fee")
            self.assertEqual(fee_line.quantity, -1)
            self.assertEqual(fee_line.tax_ids, order.order_line.tax_ids)
            self.assertEqual(
                fee_line.product_id, self.env.ref("helloword_returns.product_return_fee")
            )
            self.assertAlmostEqual(-fee_line.price_total, ret.amount_fee)
            self.assertAlmostEqual(ret.amount_refunded, ret.amount_to_refund)
            self.assertEqual(ret.refund_state, "done")

    def test_fee_follows_partial_receipts(self):
        order = self._make_order([(self.product_average, 3)])
        ret = self._make_return(order, fee_type="percent", fee_percent=10.0)
        for quantity in (1, 2):
            self._receive(ret, {self.product_average: quantity})
            ret.action_refund()
        self.assertAlmostEqual(ret.amount_refunded, order.amount_total - ret.amount_fee)

    # -------------------------------------------------------------------------
    # No more than that
    # -------------------------------------------------------------------------

    def test_hand_made_credit_note_counts(self):
        order = self._make_order([(self.product_average, 3)])
        ret = self._make_return(order)
        self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=order.invoice_ids.ids
        ).create({"journal_id": order.invoice_ids.journal_id.id}).reverse_moves()
        by_hand = order.invoice_ids.reversal_move_ids
        by_hand.invoice_line_ids.quantity = 2
        by_hand.action_post()
        with self.assertRaisesRegex(UserError, "would refund more"):
            ret.action_refund_now()
        self.assertFalse(ret.credit_note_ids)

    def test_hand_made_credit_note_can_be_claimed(self):
        order = self._make_order([(self.product_average, 1)])
        ret = self._make_return(order)
        by_hand = order.invoice_ids._reverse_moves([{}])
        by_hand.invoice_line_ids.return_line_id = ret.line_ids
        by_hand.action_post()
        self.assertEqual(ret.refund_state, "done")

    def test_failed_job_leaves_the_refund_due(self):
        order = self._make_order([(self.product_average, 1)])
        other = self._make_order([(self.product_average, 1)])
        order.invoice_ids._reverse_moves([{}]).action_post()
        returns = self._make_returns([(order, None), (other, None)], refund_trigger="request")
        self.assertEqual(returns.mapped("refund_state"), ["due", "done"])
        self.assertTrue(returns[0].refund_blocked_reason)
        self.assertTrue(returns[0].activity_ids)

    def test_no_invoice_yet(self):
        order = self._make_order([(self.product_average, 2)], invoice=False)
        ret = self._make_return(order, decision="refund_only")
        self.assertEqual(ret.refund_state, "waiting")
        self.assertIn("not been invoiced", ret.refund_blocked_reason)
        self._invoice(order)
        self.assertEqual(ret.refund_state, "done")
        self.assertFalse(ret.refund_blocked_reason)

    def test_invoice_and_refund(self):
        order = self._make_order([(self.product_average, 2)], invoice=False)
        ret = self._make_return(order, decision="refund_only")
        ret.action_invoice_and_refund()
        self.assertEqual(ret.refund_state, "done")
        self.assertEqual(
            order.invoice_ids.filtered(lambda move: move.move_type == "out_invoice").payment_state,
            "reversed",
        )

    def test_goods_back_before_the_invoice_need_no_credit(self):
        order = self._make_order([(self.product_delivery, 3)], invoice=False)
        ret = self._make_return(order, {self.product_delivery: 1})
        self._receive(ret)
        self.assertEqual(ret.refund_state, "none")
        self._invoice(order)
        self.assertEqual(order.order_line.qty_invoiced, 2)
        self.assertEqual(ret.refund_state, "none")

    def test_down_payment_is_never_copied(self):
        order = self._make_order([(self.product_average, 3)], invoice=False)
        self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        ).create({"advance_payment_method": "percentage", "amount": 50}).create_invoices()
        order.invoice_ids.action_post()
        self._invoice(order)
        ret = self._make_return(order, {self.product_average: 2}, refund_trigger="request")
        self.assertEqual(ret.credit_note_ids.invoice_line_ids.quantity, 2)
        self.assertFalse(ret.credit_note_ids.invoice_line_ids.filtered("is_downpayment"))

    def test_cancelled_credit_note_makes_the_refund_due_again(self):
        ret = self._make_return(
            self._make_order([(self.product_average, 1)]), decision="refund_only"
        )
        ret.credit_note_ids.button_draft()
        self.assertEqual(ret.refund_state, "progress")
        ret.credit_note_ids.button_cancel()
        self.assertEqual(ret.refund_state, "due")
        ret.action_refund()
        self.assertEqual(ret.refund_state, "done")

    def test_refunded_return_cannot_be_cancelled(self):
        ret = self._make_return(
            self._make_order([(self.product_average, 1)]), refund_trigger="request"
        )
        with self.assertRaisesRegex(UserError, "has been refunded"):
            ret.action_cancel()

    def test_undecided_return_owes_nothing(self):
        ret = self._make_return(self._make_order([(self.product_average, 1)]), approve=False)
        with self.assertRaisesRegex(UserError, "owes no refund"):
            ret.action_refund()

    # -------------------------------------------------------------------------
    # Payment
    # -------------------------------------------------------------------------

    def _pay(self, invoice):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({}).action_create_payments()

    def test_payment_by_a_person(self):
        order = self._make_order([(self.product_average, 1)])
        self._pay(order.invoice_ids)
        ret = self._make_return(order, decision="refund_only")
        self.assertEqual(ret.refund_state, "progress")
        self.assertEqual(ret.amount_paid_out, 0.0)
        self._pay(ret.credit_note_ids)
        self.assertEqual(ret.refund_state, "done")
        self.assertEqual(ret.amount_paid_out, order.amount_total)

    def test_payment_through_the_channels_journal(self):
        journal = self.company_data["default_journal_bank"]
        self.channel.write({"refund_journal_id": journal.id, "register_refund_payment": True})
        orders = self._make_orders([[(self.product_average, 1)], [(self.product_standard, 2)]])
        self._pay(orders.invoice_ids)
        returns = self._make_returns([(order, None) for order in orders], refund_trigger="request")
        self.assertEqual(returns.mapped("refund_state"), ["done", "done"])
        self.assertEqual(returns.mapped("amount_paid_out"), orders.mapped("amount_total"))
        payments = returns.credit_note_ids.matched_payment_ids
        self.assertEqual(len(payments), 2)
        self.assertEqual(payments.journal_id, journal)

    def test_store_credit_stays_open(self):
        order = self._make_order([(self.product_average, 1)])
        self._pay(order.invoice_ids)
        ret = self._make_return(order, decision="store_credit", refund_trigger="request")
        self.assertEqual(ret.credit_note_ids.payment_state, "not_paid")
        self.assertEqual(ret.refund_state, "done")

    # -------------------------------------------------------------------------
    # Closed doors
    # -------------------------------------------------------------------------

    def test_closed_period_moves_the_date(self):
        order = self._make_order([(self.product_average, 1)])
        today = fields.Date.context_today(order)
        ret = self._make_return(order, refund_trigger="first_scan")
        self.company.sudo().write(
            {
                "sale_lock_date": today - timedelta(days=1),
                "tax_lock_date": today - timedelta(days=1),
                "fiscalyear_lock_date": today - timedelta(days=1),
            }
        )
        ret.shipped_date = fields.Datetime.now()
        self.assertEqual(ret.refund_state, "done", ret.refund_blocked_reason)
        self.assertGreaterEqual(ret.credit_note_ids.date, today)

    def test_closed_today_is_refused(self):
        for name in ("sale_lock_date", "tax_lock_date", "fiscalyear_lock_date", "hard_lock_date"):
            order = self._make_order([(self.product_average, 1)])
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.company.sudo()[name] = fields.Date.context_today(order)
                ret = self._make_return(order, decision="refund_only")
                self.assertEqual(ret.refund_state, "due")
                self.assertIn("books", ret.refund_blocked_reason)
                self.assertFalse(ret.credit_note_ids)
                savepoint.rollback()

    def test_archived_journal_is_refused(self):
        order = self._make_order([(self.product_average, 1)])
        order.invoice_ids.journal_id.active = False
        ret = self._make_return(order, decision="refund_only")
        self.assertEqual(ret.refund_state, "due")
        with self.assertRaisesRegex(UserError, "archived"):
            ret.action_refund()

    def test_archived_account_is_refused(self):
        order = self._make_order([(self.product_average, 1)])
        order.invoice_ids.invoice_line_ids.account_id.active = False
        ret = self._make_return(order, decision="refund_only")
        self.assertIn("archived", ret.refund_blocked_reason)
        self.assertFalse(ret.credit_note_ids)

    def test_archived_product_is_refunded(self):
        order = self._make_order([(self.product_average, 1)])
        ret = self._make_return(order)
        self.product_average.active = False
        ret.action_refund_now()
        self.assertEqual(ret.refund_state, "done")

    def test_returns_user_needs_no_accounting_rights(self):
        user = new_test_user(
            self.env,
            "clerk",
            groups="helloword_returns.group_return_user",
            company_id=self.company.id,
        )
        ret = self._make_return(self._make_order([(self.product_average, 1)]))
        ret.with_user(user).action_refund_now()
        self.assertEqual(ret.refund_state, "done")

    def test_accountant_reads_but_does_not_refund(self):
        user = new_test_user(
            self.env, "books", groups="account.group_account_user", company_id=self.company.id
        )
        ret = self._make_return(self._make_order([(self.product_average, 1)]))
        self.assertEqual(ret.with_user(user).refund_state, "waiting")
        with self.assertRaises(AccessError):
            ret.with_user(user).action_refund_now()

    def test_payment_journal_is_required_to_register(self):
        with self.assertRaises(ValidationError):
            self.channel.register_refund_payment = True

    # -------------------------------------------------------------------------
    # Batches
    # -------------------------------------------------------------------------

    def test_queries_of_a_batch(self):
        """Only the numbers of the documents cost queries of their own."""
        counts = {}
        for size in (10, 20):
            orders = self._make_orders([[(self.product_average, 1)]] * size)
            returns = self._make_returns([(order, None) for order in orders])
            returns.write({"refund_trigger": "request"})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            returns.action_refund()
            self.env.flush_all()
            counts[size] = self.cr.sql_log_count - before
            self.assertEqual(set(returns.mapped("refund_state")), {"done"})
        self.assertLess((counts[20] - counts[10]) / 10, 8, counts)
