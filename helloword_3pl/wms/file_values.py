"""Numbers, days and moments as people write them in files."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

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
