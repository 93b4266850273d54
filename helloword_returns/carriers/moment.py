"""Moments as carriers write them."""

from datetime import datetime

from dateutil import parser


def read_moment(value):
    """A moment as a carrier gave it.

    :param value: text (ISO 8601, or anything unambiguous), or nothing
    :return: :class:`datetime.datetime`, aware when the text named a zone, else naive (the
        carrier's local time); None when there is none or nobody can read it
    """
    if not value or isinstance(value, datetime):
        return value or None
    try:
        return parser.parse(value)
    except (ValueError, OverflowError):
        return None
