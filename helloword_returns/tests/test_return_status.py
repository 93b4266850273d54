from odoo import Command
from odoo.tests import new_test_user, tagged

from .test_return_request import PublicCase, make_picture


@tagged("post_install", "-at_install")
class TestReturnStatus(PublicCase):
    """Following a return: timeline, papers, messages, offers, taking it back."""

    def _open(self, ret, path=""):
        return self.url_open(f"/my/returns/{ret.id}{path}?access_token={ret.access_token}")

    def _answer(self, ret, path, data=None, files=None):
        page = self._open(ret)
        return self._send(
            f"/my/returns/{ret.id}/{path}",
            {"access_token": ret.access_token} | (data or {}),
            files,
            page,
        )

    def test_slip_codes_and_timeline(self):
        page, ret = self._ask()
        self.assertIn('aria-current="step"', page.text)
        slip = self._open(ret, "/slip")
        self.assertIn(ret.name, slip.text)
        self.assertIn("Standard mug", slip.text)
        for kind in ("qr", "bar"):
            code = self._open(ret, f"/code/{kind}.svg")
            self.assertEqual(code.headers["Content-Type"], "image/svg+xml")
            self.assertIn("<svg", code.text)
        self.assertEqual(self.url_open(f"/my/returns/{ret.id}/slip").status_code, 404)
        self.assertEqual(self.url_open(f"/my/returns/{ret.id}/code/qr.svg").status_code, 404)

    def test_only_own_papers(self):
        _page, ret = self._ask()
        foreign = self.env["ir.attachment"].create({"name": "Secret", "raw": b"secret"})
        self.assertEqual(self._open(ret, f"/document/{foreign.id}").status_code, 404)
        self.assertEqual(self._open(ret, f"/photo/{foreign.id}").status_code, 404)
        own = self.env["ir.attachment"].create(
            {"name": "note.pdf", "raw": b"x", "res_model": ret._name, "res_id": ret.id}
        )
        self.assertEqual(
            self._open(ret, f"/document/{own.id}").status_code, 404, "Staff's own files"
        )
        label = self.env["ir.attachment"].create(
            {
                "name": "LabelReturn-fixed-1.pdf",
                "raw": b"%PDF label",
                "res_model": "stock.picking",
                "res_id": ret.receipt_picking_ids.id,
            }
        )
        self.env["delivery.carrier"].search([], limit=1)
        if label in ret._get_portal_documents():
            self.assertEqual(self._open(ret, f"/document/{label.id}").content, b"%PDF label")

    def test_message_and_photo_reach_the_thread_as_text(self):
        _page, ret = self._ask()
        page = self._answer(
            ret,
            "message",
            {"text": "Where is my <img src=x onerror=alert(1)> money?\nAda"},
            [("photos", ("a.png", make_picture(), "image/png"))],
        )
        self.assertEqual(page.status_code, 200)
        self.assertIn("Your message has been sent.", page.text)
        self.assertNotIn("<img src=x", page.text)
        message = ret.website_message_ids
        self.assertIn("money?<br", message.body)
        self.assertNotIn("<img", message.body)
        self.assertEqual(message.author_id, ret.partner_id)
        self.assertEqual(ret.customer_photo_ids, message.attachment_ids)
        note = ret.message_post(body="Between us", subtype_xmlid="mail.mt_note")
        self.assertTrue(note)
        self.assertNotIn("Between us", self._open(ret).text)
        # As the “Log note” button of the chatter posts it.
        ret.message_post(body="A known cheat", message_type="comment", subtype_xmlid="mail.mt_note")
        self.assertNotIn("A known cheat", self._open(ret).text)
        ret.message_post(body="On its way", subtype_xmlid="mail.mt_comment", message_type="comment")
        self.assertIn("On its way", self._open(ret).text)

    def test_bad_messages(self):
        _page, ret = self._ask()
        empty = self._answer(ret, "message", {"text": "  "})
        self.assertEqual(empty.status_code, 422)
        self.assertIn("Write something", empty.text)
        fake = self._answer(
            ret, "message", {"text": "kept"}, [("photos", ("a.jpg", b"fake", "image/jpeg"))]
        )
        self.assertIn("This file is no photo.", fake.text)
        self.assertIn("kept", fake.text)
        self.assertFalse(ret.website_message_ids)

    def test_taken_back_while_nothing_has_happened(self):
        page, ret = self._ask()
        self.assertIn("Take the request back", page.text)
        page = self._answer(ret, "withdraw")
        self.assertIn("Your request has been withdrawn.", page.text)
        self.assertEqual(ret.approval_state, "cancelled")
        self.assertEqual(set(ret.picking_ids.mapped("state")), {"cancel"})
        again = self._answer(ret, "message", {"text": "Thanks"})
        self.assertEqual(again.status_code, 200)

    def test_not_taken_back_once_it_is_under_way(self):
        page, ret = self._ask()
        ret.action_mark_shipped()
        self.assertNotIn("Take the request back", self._open(ret).text)
        page = self._answer(ret, "withdraw")
        self.assertEqual(page.status_code, 422)
        self.assertIn("under way already", page.text)
        self.assertEqual(ret.approval_state, "approved")

    def test_offers_are_answered_on_the_page(self):
        self.rule.write(
            {"offer_keep_it": True, "keep_it_ladder": "20, 30", "offer_store_credit": True}
        )
        ret = self.env["helloword.return"].intake([self._make_request(self.order, {self.line: 1})])
        ret._portal_ensure_token()
        self.assertTrue(ret.waits_for_choice)
        page = self._open(ret)
        self.assertIn("Keep it and get a part", page.text)
        page = self._answer(ret, "choose", {"decline": "1"})
        offer = ret._get_open_offer("keep_it")
        self.assertEqual(offer.percent, 30)
        nothing = self._answer(ret, "choose", {"outcome": "exchange"})
        self.assertEqual(nothing.status_code, 422)
        page = self._answer(ret, "choose", {"outcome": "keep_it"})
        self.assertIn("You keep the goods", page.text)
        self.assertEqual((ret.decision, ret.keep_it_percent), ("keep_it", 30))
        late = self._send(
            f"/my/returns/{ret.id}/choose",
            {"access_token": ret.access_token, "outcome": "store_credit"},
            page=page,
        )
        self.assertEqual(late.status_code, 422)

    def test_answers_need_the_token(self):
        _page, ret = self._ask()
        csrf_page = self.url_open("/returns/mug-shop")
        for path in ("message", "withdraw", "choose"):
            for token in ("", "guess"):
                page = self._send(
                    f"/my/returns/{ret.id}/{path}", {"access_token": token}, page=csrf_page
                )
                self.assertEqual(page.status_code, 404, path)
        new_test_user(self.env, "bob", groups="base.group_portal")
        self.authenticate("bob", "bob")
        csrf_page = self.url_open("/returns/mug-shop")
        page = self._send(f"/my/returns/{ret.id}/withdraw", page=csrf_page)
        self.assertEqual(page.status_code, 404, "Another customer")
        self.assertEqual(ret.approval_state, "approved")

    def test_staff_who_may_only_read_do_not_answer_as_the_customer(self):
        _page, ret = self._ask()
        new_test_user(
            self.env,
            "clerk",
            groups="account.group_account_readonly",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.authenticate("clerk", "clerk")
        page = self.url_open(f"/my/returns/{ret.id}")
        self.assertIn("This is what your customer sees.", page.text)
        for path in ("message", "withdraw", "choose"):
            answer = self._send(f"/my/returns/{ret.id}/{path}", {"text": "Me"}, page=page)
            self.assertEqual(answer.status_code, 404, path)
        self.assertEqual(ret.approval_state, "approved")
        self.assertFalse(ret._get_portal_messages())

    def test_choice_that_is_refused_leaves_nothing_behind(self):
        self.rule.write({"offer_exchange": True})
        ret = self.env["helloword.return"].intake([self._make_request(self.order, {self.line: 1})])
        ret._portal_ensure_token()
        offer = ret._get_open_offer("exchange")
        self.assertTrue(offer)
        page = self._open(ret)
        offer.expires_at = "2020-01-01"
        late = self._send(
            f"/my/returns/{ret.id}/choose",
            {
                "access_token": ret.access_token,
                "outcome": "exchange",
                f"exchange_{self.line.id}": self.line.product_id.id,
            },
            page=page,
        )
        self.assertEqual(late.status_code, 422)
        self.assertFalse(ret.line_ids.exchange_product_id)
        self.assertEqual(ret.approval_state, "requested")
