"""Experiments whose truth is known: the verdict is right as often as it is promised to be."""

import numpy as np
from odoo.tests import BaseCase, tagged
from scipy.stats import binom

from ..stats import assignment, sequential, verdict
from ..stats.arm import Arm, compare
from ..stats.sample_ratio import check_sample_ratio

ALPHA = 0.05
EXPERIMENTS = 500
DAYS = 60
CUSTOMERS_A_DAY = 40
# A test that is right fails once in a thousand runs of other seeds.
TOLERANCE = 0.999


@tagged("post_install", "-at_install")
class TestExperimentStatistics(BaseCase):
    # -------------------------------------------------------------------------
    # Simulated experiments
    # -------------------------------------------------------------------------

    def _simulate(self, seed, effects=(0.0,), days=DAYS, per_day=CUSTOMERS_A_DAY):
        """Customers with one or more returns each, whose costs have a heavy tail.

        :param effects: what each variant adds to the cost of a return
        :return: generator of tuples (arm of the control, list of arms of the variants), a day each
        """
        random = np.random.default_rng(seed)
        count = days * per_day
        variant = random.integers(0, len(effects) + 1, count)
        returns = 1 + random.poisson(0.25, count)
        # Costs of one customer resemble each other.
        level = np.exp(random.normal(1.8, 0.5, count))
        shift = np.array([0.0, *effects])[variant]
        costs = random.lognormal(-0.3, 0.8, (count, returns.max())) * level[:, None]
        costs += shift[:, None]
        costs[np.arange(returns.max())[None, :] >= returns[:, None]] = np.nan
        for day in range(1, days + 1):
            seen = slice(0, day * per_day)
            capped = np.minimum(costs[seen], np.nanquantile(costs[seen], 0.99))
            totals = np.nansum(capped, axis=1)
            arms = [
                self._make_arm(totals[chosen], returns[seen][chosen])
                for chosen in (variant[seen] == number for number in range(len(effects) + 1))
            ]
            yield arms[0], arms[1:]

    def _make_arm(self, totals, weights):
        return Arm(
            len(totals),
            totals.sum(),
            (totals**2).sum(),
            float(weights.sum()),
            float((weights**2).sum()),
            (totals * weights).sum(),
        )

    def _read(self, control, variants, planned=1000, smallest=0.5):
        effects = verdict.get_effects(
            {0: control},
            {number: {0: one} for number, one in enumerate(variants)},
            ALPHA,
            planned,
            smallest,
        )
        return verdict.judge(effects, smallest, lower_is_better=True)

    def _run_until_settled(self, seed, **kwargs):
        """Look every day, stop at the first verdict.

        :return: tuple of the verdict and the day
        """
        day = 0
        for control, variants in self._simulate(seed, **kwargs):
            day += 1
            found = self._read(control, variants)
            if found.code in (verdict.PROMOTE, verdict.KEEP):
                break
        return found, day

    def _assert_at_most(self, failures, share, trials):
        self.assertLessEqual(failures, binom.ppf(TOLERANCE, trials, share))

    def test_no_effect_looked_at_every_day(self):
        """The peeking trap: an ordinary test at 5 % would be wrong in every fourth experiment."""
        wrong = trapped = 0
        for seed in range(EXPERIMENTS):
            settled = peeked = False
            for control, variants in self._simulate(seed):
                found = self._read(control, variants)
                settled = settled or found.code in (verdict.PROMOTE, verdict.KEEP)
                difference = compare({0: control}, {0: variants[0]})
                if difference.error and difference.count >= 2 * verdict.ENOUGH:
                    peeked = peeked or abs(difference.amount) > 1.96 * difference.error
            wrong += settled
            trapped += peeked
        self._assert_at_most(wrong, ALPHA, EXPERIMENTS)
        self.assertGreater(trapped, 3 * ALPHA * EXPERIMENTS)

    def test_no_effect_with_several_variants(self):
        """The promise is for the experiment, not for each variant."""
        trials = 200
        wrong = sum(
            self._run_until_settled(seed, effects=(0.0, 0.0, 0.0), per_day=60)[0].code
            in (verdict.PROMOTE, verdict.KEEP)
            for seed in range(10_000, 10_000 + trials)
        )
        self._assert_at_most(wrong, ALPHA, trials)

    def test_known_effect_is_found_with_the_promised_power(self):
        """A saving of the size planned for, looked at every day up to the planned sample."""
        pilot = [control for control, _variants in self._simulate(1, days=50)][-1]
        deviation = verdict.get_deviation([pilot])
        saving, power, trials = 1.2, 0.8, 150
        planned = sequential.get_planned_sample(saving, deviation, (0.5, 0.5), ALPHA, power)
        found = days = 0
        for seed in range(20_000, 20_000 + trials):
            settled, day = self._run_until_settled(
                seed, effects=(-saving,), days=-(-planned // CUSTOMERS_A_DAY)
            )
            found += settled.code == verdict.PROMOTE
            days += day
            self.assertNotEqual(settled.code, verdict.KEEP)
        self._assert_at_most(trials - found, 1.0 - power, trials)
        # Looking every day pays: on average it is over before the planned sample is in.
        self.assertLess(days / trials * CUSTOMERS_A_DAY, 0.85 * planned)

    def test_harm_is_told_and_the_best_variant_is_named(self):
        found, _day = self._run_until_settled(1, effects=(3.0,))
        self.assertEqual(found.code, verdict.KEEP)
        found, _day = self._run_until_settled(2, effects=(-1.5, -4.0, 1.0), per_day=120)
        self.assertEqual((found.code, found.winner), (verdict.PROMOTE, 1))

    def test_interval_holds_the_truth_at_all_looks(self):
        missed, trials, effect = 0, 200, -1.0
        # Capping changes the mean a little; costs without a tail are compared with their truth.
        for seed in range(30_000, 30_000 + trials):
            random = np.random.default_rng(seed)
            totals = random.gamma(4.0, 2.0, (2, 1500))
            totals[1] += effect
            left_out = False
            for count in range(verdict.ENOUGH, 1500, 50):
                arms = [self._make_arm(row[:count], np.ones(count)) for row in totals]
                found = verdict.get_effects({0: arms[0]}, {"b": {0: arms[1]}}, ALPHA, 1000, 0.5)
                left_out = left_out or not found["b"].low <= effect <= found["b"].high
            missed += left_out
        self._assert_at_most(missed, ALPHA, trials)

    # -------------------------------------------------------------------------
    # Verdicts
    # -------------------------------------------------------------------------

    def test_verdicts(self):
        def effect(low, high, count=1000, needed=4000):
            middle = None if low is None else (low + high) / 2.0
            return verdict.Effect(middle or 0.0, low, high, 0.5, count, needed)

        cases = (
            ({"b": effect(None, None, 0)}, verdict.EMPTY, None),
            ({"b": effect(None, None, 30)}, verdict.WAIT, None),
            ({"b": effect(-3.0, 1.0)}, verdict.WAIT, None),
            ({"b": effect(-3.0, -1.0)}, verdict.PROMOTE, "b"),
            ({"b": effect(-3.0, -1.0), "c": effect(-9.0, -2.0)}, verdict.PROMOTE, "c"),
            ({"b": effect(-3.0, -1.0), "c": effect(-9.0, 2.0)}, verdict.PROMOTE, "b"),
            ({"b": effect(1.0, 3.0)}, verdict.KEEP, None),
            ({"b": effect(1.0, 3.0), "c": effect(-1.0, 3.0)}, verdict.WAIT, None),
            ({"b": effect(-0.4, 0.4)}, verdict.NO_DIFFERENCE, None),
            ({"b": effect(-0.4, 2.0)}, verdict.NO_DIFFERENCE, None),
        )
        for effects, code, winner in cases:
            found = verdict.judge(effects, 0.5, lower_is_better=True)
            self.assertEqual((found.code, found.winner), (code, winner), effects)
        broken = verdict.judge(cases[3][0], 0.5, True, is_broken=True)
        self.assertEqual((broken.code, broken.winner), (verdict.BROKEN, None))
        self.assertEqual(verdict.judge(cases[3][0], 0.5, False).code, verdict.KEEP)
        self.assertEqual(verdict.judge(cases[2][0], 0.5, True).progress, 0.25)

    def test_harm_beyond_a_limit(self):
        *_days, (control, variants) = self._simulate(5, effects=(3.0,))
        arms = {0: control}, {0: variants[0]}
        self.assertTrue(verdict.is_worse(*arms, 1.0, True, ALPHA, 1000))
        self.assertFalse(verdict.is_worse(*arms, 2.9, True, ALPHA, 1000))
        self.assertFalse(verdict.is_worse(*arms, 0.0, False, ALPHA, 1000))
        self.assertTrue(verdict.is_worse(arms[1], arms[0], 1.0, False, ALPHA, 1000))

    def test_guardrail_seldom_stops_what_does_no_harm(self):
        trials = 200
        stopped = sum(
            any(
                verdict.is_worse({0: control}, {0: variants[0]}, 0.0, True, ALPHA, 1000)
                for control, variants in self._simulate(seed)
            )
            for seed in range(40_000, 40_000 + trials)
        )
        self._assert_at_most(stopped, ALPHA, trials)

    # -------------------------------------------------------------------------
    # Assignment
    # -------------------------------------------------------------------------

    def test_wrong_shares_are_noticed_and_right_ones_left_alone(self):
        shares = (0.5, 0.3, 0.2)
        alarms = 0
        for seed in range(EXPERIMENTS):
            draws = np.random.default_rng(seed).choice(3, 2000, p=shares)
            alarms += any(
                check_sample_ratio([(np.bincount(draws[:seen], minlength=3), shares)]).is_broken
                for seen in range(50, 2001, 150)
            )
        self._assert_at_most(alarms, 0.001, EXPERIMENTS)
        draws = np.random.default_rng(1).choice(3, 4000, p=(0.44, 0.36, 0.2))
        found = check_sample_ratio([(np.bincount(draws), shares)])
        self.assertTrue(found.is_broken)
        self.assertLess(found.p_value, 0.001)

    def test_shares_that_changed_on_the_way(self):
        periods = [((500, 500), (1, 1)), ((900, 100), (9, 1))]
        self.assertFalse(check_sample_ratio(periods).is_broken)
        self.assertTrue(check_sample_ratio([((1400, 600), (1, 1))]).is_broken)
        # All means are equal within a period, while later customers cost more.
        early, late = Arm(500, 5e3, 6e4, 500, 500, 5e3), Arm(100, 3e3, 1e5, 100, 100, 3e3)
        many = Arm(900, 2.7e4, 9e5, 900, 900, 2.7e4)
        found = compare({0: early, 1: many}, {0: early, 1: late})
        self.assertAlmostEqual(found.amount, 0.0)

    def test_pseudonyms_draw_evenly_and_for_ever(self):
        shares = (0.1, 0.45, 0.45)
        names = [f"customer{number}@example.com" for number in range(20_000)]
        first = [assignment.choose(assignment.digest("a", name), shares) for name in names]
        again = [assignment.choose(assignment.digest("a", name), shares) for name in names]
        other = [assignment.choose(assignment.digest("b", name), shares) for name in names]
        self.assertEqual(first, again)
        for drawn in (first, other):
            self.assertFalse(check_sample_ratio([(np.bincount(drawn), shares)]).is_broken)
        # Two experiments draw independently of each other.
        both = np.bincount(3 * np.array(first) + np.array(other), minlength=9)
        self.assertFalse(check_sample_ratio([(both, np.outer(shares, shares).ravel())]).is_broken)
        self.assertEqual(assignment.choose("f" * 64, (1.0, 0.0)), 0)
        # The draw of one customer, so that a change of the method is noticed.
        self.assertEqual(assignment.digest("a", "b")[:8], "f04cdced")

    # -------------------------------------------------------------------------
    # Other houses' numbers
    # -------------------------------------------------------------------------

    def test_intervals_agree_with_growthbook(self):
        """Values of gbstats 0.8.0, SequentialTwoSidedTTest with absolute differences."""
        cases = (
            # Control and variant (count, sum, sum of squares), alpha, planned customers,
            # wanted (difference, interval, p-value).
            (
                (400, 2400, 18000),
                (410, 2050, 14500),
                0.05,
                5000,
                (-1.0, -1.7619851399725222, -0.23801486002747796, 0.004261767883665774),
            ),
            (
                (1200, 9000, 90000),
                (800, 6400, 72000),
                0.025,
                1500,
                (0.5, -0.2207273925211991, 1.2207273925211992, 0.3338430817821134),
            ),
            (
                (60, 300, 2000),
                (55, 100, 900),
                0.01,
                200,
                (-3.1818181818, -5.408011045104661, -0.9556253185317027, 2.8457933592657e-05),
            ),
        )
        for (n_a, sum_a, sq_a), (n_b, sum_b, sq_b), alpha, planned, wanted in cases:
            arms = (
                {0: Arm(n_a, sum_a, sq_a, n_a, n_a, sum_a)},
                {0: Arm(n_b, sum_b, sq_b, n_b, n_b, sum_b)},
            )
            self._compare_with(wanted, *arms, alpha, planned)
        # Quotients: cost per return over customers.
        self._compare_with(
            (-0.6382978723404253, -1.4013927313028964, 0.12479698662204586, 0.1391962781080404),
            {0: Arm(400, 2400, 22000, 480, 700, 3400)},
            {0: Arm(410, 2050, 16500, 470, 650, 2700)},
            0.05,
            5000,
        )

    def _compare_with(self, wanted, control, variant, alpha, planned):
        found = verdict.get_effects(control, {"b": variant}, alpha, planned, 0.1)["b"]
        for value, known in zip(
            (found.amount, found.low, found.high, found.p_value), wanted, strict=True
        ):
            self.assertAlmostEqual(value, known, places=8)

    def test_samples_agree_with_statsmodels(self):
        """Values of statsmodels 0.15.0, NormalIndPower().solve_power."""
        for effect, shares, alpha, power, wanted in (
            (0.2, (0.5, 0.5), 0.05, 0.8, 784.886046515577),
            (0.1, (2, 1), 0.01, 0.9, 6695.724224926918),
        ):
            found = sequential.get_fixed_sample(effect, 1.0, shares, alpha, power)
            self.assertAlmostEqual(found, wanted, delta=1.0)
            self.assertGreater(
                sequential.get_planned_sample(effect, 1.0, shares, alpha, power), found
            )

    def test_sample_to_settle(self):
        needed = sequential.get_sample_to_settle(0.5, 0.4, 1000, ALPHA, 2000)
        error = 0.4 * (1000 / needed) ** 0.5
        low, _high = sequential.get_interval(0.5, error, needed, ALPHA, 2000)
        self.assertAlmostEqual(low, 0.0, places=3)

    def test_nothing_seen(self):
        self.assertIsNone(Arm().error)
        self.assertEqual(Arm().mean, 0.0)
        self.assertIsNone(compare({}, {}).error)
        self.assertEqual(self._read(Arm(), [Arm()]).code, verdict.EMPTY)
        self.assertEqual(sequential.get_interval(1.0, None, 10, ALPHA, 100), (None, None))
        self.assertEqual(check_sample_ratio([]).p_value, 1.0)
        self.assertFalse(check_sample_ratio([((0, 0), (1, 1))]).is_broken)
        # A variant in which everybody is the same has no spread to judge by.
        same = Arm(100, 0.0, 0.0, 100, 100, 0.0)
        self.assertEqual(self._read(same, [same]).code, verdict.WAIT)
