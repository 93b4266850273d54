from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestViews(ReturnsCommon):
    """The form in people's hands, and who may do what."""

    def _make_user(self, login, group):
        return new_test_user(
            self.env,
            login,
            groups=group,
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )

    def test_clerk_without_other_rights_works_on_returns(self):
        """From the form to the refund, with the rights on returns alone."""
        clerk = self._make_user("clerk", "helloword_returns.group_return_user")
        order = self._make_order([(self.product_standard, 2)])
        ret = self._make_return(order, {self.product_standard: 1}, approve=False)
        form = Form(ret.with_user(clerk))
        form.decision = "refund_only"
        form.refund_trigger = "request"
        mine = form.save()
        mine.action_approve()
        mine.action_refund()
        self.assertEqual(ret.line_ids.refund_line_ids.parent_state, "posted")

    def test_clerk_without_other_rights_enters_returns(self):
        clerk = self._make_user("clerk", "helloword_returns.group_return_user")
        order = self._make_order([(self.product_standard, 3)])
        self.env.invalidate_all()
        request = self._make_request(order, {self.product_standard: 1})
        ret = self.env["helloword.return"].with_user(clerk).intake([request])
        self.assertEqual(ret.state, "approved", ret.attention_message)
        by_hand = (
            self.env["helloword.return"]
            .with_user(clerk)
            .create({"sale_order_id": order.id, "channel_id": self.channel.id})
        )
        by_hand.action_add_order_lines()
        self.assertEqual(by_hand.line_ids.quantity, 2)
        by_hand.decision = "return_refund"
        by_hand.action_approve()
        with self.assertRaises(AccessError):
            by_hand.action_receive()
        by_hand.sudo().action_receive()
        by_hand.action_refund()
        self.assertTrue(by_hand.sudo().line_ids.refund_line_ids)

    def test_own_returns_only(self):
        own = self._make_user("own", "helloword_returns.group_return_own")
        user = self._make_user("all", "helloword_returns.group_return_user")
        orders = self._make_orders([[(self.product_standard, 1)]] * 3)
        returns = self._make_returns([(order, None) for order in orders], approve=False)
        returns[0].user_id = own
        returns[1].user_id = user
        Return = self.env["helloword.return"]
        domain = [("id", "in", returns.ids)]
        self.assertEqual(
            Return.with_user(own).search(domain), (returns[0] | returns[2]).with_user(own)
        )
        self.assertEqual(len(Return.with_user(user).search(domain)), 3)
        with self.assertRaises(AccessError):
            returns[1].with_user(own).action_approve()

    def test_configuration_is_for_managers(self):
        user = self._make_user("user", "helloword_returns.group_return_user")
        manager = self._make_user("manager", "helloword_returns.group_return_manager")
        for model in ("helloword.return.rule", "helloword.return.reason", "helloword.channel"):
            self.assertFalse(self.env[model].with_user(user).has_access("write"), model)
            self.assertTrue(self.env[model].with_user(manager).has_access("write"), model)

    def test_returns_of_other_companies_stay_there(self):
        user = self._make_user("user", "helloword_returns.group_return_user")
        product = self.product_standard.with_company(self.company_2)
        self._put_in_stock({product: 5}, location=self.warehouse_2.lot_stock_id)
        order = self._make_order([(product, 2)], company=self.company_2, invoice=False)
        ret = self._make_return(order)
        self.assertFalse(self.env["helloword.return"].with_user(user).search([("id", "=", ret.id)]))
        with self.assertRaises(AccessError):
            ret.with_user(user).read(["name"])

    def test_accountants_and_warehouse_read(self):
        order = self._make_order([(self.product_standard, 1)])
        ret = self._make_return(order, approve=False)
        for login, group in (
            ("bookkeeper", "account.group_account_invoice"),
            ("stockman", "stock.group_stock_user"),
        ):
            user = self._make_user(login, group)
            self.assertEqual(ret.with_user(user).name, ret.name)
            with self.assertRaises(AccessError):
                ret.with_user(user).write({"priority": "1"})

    def test_accept_as_it_is(self):
        order = self._make_order([(self.product_standard, 1)])
        request = self._make_request(order, {self.product_standard: 1}, currency="EUR")
        ret = self.env["helloword.return"].intake([request])
        self.assertEqual(ret.stage, "attention")
        self.assertIn("EUR", ret.attention_message)
        ret.action_accept_as_is()
        self.assertFalse(ret.needs_attention)
        self.assertTrue(ret.decision)
        self.assertTrue(any("EUR" in (message.body or "") for message in ret.message_ids))

    def test_inbox_shows_every_stage(self):
        order = self._make_order([(self.product_standard, 1)])
        ret = self._make_return(order)
        result = (
            self.env["helloword.return"]
            .with_context(read_group_expand=True)
            .web_read_group([("id", "=", ret.id)], ["stage"])
        )
        self.assertEqual(len(result["groups"]), 11, "Empty columns are shown too")

    def test_group_by_product_and_reason(self):
        order = self._make_order([(self.product_standard, 1)])
        ret = self._make_return(order)
        groups = dict(
            self.env["helloword.return"]._read_group(
                [("id", "=", ret.id)], ["product_id"], ["__count"]
            )
        )
        self.assertEqual(groups, {self.product_standard: 1})
        self.assertEqual(ret.reason_id.code, "no_longer_wanted")

    def test_late(self):
        order = self._make_order([(self.product_standard, 1)])
        ret = self._make_return(order, approve=False)
        ret.deadline_date = "2020-01-01"
        self.assertTrue(ret.is_late)
        ret.action_reject()
        self.assertFalse(ret.is_late, "What is closed has no clock")
