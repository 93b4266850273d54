from odoo.exceptions import ValidationError

from ..models.line_combination import combine_decisions
from .common import ReturnsCommon


class TestLineDecisions(ReturnsCommon):
    """Lines of one return decided apart: what the parcel does, exact in money and stock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, queue_job__no_delay=True))
        cls.Rule = cls.env["helloword.return.rule"]
        cls.Rule.search([]).enabled = False

    def _rule(self, product, decision, **vals):
        return self.Rule.create(
            {
                "name": f"{product.name}: {decision}",
                "applies_to": "line",
                "line_domain": repr([("product_id", "=", product.id)]),
                "decision": decision,
            }
            | vals
        )

    def _decide(self, *lines, **kwargs):
        lines = lines or ((self.product_average, 2, 33.33), (self.product_standard, 1, 19.99))
        order = self._make_order(list(lines), **kwargs)
        return self.env["helloword.return"].intake([self._make_request(order, reason="too_small")])

    def _get_line(self, ret, product):
        return ret.line_ids.filtered(lambda line: line.product_id == product)

    def test_combination_table(self):
        cases = (
            ([], "manual"),
            (["refund_only", False], "manual"),
            (["refund_only", "manual"], "manual"),
            (["reject", "manual"], "manual"),
            (["reject", "reject"], "reject"),
            (["reject", "refund_only"], "refund_only"),
            (["reject", "store_credit"], "store_credit"),
            (["refund_only", "return_refund"], "return_refund"),
            (["keep_it", "refund_only"], "keep_it"),
            (["keep_it", "return_refund", "refund_only"], "return_refund"),
            (["exchange", "return_refund"], "exchange"),
            (["exchange", "keep_it", "reject"], "exchange"),
            (["store_credit", "return_refund"], "manual"),
            (["store_credit", "keep_it"], "manual"),
            (["store_credit", "exchange"], "manual"),
        )
        for decisions, whole in cases:
            self.assertEqual(combine_decisions(decisions), whole, decisions)
            self.assertEqual(combine_decisions(reversed(decisions)), whole, decisions)

    def test_one_rule_for_all_lines_decides_the_return(self):
        rule = self.Rule.create(
            {
                "name": "Goods",
                "applies_to": "line",
                "line_domain": "[('product_id.type', '=', 'consu')]",
                "decision": "return_refund",
            }
        )
        ret = self._decide()
        self.assertEqual(
            (ret.decision, ret.rule_id, ret.lines_differ), ("return_refund", rule, False)
        )
        self.assertFalse(ret.line_ids.filtered("decision"))

    def test_one_kept_one_sent_back(self):
        self._rule(self.product_average, "refund_only")
        back = self._rule(
            self.product_standard,
            "return_refund",
            refund_trigger="receipt",
            fee_type="percent",
            fee_percent=10,
        )
        ret = self._decide()
        kept, sent = (
            self._get_line(ret, product)
            for product in (self.product_average, self.product_standard)
        )
        self.assertEqual((ret.decision, ret.rule_id), ("return_refund", back))
        self.assertEqual((kept.decision, sent.decision), ("refund_only", "return_refund"))
        self.assertEqual(ret.receipt_picking_ids.move_ids.product_id, self.product_standard)
        currency = ret.currency_id
        fee = currency.round(sent.price_total * 0.1)
        self.assertEqual(currency.compare_amounts(ret.amount_fee, fee), 0)
        self.assertEqual(currency.compare_amounts(ret.amount_to_refund, ret.amount_total - fee), 0)
        # The kept line is refunded at once, without its fee; the other waits for its goods.
        self.assertEqual(currency.compare_amounts(ret.amount_refunded, kept.price_total), 0)
        self.assertEqual((ret.goods_state, ret.refund_state), ("expected", "partial"))
        ret.action_receive()
        self.assertEqual(currency.compare_amounts(ret.amount_refunded, ret.amount_total - fee), 0)
        self.assertEqual(sent.quantity_received, 1)
        self.assertEqual(kept.quantity_received, 0)
        self.assertEqual(ret.refund_state, "done")

    def test_kept_for_a_part_of_the_money(self):
        self._rule(self.product_average, "keep_it", keep_it_percent=35)
        self._rule(self.product_standard, "keep_it", keep_it_percent=12.5)
        ret = self._decide(currency=self.other_currency)
        expected = sum(
            ret.currency_id.round(self._get_line(ret, product).price_total * share)
            for product, share in ((self.product_average, 0.35), (self.product_standard, 0.125))
        )
        self.assertEqual(ret.currency_id, self.other_currency)
        self.assertEqual(ret.decision, "keep_it")
        self.assertEqual(ret.currency_id.compare_amounts(ret.amount_to_refund, expected), 0)
        self.assertEqual(
            ret.currency_id.compare_amounts(
                sum(ret.credit_note_ids.mapped("amount_total")), expected
            ),
            0,
        )
        self.assertEqual(ret.goods_state, "none")

    def test_rejected_line_neither_comes_back_nor_is_refunded(self):
        self._rule(self.product_average, "reject")
        self._rule(self.product_standard, "return_refund", refund_trigger="receipt")
        ret = self._decide()
        rejected = self._get_line(ret, self.product_average)
        sent = self._get_line(ret, self.product_standard)
        self.assertEqual(ret.receipt_picking_ids.move_ids.product_id, self.product_standard)
        self.assertEqual(rejected.quantity_reserved, 0)
        self.assertEqual(ret.currency_id.compare_amounts(ret.amount_to_refund, sent.price_total), 0)
        ret.action_receive()
        self.assertEqual(ret.currency_id.compare_amounts(ret.amount_refunded, sent.price_total), 0)

    def test_exchange_beside_a_refund(self):
        self._rule(self.product_average, "exchange", refund_trigger="request")
        self._rule(self.product_standard, "refund_only")
        ret = self._decide()
        refunded = self._get_line(ret, self.product_standard)
        self.assertEqual(ret.decision, "exchange")
        self.assertEqual(ret.receipt_picking_ids.move_ids.product_id, self.product_average)
        self.assertEqual(
            ret.currency_id.compare_amounts(ret.amount_refunded, refunded.price_total), 0
        )
        ret.action_create_exchange()
        self.assertEqual(ret.exchange_picking_ids.move_ids.product_id, self.product_average)
        self.assertEqual(ret.exchange_picking_ids.move_ids.product_uom_qty, 2)

    def test_a_line_without_a_rule_leaves_all_to_a_person(self):
        self._rule(self.product_average, "refund_only")
        ret = self._decide()
        self.assertEqual((ret.decision, ret.approval_state), ("manual", "requested"))
        self.assertFalse(ret.line_ids.filtered("decision"))
        self.assertIn("A person decides", ret.decision_story)

    def test_what_cannot_be_combined_goes_to_a_person(self):
        self._rule(self.product_average, "store_credit")
        self._rule(self.product_standard, "refund_only")
        ret = self._decide()
        self.assertEqual(ret.decision, "manual")
        self.assertFalse(ret.rule_id)

    def test_rules_for_the_whole_decide_the_other_lines(self):
        self._rule(self.product_average, "refund_only", sequence=5)
        rest = self.Rule.create({"name": "Rest", "sequence": 9, "decision": "return_refund"})
        ret = self._decide()
        self.assertEqual(self._get_line(ret, self.product_standard).rule_id, rest)
        self.assertEqual(ret.decision, "return_refund")
        self.assertIn("Rest", ret.decision_story)

    def test_a_person_overrules_the_lines(self):
        self._rule(self.product_average, "refund_only")
        self._rule(self.product_standard, "return_refund", photo_required=True)
        ret = self._decide()
        self.assertTrue(ret.waits_for_photos)
        ret.decision = "return_refund"
        self.assertFalse(ret.lines_differ)
        self.assertFalse(ret.line_ids.filtered("decision"))
        ret.action_approve()
        self.assertEqual(len(ret.receipt_picking_ids.move_ids), 2)

    def test_bad_line_conditions_are_refused(self):
        with self.assertRaises(ValidationError):
            self.Rule.create(
                {"name": "Bad", "applies_to": "line", "line_domain": "[('no_such', '=', 1)]"}
            )
