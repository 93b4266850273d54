"""Amazon Multi-Channel Fulfillment (MCF): returns of orders Amazon shipped for other channels.

Sources: Fulfillment Outbound API, version **2020-07-01**, as published in
github.com/amzn/selling-partner-api-models, and Amazon's page "Create a return for an MCF order";
read 2026. Our requests are held against that model in the tests. The model 2026-07-04 has no returns:
this version must stay until Amazon gives them a new place.

- A return belongs to an order Amazon shipped, known by the number whoever ordered gave it
  (``sellerFulfillmentOrderId``). The delivery's number and the order's are tried.
- One return item is one unit, with a number of ours (``sellerReturnItemId``) that Amazon takes once:
  it is made of our return's number, the line and a count. Told again, only what is missing is sent.
- Each unit needs one of the reasons Amazon offers for the product; they are asked for before. Ours
  are turned into them by ``vocabulary.csv``, others into the connection's reason.
- Amazon takes nothing back: a return that is cancelled, or has fewer units, stays as it was.
- The label on the page Amazon names is not prepaid.
- Orders tell each unit as New or Processed, with its condition. Sound units are back in stock; all
  others wait among the unfulfillable ones until they are removed. Each read is a report.
- Amazon sends no messages about returns. 2 calls a second, 30 at once.

Certain only with an account: reasons beside those of the model's example; whether a processed unit
may be graded anew, and whether units that were never announced show up in the order (they are told
as unknown parcels); whether the sandbox processes returns (it keeps state: "dynamic").
"""

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from odoo.addons.helloword_returns.providers.amazon import is_missing, write_part
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

from . import vocabulary
from .base import Announced, EventPage, UnitResult, UnknownParcel, WarehouseAdapter, WarehouseEvent
from .content import (
    count_units,
    demand_utc,
    identify,
    read_cursor,
    read_rows,
    write_cursor,
    write_utc,
)

RATES = {
    "getFulfillmentOrder": 2.0,
    "createFulfillmentReturn": 2.0,
    "listReturnReasonCodes": 2.0,
    "listAllFulfillmentOrders": 2.0,
}
_PATH = "/fba/outbound/2020-07-01"
LONGEST_ORDER = 40
LONGEST_ITEM = 80
LONGEST_COMMENT = 1000
ORDERS_AT_ONCE = 20
# Our return, our line, the count of the unit.
_ITEM_ID = re.compile(r"(.+):(\d+):(\d+)")
_REFUSALS = {
    "InvalidValues": "it is not in the order",
    "NoCompletedShipItems": "the order has not been shipped yet",
    "NoReturnableQuantity": "all units that may come back were announced before",
}


