"""ShipBob, fulfilment in the United States, Canada, Europe and Australia.

Sources: ShipBob's own OpenAPI, version 2026-01, its guides to returns, limits, errors and webhooks
(developer.shipbob.com), read 2026. What we send and read is held against that document in the tests.

- A product is named by its inventory ID, a number; each stands once in a return, bundles never.
- Returns are made once by our number (``reference_id``, at most 50 characters) and can be changed
  or cancelled only until they arrive. Creating is not repeatable, so we look first.
- One wish for each product: restock, quarantine or dispose. What is done when a unit is not sound
  is set with the product at ShipBob. Whatever waits for our word is quarantined.
- ShipBob does not grade: it tells which action it took, why, and shows a picture.
- The shipment the goods went out with is not named: its number at ShipBob is not known to us.
- Parcels that come back undelivered ("RTS") are returns nobody announced.
- 150 calls a minute for each user and application; ``X-Retry-After`` says when to come again.
- Webhooks ``return.created``, ``return.updated`` and ``return.completed`` are signed by Standard
  Webhooks and repeated for about a day.
- Sandbox: ``https://sandbox-api.shipbob.com``; nobody processes returns there.

Certain only with an account: the body of webhooks (read as the return itself, or as one below
``data``), the words of ``action_reason`` and ``transaction_type``, in which currency transactions
are before they are invoiced (the connection's), and whether the number of a cancelled return may
be used again.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)
from odoo.addons.helloword_returns.providers.http import HttpSession

from . import standard_webhooks, vocabulary
from .base import Announced, EventPage, WarehouseAdapter
from .content import (
    count_units,
    load_picture,
    read_body,
    read_cursor,
    read_rows,
    read_utc,
    write_cursor,
    write_utc,
)
from .shipbob_report import flatten_status, read_events

BASE_URL = "https://api.shipbob.com"
SANDBOX_URL = "https://sandbox-api.shipbob.com"
VERSION = "2026-01"
PAGE_SIZE = 100
LONGEST_NUMBER = 50
# How far the first round of polling looks back.
FIRST_LOOK = timedelta(days=60)
# ShipBob bills after it has completed a return, so completed ones are read for a while.
COMPLETED_OVERLAP = timedelta(days=7)
# A return is cancelled, if at all, within this time of being made.
CANCELLED_LOOK = timedelta(days=60)
_PATH = f"/{VERSION}/return"
_ROUND = ("open", "completed", "cancelled")


class ShipbobAdapter(WarehouseAdapter):
    """:param str token: Personal Access Token, or one of OAuth 2
    :param channel_id: number of a channel the token may write to
    :param str webhook_secret: from the subscription, beginning with ``whsec_``
    :param str currency: of fees that name none
    """

    capabilities = frozenset(
        (
            "announce",
            "update",
            "cancel",
            "poll",
            "webhook",
            "look_up",
            "photos",
            "fees",
            "unknown_parcels",
        )
    )

    def __init__(self, token, channel_id, webhook_secret="", currency="USD", base_url=BASE_URL):
        self._http = HttpSession(base_url, headers={"Authorization": f"Bearer {token}"})
        self._channel_id = channel_id
        self._webhook_secret = webhook_secret
        self._currency = currency

    def check(self):
        self._read_channel()
        self._list(Limit=1)

    # -------------------------------------------------------------------------
    # What comes
    # -------------------------------------------------------------------------

    def announce(self, expected, key):
        content = self._as_return(expected)
        known = self._find(expected)
        if known is None:
            return self._send("POST", _PATH, content)
        if _is_same(known, content):
            return _as_announced(known)
        _check_open(known)
        return self._send("PUT", f"{_PATH}/{known['id']}", content)

    def find(self, expected):
        known = self._find(expected)
        if known is None:
            return None
        # A return nothing is expected of any more is only asked for to learn whether it is gone.
        same = not expected.lines or _is_same(known, self._as_return(expected))
        return _as_announced(known) if same else None

    def cancel(self, expected, key):
        known = self._find(expected)
        if known is None:
            return Announced(expected.external_ref, "Cancelled")
        _check_open(known)
        self._http.post(f"{_PATH}/{known['id']}:cancel", headers=self._make_headers())
        return Announced(str(known["id"]), "Cancelled")

    def _find(self, expected):
        """The return that stands for ours, unless it was cancelled."""
        query = (
            {"Ids": expected.external_ref}
            if expected.external_ref
            else {"ReferenceIds": expected.number}
        )
        for row in self._list(**query)["items"]:
            is_ours = str(row["id"]) == expected.external_ref or (
                not expected.external_ref and row.get("reference_id") == expected.number
            )
            if is_ours and flatten_status(row) != "Cancelled":
                return row
        return None

    def _send(self, method, path, content):
        response = self._http.request(method, path, json=content, headers=self._make_headers())
        try:
            return _as_announced(response.json())
        except (ValueError, KeyError, TypeError) as error:
            raise UnknownOutcomeError("ShipBob's answer cannot be read.") from error

    def _as_return(self, expected):
        if len(expected.number) > LONGEST_NUMBER:
            raise RejectedError(
                f"ShipBob takes numbers of returns of at most {LONGEST_NUMBER} characters."
            )
        lines_by_product = defaultdict(list)
        for line in expected.lines:
            if not line.sku.isdecimal():
                raise RejectedError(
                    f"ShipBob knows products by their inventory ID, a number; “{line.sku}” is "
                    "none. Enter it in the connection's list of products."
                )
            lines_by_product[int(line.sku)].append(line)
        if not lines_by_product:
            raise RejectedError("ShipBob wants to know which products come back.")
        if not expected.warehouse_code.isdecimal():
            raise RejectedError(
                "ShipBob knows its buildings by a number. Enter it in the connection."
            )
        content = {
            "reference_id": expected.number,
            "fulfillment_center": {"id": int(expected.warehouse_code)},
            "inventory": [
                _as_inventory(product, lines) for product, lines in sorted(lines_by_product.items())
            ],
        }
        numbers = [parcel.tracking_number for parcel in expected.parcels if parcel.tracking_number]
        if numbers:
            # There is place for one: that of the first parcel.
            content["tracking_number"] = numbers[0]
        return content

    def _make_headers(self):
        return {"shipbob_channel_id": self._read_channel()}

    def _read_channel(self):
        channel = str(self._channel_id or "")
        if not channel.isdecimal():
            raise RejectedError(
                "ShipBob's number of the channel is missing, or is no number. Enter it in the "
                "connection."
            )
        return channel

    # -------------------------------------------------------------------------
    # What happened
    # -------------------------------------------------------------------------

    def fetch(self, cursor=""):
        place = read_cursor(cursor)
        now = datetime.now(UTC)
        since = read_utc(place.get("since")) or now - FIRST_LOOK
        started = place.get("started") or write_utc(now)
        step, page = place.get("step", 0), place.get("page", 1)
        answer = self._list(Cursor=page, Limit=PAGE_SIZE, **_make_query(_ROUND[step], since))
        events = read_rows("shipbob", answer["items"], self._read)
        following = _read_page(answer.get("next"))
        if following <= page:
            step, following = step + 1, 1
        if step == len(_ROUND):
            return EventPage(events, write_cursor(since=started))
        cursor = write_cursor(since=write_utc(since), started=started, step=step, page=following)
        return EventPage(events, cursor, has_more=True)

    def fetch_return(self, expected):
        query = (
            {"Ids": expected.external_ref}
            if expected.external_ref
            else {"ReferenceIds": expected.number}
        )
        return tuple(event for row in self._list(**query)["items"] for event in self._read(row))

    def load_photo(self, photo):
        return load_picture(photo.url, self._http.base_url)

    def _list(self, **query):
        """Never follows the addresses an answer names: they are ShipBob's word, not our setting."""
        answer = self._http.get_json(_PATH, params=query)
        if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
            raise TemporaryError("ShipBob's answer cannot be read.", answer=answer)
        return answer

    def _read(self, row):
        try:
            return read_events(row, self._currency)
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise RejectedError(f"ShipBob's return cannot be read: {error}", row) from error

    def verify_webhook(self, headers, body, query=None):
        standard_webhooks.verify((self._webhook_secret,), headers, body)

    def parse_webhook(self, headers, body):
        if not (headers.get("x-webhook-topic") or "return.").startswith("return."):
            return ()
        content = read_body(body)
        row = content["data"] if isinstance(content.get("data"), dict) else content
        return tuple(self._read(row)) if "inventory" in row else ()


