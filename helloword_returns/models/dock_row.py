"""What the dock's screen shows of single records, and the way to it from a warehouse."""

from odoo import models


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    def action_open_return_dock(self):
        """Open the dock of this warehouse."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_dock_action"
        )
        return action | {"context": {"dock_warehouse_id": self.id}}


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def _prepare_dock_line(self):
        """:return: dict of what the screen shows of this line; quantities in the product's unit"""
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name or self.product_id.display_name,
            "quantity": self.quantity,
            "received": self.quantity_received,
            "pending": self._get_pending_quantity(),
            "to_inspect": self.quantity_to_inspect,
            "is_unexpected": self.is_unexpected,
            "is_kit": bool(self.component_quantities),
            "reason": self.reason_id.name or "",
            "comment": self.comment or "",
            "lots": self._prepare_dock_lots(),
        }

    def _prepare_dock_lots(self):
        """:return: list of dicts of the lots that are awaited or wait for inspection"""
        if self.product_id.tracking == "none":
            return []
        lots = {}
        for move in self.move_ids:
            if move.state not in ("done", "cancel") and move._is_return_receipt():
                for move_line in move.move_line_ids.filtered("lot_id"):
                    row = lots.setdefault(move_line.lot_id, {"pending": 0.0, "to_inspect": 0.0})
                    row["pending"] += move_line.quantity_product_uom
        for lot, quantity in self._get_uninspected_lots().items():
            if lot:
                row = lots.setdefault(lot.sudo(), {"pending": 0.0, "to_inspect": 0.0})
                row["to_inspect"] += quantity
        return [{"id": lot.id, "name": lot.name, **row} for lot, row in lots.items()]


class HellowordReturnInspection(models.Model):
    _inherit = "helloword.return.inspection"

    def _prepare_dock_result(self):
        """:return: dict of what the screen shows of this finished result"""
        self.ensure_one()
        labels = dict(self._fields["disposition"]._description_selection(self.env))
        return {
            "id": self.id,
            "line_id": self.return_line_id.id,
            "product": self.product_id.with_context(display_default_code=False).display_name,
            "quantity": self.quantity,
            "lot": self.lot_id.name or "",
            "grade": self.grade_id.name,
            "color": self.grade_id.color,
            "disposition": labels.get(self.disposition, ""),
            "license_plate": self.license_plate or "",
            "is_mine": self.user_id == self.env.user,
        }
