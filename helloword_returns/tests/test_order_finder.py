from freezegun import freeze_time
from odoo.tests import tagged

from ..models.public_page import darken_until_readable, get_contrast
from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestOrderFinder(ReturnsCommon):
    """Orders found by number and e-mail or postcode; tokens; limits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.zip = "SW1A 1AA"
        cls.friend = cls.env["res.partner"].create(
            {"name": "Friend", "email": "friend@example.com", "zip": "10115"}
        )
        cls.order = cls._make_order(
            [(cls.product_standard, 1)], deliver=False, invoice=False, client_order_ref="Web #77 a"
        )
        cls.order.return_channel_ref = "113-998"
        cls.gift = cls._make_order(
            [(cls.product_standard, 1)],
            deliver=False,
            invoice=False,
            partner_shipping_id=cls.friend.id,
        )
        cls.env.flush_all()

    def _find(self, number, contact, **kwargs):
        return self.env["sale.order"]._find_for_customer(number, contact, **kwargs)

    def test_found_however_it_is_typed(self):
        name = self.order.name
        for number, contact in (
            (name, "ada@example.com"),
            (f" #{name.lower()} ", " ADA@Example.com "),
            ("web77A", "sw1a1aa"),
            ("113-998", "SW1A 1aa"),
        ):
            with self.subTest(number=number, contact=contact):
                found = self._find(number, contact)
                self.assertEqual((found.order, found.proof), (self.order, "buyer"))

    def test_number_alone_or_wrong_contact_finds_nothing(self):
        for contact in ("", " ", None, "x@y.z", "10115", "%", "_", "not an address@", "a" * 500):
            self.assertIsNone(self._find(self.order.name, contact), contact)
        for number in ("", None, "a", "#", "%", self.order.name[:-1]):
            self.assertIsNone(self._find(number, "ada@example.com"), number)

    def test_only_confirmed_orders_of_the_companies(self):
        self.assertIsNone(self._find(self.order.name, "ada@example.com", companies=self.company_2))
        self.order._action_cancel()
        self.env.flush_all()
        self.assertIsNone(self._find(self.order.name, "ada@example.com"))

    def test_recipient_of_a_gift_is_no_buyer(self):
        number = self.gift.name
        for contact in ("10115", "friend@example.com"):
            found = self._find(number, contact)
            self.assertEqual((found.order, found.proof), (self.gift, "recipient"))
        self.assertEqual(self._find(number, "SW1A1AA").proof, "buyer")
        self.assertEqual(self._find(number, "SW1A1AA", is_gift=True).proof, "recipient")

    def test_one_query_whatever_is_wrong(self):
        for number, contact in (
            (self.order.name, "ada@example.com"),
            (self.order.name, "nobody@example.com"),
            ("NO-SUCH-ORDER", "ada@example.com"),
        ):
            with self.assertQueryCount(1):
                self._find(number, contact)

    def test_token_opens_its_order_for_some_hours(self):
        Order = self.env["sale.order"]
        with freeze_time("2026-03-01 10:00:00"):
            token = self.order._get_finder_token("recipient", "visit")
            found = Order._read_finder_token(token)
            self.assertEqual(
                (found.order, found.proof, found.nonce), (self.order, "recipient", "visit")
            )
        with freeze_time("2026-03-01 13:30:00"):
            self.assertIsNone(Order._read_finder_token(token), "Expired")
        token = self.order._get_finder_token()
        for forged in ("", None, "x", "é", token[:-4] + "AAAA", "B" + token[1:], "=" * 50):
            self.assertIsNone(Order._read_finder_token(forged), forged)

    def test_limits_count_over_workers_and_slide(self):
        Limit = self.env["helloword.request.limit"]
        self.registry_enter_test_mode()
        with freeze_time("2026-03-01 10:00:00"):
            waits = [Limit._take("find_order", "S1") for _attempt in range(12)]
            self.assertEqual(waits[:10], [0] * 10)
            self.assertEqual(waits[10:], [3600, 3600])
            self.assertEqual(Limit._take("find_order", "S2"), 0, "Another order is free")
            Limit._give_back("find_order", "S2")
        with freeze_time("2026-03-01 11:05:00"):
            self.assertTrue(Limit._take("find_order", "S1"), "The last hour still counts")
        with freeze_time("2026-03-01 12:30:00"):
            self.assertFalse(Limit._take("find_order", "S1"))
        rows = Limit.search([("kind", "=", "find_order")])
        self.assertNotIn("S1", rows.mapped("key"), "Keys are digests")

    def test_one_network_is_one_visitor(self):
        Limit = self.env["helloword.request.limit"]
        self.assertEqual(
            Limit._get_address_key("2001:db8::1"), Limit._get_address_key("2001:db8::ffff")
        )
        self.assertEqual(Limit._get_address_key("192.0.2.1"), "192.0.2.1")
        self.assertEqual(Limit._get_address_key("nonsense"), "nonsense")

    def test_colours_can_be_read(self):
        for colour in ("#ffff00", "#ffffff", "#000000", "#714b67", "#00a09d"):
            self.company.return_page_colour = colour
            colours = self.company._get_brand_colours()
            self.assertGreaterEqual(
                get_contrast(colours["--hw-brand"], colours["--hw-on-brand"]), 4.5, colour
            )
            self.assertGreaterEqual(get_contrast(darken_until_readable(colour), "#ffffff"), 4.5)

    def test_slug_of_every_company(self):
        slugs = (self.company | self.company_2).mapped("return_page_slug")
        self.assertTrue(all(slugs))
        self.assertEqual(len(set(slugs)), 2)
        self.assertEqual(self.env["res.company"]._get_by_page_slug(slugs[0].upper()), self.company)
