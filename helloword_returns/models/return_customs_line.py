from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare, float_is_zero

from ..carriers.base import CustomsItem
from ..customs.papers import clean_hs_code


class HellowordReturnCustomsLine(models.Model):
    """Goods on customs papers: one line for each line of the return.

    Kits stand as one line, as they were sold: they are one article to customs, and only they have a
    price.
    """

    _name = "helloword.return.customs.line"
    _description = "Goods on Customs Papers"
    _order = "customs_id, sequence, id"
    _check_company_auto = True

    customs_id = fields.Many2one(
        "helloword.return.customs", required=True, index=True, ondelete="cascade"
    )
    return_line_id = fields.Many2one(
        "helloword.return.line",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    sequence = fields.Integer(related="return_line_id.sequence", store=True)
    company_id = fields.Many2one(related="customs_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="customs_id.currency_id")
    product_id = fields.Many2one(related="return_line_id.product_id", store=True, index=True)
    uom_id = fields.Many2one(related="return_line_id.uom_id")
    quantity = fields.Float(
        related="return_line_id.quantity", store=True, help="In the product's own unit of measure."
    )
    lot_ids = fields.Many2many(
        "stock.lot",
        string="Lots / Serial Numbers",
        compute="_compute_lot_ids",
        store=True,
        readonly=False,
        help="Proof that the goods are those that were exported. Known where everything that was "
        "delivered comes back.",
    )
    description = fields.Char(
        compute="_compute_from_product",
        store=True,
        readonly=False,
        help="What the goods are, in English and in plain words; no article number.",
    )
    hs_code = fields.Char(
        string="HS Code",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        help="6 digits at least; the United States want 10.",
    )
    origin_country_id = fields.Many2one(
        "res.country",
        string="Origin",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        help="Where the goods were made. It is never guessed from where they were shipped.",
    )
    unit_weight = fields.Float(
        string="Weight Each (kg)",
        digits=(12, 4),
        compute="_compute_from_product",
        store=True,
        readonly=False,
    )
    net_weight = fields.Float(
        string="Net Weight (kg)", digits=(12, 3), compute="_compute_totals", store=True
    )
    unit_value = fields.Float(
        digits=(16, 6),
        compute="_compute_unit_value",
        store=True,
        readonly=False,
        help="What the customer paid for one, discounts off and taxes excluded. Neither the cost "
        "nor the refund, and never zero.",
    )
    value_basis = fields.Selection(
        [("invoice", "Invoice"), ("order", "Order"), ("entered", "Entered")],
        compute="_compute_unit_value",
        store=True,
    )
    value = fields.Monetary(compute="_compute_totals", store=True)
    duty_paid_on_import = fields.Boolean(
        string="Duty Paid", help="The customer's country took duty when the goods arrived."
    )
    is_drawback_claimable = fields.Boolean(
        string="Refund of Duty",
        compute="_compute_is_drawback_claimable",
        store=True,
        readonly=False,
        help="The duty may be claimed back when the goods leave.",
    )

    _return_line_uniq = models.UniqueIndex(
        "(customs_id, return_line_id)", "These goods are on the papers already."
    )
    _amounts_positive = models.Constraint(
        "CHECK(COALESCE(unit_weight, 0) >= 0 AND COALESCE(unit_value, 0) >= 0)",
        "Weights and values on customs papers cannot be negative.",
    )

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends(
        "product_id.hs_code",
        "product_id.country_of_origin",
        "product_id.weight",
        "product_id.customs_description",
    )
    def _compute_from_product(self):
        """Fill what is empty; what people entered for this parcel stays."""
        factor = self.env["helloword.return.label"]._get_weight_factor()
        for line in self:
            product = line.product_id
            line.description = (
                line.description or product.product_tmpl_id._get_customs_description()
            )
            line.hs_code = line.hs_code or clean_hs_code(product.hs_code) or False
            line.origin_country_id = line.origin_country_id or product.country_of_origin
            line.unit_weight = line.unit_weight or line._get_product_weight() * factor

    def _get_product_weight(self):
        """:return: of one piece, in the unit products are weighed in; a kit without a weight of its
        own weighs what its components do
        """
        self.ensure_one()
        weight = self.product_id.weight
        if weight:
            return weight
        moves = self._get_component_moves()
        delivered = self.return_line_id.sale_line_id.qty_delivered
        if not moves or float_is_zero(delivered, precision_digits=6):
            return 0.0
        returned = sum(self.return_line_id.sale_line_id.return_line_ids.mapped("quantity_received"))
        total = sum(move.product_id.weight * move.product_qty for move in moves)
        return total / (delivered + returned)

    def _get_component_moves(self):
        """:return: delivered moves of a kit's components; none for other goods"""
        self.ensure_one()
        line = self.return_line_id
        if line.origin_move_id.product_id == line.product_id:
            return line.origin_move_id.browse()
        delivered = line.sale_line_id.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and move.location_dest_id.usage == "customer" != move.location_id.usage
                and not move.return_line_id
            )
        )
        return delivered if line.product_id not in delivered.product_id else delivered.browse()

    @api.depends("return_line_id.origin_move_id", "quantity")
    def _compute_lot_ids(self):
        """Only where it is certain which ones come back."""
        # Read at once what each line reads of its own moves.
        origins = self.return_line_id.origin_move_id | self.return_line_id.sale_line_id.move_ids
        origins.move_line_ids.mapped("lot_id")
        for line in self:
            moves = line.return_line_id.origin_move_id | line._get_component_moves()
            lots = moves.move_line_ids.lot_id
            if line.lot_ids or not lots:
                continue
            delivered = sum(line.return_line_id.origin_move_id.mapped("product_qty"))
            whole = line.uom_id.compare(line.quantity, delivered) >= 0
            single = len(lots) == 1 and lots.product_id.tracking == "lot"
            if whole or single:
                line.lot_ids = lots

    @api.depends("return_line_id.invoice_line_id", "return_line_id.sale_line_id", "currency_id")
    def _compute_unit_value(self):
        for line in self:
            price, basis = line._get_sale_price()
            line.unit_value = price or line.unit_value
            line.value_basis = basis if price else "entered"

    def _get_sale_price(self):
        """What the customer paid for one piece in the product's unit, taxes excluded.

        :return: tuple (amount in the papers' currency, invoice or order); zero where nobody knows
        """
        self.ensure_one()
        line = self.return_line_id
        if line.invoice_line_id:
            source, basis = line.invoice_line_id, "invoice"
            count, uom, day = source.quantity, source.product_uom_id, source.move_id.invoice_date
        elif line.sale_line_id:
            source, basis = line.sale_line_id, "order"
            count, uom = source.product_uom_qty, source.product_uom_id
            day = source.order_id.date_order.date()
        else:
            return 0.0, "entered"
        pieces = uom._compute_quantity(count, line.uom_id, round=False) if uom else count
        if float_is_zero(pieces, precision_digits=6):
            return 0.0, basis
        total = source.currency_id._convert(
            source.price_subtotal,
            self.currency_id or source.currency_id,
            self.company_id or line.company_id,
            day or fields.Date.context_today(self),
        )
        return abs(total / pieces), basis

    @api.depends("quantity", "unit_value", "unit_weight", "currency_id")
    def _compute_totals(self):
        for line in self:
            value = line.unit_value * line.quantity
            line.value = line.currency_id.round(value) if line.currency_id else value
            line.net_weight = line.unit_weight * line.quantity

    @api.depends("duty_paid_on_import", "customs_id.export_scheme_id")
    def _compute_is_drawback_claimable(self):
        for line in self:
            line.is_drawback_claimable = bool(
                line.duty_paid_on_import and line.customs_id.export_scheme_id
            )

    # -------------------------------------------------------------------------
    # CRUD
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._clean(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._clean(vals)
        if "unit_value" in vals:
            vals = {"value_basis": "entered"} | vals
        result = super().write(vals)
        self.customs_id._close_activity()
        return result

    def _clean(self, vals):
        if vals.get("hs_code"):
            vals["hs_code"] = clean_hs_code(vals["hs_code"])

    # -------------------------------------------------------------------------
    # Use
    # -------------------------------------------------------------------------

    def _is_heavier_than(self, weight):
        """:return: whether these goods weigh more than a parcel of so many kilograms"""
        return float_compare(sum(self.mapped("net_weight")), weight, precision_digits=3) > 0

    def _prepare_customs_item(self):
        """:return: :class:`~odoo.addons.helloword_returns.carriers.base.CustomsItem`"""
        self.ensure_one()
        digits = self.currency_id.decimal_places
        return CustomsItem(
            description=self.description or "",
            quantity=Decimal(f"{self.quantity:g}"),
            value=Decimal(f"{self.unit_value:.{digits}f}"),
            currency=self.currency_id.name,
            weight=Decimal(f"{self.unit_weight:.3f}"),
            hs_code=self.hs_code or "",
            origin=self.origin_country_id.code or "",
            sku=self.return_line_id.sku or self.product_id.default_code or "",
        )

    def _fill_products(self):
        """Keep what was entered here on the products, where they have nothing. Batch.

        Whoever may write papers may fill what products lack: nothing that stands there is changed.

        :return: the ``product.template`` records that got something
        """
        self.check_access("write")
        factor = self.env["helloword.return.label"]._get_weight_factor()
        filled = self.env["product.template"].sudo()
        by_template = self.sudo().grouped(lambda line: line.product_id.product_tmpl_id)
        for template, lines in by_template.items():
            line = lines[-1:]
            vals = {
                name: value
                for name, value in (
                    ("hs_code", line.hs_code),
                    ("country_of_origin", line.origin_country_id.id),
                    ("customs_description", line.description),
                    ("weight", line.unit_weight / factor),
                )
                if value and not template[name]
            }
            if vals.get("customs_description") == template._get_customs_description():
                del vals["customs_description"]
            if vals:
                template.write(vals)
                filled |= template
        return filled.sudo(False)


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    customs_line_ids = fields.One2many("helloword.return.customs.line", "return_line_id")


class HellowordReturnCustoms(models.Model):
    _inherit = "helloword.return.customs"

    def action_fill_products(self):
        """Keep codes, origins, weights and descriptions on the products for next time.

        :raise UserError: the products have everything already
        """
        products = self.line_ids._fill_products()
        if not products:
            raise UserError(
                self.env._(
                    "The products have their customs data already, or nothing is entered here yet."
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Kept on: %s", ", ".join(products.mapped("display_name"))),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