class AmazonMcfAdapter(WarehouseAdapter):
    """:param session: :class:`~odoo.addons.helloword_returns.providers.amazon.AmazonSession`
    :param str marketplace: identifier, e.g. ATVPDKIKX0DER
    :param str default_reason: Amazon's code where ours has none
    :param orders: numbers of the orders whose returns are open, to be asked about
    """

    capabilities = frozenset(("announce", "update", "poll", "look_up"))
    poll_interval = 3600

    def __init__(self, session, marketplace="", default_reason="", orders=()):
        self._session = session
        self._marketplace = marketplace
        self._default_reason = default_reason
        self._orders = tuple(sorted(set(orders)))

    def check(self):
        self._session.ask(
            "listAllFulfillmentOrders",
            f"{_PATH}/fulfillmentOrders",
            queryStartDate=write_utc(datetime.now(UTC) - timedelta(days=1)),
        )

    # -------------------------------------------------------------------------
    # What comes
    # -------------------------------------------------------------------------

    def announce(self, expected, key):
        if not expected.lines:
            raise RejectedError("Amazon wants to know which products come back.")
        order = self._find_order(expected)
        if order is None:
            tried = ", ".join(f"“{ref}”" for ref in _get_candidates(expected))
            raise RejectedError(
                f"Amazon knows no fulfillment order {tried or 'without a number'}. Enter the number "
                "it was ordered under (Seller Central ▸ Multi-Channel Fulfillment) in the "
                "announcement, and send it again."
            )
        missing, too_many = _compare(order, expected)
        if not missing:
            return _as_announced(order, expected, _tell_too_many(too_many))
        return self._create(order, expected, missing, too_many)

    def find(self, expected):
        order = self._find_order(expected)
        if order is None or not _own_items(order, expected.number):
            return None
        missing, too_many = _compare(order, expected)
        return None if missing else _as_announced(order, expected, _tell_too_many(too_many))

    def _create(self, order, expected, missing, too_many):
        """Announce the units Amazon does not know.

        :param dict missing: line → how many units
        """
        items = self._as_items(order, expected, missing)
        number = _get_number(order)
        answer = self._session.send(
            "createFulfillmentReturn",
            "PUT",
            f"{_PATH}/fulfillmentOrders/{write_part(number)}/return",
            {"items": items},
        )
        result = answer.get("payload") if isinstance(answer, dict) else None
        if not isinstance(result, dict):
            raise UnknownOutcomeError("Amazon's answer cannot be read.", answer)
        by_ref = {line.line_ref: line for line in missing}
        lines = {item["sellerReturnItemId"]: by_ref[_read_item_id(item)[1]] for item in items}
        refused = [
            _tell_refusal(item, lines)
            for item in result.get("invalidReturnItems") or ()
            # Told before, with an answer that was lost.
            if _get_refusal_code(item) != "DuplicateRequest"
        ]
        if refused and len(refused) == len(items):
            raise RejectedError(" ".join(dict.fromkeys(refused)), answer)
        order = {
            **order,
            "returnItems": [*(order.get("returnItems") or ()), *(result.get("returnItems") or ())],
            "returnAuthorizations": [
                *(order.get("returnAuthorizations") or ()),
                *(result.get("returnAuthorizations") or ()),
            ],
        }
        return _as_announced(
            order, expected, _tell_too_many(too_many), tuple(dict.fromkeys(refused)), answer
        )

    def _find_order(self, expected):
        """:return: Amazon's order the goods were shipped with, or None"""
        for ref in _get_candidates(expected):
            order = self._read_order(ref)
            if order is not None:
                return order
        return None

    def _read_order(self, ref):
        try:
            answer = self._session.ask(
                "getFulfillmentOrder", f"{_PATH}/fulfillmentOrders/{write_part(ref)}"
            )
        except RejectedError as error:
            if is_missing(error):
                return None
            raise
        order = answer.get("payload") if isinstance(answer, dict) else None
        if not isinstance(order, dict) or not isinstance(order.get("fulfillmentOrder"), dict):
            raise TemporaryError("Amazon's answer cannot be read.", answer=answer)
        return order

    def _as_items(self, order, expected, missing):
        """One item for each unit that is missing."""
        places, known = _find_places(order), _own_items(order, expected.number)
        reasons = {sku: self._list_reasons(order, sku) for sku in {line.sku for line in missing}}
        items = []
        for line, quantity in missing.items():
            reason = self._choose_reason(line, reasons[line.sku])
            if len(places[line.sku]) < quantity:
                raise RejectedError(
                    f"Amazon has shipped {len(places[line.sku])} of “{line.sku}” with order "
                    f"“{_get_number(order)}” that may still come back, not {quantity}."
                )
            last = max((_read_item_id(item)[2] for item in known[line.line_ref]), default=0)
            for count in range(last + 1, last + quantity + 1):
                shipment, order_item = places[line.sku].pop(0)
                items.append(
                    {
                        "sellerReturnItemId": _write_item_id(expected.number, line, count),
                        "sellerFulfillmentOrderItemId": order_item,
                        "amazonShipmentId": shipment,
                        "returnReasonCode": reason,
                        **_as_comment(line),
                    }
                )
        return items

    def _list_reasons(self, order, sku):
        """:return: dict of the reasons Amazon takes for a product → what they mean"""
        answer = self._session.ask(
            "listReturnReasonCodes",
            f"{_PATH}/returnReasonCodes",
            sellerSku=sku,
            marketplaceId=self._marketplace,
            sellerFulfillmentOrderId=_get_number(order),
        )
        try:
            return {
                row["returnReasonCode"]: row["description"]
                for row in answer["payload"].get("reasonCodeDetails") or ()
            }
        except (KeyError, TypeError, AttributeError) as error:
            raise TemporaryError("Amazon's answer cannot be read.", answer=answer) from error

    def _choose_reason(self, line, offered):
        for code in (
            vocabulary.to_theirs("amazon_mcf", "reason", line.reason),
            self._default_reason,
        ):
            if code and code in offered:
                return code
        if not offered:
            raise RejectedError(
                f"Amazon offers no reason for returns of “{line.sku}” in this marketplace. Check "
                "the seller SKU under “Product Codes” and the marketplace."
            )
        words = "; ".join(f"{code} ({text})" for code, text in sorted(offered.items()))
        raise RejectedError(
            f"Amazon has no word for the reason “{line.reason or line.reason_text}” of "
            f"“{line.sku}”. Enter one of these in the connection as the reason for all others: "
            f"{words}."
        )

    # -------------------------------------------------------------------------
    # What happened
    # -------------------------------------------------------------------------

    def fetch(self, cursor=""):
        after = read_cursor(cursor).get("after", "")
        refs = [ref for ref in self._orders if ref > after]
        page, rest = refs[:ORDERS_AT_ONCE], refs[ORDERS_AT_ONCE:]
        orders = [order for order in map(self._read_order, page) if order is not None]
        events = read_rows("amazon_mcf", orders, _read)
        if not rest:
            return EventPage(events, write_cursor())
        return EventPage(events, write_cursor(after=page[-1]), has_more=True)

    def fetch_return(self, expected):
        order = self._find_order(expected)
        return tuple(
            event for event in (_read(order) if order else ()) if event.number == expected.number
        )


