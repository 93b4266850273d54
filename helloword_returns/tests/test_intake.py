from datetime import UTC, datetime, timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from ..intake.payload import RequestLine, ReturnRequest
from .common import ReturnsCommon


class TestIntake(ReturnsCommon):
    """Whatever comes in is kept once, and matched where it can be."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._make_order([(cls.product_average, 5), (cls.product_standard, 2)])

    def _intake(self, *payloads, decide=False):
        return self.env["helloword.return"].intake(payloads, decide=decide)

    def _request(self, *lines, **values):
        return ReturnRequest(
            **{"channel_id": self.channel.id, "order_ref": self.order.name, "lines": lines} | values
        )

    def _line(self, quantity=1, **values):
        return RequestLine(**{"sku": self.product_average.default_code} | values, quantity=quantity)

    def _codes(self, ret):
        return [issue["code"] for issue in ret.attention_issues or []]

    def test_by_order_number_and_sku(self):
        asked = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
        ret = self._intake(
            self._request(
                self._line(2, reason="too_small", comment="Zu klein"),
                external_id="A1",
                currency="usd",
                requested_at=asked,
                customer_name="Ada",
            )
        )
        self.assertFalse(ret.needs_attention, ret.attention_message)
        self.assertEqual(ret.sale_order_id, self.order)
        self.assertEqual(ret.request_date, asked.replace(tzinfo=None))
        self.assertEqual(ret.line_ids.reason_id.code, "too_small")
        self.assertEqual(ret.line_ids.sale_line_id, self.order.order_line[0])
        self.assertEqual(ret.line_ids.price_total, ret.amount_total)
        self.assertGreater(ret.amount_total, 0)

    def test_repeated_request_changes_nothing(self):
        request = self._request(self._line(), external_id="A2", currency="USD")
        ret = self._intake(request)
        line = ret.line_ids
        self.assertEqual(self._intake(request), ret)
        self.assertEqual(self._intake(request, request), ret | ret)
        self.assertEqual(ret.line_ids, line, "nothing was rewritten")

    def test_twice_in_one_batch_the_last_counts(self):
        first, second = self._intake(
            self._request(self._line(1), external_id="A3"),
            self._request(self._line(3), external_id="A3"),
        )
        self.assertEqual(first, second)
        self.assertEqual(first.line_ids.quantity, 3)

    def test_changed_request(self):
        ret = self._intake(self._request(self._line(1), external_id="A4", order_ref="nowhere"))
        self.assertEqual(self._codes(ret), ["unknown_order"])
        ret.sale_order_id = self.order
        ret.action_match()
        self.assertFalse(ret.needs_attention)
        self._intake(self._request(self._line(2), external_id="A4", order_ref="nowhere"))
        self.assertEqual(ret.sale_order_id, self.order, "what a person chose stays")
        self.assertEqual(ret.line_ids.quantity, 2)
        self.assertFalse(ret.needs_attention)

    def test_changed_after_decision(self):
        ret = self._intake(self._request(self._line(1), external_id="A5"))
        ret.decision = "return_refund"
        ret.action_approve()
        messages = len(ret.message_ids)
        self._intake(self._request(self._line(4), external_id="A5"))
        self.assertEqual(ret.line_ids.quantity, 1)
        self.assertEqual(len(ret.message_ids), messages + 1)

    def test_unmatched_is_kept(self):
        unknown_order, unknown_sku, not_ordered, nothing = self._intake(
            self._request(self._line(), order_ref="NO-SUCH", raw={"id": 1, "x": None}),
            self._request(self._line(sku="NO-SUCH")),
            self._request(self._line(sku=self.product_fifo.default_code)),
            self._request(),
        )
        self.assertEqual(self._codes(unknown_order), ["unknown_order"])
        self.assertIn("NO-SUCH", unknown_order.attention_message)
        self.assertEqual(unknown_order.raw_payload, {"id": 1, "x": None})
        self.assertEqual(unknown_order.stage, "attention")
        self.assertEqual(self._codes(unknown_sku), ["unknown_product"])
        self.assertEqual(self._codes(not_ordered), ["not_in_order"])
        self.assertEqual(self._codes(nothing), ["no_lines"])

    def test_too_many(self):
        by_sku, by_line = self._intake(
            self._request(self._line(6)),
            self._request(
                RequestLine(quantity=99, sale_line_id=self.order.order_line[1].id),
                sale_order_id=self.order.id,
            ),
        )
        self.assertEqual(self._codes(by_sku), ["too_many"])
        self.assertEqual(by_sku.attention_issues[0]["returnable"], 5)
        self.assertEqual(self._codes(by_line), ["too_many"])
        self.assertEqual(by_sku.line_ids.quantity_reserved, 0)
        by_sku.line_ids.quantity = 5
        by_sku.action_match()
        self.assertFalse(by_sku.needs_attention)

    def test_batch_shares_the_units(self):
        first, second = self._intake(self._request(self._line(3)), self._request(self._line(3)))
        self.assertFalse(first.needs_attention)
        self.assertEqual(self._codes(second), ["too_many"])

    def test_quantities_that_cannot_be(self):
        for value in (0, -1, "many", None, float("nan"), 10**9):
            ret = self._intake(self._request(self._line(value)))
            self.assertEqual(self._codes(ret), ["bad_quantity"], value)
            self.assertEqual(ret.line_ids.quantity, 1)

    def test_other_currency(self):
        ret, unknown = self._intake(
            self._request(self._line(amount=10.0), currency="EUR"),
            self._request(self._line(), currency="XXQ"),
        )
        self.assertEqual(self._codes(ret), ["other_currency"])
        self.assertIn("EUR", ret.attention_message)
        self.assertEqual(ret.currency_id, self.order.currency_id)
        self.assertEqual(self._codes(unknown), ["unknown_currency"])

    def test_accepting_a_request_as_it_is(self):
        other, too_many = self._intake(
            self._request(self._line(amount=10.0), currency="EUR"),
            self._request(self._line(50)),
        )
        with self.assertRaises(UserError):
            other.action_approve()
        with self.assertRaises(UserError):
            too_many.action_dismiss_attention()
        other.action_dismiss_attention()
        self.assertFalse(other.needs_attention)
        self.assertTrue(other.decision)

    def test_two_companies(self):
        product = self.product_standard.with_company(self.company_2)
        self._put_in_stock({product: 5}, location=self.warehouse_2.lot_stock_id)
        order = self._make_order([(product, 2)], company=self.company_2)
        mine, theirs = self._intake(
            self._request(self._line(sku=product.default_code), order_ref=order.name),
            self._request(
                self._line(sku=product.default_code),
                order_ref=order.name,
                channel_id=self.channel_2.id,
            ),
        )
        if order.name != self.order.name:
            self.assertEqual(self._codes(mine), ["unknown_order"], "another company's order")
        self.assertEqual(theirs.sale_order_id, order)
        self.assertEqual(theirs.company_id, self.company_2)
        user = new_test_user(
            self.env,
            "intake_user",
            "helloword_returns.group_return_user",
            company_id=self.company.id,
        )
        visible = self.env["helloword.return"].with_user(user).search([])
        self.assertIn(mine, visible)
        self.assertNotIn(theirs, visible)

    def test_orders_of_other_channels_are_not_taken(self):
        other = self.channel.copy({"name": "Other"})
        self.order.write({"return_channel_id": other.id, "return_channel_ref": "77-1"})
        mine, theirs = self._intake(
            self._request(self._line(), order_ref="77-1"),
            self._request(self._line(), order_ref="77-1", channel_id=other.id),
        )
        self.assertEqual(self._codes(mine), ["unknown_order"])
        self.assertEqual(theirs.sale_order_id, self.order)

    def test_what_fails_for_one_leaves_the_others(self):
        """A server action that fails does not undo the decision; a person is told."""
        self.env["helloword.return.rule"].search([]).active = False
        self.env["helloword.return.rule"].create(
            {
                "name": "Approve all",
                "decision": "return_refund",
                "server_action_ids": [
                    Command.create(
                        {
                            "name": "Refuse second",
                            "model_id": self.env["ir.model"]._get_id("helloword.return"),
                            "state": "code",
                            "code": "if any(r.external_id == 'B2' for r in records):\n"
                            "    raise UserError('not this one')",
                        }
                    )
                ],
            }
        )
        good, bad = self._intake(
            self._request(self._line(), external_id="B1"),
            self._request(self._line(), external_id="B2"),
            decide=True,
        )
        self.assertEqual((good + bad).mapped("approval_state"), ["approved", "approved"])
        self.assertFalse(good.activity_ids)
        self.assertIn("not this one", bad.activity_ids.note)

    def test_queries_do_not_grow(self):
        orders = self._make_orders([[(self.product_average, 1), (self.product_standard, 1)]] * 60)

        def count(batch):
            payloads = [
                self._request(
                    self._line(reason="too_small"),
                    self._line(sku=self.product_standard.default_code),
                    order_ref=order.name,
                    external_id=f"Q-{order.id}",
                )
                for order in batch
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self._intake(*payloads, decide=True)
            self.env.flush_all()
            return self.env.cr.sql_log_count - start

        count(orders[:1])
        few, many = count(orders[1:21]), count(orders[21:60])
        self.assertLess(many - few, 40, f"{few} queries for 20, {many} for 39")

    def test_deadline(self):
        deadline = datetime.now(UTC) + timedelta(days=2)
        ret = self._intake(self._request(self._line(), deadline=deadline))
        self.assertEqual(ret.deadline_date, deadline.replace(tzinfo=None, microsecond=0))
