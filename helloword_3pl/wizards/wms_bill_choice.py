from odoo import api, fields, models
from odoo.exceptions import UserError


class HellowordWmsBillChoice(models.TransientModel):
    """Which fees a row of a warehouse's bill bills: what was found, best first, and anything else
    that waits for a bill."""

    _name = "helloword.wms.bill.choice"
    _description = "Fees for a Row of a Bill"

    row_id = fields.Many2one("helloword.wms.bill.row", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="row_id.company_id")
    currency_id = fields.Many2one(related="row_id.currency_id")
    amount = fields.Monetary(related="row_id.amount")
    description = fields.Char(compute="_compute_description")
    return_id = fields.Many2one(
        "helloword.return",
        compute="_compute_return_id",
        store=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
        check_company=True,
        help="Set it when no fee was told: the row becomes a new cost of this return.",
    )
    suggestion_ids = fields.One2many(
        "helloword.wms.bill.suggestion",
        "choice_id",
        compute="_compute_suggestion_ids",
        store=True,
        readonly=False,
    )
    cost_ids = fields.Many2many(
        "helloword.return.cost",
        string="Other Fees",
        domain="[('company_id', '=', company_id), ('state', '=', 'accrued'), "
        "('wms_bill_row_id', '=', False), ('kind', '!=', 'write_down')]",
    )

    @api.depends("row_id")
    def _compute_description(self):
        for choice in self:
            row = choice.row_id
            choice.description = " · ".join(
                filter(
                    None,
                    (
                        row.fee_ref,
                        row.return_number or row.external_ref,
                        row.kind_text,
                        row.description,
                    ),
                )
            )

    @api.depends("row_id")
    def _compute_return_id(self):
        for choice in self:
            choice.return_id = choice.row_id.return_id

    @api.depends("row_id")
    def _compute_suggestion_ids(self):
        words = {
            "reference": self.env._("same number"),
            "return": self.env._("same return"),
            "amount": self.env._("same amount"),
            "near_amount": self.env._("similar amount"),
            "kind": self.env._("same kind"),
            "near_date": self.env._("same days"),
        }
        for choice in self:
            row = choice.row_id
            found = row.bill_id._suggest(row) if row else []
            choice.suggestion_ids = [
                fields.Command.create(
                    {
                        "cost_id": cost.id,
                        "score": score,
                        "reasons": ", ".join(words[reason] for reason in reasons),
                        "amount": row._convert_to_bill(cost),
                    }
                )
                for score, cost, reasons in found[:20]
            ]

    def action_choose(self):
        """The chosen fees are what the row bills; what is posted is settled where it agrees.

        :raise UserError: nothing was chosen
        """
        self.ensure_one()
        row = self.row_id
        row._check_state(("open", "paired"))
        costs = self.cost_ids | self.suggestion_ids.filtered("is_chosen").cost_id
        if not costs:
            raise UserError(self.env._("Choose at least one fee."))
        row._pair_by_hand(costs)
        row.bill_id._close(row)
        return {"type": "ir.actions.act_window_close"}

    def action_book_new(self):
        """No fee was told: the row becomes a new cost of the return."""
        self.ensure_one()
        if not self.return_id:
            raise UserError(self.env._("Choose the return first."))
        self.row_id.write({"return_id": self.return_id.id, "problem": False})
        self.row_id.action_book_new()
        return {"type": "ir.actions.act_window_close"}


class HellowordWmsBillSuggestion(models.TransientModel):
    _name = "helloword.wms.bill.suggestion"
    _description = "Suggested Fee"
    _order = "score desc, id"

    choice_id = fields.Many2one("helloword.wms.bill.choice", required=True, ondelete="cascade")
    is_chosen = fields.Boolean(string="Choose")
    cost_id = fields.Many2one("helloword.return.cost", required=True, ondelete="cascade")
    return_id = fields.Many2one(related="cost_id.return_id")
    kind = fields.Selection(related="cost_id.kind")
    date = fields.Date(related="cost_id.date")
    reference = fields.Char(related="cost_id.reference")
    currency_id = fields.Many2one(related="choice_id.currency_id")
    amount = fields.Monetary(string="Told", help="In the bill's currency.")
    score = fields.Integer(help="0 to 100.")
    reasons = fields.Char(string="Why")


class HellowordWmsBillRow(models.Model):
    _inherit = "helloword.wms.bill.row"

    def _pair_by_hand(self, costs):
        """:param costs: accrued ``helloword.return.cost`` no other row has claimed"""
        self.ensure_one()
        self.check_access("write")
        for cost in costs.sudo():
            if cost.state != "accrued" or (
                cost.wms_bill_row_id and cost.wms_bill_row_id != self.sudo()
            ):
                raise UserError(self.env._("“%s” is on another bill already.", cost.name))
            if cost.company_id != self.company_id:
                raise UserError(self.env._("“%s” belongs to another company.", cost.name))
        self.cost_ids.sudo().wms_bill_row_id = False
        costs.sudo().wms_bill_row_id = self
        self.write(
            {
                "found_by": "person",
                "problem": False,
                "is_accepted": False,
                "return_id": self.return_id.id or costs.return_id[:1].id,
            }
        )
