from .common import ReturnsCommon


class TestRuleStory(ReturnsCommon):
    """Why a return was decided as it was: kept, whatever happens to the rules."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule = cls.env["helloword.return.rule"]
        cls.Rule.search([]).enabled = False

    def _rule(self, name, **vals):
        return self.Rule.create({"name": name, "decision": "return_refund"} | vals)

    def _decide(self, price=50, reason="too_small"):
        order = self._make_order([(self.product_average, 1, price)])
        return self.env["helloword.return"].intake([self._make_request(order, reason=reason)])

    def test_rules_passed_over_and_why(self):
        self._rule("Small", sequence=1, domain="[('amount_company', '<', 20)]")
        self._rule("French", sequence=2, country_ids=self._country("FR").ids)
        self._rule("Dear", sequence=3, amount_min=500)
        self._rule(
            "Mugs",
            sequence=4,
            applies_to="line",
            line_domain=repr([("product_id", "=", self.product_standard.id)]),
        )
        self._rule("Size", sequence=5, domain="[('reason_group_id.code', '=', 'size')]")
        ret = self._decide()
        told = next(iter(ret._tell_decisions().values()))
        self.assertEqual(
            [row["rule"] for row in told["passed_over"]], ["Small", "French", "Dear", "Mugs"]
        )
        self.assertIn("Germany", told["passed_over"][1]["value"])
        self.assertIn("Standard mug", told["passed_over"][3]["asked"])
        self.assertIn("Average lamp", told["passed_over"][3]["value"])
        self.assertIn("Size", told["headline"])
        for name in ("Small", "French", "Dear", "Mugs"):
            self.assertIn(name, ret.decision_story)

    def test_kept_when_rules_change(self):
        small = self._rule("Small", sequence=1, domain="[('amount_company', '<', 20)]")
        rest = self._rule("Rest", sequence=2, domain="[('amount_company', '<', 900)]")
        ret = self._decide()
        before = str(ret.decision_story)
        small.write({"name": "Other", "domain": "[('amount_company', '>', 1)]"})
        small.unlink()
        rest.domain = "[]"
        ret.invalidate_recordset()
        self.assertEqual(str(ret.decision_story), before)

    def test_law_that_held_is_kept(self):
        self._rule("All")
        ret = self._decide(reason="no_longer_wanted")
        law = self.env["helloword.regulation"]._get_rulebook()
        period = law.get("DE", "withdrawal_period", ret.request_date.date())
        self.assertIn(period.reference, ret.decision_story)
        self.env["helloword.regulation"].search([]).active = False
        ret.invalidate_recordset()
        self.assertIn(period.reference, ret.decision_story)
        self.assertIn("14 days", ret.decision_story)

    def test_no_rule(self):
        self._rule("French", country_ids=self._country("FR").ids)
        ret = self._decide()
        self.assertIn("No rule matched", ret.decision_story)
        self.assertIn("French", ret.decision_story)

    def test_told_in_the_readers_words(self):
        self._rule("Any", domain="['|', ('risk_score', '<', 50), ('has_photo', '=', True)]")
        story = str(self._decide().decision_story)
        self.assertIn("Risk", story)
        self.assertNotIn("risk_score", story)
