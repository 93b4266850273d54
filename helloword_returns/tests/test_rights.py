from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user

from ..intake.withdrawal_statement import WithdrawalStatement, WithdrawnItem
from .common import ReturnsCommon


class TestRights(ReturnsCommon):
    """Whoever may not, cannot, by whatever method is called from outside either."""

    def _user(self, group, company=None):
        company = company or self.company
        return new_test_user(
            self.env,
            f"{group}_{company.id}",
            groups=group,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def test_server_actions_are_for_settings_administrators(self):
        model = self.env["ir.model"]._get_id("helloword.return")
        action = self.env["ir.actions.server"].create(
            {"name": "Note", "model_id": model, "state": "code", "code": "pass"}
        )
        rule = self.env["helloword.return.rule"].create(
            {"name": "Rule", "decision": "manual", "server_action_ids": action.ids}
        )
        managed = rule.with_user(self._user("helloword_returns.group_return_manager"))
        with self.assertRaises(AccessError):
            managed.server_action_ids = [Command.clear()]
        with self.assertRaises(AccessError):
            managed.create({"name": "Other", "server_action_ids": action.ids})
        with Form(managed) as form:
            form.name = "Renamed"
        self.assertEqual((rule.name, rule.server_action_ids), ("Renamed", action))
        copy = managed.copy()
        self.assertFalse(copy.sudo().server_action_ids)
        self.assertEqual(rule.copy().server_action_ids, action)

    def test_transfers_are_not_everybodys(self):
        order = self._make_order([(self.product_average, 1)])
        ret = self._make_return(order)
        ret.receipt_picking_ids.action_cancel()
        for group in ("account.group_account_readonly", "base.group_portal"):
            with self.assertRaises(AccessError):
                ret.with_user(self._user(group)).action_create_receipts()
        ret.with_user(self._user("stock.group_stock_user")).action_create_receipts()
        ret.action_receive()
        inspection = ret.action_inspect()
        for group in ("account.group_account_invoice", "base.group_user"):
            with self.assertRaises(AccessError):
                inspection.with_user(self._user(group)).action_process_dispositions()

    def test_law_report_is_for_managers(self):
        Finding = self.env["helloword.law.finding"]
        with self.assertRaises(AccessError):
            Finding.with_user(self._user("base.group_portal")).action_open_report()
        self.assertTrue(
            Finding.with_user(
                self._user("helloword_returns.group_return_manager")
            ).action_open_report()
        )

    def test_source_is_a_link(self):
        regulation = self.env["helloword.regulation"].search([], limit=1)
        with self.assertRaises(ValidationError):
            regulation.source_url = "javascript:alert(1)"
        regulation.source_url = "https://example.com/law"

    def test_lines_and_versions_of_other_companies(self):
        rule = self.env["helloword.return.rule"].create(
            {"name": "Rule", "decision": "manual", "company_id": self.company_2.id}
        )
        version = self.env["helloword.return.rule.version"]._keep({rule: []})[rule]
        destination = self.env["helloword.return.destination"].create(
            {
                "name": "Elsewhere",
                "company_id": self.company_2.id,
                "line_ids": [Command.create({"warehouse_id": self.warehouse_2.id})],
            }
        )
        here = self._user("helloword_returns.group_return_manager")
        there = self._user("helloword_returns.group_return_manager", self.company_2)
        for record in (version, destination.line_ids):
            self.assertFalse(record.with_user(here).has_access("read"), record)
            self.assertTrue(record.with_user(there).has_access("read"), record)

    def test_goods_of_withdrawals_of_others(self):
        order = self._make_order([(self.product_average, 1)])
        items = (WithdrawnItem(order.order_line.id, 1, "Lamp"),)
        withdrawal = self.env["helloword.withdrawal"]._take(
            [WithdrawalStatement(self.company.id, "Ada", order.name, items=items)]
        )
        withdrawal.user_id = self._user("helloword_returns.group_return_user")
        line = withdrawal.line_ids
        own = self._user("helloword_returns.group_return_own")
        self.assertFalse(line.with_user(own).has_access("read"))
        for user in (withdrawal.user_id, self._user("account.group_account_readonly")):
            self.assertTrue(line.with_user(user).has_access("read"), user.login)

    def test_subject_is_one_line(self):
        wording = self.env["helloword.withdrawal.wording"]._get_for("en")
        wording.subject = "Withdrawal from {contract}"
        withdrawal = self.env["helloword.withdrawal"]._take(
            [WithdrawalStatement(self.company.id, "Ada", "S1\nBcc: all@example.com")]
        )
        self.assertEqual(
            withdrawal._get_acknowledgement_subject(), "Withdrawal from S1 Bcc: all@example.com"
        )
