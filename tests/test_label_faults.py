"""Labels bought from EasyPost over HTTP: exactly once, whatever is lost on the way."""

import itertools
import random
from datetime import timedelta
from unittest import skipIf

from odoo import fields
from odoo.tests import tagged

from odoo.addons.helloword_returns.models.return_operation_run import CLAIM_TIMEOUT
from odoo.addons.helloword_returns.tests.common_label import LabelsCommon
from odoo.addons.queue_job.tests.common import trap_jobs

from .barcode_reader import read_barcodes
from .peers.case import PeerMixin
from .peers.easypost import EasyPostPeer

RUNS = 200
# What may happen to each call of a purchase.
FAULTS = (
    ("lose_answer", {}),
    ("drop", {}),
    ("garbage", {}),
    ("status", {"status": 429, "headers": {"Retry-After": "7"}}),
    ("status", {"status": 503, "headers": {"Retry-After": "7"}}),
    ("status", {"status": 500}),
)
STEPS = (
    {"path": r"/shipments\Z", "method": "POST"},
    {"path": "/buy", "method": "POST"},
    {"path": r"/shipments/shp_\w+\Z", "method": "GET"},
    {"path": "/label", "method": "GET"},
    {"path": "/files/", "method": "GET"},
)


@tagged("post_install", "-at_install")
class TestLabelFaults(PeerMixin, LabelsCommon):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(EasyPostPeer())
        self.account = self._make_account(
            "EasyPost",
            provider="easypost",
            api_key=self.peer.api_key,
            webhook_secret=self.peer.webhook_secret,
            base_url=self.peer.url,
            currency_id=self.env.ref("base.USD").id,
        )
        self.customer.write({"country_id": self._country("US").id})

    def _start(self):
        """A label that was asked for, its jobs caught.

        :return: ``helloword.return.label``
        """
        with trap_jobs():
            ret = self._make_return(self.order, {self.product_standard: 1})
        return ret.label_ids.sudo()

    def _run(self, operation):
        """One run as a job would do it, in the test's transaction, when it is due."""
        operation.next_try_at = False
        with trap_jobs():
            operation._run(commit=lambda: None)
        operation.invalidate_recordset()

    def _settle(self, label, times=12, around=lambda operation: None):
        """Run whatever is due, as jobs and the sweeper would, until nothing is.

        :param around: called with each operation before it is run
        """
        for _time in range(times):
            open_operations = label.operation_ids.filtered(
                lambda operation: operation.state in ("ready", "claimed", "unknown")
            )
            for operation in open_operations:
                around(operation)
                if operation.state == "claimed":
                    operation.claimed_at = fields.Datetime.now() - timedelta(seconds=CLAIM_TIMEOUT)
                self._run(operation)
            for operation in label.operation_ids.filtered(
                lambda operation: (
                    operation.state in ("done", "rejected", "failed")
                    and not operation.is_followed_up
                )
            ):
                with trap_jobs():
                    operation._job_follow_up()
            label.invalidate_recordset()
            if label.state in ("bought", "failed", "voided"):
                return

    def test_label_from_approval_to_paper(self):
        label = self._make_label()
        self.assertEqual(label.state, "bought", label.error)
        self.assertEqual((label.carrier, label.service), ("USPS", "GroundAdvantage"))
        self.assertEqual((label.cost, label.currency_id.name), (8.92, "USD"))
        self.assertEqual(len(label.rate_ids), 3)
        self.assertEqual(self.peer.charges, [(label.provider_ref, "8.92")])
        self.assertIn(label.tracking_number, read_barcodes(label.label_attachment_id.raw))
        shipment = self.peer.shipments[label.provider_ref]
        self.assertEqual(shipment["to_address"]["city"], "Berlin", "EasyPost turns them round")
        self.assertEqual(shipment["reference"], label.name)
        self.assertNotIn(self.peer.api_key, str(label.operation_ids.mapped("request")))

    def test_draft_is_known_before_money_is_spent(self):
        label = self._start()
        self._run(label.operation_ids)
        self.assertEqual(label.operation_ids.state, "done")
        self.assertIn(label.operation_ids.external_ref, self.peer.shipments)
        self.assertFalse(self.peer.charges)
        with trap_jobs():
            label.operation_ids._job_follow_up()
        self.assertEqual(label.state, "buying")
        self.assertFalse(self.peer.charges, "the purchase is only written down")

    def test_each_fault_at_each_step(self):
        for step, (kind, details) in itertools.product(STEPS, FAULTS):
            with self.subTest(step=step["path"], kind=kind, **details):
                self.peer.charges.clear()
                self.peer.faults.clear()
                label = self._start()
                if step["path"].startswith(r"/shipments/shp"):
                    self.peer.break_down("lose_answer", path="/buy")
                self.peer.break_down(kind, **step, **details)
                self._settle(label)
                self.assertEqual(label.state, "bought", label.error)
                self.assertEqual(len(self.peer.charges), 1)
                self.assertEqual(label.provider_ref, self.peer.charges[0][0])
                self.assertTrue(label.label_attachment_id.raw.startswith(b"%PDF"))

    def test_wait_as_long_as_the_service_says(self):
        label = self._start()
        self.peer.break_down("status", path="/shipments", status=429, headers={"Retry-After": "90"})
        self._run(label.operation_ids)
        wait = label.operation_ids.next_try_at - fields.Datetime.now()
        self.assertGreater(wait.total_seconds(), 80)

    def test_account_that_ran_out(self):
        """402: refused for good; the next account follows."""
        self._make_account("Demo", sequence=20)
        self.account.sequence = 1
        self.company.return_label_choice = "sequence"
        self.peer.break_down(
            "status",
            path="/buy",
            status=402,
            content={"error": {"code": "PAYMENT_REQUIRED", "message": "Insufficient funds."}},
        )
        label = self._start()
        self._settle(label)
        self.assertEqual((label.state, label.account_id.name), ("bought", "Demo"))
        self.assertFalse(self.peer.charges)
        self.assertEqual(self.account.health, "bad")
        self.assertIn("Insufficient funds", self.account.last_error)

    def test_wrong_key(self):
        self.account.api_key = "EZTKwrong"
        label = self._start()
        self._settle(label)
        self.assertEqual(label.state, "failed")
        self.assertIn("EasyPost: This API key is no longer active.", label.error)
        self.assertEqual(self.account.action_test_connection()["params"]["type"], "danger")
        self.account.api_key = self.peer.api_key
        self.assertEqual(self.account.action_test_connection()["params"]["type"], "success")

    def test_no_rate(self):
        self.customer.zip = "00000"
        label = self._start()
        self._settle(label)
        self.assertEqual(label.state, "failed")
        self.assertIn("not deliverable", label.rate_ids.obstacle)
        self.assertIn("not deliverable", label.error)
        self.assertFalse(self.peer.charges)

    def test_outage(self):
        with EasyPostPeer() as gone:
            self.account.base_url = gone.url
        label = self._start()
        self._settle(label)
        self.assertEqual(label.state, "failed")
        self.assertIn("cannot be reached", label.error)
        self.assertTrue(label.failure_activity_id)
        self.account.base_url = self.peer.url
        with trap_jobs():
            label.action_buy()
        self._settle(label)
        self.assertEqual(label.state, "bought")
        self.assertEqual(len(self.peer.charges), 1)

    def test_repeated_jobs_and_late_answers(self):
        label = self._start()
        self._run(label.operation_ids)
        for _time in range(3):
            with trap_jobs():
                label.operation_ids[:1]._job_follow_up()
        purchase = label.buy_operation_id
        self.assertEqual(len(label.operation_ids), 2)
        late = purchase._prepare_call(purchase._claim())
        outcome = late.make()
        purchase.claimed_at = fields.Datetime.now() - timedelta(seconds=CLAIM_TIMEOUT)
        self._run(purchase)
        self.assertEqual(label.state, "bought", "looked up")
        number = label.tracking_number
        with trap_jobs():
            purchase._record(late, outcome)
        self._run(purchase)
        self.assertEqual(label.tracking_number, number)
        self.assertEqual(len(self.peer.charges), 1)
        attachments = self.env["ir.attachment"].search_count(
            [("res_model", "=", label._name), ("res_id", "=", label.id)]
        )
        self.assertEqual(attachments, 1)

    def test_second_offer_waits_for_the_first(self):
        """Somebody has another offer bought while the outcome of the first is not known."""
        label = self._start()
        self._run(label.operation_ids)
        with trap_jobs():
            label.operation_ids._job_follow_up()
        first = label.buy_operation_id
        self.peer.break_down("lose_answer", path="/buy")
        self._run(first)
        self.assertEqual(label.state, "unknown")
        other = label.rate_ids - label.chosen_rate_id
        with trap_jobs():
            label._buy(other[0])
        second = label.operation_ids.filtered(lambda op: op.kind == "label_buy") - first
        self._run(second)
        self.assertEqual(second.state, "ready", "it waits")
        self._run(first)
        self._run(second)
        self.assertEqual((first.state, second.state), ("done", "cancelled"))
        self.assertEqual(len(self.peer.charges), 1)

    def test_void_is_followed(self):
        label = self._make_label()
        self.peer.break_down("lose_answer", path="/refund")
        with trap_jobs():
            label.return_id.action_cancel()
        self.assertEqual(label.state, "voiding")
        self._run(label.void_operation_id.sudo())
        self._settle(label.sudo())
        self.assertEqual((label.state, label.void_state), ("voiding", "submitted"))
        self.assertEqual(self.peer.count_calls("POST", "/refund"), 1, "looked up")
        label.sudo()._follow_void(commit=lambda: None)
        self.assertEqual(label.state, "voiding")
        self.peer.settle_refund(label.provider_ref, "refunded")
        label.sudo()._follow_void(commit=lambda: None)
        self.assertEqual(label.state, "voided")

    @skipIf(RUNS < 1, "no random runs wanted")
    def test_random_runs(self):
        """Answers lost, refusals, jobs run twice and killed at every point: one label each."""
        chance = random.Random(2026)

        def around(operation):
            if chance.random() < 0.3:
                kind, details = chance.choice(FAULTS)
                self.peer.break_down(kind, **chance.choice(STEPS), **details)
            if chance.random() < 0.2 and operation.state == "ready":
                # Killed after the claim, before or after the call.
                operation.next_try_at = False
                with trap_jobs():
                    task = operation._claim()
                    call = task and operation._prepare_call(task)
                    if call and chance.random() < 0.5:
                        call.make()

        for number in range(RUNS):
            self.peer.charges.clear()
            self.peer.faults.clear()
            label = self._start()
            self._settle(label, times=40, around=around)
            # Whoever gave up asks again, on purpose.
            if label.state == "failed":
                self.peer.faults.clear()
                with trap_jobs():
                    label.action_buy()
                self._settle(label)
            with self.subTest(run=number):
                self.assertEqual(label.state, "bought", label.error)
                self.assertEqual(len(self.peer.charges), 1)
