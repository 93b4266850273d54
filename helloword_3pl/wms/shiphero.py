"""ShipHero, software many fulfilment houses in North America run on.

Sources: the GraphQL reference, the webhook's page and the error glossary of developer.shiphero.com,
and the introspection public clients keep; read 2026. Our queries are held against that schema in
the tests, and answered by it.

- A return belongs to an order ShipHero shipped: without the order's number none can be made. Our
  number is its ``partner_id``.
- A return is made once and cannot be changed: what changes is cancelled and made again, until the
  first unit came.
- There are no wishes per product: people in the warehouse choose whether a unit goes back into
  stock. What does not is reported as quarantined when the return is complete.
- Answers are HTTP 200 also where they refuse. Credits restore by the second; code 30 says how long.
- An access token lives 28 days; a refresh token makes the next one.
- Webhooks "Return Update" are signed (``x-shiphero-hmac-sha256``, Base64 of HMAC-SHA256 of the
  body) and carry no time of their own. They must be registered with the merchant's account, not
  with the warehouse's. A repeated one says nothing new, an old one never prevails over an answer.
- There is no sandbox: a test account of ShipHero answers at the same address.

Certain only with an account: the words of ``status``, cancelling among them, and of ``condition``;
that ``date_from`` of returns goes by their making (so the last 60 days are read each time); whether
dimensions of zero are taken; the currency of costs (the connection's).
"""

import base64
import hashlib
import hmac
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)
from odoo.addons.helloword_returns.providers.http import HttpSession

from .base import Announced, EventPage, InvalidSignatureError, WarehouseAdapter
from .content import count_units, read_body, read_cursor, read_rows, write_cursor, write_utc
from .shiphero_report import CANCELLED, read_message, read_return

BASE_URL = "https://public-api.shiphero.com"
PAGE_SIZE = 25
LOOK_BACK = timedelta(days=60)
NOT_ENOUGH_CREDITS = 30

_RETURN = """
id order_id partner_id status reason created_at
order { order_number }
labels { id tracking_number carrier cost created_date }
line_items {
  id warehouse_id quantity quantity_received restock condition reason updated_at
  product { sku }
  line_item { sku }
}
"""
_PAGE = "pageInfo { hasNextPage endCursor }"
FIND_ORDER = """
query ($number: String, $partner: String, $customer: String) {
  orders(order_number: $number, partner_order_id: $partner, customer_account_id: $customer) {
    data(first: 2) { edges { node { id order_number partner_order_id } } }
  }
}
"""
LIST_RETURNS = f"""
query ($order: String, $since: ISODateTime, $customer: String, $first: Int, $after: String) {{
  returns(order_id: $order, date_from: $since, customer_account_id: $customer) {{
    data(first: $first, after: $after) {{ {_PAGE} edges {{ node {{ {_RETURN} }} }} }}
  }}
}}
"""
GET_RETURN = f"query ($id: String!) {{ return(id: $id) {{ data {{ {_RETURN} }} }} }}"
CREATE = f"""
mutation ($data: CreateReturnInput!) {{ return_create(data: $data) {{ return {{ {_RETURN} }} }} }}
"""
SET_STATUS = """
mutation ($data: UpdateReturnStatusInput!) {
  return_update_status(data: $data) { return { id status } }
}
"""


