"""What an experiment has seen of one variant, as sums, and what they say about its mean."""

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class Arm:
    """Sums over the customers of one variant.

    A customer has a total (say the cost of their returns) and a weight (the number of those
    returns; 1 where the customer itself is counted). The mean is the sum of the totals over the
    sum of the weights, so that customers with several returns do not pass for several customers.

    :param count: customers
    :param total: sum of the totals
    :param squares: sum of their squares
    :param weight: sum of the weights
    :param weight_squares: sum of their squares
    :param products: sum of total × weight
    """

    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    weight: float = 0.0
    weight_squares: float = 0.0
    products: float = 0.0

    @property
    def mean(self):
        return self.total / self.weight if self.weight else 0.0

    @property
    def error(self):
        """Standard error of the mean, by the delta method with customers as clusters; None for
        fewer than two customers. See Deng, Knoblich, Lu, "Applying the Delta Method in Metric
        Analytics", KDD 2018, https://arxiv.org/abs/1803.06336."""
        if self.count < 2 or not self.weight:
            return None
        residuals = (
            self.squares - 2.0 * self.mean * self.products + self.mean**2 * self.weight_squares
        )
        return sqrt(max(residuals, 0.0) * self.count / (self.count - 1)) / self.weight


@dataclass(frozen=True)
class Difference:
    """A variant's mean less the control's.

    :param int count: customers of both
    :param float amount: the difference
    :param float error: its standard error, None when it cannot be told
    """

    count: int
    amount: float
    error: float | None


def merge(arms):
    """:return: the :class:`Arm` of all these customers together"""
    arms = list(arms)
    return Arm(
        *(
            sum(getattr(arm, name) for arm in arms)
            for name in ("count", "total", "squares", "weight", "weight_squares", "products")
        )
    )


def compare(control, variant):
    """The difference of two variants over the periods between changes of their weights.

    When shares change while an experiment runs, variants hold different mixtures of early and late
    customers, and plain means would compare the periods as well (Simpson's paradox). So periods
    are compared each by itself and put together by their number of customers.

    :param control: dict of period → :class:`Arm`
    :param variant: the same
    :return: :class:`Difference`
    """
    periods = [
        period
        for period in control
        if period in variant
        and control[period].error is not None
        and variant[period].error is not None
    ]
    count = sum(control[period].count + variant[period].count for period in periods)
    if not count:
        return Difference(0, 0.0, None)
    amount = variance = 0.0
    for period in periods:
        a, b = control[period], variant[period]
        part = (a.count + b.count) / count
        amount += part * (b.mean - a.mean)
        variance += part**2 * (a.error**2 + b.error**2)
    return Difference(count, amount, sqrt(variance) if variance > 0 else None)
