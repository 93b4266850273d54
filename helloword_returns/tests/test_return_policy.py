from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user

from .common import ReturnsCommon


class TestReturnPolicy(ReturnsCommon):
    """Which policy a buyer was promised, and how policies and rules are held against the law."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Policy = cls.env["helloword.return.policy"]
        cls.Rule = cls.env["helloword.return.rule"]
        cls.Policy.search([]).active = False
        cls.germany = cls._country("DE")
        cls.group_germany = cls.env["res.country.group"].create(
            {"name": "Germany only", "country_ids": [Command.set(cls.germany.ids)]}
        )
        cls.manager = new_test_user(
            cls.env,
            "returns_boss",
            "helloword_returns.group_return_manager",
            company_id=cls.company.id,
            company_ids=[Command.set((cls.company | cls.company_2).ids)],
        )

    def _make_policy(self, **vals):
        return self.Policy.create(
            {"name": "Terms", "company_id": self.company.id, "withdrawal_function": True} | vals
        )

    def _make_rule(self, **vals):
        return self.Rule.create({"name": "Rule", "decision": "return_refund"} | vals)

    def _codes(self, record):
        return {finding["code"] for finding in record.law_findings or []}

    # -------------------------------------------------------------------------
    # Which policy
    # -------------------------------------------------------------------------

    def test_policy_of_returns_and_orders(self):
        german = self._make_policy(country_ids=self.germany.ids, sequence=1)
        shop = self._make_policy(channel_ids=self.channel_2.ids, company_id=self.company_2.id)
        rest = self._make_policy(sequence=99)
        austrian = self.customer.copy({"country_id": self._country("AT").id})
        orders = self._make_orders([[(self.product_average, 1)]])
        orders |= self._make_orders([[(self.product_average, 1)]], partner=austrian)
        returns = self._make_returns([(order, None) for order in orders], approve=False)
        self.assertEqual(list(self.Policy._get_for(returns).values()), [german, rest])
        self.assertEqual(list(self.Policy._get_for(orders).values()), [german, rest])
        rest.active = False
        self.assertFalse(self.Policy._get_for(returns)[returns[1]])
        self.assertNotIn(shop, self.Policy._get_for(returns).values())

    def test_one_query_for_many(self):
        self._make_policy(country_ids=self.germany.ids)
        orders = self._make_orders([[(self.product_average, 1)] for _n in range(8)])
        self.Policy._get_for(orders[:1])
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.Policy._get_for(orders)
        self.assertLessEqual(self.env.cr.sql_log_count - before, 3)

    def test_companies_and_access(self):
        own = self._make_policy()
        foreign = self._make_policy(company_id=self.company_2.id)
        clerk = new_test_user(
            self.env,
            "policy_clerk",
            "helloword_returns.group_return_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.assertEqual(self.Policy.with_user(clerk).search([]), own)
        with self.assertRaises(AccessError):
            own.with_user(clerk).window_days = 30
        with self.assertRaises(AccessError):
            foreign.with_user(clerk).read(["name"])
        with self.assertRaises(UserError):
            own.channel_ids = self.channel_2
        with self.assertRaises(ValidationError):
            own.refund_days = -1

    # -------------------------------------------------------------------------
    # Policies and the law
    # -------------------------------------------------------------------------

    def test_policy_is_checked_while_edited(self):
        form = Form(self.Policy)
        form.name = "New terms"
        form.country_ids.add(self.germany)
        form.withdrawal_function = True
        self.assertFalse(form.law_severity)
        form.window_days = 10
        self.assertEqual(form.law_severity, "error")
        self.assertIn("14 days", form.law_findings_html)
        form.window_days = 30
        self.assertFalse(form.law_severity)
        form.exclusion_ids.add(self.env.ref("helloword_returns.exclusion_sale_items"))
        self.assertIn("Sale items", form.law_findings_html)
        policy = form.save()
        self.assertEqual(policy.law_error_count, 1)
        self.assertIn(policy, self.Policy.search([("law_severity", "=", "error")]))

    def test_policy_without_countries_reaches_where_is_sold(self):
        policy = self._make_policy(fee_percent=10)
        self.assertFalse(policy.law_findings)
        self.company.return_country_ids = self.germany | self._country("BR")
        policy.invalidate_recordset()
        places = {p for finding in policy.law_findings for p in finding["places"]}
        self.assertEqual(places, {"DE", "BR"})

    def test_countries_of_orders_and_returns(self):
        self.company.return_country_ids = False
        self._make_order([(self.product_average, 1)])
        self.env.registry.clear_cache()
        self.assertEqual(self.company._get_sold_country_codes(), {"DE"})
        self.assertEqual(self.company_2._get_sold_country_codes(), {"HK"})
        brazilian = self.customer.copy({"country_id": self._country("BR").id})
        order = self._make_order([(self.product_average, 1)], partner=brazilian)
        order.return_channel_id = self.channel
        self.env.registry.clear_cache()
        self.assertEqual(self.company._get_sold_country_codes(), {"DE", "BR"})
        self.assertEqual(self.company._get_sold_country_codes(self.channel), {"BR"})

    # -------------------------------------------------------------------------
    # Rules and the law
    # -------------------------------------------------------------------------

    def test_rule_is_checked_while_edited(self):
        form = Form(self.Rule)
        form.name = "Fee"
        form.decision = "return_refund"
        form.country_group_ids.add(self.group_germany)
        self.assertNotEqual(form.law_severity, "error")
        form.fee_type = "percent"
        form.fee_percent = 10
        self.assertEqual(form.law_severity, "error")
        self.assertIn("DE", form.law_findings_html)
        with self.assertRaises(ValidationError):
            form.save()
        form.enabled = False
        rule = form.save()
        self.assertEqual(rule.law_error_count, 1)
        with self.assertRaises(ValidationError):
            rule.enabled = True

    def test_what_a_plan_does(self):
        cases = (
            ({"label_payer": "customer"}, {"E11", "E12"}),
            ({"label_payer": "deduct"}, {"E11", "E12"}),
            ({"fee_type": "fixed", "fee_amount": 5}, {"E30"}),
            ({"decision": "store_credit"}, {"E25"}),
            ({"decision": "exchange"}, {"W25"}),
            ({"decision": "keep_it"}, {"W25"}),
            ({"decision": "manual"}, {"I40"}),
            ({"decision": "reject"}, {"E1", "E60"}),
            ({"refund_trigger": "inspection"}, {"E20b"}),
            ({"refund_trigger": "receipt"}, {"I20"}),
            ({"refund_trigger": "first_scan"}, set()),
            ({"photo_required": True}, {"E42"}),
            ({"decision": "refund_only"}, set()),
        )
        for vals, codes in cases:
            rule = self._make_rule(
                enabled=False,
                country_group_ids=self.group_germany.ids,
                **{"refund_trigger": "request"} | vals,
            )
            self.assertEqual(self._codes(rule), codes, vals)

    def test_reasons_tell_what_law_counts(self):
        vals = {
            "enabled": False,
            "country_group_ids": self.group_germany.ids,
            "label_payer": "customer",
            "refund_trigger": "request",
        }
        changed = self._make_rule(**vals, domain="[('reason_group_id.code', '=', 'changed_mind')]")
        self.assertEqual(self._codes(changed), {"E11"})
        faulty = self._make_rule(
            **vals,
            domain="[('reason_group_id.code', 'in', ['defective', 'damaged'])]",
        )
        self.assertEqual(self._codes(faulty), {"E12"})
        group = self.env.ref("helloword_returns.reason_group_changed_mind")
        by_record = self._make_rule(**vals, domain=f"[('reason_group_id', '!=', {group.id})]")
        self.assertEqual(self._codes(by_record), {"E11", "E12"})
        fraud = self._make_rule(
            enabled=False,
            country_group_ids=self.group_germany.ids,
            decision="reject",
            domain="[('reason_group_id.code', '=', 'fraud')]",
        )
        self.assertFalse(fraud.law_findings)

    def test_days_tell_the_window(self):
        def reject(domain):
            return self._make_rule(
                enabled=False,
                decision="reject",
                country_group_ids=self.group_germany.ids,
                domain=str([("reason_group_id.code", "=", "changed_mind"), *domain]),
            )

        self.assertEqual(self._codes(reject([("days_since_delivery", ">", 10)])), {"E1"})
        self.assertEqual(self._codes(reject([("days_since_delivery", ">=", 15)])), set())
        self.assertEqual(self._codes(reject([("days_since_delivery", ">", 14)])), set())
        self.assertEqual(
            self._codes(reject([("line_ids.product_id.categ_id", "=", self.category_fifo.id)])),
            {"W51"},
        )

    def test_countries_in_conditions(self):
        self.env["res.company"].search([]).return_country_ids = self.germany | self._country("US")
        rule = self._make_rule(enabled=False, fee_type="percent", fee_percent=10)
        cases = (
            ("[]", {"DE", "US"}),
            ("[('country_id.code', '=', 'BR')]", {"BR"}),
            ("[('country_id.code', 'in', ['FR', 'IT'])]", {"FR", "IT"}),
            ("[('country_id.code', '!=', 'DE')]", {"US"}),
            ("['!', ('country_id.code', '=', 'US')]", {"DE"}),
            (f"[('country_id', '=', {self.germany.id})]", {"DE"}),
            (f"[('country_id', 'in', [{self.germany.id}])]", {"DE"}),
            ("['|', ('country_id.code', '=', 'FR'), ('amount_total', '>', 5)]", {"DE", "US"}),
            ("[('country_id.country_group_ids.code', '=', 'SA')]", None),
        )
        for domain, reached in cases:
            rule.domain = domain
            found = rule._get_reached_countries()
            if reached is None:
                self.assertIn("BR", found)
                self.assertNotIn("DE", found)
            else:
                self.assertEqual(found, reached, domain)
        rule.domain = "[]"
        rule.country_ids = self._country("NL")
        self.assertEqual(rule._get_reached_countries(), {"NL"})

    # -------------------------------------------------------------------------
    # Overrides
    # -------------------------------------------------------------------------

    def _make_illegal_rule(self):
        return self._make_rule(
            enabled=False,
            country_group_ids=self.group_germany.ids,
            fee_type="percent",
            fee_percent=10,
            refund_trigger="request",
        )

    def _override(self, rule, user=None, reason="Counsel agreed on 12 November."):
        wizard = self.env["helloword.law.override.wizard"].with_user(user or self.manager)
        return wizard.create({"rule_id": rule.id, "reason": reason}).action_confirm()

    def test_override_is_recorded(self):
        rule = self._make_illegal_rule()
        with self.assertRaises(ValidationError):
            rule.enabled = True
        with self.assertRaises(UserError):
            self._override(rule, reason="  ")
        self._override(rule)
        override = rule.law_override_id
        self.assertTrue(rule.enabled)
        self.assertEqual((override.user_id, override.findings[0]["code"]), (self.manager, "E30"))
        self.assertIn("DE", override.findings_text)
        self.assertIn("Counsel agreed", rule.message_ids[0].body)
        rule.name = "Renamed"
        rule.sequence = 5
        self.assertEqual(rule.law_override_id, override)

    def test_override_expires_when_the_rule_changes(self):
        rule = self._make_illegal_rule()
        self._override(rule)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            rule.fee_percent = 20
        rule.invalidate_recordset()
        self.assertTrue(rule.law_override_id)
        rule.write({"fee_percent": 20, "enabled": False})
        self.assertFalse(rule.law_override_id)
        self.assertTrue(rule.law_override_ids.expired_date)
        rule.fee_percent = 10
        with self.assertRaises(ValidationError):
            rule.enabled = True

    def test_override_does_not_cover_other_countries(self):
        rule = self._make_illegal_rule()
        self._override(rule)
        self.group_germany.country_ids |= self._country("FR")
        rule.invalidate_recordset()
        self.assertEqual(len(rule._get_uncovered_errors()), 1)

    def test_only_managers_override(self):
        rule = self._make_illegal_rule()
        clerk = new_test_user(self.env, "override_clerk", "helloword_returns.group_return_user")
        with self.assertRaises(AccessError):
            self._override(rule, user=clerk)
        with self.assertRaises(AccessError):
            rule.with_user(clerk)._override_law("because")
        self._override(rule)
        with self.assertRaises(AccessError):
            rule.law_override_id.with_user(self.manager).reason = "Something else"

    def test_nothing_to_override(self):
        rule = self._make_rule(enabled=False, country_group_ids=self.group_germany.ids)
        with self.assertRaises(UserError):
            self._override(rule)

    # -------------------------------------------------------------------------
    # The report
    # -------------------------------------------------------------------------

    def test_report(self):
        Finding = self.env["helloword.law.finding"]
        rule = self._make_illegal_rule()
        policy = self._make_policy(country_ids=self.germany.ids, window_days=7)
        foreign = self._make_policy(
            company_id=self.company_2.id, country_ids=self.germany.ids, window_days=7
        )
        Finding.action_open_report()
        found = Finding.search([("rule_id", "=", rule.id)])
        self.assertEqual((found.code, found.place, found.country_id), ("E30", "DE", self.germany))
        self.assertEqual(found.regulation_id.rule_key, "restocking_fee_allowed_on_withdrawal")
        self.assertFalse(found.is_switched_on)
        self.assertTrue(found.message)
        self.assertEqual(Finding.search([("policy_id", "=", policy.id)]).code, "E1")
        self._override(rule)
        policy.window_days = 14
        Finding._refresh()
        self.assertTrue(found.is_overridden and found.is_switched_on)
        self.assertFalse(Finding.search([("policy_id", "=", policy.id)]))
        self.assertFalse(Finding._refresh())
        self.manager.company_ids = self.company
        seen = Finding.with_user(self.manager).search([])
        self.assertIn(found, seen)
        self.assertFalse(seen.policy_id & foreign)
        self.assertEqual(found.action_open_checked()["res_id"], rule.id)

    def test_law_that_comes_into_force_is_told(self):
        regulation = self.env["helloword.regulation"].search(
            [
                ("country_code", "=", "EU"),
                ("rule_key", "=", "restocking_fee_allowed_on_withdrawal"),
            ]
        )
        today = fields.Date.context_today(regulation)
        regulation.applies_from = today + timedelta(days=1)
        rule = self._make_illegal_rule()
        rule.enabled = True
        self.env["helloword.law.finding"]._cron_check_law()
        self.assertFalse(rule.activity_ids)
        regulation.applies_from = today
        rule.invalidate_recordset()
        for _run in range(2):
            self.env["helloword.law.finding"]._cron_check_law()
        self.assertEqual(len(rule.activity_ids), 1)

    # -------------------------------------------------------------------------
    # Hints on a return
    # -------------------------------------------------------------------------

    def _hints(self, country, reason="no_longer_wanted", days=3, **vals):
        partner = self.customer.copy({"country_id": self._country(country).id} | vals)
        order = self._make_order([(self.product_average, 1, 50)], partner=partner)
        ret = self.env["helloword.return"].intake(
            [self._make_request(order, reason=reason)], decide=False
        )
        ret.delivered_date = ret.request_date - timedelta(days=days)
        return {hint["code"]: hint for hint in ret._get_law_hints()}, ret

    def test_hints_inside_and_outside_the_window(self):
        hints, ret = self._hints("FR")
        self.assertEqual(hints["withdrawal_period"]["tone"], "right")
        self.assertIn("L221-18", hints["withdrawal_period"]["reference"])
        self.assertIn("late_refund_surcharge", hints)
        self.assertIn("restocking_fee_allowed_on_withdrawal", hints)
        self.assertIn("refund_outbound_standard_delivery", hints)
        self.assertIn("L242-4", str(ret.law_hints_html))
        hints, _ret = self._hints("FR", days=30)
        self.assertEqual(list(hints), ["withdrawal_period"])
        self.assertEqual(hints["withdrawal_period"]["tone"], "note")

    def test_hints_elsewhere(self):
        self.assertEqual(self._hints("TW")[0]["return_cost_bearer_withdrawal"]["tone"], "limit")
        self.assertIn("max_cancellation_fee", self._hints("IL")[0])
        self.assertIn("withdrawal_period_business_days", self._hints("MX")[0])
        self.assertIn("late_refund_double_amount", self._hints("ES")[0])
        self.assertNotIn("late_refund_double_amount", self._hints("PT")[0])
        self.assertEqual(self._hints("HK")[0], {})
        self._make_policy(window_days=45)
        hints, _ret = self._hints("AU")
        self.assertIn("45 days", hints["statutory_change_of_mind_right"]["text"])
        new_york = self.env.ref("base.state_us_27")
        self.assertEqual(new_york.code, "NY")
        hints, _ret = self._hints("US", state_id=new_york.id)
        self.assertIn("30 days", hints["default_return_period_if_not_disclosed"]["text"])

    def test_hints_on_faulty_goods(self):
        hints, _ret = self._hints("GB", "does_not_work")
        self.assertIn("short_term_right_to_reject", hints)
        self.assertEqual(hints["burden_of_proof_reversal"]["tone"], "limit")
        hints, _ret = self._hints("DE", "does_not_work", days=500)
        self.assertEqual(hints["legal_guarantee_period"]["tone"], "right")
        self.assertEqual(hints["burden_of_proof_reversal"]["tone"], "note")
        hints, _ret = self._hints("DE", "does_not_work", days=800)
        self.assertEqual(hints["legal_guarantee_period"]["tone"], "note")
        self.assertIn("major_failure_remedy_choice", self._hints("AU", "does_not_work")[0])
        self.assertIn("ship_deadline_if_no_date_stated", self._hints("US", "not_delivered")[0])

    def test_today_is_the_readers_day(self):
        policy = self._make_policy(country_ids=self._country("TR").ids, label_paid_by="buyer")
        self.assertIn("E10", self._codes(policy))
        with patch.object(fields.Date, "context_today", return_value=date(2025, 12, 31)):
            policy.invalidate_recordset()
            self.assertNotIn("E10", self._codes(policy))
