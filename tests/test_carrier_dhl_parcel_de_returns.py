"""DHL's adapter against a peer that speaks its documented contract."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from unittest import TestCase

from odoo.addons.helloword_returns.carriers.base import Parcel
from odoo.addons.helloword_returns.carriers.dhl_parcel_de_returns import (
    DhlParcelDeReturnsAdapter,
)
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

from .barcode_reader import read_barcodes
from .carrier_requests import SHIRT, make_label_request
from .peers.dhl_parcel_de_returns import DhlPeer

ORDERS = "/orders"


class TestDhlParcelDeReturns(TestCase):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(DhlPeer())
        self.adapter = self._make_adapter()
        self.request = make_label_request("DE", "DE")

    def _make_adapter(self, **values):
        credentials = {
            "api_key": self.peer.api_key,
            "api_secret": self.peer.api_secret,
            "username": self.peer.username,
            "password": self.peer.password,
            "base_url": self.peer.url,
        }
        return DhlParcelDeReturnsAdapter(**credentials | values)

    def _buy(self, request=None):
        request = request or self.request
        draft = self.adapter.prepare(request)
        return self.adapter.buy(request, draft.provider_ref, "", "key")

    def test_label_and_code_are_read_by_a_scanner(self):
        label = self._buy(replace(self.request, wants_qr=True))
        kinds = {file.kind: file for file in label.files}
        self.assertIn(label.tracking_number, read_barcodes(kinds["label"].content))
        self.assertIn(label.tracking_number, read_barcodes(kinds["qr"].content))
        self.assertEqual((label.charge_event, label.cost), ("scan", None))
        self.assertNotIn("label", label.raw)
        plain = self._buy(replace(self.request, wants_qr=False))
        self.assertEqual([file.kind for file in plain.files], ["label"])

    def test_customer_is_the_shipper_and_the_house_number_stands_apart(self):
        for street, street2, wanted in (
            ("Hauptstr. 12a", "", ("Hauptstr.", "12a")),
            ("Straße des 17. Juni 135", "", ("Straße des 17. Juni", "135")),
            ("12 Rue Royale", "", ("Rue Royale", "12")),
            ("Am Hang", "7", ("Am Hang", "7")),
            ("Hauptstr. 12 b", "", ("Hauptstr.", "12 b")),
        ):
            with self.subTest(street):
                customer = replace(self.request.customer, street=street, street2=street2)
                label = self._buy(replace(self.request, customer=customer))
                shipper = self.peer.orders[label.provider_ref]["shipper"]
                self.assertEqual((shipper["addressStreet"], shipper["addressHouse"]), wanted)
        customer = replace(self.request.customer, street="Am Hang", street2="")
        with self.assertRaisesRegex(RejectedError, "no house number"):
            self.adapter.prepare(replace(self.request, customer=customer))

    def test_receiver_of_the_country(self):
        self.assertTrue(self.adapter.prepare(self.request).provider_ref.endswith("@deu"))
        adapter = self._make_adapter(receivers={"DE": "fra"})
        self.assertTrue(adapter.prepare(self.request).provider_ref.endswith("@fra"))
        customer = replace(self.request.customer, country="SE")
        with self.assertRaisesRegex(RejectedError, "No receiver of returns from SE"):
            self.adapter.prepare(replace(self.request, customer=customer))

    def test_goods_from_outside_the_union(self):
        shirt = replace(SHIRT, currency="EUR")
        label = self._buy(make_label_request("CH", "DE", items=(shirt,)))
        item = self.peer.orders[label.provider_ref]["customsDetails"]["items"][0]
        self.assertEqual((item["countryOfOrigin"], item["hsCode"]), ("PRT", "610910"))
        self.assertEqual(item["itemValue"], {"currency": "EUR", "value": 19.9})
        for items, words in (
            ((), "list of the goods"),
            ((replace(shirt, currency="USD"),), "not in USD"),
            ((replace(shirt, weight=Decimal(0)),), "weight and a value"),
            ((shirt,) * 21, "at most 20"),
        ):
            with self.assertRaisesRegex(RejectedError, words):
                self.adapter.prepare(make_label_request("CH", "DE", items=items))
        self.assertEqual(len(self.peer.orders), 1)

    def test_too_heavy(self):
        with self.assertRaisesRegex(RejectedError, "31.5 kg"):
            self.adapter.prepare(replace(self.request, parcel=Parcel(Decimal(32))))

    def test_one_login_for_many_calls(self):
        self._buy()
        self._buy()
        self.assertEqual(self.peer.count_calls("POST", "/token"), 1)

    def test_a_token_that_was_forgotten_is_fetched_anew(self):
        self._buy()
        self.peer.tokens.clear()
        self._buy()
        self.assertEqual(self.peer.count_calls("POST", "/token"), 2)
        self.assertEqual(len(self.peer.orders), 2)

    def test_a_token_near_its_end_is_not_used(self):
        self.peer.token_lifetime = 30
        self._buy()
        self.assertGreater(self.peer.count_calls("POST", "/token"), 1)

    def test_wrong_password(self):
        with self.assertRaisesRegex(RejectedError, "Invalid credentials"):
            self._make_adapter(password="wrong").check()
        self.adapter.check()

    def test_a_lost_answer_stays_unknown(self):
        draft = self.adapter.prepare(self.request)
        for kind in ("lose_answer", "garbage"):
            with self.subTest(kind):
                self.peer.break_down(kind, path=ORDERS)
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter.buy(self.request, draft.provider_ref, "", "key")
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.fetch(self.request, draft.provider_ref)
        self.assertNotIn("look_up", self.adapter.capabilities)

    def test_failures_say_what_is_known(self):
        draft = self.adapter.prepare(self.request)
        for status, headers, error in (
            (429, {"Retry-After": "9"}, TemporaryError),
            (500, {}, UnknownOutcomeError),
            (403, {}, RejectedError),
            (422, {}, RejectedError),
        ):
            with self.subTest(status=status):
                self.peer.break_down("status", path=ORDERS, status=status, headers=headers)
                with self.assertRaises(error):
                    self.adapter.buy(self.request, draft.provider_ref, "", "key")
        self.assertFalse(self.peer.orders)

    def test_dhl_says_what_is_wrong(self):
        customer = replace(self.request.customer, zip="??")
        request = replace(self.request, customer=customer)
        with self.assertRaisesRegex(RejectedError, "postalCode"):
            self.adapter.buy(request, "x@deu", "", "key")

    def test_no_way_back(self):
        with self.assertRaises(RejectedError):
            self.adapter.void("1")
        self.assertNotIn("void", self.adapter.capabilities)

    def test_tracking_in_the_order_of_time(self):
        label = self._buy()
        number = label.tracking_number
        self.assertEqual(self.adapter.track(number).status, "pending")
        self.peer.move(number, "transit", "2026-11-30T09:00:00+01:00", "Berlin")
        self.peer.move(number, "delivered", "2026-12-01T08:00:00+01:00", "Hamburg")
        tracking = self.adapter.track(number)
        self.assertEqual(tracking.status, "delivered")
        self.assertEqual([event.city for event in tracking.events], ["Berlin", "Hamburg"])
        self.assertEqual(
            tracking.events[0].moment.astimezone(UTC), datetime(2026, 11, 30, 8, tzinfo=UTC)
        )
        with self.assertRaisesRegex(RejectedError, "No shipment"):
            self.adapter.track("123")
