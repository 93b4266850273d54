"""ShipMonk as its OpenAPI document (v1.024) and its pages describe it.

One call makes and changes returns by their number; the sandbox completes them in ways that can be
chosen. Limits are told by ``Retry-After`` as a date, webhooks are signed.
"""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count

from .base import Reply, route
from .contract import ContractPeer

_RESOURCE = "Fulfillment_IntegrationsBundle_ApiResource_"


def _write(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


class ShipmonkPeer(ContractPeer):
    contract = "shipmonk"
    operations = (
        (
            "POST",
            r"/v1/integrations/returns",
            "",
            f"{_RESOURCE}ReturnInput",
            {200: "post-v1-integrations-returns.200"},
        ),
        (
            "GET",
            r"/v1/integrations/returns-list",
            "get-v1-integrations-returns-list.query",
            "",
            {200: "get-v1-integrations-returns-list.200"},
        ),
        (
            "POST",
            r"/v1/integrations/sandbox/complete-return",
            "",
            "Fulfillment_IntegrationsBundle_Input_CompleteSandboxReturnInput",
            {200: "post-v1-integrations-sandbox-complete-return.200"},
        ),
    )
    api_key = "shipmonk-peer"
    store_id = 4711
    warehouses = ("PA1", "CA2")
    skus = {"TEE-M": 11, "MUG": 12, "LAMP": 13}
    webhook_user, webhook_password, webhook_secret = "odoo", "open sesame", "peer-secret"

    def __init__(self):
        super().__init__()
        self.returns = {}
        self._ids, self._details = count(9001), count(1)
        self.busy_until = None

    def authenticate(self, call):
        if call.headers.get("api-key") != self.api_key:
            return Reply(401, {"message": "Invalid API key."})
        if self.busy_until and self.busy_until > datetime.now(UTC):
            moment = format_datetime(self.busy_until, usegmt=True)
            return Reply(429, {"message": "Too many requests."}, {"Retry-After": moment})
        return None

    @route("POST", r"/v1/integrations/returns")
    def put(self, call):
        data = call.json
        if data["store_id"] != self.store_id:
            return Reply(400, {"message": "Store not found."})
        if data["warehouse"] not in self.warehouses:
            return Reply(400, {"message": f"Warehouse {data['warehouse']} not found."})
        if data.get("tracking_number") and data.get("tracking_numbers"):
            return Reply(400, {"message": "tracking_number excludes tracking_numbers."})
        unknown = {item["sku"] for item in data["items"]} - set(self.skus)
        if unknown:
            return Reply(400, {"message": f"Product {sorted(unknown)[0]} not found."})
        with self.lock:
            now = datetime.now(UTC)
            row = self.returns.setdefault(
                data["rma"],
                {
                    "id": next(self._ids),
                    "rma": data["rma"],
                    "status": "status_created",
                    "created_at": _write(now),
                    "received_at": None,
                    "source": "shipmonk",
                },
            )
            numbers = data.get("tracking_numbers") or []
            row |= {
                "warehouse": data["warehouse"],
                "order_key": data.get("order_key"),
                "store_id": data["store_id"],
                "tracking_number": numbers[-1] if numbers else None,
                "tracking_numbers": numbers,
                "return_reason": data["return_reason"],
                "note": data.get("note"),
                "updated_at": _write(now),
                "custom_data": data.get("custom_data") or [],
                "items": [self._as_item(item) for item in data["items"]],
            }
        return Reply(
            200, {"status": 200, "data": {"message": "Return was saved.", "id": row["id"]}}
        )

    @route("GET", r"/v1/integrations/returns-list")
    def list_returns(self, call):
        rows = list(self.returns.values())
        if "rma" in call.query:
            rows = [row for row in rows if row["rma"] == call.query["rma"]]
        if "updated_at" in call.query:
            since = datetime.fromisoformat(call.query["updated_at"])
            rows = [row for row in rows if datetime.fromisoformat(row["updated_at"]) >= since]
        page, size = int(call.query.get("page", 1)), int(call.query.get("page_size", 100))
        pages = -(-len(rows) // size)
        return Reply(
            200,
            {
                "paginator": {"total": len(rows), "pages": pages, "page": page},
                "status": 200,
                "data": {"returns_list": rows[(page - 1) * size : page * size]},
            },
        )

    @route("POST", r"/v1/integrations/sandbox/complete-return")
    def complete(self, call):
        data = call.json
        row = self.returns.get(data["rma"])
        if row is None:
            return Reply(400, {"message": "Return not found."})
        first = row["items"][0]
        expected = first["expected_quantity"]
        mode = data["completion_mode"]
        if mode in ("short_received", "partially_received") and expected < 2:
            return Reply(400, {"message": "Expected quantity must be greater than 1."})
        received = {
            "fully_received": expected,
            "short_received": expected - 1,
            "excess_received": expected + 1,
            "partially_received": 1,
        }[mode]
        for item in row["items"]:
            quantity = received if item is first else item["expected_quantity"]
            self.receive(data["rma"], item["product"]["sku"], quantity, data["final_disposition"])
        self.set_status(data["rma"], "grading_completed")
        return Reply(200, {"status": 200})

    # -------------------------------------------------------------------------
    # What happens in the warehouse
    # -------------------------------------------------------------------------

    def receive(self, rma, sku, quantity, disposition=None, lot=None):
        """Let units of one kind arrive, decided or not."""
        row = self.returns[rma]
        now = _write(datetime.now(UTC))
        row["received_at"] = row["received_at"] or now
        item = next(item for item in row["items"] if item["product"]["sku"] == sku)
        item["received_quantity"] += quantity
        item["receiving_details"].append(
            {
                "lot": lot,
                "expected_quantity": item["expected_quantity"],
                "received_quantity": quantity,
                "received_at": now,
                "type_scoped_id": next(self._details),
                "type": "receive",
                "final_disposition": disposition,
            }
        )
        self.set_status(rma, "in_progress")

    def set_status(self, rma, status, moment=None):
        self.returns[rma] |= {"status": status, "updated_at": _write(moment or datetime.now(UTC))}

    def be_busy(self, seconds):
        self.busy_until = datetime.now(UTC) + timedelta(seconds=seconds)

    def notify(self, rma):
        """:return: headers and body of the message ShipMonk would send"""
        body = json.dumps(self.returns[rma]).encode()
        return self.sign(body), body

    def sign(self, body, encoding="hex"):
        login = base64.b64encode(f"{self.webhook_user}:{self.webhook_password}".encode())
        digest = hmac.new(self.webhook_secret.encode(), body, hashlib.sha512).digest()
        text = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
        return {"Authorization": f"Basic {login.decode()}", "X-Sm-Signature": text}

    def _as_item(self, item):
        return {
            "product": {"id": self.skus[item["sku"]], "sku": item["sku"], "name": item["sku"]},
            "expected_quantity": item["expected_quantity"],
            "received_quantity": 0,
            "receiving_details": [],
            "desired_action": item["desired_action"],
        }
