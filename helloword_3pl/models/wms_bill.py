from odoo import api, fields, models
from odoo.exceptions import UserError


class HellowordWmsBill(models.Model):
    """What a warehouse's operator bills, row by row, beside what it told.

    It goes with one ordinary vendor bill, which it was made from or which it made: that is what is
    posted and paid. A file with several currencies makes a bill for each.
    """

    _name = "helloword.wms.bill"
    _description = "Warehouse Bill"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _rec_name = "number"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "helloword.wms.connection",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="connection_id.partner_id", store=True)
    number = fields.Char(string="Bill Number", required=True, help="As the operator writes it.")
    date = fields.Date(
        string="Bill Date",
        required=True,
        default=fields.Date.context_today,
        help="Other currencies are compared at the rate of this day.",
    )
    currency_id = fields.Many2one("res.currency", required=True)
    fee_currency_id = fields.Many2one(related="connection_id.fee_currency_id")
    is_other_currency = fields.Boolean(compute="_compute_is_other_currency")
    move_id = fields.Many2one(
        "account.move",
        string="Vendor Bill",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        copy=False,
        readonly=True,
    )
    move_state = fields.Selection(related="move_id.state", string="Vendor Bill Status")
    row_ids = fields.One2many("helloword.wms.bill.row", "bill_id", string="Rows")
    row_count = fields.Integer(compute="_compute_totals", string="Number of Rows")
    open_count = fields.Integer(
        compute="_compute_totals",
        string="Need a Person",
        help="Rows nothing was found for, that "
        "could not be read, or that differ by more than the tolerance.",
    )
    amount_billed = fields.Monetary(compute="_compute_totals", string="Billed")
    amount_told = fields.Monetary(
        compute="_compute_totals", string="Told", help="What the fees of these rows were told as."
    )
    amount_over = fields.Monetary(compute="_compute_totals", string="Billed Above")
    amount_under = fields.Monetary(compute="_compute_totals", string="Billed Below")
    amount_untold = fields.Monetary(
        compute="_compute_totals", string="Never Told", help="Billed, and no fee was told of it."
    )
    state = fields.Selection(
        [("draft", "To post"), ("open", "To settle"), ("done", "Settled")],
        string="Status",
        compute="_compute_state",
        store=True,
        index=True,
    )

    _bill_uniq = models.Constraint(
        "UNIQUE(connection_id, number, currency_id)", "This bill is there already."
    )
    _move_uniq = models.UniqueIndex(
        "(move_id) WHERE move_id IS NOT NULL", "This vendor bill is compared already."
    )

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends("currency_id", "connection_id")
    def _compute_is_other_currency(self):
        for bill in self:
            expected = bill.fee_currency_id or bill.company_id.currency_id
            bill.is_other_currency = bill.currency_id != expected

    @api.depends(
        "row_ids.amount",
        "row_ids.amount_told",
        "row_ids.state",
        "row_ids.is_accepted",
        "currency_id",
    )
    def _compute_totals(self):
        """Differences are added up above and below apart: they do not settle each other."""
        for bill in self:
            rows = bill.row_ids.filtered(lambda row: row.state not in ("unread", "ignored"))
            compared = rows.filtered("cost_ids")
            gaps = compared.mapped("amount_difference")
            bill.row_count = len(bill.row_ids)
            bill.open_count = len(bill.row_ids.filtered(lambda row: row._needs_person()))
            bill.amount_billed = sum(rows.mapped("amount"))
            bill.amount_told = sum(compared.mapped("amount_told"))
            bill.amount_over = sum(gap for gap in gaps if gap > 0)
            bill.amount_under = sum(gap for gap in gaps if gap < 0)
            bill.amount_untold = sum((rows - compared).mapped("amount")) + sum(
                compared.filtered("is_untold").mapped("amount")
            )

    @api.depends("move_id.state", "row_ids.state")
    def _compute_state(self):
        for bill in self:
            if bill.sudo().move_id.state != "posted":
                bill.state = "draft"
            elif any(row.state in ("unread", "open", "paired") for row in bill.row_ids):
                bill.state = "open"
            else:
                bill.state = "done"

    # -------------------------------------------------------------------------
    # Finding
    # -------------------------------------------------------------------------

    def _get_connections(self):
        """:return: all connections whose fees this bill may bill: of the same operator"""
        self.ensure_one()
        own = self.connection_id
        if not own.partner_id:
            return own
        return own | own.sudo().with_context(active_test=False).search(
            [
                ("company_id", "=", own.company_id.id),
                ("partner_id.commercial_partner_id", "=", own.partner_id.commercial_partner_id.id),
            ]
        )

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_match(self):
        """Look for the fees of rows that have none yet, and settle what can be."""
        self.check_access("write")
        self._settle()
        return True

    def action_post(self):
        """Post the vendor bills; what agrees is settled with them.

        :raise UserError: there is no vendor bill, or it cannot be posted
        """
        self.check_access("write")
        for bill in self:
            if not bill.move_id:
                raise UserError(
                    self.env._(
                        "%s has no vendor bill. Enter the operator at the connection, then import "
                        "the file again.",
                        bill.number,
                    )
                )
        self.move_id.filtered(lambda move: move.state == "draft").action_post()
        return True

    def action_view_rows(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_3pl.helloword_wms_bill_row_action"
        )
        action["domain"] = [("bill_id", "=", self.id)]
        action["context"] = {"search_default_to_do": 1} if self.open_count else {}
        return action

    def action_view_move(self):
        self.ensure_one()
        return self.move_id._get_records_action(name=self.env._("Vendor Bill"))

    def action_view_returns(self):
        self.ensure_one()
        return self.row_ids.return_id._get_records_action(name=self.env._("Returns"))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        for bill in self:
            if any(row.state in ("matched", "general") for row in bill.row_ids):
                raise UserError(
                    self.env._(
                        "Rows of %s are in the ledger. Reset its vendor bill to draft first.",
                        bill.number,
                    )
                )
