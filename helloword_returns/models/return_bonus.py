from odoo import Command, api, fields, models


class HellowordReturn(models.Model):
    """A bonus on store credit: a line of its own on the credit note, so that the ledger shows it.

    It bears no tax: the credit is taxed when it is spent.
    """

    _inherit = "helloword.return"

    amount_bonus = fields.Monetary(
        string="Bonus",
        compute="_compute_amount_bonus",
        help="Added to the value of the goods when the customer takes store credit.",
    )

    @api.depends("decision", "credit_bonus_percent", "amount_total", "currency_id")
    def _compute_amount_bonus(self):
        for ret in self:
            ret.amount_bonus = ret._get_bonus(ret.amount_total)

    def _get_bonus(self, goods):
        """:return: the bonus on goods of this value, in the return's currency"""
        self.ensure_one()
        if self.decision != "store_credit" or not self.credit_bonus_percent:
            return 0.0
        return self.currency_id.round(goods * self.credit_bonus_percent / 100.0)

    def _prepare_bonus_lines(self, goods, amounts):
        """The bonus that belongs to all goods credited so far, less what was given already."""
        vals_list = super()._prepare_bonus_lines(goods, amounts)
        credited = self.line_ids.refund_line_ids.filtered(
            lambda line: line.return_role in (False, "goods") and line.parent_state != "cancel"
        )
        # What was given stands on the credit notes as a negative deduction.
        bonus = self._get_bonus(goods + sum(credited.mapped("price_total")))
        bonus += self._get_deducted("bonus")
        if self.currency_id.compare_amounts(bonus, 0.0) <= 0:
            return vals_list
        line = next(iter(amounts))
        product = self.company_id._get_return_product("bonus")
        vals_list.append(
            {
                "product_id": product.id,
                "name": product.display_name or dict(self._get_role_names())["bonus"],
                "quantity": 1.0,
                "price_unit": bonus,
                "discount": 0.0,
                "tax_ids": [Command.clear()],
                "account_id": self._get_deduction_account(product, line.invoice_line_id).id,
                "analytic_distribution": line.invoice_line_id.analytic_distribution,
                "return_line_id": line.id,
                "return_role": "bonus",
            }
        )
        return vals_list
