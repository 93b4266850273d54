import random

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..providers import demo_texts
from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestDemoChannel(ReturnsCommon):
    """The demo provider's customers ask for what was delivered to them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.provider = "demo"

    def test_nothing_delivered(self):
        with self.assertRaises(UserError):
            self.channel._make_demo_requests(1)
        with self.assertRaises(UserError):
            self.channel_2._make_demo_requests(1)

    def test_requests_are_realistic_and_repeatable(self):
        self._make_orders([[(self.product_average, 2), (self.product_standard, 1)]] * 30)
        returns = self.channel._make_demo_requests(30, seed=7)
        self.assertEqual(len(returns), 30)
        self.assertEqual(returns.channel_id, self.channel)
        matched = returns.filtered(lambda ret: not ret.needs_attention)
        self.assertGreater(len(matched), 15)
        self.assertTrue(matched.line_ids.sale_line_id)
        self.assertGreater(len(returns.line_ids.reason_id), 4)
        troubles = {issue["code"] for ret in returns - matched for issue in ret.attention_issues}
        self.assertTrue(troubles)
        self.assertTrue(any(returns.mapped("customer_comment")))
        self.assertTrue(all(returns.mapped("deadline_date")))
        texts = [comment for ret in returns for comment in [ret.customer_comment] if comment]
        self.assertTrue(any("ö" in text or "ä" in text or "ß" in text for text in texts), texts)

    def test_same_seed_asks_the_same(self):
        self._make_orders([[(self.product_average, 2)]] * 3)
        candidates = self.channel._get_demo_candidates()
        order = next(iter(candidates))

        def make(seed):
            dice = random.Random(seed)
            request = self.channel._make_demo_request(order, candidates[order], dice)
            return request.external_id, request.lines

        self.assertEqual(make(3), make(3))
        self.assertNotEqual(make(3), make(4))

    def test_reasons_exist(self):
        reasons = self.env["helloword.return.reason"].search(
            [("code", "in", list(demo_texts.REASONS))]
        )
        self.assertEqual(len(reasons), len(demo_texts.REASONS))

    def test_schedule_runs_only_when_wanted(self):
        cron = self.env.ref("helloword_returns.cron_make_demo_requests")
        self.env["helloword.channel"].sudo().search([]).demo_requests_per_day = 0
        self.assertFalse(cron.active)
        self.channel.demo_requests_per_day = 48
        self.assertTrue(cron.active)
        self._make_orders([[(self.product_average, 2)]] * 4)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(len(self.channel.return_ids), 2)
        self.channel.active = False
        self.assertFalse(cron.active)

    def test_other_company_is_left_alone(self):
        self._make_orders([[(self.product_average, 2)]])
        self.channel_2.provider = "demo"
        self.assertFalse(self.channel_2._get_demo_candidates())
