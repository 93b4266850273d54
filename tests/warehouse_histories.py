"""Made-up histories of returns at a warehouse: what came, how it was found, what was done with it,
and what was said wrongly first. The same seed makes the same history, for as many returns as
need it."""

import random
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from odoo.addons.helloword_3pl.tests.common import START
from odoo.addons.helloword_3pl.wms.base import Fee, UnitResult, WarehouseEvent

SOUND = ("new", "like_new", "good", "packaging_damaged")
DEFECTIVE = ("fair", "defective", "customer_damaged", "carrier_damaged", "expired")
FOR_SOUND = ("restock", "restock", "restock", "liquidate", "quarantine")
FOR_DEFECTIVE = ("destroy", "liquidate", "refurbish", "donate", "recycle", "return_to_seller", "")
KINDS = ("standard", "average", "fifo", "lot", "serial")


@dataclass(frozen=True)
class HistoryLine:
    """:param str kind: of :data:`KINDS`"""

    kind: str
    quantity: int


@dataclass
class Told:
    """A return a history happens to.

    :param str prefix: of its events' numbers
    :param dict skus: kind → the warehouse's code of the product
    :param list line_refs: our reference of each line
    :param list serials: of each line, names of the units' serial numbers; empty lists elsewhere
    :param list lots: names of lots, for products that have them
    """

    number: str
    prefix: str
    skus: dict
    line_refs: list
    serials: list
    lots: list = field(default_factory=list)


class History:
    """:param int seed: the same seed, the same history
    :param bool has_corrections: whether the warehouse takes words back
    """

    def __init__(self, seed, has_corrections=True):
        self.seed = seed
        self.has_corrections = has_corrections
        draw = random.Random(f"lines {seed}")
        kinds = draw.sample(KINDS[:4], draw.choice((1, 1, 2, 3)))
        if draw.random() < 0.15:
            kinds[0] = "serial"
        self.lines = [
            HistoryLine(kind, draw.randint(1, 2) if kind == "serial" else draw.randint(1, 6))
            for kind in kinds
        ]
        self.trigger = draw.choice(("receipt", "inspection"))

    def tell(self, told):
        """:param told: :class:`Told`
        :return: list of :class:`WarehouseEvent` in the order they happened
        """
        return _Teller(self, told).tell()

    def shuffle(self, events, way):
        """:param str way: what makes this order another one
        :return: the same events in a random order, some of them again
        """
        draw = random.Random(f"{way} {self.seed}")
        events = events + draw.choices(events, k=draw.randint(0, len(events)))
        draw.shuffle(events)
        return events


