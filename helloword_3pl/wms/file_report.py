"""What the rows of a warehouse's file say, as events."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from .base import Address, Fee, Photo, UnitResult, UnknownParcel, WarehouseEvent
from .content import hash_content
from .file_columns import compact, read_flag, read_word
from .file_table import read_table

# What a photo's address begins with that lies beside the files.
PHOTO_SCHEME = "photos:"

_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,8})?")
_GROUPED = {mark: re.compile(rf"[+-]?\d{{1,3}}(?:{re.escape(mark)}\d{{3}}){{2,}}") for mark in ",."}
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_PLAIN_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})(?!\d)")
_TIME = re.compile(
    r"[T,\s]*(上午|下午)?\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap]\.?m\.?)?\s*"
    r"(Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)


class RowError(ValueError):
    """A row nobody can read, with the reason for people."""


@dataclass(frozen=True)
class FileSettings:
    """How a warehouse writes its files.

    :param str encoding: empty: found out, like ``delimiter``
    :param str day_order: dmy, mdy or ymd: only dates that begin with the year
    :param str decimal_mark: "." or ","; empty: found out, number by number
    :param str zone: of moments without one, an IANA name
    :param str currency: of fees that name none
    :param dict columns: their header → our column
    :param dict treatments: their word → our disposition
    """

    encoding: str = ""
    delimiter: str = ""
    day_order: str = "ymd"
    decimal_mark: str = ""
    zone: str = "UTC"
    currency: str = ""
    columns: dict = field(default_factory=dict)
    treatments: dict = field(default_factory=dict)

    def get_names(self):
        """:return: dict of our column → their header, for what we write"""
        names = {}
        for header, column in self.columns.items():
            names.setdefault(column, header)
        return names


@dataclass(frozen=True)
class FileContent:
    """:param events: tuple of :class:`~.base.WarehouseEvent`; ``raw`` says file and line
    :param instruction_refs: of our instructions, which the file says were read
    """

    events: tuple = ()
    instruction_refs: frozenset = frozenset()


def read_file(name, content, settings, written):
    """What a file says.

    :param str name: of the file
    :param bytes content: of the file
    :param settings: :class:`FileSettings`
    :param written: aware moment; when things happened that the file gives no time for
    :return: :class:`FileContent`
    :raise FileError: it cannot be read at all
    """
    table = read_table(name, content, settings.encoding, settings.delimiter, settings.columns)
    counts, events, refs = Counter(), [], set()
    for row in table:
        key = hash_content(row.raw)
        counts[key] += 1
        own_id = row.cells.get("event_id") or f"row-{key}-{counts[key]}"
        raw = {"file": name, "line": row.line, "row": row.raw}
        try:
            if row.fault:
                raise RowError(row.fault)
            told = _RowReader(row.cells, settings, written).tell(own_id)
        except RowError as error:
            events.append(
                WarehouseEvent(
                    f"unreadable-{key}-{counts[key]}", "unreadable", None, note=str(error), raw=raw
                )
            )
            continue
        if row.cells.get("instruction_ref"):
            refs.add(row.cells["instruction_ref"])
        events += [replace(event, raw=raw) for event in told]
    return FileContent(tuple(events), frozenset(refs))


class _RowReader:
    def __init__(self, cells, settings, written):
        self._cells = cells
        self._settings = settings
        self._written = written

    def tell(self, own_id):
        """:return: list of events, each numbered after the row
        :raise RowError: nobody can read it
        """
        kind = self._read_type()
        common = self._read_common()
        events = []
        if kind and kind != "fee.charged":
            events.append(WarehouseEvent(own_id, kind, **common, **self._read_content(kind)))
        if self._has("fee_amount"):
            # One row may tell a result and what it cost.
            fee_id = f"{own_id}:fee" if events else own_id
            events.append(
                WarehouseEvent(fee_id, "fee.charged", **common, fees=(self._read_fee(fee_id),))
            )
        elif kind == "fee.charged":
            raise RowError("A fee needs “fee_amount”.")
        if not events and not self._has("instruction_ref"):
            raise RowError("The row names neither goods nor a parcel nor a fee.")
        return events

    def _has(self, *names):
        return any(self._cells.get(name) for name in names)

    def _get(self, name):
        return self._cells.get(name, "")

    # ---------------------------------------------------------------------
    # Kind
    # ---------------------------------------------------------------------

    def _read_type(self):
        """As said, else what follows from the cells that are filled in."""
        if self._has("event_type"):
            kind = read_word("type", self._get("event_type"))
            if not kind:
                raise RowError(f"“{self._get('event_type')}” is no kind of event we know.")
            return kind
        if self._has("parcel_ref"):
            return "return.unexpected"
        is_of_return = self._has("return_number", "external_ref")
        if is_of_return:
            if self._has("condition", "condition_before", "waits"):
                return "unit.inspected"
            if self._has("disposition", "disposition_before"):
                return "disposition.completed"
            if self._has("sku") and not self._has("fee_amount", "instruction_ref"):
                return "unit.inspected"
            if self._has("fee_amount", "instruction_ref"):
                return ""
            return "parcel.arrived"
        if self._has("tracking_number", "license_plate") and not self._has("fee_amount"):
            return "return.unexpected"
        return ""

    # ---------------------------------------------------------------------
    # Content
    # ---------------------------------------------------------------------

    def _read_common(self):
        moment = self._read_moment("event_time")
        return {
            "moment": moment or self._written,
            "is_moment_seen": moment is None,
            "number": self._get("return_number"),
            "external_ref": self._get("external_ref"),
            "order_ref": self._get("order_ref"),
            "warehouse_code": self._get("warehouse_code"),
            "tracking_number": self._get("tracking_number"),
            "license_plate": self._get("license_plate"),
            "weight": self._read_number("weight_kg", Decimal(0)),
        }

    def _read_content(self, kind):
        if kind == "parcel.arrived":
            return {"photos": self._read_photos(), "note": self._get("note")}
        if kind == "return.unexpected":
            return {
                "parcel": self._read_parcel(),
                "units": (self._read_unit(),) if self._has("sku") else (),
                "photos": self._read_photos(),
            }
        if not self._has("sku"):
            raise RowError("The row names no SKU.")
        unit = self._read_unit()
        content = {"units": (unit,)}
        if self._has("condition_before", "disposition_before"):
            before = replace(
                unit,
                condition=self._read_condition("condition_before"),
                condition_code=self._get("condition_before"),
                disposition=self._read_disposition("disposition_before"),
                disposition_code=self._get("disposition_before"),
                waits=False,
                answer_until=None,
            )
            content["units_before"] = (before,)
        return content

    def _read_unit(self):
        return UnitResult(
            sku=self._get("sku"),
            quantity=self._read_number("quantity", Decimal(1)),
            line_ref=self._get("line_ref"),
            unit_ref=self._get("unit_ref"),
            condition=self._read_condition("condition"),
            condition_code=self._get("condition"),
            disposition=self._read_disposition("disposition"),
            disposition_code=self._get("disposition"),
            to_sku=self._get("to_sku"),
            location=self._get("location"),
            defects=tuple(
                part.strip() for part in re.split(r"[;|；]", self._get("defects")) if part.strip()
            ),
            note=self._get("note"),
            lot=self._get("lot"),
            serial=self._get("serial"),
            expiry=self._read_date("expiry"),
            photos=self._read_photos(),
            waits=self._read_waits(),
            answer_until=self._read_moment("answer_until", is_end=True),
        )

    def _read_condition(self, name):
        """What nobody knows is unknown; the warehouse's word is kept beside it."""
        return read_word("condition", self._get(name)) or "unknown"

    def _read_disposition(self, name):
        text = self._get(name)
        if not text or self._is_question(text):
            return ""
        own = {compact(word): value for word, value in self._settings.treatments.items()}
        disposition = own.get(compact(text)) or read_word("final", text)
        if not disposition:
            raise RowError(
                f"“{text}” is no treatment we know. Enter it under “Treatments” of the connection."
            )
        return disposition

    @staticmethod
    def _is_question(text):
        return read_word("requested", text) == "ask"

    def _read_waits(self):
        waits = read_flag(self._get("waits"))
        if waits is None:
            raise RowError(f"“{self._get('waits')}” is neither yes nor no.")
        return waits or self._is_question(self._get("disposition"))

    def _read_photos(self):
        """Names of pictures beside the files. Two returns' pictures may have one name."""
        names = [part.strip() for part in re.split(r"[;|；\n]", self._get("photos"))]
        owner = self._get("return_number") or self._get("external_ref") or self._get("parcel_ref")
        return tuple(
            Photo(ref=f"{owner}/{name}", url=f"{PHOTO_SCHEME}{name}", name=name)
            for name in names
            if name
        )

    def _read_fee(self, fee_id):
        amount = self._read_number("fee_amount", Decimal(0))
        kind = read_word("fee", self._get("fee_type")) if self._has("fee_type") else "other"
        return Fee(
            ref=self._get("fee_ref") or fee_id,
            kind=kind or "other",
            amount=amount,
            currency=(self._get("fee_currency") or self._settings.currency).upper(),
            description=self._get("fee_description") or self._get("fee_type"),
            invoice_ref=self._get("invoice_ref"),
        )

    def _read_parcel(self):
        ref = self._get("parcel_ref") or self._get("tracking_number") or self._get("license_plate")
        if not ref:
            raise RowError("An unknown parcel needs “parcel_ref” or “tracking_number”.")
        return UnknownParcel(
            ref=ref,
            tracking_number=self._get("tracking_number"),
            carrier=self._get("carrier"),
            license_plate=self._get("license_plate"),
            order_ref=self._get("order_ref"),
            number=self._get("return_number"),
            sender=Address(
                name=self._get("sender_name"),
                email=self._get("sender_email"),
                zip=self._get("sender_zip"),
                city=self._get("sender_city"),
                country=self._get("sender_country").upper(),
            ),
            weight=self._read_number("weight_kg", Decimal(0)),
            note=self._get("note"),
            destroy_at=self._read_moment("destroy_at", is_end=True),
        )

    # ---------------------------------------------------------------------
    # Numbers and days
    # ---------------------------------------------------------------------

    def _read_number(self, name, default):
        text = self._get(name)
        return read_number(text, self._settings.decimal_mark) if text else default

    def _read_date(self, name):
        text = self._get(name)
        if not text:
            return None
        day, _rest = split_date(text, self._settings.day_order)
        return day

    def _read_moment(self, name, is_end=False):
        text = self._get(name)
        if not text:
            return None
        return read_moment(text, self._settings.day_order, self._settings.zone, is_end)


