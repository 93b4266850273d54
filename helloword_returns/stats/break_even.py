"""From which value on goods are worth their way back, and how sure that is."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import stdtrit

CONFIDENCE = 0.9
# Fewer returns say too little, however well they agree.
ENOUGH = 30
# Through fewer no line is drawn at all.
FEWEST = 5
# What is below this part of the mean value is a rounding error.
NOTHING = 1e-9


@dataclass(frozen=True)
class BreakEven:
    """The value from which taking goods back costs less than leaving them with the customer.

    The gain of taking goods back is read as ``share`` × value − ``fixed_cost``; extra claims take
    their part of the share away.

    :param int count: returns it rests on
    :param str verdict: ``found``; ``take_back``: worth it at any value; ``leave``: at none;
        ``unknown``: the returns do not tell
    :param float amount: the break-even, 0 for ``take_back``, None for ``leave`` and ``unknown``
    :param float low: lower end of the interval, None when nothing is known
    :param float high: its upper end, None when there is no telling how high it may be
    """

    count: int
    verdict: str
    fixed_cost: float = 0.0
    share: float = 0.0
    amount: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_thin(self):
        """Few returns, no upper end, or an interval wider than the amount itself."""
        if self.verdict == "unknown" or self.count < ENOUGH:
            return True
        if self.verdict != "found":
            return False
        return self.high is None or self.high - self.low > self.amount


def find_break_even(bins, extra_claims=0.0):
    """Fit the gain of taking goods back to their value, and find where it is zero.

    A weighted straight line: returns of a high value vary more and count less. The errors are of
    the kind that holds whatever the variation is, also for few returns (HC3 of MacKinnon and White,
    Journal of Econometrics 29, 1985), the interval of the quotient is Fieller's
    ("Some Problems in Interval Estimation", JRSS B 16, 1954): it has no upper end when the slope
    may as well be flat, where the usual approximations make one up.

    :param bins: :class:`~.value_bins.ValueBins`
    :param float extra_claims: further requests for each one, once people know they may keep the
        goods; each costs the value refunded
    :return: :class:`BreakEven`
    """
    count = round(float(bins.count.sum())) if len(bins.count) else 0
    fit = _fit_line(bins, count)
    if not fit:
        return BreakEven(count, "unknown")
    (intercept, slope), covariance = fit
    fixed, share = -intercept, slope + extra_claims
    interval = _fieller(fixed, share, covariance, count)
    if fixed <= NOTHING * bins.value.sum() / count:
        worth_it = bins.gain.sum() > 0
        return BreakEven(
            count, "take_back" if worth_it else "unknown", fixed, slope, 0.0, *interval
        )
    if share <= NOTHING:
        return BreakEven(count, "leave", fixed, slope)
    return BreakEven(count, "found", fixed, slope, fixed / share, *interval)


def _fit_line(bins, count):
    """:return: ((intercept, slope), their covariance), None when no line can be drawn"""
    if count < FEWEST:
        return None
    mean = bins.value / bins.count
    spread = bins.value_squares.sum() - bins.value.sum() ** 2 / count
    scale = bins.value.sum() / count
    if scale <= 0 or spread <= NOTHING * bins.value_squares.sum():
        return None
    weights = 1.0 / (scale**2 + mean**2)
    n, x, xx = (
        float((weights * column).sum()) for column in (bins.count, bins.value, bins.value_squares)
    )
    y, xy = (float((weights * column).sum()) for column in (bins.gain, bins.value_gain))
    bread = np.linalg.inv(np.array([[n, x], [x, xx]]))
    intercept, slope = bread @ np.array([y, xy])
    rows = np.stack((np.ones_like(mean), mean), axis=1)
    leverage = weights * np.einsum("bi,ij,bj->b", rows, bread, rows)
    residuals = (
        bins.gain_squares
        - 2 * intercept * bins.gain
        - 2 * slope * bins.value_gain
        + intercept**2 * bins.count
        + 2 * intercept * slope * bins.value
        + slope**2 * bins.value_squares
    ).clip(min=0.0) * (weights / (1.0 - leverage).clip(min=0.05)) ** 2
    covariance = bread @ (rows.T * residuals @ rows) @ bread
    return (float(intercept), float(slope)), covariance


def _fieller(fixed, share, covariance, count):
    """The interval of ``fixed / share``.

    :param covariance: of intercept (``-fixed``) and slope
    :return: tuple (low, high); no high when there is no telling
    """
    t_squared = float(stdtrit(count - 2, 0.5 + CONFIDENCE / 2)) ** 2
    a = share**2 - t_squared * covariance[1, 1]
    b = -2 * (fixed * share + t_squared * covariance[0, 1])
    c = fixed**2 - t_squared * covariance[0, 0]
    discriminant = b * b - 4 * a * c
    if a <= 0:
        if discriminant <= 0 or a == 0:
            return 0.0, None
        return max((-b - sqrt(discriminant)) / (2 * a), 0.0), None
    root = sqrt(max(discriminant, 0.0))
    return max((-b - root) / (2 * a), 0.0), max((-b + root) / (2 * a), 0.0)
