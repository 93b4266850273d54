from odoo.addons.mail.tests.common import MailCommon

from .common import ReturnsCommon

MAIL = """Return-Path: <{sender}>
To: {to}
From: {name} <{sender}>
Subject: {subject}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="XX"
Date: Thu, 27 Aug 2026 10:00:00 +0200
Message-ID: <{message_id}>
{extra}

--XX
Content-Type: text/plain; charset=utf-8

{body}

--XX
Content-Type: text/plain; name="photo.txt"
Content-Disposition: attachment; filename="photo.txt"

a photograph

--XX--
"""


class TestEmail(ReturnsCommon, MailCommon):
    """Whoever writes to a channel's address asks for a return."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._init_mail_gateway()
        cls.channel.alias_name = "give-back"
        cls.order = cls._make_order([(cls.product_average, 2), (cls.product_standard, 1)])

    def _receive(self, subject, body, sender="ada@example.com", message_id="m1@x", extra=""):
        before = self.env["helloword.return"].search([])
        self.env["mail.thread"].message_process(
            None,
            MAIL.format(
                to=f"give-back@{self.alias_domain}",
                sender=sender,
                name="Ada",
                subject=subject,
                body=body,
                message_id=message_id,
                extra=extra,
            ),
        )
        return self.env["helloword.return"].search([]) - before

    def test_request(self):
        ret = self._receive(
            f"Rücksendung Bestellung {self.order.name}",
            f"Hallo, {self.product_average.default_code.lower()} ist zu klein.",
        )
        self.assertEqual(ret.channel_id, self.channel)
        self.assertEqual(ret.sale_order_id, self.order)
        self.assertEqual(ret.partner_id, self.customer)
        self.assertEqual(ret.line_ids.product_id, self.product_average)
        self.assertEqual(ret.line_ids.quantity, 1)
        self.assertIn("zu klein", ret.customer_comment)
        self.assertFalse(ret.needs_attention, ret.attention_message)
        self.assertEqual(ret.stage, "review", "a person decides what came by e-mail")
        message = ret.message_ids.filtered("attachment_ids")
        self.assertEqual(message.attachment_ids.name, "photo.txt")

    def test_reply_goes_to_the_thread(self):
        ret = self._receive(self.order.name, "both please")
        message = ret.message_ids.filtered(lambda message: message.message_type == "email")
        self.assertFalse(
            self._receive(
                f"Re: {self.order.name}",
                "any news?",
                message_id="m2@x",
                extra=f"In-Reply-To: {message.message_id}",
            )
        )
        self.assertIn("any news?", "".join(ret.message_ids.mapped("body")))

    def test_same_mail_twice(self):
        self.assertTrue(self._receive(self.order.name, "hello"))
        self.assertFalse(self._receive(self.order.name, "hello"))

    def test_unknown_order(self):
        ret = self._receive("Order 404-1234567", "give me my money")
        self.assertFalse(ret.sale_order_id)
        self.assertEqual(ret.external_order_ref, "404-1234567")
        self.assertEqual(ret.stage, "attention")
        self.assertEqual(ret.customer_email, "ada@example.com")

    def test_somebody_elses_order(self):
        ret = self._receive(
            self.order.name, self.product_average.default_code, sender="eve@example.com"
        )
        self.assertTrue(ret.needs_attention)
        self.assertIn("eve@example.com", ret.attention_message)
        self.assertEqual(ret.partner_id, self.customer, "mails go to the buyer, not to the sender")
        self.assertFalse(ret.line_ids)
