"""Shippo, an aggregator of carriers, for returns of USPS, UPS and FedEx.

Sources, read 2026: Shippo's API reference (docs.goshippo.com: shipments, transactions, refunds,
tracks, customs declarations, webhooks) and its guide to return labels. Shippo turns the two
addresses of a return round itself; all its return labels are paid when the carrier scans them.
Rates live seven days. There is no idempotency key: a purchase carries our own number in its
``metadata`` and is looked for by it, newest first.

Known from others only, not from Shippo's own text: the form of ``Shippo-Auth-Signature``, which Shippo
sets up on request. Without it messages are told by a token in the webhook's address.
"""

import hashlib
import hmac
import json
import time
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

from ..providers.base import (
    AnswerFile,
    ProviderError,
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)
from ..providers.http import HttpSession
from .base import (
    Draft,
    InvalidSignatureError,
    Label,
    LabelAdapter,
    LabelNotice,
    Rate,
    Tracking,
    TrackingEvent,
    VoidAnswer,
)
from .moment import read_moment

BASE_URL = "https://api.goshippo.com"
API_VERSION = "2018-02-08"
# Shippo's status, or its substatus where that says more → ours.
STATUSES = {
    "UNKNOWN": "unknown",
    "PRE_TRANSIT": "pending",
    "TRANSIT": "in_transit",
    "DELIVERED": "delivered",
    "RETURNED": "return_to_sender",
    "FAILURE": "delivery_failed",
}
SUBSTATUSES = {
    "package_accepted": "picked_up",
    "out_for_delivery": "out_for_delivery",
    "delivery_attempted": "delivery_failed",
    "delivery_rescheduled": "delivery_delayed",
    "delayed": "delivery_delayed",
    "pickup_available": "ready_for_pickup",
    "package_held": "on_hold",
    "address_issue": "on_hold",
    "contact_carrier": "on_hold",
    "location_inaccessible": "delivery_failed",
    "notice_left": "delivery_failed",
    "package_disposed": "cancelled",
    "return_to_sender": "return_to_sender",
}
VOID_STATES = {
    "QUEUED": "submitted",
    "PENDING": "submitted",
    "SUCCESS": "voided",
    "ERROR": "refused",
}
FILE_TYPES = {"PDF": "PDF_4x6", "PNG": "PNG", "ZPL": "ZPLII"}
# Purchases that are looked through for one of ours.
PAGE_SIZE, SEARCHED_PAGES = 25, 20
# Oldest signed message that is believed, in seconds.
OLDEST_MESSAGE = 300
_UNDER_WAY = ("QUEUED", "WAITING")


