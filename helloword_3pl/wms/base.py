"""What every warehouse's adapter promises, in plain Python.

An adapter knows one account at one warehouse operator and nothing of Odoo. It announces what
comes, takes our word on what to do, and tells what happened, always in the same events, whether
the warehouse pushed a message, was asked, or wrote a file. Errors are those of
:mod:`odoo.addons.helloword_returns.providers.base`; they say whether a call was carried out.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from odoo.addons.helloword_returns.carriers.base import Address, InvalidSignatureError
from odoo.addons.helloword_returns.providers.base import (
    AnswerFile,
    RejectedError,
    UnknownOutcomeError,
)

__all__ = ["Address", "AnswerFile", "InvalidSignatureError"]

# What an adapter may be able to do.
CAPABILITIES = (
    "announce",
    "update",
    "cancel",
    "instruct",
    "poll",
    "webhook",
    "look_up",
    "photos",
    "fees",
    "unknown_parcels",
    "claim",
)

# What an event may be about. ``return.reported`` is what warehouses say that tell totals instead
# of happenings: the newest report of a return replaces the ones before it.
EVENT_TYPES = (
    "parcel.arrived",
    "return.unexpected",
    "unit.inspected",
    "disposition.completed",
    "inventory.adjusted",
    "fee.charged",
    "return.reported",
)


@dataclass(frozen=True)
class ExpectedLine:
    """Goods that come back.

    :param str line_ref: ours, unique within the return
    :param str sku: the warehouse's name of the product, as the connection maps it
    :param quantity: in the product's unit of measure
    :param str reason: code of our return reason
    :param str requested: of :data:`~.vocabulary.REQUESTED`, for goods in sound condition
    :param str requested_defective: the same for all other goods
    :param unit_value: declared, in ``currency``
    """

    line_ref: str = ""
    sku: str = ""
    name: str = ""
    barcode: str = ""
    quantity: Decimal = Decimal(1)
    reason: str = ""
    reason_text: str = ""
    requested: str = "restock"
    requested_defective: str = "ask"
    lot: str = ""
    serials: tuple[str, ...] = ()
    unit_value: Decimal = Decimal(0)
    currency: str = ""
    external_ref: str = ""


@dataclass(frozen=True)
class ExpectedParcel:
    """:param str license_plate: a code on the parcel that is not the carrier's, e.g. an SSCC"""

    tracking_number: str = ""
    carrier: str = ""
    license_plate: str = ""


@dataclass(frozen=True)
class CustomsReference:
    """:param str reimport_ref: of the import declaration
    :param str vat_number: of whoever imports
    :param declared_value: of all goods, in ``currency``
    """

    reimport_ref: str = ""
    export_ref: str = ""
    vat_number: str = ""
    declared_value: Decimal = Decimal(0)
    currency: str = ""


@dataclass(frozen=True)
class ExpectedReturn:
    """What a warehouse is told to expect; the same number again replaces what was told before.

    :param str number: of our return; printed on the slip in the parcel
    :param str warehouse_code: the operator's code of the building
    :param str shipment_ref: the warehouse's own number of the outbound shipment, where known
    :param int revision: of what is told under the number; higher is newer
    :param sender: the customer
    :param expected_date: when it should arrive, or None
    """

    number: str = ""
    revision: int = 0
    external_ref: str = ""
    warehouse_code: str = ""
    order_ref: str = ""
    shipment_ref: str = ""
    lines: tuple[ExpectedLine, ...] = ()
    parcels: tuple[ExpectedParcel, ...] = ()
    sender: Address = field(default_factory=Address)
    customs: CustomsReference = field(default_factory=CustomsReference)
    expected_date: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Announced:
    """The warehouse knows the return.

    :param str external_ref: its own number
    :param line_refs: our line reference → the warehouse's
    :param messages: what it said about it, for people
    :param refused: what of it the warehouse did not take, for people
    """

    external_ref: str = ""
    status: str = ""
    line_refs: dict = field(default_factory=dict)
    messages: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    raw: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Instruction:
    """Our word on goods that wait for it.

    :param str ref: ours, unique
    :param str unit_ref: what the warehouse calls the units in question
    :param str disposition: of :data:`~.vocabulary.DISPOSITIONS`
    :param str to_sku: what they become, for ``relabel``
    :param customs: where goods become stock of a country, what its authorities ask for
    """

    ref: str = ""
    number: str = ""
    external_ref: str = ""
    unit_ref: str = ""
    line_ref: str = ""
    sku: str = ""
    quantity: Decimal = Decimal(1)
    disposition: str = "restock"
    to_sku: str = ""
    note: str = ""
    customs: CustomsReference = field(default_factory=CustomsReference)


