from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.wms_treatment import DISPOSITION_NAMES


class HellowordWmsAnswer(models.TransientModel):
    """Our word on goods that wait, for one question or many at once."""

    _name = "helloword.wms.answer"
    _description = "Word on Goods That Wait"

    question_ids = fields.Many2many("helloword.wms.question", required=True)
    question_count = fields.Integer(compute="_compute_figures")
    company_ids = fields.Many2many("res.company", compute="_compute_figures")
    currency_id = fields.Many2one("res.currency", compute="_compute_figures")
    disposition = fields.Selection(
        [name for name in DISPOSITION_NAMES if name[0] != "quarantine"],
        string="What Should Be Done",
    )
    to_product_id = fields.Many2one(
        "product.product",
        string="Becomes",
        domain="[('type', '=', 'consu'), '|', ('company_id', '=', False), "
        "('company_id', 'in', company_ids)]",
        help="The product the goods are labelled as, known to the warehouse by its code.",
    )
    note = fields.Char(string="Note to the Warehouse")
    amount = fields.Monetary(
        string="Expected Value", compute="_compute_figures", help="Of all goods, so treated."
    )
    amount_proposed = fields.Monetary(
        string="As Proposed", compute="_compute_figures", help="Of all goods, as proposed."
    )
    is_comparable = fields.Boolean(compute="_compute_figures")

    @api.depends("question_ids", "disposition")
    def _compute_figures(self):
        for answer in self:
            questions = answer.question_ids
            currency = questions.company_id.currency_id
            answer.question_count = len(questions)
            answer.company_ids = questions.company_id
            # Sums of several currencies would say nothing.
            answer.is_comparable = len(currency) == 1
            answer.currency_id = currency[:1]
            chosen = questions.choice_ids.filtered(
                lambda choice, answer=answer: choice.disposition == answer.disposition
            )
            answer.amount = sum(chosen.mapped("amount"))
            answer.amount_proposed = sum(questions.mapped("proposed_amount"))

    def action_confirm(self):
        """:raise UserError: nothing is chosen, or the warehouse has no code for the new product"""
        self.ensure_one()
        if not self.disposition:
            raise UserError(self.env._("Choose what should be done with the goods."))
        for connection in self.question_ids.connection_id:
            if self.to_product_id and not connection._get_sku(self.to_product_id).get(
                self.to_product_id
            ):
                raise UserError(
                    self.env._(
                        "“%(operator)s” knows no code of %(product)s. Enter it under “Product "
                        "Codes” of the connection.",
                        operator=connection.name,
                        product=self.to_product_id.display_name,
                    )
                )
        self.question_ids._answer(self.disposition, self.to_product_id, self.note or "")
        return {"type": "ir.actions.act_window_close"}
