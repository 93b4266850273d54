from odoo import fields, models


class HellowordWmsConnection(models.Model):
    """Some operators tell what they charge without saying in which currency."""

    _inherit = "helloword.wms.connection"

    fee_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of Fees",
        default=lambda self: self.env.company.currency_id,
        help="Of fees the operator names no currency for.",
    )

    def _get_fee_currency_code(self):
        """:return: ISO 4217 code"""
        self.ensure_one()
        return (self.fee_currency_id or self.company_id.currency_id).name