def _make_query(step, since):
    if step == "open":
        return {"Status": "Arrived,Processing"}
    if step == "completed":
        return {"Status": "Completed", "CompletedStartDate": write_utc(since - COMPLETED_OVERLAP)}
    return {"Status": "Cancelled", "StartDate": write_utc(since - CANCELLED_LOOK)}


def _read_page(address):
    """:return: the page an address leads to, or 0"""
    value = parse_qs(urlsplit(address or "").query).get("Cursor", ["0"])[0]
    return int(value) if value.isdecimal() else 0


def _as_inventory(product, lines):
    """A product as it comes back; where its lines differ in what we want, somebody decides."""
    wishes = {vocabulary.to_theirs("shipbob", "requested", line.requested) for line in lines}
    lots = {line.lot for line in lines}
    item = {
        "id": product,
        "quantity": sum(count_units(line, "ShipBob") for line in lines),
        "requested_action": wishes.pop() if len(wishes) == 1 else "Quarantine",
    }
    if len(lots) == 1 and lots != {""}:
        item["lot_number"] = lots.pop()
    return item


def _check_open(row):
    if flatten_status(row) != "AwaitingArrival":
        raise RejectedError(
            f"ShipBob changes and cancels returns only until they arrive; this one is "
            f"“{row['status']}”."
        )


def _is_same(row, content):
    inventory = {
        item["id"]: (item["quantity"], (item.get("action_requested") or {}).get("action"))
        for item in row.get("inventory") or ()
    }
    return (
        inventory
        == {
            item["id"]: (item["quantity"], item["requested_action"])
            for item in content["inventory"]
        }
        and (row.get("fulfillment_center") or {}).get("id") == content["fulfillment_center"]["id"]
        and (row.get("tracking_number") or "") == content.get("tracking_number", "")
    )


def _as_announced(row):
    return Announced(str(row["id"]), row.get("status") or "", raw=row)
