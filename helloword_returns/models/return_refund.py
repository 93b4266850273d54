from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from .batch_savepoint import batch_savepoint
from .return_plan import GOODS_DECISIONS, REFUND_DECISIONS

# A credit note in one of these states owes the customer nothing more.
SETTLED_PAYMENT_STATES = ("paid", "in_payment", "reversed")
# Returns refunded by one job: enough to share the work, few enough to keep locks short.
REFUND_CHUNK = 40


class HellowordReturn(models.Model):
    """What is owed to the customer, when it is due, and how far it got: from facts only."""

    _inherit = "helloword.return"

    refund_blocked_reason = fields.Text(
        copy=False,
        readonly=True,
        help="Why the refund that is due could not be made, and what to do about it.",
    )
    is_refund_due = fields.Boolean(
        compute="_compute_refund_state",
        store=True,
        help="Something can be refunded now under the plan.",
    )
    amount_label = fields.Monetary(
        string="Label Deducted",
        compute="_compute_amount_label",
        help="What the return label takes from the refund.",
    )

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends(
        "refund_trigger",
        "shipped_date",
        "goods_closed",
        "goods_state",
        "line_ids.decision",
        "line_ids.quantity",
        "line_ids.is_unexpected",
        "line_ids.invoice_line_id",
        "line_ids.quantity_received",
        "line_ids.quantity_refundable",
        "line_ids.quantity_credited",
        "line_ids.refund_line_ids.parent_state",
        "line_ids.refund_line_ids.move_id.payment_state",
    )
    def _compute_refund_state(self):
        for ret in self:
            ret.is_refund_due = ret._has_refund_due()
            ret.refund_state = ret._get_refund_state()

    def _has_refund_due(self):
        self.ensure_one()
        return (
            self.approval_state == "approved"
            and self._owes_money()
            and any(line._get_quantity_due() for line in self.line_ids)
        )

    def _get_refund_state(self):
        self.ensure_one()
        lines = self.line_ids
        owed = self.approval_state == "approved" and self._owes_money()
        if not owed:
            return "done" if any(lines.mapped("quantity_credited")) else "none"
        if self._has_refund_failed():
            return "failed"
        if self._is_refund_in_progress():
            return "progress"
        if self._has_refund_due():
            blocked = all(not line.invoice_line_id for line in lines if line._get_quantity_due())
            return "waiting" if blocked else "due"
        credited = any(line.quantity_credited > 0 for line in lines)
        awaited = any(line._is_refund_awaited() for line in lines)
        if awaited:
            return "partial" if credited else "waiting"
        return "done" if credited else "none"

    def _has_refund_failed(self):
        """Whether the channel refused the refund; see ``return_refund_operation``."""
        self.ensure_one()
        return False

    def _is_refund_in_progress(self):
        """Whether a credit note is not posted yet, or posted and still to be paid out.

        Store credit stays open on purpose: the customer spends it.
        """
        self.ensure_one()
        # A bonus on an exchange is left open for the customer to spend.
        lines = self.line_ids.refund_line_ids
        moves = lines.filtered(lambda line: line.return_role != "bonus").move_id
        if any(move.state == "draft" for move in moves):
            return True
        return self.decision != "store_credit" and any(
            move.state == "posted" and move.payment_state not in SETTLED_PAYMENT_STATES
            for move in moves
        )

    def _is_refund_due(self):
        """:return: whether something can be refunded now under the plan"""
        self.ensure_one()
        return self.is_refund_due

    @api.depends("label_payer", "currency_id")
    def _compute_amount_label(self):
        """Without costs nothing is deducted; see ``return_cost``."""
        self.amount_label = 0.0

    # -------------------------------------------------------------------------
    # Due refunds
    # -------------------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        # Batches of scans schedule what follows once, for all.
        if vals.get("shipped_date") and not self.env.context.get("schedules_refunds"):
            self._schedule_due_refunds()
        return result

    def _on_approved(self):
        super()._on_approved()
        self._schedule_due_refunds()

    def _on_goods_received(self):
        super()._on_goods_received()
        self._schedule_due_refunds()

    def _on_goods_inspected(self):
        super()._on_goods_inspected()
        self._schedule_due_refunds()

    def _schedule_due_refunds(self):
        """Enqueue the refunds which are due, in jobs of their own.

        Never refunds in this transaction: a refund that fails must not undo a receipt.
        """
        due = self.filtered(lambda ret: ret._is_refund_due())
        for returns in due.grouped("company_id").values():
            ordered = returns.sorted(lambda ret: (ret.sale_order_id.id, ret.id))
            for start in range(0, len(ordered), REFUND_CHUNK):
                chunk = ordered[start : start + REFUND_CHUNK]
                chunk.with_delay(
                    identity_key="helloword.return.refund:{}".format(",".join(map(str, chunk.ids))),
                    description=self.env._("Refund %s", ", ".join(chunk.mapped("name"))),
                )._job_refund_due()

    def _job_refund_due(self):
        """Refund what is (still) due; what fails gets an activity and stays due.

        One failing refund does not keep the others of the job.
        """
        due = self.exists().filtered(lambda ret: ret._is_refund_due())
        if not due:
            return
        try:
            with batch_savepoint(self.env):
                due.action_refund()
            return
        except UserError as error:
            if len(due) == 1:
                due._block_refund(str(error))
                return
        for ret in due:
            try:
                with batch_savepoint(self.env):
                    ret.action_refund()
            except UserError as error:
                ret._block_refund(str(error))

    def _block_refund(self, reason):
        """Note why a refund cannot be made, and tell the person responsible once."""
        fresh = self.filtered(lambda ret: ret.refund_blocked_reason != reason)
        fresh.write({"refund_blocked_reason": reason})
        fresh._schedule_refund_activity(reason)

    def _schedule_refund_activity(self, note):
        for user, returns in self.grouped(
            lambda ret: ret.user_id or ret.channel_id.user_id or self.env.user
        ).items():
            returns.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Check the refund"),
                note=note,
                user_id=user.id,
            )

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_refund(self):
        """Refund everything the plan owes by now, the whole batch at once.

        What is refunded already is left alone, so a repeated call does nothing. Whoever may
        write a return may refund it; the accounting behind is done for them.

        :return: True
        :raise UserError: nothing is owed, the goods are awaited, no invoice was made, more was
            credited than is left, an account is missing or archived
        """
        self.check_access("write")
        returns = self.sudo()
        returns._check_can_refund()
        returns._lock_origins()
        returns.line_ids._match_invoice_lines()
        due = returns.filtered(lambda ret: ret._is_refund_due())
        if not due:
            return True
        moves = due._create_credit_notes()
        due.filtered("refund_blocked_reason").write({"refund_blocked_reason": False})
        due._release_credit_notes(moves)
        return True

    def _check_can_refund(self):
        for ret in self:
            if ret.approval_state != "approved" or not ret._owes_money():
                raise UserError(
                    self.env._(
                        "Return %s owes no refund. Approve it with a decision that refunds first.",
                        ret.name,
                    )
                )
            if ret.is_refund_due or ret.refund_state not in ("waiting", "none"):
                continue
            if any(line._is_refund_awaited() for line in ret.line_ids):
                raise UserError(ret._get_waiting_message())

    def _get_waiting_message(self):
        """:return: what the refund waits for, and how to refund before that"""
        self.ensure_one()
        if self.refund_trigger == "first_scan":
            return self.env._(
                "The refund of return %s waits for the first scan of the carrier. To refund now, "
                "choose “Refund Now”.",
                self.name,
            )
        if self.refund_trigger == "inspection":
            return self.env._(
                "The refund of return %s waits for the inspection of the goods. Inspect them, or "
                "choose “Refund Now”.",
                self.name,
            )
        return self.env._(
            "The refund of return %s waits for the goods. Receive them, or choose “Refund Now”.",
            self.name,
        )

    def action_refund_now(self):
        """Refund without waiting for the goods: the plan of these returns is changed."""
        self.check_access("write")
        self.filtered(lambda ret: ret.refund_trigger != "request").write(
            {"refund_trigger": "request"}
        )
        return self.action_refund()

    def action_invoice_and_refund(self):
        """Invoice what the orders of these returns still have to invoice, then refund.

        :raise UserError: an order has nothing to invoice
        """
        self.check_access("write")
        orders = self.line_ids.filtered(lambda line: not line.invoice_line_id).sale_order_id
        if orders:
            invoices = orders.sudo()._create_invoices()
            invoices.action_post()
        return self.action_refund()

    def action_view_credit_notes(self):
        self.ensure_one()
        return self.credit_note_ids._get_records_action(name=self.env._("Credit Notes"))

    # -------------------------------------------------------------------------
    # Undoing
    # -------------------------------------------------------------------------

    def _check_can_cancel(self):
        super()._check_can_cancel()
        for ret in self.sudo():
            posted = ret.line_ids.refund_line_ids.move_id.filtered(
                lambda move: move.state == "posted"
            )
            if posted:
                raise UserError(
                    self.env._(
                        "Return %(name)s has been refunded by %(moves)s. Cancel that credit note "
                        "first, then the return.",
                        name=ret.name,
                        moves=", ".join(posted.mapped("name")),
                    )
                )

    def _on_cancelled(self):
        super()._on_cancelled()
        self.sudo()._drop_draft_credit_notes()

    def _drop_draft_credit_notes(self):
        """Delete what was never posted; a credit note shared with other returns loses only the
        lines of these."""
        drafts = self.line_ids.refund_line_ids.filtered(lambda line: line.parent_state == "draft")
        moves = drafts.move_id
        own = moves.filtered(lambda move: not (move.return_ids - self))
        own.unlink()
        (drafts.exists()).unlink()


