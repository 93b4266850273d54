from odoo import models

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
