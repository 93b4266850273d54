"""What an experiment says so far, and whether it may be stopped."""

from dataclasses import dataclass
from math import sqrt

from . import arm, sequential

# Customers a variant needs before anything is said: the intervals are asymptotic.
ENOUGH = 50

BROKEN = "broken"
EMPTY = "empty"
WAIT = "wait"
PROMOTE = "promote"
KEEP = "keep"
NO_DIFFERENCE = "no_difference"


@dataclass(frozen=True)
class Effect:
    """One variant against the control.

    :param float amount: difference to the control
    :param float low: lower end of the interval, None when nothing can be told
    :param float high: its upper end
    :param float p_value: always valid, for this comparison alone
    :param int count: customers of both
    :param int needed: customers of both at which the question would be settled, at today's effect
        or the smallest one of interest, whichever is larger; None when nothing can be told
    """

    amount: float
    low: float | None
    high: float | None
    p_value: float
    count: int
    needed: int | None


@dataclass(frozen=True)
class Verdict:
    """:param str code: ``broken``: customers were not assigned as they should;
        ``empty``: nobody to read yet; ``wait``; ``promote``: a variant is better;
        ``keep``: all are worse; ``no_difference``: none differs by what matters
    :param winner: the best variant where there is one
    :param float progress: customers over those needed, 0 to 1
    """

    code: str
    winner: object = None
    progress: float = 0.0


def get_effects(control, variants, alpha, planned, smallest):
    """Every variant against the control.

    Several comparisons share the promised error rate between them (Bonferroni), so that it holds
    for all of them together, at all looks.

    :param control: dict of period → :class:`~.arm.Arm`
    :param dict variants: variant → dict of period → :class:`~.arm.Arm`
    :param float alpha: promised share of experiments with a false verdict
    :param int planned: customers of two variants at which the intervals are tightest
    :param float smallest: smallest difference of interest
    :return: dict of variant → :class:`Effect`
    """
    share = alpha / max(len(variants), 1)
    effects = {}
    for variant, arms in variants.items():
        found = arm.compare(control, arms)
        least = min(arm.merge(control.values()).count, arm.merge(arms.values()).count)
        readable = least >= ENOUGH and found.error is not None
        low, high = (
            sequential.get_interval(found.amount, found.error, found.count, share, planned)
            if readable
            else (None, None)
        )
        p_value, needed = 1.0, None
        if readable:
            p_value = sequential.get_p_value(found.amount, found.error, found.count, share, planned)
            effect = max(abs(found.amount), smallest)
            needed = sequential.get_sample_to_settle(
                effect, found.error, found.count, share, planned
            )
        effects[variant] = Effect(found.amount, low, high, p_value, found.count, needed)
    return effects


def judge(effects, smallest, lower_is_better, is_broken=False):
    """:param dict effects: variant → :class:`Effect`
    :param float smallest: smallest difference of interest
    :param bool lower_is_better: as for costs
    :param bool is_broken: the sample ratio is wrong
    :return: :class:`Verdict`
    """
    if is_broken:
        return Verdict(BROKEN)
    if not any(effect.count for effect in effects.values()):
        return Verdict(EMPTY)
    if any(effect.low is None for effect in effects.values()):
        return Verdict(WAIT)
    sign = -1.0 if lower_is_better else 1.0
    better = [
        variant
        for variant, effect in effects.items()
        if min(sign * effect.low, sign * effect.high) > 0
    ]
    if better:
        winner = max(better, key=lambda variant: sign * effects[variant].amount)
        return Verdict(PROMOTE, winner, 1.0)
    gains = [max(sign * effect.low, sign * effect.high) for effect in effects.values()]
    if all(gain < 0 for gain in gains):
        return Verdict(KEEP, None, 1.0)
    if all(gain < smallest for gain in gains):
        return Verdict(NO_DIFFERENCE, None, 1.0)
    return Verdict(WAIT, None, min(effect.count / effect.needed for effect in effects.values()))


def is_worse(control, variant, limit, lower_is_better, alpha, planned):
    """Whether a variant is worse than the control by more than a limit, as surely as promised.

    :param control: dict of period → :class:`~.arm.Arm`
    :param variant: the same
    :param float limit: zero or more, in the metric's unit
    """
    found = arm.compare(control, variant)
    least = min(arm.merge(control.values()).count, arm.merge(variant.values()).count)
    if found.error is None or least < ENOUGH:
        return False
    low, high = sequential.get_interval(found.amount, found.error, found.count, alpha, planned)
    return (low if lower_is_better else -high) > limit


def get_deviation(arms):
    """:return: standard deviation between customers, None when it cannot be told"""
    pooled = arm.merge(arms)
    return None if pooled.error is None else pooled.error * sqrt(pooled.count)
