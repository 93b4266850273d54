"""The shape in which the public page, a clerk or a mail hands over a statement of withdrawal.

Plain Python, like ``payload``.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class WithdrawnItem:
    """Goods the statement is limited to.

    :param float quantity: in the product's own unit
    :param str name: as the customer read it
    """

    sale_line_id: int
    quantity: float
    name: str


@dataclass(frozen=True)
class WithdrawalStatement:
    """What a consumer declared, as it came in.

    :param int company_id: the trader
    :param str name: of the consumer, as typed
    :param str contract: what identifies the contract, as typed
    :param str email: where the acknowledgement goes; empty only when a clerk had none
    :param str lang: ISO 639-1 code of the statement's language
    :param str source: of ``models.withdrawal.SOURCES``
    :param items: what the statement is limited to; empty: the whole contract
    :param str items_text: the same in the consumer's own words
    :param received_at: naive UTC; None: now
    :param int order_id: ``sale.order`` the statement is about, or 0
    :param bool is_buyer: the order was shown to be the consumer's own; whom it was only sent to
        is no party to the contract
    :param int channel_id: ``helloword.channel``, or 0
    """

    company_id: int
    name: str
    contract: str
    email: str = ""
    phone: str = ""
    lang: str = "en"
    source: str = "page"
    items: tuple[WithdrawnItem, ...] = ()
    items_text: str = ""
    received_at: datetime | None = None
    order_id: int = 0
    is_buyer: bool = True
    channel_id: int = 0
