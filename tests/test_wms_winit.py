"""Winit's adapter against a peer that plays its open platform."""

from dataclasses import replace
from decimal import Decimal
from unittest import TestCase

from odoo.addons.helloword_3pl.wms.base import CustomsReference, Instruction
from odoo.addons.helloword_3pl.wms.state import fold
from odoo.addons.helloword_3pl.wms.winit import PAGE_SIZE, WinitAdapter
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

from .expected_returns import make_expected, tell_units, with_line
from .peers.base import Reply
from .peers.winit import WinitPeer


class TestWinit(TestCase):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(WinitPeer())
        self.adapter = self._make_adapter()
        self.expected = make_expected(warehouse_code="US0001")

    def _make_adapter(self, **values):
        defaults = {
            "app_key": self.peer.app_key,
            "token": self.peer.token,
            "client_id": self.peer.client_id,
            "client_secret": self.peer.client_secret,
            "methods": {"destroy": "XX-DESTROY"},
            "base_url": self.peer.url,
        }
        return WinitAdapter(**{**defaults, **values})

    def _announce(self):
        return self.adapter.announce(self.expected, "key").external_ref

    def _get_report(self):
        return [e for e in self.adapter.fetch().events if e.type == "return.reported"][-1]

    def test_each_outcome_has_its_instruction(self):
        expected = replace(
            with_line(
                self.expected, 0, requested_defective="destroy", serials=("A1",), sku="TEE-M#red"
            ),
            customs=CustomsReference(vat_number="GB123456789", declared_value=Decimal("40")),
            sender=replace(self.expected.sender, name="Zoë 王"),
        )
        number = self.adapter.announce(expected, "key").external_ref
        told = self.peer.returns[number]["told"]
        shirt, mug = told["ReturnGoodsList"]
        self.assertEqual((shirt["productCode"], shirt["specification"]), ("TEE-M", "red"))
        self.assertEqual((shirt["goodMethod"], shirt["defectiveMethod"]), ("SA", "XX-DESTROY"))
        self.assertEqual((shirt["shelveMethod"], shirt["productNum"]), ("GOOD_SA", "2"))
        self.assertEqual(shirt["itemCodeList"], [{"itemCode": "A1", "handleMethod": "SA"}])
        self.assertEqual((mug["goodMethod"], mug["defectiveMethod"]), ("XX-DESTROY",) * 2)
        self.assertEqual((told["VATNo"], told["name"]), ("GB123456789", "Zoë 王"))
        self.assertEqual(told["isWinitOutbound"], "N")
        self.assertEqual(told["expressNo"], "9400100000000000000001")

    def test_what_has_no_code_is_asked(self):
        announced = self._make_adapter(methods=None).announce(
            replace(self.expected, shipment_ref="WO1"), "key"
        )
        told = self.peer.returns[announced.external_ref]["told"]
        shirt, mug = told["ReturnGoodsList"]
        self.assertNotIn("defectiveMethod", shirt)
        self.assertNotIn("goodMethod", mug)
        self.assertEqual(announced.messages, ("Winit will ask what to do: destroy.",))
        self.assertEqual((told["outboundOrderNo"], told["userInfoSource"]), ("WO1", "ORI"))

    def test_a_change_is_a_new_return(self):
        first = self._announce()
        self.assertEqual(self._announce(), first)
        changed = replace(with_line(self.expected, 0, quantity=Decimal(1)), external_ref=first)
        self.assertIsNone(self.adapter.find(changed))
        second = self.adapter.announce(changed, "key 2").external_ref
        self.assertEqual(self.peer.returns[first]["status"], "CD")
        self.assertEqual(self.adapter.find(changed).external_ref, second)
        self.peer.set(second, "RE")
        with self.assertRaisesRegex(RejectedError, "received"):
            self.adapter.announce(replace(changed, external_ref=second), "key 3")
        with self.assertRaisesRegex(RejectedError, "received"):
            self.adapter.cancel(changed, "key 4")

    def test_taken_back(self):
        number = self._announce()
        self.adapter.cancel(self.expected, "key")
        self.assertEqual(self.peer.returns[number]["status"], "CD")
        self.adapter.cancel(self.expected, "key")
        self.assertNotEqual(self._announce(), number)

    def test_a_lost_answer_is_looked_for(self):
        for kind in ("lose_answer", "garbage", "drop"):
            with self.subTest(kind):
                expected = replace(self.expected, number=kind)
                handle = self.peer.on_createReturnGoodsOrder

                def spoil(data, kind=kind, handle=handle):
                    if kind != "drop":
                        handle(data)
                    return None if kind != "garbage" else Reply(200, b"<html>gateway</html>")

                self.peer.on_createReturnGoodsOrder = spoil
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter.announce(expected, "key")
                self.peer.on_createReturnGoodsOrder = handle
                self.assertEqual(self.adapter.find(expected) is None, kind == "drop")
                self.adapter.announce(expected, "key")
                made = [r for r in self.peer.returns.values() if r["sellerOrderNo"] == kind]
                self.assertEqual(len(made), 1)

    def test_refusals_with_status_200(self):
        for expected, words in (
            (with_line(self.expected, 0, sku="NO-SUCH"), "NO-SUCH"),
            (with_line(self.expected, 0, quantity=Decimal("1.5")), "whole units"),
            (replace(self.expected, lines=()), "which products"),
            (replace(self.expected, warehouse_code="XX"), "仓库"),
            (replace(self.expected, warehouse_code=""), "code of the warehouse"),
        ):
            with self.subTest(words), self.assertRaisesRegex(RejectedError, words):
                self.adapter.announce(expected, "key")
        self.adapter.check()
        for wrong in ({"token": "no"}, {"client_secret": "no"}, {"app_key": "no"}):
            with self.assertRaises(RejectedError):
                self._make_adapter(**wrong).check()
        self.peer.is_busy = True
        with self.assertRaises(TemporaryError) as caught:
            self.adapter.check()
        self.assertEqual(caught.exception.retry_after, 60)
        self.peer.break_down("status", path="service", status=502)
        with self.assertRaises(TemporaryError):
            self.adapter.check()

    def test_what_became_of_it(self):
        number = self._announce()
        self.assertEqual(self.adapter.fetch().events, ())
        self.peer.set(
            number,
            "OC",
            self.peer.find("TEE-M", 1, method="SA"),
            self.peer.find("TEE-M", 1, "DEFECTIVE", "??"),
            self.peer.find("MUG", 1, method="SA", merchandiseCode="TEE-OUTLET"),
            self.peer.find("MUG", 0),
            mdImageList="https://img.example/1.jpg,https://img.example/2.jpg",
            completeTime="2026-11-20 08:00:00",
        )
        events = self.adapter.fetch().events
        report = self._get_report()
        self.assertEqual(
            tell_units(report),
            [("MUG", 1, "relabel"), ("TEE-M", 1, "quarantine"), ("TEE-M", 1, "restock")],
        )
        self.assertEqual(report.number, self.expected.number)
        self.assertEqual(len(report.photos), 2)
        self.assertTrue(report.is_final)
        state = fold(events)
        self.assertFalse(state.problems)
        self.assertEqual(
            {(u.condition, u.to_sku) for u in state.units},
            {("good", ""), ("defective", ""), ("good", "TEE-OUTLET")},
        )
        # Told again it is the same.
        self.assertEqual(
            [e.event_id for e in events], [e.event_id for e in self.adapter.fetch().events]
        )
        (told,) = [e for e in self.adapter.fetch_return(self.expected) if e.units]
        self.assertEqual(told.event_id, report.event_id)

    def test_destroyed(self):
        number = self._announce()
        self.peer.set(number, "DT", self.peer.find("TEE-M", 2, ""))
        self.assertEqual(tell_units(self._get_report()), [("TEE-M", 2, "destroy")])

    def test_units_wait_and_are_answered(self):
        number = self._announce()
        goods = self.peer.find("TEE-M", 1, "DEFECTIVE", specification="red")
        self.peer.set(number, "WP", goods)
        (unit,) = self._get_report().units
        self.assertTrue(unit.waits)
        self.assertEqual((unit.sku, unit.condition), ("TEE-M#red", "defective"))
        instruction = Instruction(
            ref="1",
            external_ref=number,
            unit_ref=unit.unit_ref,
            sku=unit.sku,
            disposition="relabel",
            to_sku="TEE-OUTLET",
            customs=CustomsReference(vat_number="GB1", declared_value=Decimal("12.50")),
        )
        self.assertIsNone(self.adapter.find_instruction(instruction))
        self.adapter.instruct(instruction, "key")
        answer = self.peer.returns[number]["answer"]
        self.assertEqual(
            (
                answer["isGood"],
                answer["newMerchandiseCode"],
                answer["vatNo"],
                answer["declareValue"],
            ),
            ("Y", "TEE-OUTLET", "GB1", 13),
        )
        self.assertTrue(self.adapter.find_instruction(instruction))
        self.assertEqual(tell_units(self._get_report()), [("TEE-M#red", 1, "relabel")])
        with self.assertRaisesRegex(RejectedError, "website"):
            self.adapter.instruct(replace(instruction, disposition="destroy"), "key")
        with self.assertRaisesRegex(RejectedError, "不存在"):
            self.adapter.instruct(replace(instruction, unit_ref="NO"), "key")

    def test_what_nobody_announced(self):
        number = self._announce()
        for origin in ("NR", "OR"):
            self.peer.set(number, "RE", originCode=origin, expressNo="1ZBLIND")
            events = self.adapter.fetch().events
            self.assertEqual(
                [e.type for e in events], ["parcel.arrived", "return.unexpected", "return.reported"]
            )
            self.assertEqual({e.number for e in events}, {""})
            self.assertEqual(events[1].parcel.tracking_number, "1ZBLIND")

    def test_polling_reads_every_page(self):
        for index in range(PAGE_SIZE + 5):
            number = self.adapter.announce(
                replace(self.expected, number=f"RET/{index}"), "key"
            ).external_ref
            self.peer.set(number, "RE")
        first = self.adapter.fetch()
        self.assertTrue(first.has_more)
        second = self.adapter.fetch(first.cursor)
        self.assertFalse(second.has_more)
        self.assertEqual(len({e.number for e in first.events + second.events}), PAGE_SIZE + 5)

    def test_rows_nobody_can_read_hold_up_no_other(self):
        number = self._announce()
        self.peer.set(number, "OC", self.peer.find("TEE-M", -1))
        other = self.adapter.announce(replace(self.expected, number="RET/2"), "key").external_ref
        self.peer.set(other, "OC", self.peer.find("TEE-M", 1, method="SA"))
        types = [event.type for event in self.adapter.fetch().events]
        self.assertEqual(types, ["unreadable", "parcel.arrived", "return.reported"])
