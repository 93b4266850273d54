from odoo import api, fields, models

from .return_plan import FEE_DECISIONS, REFUND_DECISIONS


class HellowordReturn(models.Model):
    """What the goods were worth, what the plan keeps as a fee, and what it owes the customer."""

    _inherit = "helloword.return"

    amount_total = fields.Monetary(
        string="Value",
        compute="_compute_amounts",
        store=True,
        help="What the customer paid for the goods of this return, taxes included.",
    )
    amount_fee = fields.Monetary(string="Fee", compute="_compute_amounts", store=True)
    amount_to_refund = fields.Monetary(
        string="To Refund",
        compute="_compute_amounts",
        store=True,
        help="What the plan owes the customer, taxes included, after fees.",
    )
    amount_company = fields.Monetary(
        string="Value (company currency)",
        currency_field="company_currency_id",
        compute="_compute_amount_company",
        store=True,
        help="The value at the rate of the day of the request.",
    )

    @api.depends(
        "line_ids.price_total",
        "line_ids.decision",
        "line_ids.fee_percent",
        "line_ids.keep_it_percent",
        "decision",
        "fee_type",
        "fee_percent",
        "fee_amount",
        "keep_it_percent",
        "currency_id",
        "request_date",
    )
    def _compute_amounts(self):
        for ret in self:
            currency = ret.currency_id
            total = sum(ret.line_ids.mapped("price_total"))
            ret.amount_total = currency.round(total) if currency else total
            ret.amount_fee = 0.0 if ret.decision == "keep_it" else ret._get_fee(total)
            ret.amount_to_refund = ret._get_amount_to_refund()

    def _get_fee(self, total):
        """The restocking fee the plan asks for.

        :param float total: value of the goods, tax included, in the return's currency
        :return: fee in the return's currency, never above ``total``
        """
        self.ensure_one()
        totals = {line: line.price_total for line in self.line_ids}
        if self.lines_differ:
            total = sum(
                line.price_total for line in self.line_ids if line.decision in FEE_DECISIONS
            )
        fee = self._get_percent_fee(totals) + self._get_fixed_fee()
        return self.currency_id.round(min(fee, total))

    def _get_fixed_fee(self):
        """:return: the fee that is asked once for the return, in its currency"""
        self.ensure_one()
        if self.fee_type != "fixed":
            return 0.0
        return self.currency_id.round(
            self.plan_currency_id._convert(
                self.fee_amount,
                self.currency_id,
                self.company_id,
                self.request_date or fields.Date.today(),
            )
        )

    def _get_amount_to_refund(self):
        """What the plan owes the customer.

        :return: amount in the return's currency, taxes included, zero when nothing is owed
        """
        self.ensure_one()
        if self.lines_differ:
            owed = sum(line._get_amount_owed() for line in self.line_ids)
            return self.currency_id.round(owed - self.amount_fee)
        if self.decision not in REFUND_DECISIONS:
            return 0.0
        if self.decision == "keep_it":
            return self.currency_id.round(self.amount_total * self.keep_it_percent / 100.0)
        return self.amount_total - self.amount_fee

    @api.depends("amount_total", "currency_id", "company_id", "request_date")
    def _compute_amount_company(self):
        for ret in self:
            if not ret.currency_id or ret.currency_id == ret.company_currency_id:
                ret.amount_company = ret.amount_total
            else:
                ret.amount_company = ret.currency_id._convert(
                    ret.amount_total,
                    ret.company_currency_id,
                    ret.company_id,
                    ret.request_date or fields.Date.today(),
                )
