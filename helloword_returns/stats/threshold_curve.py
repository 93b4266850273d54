"""What each threshold would have cost over the returns of a period."""

from dataclasses import dataclass
from math import floor, log10

import numpy as np


@dataclass(frozen=True)
class CurvePoint:
    """One threshold: goods below it stay with the customers, the others come back.

    The refunds are the same on either side and left out.

    :param float threshold: value of the goods
    :param float given_up: what the goods below would have been worth, and what extra claims cost
    :param float returned: what the returns above cost on their way
    :param float count: returns below
    """

    threshold: float
    given_up: float
    returned: float
    count: float

    @property
    def total(self):
        return self.given_up + self.returned


def get_curve(bins, extra_claims=0.0):
    """The points at the ends of the bins, from no goods left with customers to all of them.

    :param bins: :class:`~.value_bins.ValueBins`
    :param float extra_claims: see :func:`~.break_even.find_break_even`
    :return: list of :class:`CurvePoint`
    """
    edges = np.stack((bins.lower, bins.upper), axis=1).ravel()
    given_up, cost, counts = (
        # Before each bin, and after it.
        np.stack((np.cumsum(column) - column, np.cumsum(column)), axis=1).ravel()
        for column in (bins.kept + extra_claims * bins.value, bins.cost, bins.count)
    )
    total = bins.cost.sum()
    points = [CurvePoint(0.0, 0.0, float(total), 0.0)]
    points += [
        CurvePoint(*map(float, row))
        for row in zip(edges, given_up, total - cost, counts, strict=True)
    ]
    return points


def get_point(curve, threshold):
    """A point between those of the curve, on the straight line between its neighbours.

    :param curve: list of :class:`CurvePoint`
    """
    thresholds = [point.threshold for point in curve]
    # Of several points at zero the last counts: goods without a value are below every threshold.
    given_up, returned, count = (
        float(np.interp(threshold, thresholds, [getattr(point, name) for point in curve]))
        for name in ("given_up", "returned", "count")
    )
    return CurvePoint(threshold, given_up, returned, count)


def get_saving(curve, threshold):
    """What a threshold would have saved against asking all goods back; below zero: cost.

    :param curve: list of :class:`CurvePoint`
    """
    return curve[0].total - get_point(curve, threshold).total if threshold > 0 else 0.0


def round_down(amount):
    """An amount people would choose, at most a tenth lower: two digits and zeros.

    :param float amount: zero or more
    """
    if amount <= 0:
        return 0.0
    step = 10.0 ** (floor(log10(amount)) - 1)
    return round(floor(amount / step + 1e-9) * step, 10)
