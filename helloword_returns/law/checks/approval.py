"""Approval, reasons, photos, logins, and the withdrawal function."""

from ..finding import ERROR, HINT, WARNING

# The right is one-sided there as well, though no source says so of approvals expressly.
ONE_SIDED_RIGHT = ("GB", "TW", "CN", "BR", "TR", "IL", "ZA", "NO")


def _get_approval_rule(law):
    return law.first("withdrawal_prior_approval_allowed", "withdrawal_by_unequivocal_statement")


def check_approval(policy, law):
    """E40: a withdrawal takes effect by the buyer's statement.

    EU Directive 2011/83 Art. 11(1), NL regulator, KR ECCPA Art. 17; derived elsewhere.
    """
    if not policy.approval_required:
        return []
    if law.country in ONE_SIDED_RIGHT:
        return law.find("E40", WARNING, law.get("withdrawal_period"))
    return law.find("E40", ERROR, _get_approval_rule(law))


def check_review(policy, law):
    """I40: a person may look at it; the withdrawal has taken effect and the clock runs."""
    if not policy.manual_review or not (law.is_eu_or_gb or law.country in ("KR", *ONE_SIDED_RIGHT)):
        return []
    return law.find("I40", HINT, _get_approval_rule(law) or law.get("withdrawal_period"))


def check_reason(policy, law):
    """E41: no reason may be demanded (EU Directive 2011/83 Art. 9(1))."""
    rule = law.get("withdrawal_reason_required")
    if not policy.reason_required or rule is None or rule.flag is not False:
        return []
    return law.find("E41", ERROR, rule)


def check_photo(policy, law):
    """E42: NL: no photo or attachment (ACM, 11 June 2026, as reported); doubtful elsewhere."""
    return _check_hurdle("E42", policy.photo_required, law)


def check_login(policy, law):
    """E42b: NL: no login (ACM, 11 June 2026, as reported); doubtful elsewhere in the EU."""
    return _check_hurdle("E42b", policy.login_required, law)


def _check_hurdle(code, is_required, law):
    if not is_required:
        return []
    rule = law.get("withdrawal_login_mandatory_allowed")
    if rule and rule.flag is False:
        return law.find(code, ERROR, rule)
    return law.find(code, WARNING, law.get("withdrawal_by_unequivocal_statement"))


def check_function(policy, law):
    """E43: the withdrawal function is missing.

    EU Directive 2011/83 Art. 11a, from 2026-06-19, also for sellers elsewhere; AR has a similar
    button (Resolución 424/2020).
    """
    rule = law.get("withdrawal_function_required")
    if policy.withdrawal_function is not False or rule is None or not rule.flag:
        return []
    return law.find("E43", ERROR if law.is_eu else WARNING, rule)


CHECKS = [check_approval, check_review, check_reason, check_photo, check_login, check_function]
