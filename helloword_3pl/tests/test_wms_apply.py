from dataclasses import replace
from decimal import Decimal

from odoo.tests import tagged

from .common import WmsCommon


@tagged("post_install", "-at_install")
class TestWmsApply(WmsCommon):
    """What a warehouse says is booked, and booked anew when it says otherwise."""

    def _show(self, ret):
        """:return: what is booked, sorted: (grade, disposition, quantity)"""
        return sorted(
            (inspection.grade_id.code, inspection.disposition or "", inspection.quantity)
            for inspection in ret.inspection_ids
            if inspection.state == "done"
        )

    def test_one_line_gives_many_results(self):
        ret = self._expect({self.product_standard: 4})
        before = self._on_hand(self.abroad.lot_stock_id, self.product_standard)
        self._take(
            self._event("a", "parcel.arrived", ret),
            self._inspected("i1", ret, self.product_standard, 3, "new"),
            self._inspected("i2", ret, self.product_standard, 1, "defective"),
            self._treated("d1", ret, self.product_standard, 3, "restock"),
            self._treated("d2", ret, self.product_standard, 1, "destroy"),
        )
        self.assertEqual(self._show(ret), [("a", "restock", 3.0), ("c", "destroy", 1.0)])
        self.assertEqual(ret.line_ids.quantity_received, 4)
        self.assertEqual(ret.goods_state, "processed")
        self.assertTrue(ret.wms_arrival_date)
        after = self._on_hand(self.abroad.lot_stock_id, self.product_standard)
        self.assertEqual(after - before, 3)

    def test_arrival_is_not_grading(self):
        ret = self._expect()
        self._take(self._event("a", "parcel.arrived", ret))
        self.assertTrue(ret.wms_arrival_date)
        self.assertFalse(ret.line_ids.quantity_received)

    def test_inspected_then_treated(self):
        ret = self._expect({self.product_standard: 2})
        self._take(self._inspected("i", ret, self.product_standard, 2, "good"))
        self.assertEqual(self._show(ret), [("b", "hold", 2.0)])
        self._take(self._treated("d", ret, self.product_standard, 2, "restock"))
        self.assertEqual(self._show(ret), [("b", "restock", 2.0)])
        self.assertEqual(len(ret.inspection_ids), 1, "Sent on, not undone")

    def test_partial(self):
        ret = self._expect({self.product_standard: 3})
        self._take(self._inspected("i1", ret, self.product_standard, 1))
        self.assertEqual(ret.line_ids.quantity_received, 1)
        self.assertEqual(ret.goods_state, "partial")
        self._take(self._inspected("i2", ret, self.product_standard, 2))
        self.assertEqual(ret.line_ids.quantity_received, 3)

    def test_fewer_after_all(self):
        ret = self._expect({self.product_standard: 3})
        first = self._inspected("i1", ret, self.product_standard, 3)
        self._take(first)
        stock = self.abroad.return_view_location_id
        self.assertEqual(self._on_hand(stock, self.product_standard), 3)
        unit = first.units[0]
        self._take(
            self._event(
                "c1",
                "unit.inspected",
                ret,
                [replace(unit, quantity=Decimal(2))],
                hours=2,
                units_before=(unit,),
            )
        )
        self.assertEqual(ret.line_ids.quantity_received, 2)
        self.assertEqual(self._on_hand(stock, self.product_standard), 2)
        self.assertEqual(self._show(ret), [("a", "hold", 2.0)])
        pending = ret.receipt_picking_ids.move_ids.filtered(lambda move: move.state == "assigned")
        self.assertEqual(sum(pending.mapped("product_uom_qty")), 1, "It is expected again")

    def test_graded_anew(self):
        ret = self._expect({self.product_standard: 1})
        first = self._inspected("i1", ret, self.product_standard, 1, "new")
        self._take(first, self._treated("d1", ret, self.product_standard, 1, "restock"))
        self._take(
            self._event(
                "c1",
                "unit.inspected",
                ret,
                [replace(first.units[0], condition="defective")],
                hours=3,
                units_before=first.units,
            ),
            self._event(
                "c2",
                "disposition.completed",
                ret,
                [self._unit(self.product_standard, 1, disposition="destroy")],
                hours=4,
                units_before=(self._unit(self.product_standard, 1, disposition="restock"),),
            ),
        )
        self.assertEqual(self._show(ret), [("c", "destroy", 1.0)])
        self.assertEqual(ret.line_ids.quantity_received, 1)

    def test_more_than_expected(self):
        ret = self._expect({self.product_standard: 1})
        self._take(
            self._inspected("i1", ret, self.product_standard, 3),
            self._treated("d1", ret, self.product_standard, 3),
        )
        self.assertEqual(ret.line_ids.quantity_received, 3)
        activity = ret.activity_ids.filtered(lambda a: "do not add up" in (a.summary or ""))
        self.assertEqual(len(activity), 1)
        self.assertIn("1 expected, 3 came", activity.note)
        self.assertEqual(activity.user_id, self.connection.user_id)

    def test_goods_nobody_expected(self):
        ret = self._expect({self.product_standard: 1})
        self._take(
            self._inspected("i1", ret, self.product_standard, 1),
            self._inspected("i2", ret, self.product_fifo, 2, "good"),
            self._treated("d2", ret, self.product_fifo, 2, "restock"),
        )
        stray = ret.line_ids.filtered("is_unexpected")
        self.assertEqual((stray.product_id, stray.quantity_received), (self.product_fifo, 2))
        self.assertEqual(self._on_hand(self.abroad.lot_stock_id, self.product_fifo), 2)

    def test_wrong_item_and_empty_box(self):
        ret = self._expect({self.product_standard: 2})
        line = str(ret.line_ids.id)
        self._take(
            self._inspected("i1", ret, self.product_fifo, 1, "wrong_item", line_ref=line),
            self._inspected("i2", ret, self.product_standard, 1, "empty", line_ref=line),
        )
        self.assertEqual(self._show(ret), [("empty", "", 1.0), ("wrong", "hold", 1.0)])
        self.assertEqual(ret.line_ids.quantity_received, 2)
        self.assertEqual(
            self._on_hand(self.abroad.return_view_location_id, self.product_standard), 0
        )

    def test_serial_numbers(self):
        order = self._make_order([(self.product_serial, 2)])
        serials = order.picking_ids.move_ids.move_line_ids.lot_id
        ret = self._expect({self.product_serial: 2}, order=order)
        self._take(
            *(
                self._inspected(f"i{lot.id}", ret, self.product_serial, 1, "new", serial=lot.name)
                for lot in serials
            )
        )
        self.assertEqual(ret.inspection_ids.lot_id, serials)
        self.assertEqual(ret.line_ids.quantity_received, 2)

    def test_no_serial_number_said(self):
        order = self._make_order([(self.product_serial, 1)])
        ret = self._expect({self.product_serial: 1}, order=order)
        self._take(self._inspected("i1", ret, self.product_serial, 1, "new"))
        self.assertFalse(ret.line_ids.quantity_received)
        self.assertIn("no lot or serial number", ret.activity_ids.mapped("note")[-1])

    def test_serial_number_of_somebody_else(self):
        """A unit that was not delivered is none that is expected: it has a line of its own."""
        order = self._make_order([(self.product_serial, 1)])
        ret = self._expect({self.product_serial: 1}, order=order)
        delivered = order.picking_ids.move_ids.move_line_ids.lot_id
        other = (self.serials - delivered)[:1]
        line = ret.line_ids
        self._take(
            self._inspected(
                "i1", ret, self.product_serial, 1, "new", serial=other.name, line_ref=str(line.id)
            )
        )
        self.assertFalse(line.quantity_received)
        stray = ret.line_ids - line
        self.assertTrue(stray.is_unexpected)
        self.assertEqual((stray.quantity_received, stray.inspection_ids.lot_id), (1, other))

    def test_other_goods_in_place_of_a_serial_number(self):
        """Nobody knows which unit did not come; the others are booked all the same."""
        order = self._make_order([(self.product_serial, 3)])
        ret = self._expect({self.product_serial: 3}, order=order)
        lot = order.picking_ids.move_ids.move_line_ids.lot_id[:1]
        line = str(ret.line_ids.id)
        self._take(
            self._inspected("i1", ret, self.product_serial, 1, "new", serial=lot.name),
            self._inspected("i2", ret, self.product_fifo, 1, "wrong_item", line_ref=line),
            self._inspected("i3", ret, self.product_serial, 1, "empty", line_ref=line),
        )
        self.assertEqual(self._show(ret), [("a", "hold", 1.0)])
        self.assertEqual(ret.line_ids.quantity_received, 1)
        self.assertEqual(ret.activity_ids.mapped("note")[-1].count("no lot or serial number"), 2)

    def test_a_lot_taken_back_leaves_the_others_alone(self):
        """Units of two returns lie in one place: what is undone is the very lot that was told."""
        product = self._create_product(
            name="Cream",
            default_code="SKU-CREAM",
            categ_id=self.category_average.id,
            is_storable=True,
            tracking="lot",
            invoice_policy="order",
        )
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": product.id} for name in ("CREAM-A", "CREAM-B")]
        )
        self._put_in_stock({product: 5}, lots=lots)
        order = self._make_order([(product, 6)])
        one, other = self._make_returns(
            [(order, {product: 2}), (order, {product: 2})], warehouse_id=self.abroad
        )
        told = {"lot": "CREAM-B"}
        self._take(
            self._inspected("a", one, product, 2, "good", lot="CREAM-A"),
            self._inspected("b", other, product, 2, "good", **told),
        )
        correction = self._event(
            "c",
            "unit.inspected",
            other,
            [self._unit(product, 1, "good", **told)],
            hours=2,
            units_before=(self._unit(product, 2, "good", **told),),
        )
        self._take(correction)
        received = {
            ret: {
                lot.name: quantity
                for lot, quantity in ret.line_ids._get_received_lots().items()
                if quantity
            }
            for ret in (one, other)
        }
        self.assertEqual(received, {one: {"CREAM-A": 2}, other: {"CREAM-B": 1}})

    def test_our_word_counts(self):
        self.connection.stock_truth = "ours"
        ret = self._expect()
        self._take(self._inspected("i1", ret, self.product_standard, 2))
        self.assertFalse(ret.line_ids.quantity_received)

    def test_same_end_in_every_order(self):
        """Histories told in other orders, with repeats, end in the same goods and results."""
        ends = set()
        for order in ((0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (3, 0, 4, 4, 1, 0, 2), (2, 4, 1, 3, 0)):
            ret = self._expect({self.product_standard: 4})
            prefix = str(ret.id)
            first = self._inspected(f"{prefix}i1", ret, self.product_standard, 3, "new")
            events = [
                first,
                self._inspected(f"{prefix}i2", ret, self.product_standard, 1, "defective"),
                self._event(
                    f"{prefix}c",
                    "unit.inspected",
                    ret,
                    [replace(first.units[0], quantity=Decimal(1), condition="fair")],
                    hours=2,
                    units_before=(replace(first.units[0], quantity=Decimal(1)),),
                ),
                self._treated(f"{prefix}d1", ret, self.product_standard, 2, "restock"),
                self._treated(f"{prefix}d2", ret, self.product_standard, 2, "destroy", hours=3),
            ]
            stock = self._on_hand(self.abroad.lot_stock_id, self.product_standard)
            for number in order:
                self._take(events[number])
            ends.add(
                (
                    tuple(self._show(ret)),
                    ret.line_ids.quantity_received,
                    ret.goods_state,
                    self._on_hand(self.abroad.lot_stock_id, self.product_standard) - stock,
                    len(ret.activity_ids),
                )
            )
        self.assertEqual(len(ends), 1, ends)
