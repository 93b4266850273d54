"""EasyPost, an aggregator of mostly North American carriers.

Source: EasyPost's public API documentation and the recorded answers of its client libraries
(github.com/EasyPost/examples, official/docs/responses/returns and shipments), read 2026. EasyPost
swaps the two addresses of a return itself and knows no idempotency key, but a shipment can be
bought only once; so its identifier is kept before it is bought and asked for after a lost answer.
"""

import hashlib
import hmac
import json
import unicodedata
from decimal import Decimal

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
from .units import to_inches, to_ounces

BASE_URL = "https://api.easypost.com/v2"
# EasyPost's word → ours.
STATUSES = {
    "pre_transit": "pending",
    "in_transit": "in_transit",
    "out_for_delivery": "out_for_delivery",
    "delivered": "delivered",
    "available_for_pickup": "ready_for_pickup",
    "return_to_sender": "return_to_sender",
    "failure": "delivery_failed",
    "cancelled": "cancelled",
    "error": "on_hold",
    "unknown": "unknown",
}
VOID_STATES = {
    "submitted": "submitted",
    "refunded": "voided",
    "rejected": "refused",
    "not_applicable": "not_applicable",
}
# Refusals of a purchase that mean it was or is being made.
_BOUGHT_ALREADY = ("SHIPMENT.POSTAGE.EXISTS",)
_PERHAPS_BOUGHT = ("SHIPMENT.POSTAGE.TIMED_OUT", "PURCHASE.IN_PROGRESS", "SHIPMENT.PURCHASE")
_SIGNATURE_PREFIX = "hmac-sha256-hex="


class EasyPostAdapter(LabelAdapter):
    """:param str api_key: test or production key; the mode is the key's
    :param str webhook_secret: as set at EasyPost
    :param str base_url: another address, for tests
    """

    capabilities = frozenset(("rate", "void", "track", "customs", "webhook", "look_up"))

    def __init__(self, api_key, webhook_secret="", base_url=BASE_URL):
        self._http = HttpSession(base_url, auth=(api_key, ""))
        self._webhook_secret = webhook_secret

    def check(self):
        self._http.get_json("/shipments", params={"page_size": 1})

    def prepare(self, request):
        shipment = self._http.post_json(
            "/shipments", {"shipment": _as_shipment(request)}, acts=False
        )
        return Draft(
            shipment["id"],
            rates=tuple(
                sorted((_as_rate(rate) for rate in shipment["rates"]), key=lambda rate: rate.amount)
            ),
            messages=tuple(
                f"{message.get('carrier', '')}: {message.get('message', '')}".strip(": ")
                for message in shipment.get("messages") or ()
            ),
            raw=shipment,
        )

    def buy(self, request, draft_ref, rate_ref, key):
        try:
            shipment = self._http.post_json(
                f"/shipments/{draft_ref}/buy", {"rate": {"id": rate_ref}}
            )
        except RejectedError as error:
            code = _get_code(error)
            if code in _BOUGHT_ALREADY:
                return self._fetch_bought(request, draft_ref)
            if code in _PERHAPS_BOUGHT:
                raise UnknownOutcomeError(str(error), error.answer) from error
            raise
        try:
            return self._as_label(shipment, request.label_format)
        except ProviderError as error:
            raise UnknownOutcomeError(str(error), error.answer) from error

    def fetch(self, request, draft_ref):
        shipment = self._http.get_json(f"/shipments/{draft_ref}")
        if not shipment.get("postage_label") and not shipment.get("tracking_code"):
            return None
        return self._as_label(shipment, request.label_format)

    def _fetch_bought(self, request, draft_ref):
        try:
            label = self.fetch(request, draft_ref)
        except ProviderError as error:
            raise UnknownOutcomeError(str(error), error.answer) from error
        if label is None:
            raise UnknownOutcomeError("EasyPost says it was bought, and shows no label.")
        return label

    def void(self, label_ref, tracking_number=""):
        return _as_void(self._http.post_json(f"/shipments/{label_ref}/refund", {}))

    def fetch_void(self, label_ref, tracking_number=""):
        return _as_void(self._http.get_json(f"/shipments/{label_ref}"))

    def track(self, tracking_number, carrier=""):
        tracker = {"tracking_code": tracking_number}
        if carrier:
            tracker["carrier"] = carrier
        return _as_tracking(self._http.post_json("/trackers", {"tracker": tracker}, acts=False))

    def verify_webhook(self, headers, body, query=None):
        if not self._webhook_secret:
            raise InvalidSignatureError("No secret is set for messages of this account.")
        secret = unicodedata.normalize("NFKD", self._webhook_secret).encode()
        wanted = _SIGNATURE_PREFIX + hmac.new(secret, body, hashlib.sha256).hexdigest()
        given = headers.get("X-Hmac-Signature") or ""
        if not hmac.compare_digest(wanted.encode(), given.encode()):
            raise InvalidSignatureError("The signature does not fit.")

    def parse_webhook(self, body):
        event = json.loads(body)
        result = event.get("result") or {}
        topic = event.get("description", "")
        if result.get("object") == "Tracker":
            return LabelNotice(
                event["id"],
                "tracking",
                result.get("shipment_id") or "",
                tracking=_as_tracking(result),
            )
        if topic.startswith("refund."):
            return LabelNotice(
                event["id"],
                "void",
                result.get("shipment_id") or "",
                void=VoidAnswer(VOID_STATES.get(result.get("status"), "submitted"), raw=result),
            )
        return LabelNotice(event["id"], "ignored")

    def _as_label(self, shipment, label_format):
        rate = shipment.get("selected_rate") or {}
        tracker = shipment.get("tracker") or {}
        return Label(
            provider_ref=shipment["id"],
            tracking_number=shipment.get("tracking_code") or "",
            tracking_url=tracker.get("public_url") or "",
            carrier=rate.get("carrier") or "",
            service=rate.get("service") or "",
            cost=Decimal(rate["rate"]) if rate.get("rate") else None,
            currency=rate.get("currency") or "",
            charge_event="purchase",
            files=self._load_files(shipment, label_format),
            raw=shipment,
        )

    def _load_files(self, shipment, label_format):
        """The label is an address at EasyPost: it is loaded, since it does not stay there."""
        postage = shipment.get("postage_label") or {}
        wanted = label_format.lower()
        url = postage.get(f"label_{wanted}_url")
        if not url and wanted != "png" and postage:
            converted = self._http.get_json(
                f"/shipments/{shipment['id']}/label", params={"file_format": label_format}
            )
            postage = converted.get("postage_label") or {}
            url = postage.get(f"label_{wanted}_url")
        url = url or postage.get("label_url")
        if not url:
            return ()
        # A key of EasyPost's has no business at the host that keeps the pictures.
        response = self._http.load(url)
        mimetype = response.headers.get("Content-Type", "").partition(";")[0]
        if not response.content or mimetype in ("text/html", "application/json"):
            raise TemporaryError("The label could not be loaded from EasyPost.")
        return (
            AnswerFile(
                f"{shipment.get('tracking_code') or shipment['id']}.{wanted}",
                mimetype,
                response.content,
                kind="label",
            ),
        )


