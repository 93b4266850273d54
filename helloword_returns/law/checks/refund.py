"""When, how much and in what form the money goes back."""

from ..finding import ERROR, HINT, WARNING
from ..policy import CHOICE, EXCHANGE, ORIGINAL, PARTIAL, STORE_CREDIT

# Rules that count from an event other than the buyer's notice or proof of dispatch.
_OTHER_TERMS = (
    "refund_deadline_after_receipt",
    "refund_deadline_business_days_after_receipt",
    "refund_deadline_after_cancellation",
    "card_refund_business_days",
    "refund_deadline",
    "required_refund_deadline",
)


def check_eu_term(policy, law):
    """E20: later than 14 days after the notice, or only once the goods are there.

    EU Directive 2011/83 Art. 13(1) and (3): the money may wait for the goods or for proof of
    dispatch, whichever comes first. A policy without days that pays on receipt is in time when
    the goods are quick: a hint, for the clock of each return watches the rest.
    """
    rule = law.get("refund_deadline_after_notice")
    if rule is None or policy.refund_trigger is None:
        return []
    args = {"days": policy.refund_days or 0, "needed": rule.days, "trigger": policy.refund_trigger}
    if policy.refund_days is None:
        return _check_trigger(policy, law, rule, args) if law.is_eu else []
    if policy.refund_days > rule.days:
        return law.find("E20", ERROR, rule, **args)
    if not law.is_eu:
        return []
    if policy.refund_trigger == "inspection" or (
        policy.refund_trigger == "receipt" and policy.refund_days
    ):
        return law.find("E20b", ERROR, rule, **args)
    if policy.refund_trigger == "receipt":
        return law.find("E20b", WARNING, rule, **args)
    if policy.refund_trigger in ("goods_or_proof", "first_scan") and policy.refund_days:
        return law.find("W20", WARNING, rule, **args)
    return []


def check_gb_term(policy, law):
    """E21: later than 14 days after goods or proof of dispatch (GB SI 2013/3134 reg. 34)."""
    rule = law.get("refund_deadline_after_goods_or_evidence")
    if rule is None or policy.refund_trigger is None:
        return []
    args = {"days": policy.refund_days or 0, "needed": rule.days, "trigger": policy.refund_trigger}
    if policy.refund_days is None:
        return _check_trigger(policy, law, rule, args)
    if policy.refund_days > rule.days:
        return law.find("E21", ERROR, rule, **args)
    if policy.refund_trigger == "inspection":
        return law.find("E20b", ERROR, rule, **args)
    if policy.refund_trigger == "receipt":
        return law.find("E20b", WARNING, rule, **args)
    return []


def _check_trigger(policy, law, rule, args):
    if policy.refund_trigger == "inspection":
        return law.find("E20b", WARNING, rule, **args)
    return law.find("I20", HINT, rule, **args) if policy.refund_trigger == "receipt" else []


def check_other_term(policy, law):
    """E22: later than the law allows after receipt or cancellation.

    CN 7 days, TW 15, KR 3 working days, ZA 30 after cancellation, QC/ON/BC 15, TR and SA 14,
    US-HI 5 banking days.
    """
    rule = law.first(*_OTHER_TERMS)
    if rule is None or policy.refund_days is None or policy.refund_days <= rule.days:
        return []
    return law.find("E22", ERROR, rule, days=policy.refund_days, needed=rule.days)


def check_at_once(policy, law):
    """E22: BR wants the money back at once (CDC art. 49 sole paragraph)."""
    rule = law.get("refund_timing")
    if rule is None or not policy.refund_days:
        return []
    return law.find("E22b", ERROR, rule, days=policy.refund_days)


def check_late_shipment(policy, law):
    """I23: US federal law on what was not shipped in time (16 CFR 435)."""
    rule = law.get("late_shipment_refund_business_days")
    if rule is None or law.jurisdiction != "US" or (policy.refund_days or 0) <= rule.days:
        return []
    return law.find("I23", HINT, rule, days=rule.days)


def check_outbound(policy, law):
    """E24: standard outbound delivery goes back, too.

    EU Directive 2011/83 Art. 13(1)-(2), GB reg. 34(1)-(3), BR CDC art. 49.
    """
    if policy.refund_outbound is not False:
        return []
    rule = law.get("refund_outbound_standard_delivery")
    if rule and rule.flag:
        return law.find("E24", ERROR, rule)
    return law.find("E24", ERROR, law.get("refund_timing"))


def check_method(policy, law):
    """E25: money is owed, not credit.

    EU Directive 2011/83 Art. 13(1), BR CDC art. 49. An exchange or a part of the price that the
    buyer did not choose is no refund either.
    """
    rule = law.first("refund_same_payment_means", "refund_timing")
    if rule is None or policy.refund_method in (None, ORIGINAL, CHOICE):
        return []
    if policy.refund_method == STORE_CREDIT:
        return law.find("E25", ERROR, rule)
    return law.find("W25", WARNING, rule, method=policy.refund_method)


def check_faulty_method(policy, law):
    """E25: no store credit only for faulty goods: AU ACL s. 263, GB CRA 2015 s. 20(15)-(16)."""
    rule = law.first(
        "store_credit_instead_of_refund_allowed_for_major_failure", "defect_refund_deadline"
    )
    if rule is None or policy.faulty_refund_method not in (STORE_CREDIT, EXCHANGE, PARTIAL):
        return []
    if policy.faulty_refund_method == STORE_CREDIT:
        return law.find("E25b", ERROR, rule)
    return law.find("W25b", WARNING, rule, method=policy.faulty_refund_method)


def check_hidden_credit(policy, law):
    """E25: US-NJ and US-NY give cash or credit at the buyer's choice when no policy was posted."""
    rule = law.get("default_return_period_if_not_disclosed")
    if (
        law.jurisdiction not in ("US-NJ", "US-NY")
        or policy.policy_shown_before_billing is not False
    ):
        return []
    return law.find("E25c", ERROR, rule) if policy.refund_method == STORE_CREDIT else []


def check_late_is_expensive(policy, law):
    """W26: FR adds up to 50 % and more (L242-4), ES doubles the amount (TRLGDCU art. 76)."""
    rule = law.first("late_refund_surcharge", "late_refund_double_amount")
    term = law.get("refund_deadline_after_notice")
    if rule is None or policy.refund_trigger is None:
        return []
    late = policy.refund_days is not None and term and policy.refund_days > term.days
    if not late and policy.refund_trigger != "inspection":
        return []
    return law.find("W26", WARNING if rule.is_confirmed else HINT, rule, rule=rule.key)


CHECKS = [
    check_eu_term,
    check_gb_term,
    check_other_term,
    check_at_once,
    check_late_shipment,
    check_outbound,
    check_method,
    check_faulty_method,
    check_hidden_credit,
    check_late_is_expensive,
]
