import random
import unittest

from ..stats.grading import compare_grading

GRADES = [("A", True), ("B", True), ("C", False), ("D", False)]


class TestGrading(unittest.TestCase):
    """Places that grade differently are found; those that only look so are not."""

    def _count(self, **places):
        """:param places: place → numbers of A, B, C, D in one stratum"""
        return {
            ("goods", place, grade): number
            for place, numbers in places.items()
            for (grade, _good), number in zip(GRADES, numbers, strict=True)
        }

    def test_harder_place(self):
        found = compare_grading(self._count(here=(20, 20, 30, 30), there=(60, 25, 10, 5)), GRADES)
        first = next(each for each in found if each.place == "here")
        self.assertTrue(first.is_inconsistent)
        self.assertEqual((first.volume, first.volume_others, first.test), (100, 100, "chi2"))
        self.assertEqual((first.share_good, first.share_good_others), (0.4, 0.85))
        self.assertGreater(first.severity, 0.4)
        other = next(each for each in found if each.place == "there")
        self.assertAlmostEqual(other.severity, -first.severity)

    def test_alike(self):
        found = compare_grading(self._count(here=(50, 30, 15, 5), there=(50, 30, 15, 5)), GRADES)
        self.assertFalse(any(each.is_inconsistent for each in found))
        self.assertEqual({each.severity for each in found}, {0.0})

    def test_thin_grades(self):
        (first, _other) = compare_grading(
            self._count(here=(5, 0, 20, 0), there=(24, 1, 1, 0)), GRADES
        )
        self.assertEqual(first.test, "fisher")
        self.assertTrue(first.is_inconsistent)

    def test_little_volume(self):
        self.assertEqual(
            compare_grading(self._count(here=(0, 0, 19, 0), there=(99, 0, 0, 0)), GRADES), []
        )
        self.assertEqual(compare_grading({}, GRADES), [])

    def test_one_grade_only(self):
        found = compare_grading(self._count(here=(30, 0, 0, 0), there=(40, 0, 0, 0)), GRADES)
        self.assertFalse(any(each.is_inconsistent for each in found))

    def test_strata_are_kept_apart(self):
        """All of one place's goods are worse, and each kind is graded alike: no finding."""
        counts = {}
        for stratum, place, numbers in (
            ("fragile", "here", (10, 0, 90, 0)),
            ("fragile", "there", (3, 0, 27, 0)),
            ("robust", "here", (27, 0, 3, 0)),
            ("robust", "there", (90, 0, 10, 0)),
        ):
            for (grade, _good), number in zip(GRADES, numbers, strict=True):
                counts[stratum, place, grade] = number
        self.assertFalse(any(each.is_inconsistent for each in compare_grading(counts, GRADES)))

    def test_false_findings_are_rare(self):
        """Of forty places that grade alike hardly one is suspected, run after run."""
        chance = random.Random(7)
        suspected = 0
        for _run in range(20):
            counts = {}
            for place in range(40):
                for _unit in range(60):
                    grade = chance.choices("ABCD", (50, 25, 15, 10))[0]
                    key = ("goods", place, grade)
                    counts[key] = counts.get(key, 0) + 1
            suspected += any(each.is_inconsistent for each in compare_grading(counts, GRADES))
        self.assertLessEqual(suspected, 3)
