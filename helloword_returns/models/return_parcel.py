from odoo import api, fields, models
from odoo.tools.misc import format_date, format_datetime

from .return_label_tracking import ETA_SOURCES
from .tracking_event import PARCEL_STATUSES


class HellowordReturn(models.Model):
    """Where the parcel of a return is, for staff and for the customer."""

    _inherit = "helloword.return"

    parcel_label_id = fields.Many2one(
        "helloword.return.label",
        compute="_compute_parcel",
        string="Parcel Followed",
        help="The last label a carrier has scanned, else the last one.",
    )
    tracking_status = fields.Selection(
        PARCEL_STATUSES,
        compute="_compute_parcel",
        search="_search_tracking_status",
        string="Parcel",
    )
    last_event_date = fields.Datetime(compute="_compute_parcel", string="Last Event")
    eta_date = fields.Datetime(compute="_compute_parcel", string="Parcel Expected")
    eta_source = fields.Selection(
        ETA_SOURCES,
        compute="_compute_parcel",
        string="Expected By",
    )
    delivered_date = fields.Datetime(compute="_compute_parcel", string="Delivered")
    parcel_timeline = fields.Html(compute="_compute_parcel_timeline", sanitize=False)
    arrival_warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Arrives At",
        compute="_compute_arrival_warehouse_id",
        store=True,
        index="btree_not_null",
        help="The warehouse of the plan, else the channel's, else the order's.",
    )

    @api.depends(
        "label_ids.state",
        "label_ids.scanned_date",
        "label_ids.tracking_status",
        "label_ids.last_event_date",
        "label_ids.eta_date",
        "label_ids.eta_source",
        "label_ids.delivered_date",
    )
    def _compute_parcel(self):
        for ret in self:
            labels = ret.label_ids.sorted("number")
            label = labels.filtered("scanned_date")[-1:] or ret.label_id
            ret.parcel_label_id = label
            ret.tracking_status = label.tracking_status
            ret.last_event_date = label.last_event_date
            ret.delivered_date = label.delivered_date
            ret.eta_date = label.eta_date
            ret.eta_source = label.eta_source

    def _search_tracking_status(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        if operator == "not in":
            return ["!", ("label_ids.tracking_status", "in", value)]
        return [("label_ids.tracking_status", "in", value)]

    @api.depends("warehouse_id", "channel_id.warehouse_id", "sale_order_id.warehouse_id")
    def _compute_arrival_warehouse_id(self):
        for ret in self:
            ret.arrival_warehouse_id = ret._get_label_warehouse()

    @api.depends("label_ids.event_ids")
    @api.depends_context("lang")
    def _compute_parcel_timeline(self):
        for ret in self:
            ret.parcel_timeline = ret.parcel_label_id.parcel_timeline

    # -------------------------------------------------------------------------
    # For the customer
    # -------------------------------------------------------------------------

    def _get_portal_parcel(self):
        """What the customer's page says of the parcel.

        :return: dict with ``headline``, ``eta`` (text, may be empty), ``number``, ``url`` and
            ``events`` (list of dicts with ``title``, ``place``, ``when``, ``words``, the latest
            first); None when there is nothing to say
        """
        self.ensure_one()
        label = self.sudo().parcel_label_id
        events = label._get_current_events()
        if not events or not label.tracking_status or self.approval_state != "approved":
            return None
        words = self._get_parcel_words()
        return {
            "headline": words[label.tracking_status],
            "eta": self._get_eta_sentence(label),
            "number": label.tracking_number,
            "url": label.tracking_url,
            "events": [
                {
                    "title": words[event.status],
                    "place": event.place,
                    "when": event._get_local_text(),
                    "words": event.message,
                }
                for event in events
            ],
        }

    def _get_eta_sentence(self, label):
        if not label.scanned_date or not label.eta_date or label.delivered_date:
            return ""
        if label.eta_date < fields.Datetime.now():
            return ""
        day = format_date(self.env, label._as_dock_day(label.eta_date))
        return self.env._("It should reach us on %s.", day)

    @api.model
    def _get_parcel_words(self):
        """:return: dict of status → how a customer says it"""
        return {
            "pending": self.env._("Waiting for the parcel"),
            "picked_up": self.env._("The carrier has your parcel"),
            "in_transit": self.env._("Your parcel is on its way to us"),
            "on_hold": self.env._("Your parcel waits at the carrier"),
            "delivery_delayed": self.env._("Your parcel takes longer than expected"),
            "out_for_delivery": self.env._("Your parcel reaches us today"),
            "ready_for_pickup": self.env._("Your parcel waits for us at the carrier's branch"),
            "delivery_failed": self.env._(
                "The carrier could not bring us your parcel; we see to it"
            ),
            "return_to_sender": self.env._("The carrier sends your parcel back; we see to it"),
            "delivered": self.env._("Your parcel has reached us"),
            "cancelled": self.env._("The carrier has stopped this parcel"),
            "unknown": self.env._("News from the carrier"),
        }


class HellowordReturnLabel(models.Model):
    _inherit = "helloword.return.label"

    parcel_timeline = fields.Html(compute="_compute_parcel_timeline", sanitize=False)

    def _get_current_events(self):
        """:return: events of the number the label has now, the latest first"""
        return self.event_ids.filtered(
            lambda event: event.tracking_number == event.label_id.tracking_number
        ).sorted(lambda event: (event.moment, event.id), reverse=True)

    @api.depends("event_ids", "tracking_number", "eta_date")
    @api.depends_context("lang")
    def _compute_parcel_timeline(self):
        names = dict(self._fields["tracking_status"]._description_selection(self.env))
        sources = dict(self._fields["eta_source"]._description_selection(self.env))
        for label in self:
            events = label._get_current_events()
            label.parcel_timeline = bool(events) and self.env["ir.qweb"]._render(
                "helloword_returns.parcel_timeline",
                {
                    "events": events,
                    "names": names,
                    "eta": not label.delivered_date
                    and label.eta_date
                    and format_datetime(
                        self.env, label.eta_date, tz=label._get_dock_zone(), dt_format="short"
                    ),
                    "eta_source": sources.get(label.eta_source),
                },
            )
