"""What ShipBob tells of a return, as events."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from . import vocabulary
from .base import Fee, Photo, UnitResult, UnknownParcel, WarehouseEvent
from .content import demand_utc, identify, infer_condition, read_utc

_DATES = (
    "awaiting_arrival_date",
    "arrived_date",
    "processing_date",
    "completed_date",
    "cancelled_date",
)
# Words in a transaction's kind → kind of fee; the kinds themselves are not published.
_FEE_WORDS = (
    ("label", "shipping"),
    ("shipping", "shipping"),
    ("postage", "shipping"),
    ("dispos", "disposal"),
    ("restock", "restocking"),
    ("inspect", "inspection"),
    ("storage", "storage"),
    ("process", "receiving"),
    ("receiv", "receiving"),
)
_ENDED = frozenset(("Completed", "Cancelled"))


def flatten_status(row):
    """The status in one spelling: it is filtered by "AwaitingArrival", told "Awaiting Arrival"."""
    return (row.get("status") or "").replace(" ", "")


def read_events(row, currency):
    """:param dict row: a return, as in lists and messages
    :param str currency: of fees that name none
    :return: list of :class:`~.base.WarehouseEvent`
    """
    events = []
    if _is_return_to_sender(row):
        events.append(_as_unexpected(row))
    if flatten_status(row) != "AwaitingArrival":
        events.append(_as_report(row))
    events += _read_fees(row, currency)
    return events


def _is_return_to_sender(row):
    return (row.get("return_type") or "").replace(" ", "") in ("RTS", "ReturnToSender")


def _describe(row):
    """What all events of a return share."""
    return {
        # What came back undelivered has no number of ours.
        "number": "" if _is_return_to_sender(row) else row.get("reference_id") or "",
        "external_ref": str(row["id"]),
        "order_ref": row.get("store_order_id") or "",
        "warehouse_code": str((row.get("fulfillment_center") or {}).get("id") or ""),
        "tracking_number": row.get("tracking_number") or "",
        "raw": row,
    }


def _as_unexpected(row):
    shared = _describe(row)
    tracking_number = shared["tracking_number"] or row.get("shipment_tracking_number") or ""
    event = WarehouseEvent(
        event_id="",
        type="return.unexpected",
        moment=demand_utc(row.get("insert_date")),
        parcel=UnknownParcel(
            ref=str(row["id"]),
            tracking_number=tracking_number,
            order_ref=shared["order_ref"],
            note=row.get("return_type") or "",
        ),
        **shared,
    )
    return identify(f"shipbob-{row['id']}-unexpected", event)


def _as_report(row):
    units = tuple(unit for item in row.get("inventory") or () for unit in _read_item(item, row))
    event = WarehouseEvent(
        event_id="",
        type="return.reported",
        moment=_find_moment(row),
        status=row.get("status") or "",
        is_final=flatten_status(row) in _ENDED,
        arrived_at=read_utc(row.get("arrived_date")),
        units=units,
        **_describe(row),
    )
    return identify(f"shipbob-{row['id']}", event)


def _find_moment(row):
    """When the return was as it is told. There is no date of the last change, only dates of states;
    within a state the number of processed units grows, which tells two reports apart.
    """
    moments = [demand_utc(row.get("insert_date"))]
    moments += [read_utc(row.get(name)) for name in _DATES]
    moments += [read_utc(change.get("timestamp")) for change in row.get("status_history") or ()]
    processed = sum(
        action["quantity_processed"]
        for item in row.get("inventory") or ()
        for action in item.get("action_taken") or ()
    )
    return max(filter(None, moments)) + timedelta(microseconds=processed)


def _read_item(item, row):
    """One product, split by what was done with its units."""
    product, left = str(item["id"]), item["quantity"]
    lot = item.get("lot_information") or {}
    expiry = read_utc(lot.get("expiration"))
    for action in item.get("action_taken") or ():
        if not action["quantity_processed"]:
            continue
        left -= action["quantity_processed"]
        url = action.get("image_url")
        disposition = vocabulary.to_ours("shipbob", "final", action["action"], "quarantine")
        yield UnitResult(
            sku=product,
            quantity=Decimal(action["quantity_processed"]),
            condition=infer_condition(disposition),
            condition_code=action.get("action_reason") or "",
            disposition=disposition,
            disposition_code=action["action"] or "",
            note=action.get("action_reason") or "",
            lot=lot.get("number") or "",
            expiry=expiry and expiry.date(),
            photos=(Photo(ref=url, url=url),) if url else (),
        )
    if left > 0 and flatten_status(row) == "Completed":
        yield UnitResult(sku=product, quantity=Decimal(left), disposition="missing")


def _read_fees(row, currency):
    """One event for each thing charged. They have no number of their own: they are counted within
    their kind.
    """
    currency = (row.get("invoice") or {}).get("currency_code") or currency
    counted = Counter()
    for transaction in row.get("transactions") or ():
        # The shortest text of a JSON number is the one ShipBob wrote.
        amount = Decimal(str(transaction["amount"]))
        kind = transaction.get("transaction_type") or ""
        counted[kind] += 1
        if not amount:
            continue
        ref = f"{row['id']}-{kind.replace(' ', '') or 'fee'}-{counted[kind]}"
        fee = Fee(
            ref=ref,
            kind=_name_fee(kind),
            amount=amount,
            currency=currency,
            description=kind,
        )
        event = WarehouseEvent(
            event_id="",
            type="fee.charged",
            moment=demand_utc(row.get("completed_date") or row.get("insert_date")),
            fees=(fee,),
            **_describe(row),
        )
        yield identify(f"shipbob-fee-{ref}", event)


def _name_fee(kind):
    return next((ours for word, ours in _FEE_WORDS if word in kind.lower()), "other")
