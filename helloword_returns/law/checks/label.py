"""Who pays for sending the goods back."""

from ..finding import ERROR, HINT, WARNING


def check_change_of_mind(policy, law):
    """E10: the seller has to pay.

    TW CPA Art. 19(1), BR CDC art. 49, TR from 2026, AR Ley 24.240 art. 34 ("at no cost").
    """
    if policy.label_paid_by != "buyer":
        return []
    if law.country == "AR":
        return law.find("E10", ERROR, law.get("withdrawal_period"))
    rule = law.get("return_cost_bearer_withdrawal")
    return law.find("E10", ERROR, rule) if rule and rule.value == "seller" else []


def check_disclosed(policy, law):
    """E11: a buyer who was not told of the cost does not bear it.

    EU Directive 2011/83 Art. 6(6) and 14(1); GB SI 2013/3134 reg. 35(5).
    """
    rule = law.get("return_cost_bearer_withdrawal")
    if policy.label_paid_by != "buyer" or policy.label_cost_disclosed is not False or not rule:
        return []
    if rule.value != "consumer_if_informed":
        return []
    return law.find("E11", ERROR, law.get("return_cost_on_trader_if_not_disclosed") or rule)


def check_bulky(policy, law):
    """I11: for goods that do not go by post the cost itself has to be stated (EU Art. 6(1)(i))."""
    rule = law.get("bulky_goods_return_cost_must_be_stated")
    if policy.label_paid_by != "buyer" or not policy.label_cost_disclosed:
        return []
    return law.find("I11", HINT, rule)


def check_faulty(policy, law):
    """E12: the seller pays the return of faulty goods.

    EU Directive 2019/771 Art. 14, GB CRA 2015 s. 20(8), ZA CPA s. 56(2), IL CPL s. 14E,
    CN CRIPL Art. 24. In AU and NZ it depends on size and weight.
    """
    rule = law.get("return_cost_bearer_defect")
    if policy.faulty_label_paid_by != "buyer" or rule is None:
        return []
    return law.find("E12", ERROR if rule.value == "seller" else WARNING, rule)


def check_breach(policy, law):
    """I13: QC has the merchant pay when the buyer cancels for missing information (s. 54.13)."""
    rule = law.get("return_cost_bearer_on_cancellation")
    return law.find("I13", HINT, rule) if policy.label_paid_by == "buyer" else []


CHECKS = [check_change_of_mind, check_disclosed, check_bulky, check_faulty, check_breach]
