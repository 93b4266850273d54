from odoo import api, fields, models


class HellowordReturnCostMatch(models.TransientModel):
    """Which lines of a bill bill these costs."""

    _name = "helloword.return.cost.match"
    _description = "Match Return Costs with a Bill"

    cost_ids = fields.Many2many("helloword.return.cost", string="Costs", required=True)
    company_id = fields.Many2one("res.company", compute="_compute_accounts")
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    account_id = fields.Many2one("account.account", compute="_compute_accounts")
    bill_line_ids = fields.Many2many(
        "account.move.line",
        string="Bill Lines",
        domain="[('account_id', '=', account_id), ('company_id', '=', company_id), "
        "('parent_state', '=', 'posted'), ('reconciled', '=', False), "
        "('move_id.move_type', '!=', 'entry')]",
    )
    amount_accrued = fields.Monetary(
        currency_field="company_currency_id", compute="_compute_amounts", string="Accrued"
    )
    amount_billed = fields.Monetary(
        currency_field="company_currency_id", compute="_compute_amounts", string="Billed"
    )
    amount_difference = fields.Monetary(
        currency_field="company_currency_id",
        compute="_compute_amounts",
        string="Difference",
        help="Goes to the accounts of the costs.",
    )

    @api.depends("cost_ids")
    def _compute_accounts(self):
        for wizard in self:
            wizard.company_id = wizard.cost_ids.company_id[:1]
            wizard.account_id = wizard.cost_ids.accrual_line_id.account_id[:1]

    @api.depends("cost_ids", "bill_line_ids")
    def _compute_amounts(self):
        for wizard in self:
            wizard.amount_accrued = -sum(wizard.cost_ids.accrual_line_id.mapped("amount_residual"))
            wizard.amount_billed = sum(wizard.bill_line_ids.mapped("amount_residual"))
            wizard.amount_difference = wizard.amount_billed - wizard.amount_accrued

    def action_match(self):
        """Reconcile; needs the rights of an accountant."""
        self.ensure_one()
        self.cost_ids._match_bill_lines(self.bill_line_ids)
        return {"type": "ir.actions.act_window_close"}