class _Teller:
    def __init__(self, history, told):
        self.history = history
        self.told = told
        self.draw = random.Random(f"events {history.seed}")
        self.hours = 0
        self.events = []

    def tell(self):
        draw = self.draw
        for _parcel in range(draw.choice((0, 1, 1, 2))):
            self._add("parcel.arrived", tracking_number=f"T{len(self.events)}")
        for place, line in enumerate(self.history.lines):
            self._tell_line(place, line)
        if draw.random() < 0.15:
            self._tell_stray()
        if draw.random() < 0.1:
            self._tell_nothing_inside()
        if draw.random() < 0.5:
            self._tell_fees()
        if self.history.has_corrections and draw.random() < 0.2:
            # A report replaces what was said before.
            self._tell_report()
        return self.events

    def _add(self, type_, units=(), **vals):
        # Some things happen at the same moment.
        self.hours += self.draw.choice((0, 1, 1, 2))
        event = WarehouseEvent(
            f"{self.told.prefix}{len(self.events):03}",
            type_,
            START + timedelta(hours=self.hours),
            number=self.told.number,
            units=tuple(units),
            **vals,
        )
        self.events.append(event)
        return event

    # -------------------------------------------------------------------------
    # Goods of a line
    # -------------------------------------------------------------------------

    def _tell_line(self, place, line):
        draw = self.draw
        if line.kind == "serial":
            came = draw.randint(0, line.quantity)
        else:
            came = max(line.quantity + draw.choice((0, 0, 0, -1, 1)), 0)
        names_line = draw.random() < 0.5
        units = self._split(place, line, came, names_line)
        told_at_once = [unit for unit in units if draw.random() < 0.2]
        self._tell_found_and_done(told_at_once)
        found = self._tell_found([unit for unit in units if unit not in told_at_once])
        done = self._tell_done(found)
        if self.history.has_corrections and draw.random() < 0.4:
            self._correct(found, done)

    def _split(self, place, line, came, names_line):
        """:return: list of units of different conditions that make up what came"""
        draw, units, serials = self.draw, [], list(self.told.serials[place])
        while came:
            quantity = 1 if line.kind == "serial" else draw.randint(1, came)
            came -= quantity
            units.append(
                UnitResult(
                    self.told.skus[line.kind],
                    Decimal(quantity),
                    condition=draw.choice(SOUND if draw.random() < 0.6 else DEFECTIVE),
                    line_ref=self.told.line_refs[place] if names_line else "",
                    lot=draw.choice(self.told.lots) if line.kind == "lot" else "",
                    serial=serials.pop() if line.kind == "serial" else "",
                    note=draw.choice(("", "", "box crushed")),
                )
            )
        return units

    def _tell_found(self, units):
        """Inspections, of one or several units at once."""
        units = list(units)
        found = list(units)
        while units:
            share = [units.pop() for _unit in range(min(len(units), self.draw.choice((1, 1, 2))))]
            self._add("unit.inspected", share)
        return found

    def _tell_done(self, found):
        """Some of what was found is treated, named more or less exactly than it was found."""
        done = []
        for unit in found:
            disposition = self._draw_disposition(unit)
            if not disposition:
                continue
            treated = replace(
                unit,
                quantity=Decimal(self.draw.randint(1, int(unit.quantity))),
                disposition=disposition,
                condition="unknown",
                note="",
                line_ref=unit.line_ref if self.draw.random() < 0.7 else "",
            )
            self._add("disposition.completed", [treated])
            done.append(treated)
        return done

    def _tell_found_and_done(self, units):
        """Both at once: the condition and what was done."""
        for unit in units:
            self._add(
                "disposition.completed",
                [replace(unit, disposition=self._draw_disposition(unit) or "quarantine")],
            )

    def _draw_disposition(self, unit):
        return self.draw.choice(FOR_SOUND if unit.condition in SOUND else FOR_DEFECTIVE)

    def _correct(self, found, done):
        """What was said was wrong: fewer units, another condition, another treatment."""
        way = self.draw.choice(("fewer", "condition", "treatment"))
        if way == "treatment" and done:
            unit = self.draw.choice(done)
            other = replace(unit, disposition=self.draw.choice(("destroy", "restock", "donate")))
            self._add("disposition.completed", [other], units_before=(unit,))
        elif found:
            unit = self.draw.choice(found)
            if way == "condition":
                other = replace(unit, condition=self.draw.choice(SOUND + DEFECTIVE))
            elif unit.quantity > 1:
                other = replace(unit, quantity=unit.quantity - 1)
            else:
                return
            self._add("unit.inspected", [other], units_before=(unit,))

    # -------------------------------------------------------------------------
    # Beside the lines
    # -------------------------------------------------------------------------

    def _tell_stray(self):
        """Goods nobody expects, or others in a line's place."""
        kind = next(
            kind for kind in KINDS if kind not in [line.kind for line in self.history.lines]
        )
        if kind in ("lot", "serial"):
            return
        condition = self.draw.choice(("good", "wrong_item"))
        unit = UnitResult(self.told.skus[kind], Decimal(1), condition=condition)
        if condition == "wrong_item":
            unit = replace(unit, line_ref=self.told.line_refs[0])
        self._add("unit.inspected", [unit])
        if self.draw.random() < 0.5:
            self._add(
                "disposition.completed",
                [replace(unit, condition="unknown", disposition="quarantine")],
            )

    def _tell_nothing_inside(self):
        line = self.history.lines[-1]
        if line.kind not in ("serial", "lot"):
            self._add(
                "unit.inspected",
                [
                    UnitResult(
                        self.told.skus[line.kind],
                        Decimal(1),
                        condition="empty",
                        line_ref=self.told.line_refs[-1],
                    )
                ],
            )

    def _tell_fees(self):
        draw = self.draw
        for kind in draw.sample(("receiving", "inspection", "storage"), draw.randint(1, 2)):
            fee = Fee(
                f"{self.told.prefix}{kind}", kind, Decimal(draw.randint(100, 900)) / 100, "USD"
            )
            self._add("fee.charged", fees=(fee,))
            if self.history.has_corrections and draw.random() < 0.3:
                self._add("fee.charged", fees=(replace(fee, amount=fee.amount + 1),))

    def _tell_report(self):
        """The operator tells everything at once, perhaps again and otherwise later."""
        for number in range(self.draw.choice((1, 2))):
            units = []
            for place, line in enumerate(self.history.lines):
                came = max(line.quantity - self.draw.choice((0, 0, 1)), 0)
                units += [
                    replace(unit, disposition=self._draw_disposition(unit))
                    for unit in self._split(place, line, came, names_line=True)
                ]
            self._add("return.reported", units, status=f"step {number}", is_final=bool(number))
