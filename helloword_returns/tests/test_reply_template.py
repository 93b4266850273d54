from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..models.reply_template import (
    PLACEHOLDERS,
    REPLY_LANGUAGES,
    SITUATIONS,
    get_reply_language,
)
from ..models.return_reply import DECISION_SITUATIONS
from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestReplyTemplate(ReturnsCommon):
    """Replies in eight languages, whichever are installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._make_order([(cls.product_standard, 2, 1250.0)])
        cls.ret = cls._make_return(cls.order, decision="manual", approve=False)

    def test_language(self):
        for partner_lang, country, expected in (
            ("de_DE", "FR", "de"),
            ("en_US", "FR", "fr"),
            ("en_US", "CH", "de"),
            ("en_US", "BR", "pt"),
            ("en_US", "TW", "zh"),
            ("en_US", "JP", "ja"),
            ("en_US", "MX", "es"),
            ("en_US", "SE", "en"),
            ("en_US", "US", "en"),
            ("nl_NL", "IT", "it"),
            ("en_US", "", "en"),
            ("", "", "en"),
            (False, False, "en"),
        ):
            with self.subTest(lang=partner_lang, country=country):
                self.assertEqual(get_reply_language(partner_lang, "en_US", country), expected)

    def test_german_contact_without_country(self):
        self.assertEqual(get_reply_language("de_DE", "de_DE", ""), "de")

    def test_every_template_in_every_language(self):
        """Shipped texts are complete, and every placeholder in them is filled."""
        texts = self.env["helloword.reply.template"]._get_texts(dict(SITUATIONS), self.company)
        decisions = {situation: decision for decision, situation in DECISION_SITUATIONS.items()}
        decisions["approved_own_postage"] = "return_refund"
        for situation, _label in SITUATIONS:
            for lang, _name in REPLY_LANGUAGES:
                with self.subTest(situation=situation, lang=lang):
                    self.assertIn((self.company, situation, lang), texts)
                    plan = (
                        {"label_payer": "customer"} if situation == "approved_own_postage" else {}
                    )
                    reply = self.ret._prepare_replies(
                        decisions[situation], plan, lang, reason="Because of this."
                    )[self.ret]
                    self.assertEqual(reply["lang"], lang)
                    self.assertNotRegex(reply["subject"] + reply["body"], r"[{}]")
                    self.assertIn(self.ret.name, reply["subject"])
                    self.assertIn("Ada Buyer", reply["body"])
                    self.assertIn("Standard mug", reply["body"])
                    if situation == "rejected":
                        self.assertIn("Because of this.", reply["body"])

    def test_amount_as_the_country_writes_it(self):
        reply = self.ret._prepare_replies("refund_only")[self.ret]
        self.assertEqual(reply["lang"], "de")
        amount = f"{self.ret.amount_total:,.2f}".translate(str.maketrans(",.", ".,"))
        self.assertIn(amount, reply["body"])

    def test_unknown_placeholder(self):
        text = self.env.ref("helloword_returns.reply_delay_en")
        with self.assertRaisesRegex(ValidationError, "env"):
            text.body = "{env}"

    def test_nothing_is_evaluated(self):
        """Braces in what customers write stay what they are, and code is only text."""
        self.ret.customer_name = "{number} ${1+1} {{ object.env }}"
        body = self.ret._prepare_replies("delay", lang="en")[self.ret]["body"]
        self.assertIn("{number} ${1+1} {{ object.env }}", body)
        text = self.env.ref("helloword_returns.reply_delay_en")
        text.body = "{{name}} {name.__class__}"
        filled = text._fill(dict.fromkeys(PLACEHOLDERS, "x"))[1]
        self.assertEqual(filled, "{x} {name.__class__}")

    def test_own_template_of_a_company(self):
        own = self.env["helloword.reply.template"].create(
            {
                "name": "Ours",
                "situation": "delay",
                "company_id": self.company.id,
                "text_ids": [(0, 0, {"lang": "de", "subject": "Unsere", "body": "Geduld, {name}"})],
            }
        )
        reply = self.ret._prepare_replies("delay")[self.ret]
        self.assertEqual(reply["subject"], "Unsere")
        order_2 = self._make_order([(self.product_standard, 1)], company=self.company_2)
        ret_2 = self._make_return(order_2, decision="manual", approve=False)
        self.assertNotEqual(ret_2._prepare_replies("delay")[ret_2]["subject"], "Unsere")
        self.assertEqual(own.languages, "de")

    def test_falls_back_to_english(self):
        self.env.ref("helloword_returns.reply_delay_de").unlink()
        self.assertEqual(self.ret._prepare_replies("delay")[self.ret]["lang"], "en")

    def test_batch(self):
        orders = self._make_orders([[(self.product_standard, 1)]] * 6)
        returns = self._make_returns([(order, None) for order in orders], "manual", False)
        (returns[:1])._prepare_replies("delay")
        self.env.invalidate_all()
        with self.assertQueryCount(45):
            self.assertEqual(len(returns._prepare_replies("delay")), 6)

    def test_empty_reply(self):
        with self.assertRaisesRegex(UserError, "empty"):
            self.ret._send_replies({self.ret: {"subject": "", "body": "x"}})

    def test_sent_by_mail(self):
        self.ret._send_replies({self.ret: {"subject": "Hello", "body": "Line 1\nLine 2 <b>"}})
        message = self.ret.message_ids[:1]
        self.assertEqual(message.subject, "Hello")
        self.assertIn("&lt;b&gt;", message.body)
        self.assertIn(self.customer, message.partner_ids)

    def test_sent_through_the_channel(self):
        self.channel.provider = "demo"
        self.ret.external_id = "EXT-1"
        self.assertEqual(self.ret._get_reply_way(), "channel")
        self.ret._send_replies({self.ret: {"subject": "Hello", "body": "Body"}})
        operation = self.ret.operation_ids.filtered(lambda op: op.kind == "notify")
        self.assertEqual(operation.request["body"], "Body")
        self.assertFalse(self.ret.message_ids[:1].partner_ids)
