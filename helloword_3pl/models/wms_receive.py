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
            gap = goal[line] - line.quantity_received
            if line._compare(gap, 0.0) > 0:
                more[line] = gap
            elif line._compare(gap, 0.0) < 0 and line.inspection_ids.filtered("is_wms"):
                fewer[line] = -gap
        self._give_back_units(fewer)
        self._take_in_units(more, lots)

    def _give_back_units(self, fewer):
        """Undo receipts of units that are not there after all; they are expected again.

        :param dict fewer: line → quantity
        """
        if not fewer:
            return
        vals_by_key = defaultdict(list)
        for line, quantity in fewer.items():
            for move, share in line._get_moves_to_undo(quantity):
                place = move._get_place_of_goods()
                key = (move.picking_type_id.warehouse_id, place, move.location_id, line.return_id)
                vals_by_key[key].append(line._prepare_undo_vals(move, share, place))
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
        pickings.move_ids._reserve_inspected_goods()
        pickings._return_transfer_all()
        self._create_receipts()


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def _get_moves_to_undo(self, quantity):
        """The newest receipts first.

        :return: list of tuples (done move, quantity)
        """
        self.ensure_one()
        shares = []
        moves = self.sudo().move_ids.filtered(
            lambda move: move.state == "done" and move._is_return_receipt()
        )
        for move in moves.sorted("id", reverse=True):
            undone = sum(
                other.product_qty
                for other in move.returned_move_ids
                if other.state == "done" and other.location_dest_id.usage == "customer"
            )
            share = min(quantity, move.product_qty - undone)
            if self._compare(share, 0.0) > 0:
                shares.append((move, share))
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

    def _get_place_of_goods(self):
        """Where goods of a receipt lie that nobody has inspected."""
        self.ensure_one()
        warehouse = self.picking_type_id.warehouse_id
        if self.location_dest_id == warehouse.return_input_location_id:
            return warehouse.return_inspection_location_id
        return self.location_dest_id
