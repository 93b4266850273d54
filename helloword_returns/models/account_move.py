import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from .batch_savepoint import batch_savepoint

_logger = logging.getLogger(__name__)


class AccountMove(models.Model):
    """Credit notes of returns: found from both sides, each reconciled with its own invoice."""

    _inherit = "account.move"

    return_ids = fields.Many2many(
        "helloword.return",
        string="Returns",
        compute="_compute_return_ids",
        search="_search_return_ids",
    )
    return_count = fields.Integer(compute="_compute_return_ids", string="Number of Returns")

    @api.depends("line_ids.return_line_id")
    def _compute_return_ids(self):
        for move in self:
            move.return_ids = move.line_ids.return_line_id.return_id
            move.return_count = len(move.return_ids)

    def _search_return_ids(self, operator, value):
        return [("line_ids.return_line_id.return_id", operator, value)]

    def action_view_returns(self):
        self.ensure_one()
        return self.return_ids._get_records_action(name=self.env._("Returns"))

    # -------------------------------------------------------------------------
    # Posting
    # -------------------------------------------------------------------------

    def _post(self, soft=True):
        """An invoice that is posted lets the returns that waited for it go on."""
        posted = super()._post(soft)
        sale_lines = posted.filtered(
            lambda move: move.move_type == "out_invoice"
        ).invoice_line_ids.sale_line_ids
        if sale_lines:
            waiting = (
                self.env["helloword.return.line"]
                .sudo()
                .search(
                    [
                        ("sale_line_id", "in", sale_lines.ids),
                        ("invoice_line_id", "=", False),
                        ("is_unexpected", "=", False),
                        ("state", "in", ("requested", "approved")),
                    ]
                )
            )
            if waiting:
                waiting._match_invoice_lines()
                waiting.return_id._schedule_due_refunds()
        return posted

    def _take_rest_of_invoice(self):
        """Let draft credit notes that exhaust invoices in a foreign currency take their rest in
        company currency too: each credit note rounds by itself, and a cent left over would
        become an exchange difference.
        """
        for move in self:
            invoice = move.reversed_entry_id
            if move.currency_id == move.company_currency_id:
                continue
            refunds = invoice.reversal_move_ids.filtered(lambda credit: credit.state != "cancel")
            rest = sum(
                (invoice | refunds)
                .line_ids.filtered(lambda line: line.display_type == "payment_term")
                .mapped("balance")
            )
            # More than rounding is no business of this credit note.
            limit = move.company_currency_id.rounding * len(refunds.line_ids)
            if not move.company_currency_id.is_zero(rest) and abs(rest) <= limit:
                line = move.invoice_line_ids.filtered(lambda line: line.balance > 0)[:1]
                move.write(
                    {"line_ids": [fields.Command.update(line.id, {"balance": line.balance + rest})]}
                )

    # -------------------------------------------------------------------------
    # Reconciliation
    # -------------------------------------------------------------------------

    def _reconcile_reversed_moves(self, reverse_moves, move_reverse_cancel):
        """Credit notes of returns are paired with their own invoices, all in one plan.

        Odoo pairs the two recordsets by position, which mixes them up as soon as two credit
        notes reverse the same invoice; and it reconciles pair by pair.
        """
        refunds = reverse_moves.filtered(lambda move: move.line_ids.return_line_id)
        if not refunds:
            return super()._reconcile_reversed_moves(reverse_moves, move_reverse_cancel)
        others = reverse_moves - refunds
        if others:
            super(AccountMove, others.reversed_entry_id)._reconcile_reversed_moves(
                others, move_reverse_cancel
            )
        refunds.with_context(move_reverse_cancel=move_reverse_cancel)._reconcile_with_origin()
        return reverse_moves

    def _reconcile_with_origin(self):
        """Reconcile credit notes with the open lines of the invoices they reverse."""
        groups = {}
        for move in self:
            for line in (move | move.reversed_entry_id).line_ids:
                if line.account_id.reconcile and not line.reconciled:
                    key = (move.reversed_entry_id, line.account_id, line.currency_id)
                    groups[key] = groups.get(key, line.browse()) | line
        self._reconcile_groups([lines for lines in groups.values() if len(lines.move_id) > 1])

    @api.model
    def _reconcile_groups(self, groups):
        """Reconcile groups of journal items, all in one plan.

        One group that cannot be reconciled spoils a plan: then each is tried by itself.

        :param groups: list of ``account.move.line`` recordsets
        """
        if not groups:
            return
        Line = self.env["account.move.line"]
        try:
            with batch_savepoint(self.env):
                Line._reconcile_plan(groups)
            return
        except UserError:
            _logger.warning("A plan of %s reconciliations failed, trying each", len(groups))
        for lines in groups:
            with batch_savepoint(self.env):
                lines.filtered(lambda line: not line.reconciled).reconcile()
