"""What GoodCang tells of returns and of parcels nobody announced, as events."""

import base64
import binascii
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from . import vocabulary
from .base import Fee, Photo, UnitResult, UnknownParcel, WarehouseEvent
from .china import CHINA, read_china_time
from .content import hash_content

# Status: 0 draft, 1 submitted, 4 received, 5 done, 6 discarded, 7 being worked on.
_ARRIVED, _DONE = frozenset(("4", "5", "7")), "5"
# Kinds of return: 0 came back from a carrier, 1 announced, 2 not announced.
_ANNOUNCED = "1"
# Totals of a product → detail of these units.
_TOTALS = (
    ("sellable_qty", "sellable_detail"),
    ("unsellable_qty", "unsellable_detail"),
    ("destruction_qty", "destruction_detail"),
)
_FEES = (
    ("shipping_fee", "shipping", "运输费 shipping"),
    ("fuel_surcharge", "shipping", "燃油附加费 fuel surcharge"),
    ("operating_fee", "receiving", "操作费用 operation"),
    ("other_fee", "other", "其它费用 other"),
)
_CLAIMS = {"1": "unclaimed", "2": "claimed", "3": "destroyed"}


def read_return(row, waiting, seen, answered=None):
    """:param dict row: of ``list`` or ``search``
    :param dict waiting: return → its rows of ``unauthorized_list``
    :param seen: aware moment of the call
    :param answered: units of this return that waited when it was read before, and do no more; a
        report without them must differ from the one before they waited
    :return: list of :class:`~.base.WarehouseEvent`; empty while nothing came
    """
    status, units = str(row["asro_status"]), waiting.get(row["asro_code"], [])
    fees = _read_fees(row)
    if status not in _ARRIVED and not units and not answered:
        return []
    shared = {
        "number": row.get("reference_no") or "",
        "external_ref": row["asro_code"],
        "order_ref": row.get("order_code") or "",
        "warehouse_code": row.get("warehouse_code") or "",
        "tracking_number": row.get("tracking_no") or "",
    }
    told = {**row, "waiting": [_tell(unit) for unit in units]}
    if answered:
        told["answered"] = answered
    events = [_as_arrival(row, units, seen, shared)]
    if str(row.get("cass_type", _ANNOUNCED)) != _ANNOUNCED and not shared["number"]:
        events.append(_as_unexpected(row, events[0].moment, shared))
    results = [
        result for product in row["product_detail"] for result in _read_product(product, row)
    ]
    results += [_read_waiting(unit) for unit in units]
    events.append(
        WarehouseEvent(
            event_id=f"goodcang-{row['asro_code']}-{hash_content(told)}",
            type="return.reported",
            moment=seen,
            is_moment_seen=True,
            status=status,
            is_final=status == _DONE and not units,
            units=tuple(results),
            fees=fees,
            note=row.get("asro_note") or "",
            raw=told,
            **shared,
        )
    )
    return events


def _as_arrival(row, waiting, seen, shared):
    """When it came is said only of units that wait; otherwise when it was put away, or seen."""
    moments = [read_china_time(unit.get("received_time")) for unit in waiting]
    moments = [moment for moment in moments if moment] or [
        read_china_time(row.get("asro_putaway_time")) or seen
    ]
    return WarehouseEvent(
        event_id=f"goodcang-{row['asro_code']}-arrived",
        type="parcel.arrived",
        moment=min(moments),
        is_moment_seen=True,
        **shared,
    )


def _as_unexpected(row, moment, shared):
    parcel = UnknownParcel(
        ref=row["asro_code"],
        tracking_number=shared["tracking_number"],
        order_ref=shared["order_ref"],
        weight=Decimal(str(row.get("charge_weight") or 0)),
        note=row.get("asro_reason") or "",
        # It is a return of its own already, nothing destroys it.
        status="claimed",
    )
    return WarehouseEvent(
        event_id=f"goodcang-{parcel.ref}-unexpected-{hash_content([str(parcel), shared])}",
        type="return.unexpected",
        moment=moment,
        is_moment_seen=True,
        parcel=parcel,
        **shared,
    )


