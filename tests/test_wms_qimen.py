"""Qimen's adapter against a peer that plays Taobao's gateway and a warehouse behind it."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from unittest import TestCase

from odoo.addons.helloword_3pl.wms import vocabulary
from odoo.addons.helloword_3pl.wms.base import (
    CustomsReference,
    ExpectedParcel,
    InvalidSignatureError,
)
from odoo.addons.helloword_3pl.wms.qimen import QimenAdapter
from odoo.addons.helloword_3pl.wms.state import fold
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

from .expected_returns import make_expected, tell_units, with_line
from .peers.qimen import QimenPeer

PATH = "/router/qimen/service"


def line(sku="TEE-M", quantity=1, kind="ZP", number="1", more=""):
    return (
        f"<orderLine><orderLineNo>{number}</orderLineNo><ownerCode>HELLOWORD</ownerCode>"
        f"<itemCode>{sku}</itemCode><inventoryType>{kind}</inventoryType><planQty>2</planQty>"
        f"<actualQty>{quantity}</actualQty>{more}</orderLine>"
    )


class TestQimen(TestCase):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(QimenPeer())
        self.adapter = self._make_adapter()
        self.expected = make_expected(warehouse_code="HZ01")

    def _make_adapter(self, **values):
        defaults = {
            "app_key": self.peer.app_key,
            "secret": self.peer.secret,
            "customer_id": self.peer.customer_id,
            "owner_code": self.peer.owner_code,
            "base_url": self.peer.url + PATH,
        }
        return QimenAdapter(**{**defaults, **values})

    def _push(self, lines, **values):
        """:return: the events of a message that was verified"""
        query, body = self.peer.push(self.peer.confirm(self.expected.number, lines, **values))
        self.adapter.verify_webhook({}, body, query)
        return self.adapter.parse_webhook({}, body)

    def test_announced_as_wanted(self):
        expected = replace(
            with_line(self.expected, 0, name="Röhre & <Co>", serials=("A1", "A2"), lot="L7"),
            parcels=(ExpectedParcel("SF100", "sf"),),
            note="Handle \x0bwith “care” & <love>",
            customs=CustomsReference(reimport_ref="26CN1"),
        )
        announced = self.adapter.announce(expected, "key")
        row = self.peer.returns[expected.number]
        self.assertEqual(announced.external_ref, row["id"])
        root = row["xml"]
        self.assertEqual(root.findtext("returnOrder/orderType"), "THRK")
        self.assertEqual(root.findtext("returnOrder/logisticsCode"), "SF")
        self.assertEqual(root.findtext("returnOrder/expressCode"), "SF100")
        self.assertIn("with “care” & <love>", root.findtext("returnOrder/remark"))
        self.assertIn("26CN1", root.findtext("returnOrder/remark"))
        first = root.find("orderLines/orderLine")
        self.assertEqual(first.findtext("planQty"), "2")
        self.assertEqual([sn.text for sn in first.findall("snList/sn")], ["A1", "A2"])
        self.assertEqual(first.findtext("batchCode"), "L7")

    def test_unknown_carriers_are_others(self):
        self.adapter.announce(self.expected, "key")
        root = self.peer.returns[self.expected.number]["xml"]
        self.assertEqual(root.findtext("returnOrder/logisticsCode"), "OTHER")

    def test_a_lost_answer_is_repeated_without_harm(self):
        for kind in ("lose_answer", "garbage", "drop"):
            with self.subTest(kind):
                expected = replace(self.expected, number=kind)
                self.peer.break_down(kind)
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter.announce(expected, "key")
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter.find(expected)
                self.assertTrue(self.adapter.announce(expected, "key").external_ref)
                self.assertIn(kind, self.peer.returns)
        self.assertEqual(len(self.peer.returns), 3)

    def test_a_warehouse_that_does_not_answer_may_have_heard(self):
        self.peer.is_warehouse_down = True
        with self.assertRaises(UnknownOutcomeError):
            self.adapter.announce(self.expected, "key")
        self.assertIn(self.expected.number, self.peer.returns)
        with self.assertRaises(TemporaryError):
            self.adapter.check()

    def test_refusals_with_status_200(self):
        for expected, words in (
            (with_line(self.expected, 0, sku="NO-SUCH"), "NO-SUCH"),
            (with_line(self.expected, 0, quantity=Decimal("0.5")), "whole units"),
            (replace(self.expected, lines=()), "which products"),
            (replace(self.expected, warehouse_code="XX"), "仓库"),
            (replace(self.expected, external_ref="WMS1"), "cannot be changed"),
            (
                replace(self.expected, sender=replace(self.expected.sender, phone="")),
                "mobile",
            ),
        ):
            with self.subTest(words), self.assertRaisesRegex(RejectedError, words):
                self.adapter.announce(expected, "key")
        self.peer.is_limited = True
        with self.assertRaises(TemporaryError) as caught:
            self.adapter.announce(self.expected, "key")
        self.assertEqual(caught.exception.retry_after, 60)
        self.assertFalse(self.peer.returns)

    def test_credentials(self):
        self.adapter.check()
        for wrong in ({"secret": "wrong"}, {"app_key": "1"}):
            with self.assertRaises(RejectedError):
                self._make_adapter(**wrong).check()

    def test_taken_back(self):
        announced = self.adapter.announce(self.expected, "key")
        expected = replace(self.expected, external_ref=announced.external_ref)
        self.adapter.cancel(expected, "key")
        self.assertTrue(self.peer.returns[expected.number]["cancelled"])
        with self.assertRaisesRegex(RejectedError, "未找到"):
            self.adapter.cancel(replace(expected, number="NO"), "key")

    def test_parts_add_up_in_any_order(self):
        self.adapter.announce(self.expected, "key")
        first = self._push(line("TEE-M", 1), message="M1", confirm_type="1")
        again = self._push(line("TEE-M", 1), message="M1", confirm_type="1")
        last = self._push(line("TEE-M", 1, "CC") + line("MUG", 1, "XS", "2"), message="M2")
        self.assertEqual(first[0].event_id, again[0].event_id)
        self.assertFalse(first[0].is_final)
        self.assertTrue(last[0].is_final)
        states = [fold(first + again + last), fold(last + first + again)]
        self.assertEqual(states[0], states[1])
        self.assertFalse(states[0].problems)
        self.assertEqual(
            {
                (u.goods.line_ref, u.condition, u.disposition, int(u.quantity))
                for u in states[0].units
            },
            {
                ("1", "good", "restock", 1),
                ("1", "defective", "quarantine", 1),
                ("2", "packaging_damaged", "quarantine", 1),
            },
        )
        self.assertEqual(states[0].arrived_at, datetime(2026, 11, 20, 0, 0, tzinfo=UTC))

    def test_lots_and_serial_numbers(self):
        lots = (
            "<batchs><batch><batchCode>L1</batchCode><expireDate>2027-05-01</expireDate>"
            "<inventoryType>ZP</inventoryType><actualQty>2</actualQty></batch><batch>"
            "<batchCode>L2</batchCode><inventoryType>JS</inventoryType><actualQty>1</actualQty>"
            "</batch></batchs>"
        )
        serials = "<snList><sn>S1</sn><sn>S2</sn></snList>"
        (event,) = self._push(line("TEE-M", 3, more=lots) + line("MUG", 2, "ZP", "2", serials))
        self.assertEqual(
            [(u.lot, u.serial, u.condition, int(u.quantity)) for u in event.units],
            [
                ("L1", "", "good", 2),
                ("L2", "", "warehouse_damaged", 1),
                ("", "S1", "good", 1),
                ("", "S2", "good", 1),
            ],
        )
        self.assertEqual(event.units[0].expiry, date(2027, 5, 1))
        with self.assertRaisesRegex(RejectedError, "add up to 3, the line to 4"):
            self._push(line("TEE-M", 4, more=lots))

    def test_json_is_read_and_answered_as_well(self):
        content = {
            "request": {
                "returnOrder": {
                    "returnOrderCode": self.expected.number,
                    "warehouseCode": "HZ01",
                    "outBizCode": "J1",
                    "orderConfirmTime": "2026-11-20 08:00:00",
                },
                "orderLines": [{"orderLineNo": "1", "itemCode": "TEE-M", "actualQty": 2}],
            }
        }
        query, body = self.peer.push(json.dumps(content), "json")
        self.adapter.verify_webhook({}, body, query)
        (event,) = self.adapter.parse_webhook({}, body)
        self.assertEqual(tell_units(event), [("TEE-M", 2, "restock")])
        _status, kind, answer = self.adapter.answer_webhook()
        self.assertEqual(kind, "application/json")
        self.assertEqual(json.loads(answer)["response"]["flag"], "success")

    def test_xml_is_answered_in_xml(self):
        self._push(line())
        _status, kind, answer = self.adapter.answer_webhook()
        self.assertIn("xml", kind)
        self.assertIn(b"<flag>success</flag>", answer)

    def test_goods_nobody_announced(self):
        more = "<senderInfo><name>Jane</name><mobile>1</mobile><city>HZ</city></senderInfo>"
        (event,) = self._push(line(), kind="WTJTHRK", more=more)
        self.assertEqual((event.type, event.number), ("return.unexpected", ""))
        self.assertEqual((event.parcel.tracking_number, event.parcel.sender.name), ("SF1", "Jane"))
        self.assertEqual(len(event.units), 1)

    def test_messages_are_believed_only_when_signed(self):
        text = self.peer.confirm(self.expected.number, line())
        query, body = self.peer.push(text)
        self.adapter.verify_webhook({}, body, query)
        cases = [
            (query, body + b" "),
            ({**query, "sign": ""}, body),
            ({**query, "sign": query["sign"].lower()}, body),
            ({**query, "sign": "ünicode"}, body),
            ({**query, "method": "taobao.qimen.returnorder.create"}, body),
            ({}, body),
            (None, body),
            (query, b"\xff"),
            self.peer.push(text, ahead=-20),
            self.peer.push(text, ahead=20),
            self.peer.push(text, timestamp="yesterday or so"),
            self.peer.push(text, customerId="somebody-else"),
            self.peer.push(text, sign_method="hmac"),
        ]
        for wrong, content in cases:
            with self.assertRaises(InvalidSignatureError):
                self.adapter.verify_webhook({}, content, wrong)
        own = self._make_adapter(webhook_secret="another")
        with self.assertRaises(InvalidSignatureError):
            own.verify_webhook({}, body, query)

    def test_messages_nobody_can_read(self):
        other = b"<request><entryOrder><entryOrderCode>1</entryOrderCode></entryOrder></request>"
        self.assertEqual(self.adapter.parse_webhook({}, other), ())
        bomb = b'<!DOCTYPE r [<!ENTITY a "b">]><request><returnOrder>&a;</returnOrder></request>'
        bad = [b"", b"<a", b"[]", b"1", bomb, b"<request><returnOrder>1</returnOrder></request>"]
        bad += [
            self.peer.confirm("R", lines).encode()
            for lines in (
                line(quantity=-1),
                line(quantity="NaN"),
                line(quantity="many"),
                line(quantity="9999999999"),
                line(sku=""),
                "<orderLine>1</orderLine>",
            )
        ]
        for body in bad:
            with self.subTest(body), self.assertRaises(RejectedError):
                self.adapter.parse_webhook({}, body)

    def test_every_code_has_a_word(self):
        for code in ("ZP", "CC", "JS", "XS"):
            self.assertIn(
                vocabulary.to_ours("qimen", "condition", code, None), vocabulary.CONDITIONS
            )
            self.assertIn(vocabulary.to_ours("qimen", "final", code, None), vocabulary.FINAL)
