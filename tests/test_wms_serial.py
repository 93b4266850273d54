"""Events survive being kept."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from unittest import TestCase

from odoo.addons.helloword_3pl.wms.base import (
    Address,
    Fee,
    Photo,
    UnitResult,
    UnknownParcel,
    WarehouseEvent,
)
from odoo.addons.helloword_3pl.wms.serial import event_from_json, event_to_json, hash_event

MOMENT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
EVENT = WarehouseEvent(
    "e1",
    "unit.inspected",
    MOMENT,
    number="RET/2026/00001",
    weight=Decimal("1.250"),
    units=(
        UnitResult(
            "SHIRT",
            Decimal("2.5"),
            "7",
            condition="defective",
            defects=("seam", "stain"),
            expiry=date(2027, 1, 31),
            photos=(Photo("p1", "https://example.com/1.jpg"),),
            waits=True,
            answer_until=MOMENT + timedelta(days=7),
        ),
    ),
    fees=(Fee("f1", "inspection", Decimal("2.10"), "USD"),),
    parcel=UnknownParcel("c1", sender=Address("Anna", zip="10115"), destroy_at=MOMENT),
)


class TestEventSerial(TestCase):
    def test_there_and_back(self):
        stored = json.loads(json.dumps(event_to_json(EVENT)))
        self.assertEqual(event_from_json(stored), EVENT)

    def test_names_of_later_versions_are_left_out(self):
        stored = event_to_json(EVENT) | {"smell": "of roses"}
        self.assertEqual(event_from_json(stored), EVENT)

    def test_same_content_same_hash(self):
        china = MOMENT.astimezone(timezone(timedelta(hours=8)))
        self.assertEqual(
            hash_event(EVENT), hash_event(replace(EVENT, moment=china, weight=Decimal("1.25")))
        )
        self.assertEqual(hash_event(EVENT), hash_event(replace(EVENT, raw={"id": 1})))
        self.assertNotEqual(hash_event(EVENT), hash_event(replace(EVENT, note="late")))
