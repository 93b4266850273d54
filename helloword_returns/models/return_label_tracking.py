from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models

from ..carriers.base import SCANNED_STATUSES, TrackingEvent, is_web_address
from ..carriers.place_time import get_zone, place_moment
from .tracking_event import PARCEL_STATUSES

ETA_SOURCES = [("carrier", "The carrier"), ("learned", "Learned from other parcels")]
# Clocks of carriers go wrong: what happens later than this waits until its time has come.
AHEAD = timedelta(days=1)
# Events before a label was made are another parcel's that had the number. A label entered by hand
# may be entered days after the parcel was handed in.
BEFORE_LABEL = timedelta(days=1)
BEFORE_REQUEST = timedelta(days=7)
# After so long on nobody's way a number belongs to another parcel.
AFTER_DELIVERY = timedelta(days=45)
# Where only the day of the delivery is told, it may be any hour of it.
END_OF_DAY = time(23, 59, 59)
# Of events at the same moment the one further on the way counts.
_RANKS = {status: rank for rank, (status, _name) in enumerate(PARCEL_STATUSES)} | {"unknown": -1}
# These happen near the warehouse, the others near the customer, where no place is told.
_NEAR_WAREHOUSE = ("out_for_delivery", "ready_for_pickup", "delivery_failed", "delivered")


