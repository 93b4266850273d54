"""What every sales channel's adapter promises, in plain Python.

An adapter knows one account at one provider and nothing of Odoo. It gets typed requests, answers
with an :class:`Answer`, or raises one of three errors which say what is known about the call. The
difference decides whether money may be paid a second time, so an adapter that is not sure raises
:class:`UnknownOutcomeError`.
"""

import re
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import get_args, get_type_hints

# What a channel may be able to do; names of the ``can_…`` fields of ``helloword.channel``.
CAPABILITIES = ("approve", "decline", "refund", "partial_refund", "message", "look_up")

MASK = "•••"
_SECRET_NAMES = re.compile(
    r"token|secret|passw|authorization|api[_-]?key|signature|credential|cookie", re.IGNORECASE
)


class ProviderError(Exception):
    """Something the other side said, or did not say.

    :param str message: for people, in the provider's or the adapter's words
    :param answer: the answer as received, if there was one
    """

    def __init__(self, message, answer=None):
        super().__init__(message)
        self.answer = answer


class TemporaryError(ProviderError):
    """Certainly not carried out; may be sent again.

    :param retry_after: seconds to wait at least, when the provider said so
    """

    def __init__(self, message, retry_after=None, answer=None):
        super().__init__(message, answer)
        self.retry_after = retry_after


class RejectedError(ProviderError):
    """Certainly not carried out, and sending the same again is no use."""


class RefusedAfterwardsError(RejectedError):
    """The provider had accepted it, has looked at it since, and did not carry it out."""


class UnknownOutcomeError(ProviderError):
    """Perhaps carried out: the answer was lost, late or unreadable."""


class AcceptedError(UnknownOutcomeError):
    """The provider has taken it and works on it; what becomes of it is asked later.

    :param str handle: by which the provider is asked; kept at once
    :param retry_after: seconds until asking makes sense
    """

    def __init__(self, message, handle, retry_after=None, answer=None):
        super().__init__(message, answer)
        self.handle = handle
        self.retry_after = retry_after


@dataclass(frozen=True)
class ReturnedLine:
    """:param str external_id: of the return's line on the channel
    :param str order_line_ref: of the order's line on the channel
    :param quantity: in the product's own unit of measure
    :param amount: what is refunded for it, taxes included, in the request's currency
    :param tax: the part of the amount that is taxes, or None where it is not known
    """

    external_id: str = ""
    sku: str = ""
    quantity: Decimal = Decimal(1)
    amount: Decimal | None = None
    order_line_ref: str = ""
    tax: Decimal | None = None


@dataclass(frozen=True)
class OperationRequest:
    """About which return of the channel.

    :param return_ref: the return's identifier on the channel
    :param order_ref: the order's identifier on the channel
    :param number: our own number of the return, for people
    :param str handle: what the provider gave when it accepted the request; filled in when it is
        asked what became of it
    :param tuple known_refs: the provider's references of what was carried out for the same order
        and is known here; filled in when the call is made
    """

    return_ref: str = ""
    order_ref: str = ""
    number: str = ""
    handle: str = ""
    known_refs: tuple[str, ...] = ()


@dataclass(frozen=True)
class ApproveRequest(OperationRequest):
    """:param goods_expected: whether the customer has to send something back"""

    goods_expected: bool = True
    lines: tuple[ReturnedLine, ...] = ()


@dataclass(frozen=True)
class DeclineRequest(OperationRequest):
    """:param reason: for the customer"""

    reason: str = ""


@dataclass(frozen=True)
class RefundRequest(OperationRequest):
    """The amount is what the lines have together, plus freight, less what is kept back.

    :param amount: what the customer gets, taxes included
    :param currency: ISO 4217 code
    :param shipping: freight of the order that is given back, taxes included
    :param shipping_tax: the part of it that is taxes
    :param fee: kept back, e.g. a restocking fee, taxes included; above zero
    :param str reason: code of our reason of the first line
    :param bool goods_back: whether the goods are back or come back
    """

    amount: Decimal = Decimal(0)
    currency: str = ""
    lines: tuple[ReturnedLine, ...] = ()
    note: str = ""
    shipping: Decimal = Decimal(0)
    shipping_tax: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    reason: str = ""
    goods_back: bool = True


