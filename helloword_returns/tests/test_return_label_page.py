import re
from datetime import UTC, timedelta

from odoo.exceptions import UserError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools.misc import file_open

from odoo.addons.queue_job.tests.common import trap_jobs

from ..carriers.base import Tracking, TrackingEvent
from .common_label import LabelsCommon


@tagged("post_install", "-at_install")
class TestReturnLabelPage(LabelsCommon, HttpCase):
    """What customers and staff see of a label."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._make_account()

    def _open(self, ret, path=""):
        ret._portal_ensure_token()
        self.env.flush_all()
        return self.url_open(f"/my/returns/{ret.id}{path}?access_token={ret.access_token}")

    def test_label_on_the_page(self):
        label = self._make_label()
        page = self._open(label.return_id)
        self.assertIn("Download the label", page.text)
        self.assertIn(label.tracking_number, page.text)
        self.assertIn("Hand it in before", page.text)
        self.assertIn("/code/qr.svg", page.text)
        document = self._open(label.return_id, f"/document/{label.label_attachment_id.id}")
        self.assertEqual(document.content, label.label_attachment_id.raw)
        other = self._make_label()
        stranger = self._open(other.return_id, f"/document/{label.label_attachment_id.id}")
        self.assertEqual(stranger.status_code, 404)

    def test_postage_taken_off(self):
        label = self._make_label(label_payer="split", label_share_percent=33.0)
        ret = label.return_id
        currency = ret.currency_id
        postage = currency.round(label.cost * 0.33)
        self.assertEqual(currency.compare_amounts(ret._get_portal_postage(), postage), 0)
        page = re.sub(
            "[\N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}$]", "", self._open(ret).text
        )
        self.assertIn("A part of the postage is deducted from the refund.", page)
        self.assertIn(f"-{postage:.2f}", page)
        self.assertIn(f"{ret.amount_to_refund - postage:.2f}", page)
        mail = self.env.ref("helloword_returns.mail_template_return_label")
        body = mail._render_field("body_html", label.ids)[label.id]
        self.assertIn(f"{postage:.2f}", body)
        free = self._make_label()
        self.assertFalse(free.return_id._get_portal_postage())

    def test_postage_charged_on_the_scan(self):
        label = self._make_label(label_payer="deduct")
        label.cost_id.action_cancel()
        label.write(
            {"cost_id": False, "charge_event": "scan", "cost": 4.2, "tracking_number": "SCAN1"}
        )
        self.assertEqual(label.return_id._get_portal_postage(), 4.2)
        label._on_first_scan()
        self.assertEqual(label.return_id._get_portal_postage(), 4.2, "once")

    def test_nobody_to_mail(self):
        ret = self._make_return(self.order, {self.product_standard: 1}, approve=False)
        ret.channel_id.notify_customer = False
        ret.with_context(queue_job__no_delay=True).action_approve()
        label = ret.label_ids
        self.assertEqual((label.state, label.mailed_date), ("bought", False))
        with self.assertRaisesRegex(UserError, "Nobody can be mailed"):
            label.action_mail_again()
        ret.channel_id.notify_customer = True
        label.action_mail_again()
        self.assertTrue(label.mailed_date)
        label.with_context(queue_job__no_delay=True).action_void()
        with self.assertRaisesRegex(UserError, "of no use"):
            label.action_mail_again()

    def test_nothing_left_to_hand_in(self):
        label = self._make_label()
        self.assertIn("Send it back", self._open(label.return_id).text)
        moment = label.bought_date.replace(tzinfo=UTC)
        label._apply_tracking(
            Tracking(
                label.tracking_number,
                "in_transit",
                events=(TrackingEvent("in_transit", moment),),
                eta=moment + timedelta(days=2),
            ),
            "poll",
        )
        page = self._open(label.return_id).text
        self.assertIn("Your parcel is on its way to us", page)
        self.assertIn("It should reach us on", page)
        self.assertNotIn("Send it back", page)
        self.assertNotIn("Download the label", page)

    def test_one_code_at_a_time(self):
        self.account.wants_qr = True
        page = self._open(self._make_label().return_id)
        self.assertIn("Code for the counter", page.text)
        self.assertNotIn("/code/qr.svg", page.text, "It would be shown at the counter")

    def test_while_it_is_made(self):
        with trap_jobs():
            ret = self._make_return(self.order, {self.product_standard: 1})
        self.assertIn("We are making your label", self._open(ret).text)
        ret.label_ids._give_up()
        page = self._open(ret).text
        self.assertNotIn("We are making your label", page)
        self.assertIn("Send it to this address", page)

    def test_given_back_label_is_not_shown(self):
        label = self._make_label()
        label.with_context(queue_job__no_delay=True).action_void()
        page = self._open(label.return_id)
        self.assertNotIn("Download the label", page.text)
        self.assertEqual(
            self._open(label.return_id, f"/document/{label.label_attachment_id.id}").status_code,
            404,
        )

    def test_slip_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.customer.lang = "zh_CN"
        self.account.provider = "slip"
        label = self._make_label()
        mail = self.env["mail.mail"].search(
            [("model", "=", label._name), ("res_id", "=", label.id)]
        )
        self.assertEqual(mail.attachment_ids, label.label_attachment_id | label.document_ids)
        self.assertIn("sheet below", self._open(label.return_id).text)

    def test_first_scan(self):
        label = self._make_label()
        label._apply_tracking(Tracking(label.tracking_number, "pending"))
        self.assertFalse(label.scanned_date)
        moment = label.bought_date.replace(microsecond=0)
        scan = TrackingEvent("picked_up", moment.replace(tzinfo=UTC))
        for _time in range(2):
            label._apply_tracking(Tracking(label.tracking_number, "in_transit", events=(scan,)))
        self.assertEqual(label.scanned_date, moment)
        self.assertEqual(label.return_id.goods_state, "transit")
        self.assertNotIn("Hand it in before", self._open(label.return_id).text)

    def test_forms_open(self):
        label = self._make_label()
        for record in (label, self.account, label.return_id, label.buy_operation_id):
            with self.subTest(record=record._name):
                Form(record)
        Form(
            self.env["helloword.return.label.upload"].with_context(
                active_model=label._name, active_id=label.id
            )
        )
        for model in ("helloword.return.label", "helloword.label.account"):
            self.env[model].get_views([(False, kind) for kind in ("kanban", "list", "search")])

    def test_copies_of_the_database_hold_no_keys(self):
        account = self._make_account(
            "EP", provider="easypost", api_key="EZAKreal", environment="production"
        )
        self.env.flush_all()
        with file_open("helloword_returns/data/neutralize.sql") as statements:
            self.env.cr.execute(statements.read())
        self.env.invalidate_all()
        self.assertEqual((account.environment, account.api_key), ("test", False))
        self.assertTrue(self.account.webhook_token)
