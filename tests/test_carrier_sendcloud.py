"""Sendcloud's adapter against a peer that speaks its documented contract."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from unittest import TestCase

from odoo.addons.helloword_returns.carriers.base import (
    TRACKING_STATUSES,
    InvalidSignatureError,
    Parcel,
)
from odoo.addons.helloword_returns.carriers.sendcloud import STATUSES, SendcloudAdapter
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

from .barcode_reader import read_barcodes
from .carrier_requests import make_label_request
from .peers.sendcloud import SendcloudPeer


class TestSendcloud(TestCase):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(SendcloudPeer())
        self.adapter = self._make_adapter()
        self.request = make_label_request("DE", "DE")

    def _make_adapter(self, **values):
        return SendcloudAdapter(
            self.peer.public_key,
            **{"secret_key": self.peer.secret_key, "base_url": self.peer.url, **values},
        )

    def _buy(self, request=None):
        request = request or self.request
        draft = self.adapter.prepare(request)
        return draft, self.adapter.buy(request, draft.provider_ref, draft.rates[0].ref, "key")

    def test_label_is_bought_loaded_and_read_by_a_scanner(self):
        draft, label = self._buy()
        self.assertEqual([rate.amount for rate in draft.rates], [Decimal("5.40"), Decimal("6.15")])
        self.assertEqual([rate.days for rate in draft.rates], [3, 2])
        self.assertEqual((label.cost, label.currency), (Decimal("5.4"), "EUR"))
        self.assertEqual((label.carrier, label.service), ("dpd", "dpd:return/return"))
        self.assertIn(label.tracking_number, read_barcodes(label.files[0].content))
        self.assertEqual(len(self.peer.charges), 1)

    def test_addresses_as_the_parcel_travels(self):
        _draft, label = self._buy()
        made = self.peer.returns[int(label.provider_ref)]
        self.assertEqual(made["from_address"]["name"], self.request.customer.name)
        self.assertEqual(made["to_address"]["company_name"], self.request.destination.company)

    def test_goods_across_the_border_of_the_eu(self):
        request = make_label_request("CH", "DE")
        _draft, label = self._buy(request)
        made = self.peer.returns[int(label.provider_ref)]
        self.assertEqual(made["customs_information"]["export_reason"], "returned_goods")
        self.assertEqual(made["customs_information"]["invoice_number"], "INV/2026/0007")
        self.assertEqual(made["parcel_items"][0]["hs_code"], "610910")
        with self.assertRaisesRegex(RejectedError, "outside the EU"):
            self.adapter.prepare(replace(request, items=()))

    def test_checked_before_anything_is_paid(self):
        request = replace(self.request, customer=replace(self.request.customer, zip=""))
        with self.assertRaisesRegex(RejectedError, "required"):
            self.adapter.prepare(request)
        heavy = replace(self.request, parcel=Parcel(Decimal(40)))
        with self.assertRaisesRegex(RejectedError, "no shipping option"):
            self.adapter.prepare(heavy)
        self.assertFalse(self.peer.charges)

    def test_contract_and_service_of_the_account(self):
        adapter = self._make_adapter(service="own:contract/return", contract=77)
        draft = adapter.prepare(self.request)
        label = adapter.buy(self.request, draft.provider_ref, "", "key")
        made = self.peer.returns[int(label.provider_ref)]
        self.assertEqual(
            (made["ship_with"]["shipping_option_code"], made["ship_with"]["contract"]),
            ("own:contract/return", 77),
        )

    def test_a_lost_answer_is_looked_for_and_not_bought_again(self):
        draft = self.adapter.prepare(self.request)
        for kind in ("lose_answer", "garbage"):
            with self.subTest(kind):
                self.peer.break_down(kind, path="/announce-synchronously")
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter.buy(
                        replace(self.request, number=kind),
                        draft.provider_ref.replace(self.request.number, kind),
                        draft.rates[0].ref,
                        "key",
                    )
                found = self.adapter.fetch(
                    self.request, draft.provider_ref.replace(self.request.number, kind)
                )
                again = self.adapter.buy(
                    replace(self.request, number=kind),
                    draft.provider_ref.replace(self.request.number, kind),
                    draft.rates[0].ref,
                    "key",
                )
                self.assertEqual(again.tracking_number, found.tracking_number)
                self.assertEqual(self.peer.charges.count(kind), 1)

    def test_found_on_a_later_page(self):
        for number in range(45):
            self._buy(replace(self.request, number=f"LBL/{number:05d}"))
        draft = self.adapter.prepare(replace(self.request, number="LBL/00044"))
        self.assertTrue(self.adapter.fetch(self.request, draft.provider_ref))
        self.assertTrue(any(call.query.get("cursor") for call in self.peer.calls))

    def test_what_was_not_bought_is_not_found(self):
        draft = self.adapter.prepare(self.request)
        self.peer.break_down("drop", path="/announce-synchronously")
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.buy(self.request, draft.provider_ref, draft.rates[0].ref, "key")
        self.assertIsNone(self.adapter.fetch(self.request, draft.provider_ref))

    def test_a_label_that_does_not_load_was_bought_all_the_same(self):
        draft = self.adapter.prepare(self.request)
        self.peer.break_down("drop", path="/documents/label", times=9)
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.buy(self.request, draft.provider_ref, draft.rates[0].ref, "key")
        self.peer.faults.clear()
        self.assertTrue(self.adapter.fetch(self.request, draft.provider_ref).files)
        self.assertEqual(len(self.peer.charges), 1)

    def test_a_list_without_numbers_leaves_the_outcome_unknown(self):
        draft, label = self._buy()
        del self.peer.returns[int(label.provider_ref)]["id"]
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.fetch(self.request, draft.provider_ref)

    def test_failures_say_what_is_known(self):
        draft = self.adapter.prepare(self.request)
        for status, headers, error in (
            (429, {"Retry-After": "17"}, TemporaryError),
            (503, {"Retry-After": "5"}, TemporaryError),
            (502, {}, UnknownOutcomeError),
            (401, {}, RejectedError),
            (400, {}, RejectedError),
        ):
            with self.subTest(status=status):
                self.peer.break_down(
                    "status", path="/announce", method="POST", status=status, headers=headers
                )
                with self.assertRaises(error):
                    self.adapter.buy(self.request, draft.provider_ref, draft.rates[0].ref, "key")
        self.assertFalse(self.peer.charges)

    def test_wrong_keys(self):
        with self.assertRaisesRegex(RejectedError, "Invalid username"):
            self._make_adapter(secret_key="wrong").check()
        self.adapter.check()

    def test_cancelled_on_request(self):
        _draft, label = self._buy()
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.fetch_void(label.provider_ref)
        self.assertEqual(self.adapter.void(label.provider_ref).state, "submitted")
        self.assertEqual(self.adapter.fetch_void(label.provider_ref).state, "submitted")
        self.peer.settle_cancellation(int(label.provider_ref))
        self.assertEqual(self.adapter.fetch_void(label.provider_ref).state, "voided")
        again = self.adapter.void(label.provider_ref)
        self.assertEqual((again.state, "not cancellable" in again.message), ("refused", True))

    def test_a_cancelled_return_is_not_taken_for_ours(self):
        draft, label = self._buy()
        self.adapter.void(label.provider_ref)
        self.peer.settle_cancellation(int(label.provider_ref))
        self.assertIsNone(self.adapter.fetch(self.request, draft.provider_ref))

    def test_tracking_in_the_order_of_time(self):
        _draft, label = self._buy()
        self.peer.move(label.tracking_number, "picked-up-by-driver", "2026-11-30T09:00:00+01:00")
        self.peer.move(label.tracking_number, "at-sorting-centre", "2026-12-01T02:00:00+01:00")
        tracking = self.adapter.track(label.tracking_number)
        self.assertEqual([event.status for event in tracking.events], ["picked_up", "in_transit"])
        self.assertEqual(
            tracking.events[0].moment.astimezone(UTC), datetime(2026, 11, 30, 8, tzinfo=UTC)
        )
        self.assertEqual((tracking.status, tracking.carrier), ("in_transit", "dpd"))
        self.assertEqual(tracking.eta, datetime(2026, 12, 3))
        with self.assertRaisesRegex(RejectedError, "does not exist"):
            self.adapter.track("NOBODY")

    def test_messages_are_checked_and_read(self):
        _draft, label = self._buy()
        headers, body = self.peer.move(
            label.tracking_number, "delivered", "2026-12-02T10:00:00+00:00"
        )
        self.adapter.verify_webhook(headers, body)
        notice = self.adapter.parse_webhook(body)
        self.assertEqual((notice.topic, notice.tracking.status), ("tracking", "delivered"))
        self.assertEqual(notice.tracking.tracking_number, label.tracking_number)
        self.assertEqual(notice.event_id, self.adapter.parse_webhook(body).event_id)
        for wrong in ({}, {"Sendcloud-Signature": "0" * 64}, {"Sendcloud-Signature": "ü"}):
            with self.assertRaises(InvalidSignatureError):
                self.adapter.verify_webhook(wrong, body)
        self.assertEqual(
            self.adapter.parse_webhook(self.peer.sign({"action": "test_webhook"})[1]).topic,
            "ignored",
        )

    def test_every_status_is_one_of_the_twelve(self):
        self.assertLessEqual(set(STATUSES.values()), set(TRACKING_STATUSES))