class ShipheroAdapter(WarehouseAdapter):
    """:param str access_token: may be empty where there is a refresh token
    :param str customer_account: of the merchant, where the token is the warehouse's
    :param str webhook_secret: ``shared_signature_secret``, told once when the webhook is made
    :param str currency: of costs
    :param keep_token: called with a new access token; without it each session makes its own
    """

    capabilities = frozenset(("announce", "update", "cancel", "poll", "webhook", "look_up", "fees"))
    poll_interval = 1800

    def __init__(
        self,
        access_token="",
        refresh_token="",
        customer_account="",
        webhook_secret="",
        currency="USD",
        base_url=BASE_URL,
        keep_token=None,
    ):
        self._http = HttpSession(base_url)
        self._access_token = access_token
        self._refresh_token = refresh_token
        self._customer = customer_account or None
        self._webhook_secret = webhook_secret
        self._currency = currency
        self._keep_token = keep_token

    def check(self):
        self._list_returns({"since": write_utc(datetime.now(UTC)), "first": 1})

    # -------------------------------------------------------------------------
    # What comes
    # -------------------------------------------------------------------------

    def announce(self, expected, key):
        order = self._find_order(expected)
        content = self._as_return(expected, order)
        known = self._find(expected, order)
        if known is not None:
            if _is_same(known, content):
                return _as_announced(known)
            self._cancel(known)
        answer = self._call(CREATE, {"data": content}, "return_create", acts=True)
        try:
            return _as_announced(answer["return"])
        except (KeyError, TypeError) as error:
            raise UnknownOutcomeError("ShipHero's answer cannot be read.", answer) from error

    def find(self, expected):
        order = self._find_order(expected)
        known = self._find(expected, order)
        if known is None:
            return None
        # A return nothing is expected of any more is only asked for to learn whether it is gone.
        same = not expected.lines or _is_same(known, self._as_return(expected, order))
        return _as_announced(known) if same else None

    def cancel(self, expected, key):
        known = self._find(expected, self._find_order(expected))
        if known is None:
            return Announced(expected.external_ref, "cancelled")
        self._cancel(known)
        return Announced(known["id"], "cancelled")

    def _cancel(self, known):
        if any(line["quantity_received"] for line in known["line_items"] or ()):
            raise RejectedError(
                "Units of this return have come already; ShipHero cannot change or cancel it."
            )
        data = {"return_id": known["id"], "status": "cancelled"}
        self._call(SET_STATUS, {"data": data}, "return_update_status", acts=True)

    def _find_order(self, expected):
        """:return: ShipHero's identifier of the order the return belongs to"""
        if not expected.order_ref:
            raise RejectedError(
                "ShipHero takes returns only for orders it has shipped, and this return has none."
            )
        for name in ("number", "partner"):
            variables = {name: expected.order_ref, "customer": self._customer}
            edges = self._ask(FIND_ORDER, variables, "orders")["edges"]
            if len(edges) == 1:
                return edges[0]["node"]["id"]
            if edges:
                raise RejectedError(
                    f"ShipHero has several orders “{expected.order_ref}”; it cannot be told which "
                    "one comes back."
                )
        raise RejectedError(f"ShipHero knows no order “{expected.order_ref}”.")

    def _find(self, expected, order):
        """The return that stands for ours, unless it was cancelled."""
        after, more = None, True
        while more:
            page = self._list_returns({"order": order, "first": PAGE_SIZE, "after": after})
            for edge in page["edges"]:
                row = edge["node"]
                is_ours = row["partner_id"] == expected.number
                if is_ours and row["status"].lower() not in CANCELLED:
                    return row
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        return None

    def _as_return(self, expected, order):
        lines_by_sku = defaultdict(list)
        for line in expected.lines:
            lines_by_sku[line.sku].append(line)
        if not lines_by_sku:
            raise RejectedError("ShipHero wants to know which products come back.")
        parcel = expected.parcels[0] if expected.parcels else None
        sender = expected.sender
        content = {
            "order_id": order,
            "warehouse_id": expected.warehouse_code,
            "partner_id": expected.number,
            "return_reason": _name_reason(expected.lines),
            # The label is ours, whoever pays for it.
            "label_type": "SELF_RETURN",
            "label_cost": "0.00",
            "create_label": False,
            "display_issue_refund": False,
            "shipping_carrier": (parcel and parcel.carrier) or "generic",
            "shipping_method": "generic",
            "address": {
                "name": sender.name or sender.company,
                "address1": sender.street,
                "address2": sender.street2,
                "city": sender.city,
                "state": sender.state,
                "country": sender.country,
                "zip": sender.zip,
                "phone": sender.phone,
            },
            "dimensions": dict.fromkeys(("weight", "height", "width", "length"), "0"),
            "line_items": [
                {
                    "sku": sku,
                    "quantity": sum(count_units(line, "ShipHero") for line in lines),
                    "return_reason": _name_reason(lines),
                }
                for sku, lines in sorted(lines_by_sku.items())
            ],
        }
        if parcel and parcel.tracking_number:
            content["tracking_number"] = parcel.tracking_number
        if self._customer:
            content["customer_account_id"] = self._customer
        return content

    # -------------------------------------------------------------------------
    # What happened
    # -------------------------------------------------------------------------

    def fetch(self, cursor=""):
        place = read_cursor(cursor)
        since = place.get("since") or write_utc(datetime.now(UTC) - LOOK_BACK)
        page = self._list_returns({"since": since, "first": PAGE_SIZE, "after": place.get("after")})
        events = read_rows("shiphero", (edge["node"] for edge in page["edges"]), self._read)
        if page["pageInfo"]["hasNextPage"]:
            following = write_cursor(since=since, after=page["pageInfo"]["endCursor"])
            return EventPage(events, following, has_more=True)
        return EventPage(events, "")

    def fetch_return(self, expected):
        if expected.external_ref:
            row = self._ask(GET_RETURN, {"id": expected.external_ref}, "return")
        else:
            row = self._find(expected, self._find_order(expected))
        return tuple(self._read(row)) if row else ()

    def verify_webhook(self, headers, body, query=None):
        if not self._webhook_secret:
            raise InvalidSignatureError("No secret for ShipHero's messages is set.")
        digest = hmac.new(self._webhook_secret.encode(), body, hashlib.sha256).digest()
        given = (headers.get("x-shiphero-hmac-sha256") or "").strip().encode()
        if not hmac.compare_digest(given, base64.b64encode(digest)):
            raise InvalidSignatureError("The message's signature is wrong.")

    def parse_webhook(self, headers, body):
        content = read_body(body)
        if content.get("webhook_type") != "Return Update":
            return ()
        try:
            return tuple(read_message(content))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RejectedError(f"ShipHero's message cannot be read: {error}") from error

    def answer_webhook(self):
        return (200, "application/json", b'{"code": "200", "Message": "Success"}')

    def _read(self, row):
        try:
            return read_return(row, self._currency)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RejectedError(f"ShipHero's return cannot be read: {error}", row) from error

    # -------------------------------------------------------------------------
    # Calls
    # -------------------------------------------------------------------------

    def _list_returns(self, variables):
        return self._ask(LIST_RETURNS, {**variables, "customer": self._customer}, "returns")

    def _ask(self, query, variables, field):
        """:return: the ``data`` of a query's result"""
        answer = self._call(query, variables, field, acts=False)
        if "data" not in answer:
            raise TemporaryError("ShipHero's answer cannot be read.", answer=answer)
        return answer["data"]

    def _call(self, query, variables, field, acts):
        """:return: dict that stands in the answer for ``field``"""
        if not self._access_token:
            self._renew_token()
        try:
            answer = self._post(query, variables, acts)
        except RejectedError as error:
            if (error.answer or {}).get("status") != 401 or not self._refresh_token:
                raise
            # An expired token carried nothing out: the same may be sent with a new one.
            self._renew_token()
            answer = self._post(query, variables, acts)
        result = answer.get("data") if isinstance(answer, dict) else None
        if isinstance(result, dict) and result.get(field):
            return result[field]
        raise _as_error(answer, acts)

    def _post(self, query, variables, acts):
        return self._http.post_json(
            "/graphql",
            {"query": query, "variables": variables},
            acts=acts,
            headers={"Authorization": f"Bearer {self._access_token}"},
        )

    def _renew_token(self):
        if not self._refresh_token:
            raise RejectedError("ShipHero's tokens are missing. Enter them in the connection.")
        answer = self._http.post_json(
            "/auth/refresh", {"refresh_token": self._refresh_token}, acts=False
        )
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not token:
            raise RejectedError(
                "ShipHero gives no access token. Enter a new refresh token.", answer
            )
        self._access_token = token
        if self._keep_token:
            self._keep_token(token)


