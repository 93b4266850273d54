from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare

from .return_grade import DISPOSITIONS


class HellowordReturnInspection(models.Model):
    """What somebody found: a quantity of a return line, its condition and where it goes.

    One line may have several results, together never more than was received. Quantities are in
    the product's own unit.
    """

    _name = "helloword.return.inspection"
    _description = "Inspection Result"
    _order = "id desc"
    _check_company_auto = True

    return_line_id = fields.Many2one(
        "helloword.return.line",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    return_id = fields.Many2one(related="return_line_id.return_id", store=True, index=True)
    company_id = fields.Many2one(related="return_line_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    expected_product_id = fields.Many2one(
        related="return_line_id.product_id", string="Expected Product"
    )
    comment = fields.Text(related="return_line_id.comment")
    reason_id = fields.Many2one(related="return_line_id.reason_id")
    product_id = fields.Many2one(
        "product.product",
        string="Product Found",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        check_company=True,
        domain=[("type", "=", "consu")],
    )
    tracking = fields.Selection(related="product_id.tracking")
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    quantity = fields.Float(digits="Product Unit", default=1.0, required=True)
    lot_id = fields.Many2one(
        "stock.lot",
        string="Lot/Serial Number",
        check_company=True,
        index="btree_not_null",
        domain="[('product_id', '=', product_id)]",
    )
    grade_id = fields.Many2one(
        "helloword.return.grade", required=True, index=True, ondelete="restrict"
    )
    grade_kind = fields.Selection(related="grade_id.kind")
    grade_description = fields.Text(related="grade_id.description")
    disposition = fields.Selection(
        DISPOSITIONS, compute="_compute_disposition", store=True, readonly=False, index=True
    )
    disposition_rule_id = fields.Many2one(
        "helloword.disposition.rule",
        string="Proposed by Rule",
        compute="_compute_disposition",
        store=True,
        index="btree_not_null",
        ondelete="set null",
    )
    note = fields.Text()
    attachment_ids = fields.Many2many("ir.attachment", string="Photos")
    user_id = fields.Many2one(
        "res.users", string="Inspected By", default=lambda self: self.env.user, index=True
    )
    date = fields.Datetime(default=fields.Datetime.now, index=True, help="When (UTC).")
    state = fields.Selection(
        [("draft", "Draft"), ("done", "Done"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    warehouse_id = fields.Many2one("stock.warehouse", compute="_compute_warehouse_id")
    unit_value = fields.Monetary(
        compute="_compute_unit_value",
        help="What the customer paid for one unit, in company currency; the cost of goods that "
        "nobody paid for.",
    )

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends("return_line_id", "grade_id", "product_id", "quantity", "state")
    def _compute_display_name(self):
        for inspection in self:
            inspection.display_name = " · ".join(
                filter(
                    None,
                    (
                        inspection.return_id.name,
                        inspection.product_id.display_name,
                        inspection.grade_id.name,
                    ),
                )
            )

    @api.depends("return_line_id")
    def _compute_product_id(self):
        for inspection in self:
            inspection.product_id = inspection.return_line_id.product_id

    @api.depends("return_line_id")
    def _compute_warehouse_id(self):
        for inspection in self:
            moves = inspection.return_line_id.sudo().move_ids.filtered(
                lambda move: move.state == "done" and move._is_return_receipt()
            )
            inspection.warehouse_id = moves.picking_type_id.warehouse_id[:1]

    @api.depends("product_id", "return_line_id", "company_id")
    def _compute_unit_value(self):
        for inspection in self:
            inspection.unit_value = inspection.return_line_id._get_unit_value(inspection.product_id)

    @api.depends("grade_id", "product_id", "return_line_id")
    def _compute_disposition(self):
        """The first rule that matches; without one the goods wait for a decision."""
        Rule = self.env["helloword.disposition.rule"].sudo()
        rules = Rule.search([("company_id", "in", [False, *self.company_id.ids])])
        for inspection in self:
            if inspection.state != "draft":
                continue
            rule = next(
                (rule for rule in rules if inspection.grade_id and rule._matches(inspection)),
                rules.browse(),
            )
            inspection.disposition_rule_id = rule
            if inspection.grade_kind == "empty" or not inspection.grade_id:
                inspection.disposition = False
            else:
                inspection.disposition = rule.disposition or "hold"

    # -------------------------------------------------------------------------
    # CRUD
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        inspections = super().create(vals_list)
        inspections._attach_photos()
        return inspections

    def write(self, vals):
        fixed = {"return_line_id", "product_id", "quantity", "lot_id", "grade_id", "disposition"}
        if fixed & vals.keys() and not self.env.context.get("redispose"):
            for inspection in self:
                if inspection.state != "draft":
                    raise UserError(
                        self.env._(
                            "Inspection %s is finished. Undo it to inspect again.",
                            inspection.display_name,
                        )
                    )
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._attach_photos()
        return result

    def _attach_photos(self):
        """Whoever may read the result may see its photos; nobody gives away others' files."""
        for inspection in self:
            loose = inspection.sudo().attachment_ids.filtered(
                lambda attachment: (
                    attachment.res_model in (False, self._name)
                    and not attachment.res_id
                    and attachment.create_uid == self.env.user
                )
            )
            if loose:
                loose.write({"res_model": inspection._name, "res_id": inspection.id})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        for inspection in self:
            if inspection.state == "done":
                raise UserError(
                    self.env._(
                        "Inspection %s moved goods. Undo it instead of deleting it.",
                        inspection.display_name,
                    )
                )

    # -------------------------------------------------------------------------
    # Constraints
    # -------------------------------------------------------------------------

    @api.constrains("quantity")
    def _check_quantity(self):
        for inspection in self:
            if inspection.uom_id.compare(inspection.quantity, 0.0) <= 0:
                raise ValidationError(
                    self.env._(
                        "Enter how many units of “%s” were inspected, above zero.",
                        inspection.product_id.display_name,
                    )
                )

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_validate(self):
        """Finish these results, put the goods where they go and tell the returns.

        Safe to repeat: finished results are left alone.

        :raise UserError: more than was received, a missing lot or disposition
        """
        drafts = self.filtered(lambda inspection: inspection.state == "draft")
        drafts._check_can_validate()
        drafts.write({"state": "done", "date": fields.Datetime.now()})
        drafts.return_line_id._check_inspected_quantity()
        drafts._create_disposition_documents()
        drafts.sudo().return_id._on_goods_inspected()
        return True

    def _check_can_validate(self):
        for inspection in self:
            if inspection.grade_kind != "empty" and not inspection.disposition:
                raise UserError(
                    self.env._("Choose where the goods of %s go.", inspection.display_name)
                )
            product = inspection.product_id
            if (
                inspection.grade_kind == "wrong"
                and product == inspection.expected_product_id
                and not inspection.return_line_id.is_unexpected
            ):
                raise UserError(
                    self.env._(
                        "Choose which product was in the parcel instead of “%s”.",
                        product.display_name,
                    )
                )
            if product.tracking != "none" and inspection.grade_kind != "empty":
                if not inspection.lot_id:
                    raise UserError(
                        self.env._("Enter the lot or serial number of “%s”.", product.display_name)
                    )
                if product.tracking == "serial" and float_compare(
                    inspection.quantity, 1.0, precision_digits=6
                ):
                    raise UserError(
                        self.env._(
                            "Serial number %s stands for one unit. Make one result per number.",
                            inspection.lot_id.name,
                        )
                    )

    def action_validate_and_next(self):
        """Finish this result and open the next thing to inspect of the same return.

        :return: an action, or one that closes the dialog when nothing is left
        """
        self.action_validate()
        waiting = self.return_id.line_ids.filtered(lambda line: line._is_uninspected())
        if waiting:
            return waiting[0].action_open_inspection()
        return {"type": "ir.actions.act_window_close"}


class HellowordReturn(models.Model):
    """Inspecting whole returns."""

    _inherit = "helloword.return"

    inspection_ids = fields.One2many("helloword.return.inspection", "return_id")
    inspection_count = fields.Integer(compute="_compute_inspection_count")

    def _compute_inspection_count(self):
        counts = dict(
            self.env["helloword.return.inspection"]._read_group(
                [("return_id", "in", self.ids), ("state", "!=", "cancelled")],
                ["return_id"],
                ["__count"],
            )
        )
        for ret in self:
            ret.inspection_count = counts.get(ret, 0)

    def action_view_inspections(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_return_inspection_action"
        )
        action["domain"] = [("return_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_inspect(self, grade=None, disposition=None):
        """Inspect all that was received and not inspected yet, as of one grade.

        :param grade: ``helloword.return.grade`` record or code; None: the best one
        :param str disposition: where the goods go; None: as the disposition rules say
        :return: the new ``helloword.return.inspection`` records, validated
        :raise UserError: see :meth:`HellowordReturnInspection.action_validate`
        """
        Grade = self.env["helloword.return.grade"]
        if not isinstance(grade, models.BaseModel):
            grade = Grade.search([("code", "=", grade)] if grade else [], limit=1)
        if not grade:
            raise UserError(
                self.env._("There is no such grade. Create it under Configuration / Grades.")
            )
        lines = self.line_ids
        lines.fetch(["inspection_ids", "move_ids"])
        vals_list = [
            vals | {"grade_id": grade.id} | ({"disposition": disposition} if disposition else {})
            for line in lines
            for vals in line._prepare_inspections()
        ]
        inspections = self.env["helloword.return.inspection"].create(vals_list)
        inspections.action_validate()
        return inspections


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    product_image = fields.Image(related="product_id.image_128", string="Picture")
    inspection_ids = fields.One2many("helloword.return.inspection", "return_line_id")
    quantity_to_inspect = fields.Float(
        digits="Product Unit", compute="_compute_quantity_inspected", store=True
    )

    @api.depends("inspection_ids.state", "inspection_ids.quantity", "inspection_ids.is_processed")
    def _compute_quantity_inspected(self):
        for line in self:
            done = line.inspection_ids.filtered(lambda inspection: inspection.state == "done")
            line.quantity_inspected = sum(done.mapped("quantity"))
            line.quantity_processed = sum(done.filtered("is_processed").mapped("quantity"))
            line.quantity_to_inspect = max(line.quantity_received - line.quantity_inspected, 0.0)

    def _get_unit_value(self, product):
        """What the customer paid for one unit; the cost of goods that nobody paid for.

        :param product: that was found
        :return: float, in company currency
        """
        self.ensure_one()
        company = self.company_id
        if self.price_total and self.quantity and self.product_id == product:
            return self.currency_id._convert(
                self.price_total / self.quantity,
                company.currency_id,
                company,
                self.return_id.request_date or fields.Date.today(),
            )
        return product.with_company(company).sudo().standard_price

    def _check_inspected_quantity(self):
        """:raise UserError: the results of a line say more than was received"""
        for line in self:
            if line._compare(line.quantity_inspected, line.quantity_received) > 0:
                raise UserError(
                    self.env._(
                        "%(inspected)g of “%(product)s” would be inspected, but only %(received)g "
                        "were received. Lower the quantity, or receive the rest first.",
                        inspected=line.quantity_inspected,
                        product=line.name,
                        received=line.quantity_received,
                    )
                )

    def _prepare_inspections(self):
        """Values of results for all that is left to inspect; one for each lot.

        :return: list of dicts
        """
        self.ensure_one()
        left = self.quantity_to_inspect
        if self._compare(left, 0.0) <= 0:
            return []
        if self.product_id.tracking == "none":
            return [{"return_line_id": self.id, "quantity": left}]
        return [
            {"return_line_id": self.id, "quantity": quantity, "lot_id": lot.id}
            for lot, quantity in self._get_uninspected_lots().items()
        ]

    def _get_uninspected_lots(self):
        """:return: dict of lot → quantity received and not inspected"""
        self.ensure_one()
        lots = {}
        for move in self.sudo().move_ids:
            if move.state != "done":
                continue
            sign = (
                1 if move._is_return_receipt() else -1 * (move.location_dest_id.usage == "customer")
            )
            for move_line in move.move_line_ids if sign else []:
                lots.setdefault(move_line.lot_id, 0.0)
                lots[move_line.lot_id] += sign * move_line.quantity_product_uom
        for inspection in self.inspection_ids:
            if inspection.state == "done" and inspection.lot_id.product_id == self.product_id:
                lots.setdefault(inspection.lot_id, 0.0)
                lots[inspection.lot_id] -= inspection.quantity
        return {
            lot.sudo(False): quantity
            for lot, quantity in lots.items()
            if self._compare(quantity, 0.0) > 0
        }

    def action_open_inspection(self):
        """Open the inspection screen for what is left of this line."""
        self.ensure_one()
        vals = self._prepare_inspections()
        if not vals:
            raise UserError(self.env._("Nothing of “%s” is waiting for inspection.", self.name))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Inspect"),
            "res_model": "helloword.return.inspection",
            "view_mode": "form",
            "views": [
                (
                    self.env.ref(
                        "helloword_returns.helloword_return_inspection_view_form_inspect"
                    ).id,
                    "form",
                )
            ],
            "target": "new",
            "context": {f"default_{name}": value for name, value in vals[0].items()},
        }
