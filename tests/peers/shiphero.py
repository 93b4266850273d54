"""ShipHero's GraphQL interface, answered by its published schema.

Queries that do not fit the schema are refused, answers that do not fit it cannot be given. Every
answer costs credits; an access token lives until it is used up; webhooks are signed.
"""

import base64
import hashlib
import hmac
import json
import uuid
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from graphql import GraphQLError, build_schema, graphql_sync

from .base import Peer, Reply, route

SCHEMA = build_schema(
    (Path(__file__).parents[1] / "contracts" / "shiphero.graphql").read_text(encoding="utf-8")
)


def _encode(kind, number):
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def _refuse(message, code, **more):
    return GraphQLError(message, extensions={"code": code, **more})


def _write(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


class ShipheroPeer(Peer):
    access_token, refresh_token = "access-1", "refresh-peer"
    webhook_secret = "shared-signature-secret"
    warehouse = _encode("Warehouse", 3141)
    customer_account = _encode("CustomerAccount", 77)

    def __init__(self):
        super().__init__()
        self.orders = [
            {"id": _encode("Order", 272), "order_number": "S00042", "partner_order_id": "gid-42"},
            {"id": _encode("Order", 273), "order_number": "TWICE", "partner_order_id": "gid-43"},
            {"id": _encode("Order", 274), "order_number": "TWICE", "partner_order_id": "gid-44"},
        ]
        self.skus = {"TEE-M", "MUG"}
        self.returns = {}
        self.faults_of_queries = []
        self._ids = count(3394303)
        self.credits, self.cost = 4004, 10
        # Words the account knows for the end of a return.
        self.statuses = {"pending", "complete", "cancelled"}

    def authenticate(self, call):
        if call.path == "/auth/refresh":
            return None
        if call.headers.get("authorization") != f"Bearer {self.access_token}":
            return Reply(401, {"errors": [{"message": "Token has expired.", "code": 3}]})
        return None

    @route("POST", r"/auth/refresh")
    def refresh(self, call):
        if call.json.get("refresh_token") != self.refresh_token:
            return Reply(403, {"error": "unauthorized_client", "error_description": "Invalid."})
        self.access_token = f"access-{uuid.uuid4().hex}"
        return Reply(
            200,
            {"access_token": self.access_token, "expires_in": 2419200, "token_type": "Bearer"},
        )

    @route("POST", r"/graphql")
    def answer(self, call):
        if self.credits < self.cost:
            lacking = {
                "message": "There are not enough credits to perform the requested operation.",
                "code": 30,
                "required_credits": self.cost,
                "remaining_credits": self.credits,
                "time_remaining": "6 seconds",
            }
            return Reply(200, {"errors": [lacking], "data": None})
        self.credits -= self.cost
        root = {
            "orders": self._find_orders,
            "return": lambda _info, **given: {"data": self.returns.get(given["id"])},
            "returns": self._list_returns,
            "return_create": self._create,
            "return_update_status": self._set_status,
        }
        with self.lock:
            result = graphql_sync(
                SCHEMA, call.json["query"], root, variable_values=call.json.get("variables")
            )
        # An error without a code of ShipHero's came from the schema: our query is wrong, or the
        # peer's answer.
        self.faults_of_queries += [
            error.message for error in result.errors or () if "code" not in (error.extensions or {})
        ]
        content = {"data": result.data}
        if result.errors:
            content["errors"] = [
                {
                    "message": error.message,
                    "request_id": uuid.uuid4().hex,
                    **(error.extensions or {}),
                }
                for error in result.errors
            ]
        return Reply(200, content)

    # -------------------------------------------------------------------------
    # Fields
    # -------------------------------------------------------------------------

    def _find_orders(self, _info, order_number=None, partner_order_id=None, **_rest):
        rows = [
            row
            for row in self.orders
            if (order_number is None or row["order_number"] == order_number)
            and (partner_order_id is None or row["partner_order_id"] == partner_order_id)
        ]
        return {"data": lambda _info, **page: self._make_page(rows, page)}

    def _list_returns(self, _info, order_id=None, date_from=None, **_rest):
        rows = [
            row
            for row in self.returns.values()
            if (order_id is None or row["order_id"] == order_id)
            and (date_from is None or row["created_at"] >= date_from.removesuffix("Z"))
        ]
        return {"data": lambda _info, **page: self._make_page(rows, page)}

    def _create(self, _info, data):
        if not any(order["id"] == data["order_id"] for order in self.orders):
            raise _refuse("Order not found", 5)
        if data["warehouse_id"] != self.warehouse:
            raise _refuse("Warehouse not found", 5)
        unknown = {item["sku"] for item in data["line_items"]} - self.skus
        if unknown:
            raise _refuse(f"Line item {min(unknown)} not found in order", 5)
        number = next(self._ids)
        now = _write(datetime.now(UTC))
        row = {
            "id": _encode("Return", number),
            "legacy_id": number,
            "order_id": data["order_id"],
            "partner_id": data.get("partner_id"),
            "reason": data["return_reason"],
            "status": "pending",
            "label_type": data["label_type"],
            "label_cost": data["label_cost"],
            "created_at": now,
            "order": next(order for order in self.orders if order["id"] == data["order_id"]),
            "labels": [],
            "line_items": [
                {
                    "id": _encode("ReturnItem", next(self._ids)),
                    "warehouse_id": data["warehouse_id"],
                    "quantity": item["quantity"],
                    "quantity_received": 0,
                    "restock": 0,
                    "condition": item.get("condition"),
                    "reason": item["return_reason"],
                    "updated_at": now,
                    "product": {"sku": item["sku"]},
                    "line_item": {"sku": item["sku"]},
                }
                for item in data["line_items"]
            ],
        }
        if data.get("tracking_number"):
            row["labels"].append(
                {
                    "id": _encode("RMALabel", number),
                    "tracking_number": data["tracking_number"],
                    "carrier": data["shipping_carrier"],
                    "cost": "0.00",
                    "created_date": now,
                }
            )
        self.returns[row["id"]] = row
        return {"return": row, "complexity": self.cost}

    def _set_status(self, _info, data):
        row = self.returns.get(data["return_id"])
        if row is None:
            raise _refuse("Return not found", 5)
        if data["status"] not in self.statuses:
            raise _refuse("Invalid status", 8)
        row["status"] = data["status"]
        return {"return": row}

    @staticmethod
    def _make_page(rows, page):
        start = int(page.get("after") or 0)
        size = page.get("first") or 25
        chosen = rows[start : start + size]
        return {
            "edges": [
                {"node": row, "cursor": str(start + place + 1)} for place, row in enumerate(chosen)
            ],
            "pageInfo": {
                "hasNextPage": start + size < len(rows),
                "hasPreviousPage": start > 0,
                "endCursor": str(start + len(chosen)),
            },
        }

    # -------------------------------------------------------------------------
    # What happens in the warehouse
    # -------------------------------------------------------------------------

    def get(self, number):
        rows = [row for row in self.returns.values() if row["partner_id"] == number]
        return rows[-1]

    def receive(self, number, sku, quantity=1, restock=0, condition=None, seconds=0):
        line = self._get_line(number, sku)
        line["quantity_received"] += quantity
        line["restock"] += restock
        line["condition"] = condition or line["condition"]
        line["updated_at"] = _write(datetime.now(UTC) + timedelta(seconds=seconds))

    def finish(self, number, status="complete"):
        self.get(number)["status"] = status

    def charge_label(self, number, cost):
        self.get(number)["labels"][0]["cost"] = cost

    def notify(self, number):
        """:return: headers and body of the message ShipHero would send"""
        row = self.get(number)
        items = [
            {
                "id": int(base64.b64decode(line["id"]).decode().partition(":")[2]),
                "uuid": line["id"],
                "quantity": line["quantity"],
                "quantity_received": line["quantity_received"],
                "sku": line["product"]["sku"],
                "item_reason": line["reason"],
                "restock": line["restock"],
                "partner_line_item_id": None,
                "warehouse_id": 3141,
            }
            for line in row["line_items"]
        ]
        content = {
            "test": "0",
            "webhook_type": "Return Update",
            "return_id": row["legacy_id"],
            "return_uuid": row["id"],
            "status": row["status"],
            "reason": row["reason"],
            "items": items,
            "order_id": 272,
            "order_uuid": row["order_id"],
            "partner_order_id": row["order"]["partner_order_id"],
            "order_number": row["order"]["order_number"],
            "shop_name": "Odoo",
            "created_at": row["created_at"].replace("T", " "),
            "label_type": "Self Return",
            "label_cost": "0.00",
            "picked_up": False,
            "tracking_number": next((label["tracking_number"] for label in row["labels"]), ""),
            "date_used": None,
        }
        body = json.dumps(content).encode()
        return self.sign(body), body

    def sign(self, body):
        digest = hmac.new(self.webhook_secret.encode(), body, hashlib.sha256).digest()
        return {
            "x-shiphero-hmac-sha256": base64.b64encode(digest).decode(),
            "X-Shiphero-Message-ID": uuid.uuid4().hex,
        }

    def _get_line(self, number, sku):
        lines = self.get(number)["line_items"]
        return next(line for line in lines if line["product"]["sku"] == sku)
