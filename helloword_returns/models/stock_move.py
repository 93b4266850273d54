from odoo import fields, models


class StockMove(models.Model):
    _inherit = "stock.move"

    return_line_id = fields.Many2one(
        "helloword.return.line",
        string="Return Line",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
