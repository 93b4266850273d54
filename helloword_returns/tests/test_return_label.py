from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common_label import LabelsCommon


@tagged("post_install", "-at_install")
class TestReturnLabel(LabelsCommon):
    """From the approval to the label at the customer's, and back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._make_account()

    def test_approval_makes_and_mails_a_label(self):
        label = self._make_label()
        self.assertEqual(label.state, "bought", label.error)
        self.assertEqual(label.account_id, self.account)
        self.assertTrue(label.tracking_number)
        self.assertTrue(label.label_attachment_id.raw.startswith(b"%PDF"))
        self.assertTrue(label.valid_until > fields.Datetime.now() + timedelta(days=29))
        self.assertEqual(self._count_sold(), 1)
        mail = self.env["mail.mail"].search(
            [("model", "=", label._name), ("res_id", "=", label.id)]
        )
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.attachment_ids, label.label_attachment_id)
        self.assertIn(label.tracking_number, mail.body_html)
        self.assertFalse(
            self.env["mail.mail"].search(
                [
                    ("model", "=", "helloword.return"),
                    ("res_id", "=", label.return_id.id),
                    ("subject", "ilike", "approved"),
                ]
            ),
            "The mail with the label says that it is approved",
        )
        self.assertEqual(
            label.return_id.receipt_picking_ids.carrier_tracking_ref, label.tracking_number
        )
