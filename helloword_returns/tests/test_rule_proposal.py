from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.rule_proposal import get_lower_bound
from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestRuleProposal(ReturnsCommon):
    """Habits of people become proposals, and proposals become rules that are switched off."""

    def _decide(self, count, decision="refund_only", price=30.0):
        orders = self._make_orders([[(self.product_standard, 1, price)]] * count)
        returns = self._make_returns([(order, None) for order in orders], "manual", False)
        returns._review_decide(decision, reason="No.")
        return returns

    def _refresh(self):
        return self.env["helloword.rule.proposal"]._refresh(self.company)

    def test_lower_bound(self):
        """One-sided 95 % Wilson bounds, checked against the closed formula with z = 1.6449."""
        self.assertAlmostEqual(get_lower_bound(10, 10), 0.7871, places=3)
        self.assertAlmostEqual(get_lower_bound(9, 10), 0.6524, places=3)
        self.assertAlmostEqual(get_lower_bound(45, 50), 0.8085, places=3)

    def test_habit_is_proposed(self):
        returns = self._decide(12)
        proposal = self._refresh()
        self.assertEqual(len(proposal), 1)
        self.assertEqual(proposal.decision, "refund_only")
        self.assertEqual((proposal.decision_count, proposal.agreeing_count), (12, 12))
        self.assertEqual((proposal.value_from, proposal.value_to), (20.0, 50.0))
        self.assertEqual(proposal.evidence_ids, returns)
        self.assertGreater(proposal.lower_bound, 70)
        self.assertFalse(proposal.channel_id, "the widest group that agrees is proposed")

    def test_too_few(self):
        self._decide(9)
        self.assertFalse(self._refresh())

    def test_no_agreement(self):
        self._decide(12)
        self._decide(4, "return_refund")
        self.assertFalse(self._refresh())

    def test_decisions_of_rules_do_not_count(self):
        self._decide(12).decided_automatically = True
        self.assertFalse(self._refresh())

    def test_narrower_group_where_the_wide_one_disagrees(self):
        channel = self.channel.copy({"name": "Another Shop"})
        self._decide(12)
        others = self._decide(12, "return_refund")
        others.channel_id = channel
        proposals = self._refresh()
        self.assertEqual(
            {(proposal.channel_id, proposal.decision) for proposal in proposals},
            {(self.channel, "refund_only"), (channel, "return_refund")},
        )

    def test_rule_is_made_and_matches(self):
        self._decide(12)
        proposal = self._refresh()
        proposal.action_create_rule()
        rule = proposal.rule_id
        self.assertFalse(rule.enabled)
        self.assertEqual(rule.decision, "refund_only")
        self.assertEqual(proposal.state, "created")
        order = self._make_order([(self.product_standard, 1, 30.0)])
        ret = self._make_return(order, decision="manual", approve=False)
        self.assertIn(ret, rule._match(ret).get(rule, ret.browse()))
        dear_order = self._make_order([(self.product_standard, 1, 300.0)])
        dear = self._make_return(dear_order, decision="manual", approve=False)
        self.assertNotIn(dear, rule._match(dear).get(rule, ret.browse()))
        with self.assertRaises(UserError):
            proposal.action_create_rule()
        self._refresh()
        self.assertEqual(proposal.state, "created")

    def test_dismissed_until_there_is_more(self):
        self._decide(12)
        proposal = self._refresh()
        proposal.action_dismiss()
        self.assertFalse(self._refresh())
        self._decide(3)
        self.assertFalse(self._refresh())
        self._decide(5)
        self.assertEqual(self._refresh(), proposal)
        self.assertEqual(proposal.decision_count, 20)

    def test_habit_that_is_gone(self):
        returns = self._decide(12)
        proposal = self._refresh()
        returns.decided_automatically = True
        self._refresh()
        self.assertFalse(proposal.exists())

    def test_companies_apart(self):
        self._decide(12)
        self.assertFalse(self.env["helloword.rule.proposal"]._refresh(self.company_2))

    def test_queries(self):
        self._decide(12)
        self._refresh()
        self._decide(12)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            self._refresh()
            self.env.flush_all()

    def test_only_managers(self):
        clerk = new_test_user(self.env, "habit_clerk", groups="helloword_returns.group_return_user")
        with self.assertRaises(AccessError):
            self.env["helloword.rule.proposal"].with_user(clerk).search([])
