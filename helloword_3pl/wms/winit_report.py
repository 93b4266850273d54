"""What Winit tells of a return, as events."""

import re
from dataclasses import replace
from decimal import Decimal

from . import vocabulary
from .base import Photo, UnitResult, UnknownParcel, WarehouseEvent
from .china import read_china_time
from .content import hash_content, infer_condition

# Status: PD draft, OD ordered, RE received, WP waits, OC done, DT destroyed, CD cancelled.
OPEN, CANCELLED = frozenset(("PD", "OD")), "CD"
_RECEIVED, _WAITS, _DONE, _DESTROYED = "RE", "WP", "OC", "DT"
_ARRIVED = frozenset((_RECEIVED, _WAITS, _DONE, _DESTROYED))
# Who made the return: NR the warehouse, for a parcel nobody announced; OR a failed delivery.
_UNEXPECTED = {"NR": "not announced", "OR": "came back undelivered"}


def split_sku(sku):
    """:return: tuple (Winit's code of the product, its specification)"""
    code, _mark, specification = sku.partition("#")
    return code, specification


def join_sku(code, specification):
    return f"{code}#{specification}" if specification else code


def read_return(row, seen):
    """:param dict row: of ``queryReturnOderList``
    :param seen: aware moment of the call
    :return: list of :class:`~.base.WarehouseEvent`; empty while nothing came
    """
    status = row.get("status") or ""
    if status not in _ARRIVED:
        return []
    number, origin = row["returnGoodsOrderNo"], row.get("originCode") or ""
    shared = {
        # What the warehouse or a failed delivery made has no number of ours.
        "number": (
            ""
            if origin in _UNEXPECTED
            else row.get("customerOrderNo") or row.get("sellerOrderNo") or ""
        ),
        "external_ref": number,
        "order_ref": row.get("outboundOrderNo") or "",
        "warehouse_code": row.get("warehouseCode") or "",
        "tracking_number": row.get("expressNo") or row.get("customerExpressNo") or "",
    }
    events = [
        WarehouseEvent(
            event_id=f"winit-{number}-arrived",
            type="parcel.arrived",
            # When it came is not told; a warehouse that makes a return has the parcel.
            moment=(read_china_time(row.get("createDate")) if origin == "NR" else None) or seen,
            is_moment_seen=True,
            **shared,
        )
    ]
    if origin in _UNEXPECTED:
        events.append(_as_unexpected(row, events[0].moment, shared))
    events.append(
        WarehouseEvent(
            event_id=f"winit-{number}-{hash_content(row)}",
            type="return.reported",
            # Corrected after it was completed it has the same date of completion.
            moment=seen,
            is_moment_seen=True,
            status=status,
            is_final=status in (_DONE, _DESTROYED),
            units=tuple(
                unit
                for goods in row.get("orderGoodsList") or []
                if (unit := _read_goods(goods, status))
            ),
            photos=_read_photos(row.get("mdImageList")),
            note=row.get("retrunReason") or "",
            raw=row,
            **shared,
        )
    )
    return events


def _as_unexpected(row, moment, shared):
    parcel = UnknownParcel(
        ref=row["returnGoodsOrderNo"],
        tracking_number=shared["tracking_number"],
        order_ref=shared["order_ref"],
        number=row.get("rmaNo") or "",
        note=" ".join(filter(None, (_UNEXPECTED[row["originCode"]], row.get("buyerName")))),
    )
    return WarehouseEvent(
        event_id=f"winit-{parcel.ref}-unexpected-{hash_content([str(parcel), shared])}",
        type="return.unexpected",
        moment=moment,
        is_moment_seen=True,
        parcel=parcel,
        **shared,
    )


def _read_goods(goods, status):
    """:return: :class:`~.base.UnitResult`, or None when nothing of it was found"""
    quantity = Decimal(str(goods.get("confirmQty") or 0))
    if quantity < 0:
        raise ValueError(f"confirmQty {quantity}")
    if not quantity:
        return None
    code, method = goods.get("merchandiseCode") or "", goods.get("handleMethod") or ""
    original = goods.get("originalMerchandiseCode") or code
    specification = goods.get("specification") or ""
    grade = goods.get("merchandiseGrade") or ""
    unit = UnitResult(
        sku=join_sku(original, specification),
        quantity=quantity,
        unit_ref=goods.get("originalMerchandiseSerno") or goods.get("merchandiseSerno") or "",
        condition=vocabulary.to_ours("winit", "condition", grade),
        condition_code=grade,
        serial=(goods.get("itemSerno") or "") if quantity == 1 else "",
        waits=status == _WAITS,
    )
    if status not in (_DONE, _DESTROYED):
        return unit
    disposition = "destroy"
    if status == _DONE:
        disposition = vocabulary.to_ours("winit", "final", method, "quarantine")
    to_sku = ""
    if code != original and disposition == "restock":
        disposition, to_sku = "relabel", join_sku(code, specification)
    return replace(
        unit,
        condition=infer_condition(disposition, unit.condition),
        disposition=disposition,
        disposition_code=method,
        to_sku=to_sku,
    )


def _read_photos(value):
    """A list of addresses, or a text of them."""
    parts = value if isinstance(value, list) else re.split(r"[,;\s\[\]\"]+", value or "")
    return tuple(
        Photo(ref=part, url=part)
        for part in parts
        if isinstance(part, str) and part.startswith(("https://", "http://"))
    )
