from dataclasses import replace

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import WmsCommon


@tagged("post_install", "-at_install")
class TestWmsStockDifference(WmsCommon):
    """What warehouses find, or miss, when they count."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock = cls.abroad.lot_stock_id
        cls.env["stock.quant"]._update_available_quantity(cls.product_standard, cls.stock, 10)

    def _adjusted(self, event_id, *quantities, product=None, **unit):
        units = [
            self._unit(product or self.product_standard, quantity, **unit)
            for quantity in quantities
        ]
        return self._event(event_id, "inventory.adjusted", units=units)

    def _get_differences(self):
        return self.env["helloword.wms.stock.difference"].search(
            [("connection_id", "=", self.connection.id)], order="position"
        )

    def test_their_word_is_booked(self):
        event = self._adjusted("a1", -3, 1)
        self.assertEqual(self._take(event, event), [("accepted", ""), ("duplicate", "")])
        self.assertEqual(self._on_hand(self.stock, self.product_standard), 8)
        differences = self._get_differences()
        self.assertEqual(differences.mapped("state"), ["booked"] * 2)
        move = differences.move_ids
        self.assertEqual((move.quantity, move.inventory_name), (2, "Operator a1"))
        self.assertFalse(differences.done_by_id)
        self.assertFalse(self.connection.activity_ids)
        self._take(event)
        self.assertEqual(self._on_hand(self.stock, self.product_standard), 8)
        Form(differences[0])

    def test_our_word_counts(self):
        self.connection.stock_truth = "ours"
        self._take(self._adjusted("a1", -3), self._adjusted("a2", 4))
        self.assertEqual(self._on_hand(self.stock, self.product_standard), 10)
        differences = self._get_differences()
        self.assertEqual(len(differences), 2)
        self.assertEqual(self.connection.difference_count, 2)
        activity = self.connection.activity_ids
        self.assertEqual(activity.user_id, self.connection.user_id)
        missing = differences.filtered(lambda row: row.quantity < 0)
        missing.action_done()
        self.assertEqual(missing.done_by_id, self.env.user)
        self.assertTrue(activity.exists())
        (differences - missing).action_book()
        self.assertEqual(self._on_hand(self.stock, self.product_standard), 14)
        self.assertFalse(activity.exists())
        with self.assertRaisesRegex(UserError, "dealt with already"):
            differences.action_book()

    def test_what_cannot_be_booked_waits(self):
        self._take(self._adjusted("a1", -30))
        difference = self._get_differences()
        self.assertEqual(difference.state, "open")
        self.assertIn("our stock has only 10", difference.reason)
        self.assertTrue(self.connection.activity_ids)
        self.assertEqual(self._on_hand(self.stock, self.product_standard), 10)

    def test_goods_that_are_not_sound(self):
        self._take(self._adjusted("a1", 2, condition="defective"))
        self.assertIn("is not sound", self._get_differences().reason)
        self.assertEqual(self._on_hand(self.stock, self.product_standard), 10)

    def test_somebody_is_counting(self):
        quant = self.env["stock.quant"]._gather(self.product_standard, self.stock)
        quant.with_context(inventory_mode=True).inventory_quantity = 7
        self._take(self._adjusted("a1", -1))
        self.assertIn("is counting", self._get_differences().reason)
        self.assertEqual(quant.inventory_quantity, 7)

    def test_traced_goods(self):
        lot = self.env["stock.lot"].create({"name": "S1", "product_id": self.product_serial.id})
        self._take(
            self._adjusted("a1", 1, product=self.product_serial, serial="S1"),
            self._adjusted("a2", 1, product=self.product_serial),
        )
        first, second = self._get_differences().sorted("id")
        self.assertEqual(first.state, "booked")
        self.assertEqual(first.move_ids.lot_ids, lot)
        self.assertIn("is traced", second.reason)

    def test_unknown_product_and_warehouse(self):
        unknown = self._adjusted("a1", 1)
        unknown = replace(unknown, units=(replace(unknown.units[0], sku="???"),))
        self.assertEqual(self._take(unknown), [("parked", "unknown_sku")])
        self._make_warehouse("Second", "SEC", self.company)
        self.connection.site_ids = [
            (0, 0, {"warehouse_id": self._make_warehouse("S3", "S3", self.company).id, "code": "X"})
        ]
        self._take(self._adjusted("a2", 1))
        self.assertIn("which of its warehouses", self._get_differences().reason)
        self._take(replace(self._adjusted("a3", 5), warehouse_code="X"))
        booked = self._get_differences().filtered(lambda row: row.state == "booked")
        self.assertEqual(booked.warehouse_id, self.connection.site_ids[-1].warehouse_id)

    def test_rights(self):
        self.connection.stock_truth = "ours"
        self._take(self._adjusted("a1", -1))
        difference = self._get_differences()
        users = {
            name: new_test_user(
                self.env,
                f"difference {name}",
                groups,
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
            )
            for name, groups, company in (
                ("office", "helloword_returns.group_return_user", self.company),
                ("dock", "stock.group_stock_user", self.company),
                ("other", "stock.group_stock_user", self.company_2),
            )
        }
        with self.assertRaises(AccessError):
            difference.with_user(users["other"]).action_done()
        with self.assertRaises(AccessError):
            difference.with_user(users["office"]).action_book()
        difference.with_user(users["dock"]).action_book()
        self.assertEqual(difference.state, "booked")
        self.assertEqual(self._on_hand(self.stock, self.product_standard), 9)

    def test_queries_do_not_grow(self):
        self.connection.stock_truth = "ours"

        def take(prefix, count):
            events = [self._adjusted(f"{prefix}{number}", 1) for number in range(count)]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._take(*events)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        take("a", 2)
        few, many = take("b", 2), take("c", 50)
        self.assertLess(many - few, 12)
