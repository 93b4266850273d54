import io
import re
from urllib.parse import urlsplit

from freezegun import freeze_time
from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged
from PIL import Image

from .common import ReturnsCommon


def make_picture(size=(40, 30), picture_format="PNG", mode="RGB", **options):
    buffer = io.BytesIO()
    Image.new(mode, size, 0).save(buffer, picture_format, **options)
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
        cls.env["helloword.return.rule"].search([]).active = False
        cls.rule = cls.env["helloword.return.rule"].create(
            {
                "name": "The only rule",
                "domain": "[]",
                "decision": "return_refund",
                "refund_trigger": "receipt",
            }
        )
        cls.order = cls._make_order([(cls.product_standard, 3), (cls.product_average, 1)])
        cls.line = cls.order.order_line[0]

    def _get_csrf_token(self, page):
        return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]

    def _send(self, path, data=None, files=None, page=None):
        """Send the form of a page; without ``page``, of the page at the same address."""
        page = page or self.url_open(path)
        data = {"csrf_token": self._get_csrf_token(page)} | (data or {})
        return self.url_open(path, data=data, files=files)

    def _find(self, number=None, contact="ada@example.com", slug="mug-shop", **more):
        return self._send(
            f"/returns/{slug}", {"order": number or self.order.name, "contact": contact} | more
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

    def _submit(self, page, **data):
        """Send the form of what to get.

        :return: tuple (the page that follows, the return, empty when there is none)
        """
        page = self._send(urlsplit(page.url).path, {"outcome": "refund"} | data, page=page)
        match = re.search(r"/my/returns/(\d+)", page.url)
        return page, self.env["helloword.return"].browse(int(match[1]) if match else ())

    def _ask(self, quantity=1, **data):
        """The whole way of a guest.

        :return: tuple (status page, return)
        """
        return self._submit(self._choose(self._find(), quantity), **data)


@tagged("post_install", "-at_install")
class TestReturnRequest(PublicCase):
    """From the order to the decision."""

    def test_guest_from_order_to_decision(self):
        found = self._find(f" {self.order.name.lower()}", "10 115")
        self.assertIn("Standard mug", found.text)
        self.assertIn("Average lamp", found.text)
        options = self._choose(found, 2, **{f"comment_{self.line.id}": "Too <b>small</b>"})
        self.assertIn("Money back", options.text)
        self.assertNotIn("ada@example.com", options.text, "A postcode does not tell the address")
        page, ret = self._submit(options, comment="<script>alert(1)</script>")
        self.assertEqual(page.status_code, 200)
        self.assertIn("Your return is approved", page.text)
        self.assertIn(ret.name, page.text)
        self.assertNotIn("<script>alert(1)", page.text)
        self.assertRecordValues(
            ret,
            [
                {
                    "decision": "return_refund",
                    "approval_state": "approved",
                    "requested_outcome": "refund",
                    "is_self_service": True,
                    "customer_email": "ada@example.com",
                    "sale_order_id": self.order.id,
                }
            ],
        )
        self.assertEqual((ret.line_ids.quantity, ret.line_ids.sale_line_id), (2, self.line))
        self.assertEqual(ret.line_ids.reason_id.code, "too_small")
        self.assertTrue(ret.rule_id)

    def test_sent_twice_is_one_return(self):
        options = self._choose(self._find())
        _page, first = self._submit(options)
        _page, second = self._submit(options)
        self.assertEqual(first, second)
        self.assertEqual(self.order.return_ids, first)
        back = self.url_open(urlsplit(options.url).path)
        self.assertIn(first.name, back.text, "Going back shows the return")

    def test_preview_leaves_nothing(self):
        sequence = self.env.ref("helloword_returns.sequence_return", raise_if_not_found=False)
        before = sequence.number_next_actual if sequence else 0
        self._choose(self._find())
        self.assertFalse(self.order.return_ids)
        self.assertFalse(
            self.env["helloword.return.offer"]
            .search([])
            .filtered(lambda offer: offer.return_id.sale_order_id == self.order)
        )
        if sequence:
            self.assertEqual(sequence.number_next_actual, before)

    def test_what_cannot_be_returned_says_why(self):
        self._make_return(self.order, {self.product_average: 1})
        late = self._make_order([(self.product_fifo, 1)], deliver=False, invoice=False)
        self.assertIn("You have asked to return this already.", self._find().text)
        self.assertIn("This has not been delivered yet.", self._find(late.name).text)
        self.order.return_channel_id = self.channel
        self.channel.portal_allowed = False
        page = self._find()
        self.assertIn("are returned there", page.text)
        self.assertNotIn("Standard mug", page.text)

    def test_mistakes_are_named_and_kept(self):
        page = self._find()
        key = self.line.id
        nothing = self._choose(page, 0)
        self.assertEqual(nothing.status_code, 422)
        self.assertIn("at least one product", nothing.text)
        too_many = self._choose(page, 4)
        self.assertIn("at most 3 can be returned", too_many.text)
        self.assertIn(f'href="#quantity_{key}"', too_many.text)
        self.assertIn(f'aria-describedby="quantity_{key}_error"', too_many.text)
        for nonsense in ("nan", "inf", "-1", "1e99", "x", ""):
            self.assertIn("at least one product", self._choose(page, nonsense).text, nonsense)
        unknown = self._choose(page, 1, reason="no_such_reason", **{f"comment_{key}": "kept"})
        self.assertIn("choose why you send it back", unknown.text)
        self.assertIn("kept", unknown.text)
        hidden = self._choose(page, 1, reason="fraud")
        self.assertEqual(hidden.status_code, 422, "Not offered to customers")

    def test_lines_of_other_orders_mean_nothing(self):
        other = self._make_order([(self.product_fifo, 1)])
        page = self._choose(self._find(), 1, line=other.order_line)
        self.assertIn("at least one product", page.text)
        options = self._choose(
            self._find(),
            **{f"quantity_{other.order_line.id}": 1, f"reason_{other.order_line.id}": "too_small"},
        )
        _page, ret = self._submit(options)
        self.assertEqual(ret.line_ids.sale_line_id, self.line)
        self.assertFalse(other.return_ids)

    def test_plan_offers_exchange_with_difference(self):
        self.rule.write({"offer_exchange": True, "exchange_bonus_percent": 5})
        attribute = self.env["product.attribute"].create(
            {
                "name": "Size",
                "value_ids": [Command.create({"name": name}) for name in ("S", "M", "L")],
            }
        )
        template = self.env["product.template"].create(
            {
                "name": "Shirt",
                "list_price": 40,
                "is_storable": True,
                "invoice_policy": "order",
                "taxes_id": False,
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [Command.set(attribute.value_ids.ids)],
                        }
                    )
                ],
            }
        )
        small, medium, large = template.product_variant_ids
        large.product_template_attribute_value_ids.price_extra = 7
        self._put_in_stock({small: 5, large: 5})
        order = self._make_order([(small, 2)])
        line = order.order_line
        options = self._choose(self._find(order.name), 2, line)
        self.assertRegex(options.text, r"Shirt \(M\).*sold out")
        self.assertIn("you pay $\N{NO-BREAK SPACE}10.00 more", options.text, "7 − 5 % of 40, twice")
        page, ret = self._submit(options, outcome="exchange")
        self.assertIn("choose what you would like instead", page.text)
        for wrong in (medium.id, self.product_fifo.id, "x"):
            page, ret = self._submit(options, outcome="exchange", **{f"exchange_{line.id}": wrong})
            self.assertFalse(ret, wrong)
        page, ret = self._submit(options, outcome="exchange", **{f"exchange_{line.id}": large.id})
        self.assertIn("Your exchange is approved", page.text)
        self.assertEqual((ret.decision, ret.line_ids.exchange_product_id), ("exchange", large))
        self.assertEqual(ret.offer_ids.filtered(lambda o: o.state == "accepted").kind, "exchange")

    def test_store_credit_with_bonus(self):
        self.rule.write({"offer_store_credit": True, "credit_bonus_percent": 10})
        options = self._choose(self._find())
        self.assertIn("With a bonus of 10% on top.", options.text)
        page, ret = self._submit(options, outcome="store_credit")
        self.assertEqual(ret.decision, "store_credit")
        self.assertIn("store credit is approved", page.text)

    def test_company_withholds_outcomes(self):
        self.rule.write({"offer_store_credit": True, "offer_exchange": True})
        self.company.write({"return_portal_exchange": False, "return_portal_store_credit": False})
        options = self._choose(self._find())
        self.assertNotIn("Store credit", options.text)
        page, ret = self._submit(options, outcome="store_credit")
        self.assertFalse(ret)
        self.assertEqual(page.status_code, 422)

    def test_ladder_is_climbed_one_step_at_a_time(self):
        self.rule.write({"offer_keep_it": True, "keep_it_ladder": "20, 30"})
        share = self.order.currency_id.format
        unit = self.line.price_total / 3
        first = self._choose(self._find())
        self.assertIn(share(unit * 0.2), first.text)
        self.assertNotIn(share(unit * 0.3), first.text)
        second, ret = self._submit(first)
        self.assertFalse(ret)
        self.assertIn("We can offer you more", second.text)
        self.assertIn(share(unit * 0.3), second.text)
        _page, ret = self._submit(second, outcome="keep_it")
        self.assertEqual((ret.decision, ret.keep_it_percent), ("keep_it", 30))
        self.assertEqual(ret.approval_state, "approved")

    def test_ladder_declined_to_its_end(self):
        self.rule.write({"offer_keep_it": True, "keep_it_ladder": "20, 30"})
        second, _none = self._submit(self._choose(self._find()))
        _page, ret = self._submit(second)
        self.assertEqual((ret.decision, ret.approval_state), ("return_refund", "approved"))

    def test_person_decides_and_knows_the_wish(self):
        self.rule.decision = "manual"
        options = self._choose(self._find())
        self.assertIn("A person looks at your request", options.text)
        page, ret = self._submit(options, outcome="store_credit", email="new@example.com")
        self.assertIn("We are looking at your request", page.text)
        self.assertEqual((ret.decision, ret.requested_outcome), ("manual", "store_credit"))
        self.assertEqual(ret.customer_email, "new@example.com")
        self.assertTrue(ret.activity_ids)

    def test_refusal_is_shown_before_and_after(self):
        self.rule.decision = "reject"
        options = self._choose(self._find())
        self.assertIn("We cannot accept this return", options.text)
        page, ret = self._submit(options)
        self.assertEqual(ret.approval_state, "rejected")
        self.assertIn("We cannot accept this return", page.text)

    def test_bad_address_is_named(self):
        options = self._choose(self._find())
        page, ret = self._submit(options, email="nobody at nowhere")
        self.assertFalse(ret)
        self.assertIn("Enter an e-mail address such as", page.text)


