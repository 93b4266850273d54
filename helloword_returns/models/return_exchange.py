from odoo import api, fields, models
from odoo.exceptions import UserError


class HellowordReturn(models.Model):
    """Exchanges: other goods go out by an ordinary delivery, the order is not touched."""

    _inherit = "helloword.return"

    exchange_picking_ids = fields.Many2many(
        "stock.picking", string="Exchange Deliveries", compute="_compute_exchange_picking_ids"
    )
    exchange_count = fields.Integer(compute="_compute_exchange_picking_ids")
    is_exchange_due = fields.Boolean(compute="_compute_is_exchange_due", store=True)
    is_exchange_delivered = fields.Boolean(compute="_compute_is_exchange_delivered", store=True)

    @api.depends("line_ids.exchange_move_ids")
    def _compute_exchange_picking_ids(self):
        for ret in self.sudo():
            ret.exchange_picking_ids = ret.line_ids.exchange_move_ids.picking_id
            ret.exchange_count = len(ret.exchange_picking_ids)

    @api.depends(
        "approval_state",
        "decision",
        "refund_trigger",
        "shipped_date",
        "line_ids.quantity_received",
        "line_ids.quantity_inspected",
        "line_ids.decision",
        "line_ids.exchange_move_ids.state",
    )
    def _compute_is_exchange_due(self):
        for ret in self:
            ret.is_exchange_due = (
                ret.approval_state == "approved"
                and ret.decision == "exchange"
                and any(line._get_exchange_due() for line in ret.line_ids)
            )

    @api.depends(
        "decision",
        "goods_closed",
        "line_ids.decision",
        "line_ids.quantity",
        "line_ids.quantity_received",
        "line_ids.exchange_move_ids.state",
        "line_ids.exchange_move_ids.quantity",
    )
    def _compute_is_exchange_delivered(self):
        for ret in self:
            ret.is_exchange_delivered = all(
                line._compare(line._get_exchange_quantity(done=True), line._get_exchange_owed())
                >= 0
                for line in ret.line_ids
            )

    def _is_settled(self):
        return super()._is_settled() and (self.decision != "exchange" or self.is_exchange_delivered)

    @api.depends("is_exchange_delivered")
    def _compute_state(self):
        super()._compute_state()

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_create_exchange(self):
        """Send what the customer gets instead: one ordinary delivery for each return.

        Prices are not compared by themselves: where the goods cost another amount, an activity
        asks a person to charge or refund the difference.

        :return: True
        :raise UserError: nothing is due, or a product cannot be delivered
        """
        self.check_access("write")
        returns = self.sudo()
        returns._check_can_exchange()
        pickings = (
            self.env["stock.picking"]
            .sudo()
            .create([ret._prepare_exchange_vals() for ret in returns])
        )
        pickings.action_confirm()
        pickings.action_assign()
        returns._warn_of_price_difference()
        return True

    def _check_can_exchange(self):
        for ret in self:
            if not ret.is_exchange_due:
                raise UserError(
                    self.env._(
                        "No exchange is due for return %s: it is not approved as an exchange, the "
                        "goods are awaited, or the delivery exists.",
                        ret.name,
                    )
                )
            for line in ret.line_ids.filtered(lambda line: line._get_exchange_due()):
                product = line._get_exchange_product()
                if not product.active:
                    raise UserError(
                        self.env._(
                            "“%s” is archived. Choose another exchange product.",
                            product.display_name,
                        )
                    )

    def _prepare_exchange_vals(self):
        self.ensure_one()
        warehouse = self.sale_order_id.warehouse_id or self._get_receipt_warehouse()
        picking_type = warehouse.out_type_id
        partner = self._get_receipt_partner()
        destination = (
            partner.with_company(self.company_id).property_stock_customer
            or picking_type.default_location_dest_id
        )
        locations = {
            "location_id": warehouse.lot_stock_id.id,
            "location_dest_id": destination.id,
        }
        lines = self.line_ids.filtered(lambda line: line._get_exchange_due())
        return {
            "picking_type_id": picking_type.id,
            "partner_id": partner.id,
            "company_id": self.company_id.id,
            "origin": self.env._("Exchange %s", self.name),
            "move_ids": [
                fields.Command.create(
                    {
                        "product_id": line._get_exchange_product().id,
                        "product_uom_qty": line._get_exchange_due(),
                        "product_uom": line._get_exchange_product().uom_id.id,
                        "partner_id": partner.id,
                        "origin": self.name,
                        "company_id": self.company_id.id,
                        "exchange_line_id": line.id,
                        **locations,
                    }
                )
                for line in lines
            ],
            **locations,
        }

    def _warn_of_price_difference(self):
        for ret in self:
            other = ret.line_ids.filtered(
                lambda line: (
                    line._get_exchange_owed()
                    and line._get_exchange_product().lst_price != line.product_id.lst_price
                )
            )
            if other:
                ret.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Exchange at another price"),
                    note=self.env._(
                        "Charge or refund the difference, if there is to be one: %s",
                        ", ".join(
                            f"{line.product_id.display_name} → "
                            f"{line._get_exchange_product().display_name}"
                            for line in other
                        ),
                    ),
                    user_id=(ret.user_id or ret.channel_id.user_id or self.env.user).id,
                )

    def action_view_exchanges(self):
        self.ensure_one()
        return self.exchange_picking_ids._get_records_action(name=self.env._("Exchange"))

    def _check_can_cancel(self):
        super()._check_can_cancel()
        for ret in self.sudo():
            if any(move.state == "done" for move in ret.line_ids.exchange_move_ids):
                raise UserError(
                    self.env._(
                        "The exchange of return %s has been delivered. It cannot be cancelled any "
                        "more.",
                        ret.name,
                    )
                )

    def _on_cancelled(self):
        super()._on_cancelled()
        self.sudo().line_ids.exchange_move_ids.picking_id.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        ).action_cancel()


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    exchange_product_id = fields.Many2one(
        "product.product",
        string="Exchange For",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain=[("type", "=", "consu")],
        help="What the customer gets instead, as many units as come back. Empty: the same product.",
    )
    exchange_move_ids = fields.One2many("stock.move", "exchange_line_id", string="Exchange Moves")

    def _get_exchange_product(self):
        self.ensure_one()
        return self.exchange_product_id or self.product_id

    def _get_exchange_owed(self):
        """:return: how many units the customer gets in the end"""
        self.ensure_one()
        ret = self.return_id
        if self.is_unexpected or self._get_decision() != "exchange":
            return 0.0
        if ret.goods_closed and ret.refund_trigger not in ("request", "first_scan"):
            return min(self.quantity, self.quantity_received)
        return self.quantity

    def _get_exchange_due(self):
        """:return: how many units can be sent now and have no delivery yet"""
        self.ensure_one()
        ret = self.return_id
        owed = self._get_exchange_owed()
        if (
            ret.refund_trigger == "first_scan" and not ret.shipped_date
        ) or ret.refund_trigger == "receipt":
            owed = min(owed, self.quantity_received)
        elif ret.refund_trigger == "inspection":
            owed = min(owed, self._get_quantity_accepted())
        due = owed - self._get_exchange_quantity()
        return due if self._compare(due, 0.0) > 0 else 0.0

    def _get_exchange_quantity(self, done=False):
        """:return: units on exchange deliveries, with ``done`` only those delivered"""
        self.ensure_one()
        quantity = 0.0
        for move in self.sudo().exchange_move_ids:
            if move.state == "cancel" or (done and move.state != "done"):
                continue
            quantity += move.product_uom._compute_quantity(
                move.quantity if move.state == "done" else move.product_uom_qty,
                move.product_id.uom_id,
                round=False,
            )
        return quantity


class StockMove(models.Model):
    _inherit = "stock.move"

    exchange_line_id = fields.Many2one(
        "helloword.return.line",
        string="Exchange of Return Line",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
        check_company=True,
    )

    def _prepare_move_split_vals(self, quantity):
        vals = super()._prepare_move_split_vals(quantity)
        if self.exchange_line_id:
            vals["exchange_line_id"] = self.exchange_line_id.id
        return vals

    @api.model
    def _prepare_merge_moves_distinct_fields(self):
        return [*super()._prepare_merge_moves_distinct_fields(), "exchange_line_id"]
