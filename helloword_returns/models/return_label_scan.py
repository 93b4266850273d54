from odoo import fields, models

from ..carriers.base import SCANNED_STATUSES
from .return_label_operation import as_naive


class HellowordReturnLabel(models.Model):
    """What follows when a carrier has the parcel."""

    _inherit = "helloword.return.label"

    def _apply_tracking(self, tracking):
        """Take in where a parcel is. Safe to repeat, in any order.

        :param tracking: :class:`~odoo.addons.helloword_returns.carriers.base.Tracking`
        """
        self.ensure_one()
        scans = [event.moment for event in tracking.events if event.status in SCANNED_STATUSES]
        if scans or tracking.status in SCANNED_STATUSES:
            self._on_first_scan(min(map(as_naive, scans), default=None))

    def _on_first_scan(self, moment=None):
        """A carrier has these parcels: what is charged on the scan is due, and the goods are on
        their way. Batch, safe to repeat.

        :param moment: naive UTC moment of the scan; now when it is not known
        """
        fresh = self.filtered(lambda label: not label.scanned_date)
        fresh.scanned_date = moment or fields.Datetime.now()
        fresh._accrue_costs()
        waiting = fresh.return_id.filtered(
            lambda ret: ret.approval_state == "approved" and not ret.shipped_date
        )
        waiting.shipped_date = moment or fields.Datetime.now()
