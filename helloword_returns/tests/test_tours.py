from odoo.tests import HttpCase, tagged

from ..intake.payload import RequestLine, ReturnRequest
from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestTours(ReturnsCommon, HttpCase):
    """The two main journeys in a browser."""

    def test_clerk(self):
        order = self._make_order([(self.product_standard, 1)])
        self.start_tour(
            f"/odoo/action-sale.action_orders/{order.id}",
            "helloword_return_clerk",
            login=self.env.user.login,
        )
        ret = order.return_ids
        self.assertEqual(ret.rule_id, self.env.ref("helloword_returns.rule_changed_mind"))
        self.assertEqual(ret.goods_state, "processed")
        credit_note = ret.line_ids.refund_line_ids.move_id
        self.assertEqual(credit_note.state, "posted")
        self.assertEqual(credit_note.reversed_entry_id, order.invoice_ids - credit_note)
        self.assertEqual(ret.stage, "done")

    def test_inbox(self):
        orders = self._make_orders([[(self.product_fifo, 3)]] * 2)
        orders[0].name = "TOUR-ORDER"
        requests = [
            ReturnRequest(
                channel_id=self.channel.id,
                external_id=f"TOUR-{number}",
                order_ref=order_ref,
                customer_name=name,
                lines=(RequestLine(sku=self.product_fifo.default_code, quantity=3),),
            )
            for number, (name, order_ref) in enumerate(
                [("Mystery Buyer", "NOBODY-KNOWS"), ("Late Buyer", orders[1].name)]
            )
        ]
        mystery, late = self.env["helloword.return"].intake(requests)
        late.customer_name = "Late Buyer"
        self.assertEqual((mystery.stage, late.stage), ("attention", "review"))
        self.start_tour(
            "/odoo/action-helloword_returns.helloword_return_action",
            "helloword_return_inbox",
            login=self.env.user.login,
        )
        self.assertEqual(mystery.sale_order_id, orders[0])
        self.assertEqual((mystery.state, mystery.decision), ("approved", "return_refund"))
        self.assertEqual(late.state, "rejected")
        self.assertEqual(late.rejection_reason, "The return window has ended.")

    def test_review(self):
        orders = self._make_orders([[(self.product_fifo, 1)]] * 2)
        self.env["helloword.return"].search([("stage", "=", "review")]).user_id = self.env.ref(
            "base.user_admin"
        )
        first, second = self._make_returns([(order, None) for order in orders], "manual", False)
        first.write(
            {
                "customer_name": "First Buyer",
                "customer_comment": "It wobbles.",
                "priority": "1",
            }
        )
        second.customer_comment = "Second thoughts."
        self.start_tour(
            "/odoo/action-helloword_returns.helloword_return_action_review",
            "helloword_return_review",
            login=self.env.user.login,
        )
        self.assertEqual((first.approval_state, first.decision), ("approved", "refund_only"))
        self.assertEqual(first.decided_by_id, self.env.user)
        self.assertEqual((second.stage, second.decision), ("review", "manual"))
