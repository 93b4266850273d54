"""Sendcloud's API version 3 as its published OpenAPI descriptions have it (sendcloud.dev, 2026).

Returns are made and paid in one call, found again in a list by date, cancelled on request; messages
are signed with HMAC-SHA256 over the body under the secret key.
"""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

from .base import Peer, Reply, route
from .paper import draw_label

OPTIONS = (
    ("postnl:standard/return", "PostNL Return", "postnl", "6.15", 48),
    ("dpd:return/return", "DPD Return", "dpd", "5.40", 60),
)
EUROPE = ("DE", "FR", "NL", "ES", "IT", "AT", "BE")


def _errors(status, detail, code="validation_error", field="/data"):
    error = {
        "status": str(status),
        "code": code,
        "detail": detail,
        "source": {"pointer": field},
    }
    return Reply(status, {"errors": [error]})


class SendcloudPeer(Peer):
    public_key = "public-peer"
    secret_key = "secret-peer"

    def __init__(self):
        super().__init__()
        self.returns = {}
        self.charges = []

    def authenticate(self, call):
        wanted = base64.b64encode(f"{self.public_key}:{self.secret_key}".encode()).decode()
        if call.headers.get("authorization") != f"Basic {wanted}":
            return _errors(401, "Invalid username/password.", "authentication_failed")
        return None

    @route("POST", r"/shipping-options")
    def list_options(self, call):
        data = call.json
        if not data["functionalities"].get("returns"):
            return Reply(200, {"data": []})
        if float(data["parcels"][0]["weight"]["value"]) > 31.5:
            return Reply(200, {"data": [], "message": "No shipping options could be found."})
        options = [
            {
                "code": code,
                "name": name,
                "carrier": {"code": carrier, "name": carrier.upper()},
                "product": {"code": code.partition("/")[0], "name": name},
                "functionalities": {"returns": True, "tracked": True},
                "quotes": [
                    {
                        "weight": {"min": {"value": "0", "unit": "kg"}},
                        "lead_time": hours,
                        "price": {"total": {"value": price, "currency": "EUR"}, "breakdown": []},
                    }
                ],
            }
            for code, name, carrier, price, hours in OPTIONS
        ]
        options.append({"code": "own:contract/return", "name": "Own", "quotes": None})
        return Reply(200, {"data": options, "message": None})

    @route("POST", r"/returns/validate")
    def validate(self, call):
        return self._refuse(call.json) or Reply(200, call.json)

    @route("POST", r"/returns/announce-synchronously")
    def announce(self, call):
        data = call.json
        refusal = self._refuse(data)
        if refusal:
            return refusal
        with self.lock:
            number = 12345 + len(self.returns)
            parcel_id = number * 10
            code = f"3SPEER{number:08d}"
            self.charges.append(data["order_number"])
            label = f"https://panel.sendcloud.sc/api/v3/parcels/{parcel_id}/documents/label"
            self.returns[number] = {
                "id": number,
                **data,
                "shipping_option": {"code": data["ship_with"]["shipping_option_code"]},
                "shipping_product": {"code": data["ship_with"]["shipping_option_code"]},
                "label_url": label,
                "label": {"label_printer": label, "normal_printer": [f"{label}?paper_size=a4"]},
                "label_cost": {"value": 5.4, "currency": "EUR"},
                "tracking_number": code,
                "tracking_url": f"https://tracking.example.com/forward?code={code}",
                "is_cancellable": True,
                "created_at": datetime.now(UTC).isoformat(),
                "status_history": [self._status("Ready to Ship")],
                "status": "open",
            }
        return Reply(201, {"return_id": number, "parcel_id": parcel_id, "multi_collo_ids": []})

    @route("GET", r"/returns")
    def list_returns(self, call):
        if not call.query.get("from_date") or not call.query.get("to_date"):
            return _errors(400, "from_date and to_date are required.", "required")
        if int(call.query.get("page_size", 40)) > 40:
            return _errors(400, "page_size: at most 40.", "invalid")
        made = [
            item
            for item in self.returns.values()
            if self._read_filter(call, "from_date")
            <= datetime.fromisoformat(item["created_at"])
            <= self._read_filter(call, "to_date")
        ]
        start, size = int(call.query.get("cursor", 0)), int(call.query.get("page_size", 40))
        answer = {"data": made[start : start + size], "next": None, "previous": None}
        if start + size < len(made):
            query = "&".join(
                f"{name}={call.query[name].replace(' ', '+')}" for name in ("from_date", "to_date")
            )
            answer["next"] = (
                f"http://panel.sendcloud.sc/api/v3/returns?cursor={start + size}"
                f"&page_size={size}&{query}"
            )
        return Reply(200, answer)

    @route("GET", r"/returns/(\d+)")
    def retrieve(self, call, number):
        item = self.returns.get(int(number))
        return Reply(200, item) if item else Reply(404, {})

    @route("PATCH", r"/returns/(\d+)/cancel")
    def cancel(self, call, number):
        item = self.returns.get(int(number))
        if not item:
            return Reply(404, {})
        if not item["is_cancellable"]:
            return Reply(
                409,
                {
                    "errors": [
                        {"field": "returns", "code": 409, "message": "Return is not cancellable."}
                    ]
                },
            )
        item["is_cancellable"] = False
        item["status_history"].append(self._status("Cancelling"))
        return Reply(202, {"message": "Cancellation requested successfully"})

    @route("GET", r"/parcels/(\d+)/documents/label")
    def load_label(self, call, parcel_id):
        item = self.returns.get(int(parcel_id) // 10)
        if not item:
            return _errors(404, "No Parcel matches the given query.", "not_found")
        if call.headers.get("accept") != "application/pdf":
            return _errors(406, "This peer draws PDF only.", "invalid")
        return Reply(
            200,
            draw_label(item["tracking_number"], ("SENDCLOUD PEER", "RETURN LABEL")),
            {"Content-Type": "application/pdf"},
        )

    @route("GET", r"/parcels/tracking/(\w+)")
    def track(self, call, code):
        item = next(
            (item for item in self.returns.values() if item["tracking_number"] == code), None
        )
        if not item:
            return Reply(404, {"detail": "Parcel does not exist"})
        return Reply(
            200,
            {
                "announced_at": item["created_at"],
                "details": {"expected_delivery_date": "2026-12-03", "is_return": True},
                "events": list(reversed(item.setdefault("events", []))),
                "tracking_numbers": [
                    {
                        "carrier_code": "dpd",
                        "tracking_number": code,
                        "tracking_url": item["tracking_url"],
                    }
                ],
            },
        )

    # -------------------------------------------------------------------------
    # What happens at Sendcloud
    # -------------------------------------------------------------------------

    def settle_cancellation(self, number):
        self.returns[number]["status_history"].append(self._status("Cancelled"))

    def move(self, code, status, moment, description=""):
        """Let a parcel get somewhere.

        :return: the signed message Sendcloud would send: (headers, body)
        """
        item = next(item for item in self.returns.values() if item["tracking_number"] == code)
        item.setdefault("events", []).append(
            {
                "event_at": moment,
                "event_type": "carrier",
                "status_code": status,
                "status_description": description,
            }
        )
        stamp = int(datetime.fromisoformat(moment).timestamp() * 1000)
        return self.sign(
            {
                "action": "parcel_status_changed",
                "timestamp": stamp + 1000,
                "carrier_status_change_timestamp": stamp,
                "parcel": {
                    "id": item["id"] * 10,
                    "tracking_number": code,
                    "is_return": True,
                    "carrier": {"code": "dpd"},
                    "status": {"id": 3, "message": status.replace("-", " ").capitalize()},
                },
            }
        )

    def sign(self, message):
        body = json.dumps(message).encode()
        digest = hmac.new(self.secret_key.encode(), body, hashlib.sha256).hexdigest()
        return {"Sendcloud-Signature": digest}, body

    def _refuse(self, data):
        for name in ("from_address", "to_address"):
            address = data.get(name) or {}
            for part in ("name", "address_line_1", "postal_code", "city", "country_code"):
                if not address.get(part):
                    return _errors(400, "This field is required.", "required", f"/{name}/{part}")
        if not data["weight"]["value"] > 0:
            return _errors(400, "Weight must be above zero.", "min_value", "/weight/value")
        if not data["ship_with"].get("shipping_option_code"):
            return _errors(400, "Choose a shipping option.", "required", "/ship_with")
        if data["from_address"]["country_code"] not in EUROPE:
            items = data.get("parcel_items") or ()
            if not items or not all(
                item.get("hs_code") and item.get("origin_country") for item in items
            ):
                return _errors(
                    400,
                    "Parcel items with HS code and country of origin are required outside the EU.",
                    "required",
                    "/parcel_items",
                )
        return None

    @staticmethod
    def _status(words):
        return {
            "carrier_update_timestamp": datetime.now(UTC).isoformat(),
            "parcel_status_history_id": "1",
            "parent_status": words,
            "carrier_code": "",
            "carrier_message": "",
        }

    @staticmethod
    def _read_filter(call, name):
        return datetime.strptime(call.query[name], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
