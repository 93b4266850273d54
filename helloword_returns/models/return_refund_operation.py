from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..providers.base import RefundRequest, ReturnedLine
from .return_operation import STARTED_STATES, STOPPED_STATES


class HellowordReturn(models.Model):
    """Refunds paid by the channel: the credit note waits as a draft until the money has left.

    The draft reserves what it credits, and shows a missing account before anything is paid.
    """

    _inherit = "helloword.return"

    @api.depends("line_ids.refund_line_ids.move_id.refund_operation_id.state")
    def _compute_refund_state(self):
        super()._compute_refund_state()

    def _has_refund_failed(self):
        return super()._has_refund_failed() or any(
            move.state == "draft" and move.refund_operation_id.state in STOPPED_STATES
            for move in self.sudo().line_ids.refund_line_ids.move_id
        )

    def _is_refunded_by_channel(self):
        """Whether the channel pays: it can, and knows what this return is about."""
        self.ensure_one()
        reference = self._prepare_operation_reference()
        return self.channel_id.can_refund and bool(
            reference["return_ref"] or reference["order_ref"]
        )

    def _groups_credit_notes(self):
        return super()._groups_credit_notes() and not self._is_refunded_by_channel()

    # -------------------------------------------------------------------------
    # Asking the channel
    # -------------------------------------------------------------------------

    def action_refund(self):
        self.check_access("write")
        drafts = self.sudo().line_ids.refund_line_ids.move_id.filtered(
            lambda move: move.state == "draft" and move.refund_operation_id
        )
        result = super().action_refund()
        self.sudo()._resume_refunds(drafts)
        return result

    def _resume_refunds(self, drafts):
        """Send refused refunds again; post the credit notes of those that were paid."""
        drafts.refund_operation_id.filtered(
            lambda operation: operation.state in STOPPED_STATES
        ).action_retry()
        paid = drafts.filtered(lambda move: move.refund_operation_id.state == "done")
        if paid:
            self._book_channel_refunds(paid)

    def _release_credit_notes(self, moves):
        """Channels that pay by themselves are asked first; store credit is our own."""
        by_channel = self.filtered(
            lambda ret: ret.decision != "store_credit" and ret._is_refunded_by_channel()
        )
        waiting = moves.filtered(
            lambda move: (
                move.return_ids <= by_channel
                and move.currency_id.compare_amounts(move.amount_total, 0.0) > 0
            )
        )
        super()._release_credit_notes(moves - waiting)
        if waiting:
            by_channel._schedule_channel_refunds(waiting)

    def _schedule_channel_refunds(self, moves):
        """One operation for each return, over all credit notes made for it now.

        Money that was paid for a credit note which somebody cancelled since is not paid again.

        :raise UserError: the amounts differ, so a person has to correct them
        """
        moves_of = defaultdict(moves.browse)
        for move in moves:
            moves_of[move.return_ids] |= move
        requests, purposes, paid = {}, {}, moves.browse()
        for ret, own_moves in moves_of.items():
            operations = ret.operation_ids.filtered(lambda op: op.kind == "refund")
            unused = operations.filtered(
                lambda op: (
                    op.state in STARTED_STATES
                    and not any(move.state != "cancel" for move in op.credit_note_ids)
                )
            )
            if unused:
                ret._check_same_amount(own_moves, unused[0])
                own_moves.refund_operation_id = unused[0]
                paid |= own_moves.filtered(lambda move, op=unused[0]: op.state == "done")
                continue
            requests[ret] = ret._prepare_refund_request(own_moves)
            used = operations.filtered(lambda op: op.state in ("ready", *STARTED_STATES))
            purposes[ret] = str(len(used) + 1)
        operations = self.env["helloword.operation"]._schedule("refund", requests, purposes)
        for ret, operation in zip(requests, operations, strict=True):
            moves_of[ret].refund_operation_id = operation
            if operation.state == "done":
                # Jobs may run inline, and then before this.
                paid |= moves_of[ret]
        if paid:
            self._book_channel_refunds(paid)

    def _check_same_amount(self, moves, operation):
        self.ensure_one()
        amount = sum(moves.mapped("amount_total"))
        if self.currency_id.compare_amounts(amount, operation.amount):
            raise UserError(
                self.env._(
                    "The channel has paid %(paid)s for return %(name)s already, but its credit "
                    "note was cancelled and now %(amount)s would be credited. Correct the lines "
                    "so that both agree.",
                    paid=self.currency_id.format(operation.amount),
                    name=self.name,
                    amount=self.currency_id.format(amount),
                )
            )

    def _prepare_refund_request(self, moves):
        """What the channel is asked to pay.

        :param moves: draft credit notes of this return
        """
        self.ensure_one()
        amounts, quantities = defaultdict(float), defaultdict(float)
        for line in moves.invoice_line_ids.filtered("return_line_id"):
            amounts[line.return_line_id] += line.price_total
            if line.return_role == "goods":
                quantities[line.return_line_id] += line.product_uom_id._compute_quantity(
                    line.quantity, line.return_line_id.uom_id, round=False
                )
        digits = self.currency_id.decimal_places
        return RefundRequest(
            **self._prepare_operation_reference(),
            amount=Decimal(f"{sum(moves.mapped('amount_total')):.{digits}f}"),
            currency=self.currency_id.name,
            lines=tuple(
                ReturnedLine(
                    external_id=line.external_id or "",
                    sku=line.sku or line.product_id.default_code or "",
                    quantity=Decimal(f"{quantities.get(line, line.quantity):g}"),
                    amount=Decimal(f"{amount:.{digits}f}"),
                )
                for line, amount in amounts.items()
            ),
            note=self.name,
        )

    # -------------------------------------------------------------------------
    # Answers
    # -------------------------------------------------------------------------

    def _on_operation_done(self, operations):
        """The money has left: post, reconcile, register the payment."""
        super()._on_operation_done(operations)
        moves = operations.sudo().filtered(lambda op: op.kind == "refund").credit_note_ids
        drafts = moves.filtered(lambda move: move.state == "draft")
        if drafts:
            drafts.return_ids._book_channel_refunds(drafts)

    def _book_channel_refunds(self, moves):
        """Book what the channel has paid. What cannot be booked now stays a draft, with an
        activity: the money has left, whatever the books say."""
        try:
            with self.env.cr.savepoint():
                self._post_credit_notes(moves)
                self._pay_credit_notes(
                    moves, {move: move.refund_operation_id.external_ref for move in moves}
                )
        except UserError as error:
            self._block_refund(
                self.env._("The channel has paid, but the credit note is a draft. %s", error)
            )
        else:
            self.filtered("refund_blocked_reason").write({"refund_blocked_reason": False})

    def _check_can_cancel(self):
        super()._check_can_cancel()
        for ret in self.sudo():
            if ret.operation_ids.filtered(
                lambda op: op.kind == "refund" and op.state in STARTED_STATES
            ):
                raise UserError(
                    self.env._(
                        "The channel pays the refund of return %s, or has paid it. It cannot be "
                        "cancelled any more.",
                        ret.name,
                    )
                )


class HellowordOperation(models.Model):
    _inherit = "helloword.operation"

    credit_note_ids = fields.One2many(
        "account.move", "refund_operation_id", string="Credit Notes", readonly=True
    )


class AccountMove(models.Model):
    _inherit = "account.move"

    refund_operation_id = fields.Many2one(
        "helloword.operation",
        string="Refund on the Channel",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="What pays this credit note on the sales channel.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_paid_by_channel(self):
        for move in self.sudo():
            if move.refund_operation_id.state in STARTED_STATES:
                raise UserError(
                    self.env._(
                        "The channel pays this credit note of return %s, or has paid it. Keep it, "
                        "so that the books follow.",
                        ", ".join(move.return_ids.mapped("name")),
                    )
                )
