from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError

from .return_grade import DISPOSITIONS


class HellowordReturnInspection(models.Model):
    """The stock documents of inspected goods: transfers, scraps, repairs, deliveries to vendors."""

    _inherit = "helloword.return.inspection"

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
            lambda picking: (
                picking.picking_type_id.code == "internal"
                and picking.picking_type_id.warehouse_id.return_put_away == "at_once"
            )
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
                    self.env.ref("helloword_returns.scrap_reason_return", raise_if_not_found=False)
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
