"""DHL Parcel Germany's returns: labels for customers in some thirty European countries, paid when the
carrier takes the parcel.

Sources, read 2026: DHL's OpenAPI description of Parcel DE Returns 1.0.9 (POST /orders, GET
/locations), its guide to the Authentication API of Post & Parcel Germany (OAuth 2, password grant)
and its Unified Shipment Tracking API 1.5 (developer.dhl.com).

DHL's description knows no way to cancel a return or to ask which ones were made; labels that are not
used cost nothing. A label whose answer was lost is therefore left to a person. Not certain without an
account: how long a label stays valid, and which of the two numbers of an international return the
tracking prefers; the domestic one is used first.
"""

import base64
import binascii
import re
from decimal import Decimal
from time import monotonic

import pycountry

from ..providers.base import AnswerFile, RejectedError, UnknownOutcomeError
from ..providers.http import HttpSession
from .base import Draft, Label, LabelAdapter, Tracking, TrackingEvent
from .moment import read_moment

BASE_URL = "https://api-eu.dhl.com"
SANDBOX_URL = "https://api-sandbox.dhl.com"
LOGIN_PATH = "/parcel/de/account/auth/ropc/v1/token"
RETURNS_PATH = "/parcel/de/shipping/returns/v1"
TRACKING_PATH = "/track/shipments"
# DHL's status code → ours.
STATUSES = {
    "pre-transit": "pending",
    "transit": "in_transit",
    "delivered": "delivered",
    "failure": "delivery_failed",
    "unknown": "unknown",
}
# Currencies customs values may be given in.
CURRENCIES = frozenset(("EUR", "GBP", "CHF"))
# Countries DHL takes returns from without a customs declaration.
CUSTOMS_UNION = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
HEAVIEST = Decimal("31.5")
MOST_ITEMS = 20
# Seconds before its end at which a token is no longer used.
TOKEN_MARGIN = 60
_HOUSE_LAST = re.compile(r"^(?P<street>.*?\D)[\s,]+(?P<house>\d+[^\s,]*(?:\s?[a-zA-Z])?)$")
_HOUSE_FIRST = re.compile(r"^(?P<house>\d+\S*)[\s,]+(?P<street>\D.*)$")
_REF_SEPARATOR = "@"


