"""The state of a return is a function of the set of its warehouse's events."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest import TestCase

from odoo.addons.helloword_3pl.wms.base import Fee, Photo, UnitResult, WarehouseEvent
from odoo.addons.helloword_3pl.wms.state import fold
from odoo.addons.helloword_3pl.wms.vocabulary import CONDITIONS, DISPOSITIONS

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


def _inspect(number, quantity=1, condition="good", before=None, **vals):
    unit = UnitResult("SHIRT", Decimal(quantity), "1", condition=condition, **vals)
    taken = (replace(unit, condition=before),) if before else ()
    return WarehouseEvent(
        f"i{number}", "unit.inspected", START + timedelta(hours=number), units=(unit,),
        units_before=taken,
    )  # fmt: skip


def _treat(number, quantity=1, disposition="restock", before="", condition="unknown"):
    unit = UnitResult("SHIRT", Decimal(quantity), "1", condition=condition, disposition=disposition)
    taken = (replace(unit, disposition=before),) if before else ()
    return WarehouseEvent(
        f"d{number}", "disposition.completed", START + timedelta(hours=number), units=(unit,),
        units_before=taken,
    )  # fmt: skip


def _report(number, *units, **vals):
    return WarehouseEvent(
        f"r{number}", "return.reported", START + timedelta(hours=number), units=units, **vals
    )


def _show(state):
    return [(unit.condition, unit.disposition, int(unit.quantity)) for unit in state.units]


class TestWarehouseState(TestCase):
    def test_one_line_gives_many_results(self):
        state = fold(
            [
                _inspect(1, 3, "new"),
                _inspect(2, 1, "defective"),
                _treat(3, 3, "restock"),
                _treat(4, 1, "destroy"),
            ]
        )
        self.assertEqual(_show(state), [("defective", "destroy", 1), ("new", "restock", 3)])
        self.assertFalse(state.problems)

    def test_nothing_done_yet(self):
        state = fold([_inspect(1, 2, waits=True, unit_ref="U7", answer_until=START)])
        self.assertEqual(_show(state), [("good", "", 2)])
        self.assertTrue(state.units[0].waits)
        self.assertEqual((state.units[0].unit_refs, state.units[0].answer_until), (("U7",), START))

    def test_units_that_wait_by_name(self):
        waiting = [
            _inspect(1, 2, "defective", waits=True, unit_ref="U1", answer_until=START),
            _inspect(2, 1, "defective", waits=True, unit_ref="U2"),
            _inspect(3, 4, "defective"),
        ]

        def ask(*later):
            (unit,) = [unit for unit in fold([*waiting, *later]).units if not unit.disposition]
            return [(part.unit_ref, int(part.quantity)) for part in unit.waiting]

        self.assertEqual(ask(), [("U1", 2), ("U2", 1)])
        answered = _treat(4, 1, "destroy")
        named = replace(answered, units=(replace(answered.units[0], unit_ref="U1"),))
        self.assertEqual(ask(named), [("U1", 1), ("U2", 1)])
        # Six of seven were treated, nobody said which: one at most can still wait.
        self.assertEqual(ask(_treat(5, 6, "destroy")), [("U1", 1)])
        taken_back = replace(
            _inspect(6, 1, "defective", before="defective"),
            units_before=waiting[1].units,
        )
        self.assertEqual(ask(taken_back), [("U1", 2)])

    def test_correction_before_what_it_corrects(self):
        told = [_inspect(2, 1, "good"), _inspect(3, 1, "defective", before="good")]
        early = fold(told[1:])
        self.assertEqual([problem.code for problem in early.problems], ["correction_early"])
        self.assertEqual(_show(early), [("defective", "", 1)])
        whole = fold(told)
        self.assertEqual((_show(whole), whole.problems), ([("defective", "", 1)], ()))

    def test_disposition_changed(self):
        told = [_inspect(1), _treat(2, 1, "quarantine"), _treat(3, 1, "restock", "quarantine")]
        self.assertEqual(_show(fold(told)), [("good", "restock", 1)])

    def test_more_treated_than_found(self):
        state = fold([_inspect(1, 2), _treat(2, 3)])
        self.assertEqual(_show(state), [("good", "restock", 2)])
        (problem,) = state.problems
        self.assertEqual((problem.code, problem.expected, problem.told), ("treated_too_many", 2, 3))

    def test_sound_goods_are_put_back_first(self):
        state = fold([_inspect(1, 1, "good"), _inspect(2, 1, "defective"), _treat(3, 1)])
        self.assertEqual(_show(state), [("defective", "", 1), ("good", "restock", 1)])
        state = fold([_inspect(1, 1, "good"), _inspect(2, 1, "defective"), _treat(3, 1, "destroy")])
        self.assertEqual(_show(state), [("defective", "destroy", 1), ("good", "", 1)])

    def test_named_condition_wins(self):
        state = fold(
            [
                _inspect(1, 1, "good"),
                _inspect(2, 1, "defective"),
                _treat(3, 1, "restock", condition="unknown"),
                replace(
                    _treat(4),
                    units=(
                        UnitResult(
                            "SHIRT", Decimal(0), "1", condition="good", disposition="destroy"
                        ),
                    ),
                ),
            ]
        )
        self.assertIn(("good", "restock", 1), _show(state))

    def test_treated_under_a_shorter_name(self):
        found = [
            _inspect(1, 2, "good"),
            replace(
                _inspect(2, 1, "good"),
                units=(replace(_inspect(2).units[0], line_ref="2", serial="S1"),),
            ),
        ]
        vague = replace(_treat(3, 3), units=(replace(_treat(3, 3).units[0], line_ref=""),))
        state = fold([*found, vague])
        self.assertEqual(_show(state), [("good", "restock", 2), ("good", "restock", 1)])
        self.assertEqual([unit.goods.line_ref for unit in state.units], ["1", "2"])
        self.assertFalse(state.problems)
        other = replace(vague, units=(replace(vague.units[0], sku="SHOE"),))
        self.assertEqual(
            _show(fold([*found, other])),
            [("unknown", "restock", 3), ("good", "", 2), ("good", "", 1)],
        )

    def test_newest_report_holds(self):
        old = _report(1, UnitResult("SHIRT", Decimal(1), "1", condition="good"))
        new = _report(
            5,
            UnitResult("SHIRT", Decimal(2), "1", condition="good", disposition="restock"),
            status="Completed",
            is_final=True,
        )
        for events in ([old, new], [new, old], [new, old, new]):
            state = fold(events)
            self.assertEqual(_show(state), [("good", "restock", 2)])
            self.assertEqual((state.status, state.is_final), ("Completed", True))
        later = _inspect(6, 1, "defective")
        earlier = _inspect(4, 9, "defective")
        self.assertEqual(
            _show(fold([later, earlier, new])), [("defective", "", 1), ("good", "restock", 2)]
        )

    def test_report_of_dispositions_alone(self):
        state = fold([_report(1, UnitResult("SHIRT", Decimal(2), disposition="destroy"))])
        self.assertEqual((_show(state), state.problems), ([("unknown", "destroy", 2)], ()))

    def test_report_that_says_the_condition_of_some(self):
        units = [
            UnitResult("SHIRT", Decimal(1), condition="good", disposition="restock"),
            UnitResult("SHIRT", Decimal(1), disposition="quarantine"),
            UnitResult("SHIRT", Decimal(2), disposition="missing"),
        ]
        state = fold([_report(1, *units)])
        self.assertEqual(
            _show(state),
            [("good", "restock", 1), ("unknown", "missing", 2), ("unknown", "quarantine", 1)],
        )
        self.assertFalse(state.problems)

    def test_newest_word_on_a_fee(self):
        def charge(number, amount):
            fee = Fee("F1", "receiving", Decimal(amount), "USD")
            return WarehouseEvent(
                f"f{number}", "fee.charged", START + timedelta(hours=number), fees=(fee,)
            )

        for events in ([charge(1, 3), charge(2, 4)], [charge(2, 4), charge(1, 3)]):
            self.assertEqual([fee.amount for fee in fold(events).fees], [4])

    def test_arrivals_and_photos(self):
        photo = Photo("p1", "https://example.com/1.jpg")
        state = fold(
            [
                WarehouseEvent("a2", "parcel.arrived", START + timedelta(1), tracking_number="T2"),
                WarehouseEvent("a1", "parcel.arrived", START, tracking_number="T1"),
                _inspect(1, photos=(photo,)),
            ]
        )
        self.assertEqual(state.arrived_at, START)
        self.assertEqual([parcel[1] for parcel in state.parcels], ["T1", "T2"])
        self.assertEqual(state.units[0].photos, (photo,))

    def test_order_and_repeats_do_not_matter(self):
        """Random histories, told in many orders, some of it twice."""
        for seed in range(300):
            chance = random.Random(seed)
            history = self._make_history(chance)
            whole = fold(history)
            for _time in range(5):
                told = history + chance.sample(history, len(history) // 2)
                chance.shuffle(told)
                self.assertEqual(fold(told), whole, seed)

    def _make_history(self, chance):
        history = []
        for number in range(chance.randint(2, 9)):
            kind = chance.random()
            quantity = chance.randint(1, 4)
            if kind < 0.45:
                before = chance.choice(CONDITIONS) if chance.random() < 0.3 else None
                event = _inspect(number, quantity, chance.choice(CONDITIONS), before)
            elif kind < 0.85:
                before = chance.choice(DISPOSITIONS) if chance.random() < 0.3 else ""
                event = _treat(number, quantity, chance.choice(DISPOSITIONS), before)
            else:
                unit = UnitResult(
                    "SHIRT",
                    Decimal(quantity),
                    "1",
                    condition=chance.choice(CONDITIONS),
                    disposition=chance.choice(("", *DISPOSITIONS)),
                )
                event = _report(number, unit)
            history.append(event)
        return history