class HellowordReturnLabel(models.Model):
    """Where a parcel is, from its events."""

    _inherit = "helloword.return.label"

    event_ids = fields.One2many(
        "helloword.tracking.event", "label_id", string="Events", readonly=True
    )
    tracking_status = fields.Selection(
        PARCEL_STATUSES,
        string="Parcel",
        readonly=True,
        copy=False,
        index=True,
        help="The latest event's, by when it happened.",
    )
    last_event_date = fields.Datetime(
        string="Last Event", readonly=True, copy=False, index="btree_not_null"
    )
    delivered_date = fields.Datetime(
        string="Delivered", readonly=True, copy=False, index="btree_not_null"
    )
    heard_date = fields.Datetime(
        string="Last Heard Of",
        readonly=True,
        copy=False,
        help="When the service last said anything about the parcel, also when nothing was new.",
    )
    eta_date = fields.Datetime(string="Expected", readonly=True, copy=False)
    eta_latest_date = fields.Datetime(
        string="Expected at the Latest",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The carrier's own date, or by when four of five parcels arrived on this lane.",
    )
    eta_source = fields.Selection(
        ETA_SOURCES,
        string="Expected By",
        readonly=True,
        copy=False,
    )

    def write(self, vals):
        """Another number is another parcel: what the old one did stays in the list only."""
        changed = self.browse()
        if "tracking_number" in vals:
            changed = self.filtered(
                lambda label: label.event_ids and label.tracking_number != vals["tracking_number"]
            )
        result = super().write(vals)
        if changed:
            changed.sudo()._forget_scans()
            changed.sudo()._refresh_parcels()
        return result

    def _forget_scans(self):
        """The scans known were another parcel's; what was paid since then stays paid."""
        for label in self:
            ret, scanned = label.return_id, label.scanned_date
            label.write(
                {
                    "scanned_date": False,
                    "eta_date": False,
                    "eta_latest_date": False,
                    "eta_source": False,
                    "next_poll_date": False,
                }
            )
            if scanned and ret.shipped_date == scanned and ret.goods_state == "transit":
                others = ret.label_ids.filtered("scanned_date").mapped("scanned_date")
                ret.shipped_date = min(others, default=False)

    # -------------------------------------------------------------------------
    # Taking in
    # -------------------------------------------------------------------------

    def _apply_tracking(self, tracking, source="poll"):
        """:meth:`_apply_trackings` for one label."""
        self.ensure_one()
        return self._apply_trackings({self: tracking}, source)

    @api.model
    def _apply_trackings(self, trackings, source="poll"):
        """Take in where parcels are. Batch, safe to repeat, in any order.

        :param dict trackings: label →
            :class:`~odoo.addons.helloword_returns.carriers.base.Tracking`
        :param str source: of the events, see ``helloword.tracking.event``
        :return: the labels whose number is another parcel's by now, or was: nothing of theirs was
            taken in
        """
        labels = self.sudo().browse(label.id for label in trackings)
        labels.heard_date = fields.Datetime.now()
        # Two transactions that hear of one parcel at once would not see each other's events: the
        # second to write its label starts over.
        labels.flush_recordset(["heard_date"])
        foreign = labels._add_events(trackings, source)
        own = labels - foreign
        own._keep_carrier_etas(trackings)
        own._keep_tracking_urls(trackings)
        own._refresh_parcels()
        return foreign

    def _add_events(self, trackings, source):
        """:return: the labels none of whose events can be theirs"""
        codes = {event.country for tracking in trackings.values() for event in tracking.events}
        countries = {
            country.code: country.id
            for country in self.env["res.country"].search([("code", "in", list(codes - {""}))])
        }
        Event = self.env["helloword.tracking.event"]
        known = {event._get_key() for event in Event.search([("label_id", "in", self.ids)])}
        foreign, vals_list = self.browse(), []
        for label in self:
            tracking = trackings[label]
            fitting = label._prepare_events(tracking, source, countries)
            if any(event.moment for event in tracking.events) and not fitting:
                foreign |= label
            for vals in fitting:
                key = tuple(vals[name] for name in Event._key_names)
                if key not in known:
                    known.add(key)
                    vals_list.append(vals)
        Event.create(vals_list)
        return foreign

    def _prepare_events(self, tracking, source, countries):
        """:param dict countries: ISO code → id
        :return: list of values of the events that can be this parcel's
        """
        self.ensure_one()
        # What happened nobody knows when is told again, or shows in what happens next.
        events = [event for event in tracking.events if event.moment]
        is_news = tracking.status not in ("pending", "unknown", self.tracking_status)
        if not events and is_news and not self.delivered_date:
            # Some services tell where a parcel is and not what happened.
            events = [TrackingEvent(tracking.status, datetime.now(UTC))]
        vals_list = []
        for event in events:
            placed = self._place_event(event)
            if self._owns_moment(placed.moment):
                vals_list.append(
                    {
                        "label_id": self.id,
                        "tracking_number": self.tracking_number or tracking.tracking_number,
                        "status": event.status,
                        "moment": placed.moment,
                        "local_moment": fields.Datetime.to_string(placed.local),
                        "timezone": placed.zone,
                        "timezone_source": placed.source,
                        "city": event.city,
                        "state_code": event.state,
                        "zip": event.zip,
                        "country_id": countries.get(event.country),
                        "code": event.code or "",
                        "message": event.message,
                        "source": source,
                    }
                )
        return vals_list

    def _place_event(self, event):
        """:return: :class:`~odoo.addons.helloword_returns.carriers.place_time.PlacedMoment`"""
        self.ensure_one()
        return place_moment(
            event.moment, (event.country, event.state), self._get_route(event.status)
        )

    def _get_route(self, status):
        """:return: list of tuples (country, state) where such an event may have happened"""
        self.ensure_one()
        customer, warehouse = (
            (partner.country_id.code or "", partner.state_id.code or "")
            for partner in (self.customer_partner_id, self.destination_partner_id)
        )
        customer = customer if customer[0] else (self.country_id.code or "", "")
        return (warehouse, customer) if status in _NEAR_WAREHOUSE else (customer, warehouse)

    def _owns_moment(self, moment):
        """:param moment: naive UTC
        :return: whether an event of that moment can be of this parcel, not of another one that had
            or has the same number
        """
        self.ensure_one()
        made = self.bought_date or self.create_date
        if self.is_manual:
            made = min(made, self.return_id.request_date) - BEFORE_REQUEST
        else:
            made -= BEFORE_LABEL
        if moment < made:
            return False
        return not self.delivered_date or moment < self.delivered_date + AFTER_DELIVERY

    # -------------------------------------------------------------------------
    # What follows from the events
    # -------------------------------------------------------------------------

    def _refresh_parcels(self):
        """Where these parcels are, by all their events. Batch, safe to repeat."""
        horizon = fields.Datetime.now() + AHEAD
        events = self.env["helloword.tracking.event"].search(
            [("label_id", "in", self.ids), ("moment", "<=", horizon)]
        )
        by_label = events.grouped("label_id")
        scans = {}
        for label in self:
            own = by_label.get(label, events.browse()).filtered(
                lambda event, label=label: event.tracking_number == label.tracking_number
            )
            # That a label was made is said late at times; it takes no parcel back to its start.
            moved = own.filtered(lambda event: event.status not in ("pending", "unknown"))
            told = moved or own.filtered(lambda event: event.status != "unknown") or own
            latest = max(told, key=_get_order, default=events.browse())
            delivered = own.filtered(lambda event: event.status == "delivered")
            vals = {
                "tracking_status": latest.status,
                "last_event_date": latest.moment,
                "delivered_date": max(delivered.mapped("moment"), default=False),
            }
            changes = {name: value for name, value in vals.items() if label[name] != value}
            if changes:
                label.write(changes)
            moments = [event.moment for event in own if event.status in SCANNED_STATUSES]
            if moments:
                scans[label] = min(moments)
        self._apply_scans(scans)
        self._learn_etas()
        self._set_expected_arrivals()
        self._watch_parcels()

    def _keep_carrier_etas(self, trackings):
        for label in self:
            tracking = trackings[label]
            if not tracking.eta or label._is_outdated(tracking):
                continue
            moment = label._place_eta(tracking.eta)
            if label.eta_date != moment or label.eta_source != "carrier":
                label.write(
                    {"eta_date": moment, "eta_latest_date": moment, "eta_source": "carrier"}
                )

    def _keep_tracking_urls(self, trackings):
        for label in self:
            url = trackings[label].public_url
            if not label.tracking_url and is_web_address(url):
                label.tracking_url = url

    def _is_outdated(self, tracking):
        """:return: whether something later was known before this was told: messages overtake
        each other"""
        self.ensure_one()
        moments = [self._place_event(event).moment for event in tracking.events if event.moment]
        return bool(moments and self.last_event_date and max(moments) < self.last_event_date)

    def _place_eta(self, eta):
        """Midnight stands for a day: services write it so when they know no hour, in whatever zone.

        :param eta: aware or naive moment
        :return: naive UTC moment
        """
        self.ensure_one()
        if eta.time() == time():
            eta = datetime.combine(eta.date(), END_OF_DAY)
        return place_moment(eta, self._get_route("delivered")[0], self._get_route("")).moment

    def _set_expected_arrivals(self):
        """The dock's calendar follows the parcels: the last of a return's decides."""
        for ret in self.return_id:
            if ret.goods_state not in ("expected", "transit", "partial"):
                continue
            days = [
                label._as_dock_day(label.delivered_date or label.eta_date)
                for label in ret.label_ids
                if label.state in ("bought", "expired") and (label.delivered_date or label.eta_date)
            ]
            if days and ret.expected_arrival_date != max(days):
                ret.expected_arrival_date = max(days)

    def _get_dock_zone(self):
        """:return: name of the time zone of the warehouse the parcel goes to"""
        self.ensure_one()
        partner = self.destination_partner_id
        return get_zone(partner.country_id.code, partner.state_id.code) or "UTC"

    def _as_dock_day(self, moment):
        """:return: the day it is at the warehouse at a naive UTC moment"""
        here = self.with_context(tz=self._get_dock_zone())
        return fields.Datetime.context_timestamp(here, moment).date()


def _get_order(event):
    return (event.moment, _RANKS[event.status], event.id)
