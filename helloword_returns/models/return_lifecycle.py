from odoo import fields, models
from odoo.exceptions import UserError


class HellowordReturn(models.Model):
    """What people, rules and facts do to a return, and the hooks that follow."""

    _inherit = "helloword.return"

    def action_approve(self):
        """Approve with the plan that stands on each return.

        :raise UserError: a return has no final decision, or asks for more than was delivered
        """
        self._check_can_approve()
        self._lock_origins()
        self._check_returnable()
        self.write({"approval_state": "approved", "decided_date": fields.Datetime.now()})
        self._on_approved()
        return True

    def _check_can_approve(self):
        for ret in self:
            if ret.approval_state != "requested":
                raise UserError(self.env._("Return %s is not waiting for a decision.", ret.name))
            if ret.decision in (False, "manual", "reject"):
                raise UserError(
                    self.env._("Choose a decision on return %s before you approve it.", ret.name)
                )
            if not ret.line_ids:
                raise UserError(
                    self.env._("Return %s has no lines. Add what comes back first.", ret.name)
                )

    def _on_approved(self):
        """What follows an approval: receipts, labels, refunds due at once. Hook, batch."""

    def action_reject(self):
        """Reject; what was already promised is not undone.

        :raise UserError: a return is not waiting for a decision
        """
        for ret in self:
            if ret.approval_state != "requested":
                raise UserError(self.env._("Return %s is not waiting for a decision.", ret.name))
        self.write(
            {
                "approval_state": "rejected",
                "decision": "reject",
                "decided_date": fields.Datetime.now(),
            }
        )
        self._on_rejected()
        return True

    def _on_rejected(self):
        """What follows a rejection: tell the channel and the customer. Hook, batch."""

    def action_cancel(self):
        """Cancel: nothing more will happen; what has happened must be undone first.

        :raise UserError: goods were received or money was refunded
        """
        self._check_can_cancel()
        self.write({"approval_state": "cancelled"})
        self._on_cancelled()
        return True

    def _check_can_cancel(self):
        for ret in self:
            if any(line._is_received() for line in ret.line_ids):
                raise UserError(
                    self.env._(
                        "Goods of return %s have been received. Return the receipt to the "
                        "customer first, then cancel.",
                        ret.name,
                    )
                )

    def _on_cancelled(self):
        """What follows a cancellation: pending receipts and operations. Hook, batch."""

    def action_reset(self):
        """Back to “requested”, e.g. after a wrong rejection; the next decision is a new one."""
        for ret in self:
            if ret.approval_state not in ("rejected", "cancelled"):
                raise UserError(
                    self.env._(
                        "Only rejected or cancelled returns can be reopened; %s is not.", ret.name
                    )
                )
        self.write(
            {
                "approval_state": "requested",
                "decision": False,
                "rule_id": False,
                "decided_date": False,
                "goods_closed": False,
            }
        )
        return True

    def action_close_goods(self):
        """Stop waiting for what has not arrived."""
        self.write({"goods_closed": True})
        self._on_goods_closed()
        return True

    def _on_goods_closed(self):
        """What follows when nothing more is expected: pending receipts. Hook, batch."""

    def action_mark_shipped(self):
        """The customer has sent the parcel, or a carrier has scanned it."""
        self.filtered(lambda ret: not ret.shipped_date).write(
            {"shipped_date": fields.Datetime.now()}
        )
        return True

    def _on_goods_received(self):
        """What follows when goods arrived: refunds due on receipt. Hook, once per batch."""

    def _on_goods_inspected(self):
        """What follows an inspection: refunds due on inspection. Hook, once per batch."""

    def action_view_sale_order(self):
        self.ensure_one()
        return self.sale_order_id._get_records_action()
