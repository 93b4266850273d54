"""Whether one place grades like all others. Plain Python.

Each place is compared with all others within the same stratum, e.g. the same product category and
reason: warehouses may well get different goods, but not within one stratum. Many comparisons find
something by chance; the Benjamini–Hochberg procedure keeps the share of false findings below the
level (Journal of the Royal Statistical Society B 57, 1995, pages 289–300).
"""

from collections import defaultdict
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from scipy.stats import chi2_contingency, false_discovery_control, fisher_exact

# Share of false findings among all.
LEVEL = 0.05
# Results a place, and all others together, need before they are compared.
MIN_VOLUME = 20
# Below this expected number a cell is too thin for the chi-square test (Cochran's rule).
MIN_EXPECTED = 5.0
# Cramér's V below this is real, perhaps, and nothing to act on.
MIN_EFFECT = 0.1


@dataclass(frozen=True)
class Comparison:
    """One place beside all others within one stratum.

    :param stratum: what the caller knows it by, likewise ``place``
    :param int volume: results of the place, ``volume_others`` of all others
    :param float share_good: of the place's results that are good, 0 to 1, likewise
        ``share_good_others``
    :param float severity: probability that the place grades a unit worse than others would, minus
        that it grades it better (Cliff's delta): -1 to 1, above zero: harder
    :param float effect: Cramér's V, 0 to 1
    :param str test: chi2 or fisher
    :param float p_value: of this comparison alone
    :param float q_value: adjusted for all comparisons made with it
    """

    stratum: Any
    place: Any
    volume: int
    volume_others: int
    share_good: float
    share_good_others: float
    severity: float
    effect: float
    test: str
    p_value: float
    q_value: float = 1.0

    @property
    def is_inconsistent(self):
        return self.q_value <= LEVEL and self.effect >= MIN_EFFECT


def compare_grading(counts, grades, min_volume=MIN_VOLUME):
    """Compare each place with all others.

    :param dict counts: (stratum, place, grade) → number of results, each judged by itself
    :param list grades: tuples (grade, whether it is good), best first
    :param int min_volume: see :data:`MIN_VOLUME`
    :return: list of :class:`Comparison` of all places with enough results, the clearest first
    """
    order = {grade: place for place, (grade, _good) in enumerate(grades)}
    good = np.array([bool(is_good) for _grade, is_good in grades])
    tables = defaultdict(lambda: defaultdict(lambda: np.zeros(len(grades), dtype=int)))
    for (stratum, place, grade), number in counts.items():
        if grade in order and number > 0:
            tables[stratum][place][order[grade]] += number
    found = []
    for stratum, places in tables.items():
        total = sum(places.values())
        for place, own in places.items():
            others = total - own
            if min(own.sum(), others.sum()) >= min_volume:
                found.append(_compare(stratum, place, own, others, good))
    if not found:
        return []
    adjusted = false_discovery_control([each.p_value for each in found])
    return sorted(
        (
            Comparison(**{**each.__dict__, "q_value": float(q_value)})
            for each, q_value in zip(found, adjusted, strict=True)
        ),
        key=lambda each: (each.q_value, -each.effect),
    )


def _compare(stratum, place, own, others, good):
    test, p_value, effect = _test(own, others, good)
    return Comparison(
        stratum,
        place,
        int(own.sum()),
        int(others.sum()),
        float(own[good].sum() / own.sum()),
        float(others[good].sum() / others.sum()),
        _get_severity(own, others),
        effect,
        test,
        p_value,
    )


def _test(own, others, good):
    """The chi-square test over all grades; where they are too thin, Fisher's exact test of good
    against not good.

    :return: tuple (name of the test, p-value, Cramér's V)
    """
    table = np.array([own, others])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return "fisher", 1.0, 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    if expected.min() >= MIN_EXPECTED:
        result = chi2_contingency(table, correction=False)
        return "chi2", float(result.pvalue), sqrt(result.statistic / table.sum())
    table = np.array([[side[good].sum(), side[~good].sum()] for side in (own, others)])
    if not table.sum(axis=0).all():
        return "fisher", 1.0, 0.0
    statistic = chi2_contingency(table, correction=False).statistic
    return "fisher", float(fisher_exact(table).pvalue), sqrt(statistic / table.sum())


def _get_severity(own, others):
    """Cliff's delta of the order of grades."""
    worse = sum(int(own[place]) * int(others[:place].sum()) for place in range(len(own)))
    better = sum(int(own[place]) * int(others[place + 1 :].sum()) for place in range(len(own)))
    return (worse - better) / (int(own.sum()) * int(others.sum()))
