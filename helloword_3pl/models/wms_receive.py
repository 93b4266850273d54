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

    def _take_in_units(self, more, lots):
        """Receive units through the pending receipts; what they do not hold comes on a new one.

        :param dict more: line → quantity
        :param dict lots: line → dict of lot → quantity that should have been received
        """
        if not more:
            return
        pickings = self.env["stock.picking"].sudo()
        rest = {}
        for line, quantity in more.items():
            moves = line.sudo().move_ids.filtered(
                lambda move: move.state not in ("done", "cancel") and move._is_return_receipt()
            )
            if not moves or line.component_quantities:
                rest[line] = quantity
                continue
            for move in moves:
                is_last = move == moves[-1]
                share = quantity if is_last else min(quantity, move.product_uom_qty)
                self._fill_move(move, share, lots.get(line), line)
                quantity -= share
                pickings |= move.picking_id
        pickings |= self._create_extra_receipts(rest, lots)
        for move in pickings.move_ids:
            if move.state not in ("done", "cancel") and not move.picked:
                move.quantity = 0
        pickings.with_context(skip_backorder=True, cancel_backorder=False)._action_done()
        self._get_open_transfers().sudo().filtered(
            lambda picking: picking.location_id.usage != "customer"
        )._return_transfer_all()

    def _fill_move(self, move, quantity, lots, line):
        """Units that came, with their lots where the warehouse said them."""
        if lots:
            received = defaultdict(float)
            for done in line.sudo().move_ids:
                if done.state == "done" and done._is_return_receipt():
                    for move_line in done.move_line_ids:
                        received[move_line.lot_id] += move_line.quantity_product_uom
            move.move_line_ids.unlink()
            move.move_line_ids = [
                fields.Command.create(
                    move._prepare_move_line_vals() | {"lot_id": lot.id, "quantity": share}
                )
                for lot, total in lots.items()
                if (share := total - received[lot]) > 0
            ]
        else:
            move.quantity = quantity
        move.picked = True

    def _create_extra_receipts(self, rest, lots):
        """Receipts for goods no pending receipt holds: more than was asked back, or other goods.

        :param dict rest: line → quantity
        :return: ``stock.picking``, with all units filled in
        """
        if not rest:
            return self.env["stock.picking"]
        vals_list = []
        for ret, quantities in self._group_by_return(rest).items():
            warehouse = ret._get_receipt_warehouse()
            moves = [
                line._prepare_receipt_move_vals(
                    warehouse, product, share, origin if not line.is_unexpected else origin.browse()
                )
                for line, quantity in quantities.items()
                for product, share, origin in line._get_receipt_parts(quantity)
            ]
            vals_list.append(ret._prepare_receipt_vals(warehouse, moves))
        receipts = self.env["stock.picking"].sudo().create(vals_list)
        receipts.move_ids._action_confirm(merge=False)
        for move in receipts.move_ids:
            line = move.return_line_id
            self._fill_move(
                move,
                move.product_uom_qty,
                lots.get(line) if move.has_tracking != "none" else None,
                line,
            )
        receipts.move_ids.return_line_id._note_components()
        return receipts

    @staticmethod
    def _group_by_return(quantities):
        grouped = defaultdict(dict)
        for line, quantity in quantities.items():
            grouped[line.return_id][line] = quantity
        return grouped

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

    def _get_receipt_parts(self, quantity):
        """:return: list of tuples (product, quantity in its unit, delivered move)"""
        self.ensure_one()
        parts = self._get_component_parts(quantity) if not self.is_unexpected else []
        if not parts:
            return [(self.product_id, quantity, self.origin_move_id)]
        return [(origin.product_id, share, origin) for origin, share in parts]

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
