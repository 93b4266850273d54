"""Which row of a warehouse's bill bills which fee it told. Plain Python.

A fee goes by its number first; then by its return, its kind and its amount; then by what is left.
Nothing is paired that two rows or two fees could claim alike: such rows get suggestions instead.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A row of a bill, or a fee that was told.

    :param key: what the caller knows it by
    :param str ref: the operator's number of the fee, or empty
    :param ret: what the caller knows the return by, or None
    :param str kind: of the cost
    :param amount: rounded, both sides in one currency
    """

    key: Any
    ref: str = ""
    ret: Any = None
    kind: str = "other"
    amount: Decimal = Decimal(0)
    day: date | None = None


def pair(rows, fees):
    """:param rows: list of :class:`Entry`, likewise ``fees``; each is paired at most once
    :return: dict of row key → tuple (fee key, how it was found: reference, amount, kind)
    """
    found = {}
    rows = [row for row in rows if row.amount > 0]
    fees = list(fees)
    by_ref = defaultdict(list)
    for row in rows:
        by_ref[row.ref].append(row)
    for how, get_key, is_certain in (
        ("reference", lambda entry: entry.ref and (entry.ref, entry.ret), _is_first),
        ("reference", lambda entry: entry.ref, _is_alone),
        ("amount", lambda entry: entry.ret and (entry.ret, entry.kind, entry.amount), _is_alike),
        ("kind", lambda entry: entry.ret and (entry.ret, entry.kind), _is_alone),
        ("amount", lambda entry: entry.ret and (entry.ret, entry.amount), _is_alone),
    ):
        by_key = defaultdict(lambda: ([], []))
        for side, entries in enumerate((rows, fees)):
            for entry in entries:
                key = get_key(entry)
                if key:
                    by_key[key][side].append(entry)
        taken = set()
        for its_rows, its_fees in by_key.values():
            if not its_rows or not its_fees or not is_certain(its_rows, its_fees):
                continue
            for row, fee in zip(its_rows, its_fees, strict=False):
                if row.ret and fee.ret and row.ret != fee.ret:
                    continue
                found[row.key] = (fee.key, how)
                taken |= {("row", row.key), ("fee", fee.key)}
                if how == "reference":
                    # Another row with this number is a repeat, and takes no other fee.
                    taken |= {("row", other.key) for other in by_ref[row.ref]}
        rows = [row for row in rows if ("row", row.key) not in taken]
        fees = [fee for fee in fees if ("fee", fee.key) not in taken]
    return found


def _is_first(_rows, fees):
    """The first row with a number takes its fee; a second is a repeat."""
    return len(fees) == 1


def _is_alone(rows, fees):
    return len(rows) == len(fees) == 1


def _is_alike(rows, fees):
    """Entries that agree in everything may be paired in any order."""
    return len(rows) <= len(fees)


def rank(row, fees):
    """Fees a row may bill, best first.

    :return: list of tuples (score 0–100, fee, list of reasons: reference, return, kind, amount,
        near_amount, near_date); what nothing speaks for is left out
    """
    ranked = []
    for fee in fees:
        score, reasons = 0, []
        if row.ref and row.ref == fee.ref:
            score, reasons = 50, ["reference"]
        if row.ret and row.ret == fee.ret:
            score += 40
            reasons.append("return")
        gap = abs(row.amount - fee.amount)
        if not gap:
            score += 25
            reasons.append("amount")
        elif fee.amount and gap / fee.amount <= Decimal("0.1"):
            score += 12
            reasons.append("near_amount")
        if row.kind == fee.kind:
            score += 10
            reasons.append("kind")
        if row.day and fee.day and abs((row.day - fee.day).days) <= 7:
            score += 5
            reasons.append("near_date")
        # A kind or a week alone says nothing: every other fee has them too.
        if score >= 25:
            ranked.append((min(score, 100), fee, reasons))
    return sorted(ranked, key=lambda entry: (-entry[0], str(entry[1].key)))
