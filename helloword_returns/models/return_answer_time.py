from datetime import timedelta

from odoo import api, fields, models


class HellowordReturn(models.Model):
    """By when the customer has been promised a decision."""

    _inherit = "helloword.return"

    answer_due_date = fields.Datetime(
        string="Answer Due",
        compute="_compute_answer_due_date",
        store=True,
        index="btree_not_null",
        help="By when the plan wants a decision (UTC). Empty once it is made, and without a limit.",
    )

    @api.depends("request_date", "sla_hours", "approval_state")
    def _compute_answer_due_date(self):
        for ret in self:
            is_open = ret.approval_state == "requested" and ret.sla_hours and ret.request_date
            ret.answer_due_date = (
                ret.request_date + timedelta(hours=ret.sla_hours) if is_open else False
            )

    def _get_review_day(self):
        """:return: date by which a person has to decide, False without a limit"""
        self.ensure_one()
        due = self.answer_due_date
        return due and fields.Datetime.context_timestamp(self, due).date()