@dataclass(frozen=True)
class MessageRequest(OperationRequest):
    subject: str = ""
    body: str = ""


# Kind of operation → the request it takes. Modules that add a kind add its request here.
REQUEST_TYPES = {
    "approve": ApproveRequest,
    "decline": DeclineRequest,
    "refund": RefundRequest,
    "notify": MessageRequest,
}


@dataclass(frozen=True)
class AnswerFile:
    """:param str kind: what it is, in the words of whoever asked for it"""

    name: str
    mimetype: str
    content: bytes
    kind: str = ""


@dataclass(frozen=True)
class Answer:
    """The provider carried the request out.

    :param external_ref: its identifier at the provider
    :param raw: the answer as received
    :param files: what came with it; kept in the transaction that records the answer
    """

    external_ref: str = ""
    raw: dict = field(default_factory=dict)
    files: tuple[AnswerFile, ...] = ()


class ChannelAdapter:
    """One account at one provider.

    Subclasses name their ``capabilities`` and write one method per kind of operation they know,
    ``approve(request, key)`` and so on, and :meth:`look_up` where the provider can be asked.
    """

    capabilities: frozenset = frozenset()

    def perform(self, kind, request, key):
        """Carry out one operation.

        :param str kind: a key of :data:`REQUEST_TYPES`
        :param request: of the type that belongs to the kind
        :param str key: idempotency key, the same for every attempt at the same effect
        :return: :class:`Answer`
        :raise TemporaryError: certainly not carried out, try later
        :raise RejectedError: certainly not carried out, do not repeat
        :raise AcceptedError: taken, and carried out or refused later
        :raise UnknownOutcomeError: perhaps carried out
        """
        method = getattr(self, kind, None)
        if method is None:
            raise RejectedError(f"This channel cannot carry out “{kind}”.")
        return method(request, key)

    def look_up(self, kind, request, key):
        """Whether an operation was carried out; asks, never acts.

        :return: :class:`Answer` when it was, None when it certainly was not
        :raise TemporaryError: ask again later
        :raise AcceptedError: the provider still works on it
        :raise RefusedAfterwardsError: the provider accepted it and then did not carry it out
        :raise UnknownOutcomeError: the provider cannot tell
        """
        raise UnknownOutcomeError("This channel cannot be asked what it carried out.")


def to_json(value):
    """A request as stored: dicts, lists, strings; amounts as exact strings, days and moments in
    ISO 8601. Contents of files are left out."""
    if hasattr(value, "__dataclass_fields__"):
        value = asdict(value)
    if isinstance(value, dict):
        return {name: to_json(item) for name, item in value.items() if not isinstance(item, bytes)}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def from_json(kind, data):
    """The typed request of a stored one.

    :param dict data: what :func:`to_json` gave; names unknown to the type are left out
    """
    return _build(REQUEST_TYPES[kind], data or {})


def _build(cls, data):
    hints = get_type_hints(cls)
    return cls(**{name: _decode(hints[name], data[name]) for name in hints if name in data})


def _decode(hint, value):
    """A stored value as the type a field asks for."""
    if value is None:
        return None
    kinds = [kind for kind in get_args(hint) if kind not in (NoneType, Ellipsis)] or [hint]
    if isinstance(value, list):
        return tuple(_decode(kinds[0], item) for item in value)
    if is_dataclass(kinds[0]):
        return _build(kinds[0], value)
    if kinds[0] in (date, datetime):
        return kinds[0].fromisoformat(value)
    return Decimal(value) if kinds[0] is Decimal else value


def mask_secrets(data):
    """A copy fit for the log: values under telling names are replaced."""
    if isinstance(data, dict):
        return {
            name: MASK if _SECRET_NAMES.search(str(name)) and item else mask_secrets(item)
            for name, item in data.items()
        }
    if isinstance(data, list | tuple):
        return [mask_secrets(item) for item in data]
    return data