@dataclass(frozen=True)
class Instructed:
    external_ref: str = ""
    raw: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Photo:
    """A picture: either where it is, or its content.

    :param str url: behind which the adapter can load it with :meth:`WarehouseAdapter.load_photo`
    """

    ref: str = ""
    url: str = ""
    name: str = ""
    content: bytes = b""


@dataclass(frozen=True)
class UnitResult:
    """Some units of one kind, all found and treated alike: one expected line gives many of them.

    :param str line_ref: ours; empty where the warehouse knows none
    :param str external_line_ref: the warehouse's
    :param str unit_ref: what the warehouse calls these units, to answer a question about them
    :param str condition: of :data:`~.vocabulary.CONDITIONS`
    :param str condition_code: in the warehouse's words
    :param str disposition: of :data:`~.vocabulary.FINAL`; empty: nothing was done yet
    :param bool waits: the warehouse waits for our word
    :param answer_until: aware moment after which it decides itself, or None
    :param expiry: of the lot, as a date
    """

    sku: str = ""
    quantity: Decimal = Decimal(1)
    line_ref: str = ""
    external_line_ref: str = ""
    unit_ref: str = ""
    condition: str = "unknown"
    condition_code: str = ""
    disposition: str = ""
    disposition_code: str = ""
    to_sku: str = ""
    location: str = ""
    defects: tuple[str, ...] = ()
    note: str = ""
    lot: str = ""
    serial: str = ""
    expiry: date | None = None
    photos: tuple[Photo, ...] = ()
    waits: bool = False
    answer_until: datetime | None = None


@dataclass(frozen=True)
class Fee:
    """:param str ref: the warehouse's, kept once
    :param str kind: receiving, inspection, restocking, photo, repair, relabel, storage, disposal,
        shipping, duty or other
    :param amount: what we owe, in ``currency``; negative: given back
    """

    ref: str = ""
    kind: str = "other"
    amount: Decimal = Decimal(0)
    currency: str = ""
    description: str = ""
    invoice_ref: str = ""


@dataclass(frozen=True)
class UnknownParcel:
    """A parcel the warehouse cannot place.

    :param str ref: the warehouse's number of the case
    :param weight: kilograms, or zero
    :param destroy_at: aware moment the warehouse destroys it, or None
    """

    ref: str = ""
    tracking_number: str = ""
    carrier: str = ""
    license_plate: str = ""
    order_ref: str = ""
    number: str = ""
    sender: Address = field(default_factory=Address)
    weight: Decimal = Decimal(0)
    note: str = ""
    destroy_at: datetime | None = None
    status: str = "unclaimed"


@dataclass(frozen=True)
class WarehouseEvent:
    """Something that happened in the warehouse.

    Events add up: their order does not matter. A correction is an event of its own whose units
    stand in ``units_before`` as they were told and in ``units`` as they are. A report
    (``return.reported``) tells all units of a return at once, the newest one holds.

    :param str event_id: unique within the connection, the same whenever it is told again
    :param str type: of :data:`EVENT_TYPES`
    :param moment: when it happened, aware
    :param bool is_moment_seen: the operator does not say when; it is when we first saw it, and
        another moment is no other event
    :param str number: of our return; empty where the warehouse knows only its own
    :param str external_ref: the warehouse's number of the return
    :param str status: of a report, in the warehouse's words
    :param bool is_final: of a report: the warehouse will not change it any more
    :param raw: as received
    """

    event_id: str
    type: str
    moment: datetime
    number: str = ""
    external_ref: str = ""
    order_ref: str = ""
    warehouse_code: str = ""
    status: str = ""
    is_final: bool = False
    arrived_at: datetime | None = None
    tracking_number: str = ""
    license_plate: str = ""
    weight: Decimal = Decimal(0)
    units: tuple[UnitResult, ...] = ()
    units_before: tuple[UnitResult, ...] = ()
    fees: tuple[Fee, ...] = ()
    parcel: UnknownParcel | None = None
    photos: tuple[Photo, ...] = ()
    note: str = ""
    is_moment_seen: bool = False
    raw: dict = field(default_factory=dict)


