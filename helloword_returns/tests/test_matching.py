from odoo.exceptions import ValidationError

from ..intake.payload import RequestLine, ReturnRequest
from .common import ReturnsCommon


class TestMatching(ReturnsCommon):
    """Which delivered move and invoiced line a line undoes, and how much is left."""

    def _intake(self, order, product, quantity, **values):
        line = RequestLine(product_id=product.id, quantity=quantity)
        return self.env["helloword.return"].intake(
            [
                ReturnRequest(
                    channel_id=self.channel.id, order_ref=order.name, lines=(line,), **values
                )
            ],
            decide=False,
        )

    def _left(self, order):
        """What a request for everything still gets."""
        ret = self._intake(order, self.product_average, 1000)
        return ret.attention_issues[0]["returnable"]

    def test_every_open_or_done_return_counts(self):
        order = self._make_order([(self.product_average, 10)])
        first = self._make_return(order, {self.product_average: 4})
        self.assertEqual(self._left(order), 6)
        second = self._make_return(order, {self.product_average: 3}, approve=False)
        self.assertEqual(self._left(order), 3)
        second.action_reject()
        self.assertEqual(self._left(order), 6)
        first.action_cancel()
        self.assertEqual(self._left(order), 10)

    def test_nothing_came_back_after_all(self):
        order = self._make_order([(self.product_average, 10)])
        ret = self._make_return(order, {self.product_average: 4})
        ret.action_close_goods()
        self.assertEqual(self._left(order), 10)

    def test_partly_delivered(self):
        order = self._make_order([(self.product_average, 10)], deliver=False)
        self._transfer(order.picking_ids, {self.product_average: 3})
        self.assertEqual(self._left(order), 3)

    def test_line_spans_deliveries_and_invoices(self):
        order = self._make_order([(self.product_average, 6)], deliver=False, invoice=False)
        self._transfer(order.picking_ids, {self.product_average: 2})
        self.product_average.invoice_policy = "delivery"
        order.order_line.invalidate_recordset()
        order.order_line._compute_qty_to_invoice()
        self._invoice(order)
        self._deliver(order)
        self._invoice(order)
        self.assertEqual(len(order.invoice_ids), 2)
        ret = self._intake(order, self.product_average, 5)
        self.assertFalse(ret.needs_attention, ret.attention_message)
        self.assertEqual(sum(ret.line_ids.mapped("quantity")), 5)
        self.assertEqual(sorted(ret.line_ids.mapped("quantity")), [2, 3])
        self.assertEqual(len(ret.line_ids.origin_move_id), 2)
        self.assertEqual(len(ret.line_ids.invoice_line_id), 2)

    def test_two_order_lines_of_one_product(self):
        order = self._make_order([(self.product_average, 2, 10.0), (self.product_average, 2, 20.0)])
        ret = self._intake(order, self.product_average, 3)
        self.assertEqual(ret.line_ids.sale_line_id, order.order_line)
        self.assertEqual(ret.line_ids.mapped("quantity"), [2, 1])
        self.assertEqual(
            ret.amount_total,
            order.order_line[0].price_total + order.order_line[1].price_total / 2,
        )

    def test_other_unit_of_measure(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._make_order(
            [
                {
                    "product_id": self.product_average.id,
                    "product_uom_qty": 1,
                    "product_uom_id": dozen.id,
                }
            ]
        )
        ret = self._intake(order, self.product_average, 3)
        self.assertFalse(ret.needs_attention)
        self.assertAlmostEqual(ret.amount_total, order.amount_total / 4, 2)
        self.assertEqual(self._left(order), 9)

    def test_corrected_product_is_matched_anew(self):
        order = self._make_order([(self.product_average, 2), (self.product_standard, 2)])
        ret = self._intake(order, self.product_average, 5)
        self.assertTrue(ret.needs_attention)
        ret.line_ids.write({"product_id": self.product_standard.id, "quantity": 2})
        ret.action_match()
        self.assertFalse(ret.needs_attention, ret.attention_message)
        self.assertEqual(ret.line_ids.sale_line_id.product_id, self.product_standard)

    def test_corrected_order_is_matched_anew(self):
        first, second = self._make_orders([[(self.product_average, 2)]] * 2)
        ret = self._intake(first, self.product_average, 5)
        ret.line_ids.quantity = 1
        ret.sale_order_id = second
        ret.action_match()
        self.assertEqual(ret.line_ids.sale_line_id.order_id, second)

    def test_too_many_by_hand(self):
        order = self._make_order([(self.product_average, 2)])
        ret = self._make_return(order, {self.product_average: 1}, approve=False)
        with self.assertRaises(ValidationError):
            ret.line_ids.quantity = 3

    def test_archived_product(self):
        order = self._make_order([(self.product_average, 2)])
        self.product_average.active = False
        request = ReturnRequest(
            channel_id=self.channel.id,
            order_ref=order.name,
            lines=(RequestLine(sku=self.product_average.default_code),),
        )
        ret = self.env["helloword.return"].intake([request], decide=False)
        self.assertFalse(ret.needs_attention, ret.attention_message)

    def test_order_from_its_lines(self):
        order = self._make_order([(self.product_average, 2)])
        line = RequestLine(sale_line_id=order.order_line.id)
        ret = self.env["helloword.return"].intake(
            [ReturnRequest(channel_id=self.channel.id, lines=(line,))], decide=False
        )
        self.assertEqual(ret.sale_order_id, order)
        self.assertFalse(ret.needs_attention)