class ShippoAdapter(LabelAdapter):
    """:param str api_key: test or live token; the mode is the token's
    :param str webhook_secret: signs messages, or stands as ``token`` in the webhook's address
    :param str base_url: another address, for tests
    """

    capabilities = frozenset(("rate", "void", "track", "qr", "customs", "webhook", "look_up"))

    def __init__(self, api_key, webhook_secret="", base_url=BASE_URL):
        headers = {"Authorization": f"ShippoToken {api_key}", "SHIPPO-API-VERSION": API_VERSION}
        self._http = HttpSession(base_url, headers=headers)
        self._webhook_secret = webhook_secret

    def check(self):
        self._http.get_json("/transactions", params={"results": 1})

    def prepare(self, request):
        shipment = self._http.post_json("/shipments", _as_shipment(request), acts=False)
        if shipment.get("status") == "ERROR":
            raise RejectedError(_read_messages(shipment) or "Shippo refused the shipment.")
        rates = sorted(map(_as_rate, shipment.get("rates") or ()), key=lambda rate: rate.amount)
        messages = _read_messages(shipment)
        return Draft(
            shipment["object_id"],
            rates=tuple(rates),
            messages=(messages,) if messages else (),
            raw=shipment,
        )

    def buy(self, request, draft_ref, rate_ref, key):
        label = self.fetch(request, draft_ref)
        if label:
            return label
        transaction = self._http.post_json(
            "/transactions",
            {
                "rate": rate_ref,
                "async": False,
                "label_file_type": FILE_TYPES[request.label_format],
                "metadata": request.number,
            },
        )
        if transaction.get("status") == "ERROR":
            raise RejectedError(
                _read_messages(transaction) or "Shippo refused the purchase.", transaction
            )
        try:
            return self._as_label(transaction, request.label_format)
        except (ProviderError, KeyError) as error:
            raise UnknownOutcomeError(f"Shippo: {error}", transaction) from error

    def fetch(self, request, draft_ref):
        transaction = self._find_transaction(request.number)
        return transaction and self._as_label(transaction, request.label_format)

    def void(self, label_ref, tracking_number=""):
        return _as_void(
            self._http.post_json("/refunds", {"transaction": label_ref, "async": False})
        )

    def fetch_void(self, label_ref, tracking_number=""):
        answer = self._http.get_json("/refunds", params={"results": 100})
        for refund in answer.get("results") or ():
            if refund.get("transaction") == label_ref:
                return _as_void(refund)
        raise UnknownOutcomeError("Shippo has not been asked to take this label back.")

    def track(self, tracking_number, carrier=""):
        if not carrier:
            raise RejectedError("Shippo tracks only parcels whose carrier is known.")
        return _as_tracking(self._http.get_json(f"/tracks/{carrier.lower()}/{tracking_number}"))

    def verify_webhook(self, headers, body, query=None):
        if not self._webhook_secret:
            raise InvalidSignatureError("No secret is set for messages of this account.")
        signature = headers.get("Shippo-Auth-Signature") or ""
        if signature:
            self._verify_signature(dict(parse_qsl(signature.replace(",", "&"))), body)
            return
        token = (query or {}).get("token") or ""
        if not hmac.compare_digest(token.encode(), self._webhook_secret.encode()):
            raise InvalidSignatureError("The token in the address does not fit.")

    def _verify_signature(self, parts, body):
        stamp = parts.get("t") or ""
        secret = self._webhook_secret.encode()
        wanted = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted.encode(), (parts.get("v1") or "").encode()):
            raise InvalidSignatureError("The signature does not fit.")
        if not stamp.isdigit() or abs(time.time() - int(stamp)) > OLDEST_MESSAGE:
            raise InvalidSignatureError("The message is too old.")

    def parse_webhook(self, body):
        """Shippo gives its messages no number: the same bytes are the same message."""
        message = json.loads(body)
        event_id, data = hashlib.sha256(body).hexdigest(), message.get("data") or {}
        if message.get("event") != "track_updated":
            return LabelNotice(event_id, "ignored")
        return LabelNotice(
            event_id, "tracking", data.get("transaction") or "", tracking=_as_tracking(data)
        )

    # -------------------------------------------------------------------------
    # Transactions
    # -------------------------------------------------------------------------

    def _find_transaction(self, number):
        """:return: the purchase of our number that stands, or None when there certainly is none
        :raise UnknownOutcomeError: it is under way, or there are too many to look through
        """
        params = {"results": PAGE_SIZE}
        for _page in range(SEARCHED_PAGES):
            answer = self._http.get_json("/transactions", params=params)
            for transaction in answer.get("results") or ():
                if transaction.get("metadata") != number:
                    continue
                if transaction["status"] in _UNDER_WAY:
                    raise UnknownOutcomeError("Shippo is still at it.", transaction)
                if transaction["status"] == "SUCCESS":
                    return transaction
            if not answer.get("next"):
                return None
            # Of the address of the next page only the query counts: tokens go to no other host.
            params = dict(parse_qsl(urlsplit(answer["next"]).query))
        raise UnknownOutcomeError("Shippo made too many labels since to look through.")

    def _as_label(self, transaction, label_format):
        if transaction.get("status") in _UNDER_WAY:
            raise UnknownOutcomeError("Shippo is still at it.", transaction)
        rate = transaction.get("rate") or {}
        if isinstance(rate, str):
            rate = self._http.get_json(f"/rates/{rate}")
        service = rate.get("servicelevel") or {}
        name = transaction["tracking_number"]
        files = [self._load(transaction["label_url"], f"{name}.{label_format.lower()}", "label")]
        for field, kind in (("qr_code_url", "qr"), ("commercial_invoice_url", "invoice")):
            if transaction.get(field):
                files.append(self._load(transaction[field], f"{name}-{kind}.pdf", kind))
        return Label(
            provider_ref=transaction["object_id"],
            tracking_number=name,
            tracking_url=transaction.get("tracking_url_provider") or "",
            carrier=rate.get("provider") or "",
            service=rate.get("servicelevel_name") or service.get("name") or "",
            cost=Decimal(rate["amount"]) if rate.get("amount") else None,
            currency=rate.get("currency") or "",
            charge_event="scan",
            files=tuple(files),
            raw=transaction,
        )

    def _load(self, url, name, kind):
        """Files lie elsewhere for a while; no token of ours has any business there."""
        response = self._http.load(url)
        mimetype = response.headers.get("Content-Type", "").partition(";")[0]
        if not response.content or mimetype in ("text/html", "application/json", "application/xml"):
            raise TemporaryError("The label could not be loaded from Shippo.")
        return AnswerFile(name, mimetype, response.content, kind=kind)


