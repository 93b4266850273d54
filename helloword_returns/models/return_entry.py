from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from .returnable_pool import ReturnablePool


class HellowordReturn(models.Model):
    """Returns people enter by hand on the form, without the intake."""

    _inherit = "helloword.return"

    @api.onchange("sale_order_id")
    def _onchange_sale_order_id(self):
        order = self.sale_order_id
        if order:
            self.partner_id = order.partner_id
            self.channel_id = order.return_channel_id or self.channel_id
            self.external_order_ref = order.return_channel_ref or self.external_order_ref

    def action_add_order_lines(self):
        """Add what can still be returned of the order; the person lowers or removes.

        :raise UserError: there is no order, or nothing of it can be returned
        """
        self.ensure_one()
        order = self.sale_order_id.sudo()
        if not order:
            raise UserError(self.env._("Choose the order first."))
        if self.approval_state != "requested":
            raise UserError(self.env._("Return %s has been decided already.", self.name))
        pool = ReturnablePool(self.sudo(), exclude=False)
        lines = []
        for sale_line in order.order_line.filtered(lambda line: line.product_id.type == "consu"):
            rounding = sale_line.product_id.uom_id.rounding
            returnable = pool.get_returnable(sale_line)
            if float_compare(returnable, 0.0, precision_rounding=rounding) > 0:
                lines.append(
                    {
                        "return_id": self.id,
                        "sale_line_id": sale_line.id,
                        "product_id": sale_line.product_id.id,
                        "quantity": returnable,
                    }
                )
        if not lines:
            raise UserError(
                self.env._(
                    "Nothing of order %s can be returned: nothing was delivered, or everything is "
                    "on its way back already.",
                    order.name,
                )
            )
        self.env["helloword.return.line"].create(lines)
        self._match()
        return True

    def action_decide(self):
        self._match_entered_by_hand()
        return super().action_decide()

    def action_approve(self):
        self._match_entered_by_hand()
        return super().action_approve()

    def _match_entered_by_hand(self):
        """Find the delivered moves of lines somebody typed in; intake has done it for the rest.

        :raise UserError: something could not be matched, with what to do about it
        """
        unmatched = self.filtered(
            lambda ret: (
                ret.approval_state == "requested"
                and not ret.needs_attention
                and ret.sale_order_id
                and any(
                    not line.origin_move_id and not line.sale_line_id and not line.is_unexpected
                    for line in ret.line_ids
                )
            )
        )
        unmatched._match()
        for ret in unmatched:
            if ret.needs_attention:
                raise UserError(ret.attention_message)
