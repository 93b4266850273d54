from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

# Goods with these dispositions still lie with us and may be sent somewhere else later.
TEMPORARY_DISPOSITIONS = ("hold", "refurbish", "liquidate")


class HellowordReturnInspection(models.Model):
    """Putting inspected goods where they go, with ordinary stock documents, one transfer for each
    destination of a batch."""

    _inherit = "helloword.return.inspection"

    move_ids = fields.One2many("stock.move", "return_inspection_id", string="Stock Moves")
    picking_ids = fields.Many2many(
        "stock.picking", string="Transfers", compute="_compute_documents"
    )
    scrap_ids = fields.One2many("stock.scrap", "return_inspection_id", string="Scraps")
    repair_ids = fields.One2many("repair.order", "return_inspection_id", string="Repairs")
    location_id = fields.Many2one(
        "stock.location", string="Goods Are In", compute="_compute_documents"
    )
    is_processed = fields.Boolean(
        string="Put Away",
        compute="_compute_is_processed",
        store=True,
        help="The goods are where the disposition says.",
    )

    @api.depends("state", "move_ids.state")
    def _compute_is_processed(self):
        for inspection in self:
            moves = inspection.move_ids.filtered(lambda move: move.state != "cancel")
            inspection.is_processed = (
                inspection.state == "done"
                and bool(moves)
                and all(move.state == "done" for move in moves)
            )

    @api.depends("move_ids.state", "move_ids.picking_id")
    def _compute_documents(self):
        for inspection in self:
            moves = inspection.sudo().move_ids
            inspection.picking_ids = moves.picking_id
            inspection.location_id = inspection._get_current_moves().location_dest_id[:1]

    # -------------------------------------------------------------------------
    # Where the goods are
    # -------------------------------------------------------------------------

    def _get_current_moves(self):
        """The done moves that brought the goods where they are now.

        :return: moves of the last disposition, else of the arrival; empty when nothing came
        """
        self.ensure_one()
        own = self.sudo().move_ids.filtered(
            lambda move: move.state == "done" and move.product_id == self.product_id
        )
        if own and self.state == "done":
            return own.sorted("id")[-1:]
        arrived = self.return_line_id._get_arrival_moves()
        return arrived.filtered(lambda move: move.location_dest_id == arrived[-1:].location_dest_id)

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_process_dispositions(self):
        """Finish the transfers that are still open; deliveries to vendors are shipped by hand."""
        self.check_access("write")
        transfers = self.sudo().move_ids.picking_id.filtered(
            lambda picking: (
                picking.state not in ("done", "cancel")
                and picking.picking_type_id.code == "internal"
            )
        )
        transfers._return_transfer_all()
        return True

    def action_redispose(self, disposition):
        """Send goods that were kept somewhere else.

        :param str disposition: the new one
        :raise UserError: the goods are not with us any more
        """
        for inspection in self:
            if (
                inspection.state != "done"
                or not inspection.is_processed
                or inspection.disposition not in TEMPORARY_DISPOSITIONS
            ):
                raise UserError(
                    self.env._(
                        "Only goods that are put away on hold, to refurbish or to liquidate can "
                        "be sent elsewhere; %s is not.",
                        inspection.display_name,
                    )
                )
        self._check_no_open_repair()
        self.with_context(redispose=True).write(
            {"disposition": disposition, "disposition_rule_id": False}
        )
        self._create_disposition_documents()
        return True

    def action_release_restock(self):
        return self.action_redispose("restock")

    def action_release_destroy(self):
        return self.action_redispose("destroy")

    def action_cancel(self):
        """Undo: bring the goods back to where they were inspected.

        :raise UserError: they cannot be brought back
        """
        done = self.filtered(lambda inspection: inspection.state == "done")
        done._check_can_undo()
        done.sudo().repair_ids.filtered(
            lambda repair: repair.state != "done"
        ).action_repair_cancel()
        done._reverse_moves()
        self.filtered(lambda inspection: inspection.state != "cancelled").write(
            {"state": "cancelled"}
        )
        return True

    def _check_no_open_repair(self):
        for repair in self.sudo().repair_ids:
            if repair.state == "under_repair":
                raise UserError(
                    self.env._("Repair %s is under way. Finish or cancel it first.", repair.name)
                )

    def _check_can_undo(self):
        self._check_no_open_repair()
        for inspection in self.sudo():
            if any(
                move.state == "done" and move.location_dest_id.usage == "supplier"
                for move in inspection.move_ids
            ):
                raise UserError(
                    self.env._(
                        "%s has been shipped to the vendor. Return that delivery first.",
                        inspection.display_name,
                    )
                )

    # -------------------------------------------------------------------------
    # Undoing
    # -------------------------------------------------------------------------

    def _reverse_moves(self):
        """Cancel what is pending, bring back what was moved: the last step of each first, as the
        goods of one lie where another's were before they went on."""
        moves = self.sudo().move_ids
        moves.filtered(lambda move: move.state not in ("done", "cancel"))._action_cancel()
        transfers = defaultdict(list)
        for inspection in self.sudo():
            steps = {}
            for move in inspection.move_ids.sorted("id", reverse=True):
                if move.state == "done":
                    step = steps.setdefault(move.picking_id or move, len(steps))
                    vals = inspection._prepare_reverse_vals(move)
                    transfers[(step, *inspection._get_transfer_key(vals))].append(vals)
        if not transfers:
            return
        pickings = (
            self.env["stock.picking"]
            .sudo()
            .create(
                [
                    {
                        "picking_type_id": type_id,
                        "location_id": source_id,
                        "location_dest_id": target_id,
                        "origin": self._get_origin(vals_list),
                        "move_ids": [fields.Command.create(vals) for vals in vals_list],
                    }
                    for (_step, type_id, source_id, target_id, *_rest), vals_list in sorted(
                        transfers.items(), key=lambda item: item[0][0]
                    )
                ]
            )
        )
        for picking in pickings:
            picking.move_ids._action_confirm(merge=False)
            picking.move_ids._reserve_inspected_goods()
            picking._return_transfer_all()

    def _prepare_reverse_vals(self, move):
        return {
            **self._prepare_move_vals(
                move.product_id, move.product_qty, move.location_dest_id, move
            ),
            "picking_type_id": self._get_warehouse().return_internal_type_id.id,
            "location_dest_id": move.location_id.id,
            "origin_returned_move_id": move.id,
        }


class HellowordReturn(models.Model):
    """Putting away everything that was inspected."""

    _inherit = "helloword.return"

    def action_process_dispositions(self):
        """Finish the open transfers of all inspected goods."""
        return self.inspection_ids.action_process_dispositions()


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def _get_arrival_moves(self, product=None):
        """Done moves that brought this line's goods to inspection, oldest first.

        With two steps the goods are there after the second; what an undone inspection brought
        back counts.

        :param product: a component of a kit, else the line's own product
        """
        self.ensure_one()
        products = product or self.product_id
        if not product and self.component_quantities:
            products = products.browse(map(int, self.component_quantities))
        return (
            self.sudo()
            .move_ids.filtered(
                lambda move: (
                    move.state == "done"
                    and move.product_id in products
                    and move.location_dest_id.usage in ("internal", "transit")
                    and (not move.return_inspection_id or move.origin_returned_move_id)
                    and not move._is_waiting_for_inspection_transfer()
                )
            )
            .sorted("id")
        )
