from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import ReturnsCommon


class TestDisposition(ReturnsCommon):
    """Inspected goods go where the rules say, as ordinary stock documents."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.product_average
        cls.grades = {grade.code: grade for grade in cls.env["helloword.return.grade"].search([])}

    def _received(self, product=None, quantity=2, price=100.0):
        order = self._make_order([(product or self.product, quantity, price)])
        ret = self._make_return(order)
        ret.action_receive()
        return ret

    def _on_hand(self, location, product=None):
        product = product or self.product
        return self.env["stock.quant"]._get_available_quantity(product, location)

    # -------------------------------------------------------------------------
    # Rules
    # -------------------------------------------------------------------------

    def test_rules(self):
        ret = self._received(price=100.0)
        cheap = self._received(price=2.0)
        Inspection = self.env["helloword.return.inspection"]
        for returned, grade, expected in (
            (ret, "a", "restock"),
            (ret, "b", "refurbish"),
            (cheap, "b", "liquidate"),
            (ret, "c", "refurbish"),
            (cheap, "c", "liquidate"),
            (ret, "d", "destroy"),
            (ret, "empty", False),
        ):
            inspection = Inspection.new(
                {"return_line_id": returned.line_ids.id, "grade_id": self.grades[grade].id}
            )
            self.assertEqual(inspection.disposition, expected, grade)

    def test_rule_by_category_warehouse_and_company(self):
        ret = self._received()
        child = self.env["product.category"].create(
            {"name": "Lamps", "parent_id": self.category_average.id}
        )
        self.product.categ_id = child
        rules = self.env["helloword.disposition.rule"].create(
            [
                {"name": "Other company", "company_id": self.company_2.id, "sequence": 1},
                {
                    "name": "Other warehouse",
                    "sequence": 2,
                    "company_id": self.company.id,
                    "warehouse_ids": self.env["stock.warehouse"]
                    .create({"name": "Overflow", "code": "OVR"})
                    .ids,
                },
                {
                    "name": "Lamps",
                    "sequence": 3,
                    "product_category_ids": self.category_average.ids,
                    "disposition": "donate",
                },
            ]
        )
        inspection = ret.action_inspect()
        self.assertEqual(inspection.disposition_rule_id, rules[2])
        self.assertEqual(inspection.disposition, "donate")

    def test_no_rule_means_hold(self):
        self.env["helloword.disposition.rule"].search([]).active = False
        self.assertEqual(self._received().action_inspect().disposition, "hold")

    # -------------------------------------------------------------------------
    # Each disposition
    # -------------------------------------------------------------------------

    def test_restock(self):
        before = self._on_hand(self.stock_location)
        ret = self._received()
        order_line = ret.sale_order_id.order_line
        delivered = order_line.qty_delivered
        inspection = ret.action_inspect()
        self.assertEqual(inspection.picking_ids.state, "done")
        self.assertEqual(
            inspection.picking_ids.picking_type_id, self.warehouse.return_internal_type_id
        )
        self.assertEqual(self._on_hand(self.stock_location), before)
        self.assertEqual(order_line.qty_delivered, delivered)
        self.assertFalse(inspection.picking_ids.sale_id)
        self.assertEqual(inspection.location_id, self.stock_location)

    def test_locations(self):
        for disposition, location in (
            ("hold", self.warehouse.return_hold_location_id),
            ("liquidate", self.warehouse.return_liquidation_location_id),
            ("donate", self.company.return_donation_location_id),
        ):
            inspection = self._received().action_inspect(disposition=disposition)
            self.assertEqual(inspection.location_id, location)
            self.assertTrue(inspection.is_processed)
        self.assertEqual(self._on_hand(self.warehouse.return_inspection_location_id), 0)

    def test_destroy(self):
        inspections = self._received().action_inspect("d")
        self.assertEqual(inspections.scrap_ids.state, "done")
        self.assertEqual(
            inspections.scrap_ids.scrap_location_id, self.company.return_scrap_location_id
        )
        self.assertTrue(inspections.scrap_ids.scrap_reason_tag_ids)
        self.assertTrue(inspections.is_processed)

    def test_destroy_posts_the_loss(self):
        account = self.company_data["default_account_expense"].copy()
        self.company.return_scrap_location_id.valuation_account_id = account
        self._received().action_inspect("d")
        entries = self.env["account.move.line"].search([("account_id", "=", account.id)])
        self.assertEqual(sum(entries.mapped("balance")), 20)

    def test_refurbish_and_repair(self):
        before = self._on_hand(self.stock_location)
        ret = self._received()
        inspection = ret.action_inspect(disposition="refurbish")
        repair = inspection.repair_ids
        self.assertEqual(repair.product_qty, 2)
        self.assertEqual(
            repair.product_location_src_id, self.warehouse.return_refurbish_location_id
        )
        self.assertEqual(ret.goods_state, "processed")
        repair.action_validate()
        repair.action_repair_start()
        with self.assertRaisesRegex(UserError, "under way"), self.cr.savepoint():
            inspection.action_cancel()
        repair.action_repair_end()
        self.assertEqual(self._on_hand(self.stock_location), before)
        self.assertEqual(ret.line_ids.quantity_received, 2)

    def test_vendor(self):
        with self.assertRaisesRegex(UserError, "no vendor"), self.cr.savepoint():
            self._received().action_inspect(disposition="vendor")
        vendor = self.env["res.partner"].create({"name": "Maker"})
        self.product.seller_ids = [(0, 0, {"partner_id": vendor.id})]
        ret = self._received()
        inspection = ret.action_inspect(disposition="vendor")
        delivery = inspection.picking_ids
        self.assertEqual(delivery.picking_type_id, self.warehouse.out_type_id)
        self.assertEqual(delivery.partner_id, vendor)
        self.assertEqual(delivery.state, "assigned")
        self.assertEqual(ret.goods_state, "inspected")
        self._transfer(delivery)
        self.assertEqual(ret.goods_state, "processed")
        self.assertEqual(ret.sale_order_id.order_line.qty_delivered, 0)
        with self.assertRaisesRegex(UserError, "vendor"):
            inspection.action_cancel()

    def test_wrong_item(self):
        ret = self._received(quantity=1)
        inspection = self.env["helloword.return.inspection"].create(
            {"return_line_id": ret.line_ids.id, "grade_id": self.grades["wrong"].id}
        )
        with self.assertRaisesRegex(UserError, "which product"), self.cr.savepoint():
            inspection.action_validate()
        inspection.product_id = self.product_fifo
        inspection.action_validate()
        hold = self.warehouse.return_hold_location_id
        self.assertEqual(self._on_hand(hold, self.product_fifo), 1)
        self.assertEqual(self._on_hand(self.warehouse.return_inspection_location_id), 0)
        self.assertEqual(ret.goods_state, "processed")
        inspection.action_cancel()
        self.assertEqual(self._on_hand(hold, self.product_fifo), 0)
        self.assertEqual(self._on_hand(self.warehouse.return_inspection_location_id), 1)
        self.assertEqual(len(ret.sale_order_id.order_line), 1)

    def test_empty_box(self):
        ret = self._received(quantity=1)
        inspection = ret.action_inspect("empty")
        self.assertFalse(inspection.disposition)
        self.assertEqual(
            inspection.move_ids.location_dest_id, self.company.return_difference_location_id
        )
        self.assertEqual(ret.goods_state, "processed")

    def test_serial_goes_where_it_belongs(self):
        ret = self._received(self.product_serial)
        first, second = ret.receipt_picking_ids.move_ids.lot_ids
        Inspection = self.env["helloword.return.inspection"]
        results = Inspection.create(
            [
                {
                    "return_line_id": ret.line_ids.id,
                    "grade_id": self.grades[grade].id,
                    "lot_id": lot.id,
                    "quantity": 1,
                }
                for lot, grade in ((second, "a"), (first, "d"))
            ]
        )
        results.action_validate()
        self.assertEqual(results[0].move_ids.lot_ids, second)
        self.assertEqual(results[1].scrap_ids.lot_id, first)
        results[0].action_cancel()
        self.assertEqual(
            second.quant_ids.filtered(lambda quant: quant.quantity > 0).location_id,
            self.warehouse.return_inspection_location_id,
        )

    def test_kit(self):
        if "mrp.bom" not in self.env:
            self.skipTest("Manufacturing is not installed")
        kit = self._create_product(name="Tea set", is_storable=True)
        self.env["mrp.bom"].sudo().create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "company_id": False,
                "bom_line_ids": [
                    (0, 0, {"product_id": self.product.id, "product_qty": 1}),
                    (0, 0, {"product_id": self.product_standard.id, "product_qty": 4}),
                ],
            }
        )
        before = self._on_hand(self.stock_location, self.product_standard)
        ret = self._received(kit, 2)
        ret.action_inspect()
        self.assertEqual(ret.goods_state, "processed")
        self.assertEqual(self._on_hand(self.stock_location, self.product_standard), before)

    # -------------------------------------------------------------------------
    # Later
    # -------------------------------------------------------------------------

    def test_held_goods_are_released(self):
        before = self._on_hand(self.stock_location)
        ret = self._received()
        inspection = ret.action_inspect(disposition="hold")
        inspection.action_redispose("restock")
        self.assertEqual(inspection.location_id, self.stock_location)
        self.assertEqual(self._on_hand(self.stock_location), before)
        with self.assertRaises(UserError):
            inspection.action_redispose("hold")

    def test_put_away_by_hand(self):
        self.warehouse.return_put_away = "by_hand"
        ret = self._received()
        inspection = ret.action_inspect()
        self.assertEqual(ret.goods_state, "inspected")
        self.assertEqual(inspection.picking_ids.state, "assigned")
        ret.action_process_dispositions()
        self.assertEqual(ret.goods_state, "processed")

    def test_undo_and_again(self):
        ret = self._received()
        for grade in ("a", "d"):
            inspection = ret.action_inspect(grade)
            inspection.action_cancel()
            self.assertEqual(inspection.state, "cancelled")
            self.assertEqual(ret.goods_state, "received")
            self.assertEqual(self._on_hand(self.warehouse.return_inspection_location_id), 2)
        ret.action_inspect()
        self.assertEqual(ret.goods_state, "processed")
        self.assertEqual(self._on_hand(self.warehouse.return_inspection_location_id), 0)

    def test_undo_together_what_went_different_ways(self):
        """One was put on hold, the other went on from there: both are brought back."""
        first, second = self._received(), self._received()
        inspections = (first | second).action_inspect(disposition="hold")
        self.assertEqual(set(inspections.mapped("disposition")), {"hold"})
        inspections[1].action_redispose("refurbish")
        inspections.action_cancel()
        self.assertEqual(set(inspections.mapped("state")), {"cancelled"})
        self.assertEqual(self._on_hand(self.warehouse.return_inspection_location_id), 4)

    def test_undo_pending(self):
        self.warehouse.return_put_away = "by_hand"
        ret = self._received()
        inspection = ret.action_inspect()
        inspection.action_cancel()
        self.assertEqual(inspection.picking_ids.state, "cancel")
        self.assertEqual(ret.line_ids.quantity_inspected, 0)

    def test_undo_of_goods_that_left(self):
        ret = self._received()
        inspection = ret.action_inspect()
        self._make_order([(self.product, 500)], invoice=False)
        with self.assertRaisesRegex(UserError, "no longer"), self.cr.savepoint():
            inspection.action_cancel()
        self.assertEqual(inspection.state, "done")

    @mute_logger("odoo.models.unlink")
    def test_goods_taken_from_inspection(self):
        ret = self._received()
        quant = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.product.id),
                ("location_id", "=", self.warehouse.return_inspection_location_id.id),
            ]
        )
        quant.with_context(inventory_mode=True).inventory_quantity = 0
        quant.action_apply_inventory()
        for grade in ("a", "d"):
            with self.assertRaisesRegex(UserError, "no longer"), self.cr.savepoint():
                ret.action_inspect(grade)
        self.assertEqual(ret.goods_state, "received")

    # -------------------------------------------------------------------------
    # Batch
    # -------------------------------------------------------------------------

    def test_one_transfer_for_the_batch(self):
        orders = self._make_orders([[(self.product, 1), (self.product_fifo, 1)]] * 4)
        returns = self._make_returns([(order, None) for order in orders])
        returns.action_receive()
        inspections = returns.action_inspect()
        self.assertEqual(len(inspections), 8)
        self.assertEqual(len(inspections.picking_ids), 1)
        self.assertEqual(set(returns.mapped("goods_state")), {"processed"})

    def test_batch_queries(self):
        orders = self._make_orders([[(self.product_standard, 1)]] * 60)
        returns = self._make_returns([(order, None) for order in orders])
        returns.action_receive()
        counts = []
        for part in (returns[:20], returns[20:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            part.action_inspect()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        few, many = counts
        self.assertLess(many - few, 20 * 20, f"{few} queries for 20 returns, {many} for 40")
