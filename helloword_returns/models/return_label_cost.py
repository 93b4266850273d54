from odoo import fields, models


class HellowordReturnLabel(models.Model):
    """What a label costs the return: accrued when it is charged, taken back with the label."""

    _inherit = "helloword.return.label"

    def _accrue_costs(self):
        """Accrue the costs of labels that have been charged. Batch, safe to repeat."""
        due = self.filtered(
            lambda label: (
                label.currency_id
                and not label.currency_id.is_zero(label.cost)
                and not label.cost_id
                and label.void_state not in ("voided", "not_applicable")
            )
        )
        costs = self.env["helloword.return.cost"]._accrue(
            [
                {
                    "return_id": label.return_id.id,
                    "kind": "label",
                    "reference": label.tracking_number or label.name,
                    "amount": label.cost,
                    "currency_id": label.currency_id.id,
                    "partner_id": label.account_id.partner_id.id,
                    "date": fields.Date.context_today(label),
                }
                for label in due
            ]
        )
        for label, cost in zip(due, costs, strict=True):
            label.cost_id = cost

    def _release_costs(self):
        """Take accruals of labels that were given back off the books; what was billed stays, and
        the carrier's credit is matched with it."""
        self.cost_id.filtered(lambda cost: cost.state in ("draft", "accrued")).action_cancel()
