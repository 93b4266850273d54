"""What happens to a return in the demo warehouse: a function of its number, what was announced, the
buttons that were pressed, our answers and the clock. Nothing here is left to chance.

The warehouse knows ways a return may go wrong (as ShipMonk's sandbox completes one fully, short, in
excess or partially) and treats what it finds as it was told to.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from .vocabulary import SOUND_CONDITIONS

# Way a return goes → how many of every hundred go it.
MODES = {
    "full": 36,
    "damaged": 16,
    "short": 8,
    "over": 4,
    "partial": 8,
    "wrong": 6,
    "empty": 4,
    "late": 6,
    "corrected": 4,
    "unlabelled": 8,
}
# One return in so many has company: a parcel nobody knows anything about.
STRANGER_EVERY = 9
# Ticks of the warehouse's clock: until a parcel arrives, is inspected, is treated.
_ROAD, _LATE_ROAD, _INSPECTION, _TREATMENT = 2, 10, 2, 1
_SECOND_PARCEL = 4
# How long the warehouse keeps what waits for our word, and parcels it cannot place.
ANSWER_TICKS, CLAIM_TICKS = 30, 40
_DAMAGES = {
    "carrier_damaged": ("corner crushed", "tape torn"),
    "customer_damaged": ("scratched", "seal broken"),
    "defective": ("does not switch on",),
}
_SOUND = ("new", "new", "like_new", "good")


@dataclass(frozen=True)
class Answer:
    """Our word on units that wait, as the warehouse took it in."""

    unit_ref: str
    disposition: str
    quantity: Decimal
    given_at: datetime
    to_sku: str = ""


@dataclass(frozen=True)
class Visit:
    """One return at the demo warehouse.

    :param str mode: key of :data:`MODES`
    :param tick: length of one step of the warehouse's clock
    :param lines: dicts: ``line_ref``, ``sku``, ``quantity``, ``requested``,
        ``requested_defective``, ``lot``, ``serials``
    :param hurries: moments at which every return did its next step at once
    :param claimed_at: when we said whose the parcel is
    :param str stray: SKU of what is in the parcel where the wrong goods are; empty: the warehouse
        does not know them
    """

    number: str
    mode: str
    started: datetime
    tick: timedelta
    lines: tuple = ()
    hurries: tuple = ()
    answers: tuple[Answer, ...] = ()
    claimed_at: datetime | None = None
    stray: str = ""

    def wait(self, since, ticks):
        """:return: when the next step happens: in its time, or when somebody is in a hurry"""
        planned = since + self.tick * ticks
        return min((moment for moment in self.hurries if since < moment < planned), default=planned)


@dataclass(frozen=True)
class Found:
    """Some units as they lie on the table.

    :param str wish: what is done with them; "ask": they wait for our word; empty: nothing is left
        to do
    :param int parcel: number of the parcel they came in
    :param str second_look: condition somebody finds later
    """

    line: dict
    condition: str
    quantity: Decimal
    wish: str
    serial: str = ""
    parcel: int = 1
    defects: tuple = ()
    second_look: str = ""

    def make_ref(self, visit):
        """:return: what the warehouse calls these units"""
        parts = (
            visit.number,
            self.line["line_ref"],
            self.condition,
            self.serial,
            "again" if self.second_look else "",
            str(self.parcel) if self.parcel > 1 else "",
        )
        return "-".join(filter(None, parts))


@dataclass(frozen=True)
class Step:
    """One thing that happens.

    :param str kind: unknown, destroyed_unclaimed, arrived, inspected, corrected, treated
    :param found: :class:`Found` it is about, with what was done: tuples (found, disposition,
        quantity, to_sku)
    :param until: how long the warehouse waits for our word
    """

    kind: str
    moment: datetime
    ref: str
    found: tuple = ()
    until: datetime | None = None
    parcel: int = 1
    note: str = ""


@dataclass
class _Course:
    steps: list = field(default_factory=list)

    def add(self, kind, moment, ref, **values):
        self.steps.append(Step(kind, moment, ref, **values))
        return moment


def draw(number, *words):
    """:return: a number that depends on nothing but the words"""
    text = "/".join((number, *words))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def choose_mode(number):
    """Which way a return goes, by its number alone.

    :return: key of :data:`MODES`
    """
    place = draw(number, "mode") % sum(MODES.values())
    for mode, share in MODES.items():
        if place < share:
            return mode
        place -= share
    raise AssertionError("The shares of the modes do not add up.")


def has_stranger(number):
    return draw(number, "stranger") % STRANGER_EVERY == 0


def play(visit):
    """All that happens to a return from its announcement on, past and future.

    :return: list of :class:`Step`
    """
    course = _Course()
    road = _LATE_ROAD if visit.mode == "late" else _ROAD
    arrived = visit.wait(visit.started, road)
    if visit.mode == "unlabelled":
        destroy_at = arrived + visit.tick * CLAIM_TICKS
        course.add("unknown", arrived, "unknown", until=destroy_at)
        if not visit.claimed_at:
            course.add("destroyed_unclaimed", destroy_at, "destroyed")
            return course.steps
        arrived = visit.claimed_at
    found = find_goods(visit)
    for parcel in sorted({unit.parcel for unit in found} | {1}):
        if parcel > 1:
            arrived = visit.wait(arrived, _SECOND_PARCEL)
        course.add("arrived", arrived, f"arrived-{parcel}", parcel=parcel)
        goods = tuple(unit for unit in found if unit.parcel == parcel)
        if goods:
            _play_parcel(course, visit, goods, arrived, parcel)
    return course.steps


def _play_parcel(course, visit, goods, arrived, parcel):
    inspected = visit.wait(arrived, _INSPECTION)
    until = inspected + visit.tick * ANSWER_TICKS
    shared = {"until": until, "parcel": parcel}
    course.add("inspected", inspected, f"inspected-{parcel}", found=_as_rows(goods), **shared)
    done = inspected
    second = tuple(unit for unit in goods if unit.second_look)
    if second:
        done = visit.wait(inspected, _TREATMENT)
        course.add("corrected", done, f"corrected-{parcel}", found=_as_rows(second), **shared)
    told = tuple(unit for unit in goods if unit.wish not in ("", "ask"))
    if told:
        done = visit.wait(done, _TREATMENT)
        rows = tuple((unit, unit.wish, unit.quantity, "") for unit in told)
        course.add("treated", done, f"treated-{parcel}", found=rows, parcel=parcel)
    for unit in goods:
        if unit.wish == "ask":
            _play_question(course, visit, unit, until)


def _play_question(course, visit, unit, until):
    """Each answer is carried out; what nobody decided in time is destroyed."""
    ref, left = unit.make_ref(visit), unit.quantity
    for index, answer in enumerate(visit.answers):
        if answer.unit_ref != ref:
            continue
        left -= answer.quantity
        course.add(
            "treated",
            visit.wait(answer.given_at, _TREATMENT),
            f"answered-{ref}-{index}",
            found=((unit, answer.disposition, answer.quantity, answer.to_sku),),
            parcel=unit.parcel,
        )
    if left > 0:
        course.add(
            "treated",
            until,
            f"unanswered-{ref}",
            found=((unit, "destroy", left, ""),),
            parcel=unit.parcel,
            note="Nobody answered in time.",
        )


def get_asking_step(unit):
    """:return: kind of the step at which the warehouse asks what to do with units"""
    return "corrected" if unit.second_look else "inspected"


def find_goods(visit):
    """What is in the parcels.

    :return: list of :class:`Found`
    """
    found = []
    for index, line in enumerate(visit.lines):
        found += _find_line(visit, line, is_first=index == 0)
    total = sum(unit.quantity for unit in found)
    if visit.mode == "partial" and total > 1:
        found = _split(found, total)
    return found


def _find_line(visit, line, is_first):
    quantity, mode = Decimal(line["quantity"]), visit.mode if is_first else "full"
    if visit.mode == "empty" or (mode == "short" and quantity <= 1 and len(visit.lines) == 1):
        return [Found(line, "empty", quantity, "")]
    if mode == "short":
        quantity -= min(quantity, Decimal(1))
    elif mode == "over":
        quantity += 1
    sound = _SOUND[draw(visit.number, line["line_ref"], "grade") % len(_SOUND)]
    odd = min(quantity, Decimal(1)) if mode in ("damaged", "wrong", "corrected") else Decimal(0)
    found = _make_found(line, sound, quantity - odd, line["requested"], first=odd)
    if mode == "damaged":
        kinds = sorted(_DAMAGES)
        kind = kinds[draw(visit.number, "damage") % len(kinds)]
        found += _make_found(line, kind, odd, line["requested_defective"], defects=_DAMAGES[kind])
    elif mode == "wrong":
        found.append(Found(line, "wrong_item", odd, "ask", defects=("not what was sold",)))
    elif mode == "corrected":
        second = {"second_look": "defective", "defects": ("fault found at a second look",)}
        found += _make_found(line, sound, odd, line["requested_defective"], **second)
    return found


def _make_found(line, condition, quantity, wish, first=Decimal(0), **values):
    """Units of one kind, one by one where they have serial numbers.

    :param first: how many serial numbers go to other units
    """
    if quantity <= 0:
        return []
    if condition in SOUND_CONDITIONS and not values.get("second_look"):
        serials = line["serials"][int(first) :]
    else:
        serials = line["serials"][:1]
    if not serials:
        return [Found(line, condition, quantity, wish, **values)]
    units = [Found(line, condition, Decimal(1), wish, serial, **values) for serial in serials]
    rest = quantity - len(units)
    return units + ([Found(line, condition, rest, wish, **values)] if rest > 0 else [])


def _split(found, total):
    """The second half of the goods comes in a second parcel."""
    halves, room = [], total - total // 2
    for unit in found:
        first = min(unit.quantity, room)
        room -= first
        for parcel, quantity in ((1, first), (2, unit.quantity - first)):
            if quantity > 0:
                halves.append(replace(unit, quantity=quantity, parcel=parcel))
    return halves


def _as_rows(goods):
    return tuple((unit, "", unit.quantity, "") for unit in goods)
