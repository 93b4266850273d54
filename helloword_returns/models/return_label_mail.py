from odoo import fields, models
from odoo.exceptions import UserError

LABEL_TEMPLATE = "helloword_returns.mail_template_return_label"
REMINDER_TEMPLATE = "helloword_returns.mail_template_return_label_reminder"


class HellowordReturnLabel(models.Model):
    """What customers are told about their label, in their language, by a job."""

    _inherit = "helloword.return.label"

    def _get_customer_files(self):
        """:return: ``ir.attachment`` records the customer needs to send the parcel"""
        labels = self.sudo()
        return labels.label_attachment_id | labels.qr_attachment_id | labels.document_ids

    def _mail_to_customers(self):
        """Mail these labels, once each."""
        fresh = self.filtered(lambda label: not label.mailed_date and label._get_customer_files())
        fresh._schedule_mails(LABEL_TEMPLATE).mailed_date = fields.Datetime.now()

    def action_mail_again(self):
        """Mail labels once more, e.g. to a corrected address.

        :raise UserError: a label cannot be used, or nobody can be mailed about it
        """
        self.check_access("write")
        labels = self.sudo()
        for label in labels:
            if label.state != "bought" or not label._get_customer_files():
                raise UserError(
                    self.env._("Label %s is of no use to the customer now.", label.name)
                )
        for label in labels - labels._filter_mailable():
            raise UserError(
                self.env._(
                    "Nobody can be mailed about return %s: enter the customer's e-mail address, "
                    "and have the channel mail its customers.",
                    label.return_id.name,
                )
            )
        labels._schedule_mails(LABEL_TEMPLATE).mailed_date = fields.Datetime.now()
        return True

    def _remind_customers(self):
        """Tell customers that their labels end soon, once each."""
        self._schedule_mails(REMINDER_TEMPLATE)
        self.reminded_date = fields.Datetime.now()

    def _filter_mailable(self):
        """:return: the labels whose customers may and can be written to"""
        return self.filtered(
            lambda label: (
                label.return_id.channel_id.notify_customer and label.return_id._get_customer_email()
            )
        )

    def _schedule_mails(self, template_xmlid):
        """:return: the labels that are mailed"""
        labels = self._filter_mailable()
        if labels:
            labels.with_delay(
                channel="root.helloword", description=f"Mail labels: {template_xmlid}"
            )._job_mail_labels(template_xmlid)
        return labels

    def _job_mail_labels(self, template_xmlid):
        """Queue job: one mail for each label, with its files."""
        template = self.env.ref(template_xmlid)
        for label in self.exists():
            template.send_mail(
                label.id,
                email_values={"attachment_ids": label._get_customer_files().ids},
                email_layout_xmlid="mail.mail_notification_light",
            )


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    def _filter_awaiting_label(self):
        """The mail with the label says all that the approval says: one mail is enough."""
        due = self._filter_label_due()
        served = self._get_label_accounts(due.company_id).company_id
        return super()._filter_awaiting_label() | due.filtered(lambda ret: ret.company_id in served)

    def _on_label_failed(self):
        """Without a label, customers are told at least where to send the parcel."""
        self.filtered(
            lambda ret: ret.approval_state == "approved" and len(ret.label_ids) == 1
        )._mail_customers("helloword_returns.mail_template_return_approved")
