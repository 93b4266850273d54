import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..wms.bill_table import read_kind
from .wms_fee import KINDS

# What may be a number of a fee or of a return within the text of a line.
_NUMBER = re.compile(r"[\w][\w\-/.#:]{1,63}")


class HellowordWmsBill(models.Model):
    """Vendor bills of operators: rows from their lines, and lines from rows."""

    _inherit = "helloword.wms.bill"

    @api.model
    def _take_moves(self, moves, is_asked=False):
        """Compare vendor bills with what was told. Bills that name no return and no fee are none
        of ours, unless somebody asked. Batch.

        :param moves: ``account.move`` records of operators
        :return: the bills, known and new
        """
        Bill = self.sudo()
        known = Bill.search([("move_id", "in", moves.ids)])
        vals_list = []
        groups = (moves - known.move_id).grouped(
            lambda move: (move.company_id, move.commercial_partner_id)
        )
        for its_moves in groups.values():
            connections = its_moves._get_wms_connections()
            if not connections:
                continue
            its_words = {
                move: set().union(*(line._get_wms_words() for line in move.invoice_line_ids))
                for move in its_moves
            }
            fees, numbers = Bill._find_words(connections, set().union(*its_words.values()))
            vals_list += [
                Bill._prepare_from_move(move, connections[0], fees, numbers)
                for move in its_moves
                if is_asked or its_words[move] & (fees | numbers)
            ]
        bills = known | Bill.create(vals_list)
        bills._settle()
        return self.browse(bills.ids)

    @api.model
    def _prepare_from_move(self, move, connection, fees, numbers):
        """:param fees: words that are numbers of fees
        :param numbers: words that are numbers of returns
        :return: values of a bill
        """
        lines = move.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product" and not line.currency_id.is_zero(line.price_subtotal)
            )
        )
        words = {line: line._get_wms_words() for line in lines}
        rows = []
        for row, line in enumerate(lines, start=1):
            rows.append(
                {
                    "row": row,
                    "move_line_id": line.id,
                    "fee_ref": next((word for word in words[line] if word in fees), False),
                    "return_number": next((word for word in words[line] if word in numbers), False),
                    "description": line.name,
                    "kind": KINDS.get(read_kind(line.name), "other"),
                    "date": move.invoice_date,
                    "quantity": line.quantity,
                    "amount": line._get_wms_amount(),
                }
            )
        return {
            "connection_id": connection.id,
            "number": f"{move.ref} ({move.name})" if move.ref else move.name or str(move.id),
            "date": move.invoice_date or fields.Date.context_today(self),
            "currency_id": move.currency_id.id,
            "move_id": move.id,
            "row_ids": [fields.Command.create(vals) for vals in rows],
        }

    @api.model
    def _find_words(self, connections, words):
        """:return: tuple: words that are numbers of fees, words that are numbers of returns"""
        keys = {f"{connection.id}:{word}": word for connection in connections for word in words}
        costs = (
            self.env["helloword.return.cost"]
            .sudo()
            .search([("reference", "in", list(keys)), ("state", "in", ("accrued", "billed"))])
        )
        returns = (
            self.env["helloword.return"]
            .sudo()
            .search(
                [
                    ("name", "in", list(words)),
                    ("company_id", "in", connections.company_id.ids),
                ]
            )
        )
        numbers = set(returns.mapped("name")) | set(
            self.browse()._find_returns_by_external_ref(connections, words)
        )
        return {keys[cost.reference] for cost in costs}, numbers

    # -------------------------------------------------------------------------
    # The other way round
    # -------------------------------------------------------------------------

    def _make_moves(self):
        """Draft vendor bills with a line for each row that could be read; rows that came since
        are added while the bill is a draft.

        :raise UserError: the operator or the accrual account is missing
        """
        for bill in self:
            rows = bill.row_ids.filtered(
                lambda row: row.state in ("open", "paired") and not row.move_line_id
            )
            if not rows:
                continue
            bill.company_id.sudo()._check_return_accounts("handling")
            if not bill.partner_id:
                raise UserError(
                    self.env._(
                        "Enter the operator of %s first: the bill is theirs.",
                        bill.connection_id.name,
                    )
                )
            if not bill.move_id:
                total = sum(rows.mapped("amount"))
                bill.move_id = (
                    self.env["account.move"]
                    .with_company(bill.company_id)
                    .create(
                        {
                            "move_type": "in_refund" if total < 0 else "in_invoice",
                            "partner_id": bill.partner_id.id,
                            "ref": bill.number,
                            "invoice_date": bill.date,
                            "currency_id": bill.currency_id.id,
                        }
                    )
                )
            sign = -1 if bill.move_id.move_type == "in_refund" else 1
            before = bill.move_id.invoice_line_ids
            bill.move_id.write(
                {
                    "invoice_line_ids": [
                        fields.Command.create(row._prepare_move_line(sign)) for row in rows
                    ]
                }
            )
            lines = (bill.move_id.invoice_line_ids - before).sorted("id")
            for row, line in zip(rows, lines, strict=True):
                row.move_line_id = line