class HellowordReturnLine(models.Model):
    """How much of a line can be refunded by now, and how much has been."""

    _inherit = "helloword.return.line"

    quantity_refundable = fields.Float(
        digits="Product Unit",
        compute="_compute_quantity_refundable",
        store=True,
        help="What the plan allows to refund by now, refunded or not.",
    )
    quantity_credited = fields.Float(
        string="Refunded Quantity",
        digits="Product Unit",
        compute="_compute_quantity_credited",
        store=True,
        help="On credit notes of this return, drafts included.",
    )

    @api.depends(
        "quantity",
        "is_unexpected",
        "quantity_received",
        "quantity_inspected",
        "decision",
        "return_id.decision",
        "return_id.refund_trigger",
        "return_id.shipped_date",
    )
    def _compute_quantity_refundable(self):
        for line in self:
            line.quantity_refundable = line._get_quantity_refundable()

    def _get_quantity_refundable(self):
        """:return: quantity that may be refunded by now, in the product's unit"""
        self.ensure_one()
        ret = self.return_id
        decision = self._get_decision()
        if self.is_unexpected or decision not in REFUND_DECISIONS:
            return 0.0
        if decision not in GOODS_DECISIONS or ret.refund_trigger == "request":
            return self.quantity
        if ret.refund_trigger == "first_scan" and ret.shipped_date:
            return self.quantity
        if ret.refund_trigger == "inspection":
            return min(self.quantity, self._get_quantity_accepted())
        return min(self.quantity, self.quantity_received)

    def _get_quantity_accepted(self):
        """:return: inspected quantity whose grade lets it be refunded"""
        self.ensure_one()
        return self.quantity_inspected

    @api.depends(
        "refund_line_ids.quantity",
        "refund_line_ids.product_uom_id",
        "refund_line_ids.parent_state",
        "refund_line_ids.return_role",
        "quantity",
    )
    def _compute_quantity_credited(self):
        for line in self:
            credited = 0.0
            for credit in line.refund_line_ids:
                if credit.parent_state == "cancel" or credit.move_id.move_type != "out_refund":
                    continue
                if credit.return_role == "allowance":
                    credited = line.quantity
                elif credit.return_role in (False, "goods"):
                    credited += credit.product_uom_id._compute_quantity(
                        credit.quantity, line.uom_id, round=False
                    )
            line.quantity_credited = credited

    def _get_quantity_due(self):
        """:return: quantity to refund now, zero when there is none or no invoice will be credited

        The order follows deliveries: what came back before it was invoiced is never charged.
        """
        self.ensure_one()
        due = self.quantity_refundable - self.quantity_credited
        if self._compare(due, 0.0) <= 0 or self._is_never_charged():
            return 0.0
        if self._get_decision() == "keep_it" and self.currency_id.is_zero(self._get_allowance()):
            return 0.0
        return due

    def _is_never_charged(self):
        self.ensure_one()
        return (
            not self.invoice_line_id
            and self._follows_delivery()
            and self._compare(self.quantity_received, self.quantity) >= 0
        )

    def _follows_delivery(self):
        """Whether the order's quantities to invoice fall by themselves when the goods return."""
        self.ensure_one()
        return (
            self._expects_goods()
            and self.sudo().sale_line_id.product_id.invoice_policy == "delivery"
        )

    def _is_refund_awaited(self):
        """Whether more of this line becomes refundable when more goods arrive or are inspected."""
        self.ensure_one()
        ret = self.return_id
        if (
            self.is_unexpected
            or not self._expects_goods()
            or self._get_decision() not in REFUND_DECISIONS
        ):
            return False
        if self._is_never_charged():
            return False
        goal = self.quantity
        if ret.goods_closed:
            goal = min(goal, self.quantity_received)
        if ret.refund_trigger == "inspection":
            goal -= max(self.quantity_inspected - self._get_quantity_accepted(), 0.0)
        return (
            float_compare(
                goal,
                max(self.quantity_refundable, self.quantity_credited),
                precision_rounding=self.uom_id.rounding or 0.01,
            )
            > 0
        )
