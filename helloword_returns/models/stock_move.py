from odoo import api, fields, models
from odoo.exceptions import UserError


class StockMove(models.Model):
    """What a move means to a return. Moves that have nothing to do with one pay nothing."""

    _inherit = "stock.move"

    return_line_id = fields.Many2one(
        "helloword.return.line",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )

    def _action_done(self, cancel_backorder=False):
        self._adopt_unexpected_returns()
        self.filtered("return_line_id")._check_returned_lots()
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        returned = moves.filtered(lambda move: move.return_line_id and move.state == "done")
        if returned:
            returned.sudo()._on_returned_goods_moved()
        return moves

    def _skip_push(self):
        """Customers' own push rules must not carry returned goods on before they are inspected."""
        return super()._skip_push() or bool(self.return_line_id)

    @api.model
    def _prepare_merge_moves_distinct_fields(self):
        return [*super()._prepare_merge_moves_distinct_fields(), "return_line_id"]

    # -------------------------------------------------------------------------
    # Receipts
    # -------------------------------------------------------------------------

    def _is_return_receipt(self):
        """From the customer to us."""
        self.ensure_one()
        return self.location_id.usage == "customer" and self.location_dest_id.usage != "customer"

    def _adopt_unexpected_returns(self):
        """Goods somebody added to a return's receipt: more of an expected product counts on its
        line, anything else becomes an unexpected line and touches no order."""
        added = self.filtered(
            lambda move: (
                not move.return_line_id
                and move.picking_id.customer_return_id
                and move.quantity > 0
                and move.state not in ("done", "cancel")
                and move._is_return_receipt()
            )
        ).sudo()
        if not added:
            return
        Line = self.env["helloword.return.line"].sudo()
        unexpected = self.browse().sudo()
        for move in added:
            expected = move.picking_id.move_ids.filtered(
                lambda other, move=move: (
                    other.return_line_id and other.return_line_id.product_id == move.product_id
                )
            )[:1]
            if expected:
                move.write(
                    {
                        "return_line_id": expected.return_line_id.id,
                        "sale_line_id": expected.sale_line_id.id,
                        "origin_returned_move_id": expected.origin_returned_move_id.id,
                        "to_refund": expected.to_refund,
                    }
                )
            else:
                unexpected |= move
        lines = Line.create(
            [
                {
                    "return_id": move.picking_id.customer_return_id.id,
                    "product_id": move.product_id.id,
                    "quantity": 0.0,
                    "is_unexpected": True,
                }
                for move in unexpected
            ]
        )
        for move, line in zip(unexpected, lines, strict=True):
            move.write({"return_line_id": line.id, "to_refund": False, "sale_line_id": False})

    def _check_returned_lots(self):
        """Only what the customer got can come back.

        :raise UserError: a lot was not part of the delivery
        """
        for move in self:
            origin = move.origin_returned_move_id.sudo()
            if not origin or not move._is_return_receipt() or not origin.lot_ids:
                continue
            foreign = move.lot_ids - origin.lot_ids
            if foreign:
                raise UserError(
                    self.env._(
                        "%(lots)s was not delivered to this customer with %(delivery)s. Delivered "
                        "were: %(delivered)s. Correct the number, or remove it here and add what "
                        "came as a new line of the receipt: it is then kept as unexpected goods.",
                        lots=", ".join(foreign.mapped("name")),
                        delivery=origin.picking_id.name or origin.display_name,
                        delivered=", ".join(origin.lot_ids.mapped("name")),
                    )
                )

    def _on_returned_goods_moved(self):
        """Tell the returns, once a batch."""
        receipts = self.filtered(lambda move: move._is_return_receipt())
        if receipts:
            receipts._bring_to_inspection()
            returns = receipts.return_line_id.return_id
            returns._warn_of_over_receipt()
            returns._on_goods_received()

    def _bring_to_inspection(self):
        """With two steps a received parcel goes on from input to inspection: one transfer for
        each receipt."""
        arrived = self.filtered(
            lambda move: (
                move.picking_type_id.warehouse_id.return_steps == "two_steps"
                and move.location_dest_id
                == move.picking_type_id.warehouse_id.return_input_location_id
            )
        )
        if not arrived:
            return
        vals_list = []
        for receipt, moves in arrived.grouped("picking_id").items():
            warehouse = moves.picking_type_id.warehouse_id
            locations = {
                "location_id": warehouse.return_input_location_id.id,
                "location_dest_id": warehouse.return_inspection_location_id.id,
            }
            vals_list.append(
                {
                    "picking_type_id": warehouse.return_internal_type_id.id,
                    "company_id": moves.company_id.id,
                    "origin": receipt.name,
                    "customer_return_id": receipt.customer_return_id.id,
                    "move_ids": [
                        fields.Command.create(
                            move._prepare_returned_goods_move_vals(move.quantity, **locations)
                        )
                        for move in moves
                    ],
                    **locations,
                }
            )
        transfers = self.env["stock.picking"].create(vals_list)
        transfers.action_confirm()
        transfers.action_assign()

    def _prepare_returned_goods_move_vals(self, quantity, **vals):
        """Values of a move that carries on what this move brought, without touching the order.

        :param float quantity: in this move's unit
        """
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": quantity,
            "product_uom": self.product_uom.id,
            "company_id": self.company_id.id,
            "procure_method": "make_to_stock",
            "move_orig_ids": [fields.Command.link(self.id)],
            "return_line_id": self.return_line_id.id,
            "to_refund": False,
            **vals,
        }
