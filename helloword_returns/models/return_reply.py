from datetime import timedelta

from babel.dates import format_date
from babel.localedata import exists
from babel.numbers import format_currency
from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ..providers.base import MessageRequest
from .reply_template import get_reply_language

# What the customer is told after a decision; a returned parcel depends on who pays the label.
DECISION_SITUATIONS = {
    "refund_only": "refund_without_return",
    "return_refund": "approved_label",
    "exchange": "exchange",
    "store_credit": "store_credit",
    "keep_it": "keep_it_offer",
    "reject": "rejected",
    "ask_photos": "ask_photos",
    "ask_information": "ask_information",
    "delay": "delay",
}
# Babel's locales of the languages replies are written in, where the country is of no help.
LOCALES = {"zh": "zh_Hans_CN", "en": "en", "pt": "pt_PT"}
SEND_BACK_DAYS = 14
ANSWER_DAYS = 7


class HellowordReturn(models.Model):
    """Replies to customers in their own language, over the channel or by mail."""

    _inherit = "helloword.return"

    def _get_reply_lang(self):
        """:return: code of one of the reply languages"""
        self.ensure_one()
        return get_reply_language(
            self.partner_id.lang,
            self.company_id.partner_id.lang or self.env.lang,
            self.country_id.code,
        )

    def _prepare_replies(self, decision, plan=None, lang=None, reason=""):
        """The text for each customer, ready to be sent or edited.

        :param str decision: a decision of the plan, or ``ask_photos``, ``ask_information``, ``delay``
        :param dict plan: values of the plan that differ from those on the returns
        :param str lang: write in this language instead of the customer's
        :param str reason: why a request is rejected
        :return: dict of return → {lang, subject, body}; a return without a text is left out
        """
        plan = plan or {}
        situations = {ret: ret._get_reply_situation(decision, plan) for ret in self}
        texts = self.env["helloword.reply.template"]._get_texts(
            set(situations.values()), self.company_id
        )
        replies = {}
        for ret in self:
            wanted = lang or ret._get_reply_lang()
            for code in (wanted, "en"):
                text = texts.get((ret.company_id, situations[ret], code))
                if text:
                    values = ret._prepare_reply_values(decision, plan, code, reason)
                    subject, body = text._fill(values)
                    replies[ret] = {"lang": code, "subject": subject, "body": body}
                    break
        return replies

    def _get_reply_situation(self, decision, plan):
        self.ensure_one()
        payer = plan.get("label_payer") or self.label_payer
        if decision == "return_refund" and payer == "customer":
            return "approved_own_postage"
        return DECISION_SITUATIONS[decision]

    def _prepare_reply_values(self, decision, plan, lang, reason):
        """:return: dict of placeholder → text, written as the customer's country writes it"""
        self.ensure_one()
        locale = self._get_reply_locale(lang)
        amount = self._get_decided_amount(decision, plan)
        deadline = self._get_reply_deadline(decision, plan)
        return {
            "name": self.customer_name or self.partner_id.name or "",
            "number": self.name,
            "order": self.external_order_ref or self.sale_order_id.name or "",
            "items": "\n".join(
                f"• {line.quantity:g} × {line.product_id.display_name or line.name or line.sku}"
                for line in self.line_ids
            ),
            "amount": format_currency(amount, self.currency_id.name, locale=locale),
            "deadline": format_date(deadline, format="long", locale=locale),
            "reason": reason or self.rejection_reason or "",
            "company": self.company_id.name,
            "link": self.get_base_url() + self.sudo()._get_share_url(),
        }

    def _get_reply_locale(self, lang):
        """The way numbers and dates are written: that of the country, if it speaks the language."""
        self.ensure_one()
        country = self.country_id.code
        regional = f"{lang}_{country}"
        if lang != "zh" and country and exists(regional):
            return regional
        return LOCALES.get(lang, lang)

    def _get_decided_amount(self, decision, plan):
        """What the customer gets by a decision, taxes included.

        :return: amount in the currency of the return
        """
        self.ensure_one()
        if decision == "keep_it":
            percent = plan.get("keep_it_percent") or self._get_keep_it_steps()[0]
            amount = self.amount_total * percent / 100.0
        elif decision == "refund_only":
            amount = self.amount_total
        elif decision == "store_credit":
            bonus = plan.get("credit_bonus_percent", self.credit_bonus_percent)
            amount = self.amount_total * (1 + bonus / 100.0) - self.amount_fee
        else:
            amount = self.amount_total - self.amount_fee
        return self.currency_id.round(amount)

    def _get_reply_deadline(self, decision, plan):
        """:return: date by which the customer, or after a delay the shop, should act"""
        self.ensure_one()
        today = fields.Date.context_today(self)
        if decision == "keep_it":
            days = plan.get("offer_days") or self.offer_days or ANSWER_DAYS
            return today + timedelta(days=days)
        if decision in ("ask_photos", "ask_information"):
            return today + timedelta(days=ANSWER_DAYS)
        if decision == "delay":
            due = self.deadline_date or self.refund_due_date
            return max(due.date(), today) if due else today + timedelta(days=3)
        return today + timedelta(days=SEND_BACK_DAYS)

    # -------------------------------------------------------------------------
    # Sending
    # -------------------------------------------------------------------------

    def _get_reply_way(self):
        """:return: ``channel``, ``mail``, or ``none`` when the customer cannot be reached"""
        self.ensure_one()
        if self.channel_id.can_message and self.external_id:
            return "channel"
        return "mail" if self._get_customer_email() else "none"

    def _send_replies(self, replies):
        """Send a reply to each customer and keep it in the thread.

        :param dict replies: return → {subject, body}
        :raise UserError: a reply is empty
        """
        by_channel = {}
        for ret, reply in replies.items():
            if not (reply.get("subject") or "").strip() or not (reply.get("body") or "").strip():
                raise UserError(
                    self.env._(
                        "The reply for return %s is empty. Write it, or do not send it.", ret.name
                    )
                )
            if ret._get_reply_way() == "channel":
                by_channel[ret] = MessageRequest(
                    **ret._prepare_operation_reference(),
                    subject=reply["subject"],
                    body=reply["body"],
                )
            ret._post_reply(reply)
        if by_channel:
            stamp = f"{fields.Datetime.now():%Y%m%d%H%M%S}"
            self.env["helloword.operation"]._schedule(
                "notify", by_channel, purpose=dict.fromkeys(by_channel, stamp)
            )

    def _post_reply(self, reply):
        """What the customer is told stands in the thread, and goes out by mail where it has to."""
        self.ensure_one()
        by_mail = self._get_reply_way() == "mail"
        address = self._get_customer_email() if by_mail else False
        known = by_mail and self.partner_id.email_normalized and self.partner_id
        self.with_context(mail_post_autofollow=False).message_post(
            subject=reply["subject"],
            body=plaintext2html(reply["body"]),
            body_is_html=True,
            message_type="comment",
            subtype_xmlid="mail.mt_comment" if by_mail else "mail.mt_note",
            partner_ids=known.ids if known else [],
            outgoing_email_to=address if by_mail and not known else False,
        )
