"""Parcels of the demonstration that have been handed in: one on the road, one that the carrier
says was delivered and nobody has seen at the dock."""

from dataclasses import replace
from datetime import UTC, timedelta

from odoo import fields

from ..providers.base import from_json

# How long ago each parcel's label was sold; its journey takes three days.
SOLD_HOURS_AGO = (40, 24 * 8)


class DemoParcels:
    """:param labels: ``helloword.return.label`` of a demo account, bought just now"""

    def __init__(self, labels):
        self._labels = labels

    def load(self):
        now = fields.Datetime.now()
        for label, hours in zip(self._labels, SOLD_HOURS_AGO, strict=False):
            self._sell_earlier(label, now - timedelta(hours=hours))
        trackings = {
            label: self._place(label, self._ask(label))
            for label in self._labels[: len(SOLD_HOURS_AGO)]
        }
        self._labels._apply_trackings(trackings)

    def _ask(self, label):
        return label.account_id._get_label_adapter(label).track(label.tracking_number)

    def _sell_earlier(self, label, moment):
        """Let the demo carrier remember an earlier sale, and give its label again: where a parcel
        is follows from the moment its label was sold."""
        event = label.env["helloword.demo.event"].search(
            [
                ("account", "=", f"label-{label.account_id.id}"),
                ("key", "=", label.provider_ref),
            ]
        )
        event.content = event.content | {"sold_at": moment.replace(tzinfo=UTC).isoformat()}
        event.flush_recordset()
        task = from_json("label_buy", label.buy_operation_id.request)
        files = label.label_attachment_id | label.qr_attachment_id
        adapter = label.account_id._get_label_adapter(label)
        label._apply_label(adapter.fetch(task.label, label.provider_ref))
        files.unlink()
        label.write({"bought_date": moment, "mailed_date": moment})
        label.return_id.request_date = min(label.return_id.request_date, moment)
        label.return_id.receipt_picking_ids.carrier_tracking_ref = label.tracking_number

    def _place(self, label, tracking):
        """The demo carrier says no places; these are those of the parcel's way."""
        customer, dock = label.customer_partner_id, label.destination_partner_id
        near_dock = len(tracking.events) // 2 + 1
        return replace(
            tracking,
            events=tuple(
                replace(
                    event,
                    city=partner.city or "",
                    state=partner.state_id.code or "",
                    country=partner.country_id.code or "",
                )
                for event, partner in zip(
                    tracking.events,
                    [customer] * near_dock + [dock] * len(tracking.events),
                    strict=False,
                )
            ),
        )
