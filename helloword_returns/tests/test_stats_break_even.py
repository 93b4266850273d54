"""Pure statistics: no database, known truths."""

import numpy as np
from odoo.tests import BaseCase, tagged

from ..stats.break_even import find_break_even
from ..stats.threshold_curve import get_curve, get_point, get_saving, round_down
from ..stats.value_bins import ValueBins


@tagged("post_install", "-at_install")
class TestStatsBreakEven(BaseCase):
    def _simulate(self, seed, count=400, cost=9.0, share=0.4, noise=0.15):
        """Costs of 9 on average, goods that keep 40 % of their value: break-even at 22.5."""
        random = np.random.default_rng(seed)
        values = np.exp(random.normal(3.3, 0.8, count))
        costs = random.gamma(9.0, cost / 9.0, count)
        kept = values * np.clip(random.normal(share, noise, count), 0, 1)
        return ValueBins.from_observations(values, costs, kept)

    def test_exact_line(self):
        values = [10.0, 20.0, 40.0, 80.0, 0.0]
        bins = ValueBins.from_observations(values, [6.0] * 5, [0.3 * value for value in values])
        found = find_break_even(bins)
        self.assertEqual((found.verdict, found.count), ("found", 5))
        self.assertAlmostEqual(found.fixed_cost, 6.0)
        self.assertAlmostEqual(found.share, 0.3)
        self.assertAlmostEqual(found.amount, 20.0)
        self.assertAlmostEqual(found.low, 20.0, places=3)
        self.assertAlmostEqual(found.high, 20.0, places=3)
        self.assertTrue(found.is_thin)

    def test_extra_claims_and_labour(self):
        values = [10.0, 20.0, 40.0, 80.0, 160.0]
        bins = ValueBins.from_observations(values, [6.0] * 5, [0.3 * value for value in values])
        self.assertAlmostEqual(find_break_even(bins, extra_claims=0.1).amount, 15.0)
        self.assertAlmostEqual(find_break_even(bins.add_cost(3.0)).amount, 30.0)
        self.assertAlmostEqual(bins.add_cost(3.0).total["cost"], 45.0)

    def test_interval_covers_the_truth_as_often_as_it_says(self):
        results = [find_break_even(self._simulate(seed, count=120)) for seed in range(400)]
        covered = sum(found.low <= 22.5 <= (found.high or np.inf) for found in results)
        self.assertGreater(covered / len(results), 0.86)
        self.assertLess(covered / len(results), 0.94)
        center = np.mean([found.amount for found in results])
        self.assertAlmostEqual(center, 22.5, delta=0.7)

    def test_more_history_narrows_the_interval(self):
        wide, narrow = (find_break_even(self._simulate(1, count)) for count in (60, 6000))
        self.assertLess(narrow.high - narrow.low, (wide.high - wide.low) / 4)
        self.assertFalse(narrow.is_thin)

    def test_no_upper_end_without_a_slope(self):
        random = np.random.default_rng(3)
        values = random.uniform(10, 100, 40)
        bins = ValueBins.from_observations(values, np.full(40, 9.0), random.uniform(0, 6, 40))
        found = find_break_even(bins)
        self.assertIsNone(found.high)
        self.assertIn(found.verdict, ("found", "leave"))

    def test_goods_that_are_always_or_never_worth_it(self):
        values = np.linspace(10, 100, 50)
        free = ValueBins.from_observations(values, np.zeros(50), 0.5 * values)
        self.assertEqual(find_break_even(free).verdict, "take_back")
        self.assertEqual(find_break_even(free).amount, 0.0)
        scrap = ValueBins.from_observations(values, np.full(50, 8.0), np.zeros(50))
        self.assertEqual(find_break_even(scrap).verdict, "leave")
        self.assertIsNone(find_break_even(scrap).amount)
        # Goods that are worth more to us than customers paid.
        dear = ValueBins.from_observations(values, np.full(50, 8.0), 1.6 * values)
        self.assertAlmostEqual(find_break_even(dear).amount, 5.0)

    def test_cheap_goods_alone_worth_it(self):
        """Keeping cheap goods would be the wrong way round: no threshold follows."""
        values = np.linspace(10, 100, 50)
        bins = ValueBins.from_observations(values, values, np.full(50, 40.0))
        self.assertEqual(find_break_even(bins).verdict, "unknown")

    def test_few_returns_are_never_precise(self):
        """Coverage holds for ten returns; intervals of five are not narrow by accident."""
        results = [find_break_even(self._simulate(seed, count=10)) for seed in range(400)]
        covered = sum((found.low or 0) <= 22.5 <= (found.high or np.inf) for found in results)
        self.assertGreater(covered / len(results), 0.86)
        self.assertTrue(all(found.is_thin for found in results))

    def test_what_cannot_be_told(self):
        for values in ([], [10.0], [10.0, 12.0], [0.0] * 50, [25.0] * 50):
            bins = ValueBins.from_observations(values, [5.0] * len(values), [1.0] * len(values))
            found = find_break_even(bins)
            self.assertEqual(found.verdict, "unknown", values)
            self.assertTrue(found.is_thin)
            self.assertEqual(get_saving(get_curve(bins), 0.0), 0.0)

    def test_curve(self):
        values = [0.0, 10.0, 20.0, 40.0]
        bins = ValueBins.from_observations(values, [6.0] * 4, [0.3 * value for value in values])
        curve = get_curve(bins, extra_claims=0.1)
        self.assertEqual((curve[0].given_up, curve[0].returned), (0.0, 24.0))
        self.assertAlmostEqual(curve[-1].given_up, 0.4 * 70)
        self.assertAlmostEqual(curve[-1].returned, 0.0)
        self.assertEqual(curve[-1].count, 4)
        # 15 lies between the bins: the one of no value and the one of 10 are below.
        point = get_point(curve, 15.0)
        self.assertAlmostEqual(point.given_up, 4.0)
        self.assertAlmostEqual(point.returned, 12.0)
        self.assertAlmostEqual(get_saving(curve, 15.0), 8.0)
        self.assertLess(get_saving(curve, 1000.0), 0.0)

    def test_curve_is_lowest_at_the_break_even(self):
        bins = self._simulate(5, 20000)
        curve = get_curve(bins)
        lowest = min(curve, key=lambda point: point.total)
        self.assertAlmostEqual(lowest.threshold, find_break_even(bins).amount, delta=4.0)

    def test_quantiles(self):
        bins = ValueBins.from_observations(np.arange(1, 1001), np.ones(1000), np.ones(1000))
        self.assertAlmostEqual(bins.get_quantile(0.5), 500, delta=15)
        self.assertAlmostEqual(bins.get_quantile(0.95), 950, delta=25)
        self.assertEqual(ValueBins.from_observations([], [], []).get_quantile(0.5), 0.0)

    def test_round_down(self):
        for amount, rounded in (
            (17.83, 17.0),
            (4.37, 4.3),
            (178.0, 170.0),
            (0.0, 0.0),
            (30.0, 30.0),
        ):
            self.assertEqual(round_down(amount), rounded)
