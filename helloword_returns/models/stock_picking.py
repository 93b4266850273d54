from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    customer_return_id = fields.Many2one(
        "helloword.return",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="The customer's request these goods belong to.",
    )

    def action_cancel(self):
        """The cancellation of an order leaves receipts of approved returns open: the parcel is on
        its way whatever happens to the order."""
        pickings = self
        if self.env.context.get("keep_return_receipts"):
            pickings = self.filtered(lambda picking: not picking._is_awaited_return())
        return super(StockPicking, pickings).action_cancel()

    def _is_awaited_return(self):
        self.ensure_one()
        return (
            self.customer_return_id.sudo().approval_state == "approved"
            and self.location_id.usage == "customer"
        )

    def _create_backorder_picking(self):
        backorder = super()._create_backorder_picking()
        if self.customer_return_id and self.return_id:
            backorder.return_id = self.return_id
        return backorder

    def action_view_customer_return(self):
        self.ensure_one()
        return self.customer_return_id._get_records_action()

    def _return_transfer_all(self):
        """Finish these transfers in full; no wizard may get in between."""
        if not self:
            return
        self.action_assign()
        for move in self.move_ids:
            if move.state not in ("done", "cancel"):
                move.quantity = move.product_uom_qty
                move.picked = True
        self._action_done()

    def action_inspect_customer_return(self):
        """Open what of this parcel is waiting for inspection."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_return_line_action_inspect"
        )
        action["domain"] = [
            ("return_id", "=", self.customer_return_id.id),
            ("quantity_to_inspect", ">", 0),
        ]
        return action
