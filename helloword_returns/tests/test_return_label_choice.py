from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common_label import LabelsCommon


@tagged("post_install", "-at_install")
class TestReturnLabelChoice(LabelsCommon):
    """Which account makes the label, and who follows when it fails."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dear = cls._make_account("Dear", sequence=1, currency_id=cls.other_currency.id)
        cls.cheap = cls._make_account("Cheap", sequence=2)

    def test_prices_are_compared_across_currencies(self):
        """Both ask the same number; one euro is two dollars today."""
        label = self._make_label()
        self.assertEqual(label.account_id, self.cheap, label.error)
        self.assertEqual(len(label.rate_ids), 6)
        best = {
            rate.account_id: rate
            for rate in label.rate_ids.filtered(lambda rate: rate.service == "Economy")
        }
        self.assertEqual(best[self.dear].amount, best[self.cheap].amount)
        self.assertEqual(best[self.dear].amount_company, 2 * best[self.cheap].amount_company)
        self.assertEqual(self._count_sold(), 1)
        self.assertEqual(label.currency_id, self.company.currency_id)

    def test_days_are_worth_money(self):
        self.assertEqual(self._make_label().service, "Economy")
        self.company.return_label_day_price = 2
        # 9.00 € in 9 days against 12.35 in 7: two days are worth 4.
        self.assertEqual(self._make_label().service, "Standard")

    def test_first_that_works(self):
        self.company.return_label_choice = "sequence"
        label = self._make_label()
        self.assertEqual(label.account_id, self.dear)
        self.assertEqual(label.rate_ids.account_id, self.dear, "the other was not asked")

    def test_limits(self):
        other_warehouse = self.env["stock.warehouse"].create({"name": "Far Dock", "code": "FAR"})
        for vals, obstacle in (
            ({"country_ids": [fields.Command.set(self._country("FR").ids)]}, "Not for customers"),
            ({"route_type": "domestic"}, "Only within a country"),
            ({"max_weight": 0.3}, "Heavier than 0.3"),
            ({"warehouse_ids": [fields.Command.set(other_warehouse.ids)]}, "warehouse"),
        ):
            with self.subTest(obstacle):
                account = self.cheap.copy(vals | {"name": "Limited"})
                account.active = False
                label = self._make_label()
                self.assertIn(obstacle, account._get_label_obstacle(label))
        label = self._make_label()
        europe = self.env.ref("base.europe")
        self.cheap.country_group_ids = europe
        self.assertFalse(self.cheap._get_label_obstacle(label))
        self.cheap.max_price = 5
        self.dear.service_codes = "express, standard"
        label = self._make_label()
        self.assertEqual((label.account_id, label.service), (self.dear, "Standard"))
        reasons = label.rate_ids.filtered("obstacle").grouped("account_id")
        self.assertIn("Dearer than", reasons[self.cheap][0].obstacle)
        self.assertEqual(reasons[self.dear].obstacle, "This service is not allowed.")

    def test_no_account_fits(self):
        (self.dear | self.cheap).route_type = "domestic"
        label = self._make_label()
        self.assertEqual(label.state, "failed")
        self.assertIn("No label account may be used", label.error)

    def test_refusal_leads_to_the_next_account(self):
        self.cheap.demo_fault = "reject"
        label = self._make_label()
        self.assertEqual((label.state, label.account_id), ("bought", self.dear))
        self.assertEqual(self._count_sold(), 1)
        refused = label.rate_ids.filtered(lambda rate: rate.account_id == self.cheap)
        self.assertEqual(set(refused.mapped("obstacle")), {"The demo carrier refuses this."})
        self.assertEqual(self.cheap.health, "bad")
        self.assertIn("refuses", self.cheap.last_error)
        self.assertEqual(self.dear.health, "good")

    def test_refusal_in_order(self):
        self.company.return_label_choice = "sequence"
        self.dear.demo_fault = "reject"
        label = self._make_label()
        self.assertEqual((label.state, label.account_id), ("bought", self.cheap))

    def test_slip_is_the_last_resort(self):
        self.company.return_label_choice = "sequence"
        slip = self._make_account("Slip", provider="slip", sequence=0)
        label = self._make_label()
        self.assertEqual(label.account_id, self.dear, "though it stands first")
        (self.dear | self.cheap).demo_fault = "reject"
        label = self._make_label()
        self.assertEqual((label.state, label.account_id), ("bought", slip))
        self.assertEqual(len(label.tried_account_ids), 3)

    def test_everything_fails(self):
        (self.dear | self.cheap).demo_fault = "reject"
        label = self._make_label()
        self.assertEqual(label.state, "failed")
        self.assertIn("Cheap: The demo carrier refuses this.", label.error)
        self.assertIn("Dear: The demo carrier refuses this.", label.error)
        self.assertTrue(label.failure_activity_id)
        self.cheap.demo_fault = "none"
        label.with_context(queue_job__no_delay=True).action_buy()
        self.assertEqual((label.state, label.account_id), ("bought", self.cheap))
        self.assertFalse(label.error)
        self.assertEqual(self._count_sold(), 1)

    def test_lost_answer_is_not_bought_elsewhere(self):
        self.cheap.demo_fault = "lose_answer"
        label = self._make_label()
        # Where jobs run at once, the look-up has happened by now.
        self.assertEqual((label.state, label.account_id), ("unknown", self.cheap))
        self.assertEqual(self._count_sold(), 1)
        operation = label.buy_operation_id.sudo()
        operation.next_try_at = False
        operation.with_context(queue_job__no_delay=True)._enqueue()
        self.assertEqual(label.state, "bought")
        self.assertTrue(label.label_attachment_id)
        self.assertEqual(self._count_sold(), 1)

    def test_environment_and_limits_are_checked(self):
        with self.assertRaisesRegex(ValidationError, "other environment"):
            self._make_account("EP", provider="easypost", api_key="EZAKlive")
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            self.cheap.max_price = -1

    def test_address_of_the_service(self):
        for url in (
            "http://api.example",
            "ftp://127.0.0.1",
            "https://me:secret@api.example",
            "api.example",
        ):
            with self.assertRaisesRegex(ValidationError, "must begin with https"):
                self._make_account(provider="easypost", base_url=url)
        account = self._make_account(provider="easypost", base_url="http://127.0.0.1:8080/v2")
        with self.assertRaisesRegex(ValidationError, "only test"):
            account.environment = "production"
        account.write({"environment": "production", "base_url": "https://api.example"})

    def test_connection(self):
        action = self.cheap.action_test_connection()
        self.assertEqual(action["params"]["type"], "success")
        self.assertEqual(self.cheap.health, "good")
        without_key = self._make_account("EP", provider="easypost")
        action = without_key.action_test_connection()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertIn("API Key", action["params"]["message"])
        self.assertEqual(without_key.health, "bad")
