from unittest import SkipTest

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from .common import ReturnsCommon


class TestReceipt(ReturnsCommon):
    """Goods come back by Odoo's own stock documents; orders, stock and value follow."""

    def _receipt(self, ret):
        receipt = ret.receipt_picking_ids
        self.assertEqual(len(receipt), 1)
        return receipt

    # -------------------------------------------------------------------------
    # Making receipts
    # -------------------------------------------------------------------------

    def test_receipt_from_plan(self):
        order = self._make_order([(self.product_average, 5), (self.product_standard, 2)])
        delivery = order.picking_ids
        ret = self._make_return(order, {self.product_average: 2, self.product_standard: 1})
        receipt = self._receipt(ret)
        self.assertEqual(receipt.picking_type_id, self.warehouse.return_type_id)
        self.assertEqual(receipt.return_id, delivery)
        self.assertEqual(receipt.sale_id, order)
        self.assertEqual(receipt.state, "assigned")
        self.assertEqual(receipt.move_ids.mapped("quantity"), [2, 1])
        self.assertEqual(receipt.move_ids.origin_returned_move_id, delivery.move_ids)
        self.assertEqual(ret.goods_state, "expected")
        self.assertEqual(order.order_line.mapped("qty_delivered"), [5, 2])

        ret.action_receive()
        self.assertEqual(receipt.state, "done")
        self.assertEqual(ret.goods_state, "received")
        self.assertEqual(order.order_line.mapped("qty_delivered"), [3, 1])
        self.assertEqual(len(order.order_line), 2)

    def test_expected_arrival(self):
        order = self._make_order([(self.product_average, 1)])
        ret = self._make_return(order, approve=False)
        ret.expected_arrival_date = fields.Date.add(fields.Date.today(), days=9)
        ret.action_approve()
        self.assertEqual(ret.receipt_picking_ids.scheduled_date.date(), ret.expected_arrival_date)

    def test_no_receipt_without_goods(self):
        order = self._make_order([(self.product_average, 1)])
        ret = self._make_return(order, decision="refund_only")
        self.assertFalse(ret.receipt_picking_ids)
        with self.assertRaises(UserError):
            ret.action_create_receipts()

    def test_warehouse_of_plan_channel_order(self):
        other = self.env["stock.warehouse"].create({"name": "Overflow", "code": "OVR"})
        third = self.env["stock.warehouse"].create({"name": "Third", "code": "TRD"})
        self.channel.warehouse_id = other
        orders = self._make_orders([[(self.product_average, 1)]] * 2)
        by_channel = self._make_return(orders[0])
        by_plan = self._make_return(orders[1], warehouse_id=third)
        self.assertEqual(by_channel.receipt_picking_ids.picking_type_id.warehouse_id, other)
        self.assertEqual(by_plan.receipt_picking_ids.picking_type_id.warehouse_id, third)
        (by_channel | by_plan).action_receive()
        self.assertEqual(orders.order_line.mapped("qty_delivered"), [0, 0])

    def test_foreign_warehouse_is_refused(self):
        order = self._make_order([(self.product_average, 1)])
        ret = self._make_return(order, approve=False)
        with self.assertRaises(UserError):
            ret.warehouse_id = self.warehouse_2

    def test_company_without_warehouse(self):
        self.warehouse_2.active = False
        ret = self.env["helloword.return"].create(
            {
                "channel_id": self.channel_2.id,
                "company_id": self.company_2.id,
                "decision": "return_refund",
                "line_ids": [Command.create({"product_id": self.product_average.id})],
            }
        )
        with self.assertRaisesRegex(UserError, "no warehouse"), self.cr.savepoint():
            ret.action_approve()
        self.assertEqual(ret.approval_state, "requested")

    def test_archived_product(self):
        order = self._make_order([(self.product_average, 1)])
        ret = self._make_return(order, approve=False)
        self.product_average.active = False
        with self.assertRaisesRegex(UserError, "archived"), self.cr.savepoint():
            ret.action_approve()
        self.assertFalse(ret.receipt_picking_ids)

    def test_blind_return(self):
        ret = self.env["helloword.return"].create(
            {
                "channel_id": self.channel.id,
                "decision": "return_refund",
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create({"product_id": self.product_average.id, "quantity": 2})
                ],
            }
        )
        ret.action_approve()
        ret.action_receive()
        self.assertEqual(ret.line_ids.quantity_received, 2)
        self.assertFalse(self._receipt(ret).sale_id)
        self.assertEqual(self._receipt(ret).move_ids.value, 20)

    def test_fulfilled_elsewhere_keeps_delivered(self):
        order = self._make_order([(self.product_average, 5)], deliver=False, invoice=False)
        order.picking_ids.action_cancel()
        order.order_line.qty_delivered = 5
        ret = self._make_return(order, {self.product_average: 2})
        self.assertFalse(ret.needs_attention)
        ret.action_receive()
        self.assertEqual(order.order_line.qty_delivered, 5)
        self.assertEqual(ret.line_ids.quantity_received, 2)

    def test_consumables_and_services(self):
        consumable = self._create_product(name="Paper", is_storable=False)
        order = self._make_order([(consumable, 3)])
        ret = self._make_return(order, {consumable: 1})
        ret.action_receive()
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertEqual(ret.line_ids.quantity_received, 1)

    def test_dozens(self):
        order = self._make_order(
            [
                {
                    "product_id": self.product_average.id,
                    "product_uom_qty": 2,
                    "product_uom_id": self.uom_dozen.id,
                }
            ]
        )
        ret = self._make_return(order, {self.product_average: 3})
        ret.action_receive()
        self.assertEqual(ret.line_ids.quantity_received, 3)
        self.assertEqual(order.order_line.qty_delivered, 1.75)

    def test_two_deliveries_one_receipt(self):
        order = self._make_order([(self.product_average, 5)], deliver=False)
        self._transfer(order.picking_ids, {self.product_average: 3})
        self._deliver(order)
        self.assertEqual(len(order.picking_ids), 2)
        ret = self._make_return(order, {self.product_average: 5})
        self.assertEqual(len(ret.line_ids), 2)
        receipt = self._receipt(ret)
        self.assertEqual(len(receipt.move_ids), 2)
        ret.action_receive()
        self.assertEqual(order.order_line.qty_delivered, 0)

    def test_second_company(self):
        product = self.product_average
        self._put_in_stock({product: 5}, location=self.warehouse_2.lot_stock_id)
        order = self._make_order([(product, 2)], company=self.company_2, invoice=False)
        ret = self._make_return(order)
        receipt = self._receipt(ret)
        self.assertEqual(receipt.company_id, self.company_2)
        self.assertEqual(receipt.location_dest_id.company_id, self.company_2)
        ret.action_receive()
        self.assertEqual(order.order_line.qty_delivered, 0)

    # -------------------------------------------------------------------------
    # Partial, over, wrong
    # -------------------------------------------------------------------------

    def test_partial_and_backorder(self):
        order = self._make_order([(self.product_average, 5)])
        ret = self._make_return(order, {self.product_average: 3})
        receipt = self._receipt(ret)
        self._transfer(receipt, {self.product_average: 1})
        self.assertEqual(ret.goods_state, "partial")
        self.assertEqual(order.order_line.qty_delivered, 4)
        backorder = ret.receipt_picking_ids - receipt
        self.assertEqual(backorder.backorder_id, receipt)
        self.assertEqual(backorder.return_id, receipt.return_id)
        self.assertEqual(backorder.move_ids.quantity, 2)
        ret.action_receive()
        self.assertEqual(ret.line_ids.quantity_received, 3)
        self.assertEqual(order.order_line.qty_delivered, 2)

    def test_close_goods_cancels_the_rest(self):
        order = self._make_order([(self.product_average, 5)])
        ret = self._make_return(order, {self.product_average: 3})
        self._transfer(self._receipt(ret), {self.product_average: 1})
        ret.action_close_goods()
        self.assertEqual(set(ret.receipt_picking_ids.mapped("state")), {"done", "cancel"})
        self.assertEqual(ret.goods_state, "received")
        self.assertEqual(order.order_line.qty_delivered, 4)
        self.assertEqual(ret.line_ids.quantity_reserved, 1)

    def test_over_receipt_raises_one_activity(self):
        order = self._make_order([(self.product_average, 5)])
        ret = self._make_return(order, {self.product_average: 1})
        receipt = self._receipt(ret)
        self._transfer(receipt, {self.product_average: 2})
        self.assertEqual(receipt.state, "done")
        self.assertEqual(ret.line_ids.quantity_received, 2)
        self.assertEqual(order.order_line.qty_delivered, 3)
        self.assertEqual(len(ret.activity_ids), 1)
        self.assertEqual(ret.line_ids.quantity_reserved, 2)

    def test_unexpected_product_touches_no_order(self):
        order = self._make_order([(self.product_average, 2)])
        ret = self._make_return(order, {self.product_average: 1})
        receipt = self._receipt(ret)
        self.env["stock.move"].create(
            {
                "picking_id": receipt.id,
                "product_id": self.product_fifo.id,
                "product_uom_qty": 1,
                "location_id": receipt.location_id.id,
                "location_dest_id": receipt.location_dest_id.id,
            }
        )
        self._transfer(receipt)
        unexpected = ret.line_ids.filtered("is_unexpected")
        self.assertEqual(unexpected.product_id, self.product_fifo)
        self.assertEqual(unexpected.quantity_received, 1)
        self.assertEqual(len(order.order_line), 1)
        self.assertEqual(order.order_line.qty_delivered, 1)

    def test_more_of_the_expected_product_added_by_hand(self):
        order = self._make_order([(self.product_average, 3)])
        ret = self._make_return(order, {self.product_average: 1})
        receipt = self._receipt(ret)
        move = self.env["stock.move"].create(
            {
                "picking_id": receipt.id,
                "product_id": self.product_average.id,
                "product_uom_qty": 1,
                "location_id": receipt.location_id.id,
                "location_dest_id": receipt.location_dest_id.id,
                "additional": True,
            }
        )
        self._transfer(receipt)
        self.assertEqual(move.exists().return_line_id or ret.line_ids, ret.line_ids)
        self.assertEqual(ret.line_ids.quantity_received, 2)
        self.assertEqual(order.order_line.qty_delivered, 1)

    # -------------------------------------------------------------------------
    # Serial numbers
    # -------------------------------------------------------------------------

    def test_serials(self):
        order = self._make_order([(self.product_serial, 3)])
        delivered = order.picking_ids.move_ids.lot_ids
        ret = self._make_return(order, {self.product_serial: 2})
        receipt = self._receipt(ret)
        self.assertLessEqual(receipt.move_ids.lot_ids, delivered)
        self.assertEqual(len(receipt.move_ids.lot_ids), 2)
        ret.action_receive()
        again = self._make_return(order, {self.product_serial: 1})
        self.assertEqual(
            again.receipt_picking_ids.move_ids.lot_ids, delivered - receipt.move_ids.lot_ids
        )

    def test_foreign_serial_is_refused(self):
        order = self._make_order([(self.product_serial, 1)])
        ret = self._make_return(order)
        receipt = self._receipt(ret)
        foreign = self.serials - order.picking_ids.move_ids.lot_ids
        receipt.move_ids.lot_ids = foreign[0]
        receipt.move_ids.picked = True
        with self.assertRaisesRegex(UserError, foreign[0].name), self.cr.savepoint():
            receipt.button_validate()
        self.assertEqual(ret.line_ids.quantity_received, 0)

    # -------------------------------------------------------------------------
    # Packages and dropshipping
    # -------------------------------------------------------------------------

    def test_package(self):
        order = self._make_order([(self.product_average, 2)], deliver=False)
        delivery = order.picking_ids
        delivery.action_assign()
        package = self.env["stock.package"].create({"name": "Parcel 1"})
        delivery.move_line_ids.result_package_id = package
        self._deliver(order)
        ret = self._make_return(order)
        receipt = self._receipt(ret)
        self.assertEqual(receipt.move_line_ids.package_id, package)
        ret.action_receive()
        quants = package.quant_ids.filtered(lambda quant: quant.quantity)
        self.assertFalse(quants.filtered(lambda quant: quant.location_id.usage == "customer"))

    def test_dropshipped(self):
        order = self._make_order([(self.product_average, 3)], deliver=False, invoice=False)
        order.picking_ids.action_cancel()
        dropship = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.supplier_location.id,
                "location_dest_id": self.customer_location.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product_average.id,
                            "product_uom_qty": 3,
                            "location_id": self.supplier_location.id,
                            "location_dest_id": self.customer_location.id,
                            "sale_line_id": order.order_line.id,
                        }
                    )
                ],
            }
        )
        self._transfer(dropship)
        self.assertEqual(order.order_line.qty_delivered, 3)
        ret = self._make_return(order, {self.product_average: 1})
        ret.action_receive()
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertEqual(
            self._receipt(ret).location_dest_id, self.warehouse.return_inspection_location_id
        )

    # -------------------------------------------------------------------------
    # Undoing
    # -------------------------------------------------------------------------

    def test_return_of_the_receipt(self):
        order = self._make_order([(self.product_average, 5)])
        ret = self._make_return(order, {self.product_average: 3})
        ret.action_receive()
        receipt = self._receipt(ret)
        wizard = self.env["stock.return.picking"].create({"picking_id": receipt.id})
        wizard.product_return_moves.quantity = 3
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self.assertEqual(back.picking_type_id, self.warehouse.out_type_id)
        self._transfer(back)
        self.assertEqual(order.order_line.qty_delivered, 5)
        self.assertEqual(ret.line_ids.quantity_received, 0)
        ret.action_cancel()
        self.assertEqual(ret.state, "cancelled")

    def test_cancel_and_reopen(self):
        order = self._make_order([(self.product_average, 5)])
        ret = self._make_return(order, {self.product_average: 3})
        receipt = self._receipt(ret)
        ret.action_cancel()
        self.assertEqual(receipt.state, "cancel")
        self.assertEqual(order.order_line.qty_delivered, 5)
        ret.action_reset()
        ret.decision = "return_refund"
        ret.action_approve()
        self.assertEqual(len(ret.receipt_picking_ids), 2)
        ret.action_receive()
        self.assertEqual(ret.line_ids.quantity_received, 3)

    def test_receipt_cancelled_by_hand_can_be_made_again(self):
        ret = self._make_return(self._make_order([(self.product_average, 1)]))
        ret.receipt_picking_ids.action_cancel()
        ret.action_create_receipts()
        ret.action_create_receipts()
        self.assertEqual(len(ret.receipt_picking_ids), 2)

    def test_cancelled_order_keeps_the_receipt(self):
        order = self._make_order([(self.product_average, 2)], invoice=False)
        ret = self._make_return(order)
        order._action_cancel()
        self.assertEqual(ret.receipt_picking_ids.state, "assigned")
        ret.action_receive()
        self.assertEqual(order.order_line.qty_delivered, 0)

    def test_one_more_unit_on_the_order_ships_one(self):
        order = self._make_order([(self.product_average, 5)])
        self._make_return(order, {self.product_average: 2}).action_receive()
        order.order_line.product_uom_qty = 6
        pending = order.picking_ids.filtered(lambda picking: picking.state != "done")
        self.assertEqual(pending.move_ids.product_uom_qty, 1)
        self._transfer(pending)
        order.order_line.product_uom_qty = 4
        self.assertFalse(order.picking_ids.filtered(lambda picking: picking.state != "done"))

    # -------------------------------------------------------------------------
    # Two steps, availability, value, rights, cost
    # -------------------------------------------------------------------------

    def test_two_steps(self):
        self.warehouse.return_steps = "two_steps"
        order = self._make_order([(self.product_average, 2), (self.product_serial, 1)])
        ret = self._make_return(order)
        self._transfer(self._receipt(ret))
        transfer = ret.picking_ids - ret.receipt_picking_ids
        self.assertEqual(transfer.location_id, self.warehouse.return_input_location_id)
        self.assertEqual(transfer.location_dest_id, self.warehouse.return_inspection_location_id)
        self.assertEqual(transfer.state, "assigned")
        self.assertEqual(transfer.move_ids.lot_ids, ret.receipt_picking_ids.move_ids.lot_ids)
        self.assertFalse(transfer.sale_id)
        self.assertEqual(ret.line_ids.mapped("quantity_received"), [2, 1])

    def test_returned_goods_are_not_for_sale(self):
        order = self._make_order([(self.product_average, 500)], invoice=False)
        product = self.product_average
        product.invalidate_recordset()
        self.assertEqual(product.free_qty, 0)
        self._make_return(order, {product: 2}).action_receive()
        product.invalidate_recordset()
        self.assertEqual((product.qty_available, product.free_qty), (0, 0))
        later = self._make_order([(product, 1)], deliver=False, invoice=False)
        self.assertEqual(later.picking_ids.state, "confirmed")

    def test_value_at_original_cost(self):
        for product, cost in ((self.product_average, 10), (self.product_fifo, 10)):
            order = self._make_order([(product, 4)])
            product.standard_price = 30
            ret = self._make_return(order, {product: 2})
            ret.action_receive()
            self.assertEqual(ret.receipt_picking_ids.move_ids.value, 2 * cost)

    def test_stock_user_receives_without_returns_rights(self):
        clerk = new_test_user(
            self.env,
            "receiving.clerk",
            groups="stock.group_stock_user",
            company_id=self.company.id,
        )
        order = self._make_order([(self.product_average, 2)])
        ret = self._make_return(order)
        receipt = self._receipt(ret).with_user(clerk)
        self.env["stock.move"].with_user(clerk).create(
            {
                "picking_id": receipt.id,
                "product_id": self.product_fifo.id,
                "product_uom_qty": 1,
                "location_id": receipt.location_id.id,
                "location_dest_id": receipt.location_dest_id.id,
            }
        )
        self._transfer(receipt)
        self.assertEqual(sum(ret.line_ids.mapped("quantity_received")), 3)

    def _count(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_batch_does_not_query_per_return(self):
        orders = self._make_orders([[(self.product_average, 1)]] * 60)
        counts = []
        for part in (orders[:20], orders[20:]):
            returns = self._make_returns([(order, None) for order in part], approve=False)
            counts.append(self._count(returns.action_approve))
        few, many = counts
        # What Odoo itself asks for each transfer: its number, orderpoints, kits, customer stock.
        self.assertLess(many - few, 20 * 9, f"{few} queries for 20 returns, {many} for 40")

    def test_ordinary_delivery_costs_nothing(self):
        """With the hooks on done moves and without them, a delivery takes the same queries."""
        Move = self.env.registry["stock.move"]

        def count(orders):
            return min(self._count(lambda order=order: self._deliver(order)) for order in orders)

        orders = self._make_orders([[(self.product_average, 1)]] * 6, deliver=False)
        with_hooks = count(orders[:3])
        self.patch(Move, "_adopt_unexpected_returns", lambda moves: None)
        self.patch(Move, "_check_returned_lots", lambda moves: None)
        without_hooks = count(orders[3:])
        self.assertEqual(with_hooks, without_hooks)


class TestKitReceipt(ReturnsCommon):
    """Kits come back as their components; the kit counts when it is complete."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "mrp.bom" not in cls.env or "bom_line_id" not in cls.env["stock.move"]._fields:
            raise SkipTest("Manufacturing is not installed")
        cls.kit = cls._create_product(name="Tea set", is_storable=True)
        cls.env["mrp.bom"].sudo().create(
            {
                "product_tmpl_id": cls.kit.product_tmpl_id.id,
                "type": "phantom",
                "company_id": False,
                "bom_line_ids": [
                    Command.create({"product_id": cls.product_average.id, "product_qty": 1}),
                    Command.create({"product_id": cls.product_standard.id, "product_qty": 4}),
                ],
            }
        )

    def test_kit(self):
        order = self._make_order([(self.kit, 3)])
        self.assertEqual(order.order_line.qty_delivered, 3)
        ret = self._make_return(order, {self.kit: 2})
        self.assertFalse(ret.needs_attention)
        receipt = ret.receipt_picking_ids
        self.assertEqual(
            {move.product_id: move.product_uom_qty for move in receipt.move_ids},
            {self.product_average: 2, self.product_standard: 8},
        )
        self._transfer(receipt, {self.product_average: 2, self.product_standard: 4})
        self.assertEqual(ret.line_ids.quantity_received, 1)
        ret.action_receive()
        self.assertEqual(ret.line_ids.quantity_received, 2)
        self.assertEqual(order.order_line.qty_delivered, 1)
        again = self._make_return(order, {self.kit: 1})
        again.action_receive()
        self.assertEqual(order.order_line.qty_delivered, 0)

    def test_kit_without_order(self):
        ret = self.env["helloword.return"].create(
            {
                "channel_id": self.channel.id,
                "decision": "return_refund",
                "line_ids": [Command.create({"product_id": self.kit.id, "quantity": 2})],
            }
        )
        ret.action_approve()
        self.assertEqual(sum(ret.receipt_picking_ids.move_ids.mapped("product_qty")), 10)
        ret.action_receive()
        self.assertEqual(ret.line_ids.quantity_received, 2)
