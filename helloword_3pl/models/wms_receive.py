from collections import defaultdict

from odoo import fields, models


class HellowordReturn(models.Model):
    """Receiving as many units as a warehouse has, no more and no fewer."""

    _inherit = "helloword.return"

    def _receive_as_told(self, wanted):
        """Bring what is received to what the warehouse says it has.

        :param dict wanted: :class:`~.wms_targets.Result` → quantity in the product's unit
        """
        goal, lots = defaultdict(float), defaultdict(lambda: defaultdict(float))
        for key, quantity in wanted.items():
            goal[key.line] += quantity
            if key.lot:
                lots[key.line][key.lot] += quantity
        lines = self.line_ids
        lines.fetch(["move_ids", "quantity_received"])
        more, fewer = {}, {}
        for line in lines:
            surplus = line._get_surplus(goal[line], lots.get(line, {}))
            if surplus and line.inspection_ids.filtered("is_wms"):
                fewer[line] = surplus
            gap = goal[line] - line.quantity_received + sum(fewer.get(line, {}).values())
            if line._compare(gap, 0.0) > 0:
                more[line] = gap
        self._give_back_units(fewer)
        self._take_in_units(more, lots)

    def _give_back_units(self, fewer):
        """Undo receipts of units that are not there after all; they are expected again.

        :param dict fewer: line → dict of lot → quantity; the lot is empty where none is tracked
        """
        if not fewer:
            return
        vals_by_key, lots_by_key = defaultdict(list), defaultdict(list)
        for line, quantities in fewer.items():
            for move, lot, share in line._get_moves_to_undo(quantities):
                place = move._get_place_of_goods()
                key = (move.picking_type_id.warehouse_id, place, move.location_id, line.return_id)
                vals_by_key[key].append(line._prepare_undo_vals(move, share, place))
                lots_by_key[key].append(lot)
        pickings = (
            self.env["stock.picking"]
            .sudo()
            .create(
                [
                    {
                        "picking_type_id": warehouse.return_internal_type_id.id,
                        "location_id": source.id,
                        "location_dest_id": target.id,
                        "origin": ret.name,
                        "customer_return_id": ret.id,
                        "user_id": False,
                        "move_ids": [fields.Command.create(vals) for vals in vals_list],
                    }
                    for (warehouse, source, target, ret), vals_list in vals_by_key.items()
                ]
            )
        )
        pickings.move_ids._action_confirm(merge=False)
        for picking, lots in zip(pickings, lots_by_key.values(), strict=True):
            for move, lot in zip(picking.move_ids.sorted("id"), lots, strict=True):
                if lot:
                    # Confirming reserved any lot.
                    move._do_unreserve()
                    move._update_reserved_quantity(
                        move.product_qty, move.location_id, lot_id=lot, strict=False
                    )
        pickings.move_ids._reserve_inspected_goods()
        pickings._return_transfer_all()
        self._create_receipts()


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def _get_surplus(self, goal, lots):
        """Units that were received and are not there after all.

        :param float goal: units that are there
        :param dict lots: lot → how many of them
        :return: dict of lot → quantity above zero; the lot is empty where none is tracked
        """
        self.ensure_one()
        if self.product_id.tracking == "none" or self.component_quantities:
            surplus = {self.env["stock.lot"]: self.quantity_received - goal}
        else:
            surplus = {
                lot: quantity - lots.get(lot, 0.0)
                for lot, quantity in self._get_received_lots().items()
            }
        return {
            lot: quantity for lot, quantity in surplus.items() if self._compare(quantity, 0.0) > 0
        }

    def _get_moves_to_undo(self, quantities):
        """The newest receipts first.

        :param dict quantities: lot → quantity; the lot is empty where none is tracked
        :return: list of tuples (done move, lot, quantity)
        """
        self.ensure_one()
        shares = []
        moves = self.sudo().move_ids.filtered(
            lambda move: move.state == "done" and move._is_return_receipt()
        )
        for lot, quantity in quantities.items():
            for move in moves.sorted("id", reverse=True):
                share = min(quantity, move._get_units_left(lot))
                if self._compare(share, 0.0) > 0:
                    shares.append((move, lot, share))
                    quantity -= share
        return shares

    def _prepare_undo_vals(self, move, quantity, place):
        self.ensure_one()
        return {
            "product_id": move.product_id.id,
            "product_uom_qty": quantity,
            "product_uom": move.product_id.uom_id.id,
            "location_id": place.id,
            "location_dest_id": move.location_id.id,
            "company_id": move.company_id.id,
            "partner_id": move.partner_id.id,
            "origin": self.return_id.name,
            "procure_method": "make_to_stock",
            "origin_returned_move_id": move.id,
            "sale_line_id": move.sale_line_id.id,
            "to_refund": move.to_refund,
            "return_line_id": self.id,
        }


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_units_left(self, lot):
        """:return: units of a receipt, of a lot where one is named, that were not sent back"""
        self.ensure_one()
        back = self.returned_move_ids.filtered(
            lambda move: move.state == "done" and move.location_dest_id.usage == "customer"
        )
        if not lot:
            return self.product_qty - sum(back.mapped("product_qty"))
        return sum(
            sign * line.quantity_product_uom
            for moves, sign in ((self, 1), (back, -1))
            for line in moves.move_line_ids
            if line.lot_id == lot
        )

    def _get_place_of_goods(self):
        """Where goods of a receipt lie that nobody has inspected."""
        self.ensure_one()
        warehouse = self.picking_type_id.warehouse_id
        if self.location_dest_id == warehouse.return_input_location_id:
            return warehouse.return_inspection_location_id
        return self.location_dest_id