class HellowordWmsBillRow(models.Model):
    _inherit = "helloword.wms.bill.row"

    def _prepare_move_line(self, sign):
        self.ensure_one()
        words = (
            self.fee_ref,
            self.return_number or self.external_ref,
            self.kind_text,
            self.description,
        )
        return {
            "name": " · ".join(filter(None, words)) or self.display_name,
            "account_id": self.company_id.sudo().return_accrual_account_id.id,
            "quantity": 1.0,
            "price_unit": sign * self.amount,
            "tax_ids": [fields.Command.clear()],
        }

    def action_take_in(self):
        """Rows whose amount somebody has entered go on the vendor bill like the others.

        :raise UserError: there is no amount, or the vendor bill is posted
        """
        self._check_state(("unread",))
        for row in self:
            if row.currency_id.is_zero(row.amount):
                raise UserError(self.env._("Enter the amount of row %s.", row.display_name))
            if row.bill_id.move_state not in (False, "draft"):
                raise UserError(
                    self.env._(
                        "The vendor bill of %s is posted. Enter this row in a bill of its own, and "
                        "set it aside here.",
                        row.bill_id.number,
                    )
                )
        self.write({"is_unreadable": False, "problem": False})
        self.bill_id._make_moves()
        self.bill_id._settle()
        return True


class AccountMove(models.Model):
    _inherit = "account.move"

    wms_bill_ids = fields.One2many("helloword.wms.bill", "move_id", string="Warehouse Bills")
    is_wms_operator = fields.Boolean(compute="_compute_is_wms_operator")

    @api.depends("move_type", "commercial_partner_id", "company_id")
    def _compute_is_wms_operator(self):
        bills = self.filtered(lambda move: move.move_type in ("in_invoice", "in_refund"))
        operators = bills._get_wms_connections().partner_id.commercial_partner_id
        for move in self:
            move.is_wms_operator = move in bills and move.commercial_partner_id in operators

    def _get_wms_connections(self):
        """:return: connections of the operators these vendor bills are of"""
        if not self.commercial_partner_id:
            return self.env["helloword.wms.connection"].sudo()
        return (
            self.env["helloword.wms.connection"]
            .sudo()
            .search(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids),
                ]
            )
        )

    def action_compare_wms_bill(self):
        """Show these vendor bills beside what the warehouses told; made where it is missing."""
        self.env["helloword.wms.bill"].check_access("create")
        bills = self.env["helloword.wms.bill"]._take_moves(self.filtered("is_wms_operator"))
        missing = self.filtered("is_wms_operator") - bills.move_id
        bills |= bills._take_moves(missing, is_asked=True)
        if not bills:
            raise UserError(
                self.env._("This is no bill of a warehouse. Enter its operator at a connection.")
            )
        return bills._get_records_action(name=self.env._("Warehouse Bills"))

    def _post(self, soft=True):
        """Bills of warehouses are compared with what was told as soon as they are posted."""
        posted = super()._post(soft)
        bills = posted.filtered("is_wms_operator")
        if bills:
            self.env["helloword.wms.bill"]._take_moves(bills)
        return posted

    def button_draft(self):
        result = super().button_draft()
        rows = (
            self.env["helloword.wms.bill.row"].sudo().search([("bill_id.move_id", "in", self.ids)])
        )
        if rows:
            rows._undo_entries()
        return result


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _get_wms_words(self):
        """:return: list of what may be a number of a fee or of a return in the line's text"""
        self.ensure_one()
        return _NUMBER.findall(self.name or "")

    def _get_wms_amount(self):
        """:return: what this line of a vendor bill charges, without taxes; below zero: gives back"""
        self.ensure_one()
        sign = -1 if self.move_id.move_type == "in_refund" else 1
        return sign * self.price_subtotal
