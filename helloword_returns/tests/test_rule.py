from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError

from .common import ReturnsCommon


class TestRule(ReturnsCommon):
    """The first rule in force decides; the return says why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule = cls.env["helloword.return.rule"]

    def _decide(self, price, reason, quantity=1, **kwargs):
        order = self._make_order([(self.product_average, quantity, price)], **kwargs)
        request = self._make_request(order, reason=reason)
        return self.env["helloword.return"].intake([request])

    def _only(self, **vals):
        self.Rule.search([]).active = False
        return self.Rule.create({"name": "Only", "decision": "return_refund"} | vals)

    def test_shipped_set(self):
        small = self._decide(10, "does_not_work")
        self.assertEqual(small.decision, "refund_only")
        self.assertEqual(small.approval_state, "approved")
        self.assertEqual(small.refund_trigger, "request")
        self.assertIn("Small amount", small.decision_summary)

        high = self._decide(300, "no_longer_wanted")
        self.assertEqual((high.decision, high.stage), ("manual", "review"))
        self.assertEqual(len(high.activity_ids), 1)

        for reason in ("no_longer_wanted", "too_large"):
            ret = self._decide(50, reason)
            self.assertEqual(ret.decision, "return_refund")
            self.assertEqual((ret.label_payer, ret.refund_trigger), ("seller", "receipt"))
            self.assertEqual(ret.approval_state, "approved")

        faulty = self._decide(50, "does_not_work")
        self.assertEqual((faulty.decision, faulty.label_payer), ("return_refund", "seller"))
        self.assertEqual(self._decide(50, "empty_box").decision, "manual")
        self.assertEqual(self._decide(50, "unknown").decision, "manual")

    def test_amount_is_compared_in_company_currency(self):
        # 0.5 EUR a dollar: 12 EUR and tax are more than 20 dollars.
        ret = self._decide(12, "does_not_work", currency=self.other_currency)
        self.assertGreater(ret.amount_company, 20)
        self.assertEqual(ret.decision, "return_refund")

    def test_reasons_of_several_groups_need_a_person(self):
        order = self._make_order([(self.product_average, 1, 30), (self.product_standard, 1, 30)])
        request = self._make_request(order)
        lines = (
            request.lines[0],
            type(request.lines[0])(
                sale_line_id=request.lines[1].sale_line_id, reason="does_not_work"
            ),
        )
        ret = self.env["helloword.return"].intake([self._make_request(order, lines=lines)])
        self.assertFalse(ret.reason_group_id)
        self.assertEqual(ret.decision, "manual")

    def test_plan_is_a_copy(self):
        rule = self._only(fee_type="percent", fee_percent=10)
        ret = self._decide(50, "too_small")
        self.assertEqual(ret.fee_percent, 10)
        rule.fee_percent = 20
        self.assertEqual(ret.fee_percent, 10)
        self.assertEqual(rule.return_count, 1)
        self.assertEqual(
            self.env["helloword.return"].search(rule.action_view_returns()["domain"]), ret
        )

    def test_scope(self):
        today = fields.Date.context_today(self.env.user)
        germany = self.env["res.country.group"].create(
            {"name": "Germany", "country_ids": [(6, 0, self._country("DE").ids)]}
        )
        france = self.env["res.country.group"].create(
            {"name": "France", "country_ids": [(6, 0, self._country("FR").ids)]}
        )
        other = self.channel.copy({"name": "Other"})
        cases = (
            ({"country_group_ids": germany.ids}, True),
            ({"country_group_ids": france.ids}, False),
            ({"channel_ids": self.channel.ids}, True),
            ({"channel_ids": other.ids}, False),
            ({"company_id": self.company.id}, True),
            ({"company_id": self.company_2.id}, False),
            ({"date_from": today - timedelta(days=1), "date_to": today}, True),
            ({"date_from": today + timedelta(days=1)}, False),
            ({"date_to": today - timedelta(days=1)}, False),
        )
        for vals, matches in cases:
            rule = self._only(**vals)
            ret = self._decide(50, "too_small")
            self.assertEqual(ret.rule_id == rule, matches, vals)
            self.assertEqual(ret.decision, "return_refund" if matches else "manual")
            rule.active = False

    def test_reject(self):
        self._only(decision="reject")
        self.assertEqual(self._decide(50, "used_item").state, "rejected")

    def test_bad_conditions_are_refused(self):
        for domain in ("[('no_such_field', '=', 1)]", "nonsense", "[(1]"):
            with self.assertRaises(ValidationError):
                self.Rule.create({"name": "Bad", "domain": domain})

    def test_trial_changes_nothing(self):
        self._only(decision="manual", domain="[('id', '=', 0)]")
        ret = self._decide(50, "too_small")
        rule = self._only()
        message = rule.action_test()["params"]["message"]
        self.assertIn("1 would be decided", message)
        self.assertEqual((ret.decision, ret.rule_id), ("manual", self.Rule))
