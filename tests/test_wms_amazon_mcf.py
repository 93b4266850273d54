"""Amazon's Multi-Channel Fulfillment against a peer that keeps to Amazon's published model."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from unittest import TestCase
from unittest.mock import patch

from odoo.addons.helloword_3pl.wms import amazon_mcf, vocabulary
from odoo.addons.helloword_3pl.wms.amazon_mcf import AmazonMcfAdapter
from odoo.addons.helloword_3pl.wms.state import fold
from odoo.addons.helloword_returns.providers import amazon
from odoo.addons.helloword_returns.providers.amazon import AmazonSession, Credentials
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

from .contract import find_faults, read_definition
from .expected_returns import make_expected, tell_units, with_line
from .peers.amazon_sp import REASONS, AmazonMcfPeer

CREATE = r"/return\Z"
ORDER = "S00042"


class _Forgetful(set):
    """Tokens that are never known again."""

    def __contains__(self, token):
        return False


class AmazonCase(TestCase):
    peer_class = AmazonMcfPeer

    def setUp(self):
        super().setUp()
        self.addCleanup(amazon._TOKENS.clear)
        self.peer = self.enterContext(self.peer_class())

    def tearDown(self):
        self.assertEqual(self.peer.breaches, [])
        super().tearDown()

    def _make_session(self, **values):
        credentials = {
            "client_id": self.peer.client_id,
            "client_secret": self.peer.client_secret,
            "refresh_token": self.peer.refresh_token,
        }
        return AmazonSession(
            Credentials(**{**credentials, **values}),
            self.peer.url,
            login_url=self.peer.url + amazon.LOGIN_PATH,
            rates=dict.fromkeys(amazon_mcf.RATES, 100.0),
        )

    def _count_tokens(self):
        return self.peer.count_calls("POST", "/auth/")


class TestAmazonSession(AmazonCase):
    """Who calls, and how often."""

    def _check(self, **values):
        AmazonMcfAdapter(self._make_session(**values)).check()

    def test_a_token_serves_many_sessions(self):
        for _time in range(3):
            self._check()
        self.assertEqual(self._count_tokens(), 1)
        self._check(refresh_token=self.peer.refresh_token)
        self.assertEqual(self._count_tokens(), 1)
        # Nothing that is kept names the credentials.
        self.assertNotIn(self.peer.refresh_token, json.dumps(list(amazon._TOKENS)))

    def test_a_token_is_renewed_before_it_ends(self):
        self.peer.lifetime = amazon.SPARE - 1
        for _time in range(2):
            self._check()
        self.assertEqual(self._count_tokens(), 2)

    def test_a_withdrawn_token_is_made_anew_once(self):
        self._check()
        self.peer.expire_tokens()
        self._check()
        self.assertEqual(self._count_tokens(), 2)
        # A fresh one that is refused is no matter of time.
        amazon._TOKENS.clear()
        with (
            patch.object(self.peer, "tokens", _Forgetful()),
            self.assertRaisesRegex(RejectedError, "denied"),
        ):
            self._check()
        self.assertEqual(self._count_tokens(), 3)

    def test_wrong_credentials_say_what_to_do(self):
        for wrong, words in (
            ({"client_secret": "no"}, "Client authentication failed.*180 days"),
            ({"refresh_token": "no"}, "invalid grant.*authorise the application again"),
        ):
            with self.assertRaisesRegex(RejectedError, words) as caught:
                self._check(**wrong)
            self.assertNotIn(self.peer.client_secret, str(caught.exception))
        self.assertNotIn("Atzr", repr(Credentials("id", "secret", "Atzr|x")))
        self.assertNotIn("secret", repr(Credentials("id", "secret", "Atzr|x")))

    def test_no_token_without_an_answer(self):
        for kind in ("drop", "garbage"):
            self.peer.break_down(kind, path="/auth/", times=9)
            with self.assertRaises(TemporaryError):
                self._check()
            self.peer.faults.clear()
        self.peer.lifetime = None
        with self.assertRaisesRegex(TemporaryError, "no access token"):
            self._check()

    def test_too_many_calls_are_made_again(self):
        self.peer.busy = amazon.ATTEMPTS - 1
        self._check()
        self.peer.busy = amazon.ATTEMPTS
        with self.assertRaisesRegex(TemporaryError, "no more calls of “listAllFulfillmentOrders”"):
            self._check()

    def test_a_slow_operation_is_left_for_later(self):
        self.peer.rate = "0.0167"
        adapter = AmazonMcfAdapter(self._make_session())
        adapter.check()
        self.peer.busy = 1
        with self.assertRaises(TemporaryError) as caught:
            adapter.check()
        self.assertEqual(caught.exception.retry_after, 60)
        self.peer.rate = "soon"
        adapter.check()

    def test_every_call_says_who_makes_it(self):
        self._check()
        call = self.peer.calls[-1]
        self.assertIn("HelloWord", call.headers["user-agent"])
        self.assertRegex(call.headers["x-amz-date"], r"\A\d{8}T\d{6}Z\Z")

    def test_each_region_has_its_address_and_sandbox(self):
        self.assertEqual(set(amazon.MARKETPLACES.values()), set(amazon.REGIONS))
        self.assertEqual(amazon.SANDBOXES["eu"], "https://sandbox.sellingpartnerapi-eu.amazon.com")


class TestAmazonMcf(AmazonCase):
    def setUp(self):
        super().setUp()
        self.peer.ship(ORDER, TEE_M=3, MUG=1)
        self.expected = make_expected(shipment_ref="ABR/OUT/00001", order_ref=ORDER)
        self.number = self.expected.number
        self.adapter = self._make_adapter()

    def _make_adapter(self, orders=(ORDER,), **values):
        return AmazonMcfAdapter(
            self._make_session(), **{"marketplace": self.peer.marketplace, **values}, orders=orders
        )

    def _get_items(self, order=ORDER):
        return self.peer.orders[order]["returnItems"]

    def _get_report(self):
        (report,) = (e for e in self.adapter.fetch().events if e.type == "return.reported")
        return report

    # -------------------------------------------------------------------------
    # What comes
    # -------------------------------------------------------------------------

    def test_each_unit_is_announced(self):
        announced = self.adapter.announce(self.expected, "key")
        self.assertEqual(announced.external_ref, ORDER)
        self.assertEqual(
            [
                (item["sellerReturnItemId"], item["sellerReturnReasonCode"])
                for item in self._get_items()
            ],
            [
                (f"{self.number}:1:1", "CR-UNWANTED_ITEM"),
                (f"{self.number}:1:2", "CR-UNWANTED_ITEM"),
                (f"{self.number}:2:1", "CR-UNWANTED_ITEM"),
            ],
        )
        self.assertRegex(announced.messages[0], "RMA D.*not prepaid.*amazon.com/gp/orc/rml/")
        self.assertEqual(announced.refused, ())

    def test_the_request_is_amazons(self):
        self.adapter.announce(
            with_line(self.expected, 0, reason="damaged", reason_text="Ä" * 2000), "key"
        )
        (call,) = (call for call in self.peer.calls if call.method == "PUT")
        self.assertFalse(
            find_faults("amazon_fulfillment_outbound", "CreateFulfillmentReturnRequest", call.json)
        )
        # The model lets unknown names pass: none is sent.
        known = read_definition("amazon_fulfillment_outbound", "CreateReturnItem")["properties"]
        for item in call.json["items"]:
            self.assertLessEqual(item.keys(), known.keys())
        self.assertEqual(call.json["items"][0]["returnReasonCode"], "CR-DAMAGED_BY_CARRIER")
        self.assertEqual(len(call.json["items"][0]["returnComment"]), 1000)
        self.assertEqual(call.path, f"/fba/outbound/2020-07-01/fulfillmentOrders/{ORDER}/return")

    def test_a_number_with_a_slash(self):
        self.peer.ship("ABR/OUT/00001", TEE_M=2, MUG=1)
        announced = self.adapter.announce(self.expected, "key")
        self.assertEqual(announced.external_ref, "ABR/OUT/00001")
        self.assertFalse(self._get_items())

    def test_told_again_nothing_is_sent(self):
        self.assertIsNone(self.adapter.find(self.expected))
        first = self.adapter.announce(self.expected, "key")
        again = replace(self.expected, external_ref=first.external_ref)
        self.assertEqual(self.adapter.announce(again, "key").messages, first.messages)
        self.assertEqual(self.adapter.find(self.expected).external_ref, ORDER)
        self.assertEqual(self.peer.count_calls("PUT", CREATE), 1)

    def test_more_units_are_added_and_fewer_are_told(self):
        self.adapter.announce(self.expected, "key")
        more = with_line(self.expected, 0, quantity=Decimal(3))
        self.assertIsNone(self.adapter.find(more))
        self.adapter.announce(more, "key 2")
        self.assertEqual(
            [item["sellerReturnItemId"] for item in self._get_items()][-1], f"{self.number}:1:3"
        )
        fewer = replace(self.expected, lines=self.expected.lines[:1])
        announced = self.adapter.announce(with_line(fewer, 0, quantity=Decimal(1)), "key 3")
        self.assertRegex(announced.messages[-2], "still expects 1 of “MUG”.*takes nothing back")
        self.assertRegex(announced.messages[-1], "still expects 2 of “TEE-M”")
        self.assertEqual(len(self._get_items()), 4)
        with self.assertRaisesRegex(RejectedError, "cannot take back"):
            self.adapter.cancel(self.expected, "key 4")

    def test_a_lost_answer_is_looked_for(self):
        for kind in ("lose_answer", "garbage", "drop", "status"):
            with self.subTest(kind):
                self.peer.ship(kind, TEE_M=2, MUG=1)
                expected = replace(self.expected, number=kind, order_ref=kind)
                self.peer.break_down(kind, path=CREATE)
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter.announce(expected, "key")
                found = self.adapter.find(expected)
                self.assertEqual(found is None, kind in ("drop", "status"))
                self.adapter.announce(expected, "key")
                self.assertEqual(len(self._get_items(kind)), 3)

    def test_told_twice_at_once_each_unit_stands_once(self):
        order = json.loads(json.dumps(self.peer.orders[ORDER]))
        self.adapter.announce(self.expected, "key")
        # What another call saw before the first one was carried out.
        with patch.object(AmazonMcfAdapter, "_read_order", lambda adapter, ref: order):
            announced = self.adapter.announce(self.expected, "key")
        self.assertEqual((announced.external_ref, announced.refused), (ORDER, ()))
        self.assertEqual(len(self._get_items()), 3)

    def test_what_amazon_does_not_take_is_said(self):
        shirt = {"sellerReturnItemId": f"{self.number}:1:1"}
        order = json.loads(json.dumps(self.peer.orders[ORDER]))
        for code, words in (
            ("NoReturnableQuantity", "all units that may come back were announced before"),
            ("InvalidValues", "it is not in the order"),
            ("NoCompletedShipItems", "has not been shipped yet"),
        ):
            judge = {"_judge": staticmethod(lambda order, item, code=code: code)}
            with (
                self.subTest(code),
                patch.multiple(AmazonMcfPeer, **judge),
                self.assertRaisesRegex(RejectedError, f"“TEE-M” back: .*{words}.*Refused"),
            ):
                self.adapter.announce(self.expected, "key")
        self.assertEqual(self.peer.orders[ORDER], order)
        # Some units are taken, others are not.
        taken = AmazonMcfPeer._judge
        self.enterContext(
            patch.object(
                AmazonMcfPeer,
                "_judge",
                staticmethod(
                    lambda order, item: (
                        "NoReturnableQuantity"
                        if item["sellerReturnItemId"] == shirt["sellerReturnItemId"]
                        else taken(order, item)
                    )
                ),
            )
        )
        announced = self.adapter.announce(self.expected, "key")
        self.assertEqual(len(self._get_items()), 2)
        self.assertEqual(len(announced.refused), 1)
        self.assertIn("TEE-M", announced.refused[0])

    def test_bad_input_is_refused_in_words(self):
        self.peer.ship("LATE", status="PENDING", TEE_M=2, MUG=1)
        for expected, words in (
            (replace(self.expected, lines=()), "which products"),
            (replace(self.expected, order_ref="NO"), "“ABR/OUT/00001”, “NO”.*announcement"),
            (replace(self.expected, order_ref="", shipment_ref="S" * 41), "without a number"),
            (with_line(self.expected, 0, quantity=Decimal("0.5")), "whole units"),
            (with_line(self.expected, 0, quantity=Decimal(4)), "shipped 3 of “TEE-M”.* not 4"),
            (with_line(self.expected, 0, sku="HAT"), "shipped 0 of “HAT”"),
            (replace(self.expected, order_ref="LATE"), "shipped 0"),
            (replace(self.expected, number="R" * 80), "at most 80"),
        ):
            with self.subTest(words), self.assertRaisesRegex(RejectedError, words):
                self.adapter.announce(expected, "key")
        self.assertEqual(self.peer.count_calls("PUT", CREATE), 0)

    def test_reasons_without_a_word(self):
        expected = with_line(self.expected, 0, reason="warranty")
        with self.assertRaisesRegex(RejectedError, "“warranty”.*CR-DEFECTIVE \\(Defective"):
            self.adapter.announce(expected, "key")
        self._make_adapter(default_reason="CR-DEFECTIVE").announce(expected, "key")
        self.assertEqual(
            Counter(item["sellerReturnReasonCode"] for item in self._get_items()),
            {"CR-DEFECTIVE": 2, "CR-UNWANTED_ITEM": 1},
        )
        self.peer.reasons = {}
        with self.assertRaisesRegex(RejectedError, "offers no reason"):
            self.adapter.announce(replace(expected, number="RET/2"), "key")

    def test_every_reason_of_the_example_is_known(self):
        ours = {row["code"] for row in vocabulary.read_codes() if row["scheme"] == "amazon_mcf"}
        self.assertLessEqual(REASONS.keys(), ours)
        definition = read_definition("amazon_fulfillment_outbound", "ReturnItemDisposition")
        for code in definition["enum"]:
            self.assertNotEqual(vocabulary.to_ours("amazon_mcf", "condition", code), "unknown")

    # -------------------------------------------------------------------------
    # What happened
    # -------------------------------------------------------------------------

    def test_units_are_graded_one_by_one(self):
        self.adapter.announce(self.expected, "key")
        self.assertEqual(self.adapter.fetch().events, ())
        self.peer.process(ORDER, "Sellable", moment="2026-11-20T08:00:00Z")
        first = self._get_report()
        self.assertFalse(first.is_final)
        self.peer.process(ORDER, "CustomerDamaged", "Defective", moment="2026-11-20T08:00:00Z")
        report = self._get_report()
        self.assertGreater(report.moment, first.moment)
        self.assertEqual(
            tell_units(report),
            [("MUG", 1, "quarantine"), ("TEE-M", 1, "quarantine"), ("TEE-M", 1, "restock")],
        )
        self.assertEqual((report.number, report.external_ref), (self.number, ORDER))
        self.assertTrue(report.is_final)
        state = fold([report, first])
        self.assertEqual(
            {(unit.goods.line_ref, unit.condition) for unit in state.units},
            {("1", "good"), ("1", "customer_damaged"), ("2", "defective")},
        )
        self.assertEqual(state.units, fold([first, report, first]).units)
        self.assertEqual(self._get_report().event_id, report.event_id)
        (told,) = self.adapter.fetch_return(self.expected)
        self.assertEqual(told.event_id, report.event_id)
        self.assertEqual(self.adapter.fetch_return(replace(self.expected, order_ref="NO")), ())

    def test_two_returns_of_one_order(self):
        one = with_line(
            replace(self.expected, lines=self.expected.lines[:1]), 0, quantity=Decimal(1)
        )
        other = replace(one, number="RET/2026/0002")
        for expected in (one, other):
            self.adapter.announce(expected, "key")
        self.peer.process(ORDER, "Sellable", "CarrierDamaged")
        events = self.adapter.fetch().events
        self.assertEqual(
            [(event.number, event.units[0].condition) for event in events],
            [(one.number, "good"), (other.number, "carrier_damaged")],
        )

    def test_a_condition_nobody_said(self):
        self.adapter.announce(self.expected, "key")
        self.peer.process(ORDER, "Sellable")
        del self._get_items()[0]["returnReceivedCondition"]
        (unit,) = self._get_report().units
        self.assertEqual((unit.condition, unit.disposition), ("unknown", "quarantine"))

    def test_units_announced_by_others(self):
        self.adapter.announce(self.expected, "key")
        self._get_items()[0]["sellerReturnItemId"] = "SellerCentral-1"
        (event,) = self.adapter.fetch().events
        self.assertEqual((event.type, event.parcel.order_ref), ("return.unexpected", ORDER))
        self.assertEqual(event.units[0].sku, "TEE-M")

    def test_polling_reads_every_order(self):
        orders = [f"ORDER-{index:03}" for index in range(amazon_mcf.ORDERS_AT_ONCE + 5)]
        for ref in orders:
            self.peer.ship(ref, TEE_M=2, MUG=1)
            self.adapter.announce(replace(self.expected, number=ref, order_ref=ref), "key")
            self.peer.process(ref, "Sellable")
        adapter = self._make_adapter(orders=[*orders, "GONE"])
        first = adapter.fetch()
        self.assertTrue(first.has_more)
        second = adapter.fetch(first.cursor)
        self.assertFalse(second.has_more)
        self.assertEqual([e.number for e in first.events + second.events], orders)
        self.assertEqual(adapter.fetch(second.cursor).events, first.events)
        self.assertEqual(self._make_adapter(orders=()).fetch().events, ())

    def test_orders_nobody_can_read_hold_up_no_other(self):
        self.peer.ship("ZZ", TEE_M=2, MUG=1)
        for ref in (ORDER, "ZZ"):
            self.adapter.announce(replace(self.expected, number=ref, order_ref=ref), "key")
            self.peer.process(ref, "Sellable")
        self._get_items()[0]["sellerFulfillmentOrderItemId"] = "NO-SUCH"
        types = [e.type for e in self._make_adapter(orders=(ORDER, "ZZ")).fetch().events]
        self.assertEqual(types, ["unreadable", "return.reported"])

    def test_answers_nobody_can_read(self):
        self.adapter.announce(self.expected, "key")
        for path in (r"fulfillmentOrders/", "returnReasonCodes"):
            with self.subTest(path):
                self.peer.break_down("status", path=path, method="GET", status=503, times=9)
                with self.assertRaises(TemporaryError):
                    self.adapter.announce(with_line(self.expected, 0, quantity=Decimal(3)), "key")
                self.peer.faults.clear()

    def test_reports_are_newest_by_moment(self):
        self.adapter.announce(self.expected, "key")
        self.peer.process(ORDER, "Sellable", moment="2026-11-20T08:00:00Z")
        first = self._get_report()
        self.peer.process(ORDER, "Sellable", moment="2026-11-21T08:00:00Z")
        self.assertGreater(self._get_report().moment - first.moment, timedelta(hours=23))
