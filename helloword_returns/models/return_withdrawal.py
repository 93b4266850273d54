from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..law.clock import WITHDRAWAL

# Who pays the return, where the regulations leave no choice.
SELLER_PAYS = ("seller", "trader", "merchant")


class HellowordReturn(models.Model):
    """Returns that follow from a withdrawal: no rule decides them and no fee is kept.

    Directive 2011/83/EU: no reason and no cost but the return itself (Art. 9(1), 14(1)), the same
    means of payment (Art. 13(1)), money after the goods or a proof that they were sent, whichever
    comes first (Art. 13(3)).
    """

    _inherit = "helloword.return"

    withdrawal_id = fields.Many2one(
        "helloword.withdrawal",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    is_withdrawal = fields.Boolean(
        string="By Withdrawal",
        compute="_compute_is_withdrawal",
        store=True,
        help="The consumer withdrew from the contract: nobody has to agree, and no fee is kept.",
    )

    @api.depends("withdrawal_id")
    def _compute_is_withdrawal(self):
        for ret in self:
            ret.is_withdrawal = bool(ret.withdrawal_id)

    def _prepare_return_vals(self, payload, lookup):
        vals = super()._prepare_return_vals(payload, lookup)
        if payload.withdrawal_id:
            vals |= {"withdrawal_id": payload.withdrawal_id, "refund_trigger": "first_scan"}
        return vals

    # -------------------------------------------------------------------------
    # Deciding
    # -------------------------------------------------------------------------

    def _approve_withdrawn(self):
        """Approve by law what matching found nothing wrong with; the rest needs attention first."""
        waiting = self.filtered(lambda ret: ret.is_withdrawal and ret.approval_state == "requested")
        policies = self.env["helloword.return.policy"]._get_for(waiting)
        for ret in waiting:
            ret.write(ret._prepare_withdrawal_plan(policies[ret]))
        ready = waiting.filtered(lambda ret: not ret.needs_attention)
        ready._run_one_by_one_if_needed(lambda returns: returns.action_approve())

    def _prepare_withdrawal_plan(self, policy):
        """The plan the law makes.

        :param policy: ``helloword.return.policy``, perhaps empty
        """
        self.ensure_one()
        return {
            "decision": "return_refund",
            "label_payer": "customer" if self._does_buyer_pay_return(policy) else "seller",
            "refund_trigger": "first_scan",
            "fee_type": "none",
            "fee_percent": 0.0,
            "fee_amount": 0.0,
            "offer_keep_it": False,
            "offer_store_credit": False,
            "offer_exchange": False,
            "photo_required": False,
            "rule_id": False,
        }

    def _does_buyer_pay_return(self, policy):
        """The buyer pays only when told so before the order (Art. 6(6), 14(1)), and never where
        the law puts the return on the seller."""
        self.ensure_one()
        if not policy or policy.label_paid_by != "buyer" or not policy.label_cost_disclosed:
            return False
        bearer = (
            self.env["helloword.regulation"]
            ._get_rulebook()
            .get(
                self._get_jurisdiction(), "return_cost_bearer_withdrawal", self.request_date.date()
            )
        )
        return not bearer or bearer.value not in SELLER_PAYS

    def _is_undecided(self):
        return super()._is_undecided() and not self.is_withdrawal

    def _decide_after_intake(self):
        """No rule decides about a right: what was corrected is approved."""
        withdrawn = self.filtered("is_withdrawal")
        super(HellowordReturn, self - withdrawn)._decide_after_intake()
        withdrawn._approve_withdrawn()

    def action_reject(self):
        for ret in self.filtered("is_withdrawal"):
            raise UserError(
                self.env._(
                    "Return %(name)s follows from withdrawal %(withdrawal)s, which needs nobody's "
                    "consent. If the right does not exist, cancel the return and refuse the "
                    "withdrawal with a reason.",
                    name=ret.name,
                    withdrawal=ret.withdrawal_id.name,
                )
            )
        return super().action_reject()

    @api.constrains("withdrawal_id", "decision", "fee_type", "label_payer", "refund_trigger")
    def _check_withdrawal_plan(self):
        for ret in self.filtered("is_withdrawal"):
            if ret.decision not in (False, "return_refund", "refund_only"):
                raise ValidationError(
                    self.env._(
                        "Return %s follows from a withdrawal: the money goes back by the way it "
                        "was paid. Choose a return for refund, or a refund without return.",
                        ret.name,
                    )
                )
            if ret.fee_type != "none" or ret.label_payer == "deduct":
                raise ValidationError(
                    self.env._(
                        "Return %s follows from a withdrawal: no fee may be kept. For goods that "
                        "were used more than needed to test them, enter the lost value.",
                        ret.name,
                    )
                )
            if ret.refund_trigger not in ("request", "first_scan"):
                raise ValidationError(
                    self.env._(
                        "Return %s follows from a withdrawal: the refund may wait for the goods or "
                        "a proof that they were sent, but not longer.",
                        ret.name,
                    )
                )

    def _can_customer_withdraw(self):
        return super()._can_customer_withdraw() and not self.is_withdrawal

    def _mail_customers(self, template_xmlid):
        """The acknowledgement has told already that we received the statement."""
        returns = self
        if template_xmlid == "helloword_returns.mail_template_return_received":
            returns = self.filtered(lambda ret: not ret.is_withdrawal)
        return super(HellowordReturn, returns)._mail_customers(template_xmlid)

    # -------------------------------------------------------------------------
    # Clock
    # -------------------------------------------------------------------------

    @api.depends("withdrawal_id.received_at")
    def _compute_refund_due(self):
        return super()._compute_refund_due()

    def _get_notice_date(self):
        """The clock runs from the statement, whoever found the order when."""
        return self.sudo().withdrawal_id.received_at or super()._get_notice_date()

    def _get_claim_kind(self):
        return WITHDRAWAL if self.is_withdrawal else super()._get_claim_kind()

    def action_view_withdrawal(self):
        self.ensure_one()
        return self.withdrawal_id._get_records_action()
