import base64
from pathlib import PurePath

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.helloword_returns.intake.table import UnreadableTableError

from ..models.wms_fee import KINDS
from ..wms.bill_table import read_bill, read_kind


class HellowordWmsBillImport(models.TransientModel):
    """Take an operator's bill from its file: rows, and a draft vendor bill with a line for each.

    A bill is known by its number, its rows by theirs: the same file again changes nothing, a
    corrected one changes the rows that are not settled.
    """

    _name = "helloword.wms.bill.import"
    _description = "Import Warehouse Bill"

    connection_id = fields.Many2one(
        "helloword.wms.connection",
        required=True,
        domain="[('company_id', 'in', allowed_company_ids)]",
    )
    company_id = fields.Many2one(related="connection_id.company_id")
    file = fields.Binary(required=True, attachment=False)
    filename = fields.Char()
    number = fields.Char(
        string="Bill Number",
        compute="_compute_number",
        store=True,
        readonly=False,
        help="As the operator writes it; it tells bills apart.",
    )
    date = fields.Date(string="Bill Date", required=True, default=fields.Date.context_today)
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        help="Of rows that name none.",
    )

    @api.depends("filename")
    def _compute_number(self):
        for wizard in self:
            wizard.number = wizard.number or PurePath(wizard.filename or "").stem

    @api.depends("connection_id")
    def _compute_currency_id(self):
        for wizard in self:
            connection = wizard.connection_id
            wizard.currency_id = connection.fee_currency_id or connection.company_id.currency_id

    def action_import(self):
        """Take the file in; safe to repeat.

        :raise UserError: it is no bill, or accounts are missing
        """
        self.ensure_one()
        Bill = self.env["helloword.wms.bill"]
        Bill.check_access("create")
        if not (self.number or "").strip():
            raise UserError(self.env._("Enter the number of the bill."))
        company = self.connection_id.company_id
        company.sudo()._check_return_accounts("handling")
        if not self.connection_id.partner_id:
            raise UserError(
                self.env._(
                    "Enter the operator of %s first: the bill is theirs.", self.connection_id.name
                )
            )
        try:
            rows = read_bill(base64.b64decode(self.file or b""), self.filename)
        except UnreadableTableError as error:
            raise UserError(self._describe_unreadable(error)) from error
        if not rows:
            raise UserError(self.env._("The table has no rows below its heading."))
        bills = Bill
        for currency, its_rows in self._group_by_currency(rows).items():
            bills |= self._take_bill(currency, its_rows)
        bills._make_moves()
        self._attach(bills)
        bills._settle()
        return bills._get_records_action(name=self.env._("Warehouse Bills"))

    def _describe_unreadable(self, error):
        if error.code == "not_text":
            return self.env._("Save the file as “CSV UTF-8” or as XLSX and choose it again.")
        if error.code == "not_xlsx":
            return self.env._("This is no XLSX file: %s. Save it again as XLSX.", error.detail)
        if error.code == "too_long":
            return self.env._("The table has more than %s rows. Split it.", error.detail)
        return self.env._(
            "No row names the columns. One must hold the amounts (“amount”, “金额” …) and another "
            "say what for; the first row holds: %s.",
            error.detail or "–",
        )

    # -------------------------------------------------------------------------
    # Reading
    # -------------------------------------------------------------------------

    def _group_by_currency(self, rows):
        """Each currency makes a bill of its own; amounts are never mixed.

        :return: dict of ``res.currency`` → list of tuples (row, what is wrong with it)
        """
        currencies = {currency.name: currency for currency in self.env["res.currency"].search([])}
        groups = {}
        for row in rows:
            code = row.get("currency").upper()
            code = {"RMB": "CNY", "人民币": "CNY", "美元": "USD", "欧元": "EUR"}.get(code, code)
            currency = currencies.get(code) if code else self.currency_id
            problem = self._get_problem(row, currency)
            groups.setdefault(currency or self.currency_id, []).append((row, problem))
        return groups

    def _get_problem(self, row, currency):
        if not currency:
            return self.env._(
                "“%s” is no active currency. Activate it and import the file again.",
                row.get("currency"),
            )
        if row.amount is None:
            return self.env._("“%s” is no amount.", row.get("amount"))
        return False

    def _take_bill(self, currency, rows):
        """:return: the bill, known or new, with all rows of the file"""
        number = self.number.strip()
        bill = self.env["helloword.wms.bill"].search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("number", "=", number),
                ("currency_id", "=", currency.id),
            ]
        ) or self.env["helloword.wms.bill"].create(
            {
                "connection_id": self.connection_id.id,
                "number": number,
                "currency_id": currency.id,
                "date": self.date,
            }
        )
        known = {row.row: row for row in bill.row_ids}
        is_posted = bill.move_id.state == "posted"
        vals_list = []
        for row, problem in rows:
            vals = self._prepare_row(row, problem, currency)
            existing = known.get(row.number)
            if existing:
                existing._take_again(vals, is_posted)
                continue
            if is_posted and not problem:
                vals |= {
                    "is_unreadable": True,
                    "problem": self.env._(
                        "It came when the vendor bill was posted. Enter it in a bill of its own."
                    ),
                }
            vals_list.append(vals | {"bill_id": bill.id})
        self.env["helloword.wms.bill.row"].create(vals_list)
        return bill

    def _prepare_row(self, row, problem, currency):
        amount = currency.round(float(row.amount)) if row.amount is not None else 0.0
        return {
            "row": row.number,
            "fee_ref": row.get("ref") or False,
            "return_number": row.get("number") or False,
            "external_ref": row.get("external_ref") or False,
            "kind_text": row.get("kind") or False,
            "kind": KINDS.get(read_kind(f"{row.get('kind')} {row.get('description')}"), "other"),
            "description": row.get("description") or False,
            "date": row.day,
            "quantity": float(row.quantity or 0.0),
            "amount": amount,
            "raw": row.raw,
            "is_unreadable": bool(problem),
            "problem": problem,
            "is_ignored": not problem and currency.is_zero(amount),
        }

    def _attach(self, bills):
        """The file stays with what was made from it, once."""
        content = base64.b64decode(self.file)
        Attachment = self.env["ir.attachment"]
        checksum = Attachment._compute_checksum(content)
        known = Attachment.search(
            [
                ("res_model", "=", bills._name),
                ("res_id", "in", bills.ids),
                ("checksum", "=", checksum),
            ]
        ).mapped("res_id")
        for bill in bills.filtered(lambda bill: bill.id not in known):
            bill.message_post(
                body=self.env._("Imported: %s", self.filename or bill.number),
                attachments=[(self.filename or bill.number, content)],
            )


class HellowordWmsBillRow(models.Model):
    _inherit = "helloword.wms.bill.row"

    def _take_again(self, vals, is_posted):
        """A row came again: the same, or corrected. What is on a posted bill stays as it is."""
        self.ensure_one()
        same = all(
            not self.currency_id.compare_amounts(self.amount, value)
            if name == "amount"
            else self[name] == value
            for name, value in vals.items()
            if name in ("fee_ref", "return_number", "external_ref", "kind_text", "amount")
        )
        if same and self.is_unreadable == vals["is_unreadable"]:
            return
        if is_posted or self.state in ("matched", "general"):
            self.problem = self.env._(
                "The file came again with other content for this row: %s",
                " · ".join(vals["raw"].values()),
            )
            return
        line = self.move_line_id
        self.cost_ids.sudo().wms_bill_row_id = False
        self.write(vals | {"return_id": False, "found_by": False, "is_accepted": False})
        if line and not self.is_unreadable and not self.is_ignored:
            sign = -1 if line.move_id.move_type == "in_refund" else 1
            line.write(self._prepare_move_line(sign))
        else:
            line.unlink()
