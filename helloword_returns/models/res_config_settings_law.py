from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    return_country_ids = fields.Many2many(
        related="company_id.return_country_ids", readonly=False, string="Countries Sold To"
    )
