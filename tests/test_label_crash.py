"""Workers die while they buy a label, or meet: EasyPost is paid once."""

import threading
import time
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from odoo.addons.helloword_returns.intake.payload import RequestLine, ReturnRequest
from odoo.addons.helloword_returns.models.return_operation_run import CLAIM_TIMEOUT
from odoo.addons.queue_job.tests.common import trap_jobs

from .committed import CommittedCase
from .peers.case import PeerMixin
from .peers.easypost import EasyPostPeer
from .worker import start_worker


@tagged("post_install", "-at_install")
class TestLabelCrash(PeerMixin, CommittedCase):
    def setUp(self):
        super().setUp()
        # Once for all threads: none may take the trap away from another.
        self.enterContext(trap_jobs())
        self.peer = self.enterContext(EasyPostPeer())
        with self._transaction() as env:
            address = {
                "street": "1 Market St",
                "city": "San Francisco",
                "zip": "94105",
                "country_id": env.ref("base.us").id,
            }
            env["res.partner"].browse(self.partner_id).write(address)
            channel = env["helloword.channel"].browse(self.channel_id)
            self.account_id = (
                env["helloword.label.account"]
                .create(
                    {
                        "name": "Race EasyPost",
                        "provider": "easypost",
                        "api_key": self.peer.api_key,
                        "base_url": self.peer.url,
                        "company_id": channel.company_id.id,
                    }
                )
                .id
            )
            self.dock_id = env["res.partner"].create({"name": "Race Dock"} | address).id
        self.label_id = self._make_label()

    def _make_label(self):
        """A label whose offers are known, of a return that waits for a parcel.

        :return: its id
        """
        with self._transaction() as env:
            line = RequestLine(sale_line_id=self.sale_line_id)
            ret = env["helloword.return"].intake(
                [ReturnRequest(channel_id=self.channel_id, lines=(line,))], decide=False
            )
            ret.write({"decision": "return_refund", "approval_state": "approved"})
            label = env["helloword.return.label"].create(
                {
                    "return_id": ret.id,
                    "weight": 1.0,
                    "destination_partner_id": self.dock_id,
                    "buys_itself": False,
                }
            )
            label.tried_account_ids = env["helloword.label.account"].browse(self.account_id)
            label._schedule_preparations(label.tried_account_ids)
            label_id = label.id
        with self._transaction() as env:
            prepare = env["helloword.return.label"].browse(label_id).operation_ids
            prepare._run(commit=env.cr.commit)
            prepare._job_follow_up()
        return label_id

    def _clean_up(self):
        with self._transaction() as env:
            labels = env["helloword.return.label"].search([("channel_id", "=", self.channel_id)])
            operations = labels.operation_ids
            labels.write({"buy_operation_id": False, "chosen_rate_id": False})
            labels.rate_ids.unlink()
            env["ir.attachment"].search(
                [("res_model", "=", labels._name), ("res_id", "in", labels.ids)]
            ).unlink()
            operations.unlink()
            labels.bought_date = False
            labels.unlink()
            env["helloword.label.account"].browse(self.account_id).unlink()
        super()._clean_up()
        with self._transaction() as env:
            env["res.partner"].browse(self.dock_id).unlink()

    def _buy(self, *positions):
        """Have offers bought, as people who press at the same moment would.

        :return: ids of the operations
        """
        with self._transaction() as env:
            label = env["helloword.return.label"].browse(self.label_id)
            for position in positions:
                label._buy(label.rate_ids.sorted("id")[position])
            return label.operation_ids.filtered(lambda op: op.kind == "label_buy").ids

    def _run(self, operation_id, claim_is_lost=False):
        with self._transaction() as env:
            operation = env["helloword.operation"].browse(operation_id)
            if claim_is_lost:
                operation.claimed_at = fields.Datetime.now() - timedelta(seconds=CLAIM_TIMEOUT)
            operation._run(commit=env.cr.commit)

    def _read(self):
        """:return: (status of the label, labels sold)"""
        with self._transaction() as env:
            label = env["helloword.return.label"].browse(self.label_id)
            return label.state, len(self.peer.charges)

    def test_killed_in_the_purchase(self):
        """The worker dies while EasyPost is at it; EasyPost goes on and takes the money."""
        (operation_id,) = self._buy(0)
        self.peer.break_down("slow", path="/buy", seconds=4)
        worker = start_worker(operation_id)
        self.addCleanup(worker.wait)
        self.addCleanup(worker.kill)
        deadline = time.monotonic() + 90
        while not self.peer.count_calls("POST", "/buy"):
            self.assertLess(time.monotonic(), deadline, "the worker does nothing")
            self.assertIsNone(worker.poll(), "the worker ended by itself")
            time.sleep(0.05)
        worker.kill()
        worker.wait()
        self.assertEqual(self._read(), ("buying", 0))
        while not self.peer.charges:
            self.assertLess(time.monotonic(), deadline, "nothing was sold")
            time.sleep(0.05)
        self._run(operation_id)
        self.assertEqual(self._read(), ("buying", 1), "it may be at work still")
        self._run(operation_id, claim_is_lost=True)
        self.assertEqual(self._read(), ("bought", 1))
        self.assertEqual(self.peer.count_calls("POST", "/buy"), 1)

    @mute_logger("odoo.sql_db")
    def test_two_purchases_meet(self):
        """Two offers of one label are claimed by transactions that do not see each other."""
        operation_ids = self._buy(0, 1)
        self.assertEqual(len(operation_ids), 2)
        first, second = (self.registry.cursor() for _worker in range(2))
        self.addCleanup(first.close)
        self.addCleanup(second.close)
        one, other = (
            api.Environment(cr, SUPERUSER_ID, {})["helloword.operation"].browse(operation_id)
            for cr, operation_id in zip((first, second), operation_ids, strict=True)
        )
        self.assertEqual((one.state, other.state), ("ready", "ready"), "both have looked")
        call = one._prepare_call(one._claim())
        outcome = []

        def claim():
            try:
                outcome.append(other._claim())
                second.commit()
            except SerializationFailure as error:
                outcome.append(error)

        thread = threading.Thread(target=claim)
        thread.start()
        thread.join(0.5)
        self.assertTrue(thread.is_alive(), "it waits for the first one's lock")
        first.commit()
        thread.join(20)
        self.assertIsInstance(outcome[0], SerializationFailure, "it must not trust what it saw")
        second.rollback()
        self._run(operation_ids[1])
        self.assertFalse(self.peer.charges, "repeated, it waits for the first one's outcome")
        one._record(call, call.make())
        first.commit()
        self._run(operation_ids[1])
        self.assertEqual(self._read(), ("bought", 1))
