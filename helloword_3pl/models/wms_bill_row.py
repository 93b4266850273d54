from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.helloword_returns.models.return_cost import COST_KINDS


class HellowordWmsBillRow(models.Model):
    """One row of a warehouse's bill, the fees it bills, and the difference between the two.

    Its status follows from the ledger; nobody types it.
    """

    _name = "helloword.wms.bill.row"
    _description = "Row of a Warehouse Bill"
    _order = "bill_id, row, id"
    _check_company_auto = True

    bill_id = fields.Many2one("helloword.wms.bill", required=True, index=True, ondelete="cascade")
    connection_id = fields.Many2one(related="bill_id.connection_id", store=True, index=True)
    company_id = fields.Many2one(related="bill_id.company_id", store=True, index=True)
    bill_date = fields.Date(related="bill_id.date")
    row = fields.Integer(help="As a spreadsheet counts.")
    fee_ref = fields.Char(string="Fee Number", index="btree_not_null")
    return_number = fields.Char(help="As the operator writes it.")
    external_ref = fields.Char(string="Warehouse's Number")
    kind_text = fields.Char(string="Kind on the Bill")
    kind = fields.Selection(COST_KINDS, string="Kind of Cost", required=True, default="other")
    description = fields.Char()
    date = fields.Date()
    quantity = fields.Float(digits="Product Unit")
    currency_id = fields.Many2one(related="bill_id.currency_id", store=True)
    amount = fields.Monetary(string="Billed", help="Below zero: given back.")
    raw = fields.Json(readonly=True, help="As it stood in the file.")
    problem = fields.Char(readonly=True, help="Why this row could not be read or settled.")
    is_unreadable = fields.Boolean(readonly=True)
    return_id = fields.Many2one(
        "helloword.return", index="btree_not_null", ondelete="set null", check_company=True
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Bill Line",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    cost_ids = fields.One2many("helloword.return.cost", "wms_bill_row_id", string="Fees")
    amount_told = fields.Monetary(
        string="Told",
        compute="_compute_amounts",
        store=True,
        help="The fees, in the bill's currency at the rate of its day.",
    )
    amount_difference = fields.Monetary(
        string="Difference",
        compute="_compute_amounts",
        store=True,
        help="Above zero: more was billed than was told.",
    )
    is_within = fields.Boolean(string="Within Tolerance", compute="_compute_amounts", store=True)
    is_accepted = fields.Boolean(
        string="Difference Accepted", readonly=True, help="Somebody agreed to the difference."
    )
    is_untold = fields.Boolean(string="Never Told", readonly=True)
    is_ignored = fields.Boolean(string="Set Aside", readonly=True)
    found_by = fields.Selection(
        [
            ("reference", "Number of the fee"),
            ("amount", "Return and amount"),
            ("kind", "Return and kind"),
            ("person", "A person"),
            ("new", "New cost"),
        ],
        readonly=True,
    )
    general_line_id = fields.Many2one(
        "account.move.line",
        string="Cost of No Return",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    state = fields.Selection(
        [
            ("unread", "Could not be read"),
            ("open", "Nothing found"),
            ("paired", "Found"),
            ("matched", "Settled"),
            ("general", "Cost of no return"),
            ("ignored", "Set aside"),
        ],
        string="Status",
        compute="_compute_state",
        store=True,
        index=True,
    )

    _row_uniq = models.Constraint("UNIQUE(bill_id, row)", "This row is there already.")

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends("bill_id.number", "row")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.bill_id.number} · {row.row}"

    @api.depends(
        "amount",
        "currency_id",
        "bill_id.date",
        "cost_ids.amount",
        "cost_ids.currency_id",
        "cost_ids.direction",
        "connection_id.bill_tolerance_amount",
        "connection_id.bill_tolerance_percent",
    )
    def _compute_amounts(self):
        for row in self:
            currency = row.currency_id
            told = sum(
                (-1 if cost.direction == "income" else 1) * row._convert_to_bill(cost)
                for cost in row.cost_ids
            )
            row.amount_told = currency.round(told) if currency else told
            row.amount_difference = row.amount - row.amount_told if row.cost_ids else 0.0
            row.is_within = bool(row.cost_ids) and row._is_within_tolerance()

    def _convert_to_bill(self, cost):
        """:return: the fee in the bill's currency, at the rate of the bill's day"""
        return cost.currency_id._convert(
            cost.amount, self.currency_id, self.company_id, self.bill_id.date
        )

    def _is_within_tolerance(self):
        connection = self.connection_id
        limit = max(
            (connection.fee_currency_id or self.company_id.currency_id)._convert(
                connection.bill_tolerance_amount,
                self.currency_id,
                self.company_id,
                self.bill_id.date,
            ),
            abs(self.amount_told) * connection.bill_tolerance_percent / 100.0,
        )
        return self.currency_id.compare_amounts(abs(self.amount_difference), limit) <= 0

    @api.depends(
        "is_unreadable",
        "is_ignored",
        "cost_ids.state",
        "general_line_id.parent_state",
    )
    def _compute_state(self):
        for row in self.sudo():
            if row.is_ignored:
                row.state = "ignored"
            elif row.cost_ids:
                is_billed = all(cost.state == "billed" for cost in row.cost_ids)
                row.state = "matched" if is_billed else "paired"
            elif row.general_line_id.parent_state == "posted":
                row.state = "general"
            else:
                row.state = "unread" if row.is_unreadable else "open"

    def _needs_person(self):
        """:return: whether nothing happens by itself any more"""
        self.ensure_one()
        return self.state in ("unread", "open") or (
            self.state == "paired" and not (self.is_within or self.is_accepted)
        )

    # -------------------------------------------------------------------------
    # What a person does
    # -------------------------------------------------------------------------

    def action_accept(self):
        """Agree to differences; what is posted is settled at once.

        :raise UserError: a row has no fee to differ from
        """
        self._check_state(("paired",))
        self.is_accepted = True
        self.bill_id._close(self)
        return True

    def action_book_new(self):
        """Rows about a return become costs of it, as if the fee had been told today.

        :raise UserError: a row names no return, or is settled
        """
        self._check_state(("open",))
        for row in self:
            if not row.return_id:
                raise UserError(
                    self.env._(
                        "Row %s names no return. Choose one, or book it as a cost of no return.",
                        row.display_name,
                    )
                )
        self.bill_id._check_posted()
        self._book_new()
        return True

    def action_book_general(self):
        """Rows about no return become costs of the company.

        :raise UserError: a row is settled, or its bill is not posted
        """
        self._check_state(("open",))
        self.bill_id._check_posted()
        self._book_general()
        return True

    def action_ignore(self):
        """Set rows aside, e.g. ones that were entered by hand or are disputed."""
        self._check_state(("unread", "open", "paired"))
        self.cost_ids.sudo().wms_bill_row_id = False
        self.write({"is_ignored": True, "found_by": False})
        return True

    def action_reopen(self):
        """Take what was found or set aside back, so that another fee can be chosen.

        :raise UserError: a row is in the ledger
        """
        self._check_state(("ignored", "paired"))
        self.cost_ids.sudo().wms_bill_row_id = False
        self.write({"is_ignored": False, "is_accepted": False, "found_by": False})
        return True

    def action_choose(self):
        """Open the choice of fees for one row."""
        self.ensure_one()
        self._check_state(("open", "paired"))
        wizard = self.env["helloword.wms.bill.choice"].create({"row_id": self.id})
        return wizard._get_records_action(target="new", name=self.env._("Which Fee Is It?"))

    def _check_state(self, states):
        self.check_access("write")
        names = dict(self._fields["state"]._description_selection(self.env))
        for row in self:
            if row.state not in states:
                raise UserError(
                    self.env._(
                        "This cannot be done with row %(row)s: %(state)s.",
                        row=row.display_name,
                        state=names[row.state],
                    )
                )
