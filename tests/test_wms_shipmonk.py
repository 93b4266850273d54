"""ShipMonk's adapter against a peer that keeps to ShipMonk's published contract."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest import TestCase

from odoo.addons.helloword_3pl.wms import vocabulary
from odoo.addons.helloword_3pl.wms.base import (
    CustomsReference,
    ExpectedParcel,
    InvalidSignatureError,
)
from odoo.addons.helloword_3pl.wms.shipmonk import PAGE_SIZE, ShipmonkAdapter
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)
from odoo.addons.helloword_returns.providers.http import HttpSession

from .contract import find_faults
from .expected_returns import make_expected, tell_units, with_line
from .peers.shipmonk import ShipmonkPeer

PUT = r"/returns\Z"


class TestShipmonk(TestCase):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(ShipmonkPeer())
        self.adapter = self._make_adapter()
        self.expected = make_expected()

    def tearDown(self):
        self.assertEqual(self.peer.breaches, [])
        super().tearDown()

    def _make_adapter(self, **values):
        defaults = {
            "api_key": self.peer.api_key,
            "store_id": str(self.peer.store_id),
            "webhook_user": self.peer.webhook_user,
            "webhook_password": self.peer.webhook_password,
            "webhook_secret": self.peer.webhook_secret,
            "base_url": self.peer.url,
        }
        return ShipmonkAdapter(**{**defaults, **values})

    def _complete(self, mode="fully_received", disposition="returned_to_inventory"):
        HttpSession(self.peer.url, headers={"Api-Key": self.peer.api_key}).post_json(
            "/v1/integrations/sandbox/complete-return",
            {
                "rma": self.expected.number,
                "completion_mode": mode,
                "final_disposition": disposition,
            },
        )

    def _fetch_one(self):
        page = self.adapter.fetch()
        self.assertEqual(len(page.events), 1)
        return page.events[0]

    def test_announced_as_wanted(self):
        announced = self.adapter.announce(self.expected, "key")
        row = self.peer.returns[self.expected.number]
        self.assertEqual(announced.external_ref, str(row["id"]))
        self.assertEqual(
            {
                (
                    item["product"]["sku"],
                    item["expected_quantity"],
                    item["desired_action"],
                )
                for item in row["items"]
            },
            {
                ("TEE-M", 2, "received_back_into_inventory"),
                ("MUG", 1, "damaged_not_resellable"),
            },
        )
        self.assertEqual(row["return_reason"], "reason_changed_mind")
        self.assertEqual(row["tracking_numbers"], ["9400100000000000000001"])
        self.assertEqual(row["note"], "MUG: destroy, otherwise destroy")

    def test_told_again_it_is_changed(self):
        first = self.adapter.announce(self.expected, "key")
        changed = replace(
            with_line(self.expected, 0, quantity=Decimal(1), reason="defective"),
            parcels=(*self.expected.parcels, ExpectedParcel("1Z999")),
            customs=CustomsReference(reimport_ref="26US1", vat_number="GB1"),
        )
        self.assertIsNone(self.adapter.find(changed))
        again = self.adapter.announce(changed, "key 2")
        self.assertEqual(first.external_ref, again.external_ref)
        row = self.peer.returns[self.expected.number]
        self.assertEqual(len(self.peer.returns), 1)
        self.assertEqual(row["tracking_numbers"], ["1Z999", "9400100000000000000001"])
        # Lines that do not agree on a reason have none.
        self.assertEqual(row["return_reason"], "reason_unknown")
        self.assertIn("import 26US1, VAT GB1", row["note"])
        self.assertEqual(self.adapter.find(changed).external_ref, first.external_ref)

    def test_a_lost_answer_is_looked_for(self):
        for kind in ("lose_answer", "garbage", "drop"):
            with self.subTest(kind):
                expected = replace(self.expected, number=kind)
                self.peer.break_down(kind, path=PUT, method="POST")
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter.announce(expected, "key")
                found = self.adapter.find(expected)
                self.assertEqual(found is None, kind == "drop")

    def test_failures_say_what_is_known(self):
        for status, error in (
            (502, UnknownOutcomeError),
            (401, RejectedError),
            (400, RejectedError),
        ):
            with self.subTest(status=status):
                self.peer.break_down("status", path=PUT, method="POST", status=status)
                with self.assertRaises(error):
                    self.adapter.announce(self.expected, "key")
        self.peer.be_busy(40)
        with self.assertRaises(TemporaryError) as caught:
            self.adapter.announce(self.expected, "key")
        self.assertAlmostEqual(caught.exception.retry_after, 40, delta=2)
        self.assertFalse(self.peer.returns)

    def test_bad_input_is_refused_in_words(self):
        for expected, words in (
            (with_line(self.expected, 0, sku="NO-SUCH"), "NO-SUCH not found"),
            (with_line(self.expected, 0, quantity=Decimal("1.5")), "whole units"),
            (with_line(self.expected, 0, quantity=Decimal(0)), "whole units"),
            (replace(self.expected, lines=()), "which products"),
            (replace(self.expected, warehouse_code="XX"), "Warehouse XX not found"),
        ):
            with self.subTest(words), self.assertRaisesRegex(RejectedError, words):
                self.adapter.announce(expected, "key")
        with self.assertRaisesRegex(RejectedError, "number of the store"):
            self._make_adapter(store_id="").announce(self.expected, "key")
        with self.assertRaisesRegex(RejectedError, "Invalid API key"):
            self._make_adapter(api_key="wrong").check()
        self.adapter.check()

    def test_cannot_be_taken_back(self):
        self.adapter.announce(self.expected, "key")
        with self.assertRaisesRegex(RejectedError, "support"):
            self.adapter.cancel(self.expected, "key")

    def test_nothing_is_told_before_anything_came(self):
        self.adapter.announce(self.expected, "key")
        self.assertEqual(self.adapter.fetch().events, ())
        self.peer.set_status(self.expected.number, "en_route")
        self.assertEqual(self.adapter.fetch().events, ())

    def test_every_way_to_complete(self):
        shirts = {
            "fully_received": [("TEE-M", 2, "restock")],
            "short_received": [("TEE-M", 1, "missing"), ("TEE-M", 1, "restock")],
            "excess_received": [("TEE-M", 3, "restock")],
            "partially_received": [("TEE-M", 1, "missing"), ("TEE-M", 1, "restock")],
        }
        for mode, units in shirts.items():
            with self.subTest(mode):
                self.expected = make_expected(mode)
                self.expected = replace(self.expected, lines=self.expected.lines[:1])
                self.adapter.announce(self.expected, "key")
                self._complete(mode)
                (event,) = self.adapter.fetch_return(self.expected)
                self.assertEqual(tell_units(event), units)
                self.assertTrue(event.is_final)
                self.assertTrue(event.arrived_at)
                self.assertEqual(event.number, mode)

    def test_every_disposition(self):
        for code, ours in (
            ("reworked", "refurbish"),
            ("return_to_merchant", "return_to_seller"),
            ("dispose", "destroy"),
            ("donate", "donate"),
        ):
            self.expected = make_expected(code)
            self.adapter.announce(self.expected, "key")
            self._complete(disposition=code)
            (event,) = self.adapter.fetch_return(self.expected)
            self.assertEqual({unit.disposition for unit in event.units}, {ours})
            self.assertIn(ours, vocabulary.FINAL)

    def test_one_line_gives_many_results(self):
        self.adapter.announce(self.expected, "key")
        lot = {"lot_number": "L7", "expiration_date": "2027-05-01T00:00:00+00:00"}
        self.peer.receive(self.expected.number, "TEE-M", 1, "returned_to_inventory", lot)
        self.peer.receive(self.expected.number, "TEE-M", 1)
        event = self._fetch_one()
        self.assertFalse(event.is_final)
        self.assertEqual(tell_units(event), [("TEE-M", 1, ""), ("TEE-M", 1, "restock")])
        self.assertEqual((event.units[0].lot, event.units[0].expiry), ("L7", date(2027, 5, 1)))
        self.assertEqual(len({unit.unit_ref for unit in event.units}), 2)

    def test_an_empty_parcel_and_one_that_never_came(self):
        self.adapter.announce(self.expected, "key")
        self.peer.set_status(self.expected.number, "not_arrived")
        event = self._fetch_one()
        self.assertEqual(tell_units(event), [("MUG", 1, "missing"), ("TEE-M", 2, "missing")])
        self.assertFalse(event.is_final)

    def test_the_same_told_again_is_the_same_event(self):
        self.adapter.announce(self.expected, "key")
        self.peer.receive(self.expected.number, "TEE-M", 1)
        headers, body = self.peer.notify(self.expected.number)
        (told,) = self.adapter.parse_webhook(headers, body)
        self.assertEqual(self._fetch_one().event_id, told.event_id)
        self.peer.receive(self.expected.number, "MUG", 1)
        self.assertNotEqual(self._fetch_one().event_id, told.event_id)

    def test_polling_goes_on_where_it_stopped(self):
        for number in range(PAGE_SIZE + 5):
            expected = make_expected(f"RET/{number}")
            self.adapter.announce(expected, "key")
            self.peer.receive(expected.number, "MUG", 1)
        first = self.adapter.fetch()
        self.assertTrue(first.has_more)
        second = self.adapter.fetch(first.cursor)
        self.assertFalse(second.has_more)
        self.assertEqual(len({e.event_id for e in first.events + second.events}), PAGE_SIZE + 5)
        # Nothing from before the overlap is asked for again.
        for number in range(PAGE_SIZE + 5):
            self.peer.set_status(
                f"RET/{number}", "in_progress", datetime.now(UTC) - timedelta(hours=1)
            )
        self.peer.receive("RET/3", "TEE-M", 2)
        third = self.adapter.fetch(second.cursor)
        self.assertEqual([event.number for event in third.events], ["RET/3"])

    def test_messages_are_believed_only_when_they_are_shipmonks(self):
        self.adapter.announce(self.expected, "key")
        self.peer.receive(self.expected.number, "MUG", 1)
        headers, body = self.peer.notify(self.expected.number)
        self.assertFalse(
            find_faults(
                "shipmonk",
                "Fulfillment_IntegrationsBundle_ApiResource_ReturnOutput",
                json.loads(body),
            )
        )
        self.adapter.verify_webhook(headers, body)
        self.adapter.verify_webhook(self.peer.sign(body, "base64"), body)
        for wrong in (
            {},
            {**headers, "Authorization": "Basic wrong"},
            {**headers, "Authorization": headers["Authorization"].replace("Basic", "Bearer")},
            {**headers, "X-Sm-Signature": "00"},
            {**headers, "X-Sm-Signature": "ünicode"},
            {"Authorization": headers["Authorization"]},
            self.peer.sign(body + b" "),
        ):
            with self.assertRaises(InvalidSignatureError):
                self.adapter.verify_webhook(wrong, body)
        # Without a secret of the signature the password decides, and without both nothing passes.
        self._make_adapter(webhook_secret="").verify_webhook(
            {"Authorization": headers["Authorization"]}, body
        )
        with self.assertRaises(InvalidSignatureError):
            self._make_adapter(webhook_password="").verify_webhook(headers, body)

    def test_old_messages_are_not_believed(self):
        self.adapter.announce(self.expected, "key")
        for hours in (-7, 7):
            moment = datetime.now(UTC) + timedelta(hours=hours)
            self.peer.set_status(self.expected.number, "returned", moment)
            headers, body = self.peer.notify(self.expected.number)
            with self.assertRaises(InvalidSignatureError):
                self.adapter.verify_webhook(headers, body)

    def test_messages_nobody_can_read(self):
        self.assertEqual(self.adapter.parse_webhook({}, b'{"order_key": "1"}'), ())
        for body in (b"", b"[]", b"\xff", b'{"rma": "1"}', b'{"rma": "1", "status": []}'):
            with self.assertRaises(RejectedError):
                self.adapter.parse_webhook({}, body)

    def test_every_code_of_the_contract_has_a_word(self):
        prefix = "ShipMonk_Warehouse_Returns_Enum_"
        for row in vocabulary.read_codes():
            if row["scheme"] != "shipmonk":
                continue
            definition = {
                "requested": f"{prefix}ReturnItemStatus",
                "final": f"{prefix}ReturnItemFinalDisposition",
                "reason": f"{prefix}ReturnReason",
            }[row["field"]]
            self.assertFalse(find_faults("shipmonk", definition, row["code"]), row)
        for value in vocabulary.REQUESTED:
            self.assertTrue(vocabulary.to_theirs("shipmonk", "requested", value), value)
