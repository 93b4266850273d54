"""Slips and demo labels, read back by a barcode reader."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest import TestCase

from odoo.addons.helloword_returns.carriers.demo import DemoLabelAdapter
from odoo.addons.helloword_returns.carriers.slip import SlipAdapter, SlipTexts
from odoo.addons.helloword_returns.providers.base import RejectedError, UnknownOutcomeError

from .barcode_reader import read_barcodes
from .carrier_requests import make_label_request

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TEXTS = SlipTexts(
    title="退货单",
    send_to="寄往",
    sent_by="寄件人",
    contents="包裹内容",
    instructions=("请把退货单放进包裹。", "Bewahren Sie den Beleg auf – żółć, Ğ, ő."),
    return_number="退货编号",
)


class Memory:
    """What a service remembers, for one test."""

    def __init__(self):
        self.calls, self.kept = {}, {}

    def call(self, key, _kind):
        self.calls[key] = self.calls.get(key, 0) + 1
        return self.calls[key]

    def find(self, key):
        return f"DEMO-{list(self.kept).index(key) + 1}" if key in self.kept else None

    def recall(self, key):
        return self.kept[key]

    def carry_out(self, key, _kind, content):
        self.kept[key] = content
        return self.find(key)


class TestPaper(TestCase):
    def test_slip_is_scanned_back(self):
        request = make_label_request("DE", "DE")
        label = SlipAdapter(TEXTS).buy(request, request.number, "", "key")
        codes = read_barcodes(label.files[0].content)
        self.assertEqual(codes, {"RET/00042": {"QRCode", "Code128"}})

    def test_demo_label_is_scanned_back(self):
        adapter = DemoLabelAdapter(Memory(), NOW, "EUR")
        request = make_label_request("DE", "DE", wants_qr=True)
        label = adapter.buy(request, request.number, "Standard", "key")
        self.assertEqual(label.cost, Decimal("5.78"))
        label_file, qr_file = label.files
        self.assertEqual(read_barcodes(label_file.content), {label.tracking_number: {"Code128"}})
        self.assertEqual(read_barcodes(qr_file.content), {label.tracking_number: {"QRCode"}})


class TestDemoCarrier(TestCase):
    def test_parcel_travels_by_itself(self):
        memory, request = Memory(), make_label_request()
        number = DemoLabelAdapter(memory, NOW, "USD").buy(request, "L1", "", "k").tracking_number
        seen = []
        for days in range(4):
            adapter = DemoLabelAdapter(memory, NOW + timedelta(days=days), "USD")
            seen.append(adapter.track(number).status)
        self.assertEqual(seen, ["pending", "picked_up", "in_transit", "delivered"])

    def test_lost_answer_is_found_and_not_sold_twice(self):
        memory, request = Memory(), make_label_request()
        with self.assertRaises(UnknownOutcomeError):
            DemoLabelAdapter(memory, NOW, "USD", fault="lose_answer").buy(request, "L1", "", "k")
        adapter = DemoLabelAdapter(memory, NOW + timedelta(hours=1), "USD")
        found = adapter.fetch(request, "L1")
        self.assertEqual(adapter.buy(request, "L1", "", "k").tracking_number, found.tracking_number)
        self.assertEqual(len(memory.kept), 1)

    def test_weightless_parcels_are_refused(self):
        request = make_label_request()
        request = type(request)(**{**request.__dict__, "parcel": type(request.parcel)()})
        with self.assertRaises(RejectedError):
            DemoLabelAdapter(Memory(), NOW, "USD").prepare(request)

    def test_foreign_tracking_number(self):
        with self.assertRaises(RejectedError):
            DemoLabelAdapter(Memory(), NOW, "USD").track("1Z999")
