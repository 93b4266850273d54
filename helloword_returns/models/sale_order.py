from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    return_ids = fields.One2many("helloword.return", "sale_order_id", string="Returns")
    return_channel_id = fields.Many2one(
        "helloword.channel",
        string="Sales Channel",
        index="btree_not_null",
        check_company=True,
        copy=False,
        help="Where this order was placed.",
    )
    return_channel_ref = fields.Char(
        string="Order on the Channel", index="btree_not_null", copy=False
    )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    return_line_ids = fields.One2many("helloword.return.line", "sale_line_id")
