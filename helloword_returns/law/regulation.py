"""One sourced fact about one jurisdiction, and how it is read from a table."""

import csv
import io
from dataclasses import dataclass
from datetime import date

UNITS = ("days", "months", "years", "bool", "text")
CONFIDENCES = ("high", "medium", "low")
TOPICS = (
    "withdrawal",
    "withdrawal_function",
    "refund_deadline",
    "return_shipping_cost",
    "restocking_fee",
    "exceptions",
    "defect",
    "guarantee",
    "disclosure",
)
# The European Union stands in the table where a country would.
EUROPEAN_UNION = "EU"
COLUMNS = (
    "country_code",
    "subdivision_code",
    "topic",
    "rule_key",
    "value",
    "unit",
    "applies_from",
    "legal_reference",
    "summary_en",
    "confidence",
    "source_url",
)
_CALENDAR_DAYS = {"days": 1, "months": 30, "years": 365}


class UnreadableRegulationsError(ValueError):
    """A table that cannot be taken.

    :ivar code: ``columns``, ``value``, ``date``, ``unit``, ``topic``, ``confidence``, ``country``
        or ``double``
    :ivar row: number of the row in the file, its heading being the first
    :ivar detail: what was found there
    """

    def __init__(self, code, row, detail):
        super().__init__(code, row, detail)
        self.code, self.row, self.detail = code, row, detail


@dataclass(frozen=True, slots=True)
class Regulation:
    """:ivar country: ISO 3166 alpha-2 code, or ``EU``
    :ivar subdivision: ISO 3166-2 code such as ``US-NY``, or empty
    :ivar applies_from: first day it binds; None: it has for long
    """

    country: str
    subdivision: str
    topic: str
    key: str
    value: str
    unit: str
    applies_from: date | None = None
    reference: str = ""
    summary: str = ""
    confidence: str = "high"
    source: str = ""

    @property
    def jurisdiction(self):
        return self.subdivision or self.country

    @property
    def is_confirmed(self):
        """Nothing that is not confirmed may become an error."""
        return self.confidence != "low"

    @property
    def number(self):
        """The value as a number in its unit, or None when it is none."""
        return int(self.value) if self.unit in _CALENDAR_DAYS else None

    @property
    def days(self):
        """The value in calendar days, a month being 30 and a year 365; None when it is none."""
        return self.number * _CALENDAR_DAYS[self.unit] if self.number is not None else None

    @property
    def flag(self):
        """True or False; None when the value is not a settled yes or no."""
        return {"true": True, "false": False}[self.value] if self.unit == "bool" else None

    def is_in_force(self, day):
        return self.applies_from is None or self.applies_from <= day


def read_regulations(text):
    """Read a table with the columns :data:`COLUMNS`.

    :param str text: CSV with a heading
    :return: list of :class:`Regulation`
    :raise UnreadableRegulationsError: naming the first row that cannot be taken
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise UnreadableRegulationsError("columns", 1, ", ".join(missing))
    regulations, seen = [], set()
    for number, row in enumerate(reader, start=2):
        regulation = _read_row(number, {name: (row[name] or "").strip() for name in COLUMNS})
        key = (regulation.jurisdiction, regulation.key)
        if key in seen:
            raise UnreadableRegulationsError("double", number, " ".join(key))
        seen.add(key)
        regulations.append(regulation)
    return regulations


def _read_row(number, row):
    for column, allowed in (("unit", UNITS), ("topic", TOPICS), ("confidence", CONFIDENCES)):
        if row[column] not in allowed:
            raise UnreadableRegulationsError(column, number, row[column])
    if len(row["country_code"]) != 2 or not row["rule_key"]:
        raise UnreadableRegulationsError("country", number, row["country_code"])
    check_value(row["value"], row["unit"], number)
    try:
        applies_from = date.fromisoformat(row["applies_from"]) if row["applies_from"] else None
    except ValueError as error:
        raise UnreadableRegulationsError("date", number, row["applies_from"]) from error
    return Regulation(
        country=row["country_code"],
        subdivision=row["subdivision_code"],
        topic=row["topic"],
        key=row["rule_key"],
        value=row["value"],
        unit=row["unit"],
        applies_from=applies_from,
        reference=row["legal_reference"],
        summary=row["summary_en"],
        confidence=row["confidence"],
        source=row["source_url"],
    )


def check_value(value, unit, row=0):
    """:raise UnreadableRegulationsError: the value does not fit its unit"""
    if unit in _CALENDAR_DAYS:
        fits = value.isdecimal()
    elif unit == "bool":
        fits = value in ("true", "false")
    else:
        fits = bool(value)
    if not fits:
        raise UnreadableRegulationsError("value", row, value)
