from odoo import fields, models
from odoo.tools import format_amount

# Labels that customers wait for.
COMING_STATES = ("draft", "rated", "buying", "unknown")


class HellowordReturn(models.Model):
    """What the customer's page shows of the label."""

    _inherit = "helloword.return"

    def _get_portal_documents(self):
        documents = super()._get_portal_documents()
        if self.approval_state != "approved" or self.goods_state not in ("expected", "transit"):
            return documents
        labels = self.sudo().label_ids.filtered(lambda label: label.state == "bought")
        return documents | labels.sorted("number")._get_customer_files()

    def _get_portal_document_title(self, document):
        """:return: what a button that loads one of the documents says"""
        self.ensure_one()
        labels = self.sudo().label_ids
        if document in labels.qr_attachment_id:
            return self.env._("Code for the counter")
        if document in labels.document_ids:
            return self.env._("Customs papers")
        label = labels.filtered(lambda label: label.label_attachment_id == document)
        if label.provider == "slip":
            return self.env._("Download the sheet")
        return self.env._("Download the label")

    def _get_portal_label_sentence(self):
        """Customers read what the postage takes off, as soon as it is known."""
        sentence, postage = super()._get_portal_label_sentence(), self._get_portal_postage()
        if not sentence or self.is_gift or self.currency_id.is_zero(postage):
            return sentence
        return f"{sentence} ({format_amount(self.env, -postage, self.currency_id)})"

    def _get_portal_postage(self):
        """What the label takes from the refund, one that is charged on its scan included.

        :return: amount in the return's currency; zero while it is not known
        """
        self.ensure_one()
        ret = self.sudo()
        if ret.refund_state == "done":
            return ret._get_deducted("label")
        coming = ret.label_ids.filtered(
            lambda label: label.state == "bought" and not label.cost_id and label.currency_id
        )
        today = fields.Date.context_today(self)
        amount = sum(
            label.currency_id._convert(label.cost, ret.currency_id, ret.company_id, today)
            for label in coming
        )
        postage = ret.amount_label + ret.currency_id.round(amount * ret._get_customer_label_share())
        return min(postage, ret.amount_to_refund)

    def _is_label_coming(self):
        """:return: whether a label is being made right now"""
        self.ensure_one()
        return self.sudo().label_state in COMING_STATES

    def _is_parcel_awaited_from_customer(self):
        """:return: whether the customer has something left to hand in"""
        self.ensure_one()
        if self.goods_state != "transit":
            return self.goods_state in ("expected", "partial")
        labels = self.sudo().label_ids.filtered(lambda label: label.state == "bought")
        return not labels or not all(labels.mapped("scanned_date"))
