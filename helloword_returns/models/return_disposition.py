from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from .return_grade import DISPOSITIONS

# Goods with these dispositions still lie with us and may be sent somewhere else later.
TEMPORARY_DISPOSITIONS = ("hold", "refurbish", "liquidate")


class HellowordReturnInspection(models.Model):
    """Putting inspected goods where they go, with ordinary stock documents, one transfer for each
    destination of a batch."""

    _inherit = "helloword.return.inspection"

    move_ids = fields.One2many("stock.move", "return_inspection_id", string="Stock Moves")
    picking_ids = fields.Many2many(
        "stock.picking", string="Transfers", compute="_compute_documents"
    )
    scrap_ids = fields.One2many("stock.scrap", "return_inspection_id", string="Scraps")
    repair_ids = fields.One2many("repair.order", "return_inspection_id", string="Repairs")
    location_id = fields.Many2one(
        "stock.location", string="Goods Are In", compute="_compute_documents"
    )
    is_processed = fields.Boolean(
        string="Put Away",
        compute="_compute_is_processed",
        store=True,
        help="The goods are where the disposition says.",
    )

    @api.depends("state", "move_ids.state")
    def _compute_is_processed(self):
        for inspection in self:
            moves = inspection.move_ids.filtered(lambda move: move.state != "cancel")
            inspection.is_processed = (
                inspection.state == "done"
                and bool(moves)
                and all(move.state == "done" for move in moves)
            )

    @api.depends("move_ids.state", "move_ids.picking_id")
    def _compute_documents(self):
        for inspection in self:
            moves = inspection.sudo().move_ids
            inspection.picking_ids = moves.picking_id
            inspection.location_id = inspection._get_current_moves().location_dest_id[:1]

    # -------------------------------------------------------------------------
    # Where the goods are
    # -------------------------------------------------------------------------

    def _get_current_moves(self):
        """The done moves that brought the goods where they are now.

        :return: moves of the last disposition, else of the arrival; empty when nothing came
        """
        self.ensure_one()
        own = self.sudo().move_ids.filtered(
            lambda move: move.state == "done" and move.product_id == self.product_id
        )
        if own and self.state == "done":
            return own.sorted("id")[-1:]
        arrived = self.return_line_id._get_arrival_moves()
        return arrived.filtered(lambda move: move.location_dest_id == arrived[-1:].location_dest_id)

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_process_dispositions(self):
        """Finish the transfers that are still open; deliveries to vendors are shipped by hand."""
        transfers = self.sudo().move_ids.picking_id.filtered(
            lambda picking: picking.state not in ("done", "cancel")
            and picking.picking_type_id.code == "internal"
        )
        transfers._return_transfer_all()
        return True

    def action_redispose(self, disposition):
        """Send goods that were kept somewhere else.

        :param str disposition: the new one
        :raise UserError: the goods are not with us any more
        """
        for inspection in self:
            if (
                inspection.state != "done"
                or not inspection.is_processed
                or inspection.disposition not in TEMPORARY_DISPOSITIONS
            ):
                raise UserError(
                    self.env._(
                        "Only goods that are put away on hold, to refurbish or to liquidate can "
                        "be sent elsewhere; %s is not.",
                        inspection.display_name,
                    )
                )
        self._check_no_open_repair()
        self.with_context(redispose=True).write(
            {"disposition": disposition, "disposition_rule_id": False}
        )
        self._create_disposition_documents()
        return True

    def action_release_restock(self):
        return self.action_redispose("restock")

    def action_release_destroy(self):
        return self.action_redispose("destroy")

    def action_cancel(self):
        """Undo: bring the goods back to where they were inspected.

        :raise UserError: they cannot be brought back
        """
        done = self.filtered(lambda inspection: inspection.state == "done")
        done._check_can_undo()
        done.sudo().repair_ids.filtered(lambda repair: repair.state != "done").action_repair_cancel()
        done._reverse_moves()
        self.filtered(lambda inspection: inspection.state != "cancelled").write(
            {"state": "cancelled"}
        )
        return True

    def _check_no_open_repair(self):
        for repair in self.sudo().repair_ids:
            if repair.state == "under_repair":
                raise UserError(
                    self.env._(
                        "Repair %s is under way. Finish or cancel it first.", repair.name
                    )
                )

    def _check_can_undo(self):
        self._check_no_open_repair()
        for inspection in self.sudo():
            if any(
                move.state == "done" and move.location_dest_id.usage == "supplier"
                for move in inspection.move_ids
            ):
                raise UserError(
                    self.env._(
                        "%s has been shipped to the vendor. Return that delivery first.",
                        inspection.display_name,
                    )
                )

    # -------------------------------------------------------------------------
    # Making documents
    # -------------------------------------------------------------------------

    def _create_disposition_documents(self):
        """Make the stock documents of these results, one transfer for each destination.

        Runs with the rights of the warehouse: whoever may inspect may have the goods put away.

        :raise UserError: goods are not where they should be, or a destination is missing
        """
        transfers, scraps = defaultdict(list), []
        for inspection in self.sudo():
            if inspection.product_id.type != "consu":
                continue
            for vals in inspection._prepare_swap_moves():
                transfers[inspection._get_transfer_key(vals)].append(vals)
            if inspection.grade_kind == "empty":
                continue
            for vals in inspection._prepare_goods_moves():
                if inspection.disposition == "destroy":
                    scraps.append(inspection._prepare_scrap_vals(vals))
                else:
                    transfers[inspection._get_transfer_key(vals)].append(vals)
        self._create_transfers(transfers)
        self._create_scraps(scraps)
        self._create_repairs()

    def _get_transfer_key(self, vals):
        """What one transfer has in common: type, source, destination, partner."""
        return (
            vals["picking_type_id"],
            vals["location_id"],
            vals["location_dest_id"],
            vals.get("partner_id", False),
        )

    def _create_transfers(self, transfers):
        Location = self.env["stock.location"].sudo()
        # Goods must leave under their old name before they come in under the new one.
        keys = sorted(transfers, key=lambda key: Location.browse(key[1]).usage != "internal")
        pickings = (
            self.env["stock.picking"]
            .sudo()
            .create(
                [
                    {
                        "picking_type_id": key[0],
                        "location_id": key[1],
                        "location_dest_id": key[2],
                        "partner_id": key[3],
                        "origin": self._get_origin(transfers[key]),
                        "user_id": False,
                        "move_ids": [fields.Command.create(vals) for vals in transfers[key]],
                    }
                    for key in keys
                ]
            )
        )
        if not pickings:
            return
        pickings.move_ids._action_confirm(merge=False)
        pickings.move_ids._reserve_inspected_goods()
        at_once = pickings.filtered(
            lambda picking: picking.picking_type_id.code == "internal"
            and picking.picking_type_id.warehouse_id.return_put_away == "at_once"
        )
        at_once._return_transfer_all()

    def _get_origin(self, moves):
        lines = self.env["helloword.return.line"].browse(vals["return_line_id"] for vals in moves)
        names = lines.return_id.mapped("name")
        return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")

    def _prepare_goods_moves(self):
        """Values of the moves that carry the goods to their destination.

        :return: list of dicts; a kit has one move for each component
        """
        self.ensure_one()
        destination = self._get_destination()
        warehouse = self._get_warehouse()
        vals = {
            "picking_type_id": warehouse.return_internal_type_id.id,
            "location_dest_id": destination.id,
        }
        if self.disposition == "vendor":
            vals |= self._prepare_vendor_vals(warehouse)
        if self._is_swapped():
            difference = self.company_id.return_difference_location_id
            return [self._prepare_move_vals(self.product_id, self.quantity, difference) | vals]
        return [
            self._prepare_move_vals(product, quantity, moves[-1:].location_dest_id, moves) | vals
            for product, quantity, moves in self._get_goods()
        ]

    def _prepare_swap_moves(self):
        """What was received but is not there leaves stock: other goods, or nothing, came."""
        self.ensure_one()
        if not (self._is_swapped() or self.grade_kind == "empty"):
            return []
        warehouse = self._get_warehouse()
        return [
            self._prepare_move_vals(product, quantity, moves[-1:].location_dest_id, moves)
            | {
                "picking_type_id": warehouse.return_internal_type_id.id,
                "location_dest_id": self.company_id.return_difference_location_id.id,
            }
            for product, quantity, moves in self._get_goods()
        ]

    def _is_swapped(self):
        """Whether these goods came in under the name of another product, until now."""
        self.ensure_one()
        return self.product_id != self.expected_product_id and not self._get_own_done_moves()

    def _get_own_done_moves(self):
        return self.move_ids.filtered(
            lambda move: move.state == "done" and move.product_id == self.product_id
        )

    def _get_goods(self):
        """What to move: product, quantity in its unit, and the moves that brought it.

        :raise UserError: nothing arrived
        """
        self.ensure_one()
        line = self.return_line_id
        components = line.component_quantities or {str(line.product_id.id): 1.0}
        if self._get_own_done_moves():
            components = {str(self.product_id.id): 1.0}
        goods = []
        for product_id, per_unit in components.items():
            product = self.env["product.product"].browse(int(product_id))
            if self._get_own_done_moves():
                moves = self._get_current_moves()
            else:
                arrived = line._get_arrival_moves(product)
                place = arrived[-1:].location_dest_id
                moves = arrived.filtered(lambda move, place=place: move.location_dest_id == place)
            if not moves:
                raise UserError(
                    self.env._(
                        "“%(product)s” of return %(name)s is not in the inspection area. "
                        "Finish the transfer to inspection first.",
                        product=product.display_name,
                        name=self.return_id.name,
                    )
                )
            goods.append((product, self.quantity * per_unit, moves))
        return goods

    def _prepare_move_vals(self, product, quantity, source, origin_moves=None):
        self.ensure_one()
        return {
            "product_id": product.id,
            "product_uom_qty": quantity,
            "product_uom": product.uom_id.id,
            "location_id": source.id,
            "company_id": self.company_id.id,
            "origin": self.return_id.name,
            "procure_method": "make_to_stock",
            "move_orig_ids": [fields.Command.link(move.id) for move in origin_moves or []],
            "return_line_id": self.return_line_id.id,
            "return_inspection_id": self.id,
            "to_refund": False,
        }

    def _get_warehouse(self):
        """:raise UserError: the goods did not come in through a warehouse's returns type"""
        self.ensure_one()
        warehouse = self.warehouse_id
        if not warehouse:
            raise UserError(
                self.env._(
                    "“%(product)s” of return %(name)s has not been received. Receive it first.",
                    product=self.expected_product_id.display_name,
                    name=self.return_id.name,
                )
            )
        return warehouse

    def _get_destination(self):
        """:raise UserError: the location is not set up"""
        self.ensure_one()
        warehouse, company = self._get_warehouse(), self.company_id
        locations = {
            "restock": warehouse.lot_stock_id,
            "refurbish": warehouse.return_refurbish_location_id,
            "liquidate": warehouse.return_liquidation_location_id,
            "hold": warehouse.return_hold_location_id,
            "donate": company.return_donation_location_id,
            "destroy": company.return_scrap_location_id,
            "vendor": self.env.ref("stock.stock_location_suppliers", raise_if_not_found=False),
        }
        destination = locations.get(self.disposition)
        if not destination:
            raise UserError(
                self.env._(
                    "There is no location for “%(disposition)s” in %(warehouse)s. Set it on the "
                    "warehouse or in the company's returns settings.",
                    disposition=dict(DISPOSITIONS).get(self.disposition, self.disposition),
                    warehouse=warehouse.name,
                )
            )
        return destination

    # -------------------------------------------------------------------------
    # Vendor, scrap, repair
    # -------------------------------------------------------------------------

    def _prepare_vendor_vals(self, warehouse):
        """A delivery to the vendor; linked to the purchase when the serial number tells which.

        :raise UserError: nobody sells this product to us
        """
        receipt = self.env["stock.move"]
        if self.lot_id:
            receipt = (
                self.env["stock.move.line"]
                .search(
                    [
                        ("lot_id", "=", self.lot_id.id),
                        ("state", "=", "done"),
                        ("location_id.usage", "=", "supplier"),
                        ("company_id", "=", self.company_id.id),
                    ],
                    order="id desc",
                    limit=1,
                )
                .move_id
            )
        vendor = receipt.picking_id.partner_id or self.product_id.seller_ids[:1].partner_id
        if not vendor:
            raise UserError(
                self.env._(
                    "“%s” has no vendor. Add one on the product's Purchase page, or choose another "
                    "disposition.",
                    self.product_id.display_name,
                )
            )
        vals = {
            "picking_type_id": warehouse.out_type_id.id,
            "partner_id": vendor.id,
            "origin_returned_move_id": receipt.id,
        }
        if receipt and "purchase_line_id" in receipt._fields and receipt.purchase_line_id:
            vals |= {"purchase_line_id": receipt.purchase_line_id.id, "to_refund": True}
        return vals

    def _prepare_scrap_vals(self, move_vals):
        return {
            "product_id": move_vals["product_id"],
            "product_uom_id": move_vals["product_uom"],
            "scrap_qty": move_vals["product_uom_qty"],
            "lot_id": self.lot_id.id,
            "company_id": self.company_id.id,
            "origin": self.return_id.name,
            "location_id": move_vals["location_id"],
            "scrap_location_id": move_vals["location_dest_id"],
            "return_inspection_id": self.id,
            "scrap_reason_tag_ids": [
                fields.Command.link(tag.id)
                for tag in [
                    self.env.ref(
                        "helloword_returns.scrap_reason_return", raise_if_not_found=False
                    )
                ]
                if tag
            ],
        }

    def _create_scraps(self, vals_list):
        """Scrap the whole batch at once.

        :raise UserError: the goods are not where they should be
        """
        scraps = self.env["stock.scrap"].sudo().create(vals_list)
        if not scraps:
            return
        scraps._check_company()
        scraps._check_inspected_goods_are_there()
        for scrap in scraps:
            scrap.name = self.env["ir.sequence"].next_by_code("stock.scrap") or scrap.name
        moves = self.env["stock.move"].sudo()
        moves = moves.create([scrap._prepare_move_values() for scrap in scraps])
        moves.with_context(is_scrap=True)._action_done()
        scraps.write({"state": "done", "date_done": fields.Datetime.now()})

    def _create_repairs(self):
        """A repair order for each result to refurbish, in the refurbishing location."""
        vals_list = []
        for inspection in self.sudo():
            if inspection.disposition != "refurbish" or inspection.grade_kind == "empty":
                continue
            warehouse = inspection._get_warehouse()
            receipt = inspection.return_id.receipt_picking_ids.filtered(
                lambda picking: picking.state == "done"
            )[:1]
            vals_list.append(
                {
                    "product_id": inspection.product_id.id,
                    "product_qty": inspection.quantity,
                    "product_uom": inspection.product_id.uom_id.id,
                    "lot_id": inspection.lot_id.id,
                    "company_id": inspection.company_id.id,
                    "partner_id": inspection.return_id.partner_id.id,
                    "picking_type_id": warehouse.repair_type_id.id,
                    "picking_id": receipt.id,
                    "product_location_src_id": warehouse.return_refurbish_location_id.id,
                    "product_location_dest_id": warehouse.lot_stock_id.id,
                    "internal_notes": inspection.note,
                    "return_inspection_id": inspection.id,
                }
            )
        repairs = self.env["repair.order"].sudo().create(vals_list)
        for repair, vals in zip(repairs, vals_list, strict=True):
            if repair.product_qty != vals["product_qty"]:
                repair.product_qty = vals["product_qty"]

    # -------------------------------------------------------------------------
    # Undoing
    # -------------------------------------------------------------------------

    def _reverse_moves(self):
        """Cancel what is pending, bring back what was moved."""
        moves = self.sudo().move_ids
        moves.filtered(lambda move: move.state not in ("done", "cancel"))._action_cancel()
        transfers = defaultdict(list)
        for inspection in self.sudo():
            for move in inspection.move_ids.sorted("id", reverse=True):
                if move.state == "done":
                    vals = inspection._prepare_reverse_vals(move)
                    transfers[inspection._get_transfer_key(vals)].append(vals)
        if not transfers:
            return
        pickings = (
            self.env["stock.picking"]
            .sudo()
            .create(
                [
                    {
                        "picking_type_id": key[0],
                        "location_id": key[1],
                        "location_dest_id": key[2],
                        "origin": self._get_origin(vals_list),
                        "move_ids": [fields.Command.create(vals) for vals in vals_list],
                    }
                    for key, vals_list in transfers.items()
                ]
            )
        )
        for picking in pickings:
            picking.move_ids._action_confirm(merge=False)
            picking.move_ids._reserve_inspected_goods()
            picking._return_transfer_all()

    def _prepare_reverse_vals(self, move):
        return {
            **self._prepare_move_vals(
                move.product_id, move.product_qty, move.location_dest_id, move
            ),
            "picking_type_id": self._get_warehouse().return_internal_type_id.id,
            "location_dest_id": move.location_id.id,
            "origin_returned_move_id": move.id,
        }


