from datetime import UTC, datetime, timedelta

from odoo import fields

from odoo.addons.queue_job.tests.common import trap_jobs

from ..carriers.base import Tracking, TrackingEvent
from .common_label import LabelsCommon


class TrackingCommon(LabelsCommon):
    """Parcels that carriers tell about."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._make_account()
        cls.now = fields.Datetime.now()
        # Parcels of the demonstration are none of these tests' business.
        others = cls.env["helloword.return.label"].sudo().search([])
        others.next_poll_date = cls.now + timedelta(days=30)

    @classmethod
    def _event(cls, status, hours=0, **vals):
        """:param hours: from now; before zero: in the past"""
        moment = (cls.now + timedelta(hours=hours)).replace(tzinfo=UTC)
        return TrackingEvent(status, moment, **vals)

    @staticmethod
    def _local_event(status, moment, **vals):
        """An event with the clock on the wall and no zone."""
        return TrackingEvent(status, datetime.fromisoformat(moment), **vals)

    def _tell(self, label, *events, eta=None, source="poll"):
        status = events[-1].status if events else "pending"
        tracking = Tracking(label.tracking_number, status, eta=eta, events=events)
        return label._apply_tracking(tracking, source)

    def _make_old_label(self, days=10, **plan):
        """A label bought days ago."""
        label = self._make_label(**plan)
        label.bought_date = self.now - timedelta(days=days)
        return label

    def _make_journeys(self, label, hours, carrier="Demo Parcel"):
        """Finished journeys on the lane of a label.

        :param hours: iterable, one for each parcel
        """
        for number, length in enumerate(hours, 1):
            label.copy(
                {
                    "return_id": label.return_id.id,
                    "carrier": carrier,
                    "country_id": label.country_id.id,
                    "tracking_number": f"LANE{number}",
                    "bought_date": self.now - timedelta(days=20),
                    "scanned_date": self.now - timedelta(days=20),
                    "delivered_date": self.now - timedelta(days=20) + timedelta(hours=length),
                    "tracking_status": "delivered",
                }
            )

    def _run_cron(self, name):
        """What a scheduled action does; the jobs it leaves run at once.

        :return: how many jobs there were
        """
        self.env.flush_all()
        with trap_jobs() as trap:
            self.env.ref(f"helloword_returns.{name}").method_direct_trigger()
        self.env.invalidate_all()
        inline = self.env(context=dict(self.env.context, queue_job__no_delay=True), su=True)
        for job in trap.enqueued_jobs:
            getattr(job.recordset.with_env(inline), job.method_name)(*job.args)
        return len(trap.enqueued_jobs)
