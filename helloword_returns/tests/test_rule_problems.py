from datetime import timedelta

from odoo import Command, fields
from odoo.tests import Form
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import ReturnsCommon


class TestRuleProblems(ReturnsCommon):
    """What is wrong with a rule is named while it is edited, and survived while it runs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule = cls.env["helloword.return.rule"]
        cls.Rule.search([]).enabled = False

    def _rule(self, **vals):
        return self.Rule.create({"name": "Rule", "decision": "return_refund"} | vals)

    def _make_unreadable(self, rule):
        """As after a module with the field was removed: nobody saved the rule since."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helloword_return_rule SET domain = %s WHERE id = %s",
            ["[('field_that_is_gone', '=', 1)]", rule.id],
        )
        rule.invalidate_recordset()

    def _decide(self, **kwargs):
        order = self._make_order([(self.product_average, 1, 50)], **kwargs)
        return self.env["helloword.return"].intake([self._make_request(order)])

    def test_conditions_nothing_can_meet(self):
        today = fields.Date.today()
        cases = (
            {"domain": "[('amount_company', '>', 200), ('amount_company', '<', 20)]"},
            {"domain": "[('amount_company', '>=', 20), ('amount_company', '<', 20)]"},
            {"domain": "[('country_id.code', '=', 'DE'), ('country_id.code', '=', 'FR')]"},
            {"domain": "[('risk_score', 'in', [1, 2]), ('risk_score', '>', 50)]"},
            {"domain": "[('country_id', 'in', [])]"},
            {
                "applies_to": "line",
                "line_domain": "[('quantity', '>', 5), ('quantity', '<', 2)]",
            },
            {"date_to": today - timedelta(days=1)},
        )
        for vals in cases:
            self.assertTrue(self._rule(**vals).has_problem, vals)

    def test_conditions_that_can_be_met(self):
        cases = (
            {},
            {"domain": "[('amount_company', '>', 20), ('amount_company', '<', 200)]"},
            # Two lines may meet them.
            {"domain": "[('line_ids.quantity', '>', 5), ('line_ids.quantity', '<', 2)]"},
            {"domain": "['|', ('risk_score', '<', 5), ('risk_score', '>', 50)]"},
            {"domain": "[('line_ids.product_id', 'ilike', 'mug')]"},
            {"date_to": fields.Date.today()},
        )
        for vals in cases:
            rule = self._rule(**vals)
            self.assertFalse(rule.problem_text, vals)
            rule.enabled = False

    def test_impossible_range_is_refused(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._rule(amount_min=50, amount_max=20)

    def test_shadowed(self):
        first = self._rule(name="First", sequence=1, domain="[('amount_company', '<', 50)]")
        germany = self._country("DE")
        cases = (
            ({"domain": "[('amount_company', '<', 20)]"}, True),
            ({"domain": "[('amount_company', '<=', 50)]"}, False),
            ({"domain": "[('amount_company', '<', 20), ('has_photo', '=', True)]"}, True),
            ({"domain": "[('has_photo', '=', True)]"}, False),
            ({"domain": "[('amount_company', '<', 20)]", "country_ids": germany.ids}, True),
            ({"domain": "[('amount_company', '<', 20)]", "sequence": 0}, False),
            (
                {
                    "domain": "[('amount_company', '<', 9)]",
                    "applies_to": "line",
                    "line_domain": "[('quantity', '>', 1)]",
                },
                True,
            ),
        )
        for vals, expected in cases:
            rule = self._rule(**({"sequence": 5} | vals))
            self.assertEqual("First" in (rule.problem_text or ""), expected, vals)
            rule.enabled = False
        first.country_ids = germany
        self.assertFalse(self._rule(sequence=5, domain=first.domain).has_problem)

    def test_same_conditions_with_another_plan(self):
        self._rule(name="First", sequence=1, domain="[('amount_company', '<', 50)]")
        other = self._rule(sequence=2, domain="[('amount_company', '<', 50)]", decision="reject")
        self.assertIn("decides otherwise", other.problem_text)
        other.decision = "return_refund"
        self.assertIn("says the same", other.problem_text)

    def test_rules_that_add_hide_nothing(self):
        self._rule(sequence=1, flow="continue", photo_required=True)
        self.assertFalse(self._rule(sequence=2).has_problem)

    def test_currency_without_rate(self):
        currency = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .create({"name": "XQX", "symbol": "X"})
        )
        rule = self._rule(amount_max=20, amount_currency_id=currency.id)
        self.assertIn("XQX", rule.problem_text)
        rule.amount_currency_id = self.other_currency
        self.assertFalse(rule.has_problem)

    def test_action_that_decides_again(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Again",
                "model_id": self.env["ir.model"]._get_id("helloword.return"),
                "state": "code",
                "code": "records.action_decide()",
            }
        )
        rule = self._rule(server_action_ids=[Command.link(action.id)])
        self.assertIn("Again", rule.problem_text)
        self.assertEqual(self._decide().approval_state, "approved")

    def test_told_while_editing(self):
        self._rule(name="First", sequence=1)
        with Form(self.Rule) as form:
            form.name = "Never"
            form.decision = "reject"
            self.assertTrue(form.has_problem)
            self.assertIn("First", form.problem_text)

    def test_filter(self):
        good, bad = self._rule(sequence=1), self._rule(sequence=2)
        found = self.Rule.search([("has_problem", "=", True)])
        self.assertIn(bad, found)
        self.assertNotIn(good, found)

    def test_unreadable_rule_is_skipped_where_it_may_matter(self):
        france = self._country("FR")
        broken = self._rule(name="Broken", sequence=1, country_ids=france.ids)
        self._rule(name="Next", sequence=2)
        self._make_unreadable(broken)
        self.assertTrue(broken.has_problem)
        paris = self.env["res.partner"].create({"name": "P", "country_id": france.id})
        elsewhere, there = self._decide(), self._decide(partner=paris)
        self.assertEqual(elsewhere.rule_id.name, "Next")
        self.assertEqual((there.decision, there.rule_id), ("manual", self.Rule))
        self.assertIn("Broken", there.decision_summary)
        self._decide(partner=paris)
        self.assertEqual(len(broken.activity_ids), 1)
        self.assertEqual(len(there.activity_ids), 1)
