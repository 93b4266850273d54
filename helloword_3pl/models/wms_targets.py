from collections import defaultdict, namedtuple

from odoo import models
from odoo.tools import float_compare

# Which goods of which line, how they were found and where they went: what must agree between what
# a warehouse says and what is booked.
Result = namedtuple("Result", ["line", "product", "lot", "grade", "disposition"])

# What was done at the warehouse → where the goods are in our books.
DISPOSITIONS = {
    "restock": "restock",
    "relabel": "restock",
    "quarantine": "hold",
    "refurbish": "refurbish",
    "return_to_seller": "hold",
    "liquidate": "liquidate",
    "donate": "donate",
    "recycle": "destroy",
    "destroy": "destroy",
    "missing": "destroy",
}


class HellowordReturn(models.Model):
    """What should be booked of a return, by all that its warehouse said."""

    _inherit = "helloword.return"

    def _get_wms_targets(self, state, connection, products, lots, grades):
        """Results that should be booked, as quantities in the products' units.

        :param state: :class:`~odoo.addons.helloword_3pl.wms.state.ReturnState`
        :param connection: ``helloword.wms.connection``
        :param dict products: (connection, code) → product
        :param dict lots: (product, name) → ``stock.lot``
        :param dict grades: condition → grade
        :return: tuple: dict of :class:`Result` → quantity; list of tuples (code, product, expected,
            told) of what cannot be booked; dict of :class:`Result` → set of photos that show it
        """
        self.ensure_one()
        targets, problems, shown = defaultdict(float), [], defaultdict(set)
        room = {line: line.quantity for line in self.line_ids}
        for unit in state.units:
            product = products.get((connection, unit.goods.sku))
            grade = grades.get(unit.condition)
            if not grade:
                problems.append(("no_grade", product, 0, unit.quantity))
                continue
            line_product = product
            named = self._get_named_line(unit.goods)
            if not product or (grade.kind != "goods" and named):
                line_product = named.product_id
            product = product or line_product
            if not product or (
                grade.kind == "wrong"
                and self._is_wms_expected_product(named, line_product, product)
            ):
                # Other goods than asked back, and nobody said which.
                problems.append(("no_product", product, 0, unit.quantity))
                continue
            lot = lots.get((product, unit.goods.serial or unit.goods.lot))
            if product.tracking != "none" and not lot and grade.kind != "empty":
                problems.append(("no_lot", product, 0, unit.quantity))
                continue
            if grade.kind != "goods" and line_product.tracking != "none":
                # Which unit of the line did not come is not known: a person has to say.
                problems.append(("no_lot", line_product, 0, unit.quantity))
                continue
            found = product
            if unit.disposition == "relabel" and unit.to_sku:
                found = products.get((connection, unit.to_sku), product)
            disposition = DISPOSITIONS.get(unit.disposition, "hold")
            if grade.kind == "empty":
                disposition, found, lot = False, line_product, None
            for line, quantity in self._share_out(
                named, line_product, float(unit.quantity), room, lot
            ):
                key = Result(line, found, lot or self.env["stock.lot"], grade, disposition)
                targets[key] += quantity
                shown[key].update(unit.photos)
        return dict(targets), problems, shown

    def _is_wms_expected_product(self, named, line_product, product):
        """:return: whether a product is the one its line expects"""
        lines = named or self.line_ids.filtered(lambda line: line.product_id == line_product)
        return any(line.product_id == product and not line.is_unexpected for line in lines)

    def _get_named_line(self, goods):
        """:return: the line a warehouse names, by our reference or by its own"""
        lines = self.line_ids
        if goods.line_ref:
            return lines.filtered(lambda line: str(line.id) == goods.line_ref)
        ref = self._get_wms_line_refs().get(goods.external_line_ref)
        return lines.filtered(lambda line: str(line.id) == ref) if ref else lines.browse()

    def _get_wms_line_refs(self):
        """:return: dict of the warehouse's line references → ours. Hook."""
        return {}

    def _share_out(self, named, product, quantity, room, lot=None):
        """Which lines units belong to: the named one, else those of the product, each up to what
        it expects; what is over stays on the last of them. Units of a lot or with a serial number
        that was not delivered are none that somebody expects.

        :param dict room: line → how much it still expects; lowered here
        :param lot: ``stock.lot`` of the units, or None
        :return: list of tuples (line, quantity); a line that is empty: nobody expects these goods
        """
        lines = named or self.line_ids.filtered(
            lambda line: line.product_id == product and not line.is_unexpected
        )
        lines = lines.filtered(lambda line: line._may_bring_lot(lot))
        lines = lines or self.line_ids.filtered(
            lambda line: line.product_id == product and line.is_unexpected
        )
        if not lines:
            return [(lines, quantity)]
        shares = []
        for line in lines:
            share = min(quantity, max(room.get(line, 0.0), 0.0))
            if line._compare(share, 0.0) > 0:
                shares.append([line, share])
                room[line] -= share
                quantity -= share
        if float_compare(quantity, 0.0, precision_digits=6) > 0:
            if shares and shares[-1][0] == lines[-1]:
                shares[-1][1] += quantity
            else:
                shares.append([lines[-1], quantity])
        return [tuple(share) for share in shares]


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def _may_bring_lot(self, lot):
        """:param lot: ``stock.lot``, or None
        :return: whether the customer got units of it with what this line gives back
        """
        self.ensure_one()
        delivered = self.sudo().origin_move_id.lot_ids
        same_product = lot and delivered.filtered(lambda own: own.product_id == lot.product_id)
        return not same_product or lot in delivered