@tagged("post_install", "-at_install")
class TestReturnRequestPhotos(PublicCase):
    def _choose_with(self, page, *files, reason="item_damaged", **more):
        name = f"photos_{self.line.id}"
        return self._choose(page, reason=reason, files=[(name, file) for file in files], **more)

    def test_photo_is_drawn_anew_and_goes_with_the_return(self):
        exif = Image.Exif()
        exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}
        photo = make_picture((3000, 1500), "JPEG", exif=exif) + b"<?php evil"
        options = self._choose_with(self._find(), ("a.jpg", photo, "image/jpeg"))
        self.assertEqual(options.status_code, 200)
        _page, ret = self._submit(options)
        kept = ret.customer_photo_ids
        self.assertEqual((kept.res_model, kept.res_id), ("helloword.return", ret.id))
        self.assertNotIn(b"evil", kept.raw)
        picture = Image.open(io.BytesIO(kept.raw))
        self.assertEqual((picture.format, picture.size), ("JPEG", (1920, 960)))
        self.assertFalse(picture.getexif(), "Where it was taken stays with the customer")
        self.assertTrue(ret.has_photo)

    def test_only_images(self):
        found = self._find()
        bomb = make_picture((9000, 9000), "PNG", mode="1")
        for name, data in (
            ("fake.jpg", b"\xff\xd8\xff\xe0 not really"),
            ("page.jpg", b"<html><script>alert(1)</script></html>"),
            ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
            ("anim.gif", make_picture(picture_format="GIF")),
        ):
            with self.subTest(name):
                page = self._choose_with(found, (name, data, "image/jpeg"))
                self.assertIn("This file is no photo.", page.text)
        page = self._choose_with(found, ("bomb.png", bomb, "image/png"))
        self.assertIn("too big", page.text)
        self.assertFalse(self.env["helloword.return.draft"].search([]).photo_ids)

    def test_huge_upload_is_refused(self):
        found = self._find()
        big = b"\0" * (13 * 1024 * 1024)
        page = self._choose_with(found, ("big.jpg", big, "image/jpeg"))
        self.assertIn("too big", page.text)
        form = self.url_open(
            "/returns/mug-shop",
            data={
                "csrf_token": self._get_csrf_token(found),
                "order": "x" * 300_000,
                "contact": "a@b.c",
            },
        )
        self.assertEqual(form.status_code, 413)

    def test_too_many_photos(self):
        files = [(f"{number}.png", make_picture(), "image/png") for number in range(13)]
        page = self._choose_with(self._find(), *files)
        self.assertIn("too many photos", page.text)
        self.assertEqual(len(self.env["helloword.return.draft"].search([]).photo_ids), 12)

    def test_reason_asks_for_a_photo(self):
        found = self._find()
        self.assertIn("add a photo", self._choose(found, reason="item_damaged").text)
        options = self._choose_with(found, ("a.png", make_picture(), "image/png"))
        self.assertIn("What would you like?", options.text)

    def test_plan_asks_for_a_photo(self):
        self.rule.photo_required = True
        found = self._find()
        page = self._choose(found)
        self.assertIn("Please add a photo that shows the goods.", page.text)
        options = self._choose_with(
            found, ("a.png", make_picture(), "image/png"), reason="too_small"
        )
        self.assertIn("What would you like?", options.text)

    def test_photo_can_be_taken_out_and_is_nobody_elses(self):
        found = self._find()
        self._choose_with(found, ("a.png", make_picture(), "image/png"))
        draft = self.env["helloword.return.draft"].search([])
        photo = draft.photo_ids
        path = urlsplit(found.url).path
        self.assertEqual(self.url_open(f"{path}/photo/{photo.id}").status_code, 200)
        other = urlsplit(self._find().url).path
        self.assertEqual(self.url_open(f"{other}/photo/{photo.id}").status_code, 404)
        self._choose(self.url_open(other), remove_photo=photo.id)
        self.assertTrue(photo.exists(), "Another visit's photo")
        self._choose(found, remove_photo=photo.id)
        self.assertFalse(photo.exists())

    def test_what_was_not_sent_is_forgotten(self):
        found = self._find()
        self._choose_with(found, ("a.png", make_picture(), "image/png"))
        draft = self.env["helloword.return.draft"].search([])
        photo = draft.photo_ids
        draft.sudo()._gc_drafts()
        self.assertTrue(draft.exists())
        with freeze_time("2099-01-01"):
            draft.sudo()._gc_drafts()
        self.assertFalse(draft.exists() or photo.exists())


