from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .common import ReturnsCommon

REFUND_ACTIVITY = "helloword_returns.mail_activity_refund_due"
NOTICE = datetime(2026, 11, 2, 10, 0)


class TestRefundClock(ReturnsCommon):
    """The strictest of the law, the marketplace and the published policy, kept up to date."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["helloword.channel.clock"].search([]).active = False
        cls.env["helloword.return.policy"].search([]).active = False

    def _ask(self, country="DE", reason="no_longer_wanted", decision="return_refund", **values):
        partner = self.env["res.partner"].create(
            {"name": "Buyer", "country_id": self._country(country).id}
        )
        order = self._make_order([(self.product_average, 1, 50)], partner=partner)
        request = self._make_request(order, reason=reason, requested_at=NOTICE, **values)
        ret = self.env["helloword.return"].intake([request], decide=False)
        ret.request_date = NOTICE
        ret.decision = decision
        return ret

    def _clock(self, **vals):
        return self.env["helloword.channel.clock"].create(
            {"name": "Marketplace terms", "channel_ids": self.channel.ids} | vals
        )

    def _policy(self, **vals):
        return self.env["helloword.return.policy"].create(
            {"name": "Shop terms", "company_id": self.company.id} | vals
        )

    def test_law_waits_for_proof(self):
        ret = self._ask()
        self.assertFalse(ret.refund_due_date)
        self.assertIn("not before", ret.refund_clock_text)
        self.assertIn("BGB § 357", ret.refund_clock_text)
        ret.shipped_date = datetime(2026, 11, 5, 8, 0)
        # The last second of 16 November in Berlin.
        self.assertEqual(ret.refund_due_date, datetime(2026, 11, 16, 22, 59, 59))
        self.assertIn("BGB § 357", ret.refund_due_source)
        ret.shipped_date = datetime(2026, 11, 19, 23, 30)
        # 23:30 UTC is the next day in Berlin already.
        self.assertEqual(ret.refund_due_date, datetime(2026, 11, 20, 22, 59, 59))

    def test_receipt_starts_the_clock(self):
        ret = self._ask("CN")
        ret.action_approve()
        self.assertFalse(ret.refund_due_date)
        ret.action_receive()
        day = fields.Datetime.now() + timedelta(hours=8)
        self.assertEqual(
            (ret.refund_due_date + timedelta(hours=8)).date(), day.date() + timedelta(days=7)
        )

    def test_no_goods_no_waiting(self):
        ret = self._ask(decision="refund_only")
        ret.refund_trigger = "request"
        ret.action_approve()
        self.assertEqual(ret.refund_due_date, datetime(2026, 11, 16, 22, 59, 59))

    def test_nothing_owed_no_clock(self):
        for decision in ("exchange", "reject"):
            ret = self._ask(decision=decision)
            ret.shipped_date = NOTICE
            self.assertFalse(ret.refund_due_date, decision)
        ret = self._ask("BR")
        self.assertTrue(ret.refund_due_date)
        ret.action_cancel()
        self.assertFalse(ret.refund_due_date)

    def test_state_of_the_buyer_counts(self):
        hawaii = self.env["res.country.state"].search(
            [("country_id.code", "=", "US"), ("code", "=", "HI")]
        )
        ret = self._ask("US")
        ret.sale_order_id.partner_shipping_id.state_id = hawaii
        self.assertEqual(ret._get_jurisdiction(), "US-HI")
        ret.action_approve()
        ret.action_receive()
        self.assertIn("481B", ret.refund_due_source)

    def test_marketplace_is_stricter(self):
        ret = self._ask()
        ret.shipped_date = datetime(2026, 11, 5, 8, 0)
        self._clock(days=2, business=True, starts="first_scan")
        # Thursday and two working days: Monday, at the hour of the scan.
        self.assertEqual(ret.refund_due_date, datetime(2026, 11, 9, 8, 0))
        self.assertEqual(ret.refund_due_source, "Marketplace terms")
        self.assertEqual(len(ret.refund_clock), 2)

    def test_law_is_stricter(self):
        ret = self._ask()
        ret.shipped_date = datetime(2026, 11, 5, 8, 0)
        self._clock(days=60, starts="request")
        self.assertIn("BGB", ret.refund_due_source)

    def test_clocks_of_others_do_not_count(self):
        ret = self._ask()
        self._clock(hours=48, channel_ids=self.channel_2.ids)
        self._clock(hours=48, country_ids=self._country("US").ids)
        self._clock(hours=48, kind="respond")
        self._clock(hours=48, confidence="low")
        self.assertFalse(ret.refund_due_date)
        own = self._clock(hours=48)
        self.assertEqual(ret.refund_due_date, NOTICE + timedelta(hours=48))
        own.hours = 24
        self.assertEqual(ret.refund_due_date, NOTICE + timedelta(hours=24))
        own.unlink()
        self.assertFalse(ret.refund_due_date)

    def test_deadline_of_the_channel_counts(self):
        ret = self._ask()
        ret.deadline_date = datetime(2026, 11, 4, 12, 0)
        self.assertEqual(ret.refund_due_date, ret.deadline_date)
        self.assertEqual(ret.refund_due_source, "Shop")

    def test_published_policy_binds(self):
        ret = self._ask("AU")
        self.assertFalse(ret.refund_clock)
        policy = self._policy(refund_days=5, refund_trigger="notice")
        self.assertEqual(ret.refund_due_source, "Shop terms")
        self.assertEqual(ret._as_buyer_day(ret.refund_due_date).isoformat(), "2026-11-07")
        policy.refund_days = 3
        self.assertEqual(ret._as_buyer_day(ret.refund_due_date).isoformat(), "2026-11-05")
        policy.active = False
        self.assertFalse(ret.refund_due_date)

    def test_what_a_policy_counts_from(self):
        ret = self._ask("AU")
        policy = self._policy(refund_days=5, refund_trigger="notice_or_proof")
        self.assertFalse(ret.refund_due_date)
        self.assertIn("waits for the goods or proof", ret.refund_clock_text)
        ret.shipped_date = datetime(2026, 11, 3, 1, 0)
        days = {
            "notice_or_proof": "2026-11-07",
            "notice": "2026-11-07",
            "goods_or_proof": "2026-11-08",
            "first_scan": "2026-11-08",
        }
        for trigger, day in days.items():
            policy.refund_trigger = trigger
            self.assertEqual(ret._as_buyer_day(ret.refund_due_date).isoformat(), day, trigger)
        for trigger in ("receipt", "inspection"):
            policy.refund_trigger = trigger
            self.assertFalse(ret.refund_due_date, trigger)

    def test_changed_law_counts_at_once(self):
        ret = self._ask("BR")
        due = ret.refund_due_date
        rule = self.env["helloword.regulation"].search(
            [("country_code", "=", "BR"), ("rule_key", "=", "refund_timing")]
        )
        rule.applies_from = "2027-01-01"
        self.assertFalse(ret.refund_due_date)
        rule.applies_from = False
        self.assertEqual(ret.refund_due_date, due)
        rule.confidence = "low"
        self.assertFalse(ret.refund_due_date)

    def test_faulty_goods_and_lost_parcels(self):
        faulty = self._ask("GB", reason="does_not_work")
        self.assertEqual(faulty._get_claim_kind(), "faulty")
        self.assertFalse(faulty.refund_due_date)
        faulty.action_approve()
        self.assertIn("s. 20(15)", faulty.refund_due_source)
        lost = self._ask("US", reason="not_delivered")
        self.assertEqual(lost._as_buyer_day(lost.refund_due_date).isoformat(), "2026-11-12")

    def test_watched_once(self):
        Return = self.env["helloword.return"]
        late, near, far = (self._ask("BR") for _n in range(3))
        now = fields.Datetime.now()
        late.request_date = now - timedelta(days=5)
        near.request_date = now
        far.request_date = now + timedelta(days=20)
        self.assertTrue(late.is_refund_overdue)
        self.assertTrue(near.is_refund_near)
        self.assertFalse(far.is_refund_near or far.is_refund_overdue)
        self.assertEqual(Return.search([("is_refund_overdue", "=", True)]) & (late | near), late)
        self.assertEqual(Return.search([("is_refund_near", "=", True)]) & (late | near), near)
        for _run in range(2):
            Return._cron_watch_refund_clock()
            self.assertEqual(len((late | near).activity_search([REFUND_ACTIVITY])), 2)
        self.assertFalse(far.activity_search([REFUND_ACTIVITY]))
        late.action_cancel()
        Return._cron_watch_refund_clock()
        self.assertFalse(late.activity_search([REFUND_ACTIVITY]))
        self.assertTrue(near.activity_search([REFUND_ACTIVITY]))

    def test_queries_do_not_grow(self):
        self._policy(channel_ids=self.channel.ids, country_ids=self._country("DE").ids)

        def count(number):
            partner = self.env["res.partner"].create(
                {"name": "Buyer", "country_id": self._country("DE").id}
            )
            orders = self._make_orders(
                [[(self.product_average, 1, 50)] for _n in range(number)], partner=partner
            )
            returns = self._make_returns([(order, None) for order in orders], approve=False)
            returns._get_refund_terms()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            returns._get_refund_terms()
            return self.env.cr.sql_log_count - before

        # Caches of access rules may have to be read once more, whatever the number.
        self.assertLessEqual(count(20), count(3) + 5)

    @mute_logger("odoo.sql_db")
    def test_clock_needs_a_time_and_a_channel(self):
        with self.assertRaises(ValidationError):
            self._clock(hours=5, channel_ids=False)
        with self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self._clock(hours=0)
            self.env.flush_all()
