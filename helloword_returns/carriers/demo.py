"""A label service that exists only here: real-looking labels, parcels that travel by themselves.

It answers like a real one and misbehaves on demand, so that the whole product can be tried
without an account. Where a parcel is follows from the clock alone.
"""

import re
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from reportlab.lib.units import mm

from ..providers.base import AnswerFile, RejectedError, TemporaryError, UnknownOutcomeError
from .base import (
    Draft,
    Label,
    LabelAdapter,
    Rate,
    Tracking,
    TrackingEvent,
    VoidAnswer,
)
from .paper import LABEL_SIZE, Sheet, write_address

CARRIER = "Demo Parcel"
# Service, its price per parcel and per kilogram, days on the road, and the factor abroad.
SERVICES = (
    ("Economy", Decimal("3.90"), Decimal("0.80"), 5),
    ("Standard", Decimal("4.90"), Decimal("1.10"), 3),
    ("Express", Decimal("11.50"), Decimal("2.40"), 1),
)
ABROAD_FACTOR = Decimal("2.5")
VALID_DAYS = 30
# Share of the whole way after which a parcel gets somewhere: status, words.
JOURNEY = (
    (0.0, "pending", "Label created"),
    (0.2, "picked_up", "Handed in by the customer"),
    (0.4, "in_transit", "Sorted at the depot"),
    (0.7, "in_transit", "Arrived at the depot of the destination"),
    (0.9, "out_for_delivery", "Out for delivery"),
    (1.0, "delivered", "Delivered at the dock"),
)


class DemoLabelAdapter(LabelAdapter):
    """:param memory: the other side's memory, see ``providers.demo``; with ``recall(key)``, which
        gives what was kept under a key
    :param now: aware moment the service believes it is
    :param str fault: none, slow, lose_answer, reject, rate_limited, fail_times
    :param journey: how long a parcel travels, for demonstrations much shorter than in life
    """

    capabilities = frozenset(("rate", "void", "track", "qr", "customs", "look_up"))

    def __init__(self, memory, now, currency, fault="none", fault_count=0, journey=None, delay=3.0):
        self._memory = memory
        self._now = now
        self._currency = currency
        self._fault = fault
        self._fault_count = fault_count
        self._journey = journey or timedelta(days=3)
        self._delay = delay

    def prepare(self, request):
        if request.parcel.weight <= 0:
            raise RejectedError("The parcel must weigh something.")
        factor = ABROAD_FACTOR if request.crosses_border else 1
        rates = tuple(
            Rate(
                ref=name,
                carrier=CARRIER,
                service=name,
                amount=((base + per_kg * request.parcel.weight) * factor).quantize(Decimal("0.01")),
                currency=self._currency,
                days=days + (4 if request.crosses_border else 0),
            )
            for name, base, per_kg, days in SERVICES
        )
        return Draft(request.number, rates=rates)

    def buy(self, request, draft_ref, rate_ref, key):
        self._misbehave(self._memory.call(draft_ref, "label"))
        if not self._memory.find(draft_ref):
            sold = {"service": rate_ref or SERVICES[0][0], "sold_at": self._now.isoformat()}
            self._memory.carry_out(draft_ref, "label", sold)
        if self._fault == "lose_answer":
            raise UnknownOutcomeError("The connection was lost before the answer came.")
        return self.fetch(request, draft_ref)

    def fetch(self, request, draft_ref):
        reference = self._memory.find(draft_ref)
        if not reference:
            return None
        sold = self._memory.recall(draft_ref)
        sold_at = datetime.fromisoformat(sold["sold_at"])
        number = _make_tracking_number(sold_at, reference)
        rate = next(rate for rate in self.prepare(request).rates if rate.ref == sold["service"])
        files = [
            AnswerFile(
                f"{number}.pdf", "application/pdf", draw_label(request, number, rate), "label"
            )
        ]
        if request.wants_qr:
            qr = draw_qr(request, number)
            files.append(AnswerFile(f"{number}-qr.pdf", "application/pdf", qr, kind="qr"))
        return Label(
            provider_ref=draft_ref,
            tracking_number=number,
            carrier=CARRIER,
            service=rate.service,
            cost=rate.amount,
            currency=rate.currency,
            charge_event="purchase",
            files=tuple(files),
            valid_until=sold_at + timedelta(days=VALID_DAYS),
            raw={"id": reference, "tracking_number": number},
        )

    def void(self, label_ref, tracking_number=""):
        self._misbehave(self._memory.call(f"{label_ref}-void", "void"))
        if not self._memory.find(f"{label_ref}-void"):
            self._memory.carry_out(f"{label_ref}-void", "void", {})
        return VoidAnswer("voided")

    def fetch_void(self, label_ref, tracking_number=""):
        if self._memory.find(f"{label_ref}-void"):
            return VoidAnswer("voided")
        raise UnknownOutcomeError("This label was not given back.")

    def track(self, tracking_number, carrier=""):
        sold_at = _read_tracking_number(tracking_number)
        events = tuple(
            TrackingEvent(status, sold_at + self._journey * share, words, code=status)
            for share, status, words in JOURNEY
            if sold_at + self._journey * share <= self._now
        )
        return Tracking(
            tracking_number,
            events[-1].status if events else "pending",
            carrier=CARRIER,
            eta=sold_at + self._journey,
            events=events,
        )

    def _misbehave(self, calls):
        if self._fault == "slow":
            time.sleep(self._delay)
        elif self._fault == "reject":
            raise RejectedError("The demo carrier refuses this.", {"error": "refused"})
        elif self._fault == "rate_limited":
            raise TemporaryError("Too many requests.", retry_after=30, answer={"status": 429})
        elif self._fault == "fail_times" and calls <= self._fault_count:
            raise TemporaryError("The demo carrier is down.", answer={"status": 503})


def _make_tracking_number(sold_at, reference):
    """The number holds the second of its sale, so that the parcel's way needs no memory."""
    return f"DP{int(sold_at.timestamp()):010d}{reference.rpartition('-')[2].zfill(6)}"


def _read_tracking_number(number):
    """:return: aware moment of the sale
    :raise RejectedError: it is not a number of this service
    """
    match = re.fullmatch(r"DP(\d{10})\d+", number)
    if not match:
        raise RejectedError("This tracking number is not known.")
    return datetime.fromtimestamp(int(match[1]), UTC)


def draw_label(request, number, rate):
    """:return: bytes of a PDF that looks like a parcel label"""
    sheet = Sheet(LABEL_SIZE, title=number)
    sheet.text(f"{rate.carrier} · {rate.service}", 14, bold=True)
    sheet.rule()
    sheet.text("From / Von / 寄件人", 7)
    write_address(sheet, request.customer, 8)
    sheet.rule()
    sheet.text("To / An / 收件人", 7)
    write_address(sheet, request.destination, 11)
    sheet.rule()
    sheet.text(f"{request.parcel.weight:g} kg · {request.return_number} · {request.number}", 8)
    sheet.skip()
    sheet.barcode(number, height=22 * mm)
    return sheet.finish()


def draw_qr(request, number):
    """:return: bytes of a PDF to show at the counter instead of a printed label"""
    sheet = Sheet((80 * mm, 100 * mm), title=number)
    sheet.text(CARRIER, 14, bold=True)
    sheet.text(f"{request.return_number} · {number}", 8)
    sheet.skip()
    sheet.qr(number, size=60 * mm)
    return sheet.finish()
