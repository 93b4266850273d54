from odoo import api, fields, models


class HellowordReturn(models.Model):
    """Posting credit notes and paying them out, each step once for the whole batch."""

    _inherit = "helloword.return"

    amount_paid_out = fields.Monetary(
        string="Paid Out",
        compute="_compute_amount_paid_out",
        help="Paid to the customer; what was set against an open invoice is not part of it.",
    )

    @api.depends("line_ids.refund_line_ids.move_id.payment_state")
    def _compute_amount_paid_out(self):
        """A credit note shared by several returns is split by what each has on it."""
        moves = self.sudo().line_ids.refund_line_ids.move_id.filtered(
            lambda move: move.state == "posted"
        )
        groups = (
            self.env["account.partial.reconcile"]
            .sudo()
            ._read_group(
                [
                    ("credit_move_id.move_id", "in", moves.ids),
                    ("debit_move_id.payment_id", "!=", False),
                ],
                ["credit_move_id"],
                ["credit_amount_currency:sum"],
            )
        )
        paid = {}
        for line, amount in groups:
            paid[line.move_id.id] = paid.get(line.move_id.id, 0.0) + amount
        for ret in self.sudo():
            amount = 0.0
            for move, lines in ret.line_ids.refund_line_ids.grouped("move_id").items():
                if paid.get(move.id) and move.amount_total:
                    amount += paid[move.id] * sum(lines.mapped("price_total")) / move.amount_total
            ret.amount_paid_out = ret.currency_id.round(amount)

    def _release_credit_notes(self, moves):
        """Let draft credit notes take effect: post, reconcile, pay out.

        :param moves: draft credit notes of these returns
        """
        self._post_credit_notes(moves)
        self._pay_credit_notes(moves)

    def _post_credit_notes(self, moves):
        """Post and reconcile with the original invoices, with today's date and the old rate."""
        for company, company_moves in moves.grouped("company_id").items():
            today = self._get_refund_date(company)
            for move in company_moves.filtered(
                lambda move, today=today: move.invoice_date != today
            ):
                # One write: the date alone would reset the rate to that of the day.
                move.write(
                    {
                        "invoice_date": today,
                        "invoice_currency_rate": move.reversed_entry_id.invoice_currency_rate,
                    }
                )
        drafts = moves.filtered(lambda move: move.state == "draft")
        # The return tells the story; a second one on each credit note would cost a third of the
        # time.
        drafts.with_context(mail_notrack=True)._post(soft=False)

    def _pay_credit_notes(self, moves, references=None):
        """Register the payments of what is still open, where the channel asks for it.

        :param moves: posted credit notes of these returns
        :param dict references: credit note → the channel's identifier of the refund
        :return: ``account.payment`` records
        """
        references = references or {}
        vals_list, paid_moves = [], moves.browse()
        for move in moves:
            returns = move.return_ids & self
            channel = returns.channel_id[:1]
            if (
                move.payment_state in ("paid", "in_payment", "reversed")
                or "store_credit" in returns.mapped("decision")
                or move.currency_id.is_zero(move.amount_residual)
                or not (channel.register_refund_payment and channel.refund_journal_id)
            ):
                continue
            vals_list.append(channel._prepare_refund_payment_vals(move, references.get(move)))
            paid_moves |= move
        payments = self.env["account.payment"].sudo().create(vals_list)
        payments.action_post()
        self.env["account.move"]._reconcile_groups(
            [
                (move.line_ids | payment.move_id.line_ids).filtered(
                    lambda line: line.account_type == "asset_receivable" and not line.reconciled
                )
                for move, payment in zip(paid_moves, payments, strict=True)
            ]
        )
        return payments
