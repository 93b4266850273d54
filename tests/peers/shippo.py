"""Shippo as its API reference describes it (docs.goshippo.com, version 2018-02-08).

A shipment has rates, a transaction buys one; HTTP says 201 also where the purchase failed. Messages
carry a token in their address or a signature.
"""

import hashlib
import hmac
import json
import time
import uuid

from .base import Peer, Reply, route
from .paper import draw_label, draw_qr

RATES = (("USPS", "Priority Mail", "9.80", 2), ("UPS", "Ground", "8.15", 4))


def _new_id():
    return uuid.uuid4().hex


class ShippoPeer(Peer):
    api_key = "shippo_test_peer"
    webhook_secret = "peer-secret"

    def __init__(self):
        super().__init__()
        self.shipments, self.rates = {}, {}
        self.transactions, self.refunds = [], []
        # How the next purchases end.
        self.next_status = "SUCCESS"

    def authenticate(self, call):
        if call.path.startswith("/files/"):
            return None
        if call.headers.get("authorization") != f"ShippoToken {self.api_key}":
            return Reply(401, {"detail": "Token does not exist."})
        if call.headers.get("shippo-api-version") != "2018-02-08":
            return Reply(400, {"detail": "Unknown version."})
        return None

    @route("POST", r"/shipments")
    def ship(self, call):
        data = call.json
        for name in ("address_from", "address_to", "parcels"):
            if not data.get(name):
                return Reply(400, {"detail": f"{name}: this field is required."})
        messages, rates = [], []
        declared = (data.get("customs_declaration") or {}).get("items")
        abroad = data["address_from"]["country"] != data["address_to"]["country"]
        if abroad and not declared:
            messages.append({"source": "USPS", "text": "A customs declaration is required."})
        elif data["address_to"]["zip"] == "00000":
            messages.append({"source": "UPS", "text": "The address is not deliverable."})
        else:
            rates = [
                {
                    "object_id": _new_id(),
                    "provider": provider,
                    "servicelevel": {"name": service, "token": service.lower()},
                    "amount": amount,
                    "currency": "USD",
                    "estimated_days": days,
                }
                for provider, service, amount, days in RATES
            ]
        shipment = {
            **data,
            "object_id": _new_id(),
            "status": "SUCCESS",
            "rates": rates,
            "messages": messages,
        }
        with self.lock:
            self.shipments[shipment["object_id"]] = shipment
            self.rates.update({rate["object_id"]: (rate, shipment) for rate in rates})
        return Reply(201, shipment)

    @route("GET", r"/rates/(\w+)")
    def get_rate(self, call, rate_id):
        found = self.rates.get(rate_id)
        return Reply(200, found[0]) if found else Reply(404, {"detail": "Not found."})

    @route("POST", r"/transactions")
    def buy(self, call):
        data = call.json
        if data.get("rate") not in self.rates:
            return Reply(400, {"rate": ["Rate with supplied object_id not found."]})
        assert data["async"] is False
        with self.lock:
            status, self.next_status = self.next_status, "SUCCESS"
            code = f"92055901{len(self.transactions):012d}"
            _rate, shipment = self.rates[data["rate"]]
            transaction = {
                "object_id": _new_id(),
                "status": status,
                "rate": data["rate"],
                "metadata": data.get("metadata"),
                "messages": [],
            }
            if status == "ERROR":
                transaction["messages"] = [
                    {"source": "USPS", "code": "", "text": "The account has expired."}
                ]
            else:
                transaction |= {
                    "tracking_number": code,
                    "tracking_url_provider": f"https://track.example.com/{code}",
                    "label_url": f"{self.url}/files/{code}.pdf",
                    "history": [],
                }
                if (shipment.get("extra") or {}).get("qr_code_requested"):
                    transaction["qr_code_url"] = f"{self.url}/files/{code}-qr.pdf"
            self.transactions.insert(0, transaction)
        return Reply(201, transaction)

    @route("GET", r"/transactions")
    def list_transactions(self, call):
        page, size = int(call.query.get("page", 1)), int(call.query.get("results", 25))
        rows = self.transactions[(page - 1) * size : page * size]
        more = page * size < len(self.transactions)
        answer = {"results": rows, "previous": None, "next": None}
        if more:
            answer["next"] = f"https://api.goshippo.com/transactions?page={page + 1}&results={size}"
        return Reply(200, answer)

    @route("GET", r"/files/(\d+)\.pdf")
    def load_label(self, call, code):
        content = draw_label(code, ("SHIPPO PEER", "RETURN LABEL"))
        return Reply(200, content, {"Content-Type": "application/pdf"})

    @route("GET", r"/files/(\d+)-qr\.pdf")
    def load_qr(self, call, code):
        return Reply(200, draw_qr(code), {"Content-Type": "application/pdf"})

    @route("POST", r"/refunds")
    def refund(self, call):
        refund = {
            "object_id": _new_id(),
            "transaction": call.json["transaction"],
            "status": "PENDING",
        }
        if not any(row["object_id"] == refund["transaction"] for row in self.transactions):
            return Reply(400, {"transaction": ["Transaction does not exist."]})
        if any(row["transaction"] == refund["transaction"] for row in self.refunds):
            return Reply(400, {"detail": "A refund was requested already."})
        self.refunds.insert(0, refund)
        return Reply(201, refund)

    @route("GET", r"/refunds")
    def list_refunds(self, call):
        return Reply(200, {"results": self.refunds, "next": None})

    @route("GET", r"/tracks/(\w+)/(\w+)")
    def track(self, call, carrier, code):
        row = self._get_transaction(code)
        if row is None:
            return Reply(404, {"detail": "This tracking number is not known."})
        return Reply(200, self._as_track(carrier, row))

    # -------------------------------------------------------------------------
    # What happens at Shippo
    # -------------------------------------------------------------------------

    def finish(self, code):
        self._get_transaction(code)["status"] = "SUCCESS"

    def settle_refund(self, status):
        self.refunds[0]["status"] = status

    def move(self, code, status, moment, substatus="", city=""):
        """Let a parcel get somewhere.

        :return: body of the message Shippo would send
        """
        row = self._get_transaction(code)
        row["history"].insert(
            0,
            {
                "status": status,
                "status_details": status.lower(),
                "status_date": moment,
                "substatus": {"code": substatus, "text": substatus} if substatus else None,
                "location": {"city": city, "state": "NV", "zip": "89501", "country": "US"},
            },
        )
        return json.dumps(
            {"event": "track_updated", "test": True, "data": self._as_track("usps", row)}
        ).encode()

    def sign(self, body, moment=None):
        stamp = str(int(moment or time.time()))
        secret = self.webhook_secret.encode()
        digest = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {"Shippo-Auth-Signature": f"t={stamp},v1={digest}"}

    def _get_transaction(self, code):
        return next((row for row in self.transactions if row.get("tracking_number") == code), None)

    @staticmethod
    def _as_track(carrier, row):
        return {
            "carrier": carrier,
            "tracking_number": row["tracking_number"],
            "transaction": row["object_id"],
            "eta": "2026-12-02T18:00:00Z",
            "tracking_status": row["history"][0] if row["history"] else {"status": "PRE_TRANSIT"},
            "tracking_history": row["history"],
        }
