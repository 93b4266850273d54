from odoo import fields, models
from odoo.exceptions import UserError

from ..customs.papers import is_hs_code
from ..customs.territory import get_border


class HellowordReturnConsolidation(models.Model):
    """Carrying a batch out: two transfers by way of transit, or scraps with a certificate."""

    _inherit = "helloword.return.consolidation"

    # -------------------------------------------------------------------------
    # Getting ready
    # -------------------------------------------------------------------------

    def action_confirm(self):
        """Plan firmly: reserve the goods, and make the transfers of those that go home. Batch.

        :raise UserError: no goods, no home, customs data missing, or goods are not there any more
        """
        self.check_access("write")
        for batch in self:
            batch._check_can_confirm()
        self._check_goods_are_free()
        batches = self.filtered(lambda batch: batch.kind == "home").sudo()
        pickings = batches._create_pickings()
        leaving = pickings.filtered(lambda picking: picking.location_dest_id.usage == "transit")
        pickings.move_ids._action_confirm(merge=False)
        leaving.move_ids._reserve_inspected_goods()
        self.write({"is_confirmed": True})
        return True

    def _check_goods_are_free(self):
        """:raise UserError: goods of these batches are elsewhere by now, or inspected"""
        goods = self.warehouse_id._get_return_goods_by_line()
        for line in self.line_ids:
            key = (
                line.return_line_id,
                line.inspection_id,
                line.product_id,
                line.lot_id,
                line.location_id,
            )
            # What is free was reduced by all open batches, these among them.
            if line.uom_id.compare(goods.get(key, -line.quantity), 0.0) < 0:
                raise UserError(
                    self.env._(
                        "%(quantity)g of “%(product)s” of return %(name)s are not in %(location)s "
                        "any more, or another batch holds them. Remove the line, and add what "
                        "waits again.",
                        quantity=line.quantity,
                        product=line.product_id.display_name,
                        name=line.return_id.name,
                        location=line.location_id.display_name,
                    )
                )

    def _check_can_confirm(self):
        self.ensure_one()
        if self.state != "draft":
            raise UserError(self.env._("%s is no draft any more.", self.name))
        if not self.line_ids:
            raise UserError(self.env._("Add the goods of %s first.", self.name))
        if self.kind == "disposal":
            return
        if not self.home_warehouse_id:
            raise UserError(self.env._("Choose the home warehouse of %s.", self.name))
        (self.warehouse_id | self.home_warehouse_id)._check_returns_setup()
        gaps = self._get_customs_gaps()
        if gaps:
            raise UserError(
                self.env._(
                    "%(name)s crosses a border, and customs data is missing:\n%(gaps)s\nEnter it "
                    "on the lines or on the products.",
                    name=self.name,
                    gaps="\n".join(gaps),
                )
            )

    def _get_customs_gaps(self):
        """What customs will ask for and nobody has entered; nothing where no border lies between.

        :return: list of texts
        """
        self.ensure_one()
        start, end = self.warehouse_id._get_return_partner(), self.home_warehouse_id.partner_id
        if not get_border(start._get_customs_place(), end._get_customs_place()):
            return []
        gaps = []
        for line in self.line_ids:
            missing = [
                label
                for is_missing, label in (
                    (not line.description, self.env._("description")),
                    (not is_hs_code(line.hs_code), self.env._("HS code")),
                    (not line.origin_country_id, self.env._("country of origin")),
                    (line.unit_weight <= 0, self.env._("weight")),
                    (line.unit_value <= 0, self.env._("value")),
                )
                if is_missing
            ]
            if missing:
                gaps.append(f"{line.return_id.name}, {line.product_id.name}: {', '.join(missing)}")
        return gaps

    def _create_pickings(self):
        """One transfer out of each hub into transit, and one from there home.

        :return: ``stock.picking`` records, drafts
        """
        companies = self.company_id.sudo()
        companies.internal_transit_location_id.filtered(
            lambda location: not location.active
        ).active = True
        Picking = self.env["stock.picking"]
        leaving = Picking.create([batch._prepare_leaving_vals() for batch in self])
        coming = []
        for batch, picking in zip(self, leaving, strict=True):
            origins = {move.return_consolidation_line_id: move for move in picking.move_ids}
            coming.append(batch._prepare_coming_vals(origins))
        return leaving | Picking.create(coming)

    def _prepare_leaving_vals(self):
        self.ensure_one()
        transit = self.company_id.internal_transit_location_id
        sources = self.line_ids.location_id
        source = sources if len(sources) == 1 else self.warehouse_id.return_view_location_id
        return self._prepare_picking_vals(self.warehouse_id, source, transit) | {
            "move_ids": [
                fields.Command.create(line._prepare_move_vals(line.location_id, transit))
                for line in self.line_ids
            ]
        }

    def _prepare_coming_vals(self, origins):
        """:param dict origins: line → the move that brings its goods into transit"""
        self.ensure_one()
        transit, home = self.company_id.internal_transit_location_id, self.home_warehouse_id
        goals = {line: line._get_home_location() for line in self.line_ids}
        goal = home.return_view_location_id
        if len(set(goals.values())) == 1:
            goal = next(iter(goals.values()))
        return self._prepare_picking_vals(home, transit, goal) | {
            "move_ids": [
                fields.Command.create(
                    line._prepare_move_vals(transit, goals[line])
                    | {"move_orig_ids": [fields.Command.link(origins[line].id)]}
                )
                for line in self.line_ids
            ]
        }

    def _prepare_picking_vals(self, warehouse, source, destination):
        return {
            "picking_type_id": warehouse.return_internal_type_id.id,
            "company_id": self.company_id.id,
            "location_id": source.id,
            "location_dest_id": destination.id,
            "partner_id": self.carrier_partner_id.id,
            "origin": self.name,
            "scheduled_date": self.planned_date,
            "return_consolidation_id": self.id,
            "user_id": False,
        }

    # -------------------------------------------------------------------------
    # Disposal
    # -------------------------------------------------------------------------

    def action_dispose(self):
        """Write the goods off: needs the disposal firm's certificate. Batch.

        Goods nobody inspected get a result with the batch's grade, so that their returns go on.

        :raise UserError: no certificate, no grade, or the goods are not there any more
        """
        self.check_access("write")
        for batch in self:
            if batch.kind != "disposal" or batch.state != "ready":
                raise UserError(
                    self.env._("%s is no batch that is ready to be disposed of.", batch.name)
                )
            if not batch.certificate_ids:
                raise UserError(
                    self.env._(
                        "Upload the disposal certificate of %s first: without it the goods do not "
                        "count as disposed of.",
                        batch.name,
                    )
                )
            if not batch.disposal_grade_id and batch.line_ids.filtered(
                lambda line: not line.inspection_id
            ):
                raise UserError(
                    self.env._("Choose the grade of the uninspected goods of %s.", batch.name)
                )
            for line in batch.line_ids:
                result = line.inspection_id
                if result and line.uom_id.compare(line.quantity, result.quantity):
                    raise UserError(
                        self.env._(
                            "Only a part of %s is in the batch: results are disposed of as a "
                            "whole. Correct the quantity.",
                            result.display_name,
                        )
                    )
        self._check_goods_are_free()
        self.write({"disposed_date": fields.Date.context_today(self)})
        lines = self.sudo().line_ids
        lines.inspection_id.action_redispose("destroy")
        lines._inspect_to_destroy()
        self.cost_ids._split_where_possible()
        return True

    # -------------------------------------------------------------------------
    # Cancelling
    # -------------------------------------------------------------------------

    def action_cancel(self):
        """Give up batches that have not left; their goods wait again, their costs are taken back.

        :raise UserError: goods have left the hub or are disposed of
        """
        self.check_access("write")
        for batch in self:
            if batch.disposed_date or any(
                picking.state == "done" for picking in batch.sudo().picking_ids
            ):
                raise UserError(
                    self.env._(
                        "Goods of %s have left the hub. Bring them back with the Return button of "
                        "the transfer, or receive them at home.",
                        batch.name,
                    )
                )
        self.sudo().picking_ids.filtered(lambda picking: picking.state != "cancel").action_cancel()
        self.cost_ids.action_cancel()
        self.write({"is_cancelled": True})
        return True