def _as_shipment(request):
    """Addresses in the direction of the sale: Shippo turns them round."""
    parcel = request.parcel
    measures = {"weight": str(parcel.weight), "mass_unit": "kg", "distance_unit": "cm"}
    for name in ("length", "width", "height"):
        measures[name] = str(getattr(parcel, name))
    shipment = {
        "address_from": _as_address(request.destination),
        "address_to": _as_address(request.customer),
        "parcels": [measures],
        "extra": {
            "is_return": True,
            "reference_1": request.return_number,
            **({"qr_code_requested": True} if request.wants_qr else {}),
        },
        "metadata": request.number,
        "async": False,
    }
    if request.crosses_border:
        shipment["customs_declaration"] = {
            "contents_type": "RETURN_MERCHANDISE",
            "contents_explanation": "Returned goods, not a sale",
            "non_delivery_option": "RETURN",
            "certify": True,
            "certify_signer": request.customer.name or request.customer.company,
            "invoice": request.invoice_ref,
            "items": [_as_item(item) for item in request.items],
        }
    return shipment


def _as_address(address):
    return {
        "name": address.name or address.company,
        "company": address.company,
        "street1": address.street,
        "street2": address.street2,
        "city": address.city,
        "state": address.state,
        "zip": address.zip,
        "country": address.country,
        "phone": address.phone,
        "email": address.email,
    }


def _as_item(item):
    return {
        "description": item.description,
        "quantity": int(item.quantity) or 1,
        "net_weight": str(item.weight * item.quantity),
        "mass_unit": "kg",
        "value_amount": str(item.value * item.quantity),
        "value_currency": item.currency,
        "origin_country": item.origin,
        "tariff_number": item.hs_code,
        "sku_code": item.sku,
    }


def _as_rate(rate):
    service = rate.get("servicelevel") or {}
    return Rate(
        ref=rate["object_id"],
        carrier=rate["provider"],
        service=service.get("name") or rate.get("servicelevel_name") or "",
        amount=Decimal(rate["amount"]),
        currency=rate["currency"],
        days=rate.get("estimated_days"),
    )


def _read_messages(answer):
    texts = (
        f"{message.get('source') or ''}: {message.get('text') or ''}".strip(": ")
        for message in answer.get("messages") or ()
        if isinstance(message, dict)
    )
    return " ".join(dict.fromkeys(text for text in texts if text))


def _as_void(refund):
    state = VOID_STATES.get(refund.get("status"))
    if state is None:
        raise UnknownOutcomeError("Shippo does not say what became of the label.", refund)
    return VoidAnswer(state, raw=refund)


def _as_tracking(track):
    status = track.get("tracking_status") or {}
    events = sorted(
        (_as_event(row) for row in track.get("tracking_history") or () if row.get("status_date")),
        key=lambda event: event.moment,
    )
    return Tracking(
        tracking_number=track.get("tracking_number") or "",
        status=_get_status(status),
        carrier=track.get("carrier") or "",
        eta=read_moment(track.get("eta")),
        events=tuple(events),
        raw=track,
    )


def _as_event(row):
    place = row.get("location") or {}
    substatus = row.get("substatus") or {}
    return TrackingEvent(
        _get_status(row),
        read_moment(row["status_date"]),
        row.get("status_details") or substatus.get("text") or "",
        substatus.get("code") or row.get("status") or "",
        city=place.get("city") or "",
        state=place.get("state") or "",
        zip=place.get("zip") or "",
        country=place.get("country") or "",
    )


def _get_status(row):
    code = (row.get("substatus") or {}).get("code")
    return SUBSTATUSES.get(code) or STATUSES.get(row.get("status"), "unknown")