def read_number(text, decimal_mark=""):
    """:param str decimal_mark: "." or ","; empty: found out
    :return: exact
    :raise RowError: it is no number, or it may be two
    """
    plain = re.sub(r"[\s'\u00a0\u202f_]", "", unicodedata.normalize("NFKC", text))
    mark = decimal_mark
    if not mark:
        last = max(plain.rfind(","), plain.rfind("."))
        mark = plain[last] if last >= 0 else "."
        other = "." if mark == "," else ","
        if other not in plain and _GROUPED[mark].fullmatch(plain):
            # A mark that is there twice separates thousands.
            mark = other
        elif mark == "," and other not in plain and re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", plain):
            raise RowError(
                f"“{text}” may be two numbers. Enter the decimal mark on the connection."
            )
    grouping = "." if mark == "," else ","
    whole, _mark, fraction = plain.partition(mark)
    if grouping in fraction or (
        grouping in whole and not re.fullmatch(rf"[+-]?\d{{1,3}}(\{grouping}\d{{3}})+", whole)
    ):
        raise RowError(f"“{text}” is no number.")
    plain = whole.replace(grouping, "") + (f".{fraction}" if fraction else "")
    if not _NUMBER.fullmatch(plain):
        raise RowError(f"“{text}” is no number.")
    return Decimal(plain)


