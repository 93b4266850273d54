"""ShipMonk, fulfilment in the United States, Canada, Mexico and Europe.

Sources: ShipMonk's own OpenAPI 3.1, version v1.024 (apidocs.shipmonk.com), its pages on limits,
errors and webhooks, read 2026. What we send and read is held against that document in the tests.

- One call makes a return or changes it, by our number (``rma``): it may be repeated at will.
- A return cannot be taken back through the interface.
- Two wishes exist: back into stock, or not to be sold. All that is not "restock" is sent as the
  second and spelled out in the note.
- 100,000 calls a minute; a refusal says with ``Retry-After`` (a date) when to come again.
- Sandbox: ``https://sandbox.shipmonk.dev``, for customers with a contract.
- Webhooks are sent by Basic authentication, signed with HMAC-SHA512 in ``X-Sm-Signature``, and
  repeated eight times within two hours.

Certain only with an account: which secret signs webhooks and whether the signature is hexadecimal
or Base64 (both are understood; without a secret of ours Basic authentication alone decides), until
when a return may be changed, and whether units of a return that is "returned" can still change.
"""

import base64
import hashlib
import hmac
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)
from odoo.addons.helloword_returns.providers.http import HttpSession

from . import vocabulary
from .base import (
    Announced,
    EventPage,
    InvalidSignatureError,
    UnitResult,
    WarehouseAdapter,
    WarehouseEvent,
)
from .content import (
    count_units,
    demand_utc,
    identify,
    infer_condition,
    read_body,
    read_cursor,
    read_rows,
    read_utc,
    write_cursor,
    write_utc,
)

BASE_URL = "https://api.shipmonk.com"
SANDBOX_URL = "https://sandbox.shipmonk.dev"
PAGE_SIZE = 100
# Each round of polling starts this much before the last one began: clocks differ, and a list
# whose order nobody promises may slip while it is read.
OVERLAP = timedelta(minutes=15)
# Webhooks are repeated for two hours; what is older was sent by somebody else.
OLDEST_MESSAGE = timedelta(hours=6)
_RETURNS, _LIST = "/v1/integrations/returns", "/v1/integrations/returns-list"
# Nothing has happened in the warehouse yet.
_BEFORE_ARRIVAL = frozenset(("status_created", "en_route"))
_COUNTED = frozenset(("returned", "grading_completed"))
_ORDER_OF_ENDS = ("in_progress", "returned", "grading_completed")


