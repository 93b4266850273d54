from decimal import Decimal

from odoo import api, fields, models

from ..providers.base import ApproveRequest, DeclineRequest, ReturnedLine


class HellowordReturn(models.Model):
    """What the channel is told about a return, and what its answers mean here."""

    _inherit = "helloword.return"

    operation_ids = fields.One2many("helloword.operation", "return_id")
    operation_count = fields.Integer(compute="_compute_operation_count")

    @api.depends("operation_ids")
    def _compute_operation_count(self):
        counts = dict(
            self.env["helloword.operation"]._read_group(
                [("return_id", "in", self.ids)], ["return_id"], ["__count"]
            )
        )
        for ret in self:
            ret.operation_count = counts.get(ret, 0)

    def action_view_operations(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_operation_action"
        )
        action["domain"] = [("return_id", "=", self.id)]
        action["context"] = {}
        return action

    # -------------------------------------------------------------------------
    # Telling the channel
    # -------------------------------------------------------------------------

    def _on_approved(self):
        super()._on_approved()
        self._tell_channel(
            "approve", self.filtered("channel_id.can_approve"), self._prepare_approve_request
        )

    def _on_rejected(self):
        super()._on_rejected()
        self._tell_channel(
            "decline", self.filtered("channel_id.can_decline"), self._prepare_decline_request
        )

    def _tell_channel(self, kind, returns, prepare):
        """Schedule one operation for each decision; a decision after a reset is another one."""
        returns = returns.filtered("external_id")
        self.env["helloword.operation"]._schedule(
            kind,
            {ret: prepare(ret) for ret in returns},
            purpose={ret: f"{ret.decided_date:%Y%m%d%H%M%S}" for ret in returns},
        )

    @api.model
    def _prepare_approve_request(self, ret):
        return ApproveRequest(
            **ret._prepare_operation_reference(),
            goods_expected=ret._expects_goods(),
            lines=ret.line_ids._prepare_returned_lines(),
        )

    @api.model
    def _prepare_decline_request(self, ret):
        return DeclineRequest(
            **ret._prepare_operation_reference(), reason=ret.rejection_reason or ""
        )

    def _prepare_operation_reference(self):
        """:return: dict of what every request to the channel says about the return"""
        self.ensure_one()
        return {
            "return_ref": self.external_id or "",
            "order_ref": self.external_order_ref or self.sale_order_id.return_channel_ref or "",
            "number": self.name,
        }

    def _on_cancelled(self):
        """What was not sent yet is not sent any more."""
        super()._on_cancelled()
        unsent = self.sudo().operation_ids.filtered(lambda operation: operation.state == "ready")
        if unsent:
            unsent.action_cancel()

    # -------------------------------------------------------------------------
    # Answers
    # -------------------------------------------------------------------------

    def _on_operation_done(self, operations):
        """What follows when operations of one kind were carried out. Hook, batch.

        Runs in a transaction of its own; its failure never repeats the call.
        """
        operations._close_activities()

    def _on_operation_failed(self, operations):
        """What follows when operations of one kind were refused or given up. Hook, batch."""
        operations._raise_activities()

    def _on_operation_unknown(self, operations):
        """Nobody can be asked whether operations were carried out: a person has to look."""
        operations._raise_activities()


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def _prepare_returned_lines(self, amounts=None):
        """The lines as adapters get them.

        :param dict amounts: line → amount to refund in the return's currency
        :return: tuple of :class:`~odoo.addons.helloword_returns.providers.base.ReturnedLine`
        """
        return tuple(
            ReturnedLine(
                external_id=line.external_id or "",
                sku=line.sku or line.product_id.default_code or "",
                quantity=Decimal(f"{line.quantity:g}"),
                amount=Decimal(str(amounts[line])) if amounts and line in amounts else None,
            )
            for line in self
        )


class HellowordOperation(models.Model):
    _inherit = "helloword.operation"

    activity_id = fields.Many2one(
        "mail.activity", help="Raised when it went wrong.", ondelete="set null"
    )

    def _raise_activities(self):
        """One open activity for each operation that went wrong, on its return."""
        for operation in self:
            if operation.activity_id.active:
                continue
            ret = operation.return_id
            operation.activity_id = ret.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=operation._get_activity_summary(),
                note=operation.error or False,
                user_id=(ret.user_id or operation.channel_id.user_id or self.env.user).id,
            )

    def _get_activity_summary(self):
        self.ensure_one()
        if self.state in ("accepted", "unknown"):
            return self.env._("Check at the channel: %s", self.display_name)
        return self.env._("Did not work: %s", self.display_name)

    def _close_activities(self):
        self.activity_id.filtered("active").action_feedback()
