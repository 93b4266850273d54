"""ShipHero's adapter against a peer that is answered by ShipHero's published schema."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest import TestCase
from unittest.mock import patch

from graphql import parse, validate

from odoo.addons.helloword_3pl.wms import shiphero
from odoo.addons.helloword_3pl.wms.base import ExpectedParcel, InvalidSignatureError
from odoo.addons.helloword_3pl.wms.shiphero import ShipheroAdapter
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

from .contract import find_faults
from .expected_returns import make_expected, tell_units, with_line
from .peers.shiphero import SCHEMA, ShipheroPeer

CALL = r"/graphql\Z"


class TestShiphero(TestCase):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(ShipheroPeer())
        self.adapter = self._make_adapter()
        self.expected = make_expected(warehouse_code=self.peer.warehouse)
        self.number = self.expected.number

    def tearDown(self):
        self.assertEqual(self.peer.faults_of_queries, [])
        super().tearDown()

    def _make_adapter(self, **values):
        defaults = {
            "access_token": self.peer.access_token,
            "refresh_token": self.peer.refresh_token,
            "webhook_secret": self.peer.webhook_secret,
            "base_url": self.peer.url,
        }
        return ShipheroAdapter(**{**defaults, **values})

    def _lose_answer_of(self, kind, field):
        """Spoil the answer of one mutation: all calls go to one address."""
        dispatch = self.peer._dispatch

        def spoil(call):
            reply = dispatch(call)
            if field not in call.json["query"]:
                return reply
            self.peer._dispatch = dispatch
            return None if kind == "lose_answer" else replace(reply, content=b"<html>")

        self.peer._dispatch = spoil

    def _fetch_report(self):
        (report,) = (e for e in self.adapter.fetch().events if e.type == "return.reported")
        return report

    def test_all_queries_fit_the_schema(self):
        for name in ("FIND_ORDER", "LIST_RETURNS", "GET_RETURN", "CREATE", "SET_STATUS"):
            self.assertEqual(validate(SCHEMA, parse(getattr(shiphero, name))), [], name)

    def test_announced_as_wanted(self):
        expected = replace(with_line(self.expected, 0, reason_text="Too small"), order_ref="gid-42")
        announced = self.adapter.announce(expected, "key")
        row = self.peer.get(self.number)
        self.assertEqual((announced.external_ref, announced.status), (row["id"], "pending"))
        self.assertEqual(
            [(i["product"]["sku"], i["quantity"], i["reason"]) for i in row["line_items"]],
            [("MUG", 1, "changed_mind"), ("TEE-M", 2, "Too small")],
        )
        self.assertEqual(row["labels"][0]["tracking_number"], "9400100000000000000001")
        self.assertEqual(row["label_type"], "SELF_RETURN")

    def test_told_again_nothing_is_made(self):
        first = self.adapter.announce(self.expected, "key")
        self.assertEqual(
            self.adapter.announce(self.expected, "key").external_ref, first.external_ref
        )
        self.assertEqual(len(self.peer.returns), 1)

    def test_what_changes_is_made_again_until_units_came(self):
        first = self.adapter.announce(self.expected, "key")
        changed = with_line(self.expected, 0, quantity=Decimal(1))
        self.assertIsNone(self.adapter.find(changed))
        second = self.adapter.announce(changed, "key 2")
        self.assertNotEqual(first.external_ref, second.external_ref)
        self.assertEqual(self.peer.returns[first.external_ref]["status"], "cancelled")
        self.assertEqual(self.adapter.find(changed).external_ref, second.external_ref)
        self.peer.receive(self.number, "MUG")
        for act in (self.adapter.announce, self.adapter.cancel):
            with self.assertRaisesRegex(RejectedError, "have come already"):
                act(self.expected, "key 3")
        with_other_label = replace(changed, parcels=(ExpectedParcel("1Z9"),))
        self.assertIsNone(self.adapter.find(with_other_label))

    def test_a_lost_answer_is_looked_for_and_not_made_twice(self):
        for kind in ("lose_answer", "garbage"):
            with self.subTest(kind):
                expected = replace(self.expected, number=kind)
                self._lose_answer_of(kind, "return_create")
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter.announce(expected, "key")
                self.assertTrue(self.adapter.find(expected))
                self.assertTrue(self.adapter.announce(expected, "key"))
                made = [r for r in self.peer.returns.values() if r["partner_id"] == kind]
                self.assertEqual(len(made), 1)

    def test_found_on_a_later_page(self):
        with patch.object(shiphero, "PAGE_SIZE", 2):
            for number in range(5):
                self.adapter.announce(replace(self.expected, number=f"RET/{number}"), "key")
            for number in range(5):
                self.assertTrue(self.adapter.find(replace(self.expected, number=f"RET/{number}")))
        self.assertEqual(len(self.peer.returns), 5)

    def test_asked_whether_it_is_gone(self):
        empty = replace(self.expected, lines=())
        self.assertIsNone(self.adapter.find(empty))
        self.adapter.announce(self.expected, "key")
        self.assertTrue(self.adapter.find(empty))
        self.adapter.cancel(empty, "key")
        self.assertIsNone(self.adapter.find(empty))

    def test_cancelled_as_often_as_wanted(self):
        announced = self.adapter.announce(self.expected, "key")
        self._lose_answer_of("lose_answer", "return_update_status")
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.cancel(self.expected, "key")
        for _attempt in range(2):
            self.assertEqual(self.adapter.cancel(self.expected, "key").status, "cancelled")
        self.assertEqual(self.peer.returns[announced.external_ref]["status"], "cancelled")
        report = self._fetch_report()
        self.assertEqual((report.units, report.is_final), ((), True))

    def test_tokens_are_renewed_and_kept(self):
        kept = []
        adapter = self._make_adapter(access_token="expired", keep_token=kept.append)
        adapter.check()
        self.assertEqual(kept, [self.peer.access_token])
        self._make_adapter(access_token="").check()
        with self.assertRaisesRegex(RejectedError, "Token has expired"):
            self._make_adapter(access_token="expired", refresh_token="").check()
        with self.assertRaisesRegex(RejectedError, "Invalid"):
            self._make_adapter(access_token="", refresh_token="wrong").check()
        with self.assertRaisesRegex(RejectedError, "Enter them"):
            self._make_adapter(access_token="", refresh_token="").check()

    def test_a_call_that_acts_is_sent_once_with_the_new_token(self):
        self.peer.access_token = "newer"
        self.adapter.announce(self.expected, "key")
        self.assertEqual(len(self.peer.returns), 1)

    def test_failures_say_what_is_known(self):
        self.peer.credits = self.peer.cost
        with self.assertRaisesRegex(TemporaryError, "credits") as caught:
            self.adapter.announce(self.expected, "key")
        self.assertEqual(caught.exception.retry_after, 6)
        self.peer.credits = 4004
        for kwargs, error in (
            ({"status": 502, "times": 3}, TemporaryError),
            ({"status": 429, "headers": {"Retry-After": "60"}}, TemporaryError),
            ({"status": 400}, RejectedError),
        ):
            with self.subTest(kwargs), self.assertRaises(error):
                self.peer.break_down("status", path=CALL, **kwargs)
                self.adapter.check()
            self.peer.faults.clear()
        self.peer.break_down("garbage", path=CALL)
        with self.assertRaises(TemporaryError):
            self.adapter.check()
        self.assertFalse(self.peer.returns)

    def test_bad_input_is_refused_in_words(self):
        for expected, words in (
            (replace(self.expected, order_ref=""), "only for orders"),
            (replace(self.expected, order_ref="S1"), "no order “S1”"),
            (replace(self.expected, order_ref="TWICE"), "several orders"),
            (replace(self.expected, lines=()), "which products"),
            (replace(self.expected, warehouse_code="PA1"), "Warehouse not found"),
            (with_line(self.expected, 0, sku="LAMP"), "LAMP not found"),
            (with_line(self.expected, 0, quantity=Decimal("0.5")), "whole units"),
        ):
            with self.subTest(words), self.assertRaisesRegex(RejectedError, words):
                self.adapter.announce(expected, "key")
        self.assertFalse(self.peer.returns)
        self.peer.statuses = {"pending"}
        self.adapter.announce(self.expected, "key")
        with self.assertRaisesRegex(RejectedError, "Invalid status"):
            self.adapter.cancel(self.expected, "key")

    def test_one_line_gives_many_results(self):
        self.adapter.announce(self.expected, "key")
        self.assertEqual(self.adapter.fetch().events, ())
        self.peer.receive(self.number, "TEE-M", 1, restock=1)
        self.peer.receive(self.number, "TEE-M", 1, condition="Damaged")
        report = self._fetch_report()
        self.assertEqual((report.number, report.is_final), (self.number, False))
        self.assertEqual(tell_units(report), [("TEE-M", 1, ""), ("TEE-M", 1, "restock")])
        self.assertEqual({unit.condition for unit in report.units}, {"defective"})
        unfinished = report
        self.peer.finish(self.number)
        report = self._fetch_report()
        self.assertTrue(report.is_final)
        self.assertLess(unfinished.moment, report.moment)
        self.assertEqual(
            tell_units(report),
            [("MUG", 1, "missing"), ("TEE-M", 1, "quarantine"), ("TEE-M", 1, "restock")],
        )

    def test_more_came_than_expected(self):
        self.adapter.announce(self.expected, "key")
        self.peer.receive(self.number, "MUG", 3, restock=3)
        self.assertEqual(tell_units(self._fetch_report()), [("MUG", 3, "restock")])

    def test_cost_of_the_label(self):
        self.adapter.announce(self.expected, "key")
        self.peer.charge_label(self.number, "7.45")
        (event,) = self.adapter.fetch().events
        self.assertEqual(event.type, "fee.charged")
        self.assertEqual((event.fees[0].amount, event.fees[0].kind), (Decimal("7.45"), "shipping"))
        self.assertEqual(self.adapter.fetch().events[0].event_id, event.event_id)

    def test_a_row_nobody_can_read_holds_up_no_other(self):
        for number in ("RET/1", "RET/2"):
            self.adapter.announce(replace(self.expected, number=number), "key")
            self.peer.receive(number, "MUG")
        self.peer.charge_label("RET/1", "dear")
        unreadable, report = self.adapter.fetch().events
        self.assertEqual((unreadable.type, report.number), ("unreadable", "RET/2"))
        self.assertIn("no amount", unreadable.note)
        self.assertEqual(self.adapter.fetch().events[0].event_id, unreadable.event_id)
        with self.assertRaisesRegex(RejectedError, "no amount"):
            self.adapter.fetch_return(replace(self.expected, number="RET/1"))

    def test_polling_reads_all_pages(self):
        with patch.object(shiphero, "PAGE_SIZE", 2):
            for number in range(5):
                expected = replace(self.expected, number=f"RET/{number}")
                self.adapter.announce(expected, "key")
                self.peer.receive(expected.number, "MUG")
            events, page = [], self.adapter.fetch()
            events += page.events
            while page.has_more:
                page = self.adapter.fetch(page.cursor)
                events += page.events
        self.assertEqual({event.number for event in events}, {f"RET/{n}" for n in range(5)})
        old = datetime.now(UTC) - timedelta(days=61)
        self.peer.get("RET/0")["created_at"] = old.strftime("%Y-%m-%dT%H:%M:%S")
        self.assertEqual(len(self.adapter.fetch().events), 4)

    def test_one_return_at_once(self):
        announced = self.adapter.announce(self.expected, "key")
        self.assertEqual(self.adapter.fetch_return(self.expected), ())
        self.peer.receive(self.number, "MUG")
        (event,) = self.adapter.fetch_return(self.expected)
        known = replace(self.expected, external_ref=announced.external_ref, order_ref="")
        self.assertEqual(self.adapter.fetch_return(known)[0].event_id, event.event_id)

    def test_messages_never_prevail_over_answers(self):
        self.adapter.announce(self.expected, "key")
        self.peer.receive(self.number, "TEE-M", 1, seconds=5)
        old = self.peer.notify(self.number)
        (told,) = self.adapter.parse_webhook(*old)
        self.assertEqual(told.external_ref, self.peer.get(self.number)["id"])
        self.assertEqual(tell_units(told), [("TEE-M", 1, "")])
        answered = self._fetch_report()
        self.assertLess(told.moment, answered.moment)
        # Told in any order, a message that knows more is the newer one.
        self.peer.receive(self.number, "TEE-M", 1)
        (more,) = self.adapter.parse_webhook(*self.peer.notify(self.number))
        self.peer.finish(self.number)
        (last,) = self.adapter.parse_webhook(*self.peer.notify(self.number))
        self.assertLess(told.moment, more.moment)
        self.assertLess(more.moment, last.moment)
        self.assertEqual(self.adapter.parse_webhook(*old)[0].event_id, told.event_id)

    def test_messages_are_believed_only_when_they_are_shipheros(self):
        self.adapter.announce(self.expected, "key")
        self.peer.receive(self.number, "MUG")
        headers, body = self.peer.notify(self.number)
        self.assertFalse(find_faults("shiphero", "ReturnUpdate", json.loads(body)))
        self.adapter.verify_webhook(headers, body)
        for wrong in (
            {},
            {"x-shiphero-hmac-sha256": "wrong"},
            {"x-shiphero-hmac-sha256": "ünicode"},
            self.peer.sign(body + b" "),
        ):
            with self.assertRaises(InvalidSignatureError):
                self.adapter.verify_webhook(wrong, body)
        with self.assertRaises(InvalidSignatureError):
            self._make_adapter(webhook_secret="").verify_webhook(headers, body)
        self.assertEqual(self.adapter.answer_webhook()[0], 200)

    def test_messages_nobody_can_read(self):
        self.assertEqual(self.adapter.parse_webhook({}, b'{"webhook_type": "Tote"}'), ())
        for body in (b"", b"[]", b'{"webhook_type": "Return Update", "items": [{}]}'):
            with self.assertRaises(RejectedError):
                self.adapter.parse_webhook({}, body)
