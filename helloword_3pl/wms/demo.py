"""A warehouse that exists only here: it is told, receives, grades, takes photos, asks, does as it is
told, and charges, so that the whole product can be tried without an account.

What happens to a return follows from its number (see :mod:`~.demo_script`); time passes by itself,
and a button makes every return do its next step at once. The adapter looks at the other side's
memory as it would at a server: it keeps each announcement once, refuses what a warehouse would
refuse, and tells the same events however often it is asked.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

from odoo.addons.helloword_returns.providers.base import RejectedError

from . import demo_photo
from .base import Announced, EventPage, Instructed, WarehouseAdapter
from .content import hash_content, read_cursor, read_utc, write_cursor
from .demo_report import make_parcel_ref, tell_step
from .demo_script import Answer, Visit, choose_mode, draw, get_asking_step, play

# What was written down while it was asked is told again for so long; the inbox keeps it once.
_OVERLAP = timedelta(minutes=2)


class DemoAdapter(WarehouseAdapter):
    """:param memory: the other side's memory: ``recall_all()`` gives a dict of kind → dict of key →
        content, ``keep(key, kind, content)`` writes one down
    :param now: aware moment the warehouse believes it is
    :param tick: length of one step of its clock, for returns announced from now on
    :param str mode: key of :data:`~.demo_script.MODES` every return goes, or empty: its number
        decides
    """

    capabilities = frozenset(
        (
            "announce",
            "update",
            "cancel",
            "instruct",
            "poll",
            "look_up",
            "photos",
            "fees",
            "unknown_parcels",
            "claim",
        )
    )
    poll_interval = 60

    def __init__(self, memory, now, tick, mode="", currency="USD"):
        self._memory = memory
        self._now = now
        self._tick = tick
        self._mode = mode
        self._currency = currency

    def check(self):
        self._open_books()

    def hurry(self):
        """Every return does its next step now."""
        self._memory.keep(f"hurry-{self._now.isoformat()}", "hurry", {})

    # -------------------------------------------------------------------------
    # What comes
    # -------------------------------------------------------------------------

    def announce(self, expected, key):
        books = self._open_books()
        known = books.returns.get(expected.number)
        content = _as_content(expected)
        is_new = known is None or known.get("cancelled", False)
        if not is_new and known["told"] == content:
            return _as_announced(known)
        if not is_new and books.play(known, self._now):
            raise RejectedError("The parcel is in the warehouse already; nothing can be changed.")
        if not expected.lines:
            raise RejectedError("The demo warehouse wants to know which products come back.")
        if is_new:
            known = {
                "number": expected.number,
                "ref": f"DEMO-{hash_content(expected.number)[:8].upper()}",
                "mode": self._mode or choose_mode(expected.number),
                "started": self._now.isoformat(),
                "tick": self._tick.total_seconds(),
            }
        known = {**known, "told": content, "stray": books.choose_stray(expected)}
        self._memory.keep(expected.number, "return", known)
        return _as_announced(known)

    def find(self, expected):
        known = self._open_books().returns.get(expected.number)
        if known is None or known.get("cancelled"):
            return None
        same = not expected.lines or known["told"] == _as_content(expected)
        return _as_announced(known) if same else None

    def cancel(self, expected, key):
        books = self._open_books()
        known = books.returns.get(expected.number)
        if known is None:
            return Announced(expected.external_ref, "cancelled")
        if books.play(known, self._now):
            raise RejectedError("The parcel is in the warehouse already.")
        self._memory.keep(known["number"], "return", {**known, "cancelled": True})
        return Announced(known["ref"], "cancelled")

    def claim(self, parcel_ref, expected, key):
        books = self._open_books()
        known = books.returns.get(expected.number)
        if known is None or make_parcel_ref(known) != parcel_ref:
            raise RejectedError("The parcel's content does not belong to this return.")
        kinds = {step.kind for step in books.play(known, self._now)}
        if "unknown" not in kinds:
            raise RejectedError("There is no such parcel here.")
        if "destroyed_unclaimed" in kinds:
            raise RejectedError("The parcel was destroyed: nobody wanted it in time.")
        if not known.get("claimed"):
            claimed = {**known, "claimed": self._now.isoformat()}
            self._memory.keep(known["number"], "return", claimed)
        return _as_announced(known)

    def find_claim(self, parcel_ref, expected):
        known = self._open_books().returns.get(expected.number)
        return _as_announced(known) if known and known.get("claimed") else None

    def _open_books(self):
        return _Books(self._memory.recall_all())

    # -------------------------------------------------------------------------
    # Our word
    # -------------------------------------------------------------------------

    def instruct(self, instruction, key):
        books = self._open_books()
        if key in books.answers:
            return Instructed(key)
        waiting = books.get_waiting(instruction.number, self._now)
        left, until = waiting.get(instruction.unit_ref, (Decimal(0), None))
        if until and self._now >= until:
            raise RejectedError("It is too late: the warehouse has destroyed these units.")
        if instruction.quantity <= 0 or instruction.quantity > left:
            raise RejectedError(
                f"{left:f} units wait under “{instruction.unit_ref}”, not {instruction.quantity:f}."
            )
        if instruction.disposition == "relabel" and not instruction.to_sku:
            raise RejectedError("Say which product they become.")
        content = {
            "number": instruction.number,
            "ref": instruction.ref,
            "unit_ref": instruction.unit_ref,
            "disposition": instruction.disposition,
            "quantity": str(instruction.quantity),
            "to_sku": instruction.to_sku,
            "given_at": self._now.isoformat(),
        }
        self._memory.keep(key, "answer", content)
        return Instructed(key)

    def find_instruction(self, instruction):
        for key, answer in self._open_books().answers.items():
            if (answer["number"], answer["ref"]) == (instruction.number, instruction.ref):
                return Instructed(key)
        return None

    # -------------------------------------------------------------------------
    # What happened
    # -------------------------------------------------------------------------

    def fetch(self, cursor=""):
        since = read_utc(read_cursor(cursor).get("since"))
        books = self._open_books()
        events = [
            event
            for known in books.returns.values()
            for event in self._tell(books, known)
            if since is None or event.moment > since - _OVERLAP
        ]
        events.sort(key=lambda event: (event.moment, event.event_id))
        return EventPage(tuple(events), write_cursor(since=self._now.isoformat()))

    def fetch_return(self, expected):
        books = self._open_books()
        known = books.returns.get(expected.number)
        return tuple(self._tell(books, known)) if known else ()

    def load_photo(self, photo):
        return demo_photo.take(photo.url)

    def _tell(self, books, known):
        visit = books.as_visit(known)
        for step in books.play(known, self._now):
            yield from tell_step(known, visit, step, self._currency)


class _Books:
    """What the warehouse knows, read at once.

    :param dict memory: kind → dict of key → content
    """

    def __init__(self, memory):
        self.returns = memory.get("return", {})
        self.answers = memory.get("answer", {})
        self._hurries = tuple(
            sorted(
                datetime.fromisoformat(key.removeprefix("hurry-"))
                for key in memory.get("hurry", {})
            )
        )
        self._answers_by_number = defaultdict(list)
        for answer in self.answers.values():
            self._answers_by_number[answer["number"]].append(answer)

    def choose_stray(self, expected):
        """:return: SKU of goods that are mistaken for the first ones of a return, or empty"""
        others = {
            line["sku"] for known in self.returns.values() for line in known["told"]["lines"]
        } - {line.sku for line in expected.lines}
        return min(others, key=lambda sku: draw(expected.number, "stray", sku), default="")

    def as_visit(self, known):
        """:return: :class:`~.demo_script.Visit`"""
        claimed = known.get("claimed")
        return Visit(
            known["number"],
            known["mode"],
            datetime.fromisoformat(known["started"]),
            timedelta(seconds=known["tick"]),
            tuple(known["told"]["lines"]),
            self._hurries,
            tuple(
                Answer(
                    answer["unit_ref"],
                    answer["disposition"],
                    Decimal(answer["quantity"]),
                    datetime.fromisoformat(answer["given_at"]),
                    answer["to_sku"],
                )
                for answer in self._answers_by_number[known["number"]]
            ),
            datetime.fromisoformat(claimed) if claimed else None,
            known.get("stray", ""),
        )

    def play(self, known, now):
        """:return: list of :class:`~.demo_script.Step` that have happened"""
        if known.get("cancelled"):
            return []
        return [step for step in play(self.as_visit(known)) if step.moment <= now]

    def get_waiting(self, number, now):
        """:return: dict of unit → (how many wait for our word, until when)"""
        known = self.returns.get(number)
        if known is None:
            return {}
        visit, waiting = self.as_visit(known), {}
        for step in self.play(known, now):
            for unit, _disposition, quantity, _to_sku in step.found:
                if unit.wish == "ask" and step.kind == get_asking_step(unit):
                    waiting[unit.make_ref(visit)] = (quantity, step.until)
        for answer in visit.answers:
            quantity, until = waiting.get(answer.unit_ref, (Decimal(0), None))
            waiting[answer.unit_ref] = (quantity - answer.quantity, until)
        return waiting


def _as_content(expected):
    """What an announcement says, as far as the warehouse cares."""
    return {
        "warehouse_code": expected.warehouse_code,
        "order_ref": expected.order_ref,
        "sender": expected.sender.name or expected.sender.company,
        "city": expected.sender.city,
        "country": expected.sender.country,
        "tracking": [parcel.tracking_number for parcel in expected.parcels],
        "lines": [
            {
                "line_ref": line.line_ref,
                "sku": line.sku,
                "quantity": f"{line.quantity:f}",
                "requested": line.requested,
                "requested_defective": line.requested_defective,
                "lot": line.lot,
                "serials": list(line.serials),
            }
            for line in expected.lines
        ],
    }


def _as_announced(known):
    return Announced(
        known["ref"],
        "expected",
        {line["line_ref"]: f"{known['ref']}-{line['line_ref']}" for line in known["told"]["lines"]},
        raw={"id": known["ref"]},
    )
