from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from ..carriers.base import Tracking
from .common_tracking import TrackingCommon


@tagged("post_install", "-at_install")
class TestTrackingPoll(TrackingCommon):
    """Services are asked where parcels are."""

    def _poll_all(self):
        return self._run_cron("cron_poll_parcels")

    def _count_slices(self):
        """:return: how many parcels each job would ask for"""
        self.env.flush_all()
        with trap_jobs() as trap:
            self.env.ref("helloword_returns.cron_poll_parcels").method_direct_trigger()
        self.env.invalidate_all()
        return [len(job.recordset) for job in trap.enqueued_jobs]

    def _make_due(self, labels):
        labels.write({"next_poll_date": False, "heard_date": False})

    def test_parcels_of_the_demo_carrier_travel_by_themselves(self):
        self.account.demo_journey_hours = 0.001
        label = self._make_label()
        self.assertEqual(self._poll_all(), 1)
        self.assertIn(label.tracking_status, ("pending", "picked_up"))
        self.env.cr.execute("SELECT pg_sleep(4)")
        self._make_due(label)
        self._poll_all()
        self.assertEqual(label.tracking_status, "delivered")
        self.assertTrue(label.scanned_date and label.delivered_date)
        self.assertEqual(label.return_id.goods_state, "transit")
        self._make_due(label)
        self.assertEqual(self._poll_all(), 0, "Nothing more is to be expected")

    def test_not_asked_too_often(self):
        label = self._make_label()
        self.assertEqual(self._poll_all(), 1)
        self.assertEqual(self._poll_all(), 0)
        wait = label.next_poll_date - fields.Datetime.now()
        self.assertGreater(wait, timedelta(hours=7))
        self._tell(label, self._event("out_for_delivery", 0.1))
        self.assertLess(label._get_next_poll() - fields.Datetime.now(), timedelta(hours=2))
        label.last_event_date = self.now - timedelta(days=8)
        self.assertGreater(label._get_next_poll() - fields.Datetime.now(), timedelta(hours=2))

    def test_slices(self):
        labels = self.env["helloword.return.label"].browse(
            self._make_label().id for _number in range(3)
        )
        label = labels[0]
        for number in range(45):
            label.copy(
                {
                    "return_id": label.return_id.id,
                    "tracking_number": f"DP{int(self.now.timestamp())}{number:06d}",
                    "bought_date": self.now,
                }
            )
        self.assertEqual(self._count_slices(), [40, 8])

    def test_who_is_not_asked_for(self):
        for change in (
            {"void_state": "voided"},
            {"tracking_number": False},
            {"bought_date": self.now - timedelta(days=121)},
        ):
            label = self._make_label()
            label.write(change)
            with self.subTest(change=list(change)):
                self.assertEqual(self._poll_all(), 0)
        received = self._make_label()
        received.return_id.action_receive()
        self.assertEqual(self._poll_all(), 0, "It is here")

    def test_talking_service_is_asked_after_a_day_of_silence(self):
        label = self._make_label()
        account = self._make_account("EP", provider="easypost", api_key="EZTKx")
        label.account_id = account
        Notice = self.env["helloword.label.notice"].sudo()
        Notice.create({"account_id": account.id, "event_id": "1", "state": "done"})
        label.heard_date = self.now
        self.assertEqual(self._count_slices(), [])
        label.heard_date = self.now - timedelta(hours=25)
        self.assertEqual(self._count_slices(), [1])

    def test_refusals_and_outages(self):
        stranger = self._make_label()
        stranger.tracking_number = "NOT-A-NUMBER"
        label = self._make_label()
        self._poll_all()
        self.assertEqual(stranger.poll_failures, 1)
        self.assertIn("not known", stranger.poll_error)
        self.assertEqual(label.tracking_status, "pending", "One bad number stops no other")
        first = stranger.next_poll_date
        self._make_due(stranger)
        self._poll_all()
        self.assertGreater(stranger.next_poll_date, first + timedelta(minutes=50))

    def test_account_without_a_key(self):
        label = self._make_label()
        account = self._make_account("EP", provider="easypost", api_key="EZTKx")
        label.account_id = account
        account.api_key = False
        self._poll_all()
        self.assertIn("API Key", label.poll_error)

    def test_account_with_an_address_that_cannot_be_called(self):
        label = self._make_label()
        account = self._make_account("EP", provider="easypost", api_key="EZTKx")
        label.account_id = account
        # Constraints do not look at what an older version has stored.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helloword_label_account SET base_url = 'http://x.example' WHERE id = %s",
            (account.id,),
        )
        account.invalidate_recordset()
        self._poll_all()
        self.assertIn("https", label.poll_error)

    def test_one_bad_record(self):
        labels = self.env["helloword.return.label"].browse(
            self._make_old_label().id for _number in range(3)
        )
        answers = {
            label: Tracking(
                label.tracking_number, "in_transit", events=(self._event("in_transit", -3),)
            )
            for label in labels
        }
        # A status no carrier has cannot be stored.
        answers[labels[1]] = Tracking("x", "lost", events=(self._event("lost", -3),))
        with self.assertLogs("odoo.addons.helloword_returns.models.return_label_poll", "ERROR"):
            labels._take_answers(answers)
        self.assertEqual(labels.mapped("tracking_status"), ["in_transit", False, "in_transit"])
        self.assertEqual(labels.mapped("poll_failures"), [0, 1, 0])

    def test_asked_by_a_person(self):
        label = self._make_label()
        with trap_jobs() as trap:
            label.action_poll()
            trap.assert_jobs_count(1)
        label.tracking_number = False
        with self.assertRaisesRegex(UserError, "Nobody can be asked"):
            label.action_poll()

    def test_sweep_and_erasure(self):
        Notice = self.env["helloword.label.notice"].sudo()
        old, forged, young = Notice.create(
            [
                {
                    "account_id": self.account.id,
                    "event_id": str(number),
                    "state": state,
                    "body": b"e30=",
                    "headers": {"x": "y"},
                }
                for number, state in enumerate(("stray", "forged", "waiting"))
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helloword_label_notice SET create_date = %s WHERE id = ANY(%s)",
            [self.now - timedelta(days=31), (old | forged).ids],
        )
        self.env.invalidate_all()
        Notice._gc_personal_data()
        self.assertFalse(forged.exists())
        self.assertFalse(old.body or old.headers)
        self.assertTrue(young.body)
        with self.assertRaisesRegex(UserError, "was erased"):
            old.with_user(self.env.user).action_work_again()
        with trap_jobs() as trap:
            Notice._cron_sweep()
            trap.assert_jobs_count(0)
            self.env.cr.execute(
                "UPDATE helloword_label_notice SET create_date = %s",
                [self.now - timedelta(hours=1)],
            )
            Notice._cron_sweep()
            trap.assert_jobs_count(1)
