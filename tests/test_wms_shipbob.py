"""ShipBob's adapter against a peer that keeps to ShipBob's published contract."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest import TestCase
from unittest.mock import patch

from odoo.addons.helloword_3pl.wms import shipbob, vocabulary
from odoo.addons.helloword_3pl.wms.base import ExpectedParcel, InvalidSignatureError, Photo
from odoo.addons.helloword_3pl.wms.shipbob import ShipbobAdapter
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

from .contract import find_faults
from .expected_returns import make_expected, tell_units, with_line
from .peers.shipbob import PICTURE, ShipbobPeer

SHIRT, MUG = 9557855, 9557856
CREATE = r"/return\Z"


class TestShipbob(TestCase):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(ShipbobPeer())
        self.adapter = self._make_adapter()
        expected = make_expected("RET/2026/0001", warehouse_code="22")
        self.expected = with_line(with_line(expected, 0, sku=str(SHIRT)), 1, sku=str(MUG))
        self.number = self.expected.number

    def tearDown(self):
        self.assertEqual(self.peer.breaches, [])
        super().tearDown()

    def _make_adapter(self, **values):
        defaults = {
            "token": self.peer.token,
            "channel_id": str(self.peer.channel_id),
            "webhook_secret": self.peer.webhook_secret,
            "base_url": self.peer.url,
        }
        return ShipbobAdapter(**{**defaults, **values})

    def _fetch_all(self, cursor=""):
        events, page = [], self.adapter.fetch(cursor)
        events += page.events
        while page.has_more:
            page = self.adapter.fetch(page.cursor)
            events += page.events
        return events, page.cursor

    def _fetch_report(self):
        (report,) = (e for e in self._fetch_all()[0] if e.type == "return.reported")
        return report

    def test_announced_as_wanted(self):
        announced = self.adapter.announce(self.expected, "key")
        row = self.peer.get(self.number)
        self.assertEqual(
            (announced.external_ref, announced.status), (str(row["id"]), row["status"])
        )
        self.assertEqual(
            [
                (item["id"], item["quantity"], item["action_requested"]["action"])
                for item in row["inventory"]
            ],
            [(SHIRT, 2, "Restock"), (MUG, 1, "Dispose")],
        )
        self.assertEqual(row["tracking_number"], "9400100000000000000001")

    def test_a_product_stands_once_and_doubt_is_quarantined(self):
        expected = with_line(self.expected, 1, sku=str(SHIRT))
        self.adapter.announce(expected, "key")
        (item,) = self.peer.get(self.number)["inventory"]
        self.assertEqual((item["quantity"], item["action_requested"]["action"]), (3, "Quarantine"))

    def test_told_again_nothing_is_sent(self):
        first = self.adapter.announce(self.expected, "key")
        for expected in (self.expected, replace(self.expected, external_ref=first.external_ref)):
            self.assertEqual(
                self.adapter.announce(expected, "key").external_ref, first.external_ref
            )
        self.assertEqual(self.peer.count_calls("POST", CREATE), 1)
        self.assertEqual(self.peer.count_calls("PUT", ""), 0)

    def test_changed_until_it_arrives(self):
        first = self.adapter.announce(self.expected, "key")
        changed = replace(
            with_line(self.expected, 0, quantity=Decimal(1)), parcels=(ExpectedParcel("1Z9"),)
        )
        self.assertIsNone(self.adapter.find(changed))
        self.assertEqual(self.adapter.announce(changed, "key 2").external_ref, first.external_ref)
        row = self.peer.get(self.number)
        self.assertEqual((row["inventory"][0]["quantity"], row["tracking_number"]), (1, "1Z9"))
        self.assertEqual(self.adapter.find(changed).external_ref, first.external_ref)
        self.peer.arrive(self.number)
        self.assertTrue(self.adapter.announce(changed, "key 3"))
        for act in (self.adapter.announce, self.adapter.cancel):
            with self.assertRaisesRegex(RejectedError, "“Arrived”"):
                act(self.expected, "key 4")

    def test_a_lost_answer_is_looked_for_and_not_made_twice(self):
        for kind in ("lose_answer", "garbage"):
            with self.subTest(kind):
                expected = replace(self.expected, number=kind)
                self.peer.break_down(kind, path=CREATE, method="POST")
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter.announce(expected, "key")
                self.assertTrue(self.adapter.find(expected))
                self.assertTrue(self.adapter.announce(expected, "key"))
                made = [r for r in self.peer.returns.values() if r["reference_id"] == kind]
                self.assertEqual(len(made), 1)
        self.peer.break_down("drop", path=CREATE, method="POST")
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.announce(self.expected, "key")
        self.assertIsNone(self.adapter.find(self.expected))

    def test_asked_whether_it_is_gone(self):
        empty = replace(self.expected, lines=())
        self.assertIsNone(self.adapter.find(empty))
        self.adapter.announce(self.expected, "key")
        self.assertTrue(self.adapter.find(empty))
        self.adapter.cancel(empty, "key")
        self.assertIsNone(self.adapter.find(empty))

    def test_cancelled_as_often_as_wanted(self):
        self.adapter.announce(self.expected, "key")
        self.peer.break_down("lose_answer", path=":cancel", method="POST")
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.cancel(self.expected, "key")
        for _attempt in range(2):
            self.assertEqual(self.adapter.cancel(self.expected, "key").status, "Cancelled")
        self.assertEqual(self.peer.count_calls("POST", ":cancel"), 1)
        self.assertIsNone(self.adapter.find(self.expected))
        report = self._fetch_report()
        self.assertEqual((report.status, report.is_final), ("Cancelled", True))

    def test_failures_say_what_is_known(self):
        for status, error in (
            (500, UnknownOutcomeError),
            (401, RejectedError),
            (400, RejectedError),
        ):
            with self.subTest(status=status):
                self.peer.break_down("status", path=CREATE, method="POST", status=status)
                with self.assertRaises(error):
                    self.adapter.announce(self.expected, "key")
        self.peer.remaining_calls = 1
        with self.assertRaises(TemporaryError) as caught:
            self.adapter.announce(self.expected, "key")
        self.assertEqual(caught.exception.retry_after, 25)
        self.assertFalse(self.peer.returns)

    def test_bad_input_is_refused_in_words(self):
        for expected, words in (
            (with_line(self.expected, 0, sku="TEE-M"), "inventory ID"),
            (with_line(self.expected, 0, sku="77"), "Inventory 77 is not known"),
            (with_line(self.expected, 0, quantity=Decimal("0.5")), "whole units"),
            (replace(self.expected, lines=()), "which products"),
            (replace(self.expected, warehouse_code="PA1"), "buildings by a number"),
            (replace(self.expected, warehouse_code="23"), "fulfillment center is not known"),
            (replace(self.expected, number="R" * 51), "at most 50"),
        ):
            with self.subTest(words), self.assertRaisesRegex(RejectedError, words):
                self.adapter.announce(expected, "key")
        with self.assertRaisesRegex(RejectedError, "channel"):
            self._make_adapter(channel_id="").check()
        with self.assertRaisesRegex(RejectedError, "credentials"):
            self._make_adapter(token="wrong").check()
        self.adapter.check()

    def test_one_line_gives_many_results(self):
        self.adapter.announce(self.expected, "key")
        self.assertEqual(self._fetch_all()[0], [])
        self.peer.arrive(self.number)
        report = self._fetch_report()
        self.assertTrue(report.arrived_at)
        self.assertEqual((report.units, report.is_final), ((), False))
        self.peer.process(self.number, SHIRT, "Restock")
        self.peer.process(self.number, SHIRT, "Quarantine", reason="Torn", picture="a.png")
        report = self._fetch_report()
        self.assertEqual(
            tell_units(report), [(str(SHIRT), 1, "quarantine"), (str(SHIRT), 1, "restock")]
        )
        torn = report.units[1]
        self.assertEqual(torn.condition_code, "Torn")
        picture = self.adapter.load_photo(torn.photos[0])
        self.assertEqual((picture.content, picture.mimetype), (PICTURE, "image/png"))
        self.peer.complete(self.number)
        report = self._fetch_report()
        self.assertTrue(report.is_final)
        self.assertIn((str(MUG), 1, "missing"), tell_units(report))

    def test_reports_of_one_state_are_told_apart(self):
        self.adapter.announce(self.expected, "key")
        self.peer.arrive(self.number)
        moments = []
        for _unit in range(2):
            self.peer.process(self.number, SHIRT, "Restock")
            moments.append(self._fetch_report().moment)
        self.assertLess(*moments)

    def test_an_unknown_action_waits_in_quarantine(self):
        self.adapter.announce(self.expected, "key")
        self.peer.process(self.number, MUG, "Teleport")
        (unit,) = self._fetch_report().units
        self.assertEqual((unit.disposition, unit.disposition_code), ("quarantine", "Teleport"))

    def test_pictures_only_from_where_they_may_be(self):
        for url, error in (
            (f"{self.peer.url}/pictures/a.html", RejectedError),
            (f"{self.peer.url}/pictures/a.moved", TemporaryError),
            ("http://pictures.example.com/a.png", RejectedError),
        ):
            with self.subTest(url), self.assertRaises(error):
                self.adapter.load_photo(Photo(url=url))
        with self.assertRaisesRegex(RejectedError, "not one of a warehouse"):
            self._make_adapter(base_url=shipbob.BASE_URL).load_photo(
                Photo(url=f"{self.peer.url}/pictures/a.png")
            )

    def test_fees_are_exact_and_told_once(self):
        self.adapter.announce(self.expected, "key")
        self.peer.complete(self.number)
        for kind, amount in (("Return Processing", 3.1), ("Return Processing", 0.2), ("Label", 8)):
            self.peer.charge(self.number, kind, amount, "CAD")
        events = [event for event in self._fetch_all()[0] if event.type == "fee.charged"]
        fees = [event.fees[0] for event in events]
        self.assertEqual(
            [(fee.amount, fee.currency, fee.kind) for fee in fees],
            [
                (Decimal("3.1"), "CAD", "receiving"),
                (Decimal("0.2"), "CAD", "receiving"),
                (Decimal("8"), "CAD", "shipping"),
            ],
        )
        self.assertEqual(len({fee.ref for fee in fees}), 3)
        again = [event.event_id for event in self._fetch_all()[0] if event.type == "fee.charged"]
        self.assertEqual(again, [event.event_id for event in events])
        # A bill that comes later is no new report of the goods.
        report = self._fetch_report()
        self.peer.charge(self.number, "Label", 1)
        self.assertEqual(self._fetch_report().event_id, report.event_id)

    def test_what_nobody_announced(self):
        row = self.peer.come_back("S00077", "1Z777")
        unexpected, report = self._fetch_all()[0]
        self.assertEqual(unexpected.type, "return.unexpected")
        self.assertEqual(unexpected.parcel.tracking_number, "1Z777")
        self.assertEqual(unexpected.order_ref, "S00077")
        self.assertEqual((report.number, report.external_ref), ("", str(row["id"])))

    def test_polling_goes_on_where_it_stopped(self):
        self.enterContext(patch.object(shipbob, "PAGE_SIZE", 2))
        for number in range(5):
            expected = replace(self.expected, number=f"RET/{number}")
            self.adapter.announce(expected, "key")
            self.peer.arrive(expected.number)
        for number in range(3):
            self.peer.complete(f"RET/{number}")
        events, cursor = self._fetch_all()
        self.assertEqual({event.number for event in events}, {f"RET/{n}" for n in range(5)})
        # Completed ones are read for a week, for their bills; older ones no more.
        old = (datetime.now(UTC) - timedelta(days=8)).isoformat()
        self.peer.get("RET/0")["completed_date"] = old
        events, _cursor = self._fetch_all(cursor)
        self.assertEqual({event.number for event in events}, {f"RET/{n}" for n in range(1, 5)})
        self.assertTrue(self.adapter.fetch("nonsense").cursor)

    def test_one_return_at_once(self):
        announced = self.adapter.announce(self.expected, "key")
        self.peer.arrive(self.number)
        (event,) = self.adapter.fetch_return(self.expected)
        known = replace(self.expected, external_ref=announced.external_ref)
        self.assertEqual(self.adapter.fetch_return(known)[0].event_id, event.event_id)

    def test_messages_are_believed_only_when_they_are_shipbobs(self):
        self.adapter.announce(self.expected, "key")
        self.peer.process(self.number, SHIRT, "Restock", 2)
        headers, body = self.peer.notify(self.number)
        self.adapter.verify_webhook(headers, body)
        (told,) = self.adapter.parse_webhook(headers, body)
        self.assertEqual(told.event_id, self._fetch_report().event_id)
        wrapped = json.dumps({"data": json.loads(body)}).encode()
        self.assertEqual(self.adapter.parse_webhook({}, wrapped)[0].event_id, told.event_id)
        several = f"v1,nonsense v1a,other {headers['webhook-signature']}"
        self.adapter.verify_webhook({**headers, "webhook-signature": several}, body)
        late, early = (datetime.now(UTC) + timedelta(minutes=m) for m in (-6, 6))
        for wrong in (
            {},
            {**headers, "webhook-signature": "v1,wrong"},
            {**headers, "webhook-signature": ""},
            {**headers, "webhook-timestamp": "yesterday"},
            {**headers, "webhook-id": "msg_other"},
            self.peer.sign(body + b" "),
            self.peer.sign(body, late),
            self.peer.sign(body, early),
        ):
            with self.assertRaises(InvalidSignatureError):
                self.adapter.verify_webhook(wrong, body)
        for secret in ("", "whsec_???"):
            with self.assertRaises(InvalidSignatureError):
                self._make_adapter(webhook_secret=secret).verify_webhook(headers, body)

    def test_messages_nobody_can_read(self):
        self.assertEqual(
            self.adapter.parse_webhook({"x-webhook-topic": "order.shipped"}, b"nonsense"), ()
        )
        self.assertEqual(self.adapter.parse_webhook({}, b'{"id": 1}'), ())
        for body in (b"", b"[]", b'{"inventory": [{}]}', b'{"id": 1, "inventory": [{"id": 1}]}'):
            with self.subTest(body), self.assertRaises(RejectedError):
                self.adapter.parse_webhook({}, body)

    def test_every_wish_has_a_code_of_the_contract(self):
        for value in vocabulary.REQUESTED:
            code = vocabulary.to_theirs("shipbob", "requested", value)
            self.assertFalse(find_faults("shipbob", "Returns.ReturnAction", code), value)
