from odoo import api, fields, models


class HellowordReturnReject(models.TransientModel):
    """Reject one or many returns, with the reason their customers are told."""

    _name = "helloword.return.reject"
    _description = "Reject Returns"

    return_ids = fields.Many2many("helloword.return", string="Returns", required=True)
    return_count = fields.Integer(compute="_compute_return_count")
    reason = fields.Text(
        required=True, help="The customer reads it in the mail and on the return's page."
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "return_ids" in fields and self.env.context.get("active_model") == "helloword.return":
            values["return_ids"] = [(6, 0, self.env.context.get("active_ids", []))]
        return values

    @api.depends("return_ids")
    def _compute_return_count(self):
        for wizard in self:
            wizard.return_count = len(wizard.return_ids)

    def action_reject(self):
        """Write the reason on the returns and reject them.

        :raise UserError: a return is not waiting for a decision
        """
        self.ensure_one()
        self.return_ids.rejection_reason = self.reason
        self.return_ids.action_reject()
        return {"type": "ir.actions.act_window_close"}
