"""What the law checks say, by code; "E1:0" is what E1 says when the days are none."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

FINDING_TEXTS = {
    # Window
    "E1": _lt(
        "A change of mind can be told for %(needed)s days; a window of %(days)s days cannot take "
        "that away."
    ),
    "E1:0": _lt(
        "Returns after a change of mind are refused, but it can be told for %(needed)s days."
    ),
    "W51": _lt(
        "Returns of some products are refused after %(days)s days although buyers have %(needed)s. "
        "Only goods the law exempts may be refused."
    ),
    "E2": _lt(
        "The window counts from “%(start)s”, but it runs from the delivery of the last item of the "
        "order."
    ),
    "E3": _lt(
        "The goods need not arrive inside the window: it is enough that the buyer says so in time "
        "and sends them afterwards."
    ),
    "E3b": _lt("Buyers have %(needed)s days to send the goods after their notice, not %(days)s."),
    "W4": _lt("The right of withdrawal is not explained, which makes the window much longer."),
    "I5": _lt("Without a clearly shown policy buyers may return for %(days)s days."),
    "I6": _lt(
        "There is no right to change one's mind. Any window is fine, but what you publish binds "
        "you."
    ),
    "W7": _lt(
        "Disabled buyers, senior citizens and new immigrants have four months when there was a "
        "conversation or chat."
    ),
    "W8": _lt(
        "Where required information is missing, buyers may cancel for %(days)s days after they "
        "get a copy of the contract."
    ),
    # Label
    "E10": _lt("The seller has to pay the return after a change of mind."),
    "E11": _lt(
        "Buyers pay the return only if they were told so before the order; otherwise you do."
    ),
    "I11": _lt("For goods that cannot go by post, state the cost of the return or an estimate."),
    "E12": _lt("The seller has to pay the return of faulty goods."),
    "I13": _lt(
        "When a buyer cancels because information is missing, the merchant pays the return."
    ),
    # Refund
    "E20": _lt(
        "The refund takes %(days)s days; it is due within %(needed)s days of the buyer's notice."
    ),
    "E20b": _lt(
        "A refund that waits for “%(trigger)s” comes too late when the buyer shows proof of "
        "dispatch earlier."
    ),
    "W20": _lt(
        "The days count from the buyer's notice. Once goods or proof of dispatch are there, "
        "another %(days)s days are too many."
    ),
    "I20": _lt(
        "Proof of dispatch releases the refund, too, even before the goods arrive. Each return's "
        "clock watches it."
    ),
    "E21": _lt(
        "The refund takes %(days)s days; it is due %(needed)s days after goods or proof of dispatch."
    ),
    "E22": _lt("The refund takes %(days)s days; the law gives %(needed)s."),
    "E22b": _lt("The refund takes %(days)s days; the law wants it at once."),
    "I23": _lt(
        "What was not shipped in the stated time is refunded within %(days)s working days, "
        "shipping included, without being asked."
    ),
    "E24": _lt("The standard delivery cost of the order has to be refunded, too."),
    "E25": _lt("Buyers are owed their money back, not store credit only."),
    "E25b": _lt("Faulty goods: buyers cannot be left with store credit only."),
    "E25c": _lt(
        "Where no policy was posted, the buyer chooses between money and credit: store credit "
        "only is not enough."
    ),
    "W25": _lt("Without the buyer's consent “%(method)s” is no refund: the money is still owed."),
    "W25b": _lt("Faulty goods: “%(method)s” needs the buyer's consent."),
    "W26": _lt("A late refund becomes expensive here: %(rule)s."),
    # Fees
    "E30": _lt("No restocking or handling fee may be kept after a change of mind."),
    "E31": _lt(
        "A cancellation fee may be 5 %% of the price or ILS 100 at most, whichever is lower; "
        "nothing for faulty goods."
    ),
    "W31": _lt(
        "A cancellation charge is allowed only where the platform bears the same for its own "
        "cancellations."
    ),
    "W32": _lt("The fee has to be shown before the purchase, as an amount or a percentage."),
    "E33": _lt("No fee may be kept on faulty goods."),
    # Approval and hurdles
    "E40": _lt(
        "A withdrawal takes effect by the buyer's statement; it needs nobody's approval. Approve "
        "only what goes beyond the right, or a claimed fault."
    ),
    "I40": _lt(
        "A person may look at it, but a withdrawal has taken effect and its clock is running."
    ),
    "E41": _lt("A reason may be asked for, not demanded."),
    "E42": _lt("Photos may not be a condition of a withdrawal."),
    "E42b": _lt("A login may not be a condition of a withdrawal."),
    "E43": _lt(
        "The shop needs the two-step withdrawal function (“withdraw from contract here”), also for "
        "sellers from elsewhere."
    ),
    # Exclusions
    "E50": _lt("“%(exclusion)s” may not be excluded from withdrawal."),
    "E51": _lt(
        "“%(exclusion)s” may not be excluded here, or only when the buyer confirmed it at checkout."
    ),
    "E51b": _lt("Exceptions count only when the buyer was told beforehand."),
    "E52": _lt("“No refunds” or “final sale” as a blanket term is not allowed."),
    # Faulty goods
    "E60": _lt(
        "Claims for faulty goods are taken for %(days)s days; the law gives %(needed)s days."
    ),
    "E60:0": _lt("Faulty goods are refused, but the law gives %(needed)s days for claims."),
    "W60": _lt(
        "There is no fixed period for faulty goods: it lasts as long as the product may "
        "reasonably be expected to."
    ),
    "W60b": _lt("Goods meant to last much longer carry five years."),
    "W61": _lt("For six months the seller has to prove that the goods were sound."),
    "I61": _lt("The seller may exclude or reshape the remedies in its terms."),
    "W62": _lt("A fixed limit for faulty goods can be misleading."),
    # Information
    "W70": _lt("The policy has to be shown before billing; otherwise a default window applies."),
    "I71": _lt("Show the policy before the purchase: a default window may apply otherwise."),
    "W71": _lt("Return terms have to be shown before the order."),
    "W72": _lt("The EU dispute platform was closed on 20 July 2025: remove links to it."),
}

PENALTY_TEXTS = {
    "late_refund_surcharge": _lt("+5 % after 10 days, rising to +50 % by day 90 and beyond"),
    "late_refund_double_amount": _lt("twice the amount is owed"),
}
METHOD_TEXTS = {
    "exchange": _lt("exchange"),
    "partial": _lt("partial refund, goods kept"),
    "store_credit": _lt("store credit"),
}
