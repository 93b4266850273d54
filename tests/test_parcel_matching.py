"""How well parcels without a number fit returns: pure scoring."""

import unittest

from odoo.tests import tagged

from odoo.addons.helloword_returns.matching.parcel import (
    LEAST_POINTS,
    POINTS,
    STRONG,
    CandidateFacts,
    ParcelFacts,
    choose,
    normalize_name,
    normalize_postcode,
    weigh,
)


@tagged("post_install", "-at_install")
class TestParcelMatching(unittest.TestCase):
    def _total(self, parcel, candidate):
        return sum(weigh(parcel, candidate).values())

    def test_a_number_outweighs_what_many_share(self):
        parcel = ParcelFacts(
            codes=frozenset(("RET/1",)), name="ada buyer", postcode="10115", products={1: 2}
        )
        numbered = CandidateFacts(numbers=frozenset(("RET/1",)))
        alike = CandidateFacts(
            names=frozenset(("ada buyer",)), postcodes=frozenset(("10115",)), products={1: 2}
        )
        self.assertGreater(self._total(parcel, numbered), self._total(parcel, alike))

    def test_reasons_are_those_that_hold(self):
        parcel = ParcelFacts(
            codes=frozenset(("SO1", "T1")),
            serials=frozenset(("SN1",)),
            name="ada buyer",
            email="ada@example.com",
            postcode="10115",
            country="DE",
            products={1: 1, 2: 1},
            weight=1.0,
            warehouse_id=7,
        )
        candidate = CandidateFacts(
            orders=frozenset(("SO1",)),
            trackings=frozenset(("T1",)),
            serials=frozenset(("SN1",)),
            names=frozenset(("ada buyer",)),
            emails=frozenset(("ada@example.com",)),
            postcodes=frozenset(("10115",)),
            country="DE",
            products={1: 1, 2: 3},
            weight=1.1,
            warehouse_id=7,
        )
        self.assertEqual(
            set(weigh(parcel, candidate)),
            {
                "order",
                "tracking",
                "serial",
                "sender",
                "email",
                "product",
                "more_products",
                "quantity",
                "weight",
                "warehouse",
            },
        )

    def test_what_contradicts_takes_points_away(self):
        parcel = ParcelFacts(codes=frozenset(("T1",)), products={1: 1}, weight=5.0, country="FR")
        candidate = CandidateFacts(
            trackings=frozenset(("T1",)),
            products={2: 1},
            weight=0.5,
            country="DE",
            is_complete=True,
        )
        reasons = weigh(parcel, candidate)
        self.assertEqual(
            {code for code, points in reasons.items() if points < 0},
            {"other_goods", "other_weight", "other_country", "complete"},
        )
        self.assertIsNone(choose([("one", reasons)]))

    def test_nothing_known_says_nothing(self):
        self.assertEqual(weigh(ParcelFacts(), CandidateFacts()), {})
        self.assertEqual(weigh(ParcelFacts(), CandidateFacts(postcodes=frozenset(("",)))), {})

    def test_only_one_strong_candidate_is_chosen(self):
        strong, weak = {"tracking": 95}, {"email": 50}
        self.assertEqual(choose([("one", strong), ("two", weak)]), "one")
        self.assertIsNone(choose([("one", strong), ("two", {"serial": 80})]))
        self.assertIsNone(choose([("two", weak)]))
        self.assertIsNone(choose([]))

    def test_table(self):
        self.assertTrue(POINTS.keys() >= STRONG)
        for code in STRONG:
            self.assertGreater(POINTS[code], LEAST_POINTS)

    def test_normal_forms(self):
        self.assertEqual(normalize_name("Buyer, ADA"), normalize_name("Ada  Buyer"))
        self.assertEqual(normalize_postcode("sw1a-1 aa"), "SW1A1AA")
