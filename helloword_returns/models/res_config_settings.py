from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The returns settings of the current company."""

    _inherit = "res.config.settings"

    return_journal_id = fields.Many2one(related="company_id.return_journal_id", readonly=False)
    return_accrual_account_id = fields.Many2one(
        related="company_id.return_accrual_account_id", readonly=False
    )
    return_cost_account_id = fields.Many2one(
        related="company_id.return_cost_account_id", readonly=False
    )
    return_label_account_id = fields.Many2one(
        related="company_id.return_label_account_id", readonly=False
    )
    return_freight_account_id = fields.Many2one(
        related="company_id.return_freight_account_id", readonly=False
    )
    return_handling_account_id = fields.Many2one(
        related="company_id.return_handling_account_id", readonly=False
    )
    return_repair_account_id = fields.Many2one(
        related="company_id.return_repair_account_id", readonly=False
    )
    return_channel_fee_account_id = fields.Many2one(
        related="company_id.return_channel_fee_account_id", readonly=False
    )
    return_duty_account_id = fields.Many2one(
        related="company_id.return_duty_account_id", readonly=False
    )
    return_write_down = fields.Boolean(related="company_id.return_write_down", readonly=False)
    return_write_down_account_id = fields.Many2one(
        related="company_id.return_write_down_account_id", readonly=False
    )
    return_allowance_account_id = fields.Many2one(
        related="company_id.return_allowance_account_id", readonly=False
    )
    return_fee_product_id = fields.Many2one(
        related="company_id.return_fee_product_id", readonly=False
    )
    return_label_product_id = fields.Many2one(
        related="company_id.return_label_product_id", readonly=False
    )
    return_bonus_product_id = fields.Many2one(
        related="company_id.return_bonus_product_id", readonly=False
    )