def _as_error(answer, acts):
    """What an answer without a result means."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if not errors:
        kind = UnknownOutcomeError if acts else TemporaryError
        return kind("ShipHero's answer cannot be read.", answer=answer)
    message = " ".join(str(error.get("message") or "") for error in errors).strip()
    for error in errors:
        if error.get("code") == NOT_ENOUGH_CREDITS:
            seconds = re.search(r"\d+", str(error.get("time_remaining") or ""))
            return TemporaryError(message, int(seconds[0]) if seconds else 60, answer)
    return RejectedError(message or "ShipHero refused this.", answer)


def _name_reason(lines):
    """ShipHero's reasons are free text: the customer's own words, or our code for them."""
    reasons = dict.fromkeys(line.reason_text or line.reason for line in lines)
    return ", ".join(filter(None, reasons)) or "Other"


def _is_same(row, content):
    """Whether a return already says what we would say; costs and states aside."""
    known = {
        (line.get("product") or line.get("line_item") or {}).get("sku"): line["quantity"]
        for line in row["line_items"] or ()
    }
    numbers = {label["tracking_number"] for label in row["labels"] or ()}
    wanted = content.get("tracking_number")
    return known == {item["sku"]: item["quantity"] for item in content["line_items"]} and (
        not wanted or wanted in numbers
    )


def _as_announced(row):
    return Announced(row["id"], row["status"] or "", raw=row)
