"""Intervals that hold however often one looks, and how many customers they take.

An ordinary 95 % interval is right at one look. Who looks every day and stops at the first good
news is wrong far more often. A confidence sequence holds at all looks at once: the asymptotic one
of Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central limit theory and asymptotic
confidence sequences", Annals of Statistics 52 (2024), https://arxiv.org/abs/2103.06476; GrowthBook
reads its experiments the same way. Being asymptotic, it is not to be read before some customers
are in; :data:`~.verdict.ENOUGH` says how many.
"""

from math import ceil, exp, log, sqrt

from scipy.special import ndtri


def _get_spread(alpha, planned):
    """Parameter of the sequence that makes it tightest at the planned number of customers
    (equation 161 of the paper)."""
    return (-2.0 * log(alpha) + log(-2.0 * log(alpha) + 1.0)) / planned


def get_bound(count, alpha, planned):
    """How many standard errors either side of the mean the sequence reaches.

    :param count: customers seen
    :param float alpha: promised share of experiments in which the truth is ever left out
    :param planned: customers at which it shall be tightest; chosen before the start
    """
    spread = count * _get_spread(alpha, planned)
    return sqrt(2.0 * (spread + 1.0) / spread * log(sqrt(spread + 1.0) / alpha))


def get_interval(amount, error, count, alpha, planned):
    """:return: tuple (low, high), (None, None) where nothing can be told"""
    if error is None or not count:
        return None, None
    reach = error * get_bound(count, alpha, planned)
    return amount - reach, amount + reach


def get_p_value(amount, error, count, alpha, planned):
    """Always-valid p-value of no difference (equation 155 of the paper).

    :return: number from 0 to 1, 1 where nothing can be told
    """
    if not error or not count:
        return 1.0
    spread = count * _get_spread(alpha, planned)
    exponent = spread / (spread + 1.0) * (amount / error) ** 2 / 2.0
    # Beyond some hundred there is nothing to tell apart any more.
    return min(sqrt(spread + 1.0) * exp(-min(exponent, 700.0)), 1.0)


def get_fixed_sample(effect, deviation, shares, alpha, power):
    """Customers of both variants that a single look at the end would take.

    :param float effect: the difference that shall be found, in the metric's unit
    :param float deviation: standard deviation of the metric between customers
    :param shares: the two variants' parts of their customers, both above zero
    :param float alpha: allowed share of false alarms, both sides together
    :param float power: share of experiments that shall find the effect
    :return: int
    """
    reach = ndtri(1.0 - alpha / 2.0) + ndtri(power)
    return _get_sample(reach, effect, deviation, shares)


def get_planned_sample(effect, deviation, shares, alpha, power):
    """Customers of both variants by which the sequence has found the effect.

    The bound where the sequence is tightest does not depend on the number of customers, so that
    this is a formula. It errs on the safe side: the effect may be found at any earlier look too.
    Parameters as of :func:`get_fixed_sample`.

    :return: int
    """
    reach = get_bound(1.0, alpha, 1.0) + ndtri(power)
    return _get_sample(reach, effect, deviation, shares)


def _get_sample(reach, effect, deviation, shares):
    first, second = shares
    total = first + second
    variance = deviation**2 * (total / first + total / second)
    return ceil(variance * (reach / effect) ** 2)


def get_sample_to_settle(effect, error, count, alpha, planned):
    """Customers at which an interval around this effect would leave out zero, at today's spread.

    :param float effect: above or below zero
    :return: int
    """
    wanted = (error * sqrt(count) / effect) ** 2
    needed = float(count)
    # The bound moves slowly with the number of customers: a few rounds settle it.
    for _round in range(20):
        needed = max(wanted * get_bound(needed, alpha, planned) ** 2, 1.0)
    return ceil(needed)
