"""The demo warehouse: what happens in it follows from a return's number, our word and the clock."""

import io
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest import TestCase

from PIL import Image

from odoo.addons.helloword_3pl.wms.base import Instruction, Photo
from odoo.addons.helloword_3pl.wms.demo import DemoAdapter
from odoo.addons.helloword_3pl.wms.demo_script import MODES, choose_mode, has_stranger
from odoo.addons.helloword_3pl.wms.serial import event_from_json, event_to_json
from odoo.addons.helloword_3pl.wms.state import fold
from odoo.addons.helloword_returns.providers.base import RejectedError

from .expected_returns import make_expected, with_line

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
TICK = timedelta(minutes=1)
NUMBER = "RET/2026/0003"


class Memory:
    """What the warehouse remembers, for one test."""

    def __init__(self):
        self.kept = {}

    def recall_all(self):
        kinds = {}
        for key, (kind, content) in self.kept.items():
            kinds.setdefault(kind, {})[key] = content
        return kinds

    def keep(self, key, kind, content):
        self.kept[key] = (kind, content)


class TestWmsDemo(TestCase):
    def setUp(self):
        super().setUp()
        self.memory = Memory()

    def _at(self, ticks, mode="full"):
        """The warehouse, so many ticks of its clock after the beginning."""
        return DemoAdapter(self.memory, START + TICK * ticks, TICK, mode)

    def _announce(self, mode="full", **values):
        expected = make_expected(NUMBER, **values)
        self._at(0, mode).announce(expected, "key")
        return expected

    def _tell(self, ticks):
        return [e for e in self._at(ticks).fetch().events if e.number or e.parcel]

    def _fold(self, ticks):
        state = fold(event for event in self._tell(ticks) if event.type != "return.unexpected")
        self.assertFalse(state.problems)
        units = Counter()
        for unit in state.units:
            units[unit.condition, unit.disposition] += int(unit.quantity)
        return units, state

    def _ask(self, expected, mode, ticks=100):
        """:return: units that wait for our word, once all came"""
        self._at(0, mode).announce(expected, "key")
        return [unit for event in self._tell(ticks) for unit in event.units if unit.waits]

    # -------------------------------------------------------------------------
    # Ways a return goes
    # -------------------------------------------------------------------------

    def test_step_by_step(self):
        self._announce()
        self.assertEqual(self._tell(1), [])
        types = [[event.type for event in self._tell(ticks)] for ticks in (2, 4, 5)]
        self.assertEqual([len(told) for told in types], [1, 2, 3])
        self.assertEqual(types[2], ["parcel.arrived", "unit.inspected", "disposition.completed"])
        for event in self._tell(100):
            self.assertLessEqual(event.moment, START + TICK * 100)

    def test_quantities_of_each_way(self):
        found = {}
        for mode in MODES:
            self.memory = Memory()
            self._announce(mode)
            _counter, state = self._fold(14)
            found[mode] = Counter()
            for unit in state.units:
                found[mode][unit.goods.line_ref] += int(unit.quantity)
        self.assertEqual(found["full"], {"1": 2, "2": 1})
        self.assertEqual(found["short"], {"1": 1, "2": 1})
        self.assertEqual(found["over"], {"1": 3, "2": 1})
        self.assertEqual(found["unlabelled"], {})
        for mode in ("partial", "wrong", "empty", "damaged", "corrected"):
            self.assertEqual(found[mode], {"1": 2, "2": 1}, mode)

    def test_wishes_are_carried_out(self):
        self._announce()
        units, _state = self._fold(10)
        self.assertEqual(
            {disposition: sum(q for key, q in units.items() if key[1] == disposition)
             for disposition in ("restock", "destroy")},
            {"restock": 2, "destroy": 1},
        )  # fmt: skip

    def test_empty_parcel_leaves_nothing_to_do(self):
        self._announce("empty")
        units, _state = self._fold(100)
        self.assertEqual(units, {("empty", ""): 3})

    def test_late_and_in_two_parcels(self):
        self._announce("late")
        self.assertEqual(self._tell(9), [])
        self.assertTrue(self._tell(10))
        self.memory = Memory()
        self._announce("partial")
        moments = [e.moment for e in self._tell(50) if e.type == "parcel.arrived"]
        self.assertEqual(moments, [START + TICK * 2, START + TICK * 6])
        early, _state = self._fold(5)
        self.assertEqual(sum(early.values()), 2)

    def test_a_second_look_corrects_the_first(self):
        expected = self._announce("corrected")
        (event,) = [event for event in self._tell(100) if event.units_before]
        self.assertEqual(event.units[0].condition, "defective")
        self.assertTrue(event.units[0].waits)
        waiting = [u for e in self._at(6).fetch_return(expected) for u in e.units if u.waits]
        self.assertEqual(len(waiting), 1)

    def test_serial_numbers_are_told_one_by_one(self):
        expected = with_line(make_expected(NUMBER), 0, serials=("S1", "S2"))
        self._at(0, "damaged").announce(expected, "key")
        units = [u for e in self._tell(4) for u in e.units if u.line_ref == "1"]
        self.assertEqual(sorted(unit.serial for unit in units), ["S1", "S2"])
        self.assertEqual({unit.quantity for unit in units}, {1})

    # -------------------------------------------------------------------------
    # Sameness
    # -------------------------------------------------------------------------

    def test_the_number_decides(self):
        numbers = [f"RET/2026/{index:05d}" for index in range(2000)]
        modes = Counter(map(choose_mode, numbers))
        self.assertEqual(set(modes), set(MODES))
        for mode, share in MODES.items():
            self.assertAlmostEqual(modes[mode] / 20, share, delta=4)
        self.assertEqual([choose_mode(number) for number in numbers[:3]],
                         [choose_mode(number) for number in numbers[:3]])  # fmt: skip
        self.assertGreater(sum(map(has_stranger, numbers)), 100)

    def test_told_again_events_are_the_same(self):
        rng = random.Random(5)
        for mode in MODES:
            self.memory = Memory()
            self._announce(mode)
            told = {}
            for ticks in sorted(rng.uniform(0, 60) for _round in range(12)):
                for event in self._tell(ticks):
                    self.assertEqual(told.setdefault(event.event_id, event), event, mode)
                    self.assertEqual(event_from_json(event_to_json(event)), event)

    def test_cursor_leaves_out_what_was_told(self):
        self._announce()
        page = self._at(20).fetch()
        self.assertEqual(self._at(30).fetch(page.cursor).events, ())
        self.assertEqual(len(self._at(30).fetch("").events), len(page.events))

    def test_a_hurry_is_one_step_of_every_return(self):
        self._announce()
        self._at(0.5).hurry()
        self.assertEqual([e.type for e in self._tell(0.5)], ["parcel.arrived"])
        self._at(0.6).hurry()
        self._at(0.7).hurry()
        self.assertEqual(len(self._tell(0.7)), 3)
        first = self._tell(0.7)
        self.assertEqual(self._tell(50), first)

    # -------------------------------------------------------------------------
    # What it is told
    # -------------------------------------------------------------------------

    def test_announced_once_changed_and_taken_back(self):
        expected = self._announce()
        ref = self._at(1).announce(expected, "key 2").external_ref
        self.assertEqual(self._at(1).find(expected).external_ref, ref)
        changed = with_line(expected, 0, quantity=Decimal(1))
        self.assertIsNone(self._at(1).find(changed))
        self.assertEqual(self._at(1).announce(changed, "key 3").external_ref, ref)
        self._at(1).cancel(changed, "key 4")
        self.assertIsNone(self._at(1).find(changed))
        self.assertEqual(self._tell(100), [])
        self._at(50).announce(expected, "key 5")
        self.assertEqual(self._tell(51), [])
        self.assertTrue(self._tell(52))
        for act in (self._at(60).cancel, self._at(60).announce):
            with self.assertRaisesRegex(RejectedError, "already"):
                act(changed, "key 6")
        with self.assertRaisesRegex(RejectedError, "which products"):
            self._at(0).announce(make_expected("other", lines=()), "key 7")

    # -------------------------------------------------------------------------
    # Questions
    # -------------------------------------------------------------------------

    def _instruct(self, unit, disposition, ticks, quantity=None, ref="1", **values):
        instruction = Instruction(
            ref=ref, number=NUMBER, unit_ref=unit.unit_ref, disposition=disposition,
            quantity=unit.quantity if quantity is None else Decimal(quantity), **values,
        )  # fmt: skip
        return self._at(ticks).instruct(instruction, f"key {ref}"), instruction

    def test_our_answer_is_carried_out(self):
        (unit,) = self._ask(make_expected(NUMBER), "damaged", 4)
        self.assertEqual(unit.answer_until, START + TICK * 34)
        self.assertEqual(len(unit.photos), 2)
        answered, instruction = self._instruct(unit, "refurbish", 6)
        self.assertEqual(self._at(6).find_instruction(instruction), answered)
        self.assertIsNone(self._at(6).find_instruction(replace(instruction, ref="2")))
        # Sent again it is the same answer.
        self._instruct(unit, "refurbish", 6)
        units, _state = self._fold(50)
        self.assertEqual(units[unit.condition, "refurbish"], 1)
        self.assertFalse([key for key in units if key[1] == "destroy" and key[0] == unit.condition])
        fees = [fee for event in self._tell(50) for fee in event.fees]
        self.assertIn(("repair", Decimal("4.50")), {(fee.kind, fee.amount) for fee in fees})
        self.assertEqual(len({fee.ref for fee in fees}), len(fees))

    def test_without_an_answer_it_destroys(self):
        (unit,) = self._ask(make_expected(NUMBER), "damaged", 4)
        with self.assertRaisesRegex(RejectedError, "too late"):
            self._instruct(unit, "restock", 34)
        units, _state = self._fold(34)
        self.assertEqual(units[unit.condition, "destroy"], 1)

    def test_an_answer_for_a_part(self):
        expected = with_line(make_expected(NUMBER), 0, requested="ask")
        (unit,) = self._ask(expected, "full", 4)
        self._instruct(unit, "donate", 5, quantity=1)
        with self.assertRaisesRegex(RejectedError, "1 units wait"):
            self._instruct(unit, "restock", 6, quantity=2, ref="2")
        with self.assertRaisesRegex(RejectedError, "which product"):
            self._instruct(unit, "relabel", 6, quantity=1, ref="3")
        self._instruct(unit, "relabel", 7, quantity=1, ref="4", to_sku="TEE-B")
        units, _state = self._fold(50)
        self.assertEqual(units[unit.condition, "donate"], 1)
        self.assertEqual(units[unit.condition, "relabel"], 1)
        with self.assertRaisesRegex(RejectedError, "0 units wait"):
            self._instruct(unit, "restock", 8, quantity=1, ref="5")

    # -------------------------------------------------------------------------
    # Parcels without a number
    # -------------------------------------------------------------------------

    def _get_parcels(self, ticks):
        return [e.parcel for e in self._tell(ticks) if e.parcel and e.parcel.ref[0] == "P"]

    def test_an_unknown_parcel_is_claimed(self):
        expected = self._announce("unlabelled")
        (parcel,) = self._get_parcels(5)
        self.assertEqual(parcel.destroy_at, START + TICK * 42)
        self.assertEqual(parcel.tracking_number, "9400100000000000000001")
        other = make_expected("RET/2026/0002")
        self._at(5, "unlabelled").announce(other, "key")
        with self.assertRaisesRegex(RejectedError, "does not belong"):
            self._at(6).claim(parcel.ref, other, "key")
        for _again in range(2):
            self._at(6).claim(parcel.ref, expected, "key")
        units, _state = self._fold(20)
        self.assertEqual(sum(units.values()), 3)

    def test_an_unknown_parcel_is_destroyed(self):
        expected = self._announce("unlabelled")
        first, last = self._get_parcels(42)
        self.assertEqual((first.ref, last.status), (last.ref, "destroyed"))
        with self.assertRaisesRegex(RejectedError, "was destroyed"):
            self._at(43).claim(first.ref, expected, "key")

    def test_parcels_of_no_one(self):
        number = next(f"N{i}" for i in range(99) if has_stranger(f"N{i}"))
        self._at(0, "full").announce(make_expected(number), "key")
        (event,) = [e for e in self._tell(10) if e.parcel]
        self.assertFalse(event.number or event.parcel.sender.name)
        self.assertTrue(event.parcel.destroy_at > event.moment)

    # -------------------------------------------------------------------------
    # Photos
    # -------------------------------------------------------------------------

    def test_photos_show_what_was_found(self):
        pictures = set()
        for mode in ("full", "damaged", "wrong", "empty"):
            self.memory = Memory()
            self._announce(mode)
            for event in self._tell(4):
                for photo in (photo for unit in event.units for photo in unit.photos):
                    file = self._at(4).load_photo(photo)
                    self.assertEqual(file, self._at(9).load_photo(photo))
                    self.assertEqual(Image.open(io.BytesIO(file.content)).size, (960, 720))
                    pictures.add(file.content)
        self.assertGreater(len(pictures), 5)
        with self.assertRaises(RejectedError):
            self._at(4).load_photo(Photo(url="https://example.com/a.jpg"))
