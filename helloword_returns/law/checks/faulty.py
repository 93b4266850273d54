"""How long claims about faulty goods are taken."""

from ..finding import ERROR, HINT, WARNING

_PERIODS = (
    "legal_guarantee_period",
    "short_term_right_to_reject",
    "implied_warranty_period",
    "defect_claim_period_durable",
)


def check_claim_period(policy, law):
    """E60: shorter than the law's period.

    EU Directive 2019/771 Art. 10 and national acts, CH OR Art. 210, NO, GB CRA s. 22, ZA CPA
    s. 55-56, BR CDC art. 26, SG CPFTA Part 3.
    """
    rule = law.first(*_PERIODS)
    if rule is None and law.country == "SG":
        rule = law.get("burden_of_proof_reversal")
    if policy.claim_days is None or rule is None:
        return []
    if rule.days is None:
        return law.find("W60", WARNING, rule, days=policy.claim_days)
    if policy.claim_days >= rule.days:
        return []
    return law.find("E60", ERROR, rule, days=policy.claim_days, needed=rule.days)


def check_burden_of_proof(policy, law):
    """W61: GB: within six months the seller has to prove that the goods were sound (s. 19)."""
    rule = law.get("burden_of_proof_reversal")
    if law.country != "GB" or rule is None or policy.claim_days is None:
        return []
    return law.find("W61", WARNING, rule) if policy.claim_days < rule.days else []


def check_long_life(policy, law):
    """W60: NO: five years for goods meant to last substantially longer (§ 27)."""
    rule = law.get("legal_guarantee_period_long_life_goods")
    base = law.get("legal_guarantee_period")
    if rule is None or policy.claim_days is None or policy.claim_days < (base.days or 0):
        return []
    if policy.claim_days >= rule.days:
        return []
    return law.find("W60b", WARNING, rule, days=policy.claim_days)


def check_switzerland(policy, law):
    """I61: CH: the seller may exclude remedies in its terms (OR Art. 199)."""
    if law.country != "CH" or policy.claim_days is None:
        return []
    return law.find("I61", HINT, law.get("legal_guarantee_period"))


def check_fixed_limit(policy, law):
    """W62: AU and NZ: a fixed limit for faulty goods can mislead (ACCC sweep)."""
    if law.country not in ("AU", "NZ") or policy.claim_days is None:
        return []
    return law.find("W62", WARNING, law.get("major_failure_remedy_choice"))


CHECKS = [
    check_claim_period,
    check_burden_of_proof,
    check_long_life,
    check_switzerland,
    check_fixed_limit,
]
