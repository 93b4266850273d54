from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

# The word that has goods leave a hub together with others.
HOME = "return_to_seller"


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    def _subtract_planned(self, goods):
        """Goods that still wait for our word, or that are told to be treated at the hub, do not leave
        it; what is told to be sent home goes with the next batch."""
        super()._subtract_planned(goods)
        kept = (
            self.env["helloword.wms.question"]
            .sudo()
            .search(
                Domain("is_waiting", "=", True)
                & Domain("return_line_id", "in", [key[0].id for key in goods])
                & (Domain("answer_state", "!=", "told") | Domain("disposition", "!=", HOME))
            )
        )
        by_line = defaultdict(list)
        for key in goods:
            by_line[key[0]].append(key)
        for question in kept:
            left = question.quantity
            for key in by_line[question.return_line_id]:
                _line, _inspection, product, lot, _location = key
                if product != question.product_id or (
                    question.lot_name and lot.name != question.lot_name
                ):
                    continue
                share = min(left, max(goods[key], 0.0))
                goods[key] -= share
                left -= share


class HellowordWmsQuestion(models.Model):
    """Goods that are sent home from a hub go with its next consolidation."""

    _inherit = "helloword.wms.question"

    is_at_hub = fields.Boolean(compute="_compute_consolidation_id", compute_sudo=True)
    consolidation_id = fields.Many2one(
        "helloword.return.consolidation",
        string="Leaves With",
        compute="_compute_consolidation_id",
        compute_sudo=True,
        help="The hub's consolidation these goods are in.",
    )

    @api.depends("disposition", "state", "return_line_id")
    def _compute_consolidation_id(self):
        home = self.filtered(lambda question: question.disposition == HOME)
        lines = self.env["helloword.return.consolidation.line"].search(
            [
                ("return_line_id", "in", home.return_line_id.ids),
                ("consolidation_id.state", "!=", "cancelled"),
            ],
            order="id desc",
        )
        by_goods = {
            (line.return_line_id, line.product_id): line.consolidation_id
            for line in reversed(lines)
        }
        for question in self:
            question.is_at_hub = question.return_id.arrival_warehouse_id.is_return_hub
            question.consolidation_id = (
                by_goods.get((question.return_line_id, question.product_id))
                if question in home
                else False
            )

    def action_plan_consolidation(self):
        """Put what waits at these goods' hubs into the next consolidation, now.

        :return: an action with the batches
        :raise UserError: nothing waits there, or it is no hub
        """
        return self.return_id.arrival_warehouse_id.action_plan_return_consolidation()