def _get_candidates(expected):
    """Numbers the order may have at Amazon, the likeliest first."""
    refs = (expected.external_ref, expected.shipment_ref, expected.order_ref)
    return [ref for ref in dict.fromkeys(refs) if ref and len(ref) <= LONGEST_ORDER]


def _get_number(order):
    return order["fulfillmentOrder"]["sellerFulfillmentOrderId"]


def _write_item_id(number, line, count):
    """Our number of one unit.

    :raise RejectedError: it is too long
    """
    text = f"{number}:{line.line_ref}:{count}"
    if len(text) > LONGEST_ITEM:
        raise RejectedError(f"Amazon takes numbers of at most {LONGEST_ITEM} characters.")
    return text


def _read_item_id(item):
    """:return: tuple (our return's number, our line, count); an empty number: it is not ours"""
    match = _ITEM_ID.fullmatch(item["sellerReturnItemId"])
    return (match[1], match[2], int(match[3])) if match else ("", "", 0)


def _own_items(order, number):
    """:return: dict of our line → units of it that Amazon knows"""
    found = defaultdict(list)
    for item in order.get("returnItems") or ():
        owner, line, _count = _read_item_id(item)
        if owner == number:
            found[line].append(item)
    return found


def _get_skus(order):
    return {
        item["sellerFulfillmentOrderItemId"]: item["sellerSku"]
        for item in order.get("fulfillmentOrderItems") or ()
    }


def _compare(order, expected):
    """:return: tuple: dict of line → units Amazon does not know yet; SKU → units it knows that do
    not come any more
    """
    known, skus = _own_items(order, expected.number), _get_skus(order)
    missing, too_many = {}, Counter()
    for line in expected.lines:
        wanted = count_units(line, "Amazon")
        for item in known.pop(line.line_ref, ()):
            sku = skus.get(item["sellerFulfillmentOrderItemId"], "")
            if sku == line.sku and wanted:
                wanted -= 1
            else:
                too_many[sku] += 1
        if wanted:
            missing[line] = wanted
    for items in known.values():
        too_many.update(skus.get(item["sellerFulfillmentOrderItemId"], "") for item in items)
    return missing, too_many


def _find_places(order):
    """What was shipped and does not come back yet.

    :return: dict of SKU → list of (shipment, order's item), one for each unit
    """
    shipped = Counter()
    for shipment in order.get("fulfillmentShipments") or ():
        if shipment["fulfillmentShipmentStatus"] != "SHIPPED":
            continue
        for item in shipment["fulfillmentShipmentItem"]:
            place = (shipment["amazonShipmentId"], item["sellerFulfillmentOrderItemId"])
            shipped[item["sellerSku"], place] += item["quantity"]
    back = Counter(
        (item["amazonShipmentId"], item["sellerFulfillmentOrderItemId"])
        for item in order.get("returnItems") or ()
    )
    places = defaultdict(list)
    for (sku, place), quantity in shipped.items():
        places[sku] += [place] * (quantity - back[place])
    return places


