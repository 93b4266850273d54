"""Means of thin groups, pulled towards the wider groups they belong to (empirical Bayes)."""

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class Sample:
    """What is known of one group.

    :param count: observations, zero or more
    :param total: their sum
    :param squares: sum of their squares
    """

    count: float
    total: float
    squares: float

    @property
    def mean(self):
        return self.total / self.count if self.count else 0.0

    @property
    def variance(self):
        """Unbiased; None for fewer than two observations."""
        if self.count < 2:
            return None
        deviations = self.squares - self.total * self.total / self.count
        return max(deviations, 0.0) / (self.count - 1)


def shrink(samples, strength=10.0):
    """The mean of the last group, given the groups it lies within.

    Each group's mean is taken as drawn around the mean of the group above it, with a variance of
    one ``strength``-th of the variance within groups; the wider mean then counts as much as that
    many observations. See Efron and Morris, "Data Analysis Using Stein's Estimator and Its
    Generalizations", JASA 70 (1975).

    :param samples: list of :class:`Sample`, the widest group first; empty ones are passed over
    :param float strength: how many observations the wider group counts for
    :return: tuple (mean, standard error); (None, None) when there is no observation, and no
        standard error when there is but one
    """
    known = [sample for sample in samples if sample.count]
    if not known:
        return None, None
    widest = known[0]
    within = widest.variance
    mean, variance = widest.mean, (within or 0.0) / widest.count
    for sample in known[1:]:
        weight = sample.count / (sample.count + strength)
        mean = weight * sample.mean + (1.0 - weight) * mean
        variance = (within or 0.0) / (sample.count + strength) + (1.0 - weight) ** 2 * variance
    return mean, None if within is None else sqrt(variance)
