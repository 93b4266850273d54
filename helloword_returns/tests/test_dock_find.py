import unittest

from odoo.exceptions import UserError

from ..carriers.scan import clean_scan, read_candidates
from .test_dock import DockCommon


class TestScan(unittest.TestCase):
    """What carriers and scanners add to a number."""

    def test_carriers(self):
        for scanned, number in (
            ("4209410394001000000000000000", "94001000000000000000"),
            ("420941031234" + "9" + "4" * 21, "9" + "4" * 21),
            ("1001934508240000123400798765432109", "798765432109"),
            ("9611020987654321012345", "987654321012345"),
            ("%000445709987654321098101276", "09987654321098"),
            ("%000445709987654321098101276", "9987654321098"),
            ("JJD01460000121212", "JD01460000121212"),
            ("]C100340434188060000013", "340434188060000013"),
            ("(00)340434188060000013", "340434188060000013"),
            ("340434188060000013", "00340434188060000013"),
            ("rr 123 456 785 gb", "RR123456785GB"),
        ):
            with self.subTest(scanned=scanned):
                self.assertIn(number, read_candidates(scanned))

    def test_plain_numbers_stay(self):
        self.assertEqual(read_candidates("RET/2026/00012"), ["RET/2026/00012"])
        self.assertEqual(read_candidates(" 1Z999AA10123456784\r\n"), ["1Z999AA10123456784"])

    def test_nothing(self):
        for scanned in ("", None, " ", "\x1d", "]C1"):
            self.assertEqual(read_candidates(scanned), [])
        self.assertEqual(len(clean_scan("9" * 5000)), 200)


class TestDockFind(DockCommon):
    """A return is found by any code on the parcel, on its papers or on the goods."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._make_order(
            [(cls.product_standard, 1), (cls.product_serial, 1)], client_order_ref="PO 77-A"
        )
        cls.ret = cls._make_return(cls.order)
        cls.ret.external_id = "GID-4711"
        cls.label = cls.env["helloword.return.label"].create(
            {"return_id": cls.ret.id, "number": 1, "tracking_number": "00340434188060000013"}
        )

    def _assert_found(self, code, kind):
        answer = self._find(code)
        self.assertEqual(
            [(hit["return_id"], hit["kind"]) for hit in answer["hits"]], [(self.ret.id, kind)]
        )
        self.assertEqual(answer["hits"][0]["state"], "open")
        return answer["hits"][0]

    def test_by_papers(self):
        self._assert_found(self.ret.name, "return")
        self._assert_found(self.ret.name.lower(), "return")
        self._assert_found("GID-4711", "external")
        self._assert_found("00340434188060000013", "tracking")
        self._assert_found("]C100340434188060000013", "tracking")
        self._assert_found("(00) 340434188060000013", "tracking")
        self._assert_found(self.ret.receipt_picking_ids.name, "picking")
        self._assert_found(self.order.name, "order")
        self._assert_found("po77-a", "order")

    def test_by_the_delivery_that_came_back(self):
        delivery = self.order.picking_ids.filtered(
            lambda picking: picking.location_dest_id.usage == "customer"
        )
        delivery.carrier_tracking_ref = "1Z999AA10123456784"
        self._assert_found("1Z999AA10123456784", "delivery")
        self._assert_found(delivery.name, "delivery")

    def test_by_goods(self):
        lot = self.ret.line_ids.move_ids.move_line_ids.lot_id
        hit = self._assert_found(lot.name, "lot")
        self.assertEqual(hit["lot_id"], lot.id)
        self._assert_found("4006381333931", "product")
        self._assert_found("0104006381333931", "product")
        self._assert_found(self.product_standard.default_code, "product")

    def test_in_the_return_at_hand(self):
        mug, phone = self.ret.line_ids
        lot = self.ret.line_ids.move_ids.move_line_ids.lot_id
        found = self._find("4006381333931", return_id=self.ret.id)
        self.assertEqual((found["line_id"], found["hits"]), (mug.id, []))
        found = self._find(lot.name, return_id=self.ret.id)
        self.assertEqual((found["line_id"], found["lot_id"]), (phone.id, lot.id))
        found = self._find(f"21{lot.name}", return_id=self.ret.id)
        self.assertEqual(found["lot_id"], lot.id)
        found = self._find(self.product_fifo.default_code, return_id=self.ret.id)
        self.assertFalse(found["line_id"])
        self.assertEqual(found["product"]["id"], self.product_fifo.id)
        other = self._make_return(self._make_order([(self.product_fifo, 1)]))
        found = self._find(other.name, return_id=self.ret.id)
        self.assertEqual(found["hits"][0]["return_id"], other.id)

    def test_several_returns_of_one_product(self):
        other = self._make_return(self._make_order([(self.product_standard, 1)]))
        hits = self._find("4006381333931")["hits"]
        self.assertEqual([hit["return_id"] for hit in hits], [self.ret.id, other.id])
        other.action_receive()
        other.action_inspect()
        self._assert_found("4006381333931", "product")

    def test_finished_and_unapproved_are_told(self):
        self.ret.action_receive()
        self.ret.action_inspect()
        [hit] = self._find(self.ret.name)["hits"]
        self.assertEqual(hit["state"], "done")
        waiting = self._make_return(self._make_order([(self.product_fifo, 1)]), approve=False)
        [hit] = self._find(waiting.name)["hits"]
        self.assertEqual(hit["state"], "closed")

    def test_order_without_return(self):
        order = self._make_order([(self.product_fifo, 1)])
        answer = self._find(order.name)
        self.assertEqual((answer["hits"], answer["order"]), ([], order.name))

    def test_nothing_found(self):
        answer = self._find("NOBODY-KNOWS-THIS")
        self.assertEqual((answer["hits"], answer["product"]), ([], False))
        for code in ("", " ", "a", "\x1d", None):
            with self.assertRaisesRegex(UserError, "empty or too short"):
                self._find(code)
        self.assertFalse(self._find("%' OR 1=1 --")["hits"])

    def test_queries_are_bounded(self):
        self._make_returns(
            [(order, None) for order in self._make_orders([[(self.product_standard, 1)]] * 12)]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(60):
            self._find("4006381333931")
