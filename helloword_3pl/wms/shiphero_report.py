"""What ShipHero tells of a return, as events."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation

from odoo.addons.helloword_returns.providers.base import RejectedError

from . import vocabulary
from .base import Fee, UnitResult, WarehouseEvent
from .content import demand_utc, identify, infer_condition, read_utc

# ShipHero publishes no list of statuses; these are the ones its screens show at the end.
ENDED = frozenset(("complete", "completed", "closed", "cancelled", "canceled"))
CANCELLED = frozenset(("cancelled", "canceled"))


def read_return(row, currency):
    """:param dict row: a return, as queried
    :param str currency: of label costs: ShipHero names none
    :return: list of :class:`~.base.WarehouseEvent`
    """
    lines = [
        {
            "ref": line["id"],
            "sku": (line.get("product") or line.get("line_item") or {}).get("sku") or "",
            "quantity": line["quantity"] or 0,
            "received": line["quantity_received"] or 0,
            "restocked": line["restock"] or 0,
            "condition": line.get("condition") or "",
            "updated": line.get("updated_at") or "",
        }
        for line in row["line_items"] or ()
    ]
    labels = row.get("labels") or ()
    described = {
        "number": row.get("partner_id") or "",
        "external_ref": row["id"],
        "order_ref": (row.get("order") or {}).get("order_number") or "",
        "tracking_number": next(
            (label["tracking_number"] for label in labels if label.get("tracking_number")), ""
        ),
        "raw": row,
    }
    events = []
    if _has_begun(row["status"], lines):
        moments = [read_utc(line["updated"]) for line in lines]
        moment = max(filter(None, moments), default=None) or demand_utc(row["created_at"])
        # Finishing a return is no change of its lines, and has no date.
        moment += _measure_progress(row["status"], lines)
        events.append(_as_report(row["status"], lines, moment, f"shiphero-{row['id']}", described))
    events += _read_label_costs(row, labels, currency, described)
    return events


def read_message(content):
    """:param dict content: a message "Return Update", whose only date is that of the return
    :return: list of :class:`~.base.WarehouseEvent`
    """
    lines = [
        {
            "ref": item["uuid"],
            "sku": item["sku"],
            "quantity": item["quantity"],
            "received": item["quantity_received"],
            "restocked": item["restock"],
            "condition": "",
        }
        for item in content["items"]
    ]
    if not _has_begun(content["status"], lines):
        return []
    # Messages may come late and out of order, and nothing in them says when they were true. So
    # they count from the day the return was made, by how far it has got: a later answer to our own
    # question, which is dated, always prevails.
    moment = demand_utc(content["created_at"]) + _measure_progress(content["status"], lines)
    described = {
        # The message does not repeat our number: the warehouse's own finds the return.
        "external_ref": content["return_uuid"],
        "order_ref": content.get("order_number") or "",
        "tracking_number": content.get("tracking_number") or "",
        "raw": content,
    }
    prefix = f"shiphero-{content['return_uuid']}-message"
    return [_as_report(content["status"], lines, moment, prefix, described)]


def _measure_progress(status, lines):
    """How far a return has got, as a time too short to matter that tells two reports apart."""
    units = sum(line["received"] + line["restocked"] for line in lines)
    return timedelta(microseconds=units, seconds=status.lower() in ENDED)


def _has_begun(status, lines):
    return status.lower() in ENDED or any(line["received"] or line["restocked"] for line in lines)


def _as_report(status, lines, moment, prefix, described):
    is_final = status.lower() in ENDED
    units = () if status.lower() in CANCELLED else _read_units(lines, is_final)
    event = WarehouseEvent(
        event_id="",
        type="return.reported",
        moment=moment,
        status=status,
        is_final=is_final,
        arrived_at=moment if any(line["received"] for line in lines) else None,
        units=tuple(units),
        **described,
    )
    return identify(prefix, event)


def _read_units(lines, is_final):
    """Lines, split by what became of their units: ShipHero says how many came and how many of
    them went back into stock.
    """
    for line in lines:
        condition = vocabulary.to_ours("shiphero", "condition", line["condition"])
        shared = {
            "sku": line["sku"],
            "external_line_ref": line["ref"],
            "condition_code": line["condition"],
        }
        if line["restocked"]:
            yield UnitResult(
                condition=infer_condition("restock", condition),
                quantity=Decimal(line["restocked"]),
                disposition="restock",
                disposition_code="restock",
                **shared,
            )
        kept = line["received"] - line["restocked"]
        if kept > 0:
            yield UnitResult(
                condition=condition,
                quantity=Decimal(kept),
                disposition="quarantine" if is_final else "",
                **shared,
            )
        missing = line["quantity"] - max(line["received"], line["restocked"])
        if missing > 0 and is_final:
            yield UnitResult(
                sku=line["sku"],
                external_line_ref=line["ref"],
                quantity=Decimal(missing),
                disposition="missing",
            )


def _read_label_costs(row, labels, currency, described):
    for label in labels:
        try:
            amount = Decimal(label.get("cost") or "0")
        except InvalidOperation as error:
            raise RejectedError(f"ShipHero's cost of a label is no amount: {label}") from error
        if not amount:
            continue
        fee = Fee(
            ref=label["id"],
            kind="shipping",
            amount=amount,
            currency=currency,
            description=" ".join(
                filter(None, (label.get("carrier"), label.get("tracking_number")))
            ),
        )
        event = WarehouseEvent(
            event_id="",
            type="fee.charged",
            moment=demand_utc(label.get("created_date") or row["created_at"]),
            fees=(fee,),
            **described,
        )
        yield identify(f"shiphero-label-{label['id']}", event)
