"""Restocking, handling and cancellation fees."""

from ..finding import ERROR, HINT, WARNING

# IL CPL s. 14E: at most 5 % of the price or ILS 100, whichever is less.
IL_MAX_PERCENT = 5


def check_change_of_mind(policy, law):
    """E30: no fee may be kept.

    EU Directive 2011/83 Art. 9 and 13, GB reg. 34, BR CDC art. 49, ZA ECTA s. 44(2), TW CPA
    Art. 19(1), US-HI HRS § 481B-5.5.
    """
    if not policy.has_fee:
        return []
    rule = law.first("restocking_fee_allowed_on_withdrawal", "restocking_fee_allowed")
    if rule and rule.flag is False:
        return law.find("E30", ERROR, rule)
    if law.country == "TW":
        return law.find("E30", ERROR, law.get("return_cost_bearer_withdrawal"))
    return []


def check_israel(policy, law):
    """E31: a cancellation fee has a ceiling."""
    rule = law.get("max_cancellation_fee")
    if rule is None or not policy.has_fee:
        return []
    if (policy.fee_percent or 0) > IL_MAX_PERCENT:
        return law.find("E31", ERROR, rule)
    return law.find("E31", WARNING if policy.fee_amount else HINT, rule)


def check_india(policy, law):
    """W31: IN allows a cancellation charge only where the platform bears the same (r. 4(8))."""
    rule = law.get("cancellation_charge_allowed")
    return law.find("W31", WARNING, rule) if policy.has_fee else []


def check_shown(policy, law):
    """W32: a fee must be shown: US-NY § 218-a(2)(a)(v), US-CT § 42-110aa in dollars or percent,
    US-OH and the other states before the purchase."""
    if not policy.has_fee or policy.fee_disclosed is not False or law.country != "US":
        return []
    rule = law.first(
        "restocking_fee_amount_must_be_disclosed",
        "online_refund_policy_display_required",
        "restocking_fee_allowed",
    )
    return law.find("W32", WARNING, rule) if rule and rule.flag is not False else []


def check_faulty(policy, law):
    """E33: AU: no fee on faulty goods (ACL)."""
    rule = law.get("restocking_fee_allowed_on_faulty_goods")
    if rule is None or rule.flag is not False or not policy.has_faulty_fee:
        return []
    return law.find("E33", ERROR, rule)


CHECKS = [check_change_of_mind, check_israel, check_india, check_shown, check_faulty]
