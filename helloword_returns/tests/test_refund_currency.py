from datetime import timedelta

from odoo import fields

from .common import ReturnsCommon


class TestRefundCurrency(ReturnsCommon):
    """Refunds keep the invoice's currency and its rate; companies keep to themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, queue_job__no_delay=True))

    def _order_before_the_rate_changed(self, quantity=2):
        order = self._make_order(
            [(self.product_average, quantity, 33.33)], currency=self.other_currency, invoice=False
        )
        invoice = order._create_invoices()
        invoice.invoice_date = fields.Date.today() - timedelta(days=30)
        invoice.action_post()
        self.assertAlmostEqual(invoice.invoice_currency_rate, 0.8)
        return order

    def test_same_rate_and_no_exchange_entry(self):
        order = self._order_before_the_rate_changed()
        invoice = order.invoice_ids
        first = self._make_return(order, {self.product_average: 1}, refund_trigger="request")
        second = self._make_return(order, {self.product_average: 1}, refund_trigger="request")
        moves = first.credit_note_ids | second.credit_note_ids
        for move in moves:
            self.assertAlmostEqual(move.invoice_currency_rate, 0.8)
            self.assertEqual(move.invoice_date, fields.Date.today())
        self.assertEqual(invoice.payment_state, "reversed")
        partials = moves.line_ids.matched_debit_ids | moves.line_ids.matched_credit_ids
        self.assertFalse(partials.exchange_move_id)
        self.assertEqual(first.currency_id, self.other_currency)
        self.assertAlmostEqual(first.amount_refunded + second.amount_refunded, invoice.amount_total)

    def test_rate_survives_posting_on_a_later_day(self):
        order = self._order_before_the_rate_changed()
        ret = self._make_return(order, approve=False)
        ret.write({"refund_trigger": "request"})
        ret.with_context(queue_job__no_delay=False).action_approve()
        move = ret.sudo()._create_credit_notes()
        move.write(
            {
                "invoice_date": fields.Date.today() - timedelta(days=3),
                "invoice_currency_rate": 0.8,
            }
        )
        ret.sudo()._post_credit_notes(move)
        self.assertEqual(move.invoice_date, fields.Date.today())
        self.assertAlmostEqual(move.invoice_currency_rate, 0.8)

    def test_payment_of_a_paid_invoice_in_its_currency(self):
        self.channel.write(
            {
                "refund_journal_id": self.company_data["default_journal_bank"].id,
                "register_refund_payment": True,
            }
        )
        order = self._order_before_the_rate_changed()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=order.invoice_ids.ids
        ).create({}).action_create_payments()
        ret = self._make_return(order, refund_trigger="request")
        payment = ret.credit_note_ids.matched_payment_ids
        self.assertEqual(payment.currency_id, self.other_currency)
        self.assertEqual(payment.amount, order.amount_total)
        self.assertEqual(ret.refund_state, "done")

    def test_two_companies_in_one_batch(self):
        product = self.product_standard.with_company(self.company_2)
        self._put_in_stock({product: 5}, location=self.warehouse_2.lot_stock_id)
        first = self._make_order([(self.product_average, 1)])
        second = self._make_order([(product, 1)], company=self.company_2)
        returns = self._make_returns(
            [(first, None), (second, None)], decision="refund_only", approve=False
        )
        returns.with_context(
            queue_job__no_delay=False,
            allowed_company_ids=(self.company | self.company_2).ids,
        ).action_approve()
        returns.with_context(
            allowed_company_ids=(self.company | self.company_2).ids
        ).action_refund()
        self.assertEqual(returns.mapped("refund_state"), ["done", "done"])
        for ret in returns:
            self.assertEqual(ret.credit_note_ids.company_id, ret.company_id)
            self.assertEqual(ret.credit_note_ids.journal_id.company_id, ret.company_id)
