"""The words of a warehouse: four vocabularies that are never mixed, and what others call them.

*Reason* is the customer's, *condition* the inspector's, *requested* what the seller wants done,
*final* what was done. The words of warehouses and standards stand beside ours in
``vocabulary.csv``.

Sources of the standards' codes: GS1 Core Business Vocabulary 2.0 (business steps and
dispositions; a word GS1 has none for is an address of ours, as EPCIS asks for), ASC X12 180
(wishes: RDR01, element 1292; reasons: RDR02, element 1293) and 944 (conditions: W13, element 1303).
Release 4010 has no code for putting goods aside or naming them anew, nor for sound goods.
"""

import csv
from functools import cache
from pathlib import Path

# How goods are, as found.
CONDITIONS = (
    "new",
    "like_new",
    "good",
    "fair",
    "defective",
    "customer_damaged",
    "carrier_damaged",
    "warehouse_damaged",
    "packaging_damaged",
    "expired",
    "wrong_item",
    "empty",
    "unknown",
)
# Goods in these conditions may be sold again as they are.
SOUND_CONDITIONS = frozenset(("new", "like_new", "good"))

# Where goods may go. "ask": the warehouse waits for our word.
DISPOSITIONS = (
    "restock",
    "quarantine",
    "refurbish",
    "relabel",
    "return_to_seller",
    "liquidate",
    "donate",
    "recycle",
    "destroy",
)
REQUESTED = (*DISPOSITIONS, "ask")
FINAL = (*DISPOSITIONS, "missing")

FIELDS = {"condition": CONDITIONS, "requested": REQUESTED, "final": FINAL}
_FILE = Path(__file__).with_name("vocabulary.csv")


@cache
def read_codes():
    """The table of codes.

    :return: tuple of dicts: ``scheme`` (a provider or a standard), ``field`` (reason, condition,
        requested, final; biz_step, of what is done or of a kind of event), ``value`` (ours), ``code`` (theirs), ``use`` (both, in: only
        read, out: only sent)
    """
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


@cache
def _table(scheme, field, direction):
    key, result = ("code", "value") if direction == "in" else ("value", "code")
    table = {}
    for row in read_codes():
        if row["scheme"] == scheme and row["field"] == field and row["use"] in ("both", direction):
            table.setdefault(row[key].lower() if direction == "in" else row[key], row[result])
    return table


def to_ours(scheme, field, code, default="unknown"):
    """Our word for a code of theirs.

    :param str default: what a code is that is not in the table; the code itself is kept beside it
    """
    return _table(scheme, field, "in").get(str(code or "").lower(), default)


def to_theirs(scheme, field, value):
    """Their code for a word of ours, or None when they have none."""
    return _table(scheme, field, "out").get(value)


def list_words():
    """Our words beside those of the standards, for people who map their own.

    :return: list of dicts: ``field``, ``value``, ``cbv`` and ``x12`` (codes, or empty),
        ``step`` (CBV's business step)
    """
    return [
        {
            "field": field,
            "value": value,
            "cbv": to_theirs("cbv", field, value) or "",
            "step": to_theirs("cbv", "biz_step", value) or "" if field == "final" else "",
            "x12": to_theirs("x12", field, value) or "",
        }
        for field, values in FIELDS.items()
        for value in values
    ]
