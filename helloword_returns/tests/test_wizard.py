from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestWizard(ReturnsCommon):
    def _open_wizard(self, record, env=None):
        return (env or self.env)["helloword.return.create"].with_context(
            active_model=record._name, active_id=record.id, active_ids=record.ids
        )

    def test_order_proposes_what_is_left(self):
        order = self._make_order([(self.product_standard, 3), (self.product_average, 2)])
        self._make_return(order, {self.product_standard: 1})
        self._make_return(order, {self.product_average: 2})
        form = Form(self._open_wizard(order))
        self.assertEqual(form.channel_id.company_id, self.company)
        wizard = form.save()
        self.assertEqual(wizard.line_ids.product_id, self.product_standard)
        self.assertEqual(wizard.line_ids.quantity_returnable, 2)
        self.assertEqual(wizard.line_ids.quantity, 0, "Nothing is returned unless said so")

    def test_return_goes_through_intake_and_rules(self):
        order = self._make_order([(self.product_standard, 3)])
        reason = self.env.ref("helloword_returns.reason_no_longer_wanted")
        form = Form(self._open_wizard(order))
        form.reason_id = reason
        form.customer_comment = "Too heavy"
        with form.line_ids.edit(0) as line:
            line.quantity = 2
        action = form.save().action_create()
        ret = self.env["helloword.return"].browse(action["res_id"])
        self.assertEqual(ret.sale_order_id, order)
        self.assertEqual(ret.partner_id, self.customer)
        self.assertEqual(ret.customer_comment, "Too heavy")
        self.assertEqual(ret.line_ids.quantity, 2)
        self.assertEqual(ret.line_ids.reason_id, reason)
        delivered = order.order_line.move_ids.filtered(lambda move: not move.return_line_id)
        self.assertEqual(ret.line_ids.origin_move_id, delivered)
        self.assertTrue(ret.decision, "The rules decided, or left it to a person")

    def test_decision_by_hand(self):
        order = self._make_order([(self.product_standard, 3)])
        form = Form(self._open_wizard(order))
        form.decision = "return_refund"
        wizard = form.save()
        wizard.action_return_all()
        action = wizard.action_create()
        ret = self.env["helloword.return"].browse(action["res_id"])
        self.assertEqual((ret.decision, ret.state), ("return_refund", "approved"))
        self.assertEqual(ret.line_ids.quantity, 3)
        self.assertFalse(ret.rule_id)

    def test_delivery_proposes_its_own_goods(self):
        order = self._make_order([(self.product_standard, 3)], deliver=False, invoice=False)
        first = order.picking_ids
        self._transfer(first, {self.product_standard: 1})
        self._deliver(order)
        form = Form(self._open_wizard(first))
        wizard = form.save()
        self.assertEqual(wizard.line_ids.quantity_returnable, 1)
        wizard.action_return_all()
        ret = self.env["helloword.return"].browse(wizard.action_create()["res_id"])
        self.assertEqual(ret.sale_order_id, order)
        self.assertEqual(ret.line_ids.origin_move_id, first.move_ids)
        self.assertEqual(first.customer_return_count, 1)
        self.assertEqual((order.picking_ids - first).customer_return_count, 0)

    def test_delivery_without_an_order(self):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock_location.id,
                "location_dest_id": self.customer_location.id,
                "partner_id": self.customer.id,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.product_standard.id,
                            "product_uom_qty": 2,
                            "location_id": self.stock_location.id,
                            "location_dest_id": self.customer_location.id,
                        },
                    )
                ],
            }
        )
        picking.action_confirm()
        self._transfer(picking)
        wizard = Form(self._open_wizard(picking)).save()
        wizard.action_return_all()
        ret = self.env["helloword.return"].browse(wizard.action_create()["res_id"])
        self.assertEqual(ret.partner_id, self.customer)
        self.assertFalse(ret.needs_attention, ret.attention_message)
        self.assertEqual(ret.line_ids.origin_move_id, picking.move_ids)

    def test_absurd_quantities_are_refused(self):
        order = self._make_order([(self.product_standard, 3)])
        for quantity in (0, -1, 4):
            form = Form(self._open_wizard(order))
            with form.line_ids.edit(0) as line:
                line.quantity = quantity
            wizard = form.save()
            with self.assertRaises(UserError):
                wizard.action_create()
        self.assertFalse(order.return_ids)

    def test_two_wizards_do_not_hand_out_the_same_units(self):
        order = self._make_order([(self.product_standard, 2)])
        wizards = [Form(self._open_wizard(order)).save() for _number in range(2)]
        for wizard in wizards:
            wizard.decision = "return_refund"
            wizard.action_return_all()
        wizards[0].action_create()
        ret = self.env["helloword.return"].browse(wizards[1].action_create()["res_id"])
        self.assertTrue(ret.needs_attention)
        self.assertEqual(ret.state, "requested")

    def test_nothing_delivered(self):
        order = self._make_order([(self.product_standard, 2)], deliver=False, invoice=False)
        wizard = Form(self._open_wizard(order)).save()
        self.assertTrue(wizard.is_empty)

    def test_order_of_another_company(self):
        product = self.product_standard.with_company(self.company_2)
        self._put_in_stock({product: 5}, location=self.warehouse_2.lot_stock_id)
        order = self._make_order([(product, 2)], company=self.company_2, invoice=False)
        wizard = Form(self._open_wizard(order)).save()
        self.assertEqual(wizard.channel_id.company_id, self.company_2)
        wizard.action_return_all()
        ret = self.env["helloword.return"].browse(wizard.action_create()["res_id"])
        self.assertEqual(ret.company_id, self.company_2)

    def test_returns_clerk_without_other_rights(self):
        clerk = new_test_user(
            self.env,
            "clerk",
            groups="helloword_returns.group_return_user",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        order = self._make_order([(self.product_standard, 3)])
        ret = self._make_return(order, {self.product_standard: 1}, approve=False)
        ret.with_user(clerk).action_approve()
        self.assertEqual(ret.state, "approved")

    def test_reject_many_with_one_reason(self):
        orders = self._make_orders([[(self.product_standard, 1)]] * 2)
        returns = self._make_returns([(order, None) for order in orders], approve=False)
        wizard = (
            self.env["helloword.return.reject"]
            .with_context(active_model=returns._name, active_ids=returns.ids)
            .create({"reason": "Too late"})
        )
        self.assertEqual(wizard.return_count, 2)
        wizard.action_reject()
        self.assertEqual(set(returns.mapped("state")), {"rejected"})
        self.assertEqual(returns.mapped("rejection_reason"), ["Too late"] * 2)

    def test_lines_from_the_order_on_the_form(self):
        order = self._make_order([(self.product_standard, 3), (self.product_average, 1)])
        form = Form(self.env["helloword.return"])
        form.sale_order_id = order
        form.channel_id = self.channel
        ret = form.save()
        self.assertEqual(ret.partner_id, self.customer)
        ret.action_add_order_lines()
        self.assertEqual(ret.line_ids.mapped("quantity"), [3, 1])
        self.assertEqual(len(ret.line_ids.origin_move_id), 2)
        with self.assertRaises(UserError):
            ret.action_add_order_lines()

    def test_typed_line_is_matched_before_the_decision(self):
        order = self._make_order([(self.product_standard, 3)])
        form = Form(self.env["helloword.return"])
        form.sale_order_id = order
        form.channel_id = self.channel
        with form.line_ids.new() as line:
            line.product_id = self.product_standard
            line.quantity = 2
        ret = form.save()
        delivered = order.picking_ids.move_ids
        ret.decision = "return_refund"
        ret.action_approve()
        self.assertEqual(ret.line_ids.origin_move_id, delivered)
        form = Form(self.env["helloword.return"])
        form.sale_order_id = order
        form.channel_id = self.channel
        with form.line_ids.new() as line:
            line.product_id = self.product_standard
            line.quantity = 2
        greedy = form.save()
        greedy.decision = "return_refund"
        with self.assertRaises(UserError):
            greedy.action_approve()

    def test_smart_buttons_and_rates(self):
        orders = self._make_orders([[(self.product_standard, 4)]] * 2)
        self._make_return(orders[0], {self.product_standard: 2})
        refused = self._make_return(orders[1], {self.product_standard: 1}, approve=False)
        refused.action_reject()
        product = self.product_standard
        self.assertEqual(orders.mapped("customer_return_count"), [1, 1])
        for record in (product, product.product_tmpl_id, self.customer):
            self.assertEqual(record.customer_return_count, 2, record._name)
            self.assertAlmostEqual(record.customer_return_rate, 0.25, msg=record._name)
            self.assertTrue(record.action_view_customer_returns()["domain"])
        self.assertEqual(self.product_average.customer_return_rate, 0.0)

    def test_rates_of_many_products_take_few_queries(self):
        products = self.product_standard | self.product_average | self.product_fifo
        products.mapped("customer_return_rate")
        products.invalidate_recordset()
        with self.assertQueryCount(4):
            products.mapped("customer_return_rate")