class HellowordReturn(models.Model):
    """Putting away everything that was inspected."""

    _inherit = "helloword.return"

    def action_process_dispositions(self):
        """Finish the open transfers of all inspected goods."""
        return self.inspection_ids.action_process_dispositions()


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def _get_arrival_moves(self, product=None):
        """Done moves that brought this line's goods to inspection, oldest first.

        With two steps the goods are there after the second; what an undone inspection brought
        back counts.

        :param product: a component of a kit, else the line's own product
        """
        self.ensure_one()
        products = product or self.product_id
        if not product and self.component_quantities:
            products = products.browse(map(int, self.component_quantities))
        return (
            self.sudo()
            .move_ids.filtered(
                lambda move: move.state == "done"
                and move.product_id in products
                and move.location_dest_id.usage in ("internal", "transit")
                and (not move.return_inspection_id or move.origin_returned_move_id)
                and not move._is_waiting_for_inspection_transfer()
            )
            .sorted("id")
        )


class StockMove(models.Model):
    _inherit = "stock.move"

    return_inspection_id = fields.Many2one(
        "helloword.return.inspection",
        string="Inspection Result",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )

    @api.model
    def _prepare_merge_moves_distinct_fields(self):
        return super()._prepare_merge_moves_distinct_fields() + ["return_inspection_id"]

    def _is_waiting_for_inspection_transfer(self):
        """Whether these goods lie in the returns input and still have to go to inspection."""
        self.ensure_one()
        warehouse = self.picking_type_id.warehouse_id
        return (
            self._is_return_receipt()
            and self.location_dest_id == warehouse.return_input_location_id
        )

    def _reserve_inspected_goods(self):
        """Reserve what was inspected, the very lot; what cannot be reserved is not there.

        :raise UserError: goods are not where they should be
        """
        for move in self:
            lot = move.return_inspection_id.lot_id
            if lot and lot.product_id == move.product_id and move.location_id.usage == "internal":
                move._update_reserved_quantity(
                    move.product_qty, move.location_id, lot_id=lot, strict=False
                )
        self._recompute_state()
        self._action_assign()
        for move in self:
            if move.location_id.usage != "internal" or not move.product_id.is_storable:
                move._set_inspected_lot()
                continue
            missing = move.product_uom_qty - move.quantity
            if move.product_uom.compare(missing, 0.0) > 0:
                move._update_reserved_quantity(
                    missing, move.location_id, lot_id=move.return_inspection_id.lot_id, strict=False
                )
                move._recompute_state()
            if move.product_uom.compare(move.quantity, move.product_uom_qty) < 0:
                move._raise_goods_not_there()

    def _set_inspected_lot(self):
        """Goods that come from outside stock need their lot named."""
        self.ensure_one()
        lot = self.return_inspection_id.lot_id
        if lot and lot.product_id == self.product_id and not self.lot_ids:
            self.lot_ids = lot

    def _raise_goods_not_there(self):
        self.ensure_one()
        raise UserError(
            self.env._(
                "%(quantity)g of “%(product)s” are no longer in %(location)s. Bring them back "
                "there, or correct the inspection.",
                quantity=self.product_uom_qty,
                product=self.product_id.display_name,
                location=self.location_id.display_name,
            )
        )


