from odoo.exceptions import UserError

from .common import ReturnsCommon


class TestExchange(ReturnsCommon):
    """Exchanges go out by ordinary deliveries and leave the order alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, queue_job__no_delay=True))

    def _make_exchange(self, quantity=2, **plan):
        order = self._make_order([(self.product_average, quantity)])
        return self._make_return(order, decision="exchange", **plan)

    def test_waits_for_the_goods(self):
        ret = self._make_exchange()
        self.assertFalse(ret.is_exchange_due)
        with self.assertRaisesRegex(UserError, "No exchange is due"):
            ret.action_create_exchange()
        ret.action_receive()
        self.assertTrue(ret.is_exchange_due)

    def test_settled_when_delivered(self):
        ret = self._make_exchange()
        order = ret.sale_order_id
        ret.action_receive()
        delivered, lines = order.order_line.qty_delivered, order.order_line
        ret.action_create_exchange()
        picking = ret.exchange_picking_ids
        self.assertEqual(picking.picking_type_id, self.warehouse.out_type_id)
        self.assertEqual(picking.move_ids.product_uom_qty, 2)
        self.assertFalse(ret.is_exchange_due)
        self.assertFalse(ret._is_settled())
        self._transfer(picking)
        self.assertTrue(ret._is_settled())
        self.assertEqual(order.order_line, lines)
        self.assertEqual(order.order_line.qty_delivered, delivered)
        self.assertEqual(ret.line_ids.quantity_received, 2)
        self.assertEqual(ret.refund_state, "none")
        ret.action_inspect(disposition="restock")
        self.assertEqual(ret.state, "done")

    def test_other_product_raises_an_activity_for_the_price(self):
        ret = self._make_exchange(refund_trigger="request")
        ret.line_ids.exchange_product_id = self._create_product(
            name="Dearer lamp", is_storable=True, lst_price=150.0
        )
        ret.action_create_exchange()
        self.assertEqual(ret.exchange_picking_ids.move_ids.product_id.name, "Dearer lamp")
        self.assertIn("Exchange at another price", ret.activity_ids.mapped("summary"))

    def test_part_by_part(self):
        ret = self._make_exchange(3)
        receipt = ret.receipt_picking_ids
        self._transfer(receipt, {self.product_average: 1})
        ret.action_create_exchange()
        self.assertEqual(ret.exchange_picking_ids.move_ids.product_uom_qty, 1)
        ret.action_receive()
        ret.action_create_exchange()
        self.assertEqual(sum(ret.exchange_picking_ids.move_ids.mapped("product_uom_qty")), 3)
        self.assertFalse(ret.is_exchange_due)

    def test_back_order_still_belongs_to_the_return(self):
        ret = self._make_exchange(refund_trigger="request")
        ret.action_create_exchange()
        self._transfer(ret.exchange_picking_ids, {self.product_average: 1})
        self.assertFalse(ret.is_exchange_delivered)
        self.assertEqual(ret.exchange_count, 2)
        self._transfer(ret.exchange_picking_ids.filtered(lambda picking: picking.state != "done"))
        self.assertTrue(ret.is_exchange_delivered)

    def test_cancel(self):
        ret = self._make_exchange(refund_trigger="request")
        ret.action_create_exchange()
        ret.action_cancel()
        self.assertEqual(ret.exchange_picking_ids.state, "cancel")
        other = self._make_exchange(refund_trigger="request")
        other.action_create_exchange()
        self._transfer(other.exchange_picking_ids)
        with self.assertRaisesRegex(UserError, "has been delivered"):
            other.action_cancel()
