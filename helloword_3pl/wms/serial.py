"""Events as they are kept: JSON and back, with exact amounts, days and moments."""

import hashlib
import json
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import NoneType
from typing import get_args, get_type_hints

from .base import WarehouseEvent

# What is not kept with an event: the vendor's own words are kept beside it, contents of photos as
# attachments.
_NOT_KEPT = ("raw",)


def event_to_json(event):
    """:param event: :class:`~.base.WarehouseEvent`
    :return: dict JSON can say; empty fields are left out
    """
    content = asdict(event)
    for name in _NOT_KEPT:
        content.pop(name)
    return _pack(content)


def event_from_json(content):
    """:param dict content: what :func:`event_to_json` gave; names nobody knows are left out"""
    return _build(WarehouseEvent, content)


def hash_event(event):
    """Tells whether an event that comes again says the same: over all that was told.

    :return: hexadecimal text
    """
    content = event_to_json(event)
    if event.is_moment_seen:
        content.pop("moment", None)
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _pack(value):
    if isinstance(value, dict):
        packed = {name: _pack(item) for name, item in value.items()}
        return {name: item for name, item in packed.items() if item not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        return [_pack(item) for item in value]
    if isinstance(value, Decimal):
        # Two ways to write one number are one number.
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest() if value else ""
    return value


def _build(cls, content):
    hints = get_type_hints(cls)
    return cls(**{name: _unpack(hints[name], content[name]) for name in hints if content.get(name)})


def _unpack(hint, value):
    kinds = [kind for kind in get_args(hint) if kind not in (NoneType, Ellipsis)] or [hint]
    if isinstance(value, list):
        return tuple(_unpack(kinds[0], item) for item in value)
    kind = kinds[0]
    if is_dataclass(kind):
        return _build(kind, value)
    if kind is Decimal:
        return Decimal(value)
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    return b"" if kind is bytes else value
