from odoo.tests import HttpCase, new_test_user, tagged

from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestPortal(ReturnsCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_ada = new_test_user(cls.env, "ada", groups="base.group_portal")
        cls.user_bob = new_test_user(cls.env, "bob", groups="base.group_portal")
        cls.customer = cls.user_ada.partner_id
        order = cls._make_order([(cls.product_standard, 2)])
        cls.return_order = cls._make_return(order, {cls.product_standard: 1})
        cls.url = f"/my/returns/{cls.return_order.id}"

    def test_customer_sees_own_returns(self):
        self.authenticate("ada", "ada")
        listing = self.url_open("/my/returns")
        self.assertIn(self.return_order.name, listing.text)
        page = self.url_open(self.url)
        self.assertIn(self.return_order.name, page.text)
        self.assertIn("Standard mug", page.text)
        self.assertIn('aria-current="step"', page.text)

    def test_filters_do_not_break_on_nonsense(self):
        self.authenticate("ada", "ada")
        response = self.url_open("/my/returns?sortby=nonsense&filterby=nonsense")
        self.assertEqual(response.status_code, 200)
        response = self.url_open("/my/returns?filterby=closed")
        self.assertNotIn(self.return_order.name, response.text)

    def test_other_customer_sees_nothing(self):
        self.authenticate("bob", "bob")
        self.assertNotIn(self.return_order.name, self.url_open("/my/returns").text)
        page = self.url_open(self.url)
        self.assertTrue(page.url.endswith("/my"), "Not their return: back to the home page")
        self.assertNotIn("Standard mug", page.text)

    def test_anonymous_needs_the_token(self):
        self.assertNotIn("Standard mug", self.url_open(self.url).text)
        self.assertNotIn("Standard mug", self.url_open(f"{self.url}?access_token=guess").text)
        token = self.return_order._portal_ensure_token()
        other = self._make_return(
            self._make_order([(self.product_average, 1)]), {self.product_average: 1}
        )
        self.env.flush_all()
        page = self.url_open(f"{self.url}?access_token={token}")
        self.assertIn("Standard mug", page.text)
        foreign = self.url_open(f"/my/returns/{other.id}?access_token={token}")
        self.assertNotIn("Average lamp", foreign.text, "A token opens its own return only")

    def test_customer_cannot_read_the_record_itself(self):
        self.assertFalse(self.return_order.with_user(self.user_ada).has_access("read"))

    def test_rejection_reason_is_shown(self):
        order = self._make_order([(self.product_standard, 1)])
        rejected = self._make_return(order, approve=False)
        rejected.rejection_reason = "The seal was broken."
        rejected.action_reject()
        self.env.flush_all()
        self.authenticate("ada", "ada")
        self.assertIn("The seal was broken.", self.url_open(f"/my/returns/{rejected.id}").text)
