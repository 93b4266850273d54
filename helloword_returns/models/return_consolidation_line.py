from odoo import api, fields, models
from odoo.exceptions import UserError

from ..customs.papers import clean_hs_code


class HellowordReturnConsolidationLine(models.Model):
    """Goods of one return in a batch: one product, lot and place.

    What customs want to know comes from the return's own customs papers where it has some, else
    from the product; what is missing may be entered here. The origin is never guessed.
    """

    _name = "helloword.return.consolidation.line"
    _description = "Consolidated Goods"
    _order = "consolidation_id, id"
    _check_company_auto = True

    consolidation_id = fields.Many2one(
        "helloword.return.consolidation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="consolidation_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    warehouse_id = fields.Many2one(
        related="consolidation_id.warehouse_id", string="Hub", store=True, index=True
    )
    state = fields.Selection(related="consolidation_id.state", store=True, index=True)
    return_line_id = fields.Many2one(
        "helloword.return.line",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    return_id = fields.Many2one(related="return_line_id.return_id", store=True, index=True)
    inspection_id = fields.Many2one(
        "helloword.return.inspection",
        string="Inspection Result",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Empty: the goods go uninspected.",
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, check_company=True
    )
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    lot_id = fields.Many2one(
        "stock.lot", string="Lot/Serial Number", readonly=True, check_company=True
    )
    location_id = fields.Many2one(
        "stock.location", string="Lies In", required=True, readonly=True, check_company=True
    )
    quantity = fields.Float(digits="Product Unit", required=True, default=1.0)
    move_ids = fields.One2many("stock.move", "return_consolidation_line_id")
    quantity_shipped = fields.Float(
        string="Shipped", digits="Product Unit", compute="_compute_moved", store=True
    )
    quantity_arrived = fields.Float(
        string="Arrived", digits="Product Unit", compute="_compute_moved", store=True
    )

    description = fields.Char(
        compute="_compute_from_goods",
        store=True,
        readonly=False,
        help="What the goods are, in English and in plain words; no article number.",
    )
    hs_code = fields.Char(
        string="HS Code", compute="_compute_from_goods", store=True, readonly=False
    )
    origin_country_id = fields.Many2one(
        "res.country",
        string="Origin",
        compute="_compute_from_goods",
        store=True,
        readonly=False,
        help="Where the goods were made, not where they were shipped from.",
    )
    unit_weight = fields.Float(
        string="Weight Each (kg)",
        digits=(12, 4),
        compute="_compute_from_goods",
        store=True,
        readonly=False,
    )
    unit_value = fields.Float(
        digits=(16, 6),
        compute="_compute_from_goods",
        store=True,
        readonly=False,
        help="What the customer paid for one, taxes excluded, in company currency.",
    )
    weight = fields.Float(
        string="Weight (kg)", digits=(12, 3), compute="_compute_totals", store=True
    )
    value = fields.Monetary(compute="_compute_totals", store=True)

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "Enter how many units go, above zero, or remove the line."
    )
    _figures_positive = models.Constraint(
        "CHECK(COALESCE(unit_weight, 0) >= 0 AND COALESCE(unit_value, 0) >= 0)",
        "Weights and values cannot be negative.",
    )

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends("move_ids.state", "move_ids.quantity")
    def _compute_moved(self):
        for line in self:
            done = line.sudo().move_ids.filtered(lambda move: move.state == "done")
            line.quantity_shipped = sum(
                done.filtered(lambda move: move.location_dest_id.usage == "transit").mapped(
                    "quantity"
                )
            )
            line.quantity_arrived = sum(
                done.filtered(lambda move: move.location_id.usage == "transit").mapped("quantity")
            )

    @api.depends(
        "return_line_id",
        "product_id.hs_code",
        "product_id.country_of_origin",
        "product_id.weight",
        "product_id.customs_description",
    )
    def _compute_from_goods(self):
        """Fill what is empty; what people entered stays."""
        factor = self.env["helloword.return.label"]._get_weight_factor()
        papers = {
            (paper.return_line_id, paper.product_id): paper
            for paper in self.env["helloword.return.customs.line"].search(
                [("return_line_id", "in", self.return_line_id.ids)]
            )
        }
        for line in self:
            product = line.product_id
            paper = papers.get(
                (line.return_line_id._origin, product._origin),
                self.env["helloword.return.customs.line"],
            )
            line.description = (
                line.description
                or paper.description
                or product.product_tmpl_id._get_customs_description()
            )
            line.hs_code = line.hs_code or paper.hs_code or clean_hs_code(product.hs_code) or False
            line.origin_country_id = (
                line.origin_country_id or paper.origin_country_id or product.country_of_origin
            )
            line.unit_weight = line.unit_weight or paper.unit_weight or product.weight * factor
            line.unit_value = line.unit_value or line._get_unit_value(paper)

    def _get_unit_value(self, paper):
        """What the customer paid for one, taxes excluded, in company currency.

        A component of a kit gets its part of the kit's price; goods nobody paid for have their cost.

        :param paper: the return's ``helloword.return.customs.line``, may be empty
        """
        self.ensure_one()
        company = self.company_id or self.env.company
        line = self.return_line_id
        if paper.unit_value and paper.currency_id:
            return paper.currency_id._convert(
                paper.unit_value, company.currency_id, company, fields.Date.today(), round=False
            )
        parts = line.component_quantities or {}
        is_own = self.product_id == line.product_id or str(self.product_id.id) in parts
        source = line.invoice_line_id or line.sale_line_id
        if not is_own or not line.quantity or not source.price_total:
            return self.product_id.with_company(company).standard_price
        untaxed = line.price_total * source.price_subtotal / source.price_total
        units = line.quantity * (sum(parts.values()) if parts else 1.0)
        return line.currency_id._convert(
            untaxed / units,
            company.currency_id,
            company,
            line.return_id.request_date or fields.Date.today(),
            round=False,
        )

    @api.depends("quantity", "unit_weight", "unit_value")
    def _compute_totals(self):
        for line in self:
            value = line.unit_value * line.quantity
            line.weight = line.unit_weight * line.quantity
            line.value = line.currency_id.round(value) if line.currency_id else value

    # -------------------------------------------------------------------------
    # CRUD
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_draft()
        return lines

    def write(self, vals):
        if {"quantity", "product_id", "lot_id", "location_id", "return_line_id"} & vals.keys():
            self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        self._check_draft()

    def _check_draft(self):
        """:raise UserError: the batch is planned firmly"""
        for line in self:
            if line.consolidation_id.is_confirmed or line.consolidation_id.is_cancelled:
                raise UserError(
                    self.env._(
                        "The goods of %s are fixed. Cancel it and plan again.",
                        line.consolidation_id.name,
                    )
                )

    # -------------------------------------------------------------------------
    # Facts
    # -------------------------------------------------------------------------

    def _get_home_location(self):
        """Where these goods go at home: waiting for the same as at the hub."""
        self.ensure_one()
        hub, home = self.warehouse_id, self.consolidation_id.home_warehouse_id
        if self.location_id == hub.return_hold_location_id:
            return home.return_hold_location_id
        if self.location_id == hub.return_liquidation_location_id:
            return home.return_liquidation_location_id
        return home.return_inspection_location_id

    def _get_split_quantity(self):
        """:return: how many units of a batch's costs this line bears: what left, not what was meant to"""
        self.ensure_one()
        return self.quantity if self.state == "disposed" else self.quantity_shipped
