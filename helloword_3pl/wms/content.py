"""What warehouses' adapters share: whole units, moments, cursors, identities made of content."""

import hashlib
import json
from datetime import UTC
from decimal import Decimal

from odoo.addons.helloword_returns.carriers.moment import read_moment
from odoo.addons.helloword_returns.providers.base import RejectedError


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


def write_utc(moment):
    """:return: an aware moment as RFC 3339 text in UTC, to the second"""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def hash_content(content):
    """A short text that is the same for the same content.

    :param content: anything JSON can say
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


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
