"""GoodCang's adapter against a peer that plays its open platform."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest import TestCase

from odoo.addons.helloword_3pl.wms.base import CustomsReference, Instruction
from odoo.addons.helloword_3pl.wms.china import CHINA, read_china_time
from odoo.addons.helloword_3pl.wms.goodcang import PAGE_SIZE, GoodcangAdapter
from odoo.addons.helloword_3pl.wms.state import fold
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

from .expected_returns import make_expected, tell_units, with_line
from .peers.goodcang import GoodcangPeer

PIXEL = "data: image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
WAYS = {"restock": 1, "quarantine": 2, "destroy": 3, "relabel": 4}


class TestGoodcang(TestCase):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(GoodcangPeer())
        self.adapter = self._make_adapter()
        self.expected = make_expected(warehouse_code="USEA")

    def _make_adapter(self, **values):
        defaults = {
            "app_key": self.peer.app_key,
            "app_token": self.peer.app_token,
            "process_types": WAYS,
            "base_url": self.peer.url,
        }
        return GoodcangAdapter(**{**defaults, **values})

    def _fetch(self, cursor=""):
        """A whole round."""
        events, has_more = [], True
        while has_more:
            page = self.adapter.fetch(cursor)
            events += page.events
            cursor, has_more = page.cursor, page.has_more
        return events, cursor

    def _announce(self):
        return self.adapter.announce(self.expected, "key").external_ref

    @staticmethod
    def _get_report(events):
        return [event for event in events if event.type == "return.reported"][-1]

    def test_announced_as_wanted(self):
        expected = replace(
            self.expected, customs=CustomsReference(reimport_ref="26US1", vat_number="GB1")
        )
        code = self.adapter.announce(expected, "key").external_ref
        row = self.peer.returns[code]
        self.assertEqual(row["reference_no"], expected.number)
        self.assertEqual(row["tracking_no"], "9400100000000000000001")
        self.assertEqual(row["service_type"], 1)
        self.assertEqual(
            row["announced"],
            [{"product_sku": "MUG", "num": 1}, {"product_sku": "TEE-M", "num": 2}],
        )
        sent = self.peer.calls[-1].json
        self.assertEqual((sent["return_identification"], sent["logistics"]), (2, "1"))
        self.assertIn("MUG: destroy, otherwise destroy", sent["ro_note"])
        self.assertIn("import 26US1, VAT GB1", sent["ro_note"])
        self.assertEqual(sent["delivery_address"]["country_code"], "US")

    def test_destroyed_unseen_only_when_all_is(self):
        expected = replace(
            self.expected, lines=self.expected.lines[1:], shipment_ref="G296-170914-0002"
        )
        self.adapter.announce(expected, "key")
        sent = self.peer.calls[-1].json
        self.assertEqual((sent["service_type"], sent["return_identification"]), (2, 1))
        # A number that is not GoodCang's is none of its orders.
        self.adapter.announce(replace(expected, number="R2", shipment_ref="WH/OUT/1"), "key")
        sent = self.peer.calls[-1].json
        self.assertEqual((sent["order_code"], sent["return_identification"]), ("", 2))

    def test_told_again_it_is_changed(self):
        code = self._announce()
        changed = with_line(self.expected, 0, quantity=Decimal(5))
        self.assertEqual(self.adapter.announce(changed, "key 2").external_ref, code)
        self.assertEqual(len(self.peer.returns), 1)
        self.assertEqual(self.peer.returns[code]["announced"][1]["num"], 5)
        # A change may be repeated, so it is never taken as arrived.
        self.assertIsNone(self.adapter.find(replace(changed, external_ref=code)))
        self.peer.receive(code)
        with self.assertRaisesRegex(RejectedError, "received"):
            self.adapter.announce(changed, "key 3")
        with self.assertRaisesRegex(RejectedError, "received"):
            self.adapter.cancel(self.expected, "key 4")

    def test_a_discarded_return_is_made_anew(self):
        code = self._announce()
        self.assertEqual(self.adapter.cancel(self.expected, "key").external_ref, code)
        self.assertEqual(self.peer.returns[code]["asro_status"], "6")
        self.adapter.cancel(self.expected, "key")
        self.assertIsNone(self.adapter.find(self.expected))
        self.assertNotEqual(self._announce(), code)

    def test_a_lost_answer_is_looked_for(self):
        for kind in ("lose_answer", "garbage", "drop"):
            with self.subTest(kind):
                expected = replace(self.expected, number=kind)
                self.peer.break_down(kind, path="create")
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter.announce(expected, "key")
                found = self.adapter.find(expected)
                self.assertEqual(found is None, kind == "drop")
                self.adapter.announce(expected, "key")
                made = [r for r in self.peer.returns.values() if r["reference_no"] == kind]
                self.assertEqual(len(made), 1)

    def test_a_slow_answer_of_a_call_that_acts_is_unknown(self):
        self.adapter._http.timeout = (1, 0.2)
        self.peer.break_down("slow", path="create", seconds=0.6)
        with self.assertRaises(UnknownOutcomeError):
            self._announce()
        self.peer.break_down("slow", path="search", seconds=0.6)
        with self.assertRaises(TemporaryError):
            self._announce()

    def test_refusals_with_status_200(self):
        for expected, words in (
            (with_line(self.expected, 0, sku="NO-SUCH"), "NO-SUCH"),
            (with_line(self.expected, 0, quantity=Decimal("1.5")), "whole units"),
            (replace(self.expected, lines=()), "which products"),
            (replace(self.expected, warehouse_code="XX"), "仓库XX"),
            (replace(self.expected, warehouse_code=""), "code of the warehouse"),
        ):
            with self.subTest(words), self.assertRaisesRegex(RejectedError, words):
                self.adapter.announce(expected, "key")
        with self.assertRaisesRegex(RejectedError, "app-token"):
            self._make_adapter(app_token="wrong").check()
        self.adapter.check()
        self.peer.is_busy = True
        with self.assertRaises(TemporaryError) as caught:
            self._announce()
        self.assertEqual(caught.exception.retry_after, 60)
        self.assertFalse(self.peer.returns)

    def test_one_line_gives_many_results(self):
        code = self._announce()
        self.assertEqual(self._fetch()[0], [])
        self.peer.count(code, "TEE-M", "sellable", 1)
        self.peer.count(code, "TEE-M", "unsellable", 1)
        self.peer.count(code, "MUG", "destruction", 1)
        self.peer.finish(
            code, {"shipping_fee": 8.307, "operating_fee": 1.5, "currency_code": "USD"}
        )
        events, _cursor = self._fetch()
        report = self._get_report(events)
        self.assertEqual(
            tell_units(report),
            [("MUG", 1, "destroy"), ("TEE-M", 1, "quarantine"), ("TEE-M", 1, "restock")],
        )
        self.assertTrue(report.is_final)
        self.assertEqual(
            {(fee.kind, fee.amount, fee.currency) for fee in report.fees},
            {("shipping", Decimal("8.307"), "USD"), ("receiving", Decimal("1.5"), "USD")},
        )
        state = fold(events)
        self.assertFalse(state.problems)
        self.assertEqual(state.parcels[0][1], "9400100000000000000001")
        self.assertEqual(
            {(unit.condition, unit.disposition) for unit in state.units},
            {("good", "restock"), ("defective", "quarantine"), ("unknown", "destroy")},
        )

    def test_lots_and_new_names(self):
        code = self._announce()
        details = [{"pas_code": "SHM1", "new_product_sku": "TEE-OUTLET"}]
        self.peer.count(code, "TEE-M", "sellable", 3, details)
        self.peer.returns[code]["validity_period_detail"] = [
            {"product_sku": "TEE-M", "on_shelf_num": 2, "expiration_date": "2027-05-01"},
            {"product_sku": "MUG", "on_shelf_num": 1, "expiration_date": "2027-06-01"},
        ]
        units = self._get_report(self._fetch()[0]).units
        self.assertEqual(
            [(unit.disposition, unit.to_sku, int(unit.quantity), unit.expiry) for unit in units],
            [("relabel", "TEE-OUTLET", 1, None), ("restock", "", 2, date(2027, 5, 1))],
        )

    def test_units_wait_and_are_answered(self):
        code = self._announce()
        _events, cursor = self._fetch()
        self.peer.count(code, "TEE-M", "sellable", 1)
        unit = self.peer.wait(code, "TEE-M", 1, [PIXEL, "https://img.example/1.jpg", "data:x"])
        history, cursor = self._fetch(cursor)
        (waiting,) = [u for u in fold(history).units if u.waits]
        self.assertEqual(waiting.unit_refs, (unit,))
        self.assertEqual(len(waiting.photos), 2)
        self.assertIn(b"GIF89a", {photo.content[:6] for photo in waiting.photos})
        arrived = [event for event in history if event.type == "parcel.arrived"]
        self.assertEqual(arrived[0].moment, datetime(2026, 11, 20, 0, 0, tzinfo=UTC))
        self.assertNotIn("base64", str(self._get_report(history).raw))
        instruction = Instruction("1", unit_ref=unit, disposition="relabel", to_sku="TEE-OUTLET")
        self.assertIsNone(self.adapter.find_instruction(instruction))
        self.peer.break_down("lose_answer", path="unauthorized_confirm")
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.instruct(instruction, "key")
        self.assertTrue(self.adapter.find_instruction(instruction))
        news, cursor = self._fetch(cursor)
        state = fold(history + news)
        self.assertFalse([u for u in state.units if u.waits])
        self.assertEqual(
            {(u.disposition, u.to_sku, int(u.quantity)) for u in state.units},
            {("restock", "", 1), ("relabel", "TEE-OUTLET", 1)},
        )
        with self.assertRaisesRegex(RejectedError, "售后码"):
            self.adapter.instruct(instruction, "key")

    def test_an_answered_unit_that_was_not_treated_yet_waits_no_more(self):
        code = self._announce()
        self.peer.receive(code)
        before, cursor = self._fetch()
        unit = self.peer.wait(code, "TEE-M", 1)
        self.peer.returns[code]["updated"] = "2020-01-01 00:00:00"
        waiting, cursor = self._fetch(cursor)
        self.assertTrue(fold(before + waiting).units[0].waits)
        del self.peer.waiting[unit]
        after, cursor = self._fetch(cursor)
        self.assertFalse(fold(before + waiting + after).units)
        self.assertFalse([e for e in self._fetch(cursor)[0] if e.type == "return.reported"])

    def test_no_number_is_made_up(self):
        for codes in (None, {"destroy": "three"}):
            adapter = self._make_adapter(process_types=codes)
            with self.assertRaisesRegex(RejectedError, "Ask GoodCang"):
                adapter.instruct(Instruction("1", unit_ref="SHM1", disposition="destroy"), "key")
        self.assertFalse(self.peer.calls)

    def test_the_same_told_again_is_the_same_event(self):
        code = self._announce()
        self.peer.count(code, "MUG", "sellable", 1)
        first, second = self._fetch()[0], self._fetch()[0]
        self.assertEqual([e.event_id for e in first], [e.event_id for e in second])
        (told,) = [e for e in self.adapter.fetch_return(self.expected) if e.units]
        self.assertEqual(told.event_id, self._get_report(first).event_id)
        self.peer.count(code, "TEE-M", "sellable", 1)
        self.assertNotEqual(self._get_report(self._fetch()[0]).event_id, told.event_id)

    def test_polling_goes_on_where_it_stopped(self):
        for number in range(PAGE_SIZE + 5):
            code = self.adapter.announce(
                replace(self.expected, number=f"RET/{number}"), "key"
            ).external_ref
            self.peer.receive(code)
        events, cursor = self._fetch()
        self.assertEqual(len({e.number for e in events}), PAGE_SIZE + 5)
        for row in self.peer.returns.values():
            row["updated"] = "2026-01-01 00:00:00"
        self.peer.count(code, "MUG", "sellable", 1)
        events, _cursor = self._fetch(cursor)
        self.assertEqual({e.number for e in events}, {f"RET/{PAGE_SIZE + 4}"})

    def test_unknown_parcels_are_claimed_before_they_are_destroyed(self):
        claim = self.peer.find_parcel("1ZUNKNOWN", days=7)
        (event,) = self._fetch()[0]
        self.assertEqual(event.type, "return.unexpected")
        self.assertEqual((event.parcel.ref, event.parcel.status), (claim, "unclaimed"))
        self.assertEqual(event.tracking_number, "1ZUNKNOWN")
        today = datetime.now(CHINA).date()
        self.assertEqual(
            event.parcel.destroy_at.astimezone(CHINA).date(), today + timedelta(days=7)
        )
        self.assertIsNone(self.adapter.find_claim(claim, self.expected))
        code = self.adapter.claim(claim, self.expected, "key").external_ref
        self.assertEqual(self.adapter.find_claim(claim, self.expected).external_ref, code)
        self.assertEqual(self.peer.returns[code]["reference_no"], self.expected.number)
        (event,) = [e for e in self._fetch()[0] if e.parcel]
        self.assertEqual((event.parcel.status, event.parcel.destroy_at), ("claimed", None))
        with self.assertRaisesRegex(RejectedError, "已认领"):
            self.adapter.claim(claim, self.expected, "key")

    def test_what_came_back_from_the_carrier_is_unexpected(self):
        code = self._announce()
        self.peer.returns[code] |= {"cass_type": "0", "reference_no": ""}
        self.peer.count(code, "MUG", "sellable", 1)
        types = [event.type for event in self._fetch()[0]]
        self.assertEqual(types, ["parcel.arrived", "return.unexpected", "return.reported"])

    def test_answers_nobody_can_read(self):
        code = self._announce()
        for content in ({"product_detail": None}, {"fee_details": {"other_fee": "x"}}):
            self.peer.returns[code] |= {"asro_status": "5", "product_detail": [], **content}
            (event,) = self.adapter.fetch().events
            self.assertEqual(event.type, "unreadable")
            self.assertIn("GoodCang", event.note)
        self.peer.break_down("garbage", path="list")
        with self.assertRaises(TemporaryError):
            self.adapter.fetch()

    def test_china_time(self):
        self.assertEqual(
            read_china_time("2026-05-01 08:00:00"), datetime(2026, 5, 1, 0, 0, tzinfo=UTC)
        )
        self.assertEqual(
            read_china_time("2026-05-01T08:00:00+00:00"), datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
        )
        self.assertEqual(read_china_time(1777593600000), datetime(2026, 5, 1, 0, 0, tzinfo=UTC))
        for nothing in ("0000-00-00 00:00:00", "", None, 0):
            self.assertIsNone(read_china_time(nothing))
