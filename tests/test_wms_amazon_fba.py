"""Amazon's FBA reports against a peer that makes them as Amazon does."""

import gzip
import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from unittest.mock import patch

from odoo.addons.helloword_3pl.wms import amazon_fba, amazon_reports, vocabulary
from odoo.addons.helloword_3pl.wms.amazon_fba import REPORTS, AmazonFbaAdapter
from odoo.addons.helloword_3pl.wms.amazon_reports import UnreadableReportError, read_rows, unpack
from odoo.addons.helloword_3pl.wms.state import fold
from odoo.addons.helloword_returns.providers.base import RejectedError, TemporaryError

from .contract import find_faults, read_definition
from .peers.amazon_reports import COLUMNS, AmazonReportsPeer
from .test_wms_amazon_mcf import AmazonCase

RETURNS, REMOVALS, SHIPMENTS, LEDGER = REPORTS
ORDER = "111-1234567-7654321"


class _Nothing(dict):
    """Documents that are gone as soon as they are kept."""

    def __setitem__(self, name, content):
        return


class TestAmazonFba(AmazonCase):
    peer_class = AmazonReportsPeer

    def setUp(self):
        super().setUp()
        self.adapter = self._make_adapter()
        self.cursor = ""

    def _make_adapter(self, region="na"):
        return AmazonFbaAdapter(self._make_session(), "ATVPDKIKX0DER", region)

    def _round(self):
        """:return: events of one round over all reports"""
        events, has_more = [], True
        while has_more:
            page = self.adapter.fetch(self.cursor)
            events += page.events
            self.cursor, has_more = page.cursor, page.has_more
        return events

    def _next_day(self):
        """What the adapter remembers, as if a day had gone by."""
        content = json.loads(self.cursor)
        for state in content["reports"].values():
            if state.get("ordered"):
                moment = datetime.fromisoformat(state["ordered"]) - timedelta(days=1)
                state["ordered"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.cursor = json.dumps(content)

    def _ask(self):
        """:return: events of a fresh set of reports"""
        if self.cursor:
            self._next_day()
        return self._round() + self._round()

    # -------------------------------------------------------------------------
    # Ordering, waiting, loading
    # -------------------------------------------------------------------------

    def test_ordered_waited_for_and_loaded(self):
        self.peer.slowness = 2
        self.peer.take_back(ORDER, "TEE-M")
        self.assertEqual(self._round(), [])
        self.assertEqual(len(self.peer.reports), 4)
        self.assertEqual(self.adapter.poll_interval, amazon_fba.WAIT)
        for _look in range(2):
            self.assertEqual(self._round(), [])
        (event,) = self._round()
        self.assertEqual(event.order_ref, ORDER)
        self.assertEqual(self.adapter.poll_interval, 3600)
        # Nothing is ordered again until four hours are over.
        self.assertEqual(self._round(), [])
        self.assertEqual(len(self.peer.reports), 4)
        self._next_day()
        self._round()
        self.assertEqual(len(self.peer.reports), 8)

    def test_the_request_is_amazons(self):
        self._round()
        known = read_definition("amazon_reports", "CreateReportSpecification")["properties"]
        calls = [call for call in self.peer.calls if call.path.endswith("/reports")]
        self.assertEqual({call.json["reportType"] for call in calls}, set(COLUMNS))
        for call in calls:
            self.assertFalse(find_faults("amazon_reports", "CreateReportSpecification", call.json))
            self.assertLessEqual(call.json.keys(), known.keys())
            self.assertEqual(call.json["marketplaceIds"], ["ATVPDKIKX0DER"])
        self.adapter.check()
        with self.assertRaises(RejectedError):
            AmazonFbaAdapter(self._make_session(client_secret="no"), "X").check()

    def test_spans_overlap(self):
        self.peer.take_back(ORDER, "TEE-M")
        self._ask()
        self._ask()
        first, second = (
            report for report in self.peer.reports.values() if report["reportType"] == RETURNS
        )
        self.assertLess(second["dataStartTime"], first["dataEndTime"])
        reach = datetime.fromisoformat(first["dataEndTime"]) - datetime.fromisoformat(
            second["dataStartTime"]
        )
        self.assertEqual(reach.days, REPORTS[RETURNS][2])

    def test_what_lies_behind_is_caught_up_in_steps(self):
        self._round()
        content = json.loads(self.cursor)
        old = datetime.now(UTC) - timedelta(days=100)
        content["reports"][RETURNS] = {"since": old.strftime("%Y-%m-%dT%H:%M:%SZ")}
        self.cursor = json.dumps(content)
        self.peer.reports = {
            number: report
            for number, report in self.peer.reports.items()
            if report["reportType"] != RETURNS
        }
        date = (datetime.now(UTC) - timedelta(days=50)).isoformat()
        self.peer.take_back(ORDER, "TEE-M", return_date=date)
        events = [event for _round in range(9) for event in self._round()]
        self.assertEqual(len({event.event_id for event in events}), 1)
        spans = [
            (report["dataStartTime"], report["dataEndTime"])
            for report in self.peer.reports.values()
            if report["reportType"] == RETURNS
        ]
        self.assertEqual(len(spans), 4)
        for (_start, end), (start, _end) in pairwise(spans):
            self.assertLess(start, end)

    def test_no_data_is_asked_for_again(self):
        self._ask()
        self.assertEqual(
            {report["processingStatus"] for report in self.peer.reports.values()}, {"CANCELLED"}
        )
        self.assertNotIn("since", json.dumps(json.loads(self.cursor)))
        # A row that comes late is still within.
        date = (datetime.now(UTC) - timedelta(days=20)).isoformat()
        self.peer.take_back(ORDER, "TEE-M", return_date=date)
        self.assertEqual(len(self._ask()), 1)

    def test_a_report_amazon_could_not_make_is_shown_and_ordered_again(self):
        self.peer.take_back(ORDER, "TEE-M")
        self.peer.fatal = {RETURNS}
        (event,) = self._ask()
        self.assertEqual(event.type, "unreadable")
        self.assertRegex(event.note, "RETURNS_DATA.*FATAL")
        self.peer.fatal = set()
        self.assertEqual([event.type for event in self._ask()], ["unit.inspected"])

    def test_a_report_amazon_does_not_know_any_more(self):
        self.peer.take_back(ORDER, "TEE-M")
        self._round()
        self.peer.reports.clear()
        self.assertEqual({event.type for event in self._round()}, {"unreadable"})
        self.assertEqual(len(self._ask()), 1)
        # Nor its document.
        self._next_day()
        self._round()
        forget = patch.object(self.peer, "files", _Nothing())
        with forget:
            (event,) = self._round()
        self.assertRegex(event.note, "not there any more")

    def test_a_report_that_never_comes_is_ordered_again(self):
        self.peer.slowness = 99
        self._round()
        self._next_day()
        self._round()
        self.peer.slowness = 0
        self.peer.take_back(ORDER, "TEE-M")
        self._round()
        self.assertEqual(len(self._round()), 1)
        self.assertEqual(len(self.peer.reports), 8)

    def test_large_reports_come_in_pages(self):
        self.enterContext(patch.object(amazon_fba, "PAGE_SIZE", 2))
        for _unit in range(5):
            self.peer.take_back(ORDER, "TEE-M")
        self._round()
        first = self.adapter.fetch(self.cursor)
        self.assertEqual((len(first.events), first.has_more), (2, True))
        # Another process goes on where this one stopped.
        self.adapter, self.cursor = self._make_adapter(), first.cursor
        rest = self._round()
        self.assertEqual(len({event.event_id for event in (*first.events, *rest)}), 5)

    def test_the_same_cursor_tells_the_same(self):
        self.peer.take_back(ORDER, "TEE-M")
        self._round()
        pages = [self.adapter.fetch(self.cursor) for _time in range(2)]
        self.assertEqual(pages[0], pages[1])
        self.assertTrue(self.adapter.fetch("nonsense").cursor)

    def test_encodings(self):
        for encoding, says, packs, region, name in (
            ("utf-8", True, True, "na", "Zoë 王"),
            ("utf-8", False, False, "fe", "黒"),
            ("cp1252", True, True, "eu", "Größe – „M“"),
            ("cp1252", False, True, "eu", "Größe – „M“"),
            ("iso-8859-1", True, True, "eu", "Größe"),
            ("shift_jis", True, True, "fe", "黒のシャツ"),
            ("cp932", False, True, "fe", "黒のシャツ①"),
            ("utf-8-sig", True, True, "na", "é"),
        ):
            with self.subTest(encoding, says=says):
                self.peer.encoding, self.peer.says_encoding, self.peer.packs = encoding, says, packs
                self.adapter, self.cursor = self._make_adapter(region), ""
                self.peer.tables[RETURNS].clear()
                self.peer.take_back(ORDER, "TEE-M", customer_comments=name)
                (event,) = self._ask()
                self.assertEqual(event.units[0].note, f"UNWANTED_ITEM · {name}")
                self.assertTrue(event.license_plate)

    def test_files_nobody_can_read(self):
        self.assertEqual(read_rows(""), [])
        self.assertEqual(unpack(b"plain"), b"plain")
        packed = gzip.compress(b"x" * 1000)
        with self.assertRaises(TemporaryError):
            unpack(packed[:-9])
        with self.assertRaises(TemporaryError):
            unpack(packed[:4] + b"\xff" * 40)
        with (
            patch.object(amazon_reports, "LARGEST", 100),
            self.assertRaisesRegex(UnreadableReportError, "too large"),
        ):
            unpack(packed)
        # A quotation mark in a file that quotes nothing swallows no line.
        rows = read_rows('sku\tproduct-name\nA\t"10 inch\nB\tplain\n')
        self.assertEqual([row["sku"] for row in rows], ["A", "B"])
        # A report without its columns is shown, and asked for again.
        self.peer.take_back(ORDER, "TEE-M")
        with patch.dict(COLUMNS, {RETURNS: ["return-date", "order-id"]}):
            (event,) = self._ask()
        self.assertRegex(event.note, "no column sku, quantity, detailed-disposition")
        self.assertEqual(len(self._ask()), 1)

    def test_what_goes_wrong_on_the_way(self):
        self.peer.take_back(ORDER, "TEE-M")
        for path, kind in (
            (r"/reports\Z", "lose_answer"),
            (r"/reports/\d", "garbage"),
            ("/documents/", "garbage"),
            ("/files/", "drop"),
        ):
            self.peer.break_down(kind, path=path, times=9)
            with self.subTest(path), self.assertRaises(TemporaryError):
                for _round in range(3):
                    self._round()
            self.peer.faults.clear()
        self.assertEqual(len(self._round() + self._round()), 1)

    # -------------------------------------------------------------------------
    # Rows
    # -------------------------------------------------------------------------

    def test_a_unit_as_amazon_graded_it(self):
        row = self.peer.take_back(ORDER, "TEE-M", detailed_disposition="CUSTOMER_DAMAGED")
        (event,) = self._ask()
        self.assertEqual((event.type, event.number), ("unit.inspected", ""))
        self.assertEqual((event.external_ref, event.order_ref), (ORDER, ORDER))
        self.assertEqual(event.license_plate, row["license-plate-number"])
        self.assertEqual(event.arrived_at, event.moment)
        (unit,) = event.units
        self.assertEqual((unit.condition, unit.disposition), ("customer_damaged", "quarantine"))
        self.assertEqual((unit.unit_ref, unit.location), (event.license_plate, "TUS1"))

    def test_every_grade_is_known(self):
        for code, condition in (
            ("SELLABLE", "good"),
            ("DAMAGED", "warehouse_damaged"),
            ("CUSTOMER_DAMAGED", "customer_damaged"),
            ("DEFECTIVE", "defective"),
            ("CARRIER_DAMAGED", "carrier_damaged"),
            ("EXPIRED", "expired"),
        ):
            self.assertEqual(vocabulary.to_ours("fba", "condition", code), condition)
            way = vocabulary.to_ours("fba", "final", code, "quarantine")
            self.assertEqual(way, "restock" if code == "SELLABLE" else "quarantine")

    def test_told_again_it_is_the_same(self):
        self.peer.take_back(ORDER, "TEE-M")
        self.peer.ship_removal("R-1", "TEE-M")
        self.peer.remove("R-2", "TEE-M")
        self.peer.adjust("TEE-M", -1)
        first = self._ask()
        self.assertEqual(len(first), 4)
        self.assertEqual(self._ids(self._ask()), self._ids(first))

    @staticmethod
    def _ids(events):
        return sorted(event.event_id for event in events)

    def test_rows_alike_are_counted(self):
        for _unit in range(3):
            row = self.peer.take_back(ORDER, "TEE-M", license_plate_number="")
        row["return-date"] = self.peer.tables[RETURNS][0]["return-date"]
        self.peer.tables[RETURNS][1]["return-date"] = row["return-date"]
        first = self._ask()
        self.assertEqual(len(set(self._ids(first))), 3)
        random.Random(7).shuffle(self.peer.tables[RETURNS])
        self.assertEqual(self._ids(self._ask()), self._ids(first))
        # A unit with a license plate is there once, however often it is told.
        plate = self.peer.take_back("112-1", "TEE-M")
        self.peer.tables[RETURNS].append(dict(plate))
        events = [event for event in self._ask() if event.order_ref == "112-1"]
        self.assertEqual(len({event.event_id for event in events}), 1)

    def test_what_became_of_a_unit_later(self):
        for status, way in (
            ("Repackaged Successfully", "restock"),
            ("Reimbursed", "liquidate"),
            ("Something new", "quarantine"),
        ):
            with self.subTest(status):
                self.peer.tables[RETURNS].clear()
                row = self.peer.take_back(ORDER, "TEE-M", detailed_disposition="CUSTOMER_DAMAGED")
                self.cursor = ""
                early = self._ask()
                row["status"] = status
                late = self._ask()
                # Whichever was told, in whatever order and how often: the same.
                for told in (late, [*early, *late], [*late[::-1], *early], [*late, *late]):
                    state = fold(told)
                    self.assertFalse(state.problems)
                    (unit,) = state.units
                    self.assertEqual(
                        (unit.condition, unit.disposition, unit.quantity),
                        ("customer_damaged", way, Decimal(1)),
                    )

    def test_units_alike_that_become_different(self):
        for _unit in range(2):
            self.peer.take_back(
                ORDER,
                "TEE-M",
                license_plate_number="",
                return_date="2026-11-20T08:00:00+00:00",
                detailed_disposition="DEFECTIVE",
            )
        told = self._ask()
        self.peer.tables[RETURNS][1]["status"] = "Reimbursed"
        told += self._ask()
        self.peer.tables[RETURNS].reverse()
        told += self._ask()
        ways = {unit.disposition: unit.quantity for unit in fold(told).units}
        self.assertEqual(ways, {"quarantine": 1, "liquidate": 1})

    def test_removals_are_told_once_and_when_they_are_over(self):
        self.peer.remove("R-1", "TEE-M", order_status="Pending", disposed_quantity="1")
        self.peer.remove(
            "R-2", "MUG", order_type="Return", shipped_quantity="3", disposed_quantity="0"
        )
        self.peer.ship_removal("R-2", "MUG")
        self.peer.ship_removal("R-3", "MUG", removal_order_type="Liquidations")
        events = self._ask()
        self.assertEqual(
            sorted(
                (event.units[0].unit_ref, event.units[0].disposition, event.units[0].quantity)
                for event in events
            ),
            [("R-2", "return_to_seller", 3), ("R-3", "liquidate", 3)],
        )
        self.assertEqual(events[0].tracking_number, "1ZREMOVAL")
        self.peer.tables[REMOVALS][0] |= {"order-status": "Completed", "disposed-quantity": "2"}
        (event,) = (event for event in self._ask() if event.units[0].unit_ref == "R-1")
        self.assertEqual((event.type, event.number), ("disposition.completed", ""))
        self.assertEqual((event.units[0].disposition, event.units[0].quantity), ("destroy", 2))

    def test_only_adjustments_are_taken_from_the_ledger(self):
        for kind in ("CustomerReturns", "VendorReturns", "Shipments", "Receipts", "WhseTransfers"):
            self.peer.adjust("TEE-M", 5, **{"Event Type": kind})
        self.peer.adjust("TEE-M", 0)
        self.peer.adjust("TEE-M", -1)
        self.peer.adjust("TEE-M", "1,000", Disposition="WAREHOUSE_DAMAGED", Reason="P")
        self.peer.adjust("MUG", -2, **{"Date and Time": ""})
        events = self._ask()
        self.assertEqual({event.type for event in events}, {"inventory.adjusted"})
        self.assertEqual(
            sorted(
                (event.units[0].sku, event.units[0].quantity, event.units[0].condition)
                for event in events
            ),
            [("MUG", -2, "good"), ("TEE-M", -1, "good"), ("TEE-M", 1000, "warehouse_damaged")],
        )

    def test_rows_nobody_can_read_hold_up_no_other(self):
        self.peer.take_back(ORDER, "TEE-M")
        self.peer.take_back(ORDER, "TEE-M", quantity="-1")
        self.peer.take_back(ORDER, "TEE-M", quantity="many")
        self.peer.take_back(ORDER, "TEE-M", quantity="0.5")
        types = sorted(event.type for event in self._ask())
        self.assertEqual(types, ["unit.inspected", "unreadable", "unreadable", "unreadable"])
        self.assertEqual(len(set(self._ids(self._ask()))), 4)

    def test_reports_of_one_order_are_one_state_in_any_order(self):
        rows = [
            self.peer.take_back(ORDER, sku, detailed_disposition=code)
            for sku, code in (("TEE-M", "SELLABLE"), ("TEE-M", "DEFECTIVE"), ("MUG", "EXPIRED"))
        ]
        told = self._ask()
        rows[1]["status"] = "Reimbursed"
        told += self._ask()
        expected = fold(told)
        self.assertEqual(len(expected.parcels), 3)
        chance = random.Random(2026)
        for _time in range(20):
            again = told + chance.sample(told, 2)
            chance.shuffle(again)
            state = fold(again)
            self.assertEqual((state.units, state.parcels), (expected.units, expected.parcels))
