"""What a warehouse pushes by Qimen, as events. The content is data from outside: XML is read
without entities and without a look at any other place."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

from odoo.addons.helloword_returns.carriers.base import Address
from odoo.addons.helloword_returns.providers.base import RejectedError

from . import vocabulary
from .base import UnitResult, UnknownParcel, WarehouseEvent
from .china import CHINA, read_china_time
from .content import hash_content

# Returned goods nobody announced.
_HEADLESS = "WTJTHRK"
_FINAL = "0"
# A line holds so many units at most; more is a slip of somebody's finger.
_MOST_UNITS = 1_000_000


def read_message(body):
    """:param bytes body: XML or JSON
    :return: tuple (dict of what it says below its outermost name, whether it was JSON)
    :raise RejectedError: it is neither
    """
    body = body.lstrip(b"\xef\xbb\xbf \r\n\t")
    if body.startswith(b"<"):
        return _read_xml(body), False
    try:
        content = json.loads(body)
    except ValueError as error:
        raise RejectedError("The message is neither XML nor JSON.") from error
    if isinstance(content, dict) and len(content) == 1:
        inner = next(iter(content.values()))
        content = inner if isinstance(inner, dict) and "returnOrder" not in content else content
    if not isinstance(content, dict):
        raise RejectedError("The message is not a JSON object.")
    return content, True


def _read_xml(body):
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RejectedError("The message is no XML.") from error
    if root.getroottree().docinfo.doctype:
        raise RejectedError("The message has a document type, which no warehouse needs.")
    content = _as_dict(root)
    return content if isinstance(content, dict) else {}


def _as_dict(element):
    """Names of elements → what they say; several of the same name make a list."""
    children = [child for child in element if isinstance(child.tag, str)]
    if not children:
        return (element.text or "").strip()
    content = defaultdict(list)
    for child in children:
        content[child.tag].append(_as_dict(child))
    return {name: values[0] if len(values) == 1 else values for name, values in content.items()}


def read_confirmation(content):
    """:param dict content: of ``returnorder.confirm``
    :return: list of :class:`~.base.WarehouseEvent`
    :raise RejectedError: it does not say what it must, or its numbers do not add up
    """
    order = content["returnOrder"]
    if not isinstance(order, dict) or not order.get("returnOrderCode"):
        raise RejectedError("The message does not say which return it is about.")
    moment = read_china_time(order.get("orderConfirmTime"))
    if order.get("orderConfirmTime") and moment is None:
        raise RejectedError("orderConfirmTime is no moment.")
    units = tuple(
        unit for line in _list(content.get("orderLines"), "orderLine") for unit in _read_line(line)
    )
    is_headless = order.get("orderType") == _HEADLESS
    number = order["returnOrderCode"]
    moment = moment or datetime.now(UTC)
    return [
        WarehouseEvent(
            event_id=f"qimen-{number}-{order.get('outBizCode') or hash_content(content)}",
            type="return.unexpected" if is_headless else "unit.inspected",
            moment=moment,
            number="" if is_headless else number,
            external_ref=order.get("returnOrderId") or "",
            warehouse_code=order.get("warehouseCode") or "",
            is_final=str(order.get("confirmType") or _FINAL) == _FINAL,
            arrived_at=moment,
            tracking_number=order.get("expressCode") or "",
            units=units,
            parcel=_as_parcel(order) if is_headless else None,
            note=order.get("remark") or "",
            raw=content,
        )
    ]


def _list(content, name):
    """The members of a list as XML and as JSON write it."""
    if isinstance(content, dict):
        content = content.get(name)
    if isinstance(content, dict):
        content = [content]
    content = content or []
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise RejectedError(f"“{name}” cannot be read.")
    return content


def _as_parcel(order):
    sender = order.get("senderInfo") or {}
    if not isinstance(sender, dict):
        sender = {}
    return UnknownParcel(
        ref=order.get("returnOrderId") or order["returnOrderCode"],
        tracking_number=order.get("expressCode") or "",
        carrier=order.get("logisticsName") or order.get("logisticsCode") or "",
        sender=Address(
            name=sender.get("name") or "",
            company=sender.get("company") or "",
            street=sender.get("detailAddress") or "",
            city=sender.get("city") or "",
            state=sender.get("province") or "",
            zip=sender.get("zipCode") or "",
            country=sender.get("countryCode") or "",
            phone=sender.get("mobile") or sender.get("tel") or "",
            email=sender.get("email") or "",
        ),
        note=order.get("returnReason") or "",
    )


def _read_line(line):
    """A line, split by its lots or by its serial numbers."""
    if not line.get("itemCode"):
        raise RejectedError("A line does not say which product it is about.")
    total = _read_quantity(line.get("actualQty"), line)
    lots = [lot for lot in _list(line.get("batchs"), "batch") if lot.get("actualQty")]
    if lots:
        counted = sum(_read_quantity(lot["actualQty"], line) for lot in lots)
        if counted != total:
            raise RejectedError(
                f"The lots of “{line['itemCode']}” add up to {counted}, the line to {total}."
            )
        for lot in lots:
            kind = lot.get("inventoryType") or line.get("inventoryType")
            yield _make_unit(line, _read_quantity(lot["actualQty"], line), kind, lot)
        return
    serials = _read_serials(line)
    if serials and len(serials) == total:
        for serial in serials:
            yield _make_unit(line, Decimal(1), line.get("inventoryType"), line, serial)
    elif total:
        yield _make_unit(line, total, line.get("inventoryType"), line)


def _make_unit(line, quantity, kind, lot, serial=""):
    kind = kind or "ZP"
    expiry = read_china_time(lot.get("expireDate"))
    return UnitResult(
        sku=line["itemCode"],
        quantity=quantity,
        line_ref=line.get("orderLineNo") or "",
        condition=vocabulary.to_ours("qimen", "condition", kind),
        condition_code=kind,
        disposition=vocabulary.to_ours("qimen", "final", kind, "quarantine"),
        disposition_code=kind,
        lot=lot.get("batchCode") or lot.get("produceCode") or "",
        serial=serial,
        expiry=expiry and expiry.astimezone(CHINA).date(),
        note=line.get("remark") or "",
    )


def _read_quantity(value, line):
    try:
        quantity = Decimal(str(value or 0))
    except InvalidOperation:
        quantity = Decimal(-1)
    if not quantity.is_finite() or not 0 <= quantity <= _MOST_UNITS:
        raise RejectedError(f"“{value}” is no quantity of “{line['itemCode']}”.")
    return quantity


def _read_serials(line):
    serials = line.get("snList") or []
    serials = serials.get("sn") if isinstance(serials, dict) else serials
    serials = [serials] if isinstance(serials, str) else serials or []
    return [serial for serial in serials if isinstance(serial, str) and serial]
