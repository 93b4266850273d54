import logging

from odoo import fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


class HellowordReturnCustoms(models.Model):
    _inherit = "helloword.return.customs"

    def _render_paper(self):
        """The paper this parcel needs, as a file.

        :return: tuple (name, bytes of the PDF)
        :raise UserError: the PDF engine is missing or failed
        """
        self.ensure_one()
        report = self._get_report()
        content, _kind = (
            self.env["ir.actions.report"]
            .sudo()
            .with_context(lang="en_US")
            ._render_qweb_pdf(report.report_name, self.ids)
        )
        form = dict(self._fields["form"].selection)[self.form]
        return f"{form} {self.name.replace('/', '-')}.pdf", content


class HellowordReturnLabel(models.Model):
    """The customer gets the customs papers with the label: they belong on the parcel."""

    _inherit = "helloword.return.label"

    def _attach_customs_papers(self):
        """Add the papers to labels across a border, once, where the service made none itself."""
        for label in self:
            customs = label.return_id.sudo().customs_ids
            if label.state != "bought" or customs.state != "ready" or label.document_ids:
                continue
            try:
                name, content = customs._render_paper()
            except UserError as error:
                # The label is worth more than its papers: it is mailed, and a person prints them.
                _logger.warning("No customs papers for label %s: %s", label.name, error)
                label.message_post(
                    body=self.env._("The customs papers could not be drawn: %s", error)
                )
                continue
            attachment = self.env["ir.attachment"].create(
                {
                    "name": name,
                    "raw": content,
                    "mimetype": "application/pdf",
                    "res_model": label._name,
                    "res_id": label.id,
                }
            )
            label.document_ids = [fields.Command.link(attachment.id)]

    def _job_mail_labels(self, template_xmlid):
        self.exists()._attach_customs_papers()
        return super()._job_mail_labels(template_xmlid)

    def _on_bought(self):
        """Customers nobody mails find the papers on their page."""
        result = super()._on_bought()
        silent = self.filtered(
            lambda label: (
                label.return_id.customs_state == "ready"
                and not (
                    label.return_id.channel_id.notify_customer
                    and label.return_id._get_customer_email()
                )
            )
        )
        if silent:
            if not self.env.registry.ready:
                # The PDF engine gets its styles from the server: the job waits until it answers.
                silent = silent.with_context(queue_job__no_delay=False)
            silent.with_delay(
                channel="root.helloword", description="Draw customs papers"
            )._job_attach_customs_papers()
        return result

    def _job_attach_customs_papers(self):
        """Queue job: draw the papers of these labels."""
        self.exists()._attach_customs_papers()
