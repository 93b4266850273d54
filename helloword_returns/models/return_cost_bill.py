from odoo import api, fields, models
from odoo.exceptions import UserError

from ..stats.apportion import apportion


class HellowordReturnCost(models.Model):
    """Accruals meet the lines of bills: they are reconciled, and what a bill is above or below
    goes to the accounts of the costs."""

    _inherit = "helloword.return.cost"

    difference_line_ids = fields.One2many(
        "account.move.line", "difference_return_cost_id", string="Differences to Bills"
    )

    def action_match_bill(self):
        """Open the choice of bill lines that bill these costs."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Match with Bill"),
            "res_model": "helloword.return.cost.match",
            "view_mode": "form",
            "target": "new",
            "context": {"default_cost_ids": [fields.Command.set(self.ids)]},
        }

    def _match_bill_lines(self, bill_lines):
        """Reconcile these accruals with lines of a bill; see :meth:`_match_bill_groups`."""
        self._match_bill_groups([(self, bill_lines)])

    @api.model
    def _match_bill_groups(self, groups):
        """Reconcile accruals with the lines that bill them; differences go to the cost accounts,
        all of a company in one entry. Batch: queries do not grow with the number of groups.

        :param groups: list of tuples (costs, posted and open ``account.move.line`` records on the
            accrual account); each group is settled by itself
        :raise UserError: a cost or a line cannot be matched
        """
        pairs = []
        for costs, bill_lines in groups:
            costs._check_can_match(bill_lines)
            # A cost that was matched before and undone still has its old difference open.
            earlier = costs.difference_line_ids.filtered(lambda line: not line.reconciled)
            pairs.append((costs, costs.accrual_line_id | earlier | bill_lines))
        self._post_differences([pair for pair in pairs if any(_get_open_amounts(pair[1]))])
        self.env["account.move"]._reconcile_groups(
            [
                lines | costs.difference_line_ids.filtered(lambda line: not line.reconciled)
                for costs, lines in pairs
            ]
        )

    def _check_can_match(self, bill_lines):
        if not self or not bill_lines:
            raise UserError(self.env._("Choose the costs and the lines of the bill."))
        for cost in self:
            if cost.state != "accrued":
                raise UserError(self.env._("“%s” is not accrued, or billed already.", cost.name))
        if len(self.company_id) > 1:
            raise UserError(self.env._("Match the costs of one company at a time."))
        accounts = (self.accrual_line_id | bill_lines).account_id
        if len(accounts) > 1 or not accounts.reconcile:
            raise UserError(
                self.env._(
                    "Costs and bill lines must be on the same account, and it must allow "
                    "reconciliation: %s. Put the bill's line on the accrual account.",
                    ", ".join(accounts.mapped("display_name")),
                )
            )

    @api.model
    def _post_differences(self, groups):
        """One entry a company that brings the open amounts of each group to zero.

        :param groups: list of tuples (costs, lines whose open amounts do not add up to zero)
        """
        by_company = {}
        for costs, lines in groups:
            by_company.setdefault(costs.company_id, []).extend(costs._prepare_differences(lines))
        moves = self.env["account.move"].create(
            [self._prepare_difference_entry(company, vals) for company, vals in by_company.items()]
        )
        moves._post(soft=False)

    def _prepare_difference_entry(self, company, vals_list):
        return {
            "move_type": "entry",
            "journal_id": company.return_journal_id.id,
            "date": self.env["helloword.return"]._get_refund_date(company),
            "ref": self.env._("Return costs: difference to bill"),
            "line_ids": [fields.Command.create(vals) for vals in vals_list],
        }

    def _prepare_differences(self, lines):
        """Values of journal items that bring open amounts to zero, shared over the costs.

        :param lines: all that will be reconciled with the accruals of these costs
        :return: list of dicts, a pair for each cost
        """
        company_currency = self.company_id.currency_id
        currency = _get_common_currency(lines)
        difference, in_currency = _get_open_amounts(lines)
        # The ledger takes no line whose two amounts point to different sides, as when the price
        # went up and the rate went down: then each amount has a pair of its own.
        parts = (
            [(difference, 0.0), (0.0, in_currency)]
            if difference * in_currency < 0
            else [(difference, in_currency)]
        )
        vals = []
        for balance, amount_currency in parts:
            shares = self._share(balance, company_currency)
            shares_currency = self._share(amount_currency, currency)
            for cost, share, share_currency in zip(self, shares, shares_currency, strict=True):
                sign = -1 if cost.direction == "income" else 1
                pair = cost._prepare_pair(sign * share, sign * share_currency)
                for line in pair:
                    line["currency_id"] = currency.id
                pair[1]["difference_return_cost_id"] = cost.id
                vals += pair
                cost.amount_difference += sign * share
        return vals

    def _reverse_differences(self):
        """Take back what these costs were changed by for bills whose matching was undone since.

        :return: list of journal items to reconcile with each other
        """
        lines = self.difference_line_ids
        lines.remove_move_reconcile()
        groups = []
        for company, its_lines in lines.grouped("company_id").items():
            vals = []
            for line in its_lines:
                cost = line.difference_return_cost_id
                sign = -1 if cost.direction == "cost" else 1
                pair = cost._prepare_pair(sign * line.balance, sign * line.amount_currency, sign=-1)
                vals += [values | {"currency_id": line.currency_id.id} for values in pair]
            move = self.env["account.move"].create(self._prepare_difference_entry(company, vals))
            move._post(soft=False)
            groups += [
                line | back
                for line, back in zip(its_lines, move.line_ids.sorted("id")[1::2], strict=True)
            ]
        lines.difference_return_cost_id = False
        self.amount_difference = 0.0
        return groups

    def _share(self, amount, currency):
        """:return: list: the share of each cost, by what was accrued; together ``amount``"""
        weights = self.mapped("amount_company")
        if not any(weights):
            weights = [1.0] * len(self)
        sign = -1 if amount < 0 else 1
        return [sign * share for share in apportion(abs(amount), weights, currency.rounding)]


def _get_common_currency(lines):
    return lines.currency_id if len(lines.currency_id) == 1 else lines.company_currency_id


def _get_open_amounts(lines):
    """:return: tuple: what is open in company currency, and in the currency the lines share;
    exactly zero where nothing is
    """
    company_currency, currency = lines.company_currency_id, _get_common_currency(lines)
    balance = company_currency.round(sum(lines.mapped("amount_residual")))
    if currency == company_currency:
        return balance, balance
    return balance, currency.round(sum(lines.mapped("amount_residual_currency")))


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    difference_return_cost_id = fields.Many2one(
        "helloword.return.cost",
        string="Return Cost of the Difference",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
