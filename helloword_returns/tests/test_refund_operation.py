from odoo.exceptions import UserError

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import ReturnsCommon


class TestRefundOperation(ReturnsCommon):
    """Refunds paid by the channel: first the money, then the books; never twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, queue_job__no_delay=True))
        cls.journal = cls.company_data["default_journal_bank"]
        cls.channel.write(
            {
                "provider": "demo",
                "user_id": cls.env.user.id,
                "refund_journal_id": cls.journal.id,
                "register_refund_payment": True,
            }
        )

    def setUp(self):
        super().setUp()
        # The demo provider's memory opens a cursor of its own.
        self.registry_enter_test_mode()

    def _make_due(self, count=1, **plan):
        """A paid order and a return of it that is due, with its jobs not run."""
        orders = self._make_orders([[(self.product_average, 2)]] * count)
        for invoice in orders.invoice_ids:
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            ).create({}).action_create_payments()
        returns = self._make_returns(
            [(order, None) for order in orders], approve=False, refund_trigger="request", **plan
        )
        for ret in returns:
            ret.external_id = f"R-{ret.id}"
        with trap_jobs():
            returns.with_context(queue_job__no_delay=False).action_approve()
        return returns

    def _refund_without_running(self, returns):
        with trap_jobs():
            returns.with_context(queue_job__no_delay=False).action_refund()
        return returns.operation_ids.filtered(lambda op: op.kind == "refund")

    def _refund(self, returns):
        """Refund, then carry the operations out as their jobs would."""
        operations = self._refund_without_running(returns).filtered(lambda op: op.state == "ready")
        for operation in operations:
            operation.sudo()._run(commit=lambda: None)

    def test_draft_until_the_channel_has_paid(self):
        ret = self._make_due()
        operation = self._refund_without_running(ret)
        move = ret.credit_note_ids
        self.assertEqual(move.state, "draft")
        self.assertEqual(ret.refund_state, "progress")
        self.assertEqual(operation.state, "ready")
        self.assertEqual(operation.amount, move.amount_total)
        self.assertEqual(operation.currency_id, ret.currency_id)
        self.assertEqual(ret.line_ids.quantity_credited, 2)
        operation.sudo()._run(commit=lambda: None)
        self.assertEqual(operation.state, "done")
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.payment_state, "paid")
        payment = move.matched_payment_ids
        self.assertEqual(payment.payment_reference, operation.external_ref)
        self.assertEqual(payment.journal_id, self.journal)
        self.assertEqual(ret.refund_state, "done")
        self.assertEqual(ret.amount_paid_out, ret.amount_total)

    def test_repeated_call_asks_once(self):
        ret = self._make_due()
        operation = self._refund_without_running(ret)
        self._refund_without_running(ret)
        operation.sudo()._run(commit=lambda: None)
        ret.action_refund()
        operation.sudo()._job_follow_up()
        self.assertEqual(ret.operation_ids.filtered(lambda op: op.kind == "refund"), operation)
        self.assertEqual(ret.credit_note_count, 1)
        self.assertEqual(len(ret.credit_note_ids.matched_payment_ids), 1)

    def test_refused_and_sent_again(self):
        self.channel.demo_fault = "reject"
        ret = self._make_due()
        self._refund(ret)
        self.assertEqual(ret.refund_state, "failed")
        self.assertEqual(ret.credit_note_ids.state, "draft")
        self.assertTrue(ret.activity_ids)
        self.channel.demo_fault = "none"
        self._refund(ret)
        self.assertEqual(ret.refund_state, "done")
        self.assertEqual(ret.credit_note_count, 1)

    def test_refused_and_cancelled(self):
        self.channel.demo_fault = "reject"
        ret = self._make_due()
        self._refund(ret)
        ret.action_cancel()
        self.assertFalse(ret.credit_note_ids)
        self.assertEqual(ret.state, "cancelled")

    def test_paid_refund_is_neither_deleted_nor_cancelled(self):
        ret = self._make_due()
        operation = self._refund_without_running(ret)
        operation.sudo().state = "unknown"
        with self.assertRaisesRegex(UserError, "has paid it"):
            ret.action_cancel()
        with self.assertRaisesRegex(UserError, "has paid it"):
            ret.credit_note_ids.unlink()

    def test_money_is_not_paid_twice_after_the_credit_note_was_cancelled(self):
        ret = self._make_due()
        self._refund(ret)
        first = ret.credit_note_ids
        first.matched_payment_ids.action_draft()
        first.button_draft()
        first.button_cancel()
        self.assertEqual(ret.refund_state, "due")
        self._refund(ret)
        self.assertEqual(len(ret.operation_ids.filtered(lambda op: op.kind == "refund")), 1)
        self.assertEqual((ret.credit_note_ids - first).state, "posted")
        self.assertEqual(ret.refund_state, "done")

    def test_books_closed_after_the_money_left(self):
        ret = self._make_due()
        operation = self._refund_without_running(ret)
        self.company.sale_lock_date = ret.credit_note_ids.invoice_date
        operation.sudo()._run(commit=lambda: None)
        self.assertEqual(operation.state, "done")
        self.assertEqual(ret.credit_note_ids.state, "draft")
        self.assertIn("has paid", ret.refund_blocked_reason)
        self.company.sale_lock_date = False
        self._refund(ret)
        self.assertEqual(ret.refund_state, "done")
        self.assertFalse(ret.refund_blocked_reason)

    def test_part_refunds_are_operations_of_their_own(self):
        order = self._make_order([(self.product_average, 3)])
        ret = self._make_return(order, approve=False)
        ret.external_id = "R-parts"
        ret.action_approve()
        for quantity in (1, 2):
            receipts = ret.receipt_picking_ids.filtered(lambda picking: picking.state != "done")
            with trap_jobs():
                self._transfer(
                    receipts.with_context(queue_job__no_delay=False),
                    {self.product_average: quantity},
                )
            self._refund(ret)
        operations = ret.operation_ids.filtered(lambda op: op.kind == "refund")
        self.assertEqual(len(operations), 2)
        self.assertEqual(sum(operations.mapped("amount")), order.amount_total)
        self.assertEqual(ret.refund_state, "done")

    def test_store_credit_asks_nobody(self):
        ret = self._make_due(decision="store_credit")
        self._refund(ret)
        self.assertFalse(ret.operation_ids.filtered(lambda op: op.kind == "refund"))
        self.assertEqual(ret.credit_note_ids.state, "posted")

    def test_manual_return_on_the_channel_is_paid_by_people(self):
        ret = self._make_due()
        ret.write({"external_id": False, "external_order_ref": False})
        ret.sale_order_id.return_channel_ref = False
        self._refund(ret)
        self.assertEqual(ret.credit_note_ids.state, "posted")
