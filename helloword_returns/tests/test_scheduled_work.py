from datetime import timedelta

from odoo import fields
from odoo.tools import SQL, mute_logger

from ..intake.withdrawal_statement import WithdrawalStatement
from .test_withdrawal import WithdrawalCase

MODELS = "odoo.addons.helloword_returns.models"


class TestScheduledWork(WithdrawalCase):
    """One record that cannot be worked on keeps no other from its turn.

    What cannot be is made by constraints such as another module may bring.
    """

    def _forbid(self, model, condition):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "ALTER TABLE %s ADD CONSTRAINT not_in_this_test CHECK (%s) NOT VALID",
                SQL.identifier(self.env[model]._table),
                condition,
            )
        )

    def _take_two(self):
        orders = [self._make_shop_order() for _number in range(2)]
        names = ("Bad Buyer", "Good Buyer")
        withdrawals = self.Withdrawal._take(
            WithdrawalStatement(self.company.id, name, order.name, email="ada@example.com")
            for name, order in zip(names, orders, strict=True)
        )
        self.env.cr.execute(
            "UPDATE helloword_withdrawal SET create_date = create_date - interval '5 minutes'"
        )
        withdrawals.invalidate_recordset()
        return withdrawals

    def _sweep_withdrawals(self):
        with self.enter_registry_test_mode(), self.mock_mail_gateway():
            self.env.ref("helloword_returns.cron_sweep_withdrawals").method_direct_trigger()

    @mute_logger(
        f"{MODELS}.withdrawal_acknowledgement", "odoo.addons.mail.models.mail_render_mixin"
    )
    def test_acknowledgement_that_fails(self):
        bad, good = self._take_two()
        template = self.env.ref("helloword_returns.mail_template_withdrawal_acknowledgement")
        template.subject = "{{ 1 / (object.consumer_name != 'Bad Buyer') }}"
        self._sweep_withdrawals()
        self.assertTrue(good.acknowledged_at)
        self.assertEqual(len(self._mails), 1)
        self.assertFalse(bad.acknowledged_at)
        self.assertEqual((bad.acknowledgement_state, bad.acknowledgement_attempts), ("failed", 1))
        self.assertGreater(bad.next_attempt_at, fields.Datetime.now())
        self.assertTrue(bad.activity_ids)
        self._sweep_withdrawals()
        self.assertFalse(self._mails, "Nobody is written to twice, no failure repeated at once")
        self.assertEqual(bad.acknowledgement_attempts, 1)
        self.assertTrue(bad.examined_at)

    @mute_logger(f"{MODELS}.withdrawal_acknowledgement", "odoo.sql_db")
    def test_examination_that_fails(self):
        bad, good = self._take_two()
        self._forbid("helloword.return", SQL("customer_name <> 'Bad Buyer'"))
        self._sweep_withdrawals()
        self.assertEqual(good.return_ids.approval_state, "approved")
        self.assertTrue(bad.acknowledged_at)
        self.assertFalse(bad.return_ids)
        self.assertEqual(self._codes(bad), ["not_examined"])
        self.assertIn("could not be examined", bad.findings_text)
        self.assertTrue(bad.needs_person)
        self.assertTrue(bad.activity_ids)

    @mute_logger(f"{MODELS}.return_offer", "odoo.sql_db")
    def test_offers_that_cannot_end(self):
        Rule = self.env["helloword.return.rule"]
        Rule.search([]).enabled = False
        Rule.create({"name": "Offers", "decision": "return_refund", "offer_store_credit": True})
        orders = [self._make_order([(self.product_average, 2)]) for _number in range(2)]
        bad, good = self.env["helloword.return"].intake(
            [self._make_request(order) for order in orders]
        )
        (bad | good).offer_ids.expires_at = fields.Datetime.now() - timedelta(minutes=1)
        forbidden = SQL("id <> %s OR approval_state <> 'approved'", bad.id)
        self._forbid("helloword.return", forbidden)
        self.env["helloword.return.offer"]._cron_expire()
        self.assertEqual(good.approval_state, "approved")
        self.assertEqual(set(good.offer_ids.mapped("state")), {"expired"})
        self.assertEqual(bad.approval_state, "requested")

    @mute_logger(f"{MODELS}.return_history", "odoo.sql_db")
    def test_history_that_cannot_be_read(self):
        companies = self.company | self.company_2
        companies.return_history_date = False
        first = min(companies)
        forbidden = SQL("id <> %s OR return_history_date IS NULL", first.id)
        self._forbid("res.company", forbidden)
        with self.enter_registry_test_mode():
            self.env.ref("helloword_returns.cron_refresh_return_history").method_direct_trigger()
        self.assertTrue((companies - first).return_history_date)
        self.assertFalse(first.return_history_date)
