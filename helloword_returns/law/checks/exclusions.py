"""Goods a seller does not take back after a change of mind."""

from ..finding import ERROR
from ..policy import BLANKET_EXCLUSION, EU_EXCLUSIONS

# CN CRIPL Art. 25: the closed list, and goods unsuitable by nature if the buyer confirmed that.
CN_LISTED = frozenset({"custom_made", "perishable", "media_unsealed", "newspapers"})
CN_CONFIRMED = frozenset(
    {"unsuitable_confirmed", "hygiene_unsealed", "mixed", "underwear", "mattress", "used"}
)
_EU_RULES = {
    "sale_items": "sale_items_may_be_excluded",
    "used": "used_or_opened_goods_may_be_excluded",
    "opened_box": "used_or_opened_goods_may_be_excluded",
    "no_packaging": "used_or_opened_goods_may_be_excluded",
    "underwear": "hygiene_exception_covers_cleanable_goods",
    "mattress": "hygiene_exception_covers_cleanable_goods",
}


def check_european_list(policy, law):
    """E50: EU and GB know a closed list (Directive 2011/83 Art. 16; SI 2013/3134 reg. 28).

    Goods that can be cleaned stay returnable: CJEU C-681/17.
    """
    if not law.is_eu_or_gb:
        return []
    findings = []
    for code in sorted(policy.exclusions - EU_EXCLUSIONS - {BLANKET_EXCLUSION}):
        rule = law.first(
            _EU_RULES.get(code, ""), "exception_sealed_hygiene_unsealed", "withdrawal_period"
        )
        findings += law.find("E50", ERROR, rule, exclusion=code)
    return findings


def check_china(policy, law):
    """E51: outside the list only what is unsuitable by nature and confirmed at checkout."""
    rule = law.get("statutory_exceptions")
    if rule is None:
        return []
    allowed = CN_LISTED | (CN_CONFIRMED if policy.exclusions_announced else frozenset())
    return [
        finding
        for code in sorted(policy.exclusions - allowed - {BLANKET_EXCLUSION})
        for finding in law.find("E51", ERROR, rule, exclusion=code)
    ]


def check_taiwan(policy, law):
    """E51b: exceptions count only when the buyer was told beforehand (Guidelines Art. 2)."""
    rule = law.get("exceptions_require_prior_notice")
    if rule is None or not policy.exclusions or policy.exclusions_announced is not False:
        return []
    return law.find("E51b", ERROR, rule)


def check_opened_box(policy, law):
    """E51: opening the box to look does not end the right (KR ECCPA Art. 17(2))."""
    rule = law.get("opened_packaging_excludes_return")
    if law.country != "KR" or "opened_box" not in policy.exclusions:
        return []
    return law.find("E51", ERROR, rule, exclusion="opened_box")


def check_electronics(policy, law):
    """E51: phones and computers stay returnable (TR, 2025 amendment)."""
    rule = law.get("electronics_excluded_from_withdrawal")
    if "electronics" not in policy.exclusions:
        return []
    return law.find("E51", ERROR, rule, exclusion="electronics")


def check_blanket(policy, law):
    """E52: "no refunds" as a blanket term: AU ACL, NZ FTA, AE Cabinet Decision 66/2023, EU, GB."""
    if BLANKET_EXCLUSION not in policy.exclusions:
        return []
    rule = law.first("no_refunds_statement_allowed", "no_return_clause_allowed")
    if rule is None and law.is_eu_or_gb:
        rule = law.get("withdrawal_period")
    return law.find("E52", ERROR, rule)


CHECKS = [
    check_european_list,
    check_china,
    check_taiwan,
    check_opened_box,
    check_electronics,
    check_blanket,
]
