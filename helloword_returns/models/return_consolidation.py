from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class HellowordReturnConsolidation(models.Model):
    """A batch of returned goods that leaves a hub together: home, or to be disposed of.

    The status follows from the transfers: nobody types it.
    """

    _name = "helloword.return.consolidation"
    _description = "Consolidation of Returns"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "planned_date desc, id desc"
    _check_company_auto = True

    name = fields.Char(
        default=lambda self: self.env._("New"), readonly=True, copy=False, index="trigram"
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Hub",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("is_return_hub", "=", True)],
        tracking=True,
    )
    company_id = fields.Many2one(related="warehouse_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [("home", "Send home"), ("disposal", "Dispose of")],
        required=True,
        default="home",
        tracking=True,
    )
    home_warehouse_id = fields.Many2one(
        "stock.warehouse",
        compute="_compute_home_warehouse_id",
        store=True,
        readonly=False,
        check_company=True,
        domain="[('id', '!=', warehouse_id), ('company_id', '=', company_id)]",
    )
    planned_date = fields.Date(
        required=True, default=fields.Date.context_today, index=True, tracking=True
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", default=lambda self: self.env.user, index=True
    )
    carrier_partner_id = fields.Many2one(
        "res.partner",
        string="Carrier or Disposal Firm",
        check_company=True,
        index="btree_not_null",
        help="Who takes the goods, and usually bills it.",
    )
    tracking_number = fields.Char(copy=False, index="btree_not_null")
    line_ids = fields.One2many("helloword.return.consolidation.line", "consolidation_id")
    cost_ids = fields.One2many("helloword.return.consolidation.cost", "consolidation_id")
    picking_ids = fields.One2many("stock.picking", "return_consolidation_id", string="Transfers")
    picking_count = fields.Integer(compute="_compute_counts")
    return_count = fields.Integer(compute="_compute_counts")
    is_confirmed = fields.Boolean(readonly=True, copy=False)
    is_cancelled = fields.Boolean(readonly=True, copy=False)
    disposal_grade_id = fields.Many2one(
        "helloword.return.grade",
        string="Grade of Uninspected Goods",
        default=lambda self: self.env.ref("helloword_returns.grade_d", raise_if_not_found=False),
        help="Goods nobody inspected are noted with this grade when they are disposed of.",
    )
    certificate_ids = fields.Many2many(
        "ir.attachment",
        "helloword_return_consolidation_certificate_rel",
        string="Disposal Certificates",
        copy=False,
        bypass_search_access=True,
        help="The disposal firm's proof. Goods count as disposed of only with it.",
    )
    document_ids = fields.Many2many(
        "ir.attachment",
        "helloword_return_consolidation_document_rel",
        string="Documents",
        copy=False,
        bypass_search_access=True,
        help="Bill of lading, export and import declarations, and the like.",
    )
    export_mrn = fields.Char(
        string="Export MRN", copy=False, help="Number of the shipment's export declaration."
    )
    import_mrn = fields.Char(
        string="Import MRN", copy=False, help="Number of the shipment's import declaration."
    )
    disposed_date = fields.Date(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("ready", "Ready"),
            ("shipped", "Shipped"),
            ("arrived", "Arrived"),
            ("disposed", "Disposed of"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
        help="Shipped: everything has left the hub. Arrived: everything is home.",
    )
    units = fields.Float(digits="Product Unit", compute="_compute_totals", store=True)
    weight = fields.Float(
        string="Weight (kg)", digits=(12, 3), compute="_compute_totals", store=True
    )
    value = fields.Monetary(
        compute="_compute_totals",
        store=True,
        help="What the customers paid, taxes excluded, in company currency.",
    )
    cost_amount = fields.Monetary(
        string="Costs", compute="_compute_cost_amount", help="In company currency."
    )

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends("warehouse_id")
    def _compute_home_warehouse_id(self):
        for batch in self:
            batch.home_warehouse_id = batch.warehouse_id.return_home_warehouse_id

    @api.depends("is_confirmed", "is_cancelled", "disposed_date", "picking_ids.state")
    def _compute_state(self):
        for batch in self:
            pickings = batch.sudo().picking_ids
            active = pickings.filtered(lambda picking: picking.state != "cancel")
            leaving = active.filtered(lambda picking: picking.location_dest_id.usage == "transit")
            coming = active - leaving
            if batch.is_cancelled or (pickings and not active):
                batch.state = "cancelled"
            elif batch.disposed_date:
                batch.state = "disposed"
            elif not leaving or any(picking.state != "done" for picking in leaving):
                batch.state = "ready" if batch.is_confirmed else "draft"
            elif coming and all(picking.state == "done" for picking in coming):
                batch.state = "arrived"
            else:
                batch.state = "shipped"

    @api.depends("line_ids.quantity", "line_ids.weight", "line_ids.value")
    def _compute_totals(self):
        for batch in self:
            batch.units = sum(batch.line_ids.mapped("quantity"))
            batch.weight = sum(batch.line_ids.mapped("weight"))
            batch.value = sum(batch.line_ids.mapped("value"))

    @api.depends("picking_ids", "line_ids.return_line_id")
    def _compute_counts(self):
        for batch in self:
            batch.picking_count = len(batch.sudo().picking_ids)
            batch.return_count = len(batch.sudo().line_ids.return_id)

    @api.depends("cost_ids.amount_company", "cost_ids.state")
    def _compute_cost_amount(self):
        for batch in self:
            costs = batch.cost_ids.filtered(lambda cost: cost.state != "cancelled")
            batch.cost_amount = sum(costs.mapped("amount_company"))

    # -------------------------------------------------------------------------
    # CRUD
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        Sequence = self.env["ir.sequence"]
        for vals in vals_list:
            if not vals.get("name"):
                vals["name"] = Sequence.next_by_code(self._name)
        batches = super().create(vals_list)
        batches._attach_documents()
        return batches

    def write(self, vals):
        if {"warehouse_id", "kind", "home_warehouse_id"} & vals.keys():
            for batch in self:
                if batch.is_confirmed:
                    raise UserError(
                        self.env._("%s is planned firmly. Cancel it and plan again.", batch.name)
                    )
        result = super().write(vals)
        if {"certificate_ids", "document_ids"} & vals.keys():
            self._attach_documents()
        return result

    def _attach_documents(self):
        """Whoever may read the batch may see its documents; nobody gives away others' files."""
        for batch in self:
            loose = (batch.certificate_ids | batch.document_ids).filtered(
                lambda attachment: (
                    attachment.res_model in (False, self._name)
                    and not attachment.res_id
                    and attachment.create_uid == self.env.user
                )
            )
            if loose:
                loose.write({"res_model": self._name, "res_id": batch.id})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        for batch in self:
            if batch.is_confirmed:
                raise UserError(
                    self.env._(
                        "%s had its transfers. Cancel it instead of deleting it.", batch.name
                    )
                )

    @api.constrains("warehouse_id", "home_warehouse_id", "kind")
    def _check_warehouses(self):
        for batch in self:
            if batch.kind != "home":
                continue
            home, hub = batch.home_warehouse_id, batch.warehouse_id
            if home == hub or (home and home.company_id != hub.company_id):
                raise ValidationError(
                    self.env._(
                        "Goods of hub %(hub)s go home to another warehouse of %(company)s.",
                        hub=hub.name,
                        company=hub.company_id.name,
                    )
                )

    # -------------------------------------------------------------------------
    # Planning
    # -------------------------------------------------------------------------

    def action_add_waiting(self):
        """Add what waits at the hub and no other batch holds.

        :raise UserError: nothing waits, or the batch is not a draft any more
        """
        for batch in self:
            if batch.state != "draft":
                raise UserError(
                    self.env._("%s is no draft any more. Plan a new batch.", batch.name)
                )
        waiting = self.warehouse_id._get_return_goods_waiting()
        vals_list = [
            vals | {"consolidation_id": batches[0].id}
            for warehouse, batches in self.grouped("warehouse_id").items()
            for vals in waiting[warehouse]
        ]
        if not vals_list:
            raise UserError(self.env._("Nothing waits at the hub that is not planned already."))
        self.env["helloword.return.consolidation.line"].create(vals_list)
        return True

    # -------------------------------------------------------------------------
    # Navigation
    # -------------------------------------------------------------------------

    def action_view_pickings(self):
        self.ensure_one()
        return self.picking_ids._get_records_action(name=self.env._("Transfers"))

    def action_view_returns(self):
        self.ensure_one()
        return self.line_ids.return_id._get_records_action(name=self.env._("Returns"))
