from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    unknown_parcel_auto = fields.Boolean(
        string="Match Unknown Parcels by Themselves",
        default=True,
        help="Where a number that only one return has leaves no doubt.",
    )
    unknown_parcel_days = fields.Integer(
        string="Days Before an Unknown Parcel Is Destroyed",
        default=5,
        help="When a person is asked.",
    )

    _unknown_parcel_days_positive = models.Constraint(
        "CHECK(COALESCE(unknown_parcel_days, 0) BETWEEN 0 AND 365)",
        "The days before a parcel is destroyed must lie between 0 and 365.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    unknown_parcel_auto = fields.Boolean(related="company_id.unknown_parcel_auto", readonly=False)
    unknown_parcel_days = fields.Integer(related="company_id.unknown_parcel_days", readonly=False)
