from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from ..carriers.base import VoidAnswer
from .common_label import LabelsCommon


@tagged("post_install", "-at_install")
class TestReturnLabelVoid(LabelsCommon):
    """What labels cost, and what becomes of those nobody uses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company._create_return_accounting()
        cls.carrier = cls.env["res.partner"].create({"name": "Demo Parcel Inc."})
        cls.account = cls._make_account(partner_id=cls.carrier.id)

    def _count_voids(self):
        return self._count_events("void")

    def test_cost_is_accrued_when_bought(self):
        label = self._make_label()
        cost = label.cost_id
        self.assertEqual((cost.state, cost.kind, cost.amount), ("accrued", "label", label.cost))
        self.assertEqual(cost.partner_id, self.carrier)
        self.assertEqual(cost.reference, label.tracking_number)
        label._on_bought()
        self.assertEqual(label.return_id.cost_ids, cost, "once")

    def test_deducted_from_the_refund(self):
        label = self._make_label(label_payer="split", label_share_percent=50.0)
        half = self.company.currency_id.round(label.cost / 2)
        self.assertEqual(label.return_id.amount_label, half)
        ret = label.return_id
        told = ret.amount_to_refund - ret._get_portal_postage()
        ret.action_refund_now()
        currency = ret.currency_id
        self.assertEqual(currency.compare_amounts(ret.amount_refunded, told), 0)
        self.assertEqual(currency.compare_amounts(ret.amount_refunded, ret.amount_total - half), 0)
        self.assertEqual(currency.compare_amounts(ret._get_portal_postage(), half), 0)

    def test_cost_in_a_foreign_currency(self):
        self.account.currency_id = self.other_currency
        label = self._make_label()
        self.assertEqual(label.cost_id.currency_id, self.other_currency)
        self.assertEqual(label.cost_id.amount_company, 2 * label.cost)

    def test_scan_based_label_costs_nothing_before_the_scan(self):
        self.account.provider = "slip"
        label = self._make_label()
        self.assertEqual(label.charge_event, "scan")
        label.write({"cost": 4.2, "currency_id": self.company.currency_id.id})
        label._on_bought()
        self.assertFalse(label.cost_id)
        label._on_first_scan(fields.Datetime.to_datetime("2026-11-23 08:00:00"))
        label._on_first_scan()
        self.assertEqual(label.cost_id.state, "accrued")
        self.assertEqual(label.return_id.goods_state, "transit")
        self.assertEqual(str(label.return_id.shipped_date), "2026-11-23 08:00:00")
        with self.assertRaisesRegex(UserError, "has the parcel"):
            label.action_void()

    def test_cancelled_return_gives_the_label_back(self):
        label = self._make_label()
        cost = label.cost_id
        label.return_id.with_context(queue_job__no_delay=True).action_cancel()
        self.assertEqual((label.state, label.void_state), ("voided", "voided"))
        self.assertEqual(cost.state, "cancelled")
        self.assertEqual(self._count_voids(), 1)
        self.assertFalse(label.return_id._get_portal_documents())
        label._withdraw()
        self.assertEqual(self._count_voids(), 1)

    def test_nothing_more_is_awaited(self):
        label = self._make_label()
        label.return_id.with_context(queue_job__no_delay=True).action_close_goods()
        self.assertEqual(label.state, "voided")

    def test_cancelled_before_it_was_bought(self):
        with trap_jobs() as trap:
            ret = self._make_return(self.order, {self.product_standard: 1})
            label = ret.label_ids
            self.assertEqual(label.state, "draft")
            ret.action_cancel()
            trap.perform_enqueued_jobs()
        self.assertEqual(label.state, "voided")
        self.assertEqual((self._count_sold(), self._count_voids()), (0, 0))

    def test_cancelled_while_offers_come_in(self):
        with trap_jobs() as trap:
            ret = self._make_return(self.order, {self.product_standard: 1})
            label = ret.label_ids
            prepare = label.operation_ids.sudo()
            prepare._run(commit=lambda: None)
            self.assertEqual(prepare.state, "done")
            ret.action_cancel()
            trap.perform_enqueued_jobs()
        self.assertEqual(label.state, "voided")
        self.assertEqual(self._count_sold(), 0)

    def test_cancelled_while_the_outcome_is_unknown(self):
        self.account.demo_fault = "lose_answer"
        label = self._make_label()
        self.assertEqual(label.state, "unknown")
        ret = label.return_id.with_context(queue_job__no_delay=True)
        ret.action_cancel()
        self.assertEqual(label.state, "unknown", "it may have been bought")
        self.account.demo_fault = "none"
        operation = label.buy_operation_id.sudo()
        operation.next_try_at = False
        operation.with_context(queue_job__no_delay=True)._enqueue()
        self.assertEqual(label.state, "voided", "found, and given back at once")
        self.assertEqual((self._count_sold(), self._count_voids()), (1, 1))
        self.assertEqual(label.cost_id.state, "cancelled")
        self.assertFalse(label.mailed_date)

    def test_answer_to_the_voidance_is_lost(self):
        label = self._make_label()
        self.account.demo_fault = "fail_times"
        self.account.demo_fault_count = 1
        label.with_context(queue_job__no_delay=True).action_void()
        self.assertEqual(label.state, "voiding")
        operation = label.void_operation_id.sudo()
        operation.next_try_at = False
        operation.with_context(queue_job__no_delay=True)._enqueue()
        self.assertEqual(label.state, "voided")
        self.assertEqual(self._count_voids(), 1)

    def test_refused_voidance_keeps_label_and_cost(self):
        label = self._make_label()
        self.account.demo_fault = "reject"
        label.with_context(queue_job__no_delay=True).action_void()
        self.assertEqual((label.state, label.void_state), ("bought", "refused"))
        self.assertEqual(label.cost_id.state, "accrued")
        self.assertTrue(label.void_operation_id.activity_id)

    def test_the_service_decides_later(self):
        label = self._make_label()
        label._apply_void(VoidAnswer("submitted"))
        self.assertEqual(label.state, "voiding")
        with trap_jobs() as trap:
            self.env["helloword.return.label"]._cron_follow_voids()
            trap.assert_jobs_count(0)
            label.void_checked_date = fields.Datetime.now() - timedelta(days=1)
            self.env["helloword.return.label"]._cron_follow_voids()
            trap.assert_jobs_count(1)
        label.void_asked_date = fields.Datetime.now()
        label._follow_void(commit=lambda: None)
        self.assertEqual(label.state, "voiding", "the demo carrier knows nothing of it")
        label.void_asked_date = fields.Datetime.now() - timedelta(days=61)
        label._follow_void(commit=lambda: None)
        self.assertEqual((label.state, label.void_state), ("bought", "refused"))

    def test_refusal_that_comes_later_is_told_once(self):
        label = self._make_label()
        label._apply_void(VoidAnswer("submitted"))
        for _time in range(2):
            label._apply_void(VoidAnswer("refused", "It was used."))
            label._on_voided()
        activity = label.return_id.activity_ids.filtered(
            lambda activity: label.name in (activity.summary or "")
        )
        self.assertIn("It was used.", activity.ensure_one().note)
        self.assertEqual(label.cost_id.state, "accrued")

    def test_label_given_back_and_used(self):
        label = self._make_label()
        label.with_context(queue_job__no_delay=True).action_void()
        self.assertEqual(label.state, "voided")
        for _time in range(2):
            label._on_first_scan()
        activity = label.return_id.activity_ids.filtered(
            lambda activity: label.name in (activity.summary or "")
        )
        self.assertIn("whether it charges", activity.ensure_one().note)

    def test_followed_without_a_key(self):
        label = self._make_label()
        label._apply_void(VoidAnswer("submitted"))
        label.account_id = self._make_account("EP", provider="easypost", api_key="EZTKx")
        label.account_id.api_key = False
        label._follow_void(commit=lambda: None)
        self.assertIn("API Key", label.error)
        self.assertEqual(label.void_state, "submitted")

    def test_uploaded_label_is_given_back_by_a_person(self):
        self.account.active = False
        ret = self._make_return(self.order, {self.product_standard: 1})
        label = ret._upload_label(
            {"tracking_number": "1Z", "cost": 5, "currency_id": self.company.currency_id.id}
        )
        with self.assertRaisesRegex(UserError, "Nobody can be asked"):
            label.action_void()
        ret.action_cancel()
        self.assertEqual(label.state, "bought")
        self.assertIn("Give label", ret.activity_ids.filtered("active")[-1:].summary)
        label.action_mark_void()
        self.assertEqual((label.state, label.cost_id.state), ("voided", "cancelled"))

    # -------------------------------------------------------------------------
    # Time
    # -------------------------------------------------------------------------

    def _watch_expiry(self):
        """What the scheduled action does, and the jobs it leaves."""
        self.env.flush_all()
        with trap_jobs() as trap:
            self.env.ref("helloword_returns.cron_watch_label_expiry").method_direct_trigger()
        self.env.invalidate_all()
        inline = self.env(context=dict(self.env.context, queue_job__no_delay=True))
        for job in trap.enqueued_jobs:
            records = job.recordset.with_env(inline)
            if job.method_name == "_job_run":
                records.sudo()._run(commit=lambda: None)
            else:
                getattr(records, job.method_name)(*job.args)

    def test_reminder_and_end(self):
        label = self._make_label()
        self._watch_expiry()
        self.assertFalse(label.reminded_date)
        label.valid_until = fields.Datetime.now() + timedelta(days=2)
        self._watch_expiry()
        self._watch_expiry()
        mails = self.env["mail.mail"].search(
            [("model", "=", label._name), ("subject", "ilike", "ends soon")]
        )
        self.assertEqual(len(mails), 1)
        self.assertTrue(label.reminded_date)
        self.assertEqual(label.state, "bought")
        label.valid_until = fields.Datetime.now() - timedelta(minutes=1)
        self._watch_expiry()
        self.assertTrue(label.is_expired)
        self.assertEqual(label.state, "voided", "and given back")
        self.assertEqual(label.cost_id.state, "cancelled")
        self.assertFalse(label.return_id.label_id, "another one may be made")

    def test_used_label_neither_ends_nor_is_reminded(self):
        label = self._make_label()
        label._on_first_scan()
        label.valid_until = fields.Datetime.now() - timedelta(days=1)
        self._watch_expiry()
        self.assertEqual(label.state, "bought")

    def test_ended_label_nobody_takes_back(self):
        label = self._make_label()
        label.is_manual = True
        label.valid_until = fields.Datetime.now() - timedelta(days=1)
        self._watch_expiry()
        self.assertEqual(label.state, "expired")
