"""What sales channels are asked beside what the core asks of every provider."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from odoo.addons.helloword_returns.providers.base import (
    REQUEST_TYPES,
    OperationRequest,
    ReturnedLine,
)


@dataclass(frozen=True)
class LabelRequest(OperationRequest):
    """The label the customer sends the goods back with.

    :param str label_url: public address of the label, for channels that load it themselves
    :param bytes content: of the label; filled in when the call is made
    :param cost: what the label costs the seller, in ``currency``
    """

    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    label_url: str = ""
    file_name: str = ""
    mimetype: str = ""
    content: bytes = b""
    cost: Decimal | None = None
    currency: str = ""
    lines: tuple[ReturnedLine, ...] = ()


@dataclass(frozen=True)
class ReceivedLine(ReturnedLine):
    """:param str disposition: ``restock``, ``refurbish``, ``destroy`` … or empty: not inspected
    :param str location: where it lies, in the channel's words
    """

    disposition: str = ""
    location: str = ""


@dataclass(frozen=True)
class ReceivedRequest(OperationRequest):
    """:param received_at: when the goods came, aware"""

    received_at: datetime | None = None
    lines: tuple[ReceivedLine, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class OfferRequest(OperationRequest):
    """A part of the money for goods the customer keeps.

    :param amount: taxes included, in ``currency``
    """

    amount: Decimal = Decimal(0)
    currency: str = ""
    note: str = ""
    lines: tuple[ReturnedLine, ...] = ()


REQUEST_TYPES.update({"label": LabelRequest, "received": ReceivedRequest, "offer": OfferRequest})