class ShipmonkAdapter(WarehouseAdapter):
    """:param str api_key: of the environment ``base_url`` belongs to
    :param store_id: number of the store, from ShipMonk's support
    :param str webhook_user: as entered at ShipMonk, like the password
    :param str webhook_secret: signs webhooks, where known
    """

    capabilities = frozenset(("announce", "update", "poll", "webhook", "look_up"))

    def __init__(
        self,
        api_key,
        store_id,
        webhook_user="",
        webhook_password="",
        webhook_secret="",
        base_url=BASE_URL,
    ):
        self._http = HttpSession(base_url, headers={"Api-Key": api_key})
        self._store_id = store_id
        self._webhook_login = f"{webhook_user}:{webhook_password}" if webhook_password else ""
        self._webhook_secret = webhook_secret

    def check(self):
        self._list(page_size=1)

    # -------------------------------------------------------------------------
    # What comes
    # -------------------------------------------------------------------------

    def announce(self, expected, key):
        answer = self._http.post_json(_RETURNS, self._as_return(expected))
        try:
            data = answer["data"]
            return Announced(str(data["id"]), messages=(data["message"],), raw=answer)
        except (KeyError, TypeError) as error:
            raise UnknownOutcomeError("ShipMonk's answer cannot be read.", answer) from error

    def find(self, expected):
        wanted = self._as_return(expected)
        for row in self._list(rma=expected.number)["data"]["returns_list"]:
            if row["rma"] == expected.number and _summarize(row) == _summarize(wanted):
                return Announced(str(row["id"]), row["status"], raw=row)
        return None

    def cancel(self, expected, key):
        raise RejectedError(
            "ShipMonk's interface takes no returns back. Ask ShipMonk's support to close this one."
        )

    def _as_return(self, expected):
        items = Counter()
        for line in expected.lines:
            action = vocabulary.to_theirs("shipmonk", "requested", line.requested)
            items[line.sku, action] += count_units(line, "ShipMonk")
        if not items:
            raise RejectedError("ShipMonk wants to know which products come back.")
        content = {
            "warehouse": expected.warehouse_code,
            "rma": expected.number,
            "store_id": self._read_store(),
            "return_reason": _choose_reason(expected.lines),
            "note": _write_note(expected),
            "tracking_numbers": sorted(
                {parcel.tracking_number for parcel in expected.parcels if parcel.tracking_number}
            ),
            "items": [
                {"sku": sku, "expected_quantity": quantity, "desired_action": action}
                for (sku, action), quantity in sorted(items.items())
            ],
        }
        # The order is looked for by its number; ShipMonk's own key of it is not known to us.
        if expected.order_ref:
            content["references_to_related_order"] = {
                "order_number": expected.order_ref,
                "search_in_all_stores": False,
            }
        return content

    def _read_store(self):
        try:
            return int(self._store_id)
        except (TypeError, ValueError):
            raise RejectedError(
                "ShipMonk's number of the store is missing, or is no number. Enter it in the "
                "connection."
            ) from None

    def _list(self, **query):
        answer = self._http.get_json(_LIST, params={"page_size": PAGE_SIZE, **query})
        if not isinstance(answer, dict) or "returns_list" not in (answer.get("data") or {}):
            raise TemporaryError("ShipMonk's answer cannot be read.", answer=answer)
        return answer

    # -------------------------------------------------------------------------
    # What happened
    # -------------------------------------------------------------------------

    def fetch(self, cursor=""):
        place = read_cursor(cursor)
        page = place.get("page", 1)
        started = place.get("started") or write_utc(datetime.now(UTC))
        query = {"page": page}
        if place.get("since"):
            query["updated_at"] = place["since"]
        answer = self._list(**query)
        events = read_rows("shipmonk", answer["data"]["returns_list"], _read_return)
        if page < answer["paginator"]["pages"]:
            following = write_cursor(page=page + 1, since=place.get("since", ""), started=started)
            return EventPage(events, following, has_more=True)
        return EventPage(events, write_cursor(since=write_utc(read_utc(started) - OVERLAP)))

    def fetch_return(self, expected):
        rows = self._list(rma=expected.number)["data"]["returns_list"]
        return tuple(
            event for row in rows if row["rma"] == expected.number for event in _read_return(row)
        )

    def verify_webhook(self, headers, body, query=None):
        if not self._webhook_login:
            raise InvalidSignatureError("No password for ShipMonk's messages is set.")
        scheme, _space, login = (headers.get("Authorization") or "").partition(" ")
        wanted = base64.b64encode(self._webhook_login.encode())
        if scheme.lower() != "basic" or not hmac.compare_digest(login.strip().encode(), wanted):
            raise InvalidSignatureError("The message's user or password is wrong.")
        if self._webhook_secret:
            self._verify_signature(headers.get("X-Sm-Signature") or "", body)
        try:
            updated = read_utc(read_body(body).get("updated_at"))
        except RejectedError:
            return
        if updated and abs(datetime.now(UTC) - updated) > OLDEST_MESSAGE:
            raise InvalidSignatureError("The message is too old.")

    def _verify_signature(self, given, body):
        digest = hmac.new(self._webhook_secret.encode(), body, hashlib.sha512).digest()
        wanted = (digest.hex().encode(), base64.b64encode(digest))
        if not any(hmac.compare_digest(given.strip().encode(), text) for text in wanted):
            raise InvalidSignatureError("The message's signature is wrong.")

    def parse_webhook(self, headers, body):
        row = read_body(body)
        # The same address may be told of orders and of goods received from suppliers.
        if "rma" not in row:
            return ()
        return tuple(_read_return(row))


