"""4PX's adapter against a peer that plays its open platform."""

import time
from dataclasses import replace
from decimal import Decimal
from unittest import TestCase

from odoo.addons.helloword_3pl.wms.base import CustomsReference
from odoo.addons.helloword_3pl.wms.china import CHINA
from odoo.addons.helloword_3pl.wms.fpx import PAGE_SIZE, FpxAdapter
from odoo.addons.helloword_3pl.wms.state import fold
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

from .expected_returns import make_expected, tell_units, with_line
from .peers.base import Reply
from .peers.fpx import FpxPeer


class TestFpx(TestCase):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(FpxPeer())
        self.adapter = self._make_adapter()
        self.expected = make_expected(warehouse_code="USLAXA")

    def _make_adapter(self, **values):
        defaults = {
            "app_key": self.peer.app_key,
            "secret": self.peer.secret,
            "service": "CS",
            "base_url": self.peer.url,
        }
        return FpxAdapter(**{**defaults, **values})

    def _announce(self):
        return self.adapter.announce(self.expected, "key").external_ref

    def _get_report(self, cursor=""):
        reports = [e for e in self.adapter.fetch(cursor).events if e.type == "return.reported"]
        return reports[-1]

    def test_announced_as_wanted(self):
        expected = replace(self.expected, note="谢谢", customs=CustomsReference(vat_number="GB1"))
        number = self.adapter.announce(expected, "key").external_ref
        told = self.peer.returns[number]["told"]
        self.assertEqual(told["ref_no"], expected.number)
        self.assertEqual(told["services_product_code"], "CS")
        self.assertEqual(
            [(s["sku_code"], s["plan_qty"], s["sku_photograph_service"]) for s in told["lstsku"]],
            [("TEE-M", 2, "Y"), ("MUG", 1, "N")],
        )
        self.assertIn("谢谢", told["remark"])
        self.assertIn("MUG: destroy", told["remark"])
        self.assertIn("GB1", told["remark"])
        self.assertNotIn("user_id", told)

    def test_made_once(self):
        self.assertEqual(self._announce(), self._announce())
        self.assertEqual(len(self.peer.returns), 1)
        with self.assertRaisesRegex(RejectedError, "no changes"):
            self.adapter.announce(replace(self.expected, external_ref="RMA1"), "key")
        with self.assertRaisesRegex(RejectedError, "staff"):
            self.adapter.cancel(self.expected, "key")

    def test_a_lost_answer_is_looked_for(self):
        handle = self.peer.on_rma_create
        for kind in ("lose_answer", "garbage", "drop"):
            with self.subTest(kind):
                parcel = replace(self.expected.parcels[0], tracking_number=kind)
                expected = replace(self.expected, number=kind, parcels=(parcel,))

                def spoil(data, kind=kind):
                    if kind != "drop":
                        handle(data)
                    return None if kind != "garbage" else Reply(200, b"<html>gateway</html>")

                self.peer.on_rma_create = spoil
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter.announce(expected, "key")
                self.peer.on_rma_create = handle
                self.assertEqual(self.adapter.find(expected) is None, kind == "drop")
                self.adapter.announce(expected, "key")
                made = [r for r in self.peer.returns.values() if r["told"]["ref_no"] == kind]
                self.assertEqual(len(made), 1)
        with self.assertRaisesRegex(UnknownOutcomeError, "tracking number"):
            self.adapter.find(replace(self.expected, parcels=()))

    def test_refusals_with_status_200(self):
        for expected, words in (
            (with_line(self.expected, 0, sku="NO-SUCH"), "NO-SUCH"),
            (with_line(self.expected, 0, quantity=Decimal("1.5")), "whole units"),
            (replace(self.expected, lines=()), "which products"),
            (replace(self.expected, warehouse_code="XX"), "仓库"),
        ):
            with self.subTest(words), self.assertRaisesRegex(RejectedError, words):
                self.adapter.announce(expected, "key")
        with self.assertRaisesRegex(RejectedError, "code of the service"):
            self._make_adapter(service="").announce(self.expected, "key")
        self.adapter.check()
        for wrong in ({"secret": "no"}, {"app_key": "no"}):
            with self.assertRaises(RejectedError):
                self._make_adapter(**wrong).check()
        self.peer.is_busy = True
        with self.assertRaises(TemporaryError) as caught:
            self._announce()
        self.assertEqual(caught.exception.retry_after, 60)
        self.assertFalse(self.peer.returns)

    def test_states_hold_for_all_units(self):
        number = self._announce()
        page = self.adapter.fetch()
        self.assertEqual(page.events, ())
        history = []
        for status, disposition in (
            ("RECEIVER_COMPLETE", ""),
            ("WAIT_PUT_AWAY", ""),
            ("PUT_AWAY_SUCCESS", "restock"),
        ):
            self.peer.work(number, status, TEE_M=2)
            page = self.adapter.fetch(page.cursor)
            history += page.events
            self.assertEqual(tell_units(page.events[-1]), [("TEE-M", 2, disposition)])
            self.assertEqual(page.events[-1].is_final, bool(disposition))
            self.assertEqual(page.events[-1].external_ref, number)
        state = fold(history)
        self.assertFalse(state.problems)
        self.assertEqual([(u.condition, u.disposition) for u in state.units], [("good", "restock")])
        self.assertEqual(state.arrived_at.astimezone(CHINA).hour, 0)
        self.assertEqual(len(state.parcels), 1)

    def test_destroyed(self):
        for status in ("DESTROY_SUCCESS", "EXPIRE_DESTRUCTION"):
            number = self._announce()
            self.peer.work(number, status, TEE_M=1, MUG=1)
            report = self._get_report()
            self.assertEqual(tell_units(report), [("MUG", 1, "destroy"), ("TEE-M", 1, "destroy")])
            self.assertEqual("in time" in report.note, status == "EXPIRE_DESTRUCTION")

    def test_only_what_changed_is_asked_for(self):
        number = self._announce()
        self.peer.work(number, "WAIT_CHECK")
        first = self.adapter.fetch()
        calls = len(self.peer.calls)
        self.assertEqual(self.adapter.fetch(first.cursor).events, ())
        self.assertEqual(len(self.peer.calls), calls + 1)
        # From the beginning it is told again, and is the same.
        self.assertEqual(
            [e.event_id for e in self.adapter.fetch().events], [e.event_id for e in first.events]
        )
        (told,) = [
            e for e in self.adapter.fetch_return(self.expected) if e.type == "return.reported"
        ]
        self.assertIn(told.event_id, [e.event_id for e in first.events])

    def test_polling_reads_every_page(self):
        for index in range(PAGE_SIZE + 3):
            parcel = replace(self.expected.parcels[0], tracking_number=f"T{index}")
            expected = replace(self.expected, number=f"RET/{index}", parcels=(parcel,))
            self.peer.work(self.adapter.announce(expected, "key").external_ref, "WAIT_CHECK")
        first = self.adapter.fetch()
        self.assertTrue(first.has_more)
        second = self.adapter.fetch(first.cursor)
        self.assertFalse(second.has_more)
        refs = {e.external_ref for e in first.events + second.events}
        self.assertEqual(len(refs), PAGE_SIZE + 3)
        self.assertEqual(self.adapter.fetch(second.cursor).events, ())

    def test_parcels_of_nobody(self):
        row = {
            "rma_no": "",
            "reference_no": "GRS77",
            "status": "WAIT_CHECK",
            "warehouse": "USLAXA",
            "received_shipping_no": "1ZBLIND",
            "received_time": time.strftime("%Y-%m-%d 00:00:00"),
            "received_weight": "1.250",
        }
        self.peer.blind.append(row)
        page = self.adapter.fetch()
        (event,) = page.events
        self.assertEqual((event.type, event.parcel.ref), ("return.unexpected", "GRS77"))
        self.assertEqual(
            (event.parcel.weight, event.parcel.status), (Decimal("1.250"), "unclaimed")
        )
        row["status"] = "EXPIRE_DESTRUCTION"
        (event,) = self.adapter.fetch(page.cursor).events
        self.assertEqual(event.parcel.status, "destroyed")

    def test_rows_nobody_can_read_hold_up_no_other(self):
        number = self._announce()
        self.peer.work(number, "WAIT_CHECK", TEE_M=-1)
        self.assertEqual([e.type for e in self.adapter.fetch().events], ["unreadable"])
        self.peer.break_down("garbage", path="service")
        with self.assertRaises(TemporaryError):
            self.adapter.fetch()
