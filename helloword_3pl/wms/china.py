"""What warehouses run from China share: their clock, their signatures, their way to refuse."""

import hashlib
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from odoo.addons.helloword_returns.carriers.moment import read_moment
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

CHINA = ZoneInfo("Asia/Shanghai")
# Refusals are told with HTTP 200; these words in them say that we only asked too often.
_BUSY_WORDS = re.compile(
    r"频繁|限流|流控|超过.{0,6}限制|系统繁忙|too (many|frequent)|frequently|rate limit|call limit|"
    r"system (is )?busy",
    re.IGNORECASE,
)
# Seconds to wait when a refusal does not say how long.
_PAUSE = 60


def read_china_time(value):
    """A moment as such a warehouse wrote it: China's time unless it names a zone.

    :param value: text, milliseconds since 1970, or nothing; ``0000-00-00 00:00:00`` is nothing
    :return: aware :class:`datetime.datetime` in UTC, or None
    """
    if isinstance(value, int | float) or (
        isinstance(value, str) and re.fullmatch(r"\d{13}", value)
    ):
        return datetime.fromtimestamp(int(value) / 1000, UTC) if int(value) else None
    moment = read_moment(value)
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=CHINA)).astimezone(UTC)


def write_china_time(moment):
    """:return: an aware moment as these warehouses read it, ``2026-05-01 08:00:00``"""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def write_china_date(moment):
    return moment.astimezone(CHINA).strftime("%Y-%m-%d")


def join_sorted(params):
    """Names and values in the order of the names, nothing between them: what is signed."""
    return "".join(f"{name}{params[name]}" for name in sorted(params))


def digest_md5(text):
    """:return: 32 small hexadecimal digits"""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def refuse(operator, message, answer):
    """The error a refusal in an answer of HTTP 200 means; it was certainly not carried out.

    :param str operator: who refuses, for people
    :param message: the operator's words
    """
    message = str(message or "").strip()
    if _BUSY_WORDS.search(message):
        return TemporaryError(message, retry_after=_PAUSE, answer=answer)
    return RejectedError(message or f"{operator} refused this without a reason.", answer)


def find_unreadable(operator, acts, answer):
    """The error an answer means that nobody can read."""
    kind = UnknownOutcomeError if acts else TemporaryError
    return kind(f"{operator}'s answer cannot be read.", answer=answer)


def write_note(expected, separator="\n"):
    """For people in the warehouse: wishes and papers its interface has no fields for.

    :param expected: :class:`~.base.ExpectedReturn`
    """
    wishes = "; ".join(
        f"{line.sku}: {line.requested}, otherwise {line.requested_defective}"
        for line in expected.lines
    )
    customs = expected.customs
    papers = ", ".join(
        f"{name} {value}"
        for name, value in (
            ("import", customs.reimport_ref),
            ("export", customs.export_ref),
            ("VAT", customs.vat_number),
        )
        if value
    )
    return separator.join(part for part in (expected.note, wishes, papers) if part)
