"""What every label service's adapter promises, in plain Python.

An adapter knows one account at one service and nothing of Odoo. Addresses are given by who they
are, customer and destination, never by direction: some services swap sender and recipient of a
return themselves, and only their adapter knows. Errors are those of :mod:`..providers.base`; they
say whether money may have been spent.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit

from ..providers.base import AnswerFile, RejectedError, UnknownOutcomeError

# Where a parcel is; the vocabulary every service's own codes are mapped to.
TRACKING_STATUSES = (
    "pending",
    "picked_up",
    "on_hold",
    "cancelled",
    "delivered",
    "in_transit",
    "delivery_failed",
    "delivery_delayed",
    "out_for_delivery",
    "ready_for_pickup",
    "return_to_sender",
    "unknown",
)
# A carrier holds the parcel, or has held it.
SCANNED_STATUSES = frozenset(TRACKING_STATUSES) - {"pending", "cancelled", "unknown"}
# What an adapter may be able to do.
CAPABILITIES = ("rate", "void", "track", "qr", "customs", "webhook", "look_up")
CHARGE_EVENTS = ("purchase", "scan", "unknown")


@dataclass(frozen=True)
class Address:
    """:param str country: ISO 3166-1 alpha-2 code
    :param str state: code of the state or province, where the country has them
    """

    name: str = ""
    company: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class Parcel:
    """:param weight: kilograms
    :param length: centimetres, as width and height; zero: not known
    """

    weight: Decimal = Decimal(0)
    length: Decimal = Decimal(0)
    width: Decimal = Decimal(0)
    height: Decimal = Decimal(0)
    description: str = ""


@dataclass(frozen=True)
class CustomsItem:
    """One kind of goods in a parcel that crosses a border.

    :param value: of one piece, in ``currency``
    :param weight: net, of one piece, in kilograms
    :param str origin: country of origin, ISO 3166-1 alpha-2; empty: not known, never guessed
    """

    description: str = ""
    quantity: Decimal = Decimal(1)
    value: Decimal = Decimal(0)
    currency: str = ""
    weight: Decimal = Decimal(0)
    hs_code: str = ""
    origin: str = ""
    sku: str = ""


@dataclass(frozen=True)
class LabelRequest:
    """What has to travel from whom to where.

    :param str number: of our label, unique; printed where the service prints references
    :param str return_number: of the return, for people at the dock
    :param str service: code of the service wanted; empty: the cheapest or the account's own
    :param items: what is inside; customs and slips need them
    :param str invoice_ref: number of the invoice the goods were sold on
    :param str label_format: PDF, PNG or ZPL
    """

    number: str = ""
    return_number: str = ""
    order_ref: str = ""
    customer: Address = field(default_factory=Address)
    destination: Address = field(default_factory=Address)
    parcel: Parcel = field(default_factory=Parcel)
    items: tuple[CustomsItem, ...] = ()
    service: str = ""
    invoice_ref: str = ""
    label_format: str = "PDF"
    wants_qr: bool = False

    @property
    def crosses_border(self):
        return self.customer.country != self.destination.country


@dataclass(frozen=True)
class Rate:
    """:param str ref: what the service wants to hear when it is bought
    :param days: expected on the road, or None
    """

    ref: str
    carrier: str
    service: str
    amount: Decimal
    currency: str
    days: int | None = None


@dataclass(frozen=True)
class Draft:
    """A label prepared at the service, nothing paid yet.

    :param str provider_ref: the service's identifier, kept before money is spent
    """

    provider_ref: str
    rates: tuple[Rate, ...] = ()
    messages: tuple[str, ...] = ()
    raw: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Label:
    """A label that exists.

    :param cost: what the service asks for it, or None when it says so only later
    :param str charge_event: when it is charged: purchase, scan or unknown
    :param valid_until: aware moment, or None
    :param files: of kind label, qr, invoice, customs or slip
    """

    provider_ref: str
    tracking_number: str = ""
    tracking_url: str = ""
    carrier: str = ""
    service: str = ""
    cost: Decimal | None = None
    currency: str = ""
    charge_event: str = "unknown"
    files: tuple[AnswerFile, ...] = ()
    valid_until: datetime | None = None
    raw: dict = field(default_factory=dict)


@dataclass(frozen=True)
class VoidAnswer:
    """:param str state: submitted (the service decides later), voided, refused, not_applicable
    (nothing was ever charged)
    """

    state: str
    message: str = ""
    raw: dict = field(default_factory=dict)


@dataclass(frozen=True)
class TrackingEvent:
    """:param moment: when it happened; naive when the carrier gave the local time without a zone
    :param str code: in the carrier's words, for mapping and dispute
    """

    status: str
    moment: datetime
    message: str = ""
    code: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""


@dataclass(frozen=True)
class Tracking:
    """:param eta: aware or naive moment the carrier expects to deliver, or None"""

    tracking_number: str
    status: str
    carrier: str = ""
    eta: datetime | None = None
    events: tuple[TrackingEvent, ...] = ()
    public_url: str = ""
    raw: dict = field(default_factory=dict)


@dataclass(frozen=True)
class LabelNotice:
    """What a webhook said about a label.

    :param str event_id: the service's, kept once
    :param str topic: tracking, void, label or ignored
    """

    event_id: str
    topic: str
    provider_ref: str = ""
    tracking: Tracking | None = None
    void: VoidAnswer | None = None


class InvalidSignatureError(Exception):
    """A webhook that did not come from the service, or came too late."""


class LabelAdapter:
    """One account at one label service.

    ``prepare`` makes a draft and spends nothing; ``buy`` spends. A service that knows only one call for
    both prepares nothing and gives a reference of our own back; it must then be able to find a
    label by that reference, or say that it cannot (``look_up`` in ``capabilities``).
    """

    capabilities: frozenset = frozenset()

    def check(self):
        """Whether the service knows this account; asks, spends nothing.

        :raise RejectedError: it does not
        :raise TemporaryError: it cannot be reached
        """

    def rate(self, request):
        """What the label would cost; spends nothing.

        :return: tuple of :class:`Rate`, cheapest first
        """
        return self.prepare(request).rates

    def prepare(self, request):
        """Prepare a label; spends nothing.

        :return: :class:`Draft`
        """
        return Draft(request.number)

    def buy(self, request, draft_ref, rate_ref, key):
        """Buy a prepared label; spends money.

        :param str draft_ref: from :meth:`prepare`
        :param str rate_ref: the chosen rate's, empty where the service has no choice
        :param str key: idempotency key, the same for every attempt
        :return: :class:`Label`
        :raise UnknownOutcomeError: perhaps bought; only :meth:`fetch` may follow. That is so for
            everything that goes wrong after the purchase too, e.g. loading the label's file
        """
        raise RejectedError("This service makes no labels.")

    def fetch(self, request, draft_ref):
        """Whether the label was bought; asks, spends nothing.

        :return: :class:`Label`, or None when it certainly was not
        :raise UnknownOutcomeError: the service cannot tell
        """
        raise UnknownOutcomeError("This service cannot be asked what it sold.")

    def void(self, label_ref, tracking_number=""):
        """Give a label back.

        :return: :class:`VoidAnswer`
        """
        raise RejectedError("This service takes no labels back.")

    def fetch_void(self, label_ref, tracking_number=""):
        """What became of a label given back.

        :return: :class:`VoidAnswer`
        """
        raise UnknownOutcomeError("This service does not say what became of it.")

    def track(self, tracking_number, carrier=""):
        """:return: :class:`Tracking`"""
        raise RejectedError("This service does not track.")

    def verify_webhook(self, headers, body, query=None):
        """Check that a message came from the service.

        :param headers: case-insensitive mapping
        :param bytes body: as received
        :raise InvalidSignatureError: it did not, or it is too old
        """
        raise InvalidSignatureError("This service sends no messages.")

    def parse_webhook(self, body):
        """:param bytes body: checked
        :return: :class:`LabelNotice`
        """
        raise RejectedError("This service sends no messages.")


def is_web_address(url):
    """:param str url: from a service or a person, may be empty
    :return: whether customers may be sent there
    """
    return bool(url) and urlsplit(url).scheme.lower() in ("http", "https")
