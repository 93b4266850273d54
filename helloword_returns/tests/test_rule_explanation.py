from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user

from .common import ReturnsCommon


class RuleCase(ReturnsCommon):
    """Only the rules a test makes are switched on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule = cls.env["helloword.return.rule"]
        cls.Rule.search([]).enabled = False
        cls.Return = cls.env["helloword.return"]

    def _rule(self, name, sequence, **vals):
        return self.Rule.create({"name": name, "sequence": sequence, "decision": "manual"} | vals)

    def _decide(self, price=50, reason="too_small", **kwargs):
        order = self._make_order([(self.product_average, 1, price)], **kwargs)
        return self.Return.intake([self._make_request(order, reason=reason)])


class TestRuleExplanation(RuleCase):
    """Every decision tells which rule matched, on what, and why earlier ones did not."""

    def test_story_is_kept_when_rules_change(self):
        big = self._rule("Big", 1, amount_min=500)
        other = self._rule("Elsewhere", 2, country_ids=[Command.set(self._country("JP").ids)])
        match = self._rule(
            "Sizes", 3, decision="return_refund", domain="[('reason_group_id.code', '=', 'size')]"
        )
        ret = self._decide()
        self.assertEqual(ret.rule_id, match)
        told = ret._tell_decisions()[ret]
        self.assertEqual([row["rule"] for row in told["passed_over"]], ["Big", "Elsewhere"])
        self.assertIn("500", told["passed_over"][0]["asked"])
        self.assertIn("Japan", told["passed_over"][1]["asked"])
        self.assertIn("size", told["conditions"][0]["asked"])
        before = ret.decision_story
        (big | other).unlink()
        match.domain = "[]"
        ret.invalidate_recordset()
        self.assertEqual(ret.decision_story, before)

    def test_nothing_matched(self):
        self._rule("Big", 1, amount_min=500)
        ret = self._decide()
        self.assertEqual((ret.decision, ret.rule_id), ("manual", self.Rule))
        self.assertIn("No rule matched", ret.decision_summary)
        self.assertIn("Big", ret.decision_story)

    def test_ordinary_users_can_read_it(self):
        self._rule("Big", 1, amount_min=500)
        ret = self._decide()
        user = new_test_user(
            self.env,
            "story_reader",
            "helloword_returns.group_return_user",
            company_id=self.company.id,
        )
        self.assertIn("Big", ret.with_user(user).decision_story)

    def test_rule_that_cannot_be_read(self):
        """The returns that reach it go to a person; earlier rules go on deciding."""
        self._rule("First", 1, decision="return_refund", domain="[('amount_total', '<', 40)]")
        broken = self._rule("Broken", 2)
        self.env.cr.execute(
            "UPDATE helloword_return_rule SET domain = %s WHERE id = %s",
            ["[('field_that_is_gone', '=', 1)]", broken.id],
        )
        broken.invalidate_recordset()
        self._rule("Last", 3, decision="return_refund")
        small, large = self._decide(20), self._decide(100)
        self.assertEqual(small.decision, "return_refund")
        self.assertEqual((large.decision, large.approval_state), ("manual", "requested"))
        self.assertIn("Broken", large.decision_summary)
        self.assertEqual(len(broken.activity_ids), 1)
        self._decide(100)
        self.assertEqual(len(broken.activity_ids), 1, "told once")


class TestRuleScope(RuleCase):
    """Value in any currency, hours, rules that add."""

    def test_value_in_another_currency(self):
        # Half a euro a dollar: 12 EUR and tax are worth more than 20 USD.
        euro = self.other_currency
        rule = self._rule("From", 1, amount_min=20, decision="return_refund")
        rule.amount_currency_id = self.company.currency_id
        self.assertEqual(self._decide(12, currency=euro).rule_id, rule)
        rule.write({"amount_min": 0, "amount_max": 20})
        self.assertFalse(self._decide(12, currency=euro).rule_id)

    def test_currency_without_rate(self):
        currency = self.env["res.currency"].create({"name": "XQQ", "symbol": "q", "rounding": 0.01})
        self._rule("All", 1, decision="return_refund")
        ret = self._decide(12, currency=currency)
        self.assertEqual(ret.approval_state, "requested")
        self.assertIn("XQQ", ret.attention_message)

    def test_active_hours(self):
        calendar = self.env["resource.calendar"].create(
            {
                "name": "Mornings",
                "tz": "UTC",
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": day,
                                "dayofweek": day,
                                "hour_from": 8,
                                "hour_to": 12,
                                "day_period": "morning",
                            }
                        )
                        for day in "0123456"
                    ),
                ],
            }
        )
        rule = self._rule("Mornings", 1, calendar_id=calendar.id)
        returns = self._decide() | self._decide()
        day = fields.Datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
        returns[0].request_date = day + timedelta(hours=9)
        returns[1].request_date = day + timedelta(hours=12)
        self.assertEqual(rule._filter(returns), returns[0])

    def test_rule_that_adds(self):
        self._rule("Slow", 1, flow="continue", sla_hours=24, domain="[('amount_total', '>', 10)]")
        self._rule("Send back", 2, decision="return_refund", refund_trigger="inspection")
        ret = self._decide()
        self.assertEqual((ret.decision, ret.sla_hours), ("return_refund", 24))
        self.assertEqual(ret.refund_trigger, "inspection")
        self.assertIn("Slow", ret.decision_story)

    def test_photos_that_never_come_leave_the_return_to_a_person(self):
        self._rule("Photo", 1, decision="return_refund", photo_required=True)
        late, fresh, patient = self._decide(), self._decide(), self._decide()
        week_ago = fields.Datetime.now() - timedelta(days=7, hours=1)
        (late | patient).photos_asked_at = week_ago
        patient.company_id.return_photo_days = 0
        self.Return._cron_give_up_waiting_for_photos()
        self.assertEqual(late.stage, "customer")
        patient.company_id.return_photo_days = 7
        patient.action_cancel()
        self.Return._cron_give_up_waiting_for_photos()
        self.assertEqual((late.stage, late.decision), ("review", "manual"))
        self.assertTrue(late.activity_ids)
        self.assertIn("sent none", late.message_ids[0].body)
        self.assertEqual(fresh.stage, "customer")
        self.assertEqual(patient.state, "cancelled")

    def test_photos_are_asked_for_first(self):
        self._rule("Photo", 1, decision="return_refund", photo_required=True)
        ret = self._decide()
        self.assertEqual((ret.approval_state, ret.stage), ("requested", "customer"))
        self.env["ir.attachment"].create(
            {
                "name": "photo.gif",
                "res_model": ret._name,
                "res_id": ret.id,
                "raw": b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01"
                b"\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",
            }
        )
        self.assertTrue(ret.has_photo)
        self.assertEqual(ret.approval_state, "approved")
