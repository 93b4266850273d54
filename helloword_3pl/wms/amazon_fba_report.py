"""What Amazon's FBA reports tell, as events: customers' returns, removals, the inventory ledger.

Columns as on Amazon's pages of report attributes, read 2026; reports have no published schema.
"""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from . import vocabulary
from .amazon_reports import UnreadableReportError
from .base import UnitResult, WarehouseEvent
from .content import demand_utc, hash_content, identify

# What a row must have to be understood at all.
RETURN_COLUMNS = ("return-date", "order-id", "sku", "quantity", "detailed-disposition")
REMOVAL_COLUMNS = ("order-id", "sku", "order-status", "disposed-quantity", "last-updated-date")
SHIPMENT_COLUMNS = ("order-id", "shipment-date", "sku", "shipped-quantity")
LEDGER_COLUMNS = ("msku", "event-type", "quantity", "disposition")
# Removals that are over: only then their quantities do not grow any more.
_FINAL_STATES = ("completed", "cancelled")
# Of the ledger only what no other report tells.
_ADJUSTMENT = "adjustments"


def read_return(row, counted):
    """A unit a customer sent back, as Amazon graded it.

    What became of it later stands in ``status``, without a date: it is told as a correction of its
    own beside the grading, so that it makes no difference which of both Amazon told when.

    :param dict row: of GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA
    :param counted: :class:`collections.Counter` of rows that say the same, within one report
    :return: list of :class:`~.base.WarehouseEvent`
    """
    plate, code = row.get("license-plate-number") or "", row["detailed-disposition"]
    moment = demand_utc(row["return-date"])
    unit = UnitResult(
        sku=row["sku"],
        quantity=_read_count(row["quantity"]),
        unit_ref=plate,
        condition=vocabulary.to_ours("fba", "condition", code),
        condition_code=code,
        disposition=vocabulary.to_ours("fba", "final", code, "quarantine"),
        disposition_code=code,
        location=row.get("fulfillment-center-id") or "",
        note=" · ".join(filter(None, (row.get("reason"), row.get("customer-comments")))),
    )
    event = WarehouseEvent(
        event_id="",
        type="unit.inspected",
        moment=moment,
        external_ref=row["order-id"],
        order_ref=row["order-id"],
        warehouse_code=row.get("fulfillment-center-id") or "",
        arrived_at=moment,
        license_plate=plate,
        units=(unit,),
        raw=row,
    )
    prefix = _number(f"fba-return-{plate or row['order-id']}", event, counted, is_unique=plate)
    events = [identify(prefix, event)]
    status = row.get("status") or ""
    way = vocabulary.to_ours("fba", "final", status, "")
    if way and way != unit.disposition:
        later = replace(unit, disposition=way, disposition_code=status)
        events.append(
            identify(
                f"{prefix}-later",
                replace(
                    event,
                    type="disposition.completed",
                    arrived_at=None,
                    units=(later,),
                    units_before=(unit,),
                ),
            )
        )
    return events


def read_removal(row, counted):
    """Units Amazon disposed of at the seller's order; those it shipped stand in another report.

    :param dict row: of GET_FBA_FULFILLMENT_REMOVAL_ORDER_DETAIL_DATA
    """
    count = _read_count(row["disposed-quantity"] or "0")
    if row["order-status"].lower() not in _FINAL_STATES or not count:
        return []
    return [_as_removal(row, counted, count, "destroy", row["last-updated-date"])]


def read_shipment(row, counted):
    """Units of a removal that left Amazon's warehouse.

    :param dict row: of GET_FBA_FULFILLMENT_REMOVAL_SHIPMENT_DETAIL_DATA
    """
    count = _read_count(row["shipped-quantity"] or "0")
    if not count:
        return []
    way = vocabulary.to_ours("fba", "final", row.get("removal-order-type"), "return_to_seller")
    return [_as_removal(row, counted, count, way, row["shipment-date"])]


def _as_removal(row, counted, count, way, moment):
    number = row["order-id"]
    words = (
        f"Removal {number}",
        row.get("disposition") or "",
        " ".join(filter(None, (row.get("carrier"), row.get("tracking-number")))),
    )
    event = WarehouseEvent(
        event_id="",
        type="disposition.completed",
        moment=demand_utc(moment),
        tracking_number=row.get("tracking-number") or "",
        units=(
            UnitResult(
                sku=row["sku"],
                quantity=count,
                unit_ref=number,
                disposition=way,
                disposition_code=row.get("removal-order-type") or row.get("order-type") or "",
                note=" · ".join(filter(None, words)),
            ),
        ),
        note=f"Removal {number}",
        raw=row,
    )
    return identify(_number(f"fba-removal-{number}", event, counted), event)


def read_ledger(row, counted):
    """Stock Amazon found, lost, damaged or corrected.

    :param dict row: of GET_LEDGER_DETAIL_VIEW_DATA
    """
    count = Decimal(row["quantity"].replace(",", "") or "0")
    if row["event-type"].replace(" ", "").lower() != _ADJUSTMENT or not count:
        return []
    code = row["disposition"]
    event = WarehouseEvent(
        event_id="",
        type="inventory.adjusted",
        moment=demand_utc(row.get("date-and-time") or row.get("date")),
        warehouse_code=row.get("fulfillment-center") or "",
        units=(
            UnitResult(
                sku=row["msku"],
                quantity=count,
                condition=vocabulary.to_ours("fba", "condition", code),
                condition_code=code,
                location=row.get("fulfillment-center") or "",
                note=row.get("reason") or "",
                unit_ref=row.get("reference-id") or "",
            ),
        ),
        note=f"Ledger {row.get('reference-id') or ''} {row.get('reason') or ''}".strip(),
        raw=row,
    )
    return [identify(_number("fba-ledger", event, counted), event)]


def _number(prefix, event, counted, is_unique=False):
    """Rows that say the same are told apart by counting them: within one report they follow each
    other, whatever span it covers, as they have the same date. What has a license plate is there
    once, however often it is told.
    """
    if is_unique:
        return prefix
    key = hash_content({"prefix": prefix, "units": repr(event.units), "moment": event.moment})
    counted[key] += 1
    return prefix if counted[key] == 1 else f"{prefix}-{counted[key]}"


def _read_count(text):
    count = Decimal(text)
    if count < 0 or count != count.to_integral_value():
        raise ValueError(f"“{text}” is no number of units")
    return count


def read_report(read, rows, columns):
    """:param read: one of the functions above
    :param rows: list of dicts
    :param columns: names a report of this kind has
    :return: tuple of :class:`~.base.WarehouseEvent`; a row nobody can read holds up no other
    :raise UnreadableReportError: it is a report of another kind
    """
    missing = [name for name in columns if rows and name not in rows[0]]
    if missing:
        raise UnreadableReportError(f"Amazon's report has no column {', '.join(missing)}.", rows[0])
    counted, events = Counter(), []
    # In an order of their own, so that rows alike are counted alike in every report.
    for row in sorted(rows, key=lambda row: sorted(row.items())):
        events += _read_row(read, row, counted)
    return tuple(events)


def _read_row(read, row, counted):
    try:
        return read(row, counted)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        return [
            WarehouseEvent(
                event_id=f"fba-unreadable-{hash_content(row)}",
                type="unreadable",
                moment=None,
                note=f"Amazon's row cannot be read: {error}",
                raw=row,
            )
        ]
