"""Shippo's adapter against a peer that speaks its documented contract."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from unittest import TestCase

from odoo.addons.helloword_returns.carriers.base import TRACKING_STATUSES, InvalidSignatureError
from odoo.addons.helloword_returns.carriers.shippo import STATUSES, SUBSTATUSES, ShippoAdapter
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

from .barcode_reader import read_barcodes
from .carrier_requests import make_label_request
from .peers.shippo import ShippoPeer

BUY = r"/transactions\Z"


class TestShippo(TestCase):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(ShippoPeer())
        self.adapter = ShippoAdapter(
            self.peer.api_key, self.peer.webhook_secret, base_url=self.peer.url
        )
        self.request = make_label_request()

    def _buy(self, request=None):
        request = request or self.request
        draft = self.adapter.prepare(request)
        return self.adapter.buy(request, draft.provider_ref, draft.rates[0].ref, "key")

    def test_label_and_code_are_read_by_a_scanner(self):
        draft = self.adapter.prepare(self.request)
        self.assertEqual([rate.amount for rate in draft.rates], [Decimal("8.15"), Decimal("9.80")])
        label = self._buy(replace(self.request, number="LBL/2", wants_qr=True))
        kinds = {file.kind: file for file in label.files}
        self.assertIn(label.tracking_number, read_barcodes(kinds["label"].content))
        self.assertIn(label.tracking_number, read_barcodes(kinds["qr"].content))
        self.assertEqual((label.cost, label.currency), (Decimal("8.15"), "USD"))
        self.assertEqual((label.carrier, label.charge_event), ("UPS", "scan"))

    def test_addresses_stay_in_the_direction_of_the_sale(self):
        draft = self.adapter.prepare(self.request)
        shipment = self.peer.shipments[draft.provider_ref]
        self.assertEqual(shipment["address_to"]["name"], self.request.customer.name)
        self.assertEqual(shipment["address_from"]["company"], self.request.destination.company)
        self.assertTrue(shipment["extra"]["is_return"])

    def test_customs_say_returned_goods(self):
        request = make_label_request("CA", "US")
        draft = self.adapter.prepare(request)
        declaration = self.peer.shipments[draft.provider_ref]["customs_declaration"]
        self.assertEqual(declaration["contents_type"], "RETURN_MERCHANDISE")
        self.assertEqual(declaration["items"][0]["net_weight"], "0.4")
        self.assertEqual(declaration["items"][0]["value_amount"], "39.80")
        draft = self.adapter.prepare(replace(request, items=()))
        self.assertFalse(draft.rates)
        self.assertIn("customs declaration", draft.messages[0])

    def test_a_purchase_that_failed_is_a_refusal_although_http_says_created(self):
        self.peer.next_status = "ERROR"
        with self.assertRaisesRegex(RejectedError, "account has expired"):
            self._buy()
        self.assertTrue(self._buy().tracking_number)

    def test_a_purchase_that_takes_time_is_looked_for(self):
        draft = self.adapter.prepare(self.request)
        self.peer.next_status = "QUEUED"
        for _attempt in range(2):
            with self.assertRaises(UnknownOutcomeError):
                self.adapter.buy(self.request, draft.provider_ref, draft.rates[0].ref, "key")
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.fetch(self.request, draft.provider_ref)
        self.peer.finish(self.peer.transactions[0]["tracking_number"])
        self.assertTrue(self.adapter.fetch(self.request, draft.provider_ref).files)
        self.assertEqual(len(self.peer.transactions), 1)

    def test_a_lost_answer_is_looked_for_and_not_bought_again(self):
        for kind in ("lose_answer", "garbage"):
            with self.subTest(kind):
                request = replace(self.request, number=kind)
                draft = self.adapter.prepare(request)
                self.peer.break_down(kind, path=BUY, method="POST")
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter.buy(request, draft.provider_ref, draft.rates[0].ref, "key")
                self.assertTrue(
                    self.adapter.buy(request, draft.provider_ref, draft.rates[0].ref, "key")
                )
                made = [row for row in self.peer.transactions if row["metadata"] == kind]
                self.assertEqual(len(made), 1)

    def test_found_on_a_later_page(self):
        first = self._buy()
        for number in range(30):
            self._buy(replace(self.request, number=f"OTHER/{number}"))
        self.assertEqual(
            self.adapter.fetch(self.request, "").tracking_number, first.tracking_number
        )

    def test_what_was_not_bought_is_not_found(self):
        draft = self.adapter.prepare(self.request)
        self.peer.break_down("drop", path=BUY, method="POST")
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.buy(self.request, draft.provider_ref, draft.rates[0].ref, "key")
        self.assertIsNone(self.adapter.fetch(self.request, draft.provider_ref))

    def test_a_label_that_does_not_load_was_bought_all_the_same(self):
        draft = self.adapter.prepare(self.request)
        self.peer.break_down("drop", path="/files/", times=9)
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.buy(self.request, draft.provider_ref, draft.rates[0].ref, "key")
        self.peer.faults.clear()
        self.assertTrue(self.adapter.fetch(self.request, draft.provider_ref).files)

    def test_failures_say_what_is_known(self):
        draft = self.adapter.prepare(self.request)
        for status, headers, error in (
            (429, {"Retry-After": "17"}, TemporaryError),
            (502, {}, UnknownOutcomeError),
            (401, {}, RejectedError),
            (400, {}, RejectedError),
        ):
            with self.subTest(status=status):
                self.peer.break_down(
                    "status", path=BUY, method="POST", status=status, headers=headers
                )
                with self.assertRaises(error):
                    self.adapter.buy(self.request, draft.provider_ref, draft.rates[0].ref, "key")
        self.assertFalse(self.peer.transactions)

    def test_no_rate_and_why(self):
        request = replace(self.request, customer=replace(self.request.customer, zip="00000"))
        draft = self.adapter.prepare(request)
        self.assertEqual(draft.messages, ("UPS: The address is not deliverable.",))

    def test_wrong_token(self):
        with self.assertRaisesRegex(RejectedError, "Token does not exist"):
            ShippoAdapter("wrong", base_url=self.peer.url).check()
        self.adapter.check()

    def test_void_is_followed(self):
        label = self._buy()
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.fetch_void(label.provider_ref)
        self.assertEqual(self.adapter.void(label.provider_ref).state, "submitted")
        for status, state in (
            ("PENDING", "submitted"),
            ("ERROR", "refused"),
            ("SUCCESS", "voided"),
        ):
            self.peer.settle_refund(status)
            self.assertEqual(self.adapter.fetch_void(label.provider_ref).state, state)

    def test_tracking_by_message_and_by_asking(self):
        label = self._buy()
        code = label.tracking_number
        self.peer.move(code, "TRANSIT", "2026-11-30T08:00:00Z", "package_accepted", "Reno")
        body = self.peer.move(code, "TRANSIT", "2026-12-01T08:00:00Z", "delayed", "Reno")
        notice = self.adapter.parse_webhook(body)
        self.assertEqual(notice.provider_ref, label.provider_ref)
        for tracking in (notice.tracking, self.adapter.track(code, "USPS")):
            self.assertEqual(tracking.status, "delivery_delayed")
            self.assertEqual(
                [event.status for event in tracking.events], ["picked_up", "delivery_delayed"]
            )
            self.assertEqual(tracking.events[0].moment, datetime(2026, 11, 30, 8, tzinfo=UTC))
        with self.assertRaises(RejectedError):
            self.adapter.track(code)

    def test_messages_by_token_or_by_signature(self):
        body = b'{"event": "batch_created", "data": {}}'
        self.adapter.verify_webhook({}, body, {"token": self.peer.webhook_secret})
        self.adapter.verify_webhook(self.peer.sign(body), body)
        for headers, query in (
            ({}, {}),
            ({}, {"token": "wrong"}),
            (self.peer.sign(body + b" "), {"token": self.peer.webhook_secret}),
            (self.peer.sign(body, time.time() - 3600), {}),
            ({"Shippo-Auth-Signature": "nonsense"}, {}),
        ):
            with self.assertRaises(InvalidSignatureError):
                self.adapter.verify_webhook(headers, body, query)
        self.assertEqual(self.adapter.parse_webhook(body).topic, "ignored")

    def test_every_status_is_one_of_the_twelve(self):
        self.assertLessEqual({*STATUSES.values(), *SUBSTATUSES.values()}, set(TRACKING_STATUSES))
