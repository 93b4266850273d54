"""Our own interface as its OpenAPI file describes it: reading, checking, understanding. Plain Python.

The file is the contract: requests are checked against it as it stands.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.validators import extend

from .base import Address, Fee, Photo, UnitResult, UnknownParcel, WarehouseEvent

_FILE = Path(__file__).with_name("openapi.json")
# Kind of event → name of its schema.
EVENT_SCHEMAS = {
    "parcel.arrived": "ParcelArrived",
    "return.unexpected": "ReturnUnexpected",
    "unit.inspected": "UnitInspected",
    "disposition.completed": "DispositionCompleted",
    "inventory.adjusted": "InventoryAdjusted",
    "fee.charged": "FeeCharged",
}
# How many faults of one event are told.
MOST_FAULTS = 10


class UnreadableError(ValueError):
    """A body that is not JSON, or says what JSON cannot say."""


@cache
def read_contract():
    """:return: the OpenAPI document as a dict"""
    return json.loads(_FILE.read_text(encoding="utf-8"))


def read_text():
    """:return: the OpenAPI document as it is served"""
    return _FILE.read_text(encoding="utf-8")


def read_json(body):
    """A request's JSON with exact numbers.

    :param bytes body: as received
    :raise UnreadableError: with why
    """
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(str(error)[:200]) from error


def _refuse_constant(name):
    raise UnreadableError(f"{name} is no JSON number.")


def _is_decimal(_checker, value):
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


_CHECKER = Draft202012Validator.TYPE_CHECKER.redefine("number", _is_decimal)
_Validator = extend(Draft202012Validator, type_checker=_CHECKER)
_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value):
    if not isinstance(value, str):
        return True
    return _read_moment(value).tzinfo is not None


@_FORMATS.checks("date", raises=ValueError)
def _is_date(value):
    return not isinstance(value, str) or bool(date.fromisoformat(value))


@cache
def _get_validator(name):
    schema = {
        "$ref": f"#/components/schemas/{name}",
        "components": read_contract()["components"],
    }
    return _Validator(schema, format_checker=_FORMATS)


def find_faults(name, content):
    """What is wrong with a piece of a request.

    :param str name: of its schema
    :return: list of dicts ``pointer`` (RFC 6901) and ``message``
    """
    errors = sorted(
        _get_validator(name).iter_errors(content), key=lambda error: str(list(error.absolute_path))
    )
    return [
        {
            "pointer": "".join(f"/{_escape(part)}" for part in error.absolute_path),
            "message": error.message[:300],
        }
        for error in errors[:MOST_FAULTS]
    ]


def _escape(part):
    return str(part).replace("~", "~0").replace("/", "~1")


def find_batch_faults(content):
    """What is wrong with a batch as a whole; its events are judged one by one."""
    if not isinstance(content, dict):
        return [{"pointer": "", "message": "A batch is an object with “events”."}]
    events = content.get("events")
    faults = [
        {"pointer": f"/{_escape(name)}", "message": "There is no such field."}
        for name in sorted(content.keys() - {"events"})
    ]
    if not isinstance(events, list) or not 1 <= len(events) <= 100:
        faults.append({"pointer": "/events", "message": "Between 1 and 100 events."})
    return faults


def find_event_faults(content):
    """What is wrong with one event."""
    if not isinstance(content, dict):
        return [{"pointer": "", "message": "An event is an object."}]
    name = EVENT_SCHEMAS.get(content.get("type")) if isinstance(content.get("type"), str) else None
    if not name:
        return [{"pointer": "/type", "message": "There is no such kind of event."}]
    return find_content_faults(name, content)


def find_content_faults(name, content):
    """What is wrong with a piece of a request that is kept.

    :param str name: of its schema
    """
    return find_faults(name, content) or list(_find_unkeepable(content))[:MOST_FAULTS]


def is_keepable(text):
    """:return: whether the database can keep a text: no NUL, no half of a character"""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _find_unkeepable(content, pointer=""):
    """Texts a JSON document may hold and a database may not."""
    if isinstance(content, str):
        if not is_keepable(content):
            yield {"pointer": pointer, "message": "It holds NUL or half of a character."}
    elif isinstance(content, dict | list):
        pairs = content.items() if isinstance(content, dict) else enumerate(content)
        for name, item in pairs:
            yield from _find_unkeepable(item, f"{pointer}/{_escape(name)}")


def build_event(content):
    """:param dict content: an event without faults
    :return: :class:`~.base.WarehouseEvent`
    """
    moment = _read_moment(content["occurred_at"])
    parcel = content.get("parcel")
    return WarehouseEvent(
        content["event_id"],
        content["type"],
        moment,
        number=content.get("return_number", ""),
        arrived_at=moment if content["type"] == "parcel.arrived" else None,
        tracking_number=content.get("tracking_number", ""),
        license_plate=content.get("license_plate", ""),
        weight=_as_decimal(content.get("weight_kg", 0)),
        units=_build_units(content.get("units")),
        units_before=_build_units(content.get("units_before")),
        fees=tuple(
            Fee(
                fee["fee_ref"],
                fee["kind"],
                Decimal(fee["amount"]),
                fee["currency"],
                fee.get("description", ""),
                fee.get("invoice_ref", ""),
            )
            for fee in content.get("fees") or ()
        ),
        parcel=_build_parcel(parcel) if parcel else None,
        photos=_build_photos(content.get("photos")),
        note=content.get("note", ""),
        raw=json.loads(json.dumps(content, default=str)),
    )


def _build_units(units):
    return tuple(
        UnitResult(
            unit["sku"],
            _as_decimal(unit["quantity"]),
            line_ref=unit.get("line_ref", ""),
            unit_ref=unit.get("unit_ref", ""),
            condition=unit.get("condition", "unknown"),
            condition_code=unit.get("condition_code", ""),
            disposition=unit.get("disposition", ""),
            disposition_code=unit.get("disposition_code", ""),
            to_sku=unit.get("to_sku", ""),
            location=unit.get("location", ""),
            defects=tuple(unit.get("defects") or ()),
            note=unit.get("note", ""),
            lot=unit.get("lot", ""),
            serial=unit.get("serial", ""),
            expiry=date.fromisoformat(unit["expiry"]) if unit.get("expiry") else None,
            photos=_build_photos(unit.get("photos")),
            waits=bool(unit.get("awaits_instruction")),
            answer_until=_read_moment(unit["answer_until"]) if unit.get("answer_until") else None,
        )
        for unit in units or ()
    )


def _build_parcel(parcel):
    return UnknownParcel(
        parcel["ref"],
        parcel.get("tracking_number", ""),
        parcel.get("carrier", ""),
        parcel.get("license_plate", ""),
        parcel.get("order_ref", ""),
        parcel.get("return_number", ""),
        Address(**parcel.get("sender", {})),
        _as_decimal(parcel.get("weight_kg", 0)),
        parcel.get("note", ""),
        _read_moment(parcel["destroy_at"]) if parcel.get("destroy_at") else None,
    )


def _build_photos(refs):
    return tuple(Photo(ref) for ref in refs or ())


def _as_decimal(value):
    return Decimal(str(value))


def _read_moment(text):
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment
