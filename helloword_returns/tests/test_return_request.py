import io
import re
from urllib.parse import urlsplit

from odoo.tests import HttpCase, tagged
from PIL import Image

from .common import ReturnsCommon


def make_picture(size=(40, 30), picture_format="PNG", mode="RGB"):
    buffer = io.BytesIO()
    Image.new(mode, size, "teal").save(buffer, picture_format)
    return buffer.getvalue()


@tagged("post_install", "-at_install")
class PublicCase(ReturnsCommon, HttpCase):
    """A visitor without a login, forms as a browser sends them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.company"].search([]).return_portal = False
        cls.company.write({"return_portal": True, "return_page_slug": "mug-shop"})
        cls.company_2.write({"return_portal": True, "return_page_slug": "other-shop"})
        cls.customer.zip = "10115"
        cls.rule = cls._only_rule(decision="return_refund", refund_trigger="receipt")
        cls.order = cls._make_order([(cls.product_standard, 3), (cls.product_average, 1)])
        cls.line = cls.order.order_line[0]

    @classmethod
    def _only_rule(cls, **plan):
        cls.env["helloword.return.rule"].search([]).active = False
        return cls.env["helloword.return.rule"].create(
            {"name": "The only rule", "domain": "[]"} | plan
        )

    def _get_csrf_token(self, page):
        return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]

    def _send(self, path, data=None, files=None, page=None):
        """Send the form of a page; without ``page``, the page at the same address."""
        page = page or self.url_open(path)
        return self.url_open(
            path, data={"csrf_token": self._get_csrf_token(page)} | (data or {}), files=files
        )

    def _find(self, number=None, contact="ada@example.com", slug="mug-shop", **more):
        return self._send(
            f"/returns/{slug}",
            {"order": number or self.order.name, "contact": contact} | more,
        )

    def _choose(self, page, quantity=1, line=None, reason="too_small", files=None, **more):
        """Send the form of the goods found by :meth:`_find`."""
        key = (line or self.line).id
        return self._send(
            urlsplit(page.url).path,
            {f"quantity_{key}": quantity, f"reason_{key}": reason} | more,
            files,
            page,
        )

    def _send_request(self, page, **data):
        """Send the form of what to get.

        :return: tuple (status page, return)
        """
        page = self._send(urlsplit(page.url).path, {"outcome": "refund"} | data, page=page)
        match = re.search(r"/my/returns/(\d+)", page.url)
        return page, self.env["helloword.return"].browse(int(match[1])) if match else None


@tagged("post_install", "-at_install")
class TestReturnRequest(PublicCase):
    def test_guest_from_order_to_decision(self):
        found = self._find()
        self.assertIn("Standard mug", found.text)
        self.assertIn("Average lamp", found.text)
        options = self._choose(found, 2, **{f"comment_{self.line.id}": "Too <b>small</b>"})
        self.assertIn("Money back", options.text)
        page, ret = self._send_request(options, comment="<script>alert(1)</script>")
        self.assertEqual(page.status_code, 200)
        self.assertIn("Your return is approved", page.text)
        self.assertIn(ret.name, page.text)
        self.assertNotIn("<script>alert(1)", page.text)
        self.assertEqual(ret.decision, "return_refund")
        self.assertEqual(ret.approval_state, "approved")
        self.assertEqual(ret.line_ids.quantity, 2)
        self.assertEqual(ret.line_ids.reason_id.code, "too_small")
        self.assertEqual(ret.line_ids.sale_line_id, self.line)
        self.assertEqual(ret.requested_outcome, "refund")
