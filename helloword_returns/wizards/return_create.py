from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare, float_is_zero

from ..intake.payload import RequestLine, ReturnRequest
from ..models.return_plan import DECISIONS
from ..models.returnable_pool import ReturnablePool


class HellowordReturnCreate(models.TransientModel):
    """Enter a return from its order or its delivery: what came back, how much, and why."""

    _name = "helloword.return.create"
    _description = "Enter a Return"
    _check_company_auto = True

    sale_order_id = fields.Many2one("sale.order", string="Order", readonly=True)
    picking_id = fields.Many2one("stock.picking", string="Delivery", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    channel_id = fields.Many2one(
        "helloword.channel",
        required=True,
        check_company=True,
        help="Where the customer asked for the return.",
    )
    reason_id = fields.Many2one(
        "helloword.return.reason",
        string="Reason for All",
        domain=[("parent_id", "!=", False)],
        help="Counts for the lines that give no reason of their own.",
    )
    customer_comment = fields.Text(string="What the Customer Says")
    decision = fields.Selection(
        [item for item in DECISIONS if item[0] not in ("manual", "reject")],
        help="Empty: the rules decide.",
    )
    line_ids = fields.One2many("helloword.return.create.line", "wizard_id")
    is_empty = fields.Boolean(compute="_compute_is_empty")

    @api.depends("line_ids.quantity_returnable")
    def _compute_is_empty(self):
        for wizard in self:
            wizard.is_empty = not wizard.line_ids

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        active = self.env.context.get("active_model"), self.env.context.get("active_id")
        if active[0] == "sale.order" and not values.get("sale_order_id"):
            values["sale_order_id"] = active[1]
        elif active[0] == "stock.picking" and not values.get("picking_id"):
            values["picking_id"] = active[1]
        order = self.env["sale.order"].browse(values.get("sale_order_id"))
        picking = self.env["stock.picking"].browse(values.get("picking_id"))
        if order:
            lines = self._prepare_lines_of_order(order)
        elif picking:
            order = picking.sale_id
            lines = self._prepare_lines_of_picking(picking)
        else:
            return values
        company = order.company_id or picking.company_id
        values["company_id"] = company.id
        values["channel_id"] = (
            order.return_channel_id or self.env["helloword.channel"]._get_manual(company)
        ).id
        values["line_ids"] = [Command.create(line) for line in lines]
        return values

    @api.model
    def _prepare_lines_of_order(self, order):
        pool = ReturnablePool(self.env["helloword.return"], orders=order)
        lines = []
        for sale_line in order.order_line:
            product = sale_line.product_id
            if sale_line.display_type or product.type != "consu":
                continue
            returnable = pool.get_returnable(sale_line)
            if float_compare(returnable, 0.0, precision_rounding=product.uom_id.rounding) > 0:
                lines.append(
                    {
                        "sale_line_id": sale_line.id,
                        "product_id": product.id,
                        "quantity_returnable": returnable,
                    }
                )
        return lines

    @api.model
    def _prepare_lines_of_picking(self, picking):
        moves = picking.move_ids.filtered(
            lambda move: move.state == "done" and move.location_dest_id.usage == "customer"
        )
        pool = ReturnablePool(self.env["helloword.return"], moves=moves)
        lines = []
        for move in moves:
            returnable = pool.get_move_returnable(move)
            rounding = move.product_id.uom_id.rounding
            if float_compare(returnable, 0.0, precision_rounding=rounding) > 0:
                lines.append(
                    {
                        "move_id": move.id,
                        "product_id": move.product_id.id,
                        "quantity_returnable": returnable,
                    }
                )
        return lines

    def action_return_all(self):
        """Fill in everything that can still be returned and stay open."""
        self.ensure_one()
        for line in self.line_ids:
            line.quantity = line.quantity_returnable
        return self._get_records_action(name=self.env._("Return"), target="new")

    def action_create(self):
        """Take the request in, like any other, and open what came of it.

        :raise UserError: nothing is returned, or more than can be
        """
        self.ensure_one()
        lines = self._get_wanted_lines()
        request = self._prepare_request(lines)
        Return = self.env["helloword.return"]
        returns = Return.intake([request], decide=not self.decision)
        if self.decision and not returns.needs_attention:
            returns.decision = self.decision
            returns.action_approve()
        self._claim_parcel(returns)
        return returns._get_records_action()

    def _claim_parcel(self, returns):
        """The unknown parcel this return was entered for belongs to it."""
        parcel_id = self.env.context.get("unknown_parcel_id")
        if parcel_id:
            self.env["helloword.unknown.parcel"].browse(parcel_id)._claim(returns)

    def _get_wanted_lines(self):
        wanted = self.line_ids.filtered(
            lambda line: (
                not float_is_zero(line.quantity, precision_rounding=line.product_id.uom_id.rounding)
            )
        )
        if not wanted:
            raise UserError(self.env._("Nothing is returned yet. Enter how many units come back."))
        for line in wanted:
            line._check_quantity()
        return wanted

    def _prepare_request(self, lines):
        order = self.sale_order_id or self.picking_id.sale_id
        partner = order.partner_id or self.picking_id.partner_id
        return ReturnRequest(
            channel_id=self.channel_id.id,
            sale_order_id=order.id or 0,
            order_ref=order.name or self.picking_id.name or "",
            partner_id=partner.id or 0,
            currency=(order.currency_id or self.company_id.currency_id).name,
            country=(order.partner_shipping_id or partner).country_id.code or "",
            comment=self.customer_comment or "",
            lines=tuple(
                RequestLine(
                    quantity=line.quantity,
                    product_id=line.product_id.id,
                    sale_line_id=line.sale_line_id.id or 0,
                    move_id=line.move_id.id or 0,
                    reason=(line.reason_id or self.reason_id).code or "",
                    comment=line.comment or "",
                )
                for line in lines
            ),
        )


class HellowordReturnCreateLine(models.TransientModel):
    _name = "helloword.return.create.line"
    _description = "Line of a Return to Enter"

    wizard_id = fields.Many2one("helloword.return.create", required=True, ondelete="cascade")
    sale_line_id = fields.Many2one("sale.order.line", readonly=True)
    move_id = fields.Many2one("stock.move", readonly=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True)
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    quantity_returnable = fields.Float(
        string="Can Be Returned", digits="Product Unit", readonly=True
    )
    quantity = fields.Float(digits="Product Unit")
    reason_id = fields.Many2one("helloword.return.reason", domain=[("parent_id", "!=", False)])
    comment = fields.Char(string="Customer's Words")

    def _check_quantity(self):
        """:raise UserError: the quantity is negative or more than can be returned"""
        self.ensure_one()
        rounding = self.product_id.uom_id.rounding
        if (
            float_compare(self.quantity, 0.0, precision_rounding=rounding) < 0
            or float_compare(self.quantity, self.quantity_returnable, precision_rounding=rounding)
            > 0
        ):
            raise UserError(
                self.env._(
                    "Between 0 and %(returnable)g of “%(product)s” can be returned, not "
                    "%(quantity)g.",
                    returnable=self.quantity_returnable,
                    product=self.product_id.display_name,
                    quantity=self.quantity,
                )
            )
