import base64

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common_label import LabelsCommon

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestReturnLabel(LabelsCommon):
    """From the approval to the label at the customer's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._make_account()

    def _get_mails(self, label):
        return self.env["mail.mail"].search(
            [("model", "=", label._name), ("res_id", "=", label.id)]
        )

    def test_approval_makes_and_mails_a_label(self):
        label = self._make_label()
        self.assertEqual(label.state, "bought", label.error)
        self.assertEqual(label.account_id, self.account)
        self.assertTrue(label.tracking_number)
        self.assertTrue(label.label_attachment_id.raw.startswith(b"%PDF"))
        self.assertGreater((label.valid_until - fields.Datetime.now()).days, 28)
        self.assertEqual(self._count_sold(), 1)
        mail = self._get_mails(label)
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.attachment_ids, label._get_customer_files())
        self.assertIn(label.label_attachment_id, mail.attachment_ids)
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

    def test_request_says_what_travels(self):
        label = self._make_label(quantity=3)
        request = label._prepare_label_request(self.account)
        self.assertEqual(str(request.parcel.weight), "1.200")
        self.assertEqual(request.customer.city, "Berlin")
        self.assertEqual(request.customer.country, "DE")
        self.assertEqual(request.destination.city, "Reno")
        self.assertEqual(request.destination.state, "NV")
        self.assertEqual(str(request.items[0].quantity), "3")
        self.assertEqual(request.items[0].origin, "CN")
        self.assertTrue(label.is_abroad)

    def test_weight_in_pounds_and_package_in_millimetres(self):
        self.env["ir.config_parameter"].sudo().set_param("product.weight_in_lbs", "1")
        self.account.package_type_id = self.env["stock.package.type"].create(
            {
                "name": "Box",
                "base_weight": 0.2,
                "packaging_length": 300,
                "width": 200,
                "height": 105,
            }
        )
        label = self._make_label(quantity=2)
        # 2 × 0.4 lb + 0.2 lb = 1 lb
        self.assertEqual(f"{label.weight:.3f}", "0.454")
        sizes = (label.parcel_length, label.parcel_width, label.parcel_height)
        self.assertEqual(sizes, (30.0, 20.0, 10.5))

    def test_no_account_changes_nothing(self):
        self.account.active = False
        label = self._make_label()
        self.assertFalse(label)
        with self.assertRaisesRegex(UserError, "has no label account"):
            self._make_return(self.order, {self.product_standard: 1}).action_make_label()

    def test_customer_pays_or_marketplace_makes_it(self):
        self.assertFalse(self._make_label(label_payer="customer"))
        self.assertTrue(self._make_label(label_payer="split"))
        self.channel.makes_labels = False
        self.assertFalse(self._make_label())

    def test_no_goods_no_label(self):
        ret = self._make_return(self.order, {self.product_standard: 1}, "refund_only")
        self.assertFalse(ret.label_ids)
        with self.assertRaisesRegex(UserError, "does not wait for a parcel"):
            ret.action_make_label()

    def test_weight_zero_is_asked_for(self):
        self.product_standard.weight = 0
        label = self._make_label()
        self.assertEqual(label.state, "failed")
        self.assertIn("Enter the weight", label.error)
        self.assertIn("Enter the weight", label.failure_activity_id.note)
        self.assertEqual(label.return_id.label_state, "failed")
        form = Form(label)
        form.weight = 0.7
        label = form.save()
        label.with_context(queue_job__no_delay=True).action_buy()
        self.assertEqual(label.state, "bought", label.error)
        self.assertFalse(label.failure_activity_id.active)
        self.assertEqual(label.weight, 0.7)

    def test_incomplete_address(self):
        self.customer.city = False
        label = self._make_label()
        self.assertEqual(label.state, "failed")
        self.assertIn("City", label.error)
        self.assertEqual(self._count_sold(), 0)
        self.assertTrue(
            self.env["mail.mail"].search_count(
                [("res_id", "=", label.return_id.id), ("subject", "ilike", "approved")]
            ),
            "Customers are told at least that it is approved, and where to send it",
        )

    def test_second_label_only_on_purpose(self):
        label = self._make_label()
        ret = label.return_id
        ret.with_context(queue_job__no_delay=True).action_make_label()
        self.assertEqual(ret.label_ids.mapped("number"), [2, 1])
        self.assertEqual(len(set(ret.label_ids.mapped("tracking_number"))), 2)
        self.assertEqual(self._count_sold(), 2)
        with self.assertRaisesRegex(UserError, "being bought or exists"):
            label.action_buy()

    def test_offers_first(self):
        self.product_standard.weight = 0
        label = self._make_label()
        label.weight = 1
        label.with_context(queue_job__no_delay=True).action_get_rates()
        self.assertEqual(label.state, "rated")
        self.assertEqual(self._count_sold(), 0)
        express = label.rate_ids.filtered(lambda rate: rate.service == "Express")
        self.assertFalse(express.is_chosen)
        express.with_context(queue_job__no_delay=True).action_choose()
        self.assertEqual((label.state, label.service), ("bought", "Express"))
        self.assertTrue(express.is_chosen)

    def test_qr_code(self):
        self.account.wants_qr = True
        label = self._make_label()
        self.assertTrue(label.qr_attachment_id)
        ret = label.return_id
        documents = ret._get_portal_documents()
        files = label.label_attachment_id | label.qr_attachment_id
        self.assertEqual(documents, files | label.document_ids)
        self.assertEqual(
            [ret._get_portal_document_title(document) for document in files],
            ["Download the label", "Code for the counter"],
        )
        self.assertEqual(self._get_mails(label).attachment_ids, documents)

    def test_slip(self):
        self.account.provider = "slip"
        label = self._make_label()
        self.assertEqual((label.state, label.provider), ("bought", "slip"))
        self.assertFalse(label.cost_id)
        self.assertTrue(label.label_attachment_id.raw.startswith(b"%PDF"))
        title = label.return_id._get_portal_document_title(label.label_attachment_id)
        self.assertEqual(title, "Download the sheet")

    # -------------------------------------------------------------------------
    # By hand
    # -------------------------------------------------------------------------

    def _upload(self, ret, **vals):
        return (
            self.env["helloword.return.label.upload"]
            .with_context(active_model="helloword.return", active_id=ret.id)
            .create(vals)
            .with_context(queue_job__no_delay=True)
            .action_upload()
        )

    def test_by_hand(self):
        self.account.provider = "manual"
        label = self._make_label()
        self.assertEqual(label.state, "failed")
        self.assertIn("by hand", label.error)
        ret = label.return_id
        self._upload(
            ret,
            file=base64.b64encode(PNG),
            file_name="label.png",
            carrier="DHL",
            tracking_number=" 00340 ",
            cost=4.5,
        )
        self.assertEqual(ret.label_ids, label, "the one that failed takes it")
        self.assertEqual((label.state, label.carrier), ("bought", "DHL"))
        self.assertEqual(label.tracking_number, "00340")
        self.assertEqual(label.label_attachment_id.mimetype, "image/png")
        self.assertEqual(label.cost_id.amount, 4.5)
        self.assertFalse(label.failure_activity_id.active)
        self.assertEqual(
            self._get_mails(label).attachment_ids, label.label_attachment_id | label.document_ids
        )

    def test_upload_wants_something_useful(self):
        self.account.active = False
        ret = self._make_return(self.order, {self.product_standard: 1})
        with self.assertRaisesRegex(UserError, "file or enter its tracking number"):
            self._upload(ret)
        with self.assertRaisesRegex(UserError, "is no label"):
            self._upload(ret, file=base64.b64encode(b"MZ\x90"), file_name="virus.exe")
        self._upload(ret, tracking_number="00340")
        other = self._make_return(self.order, {self.product_standard: 1})
        with self.assertRaisesRegex(ValidationError, "00340 is on label"):
            self._upload(other, tracking_number="00340")

    # -------------------------------------------------------------------------
    # Who may do what
    # -------------------------------------------------------------------------

    def _make_user(self, login, group):
        return new_test_user(
            self.env,
            login,
            groups=group,
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )

    def test_clerk_makes_labels_and_sees_no_credentials(self):
        clerk = self._make_user("label_clerk", "helloword_returns.group_return_user")
        manager = self._make_user("label_manager", "helloword_returns.group_return_manager")
        ret = self._make_return(self.order, {self.product_standard: 1}, approve=False)
        ret.with_user(clerk).with_context(queue_job__no_delay=True).action_approve()
        label = ret.label_ids.with_user(clerk)
        self.assertEqual(label.state, "bought")
        Form(label)
        Form(self.account.with_user(manager))
        for user in (clerk, manager):
            with self.assertRaises(AccessError):
                self.account.with_user(user).read(["api_key"])
        with self.assertRaises(AccessError):
            self.account.with_user(clerk).name = "Mine"
        with self.assertRaises(AccessError):
            self.account.with_user(clerk).action_test_connection()

    def test_other_company(self):
        other = self._make_account("Other", company_id=self.company_2.id)
        label = self._make_label()
        self.assertEqual(label.account_id, self.account)
        foreign = new_test_user(
            self.env,
            "label_foreign",
            groups="helloword_returns.group_return_manager",
            company_id=self.company_2.id,
            company_ids=[(6, 0, self.company_2.ids)],
        )
        for record in (label, label.rate_ids, self.account):
            with self.assertRaises(AccessError):
                record.with_user(foreign).read(["display_name"])
        self.assertEqual(other.with_user(foreign).name, "Other")
        with self.assertRaises(UserError):
            label.account_id = other

    # -------------------------------------------------------------------------
    # Many at once
    # -------------------------------------------------------------------------

    def test_queries_do_not_grow_with_the_batch(self):
        self._make_account("Second")
        counts = []
        for size in (2, 12):
            orders = self._make_orders([[(self.product_standard, 1)]] * size)
            returns = self._make_returns([(order, None) for order in orders], approve=False)
            returns.label_payer = "customer"
            with trap_jobs():
                returns.action_approve()
            returns.label_payer = "seller"
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with trap_jobs() as trap:
                returns._make_labels()
                self.env.flush_all()
                trap.assert_jobs_count(2 * size)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(counts[1], counts[0] + 30, counts)
