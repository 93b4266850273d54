from collections import defaultdict

from odoo import fields, models


class HellowordReturn(models.Model):
    """Receiving units as they are counted: fewer than announced, more, or none that were."""

    _inherit = "helloword.return"

    def _take_in_units(self, more, lots):
        """Receive units through the pending receipts; what they do not hold comes on a new one.

        Runs with the rights of the warehouse. Units that were announced and did not come stay
        expected, on a back-order.

        :param dict more: line → quantity to receive now, in the product's unit
        :param dict lots: line → dict of lot → quantity of it that should be received in all
        """
        if not more:
            return
        pickings = self.env["stock.picking"].sudo()
        rest = {}
        for line, quantity in more.items():
            moves = line.sudo().move_ids.filtered(
                lambda move: move.state not in ("done", "cancel") and move._is_return_receipt()
            )
            if not moves:
                rest[line] = quantity
                continue
            per_unit = line.component_quantities or {}
            for product, parts in moves.grouped("product_id").items():
                share = quantity * per_unit.get(str(product.id), 1.0)
                self._fill_moves(parts, share, lots.get(line), line)
            pickings |= moves.picking_id
        pickings |= self._create_extra_receipts(rest, lots)
        for move in pickings.move_ids:
            if move.state not in ("done", "cancel") and not move.picked:
                move.quantity = 0
        pickings.with_context(skip_backorder=True, cancel_backorder=False)._action_done()
        self._get_open_transfers().sudo().filtered(
            lambda picking: picking.location_id.usage != "customer"
        )._return_transfer_all()

    def _fill_moves(self, moves, quantity, lots, line):
        """Spread units over the pending moves of one product; the last one takes what is left.

        :param float quantity: in the product's unit
        :param dict lots: see :meth:`_take_in_units`, of this line
        """
        missing = line._get_missing_lots(lots)
        for move in moves:
            is_last = move == moves[-1]
            delivered = move.origin_returned_move_id.lot_ids
            own = {lot: share for lot, share in missing.items() if is_last or lot in delivered}
            share = quantity if is_last else min(quantity, move.product_uom_qty)
            if missing and not is_last:
                share = sum(own.values())
            if line._compare(share, 0.0) > 0:
                self._fill_move(move, share, own)
                quantity -= share
            missing = {lot: share for lot, share in missing.items() if lot not in own}

    def _fill_move(self, move, quantity, lots):
        """Units that came, with their lots where they are known.

        :param dict lots: lot → quantity
        """
        if lots:
            move.move_line_ids.unlink()
            move.move_line_ids = [
                fields.Command.create(
                    move._prepare_move_line_vals() | {"lot_id": lot.id, "quantity": share}
                )
                for lot, share in lots.items()
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
            tracked = lots.get(line) if move.has_tracking != "none" else None
            self._fill_move(move, move.product_uom_qty, line._get_missing_lots(tracked))
        receipts.move_ids.return_line_id._note_components()
        return receipts

    @staticmethod
    def _group_by_return(quantities):
        grouped = defaultdict(dict)
        for line, quantity in quantities.items():
            grouped[line.return_id][line] = quantity
        return grouped


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def _get_receipt_parts(self, quantity):
        """:return: list of tuples (product, quantity in its unit, delivered move)"""
        self.ensure_one()
        parts = self._get_component_parts(quantity) if not self.is_unexpected else []
        if not parts:
            return [(self.product_id, quantity, self.origin_move_id)]
        return [(origin.product_id, share, origin) for origin, share in parts]

    def _get_missing_lots(self, lots):
        """:param dict lots: lot → quantity that should have been received in all, may be None
        :return: dict of lot → quantity of it that has not been
        """
        self.ensure_one()
        if not lots:
            return {}
        received = self._get_received_lots()
        missing = {lot: quantity - received.get(lot, 0.0) for lot, quantity in lots.items()}
        return {
            lot: quantity for lot, quantity in missing.items() if self._compare(quantity, 0.0) > 0
        }

    def _get_received_lots(self):
        """:return: dict of lot → quantity that was received and not sent back"""
        self.ensure_one()
        received = defaultdict(float)
        receipts = self.sudo().move_ids.filtered(
            lambda move: move.state == "done" and move._is_return_receipt()
        )
        back = receipts.returned_move_ids.filtered(
            lambda move: move.state == "done" and move.location_dest_id.usage == "customer"
        )
        for moves, sign in ((receipts, 1), (back, -1)):
            for move_line in moves.move_line_ids:
                if move_line.lot_id:
                    received[move_line.lot_id] += sign * move_line.quantity_product_uom
        return dict(received)
