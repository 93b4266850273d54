import base64
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..intake.payload import RequestLine, ReturnRequest
from ..intake.table import UnreadableTableError, read_moment, read_table, write_template


class HellowordReturnImport(models.TransientModel):
    """Take requests from a table. What is wrong with it is shown before anything is created."""

    _name = "helloword.return.import"
    _description = "Import Requests"

    state = fields.Selection([("file", "File"), ("report", "Report")], default="file")
    channel_id = fields.Many2one(
        "helloword.channel",
        required=True,
        default=lambda self: self.env["helloword.return"]._default_channel_id(),
        domain="[('company_id', 'in', allowed_company_ids)]",
    )
    file = fields.Binary(attachment=False)
    filename = fields.Char()
    template_file = fields.Binary(compute="_compute_template_file")
    row_count = fields.Integer(string="Rows", readonly=True)
    request_count = fields.Integer(string="Requests", readonly=True)
    problem_count = fields.Integer(string="Problems", readonly=True)
    problem_ids = fields.One2many("helloword.return.import.problem", "import_id", readonly=True)
    keep_bad_rows = fields.Boolean(
        string="Take in rows with problems, too",
        default=True,
        help="They wait in the inbox under “Needs attention”. Otherwise nothing is taken in until "
        "the table is corrected.",
    )

    def _compute_template_file(self):
        reasons = self.env["helloword.return.reason"].search([("parent_id", "!=", False)])
        content = write_template([(reason.code, reason.complete_name) for reason in reasons])
        self.template_file = base64.b64encode(content)

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_download_template(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/template_file/returns.xlsx?download=true",
            "target": "download",
        }

    def action_check(self):
        """Read the table and list what is wrong with it. Creates no returns.

        :raise UserError: the file is no table of requests
        """
        self.ensure_one()
        rows, unknown = self._read_rows()
        problems = self._find_problems(rows)
        problems += [
            (1, name, self.env._("This column is not known and is left out.")) for name in unknown
        ]
        Problem = self.env["helloword.return.import.problem"]
        self.problem_ids.unlink()
        Problem.create(
            [
                {"import_id": self.id, "row": row, "column": column, "message": message}
                for row, column, message in sorted(problems, key=lambda problem: problem[0])
            ]
        )
        self.write(
            {
                "state": "report",
                "row_count": len(rows),
                "request_count": len(self._group_rows(rows)),
                "problem_count": len(problems),
            }
        )
        return self._reopen()

    def action_back(self):
        self.state = "file"
        return self._reopen()

    def action_import(self):
        """Take the requests in.

        :raise UserError: rows have problems and are not to be kept
        """
        self.ensure_one()
        rows, _unknown = self._read_rows()
        problems = self._find_problems(rows)
        if problems and not self.keep_bad_rows:
            raise UserError(
                self.env._("Nothing was taken in. Correct these rows and check again:\n")
                + "\n".join(f"{row} · {column}: {text}" for row, column, text in problems[:50])
            )
        payloads = [self._make_request(group) for group in self._group_rows(rows)]
        returns = self.env["helloword.return"].intake(payloads)
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_return_action"
        )
        action["domain"] = [("id", "in", returns.ids)]
        action["context"] = {}
        return action

    def _reopen(self):
        return self._get_records_action(target="new", name=self.env._("Import Requests"))

    # -------------------------------------------------------------------------
    # Reading
    # -------------------------------------------------------------------------

    def _read_rows(self):
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        try:
            rows, unknown = read_table(base64.b64decode(self.file), self.filename)
        except UnreadableTableError as error:
            raise UserError(self._describe_unreadable(error)) from error
        if not rows:
            raise UserError(self.env._("The table has no rows below its heading."))
        return rows, unknown

    def _describe_unreadable(self, error):
        if error.code == "not_utf8":
            return self.env._("Save the file as “CSV UTF-8” or as XLSX and choose it again.")
        if error.code == "not_xlsx":
            return self.env._("This is no XLSX file: %s. Save it again as XLSX.", error.detail)
        if error.code == "too_long":
            return self.env._("The table has more than %s rows. Split it.", error.detail)
        return self.env._(
            "The first row must hold the names of the columns, “order” among them; it holds: %s. "
            "Start from the template.",
            error.detail or "–",
        )

    @api.model
    def _group_rows(self, rows):
        """Rows of one request: those with the same reference; a row without one stands alone.

        :return: list of lists of rows
        """
        groups = defaultdict(list)
        for row in rows:
            groups[row.get("return_reference") or ("row", row.number)].append(row)
        return list(groups.values())

    # -------------------------------------------------------------------------
    # Checking
    # -------------------------------------------------------------------------

    def _find_problems(self, rows):
        """:return: list of tuples (row number, column, what to do about it)"""
        known = self._read_known(rows)
        problems = [
            (row.number, *problem) for row in rows for problem in self._check_row(row, known)
        ]
        for group in self._group_rows(rows):
            orders = {row.get("order") for row in group}
            if len(orders) > 1:
                problems.append(
                    (
                        group[-1].number,
                        "order",
                        self.env._(
                            "Rows of return %(reference)s name several orders: %(orders)s. Give "
                            "each order a return of its own.",
                            reference=group[0].get("return_reference"),
                            orders=", ".join(sorted(orders)),
                        ),
                    )
                )
        return sorted(problems)

    def _read_known(self, rows):
        """What the rows name that exists, one query for each column."""

        def find(model, names, column, domain=()):
            values = list({row.get(column) for row in rows} - {""})
            if not values:
                return set()
            conditions = ["|"] * (len(names) - 1) + [(name, "in", values) for name in names]
            records = self.env[model].search([*domain, *conditions])
            return {record[name] for record in records for name in names}

        company = self.channel_id.company_id
        return {
            "order": find(
                "sale.order",
                ["name", "return_channel_ref", "client_order_ref"],
                "order",
                [("company_id", "=", company.id), ("state", "=", "sale")],
            ),
            "sku": find("product.product", ["default_code"], "sku"),
            "barcode": find("product.product", ["barcode"], "barcode"),
            "reason": find("helloword.return.reason", ["code"], "reason"),
            "currency": find("res.currency", ["name"], "currency"),
        }

    def _check_row(self, row, known):
        """:return: generator of tuples (column, what to do about it)"""
        if not row.get("return_reference"):
            yield (
                "return_reference",
                self.env._("Give each return a reference, or importing it again doubles it."),
            )
        if not row.get("order"):
            yield "order", self.env._("Enter the number of the order.")
        if not row.get("sku") and not row.get("barcode"):
            yield "sku", self.env._("Enter the SKU or the barcode of what comes back.")
        for column, values in known.items():
            value = row.get(column)
            if value and value not in values:
                yield (
                    column,
                    self.env._(
                        "“%(value)s” was not found. Correct it, or create it first.", value=value
                    ),
                )
        yield from self._check_values(row)

    def _check_values(self, row):
        quantity = _as_number(row.get("quantity") or "1")
        if quantity is None or not 0 < quantity <= 1_000_000:
            yield (
                "quantity",
                self.env._("“%s” is no quantity. Enter a number above zero.", row.get("quantity")),
            )
        amount = row.get("amount")
        if amount and (_as_number(amount) is None or _as_number(amount) < 0):
            yield (
                "amount",
                self.env._("“%s” is no amount. Use a point for the decimals.", amount),
            )
        if row.get("request_date") and _as_moment(row.get("request_date")) is None:
            yield (
                "request_date",
                self.env._("“%s” is no date. Write 2026-11-20 10:30.", row.get("request_date")),
            )

    # -------------------------------------------------------------------------
    # Taking in
    # -------------------------------------------------------------------------

    def _make_request(self, rows):
        """:param rows: of one request
        :return: :class:`~odoo.addons.helloword_returns.intake.payload.ReturnRequest`
        """
        first = rows[0]
        return ReturnRequest(
            channel_id=self.channel_id.id,
            external_id=first.get("return_reference"),
            order_ref=first.get("order"),
            lines=tuple(self._make_line(row) for row in rows),
            currency=first.get("currency"),
            country=first.get("country"),
            customer_name=first.get("customer_name"),
            customer_email=first.get("customer_email"),
            comment=first.get("comment"),
            requested_at=_as_moment(first.get("request_date")),
            raw={"file": self.filename or "", "rows": [row.values for row in rows]},
        )

    def _make_line(self, row):
        amount = row.get("amount")
        return RequestLine(
            quantity=row.get("quantity") or "1",
            sku=row.get("sku"),
            barcode=row.get("barcode"),
            reason=row.get("reason"),
            comment=row.get("comment"),
            amount=_as_number(amount) if amount else None,
        )


class HellowordReturnImportProblem(models.TransientModel):
    _name = "helloword.return.import.problem"
    _description = "Problem of an Imported Row"
    _order = "row, id"

    import_id = fields.Many2one("helloword.return.import", required=True, ondelete="cascade")
    row = fields.Integer()
    column = fields.Char()
    message = fields.Char(string="What to Do")


def _as_number(text):
    try:
        return float(text)
    except ValueError:
        return None


def _as_moment(text):
    try:
        return read_moment(text) if text else None
    except ValueError:
        return None
