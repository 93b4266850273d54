"""A worker dies in the middle of a call: the effect happens once."""

import time
from datetime import timedelta
from decimal import Decimal

from odoo import fields
from odoo.tests import tagged

from odoo.addons.helloword_returns.intake.payload import RequestLine, ReturnRequest
from odoo.addons.helloword_returns.models.return_operation_run import CLAIM_TIMEOUT
from odoo.addons.helloword_returns.providers.base import RefundRequest
from odoo.addons.queue_job.tests.common import trap_jobs

from .committed import CommittedCase
from .worker import start_worker


@tagged("post_install", "-at_install")
class TestOperationCrash(CommittedCase):
    def setUp(self):
        super().setUp()
        with trap_jobs(), self._transaction() as env:
            channel = env["helloword.channel"].browse(self.channel_id)
            channel.demo_fault = "slow"
            line = RequestLine(sale_line_id=self.sale_line_id)
            ret = env["helloword.return"].intake(
                [ReturnRequest(channel_id=channel.id, external_id="C1", lines=(line,))],
                decide=False,
            )
            request = RefundRequest(amount=Decimal("5.00"), currency=ret.currency_id.name)
            self.operation_id = env["helloword.operation"]._schedule("refund", {ret: request}).id

    def _read(self):
        with self._transaction() as env:
            operation = env["helloword.operation"].browse(self.operation_id)
            event = env["helloword.demo.event"].search(
                [("key", "=", operation._get_provider_key())]
            )
            return operation.state, event.calls, event.executions

    def _wait_for(self, condition, worker):
        deadline = time.monotonic() + 90
        while not condition(*self._read()):
            self.assertLess(time.monotonic(), deadline, "the worker does nothing")
            self.assertIsNone(worker.poll(), "the worker ended by itself")
            time.sleep(0.1)

    def _run_here(self):
        with trap_jobs(), self._transaction() as env:
            env["helloword.operation"].browse(self.operation_id)._run(commit=env.cr.commit)

    def test_killed_in_the_call(self):
        worker = start_worker(self.operation_id)
        self.addCleanup(worker.wait)
        self.addCleanup(worker.kill)
        self._wait_for(lambda state, calls, done: state == "claimed" and calls == 1, worker)
        worker.kill()
        worker.wait()
        self.assertEqual(self._read(), ("claimed", 1, 0), "the other side was called, and no more")

        self._run_here()
        self.assertEqual(self._read()[0], "claimed", "it may be at work still")
        with self._transaction() as env:
            channel = env["helloword.channel"].browse(self.channel_id)
            channel.demo_fault = "none"
            env["helloword.operation"].browse(self.operation_id).claimed_at = (
                fields.Datetime.now() - timedelta(seconds=CLAIM_TIMEOUT)
            )
        self._run_here()
        self.assertEqual(self._read(), ("ready", 1, 0), "looked up: nothing had happened")
        self._run_here()
        self.assertEqual(self._read(), ("done", 2, 1))
        self._run_here()
        self.assertEqual(self._read(), ("done", 2, 1))
