from collections import defaultdict
from datetime import datetime, time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare, float_is_zero


class HellowordReturn(models.Model):
    """Receipts: made from the plan, received, cancelled."""

    _inherit = "helloword.return"

    picking_ids = fields.One2many(
        "stock.picking", "customer_return_id", string="Transfers of the Return"
    )
    receipt_picking_ids = fields.One2many(
        "stock.picking", string="Receipts", compute="_compute_receipts"
    )
    receipt_count = fields.Integer(compute="_compute_receipts")

    @api.depends("picking_ids.location_id")
    def _compute_receipts(self):
        for ret in self:
            ret.receipt_picking_ids = ret.sudo().picking_ids.filtered(
                lambda picking: picking.location_id.usage == "customer"
            )
            ret.receipt_count = len(ret.receipt_picking_ids)

    # -------------------------------------------------------------------------
    # Hooks
    # -------------------------------------------------------------------------

    def _on_approved(self):
        super()._on_approved()
        self._create_receipts()

    def _on_cancelled(self):
        super()._on_cancelled()
        self._cancel_receipts()

    def _on_goods_closed(self):
        super()._on_goods_closed()
        self._cancel_receipts()

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_view_receipts(self):
        self.ensure_one()
        return self.receipt_picking_ids._get_records_action(name=self.env._("Receipts"))

    def action_create_receipts(self):
        """Make receipts again, e.g. after somebody cancelled one.

        :raise UserError: no goods are expected, or they cannot be received
        :raise AccessError: the user works neither on these returns nor in the warehouse
        """
        if not self.env["stock.picking"].has_access("create"):
            self.check_access("write")
        for ret in self:
            if ret.approval_state != "approved" or not ret._expects_goods() or ret.goods_closed:
                raise UserError(self.env._("No goods are expected for return %s.", ret.name))
        self._create_receipts()
        return True

    def action_receive(self):
        """Receive everything that is still expected, as if it had all arrived.

        :return: True
        """
        receipts = self._get_open_transfers()
        receipts._return_transfer_all()
        self._get_open_transfers()._return_transfer_all()
        return True

    def _get_open_transfers(self):
        """Receipts and transfers to inspection that are not done."""
        self.env["stock.picking"].flush_model()
        return self.env["stock.picking"].search(
            [
                ("customer_return_id", "in", self.ids),
                ("state", "not in", ("done", "cancel")),
                ("picking_type_id.code", "!=", "outgoing"),
            ]
        )

    # -------------------------------------------------------------------------
    # Making receipts
    # -------------------------------------------------------------------------

    def _create_receipts(self):
        """One receipt a return for all that is expected and has no pending move yet.

        Runs with the rights of the warehouse: whoever may approve a return may have its goods
        announced.

        :return: the new receipts
        :raise UserError: no warehouse, one of another company, or an archived product
        """
        vals_list = []
        self.sudo().line_ids.fetch(["move_ids"])
        for ret in self.sudo():
            if ret.approval_state != "approved" or not ret._expects_goods():
                continue
            lines = ret.line_ids.filtered(
                lambda line: (
                    line.product_id.type == "consu"
                    and not line.is_unexpected
                    and line._expects_goods()
                )
            )
            lines._check_can_receive()
            warehouse = ret._get_receipt_warehouse()
            moves = [vals for line in lines for vals in line._prepare_receipt_moves(warehouse)]
            if moves:
                vals_list.append(ret._prepare_receipt_vals(warehouse, moves))
        receipts = self.env["stock.picking"].sudo().create(vals_list)
        if not receipts:
            return receipts
        # Receipts neither merge with other moves nor fill reordering rules: confirming the moves
        # is all of ``action_confirm`` that matters here.
        receipts.move_ids._action_confirm(merge=False)
        receipts.action_assign()
        receipts.move_ids.return_line_id._note_components()
        return receipts.sudo(False)

    def _get_receipt_warehouse(self):
        """The plan's warehouse, else the channel's, else the one that shipped the order.

        :raise UserError: there is none that can take the goods
        """
        self.ensure_one()
        warehouse = (
            self.warehouse_id
            or self.channel_id.warehouse_id
            or self.sale_order_id.warehouse_id
            or self.line_ids.origin_move_id.warehouse_id[:1]
            or self.env["stock.warehouse"].search(
                [("company_id", "=", self.company_id.id)], limit=1
            )
        )
        if not warehouse:
            raise UserError(
                self.env._(
                    "Company %s has no warehouse to take returns. Create one under Inventory / "
                    "Configuration / Warehouses, then approve the return again.",
                    self.company_id.name,
                )
            )
        if warehouse.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "Warehouse %(warehouse)s belongs to %(other)s, but return %(name)s belongs to "
                    "%(company)s. Choose a warehouse of %(company)s.",
                    warehouse=warehouse.name,
                    other=warehouse.company_id.name,
                    name=self.name,
                    company=self.company_id.name,
                )
            )
        warehouse._check_returns_setup()
        return warehouse

    def _prepare_receipt_vals(self, warehouse, moves):
        self.ensure_one()
        deliveries = self.line_ids.origin_move_id.picking_id
        return {
            "picking_type_id": warehouse.return_type_id.id,
            "partner_id": self._get_receipt_partner().id,
            "company_id": self.company_id.id,
            "origin": ", ".join(filter(None, (self.name, self.sale_order_id.name))),
            "location_id": moves[0]["location_id"],
            "location_dest_id": warehouse._get_return_receipt_location().id,
            "scheduled_date": self._get_expected_arrival(),
            "return_id": deliveries.id if len(deliveries) == 1 else False,
            "customer_return_id": self.id,
            "user_id": False,
            "move_ids": [fields.Command.create(vals) for vals in moves],
        }

    def _get_receipt_partner(self):
        return self.sale_order_id.partner_shipping_id or self.partner_id

    def _get_expected_arrival(self):
        """:return: naive UTC datetime"""
        if self.expected_arrival_date:
            return datetime.combine(self.expected_arrival_date, time(12))
        return fields.Datetime.now()

    # -------------------------------------------------------------------------
    # Ending receipts
    # -------------------------------------------------------------------------

    def _cancel_receipts(self):
        """Nothing more is expected: pending receipts go, what was received stays."""
        self._get_open_transfers().sudo().filtered(
            lambda picking: picking.location_id.usage == "customer"
        ).action_cancel()

    def _warn_of_over_receipt(self):
        """One activity for each return that got more than it asked for."""
        summary = self.env._("More units arrived than expected")
        for ret in self:
            surplus = ret.line_ids.filtered(
                lambda line: line._compare(line.quantity_received, line.quantity) > 0
            )
            if not surplus or summary in ret.activity_ids.mapped("summary"):
                continue
            ret.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note="\n".join(
                    self.env._(
                        "%(product)s: %(received)g received, %(expected)g expected",
                        product=line.name,
                        received=line.quantity_received,
                        expected=line.quantity,
                    )
                    for line in surplus
                ),
                user_id=(ret.user_id or ret.channel_id.user_id or self.env.user).id,
            )


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    component_quantities = fields.Json(
        copy=False, help="Kits: how many of each component make one unit, by product id."
    )

    def _check_can_receive(self):
        """:raise UserError: goods cannot come in, with what to do"""
        for line in self:
            if not line.product_id.active:
                raise UserError(
                    self.env._(
                        "“%(product)s” is archived. Unarchive it, then approve return %(name)s: "
                        "its goods have to be received.",
                        product=line.product_id.display_name,
                        name=line.return_id.name,
                    )
                )

    def _prepare_receipt_moves(self, warehouse):
        """Values of the moves this line still needs.

        :return: list of dicts, empty when everything is received or on its way
        """
        self.ensure_one()
        wanted = self.quantity - self.quantity_received - self._get_pending_quantity()
        if self._compare(wanted, 0.0) <= 0:
            return []
        parts = self._get_component_parts(wanted)
        if not parts:
            return [
                self._prepare_receipt_move_vals(
                    warehouse, self.product_id, wanted, self.origin_move_id
                )
            ]
        return [
            self._prepare_receipt_move_vals(warehouse, origin.product_id, quantity, origin)
            for origin, quantity in parts
        ]

    def _prepare_receipt_move_vals(self, warehouse, product, quantity, origin):
        """Values of one receipt move.

        An order that Odoo did not deliver keeps its delivered quantity: only a return of moves
        that exist may lower it.

        :param float quantity: in the product's unit
        :param origin: the delivered ``stock.move``, or an empty one
        """
        self.ensure_one()
        source = origin.location_dest_id or self.env.ref("stock.stock_location_customers")
        sale_line = origin and (self.sale_line_id or origin.sale_line_id)
        vals = {
            "product_id": product.id,
            "product_uom_qty": quantity,
            "product_uom": product.uom_id.id,
            "location_id": source.id,
            "location_dest_id": warehouse._get_return_receipt_location().id,
            "picking_type_id": warehouse.return_type_id.id,
            "warehouse_id": warehouse.id,
            "company_id": self.company_id.id,
            "partner_id": self.return_id._get_receipt_partner().id,
            "origin": self.return_id.name,
            "date": self.return_id._get_expected_arrival(),
            "procure_method": "make_to_stock",
            "origin_returned_move_id": origin.id,
            "sale_line_id": sale_line.id if sale_line else False,
            "to_refund": bool(sale_line),
            "move_orig_ids": [fields.Command.link(origin.id)] if origin else [],
            "return_line_id": self.id,
        }
        if "bom_line_id" in origin._fields:
            vals["bom_line_id"] = origin.bom_line_id.id
        return vals

    def _get_pending_quantity(self):
        """Announced but not received, in the product's unit."""
        self.ensure_one()
        pending = self.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel") and move._is_return_receipt()
        )
        return self._sum_quantity({move: move.product_uom_qty for move in pending})

    def _get_received_quantity(self):
        """Done receipts less what was sent back to the customer.

        Summed by direction, so undoing a receipt counts against it.
        """
        self.ensure_one()
        quantities = {}
        for move in self.move_ids:
            if move.state != "done":
                continue
            if move._is_return_receipt():
                quantities[move] = move.quantity
            elif move.location_dest_id.usage == "customer" != move.location_id.usage:
                quantities[move] = -move.quantity
        return self._sum_quantity(quantities)

    def _sum_quantity(self, quantities):
        """Sum of moves in the unit of this line's product; a kit counts by what is complete.

        :param dict quantities: move → quantity in the move's unit
        """
        self.ensure_one()
        totals = defaultdict(float)
        for move, quantity in quantities.items():
            totals[move.product_id.id] += move.product_uom._compute_quantity(
                quantity, move.product_id.uom_id, round=False
            )
        if not self.component_quantities:
            return totals[self.product_id.id]
        return min(
            totals[int(product_id)] / quantity
            for product_id, quantity in self.component_quantities.items()
        )

    # -------------------------------------------------------------------------
    # Kits
    # -------------------------------------------------------------------------

    def _get_component_parts(self, quantity):
        """For a kit, the delivered component moves it came out of.

        :param float quantity: how many kits, in the product's unit
        :return: list of tuples (delivered move, quantity in the component's unit)
        """
        self.ensure_one()
        if self.origin_move_id.product_id == self.product_id:
            return []
        delivered = self.sale_line_id.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and move.location_dest_id.usage == "customer" != move.location_id.usage
                and not move.return_line_id
            )
        )
        if not delivered or self.product_id in delivered.product_id:
            return []
        sale_line = self.sale_line_id
        kits = sale_line.product_uom_id._compute_quantity(
            sale_line.qty_delivered, self.product_id.uom_id, round=False
        ) + sum(sale_line.return_line_ids.mapped("quantity_received"))
        if float_is_zero(kits, precision_rounding=self.uom_id.rounding):
            return []
        parts, ratios = [], {}
        for product, moves in delivered.grouped("product_id").items():
            ratios[str(product.id)] = sum(moves.mapped("product_qty")) / kits
            wanted = product.uom_id.round(quantity * ratios[str(product.id)])
            for move in moves:
                left = move.product_qty - sum(
                    move.returned_move_ids.filtered(
                        lambda returned: returned.state != "cancel"
                    ).mapped("product_qty")
                )
                part = min(wanted, left)
                if float_compare(part, 0.0, precision_rounding=product.uom_id.rounding) > 0:
                    parts.append((move, part))
                    wanted -= part
        self.component_quantities = ratios
        return parts

    def _note_components(self):
        """A kit that Odoo took apart by itself: nobody knows its delivery."""
        for line in self:
            moves = line.move_ids.filtered(
                lambda move: move.state not in ("done", "cancel") and move._is_return_receipt()
            )
            if line.component_quantities or not moves or line.product_id in moves.product_id:
                continue
            line.component_quantities = {
                str(product.id): sum(parts.mapped("product_qty")) / line.quantity
                for product, parts in moves.grouped("product_id").items()
            }
