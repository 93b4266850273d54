"""What a parcel does whose lines are decided apart."""

# Of the decisions on the lines of one parcel the first of these stands for the whole: its plan
# says who pays the label, when the money comes and where the goods go.
LEADING = ("exchange", "store_credit", "return_refund", "keep_it", "refund_only")


def combine_decisions(decisions):
    """What stands on the return when its lines are decided apart.

    ====================================================  =========================================
    decisions of the lines                                the return
    ====================================================  =========================================
    one without a decision, or one for a person           a person decides the whole
    all rejected                                          rejected
    some rejected                                         as the others; rejected lines neither
                                                          come back nor are refunded
    refund without return, return for refund, keep-it     mixed freely: one parcel for the lines
                                                          that come back, each line its own money
    exchange with any of these three                      exchange; the other lines are refunded
    store credit with money or with an exchange           a person decides the whole: credit stays
                                                          open, money is paid out, and one credit
                                                          note cannot do both
    ====================================================  =========================================

    :param decisions: iterable of decisions, one a line; False for a line no rule decided
    :return: decision of the return
    """
    decisions = set(decisions)
    if not decisions or decisions & {False, None, "manual"}:
        return "manual"
    wanted = decisions - {"reject"}
    if not wanted:
        return "reject"
    if "store_credit" in wanted and len(wanted) > 1:
        return "manual"
    return next(decision for decision in LEADING if decision in wanted)
