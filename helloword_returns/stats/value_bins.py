"""Returns counted by what the goods were worth: enough to fit, to test and to draw from."""

from dataclasses import dataclass, fields, replace

import numpy as np

# Each bin reaches this much higher than the one below it.
STEP = 1.15
# What a bin holds beside its number, in this order, as sums over its returns. ``gain`` is what
# taking the goods back brought: ``kept`` (what they were worth then) less ``cost``.
SUMS = ("count", "value", "gain", "value_squares", "value_gain", "gain_squares", "cost", "kept")


@dataclass(frozen=True)
class ValueBins:
    """Sums over returns in bins of rising value, as arrays of equal length.

    Bin number *b* holds values from ``STEP ** b`` up to ``STEP ** (b + 1)``; goods without a value
    are in a bin from zero to zero.
    """

    lower: np.ndarray
    upper: np.ndarray
    count: np.ndarray
    value: np.ndarray
    gain: np.ndarray
    value_squares: np.ndarray
    value_gain: np.ndarray
    gain_squares: np.ndarray
    cost: np.ndarray
    kept: np.ndarray

    @classmethod
    def from_rows(cls, rows):
        """:param rows: lists of the bin's number, None for goods without a value, and :data:`SUMS`"""
        rows = sorted(rows, key=lambda row: (row[0] is not None, row[0]))
        lower = [0.0 if row[0] is None else STEP ** row[0] for row in rows]
        upper = [0.0 if row[0] is None else STEP ** (row[0] + 1) for row in rows]
        sums = np.array([row[1:] for row in rows], dtype=float).reshape(len(rows), len(SUMS)).T
        return cls(np.array(lower), np.array(upper), *sums)

    @classmethod
    def from_observations(cls, values, costs, kept):
        """Bins of single returns.

        :param values: what the customers had paid
        :param costs: what taking the goods back cost
        :param kept: what the goods were worth then
        """
        values, costs, kept = (np.asarray(column, dtype=float) for column in (values, costs, kept))
        gain = kept - costs
        positive = values > 0
        numbers = np.full(len(values), -np.inf)
        numbers[positive] = np.floor(np.log(values[positive]) / np.log(STEP))
        columns = (
            np.ones(len(values)), values, gain, values**2, values * gain, gain**2, costs, kept
        )  # fmt: skip
        found, places = np.unique(numbers, return_inverse=True)
        sums = [np.bincount(places, weights=column, minlength=len(found)) for column in columns]
        return cls.from_rows(
            [
                [None if np.isinf(number) else int(number), *row]
                for number, row in zip(found, zip(*sums, strict=True), strict=True)
            ]
        )

    def add_cost(self, cost):
        """The same returns, each dearer by an amount.

        :param float cost: per return, e.g. labour that was not recorded
        """
        return replace(
            self,
            gain=self.gain - cost * self.count,
            value_gain=self.value_gain - cost * self.value,
            gain_squares=self.gain_squares - 2 * cost * self.gain + cost**2 * self.count,
            cost=self.cost + cost * self.count,
        )

    @property
    def total(self):
        """:return: dict of the sums over all bins"""
        return {
            field.name: float(getattr(self, field.name).sum())
            for field in fields(self)
            if field.name in SUMS
        }

    def get_quantile(self, share):
        """The value below which a share of the returns lies, about.

        :param float share: 0 to 1
        """
        if not len(self.count):
            return 0.0
        reached = np.cumsum(self.count) / self.count.sum()
        place = int(np.searchsorted(reached, share - 1e-12))
        below = reached[place - 1] if place else 0.0
        part = (share - below) / (reached[place] - below)
        return float(self.lower[place] + part * (self.upper[place] - self.lower[place]))