def split_date(text, day_order):
    """:return: tuple (the day, what stands after it)
    :raise RowError: it is no day, or it may be two
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _YEAR_FIRST.match(plain) or _PLAIN_DATE.match(plain)
    if found:
        year, month, day = map(int, found.groups())
    else:
        found = _YEAR_LAST.match(plain)
        if not found:
            raise RowError(f"“{text}” is no date.")
        first, second, year = map(int, found.groups())
        if day_order == "ymd":
            raise RowError(
                f"“{text}” may be two days. Enter the order of day and month on the connection."
            )
        day, month = (first, second) if day_order == "dmy" else (second, first)
        year += 2000 if year < 100 else 0
    try:
        return date(year, month, day), plain[found.end() :].strip()
    except ValueError as error:
        raise RowError(f"“{text}” is no date.") from error


def read_moment(text, day_order, zone, is_end=False):
    """:param str zone: where the text names none
    :param bool is_end: a day without a time means its end, as deadlines do
    :return: aware moment
    :raise RowError: it is none
    """
    day, rest = split_date(text, day_order)
    hour = minute = second = 0
    named = ""
    if rest:
        found = _TIME.fullmatch(rest)
        if not found:
            raise RowError(f"“{text}” is no date and time.")
        half_cn, hour, minute, second, half, named = found.groups()
        hour, minute, second = int(hour), int(minute), int(second or 0)
        half = {"上午": "a", "下午": "p"}.get(half_cn) or (half or "").lower()[:1]
        if half and hour <= 12:
            hour = hour % 12 + (12 if half == "p" else 0)
    try:
        moment = datetime(day.year, day.month, day.day, hour, minute, second)
        if is_end and not rest:
            moment += timedelta(days=1)
        return moment.replace(tzinfo=_read_zone(named) or ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RowError(f"“{text}” is no date and time.") from error


def _read_zone(named):
    if not named:
        return None
    if named[0] not in "+-":
        return UTC
    offset = timedelta(hours=int(named[1:3]), minutes=int(named[-2:]))
    return timezone(-offset if named[0] == "-" else offset)
