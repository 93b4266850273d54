from datetime import timedelta
from decimal import Decimal

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.queue_job.tests.common import trap_jobs

from ..models.return_operation_run import CLAIM_TIMEOUT
from ..providers.base import MASK, RefundRequest, from_json, mask_secrets, to_json
from .common import ReturnsCommon


class TestOperation(ReturnsCommon):
    """Operations succeed once at most, whatever happens to jobs and answers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.write({"provider": "demo", "user_id": cls.env.user.id})
        order = cls._make_order([(cls.product_average, 3)])
        cls.ret = cls._make_return(order, {cls.product_average: 1}, approve=False)
        cls.ret.external_id = "R-1"

    def setUp(self):
        super().setUp()
        # The demo provider's memory and jobs open cursors of their own.
        self.registry_enter_test_mode()

    def _schedule_refund(self, amount="12.30", purpose="1"):
        request = RefundRequest(
            return_ref="R-1", amount=Decimal(amount), currency=self.ret.currency_id.name
        )
        return self.env["helloword.operation"]._schedule(
            "refund", {self.ret: request}, purpose=purpose
        )

    def _run(self, operation):
        """One run as a job would do it, in the test's transaction."""
        commits = []
        operation.sudo()._run(commit=lambda: commits.append(operation.state))
        return commits

    def _get_event(self, operation):
        return (
            self.env["helloword.demo.event"]
            .sudo()
            .search([("key", "=", operation._get_provider_key())])
        )

    def test_one_job_and_claim_before_the_call(self):
        with trap_jobs() as trap:
            operation = self._schedule_refund()
            trap.assert_jobs_count(1)
            trap.assert_enqueued_job(
                operation.sudo()._job_run,
                properties={"identity_key": f"run:{operation.idempotency_key}"},
            )
        self.assertEqual(operation.state, "ready")
        self.assertEqual(operation.amount, 12.3)
        with trap_jobs() as trap:
            self.assertEqual(self._run(operation), ["claimed", "done"])
            trap.assert_enqueued_job(operation.sudo()._job_follow_up)
        self.assertEqual(operation.external_ref, self._get_event(operation).reference)
        self.assertEqual(self._get_event(operation).content["amount"], "12.30")

    def test_repeats_change_nothing(self):
        with trap_jobs() as trap:
            operation = self._schedule_refund()
            self.assertEqual(self._schedule_refund(), operation)
            trap.assert_jobs_count(1)
        for _time in range(3):
            self._run(operation)
        self.assertEqual(self._schedule_refund(), operation)
        event = self._get_event(operation)
        self.assertEqual((event.calls, event.executions), (1, 1))

    def test_other_content(self):
        with trap_jobs():
            operation = self._schedule_refund()
            self._schedule_refund("9.00")
            self.assertEqual(operation.amount, 9.0, "it was not sent yet")
            self._run(operation)
            with self.assertRaises(UserError):
                self._schedule_refund("8.00")
            self.assertNotEqual(self._schedule_refund("8.00", purpose="2"), operation)

    def test_job_runs_to_the_end(self):
        with trap_jobs() as trap:
            operation = self._schedule_refund()
            trap.perform_enqueued_jobs()
        operation.invalidate_recordset()
        self.assertEqual(operation.state, "done")

    def test_inline(self):
        operation = (
            self.env["helloword.operation"]
            .with_context(queue_job__no_delay=True)
            ._schedule("refund", {self.ret: RefundRequest(amount=Decimal(1), currency="USD")})
        )
        self.assertEqual(operation.state, "done")
        self.assertTrue(operation.is_followed_up)

    def test_lost_answer_is_looked_up(self):
        self.channel.demo_fault = "lose_answer"
        with trap_jobs() as trap:
            operation = self._schedule_refund()
            self._run(operation)
            self.assertEqual(operation.state, "unknown")
            self.assertTrue(operation.next_try_at)
            self._run(operation)
            self.assertEqual(operation.lookups, 0, "not before its time")
            operation.sudo().next_try_at = False
            self._run(operation)
            trap.assert_enqueued_job(operation.sudo()._job_follow_up)
        self.assertEqual(operation.state, "done")
        event = self._get_event(operation)
        self.assertEqual((event.calls, event.executions), (1, 1))
        self.assertEqual(operation.external_ref, event.reference)

    def test_worker_killed_before_the_call(self):
        """Claimed, committed, then the process died: the other side never heard of it."""
        with trap_jobs():
            operation = self._schedule_refund().sudo()
            operation._claim()
            self._run(operation)
            self.assertEqual(operation.state, "claimed", "a young claim may be at work")
            operation.claimed_at = fields.Datetime.now() - timedelta(seconds=CLAIM_TIMEOUT)
            self._run(operation)
            self.assertEqual(operation.state, "ready")
            self.assertFalse(self._get_event(operation))
            self._run(operation)
        self.assertEqual(operation.state, "done")
        self.assertEqual(self._get_event(operation).executions, 1)

    def test_worker_killed_after_the_call(self):
        """Carried out, but nobody wrote it down."""
        with trap_jobs():
            operation = self._schedule_refund().sudo()
            call = operation._prepare_call(operation._claim())
            call.make()
            operation.claimed_at = fields.Datetime.now() - timedelta(seconds=CLAIM_TIMEOUT)
            self._run(operation)
        self.assertEqual(operation.state, "done")
        event = self._get_event(operation)
        self.assertEqual((event.calls, event.executions), (1, 1))

    def test_late_answer_beats_a_lookup(self):
        """An answer that arrives after the claim was given up is still written down."""
        with trap_jobs():
            operation = self._schedule_refund().sudo()
            call = operation._prepare_call(operation._claim())
            operation.claimed_at = fields.Datetime.now() - timedelta(seconds=CLAIM_TIMEOUT)
            operation._claim()
            self.assertEqual(operation.state, "unknown")
            operation._record(call, call.make())
        self.assertEqual(operation.state, "done")

    def test_stale_lookup_does_not_release(self):
        with trap_jobs():
            operation = self._schedule_refund().sudo()
            operation.state = "unknown"
            stale = operation._prepare_call(operation._claim())
            absent = stale.make()
            operation.state = "ready"
            self.assertEqual(operation._claim(), "perform")
            operation._record(stale, absent)
        self.assertEqual(operation.state, "claimed")

    def test_temporary_errors(self):
        self.channel.write({"demo_fault": "fail_times", "demo_fault_count": 2})
        with trap_jobs():
            operation = self._schedule_refund().sudo()
            for attempt in (1, 2):
                self._run(operation)
                self.assertEqual((operation.state, operation.attempts), ("ready", attempt))
                self.assertGreater(operation.next_try_at, fields.Datetime.now())
                operation.next_try_at = False
            self._run(operation)
        self.assertEqual(operation.state, "done")
        event = self._get_event(operation)
        self.assertEqual((event.calls, event.executions), (3, 1))

    def test_rate_limit_waits_as_asked(self):
        self.channel.demo_fault = "rate_limited"
        with trap_jobs():
            operation = self._schedule_refund().sudo()
            operation.max_attempts = 2
            self._run(operation)
            self.assertGreaterEqual(
                operation.next_try_at, fields.Datetime.now() + timedelta(seconds=29)
            )
            operation.next_try_at = False
            self._run(operation)
        self.assertEqual(operation.state, "failed")
        self.assertFalse(self._get_event(operation).executions)

    def test_refused_raises_one_activity(self):
        self.channel.demo_fault = "reject"
        with trap_jobs():
            operation = self._schedule_refund().sudo()
            self._run(operation)
            self.assertEqual(operation.state, "rejected")
            operation._job_follow_up()
            operation._job_follow_up()
        activity = self.ret.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity, operation.activity_id)
        self.channel.demo_fault = "none"
        with trap_jobs():
            key = operation._get_provider_key()
            operation.action_retry()
            self.assertNotEqual(operation._get_provider_key(), key)
            self._run(operation)
            operation._job_follow_up()
        self.assertEqual(operation.state, "done")
        self.assertFalse(self.ret.activity_ids)

    def test_failed_follow_up_never_repeats_the_call(self):
        with trap_jobs():
            operation = self._schedule_refund().sudo()
            self._run(operation)
        self.assertFalse(operation.is_followed_up)
        with trap_jobs() as trap:
            self.env.ref("helloword_returns.cron_sweep_operations").method_direct_trigger()
            trap.assert_enqueued_job(operation._job_follow_up)
        operation._job_follow_up()
        self.assertTrue(operation.is_followed_up)
        self.assertEqual(self._get_event(operation).calls, 1)

    def test_sweeper(self):
        with trap_jobs():
            ready = self._schedule_refund(purpose="ready").sudo()
            later = self._schedule_refund(purpose="later").sudo()
            lost = self._schedule_refund(purpose="lost").sudo()
            unknown = self._schedule_refund(purpose="unknown").sudo()
            asked = self._schedule_refund(purpose="asked").sudo()
        now = fields.Datetime.now()
        later.next_try_at = now + timedelta(hours=1)
        lost.write({"state": "claimed", "claimed_at": now - timedelta(seconds=CLAIM_TIMEOUT + 1)})
        unknown.write({"state": "unknown", "next_try_at": now - timedelta(seconds=1)})
        asked.write({"state": "unknown"})
        with trap_jobs() as trap:
            self.env.ref("helloword_returns.cron_sweep_operations").method_direct_trigger()
            jobs = {job.recordset for job in trap.enqueued_jobs}
        self.assertLessEqual({ready, lost, unknown}, jobs)
        self.assertFalse({later, asked} & jobs)

    def test_person_decides_where_nobody_can_be_asked(self):
        with trap_jobs():
            operation = self._schedule_refund().sudo()
        operation.state = "unknown"
        operation.lookups = operation.max_attempts
        self.channel.provider = "manual"
        with trap_jobs():
            self._run(operation)
        self.assertEqual(operation.state, "unknown")
        self.assertFalse(operation.next_try_at)
        self.assertEqual(len(self.ret.activity_ids), 1)
        with trap_jobs() as trap:
            operation.action_mark_done()
            trap.assert_enqueued_job(operation._job_follow_up)
        self.assertEqual(operation.state, "done")

    def test_cancel(self):
        with trap_jobs():
            operation = self._schedule_refund()
            operation.action_cancel()
            self._run(operation)
            self.assertEqual(operation.state, "cancelled")
            operation = self._schedule_refund()
            self.assertEqual(operation.state, "ready")
            self._run(operation)
            with self.assertRaises(UserError):
                operation.action_cancel()
            with self.assertRaises(UserError):
                operation.action_retry()

    def test_access(self):
        with trap_jobs():
            operation = self._schedule_refund()
        user = new_test_user(
            self.env,
            "ops_user",
            "helloword_returns.group_return_user",
            company_id=self.company.id,
        )
        self.assertEqual(operation.with_user(user).state, "ready")
        with self.assertRaises(AccessError):
            operation.with_user(user).action_cancel()
        stranger = new_test_user(
            self.env,
            "ops_stranger",
            "helloword_returns.group_return_manager",
            company_id=self.company_2.id,
            company_ids=self.company_2.ids,
        )
        with self.assertRaises(AccessError):
            operation.with_user(stranger).read(["state"])

    def test_decisions_are_told_to_the_channel(self):
        self.channel.user_id = False
        with trap_jobs():
            self.ret.action_approve()
            operation = self.ret.operation_ids
            self.assertEqual(operation.kind, "approve")
            self.assertTrue(operation.request["goods_expected"])
            self.assertEqual(operation.request["lines"][0]["quantity"], "1")
            self.ret.action_cancel()
            self.assertEqual(operation.state, "cancelled")
            self.ret.action_reset()
            self.ret.rejection_reason = "Worn"
            self.ret.action_reject()
        decline = self.ret.operation_ids - operation
        self.assertEqual(decline.kind, "decline")
        self.assertEqual(decline.request["reason"], "Worn")

    def test_batch_is_bounded(self):
        order = self._make_order([(self.product_average, 40)])
        returns = self._make_returns([(order, {self.product_average: 1})] * 40, approve=False)
        few, many = returns[:20], returns[20:]
        counts = []
        for batch in (few, many | few):
            with trap_jobs():
                start = self.env.cr.sql_log_count
                self.env["helloword.operation"]._schedule(
                    "refund",
                    {ret: RefundRequest(amount=Decimal(1), currency="USD") for ret in batch},
                    purpose=str(len(batch)),
                )
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 5)

    def test_json_is_exact_and_masked(self):
        request = RefundRequest(amount=Decimal("0.10"), currency="EUR", note="x")
        self.assertEqual(from_json("refund", to_json(request)), request)
        masked = mask_secrets({"access_token": "abc", "lines": [{"api_key": "k", "id": 1}]})
        self.assertEqual(masked, {"access_token": MASK, "lines": [{"api_key": MASK, "id": 1}]})
