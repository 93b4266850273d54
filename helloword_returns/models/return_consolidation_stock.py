from odoo import api, fields, models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    _inherit = "stock.picking"

    return_consolidation_id = fields.Many2one(
        "helloword.return.consolidation",
        string="Consolidation",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )


class StockMove(models.Model):
    """Moves of consolidated goods keep their return's line, so that the goods are found at home."""

    _inherit = "stock.move"

    return_consolidation_line_id = fields.Many2one(
        "helloword.return.consolidation.line",
        string="Consolidated Goods",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )

    @api.model
    def _prepare_merge_moves_distinct_fields(self):
        return [*super()._prepare_merge_moves_distinct_fields(), "return_consolidation_line_id"]

    def _get_returned_lot(self):
        return self.return_consolidation_line_id.lot_id or super()._get_returned_lot()

    def _on_returned_goods_moved(self):
        result = super()._on_returned_goods_moved()
        batches = self.return_consolidation_line_id.consolidation_id
        if batches:
            batches.cost_ids._split_where_possible()
        return result


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def _get_arrival_moves(self, product=None):
        """Goods that went from a hub are where the last shipment brought them; what is left of a
        line at the hub stays there."""
        moves = super()._get_arrival_moves(product)
        if not moves.return_consolidation_line_id:
            return moves
        moves = moves.filtered(lambda move: not move.return_consolidation_line_id.inspection_id)
        left = {}
        for move in self.sudo().move_ids.filtered(
            lambda move: move.state == "done" and move.product_id in moves.product_id
        ):
            for location, sign in ((move.location_dest_id, 1), (move.location_id, -1)):
                left[location] = left.get(location, 0.0) + sign * move.product_qty
        present = moves.filtered(lambda move: self._compare(left[move.location_dest_id], 0.0) > 0)
        return present or moves


class HellowordReturnInspection(models.Model):
    """Inspecting and disposing of goods a shipment brought home, and not of those on the way."""

    _inherit = "helloword.return.inspection"

    consolidation_line_ids = fields.One2many(
        "helloword.return.consolidation.line", "inspection_id", string="Consolidations"
    )

    def _get_current_moves(self):
        moves = super()._get_current_moves()
        if self.state != "done":
            return moves
        shipped = self.sudo().consolidation_line_ids.move_ids.filtered(
            lambda move: move.state == "done" and move.product_id == self.product_id
        )
        return (moves | shipped).sorted("id")[-1:] if shipped else moves

    @api.depends("consolidation_line_ids.move_ids.state")
    def _compute_documents(self):
        return super()._compute_documents()

    @api.depends("return_line_id.move_ids.state", "consolidation_line_ids.move_ids.state")
    def _compute_warehouse_id(self):
        """The warehouse that received the parcel; after a shipment the one the goods are in."""
        super()._compute_warehouse_id()
        shipped = self.filtered(
            lambda inspection: (
                inspection.return_line_id.sudo().move_ids.return_consolidation_line_id
            )
        )
        places = {inspection: inspection._get_returns_location() for inspection in shipped}
        views = {place.location_id.id for place in places.values()}
        warehouses = (
            self.env["stock.warehouse"]
            .sudo()
            .search([("return_view_location_id", "in", list(views - {False}))])
        )
        by_view = {warehouse.return_view_location_id: warehouse for warehouse in warehouses}
        for inspection, place in places.items():
            if place.location_id in by_view:
                inspection.warehouse_id = by_view[place.location_id].sudo(False)

    def _get_returns_location(self):
        """:return: the returns location these goods were brought to last, or are inspected in"""
        self.ensure_one()
        shipped = self.sudo().consolidation_line_ids.move_ids.filtered(
            lambda move: move.state == "done"
        )
        own = self.sudo().move_ids.filtered(lambda move: move.state == "done")
        if shipped:
            return shipped.sorted("id")[-1:].location_dest_id
        if own:
            return own.sorted("id")[:1].location_id
        return self._get_current_moves().location_dest_id[:1]

    def _check_can_validate(self):
        super()._check_can_validate()
        self._check_not_on_the_way()

    def action_redispose(self, disposition):
        self._check_not_on_the_way()
        return super().action_redispose(disposition)

    def _check_not_on_the_way(self):
        """:raise UserError: goods travel between warehouses, or are about to"""
        for inspection in self:
            place = inspection._get_current_moves().location_dest_id[:1]
            ready = inspection.sudo().consolidation_line_ids.filtered(
                lambda line: line.state == "ready"
            )
            if place.usage == "transit" or ready:
                raise UserError(
                    self.env._(
                        "The goods of %s are part of a consolidation that has not arrived. Receive "
                        "it at home first, or cancel it.",
                        inspection.display_name,
                    )
                )

    def _check_can_undo(self):
        super()._check_can_undo()
        for inspection in self.sudo():
            lines = inspection.consolidation_line_ids.filtered(
                lambda line: line.state in ("ready", "shipped", "arrived")
            )
            if lines:
                raise UserError(
                    self.env._(
                        "%(result)s went on with %(batch)s and cannot be undone.",
                        result=inspection.display_name,
                        batch=lines[0].consolidation_id.name,
                    )
                )


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    consolidation_line_ids = fields.One2many("helloword.return.consolidation.line", "return_id")
    consolidation_count = fields.Integer(compute="_compute_consolidation_count")

    @api.depends("consolidation_line_ids")
    def _compute_consolidation_count(self):
        counts = dict(
            self.env["helloword.return.consolidation.line"]
            .sudo()
            ._read_group(
                [("return_id", "in", self.ids)],
                ["return_id"],
                ["consolidation_id:count_distinct"],
            )
        )
        for ret in self:
            ret.consolidation_count = counts.get(ret, 0)

    def action_view_consolidations(self):
        self.ensure_one()
        return self.consolidation_line_ids.consolidation_id._get_records_action(
            name=self.env._("Consolidations")
        )
