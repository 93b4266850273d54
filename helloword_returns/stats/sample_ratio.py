"""Whether variants got the customers they should have: if not, nothing else can be trusted."""

from dataclasses import dataclass
from math import exp

import numpy as np
from scipy.special import gammaln
from scipy.stats import chisquare

# Wrong alarms, over the whole life of an experiment.
ALPHA = 0.001
# How firmly the sequential test believes in the shares before it has seen anybody.
BELIEF = 100.0


@dataclass(frozen=True)
class SampleRatio:
    """How the seen numbers of customers go with the wanted ones.

    :param float p_value: of the chi-square test, right for a single look
    :param float sequential_p_value: right however often one looks
    """

    p_value: float
    sequential_p_value: float

    @property
    def is_broken(self):
        """Judged by the sequential test: the number is looked at every day."""
        return self.sequential_p_value < ALPHA


def check_sample_ratio(periods):
    """Test the numbers of customers against their wanted shares.

    The sequential test is that of Lindon and Malek, "Anytime-Valid Inference for Multinomial Count
    Data", NeurIPS 2022, https://arxiv.org/abs/2011.03567, one factor for each period.

    :param periods: list of (counts, shares), one for each period between changes of the weights;
        shares are above zero and are made to sum to one
    :return: :class:`SampleRatio`
    """
    counts, expected, evidence = {}, {}, 0.0
    for seen, shares in periods:
        seen = np.asarray(seen, float)
        shares = np.asarray(shares, float) / np.sum(shares)
        for number, (count, share) in enumerate(zip(seen, shares, strict=True)):
            counts[number] = counts.get(number, 0.0) + count
            expected[number] = expected.get(number, 0.0) + share * seen.sum()
        evidence += _get_log_evidence(seen, shares)
    p_value = 1.0
    if len(counts) > 1 and sum(counts.values()):
        p_value = float(chisquare(list(counts.values()), list(expected.values())).pvalue)
    return SampleRatio(p_value, min(exp(-max(min(evidence, 700.0), 0.0)), 1.0))


def _get_log_evidence(counts, shares):
    """:return: logarithm of the evidence against the shares, above zero where there is some"""
    prior = BELIEF * shares
    return float(
        gammaln(prior.sum())
        - gammaln(prior.sum() + counts.sum())
        + (gammaln(prior + counts) - gammaln(prior)).sum()
        - (counts * np.log(shares)).sum()
    )