def _read_product(product, row):
    """One product, split by what became of its units."""
    photos = _read_photos(product.get("photo_list"))
    for total, detail in _TOTALS:
        quantity = int(product.get(total) or 0)
        if quantity <= 0:
            continue
        disposition = vocabulary.to_ours("goodcang", "final", total)
        result = UnitResult(
            sku=product["product_sku"],
            quantity=Decimal(quantity),
            condition=vocabulary.to_ours("goodcang", "condition", total),
            condition_code=total,
            disposition=disposition,
            disposition_code=total,
            photos=photos,
        )
        yield from _split(result, product.get(detail) or [], row)


def _split(result, details, row):
    """Units of one total, by the product they became and by their lots, where these are told."""
    renamed = Counter(
        unit["new_product_sku"]
        for unit in details
        if unit.get("new_product_sku") not in (None, "", result.sku)
    )
    left = result.quantity
    for sku, count in sorted(renamed.items()):
        share = min(Decimal(count), left)
        left -= share
        if share:
            yield replace(result, quantity=share, to_sku=sku, disposition="relabel")
    if not left:
        return
    lots = _read_lots(row, result.sku) if result.disposition == "restock" else {}
    if sum(lots.values()) != left:
        yield replace(result, quantity=left)
        return
    for expiry, quantity in sorted(lots.items()):
        yield replace(result, quantity=quantity, expiry=expiry)


def _read_lots(row, sku):
    """:return: dict: day of expiry → units put away"""
    lots = {}
    for lot in row.get("validity_period_detail") or []:
        moment = read_china_time(lot.get("expiration_date"))
        quantity = int(lot.get("on_shelf_num") or 0)
        if lot["product_sku"] == sku and moment and quantity:
            day = moment.astimezone(CHINA).date()
            lots[day] = lots.get(day, Decimal(0)) + quantity
    return lots


def _read_waiting(unit):
    return UnitResult(
        sku=unit["product_sku"],
        quantity=Decimal(int(unit["quantity"])),
        unit_ref=unit["pas_code"],
        condition_code=unit.get("exception_process_status") or "",
        photos=_read_photos(unit.get("photos")),
        waits=True,
    )


def _tell(unit):
    """A unit that waits without its pictures: they are kept as pictures."""
    return {name: value for name, value in unit.items() if name != "photos"}


def _read_photos(values):
    """Addresses, or pictures written out; what is neither is left out."""
    photos = []
    for value in values or []:
        if value.startswith("data:"):
            try:
                content = base64.b64decode(value.partition("base64,")[2], validate=True)
            except binascii.Error:
                continue
            if content:
                ref = hash_content(value)
                photos.append(Photo(ref=ref, name=f"{ref}.jpg", content=content))
        elif value:
            photos.append(Photo(ref=value, url=value))
    return tuple(photos)


def _read_fees(row):
    details = row.get("fee_details") or {}
    return tuple(
        Fee(
            ref=f"{row['asro_code']}-{name}",
            kind=kind,
            amount=Decimal(str(details[name])),
            currency=details.get("currency_code") or "",
            description=description,
        )
        for name, kind, description in _FEES
        if details.get(name)
    )


def read_claim(row, seen):
    """:param dict row: of ``claim_order_list``
    :param seen: aware moment of the call; days left are counted from it
    """
    status = _CLAIMS.get(str(row["status"]), "unclaimed")
    days = str(row.get("expire_destroy_time") or "").strip()
    destroy_at = None
    if status == "unclaimed" and days.isdecimal():
        # The beginning of that day: who is early is not late.
        day = seen.astimezone(CHINA) + timedelta(days=int(days))
        destroy_at = read_china_time(day.strftime("%Y-%m-%d 00:00:00"))
    told = [{**row, "expire_destroy_time": ""}, str(destroy_at)]
    return WarehouseEvent(
        event_id=f"goodcang-{row['claim_code']}-{hash_content(told)}",
        type="return.unexpected",
        moment=read_china_time(row.get("create_time")) or seen,
        is_moment_seen=not row.get("create_time"),
        external_ref=row.get("asro_code") or "",
        warehouse_code=row.get("warehouse_code") or "",
        tracking_number=row.get("tracking_no") or "",
        parcel=UnknownParcel(
            ref=row["claim_code"],
            tracking_number=row.get("tracking_no") or "",
            note=row.get("error_message") or "",
            destroy_at=destroy_at,
            status=status,
        ),
        raw=row,
    )
