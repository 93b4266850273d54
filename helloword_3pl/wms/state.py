"""What a warehouse's events say about one return, all together. Plain Python.

The state is a function of the *set* of events: their order, repeats and the batches they came in
do not matter. Additive events are summed, corrections subtract what was told before; of reports,
which tell everything at once, the newest holds, with the additive events that happened after it.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from .vocabulary import SOUND_CONDITIONS

ZERO = Decimal(0)
# Where goods of one kind have several conditions and it is not said which of them were treated:
# sound ones are put back first, the others go the other ways first.
_SOUND_FIRST = frozenset(("restock", "relabel", "liquidate"))


@dataclass(frozen=True, order=True)
class Goods:
    """Which goods: what must agree between what was found and what was done.

    :param str line_ref: our line, or empty
    :param str external_line_ref: the warehouse's line, or empty
    """

    line_ref: str = ""
    external_line_ref: str = ""
    sku: str = ""
    lot: str = ""
    serial: str = ""
    expiry: date | None = None


@dataclass(frozen=True)
class Waiting:
    """Units the warehouse asks about as one.

    :param str unit_ref: what it calls them, or empty
    :param quantity: above zero
    :param answer_until: aware moment after which it decides itself, or None
    """

    unit_ref: str
    quantity: Decimal
    answer_until: datetime | None = None


@dataclass(frozen=True)
class StateUnit:
    """Some units of the same goods, found and treated alike.

    :param quantity: above zero
    :param str disposition: empty: nothing was done yet
    :param bool waits: the warehouse waits for our word on some of them
    :param waiting: on which of them; never more than ``quantity`` together
    """

    goods: Goods
    condition: str
    quantity: Decimal
    disposition: str = ""
    to_sku: str = ""
    waits: bool = False
    waiting: tuple[Waiting, ...] = ()
    answer_until: datetime | None = None
    unit_refs: tuple[str, ...] = ()
    condition_codes: tuple[str, ...] = ()
    disposition_codes: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    photos: tuple = ()


@dataclass(frozen=True)
class Problem:
    """Numbers that do not add up.

    :param str code: ``correction_early`` (more was taken back than was told), ``treated_too_many``
        (more was treated than inspected)
    """

    code: str
    goods: Goods
    expected: Decimal
    told: Decimal
    detail: str = ""


@dataclass(frozen=True)
class ReturnState:
    """:param arrived_at: of the first parcel, or None
    :param parcels: (moment, tracking number, license plate) of each that arrived
    :param fees: the newest word on each
    :param str status: of the newest report
    :param bool is_final: the warehouse says that nothing more will change
    """

    arrived_at: datetime | None = None
    parcels: tuple = ()
    units: tuple[StateUnit, ...] = ()
    fees: tuple = ()
    photos: tuple = ()
    status: str = ""
    is_final: bool = False
    problems: tuple[Problem, ...] = ()


def fold(events):
    """What a set of events says about one return.

    :param events: iterable of :class:`~.base.WarehouseEvent`; an event that is there twice counts
        once
    :return: :class:`ReturnState`
    """
    events = sorted(
        {event.event_id: event for event in events}.values(),
        key=lambda event: (event.moment, event.event_id),
    )
    report, later = _split_at_report(events)
    book = _Book()
    if report:
        book.add(report.units, 1, is_report=True)
    for event in later:
        book.add(event.units, 1)
        book.add(event.units_before, -1)
    units, problems = book.close()
    arrivals = sorted(
        {
            (event.arrived_at or event.moment, event.tracking_number, event.license_plate)
            for event in events
            if event.type == "parcel.arrived" or event.arrived_at
        }
    )
    return ReturnState(
        arrived_at=arrivals[0][0] if arrivals else None,
        parcels=tuple(arrivals),
        units=units,
        fees=_get_fees(events),
        photos=_unite(event.photos for event in events),
        status=report.status if report else "",
        is_final=any(event.is_final for event in ([report] if report else [])),
        problems=problems,
    )


def _split_at_report(events):
    """:return: tuple (the newest report or None, additive events after it)"""
    reports = [event for event in events if event.type == "return.reported"]
    report = reports[-1] if reports else None
    additive = [
        event for event in events if event.type in ("unit.inspected", "disposition.completed")
    ]
    if report:
        additive = [event for event in additive if event.moment > report.moment]
    return report, additive


def _get_fees(events):
    """The newest word on each fee; all fees have references."""
    fees = {}
    for event in events:
        for fee in event.fees:
            fees[fee.ref] = fee
    return tuple(fees[ref] for ref in sorted(fees))


def _unite(groups):
    """The different members of groups, in an order that depends on nothing but them."""
    return tuple(sorted({member for group in groups for member in group}, key=repr))


class _Book:
    """Sums of what was found and of what was done, and what was said beside the numbers."""

    def __init__(self):
        self._found = defaultdict(lambda: ZERO)
        self._done = defaultdict(lambda: ZERO)
        self._said = defaultdict(list)
        # Units that wait by (goods, condition), and what was done about units, by their names.
        self._asked = defaultdict(lambda: defaultdict(lambda: ZERO))
        self._answered = defaultdict(lambda: ZERO)

    def add(self, units, sign, is_report=False):
        """A unit with a condition was found, one with a disposition was treated; a report's units
        are both, also where their condition is not said."""
        for unit in units:
            goods = Goods(
                unit.line_ref,
                unit.external_line_ref,
                unit.sku,
                unit.lot,
                unit.serial,
                unit.expiry,
            )
            quantity = Decimal(unit.quantity) * sign
            if is_report or self._is_finding(unit):
                self._found[goods, unit.condition] += quantity
            if unit.disposition:
                condition = unit.condition if unit.condition != "unknown" else ""
                self._done[goods, condition, unit.disposition, unit.to_sku] += quantity
                self._answered[unit.unit_ref] += quantity
            elif unit.waits:
                self._asked[goods, unit.condition][unit.unit_ref] += quantity
            if sign > 0:
                self._said[goods].append(unit)

    @staticmethod
    def _is_finding(unit):
        return unit.condition != "unknown" or not unit.disposition

    def close(self):
        """:return: tuple (units, problems)"""
        units, problems = [], []
        kinds = sorted({key[0] for key in (*self._found, *self._done)}, key=repr)
        found = {goods: self._sum(self._found, goods, problems) for goods in kinds}
        done = {goods: self._sum(self._done, goods, problems) for goods in kinds}
        self._name_alike(kinds, found, done)
        for goods in kinds:
            units += self._match(goods, found[goods], done[goods], problems)
        return tuple(units), tuple(problems)

    def _name_alike(self, kinds, found, done):
        """Goods may be named less exactly when they are treated than when they were found, e.g.
        without the line, or the other way round: what was treated belongs to what was found under
        a name that fits.

        :param dict found: goods → sums, likewise ``done``, which is changed here
        """

        def spare(goods):
            return sum(found[goods].values(), ZERO) - sum(done[goods].values(), ZERO)

        for goods in kinds:
            for other in kinds:
                lack = -spare(goods)
                if lack <= 0:
                    break
                if other == goods or not _is_named_alike(goods, other):
                    continue
                room = min(lack, spare(other))
                for key in sorted(done[goods]):
                    share = min(room, done[goods][key])
                    if share > 0:
                        room -= share
                        done[goods][key] -= share
                        done[other][key] = done[other].get(key, ZERO) + share
            done[goods] = {key: quantity for key, quantity in done[goods].items() if quantity}

    @staticmethod
    def _sum(table, goods, problems):
        """Positive sums of these goods; negative ones are corrections that came too early."""
        sums = {}
        for key, quantity in table.items():
            if key[0] != goods:
                continue
            if quantity < 0:
                problems.append(
                    Problem("correction_early", goods, ZERO, quantity, " ".join(key[1:]).strip())
                )
            elif quantity:
                sums[key[1:]] = quantity
        return sums

    def _match(self, goods, found, done, problems):
        """Which of the units that were found were treated how."""
        left = {condition: quantity for (condition,), quantity in found.items()}
        total_found, total_done = sum(left.values(), ZERO), sum(done.values(), ZERO)
        if not left and done:
            # Nobody said how they were found, e.g. a report of dispositions alone.
            left = {"unknown": total_done}
            total_found = total_done
        if total_done > total_found:
            problems.append(Problem("treated_too_many", goods, total_found, total_done))
        rows = []
        # Treatments that name a condition choose first.
        for (named, disposition, to_sku), quantity in sorted(
            done.items(), key=lambda item: (not item[0][0], item[0])
        ):
            for condition in self._order_conditions(left, named, disposition):
                share = min(quantity, left[condition])
                if share > 0:
                    left[condition] -= share
                    quantity -= share
                    rows.append((condition, disposition, to_sku, share))
        rows += [(condition, "", "", quantity) for condition, quantity in left.items() if quantity]
        return [self._make_unit(goods, *row) for row in sorted(_join(rows))]

    @staticmethod
    def _order_conditions(left, named, disposition):
        if named in left:
            return [named]
        sound_first = disposition in _SOUND_FIRST
        return sorted(
            left, key=lambda condition: ((condition in SOUND_CONDITIONS) != sound_first, condition)
        )

    def _get_waiting(self, goods, condition, quantity):
        """:param quantity: of units nothing was done about
        :return: tuple of :class:`Waiting`
        """
        waiting = []
        for unit_ref, asked in sorted(self._asked[goods, condition].items()):
            done = self._answered[unit_ref] if unit_ref else ZERO
            share = min(asked - done, quantity)
            if share <= 0:
                continue
            quantity -= share
            deadlines = [
                unit.answer_until
                for unit in self._said[goods]
                if unit.waits and unit.unit_ref == unit_ref and unit.answer_until
            ]
            waiting.append(Waiting(unit_ref, share, min(deadlines, default=None)))
        return tuple(waiting)

    def _make_unit(self, goods, condition, disposition, to_sku, quantity):
        said = [
            unit
            for unit in self._said[goods]
            if unit.condition in (condition, "unknown")
            and (not unit.disposition or unit.disposition == disposition)
        ]
        waiting = self._get_waiting(goods, condition, quantity) if not disposition else ()
        deadlines = [part.answer_until for part in waiting if part.answer_until]
        return StateUnit(
            goods,
            condition,
            quantity,
            disposition,
            to_sku,
            waits=bool(waiting),
            waiting=waiting,
            answer_until=min(deadlines, default=None),
            unit_refs=_unite([unit.unit_ref] for unit in said if unit.unit_ref),
            condition_codes=_unite([unit.condition_code] for unit in said if unit.condition_code),
            disposition_codes=_unite(
                [unit.disposition_code] for unit in said if unit.disposition_code
            ),
            defects=_unite(unit.defects for unit in said),
            notes=_unite([unit.note] for unit in said if unit.note),
            locations=_unite([unit.location] for unit in said if unit.location),
            photos=_unite(unit.photos for unit in said),
        )


def _is_named_alike(one, other):
    """:return: whether two names can mean the same goods: what both say agrees"""
    return one.sku == other.sku and all(
        not mine or not theirs or mine == theirs
        for mine, theirs in (
            (one.line_ref, other.line_ref),
            (one.external_line_ref, other.external_line_ref),
            (one.lot, other.lot),
            (one.serial, other.serial),
            (one.expiry, other.expiry),
        )
    )


def _join(rows):
    """Rows that say the same, as one."""
    sums = defaultdict(lambda: ZERO)
    for *kind, quantity in rows:
        sums[tuple(kind)] += quantity
    return [(*kind, quantity) for kind, quantity in sums.items()]