@dataclass(frozen=True)
class EventPage:
    """:param str cursor: to ask from next time; kept once the events are
    :param bool has_more: ask again at once
    :param problems: what a person should know that is no event, e.g. a file nobody can read
    """

    events: tuple[WarehouseEvent, ...] = ()
    cursor: str = ""
    has_more: bool = False
    problems: tuple[str, ...] = ()


class WarehouseAdapter:
    """One account at one warehouse operator.

    Subclasses say in their docstring where the contract is published, its version, what was
    verified against it and what only an account can make certain.
    """

    capabilities: frozenset = frozenset()
    # Seconds that should lie between two rounds of polling, as the operator asks for.
    poll_interval = 900
    # By which way its events come when they are asked for, in the inbox's words.
    source = "poll"

    def check(self):
        """Whether the operator knows this account; asks only.

        :raise RejectedError: it does not
        :raise TemporaryError: it cannot be reached
        """

    def announce(self, expected, key):
        """Tell, or tell again, what comes. The operator keeps one return for each number.

        :param expected: :class:`ExpectedReturn`; with ``external_ref`` set it changes what was
            announced before
        :param str key: idempotency key, the same for every attempt at the same content
        :return: :class:`Announced`
        :raise UnknownOutcomeError: perhaps announced; only :meth:`find` may follow
        """
        raise RejectedError("This warehouse cannot be told what comes.")

    def find(self, expected):
        """Whether a return is announced as it stands; asks only.

        :return: :class:`Announced`, or None when it certainly is not
        :raise UnknownOutcomeError: the operator cannot tell
        """
        raise UnknownOutcomeError("This warehouse cannot be asked what it was told.")

    def cancel(self, expected, key):
        """Nothing comes any more.

        :return: :class:`Announced`
        """
        raise RejectedError("This warehouse cannot take back what it was told.")

    def find_cancelled(self, expected):
        """Whether a return was taken back; asks only.

        :return: :class:`Announced`, or None when it certainly was not
        :raise UnknownOutcomeError: the operator cannot tell
        """
        # It is still announced as before: not taken back yet.
        return None if self.find(expected) else Announced()

    def instruct(self, instruction, key):
        """Say what happens to units that wait.

        :return: :class:`Instructed`
        """
        raise RejectedError("This warehouse takes no instructions.")

    def find_instruction(self, instruction):
        """Whether an instruction arrived; asks only.

        :return: :class:`Instructed`, or None when it certainly did not
        """
        raise UnknownOutcomeError("This warehouse cannot be asked what it was told.")

    def claim(self, parcel_ref, expected, key):
        """Say to which announced return an unknown parcel belongs.

        :param str parcel_ref: from :class:`UnknownParcel`
        :return: :class:`Announced`
        """
        raise RejectedError("This warehouse takes no word on unknown parcels.")

    def find_claim(self, parcel_ref, expected):
        """Whether a claim arrived; asks only.

        :return: :class:`Announced`, or None when it certainly did not
        """
        raise UnknownOutcomeError("This warehouse cannot be asked what it was told.")

    def fetch(self, cursor=""):
        """What happened since; asks only. Called again with the same cursor it tells the same, or
        more.

        :param str cursor: of the last page; empty: as far back as the operator tells
        :return: :class:`EventPage`
        """
        return EventPage(cursor=cursor)

    def fetch_return(self, expected):
        """What happened to one return; asks only, for a person who does not want to wait.

        :return: tuple of :class:`WarehouseEvent`
        """
        return ()

    def load_photo(self, photo):
        """:param photo: :class:`Photo` with an address
        :return: :class:`~odoo.addons.helloword_returns.providers.base.AnswerFile`
        """
        raise RejectedError("This warehouse gives no photos.")

    def verify_webhook(self, headers, body, query=None):
        """Check that a message came from the operator.

        :param headers: case-insensitive mapping
        :param bytes body: as received
        :raise InvalidSignatureError: it did not, or it is too old
        """
        raise InvalidSignatureError("This warehouse sends no messages.")

    def parse_webhook(self, headers, body):
        """:param bytes body: checked
        :return: tuple of :class:`WarehouseEvent`; empty when the message says nothing we follow
        """
        raise RejectedError("This warehouse sends no messages.")

    def answer_webhook(self):
        """What the operator wants to hear when a message is kept.

        :return: tuple (status, content type, body)
        """
        return (200, "application/json", b"{}")
