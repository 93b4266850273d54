import re
from urllib.parse import urlsplit

from odoo.tests import HttpCase, new_test_user, tagged

from ..models.request_limit import LIMITS
from .test_withdrawal import WithdrawalCase


@tagged("post_install", "-at_install")
class TestWithdrawalPage(WithdrawalCase, HttpCase):
    """A consumer without a login, forms as a browser without JavaScript sends them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.company"].search([]).withdrawal_page = False
        cls.company.write(
            {
                "withdrawal_page": True,
                "return_page_slug": "mug-shop",
                "email": "shop@example.com",
            }
        )
        cls.company_2.return_page_slug = "other-shop"
        cls.order = cls._make_shop_order()

    def _get(self, path, lang="en-US"):
        return self.url_open(path, headers={"Accept-Language": lang})

    def _send(self, lang="en-US", token="", **data):
        path = "/withdrawal/mug-shop/statement"
        page = self._get(f"{path}?order={token}", lang)
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        values = {
            "csrf_token": csrf,
            "name": "Ada Buyer",
            "contract": self.order.name,
            "email": "ada@example.com",
            "scope": "all",
            "order": token,
        }
        return self.url_open(path, data=values | data, headers={"Accept-Language": lang})

    def _last(self):
        return self.Withdrawal.search([], limit=1, order="id desc")

    def test_two_controls_with_prescribed_words(self):
        for lang, first, second in (
            ("en-US", "Withdraw from contract here", "Confirm withdrawal"),
            ("de-DE,de;q=0.9", "Vertrag widerrufen", "Widerruf bestätigen"),
            ("zh-CN,zh;q=0.9", "在此撤回合同", "确认撤回"),
            ("tlh", "Withdraw from contract here", "Confirm withdrawal"),
        ):
            with self.subTest(lang):
                self.opener.cookies.clear()
                start = self._get("/withdrawal/mug-shop", lang)
                self.assertEqual(start.status_code, 200)
                link = re.search(rf'href="([^"]+)" lang="\w+">\s*{first}\s*</a>', start.text)
                self.assertEqual(link[1], "/withdrawal/mug-shop/statement")
                form = self._get("/withdrawal/mug-shop/statement", lang)
                self.assertRegex(form.text, rf">\s*{second}\s*</button>")
                self.assertIn('action="/withdrawal/mug-shop/statement"', form.text)
                self.assertNotIn("<script", form.text.split("<main")[1].split("</main")[0])
                # Name, contract and e-mail must be filled in; nothing else.
                required = re.findall(r"<(?:input|select|textarea)[^>]*required[^>]*>", form.text)
                names = [re.search(r'name="(\w+)"', tag)[1] for tag in required]
                self.assertEqual(names, ["name", "contract", "email"])

    def test_only_shop_and_unknown_shop(self):
        self.assertEqual(urlsplit(self._get("/withdrawal").url).path, "/withdrawal/mug-shop")
        for slug in ("nowhere", "other-shop"):
            self.assertEqual(self._get(f"/withdrawal/{slug}").status_code, 404)
            self.assertEqual(self._get(f"/withdrawal/{slug}/statement").status_code, 404)

    def test_statement_is_taken_and_shown(self):
        page = self._send("de-DE,de;q=0.9")
        self.assertEqual(page.status_code, 200)
        self.assertIn("/withdrawal/received/", page.url)
        withdrawal = self._last()
        self.assertIn(withdrawal.name, page.text)
        self.assertIn(withdrawal._get_received_text(), page.text)
        self.assertIn("Ich widerrufe meinen Vertrag", page.text)
        self.assertEqual((withdrawal.lang, withdrawal.source), ("de", "page"))
        copy = self._get(urlsplit(page.url).path + "/copy")
        self.assertEqual(copy.status_code, 200)
        self.assertIn("attachment", copy.headers["Content-Disposition"])
        self.assertEqual(self._get("/withdrawal/received/guess").status_code, 404)
        withdrawal._job_examine()
        self.assertEqual(withdrawal.return_ids.approval_state, "approved")

    def test_page_says_the_same_about_orders_that_do_not_exist(self):
        found = self._send()
        unknown = self._send(contract="NO-SUCH-1")
        self.assertEqual((found.status_code, unknown.status_code), (200, 200))

        def strip(page):
            text = re.sub(r"(?s)^.*<main", "", page.text)
            text = re.sub(r"WDR/\d+/\d+|/received/[\w-]+|\d\d:\d\d:\d\d", "", text)
            return text.replace(self.order.name, "").replace("NO-SUCH-1", "").split("</main")[0]

        self.assertEqual(strip(found), strip(unknown))
        looked = self._send(contract="NO-SUCH-1", find="1")
        other = self._send(email="eve@example.com", find="1")
        for page in (looked, other):
            self.assertIn("We cannot show a list", page.text)
            self.assertNotIn("Standard mug", page.text)

    def test_goods_are_shown_to_who_knows_number_and_address(self):
        page = self._send(find="1")
        self.assertIn("Standard mug", page.text)
        token = re.search(r'name="order" value="([^"]+)"', page.text)[1]
        line = self.order.order_line[0]
        foreign = self._make_shop_order().order_line[0]
        self._send(
            token=token,
            scope="part",
            **{f"quantity_{line.id}": "2", f"quantity_{foreign.id}": "1"},
        )
        withdrawal = self._last()
        self.assertEqual(withdrawal.line_ids.sale_line_id, line)
        self.assertEqual(withdrawal.line_ids.quantity, 2)
        self._send(token=token, contract="OTHER-1", scope="part", **{f"quantity_{line.id}": "1"})
        other = self._last()
        self.assertTrue(other.is_partial, "Never more than what was meant")
        self.assertFalse(other.line_ids)
        self.assertIn("Standard mug", other.items_text)
        self.assertFalse(other.sale_order_id)

    def test_expired_list_never_becomes_the_whole_contract(self):
        line = self.order.order_line[0]
        page = self._send(token="expired", scope="part", **{f"quantity_{line.id}": "1"})
        self.assertEqual(page.status_code, 422)
        self.assertFalse(self.Withdrawal.search_count([]))

    def test_errors_are_listed_and_entries_kept(self):
        page = self._send(name=" ", contract="", email="nonsense", scope="part")
        self.assertEqual(page.status_code, 422)
        for anchor in ("#name", "#contract", "#email", "#items_text"):
            self.assertIn(f'href="{anchor}"', page.text)
        self.assertIn('value="nonsense"', page.text)
        self.assertIn('role="alert"', page.text)
        self.assertFalse(self.Withdrawal.search_count([]))

    def test_goods_named_but_whole_contract_chosen(self):
        page = self._send(items_text="the lamp")
        self.assertEqual(page.status_code, 422)
        self.assertIn('href="#scope_all"', page.text)
        self.assertFalse(self.Withdrawal.search_count([]))

    def test_foreign_form_is_refused(self):
        response = self.url_open("/withdrawal/mug-shop/statement", data={"name": "x"})
        self.assertEqual(response.status_code, 400)

    def test_too_many_are_never_refused_silently(self):
        for number in range(10):
            self._send(contract=f"X-{number}")
        page = self._send(contract="X-11")
        self.assertEqual(page.status_code, 429)
        self.assertIn("was not sent yet", page.text)
        self.assertIn('value="X-11"', page.text)
        self.assertIn("shop@example.com", page.text)
        self.assertEqual(self.Withdrawal.search_count([]), 10)

    def test_link_on_the_customers_order(self):
        user = new_test_user(self.env, "ada", groups="base.group_portal")
        user.partner_id = self.customer
        self.authenticate("ada", "ada")
        page = self._get(f"/my/orders/{self.order.id}")
        link = re.search(r'href="(/withdrawal/mug-shop/statement\?order=[^"]+)"', page.text)[1]
        form = self._get(link.replace("&amp;", "&"))
        self.assertIn(f'value="{self.order.name}"', form.text)
        self.assertIn('value="Ada Buyer"', form.text)
        self.assertIn("Standard mug", form.text)

    def test_token_alone_does_not_tell_who_the_buyer_is(self):
        self.customer.zip = "10115"
        self.env.flush_all()
        found = self.env["sale.order"]._find_for_customer(self.order.name, "10115")
        self.assertEqual(found.proof, "buyer")
        token = found.order._get_finder_token(found.proof, found.nonce)
        page = self._get(f"/withdrawal/mug-shop/statement?order={token}")
        self.assertIn("Standard mug", page.text)
        self.assertNotIn("Ada Buyer", page.text)
        self.assertNotIn("ada@example.com", page.text)
        new_test_user(self.env, "eve", groups="base.group_portal")
        self.authenticate("eve", "eve")
        page = self._get(f"/withdrawal/mug-shop/statement?order={token}")
        self.assertNotIn("ada@example.com", page.text)

    def test_copies_are_limited(self):
        self._send()
        page = f"/withdrawal/received/{self._last().access_token}/copy"
        Limit = self.env["helloword.request.limit"]
        allowed, _seconds = LIMITS["copy_ip"]
        for _number in range(allowed - 1):
            Limit._take("copy_ip", "127.0.0.1")
        self.assertEqual(self._get(page).status_code, 200)
        self.assertEqual(self._get(page).status_code, 429)

    def test_who_got_a_gift_is_not_taken_for_the_buyer(self):
        token = self.order._get_finder_token("recipient")
        self._send(token=token, name="Bob Friend", email="bob@example.com")
        withdrawal = self._last()
        self.assertEqual(withdrawal.sale_order_id, self.order)
        self.assertFalse(withdrawal.is_identified)
        withdrawal._job_examine()
        self.assertEqual(withdrawal.findings[0]["code"], "other_contact")
        self.assertFalse(withdrawal.return_ids)
