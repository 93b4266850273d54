from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError


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
        return [*super()._prepare_merge_moves_distinct_fields(), "return_inspection_id"]

    def _is_waiting_for_inspection_transfer(self):
        """Whether these goods lie in the returns input and still have to go to inspection."""
        self.ensure_one()
        warehouse = self.picking_type_id.warehouse_id
        return (
            self._is_return_receipt()
            and self.location_dest_id == warehouse.return_input_location_id
        )

    def _get_returned_lot(self):
        """:return: the lot this move is about, empty where any will do"""
        self.ensure_one()
        return self.return_inspection_id.lot_id

    def _reserve_inspected_goods(self):
        """Reserve what was inspected, the very lot; what cannot be reserved is not there.

        :raise UserError: goods are not where they should be
        """
        for move in self:
            lot = move._get_returned_lot()
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
                    missing, move.location_id, lot_id=move._get_returned_lot(), strict=False
                )
                move._recompute_state()
            if move.product_uom.compare(move.quantity, move.product_uom_qty) < 0:
                move._raise_goods_not_there()

    def _set_inspected_lot(self):
        """Goods that come from outside stock need their lot named."""
        self.ensure_one()
        lot = self._get_returned_lot()
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