@tagged("post_install", "-at_install")
class TestReturnRequestAccess(PublicCase):
    """Who sees what; guessing."""

    def test_wrong_order_and_wrong_contact_look_alike(self):
        wrong_contact = self._find(contact="else@example.com")
        wrong_order = self._find("S-NO-SUCH", "else@example.com")
        self.assertEqual(wrong_contact.status_code, wrong_order.status_code)

        def strip(page):
            return re.sub(r'value="[^"]*"|csrf_token: "[^"]*"', "", page.text)

        self.assertEqual(strip(wrong_contact), strip(wrong_order))

    def test_guessing_ends_with_a_friendly_page(self):
        for _attempt in range(10):
            self.assertEqual(self._find(contact="99999").status_code, 422)
        page = self._find(contact="99999")
        self.assertEqual(page.status_code, 429)
        self.assertTrue(int(page.headers["Retry-After"]) > 0)
        self.assertIn("Please wait a moment", page.text)
        right = self._find(contact="10115")
        self.assertEqual(right.status_code, 429, "The right answer is not told either")

    def test_guessing_many_orders_ends_too(self):
        pages = [self._find(f"S9{number:04}", "99999") for number in range(31)]
        self.assertEqual({page.status_code for page in pages[:30]}, {422})
        self.assertEqual(pages[30].status_code, 429)

    def test_forged_and_expired_tokens_lead_to_the_start(self):
        path = urlsplit(self._find().url).path
        for wrong in (path[:-3] + "AAA", "/returns/order/x", path + "/options"):
            page = self.url_open(wrong)
            self.assertNotIn("Money back", page.text)
        with freeze_time("2020-01-01"):
            old = self.order._get_finder_token()
        page = self.url_open(f"/returns/order/{old}")
        self.assertNotIn("Standard mug", page.text)
        self.assertEqual(self.url_open(f"/returns/order/{old}/image/1").status_code, 404)

    def test_token_shows_pictures_of_its_own_order_only(self):
        other = self._make_order([(self.product_fifo, 1)])
        path = urlsplit(self._find().url).path
        self.assertEqual(self.url_open(f"{path}/image/{self.line.id}").status_code, 200)
        self.assertEqual(self.url_open(f"{path}/image/{other.order_line.id}").status_code, 404)

    def test_forms_need_their_csrf_token(self):
        page = self.url_open(
            "/returns/mug-shop", data={"order": self.order.name, "contact": "10115"}
        )
        self.assertEqual(page.status_code, 400)

    def test_shops_do_not_mix(self):
        self.assertEqual(self._find(slug="other-shop").status_code, 422)
        self.assertEqual(self.url_open("/returns/no-such-shop").status_code, 404)
        token = self.order._get_finder_token()
        self.company.return_portal = False
        self.assertEqual(self.url_open("/returns/mug-shop").status_code, 404)
        self.assertNotIn("Standard mug", self.url_open(f"/returns/order/{token}").text)
        self.assertTrue(self.url_open("/returns").url.endswith("/returns/other-shop"))

    def test_gift_recipient_sees_no_prices_and_no_buyer(self):
        friend = self.env["res.partner"].create({"name": "Friend", "zip": "20095"})
        order = self._make_order([(self.product_standard, 2)], partner_shipping_id=friend.id)
        secrets = ("Ada", "ada@example.com", "100.00", "115.00")

        def check(page):
            for secret in secrets:
                self.assertNotIn(secret, page.text, page.url)

        self.rule.write({"offer_store_credit": True, "offer_exchange": True})
        found = self._find(order.name, "20095")
        check(found)
        options = self._choose(found, line=order.order_line)
        check(options)
        self.assertNotIn("Money back", options.text)
        page, ret = self._submit(options, outcome="store_credit")
        self.assertFalse(ret, "The recipient says who they are")
        check(page)
        page, ret = self._submit(
            options, outcome="store_credit", name="Friend", email="friend@example.com"
        )
        check(page)
        self.assertRecordValues(
            ret,
            [
                {
                    "is_gift": True,
                    "decision": "manual",
                    "customer_name": "Friend",
                    "customer_email": "friend@example.com",
                    "requested_outcome": "store_credit",
                }
            ],
        )
        self.assertEqual(ret._get_customer_email(), "friend@example.com")
        buyer = new_test_user(self.env, "ada", groups="base.group_portal")
        buyer.partner_id.parent_id = self.customer
        self.authenticate("ada", "ada")
        self.assertNotIn(ret.name, self.url_open("/my/returns").text, "The giver is not told")
        self.assertNotIn(ret.name, self.url_open(f"/my/returns/{ret.id}").text)

    def test_logged_in_customer_chooses_from_own_orders(self):
        user = new_test_user(self.env, "ada", groups="base.group_portal")
        own = self._make_order([(self.product_standard, 1)], partner=user.partner_id)
        self.authenticate("ada", "ada")
        orders = self.url_open("/my/returns/new")
        self.assertIn(own.name, orders.text)
        self.assertNotIn(self.order.name, orders.text)
        found = self._send(f"/my/returns/new/{own.id}", page=orders)
        self.assertIn("Standard mug", found.text)
        page, ret = self._submit(self._choose(found, line=own.order_line))
        self.assertIn(ret.name, page.text)
        self.assertIn(ret.name, self.url_open("/my/returns").text)
        foreign = self._send(f"/my/returns/new/{self.order.id}", page=orders)
        self.assertEqual(foreign.status_code, 404)

    def test_page_speaks_the_language_of_its_address(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        page = self.url_open("/fr/returns/mug-shop")
        self.assertIn('lang="fr-FR"', page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertEqual(page.headers["Referrer-Policy"], "same-origin")
        ret = self._submit(
            self._choose(self.url_open(f"/fr/returns/order/{self.order._get_finder_token()}"))
        )[1]
        self.assertEqual(ret._get_customer_lang(), "fr_FR")
