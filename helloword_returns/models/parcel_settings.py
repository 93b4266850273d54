from odoo import fields, models


class ResCompany(models.Model):
    """When a parcel needs a person, and how long messages of carriers are kept."""

    _inherit = "res.company"

    return_stuck_days = fields.Integer(
        string="Parcel Stuck After (days)",
        default=5,
        help="A parcel on the road nothing was heard of for so long. Zero: nobody is asked.",
    )
    return_unreceived_days = fields.Integer(
        string="Delivered, Not Received After (days)",
        default=2,
        help="Delivered so long ago by the carrier's word, and not received at the dock. Zero: "
        "nobody is asked.",
    )
    return_late_days = fields.Integer(
        string="Parcel Late After (days)",
        default=2,
        help="So long past the latest day it was expected on. Zero: nobody is asked.",
    )
    return_notice_days = fields.Integer(
        string="Keep Carrier Messages (days)",
        default=30,
        help="What carriers sent names customers: it is erased after so long. What happened to the "
        "parcel stays.",
    )

    _return_parcel_days = models.Constraint(
        "CHECK(COALESCE(return_stuck_days, 0) >= 0 AND COALESCE(return_unreceived_days, 0) >= 0"
        " AND COALESCE(return_late_days, 0) >= 0 AND COALESCE(return_notice_days, 1) >= 1)",
        "Days before somebody is asked about a parcel cannot be negative, and messages of carriers "
        "are kept for a day at least.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    return_stuck_days = fields.Integer(related="company_id.return_stuck_days", readonly=False)
    return_unreceived_days = fields.Integer(
        related="company_id.return_unreceived_days", readonly=False
    )
    return_late_days = fields.Integer(related="company_id.return_late_days", readonly=False)
    return_notice_days = fields.Integer(related="company_id.return_notice_days", readonly=False)
