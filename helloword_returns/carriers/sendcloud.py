"""Sendcloud, an aggregator of European carriers; returns through its API version 3.

Sources, read 2026: the OpenAPI descriptions Sendcloud publishes at sendcloud.dev (returns, parcel
tracking, parcel documents, shipping options, each version 3.0.0). Addresses are given as the parcel
travels; goods have to be listed when it comes from outside the EU. One call makes and buys the
label and knows no idempotency key, so a lost answer is looked for by our own number among the
returns made since the label was prepared.

Not certain without an account: the list of returns is documented without each return's ``id``, which
its own guide says can be found there; where it lacks, the outcome stays unknown. Codes for
printerless drop-off are not asked for, since the description names no document for them.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
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

BASE_URL = "https://panel.sendcloud.sc/api/v3"
# Sendcloud's parent statuses → ours.
STATUSES = {
    "accepted": "picked_up",
    "address-invalid": "on_hold",
    "announced": "pending",
    "announced-uncollected": "pending",
    "announcement-failed": "cancelled",
    "announcing": "pending",
    "at-customs": "on_hold",
    "at-sorting-centre": "in_transit",
    "awaiting-customer-pickup": "ready_for_pickup",
    "cancelled": "cancelled",
    "cancelled-upstream": "cancelled",
    "cancelling": "pending",
    "cancelling-upstream": "pending",
    "collect-error": "on_hold",
    "collected-by-customer": "delivered",
    "delayed": "delivery_delayed",
    "delivered": "delivered",
    "delivery-address-changed": "in_transit",
    "delivery-date-changed": "delivery_delayed",
    "delivery-failed": "delivery_failed",
    "delivery-forced": "delivered",
    "delivery-method-changed": "in_transit",
    "driver-on-route": "out_for_delivery",
    "exception": "on_hold",
    "no-label": "pending",
    "picked-up-by-driver": "picked_up",
    "ready-to-send": "pending",
    "ready-to-ship": "pending",
    "refused-by-recipient": "delivery_failed",
    "returned-to-sender": "return_to_sender",
    "shipment-on-route": "in_transit",
    "sorted": "in_transit",
    "sorting": "in_transit",
    "to-sorting": "in_transit",
    "undeliverable": "delivery_failed",
    "unsorted": "in_transit",
    "unsorted2": "in_transit",
}
_CANCELLED = ("cancelled", "cancelled-upstream")
_CANCELLING = ("cancelling", "cancelling-upstream")
_NEVER_MADE = ("announcement-failed", *_CANCELLED)
MIMETYPES = {"PDF": "application/pdf", "PNG": "image/png", "ZPL": "application/zpl"}
# Pages of returns, the largest Sendcloud gives, that are searched for one of ours.
PAGE_SIZE, SEARCHED_PAGES = 40, 25
# Clocks of two servers differ, and Sendcloud does not say which zone its filters are in.
SEARCH_MARGIN = timedelta(days=1)
_REF_SEPARATOR = "@"


class SendcloudAdapter(LabelAdapter):
    """:param str public_key: of the integration
    :param str secret_key: of the integration; signs its messages too
    :param str service: shipping option used where none was chosen, e.g. ``dpd:return/return``
    :param contract: number of the carrier contract of one's own, where there are several
    :param str base_url: another address, for tests
    """

    capabilities = frozenset(("rate", "void", "track", "customs", "webhook", "look_up"))

    def __init__(self, public_key, secret_key, service="", contract=None, base_url=BASE_URL):
        self._http = HttpSession(base_url, auth=(public_key, secret_key))
        self._secret = secret_key
        self._service = service
        self._contract = contract

    def check(self):
        self._list_returns(datetime.now(UTC), {"page_size": 1})

    def rate(self, request):
        """What the shipping options for returns would cost; those without a price are left out."""
        body = {
            "from_address": _as_place(request.customer),
            "to_address": _as_place(request.destination),
            "parcels": [_as_parcel(request.parcel)],
            "functionalities": {"returns": True},
            "calculate_quotes": True,
        }
        answer = self._http.post_json("/shipping-options", body, acts=False)
        rates = [_as_rate(option) for option in answer.get("data") or () if _get_price(option)]
        return tuple(sorted(rates, key=lambda rate: rate.amount))

    def prepare(self, request):
        """Ask for prices. What Sendcloud thinks of the addresses shows only with a service."""
        rates = self.rate(request)
        service = request.service or self._service or (rates[0].ref if rates else "")
        if not service:
            raise RejectedError("Sendcloud has no shipping option for this return.")
        self._http.post_json("/returns/validate", self._as_return(request, service), acts=False)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return Draft(f"{request.number}{_REF_SEPARATOR}{now}", rates=rates)

    def buy(self, request, draft_ref, rate_ref, key):
        label = self.fetch(request, draft_ref)
        if label:
            return label
        answer = self._http.post_json(
            "/returns/announce-synchronously", self._as_return(request, rate_ref)
        )
        try:
            return self._load_label(
                answer["return_id"], str(answer["parcel_id"]), request.label_format
            )
        except (ProviderError, KeyError) as error:
            raise UnknownOutcomeError(
                f"Sendcloud made the return, and its label could not be loaded: {error}", answer
            ) from error

    def fetch(self, request, draft_ref):
        number, _separator, prepared = draft_ref.rpartition(_REF_SEPARATOR)
        item = self._find_return(number, read_moment(prepared))
        if item is None:
            return None
        if not item.get("id"):
            raise UnknownOutcomeError("Sendcloud lists the return without its number.", item)
        return self._load_label(item["id"], _get_parcel_ref(item), request.label_format)

    def void(self, label_ref, tracking_number=""):
        try:
            answer = self._http.request("PATCH", f"/returns/{label_ref}/cancel", json={})
        except RejectedError as error:
            if (error.answer or {}).get("status") == 409:
                return VoidAnswer("refused", str(error), error.answer)
            raise
        return VoidAnswer("submitted", raw={"status": answer.status_code})

    def fetch_void(self, label_ref, tracking_number=""):
        item = self._get_return(label_ref)
        status = _get_last_status(item)
        if status in _CANCELLED:
            return VoidAnswer("voided", raw=item)
        if status in _CANCELLING:
            return VoidAnswer("submitted", raw=item)
        if item.get("is_cancellable"):
            raise UnknownOutcomeError("Sendcloud has not been asked to cancel this return.", item)
        return VoidAnswer("refused", raw=item)

    def track(self, tracking_number, carrier=""):
        return _as_tracking(
            self._http.get_json(f"/parcels/tracking/{tracking_number}"), tracking_number
        )

    def verify_webhook(self, headers, body, query=None):
        wanted = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
        given = headers.get("Sendcloud-Signature") or ""
        if not hmac.compare_digest(wanted.encode(), given.encode()):
            raise InvalidSignatureError("The signature does not fit.")

    def parse_webhook(self, body):
        """Sendcloud gives its messages no number: the same bytes are the same message."""
        message = json.loads(body)
        event_id = hashlib.sha256(body).hexdigest()
        parcel = message.get("parcel")
        if message.get("action") != "parcel_status_changed" or not parcel:
            return LabelNotice(event_id, "ignored")
        words = (parcel.get("status") or {}).get("message") or ""
        status = _get_status(words)
        stamp = message.get("carrier_status_change_timestamp") or message.get("timestamp")
        events = ()
        if stamp:
            moment = datetime.fromtimestamp(int(stamp) / 1000, UTC)
            events = (TrackingEvent(status, moment, words, words),)
        return LabelNotice(
            event_id,
            "tracking",
            tracking=Tracking(
                parcel.get("tracking_number") or "",
                status,
                carrier=(parcel.get("carrier") or {}).get("code") or "",
                events=events,
                public_url=parcel.get("tracking_url") or "",
                raw=parcel,
            ),
        )

    # -------------------------------------------------------------------------
    # Returns
    # -------------------------------------------------------------------------

    def _find_return(self, number, prepared):
        """:param prepared: aware moment before which our return cannot have been made, or None
        :return: the return of our number that stands, or None when there certainly is none
        """
        params = {"page_size": PAGE_SIZE}
        for _page in range(SEARCHED_PAGES):
            answer = self._list_returns(prepared or datetime.now(UTC), params)
            for item in answer.get("data") or ():
                ours = number in (item.get("external_reference"), item.get("order_number"))
                if ours and _get_last_status(item) not in _NEVER_MADE:
                    return item
            if not answer.get("next"):
                return None
            # Of the address of the next page only the query counts: keys go to no other host.
            params = dict(parse_qsl(urlsplit(answer["next"]).query))
        raise UnknownOutcomeError("Sendcloud made too many returns since to look through.")

    def _list_returns(self, since, params):
        window = {
            "from_date": since.astimezone(UTC) - SEARCH_MARGIN,
            "to_date": datetime.now(UTC) + SEARCH_MARGIN,
        }
        window = {name: moment.strftime("%Y-%m-%d %H:%M:%S") for name, moment in window.items()}
        return self._http.get_json("/returns", params=window | params)

    def _get_return(self, return_id):
        answer = self._http.get_json(f"/returns/{return_id}")
        return answer.get("data") or answer

    def _load_label(self, return_id, parcel_id, label_format):
        item = self._get_return(return_id)
        parcel_id = parcel_id or _get_parcel_ref(item)
        if not parcel_id or not item.get("tracking_number"):
            raise TemporaryError("Sendcloud has not announced this return yet.")
        mimetype = MIMETYPES[label_format]
        document = self._http.get(
            f"/parcels/{parcel_id}/documents/label", headers={"Accept": mimetype}
        )
        cost = item.get("label_cost") or {}
        option = item.get("shipping_option") or item.get("shipping_product") or {}
        service = option.get("code") or ""
        return Label(
            provider_ref=str(return_id),
            tracking_number=item["tracking_number"],
            tracking_url=item.get("tracking_url") or "",
            carrier=service.partition(":")[0],
            service=service,
            cost=Decimal(str(cost["value"])) if cost.get("value") is not None else None,
            currency=cost.get("currency") or "",
            charge_event="purchase",
            files=(
                AnswerFile(
                    f"{item['tracking_number']}.{label_format.lower()}",
                    mimetype,
                    document.content,
                    kind="label",
                ),
            ),
            raw=item,
        )

    def _as_return(self, request, service=""):
        ship_with = {"shipping_option_code": service or request.service or self._service}
        if self._contract:
            ship_with["contract"] = self._contract
        body = {
            "from_address": _as_address(request.customer),
            "to_address": _as_address(request.destination),
            "ship_with": {"type": "shipping_option_code", **ship_with},
            "collo_count": 1,
            "send_tracking_emails": False,
            "order_number": request.number,
            "external_reference": request.number,
            "parcel_items": [_as_item(item) for item in request.items],
            **_as_measures(request.parcel),
        }
        if request.crosses_border:
            body["customs_information"] = {
                "invoice_number": request.invoice_ref or request.return_number,
                "export_reason": "returned_goods",
                "export_type": "private",
            }
        return body


def _as_address(address):
    fields = {
        "name": address.name or address.company,
        "company_name": address.company,
        "address_line_1": address.street,
        "address_line_2": address.street2,
        "postal_code": address.zip,
        "city": address.city,
        "state_province_code": f"{address.country}-{address.state}" if address.state else "",
        "country_code": address.country,
        "email": address.email,
        "phone_number": address.phone,
    }
    return {name: value for name, value in fields.items() if value}


def _as_place(address):
    names = ("country_code", "postal_code", "city", "address_line_1", "state_province_code")
    fields = _as_address(address)
    return {name: fields[name] for name in names if name in fields}


def _as_measures(parcel):
    """Weight and dimensions as numbers, the way returns want them."""
    measures = {"weight": {"value": float(parcel.weight), "unit": "kg"}}
    if parcel.length and parcel.width and parcel.height:
        measures["dimensions"] = {
            "length": float(parcel.length),
            "width": float(parcel.width),
            "height": float(parcel.height),
            "unit": "cm",
        }
    return measures


def _as_parcel(parcel):
    """The same as text, the way shipping options want them."""
    measures = _as_measures(parcel)
    return {
        name: {key: value if key == "unit" else str(value) for key, value in measure.items()}
        for name, measure in measures.items()
    }


def _as_item(item):
    fields = {
        "description": item.description,
        "quantity": int(item.quantity) or 1,
        "weight": {"value": float(item.weight), "unit": "kg"},
        "price": {"value": float(item.value), "currency": item.currency},
        "hs_code": item.hs_code,
        "origin_country": item.origin,
        "sku": item.sku,
    }
    if not item.weight:
        del fields["weight"]
    return {name: value for name, value in fields.items() if value}


def _get_price(option):
    """:return: the price of a shipping option as its first quote tells it, or None"""
    quotes = option.get("quotes") or ()
    total = ((quotes[0].get("price") or {}).get("total") or {}) if quotes else {}
    return total if total.get("value") is not None else None


def _as_rate(option):
    price = _get_price(option)
    hours = option["quotes"][0].get("lead_time")
    return Rate(
        ref=option["code"],
        carrier=(option.get("carrier") or {}).get("name") or "",
        service=option.get("name") or option["code"],
        amount=Decimal(str(price["value"])),
        currency=price["currency"],
        days=-(-int(hours) // 24) if hours else None,
    )


def _get_parcel_ref(item):
    """The parcel's number stands in the address of its label."""
    label = item.get("label") or {}
    address = label.get("label_printer") or item.get("label_url") or ""
    parts = urlsplit(address).path.split("/")
    return parts[parts.index("parcels") + 1] if "parcels" in parts[:-1] else ""


