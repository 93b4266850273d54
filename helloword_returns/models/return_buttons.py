"""From an order or a delivery to its returns, and to a new one."""

from odoo import fields, models

GROUP = "helloword_returns.group_return_own"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    customer_return_count = fields.Integer(compute="_compute_customer_return_count", groups=GROUP)

    def _compute_customer_return_count(self):
        counts = dict(
            self.env["helloword.return"]._read_group(
                [("sale_order_id", "in", self.ids)], ["sale_order_id"], ["__count"]
            )
        )
        for order in self:
            order.customer_return_count = counts.get(order._origin, 0)

    def action_view_customer_returns(self):
        """The returns of these orders."""
        returns = self.env["helloword.return"].search([("sale_order_id", "in", self.ids)])
        return returns._get_records_action(name=self.env._("Returns"), context={"create": False})


class StockPicking(models.Model):
    _inherit = "stock.picking"

    customer_return_count = fields.Integer(compute="_compute_customer_return_count", groups=GROUP)

    def _get_customer_returns_domain(self):
        return [("line_ids.origin_move_id.picking_id", "in", self.ids)]

    def _compute_customer_return_count(self):
        counts = dict(
            self.env["helloword.return.line"]._read_group(
                [("origin_move_id.picking_id", "in", self.ids)],
                ["origin_move_id.picking_id"],
                ["return_id:count_distinct"],
            )
        )
        for picking in self:
            picking.customer_return_count = counts.get(picking._origin, 0)

    def action_view_customer_returns(self):
        """The returns of what these deliveries brought."""
        returns = self.env["helloword.return"].search(self._get_customer_returns_domain())
        return returns._get_records_action(name=self.env._("Returns"), context={"create": False})