class HellowordReturnConsolidationLine(models.Model):
    _inherit = "helloword.return.consolidation.line"

    def _prepare_move_vals(self, source, destination):
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self.quantity,
            "product_uom": self.uom_id.id,
            "company_id": self.company_id.id,
            "location_id": source.id,
            "location_dest_id": destination.id,
            "origin": self.return_id.name,
            "procure_method": "make_to_stock",
            "return_line_id": self.return_line_id.id,
            "return_consolidation_line_id": self.id,
            "to_refund": False,
        }

    def _inspect_to_destroy(self):
        """Results for what nobody inspected; a kit's components share one."""
        vals, owners = [], []
        uninspected = self.filtered(lambda line: not line.inspection_id)
        for (return_line, lot), lines in uninspected.grouped(
            lambda line: (
                line.return_line_id,
                line.lot_id if line.product_id == line.return_line_id.product_id else False,
            )
        ).items():
            product = lines[0].product_id
            per_unit = (return_line.component_quantities or {}).get(str(product.id), 1.0)
            # A component may lie there in several lots.
            pieces = sum(line.quantity for line in lines if line.product_id == product)
            vals.append(
                {
                    "return_line_id": return_line.id,
                    "grade_id": lines.consolidation_id.disposal_grade_id[:1].id,
                    "quantity": pieces / per_unit,
                    "lot_id": lot.id if lot else False,
                    "disposition": "destroy",
                    "note": ", ".join(lines.consolidation_id.mapped("name")),
                }
            )
            owners.append(lines)
        inspections = self.env["helloword.return.inspection"].create(vals)
        inspections.action_validate()
        for lines, inspection in zip(owners, inspections, strict=True):
            lines.inspection_id = inspection
