from odoo import api, fields, models


class HellowordReturnLabel(models.Model):
    """What follows when a carrier has the parcel."""

    _inherit = "helloword.return.label"

    def _on_first_scan(self, moment=None):
        """A carrier has these parcels. Batch, safe to repeat.

        :param moment: naive UTC moment of the scan; now when it is not known
        """
        self._apply_scans(dict.fromkeys(self, moment))

    @api.model
    def _apply_scans(self, moments):
        """Carriers have these parcels: what is charged on the scan is due, and the goods are on
        their way. A scan that was earlier than the one known so far takes its place. Batch, safe
        to repeat.

        :param dict moments: label → naive UTC moment of its first scan, None when it is not known
        """
        now = fields.Datetime.now()
        known = {label: label.scanned_date for label in moments}
        shipments = {}
        for label, moment in moments.items():
            first = min(filter(None, (moment, known[label])), default=now)
            if first != known[label]:
                label.scanned_date = first
            ret = label.return_id
            # What the customer said before the scan stays.
            is_open = not ret.shipped_date or ret.shipped_date == known[label]
            if ret.approval_state == "approved" and is_open and ret.shipped_date != first:
                shipments[ret] = min(first, shipments.get(ret, first))
        fresh = self.browse(label.id for label, date in known.items() if not date)
        fresh._accrue_costs()
        fresh._warn_of_voided()
        self.env["helloword.return"]._ship(shipments)

    def _warn_of_voided(self):
        """A label that was given back and is used all the same will be billed."""
        for label in self.filtered(lambda label: label.void_state == "voided"):
            label._add_error(
                self.env._(
                    "It was given back, and a carrier has the parcel. Ask the service whether it "
                    "charges the label, and enter the cost on the return."
                )
            )
            label._raise_activity(self.env._("Label %s is in use", label.name))


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    @api.model
    def _ship(self, moments):
        """Carriers have the parcels of these returns. Batch.

        :param dict moments: return → naive UTC moment of the first scan
        """
        for ret, moment in moments.items():
            ret.with_context(schedules_refunds=True).shipped_date = moment
        self.browse(ret.id for ret in moments)._schedule_due_refunds()
