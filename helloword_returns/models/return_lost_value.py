from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HellowordReturn(models.Model):
    """What a consumer who withdrew pays for goods used more than needed to test them.

    Directive 2011/83/EU Art. 14(2): only for handling beyond what is necessary to establish the
    nature, characteristics and functioning of the goods, and only when the consumer was informed
    of the right to withdraw. It is no fee: each deduction has its reason and its evidence.
    """

    _inherit = "helloword.return"

    lost_value = fields.Monetary(
        copy=False,
        tracking=True,
        help="Deducted from the refund, taxes included, because the goods were used more than "
        "needed to test them.",
    )
    lost_value_reason = fields.Text(
        string="Why the Value Was Lost",
        copy=False,
        help="What was found on the goods. Stands on the credit note.",
    )
    lost_value_evidence_ids = fields.Many2many(
        "ir.attachment",
        "helloword_return_lost_value_evidence_rel",
        "return_id",
        "attachment_id",
        string="Evidence",
        copy=False,
        bypass_search_access=True,
        help="Photos or documents that show it.",
    )

    @api.constrains("lost_value", "lost_value_reason", "lost_value_evidence_ids")
    def _check_lost_value(self):
        deducting = self.filtered(lambda ret: not ret.currency_id.is_zero(ret.lost_value))
        policies = self.env["helloword.return.policy"]._get_for(deducting)
        for ret in deducting:
            policy = policies[ret]
            if (
                ret.lost_value < 0
                or ret.currency_id.compare_amounts(ret.lost_value, ret.amount_total) > 0
            ):
                raise ValidationError(
                    self.env._(
                        "The lost value of return %(name)s must lie between zero and the value of "
                        "the goods, %(amount)s.",
                        name=ret.name,
                        amount=ret.currency_id.format(ret.amount_total),
                    )
                )
            if not ret.is_withdrawal:
                raise ValidationError(
                    self.env._(
                        "Return %s follows from no withdrawal. Deduct what was lost with the fee "
                        "of its plan.",
                        ret.name,
                    )
                )
            if not policy or not policy.withdrawal_explained:
                raise ValidationError(
                    self.env._(
                        "Nothing may be deducted from the refund of return %s: no policy says that "
                        "its buyer was informed of the right of withdrawal. Set up the policy the "
                        "shop has published, if it was.",
                        ret.name,
                    )
                )
            if not ret.lost_value_reason or not ret.lost_value_evidence_ids:
                raise ValidationError(
                    self.env._(
                        "Write what was found on the goods of return %s, and add a photo or a "
                        "document that shows it.",
                        ret.name,
                    )
                )
            if not ret._is_lost_value_open():
                raise ValidationError(
                    self.env._(
                        "Return %s has been refunded already: nothing can be deducted any more.",
                        ret.name,
                    )
                )

    def _is_lost_value_open(self):
        """:return: whether goods are left to refund, or the deduction was made already"""
        self.ensure_one()
        credited = self.sudo().line_ids.refund_line_ids.filtered(
            lambda line: line.parent_state != "cancel"
        )
        deducted = credited.filtered(lambda line: line.return_role == "lost_value")
        return not credited or bool(deducted) or self.refund_state in ("partial", "due")

    def _prepare_refund_lines(self, lines, pool):
        """The deduction stands below the goods, with its reason."""
        vals_list = super()._prepare_refund_lines(lines, pool)
        if not self.is_withdrawal or self.currency_id.is_zero(self.lost_value):
            return vals_list
        amounts = {
            self.line_ids.browse(vals["return_line_id"]): 0.0
            for vals in vals_list
            if vals.get("return_role") == "goods"
        }
        for line in amounts:
            amounts[line] = line.price_total
        due = min(self.lost_value - self._get_deducted("lost_value"), sum(amounts.values()))
        if self.currency_id.compare_amounts(due, 0.0) <= 0:
            return vals_list
        deductions = self._prepare_deductions(
            "lost_value", self.env["product.product"], due, amounts
        )
        for vals in deductions:
            vals["name"] = self.env._("Lost value: %s", self.lost_value_reason)
        return vals_list + deductions

    @api.depends(
        "lost_value",
        "is_withdrawal",
        "line_ids.refund_line_ids.return_role",
        "line_ids.refund_line_ids.price_total",
        "line_ids.refund_line_ids.parent_state",
    )
    def _compute_amounts(self):
        return super()._compute_amounts()

    def _get_amount_to_refund(self):
        """The goods less what they lost, and the delivery costs credited by now."""
        amount = super()._get_amount_to_refund()
        if not self.is_withdrawal or not amount:
            return amount
        return max(amount - self.lost_value, 0.0) + self.amount_freight
