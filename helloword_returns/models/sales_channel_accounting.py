from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HellowordChannel(models.Model):
    """How a channel's refunds are credited and paid."""

    _inherit = "helloword.channel"

    refund_journal_id = fields.Many2one(
        "account.journal",
        check_company=True,
        domain=[("type", "in", ("bank", "cash"))],
        help="The bank, cash or clearing journal from which refunds of this channel are paid.",
    )
    refund_payment_method_line_id = fields.Many2one(
        "account.payment.method.line",
        string="Refund Payment Method",
        domain="[('journal_id', '=', refund_journal_id), ('payment_type', '=', 'outbound')]",
        help="Empty: the journal's first method for outgoing payments.",
    )
    register_refund_payment = fields.Boolean(
        string="Register Refund Payments",
        help="Register the payment in the refund journal as soon as the credit note is posted. "
        "Otherwise somebody registers it on the credit note.",
    )
    group_credit_notes = fields.Boolean(
        help="Returns of the same invoice that are refunded together share one credit note, "
        "e.g. where a marketplace gets one invoice a month.",
    )

    analytic_account_id = fields.Many2one(
        "account.analytic.account",
        check_company=True,
        help="Takes the return costs of this channel.",
    )

    @api.constrains("register_refund_payment", "refund_journal_id")
    def _check_refund_journal(self):
        for channel in self:
            if channel.register_refund_payment and not channel.refund_journal_id:
                raise ValidationError(
                    self.env._(
                        "Choose the refund journal of channel %s, or do not register payments.",
                        channel.name,
                    )
                )

    def _prepare_refund_payment_vals(self, credit_note, reference=None):
        """Values of the payment that pays a credit note out.

        :param credit_note: posted ``account.move``
        :param str reference: the channel's identifier of the refund
        """
        self.ensure_one()
        journal = self.refund_journal_id
        return {
            "payment_type": "outbound",
            "partner_type": "customer",
            "partner_id": credit_note.commercial_partner_id.id,
            "amount": credit_note.amount_residual,
            "currency_id": credit_note.currency_id.id,
            "date": credit_note.invoice_date,
            "journal_id": journal.id,
            "payment_method_line_id": (
                self.refund_payment_method_line_id
                or journal._get_available_payment_method_lines("outbound")[:1]
            ).id,
            "memo": credit_note.ref or credit_note.name,
            "payment_reference": reference,
            "invoice_ids": [fields.Command.set(credit_note.ids)],
        }