def _as_comment(line):
    comment = line.reason_text.strip()[:LONGEST_COMMENT]
    return {"returnComment": comment} if comment else {}


def _get_refusal_code(item):
    return (item.get("invalidItemReason") or {}).get("invalidItemReasonCode") or ""


def _tell_refusal(item, lines):
    """:param dict lines: our number of a unit → its line"""
    code = _get_refusal_code(item)
    reason = _REFUSALS.get(code) or code
    words = (item.get("invalidItemReason") or {}).get("description") or ""
    line = lines.get(item.get("sellerReturnItemId"))
    return f"Amazon does not take “{line.sku if line else '?'}” back: {reason}. {words}".strip()


def _tell_too_many(too_many):
    return tuple(
        f"Amazon still expects {count} of “{sku}” that do not come any more: it takes nothing back."
        for sku, count in sorted(too_many.items())
    )


def _as_announced(order, expected, messages=(), refused=(), raw=None):
    own = {
        item.get("returnAuthorizationId")
        for items in _own_items(order, expected.number).values()
        for item in items
    }
    pages = tuple(
        f"Send it with RMA {row['amazonRmaId']}; the label, not prepaid, is on {row['rmaPageURL']}"
        for row in order.get("returnAuthorizations") or ()
        if row.get("returnAuthorizationId") in own
    )
    return Announced(
        _get_number(order),
        "New",
        messages=tuple(dict.fromkeys((*pages, *messages))),
        refused=refused,
        raw=raw or {},
    )


def _read(order):
    """:return: list of :class:`~.base.WarehouseEvent` of one order
    :raise RejectedError: it cannot be read
    """
    try:
        returns, skus = defaultdict(list), _get_skus(order)
        for item in order.get("returnItems") or ():
            returns[_read_item_id(item)[0]].append(item)
        strangers = returns.pop("", ())
        return [
            *(_as_unexpected(order, item, skus) for item in strangers),
            *(
                _as_report(order, number, items, skus)
                for number, items in sorted(returns.items())
                if any(item["status"] == "Processed" for item in items)
            ),
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RejectedError(f"Amazon's order cannot be read: {error}", order) from error


def _as_report(order, number, items, skus):
    done = [item for item in items if item["status"] == "Processed"]
    moments = [demand_utc(item["statusChangedDate"]) for item in done]
    event = WarehouseEvent(
        event_id="",
        type="return.reported",
        # Two units processed in the same second make two reports: the later has more of them.
        moment=max(moments) + timedelta(microseconds=len(done)),
        number=number,
        external_ref=_get_number(order),
        status="Processed" if len(done) == len(items) else "New",
        is_final=len(done) == len(items),
        arrived_at=min(moments),
        units=tuple(
            _as_unit(item, skus) for item in sorted(done, key=lambda i: i["sellerReturnItemId"])
        ),
        raw={"returnItems": items},
    )
    return identify(f"mcf-{number}", event)


def _as_unit(item, skus):
    code = item.get("returnReceivedCondition") or ""
    return UnitResult(
        sku=skus[item["sellerFulfillmentOrderItemId"]],
        quantity=Decimal(1),
        line_ref=_read_item_id(item)[1],
        unit_ref=item["sellerReturnItemId"],
        condition=vocabulary.to_ours("amazon_mcf", "condition", code),
        condition_code=code,
        disposition=vocabulary.to_ours("amazon_mcf", "final", code, "quarantine"),
        disposition_code=code,
        location=item.get("fulfillmentCenterId") or "",
        note=item.get("amazonReturnReasonCode") or "",
    )


def _as_unexpected(order, item, skus):
    """A unit somebody else announced, e.g. in Seller Central."""
    ref = item["sellerReturnItemId"]
    sku = skus.get(item["sellerFulfillmentOrderItemId"], "")
    event = WarehouseEvent(
        event_id="",
        type="return.unexpected",
        moment=demand_utc(item["statusChangedDate"]),
        external_ref=ref,
        order_ref=_get_number(order),
        units=(UnitResult(sku=sku),),
        parcel=UnknownParcel(
            ref=ref,
            order_ref=_get_number(order),
            note=item.get("returnComment") or item.get("sellerReturnReasonCode") or "",
        ),
        raw={"returnItems": [item]},
    )
    return identify(f"mcf-unexpected-{ref}", event)
