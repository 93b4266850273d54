"""ShipBob's returns as its OpenAPI document (2026-01) and its guides describe them.

Returns are made once by their reference and change until they arrive. Limits are told by headers
of ShipBob's own, webhooks are signed by the reference implementation of Standard Webhooks.
"""

import json
import uuid
from datetime import UTC, datetime
from itertools import count

from standardwebhooks import Webhook

from .base import Reply, route
from .contract import ContractPeer

PICTURE = b"\x89PNG\r\n\x1a\n"
_AWAITING = "Awaiting Arrival"


def _now():
    return datetime.now(UTC).isoformat()


def _ask(message, *errors):
    return Reply(422, {"message": message, "errors": list(errors), "details": None})


class ShipbobPeer(ContractPeer):
    contract = "shipbob"
    operations = (
        (
            "GET",
            r"/2026-01/return",
            "Returns.Get.Return.Query",
            "",
            {200: "Returns.PublicReturnDtoPagedUrlResultDto", 400: "Returns.ProblemDetails"},
        ),
        (
            "POST",
            r"/2026-01/return",
            "",
            "Returns.CreateReturnRequest",
            {201: "Returns.PublicReturnV1Dto", 422: "Returns.ApiError"},
        ),
        (
            "PUT",
            r"/2026-01/return/\d+",
            "",
            "Returns.CreateReturnRequest",
            {200: "Returns.PublicReturnV1Dto", 422: "Returns.ApiError"},
        ),
    )
    token, channel_id = "shipbob-peer", 101
    webhook_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    centers = {22: "Cicero (IL)", 8: "Moreno Valley (CA)"}
    products = {9557855: "TEE-M", 9557856: "MUG"}

    def __init__(self):
        super().__init__()
        self.returns = {}
        self._ids = count(511400)
        self.remaining_calls = 150

    def authenticate(self, call):
        if call.path.startswith("/pictures/"):
            return None
        if call.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(401)
        if not self.remaining_calls:
            return Reply(
                429,
                {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 25 seconds."},
                {"x-retry-after": "25", "x-remaining-calls": "0"},
            )
        self.remaining_calls -= 1
        channel = call.headers.get("shipbob_channel_id")
        if call.method == "POST" and channel != str(self.channel_id):
            return Reply(403)
        return None

    def refuse(self, faults):
        return Reply(400, {"title": "Bad Request", "status": 400, "detail": "; ".join(faults)})

    @route("POST", r"/2026-01/return")
    def create(self, call):
        data = call.json
        if any(row["reference_id"] == data["reference_id"] for row in self.returns.values()):
            return _ask("A return with this reference ID exists already.")
        refusal = self._check(data)
        if refusal:
            return refusal
        with self.lock:
            now = _now()
            row = {
                "id": next(self._ids),
                "reference_id": data["reference_id"],
                "return_type": "Regular",
                "status": _AWAITING,
                "status_history": [{"status": _AWAITING, "timestamp": now}],
                "insert_date": now,
                "awaiting_arrival_date": now,
                "arrived_date": None,
                "processing_date": None,
                "completed_date": None,
                "cancelled_date": None,
                "channel": {"id": self.channel_id, "name": "Odoo"},
                "customer_name": "HelloWord",
                "store_order_id": None,
                "shipment_tracking_number": None,
                "transactions": [],
            }
            self._fill(row, data)
            self.returns[row["id"]] = row
        return Reply(201, self._as_first_version(row))

    @route("PUT", r"/2026-01/return/(\d+)")
    def change(self, call, return_id):
        row = self.returns.get(int(return_id))
        if row is None:
            return Reply(404)
        if row["status"] != _AWAITING:
            return _ask("The return cannot be modified.")
        refusal = self._check(call.json)
        if refusal:
            return refusal
        self._fill(row, call.json)
        return Reply(200, self._as_first_version(row))

    @route("POST", r"/2026-01/return/(\d+):cancel")
    def cancel(self, call, return_id):
        row = self.returns.get(int(return_id))
        if row is None or row["status"] != _AWAITING:
            return Reply(400)
        self._move(row, "Cancelled", "cancelled_date")
        return Reply(200)

    @route("GET", r"/2026-01/return")
    def list_returns(self, call):
        rows = [row for row in self.returns.values() if self._fits(row, call.query)]
        rows.sort(key=lambda row: row["insert_date"], reverse=True)
        page, size = int(call.query.get("Cursor", 1)), int(call.query.get("Limit", 25))
        following = f"https://api.shipbob.com/2026-01/return?Cursor={page + 1}&Limit={size}"
        return Reply(
            200,
            {
                "items": rows[(page - 1) * size : page * size],
                "next": following if page * size < len(rows) else None,
                "prev": None,
            },
        )

    @route("GET", r"/pictures/(\w+)\.(\w+)")
    def load_picture(self, call, _name, ending):
        if ending == "moved":
            return Reply(302, b"", {"Location": f"{self.url}/pictures/a.png"})
        if "authorization" in call.headers:
            return Reply(400, {"message": "Signed addresses take no credentials."})
        mimetype = "image/png" if ending == "png" else "text/html"
        return Reply(200, PICTURE, {"Content-Type": mimetype})

    # -------------------------------------------------------------------------
    # What happens at ShipBob
    # -------------------------------------------------------------------------

    def get(self, number):
        return next(row for row in self.returns.values() if row["reference_id"] == number)

    def arrive(self, number):
        self._move(self.get(number), "Arrived", "arrived_date")

    def process(self, number, product, action, quantity=1, reason="", picture=""):
        row = self.get(number)
        if row["status"] != "Processing":
            self._move(row, "Processing", "processing_date")
        item = next(item for item in row["inventory"] if item["id"] == product)
        item["action_taken"].append(
            {
                "action": action,
                "action_reason": reason or None,
                "image_url": f"{self.url}/pictures/{picture}" if picture else None,
                "quantity_processed": quantity,
            }
        )

    def complete(self, number):
        self._move(self.get(number), "Completed", "completed_date")

    def charge(self, number, kind, amount, currency="USD"):
        row = self.get(number)
        row["transactions"].append({"transaction_type": kind, "amount": amount})
        total = sum(transaction["amount"] for transaction in row["transactions"])
        row["invoice"] = {"amount": total, "currency_code": currency}

    def come_back(self, order, tracking_number):
        """A parcel could not be delivered and returns on its own."""
        now = _now()
        row = {
            "id": next(self._ids),
            "reference_id": f"RTS-{order}",
            "return_type": "RTS",
            "status": "Arrived",
            "status_history": [],
            "insert_date": now,
            "arrived_date": now,
            "store_order_id": order,
            "shipment_tracking_number": tracking_number,
            "fulfillment_center": {"id": 22, "name": "Cicero (IL)"},
            "inventory": [{"id": 9557855, "sku": "TEE-M", "quantity": 1, "action_taken": []}],
            "transactions": [],
        }
        self.returns[row["id"]] = row
        return row

    def notify(self, number, topic="return.updated", moment=None):
        """:return: headers and body of the message ShipBob would send"""
        body = json.dumps(self.get(number)).encode()
        return self.sign(body, moment) | {"x-webhook-topic": topic}, body

    def sign(self, body, moment=None):
        message_id, moment = f"msg_{uuid.uuid4().hex}", moment or datetime.now(UTC)
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(self.webhook_secret).sign(
                message_id, moment, body.decode()
            ),
        }

    def _move(self, row, status, date_field):
        row |= {"status": status, date_field: _now()}
        row["status_history"].append({"status": status, "timestamp": row[date_field]})

    def _check(self, data):
        products = [item["id"] for item in data["inventory"]]
        if len(set(products)) < len(products):
            return _ask("Each inventory ID may be given once.")
        unknown = set(products) - set(self.products)
        if unknown:
            return _ask(f"Inventory {min(unknown)} is not known.")
        if data["fulfillment_center"]["id"] not in self.centers:
            return _ask("The fulfillment center is not known.")
        return None

    def _fill(self, row, data):
        center = data["fulfillment_center"]["id"]
        row["fulfillment_center"] = {"id": center, "name": self.centers[center]}
        row["tracking_number"] = data.get("tracking_number")
        row["original_shipment_id"] = data.get("original_shipment_id")
        row["inventory"] = [self._as_item(item) for item in data["inventory"]]

    def _as_item(self, item):
        name = self.products[item["id"]]
        return {
            "id": item["id"],
            "name": name,
            "sku": name,
            "quantity": item["quantity"],
            "barcodes": [],
            "lot_information": {"number": item.get("lot_number"), "expiration": None},
            "action_requested": {
                "action": item["requested_action"],
                "action_type": "Overridden",
                "instructions": None,
            },
            "action_taken": [],
        }

    @staticmethod
    def _as_first_version(row):
        """Answers to what is sent are poorer than lists."""
        names = (
            "id reference_id return_type status insert_date completed_date channel customer_name "
            "store_order_id fulfillment_center tracking_number original_shipment_id transactions"
        )
        item_names = ("id", "name", "quantity", "action_requested", "action_taken")
        answer = {name: row[name] for name in names.split()}
        answer["inventory"] = [
            {name: item[name] for name in item_names} for item in row["inventory"]
        ]
        return answer

    @staticmethod
    def _fits(row, query):
        def among(name, value):
            return name not in query or str(value) in query[name].split(",")

        def since(name, value):
            wanted = query.get(name)
            return not wanted or (bool(value) and _parse(value) >= _parse(wanted))

        return (
            among("Ids", row["id"])
            and among("ReferenceIds", row["reference_id"])
            and among("Status", row["status"].replace(" ", ""))
            and since("StartDate", row["insert_date"])
            and since("CompletedStartDate", row.get("completed_date"))
        )


def _parse(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