class DhlParcelDeReturnsAdapter(LabelAdapter):
    """:param str api_key: of the application at DHL's developer portal
    :param str api_secret: of the same
    :param str username: of the business customer portal
    :param str password: of the same
    :param dict receivers: customer's country, ISO 3166-1 alpha-2 → receiver id as set up in the
        portal; of others DHL is asked
    :param str base_url: production, sandbox, or another one for tests
    """

    capabilities = frozenset(("track", "qr", "customs"))

    def __init__(self, api_key, api_secret, username, password, receivers=None, base_url=BASE_URL):
        self._http = HttpSession(base_url)
        self._api_key = api_key
        self._login = {
            "grant_type": "password",
            "client_id": api_key,
            "client_secret": api_secret,
            "username": username,
            "password": password,
        }
        self._receivers = receivers or {}
        self._token, self._token_ends = "", 0.0

    def check(self):
        self._ask("GET", f"{RETURNS_PATH}/locations", params={"maxResult": 1})

    def prepare(self, request):
        """Find who receives returns of the customer's country, and whether DHL can have the
        request; there are no prices to be had.
        """
        self._as_order(request, "receiver")
        receiver = self._find_receiver(request.customer)
        return Draft(f"{request.number}{_REF_SEPARATOR}{receiver}")

    def buy(self, request, draft_ref, rate_ref, key):
        receiver = draft_ref.rpartition(_REF_SEPARATOR)[2]
        response = self._ask(
            "POST",
            f"{RETURNS_PATH}/orders",
            params={"labelType": "BOTH" if request.wants_qr else "SHIPMENT_LABEL"},
            json=self._as_order(request, receiver),
        )
        try:
            answer = response.json()
            return _as_label(answer)
        except (ValueError, KeyError, binascii.Error) as error:
            raise UnknownOutcomeError(
                "DHL's answer to the order cannot be read.", {"status": response.status_code}
            ) from error

    def track(self, tracking_number, carrier=""):
        answer = self._http.get_json(
            TRACKING_PATH,
            params={"trackingNumber": tracking_number, "service": "parcel-de"},
            headers={"DHL-API-Key": self._api_key},
        )
        return _as_tracking(answer["shipments"][0], tracking_number)

    # -------------------------------------------------------------------------
    # Calls
    # -------------------------------------------------------------------------

    def _ask(self, method, path, **kwargs):
        """Call as whoever is logged in; a token DHL has forgotten is fetched anew, once."""
        fresh = not self._has_token()
        try:
            return self._http.request(method, path, headers=self._get_headers(), **kwargs)
        except RejectedError as error:
            if fresh or (error.answer or {}).get("status") != 401:
                raise
        self._token = ""
        return self._http.request(method, path, headers=self._get_headers(), **kwargs)

    def _has_token(self):
        return bool(self._token) and monotonic() < self._token_ends

    def _get_headers(self):
        if not self._has_token():
            answer = self._http.request("POST", LOGIN_PATH, acts=False, data=self._login).json()
            self._token = answer["access_token"]
            lifetime = int(answer.get("expires_in") or 0) - TOKEN_MARGIN
            self._token_ends = monotonic() + lifetime
        return {"Authorization": f"Bearer {self._token}"}

    def _find_receiver(self, customer):
        if self._receivers.get(customer.country):
            return self._receivers[customer.country]
        country = _get_alpha3(customer.country).lower()
        found = self._ask(
            "GET", f"{RETURNS_PATH}/locations", params={"countryCode": country, "maxResult": 20}
        ).json()
        receiver = next(
            (row["receiverId"] for row in found if row.get("shipperCountry") == country), ""
        )
        if not receiver:
            raise RejectedError(f"No receiver of returns from {customer.country} is set up at DHL.")
        return receiver

    # -------------------------------------------------------------------------
    # Requests
    # -------------------------------------------------------------------------

    def _as_order(self, request, receiver):
        """:raise RejectedError: DHL would refuse it, and why"""
        weight = request.parcel.weight
        if weight > HEAVIEST:
            raise RejectedError(f"DHL takes returns of at most {HEAVIEST} kg.")
        order = {
            "receiverId": receiver,
            "customerReference": request.return_number[:50],
            "shipmentReference": request.number[:50],
            "shipper": _as_shipper(request.customer),
        }
        if weight:
            order["itemWeight"] = _as_weight(weight)
        value = sum((item.value * item.quantity for item in request.items), Decimal())
        currencies = {item.currency for item in request.items}
        if value and len(currencies) == 1 and currencies <= CURRENCIES:
            order["itemValue"] = _as_value(value, currencies.pop())
        if request.customer.country not in CUSTOMS_UNION:
            order["customsDetails"] = {"items": _as_customs_items(request.items)}
        return order


def _as_shipper(address):
    street, house = _split_street(address)
    shipper = {
        "name1": (address.name or address.company)[:50],
        "name2": address.company[:50] if address.name else "",
        "name3": "" if address.street2 == house else address.street2[:50],
        "addressStreet": street[:50],
        "addressHouse": house[:10],
        "postalCode": address.zip,
        "city": address.city[:40],
        "state": address.state[:20],
        "email": address.email[:70],
        "phone": address.phone[:20],
    }
    missing = [name for name in ("name1", "postalCode", "city") if not shipper[name]]
    if missing:
        raise RejectedError(f"The customer's address lacks: {', '.join(missing)}.")
    return {name: value for name, value in shipper.items() if value}


def _split_street(address):
    """DHL wants the house number apart; addresses have it last, first, or in the second line."""
    street = address.street.strip()
    for pattern in (_HOUSE_LAST, _HOUSE_FIRST):
        found = pattern.match(street)
        if found:
            return found["street"].strip(" ,"), found["house"]
    if street and re.match(r"\d", address.street2):
        return street, address.street2
    raise RejectedError("The customer's address has no house number, which DHL asks for.")