class StockScrap(models.Model):
    _inherit = "stock.scrap"

    return_inspection_id = fields.Many2one(
        "helloword.return.inspection",
        string="Inspection Result",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )

    def _prepare_move_values(self):
        vals = super()._prepare_move_values()
        if self.return_inspection_id:
            vals |= {
                "return_inspection_id": self.return_inspection_id.id,
                "return_line_id": self.return_inspection_id.return_line_id.id,
                "to_refund": False,
            }
        return vals

    def _check_inspected_goods_are_there(self):
        """One query for the whole batch.

        :raise UserError: goods are not where they should be
        """
        available = defaultdict(float)
        for product, location, lot, quantity in self.env["stock.quant"]._read_group(
            [
                ("product_id", "in", self.product_id.ids),
                ("location_id", "in", self.location_id.ids),
            ],
            ["product_id", "location_id", "lot_id"],
            ["quantity:sum"],
        ):
            available[product, location, lot] += quantity
        for scrap in self.filtered("product_id.is_storable"):
            key = (scrap.product_id, scrap.location_id, scrap.lot_id)
            available[key] -= scrap.scrap_qty
            if scrap.product_uom_id.compare(available[key], 0.0) < 0:
                raise UserError(
                    self.env._(
                        "%(quantity)g of “%(product)s” are no longer in %(location)s. Bring them "
                        "back there, or correct the inspection.",
                        quantity=scrap.scrap_qty,
                        product=scrap.product_id.display_name,
                        location=scrap.location_id.display_name,
                    )
                )


class RepairOrder(models.Model):
    _inherit = "repair.order"

    return_inspection_id = fields.Many2one(
        "helloword.return.inspection",
        string="Inspection Result",
        index="btree_not_null",
        copy=False,
        check_company=True,
    )
