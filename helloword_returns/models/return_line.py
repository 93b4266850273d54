from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_compare, float_is_zero


class HellowordReturnLine(models.Model):
    """A quantity of one product, with the delivered move and the invoiced line it undoes."""

    _name = "helloword.return.line"
    _description = "Return Line"
    _order = "return_id, sequence, id"
    _check_company_auto = True

    return_id = fields.Many2one(
        "helloword.return", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one(related="return_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="return_id.currency_id")
    state = fields.Selection(related="return_id.state", store=True)
    sequence = fields.Integer(default=10)
    external_id = fields.Char(string="Channel Line Reference", copy=False)
    sku = fields.Char(string="SKU as Received", copy=False)
    product_id = fields.Many2one(
        "product.product", index="btree_not_null", check_company=True, ondelete="restrict"
    )
    product_categ_id = fields.Many2one(
        related="product_id.categ_id", store=True, index="btree_not_null"
    )
    name = fields.Char(
        string="Description", compute="_compute_name", store=True, readonly=False, precompute=True
    )
    quantity = fields.Float(
        digits="Product Unit",
        default=1.0,
        required=True,
        help="In the product's own unit of measure.",
    )
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    reason_id = fields.Many2one(
        "helloword.return.reason", index="btree_not_null", ondelete="restrict"
    )
    reason_group_id = fields.Many2one(related="reason_id.group_id", store=True)
    comment = fields.Text(string="Customer's Words")
    is_unexpected = fields.Boolean(
        copy=False, help="Came in the parcel without having been asked for: nothing to refund."
    )

    sale_order_id = fields.Many2one(related="return_id.sale_order_id")
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Order Line",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    origin_move_id = fields.Many2one(
        "stock.move",
        string="Delivered Move",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="The last move of the delivery this line undoes.",
    )
    invoice_line_id = fields.Many2one(
        "account.move.line",
        string="Invoiced Line",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="Price, taxes, account, currency and rate of the refund come from here.",
    )
    move_ids = fields.One2many("stock.move", "return_line_id", string="Stock Moves")
    refund_line_ids = fields.One2many(
        "account.move.line", "return_line_id", string="Credit Note Lines"
    )

    price_total = fields.Monetary(
        string="Value",
        compute="_compute_price_total",
        store=True,
        readonly=False,
        help="What the customer paid for this quantity, taxes included.",
    )
    quantity_reserved = fields.Float(
        digits="Product Unit",
        compute="_compute_quantity_reserved",
        store=True,
        help="What this line takes from the quantity that can still be returned.",
    )
    quantity_received = fields.Float(
        digits="Product Unit", compute="_compute_quantity_received", store=True
    )
    quantity_inspected = fields.Float(
        digits="Product Unit", compute="_compute_quantity_inspected", store=True
    )
    quantity_processed = fields.Float(
        digits="Product Unit",
        compute="_compute_quantity_inspected",
        store=True,
        help="Inspected and put where its disposition says.",
    )

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0 OR is_unexpected)", "A return line needs a quantity above zero."
    )

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            line.name = line.product_id.display_name or line.name or line.sku

    @api.depends(
        "quantity", "invoice_line_id", "sale_line_id", "is_unexpected", "return_id.currency_id"
    )
    def _compute_price_total(self):
        for line in self:
            line.price_total = line._get_price_total()

    def _get_price_total(self):
        """What the customer paid for this quantity.

        The invoiced line knows best; before there is one, the order line. A line with neither
        keeps the amount it came with.

        :return: amount in the return's currency, taxes included
        """
        self.ensure_one()
        if self.is_unexpected:
            return 0.0
        source = self.invoice_line_id or self.sale_line_id
        if not source or source.currency_id != self.currency_id:
            return self.price_total
        if self.invoice_line_id:
            source_uom, source_quantity = source.product_uom_id, source.quantity
        else:
            source_uom, source_quantity = source.product_uom_id, source.product_uom_qty
        if float_is_zero(source_quantity, precision_rounding=source_uom.rounding or 0.01):
            return 0.0
        product_uom = self.product_id.uom_id
        quantity = product_uom._compute_quantity(self.quantity, source_uom, round=False)
        return self.currency_id.round(source.price_total * quantity / source_quantity)

    @api.depends(
        "quantity",
        "quantity_received",
        "is_unexpected",
        "return_id.approval_state",
        "return_id.needs_attention",
        "return_id.goods_closed",
        "return_id.decision",
        "decision",
    )
    def _compute_quantity_reserved(self):
        for line in self:
            ret = line.return_id
            if line.is_unexpected or ret.approval_state in ("rejected", "cancelled"):
                line.quantity_reserved = 0.0
            elif line.decision == "reject":
                line.quantity_reserved = line.quantity_received
            elif ret.approval_state == "requested":
                line.quantity_reserved = 0.0 if ret.needs_attention else line.quantity
            elif ret.goods_closed and line._expects_goods():
                line.quantity_reserved = line._get_closed_quantity()
            else:
                line.quantity_reserved = max(line.quantity, line.quantity_received)

    def _get_closed_quantity(self):
        """What a line still takes when nothing more will arrive: what did arrive."""
        self.ensure_one()
        return self.quantity_received

    @api.depends("move_ids.state", "move_ids.quantity", "move_ids.product_uom")
    def _compute_quantity_received(self):
        for line in self:
            line.quantity_received = line._get_received_quantity()

    @api.depends("quantity_received")
    def _compute_quantity_inspected(self):
        """Without inspections nothing is inspected; see ``return_inspection``."""
        for line in self:
            line.quantity_inspected = 0.0
            line.quantity_processed = 0.0

    # -------------------------------------------------------------------------
    # Facts
    # -------------------------------------------------------------------------

    def _compare(self, left, right):
        self.ensure_one()
        return float_compare(left, right, precision_rounding=self.uom_id.rounding or 0.01)

    def _is_received(self):
        return self._compare(self.quantity_received, 0.0) > 0

    def _is_awaited(self):
        return (
            not self.is_unexpected
            and self._expects_goods()
            and self._compare(self.quantity_received, self.quantity) < 0
        )

    def _is_uninspected(self):
        return self._compare(self.quantity_inspected, self.quantity_received) < 0

    def _is_unprocessed(self):
        return self._compare(self.quantity_processed, self.quantity_received) < 0

    # -------------------------------------------------------------------------
    # Constraints
    # -------------------------------------------------------------------------

    @api.constrains("quantity", "product_id")
    def _check_quantity(self):
        for line in self:
            if line.quantity > 1_000_000:
                raise ValidationError(
                    self.env._(
                        "%(quantity)s units of “%(product)s” cannot be right. Enter how many come "
                        "back.",
                        quantity=line.quantity,
                        product=line.name,
                    )
                )

    @api.constrains("sale_line_id", "origin_move_id", "invoice_line_id", "return_id")
    def _check_belongs_to_order(self):
        for line in self.sudo():
            order = line.return_id.sale_order_id
            if line.sale_line_id and order and line.sale_line_id.order_id != order:
                raise ValidationError(
                    self.env._(
                        "“%(line)s” belongs to order %(other)s, but return %(name)s is about order "
                        "%(order)s. Make one return per order.",
                        line=line.name,
                        other=line.sale_line_id.order_id.name,
                        name=line.return_id.name,
                        order=order.name,
                    )
                )
