from .common import ReturnsCommon


class TestCommon(ReturnsCommon):
    """The builder of test data builds what it says."""

    def test_order_is_delivered_and_invoiced(self):
        order = self._make_order([(self.product_average, 3), (self.product_serial, 1)])
        self.assertEqual(order.order_line.mapped("qty_delivered"), [3, 1])
        self.assertEqual(order.invoice_ids.state, "posted")

    def test_order_in_another_currency_and_company(self):
        order = self._make_order(
            [(self.product_standard, 2, 40.0)], currency=self.other_currency, deliver=False
        )
        self.assertEqual(order.currency_id, self.other_currency)
        product = self.product_standard.with_company(self.company_2)
        self._put_in_stock({product: 5}, location=self.warehouse_2.lot_stock_id)
        order = self._make_order([(product, 2)], company=self.company_2, invoice=False)
        self.assertEqual(order.order_line.qty_delivered, 2)
        ret = self._make_return(order)
        self.assertEqual(ret.company_id, self.company_2)

    def test_return_is_matched_and_approved(self):
        order = self._make_order([(self.product_average, 3)])
        ret = self._make_return(order, {self.product_average: 2})
        self.assertEqual(ret.state, "approved")
        self.assertFalse(ret.needs_attention)
        self.assertEqual(ret.line_ids.origin_move_id.picking_id.picking_type_code, "outgoing")
        self.assertEqual(ret.line_ids.invoice_line_id, order.invoice_ids.invoice_line_ids)
        self.assertEqual(ret.line_ids.quantity, 2)
