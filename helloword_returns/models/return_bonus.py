from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from .batch_savepoint import batch_savepoint


class HellowordReturn(models.Model):
    """A bonus on store credit or an exchange: a line of its own on a credit note, so that the
    ledger shows it.

    It bears no tax: the credit is taxed when it is spent.
    """

    _inherit = "helloword.return"

    amount_bonus = fields.Monetary(
        string="Bonus",
        compute="_compute_amount_bonus",
        help="Given on top when the customer takes store credit or an exchange instead of money.",
    )

    @api.depends(
        "decision",
        "line_ids.decision",
        "credit_bonus_percent",
        "exchange_bonus_percent",
        "amount_total",
        "currency_id",
    )
    def _compute_amount_bonus(self):
        for ret in self:
            ret.amount_bonus = ret._get_bonus(ret._get_bonus_base())

    def _get_bonus_base(self):
        """:return: value of the lines a bonus is given on, in the return's currency"""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line._get_decision() == self.decision)
        return sum(lines.mapped("price_total"))

    def _get_bonus(self, goods):
        """:return: the bonus on goods of this value, in the return's currency"""
        self.ensure_one()
        percent = {
            "store_credit": self.credit_bonus_percent,
            "exchange": self.exchange_bonus_percent,
        }.get(self.decision, 0.0)
        return self.currency_id.round(goods * percent / 100.0)

    def _prepare_bonus_lines(self, goods, amounts):
        """The bonus that belongs to all goods credited so far, less what was given already."""
        vals_list = super()._prepare_bonus_lines(goods, amounts)
        if self.decision != "store_credit":
            return vals_list
        credited = self.line_ids.refund_line_ids.filtered(
            lambda line: line.return_role in (False, "goods") and line.parent_state != "cancel"
        )
        # What was given stands on the credit notes as a negative deduction.
        bonus = self._get_bonus(goods + sum(credited.mapped("price_total")))
        bonus += self._get_deducted("bonus")
        if self.currency_id.compare_amounts(bonus, 0.0) <= 0:
            return vals_list
        return [*vals_list, next(iter(amounts))._prepare_bonus_line(bonus)]

    # -------------------------------------------------------------------------
    # On an exchange
    # -------------------------------------------------------------------------

    def action_create_exchange(self):
        result = super().action_create_exchange()
        self.sudo()._book_exchange_bonus()
        return result

    def _book_exchange_bonus(self):
        """Book the bonus of exchanges as store credit; where it cannot be, a person is told.

        The goods go out all the same, and what is booked already is not booked again.
        """
        for ret in self:
            bonus = ret._get_bonus(ret._get_bonus_base()) + ret._get_deducted("bonus")
            if ret.decision != "exchange" or ret.currency_id.compare_amounts(bonus, 0.0) <= 0:
                continue
            try:
                with batch_savepoint(self.env):
                    ret._create_bonus_credit(bonus)
            except UserError as error:
                ret._schedule_refund_activity(
                    self.env._("The bonus of the exchange could not be booked. %s", error)
                )

    def _create_bonus_credit(self, bonus):
        """:param float bonus: amount in the return's currency
        :return: the posted credit note, left open for the customer to spend
        :raise UserError: there is no invoice to credit, or its books are closed
        """
        self.ensure_one()
        self.line_ids._match_invoice_lines()
        lines = self.line_ids.filtered(lambda line: line._get_decision() == "exchange")
        line = lines.filtered("invoice_line_id")[:1] or lines[:1]
        line._check_invoice_lines()
        invoice = line.invoice_line_id.move_id
        self._check_books_open(invoice)
        vals = self._prepare_credit_note_vals(invoice, [line._prepare_bonus_line(bonus)], False)
        move = self.env["account.move"].create([vals])
        self._post_credit_notes(move)
        return move


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def _prepare_bonus_line(self, bonus):
        """:param float bonus: amount in the return's currency
        :return: values of the credit note line that gives it
        """
        self.ensure_one()
        ret, origin = self.return_id, self.invoice_line_id
        product = ret.company_id._get_return_product("bonus")
        return {
            "product_id": product.id,
            "name": product.display_name or dict(ret._get_role_names())["bonus"],
            "quantity": 1.0,
            "price_unit": bonus,
            "discount": 0.0,
            "tax_ids": [Command.clear()],
            "account_id": ret._get_deduction_account(product, origin).id,
            "analytic_distribution": origin.analytic_distribution,
            "return_line_id": self.id,
            "return_role": "bonus",
        }