def _as_weight(kilograms):
    return {
        "uom": "kg",
        "value": float(max(kilograms, Decimal("0.001")).quantize(Decimal("0.001"))),
    }


def _as_value(amount, currency):
    return {"currency": currency, "value": float(amount.quantize(Decimal("0.01")))}


def _as_customs_items(items):
    if not items:
        raise RejectedError("Returns from outside the European Union need a list of the goods.")
    if len(items) > MOST_ITEMS:
        raise RejectedError(f"DHL takes at most {MOST_ITEMS} kinds of goods in a return.")
    foreign = sorted({item.currency for item in items} - CURRENCIES)
    if foreign:
        raise RejectedError(
            f"DHL takes customs values in EUR, GBP or CHF, not in {', '.join(foreign)}."
        )
    rows = []
    for item in items:
        if not item.weight or not item.value:
            raise RejectedError(f"“{item.description}” needs a weight and a value for customs.")
        row = {
            "itemDescription": item.description[:50],
            "packagedQuantity": int(item.quantity) or 1,
            "itemWeight": _as_weight(item.weight),
            "itemValue": _as_value(item.value, item.currency),
        }
        if item.hs_code:
            row["hsCode"] = re.sub(r"\D", "", item.hs_code)[:11]
        if item.origin:
            row["countryOfOrigin"] = _get_alpha3(item.origin)
        rows.append(row)
    return rows


def _get_alpha3(alpha2):
    country = pycountry.countries.get(alpha_2=alpha2) if alpha2 else None
    if country is None:
        raise RejectedError(f"“{alpha2}” is no country DHL could know.")
    return country.alpha_3


# -------------------------------------------------------------------------
# Answers
# -------------------------------------------------------------------------


def _as_label(answer):
    number = answer["shipmentNo"]
    files = [_as_file(number, answer["label"]["b64"], "label")]
    if (answer.get("qrLabel") or {}).get("b64"):
        files.append(_as_file(f"{number}-qr", answer["qrLabel"]["b64"], "qr"))
    documents = ("label", "qrLabel")
    return Label(
        provider_ref=number,
        tracking_number=number,
        tracking_url=f"https://www.dhl.de/en/privatkunden/pakete-empfangen/verfolgen.html?piececode={number}",
        carrier="DHL",
        service="Retoure",
        charge_event="scan",
        files=tuple(files),
        raw={name: value for name, value in answer.items() if name not in documents},
    )


def _as_file(name, encoded, kind):
    """DHL does not say what its documents are: some are PDF, some PNG."""
    content = base64.b64decode(encoded, validate=True)
    is_picture = content.startswith(b"\x89PNG")
    extension, mimetype = ("png", "image/png") if is_picture else ("pdf", "application/pdf")
    return AnswerFile(f"{name}.{extension}", mimetype, content, kind=kind)


def _as_tracking(shipment, tracking_number):
    events = sorted(
        (_as_event(row) for row in shipment.get("events") or () if row.get("timestamp")),
        key=lambda event: event.moment.replace(tzinfo=None),
    )
    status = shipment.get("status") or {}
    return Tracking(
        tracking_number,
        STATUSES.get(status.get("statusCode"), "unknown"),
        carrier="DHL",
        eta=read_moment(shipment.get("estimatedTimeOfDelivery")),
        events=tuple(events),
        public_url=shipment.get("serviceUrl") or "",
        raw=shipment,
    )


def _as_event(row):
    place = (row.get("location") or {}).get("address") or {}
    return TrackingEvent(
        STATUSES.get(row.get("statusCode"), "unknown"),
        read_moment(row["timestamp"]),
        row.get("description") or row.get("status") or "",
        row.get("statusCode") or "",
        city=place.get("addressLocality") or "",
        zip=place.get("postalCode") or "",
        country=place.get("countryCode") or "",
    )
