from datetime import UTC

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .return_grade import DISPOSITIONS

PHOTO_SHOWN_LIMIT = 12


class HellowordDock(models.AbstractModel):
    """What the scanning screen at a warehouse's dock asks and says.

    The screen holds nothing: it shows the sheet of one return, and what was done there is booked
    by the ordinary receipts and inspections. How codes are recognised is in ``dock_find``, taking
    goods in in ``dock_receive``, grading in ``dock_grade``.
    """

    _name = "helloword.dock"
    _description = "Dock and Inspection Screen"

    # -------------------------------------------------------------------------
    # Who and where
    # -------------------------------------------------------------------------

    @api.model
    def _check_dock(self):
        """:raise AccessError: the user may not inspect returns"""
        if not self.env["helloword.return.inspection"].has_access("create"):
            raise AccessError(
                self.env._(
                    "To work at the dock you need to be a user of Inventory or of all returns. "
                    "Ask your administrator."
                )
            )

    @api.model
    def _get_dock_warehouse(self, warehouse_id):
        """:return: ``stock.warehouse`` as superuser
        :raise UserError: there is none, or it belongs to another company
        """
        self._check_dock()
        warehouse = (
            self.env["stock.warehouse"]
            .sudo()
            .search(
                [("id", "=", warehouse_id or 0), ("company_id", "in", self.env.companies.ids)],
                limit=1,
            )
        )
        if not warehouse:
            raise UserError(
                self.env._(
                    "This warehouse is not one of yours, or was archived. Choose the warehouse "
                    "you stand in."
                )
            )
        return warehouse

    @api.model
    def _get_dock_return(self, return_id, warehouse):
        """:return: the return with the user's own rights
        :raise UserError: it does not exist, or not for this user and this warehouse's company
        """
        ret = self.env["helloword.return"].search(
            [("id", "=", return_id or 0), ("company_id", "=", warehouse.company_id.id)], limit=1
        )
        if not ret:
            raise UserError(
                self.env._("This return does not belong to %s.", warehouse.company_id.name)
            )
        return ret

    # -------------------------------------------------------------------------
    # Start
    # -------------------------------------------------------------------------

    @api.model
    def dock_start(self, warehouse_id=False):
        """What the screen needs before the first scan.

        :param int warehouse_id: where the user wants to work; the first one without it
        :return: dict with ``warehouses``, ``warehouse_id``, ``dispositions`` and ``counters``
        :raise UserError: the user's companies have no warehouse
        """
        self._check_dock()
        warehouses = (
            self.env["stock.warehouse"]
            .sudo()
            .search([("company_id", "in", self.env.companies.ids), ("return_type_id", "!=", False)])
        )
        if not warehouses:
            raise UserError(
                self.env._(
                    "Your company has no warehouse that takes returns. Create one under Inventory "
                    "/ Configuration / Warehouses."
                )
            )
        chosen = warehouses.filtered(lambda warehouse: warehouse.id == warehouse_id)
        several = len(warehouses.company_id) > 1
        labels = dict(
            self.env["helloword.return.inspection"]
            ._fields["disposition"]
            ._description_selection(self.env)
        )
        return {
            "warehouses": [
                {
                    "id": warehouse.id,
                    "name": warehouse.display_name
                    + (f" ({warehouse.company_id.name})" if several else ""),
                }
                for warehouse in warehouses
            ],
            "warehouse_id": (chosen or warehouses[0]).id,
            "dispositions": [
                {"code": code, "label": labels.get(code, label)} for code, label in DISPOSITIONS
            ],
            "counters": self._get_counters(),
        }

    @api.model
    def _get_start_of_day(self):
        """:return: naive UTC moment at which the user's own day began"""
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight.astimezone(UTC).replace(tzinfo=None)

    @api.model
    def _get_counters(self):
        """What this user has done today.

        :return: dict with ``graded`` (units) and ``unknown`` (parcels)
        """
        [(graded,)] = self.env["helloword.return.inspection"]._read_group(
            [
                ("user_id", "=", self.env.uid),
                ("state", "=", "done"),
                ("date", ">=", self._get_start_of_day()),
            ],
            [],
            ["quantity:sum"],
        )
        return {"graded": graded or 0.0}

    # -------------------------------------------------------------------------
    # The sheet of one return
    # -------------------------------------------------------------------------

    @api.model
    def dock_open(self, return_id, warehouse_id):
        """The sheet of one return: what is expected, what came, what was found, and by which
        criteria it is graded. The number of queries does not grow with the lines.

        :return: dict, see :meth:`_prepare_sheet`
        """
        warehouse = self._get_dock_warehouse(warehouse_id)
        return self._prepare_sheet(self._get_dock_return(return_id, warehouse), warehouse)

    @api.model
    def _prepare_sheet(self, ret, warehouse):
        """:return: dict with the facts of the return, ``step`` (``arrival``, ``grade``, ``done``
        or ``closed``), ``message`` (why nothing can be done), ``lines`` and ``results``
        """
        ret = ret.sudo()
        lines = ret.line_ids.filtered(lambda line: line.product_id.type == "consu")
        lines.fetch(["move_ids", "inspection_ids", "quantity_received", "component_quantities"])
        lines.move_ids.fetch(["state", "product_uom_qty", "quantity", "picking_id"])
        goods = self._prepare_goods(lines, warehouse)
        rows = [line._prepare_dock_line() | {"goods": goods[line]} for line in lines]
        message = self._get_refusal(ret)
        results = ret.inspection_ids.filtered(lambda inspection: inspection.state == "done")
        return {
            "id": ret.id,
            "name": ret.name,
            "customer": ret.customer_name or ret.partner_id.name or "",
            "country": ret.country_id.name or "",
            "order": ret.sale_order_id.name or ret.external_order_ref or "",
            "tracking": ret.label_tracking_number or "",
            "photos": self._get_customer_photos(ret),
            "warehouse": self._get_other_warehouse(ret, warehouse).display_name or "",
            "message": message,
            "step": self._get_step(rows, message),
            "lines": rows,
            "results": [inspection._prepare_dock_result() for inspection in results],
        }

    @api.model
    def _get_refusal(self, ret):
        """:return: why goods of this return cannot be taken, "" when they can"""
        return {
            "requested": self.env._(
                "Return %s has not been approved. Put the parcel aside; it can be taken in once "
                "somebody has decided.",
                ret.name,
            ),
            "rejected": self.env._(
                "Return %s was rejected, but its parcel came. Put it aside and tell whoever "
                "looks after returns.",
                ret.name,
            ),
            "cancelled": self.env._(
                "Return %s was cancelled, but its parcel came. Put it aside and tell whoever "
                "looks after returns.",
                ret.name,
            ),
        }.get(ret.approval_state, "")

    @api.model
    def _get_step(self, rows, message):
        if message:
            return "closed"
        if any(row["to_inspect"] > 0 for row in rows):
            return "grade"
        return "arrival" if any(row["pending"] > 0 for row in rows) else "done"

    @api.model
    def _get_other_warehouse(self, ret, warehouse):
        """:return: where the goods were announced instead, empty where they are right"""
        pending = ret._get_open_transfers().filtered(
            lambda picking: picking.location_id.usage == "customer"
        )
        announced = pending.picking_type_id.warehouse_id
        return announced[:1] if announced and warehouse not in announced else announced.browse()

    @api.model
    def _get_customer_photos(self, ret):
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", ret._name),
                    ("res_id", "=", ret.id),
                    ("res_field", "=", False),
                    ("mimetype", "=like", "image/%"),
                ],
                limit=PHOTO_SHOWN_LIMIT,
            )
            .ids
        )

    # -------------------------------------------------------------------------
    # Goods
    # -------------------------------------------------------------------------

    @api.model
    def dock_goods(self, line_id, product_id, warehouse_id):
        """What an inspector has to know of goods that came instead of the expected ones.

        :return: dict, see :meth:`_prepare_goods`
        :raise UserError: there is no such product
        """
        warehouse = self._get_dock_warehouse(warehouse_id)
        line = self._get_dock_line(line_id, warehouse)
        product = self._get_dock_product(product_id, warehouse)
        return self._prepare_goods(line.sudo(), warehouse, product)[line.sudo()]

    @api.model
    def _get_dock_line(self, line_id, warehouse):
        """:return: the return line with the user's own rights
        :raise UserError: it does not exist for this user and this warehouse's company
        """
        line = self.env["helloword.return.line"].search(
            [("id", "=", line_id or 0), ("company_id", "=", warehouse.company_id.id)], limit=1
        )
        if not line:
            raise UserError(
                self.env._("These goods do not belong to %s.", warehouse.company_id.name)
            )
        return line

    @api.model
    def _get_dock_product(self, product_id, warehouse):
        product = (
            self.env["product.product"]
            .sudo()
            .search(
                [
                    ("id", "=", product_id or 0),
                    ("type", "=", "consu"),
                    ("company_id", "in", [False, warehouse.company_id.id]),
                ],
                limit=1,
            )
        )
        if not product:
            raise UserError(self.env._("There is no such product any more. Scan it again."))
        return product

    @api.model
    def _prepare_goods(self, lines, warehouse, product=None):
        """Facts, criteria and proposals for the goods of lines.

        :param lines: ``helloword.return.line`` as superuser
        :param product: that came instead of the expected one
        :return: dict of line → dict with ``product_id``, ``name``, ``code``, ``image``, ``uom``,
            ``step`` (of the quantity), ``tracking`` and ``grades``: list of dicts with
            ``criteria``, ``photo_required`` and the proposed ``disposition``
        """
        company = warehouse.company_id
        products = product or lines.product_id
        grades = self.env["helloword.return.grade"].search([("active", "=", True)])
        criteria = self.env["helloword.grade.criterion"].sudo()._get_by_product(products, company)
        rules = (
            self.env["helloword.disposition.rule"]
            .sudo()
            .search([("company_id", "in", [False, company.id])])
        )
        goods = {}
        for line in lines:
            found = product or line.product_id
            value = line._get_unit_value(found)
            goods[line] = {
                "product_id": found.id,
                "name": found.with_context(display_default_code=False).display_name,
                "code": found.default_code or "",
                "image": f"/web/image/product.product/{found.id}/image_256",
                "uom": found.uom_id.name,
                "step": found.uom_id.rounding if found.uom_id.rounding < 1 else 1,
                "tracking": found.tracking,
                "grades": [
                    self._prepare_grade(grade, criteria[found].get(grade))
                    | {
                        "disposition": self._propose_disposition(
                            rules, company, grade, warehouse, found, value
                        )
                    }
                    for grade in grades
                ],
            }
        return goods

    @api.model
    def _prepare_grade(self, grade, criteria):
        texts = criteria.mapped("text") if criteria else []
        return {
            "id": grade.id,
            "name": grade.name,
            "kind": grade.kind,
            "color": grade.color,
            "criteria": texts or ([grade.description] if grade.description else []),
            "photo_required": any(criteria.mapped("photo_required")) if criteria else False,
        }

    @api.model
    def _propose_disposition(self, rules, company, grade, warehouse, product, value):
        """:return: code of where the disposition rules send the goods; False for nothing"""
        if grade.kind == "empty":
            return False
        for rule in rules:
            if rule._fits(company, grade, warehouse, product, value):
                return rule.disposition
        return "hold"
