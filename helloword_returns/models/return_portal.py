from odoo import models


class HellowordReturn(models.Model):
    """What the customer's page shows."""

    _inherit = "helloword.return"

    def _get_return_address(self):
        """:return: partner whose address the parcel goes to"""
        self.ensure_one()
        warehouse = (
            self.warehouse_id or self.channel_id.warehouse_id or self.sale_order_id.warehouse_id
        )
        return warehouse.partner_id or self.company_id.partner_id

    def _get_portal_steps(self):
        """The steps of this return as its customer sees them.

        :return: list of tuples (label, status), status one of ``done``, ``current``, ``todo``
        """
        self.ensure_one()
        decided = self.approval_state != "requested"
        steps = [(self.env._("Requested"), True)]
        if self.approval_state == "rejected":
            steps.append((self.env._("Rejected"), True))
        elif self.approval_state == "cancelled":
            steps.append((self.env._("Cancelled"), True))
        else:
            steps.append((self.env._("Approved"), decided))
            if self.goods_state != "none":
                received = self.goods_state in ("received", "inspected", "processed")
                shipped = received or self.goods_state in ("transit", "partial")
                steps += [
                    (self.env._("On its way"), shipped),
                    (self.env._("Received"), received),
                ]
            if self.refund_state != "none":
                steps.append((self.env._("Refunded"), self.refund_state == "done"))
        current = next((index for index, step in enumerate(steps) if not step[1]), None)
        return [
            (label, "done" if done else "current" if index == current else "todo")
            for index, (label, done) in enumerate(steps)
        ]
