"""What each way to treat goods that wait is worth. Plain Python.

Worth is what the goods are still worth to us afterwards, less what the way there is charged with.
Nothing is made up: a way nobody entered figures for, and that follows from no figure of the
company, is counted as bringing nothing, and says so.
"""

from dataclasses import dataclass
from decimal import Decimal

ZERO, HUNDRED = Decimal(0), Decimal(100)

# Ways to treat goods, as they are offered. "quarantine" is no answer: the goods would go on waiting.
CHOICES = (
    "restock",
    "refurbish",
    "relabel",
    "return_to_seller",
    "liquidate",
    "donate",
    "recycle",
    "destroy",
)
# Goods that stay as they are keep what their grade leaves of their cost.
_BY_GRADE = frozenset(("restock", "relabel", "return_to_seller"))
_WORTHLESS = frozenset(("donate", "recycle", "destroy"))


@dataclass(frozen=True)
class Figures:
    """What somebody entered for one way.

    :param charge: of the operator, for one unit, in the company's currency
    :param recovered_percent: of the cost, what the goods are worth afterwards
    """

    charge: Decimal = ZERO
    recovered_percent: Decimal = ZERO


@dataclass(frozen=True)
class Choice:
    """One way, for all units of a question, in the company's currency.

    :param str basis: where the figure comes from: ``grade`` (its loss of value), ``own`` (entered), ``assumed`` (the
        company's loss of value), ``none`` (nothing is known)
    :param recovered: what the goods are worth afterwards
    """

    disposition: str
    basis: str
    recovered: Decimal
    charge: Decimal

    @property
    def amount(self):
        return self.recovered - self.charge


def value_choices(quantity, cost, grade_loss, assumed_loss, freight, figures):
    """What each way is worth.

    :param quantity: units
    :param cost: of one unit, in the company's currency
    :param grade_loss: percent of the cost goods of this grade lost
    :param assumed_loss: percent the company assumes lost where it knows nothing better
    :param freight: what sending one unit home is assumed to cost
    :param dict figures: way → :class:`Figures`
    :return: list of :class:`Choice`, the best first; of equals, the order of :data:`CHOICES`
    """
    choices = []
    for disposition in CHOICES:
        own = figures.get(disposition)
        if own:
            basis, percent, charge = "own", own.recovered_percent, own.charge
        elif disposition in _BY_GRADE:
            basis, percent = "grade", HUNDRED - grade_loss
            charge = freight if disposition == "return_to_seller" else ZERO
        elif disposition == "refurbish":
            basis, percent, charge = "assumed", HUNDRED - assumed_loss, ZERO
        else:
            basis = "grade" if disposition in _WORTHLESS else "none"
            percent = charge = ZERO
        recovered = quantity * cost * percent / HUNDRED
        choices.append(Choice(disposition, basis, recovered, quantity * charge))
    return sorted(choices, key=lambda choice: -choice.amount)
