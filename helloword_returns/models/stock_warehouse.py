from odoo import api, fields, models
from odoo.exceptions import UserError


class StockWarehouse(models.Model):
    """Where returned goods go.

    The returns locations stand outside the warehouse's own tree: what waits for inspection is
    valued, but neither available for sale nor counted by reordering rules.
    """

    _inherit = "stock.warehouse"

    return_steps = fields.Selection(
        [
            ("one_step", "Receive for inspection (1 step)"),
            ("two_steps", "Receive in input, then bring to inspection (2 steps)"),
        ],
        string="Incoming Returns",
        default="one_step",
    )
    return_put_away = fields.Selection(
        [
            ("at_once", "With the inspection"),
            ("by_hand", "By a separate transfer"),
        ],
        string="Put Away Inspected Goods",
        default="at_once",
        help="By a separate transfer: somebody confirms that the goods are where they belong.",
    )
    return_type_id = fields.Many2one(
        "stock.picking.type", string="Returns Type", check_company=True, copy=False
    )
    return_internal_type_id = fields.Many2one(
        "stock.picking.type", string="Returned Goods Transfers", check_company=True, copy=False
    )
    return_view_location_id = fields.Many2one(
        "stock.location", string="Returns Location", check_company=True, copy=False
    )
    return_input_location_id = fields.Many2one(
        "stock.location", string="Returns Input", check_company=True, copy=False
    )
    return_inspection_location_id = fields.Many2one(
        "stock.location", string="Returns Inspection", check_company=True, copy=False
    )
    return_refurbish_location_id = fields.Many2one(
        "stock.location", string="Returns Refurbishing", check_company=True, copy=False
    )
    return_hold_location_id = fields.Many2one(
        "stock.location", string="Returns on Hold", check_company=True, copy=False
    )
    return_liquidation_location_id = fields.Many2one(
        "stock.location", string="Returns to Liquidate", check_company=True, copy=False
    )

    return_button_to_inspection = fields.Boolean(
        string="Return Button Leads to Inspection",
        compute="_compute_return_button_to_inspection",
        inverse="_inverse_return_button_to_inspection",
        help="Goods returned with the button on a delivery, without a return document, are "
        "received by the operation type of returns and so come to inspection too. Otherwise that "
        "button works as Odoo brings it.",
    )

    @api.depends("out_type_id.return_picking_type_id", "return_type_id")
    def _compute_return_button_to_inspection(self):
        for warehouse in self:
            warehouse.return_button_to_inspection = (
                warehouse.return_type_id
                and warehouse.out_type_id.return_picking_type_id == warehouse.return_type_id
            )

    def _inverse_return_button_to_inspection(self):
        for warehouse in self:
            if warehouse.return_button_to_inspection:
                warehouse.out_type_id.return_picking_type_id = warehouse.return_type_id
            elif warehouse.out_type_id.return_picking_type_id == warehouse.return_type_id:
                warehouse.out_type_id.return_picking_type_id = warehouse.in_type_id

    # -------------------------------------------------------------------------
    # CRUD
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        warehouses = super().create(vals_list)
        warehouses._create_returns_setup()
        return warehouses

    def write(self, vals):
        result = super().write(vals)
        warehouses = self.with_context(active_test=False)
        if "return_steps" in vals:
            warehouses._update_returns_receipt_location()
        if "active" in vals:
            warehouses.return_view_location_id.write({"active": vals["active"]})
        return result

    def unlink(self):
        locations = self.with_context(active_test=False).return_view_location_id
        result = super().unlink()
        locations.unlink()
        return result

    def _update_name_and_code(self, new_name=False, new_code=False):
        super()._update_name_and_code(new_name, new_code)
        for warehouse in self:
            name, code = new_name or warehouse.name, new_code or warehouse.code
            warehouse.return_view_location_id.name = self._get_returns_location_name(code)
            for picking_type in warehouse.return_type_id | warehouse.return_internal_type_id:
                picking_type.sudo().sequence_id.write(
                    {
                        "name": self.env._(
                            "%(warehouse)s Sequence %(code)s",
                            warehouse=name,
                            code=picking_type.sequence_code,
                        ),
                        "prefix": f"{code}/{picking_type.sequence_code}/",
                    }
                )

    # -------------------------------------------------------------------------
    # Set-up
    # -------------------------------------------------------------------------

    @api.model
    def _get_returns_location_name(self, code):
        return self.env._("%s Returns", code)

    def _create_returns_setup(self):
        """Make what is missing: locations, operation types, the companies' own locations.

        Safe to repeat; nothing that exists is changed, apart from the return type of the delivery
        type when it still is the standard one.
        """
        self.company_id._create_returns_locations()
        self._create_returns_view_locations()
        self._create_returns_locations()
        self._create_returns_picking_types()

    def _create_returns_view_locations(self):
        warehouses = self.filtered(lambda warehouse: not warehouse.return_view_location_id)
        locations = self.env["stock.location"].create(
            [
                {
                    "name": self._get_returns_location_name(warehouse.code),
                    "usage": "view",
                    "location_id": False,
                    "company_id": warehouse.company_id.id,
                    "active": warehouse.active,
                }
                for warehouse in warehouses
            ]
        )
        for warehouse, location in zip(warehouses, locations, strict=True):
            warehouse.return_view_location_id = location

    def _create_returns_locations(self):
        names = {
            "return_input_location_id": self.env._("Input"),
            "return_inspection_location_id": self.env._("Inspection"),
            "return_refurbish_location_id": self.env._("Refurbish"),
            "return_hold_location_id": self.env._("Hold"),
            "return_liquidation_location_id": self.env._("Liquidation"),
        }
        missing = [
            (warehouse, field_name)
            for warehouse in self
            for field_name in names
            if not warehouse[field_name]
        ]
        locations = self.env["stock.location"].create(
            [
                {
                    "name": names[field_name],
                    "usage": "internal",
                    "location_id": warehouse.return_view_location_id.id,
                    "company_id": warehouse.company_id.id,
                    "active": warehouse.active,
                }
                for warehouse, field_name in missing
            ]
        )
        for (warehouse, field_name), location in zip(missing, locations, strict=True):
            warehouse[field_name] = location

    def _create_returns_picking_types(self):
        PickingType = self.env["stock.picking.type"]
        for field_name, prepare in (
            ("return_type_id", self._prepare_return_type_vals),
            ("return_internal_type_id", self._prepare_return_internal_type_vals),
        ):
            warehouses = self.filtered(lambda warehouse, name=field_name: not warehouse[name])
            types = PickingType.create([prepare(warehouse) for warehouse in warehouses])
            for warehouse, picking_type in zip(warehouses, types, strict=True):
                warehouse[field_name] = picking_type

    @api.model
    def _prepare_return_type_vals(self, warehouse):
        return {
            "name": self.env._("Returns"),
            "code": "incoming",
            "sequence_code": "RET",
            "warehouse_id": warehouse.id,
            "company_id": warehouse.company_id.id,
            "active": warehouse.active,
            "default_location_src_id": self.env.ref("stock.stock_location_customers").id,
            "default_location_dest_id": warehouse._get_return_receipt_location().id,
            "use_existing_lots": True,
            "use_create_lots": False,
            "return_picking_type_id": warehouse.out_type_id.id,
        }

    @api.model
    def _prepare_return_internal_type_vals(self, warehouse):
        return {
            "name": self.env._("Returned Goods"),
            "code": "internal",
            "sequence_code": "RETINT",
            "warehouse_id": warehouse.id,
            "company_id": warehouse.company_id.id,
            "active": warehouse.active,
            "default_location_src_id": warehouse.return_inspection_location_id.id,
            "default_location_dest_id": warehouse.lot_stock_id.id,
            "use_existing_lots": True,
            "use_create_lots": False,
        }

    def _update_returns_receipt_location(self):
        for warehouse in self:
            warehouse.return_type_id.default_location_dest_id = (
                warehouse._get_return_receipt_location()
            )

    # -------------------------------------------------------------------------
    # Facts
    # -------------------------------------------------------------------------

    def _get_return_receipt_location(self):
        """Where a returned parcel is put first."""
        self.ensure_one()
        if self.return_steps == "two_steps":
            return self.return_input_location_id
        return self.return_inspection_location_id

    def _check_returns_setup(self):
        """:raise UserError: a warehouse cannot take returns, with what to do"""
        for warehouse in self:
            if not warehouse.active:
                raise UserError(
                    self.env._(
                        "Warehouse %s is archived. Choose another destination for the return, or "
                        "unarchive the warehouse.",
                        warehouse.name,
                    )
                )
            if not warehouse.return_type_id.active or not warehouse._get_return_receipt_location():
                raise UserError(
                    self.env._(
                        "Warehouse %s has no operation type or no location for returns. Open the "
                        "warehouse and set them on the Returns page.",
                        warehouse.name,
                    )
                )
