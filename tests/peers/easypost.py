"""EasyPost as its documentation describes it (easypost.com/docs/api, read 2026).

Shipments are rated on creation, bought once, given back with a refund that is settled later;
messages are signed with HMAC-SHA256 over the body under the NFKD form of the secret.
"""

import base64
import hashlib
import hmac
import json
import unicodedata
import uuid

from .base import Peer, Reply, route
from .paper import draw_label

RATES = (
    ("USPS", "GroundAdvantage", "8.92", 3),
    ("USPS", "Priority", "9.47", 2),
    ("UPS", "Ground", "12.10", 4),
)


def _error(status, code, message):
    return Reply(status, {"error": {"code": code, "message": message, "errors": []}})


class EasyPostPeer(Peer):
    api_key = "EZTK-peer"
    webhook_secret = "sécret"

    def __init__(self):
        super().__init__()
        self.shipments = {}
        self.charges = []

    def authenticate(self, call):
        if call.path.startswith("/files/"):
            return None
        wanted = base64.b64encode(f"{self.api_key}:".encode()).decode()
        if call.headers.get("authorization") != f"Basic {wanted}":
            return _error(401, "APIKEY.INACTIVE", "This API key is no longer active.")
        return None

    @route("GET", r"/shipments")
    def browse(self, call):
        return Reply(200, {"shipments": list(self.shipments.values())[-1:], "has_more": False})

    @route("POST", r"/shipments")
    def create(self, call):
        data = (call.json or {}).get("shipment") or {}
        for name in ("to_address", "from_address", "parcel"):
            if not data.get(name):
                return _error(422, "SHIPMENT.INVALID_PARAMS", f"Missing {name}.")
        if not data["parcel"].get("weight"):
            return _error(422, "PARCEL.WEIGHT.INVALID", "Weight must be above zero.")
        abroad = data["to_address"]["country"] != data["from_address"]["country"]
        items = (data.get("customs_info") or {}).get("customs_items") or ()
        messages, rates = [], []
        if abroad and not items:
            messages.append(
                {
                    "carrier": "USPS",
                    "type": "rate_error",
                    "message": "customs_info is required for international shipments.",
                }
            )
        elif data["to_address"]["zip"] == "00000":
            messages.append(
                {"carrier": "USPS", "type": "rate_error", "message": "Address not deliverable."}
            )
        else:
            rates = [
                {
                    "id": f"rate_{uuid.uuid4().hex}",
                    "object": "Rate",
                    "carrier": carrier,
                    "service": service,
                    "rate": amount,
                    "currency": "USD",
                    "delivery_days": days,
                    "est_delivery_days": days,
                }
                for carrier, service, amount, days in RATES
            ]
        shipment = {
            "id": f"shp_{uuid.uuid4().hex}",
            "object": "Shipment",
            "mode": "test",
            "is_return": bool(data.get("is_return")),
            "reference": data.get("reference"),
            "from_address": data["from_address"],
            "to_address": data["to_address"],
            "parcel": data["parcel"],
            "customs_info": data.get("customs_info"),
            "options": data.get("options") or {},
            "rates": rates,
            "messages": messages,
            "postage_label": None,
            "selected_rate": None,
            "tracking_code": None,
            "tracker": None,
            "refund_status": None,
            "fees": [],
        }
        with self.lock:
            self.shipments[shipment["id"]] = shipment
        return Reply(201, shipment)

    @route("GET", r"/shipments/(shp_\w+)")
    def retrieve(self, call, shipment_id):
        shipment = self.shipments.get(shipment_id)
        return Reply(200, shipment) if shipment else self._missing()

    @route("POST", r"/shipments/(shp_\w+)/buy")
    def buy(self, call, shipment_id):
        with self.lock:
            shipment = self.shipments.get(shipment_id)
            if not shipment:
                return self._missing()
            if shipment["postage_label"]:
                return _error(
                    422, "SHIPMENT.POSTAGE.EXISTS", "Postage already exists for this shipment."
                )
            wanted = ((call.json or {}).get("rate") or {}).get("id")
            rate = next((rate for rate in shipment["rates"] if rate["id"] == wanted), None)
            if not rate:
                return _error(422, "SHIPMENT.POSTAGE.RATE", "This rate does not exist.")
            code = f"9400100{len(self.charges):013d}"
            self.charges.append((shipment_id, rate["rate"]))
            shipment.update(
                selected_rate=rate,
                tracking_code=code,
                postage_label={
                    "object": "PostageLabel",
                    "label_url": f"{self.url}/files/{code}.png",
                    "label_pdf_url": None,
                    "label_file_type": "image/png",
                },
                tracker=self._make_tracker(shipment_id, code, rate["carrier"]),
                fees=[{"type": "PostageFee", "amount": rate["rate"], "charged": True}],
            )
            return Reply(200, shipment)

    @route("GET", r"/shipments/(shp_\w+)/label")
    def convert(self, call, shipment_id):
        shipment = self.shipments.get(shipment_id)
        if not shipment or not shipment["postage_label"]:
            return self._missing()
        kind = call.query.get("file_format", "PNG").lower()
        shipment["postage_label"][f"label_{kind}_url"] = (
            f"{self.url}/files/{shipment['tracking_code']}.{kind}"
        )
        return Reply(200, shipment)

    @route("GET", r"/files/(\w+)\.pdf")
    def load_pdf(self, call, code):
        return Reply(
            200,
            draw_label(code, ("EASYPOST PEER", "RETURN LABEL")),
            {"Content-Type": "application/pdf"},
        )

    @route("POST", r"/shipments/(shp_\w+)/refund")
    def refund(self, call, shipment_id):
        shipment = self.shipments.get(shipment_id)
        if not shipment or not shipment["postage_label"]:
            return _error(422, "SHIPMENT.REFUND.UNAVAILABLE", "There is nothing to refund.")
        shipment["refund_status"] = "submitted"
        return Reply(200, shipment)

    @route("POST", r"/trackers")
    def track(self, call):
        code = call.json["tracker"]["tracking_code"]
        for shipment in self.shipments.values():
            if shipment["tracking_code"] == code:
                return Reply(200, shipment["tracker"])
        return _error(422, "TRACKER.NOT_FOUND", "This tracking code is not known.")

    def move(self, code, status, moment, city="", country="US", message=""):
        """Let a parcel get somewhere.

        :return: the signed message EasyPost would send: (headers, body)
        """
        tracker = next(
            shipment["tracker"]
            for shipment in self.shipments.values()
            if shipment["tracking_code"] == code
        )
        tracker["status"] = status
        tracker["tracking_details"].append(
            {
                "object": "TrackingDetail",
                "message": message or status,
                "status": status,
                "status_detail": status,
                "datetime": moment,
                "tracking_location": {"city": city, "country": country, "state": None, "zip": None},
            }
        )
        return self.sign({"description": "tracker.updated", "result": tracker})

    def settle_refund(self, shipment_id, status):
        """Let the carrier answer a request for a refund; gives the signed message."""
        self.shipments[shipment_id]["refund_status"] = status
        result = {"object": "Refund", "shipment_id": shipment_id, "status": status}
        return self.sign({"description": "refund.successful", "result": result})

    def sign(self, event):
        body = json.dumps({"id": f"evt_{uuid.uuid4().hex}", "object": "Event", **event}).encode()
        secret = unicodedata.normalize("NFKD", self.webhook_secret).encode()
        digest = hmac.new(secret, body, hashlib.sha256).hexdigest()
        return {"X-Hmac-Signature": f"hmac-sha256-hex={digest}"}, body

    def _make_tracker(self, shipment_id, code, carrier):
        return {
            "id": f"trk_{uuid.uuid4().hex}",
            "object": "Tracker",
            "tracking_code": code,
            "shipment_id": shipment_id,
            "carrier": carrier,
            "status": "pre_transit",
            "is_return": True,
            "est_delivery_date": "2026-12-01T18:00:00Z",
            "public_url": f"https://track.example.com/{code}",
            "tracking_details": [],
        }

    def _missing(self):
        return _error(404, "NOT_FOUND", "The requested resource could not be found.")
