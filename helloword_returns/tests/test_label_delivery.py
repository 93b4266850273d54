from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from requests.exceptions import ConnectionError as LostConnection

from .common_label import LabelsCommon

PDF = b"%PDF-1.4 label of a provider"
# What providers say.
REFUSAL = "The postcode is not served."
LOST = "The server cannot be reached."


@tagged("post_install", "-at_install")
class TestLabelDelivery(LabelsCommon):
    """Labels from delivery methods of Odoo, also of those that do not keep to the contract.

    Community has no provider that makes return labels, so the tests bring one: its methods stand in
    the class of the delivery method, as an add-on's would.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "Parcel Service",
                "product_id": cls.env.ref("delivery.product_product_delivery").id,
                "delivery_type": "fixed",
                "company_id": cls.company.id,
            }
        )
        cls.calls = []

    def setUp(self):
        super().setUp()
        self.calls.clear()
        self._provide(
            _compute_can_generate_return=lambda carriers: carriers.write_flag(True),
            write_flag=_write_flag,
        )

    def _provide(self, **methods):
        carrier_class = self.env.registry["delivery.carrier"]
        for name, method in methods.items():
            patcher = patch.object(carrier_class, name, method, create=True)
            patcher.start()
            self.addCleanup(patcher.stop)

    def _make_delivery_account(self):
        return self._make_account(
            "Any Carrier", provider="odoo_delivery", delivery_carrier_id=self.carrier.id
        )

    def test_label_by_the_contract(self):
        calls = self.calls

        def get_return_label(carrier, pickings, tracking_number=None, origin_date=None):
            calls.append(pickings.ids)
            pickings.carrier_tracking_ref = "1Z999AA10123456784"
            pickings.carrier_price = 7.5
            name = f"{carrier.get_return_label_prefix()}-1Z999AA10123456784-1.pdf"
            pickings.message_post(body="Label", attachments=[("invoice.pdf", PDF), (name, PDF)])

        self._provide(fixed_get_return_label=get_return_label)
        account = self._make_delivery_account()
        account.action_test_connection()
        self.assertEqual(account.health, "good")
        label = self._make_label()
        self.assertEqual(label.state, "bought", label.error)
        self.assertEqual(label.tracking_number, "1Z999AA10123456784")
        self.assertEqual((label.cost, label.currency_id), (7.5, self.company.currency_id))
        self.assertTrue(label.label_attachment_id.name.startswith("LabelReturn-fixed"))
        self.assertEqual(label.document_ids.mapped("name"), ["invoice.pdf"])
        self.assertEqual(calls, [label.return_id.receipt_picking_ids.ids])

    def test_wrong_signature_and_a_number_given_back(self):
        calls = self.calls

        def get_return_label(carrier, pickings):
            calls.append(pickings.ids)
            pickings.message_post(body="Label", attachments=[("Return_77.pdf", PDF)])
            return [{"tracking_number": "R77", "exact_price": 3.2}]

        self._provide(fixed_get_return_label=get_return_label)
        self._make_delivery_account()
        label = self._make_label()
        self.assertEqual((label.state, label.tracking_number), ("bought", "R77"))
        self.assertEqual((label.cost, len(calls)), (3.2, 1))

    def test_number_only_in_the_name_of_the_file(self):
        def get_return_label(carrier, pickings, *_others):
            name = "LabelReturn-fixed-00340434161094015902-1.pdf"
            pickings.message_post(body="Label", attachments=[(name, PDF)])

        self._provide(fixed_get_return_label=get_return_label)
        self._make_delivery_account()
        self.assertEqual(self._make_label().tracking_number, "00340434161094015902")

    def test_refusal_goes_to_the_next_account(self):
        def get_return_label(carrier, pickings, *_others):
            raise UserError(REFUSAL)

        self._provide(fixed_get_return_label=get_return_label)
        account = self._make_delivery_account()
        account.sequence = 1
        self._make_account("Demo", sequence=2)
        label = self._make_label()
        self.assertEqual((label.state, label.account_id.provider), ("bought", "demo"))
        rate = label.rate_ids.filtered(lambda rate: rate.account_id == account)
        self.assertIn("postcode is not served", rate.obstacle)

    def test_a_lost_connection_is_no_refusal(self):
        calls = self.calls

        def get_return_label(carrier, pickings, *_others):
            calls.append(pickings.ids)
            try:
                raise LostConnection("timed out")
            except LostConnection as error:
                raise UserError(LOST) from error

        self._provide(fixed_get_return_label=get_return_label)
        self._make_delivery_account()
        label = self._make_label()
        self.assertEqual(label.state, "unknown")
        self.assertEqual(len(calls), 1, "nothing is bought blindly a second time")

    def test_a_provider_that_breaks_is_no_refusal_either(self):
        def get_return_label(carrier, pickings, *_others):
            return {}["shipment"]

        self._provide(fixed_get_return_label=get_return_label)
        self._make_delivery_account()
        self.assertEqual(self._make_label().state, "unknown")

    def test_given_back(self):
        calls = self.calls

        def get_return_label(carrier, pickings, *_others):
            pickings.message_post(body="Label", attachments=[("LabelReturn-fixed-1.pdf", PDF)])
            return {"tracking_number": "R1"}

        def cancel_shipment(carrier, pickings):
            calls.append("cancelled")

        self._provide(
            fixed_get_return_label=get_return_label, fixed_cancel_shipment=cancel_shipment
        )
        self._make_delivery_account()
        label = self._make_label()
        label.return_id.with_context(queue_job__no_delay=True).action_cancel()
        self.assertEqual(label.state, "voided", label.error)
        self.assertEqual(calls, ["cancelled"])

    def test_method_without_return_labels(self):
        self._provide(write_flag=lambda carriers, _flag: _write_flag(carriers, False))
        self.carrier.invalidate_recordset()
        with self.assertRaisesRegex(ValidationError, "makes no return labels"):
            self._make_delivery_account()
        with self.assertRaisesRegex(ValidationError, "Choose the delivery method"):
            self._make_account("None", provider="odoo_delivery")


def _write_flag(carriers, flag):
    for carrier in carriers:
        carrier.can_generate_return = flag
