"""The return window after a change of mind."""

from ..finding import ERROR, HINT, WARNING

# Five working days always fit into seven calendar days without holidays.
CALENDAR_DAYS_OF_WORKING_DAYS = 7 / 5


def check_length(policy, law):
    """E1: the window is shorter than the withdrawal period.

    EU Directive 2011/83 Art. 9(1), GB SI 2013/3134 reg. 29-30, MX LFPC art. 56 and others.
    """
    rule = law.first("withdrawal_period", "withdrawal_period_business_days")
    if policy.window_days is None or rule is None:
        return []
    needed = rule.days
    if rule.key == "withdrawal_period_business_days":
        needed = round(needed * CALENDAR_DAYS_OF_WORKING_DAYS)
    if policy.window_days >= needed:
        return []
    if policy.limited_to_products:
        return law.find("W51", WARNING, rule, days=policy.window_days, needed=needed)
    return law.find("E1", ERROR, rule, days=policy.window_days, needed=needed)


def check_start(policy, law):
    """E2: the window starts before the last item is delivered.

    EU Directive 2011/83 Art. 9(2)(b); GB SI 2013/3134 reg. 30.
    """
    if policy.window_start in (None, "delivery") or not law.is_eu_or_gb:
        return []
    rule = law.first("withdrawal_period_start", "withdrawal_period")
    return law.find("E2", ERROR, rule, start=policy.window_start)


def check_arrival(policy, law):
    """E3: the goods have to arrive inside the window, though a notice in time is enough.

    EU Directive 2011/83 Art. 11(2) and 14(1); GB reg. 35; TW CPA Art. 19; IL CPL s. 14C.
    """
    if not policy.must_arrive_in_window or not (law.is_eu_or_gb or law.country in ("TW", "IL")):
        return []
    return law.find("E3", ERROR, law.first("consumer_send_back_deadline", "withdrawal_period"))


def check_send_back(policy, law):
    """E3b: too little time for sending the goods after the notice.

    EU Directive 2011/83 Art. 14(1): 14 days; TR Distance Contracts Regulation art. 13: 10 days.
    """
    rule = law.get("consumer_send_back_deadline")
    if policy.send_back_days is None or rule is None or policy.send_back_days >= rule.days:
        return []
    return law.find("E3b", ERROR, rule, days=policy.send_back_days, needed=rule.days)


def check_explained(policy, law):
    """W4: the right is not explained, so the window grows.

    EU Directive 2011/83 Art. 10, GB reg. 31: 12 months more; TW CPA Art. 19(3): at most 4 months;
    ZA ECTA s. 43(3): 14 days.
    """
    if policy.withdrawal_explained is not False:
        return []
    rule = law.first("withdrawal_extension_if_not_informed", "withdrawal_long_stop_if_not_informed")
    if rule is None and law.country == "ZA":
        rule = law.get("cancel_period_if_disclosure_breach")
    return law.find("W4", WARNING, rule)


def check_japan(policy, law):
    """I5: the statutory eight days hold unless another policy is clearly shown.

    Act on Specified Commercial Transactions Art. 15-3.
    """
    rule = law.get("withdrawal_period_unless_policy_displayed")
    if (
        rule is None
        or policy.window_days is None
        or policy.policy_shown_before_billing is not False
    ):
        return []
    return law.find("I5", HINT, rule, days=rule.days) if policy.window_days < rule.days else []


def check_no_right(policy, law):
    """I6: there is no right to change one's mind; what the seller publishes binds all the same."""
    rule = law.get("statutory_change_of_mind_right")
    if policy.window_days is None or rule is None or rule.flag is not False:
        return []
    return law.find("I6", HINT, rule)


def check_protected_buyers(policy, law):
    """W7: IL gives some buyers four months after a conversation (CPL s. 14C1)."""
    rule = law.get("withdrawal_period_protected_groups")
    if rule is None or policy.window_days is None or policy.window_days >= rule.days:
        return []
    return law.find("W7", WARNING, rule)


def check_breach(policy, law):
    """W8: Canadian provinces let buyers cancel when the seller's information is missing.

    QC P-40.1 s. 54.8-54.9, ON CPA 2002 s. 38-40, BC BPCPA s. 46-49.
    """
    rule = law.get("cancel_period_if_disclosure_breach")
    if rule is None or law.country != "CA" or policy.policy_shown_before_billing is not False:
        return []
    return law.find("W8", WARNING, rule, days=rule.days)


CHECKS = [
    check_length,
    check_start,
    check_arrival,
    check_send_back,
    check_explained,
    check_japan,
    check_no_right,
    check_protected_buyers,
    check_breach,
]
