"""DHL Parcel Germany's Returns API 1.0.9, its login and the Unified Tracking API as DHL's OpenAPI
descriptions have them (developer.dhl.com, 2026)."""

import base64
import re
import secrets
from urllib.parse import parse_qs

from .base import Peer, Reply, route
from .paper import draw_label, draw_qr

RECEIVERS = {"deu": "deu", "che": "che", "fra": "fra"}
COUNTRIES = {"DEU", "CHE", "FRA", "PRT", "CHN"}


def _problem(status, title, detail):
    return Reply(
        status,
        {"title": title, "status": status, "detail": detail[:80]},
        {"Content-Type": "application/problem+json"},
    )


class DhlPeer(Peer):
    api_key, api_secret = "app-key", "app-secret"
    username, password = "user-valid", "Pa55"
    token_lifetime = 1800

    def __init__(self):
        super().__init__()
        self.tokens = set()
        self.orders = {}

    def authenticate(self, call):
        if call.path.endswith("/token"):
            return None
        if call.path.startswith("/track/"):
            if call.headers.get("dhl-api-key") != self.api_key:
                return _problem(401, "Unauthorized", "Unauthorized for given resource.")
            return None
        kind, _space, token = call.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or token not in self.tokens:
            return _problem(401, "Unauthorized", "The credentials are just wrong.")
        return None

    @route("POST", r"/parcel/de/account/auth/ropc/v1/token")
    def log_in(self, call):
        form = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
        wanted = {
            "grant_type": "password",
            "client_id": self.api_key,
            "client_secret": self.api_secret,
            "username": self.username,
            "password": self.password,
        }
        if form != wanted:
            return Reply(
                401,
                {"error": "invalid_client", "error_description": "Invalid credentials given"},
            )
        token = secrets.token_urlsafe(12)
        self.tokens.add(token)
        return Reply(
            200,
            {"access_token": token, "token_type": "Bearer", "expires_in": self.token_lifetime},
        )

    @route("GET", r"/parcel/de/shipping/returns/v1/locations")
    def list_locations(self, call):
        country = call.query.get("countryCode")
        return Reply(
            200,
            [
                {
                    "receiverId": receiver,
                    "shipperCountry": code,
                    "ekp": "2222222222",
                    "billingNumber": "22222222220701",
                }
                for code, receiver in RECEIVERS.items()
                if country in (None, code)
            ],
        )

    @route("POST", r"/parcel/de/shipping/returns/v1/orders")
    def order(self, call):
        data = call.json
        refusal = self._refuse(data)
        if refusal:
            return refusal
        with self.lock:
            number = f"99999{len(self.orders):07d}"
            self.orders[number] = {**data, "events": []}
        answer = {
            "sstatus": {"title": "Created", "status": 201, "detail": "Created"},
            "shipmentNo": number,
            "label": {"b64": self._encode(draw_label(number, ("DHL PEER", "RETOURE")))},
            "routingCode": "40327653113+99000933090010",
        }
        if call.query.get("labelType", "BOTH") == "BOTH":
            answer["qrLabel"] = {"b64": self._encode(draw_qr(number))}
            answer["qrLink"] = f"https://www.dhl.de/retoure/{number}"
        return Reply(201, answer)

    @route("GET", r"/track/shipments")
    def track(self, call):
        order = self.orders.get(call.query.get("trackingNumber"))
        if order is None:
            return _problem(404, "No result found", "No shipment with given tracking number found.")
        events = order["events"]
        status = events[0] if events else {"statusCode": "pre-transit", "timestamp": None}
        return Reply(
            200,
            {
                "shipments": [
                    {
                        "id": call.query["trackingNumber"],
                        "service": "parcel-de",
                        "status": status,
                        "estimatedTimeOfDelivery": "2026-12-02T00:00:00+01:00",
                        "events": events,
                    }
                ]
            },
        )

    def move(self, number, status, moment, city="", description=""):
        """Let a parcel get somewhere; the newest event stands first, as DHL has it."""
        self.orders[number]["events"].insert(
            0,
            {
                "timestamp": moment,
                "location": {"address": {"countryCode": "DE", "addressLocality": city}},
                "statusCode": status,
                "status": status.upper(),
                "description": description,
            },
        )

    def _refuse(self, data):
        if data.get("receiverId") not in RECEIVERS.values():
            return _problem(400, "Bad Request", "The receiver id is not known.")
        shipper = data.get("shipper") or {}
        for name in ("name1", "addressStreet", "addressHouse", "postalCode", "city"):
            if not shipper.get(name):
                return _problem(400, "Bad Request", f"shipper.{name}: must not be empty")
        if not re.fullmatch(r"[0-9A-Za-z]+([ -]?[0-9A-Za-z]+)*", shipper["postalCode"]):
            return _problem(400, "Bad Request", "shipper.postalCode: does not match")
        if data["receiverId"] == "che":
            items = (data.get("customsDetails") or {}).get("items") or ()
            if not items:
                return _problem(400, "Bad Request", "customsDetails: must not be empty")
            for item in items:
                if item["itemValue"]["currency"] not in ("EUR", "GBP", "CHF"):
                    return _problem(400, "Bad Request", "itemValue.currency: not allowed")
                if item.get("countryOfOrigin", "DEU") not in COUNTRIES:
                    return _problem(400, "Bad Request", "countryOfOrigin: not allowed")
        return None

    @staticmethod
    def _encode(content):
        return base64.b64encode(content).decode()