def _get_last_status(item):
    """:return: Sendcloud's word for where a return is, spelled as in its filters"""
    history = sorted(
        item.get("status_history") or (),
        key=lambda entry: str(entry.get("carrier_update_timestamp") or ""),
    )
    words = item.get("parent_status") or (history[-1].get("parent_status") if history else "")
    return _spell(words)


def _spell(words):
    return (words or "").strip().lower().replace(" ", "-").replace("_", "-")


def _get_status(words):
    return STATUSES.get(_spell(words), "unknown")


def _as_tracking(parcel, tracking_number):
    numbers = parcel.get("tracking_numbers") or ({},)
    number = next(
        (row for row in numbers if row.get("tracking_number") == tracking_number), numbers[0]
    )
    events = sorted(
        (
            TrackingEvent(
                _get_status(event.get("status_code")),
                read_moment(event["event_at"]),
                event.get("status_description") or "",
                event.get("status_code") or "",
            )
            for event in parcel.get("events") or ()
            if read_moment(event.get("event_at"))
        ),
        key=lambda event: event.moment,
    )
    details = parcel.get("details") or {}
    return Tracking(
        tracking_number,
        events[-1].status if events else "pending",
        carrier=number.get("carrier_code") or "",
        eta=read_moment(details.get("expected_delivery_date")),
        events=tuple(events),
        public_url=number.get("tracking_url") or "",
        raw=parcel,
    )
