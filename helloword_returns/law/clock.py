"""When a refund is due by law.

Where the law says "within N days", the day of the event does not count and the last day runs to
its end (Regulation (EEC, Euratom) 1182/71 Art. 3). The extension of a last day that is a holiday
is not used: paying earlier is never late.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from .regulation import Regulation
from .working_days import add_working_days

# Kinds of claims a refund may follow from.
WITHDRAWAL = "withdrawal"
FAULTY = "faulty"
NOT_DELIVERED = "not_delivered"


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """What has happened, in the buyer's calendar.

    :ivar kind: :data:`WITHDRAWAL`, :data:`FAULTY` or :data:`NOT_DELIVERED`
    :ivar notice: the day the buyer said so
    :ivar received: the day all goods were back
    :ivar dispatched: the day of the proof of dispatch, such as the first carrier scan
    :ivar agreed: the day the seller agreed that a refund is due
    :ivar goods_expected: False when the buyer keeps the goods
    :ivar collected: the seller offered to collect the goods
    """

    kind: str
    notice: date
    received: date | None = None
    dispatched: date | None = None
    agreed: date | None = None
    goods_expected: bool = True
    collected: bool = False


@dataclass(frozen=True, slots=True)
class RefundDue:
    """:ivar day: last day for the refund; None while a fact is missing
    :ivar basis: what the days count from: ``notice``, ``goods_or_proof``, ``receipt``,
        ``agreement`` or ``at_once``
    :ivar regulation: the rule that says so
    :ivar not_before: while a fact is missing, the earliest day the refund can fall due
    """

    day: date | None
    basis: str
    regulation: Regulation
    not_before: date | None = None


def get_refund_due(rulebook, jurisdiction, facts, day=None):
    """The strictest legal deadline for a refund.

    :param rulebook: :class:`~.rulebook.Rulebook`
    :param str jurisdiction: the buyer's, such as ``DE`` or ``CA-QC``
    :param facts: :class:`RefundFacts`
    :param date day: the day whose law counts; the day of the notice unless given
    :return: :class:`RefundDue`, or None when no law sets a term
    """
    found = []
    own = _RULES_OF_COUNTRY.get((jurisdiction[:2], facts.kind), [])
    for key, rule in [*own, *_RULES[facts.kind]]:
        regulation = rulebook.get(jurisdiction, key, day or facts.notice)
        if regulation and regulation.is_confirmed:
            waits = rulebook.flag(
                jurisdiction, "refund_may_wait_for_goods_or_proof", day or facts.notice
            )
            found.append(rule(regulation, facts, jurisdiction, bool(waits)))
    known = [due for due in found if due.day]
    if known:
        return min(known, key=lambda due: due.day)
    return found[0] if found else None


def _after_notice(regulation, facts, _jurisdiction, waits):
    """EU Art. 13: 14 days after the notice, withheld until goods or proof of dispatch."""
    last = facts.notice + timedelta(days=regulation.days)
    if not waits or not facts.goods_expected or facts.collected:
        return RefundDue(last, "notice", regulation)
    first_proof = _first(facts.received, facts.dispatched)
    if first_proof is None:
        return RefundDue(None, "goods_or_proof", regulation, not_before=last)
    basis = "goods_or_proof" if first_proof > last else "notice"
    return RefundDue(max(last, first_proof), basis, regulation)


def _after_goods_or_proof(regulation, facts, _jurisdiction, _waits):
    """GB reg. 34: 14 days after goods or proof; after the notice when there is nothing to wait
    for."""
    if not facts.goods_expected or facts.collected:
        return _after("notice", facts.notice, regulation)
    return _after("goods_or_proof", _first(facts.received, facts.dispatched), regulation)


def _after_receipt(regulation, facts, _jurisdiction, _waits):
    start = facts.received if facts.goods_expected else facts.notice
    return _after("receipt" if facts.goods_expected else "notice", start, regulation)


def _working_days_after_receipt(regulation, facts, jurisdiction, _waits):
    start = facts.received if facts.goods_expected else facts.notice
    basis = "receipt" if facts.goods_expected else "notice"
    if start is None:
        return RefundDue(None, basis, regulation)
    return RefundDue(add_working_days(start, regulation.number, jurisdiction), basis, regulation)


def _after_cancellation(regulation, facts, _jurisdiction, _waits):
    return _after("notice", facts.notice, regulation)


def _working_days_after_notice(regulation, facts, jurisdiction, _waits):
    last = add_working_days(facts.notice, regulation.number, jurisdiction)
    return RefundDue(last, "notice", regulation)


def _at_once(regulation, facts, _jurisdiction, _waits):
    return RefundDue(facts.notice, "at_once", regulation)


def _after_agreement(regulation, facts, _jurisdiction, _waits):
    return _after("agreement", facts.agreed, regulation)


def _after(basis, start, regulation):
    day = start + timedelta(days=regulation.days) if start else None
    return RefundDue(day, basis, regulation)


def _first(*days):
    return min((day for day in days if day), default=None)


# For each kind of claim the rules that may set a term, the more special ones first. Rules that
# only hold after a breach of the seller (CA provinces) apply to what was not delivered in time.
_RULES = {
    WITHDRAWAL: [
        ("refund_deadline_after_goods_or_evidence", _after_goods_or_proof),
        ("refund_deadline_after_notice", _after_notice),
        ("refund_deadline_after_receipt", _after_receipt),
        ("refund_deadline_business_days_after_receipt", _working_days_after_receipt),
        ("card_refund_business_days", _working_days_after_receipt),
        ("refund_deadline", _after_cancellation),
        ("required_refund_deadline", _after_cancellation),
        ("refund_timing", _at_once),
    ],
    FAULTY: [
        ("defect_refund_deadline", _after_agreement),
    ],
    NOT_DELIVERED: [
        ("late_shipment_refund_business_days", _working_days_after_notice),
        ("refund_deadline_after_cancellation", _after_cancellation),
    ],
}
# ZA: 30 days after the cancellation; IL: 14 days after notice also for defects.
_RULES_OF_COUNTRY = {
    ("ZA", WITHDRAWAL): [("refund_deadline_after_cancellation", _after_cancellation)],
    ("IL", FAULTY): [("refund_deadline_after_notice", _after_notice)],
}
