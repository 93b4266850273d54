from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from odoo.tools import float_compare


@dataclass(frozen=True)
class Part:
    """A piece of a return line: one order line, one delivered move, one invoiced line."""

    quantity: float
    sale_line: Any
    move: Any
    invoice_line: Any

    def vals(self):
        return {
            "quantity": self.quantity,
            "sale_line_id": self.sale_line.id,
            "origin_move_id": self.move.id,
            "invoice_line_id": self.invoice_line.id,
        }


class ReturnablePool:
    """What can still be returned of a batch of orders: delivered less every open or done return.

    Read with a bounded number of queries; read it under ``_lock_origins``. Quantities are in the
    products' own units.

    :param returns: ``helloword.return`` recordset
    :param bool exclude: leave the lines of ``returns`` out of what is taken, to match them anew
    :param orders: ``sale.order`` recordset to read besides those of the returns
    :param moves: delivered ``stock.move`` recordset to read besides those of the orders
    """

    def __init__(self, returns, exclude=True, orders=None, moves=None):
        env = returns.env
        lines = returns.line_ids
        self._lines = lines if exclude else lines.browse()
        self._sale_lines = returns.sale_order_id.order_line | lines.sale_line_id
        chosen = lines.origin_move_id
        if orders:
            self._sale_lines |= orders.order_line
        if moves:
            self._sale_lines |= moves.sale_line_id
            chosen |= moves
        self._read_moves(env, chosen)
        self._read_taken(env)
        self._read_invoice_lines()

    # -------------------------------------------------------------------------
    # Reading
    # -------------------------------------------------------------------------

    def _read_moves(self, env, chosen):
        Move = env["stock.move"].sudo()
        moves = Move.search(
            [
                ("sale_line_id", "in", self._sale_lines.ids),
                ("state", "=", "done"),
                ("location_dest_id.usage", "=", "customer"),
                ("location_id.usage", "!=", "customer"),
            ],
            order="date, id",
        )
        moves = (moves | chosen.sudo()).filtered(
            lambda move: move.state == "done" and not move.return_line_id
        )
        undone = defaultdict(float)
        for origin, quantity in Move._read_group(
            [
                ("origin_returned_move_id", "in", moves.ids),
                ("return_line_id", "=", False),
                ("state", "!=", "cancel"),
            ],
            ["origin_returned_move_id"],
            ["product_qty:sum"],
        ):
            undone[origin.id] += quantity
        self._moves_of_line = defaultdict(list)
        self._delivered = {}
        for move in moves:
            quantity = move.product_uom._compute_quantity(
                move.quantity, move.product_id.uom_id, round=False
            )
            self._delivered[move.id] = quantity - undone[move.id]
            self._moves_of_line[move.sale_line_id.id].append(move)
        self._moves = moves

    def _read_taken(self, env):
        Line = env["helloword.return.line"].sudo()
        Line.flush_model()
        self._taken = {}
        for name, ids in (
            ("origin_move_id", self._moves.ids),
            ("sale_line_id", self._sale_lines.ids),
            ("invoice_line_id", self._sale_lines.sudo().invoice_lines.ids),
        ):
            groups = Line._read_group(
                [
                    (name, "in", ids),
                    ("quantity_reserved", ">", 0),
                    ("id", "not in", self._lines.ids),
                ],
                [name],
                ["quantity_reserved:sum"],
            )
            self._taken[name] = defaultdict(float)
            self._taken[name].update({record.id: quantity for record, quantity in groups})

    def _read_invoice_lines(self):
        self._invoice_lines = {}
        for sale_line in self._sale_lines.sudo():
            self._invoice_lines[sale_line.id] = sale_line.invoice_lines.filtered(
                lambda line: (
                    line.parent_state == "posted"
                    and line.move_id.move_type == "out_invoice"
                    and line.quantity > 0
                )
            ).sorted("id")

    # -------------------------------------------------------------------------
    # Asking
    # -------------------------------------------------------------------------

    def has_product(self, line):
        """Whether the order has the product of a return line at all."""
        return line.origin_move_id in self._moves or any(self._get_sale_lines(line))

    def get_returnable(self, sale_line):
        """:return: what can still be returned of an order line, in the product's unit"""
        taken = self._taken["sale_line_id"][sale_line.id]
        return self._get_delivered(sale_line) - taken

    def get_move_returnable(self, move):
        """:return: what can still be returned of a delivered move, in the product's unit"""
        left = self._get_move_left(move)
        return min(left, self.get_returnable(move.sale_line_id)) if move.sale_line_id else left

    def get_excess(self, line):
        """:return: how much of a return line is more than what was delivered, else zero"""
        if line.is_unexpected:
            return 0.0
        if line.sale_line_id:
            left = self.get_returnable(line.sale_line_id)
        elif line.origin_move_id:
            left = self._get_move_left(line.origin_move_id)
        else:
            return 0.0
        excess = -left
        return excess if self._is_positive(excess, line.product_id) else 0.0

    def take(self, line):
        """Take what a return line asks for.

        :return: tuple (list of :class:`Part`, quantity that is not there); nothing is taken
            unless all of it is there
        """
        wanted, parts = line.quantity, []
        for sale_line in self._get_sale_lines(line):
            available = min(wanted, self.get_returnable(sale_line))
            if self._is_positive(available, line.product_id):
                pieces = self._cut(line, sale_line, available)
                parts += pieces
                wanted -= sum(piece.quantity for piece in pieces)
            if not self._is_positive(wanted, line.product_id):
                break
        if line.origin_move_id and not line.origin_move_id.sale_line_id and not parts:
            available = min(wanted, self._get_move_left(line.origin_move_id))
            if self._is_positive(available, line.product_id):
                empty = line.sale_line_id.browse(), line.invoice_line_id.browse()
                parts = [Part(available, empty[0], line.origin_move_id, empty[1])]
                wanted -= available
        if self._is_positive(wanted, line.product_id):
            return parts, wanted
        for part in parts:
            self._taken["sale_line_id"][part.sale_line.id] += part.quantity
            self._taken["origin_move_id"][part.move.id] += part.quantity
            self._taken["invoice_line_id"][part.invoice_line.id] += part.quantity
        return parts, 0.0

    # -------------------------------------------------------------------------
    # Steps
    # -------------------------------------------------------------------------

    def _get_sale_lines(self, line):
        if line.sale_line_id:
            return line.sale_line_id
        if line.origin_move_id:
            return line.origin_move_id.sale_line_id
        return self._sale_lines.filtered(
            lambda sale_line: (
                sale_line.order_id == line.sale_order_id
                and sale_line.product_id == line.product_id
                and not sale_line.display_type
            )
        )

    def _get_delivered(self, sale_line):
        """Goods of the line's own product count by their moves; kits and orders that are fulfilled
        elsewhere by the order's own delivered quantity."""
        moves = self._moves_of_line[sale_line.id]
        own = [move for move in moves if move.product_id == sale_line.product_id]
        if own:
            return sum(self._delivered[move.id] for move in own)
        uom = sale_line.product_uom_id
        delivered = uom._compute_quantity(
            sale_line.qty_delivered, sale_line.product_id.uom_id, round=False
        )
        if moves:
            lines = sale_line.return_line_ids.filtered(lambda line: line.quantity_reserved > 0)
            delivered += sum(lines.mapped("quantity_received"))
        return delivered

    def _get_move_left(self, move):
        return self._delivered.get(move.id, 0.0) - self._taken["origin_move_id"][move.id]

    def _get_invoice_line_left(self, invoice_line):
        quantity = invoice_line.product_uom_id._compute_quantity(
            invoice_line.quantity, invoice_line.product_id.uom_id, round=False
        )
        return quantity - self._taken["invoice_line_id"][invoice_line.id]

    def _cut(self, line, sale_line, quantity):
        """Cut a quantity of one order line where a delivered move or an invoiced line ends."""
        product = line.product_id
        no_move, no_invoice_line = line.origin_move_id.browse(), line.invoice_line_id.browse()
        moves = [
            [move, self._get_move_left(move)]
            for move in (line.origin_move_id or self._moves_of_line[sale_line.id])
            if move.product_id == product and self._is_positive(self._get_move_left(move), product)
        ]
        if line.origin_move_id:
            quantity = min(quantity, sum(left for _move, left in moves))
        invoice_lines = [
            [invoice_line, self._get_invoice_line_left(invoice_line)]
            for invoice_line in self._invoice_lines[sale_line.id]
        ]
        parts = []
        while self._is_positive(quantity, product):
            for queue in (moves, invoice_lines):
                while queue and not self._is_positive(queue[0][1], product):
                    queue.pop(0)
            piece = min([quantity] + [queue[0][1] for queue in (moves, invoice_lines) if queue])
            parts.append(
                Part(
                    piece,
                    sale_line,
                    moves[0][0].sudo(False) if moves else no_move,
                    invoice_lines[0][0].sudo(False) if invoice_lines else no_invoice_line,
                )
            )
            quantity -= piece
            for queue in (moves, invoice_lines):
                if queue:
                    queue[0][1] -= piece
        return parts

    @staticmethod
    def _is_positive(quantity, product):
        return float_compare(quantity, 0.0, precision_rounding=product.uom_id.rounding or 0.01) > 0
