import re

from odoo import api, models
from odoo.tools import email_normalize, html2plaintext
from odoo.tools.mail import email_split_tuples

from ..intake.payload import RequestLine, ReturnRequest

# An order number: letters, digits, dashes and slashes with a digit among them.
_REFERENCE = re.compile(r"[A-Z0-9][A-Z0-9/_-]{3,39}", re.IGNORECASE)
_TEXT_LIMIT = 20_000
_REFERENCE_LIMIT = 50


class HellowordChannel(models.Model):
    _name = "helloword.channel"
    _inherit = ["helloword.channel", "mail.alias.mixin.optional"]

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("helloword.return")
        if self.id:
            values["alias_defaults"] = {"channel_id": self.id}
        return values


class HellowordReturn(models.Model):
    """Requests by e-mail to a channel's address. Anybody can write anything, so a person decides
    them, and an order is taken only from somebody it belongs to."""

    _inherit = "helloword.return"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Take a request from an e-mail; attachments and replies go to its thread.

        :param dict msg_dict: the e-mail as the mail gateway read it
        :param dict custom_values: the alias' defaults, ``channel_id`` among them
        :return: the return
        """
        channel_id = (custom_values or {}).get("channel_id") or self._default_channel_id().id
        channel = self.env["helloword.channel"].browse(channel_id)
        subject = msg_dict.get("subject") or ""
        comment = html2plaintext(msg_dict.get("body") or "").strip()
        text = f"{subject}\n{comment}"[:_TEXT_LIMIT]
        name, email = self._read_sender(msg_dict)
        order = self._find_order_in_text(text, channel)
        is_own = self._is_buyer(order, email)
        request = ReturnRequest(
            channel_id=channel.id,
            order_ref=(order.return_channel_ref or order.name)
            if order
            else self._guess_reference(subject),
            sale_order_id=order.id or 0,
            partner_id=order.partner_id.id if order and is_own else msg_dict.get("author_id") or 0,
            lines=self._find_lines_in_text(text, order) if is_own else (),
            customer_name=name,
            customer_email=email,
            comment=comment,
            raw={"subject": subject, "from": msg_dict.get("email_from") or "", "body": comment},
        )
        ret = self.with_company(channel.company_id).intake([request], decide=False)
        if order and not is_own:
            ret.attention_issues = [
                *(ret.attention_issues or []),
                {"code": "other_sender", "sender": email, "order": order.name},
            ]
        if not ret.needs_attention:
            ret._leave_to_person()
            ret._schedule_review()
        return ret

    @api.model
    def _read_sender(self, msg_dict):
        """:return: tuple (name, normalized address)"""
        names = email_split_tuples(msg_dict.get("email_from") or "")
        name, email = names[0] if names else ("", "")
        return name or email, email_normalize(email) or email

    @api.model
    def _find_order_in_text(self, text, channel):
        """The order whose number stands in a text; the first one, when there are several.

        :return: ``sale.order``, perhaps empty
        """
        references = self._get_references(text)
        if not references:
            return self.env["sale.order"]
        orders = self.env["sale.order"].search(
            [
                ("company_id", "=", channel.company_id.id),
                ("state", "=", "sale"),
                ("return_channel_id", "in", [False, channel.id]),
                "|",
                "|",
                ("name", "in", references),
                ("return_channel_ref", "in", references),
                ("client_order_ref", "in", references),
            ]
        )
        for reference in references:
            for order in orders:
                if reference in (order.name, order.return_channel_ref, order.client_order_ref):
                    return order
        return orders

    @api.model
    def _get_references(self, text):
        """What may be order numbers, in the order of the text, without doubles."""
        words = [word.strip("-/_") for word in _REFERENCE.findall(text)]
        words = [word for word in words if any(char.isdigit() for char in word)]
        spellings = [spelling for word in words for spelling in (word, word.upper(), f"#{word}")]
        return list(dict.fromkeys(spellings))[: 3 * _REFERENCE_LIMIT]

    @api.model
    def _guess_reference(self, subject):
        """What a person should look for, when no order was found."""
        return next(iter(self._get_references(subject)), "")

    @api.model
    def _is_buyer(self, order, email):
        partners = order.partner_id | order.partner_invoice_id | order.partner_shipping_id
        partners |= partners.commercial_partner_id
        return bool(email) and email in partners.mapped("email_normalized")

    @api.model
    def _find_lines_in_text(self, text, order):
        """The order's products whose SKU stands in the text, else the only product it has."""
        lines = order.order_line.filtered(
            lambda line: (
                not line.display_type and line.qty_delivered > 0 and line.product_id.type == "consu"
            )
        )
        named = lines.filtered(
            lambda line: (
                line.product_id.default_code
                and line.product_id.default_code.lower() in text.lower()
            )
        )
        chosen = named or (lines if len(lines) == 1 else lines.browse())
        return tuple(RequestLine(quantity=1, sale_line_id=line.id) for line in chosen)
