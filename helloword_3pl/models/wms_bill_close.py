from odoo import fields, models
from odoo.exceptions import UserError


class HellowordWmsBill(models.Model):
    """Settling rows in the ledger: the fee's accrual meets the line of the vendor bill."""

    _inherit = "helloword.wms.bill"

    def _settle(self):
        """Find fees and settle what is certain; the rest waits for a person. Safe to repeat."""
        bills = self.sudo()
        bills._follow_move_lines()
        bills._pair()
        posted = bills.filtered(lambda bill: bill.move_id.state == "posted")
        posted._get_untold_rows()._book_new(is_automatic=True)
        posted._close()

    def _follow_move_lines(self):
        """The vendor bill is what is paid: where somebody changed its lines, rows follow."""
        for row in self.row_ids.filtered("move_line_id"):
            amount = row.move_line_id._get_wms_amount()
            if row.currency_id.compare_amounts(amount, row.amount) and row.state in (
                "open",
                "paired",
            ):
                row.amount = amount

    def _get_untold_rows(self):
        """:return: rows about returns none of whose fees waits for a bill any more"""
        rows = self.row_ids.browse()
        for bill in self:
            its_rows = bill.row_ids.filtered(
                lambda row: row.state == "open" and row.return_id and not row.problem
            )
            waiting = bill._find_open_fees(its_rows).return_id if its_rows else its_rows.return_id
            rows |= its_rows.filtered(
                lambda row, waiting=waiting: row.amount < 0 or row.return_id not in waiting
            )
        return rows

    def _close(self, rows=None):
        """Reconcile paired rows whose difference is small enough or accepted.

        :param rows: of these bills, all by default
        """
        rows = (self.row_ids if rows is None else rows).sudo()
        due = rows.filtered(
            lambda row: (
                row.state == "paired"
                and (row.is_within or row.is_accepted)
                and row.bill_id.move_id.state == "posted"
                and all(cost.state == "accrued" for cost in row.cost_ids)
            )
        )
        lines = due._bring_to_accrual()
        self.env["helloword.return.cost"].sudo()._match_bill_groups(
            [(row.cost_ids, line) for row, line in lines.items()]
        )

    def _check_posted(self):
        for bill in self:
            if bill.sudo().move_id.state != "posted":
                raise UserError(self.env._("Post the vendor bill of %s first.", bill.number))


