from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    return_line_id = fields.Many2one(
        "helloword.return.line",
        string="Return Line",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
        check_company=True,
    )
