from datetime import date
from unittest import TestCase

from odoo.tests import tagged

from ..customs.papers import (
    choose_form,
    clean_hs_code,
    is_description,
    is_hs_code,
    is_postal_carrier,
)
from ..customs.territory import complete_zip, get_border, get_place, is_same_territory

DAY = date(2026, 11, 1)


@tagged("post_install", "-at_install")
class TestCustomsTerritory(TestCase):
    """Between which places goods need papers; cases from the laws named in the module."""

    def assert_border(self, start, end, kind, day=DAY):
        self.assertEqual(get_border(start, end, day).kind, kind, f"{start} {end}")

    def test_within_the_union(self):
        self.assert_border(("DE", "10115"), ("NL", "5928"), "none")
        self.assert_border(("MC", "98000"), ("FR", "06000"), "none")
        self.assert_border(("DE", ""), ("DE", ""), "none")

    def test_parts_of_member_states_outside(self):
        for start in (
            ("DE", "27498"),
            ("DE", "78266"),
            ("IT", "23041"),
            ("ES", "51001"),
            ("ES", "52001"),
            ("FR", "97133"),
            ("FR", "98800"),
            ("DK", "3900"),
            ("GL", ""),
        ):
            self.assert_border(start, ("DE", "10115"), "customs")

    def test_tax_borders_inside(self):
        for start in (
            ("ES", "35001"),
            ("ES", "38 001"),
            ("FR", "97110"),
            ("GP", "97110"),
            ("AX", "22100"),
            ("FI", "22100"),
            ("GR", "630 86"),
            ("IT", "22061"),
        ):
            self.assert_border(start, ("DE", "10115"), "fiscal")
        self.assert_border(("GP", "97110"), ("FR", "97110"), "none")
        self.assert_border(("RE", ""), ("GP", ""), "fiscal")

    def test_switzerland(self):
        self.assert_border(("CH", "8001"), ("DE", "10115"), "customs")
        self.assert_border(("CH", "8001"), ("LI", "9490"), "none")
        self.assert_border(("CH", "8001"), ("DE", "78266"), "none")

    def test_united_kingdom(self):
        self.assert_border(("GB", "LS1 1AA"), ("DE", "10115"), "customs")
        self.assert_border(("GB", "LS1 1AA"), ("DE", "10115"), "none", date(2020, 6, 1))
        self.assert_border(("GB", "BT1 1AA"), ("DE", "10115"), "none")
        self.assert_border(("XI", "BT1 1AA"), ("GB", "LS1 1AA"), "none")
        border = get_border(("GB", "LS1 1AA"), ("GB", "bt1 1aa"), DAY)
        self.assertEqual(border.note, "great_britain_to_northern_ireland")
        self.assert_border(("GB", "LS1"), ("IM", "IM1"), "none")
        self.assert_border(("GB", "LS1"), ("JE", "JE2"), "fiscal")

    def test_others(self):
        self.assert_border(("US", "89501"), ("PR", "00901"), "none")
        self.assert_border(("US", "89501"), ("VI", "00801"), "customs")
        self.assert_border(("CN", "200000"), ("HK", ""), "customs")
        self.assert_border(("HR", ""), ("DE", ""), "customs", date(2013, 6, 30))

    def test_unknown_country(self):
        self.assert_border(("", ""), ("DE", ""), "none")
        self.assertEqual(get_place("TR", "", DAY).territory, "TR")

    def test_state_stands_for_a_missing_postal_code(self):
        for country, state, kind in (
            ("ES", "GC", "fiscal"),
            ("ES", "TF", "fiscal"),
            ("ES", "CE", "customs"),
            ("ES", "ME", "customs"),
            ("ES", "M", "none"),
            ("GB", "D5", "none"),
            ("GB", "A1", "customs"),
        ):
            place = (country, complete_zip(country, " ", state))
            self.assert_border(place, ("DE", "10115"), kind)
        self.assertEqual(complete_zip("ES", "28001", "GC"), "28001", "The postal code counts first")
        self.assertEqual(complete_zip("ES", False, False), "")

    def test_american_territories_written_as_states(self):
        for zip_code in ("00802", "96799", "96910", "96950"):
            self.assert_border(("US", zip_code), ("US", "10001"), "customs")
        self.assert_border(("US", complete_zip("US", "", "GU")), ("US", "10001"), "customs")
        self.assert_border(("US", "00802"), ("VI", ""), "none")
        for zip_code in ("00601", "96701", "96813"):
            self.assert_border(("US", zip_code), ("US", "10001"), "none")

    def test_home(self):
        self.assertTrue(is_same_territory(("NL", ""), ("DE", "10115"), DAY))
        self.assertTrue(is_same_territory(("GB", "LS1"), ("GB", "BT1"), DAY))
        self.assertFalse(is_same_territory(("CN", ""), ("DE", "10115"), DAY))


@tagged("post_install", "-at_install")
class TestCustomsPapers(TestCase):
    """Which form, and what cannot be true."""

    def test_form(self):
        self.assertEqual(choose_form(True, True, 300, 2.0, 300, 2), "cn22")
        self.assertEqual(choose_form(True, True, 300.01, 2.0, 300, 2), "cn23")
        self.assertEqual(choose_form(True, True, 10, 2.001, 300, 2), "cn23")
        self.assertEqual(choose_form(True, True, float("inf"), 1, 300, 2), "cn23")
        self.assertEqual(choose_form(False, True, 10, 1, 300, 2), "commercial")
        self.assertEqual(choose_form(False, False, 10, 1, 300, 2), "proforma")

    def test_postal_carriers(self):
        for name in ("USPS", "Deutsche Post", "Royal Mail Tracked 24", "PostNL", "La Poste"):
            self.assertTrue(is_postal_carrier(name), name)
        for name in ("UPS", "DHL Express", "FedEx International", "Demo Carrier", "", None):
            self.assertFalse(is_postal_carrier(name), name)

    def test_hs_codes(self):
        for text in ("6204.42", "6204 42 00", "6204420010", "610910"):
            self.assertTrue(is_hs_code(text), text)
        for text in ("", None, "62", "620442001", "77010000", "000000", "62O442"):
            self.assertFalse(is_hs_code(text), text)
        self.assertEqual(clean_hs_code(" 6204.42-00 "), "62044200")

    def test_descriptions(self):
        for text in ("Women's dress, cotton", "Café au lait mug", "Mug"):
            self.assertTrue(is_description(text), text)
        for text in ("", None, "HW-1", "42", "棉质连衣裙", "Dress 连衣裙", "Платье"):
            self.assertFalse(is_description(text), text)
        self.assertFalse(is_description("HW-DRESS-S", "hw-dress-s"))
