from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

# Batches whose goods have not all left the hub.
OPEN_CONSOLIDATION_STATES = ("draft", "ready")


class StockWarehouse(models.Model):
    """A hub collects a country's returns and sends them home, or has them disposed of, together."""

    _inherit = "stock.warehouse"

    return_partner_id = fields.Many2one(
        "res.partner",
        string="Return Address",
        check_company=True,
        help="Where customers send parcels. Empty: the warehouse's own address.",
    )
    is_return_hub = fields.Boolean(
        string="Returns Hub",
        help="Collects returned goods, to be sent home or disposed of together.",
    )
    return_home_warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Home Warehouse",
        check_company=True,
        domain="[('id', '!=', id)]",
        help="Where the hub's goods go.",
    )
    return_hub_kind = fields.Selection(
        [("home", "Send home"), ("disposal", "Dispose of")],
        string="What Happens to the Goods",
        default="home",
        help="What batches are planned for; a batch can be changed before it is ready.",
    )
    return_hub_days = fields.Integer(
        string="Every (days)",
        default=14,
        help="A batch is planned so many days after the last one. Zero: not by time.",
    )
    return_hub_value = fields.Monetary(
        string="From Value",
        currency_field="return_hub_currency_id",
        help="A batch is planned when goods worth so much wait. Zero: not by value.",
    )
    return_hub_weight = fields.Float(
        string="From Weight (kg)",
        help="A batch is planned when so many kilograms wait. Zero: not by weight.",
    )
    return_hub_pallets = fields.Integer(
        string="From Pallets",
        help="A batch is planned when so many pallets are full. Zero: not by pallets.",
    )
    return_hub_pallet_units = fields.Integer(string="Units on a Pallet", default=100)
    return_hub_currency_id = fields.Many2one(related="company_id.currency_id")
    return_consolidation_count = fields.Integer(compute="_compute_return_consolidation_count")

    _return_hub_rule_positive = models.Constraint(
        "CHECK(COALESCE(return_hub_days, 0) >= 0 AND COALESCE(return_hub_value, 0) >= 0 "
        "AND COALESCE(return_hub_weight, 0) >= 0 AND COALESCE(return_hub_pallets, 0) >= 0 "
        "AND (COALESCE(return_hub_pallets, 0) = 0 OR return_hub_pallet_units > 0))",
        "The figures of a hub cannot be negative, and a pallet holds at least one unit.",
    )

    def _compute_return_consolidation_count(self):
        counts = dict(
            self.env["helloword.return.consolidation"]._read_group(
                [("warehouse_id", "in", self.ids)], ["warehouse_id"], ["__count"]
            )
        )
        for warehouse in self:
            warehouse.return_consolidation_count = counts.get(warehouse, 0)

    @api.constrains("is_return_hub", "return_home_warehouse_id", "return_hub_kind")
    def _check_return_hub(self):
        for warehouse in self.filtered("is_return_hub"):
            home = warehouse.return_home_warehouse_id
            if home == warehouse:
                raise ValidationError(
                    self.env._("%s cannot be its own home warehouse.", warehouse.name)
                )
            if warehouse.return_hub_kind == "home" and not home:
                raise ValidationError(
                    self.env._(
                        "Choose the home warehouse of hub %s, or have its goods disposed of.",
                        warehouse.name,
                    )
                )

    def _get_return_partner(self):
        """:return: the address returned goods lie at; it decides which border they cross"""
        self.ensure_one()
        return self.return_partner_id or self.partner_id

    # -------------------------------------------------------------------------
    # What waits
    # -------------------------------------------------------------------------

    def _get_return_waiting_locations(self):
        """Where returned goods wait: to be inspected, on hold, or to be liquidated.

        Goods in the returns input are still on their way to inspection, restocked ones are no
        returns any more, those to refurbish have their repair.
        """
        return (
            self.return_inspection_location_id
            | self.return_hold_location_id
            | self.return_liquidation_location_id
        )

    def _get_return_goods_waiting(self):
        """Returned goods at these hubs that no open batch holds, with a fixed number of queries.

        Read from the moves of each return, so that what came back and went again cancels out; and
        only for products that lie there now, so that a hub's past costs nothing.

        :return: dict warehouse → list of values of ``helloword.return.consolidation.line``
        """
        waiting = {warehouse: [] for warehouse in self}
        for (
            line,
            inspection,
            product,
            lot,
            location,
        ), quantity in self._get_return_goods_by_line().items():
            if product.uom_id.compare(quantity, 0.0) <= 0:
                continue
            warehouse = self._get_warehouse_of_returns_location(location)
            waiting[warehouse].append(
                {
                    "return_line_id": line.id,
                    "inspection_id": inspection.id,
                    "product_id": product.id,
                    "lot_id": lot.id,
                    "location_id": location.id,
                    "quantity": quantity,
                }
            )
        return waiting

    def _get_warehouse_of_returns_location(self, location):
        """:return: the one of these warehouses whose returns location this is, or empty"""
        return self.filtered(
            lambda warehouse: warehouse.return_view_location_id == location.location_id
        )[:1]

    def _get_return_goods_by_line(self):
        """:return: dict (return line, inspection, product, lot, location) → quantity free"""
        locations = self.sudo()._get_return_waiting_locations()
        uninspected = self.sudo().return_inspection_location_id
        products = (
            self.env["stock.quant"]
            .sudo()
            ._read_group(
                [("location_id", "in", locations.ids), ("quantity", ">", 0)], ["product_id"]
            )
        )
        domain = Domain(
            [
                ("state", "=", "done"),
                ("product_id", "in", [product.id for (product,) in products]),
                ("move_id.return_line_id", "!=", False),
            ]
        ) & (
            Domain("location_id", "in", locations.ids)
            | Domain("location_dest_id", "in", locations.ids)
        )
        goods = defaultdict(float)
        rows = (
            self.env["stock.move.line"]
            .sudo()
            ._read_group(
                domain,
                ["move_id", "location_id", "location_dest_id", "lot_id"],
                ["quantity_product_uom:sum"],
            )
        )
        for move, source, destination, lot, quantity in rows:
            inspection = (
                move.return_inspection_id or move.return_consolidation_line_id.inspection_id
            )
            for location, sign in ((destination, 1), (source, -1)):
                if location not in locations:
                    continue
                # What waits for inspection has no result yet, whichever result took it away.
                result = inspection.browse() if location in uninspected else inspection
                goods[move.return_line_id, result, move.product_id, lot, location] += (
                    sign * quantity
                )
        self._subtract_planned(goods)
        return goods

    def _subtract_planned(self, goods):
        """Take out what open batches hold and have not moved yet."""
        lines = (
            self.env["helloword.return.consolidation.line"]
            .sudo()
            .search(
                [
                    ("warehouse_id", "in", self.ids),
                    ("state", "in", OPEN_CONSOLIDATION_STATES),
                ]
            )
        )
        for line in lines:
            key = (
                line.return_line_id,
                line.inspection_id,
                line.product_id,
                line.lot_id,
                line.location_id,
            )
            if key in goods:
                goods[key] -= line.quantity - line.quantity_shipped

    # -------------------------------------------------------------------------
    # Planning
    # -------------------------------------------------------------------------

    def action_plan_return_consolidation(self):
        """Plan what waits now, whatever the rule says.

        :return: an action with the batches
        :raise UserError: nothing waits, or this is no hub
        """
        for warehouse in self:
            if not warehouse.is_return_hub:
                raise UserError(
                    self.env._(
                        "%s is no returns hub. Mark it as one on the warehouse first.",
                        warehouse.name,
                    )
                )
        batches = self._plan_return_consolidations()
        if not batches:
            raise UserError(
                self.env._(
                    "Nothing waits in %s that is not planned already. Goods are planned once they "
                    "lie in its inspection, hold or liquidation location.",
                    ", ".join(self.mapped("name")),
                )
            )
        return batches._get_records_action(name=self.env._("Consolidations"))

    def _plan_return_consolidations(self, only_due=False):
        """Put what waits into each hub's open draft, or into a new one. Safe to repeat.

        :param bool only_due: begin a new batch only where the hub's rule wants one
        :return: the ``helloword.return.consolidation`` records that got goods
        """
        Batch = self.env["helloword.return.consolidation"]
        Batch.check_access("create")
        Line = self.env["helloword.return.consolidation.line"]
        drafts = {
            batch.warehouse_id: batch
            for batch in Batch.search([("warehouse_id", "in", self.ids), ("state", "=", "draft")])
        }
        last_dates = dict(
            Batch._read_group(
                [("warehouse_id", "in", self.ids), ("state", "!=", "cancelled")],
                ["warehouse_id"],
                ["planned_date:max"],
            )
        )
        today = fields.Date.context_today(self)
        new_vals, goods = [], []
        for warehouse, vals_list in self._get_return_goods_waiting().items():
            if not vals_list:
                continue
            batch = drafts.get(warehouse)
            if not batch:
                last = last_dates.get(warehouse)
                if only_due and not warehouse._is_consolidation_due(vals_list, last, today):
                    continue
                new_vals.append(warehouse._prepare_consolidation_vals(last, today))
            goods.append((warehouse, vals_list))
        for batch in Batch.create(new_vals):
            drafts[batch.warehouse_id] = batch
        Line.create(
            [
                vals | {"consolidation_id": drafts[warehouse].id}
                for warehouse, vals_list in goods
                for vals in vals_list
            ]
        )
        return Batch.browse(drafts[warehouse].id for warehouse, _vals_list in goods)

    def _prepare_consolidation_vals(self, last_date, today):
        self.ensure_one()
        planned = today
        if last_date and self.return_hub_days:
            planned = max(today, last_date + timedelta(days=self.return_hub_days))
        return {
            "warehouse_id": self.id,
            "kind": self.return_hub_kind,
            "planned_date": planned,
        }

    def _is_consolidation_due(self, vals_list, last_date, today):
        """Whether the hub's rule wants a batch of these goods.

        :param list vals_list: of :meth:`_get_return_goods_waiting`
        :param date last_date: of the last batch, or False
        """
        self.ensure_one()
        if self.return_hub_days and (
            not last_date or last_date + timedelta(days=self.return_hub_days) <= today
        ):
            return True
        Line = self.env["helloword.return.consolidation.line"]
        lines = Line.concat(
            *(Line.new(vals | {"company_id": self.company_id.id}) for vals in vals_list)
        )
        units = sum(vals["quantity"] for vals in vals_list)
        return bool(
            (
                self.return_hub_value
                and self.return_hub_currency_id.compare_amounts(
                    sum(lines.mapped("value")), self.return_hub_value
                )
                >= 0
            )
            or (self.return_hub_weight and sum(lines.mapped("weight")) >= self.return_hub_weight)
            or (
                self.return_hub_pallets
                and units >= self.return_hub_pallets * self.return_hub_pallet_units
            )
        )

    @api.model
    def _cron_plan_return_consolidations(self):
        """Daily: plan batches where the hub's rule wants one."""
        self.search([("is_return_hub", "=", True)])._plan_return_consolidations(only_due=True)

    def action_view_return_consolidations(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_return_consolidation_action"
        )
        action["domain"] = [("warehouse_id", "=", self.id)]
        action["context"] = {"default_warehouse_id": self.id}
        return action


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    def _get_return_address(self):
        """A hub may have parcels sent to an address of its own."""
        warehouse = self._get_label_warehouse()
        return warehouse.sudo().return_partner_id or super()._get_return_address()
