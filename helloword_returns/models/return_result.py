from odoo import api, fields, models

from .account_move_line import DEDUCTION_ROLES


class HellowordReturn(models.Model):
    """What a return cost and brought back, in company currency."""

    _inherit = "helloword.return"

    cost_ids = fields.One2many("helloword.return.cost", "return_id", string="Costs")
    cost_count = fields.Integer(compute="_compute_cost_count")
    amount_cost = fields.Monetary(
        string="Costs Total",
        currency_field="company_currency_id",
        compute="_compute_amount_cost",
        store=True,
        help="Labels, freight, handling, write-downs and other costs.",
    )
    amount_recovered = fields.Monetary(
        string="Recovered",
        currency_field="company_currency_id",
        compute="_compute_amount_result",
        store=True,
        help="Fees and labels kept, other income, and the cost of the goods that came back.",
    )
    amount_result = fields.Monetary(
        string="Result",
        currency_field="company_currency_id",
        compute="_compute_amount_result",
        store=True,
        help="Recovered, less costs, less the revenue given back (without taxes).",
    )

    def _compute_cost_count(self):
        counts = dict(
            self.env["helloword.return.cost"]._read_group(
                [("return_id", "in", self.ids)], ["return_id"], ["__count"]
            )
        )
        for ret in self:
            ret.cost_count = counts.get(ret._origin, 0)

    @api.depends("cost_ids.amount_signed", "cost_ids.direction")
    def _compute_amount_cost(self):
        for ret in self.sudo():
            costs = ret.cost_ids.filtered(lambda cost: cost.direction == "cost")
            ret.amount_cost = -sum(costs.mapped("amount_signed"))

    @api.depends(
        "amount_cost",
        "cost_ids.amount_signed",
        "line_ids.quantity_received",
        "line_ids.refund_line_ids.balance",
        "line_ids.refund_line_ids.parent_state",
        "line_ids.refund_line_ids.return_role",
    )
    def _compute_amount_result(self):
        for ret in self.sudo():
            income = ret.cost_ids.filtered(lambda cost: cost.direction == "income")
            posted = ret.line_ids.refund_line_ids.filtered(
                lambda line: line.parent_state == "posted"
            )
            kept = posted.filtered(lambda line: line.return_role in DEDUCTION_ROLES)
            ret.amount_recovered = (
                sum(income.mapped("amount_signed"))
                - sum(kept.mapped("balance"))
                + ret._get_goods_value()
            )
            ret.amount_result = (
                ret.amount_recovered - ret.amount_cost - sum((posted - kept).mapped("balance"))
            )

    def _get_goods_value(self):
        """:return: cost of the goods that came back, in company currency"""
        self.ensure_one()
        return sum(
            line.quantity_received * line.product_id.with_company(self.company_id).standard_price
            for line in self.line_ids
            if line.quantity_received > 0
        )

    @api.depends("cost_ids.amount", "cost_ids.state", "cost_ids.currency_id", "label_share_percent")
    def _compute_amount_label(self):
        """The part of the label's cost that the plan deducts from the refund."""
        for ret in self:
            labels = ret.sudo().cost_ids.filtered(
                lambda cost: cost.kind == "label" and cost.state != "cancelled"
            )
            amount = sum(
                cost.currency_id._convert(cost.amount, ret.currency_id, ret.company_id, cost.date)
                for cost in labels
            )
            ret.amount_label = ret.currency_id.round(amount * ret._get_customer_label_share())

    def action_view_costs(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_return_cost_action"
        )
        action["domain"] = [("return_id", "=", self.id)]
        action["context"] = {"default_return_id": self.id}
        return action
