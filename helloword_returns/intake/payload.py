"""The one shape in which every source hands over a request for a return.

Plain Python: channel adapters, imports and wizards build these without the ORM.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class RequestLine:
    """One product the customer wants to send back.

    Any of ``sale_line_id``, ``move_id``, ``product_id``, ``sku``, ``barcode`` identifies the goods;
    the most precise one wins.

    :param quantity: in the product's own unit of measure
    :param amount: what the customer paid for this quantity, in the request's currency
    :param reason: code of a ``helloword.return.reason``
    :param exchange_product_id: what the customer would like instead
    """

    quantity: Any = 1
    sku: str = ""
    barcode: str = ""
    product_id: int = 0
    sale_line_id: int = 0
    move_id: int = 0
    external_id: str = ""
    reason: str = ""
    comment: str = ""
    amount: float | None = None
    exchange_product_id: int = 0


@dataclass(frozen=True)
class ReturnRequest:
    """One customer's request about one order on one channel.

    :param channel_id: database id of the ``helloword.channel`` it came through
    :param external_id: the request's identifier on the channel; empty when it has none
    :param order_ref: the order's number, on the channel or in Odoo
    :param sale_order_id: database id of the order, when the source knows it
    :param currency: ISO 4217 code
    :param country: ISO 3166-1 alpha-2 code of the buyer
    :param requested_at: when the customer asked; naive means UTC
    :param deadline: when the channel's clock runs out; naive means UTC
    :param outcome: what the customer would like: ``refund``, ``exchange``, ``store_credit``,
        ``keep_it``, or empty
    :param is_gift: somebody who got the goods as a gift asks; name and e-mail are theirs, the
        partner is the buyer
    :param lang: code of the language the customer reads, as Odoo names it
    :param withdrawal_id: database id of the ``helloword.withdrawal`` the request follows from
    :param raw: the request as received, kept for people to read
    """

    channel_id: int
    external_id: str = ""
    order_ref: str = ""
    sale_order_id: int = 0
    partner_id: int = 0
    lines: tuple[RequestLine, ...] = ()
    currency: str = ""
    country: str = ""
    customer_name: str = ""
    customer_email: str = ""
    customer_phone: str = ""
    comment: str = ""
    requested_at: datetime | None = None
    deadline: datetime | None = None
    url: str = ""
    outcome: str = ""
    is_gift: bool = False
    lang: str = ""
    withdrawal_id: int = 0
    raw: dict = field(default_factory=dict)

    def as_json(self):
        """What is stored as the raw payload: what came in, else the typed request.

        :return: plain JSON values, equal to what the database gives back
        """
        text = json.dumps(self.raw or asdict(self), default=str)
        return json.loads(text, parse_constant=str)


def to_utc_naive(moment):
    """Odoo stores naive UTC, whole seconds.

    :param datetime moment: aware, naive (taken as UTC) or None
    """
    if moment is None:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None, microsecond=0)