class HellowordWmsBillRow(models.Model):
    _inherit = "helloword.wms.bill.row"

    transfer_line_id = fields.Many2one(
        "account.move.line",
        string="Line Brought to the Accrual Account",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    def _bring_to_accrual(self):
        """Lines of vendor bills that stand on another account are brought to the accrual account,
        those of a bill in one entry.

        :return: dict of row → ``account.move.line`` on the accrual account; rows whose line was
            settled otherwise, or is gone, are missing and say so
        """
        lines, elsewhere = {}, self.browse()
        for row in self:
            account = row.company_id.return_accrual_account_id
            line = row.transfer_line_id or row.move_line_id
            if not line or (line.account_id == account and line.reconciled):
                row.problem = self.env._(
                    "Its line is gone from the vendor bill, or is matched with something else."
                )
            elif line.account_id == account:
                lines[row] = line
            else:
                elsewhere |= row
        lines.update(elsewhere._post_transfers())
        return lines

    def _post_transfers(self):
        """:return: dict of row → line on the accrual account"""
        lines = {}
        for bill, rows in self.grouped("bill_id").items():
            company = bill.company_id
            company._check_return_accounts("handling")
            move = self._post_entry(
                company,
                self.env._("Warehouse bills brought to return cost accruals"),
                [
                    (
                        row,
                        row.move_line_id.account_id,
                        row.move_line_id.balance,
                        row.move_line_id.amount_currency,
                        row.move_line_id.analytic_distribution,
                    )
                    for row in rows
                ],
                is_to_accrual=True,
            )
            for row, line in zip(rows, move.line_ids.sorted("id")[::2], strict=True):
                row.transfer_line_id = lines[row] = line
        return lines

    def _post_entry(self, company, ref, parts, is_to_accrual):
        """An entry with a pair of lines for each row, the one on the accrual account first.

        :param list parts: tuples (row, other account, balance, amount in currency, analytics)
        """
        vals, sign = [], 1 if is_to_accrual else -1
        for row, account, balance, amount_currency, analytics in parts:
            common = {
                "name": row.move_line_id.name or row.display_name,
                "partner_id": row.move_line_id.partner_id.id,
                "currency_id": row.move_line_id.currency_id.id,
                "tax_ids": [fields.Command.clear()],
                "analytic_distribution": False,
            }
            vals += [
                common
                | {
                    "account_id": company.return_accrual_account_id.id,
                    "balance": sign * balance,
                    "amount_currency": sign * amount_currency,
                },
                common
                | {
                    "account_id": account.id,
                    "balance": -sign * balance,
                    "amount_currency": -sign * amount_currency,
                    "analytic_distribution": analytics or False,
                },
            ]
        move = (
            self.env["account.move"]
            .sudo()
            .create(
                {
                    "move_type": "entry",
                    "journal_id": company.return_journal_id.id,
                    "date": self.env["helloword.return"]._get_refund_date(company),
                    "ref": ref,
                    "line_ids": [fields.Command.create(line) for line in vals],
                }
            )
        )
        move._post(soft=False)
        return move

    # -------------------------------------------------------------------------
    # What was never told
    # -------------------------------------------------------------------------

    def _book_new(self, is_automatic=False):
        """Rows become costs of their returns, accrued and settled at once.

        :param bool is_automatic: leave rows alone whose company has no accounts for returns
        """
        rows = self.filtered("return_id")
        for company, group in rows.grouped("company_id").items():
            if not is_automatic:
                company._check_return_accounts("handling")
            elif company.sudo()._get_missing_return_accounts("handling"):
                rows -= group
        Cost = self.env["helloword.return.cost"].sudo()
        costs = Cost._accrue([row._prepare_cost() for row in rows])
        taken = set()
        for row, cost in zip(rows, costs.sudo(), strict=True):
            if cost.state != "accrued" or cost.wms_bill_row_id or cost.id in taken:
                row.problem = self.env._("This fee is on the return already: %s.", cost.name)
                continue
            taken.add(cost.id)
            cost.wms_bill_row_id = row
            row.write({"is_untold": True, "is_accepted": True, "found_by": "new"})
        rows.bill_id._close(rows)

    def _prepare_cost(self):
        """:return: values of ``helloword.return.cost``; what was given back is income"""
        self.ensure_one()
        bill = self.bill_id
        vals = {
            "return_id": self.return_id.id,
            "kind": self.kind if self.amount > 0 else "claim_income",
            "reference": f"{bill.connection_id.id}:{self.fee_ref or f'{bill.number}/{self.row}'}",
            "amount": abs(self.amount),
            "currency_id": self.currency_id.id,
            "partner_id": bill.move_id.partner_id.id or bill.partner_id.id,
            "date": bill.date,
            "wms_connection_id": bill.connection_id.id,
        }
        if self.description or self.kind_text:
            vals["name"] = self.description or self.kind_text
        return vals

    def _book_general(self):
        """Rows become costs of the company; lines on other accounts stay where they are."""
        on_accrual = self.browse()
        for row in self.sudo():
            row._check_line()
            if row.move_line_id.account_id == row.company_id.return_accrual_account_id:
                on_accrual |= row
            else:
                row.general_line_id = row.move_line_id
        pairs = []
        for bill, rows in on_accrual.grouped("bill_id").items():
            company = bill.company_id
            for kind in set(rows.mapped("kind")):
                company._check_return_accounts(kind)
            move = self._post_entry(
                company,
                self.env._("Warehouse bills: costs of no return"),
                [
                    (
                        row,
                        company._get_return_accounts(row.kind)[0],
                        row.move_line_id.amount_residual,
                        row.move_line_id.amount_residual_currency,
                        False,
                    )
                    for row in rows
                ],
                is_to_accrual=False,
            )
            for row, line in zip(rows, move.line_ids.sorted("id")[::2], strict=True):
                row.general_line_id = line
                pairs.append(line | row.move_line_id)
        self.env["account.move"].sudo()._reconcile_groups(pairs)

    def _check_line(self):
        if not self.move_line_id:
            raise UserError(self.env._("Row %s has no line on the vendor bill.", self.display_name))

    # -------------------------------------------------------------------------
    # Undoing
    # -------------------------------------------------------------------------

    def _undo_entries(self):
        """Take back what was posted for lines of vendor bills that are drafts again. The fees
        wait for the bill as before."""
        rows = self.sudo()
        entries = rows.general_line_id.filtered(lambda line: line.move_id.move_type == "entry")
        lines = rows.transfer_line_id | entries
        on_accrual = rows.move_line_id.filtered(
            lambda line: line.account_id == line.company_id.return_accrual_account_id
        )
        (lines | on_accrual).remove_move_reconcile()
        lines.move_id._reverse_moves(cancel=True)
        rows.write({"transfer_line_id": False, "general_line_id": False})


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # See ``return_cost_ids``: without it each posted entry would search the rows.
    wms_general_row_ids = fields.One2many("helloword.wms.bill.row", "general_line_id")
