"""What the buyer has to be told before the order."""

from ..finding import HINT, WARNING

# Laws that name online sellers; the texts of the other states speak of stores and signs.
_NAMED_ONLINE = (
    "online_refund_policy_before_billing_required",
    "online_refund_policy_display_required",
)
_STORE_SIGNS = (
    "default_return_period_if_not_disclosed",
    "default_return_period_if_not_disclosed_business_days",
    "policy_must_be_disclosed_before_purchase",
    "policy_must_be_posted",
    "return_conditions_must_be_disclosed",
    "undisclosed_no_refund_policy_enforceable",
)


def check_shown_online(policy, law):
    """W70: US-NY § 218-a (since 2025-08-07) and US-CT § 42-110aa name online sellers."""
    if policy.policy_shown_before_billing is not False:
        return []
    return law.find("W70", WARNING, law.first(*_NAMED_ONLINE))


def check_store_sign(policy, law):
    """I71: in other US states a default window may apply; whether online is open."""
    if policy.policy_shown_before_billing is not False or law.country != "US":
        return []
    if law.first(*_NAMED_ONLINE):
        return []
    return law.find("I71", HINT, law.first(*_STORE_SIGNS))


def check_display_duty(policy, law):
    """W71: JP Art. 11 and IN E-Commerce Rules r. 5-7 want return terms shown."""
    if policy.policy_shown_before_billing is not False:
        return []
    rule = law.first("return_policy_display_required", "return_refund_policy_disclosure_required")
    return law.find("W71", WARNING, rule)


def check_dispute_platform(policy, law):
    """W72: the EU platform was closed on 2025-07-20 (Regulation (EU) 2024/3228)."""
    rule = law.get("odr_platform_link_allowed")
    if not policy.odr_link or rule is None or rule.flag is not False:
        return []
    return law.find("W72", WARNING, rule)


CHECKS = [check_shown_online, check_store_sign, check_display_duty, check_dispute_platform]
