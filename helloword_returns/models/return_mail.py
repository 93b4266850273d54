from odoo import fields, models


class HellowordChannel(models.Model):
    _inherit = "helloword.channel"

    notify_customer = fields.Boolean(
        string="Mail Customers",
        default=True,
        help="Tell customers by mail what happens with their return. Switch it off where the "
        "marketplace writes to them itself.",
    )


class HellowordReturn(models.Model):
    """Mails to the customer: written by a job, so that no receipt or posting waits for them."""

    _inherit = "helloword.return"

    def _on_taken_in(self):
        result = super()._on_taken_in()
        self._mail_customers("helloword_returns.mail_template_return_received")
        return result

    def _on_approved(self):
        result = super()._on_approved()
        (
            self.filtered(lambda ret: ret.goods_state != "none") - self._filter_awaiting_label()
        )._mail_customers("helloword_returns.mail_template_return_approved")
        return result

    def _filter_awaiting_label(self):
        """:return: the returns whose customers soon get a mail that says more. Hook, batch."""
        return self.browse()

    def _on_rejected(self):
        result = super()._on_rejected()
        self._mail_customers("helloword_returns.mail_template_return_rejected")
        return result

    def _message_track(self, fields_iter, initial_values_dict):
        """Refunds come about by several ways; the tracked status sees them all, once."""
        result = super()._message_track(fields_iter, initial_values_dict)
        refunded = self.filtered(
            lambda ret: (
                ret.refund_state == "done"
                and initial_values_dict.get(ret.id, {}).get("refund_state") not in (None, "done")
            )
        )
        refunded._mail_customers("helloword_returns.mail_template_return_refunded")
        return result

    def _mail_customers(self, template_xmlid):
        """Have the template sent to the customers of these returns, after the transaction.

        :param str template_xmlid: external id of a ``mail.template`` over returns
        """
        returns = self.filtered(
            lambda ret: ret.channel_id.notify_customer and ret._get_customer_email()
        )
        if returns:
            returns.sudo().with_delay(
                channel="root.helloword", description=f"Mail customers: {template_xmlid}"
            )._job_mail_customers(template_xmlid)

    def _job_mail_customers(self, template_xmlid):
        template = self.env.ref(template_xmlid)
        returns = self.exists()
        template.send_mail_batch(returns.ids, email_layout_xmlid="mail.mail_notification_light")

    def _get_customer_email(self):
        self.ensure_one()
        return self.customer_email or self.partner_id.email

    def _get_customer_lang(self):
        """The language to write in: the customer's, else the company's."""
        self.ensure_one()
        return self.partner_id.lang or self.company_id.partner_id.lang or self.env.lang