def _choose_reason(lines):
    reasons = {vocabulary.to_theirs("shipmonk", "reason", line.reason) for line in lines}
    return reasons.pop() or "reason_unknown" if len(reasons) == 1 else "reason_unknown"


def _write_note(expected):
    """For people in the warehouse: what two wishes cannot say."""
    wishes = [
        f"{line.sku}: {line.requested}, otherwise {line.requested_defective}"
        for line in expected.lines
        if line.requested != "restock" or line.requested_defective != "ask"
    ]
    customs = expected.customs
    references = [
        f"{name} {value}"
        for name, value in (
            ("import", customs.reimport_ref),
            ("export", customs.export_ref),
            ("VAT", customs.vat_number),
        )
        if value
    ]
    parts = (expected.note, "; ".join(wishes), ", ".join(references))
    return "\n".join(part for part in parts if part) or None


def _summarize(content):
    """What must agree for a return to be announced as it stands; of what is sent or read."""
    items = Counter()
    for item in content["items"]:
        sku = item.get("sku") or item["product"]["sku"]
        items[sku, item["desired_action"]] += item["expected_quantity"]
    return (
        content["warehouse"],
        content["store_id"],
        content["return_reason"],
        content["note"] or None,
        frozenset(content["tracking_numbers"]),
        items,
    )


def _read_return(row):
    """:return: list of one report, or of nothing while nothing happened in the warehouse"""
    try:
        if row["status"] in _BEFORE_ARRIVAL and not row["received_at"]:
            return []
        units = tuple(unit for item in row["items"] for unit in _read_item(item, row["status"]))
        decided = all(unit.disposition for unit in units)
        report = WarehouseEvent(
            event_id="",
            type="return.reported",
            moment=demand_utc(row["updated_at"]) + _measure_progress(row),
            number=row["rma"],
            external_ref=str(row["id"]),
            order_ref=row["order_key"] or "",
            warehouse_code=row["warehouse"],
            status=row["status"],
            is_final=row["status"] in _COUNTED and decided,
            arrived_at=read_utc(row["received_at"]),
            tracking_number=row["tracking_number"] or "",
            units=units,
            note=row["note"] or "",
            raw=row,
        )
        return [identify(f"shipmonk-{row['id']}", report)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RejectedError(f"ShipMonk's return cannot be read: {error}", row) from error


def _measure_progress(row):
    """How far a return has got, as a time too short to matter: ShipMonk dates changes by the
    second, and several may happen within one.
    """
    details = [detail for item in row["items"] for detail in item["receiving_details"]]
    units = sum(item["received_quantity"] for item in row["items"])
    units += sum(row["received_quantity"] for row in details if row["final_disposition"])
    rank = _ORDER_OF_ENDS.index(row["status"]) if row["status"] in _ORDER_OF_ENDS else 0
    return timedelta(microseconds=units, milliseconds=100 * rank)


def _read_item(item, status):
    """One line as the warehouse found it, split by where its units went."""
    sku = item["product"]["sku"]
    received = item["received_quantity"]
    for detail in item["receiving_details"]:
        if not detail["received_quantity"]:
            continue
        received -= detail["received_quantity"]
        lot = detail["lot"] or {}
        expiry = read_utc(lot.get("expiration_date"))
        code = detail["final_disposition"] or ""
        disposition = code and vocabulary.to_ours("shipmonk", "final", code, "quarantine")
        yield UnitResult(
            sku=sku,
            quantity=Decimal(detail["received_quantity"]),
            unit_ref=f"{detail['type']}-{detail['type_scoped_id']}",
            condition=infer_condition(disposition),
            disposition=disposition,
            disposition_code=code,
            lot=lot.get("lot_number") or "",
            expiry=expiry and expiry.date(),
        )
    if received > 0:
        yield UnitResult(sku=sku, quantity=Decimal(received))
    missing = item["expected_quantity"] - item["received_quantity"]
    if missing > 0 and (status in _COUNTED or status == "not_arrived"):
        yield UnitResult(
            sku=sku, quantity=Decimal(missing), disposition="missing", disposition_code=status
        )
