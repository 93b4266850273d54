"""What warehouses' adapters share: whole units, moments, cursors, identities made of content."""

import hashlib
import json
from dataclasses import asdict, replace
from datetime import UTC
from decimal import Decimal
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from odoo.addons.helloword_returns.carriers.moment import read_moment
from odoo.addons.helloword_returns.providers.base import (
    AnswerFile,
    RejectedError,
    TemporaryError,
)
from odoo.addons.helloword_returns.providers.http import LOOPBACK, HttpSession

from .base import WarehouseEvent


def count_units(line, operator):
    """:param line: :class:`~.base.ExpectedLine`
    :param str operator: who counts, for people
    :return: its quantity as an integer
    :raise RejectedError: it is none, or none of these can come back
    """
    quantity = Decimal(line.quantity)
    if quantity < 1 or quantity != quantity.to_integral_value():
        raise RejectedError(
            f"{operator} counts whole units; “{line.sku}” has a quantity of {quantity.normalize():f}."
        )
    return int(quantity)


def read_utc(value):
    """A moment as a warehouse wrote it; without a zone it is taken as UTC.

    :return: aware :class:`datetime.datetime`, or None
    """
    moment = read_moment(value)
    if moment is None:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def demand_utc(value):
    """:return: aware moment
    :raise ValueError: there is none, so that nobody can tell what is newer
    """
    moment = read_utc(value)
    if moment is None:
        raise ValueError(f"“{value}” is no date")
    return moment


def write_utc(moment):
    """:return: an aware moment as RFC 3339 text in UTC, to the second"""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def identify(prefix, event):
    """Give an event a number made of what it says: told again it is the same, and when it says
    anything else it is another.

    :param str prefix: unique among the kinds of events of a connection
    :param event: :class:`~.base.WarehouseEvent`
    """
    content = asdict(event)
    del content["raw"], content["event_id"]
    return replace(event, event_id=f"{prefix}-{hash_content(content)}")


def hash_content(content):
    """A short text that is the same for the same content.

    :param content: anything JSON can say, moments and numbers as text
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def read_rows(operator, rows, read):
    """What a list says. A row nobody can read is told as an event of a kind that is refused, with
    the reason, and holds up no other.

    :param str operator: code of the provider
    :param read: gives the events of a row, or raises RejectedError
    :return: tuple of :class:`~.base.WarehouseEvent`
    """
    events = []
    for row in rows:
        try:
            events += read(row)
        except RejectedError as error:
            events.append(
                WarehouseEvent(
                    event_id=f"{operator}-unreadable-{hash_content(row)}",
                    type="unreadable",
                    moment=None,
                    note=str(error),
                    raw=row if isinstance(row, dict) else {"row": row},
                )
            )
    return tuple(events)


def infer_condition(disposition, condition="unknown"):
    """How goods are that nobody graded: what a warehouse puts back into stock it holds fit for sale.

    :param str disposition: what was done with them
    :param str condition: as said, which goes first
    """
    if condition == "unknown" and disposition == "restock":
        return "good"
    return condition


def read_body(body):
    """A message's JSON object.

    :param bytes body: as received
    :raise RejectedError: it is none
    """
    try:
        content = json.loads(body)
    except ValueError as error:
        raise RejectedError("The message is not JSON.") from error
    if not isinstance(content, dict):
        raise RejectedError("The message is not a JSON object.")
    return content


def read_cursor(cursor):
    """:return: dict of what :func:`write_cursor` kept; empty for a cursor nobody can read"""
    try:
        content = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def write_cursor(**content):
    return json.dumps(content, sort_keys=True)


def load_picture(url, base_url):
    """A picture a warehouse named, loaded without our credentials.

    :param str base_url: of the warehouse; a picture on this very machine is loaded only from one
        that is here as well
    :return: :class:`~odoo.addons.helloword_returns.providers.base.AnswerFile`
    :raise RejectedError: it is no picture, or its address is none a warehouse would give
    :raise TemporaryError: it cannot be loaded now
    """
    parts = urlsplit(url)
    if parts.hostname in LOOPBACK and urlsplit(base_url).hostname not in LOOPBACK:
        raise RejectedError("The picture's address is not one of a warehouse.")
    answer = HttpSession(f"{parts.scheme}://{parts.netloc}").get(url, allow_redirects=False)
    if answer.status_code != 200:
        raise TemporaryError(f"The picture cannot be loaded (HTTP {answer.status_code}).")
    mimetype = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not mimetype.startswith("image/"):
        raise RejectedError("What the warehouse gave as a picture is none.")
    return AnswerFile(PurePosixPath(parts.path).name, mimetype, answer.content, "photo")
