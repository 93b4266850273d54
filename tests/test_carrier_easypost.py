"""EasyPost's adapter against a peer that speaks its documented contract."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from unittest import TestCase

from odoo.addons.helloword_returns.carriers.base import InvalidSignatureError
from odoo.addons.helloword_returns.carriers.easypost import EasyPostAdapter
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

from .carrier_requests import make_label_request
from .peers.easypost import EasyPostPeer


class TestEasyPost(TestCase):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(EasyPostPeer())
        self.adapter = EasyPostAdapter(
            self.peer.api_key, self.peer.webhook_secret, base_url=self.peer.url
        )
        self.request = make_label_request()

    def _buy(self, request=None):
        request = request or self.request
        draft = self.adapter.prepare(request)
        return draft, self.adapter.buy(request, draft.provider_ref, draft.rates[0].ref, "key")

    def test_label_is_bought_and_loaded(self):
        draft, label = self._buy()
        self.assertEqual(
            [rate.amount for rate in draft.rates], sorted(r.amount for r in draft.rates)
        )
        self.assertEqual((label.cost, label.currency), (Decimal("8.92"), "USD"))
        self.assertEqual(label.provider_ref, draft.provider_ref)
        self.assertTrue(label.files[0].content.startswith(b"%PDF"))
        self.assertEqual(len(self.peer.charges), 1)

    def test_addresses_stay_in_the_direction_of_the_sale(self):
        draft, _label = self._buy()
        shipment = self.peer.shipments[draft.provider_ref]
        self.assertTrue(shipment["is_return"])
        self.assertEqual(shipment["to_address"]["name"], self.request.customer.name)
        self.assertEqual(shipment["from_address"]["company"], self.request.destination.company)

    def test_units_are_ounces_and_inches_rounded_up(self):
        draft, _label = self._buy()
        parcel = self.peer.shipments[draft.provider_ref]["parcel"]
        self.assertEqual(parcel["weight"], 28.3)  # 0.8 kg = 28.219 oz
        self.assertEqual(parcel["length"], 11.9)  # 30 cm = 11.811 in

    def test_a_lost_answer_is_asked_for_and_not_bought_again(self):
        draft = self.adapter.prepare(self.request)
        self.peer.break_down("lose_answer", path="/buy")
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.buy(self.request, draft.provider_ref, draft.rates[0].ref, "key")
        label = self.adapter.fetch(self.request, draft.provider_ref)
        self.assertTrue(label.tracking_number)
        again = self.adapter.buy(self.request, draft.provider_ref, draft.rates[0].ref, "key")
        self.assertEqual(again.tracking_number, label.tracking_number)
        self.assertEqual(len(self.peer.charges), 1)

    def test_a_bought_label_whose_file_does_not_load_is_no_failure(self):
        for kind in ("drop", "garbage"):
            with self.subTest(kind):
                draft = self.adapter.prepare(self.request)
                self.peer.break_down(kind, path="/files/", times=9)
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter.buy(self.request, draft.provider_ref, draft.rates[0].ref, "key")
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter.buy(self.request, draft.provider_ref, draft.rates[0].ref, "key")
                self.peer.faults.clear()
                label = self.adapter.fetch(self.request, draft.provider_ref)
                self.assertTrue(label.files[0].content.startswith(b"%PDF"))

    def test_what_was_not_bought_is_not_found(self):
        draft = self.adapter.prepare(self.request)
        self.peer.break_down("drop", path="/buy")
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.buy(self.request, draft.provider_ref, draft.rates[0].ref, "key")
        self.assertIsNone(self.adapter.fetch(self.request, draft.provider_ref))

    def test_failures_say_what_is_known(self):
        draft = self.adapter.prepare(self.request)
        for status, headers, error in (
            (429, {"Retry-After": "17"}, TemporaryError),
            (503, {"Retry-After": "5"}, TemporaryError),
            (502, {}, UnknownOutcomeError),
            (401, {}, RejectedError),
            (422, {}, RejectedError),
        ):
            with self.subTest(status=status):
                self.peer.break_down("status", path="/buy", status=status, headers=headers)
                with self.assertRaises(error) as caught:
                    self.adapter.buy(self.request, draft.provider_ref, draft.rates[0].ref, "key")
                if status == 429:
                    self.assertEqual(caught.exception.retry_after, 17)
        self.assertFalse(self.peer.charges)

    def test_an_unreadable_answer_is_an_unknown_outcome(self):
        draft = self.adapter.prepare(self.request)
        self.peer.break_down("garbage", path="/buy")
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.buy(self.request, draft.provider_ref, draft.rates[0].ref, "key")

    def test_a_closed_port_was_certainly_not_reached(self):
        with EasyPostPeer() as gone:
            adapter = EasyPostAdapter(gone.api_key, base_url=gone.url)
        with self.assertRaises(TemporaryError):
            adapter.buy(self.request, "shp_1", "rate_1", "key")

    def test_asking_is_repeated_at_once(self):
        draft, _label = self._buy()
        self.peer.break_down("status", path="/shipments/shp", method="GET", status=502, times=2)
        self.assertTrue(self.adapter.fetch(self.request, draft.provider_ref))

    def test_the_service_says_why_there_is_no_rate(self):
        request = replace(self.request, customer=replace(self.request.customer, zip="00000"))
        draft = self.adapter.prepare(request)
        self.assertFalse(draft.rates)
        self.assertIn("not deliverable", draft.messages[0])

    def test_wrong_credentials(self):
        adapter = EasyPostAdapter("wrong", base_url=self.peer.url)
        with self.assertRaises(RejectedError):
            adapter.prepare(self.request)

    def test_void_is_followed(self):
        draft, _label = self._buy()
        self.assertEqual(self.adapter.void(draft.provider_ref).state, "submitted")
        headers, body = self.peer.settle_refund(draft.provider_ref, "refunded")
        self.adapter.verify_webhook(headers, body)
        notice = self.adapter.parse_webhook(body)
        self.assertEqual((notice.topic, notice.void.state), ("void", "voided"))
        self.assertEqual(self.adapter.fetch_void(draft.provider_ref).state, "voided")

    def test_tracking_by_message_and_by_asking(self):
        _draft, label = self._buy()
        headers, body = self.peer.move(
            label.tracking_number, "in_transit", "2026-11-24T08:30:00Z", city="Reno"
        )
        self.adapter.verify_webhook(headers, body)
        told = self.adapter.parse_webhook(body)
        asked = self.adapter.track(label.tracking_number)
        for tracking in (told.tracking, asked):
            self.assertEqual(tracking.status, "in_transit")
            self.assertEqual(tracking.events[0].city, "Reno")
            self.assertEqual(tracking.events[0].moment, datetime(2026, 11, 24, 8, 30, tzinfo=UTC))

    def test_a_forged_message_is_refused(self):
        headers, body = self.peer.sign({"description": "tracker.updated", "result": {}})
        with self.assertRaises(InvalidSignatureError):
            self.adapter.verify_webhook(headers, body + b" ")
        with self.assertRaises(InvalidSignatureError):
            self.adapter.verify_webhook({}, body)

    def test_the_secret_is_normalised(self):
        """EasyPost signs under the decomposed form of the secret, however it was typed."""
        headers, body = self.peer.sign({"description": "x", "result": {}})
        for typed in ("s\u00e9cret", "se\u0301cret"):
            EasyPostAdapter("key", typed, base_url=self.peer.url).verify_webhook(headers, body)