def _as_shipment(request):
    """Addresses in the direction of the sale: EasyPost turns them round."""
    shipment = {
        "is_return": True,
        "reference": request.number,
        "to_address": _as_address(request.customer),
        "from_address": _as_address(request.destination),
        "parcel": _as_parcel(request.parcel),
        "options": {
            "label_format": request.label_format,
            "print_custom_1": request.return_number,
        },
    }
    if request.crosses_border:
        shipment["customs_info"] = {
            "contents_type": "returned_goods",
            "contents_explanation": "Returned goods, not a sale",
            "customs_certify": True,
            "customs_signer": request.customer.name,
            "non_delivery_option": "return",
            "restriction_type": "none",
            "customs_items": [_as_item(item) for item in request.items],
        }
    return shipment


def _as_address(address):
    return {
        "name": address.name,
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


def _as_parcel(parcel):
    data = {"weight": float(to_ounces(parcel.weight))}
    for name in ("length", "width", "height"):
        if getattr(parcel, name):
            data[name] = float(to_inches(getattr(parcel, name)))
    return data


def _as_item(item):
    return {
        "description": item.description,
        "quantity": float(item.quantity),
        "value": str(item.value * item.quantity),
        "currency": item.currency,
        "weight": float(to_ounces(item.weight * item.quantity)),
        "hs_tariff_number": item.hs_code,
        "origin_country": item.origin,
        "code": item.sku,
    }


def _as_rate(rate):
    return Rate(
        ref=rate["id"],
        carrier=rate["carrier"],
        service=rate["service"],
        amount=Decimal(rate["rate"]),
        currency=rate["currency"],
        days=rate.get("est_delivery_days") or rate.get("delivery_days"),
    )


def _as_void(shipment):
    state = VOID_STATES.get(shipment.get("refund_status"))
    if state is None:
        raise UnknownOutcomeError("EasyPost does not say what became of the label.")
    return VoidAnswer(state, raw=shipment)


def _as_tracking(tracker):
    return Tracking(
        tracking_number=tracker.get("tracking_code") or "",
        status=STATUSES.get(tracker.get("status"), "unknown"),
        carrier=tracker.get("carrier") or "",
        eta=read_moment(tracker.get("est_delivery_date")),
        events=tuple(
            _as_event(detail)
            for detail in tracker.get("tracking_details") or ()
            if detail.get("datetime")
        ),
        public_url=tracker.get("public_url") or "",
        raw=tracker,
    )


def _as_event(detail):
    place = detail.get("tracking_location") or {}
    return TrackingEvent(
        status=STATUSES.get(detail.get("status"), "unknown"),
        moment=read_moment(detail["datetime"]),
        message=detail.get("message") or "",
        code=detail.get("status_detail") or detail.get("status") or "",
        city=place.get("city") or "",
        state=place.get("state") or "",
        zip=place.get("zip") or "",
        country=place.get("country") or "",
    )


def _get_code(error):
    content = (error.answer or {}).get("content")
    details = content.get("error") if isinstance(content, dict) else None
    return details.get("code", "") if isinstance(details, dict) else ""
