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

    def _action_cancel(self):
        """What is on its way back stays expected; see ``stock.picking.action_cancel``."""
        orders = self.with_context(keep_return_receipts=True)
        return super(SaleOrder, orders)._action_cancel()


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    return_line_ids = fields.One2many("helloword.return.line", "sale_line_id")

    def _get_qty_procurement(self, previous_product_uom_qty=False):
        """Units that come back are not shipped again because somebody edits the order.

        Odoo takes a return off what was shipped, so one more unit on the order would ship the
        returned ones again. What is wanted between the shipped quantity with and without returns
        needs no move; beyond either, only the difference to it does.
        """
        shipped = super()._get_qty_procurement(previous_product_uom_qty)
        returned = sum(
            move.product_uom._compute_quantity(
                move.quantity if move.state == "done" else move.product_uom_qty,
                self.product_uom_id,
                round=False,
            )
            for move in self.move_ids
            if move.return_line_id
            and move.state != "cancel"
            and move.to_refund
            and move._is_return_receipt()
            and move.product_id == self.product_id
        )
        if not returned:
            return shipped
        return max(shipped, min(self.product_uom_qty, shipped + returned))
