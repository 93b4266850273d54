import logging

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .test_rule_explanation import RuleCase

_logger = logging.getLogger(__name__)


class TestPolicyPack(RuleCase):
    """Packs come switched off, are taken over once, and keep what a company changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.starter = cls.env.ref("helloword_returns.pack_starter").with_company(cls.company)
        cls.ebay = cls.env.ref("helloword_returns.pack_ebay").with_company(cls.company)

    def test_nothing_decides_before_it_is_chosen(self):
        self.assertFalse(self.Rule.search([("pack_line_id", "!=", False), ("enabled", "=", True)]))
        self.starter.action_take_over()
        self.assertEqual(self.starter.status, "off")
        rules = self.starter._get_rules()
        self.assertEqual(len(rules), self.starter.rule_count)
        self.assertFalse(any(rules.mapped("enabled")))
        self.assertEqual(rules.company_id, self.company)

    def test_every_pack_can_be_taken_over_and_read(self):
        """Each condition can be searched, each law check runs, no shipped rule breaks the law."""
        for pack in self.env["helloword.policy.pack"].search([]).with_company(self.company):
            with self.subTest(pack=pack.name):
                pack.channel_ids = self.channel
                pack.action_switch_on()
                self.assertEqual(pack.status, "on")
                self.assertTrue(all(pack._get_rules().mapped("enabled")))
                pack.action_switch_off()

    def test_repeating_changes_nothing(self):
        self.starter.action_switch_on()
        rules = self.starter._get_rules()
        rules[1].write({"amount_max": 35, "name": "Ours"})
        self.starter.action_switch_off()
        self.starter.action_switch_on()
        self.assertEqual(self.starter._get_rules(), rules)
        self.assertEqual((rules[1].amount_max, rules[1].name), (35, "Ours"))

    def test_companies_are_apart(self):
        self.starter.action_switch_on()
        other = self.starter.with_company(self.company_2)
        self.assertEqual(other.status, "unused")
        other.action_take_over()
        self.assertFalse(other._get_rules() & self.starter._get_rules())
        self.assertEqual((self.starter.status, other.status), ("on", "off"))

    def test_marketplace_needs_channels(self):
        with self.assertRaises(UserError):
            self.ebay.action_switch_on()
        self.ebay.channel_ids = self.channel
        self.ebay.action_switch_on()
        self.assertEqual(self.ebay._get_rules().channel_ids, self.channel)
        clocks = self.env["helloword.channel.clock"].search(
            [("pack_line_id.pack_id", "=", self.ebay.id)]
        )
        self.assertEqual(len(clocks), self.ebay.clock_count)
        self.ebay.action_switch_off()
        self.assertFalse(any(clocks.mapped("active")))

    def test_starter_decides(self):
        self.starter.action_switch_on()
        ret = self._decide(10, "too_small")
        self.assertEqual((ret.decision, ret.rule_id.pack_id), ("refund_only", self.starter))

    def test_simulating_a_pack_leaves_it_off(self):
        self._decide()
        action = self.starter.action_simulate()
        simulation = self.env[action["res_model"]].browse(action["res_id"])
        simulation.action_run()
        self.assertEqual(simulation.rule_ids, self.starter._get_rules())
        self.assertEqual(self.starter.status, "off")

    def test_only_managers(self):
        user = new_test_user(
            self.env,
            "pack_reader",
            "helloword_returns.group_return_user",
            company_id=self.company.id,
        )
        self.assertTrue(self.starter.with_user(user).summary)
        with self.assertRaises(AccessError):
            self.starter.with_user(user).action_switch_on()

    def test_names_in_every_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        line = self.starter.line_ids[1]
        line.with_context(lang="fr_FR").name = "Petit montant"
        self.starter.action_take_over()
        rule = self.starter._get_rules().filtered(lambda rule: rule.pack_line_id == line)
        self.assertEqual(rule.with_context(lang="fr_FR").name, "Petit montant")


class TestAutomationRate(RuleCase):
    """The shipped rules leave at most one ordinary return in five to a person."""

    def test_demo_mix(self):
        """Requests that need attention first count as left to a person."""
        companies = (
            self.env["res.company"].sudo().search([("id", "not in", self.env.companies.ids)])
        )
        returns = (
            self.env["helloword.return"]
            .sudo()
            .search([("company_id", "in", companies.ids), ("external_id", "!=", False)])
        )
        self.assertGreater(len(returns), 60, "The demonstration is loaded")
        shipped = self.Rule.search([("pack_line_id", "=", False), ("company_id", "=", False)])
        shipped = shipped.filtered(lambda rule: rule.get_external_id()[rule.id])
        matches = shipped._match(returns.filtered(lambda ret: not ret.needs_attention))
        alone = sum(len(found) for rule, found in matches.items() if rule.decision != "manual")
        rate = 100.0 * alone / len(returns)
        _logger.info("Automation rate of the demo: %s/%s = %.1f %%", alone, len(returns), rate)
        self.assertGreaterEqual(rate, 80.0)
