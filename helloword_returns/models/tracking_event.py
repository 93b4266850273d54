from odoo import api, fields, models
from odoo.tools.misc import format_datetime

PARCEL_STATUSES = [
    ("pending", "Label made"),
    ("picked_up", "Handed in"),
    ("in_transit", "On its way"),
    ("on_hold", "On hold"),
    ("delivery_delayed", "Delayed"),
    ("out_for_delivery", "Out for delivery"),
    ("ready_for_pickup", "Ready for pickup"),
    ("delivery_failed", "Delivery failed"),
    ("return_to_sender", "Going back to the sender"),
    ("delivered", "Delivered"),
    ("cancelled", "Cancelled"),
    ("unknown", "Not known"),
]
# Nothing more is expected of the carrier.
FINAL_STATUSES = ("delivered", "return_to_sender", "cancelled")


class HellowordTrackingEvent(models.Model):
    """One thing that happened to one parcel, as its carrier told it.

    Carriers tell the same thing again and in any order; what is told again is kept once.
    """

    _name = "helloword.tracking.event"
    _description = "Parcel Event"
    _order = "moment desc, id desc"
    _rec_name = "status"
    _check_company_auto = True

    label_id = fields.Many2one(
        "helloword.return.label",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    return_id = fields.Many2one(related="label_id.return_id", store=True, index=True)
    company_id = fields.Many2one(related="label_id.company_id", store=True, index=True)
    tracking_number = fields.Char(required=True, help="The number the carrier knows the parcel by.")
    status = fields.Selection(PARCEL_STATUSES, required=True, index=True)
    moment = fields.Datetime(string="When", required=True, help="In UTC.")
    local_moment = fields.Char(
        string="Local Time",
        help="The clock on the wall at the place of the event, as YYYY-MM-DD HH:MM:SS.",
    )
    timezone = fields.Char(string="Time Zone", help="Of the local time.")
    timezone_source = fields.Selection(
        [
            ("carrier", "Given by the carrier"),
            ("place", "The place's, the carrier gave none"),
            ("route", "The customer's or the warehouse's country, the carrier gave no place"),
            ("none", "Taken for UTC: neither zone nor country is known"),
        ],
        string="Zone From",
    )
    city = fields.Char()
    state_code = fields.Char(string="State")
    zip = fields.Char(string="Postcode")
    country_id = fields.Many2one("res.country")
    place = fields.Char(compute="_compute_place")
    code = fields.Char(string="Carrier's Code")
    message = fields.Char(string="Carrier's Words")
    source = fields.Selection(
        [("webhook", "Message of the service"), ("poll", "Asked for"), ("person", "By hand")],
        string="Heard By",
    )

    _event_uniq = models.UniqueIndex(
        "(label_id, tracking_number, moment, COALESCE(code, ''), status)",
        "This event of the parcel is known already.",
    )

    # What tells events of a parcel apart.
    _key_names = ("label_id", "tracking_number", "moment", "code", "status")

    def _get_key(self):
        self.ensure_one()
        return (self.label_id.id, self.tracking_number, self.moment, self.code or "", self.status)

    @api.depends("city", "state_code", "country_id")
    @api.depends_context("lang")
    def _compute_place(self):
        for event in self:
            event.place = ", ".join(
                filter(None, (event.city, event.state_code, event.country_id.name))
            )

    def _get_local_text(self):
        """:return: the clock on the wall there, in the reader's format"""
        self.ensure_one()
        local = fields.Datetime.to_datetime(self.local_moment) or self.moment
        return format_datetime(self.env, local, tz="UTC", dt_format="short")
