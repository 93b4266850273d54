"""What every sales channel's adapter promises, in plain Python.

An adapter knows one account at one marketplace or shop and nothing of Odoo. It reads orders,
returns and refunds in one shape, whatever the channel calls them, carries out what was decided
here, and says which of its records a message is about. Errors are those of
:mod:`odoo.addons.helloword_returns.providers.base`; they say whether a call was carried out.

Amounts are what the buyer pays, in the currency named beside them; moments are aware; identifiers
are the channel's, as text.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from odoo.addons.helloword_returns.carriers.base import Address, InvalidSignatureError
from odoo.addons.helloword_returns.providers.base import (
    AnswerFile,
    ChannelAdapter,
    RejectedError,
)

from .operation import LabelRequest, OfferRequest, ReceivedRequest

__all__ = [
    "Address",
    "AnswerFile",
    "InvalidSignatureError",
    "LabelRequest",
    "OfferRequest",
    "ReceivedRequest",
]

# What an adapter may be able to do beside what the core knows; names of ``can_…`` fields of
# ``helloword.channel``. Each reads something, or carries out an operation of the same name.
CAPABILITIES = (
    "read_orders",
    "read_returns",
    "read_refunds",
    "webhook",
    "subscribe",
    "label",
    "received",
    "offer",
    "stock",
    "store_credit",
)

ORDER_STATES = ("open", "shipped", "delivered", "cancelled")
LINE_KINDS = ("product", "shipping", "fee", "gift_wrap", "tip")
# What the buyer asks for. ``refund_only``: without goods; ``claim``: a guarantee case of the
# marketplace, e.g. A-to-z; ``chargeback``: through the bank.
RETURN_KINDS = (
    "return",
    "refund_only",
    "replacement",
    "cancellation",
    "claim",
    "chargeback",
)
# Where the request stands on the channel.
RETURN_STATES = (
    "requested",
    "approved",
    "declined",
    "shipped",
    "received",
    "closed",
    "cancelled",
)
REFUND_STATES = ("pending", "done", "failed")


@dataclass(frozen=True)
class Tax:
    """:param rate: percent, or None where the channel does not say
    :param amount: of the whole line, in the order's currency
    :param bool by_channel: the marketplace collects it and pays the authorities (marketplace
        facilitator, IOSS): it is none of the seller's
    """

    name: str = ""
    rate: Decimal | None = None
    amount: Decimal = Decimal(0)
    by_channel: bool = False


@dataclass(frozen=True)
class OrderLine:
    """:param str external_id: unique within the order
    :param str listing_ref: the offer's identifier on the channel
    :param quantity: ordered, what was cancelled taken off
    :param shipped_quantity: of it, left the warehouse
    :param unit_price: before discounts; with or without taxes as the order says
    :param discount: amount taken off the whole line, on the same basis as ``unit_price``
    :param tuple components: of a bundle the channel itself takes apart, (sku, quantity in one)
    """

    external_id: str = ""
    kind: str = "product"
    sku: str = ""
    barcode: str = ""
    listing_ref: str = ""
    name: str = ""
    quantity: Decimal = Decimal(1)
    shipped_quantity: Decimal = Decimal(0)
    unit_price: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    taxes: tuple[Tax, ...] = ()
    components: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class ChannelOrder:
    """An order as the channel has it.

    :param str external_id: by which the channel's interface knows it
    :param str number: by which people know it; the external id where there is no other
    :param str version: changes whenever the order does, e.g. its moment of change
    :param str site: of several marketplaces in one account, e.g. ``EBAY_DE``
    :param bool taxes_included: in unit prices and discounts
    :param str buyer_ref: the buyer's identifier on the channel
    :param bool by_channel: shipped by the marketplace's own warehouses (FBA, WFS)
    :param str location: where it is shipped from, in the channel's words
    """

    external_id: str
    number: str = ""
    version: str = ""
    site: str = ""
    state: str = "open"
    currency: str = ""
    placed_at: datetime | None = None
    updated_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    taxes_included: bool = True
    lines: tuple[OrderLine, ...] = ()
    total: Decimal | None = None
    buyer_ref: str = ""
    buyer: Address = field(default_factory=Address)
    shipping: Address = field(default_factory=Address)
    billing: Address = field(default_factory=Address)
    buyer_vat: str = ""
    lang: str = ""
    by_channel: bool = False
    location: str = ""
    note: str = ""
    url: str = ""
    raw: dict = field(default_factory=dict)


@dataclass(frozen=True)
class ReturnLine:
    """:param str external_id: of the line of the return; unique within the return
    :param str order_line_ref: ``external_id`` of the order's line
    :param str reason_code: in the channel's words, as it is mapped here
    :param str reason_text: what it is called there
    :param comment: the buyer's own words
    :param amount: paid for the quantity, taxes included, or None
    """

    external_id: str = ""
    order_line_ref: str = ""
    sku: str = ""
    barcode: str = ""
    name: str = ""
    quantity: Decimal = Decimal(1)
    reason_code: str = ""
    reason_text: str = ""
    comment: str = ""
    amount: Decimal | None = None


@dataclass(frozen=True)
class ChannelFile:
    """A photo or document the buyer sent: where it is, or its content."""

    ref: str = ""
    name: str = ""
    url: str = ""
    content: bytes = b""


@dataclass(frozen=True)
class ChannelMessage:
    """:param str author: ``buyer``, ``seller`` or ``channel``"""

    ref: str = ""
    author: str = "buyer"
    body: str = ""
    moment: datetime | None = None


@dataclass(frozen=True)
class ChannelReturn:
    """A request to send something back, or for money, as the channel has it.

    :param str version: changes whenever the request does
    :param str order_ref: ``external_id`` of the order
    :param str order_number: as people know it
    :param str outcome: what the buyer would like: ``refund``, ``exchange``, ``store_credit``,
        ``keep_it``, or empty
    :param respond_until: when the channel decides itself, or None
    :param refund_until: when the refund has to be paid, or None
    :param tuple markers: short words for people and rules, e.g. ``a_to_z``, ``gift``, ``prime``,
        ``refund_at_first_scan``, ``label_by_channel``
    :param refunded: paid back so far, or None where the channel does not say
    :param str label_paid_by: ``seller``, ``buyer``, ``channel`` or empty
    """

    external_id: str
    number: str = ""
    version: str = ""
    site: str = ""
    kind: str = "return"
    state: str = "requested"
    order_ref: str = ""
    order_number: str = ""
    lines: tuple[ReturnLine, ...] = ()
    currency: str = ""
    requested_at: datetime | None = None
    updated_at: datetime | None = None
    respond_until: datetime | None = None
    refund_until: datetime | None = None
    outcome: str = ""
    comment: str = ""
    buyer_ref: str = ""
    buyer: Address = field(default_factory=Address)
    is_gift: bool = False
    by_channel: bool = False
    carrier: str = ""
    tracking_number: str = ""
    label_paid_by: str = ""
    label_url: str = ""
    refunded: Decimal | None = None
    markers: tuple[str, ...] = ()
    messages: tuple[ChannelMessage, ...] = ()
    files: tuple[ChannelFile, ...] = ()
    url: str = ""
    raw: dict = field(default_factory=dict)


@dataclass(frozen=True)
class RefundLine:
    """:param amount: paid back for it, taxes included, or None where the channel does not say"""

    order_line_ref: str = ""
    return_line_ref: str = ""
    sku: str = ""
    quantity: Decimal = Decimal(0)
    amount: Decimal | None = None


@dataclass(frozen=True)
class ChannelRefund:
    """Money paid back to the buyer, whoever did it.

    :param str external_id: unique within the channel
    :param amount: what the buyer got, taxes and freight included
    :param str our_ref: a reference of ours found in it, e.g. in its note, or empty
    :param str author: ``us``, ``seller`` (by hand), ``channel`` or empty
    """

    external_id: str
    order_ref: str = ""
    return_ref: str = ""
    state: str = "done"
    amount: Decimal = Decimal(0)
    currency: str = ""
    moment: datetime | None = None
    lines: tuple[RefundLine, ...] = ()
    shipping: Decimal = Decimal(0)
    note: str = ""
    our_ref: str = ""
    author: str = ""
    raw: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Unreadable:
    """Something of the channel's that cannot be read; kept for people with what was received.

    :param str kind: ``order``, ``return`` or ``refund``
    :param str error: why, for people
    """

    kind: str
    external_id: str
    error: str
    raw: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """:param items: of one kind, in the order of their change
    :param str cursor: to go on from; kept once the items are
    :param bool has_more: ask again at once
    :param unreadable: of this page; the items beside them are good
    """

    items: tuple = ()
    cursor: str = ""
    has_more: bool = False
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True)
class PrivacyRequest:
    """A channel tells us to erase or hand out what we know of somebody.

    :param str kind: ``erase_buyer``, ``erase_shop`` or ``hand_out``
    :param until: when it has to be done, or None
    """

    kind: str
    buyer_ref: str = ""
    email: str = ""
    order_refs: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True)
class Notification:
    """What a message says: which records to read again. Its content is never believed beyond that,
    but for requests of privacy.

    :param str event_id: unique within the channel, the same when it is sent again
    """

    event_id: str
    topic: str = ""
    orders: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    refunds: tuple[str, ...] = ()
    privacy: PrivacyRequest | None = None
    moment: datetime | None = None


@dataclass(frozen=True)
class Known:
    """The channel knows the account.

    :param str name: of the shop or seller there
    :param tuple missing: rights the account lacks, in the channel's words
    :param dict limits: bucket → what is left of it
    """

    name: str = ""
    missing: tuple[str, ...] = ()
    limits: dict = field(default_factory=dict)


@dataclass(frozen=True)
class StockLevel:
    """:param str listing_ref: the offer on the channel, e.g. an inventory item
    :param str location: in the channel's words, empty where it has one only
    :param int quantity: that may be sold now
    """

    listing_ref: str
    sku: str = ""
    location: str = ""
    quantity: int = 0


class SalesChannelAdapter(ChannelAdapter):
    """One account at one marketplace or shop.

    Operations are methods as the core calls them, ``approve(request, key)``, ``decline``,
    ``refund``, ``notify``, and here ``label``, ``received``, ``offer``; with
    ``look_up(kind, request, key)`` for all of them that can be asked about. A channel that takes
    no key of ours looks at what it has before it acts: a call made twice acts once.

    Subclasses say in their docstring where the contract is published, its version, what was
    verified against it and what only an account can make certain.
    """

    # Seconds that should lie between two rounds of asking, by what is asked for.
    poll_interval = {"orders": 900, "returns": 900, "refunds": 900}

    def check(self):
        """Whether the channel knows the account and what it may do; asks only.

        :return: :class:`Known`
        :raise RejectedError: it does not
        :raise TemporaryError: it cannot be reached
        """
        raise RejectedError("This channel cannot be asked.")

    # -------------------------------------------------------------------------
    # Reading
    # -------------------------------------------------------------------------

    def read_orders(self, cursor, since, until=None):
        """Orders that changed.

        Called again with the same cursor it gives the same, or more. It overlaps with what was
        read before by as much as the channel needs: the same version again is no news.

        :param str cursor: of the page before; empty: from ``since``
        :param datetime since: aware
        :param until: aware, for a range of the past; None: up to now, and further next time
        :return: :class:`Page` of :class:`ChannelOrder`
        """
        raise RejectedError("This channel tells no orders.")

    def read_returns(self, cursor, since, until=None):
        """Returns that changed; as :meth:`read_orders`.

        :return: :class:`Page` of :class:`ChannelReturn`
        """
        raise RejectedError("This channel tells no returns.")

    def read_refunds(self, cursor, since, until=None):
        """Refunds that were made, by whomever; as :meth:`read_orders`.

        :return: :class:`Page` of :class:`ChannelRefund`
        """
        raise RejectedError("This channel tells no refunds.")

    def get_orders(self, refs):
        """:param refs: external ids, or numbers, of orders
        :return: :class:`Page`; what the channel does not know is missing
        """
        raise RejectedError("This channel tells no orders.")

    def get_returns(self, refs):
        """:param refs: external ids of returns
        :return: :class:`Page`; what the channel does not know is missing
        """
        raise RejectedError("This channel tells no returns.")

    def get_refunds(self, order_ref):
        """:return: tuple of all :class:`ChannelRefund` of an order"""
        raise RejectedError("This channel tells no refunds.")

    def load_file(self, file):
        """:param file: :class:`ChannelFile` with an address
        :return: :class:`~odoo.addons.helloword_returns.providers.base.AnswerFile`
        """
        raise RejectedError("This channel gives no files.")

    # -------------------------------------------------------------------------
    # Stock
    # -------------------------------------------------------------------------

    def push_stock(self, levels):
        """Set how many may be sold; the same again changes nothing.

        :param levels: tuple of :class:`StockLevel`
        :return: dict of refused levels → why, for people
        """
        raise RejectedError("This channel takes no quantities.")

    # -------------------------------------------------------------------------
    # Messages
    # -------------------------------------------------------------------------

    def verify_webhook(self, headers, body, query=None):
        """Check that a message came from the channel.

        :param headers: case-insensitive mapping
        :param bytes body: as received
        :param dict query: of the address
        :raise InvalidSignatureError: it did not, or it is too old
        """
        raise InvalidSignatureError("This channel sends no messages.")

    def parse_webhook(self, headers, body):
        """:param bytes body: checked
        :return: :class:`Notification`
        """
        raise RejectedError("This channel sends no messages.")

    def answer_challenge(self, query):
        """What a channel wants to hear when it asks whether the address is ours.

        :param dict query: of the address
        :return: tuple (status, content type, body), or None when it asks no such thing
        """
        return

    def subscribe(self, url):
        """Let the channel tell us what happens; what is subscribed already stays.

        :param str url: where messages arrive
        :return: tuple of topics that could not be subscribed, in words for people
        """
        raise RejectedError("This channel takes no subscriptions.")

    def unsubscribe(self, url):
        """Let the channel tell us nothing more."""

    # -------------------------------------------------------------------------
    # For people
    # -------------------------------------------------------------------------

    def get_link(self, kind, request):
        """Where a person does on the channel what this adapter cannot do.

        :param str kind: of operation
        :param request: :class:`~odoo.addons.helloword_returns.providers.base.OperationRequest`
        :return: address, or empty
        """
        return ""
