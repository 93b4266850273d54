from datetime import UTC, datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import START, WmsCommon


@tagged("post_install", "-at_install")
class TestWmsService(WmsCommon):
    """How long warehouses take, whatever order their events come in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Service = cls.env["helloword.warehouse.service"]
        cls.connection.write({"grade_days": 1, "treat_days": 1, "missing_days": 2})

    def _story(self, ret, grade_hours, treat_hours):
        return [
            self._event(f"a{ret.id}", "parcel.arrived", ret),
            self._inspected(f"i{ret.id}", ret, self.product_standard, 2, hours=grade_hours),
            self._treated(f"t{ret.id}", ret, self.product_standard, 2, hours=treat_hours),
        ]

    def _naive(self, hours):
        return (START + timedelta(hours=hours)).replace(tzinfo=None)

    def test_moments_of_events_in_any_order(self):
        for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
            ret = self._expect()
            story = self._story(ret, 10, 40)
            for place in order:
                self._take(story[place])
            self.assertEqual(ret.goods_arrived_date, self._naive(0))
            self.assertEqual(ret.goods_graded_date, self._naive(10))
            self.assertEqual(ret.goods_treated_date, self._naive(40))
            self.assertFalse(ret.service_wait)
            row = self.Service.browse(ret.id)
            self.assertEqual((row.grade_hours, row.treat_hours), (10.0, 30.0))
            self.assertEqual((row.grade_share, row.treat_share), (100.0, 0.0))
            self.assertEqual(row.connection_id, self.connection)
            self.assertEqual(row.product_categ_id, self.category_standard)

    def test_median_and_average(self):
        for hours in (10, 20, 60):
            self._take(*self._story(self._expect(), hours, hours + 1))
        ((warehouse, median, average, share),) = self.Service._read_group(
            [("warehouse_id", "=", self.abroad.id)],
            ["warehouse_id"],
            ["grade_hours_median:median", "grade_hours:avg", "grade_share:avg"],
        )
        self.assertEqual((warehouse, median, average), (self.abroad, 20.0, 30.0))
        self.assertAlmostEqual(share, 200 / 3)
        groups = self.Service.formatted_read_group(
            [("warehouse_id", "=", self.abroad.id)],
            ["arrived_date:month"],
            ["grade_hours_median:median", "__count"],
        )
        self.assertEqual(groups[0]["grade_hours_median:median"], 20.0)

    def test_own_warehouse(self):
        ret = self._make_return(self.order, {self.product_standard: 2})
        self.assertFalse(ret.goods_arrived_date)
        ret.action_receive()
        self.assertTrue(ret.goods_arrived_date)
        self.assertEqual(ret.service_wait, "grading")
        grade = self.env.ref("helloword_returns.grade_a")
        ret.action_inspect(grade, "restock")
        self.assertTrue(ret.goods_graded_date)
        self.assertTrue(ret.goods_treated_date)
        self.assertFalse(ret.service_wait)
        row = self.Service.browse(ret.id)
        self.assertFalse(row.connection_id)
        self.assertEqual(row.grade_share, 100.0)

    def test_overdue(self):
        ret = self._expect()
        self._take(self._event("a1", "parcel.arrived", ret))
        self.assertEqual(ret.service_wait, "grading")
        self.assertEqual(ret.service_due_date, self._naive(24))
        self.connection.grade_days = 2
        self.assertEqual(ret.service_due_date, self._naive(48))
        overdue = self.env["helloword.return"].search([("service_due_date", "<", "now")])
        self.assertIn(ret, overdue)
        self.assertEqual(self.Service.browse(ret.id).grade_share, 0.0)
        held = self._event(
            "i1",
            "unit.inspected",
            ret,
            [self._unit(self.product_standard, 2, "defective")],
            hours=30,
        )
        self._take(held)
        self.assertEqual((ret.service_wait, ret.goods_graded_date), ("treatment", self._naive(30)))
        self._take(self._treated("t1", ret, self.product_standard, 2, "destroy", hours=31))
        self.assertFalse(ret.service_due_date)

    def test_delivered_and_never_taken_in(self):
        ret = self._expect()
        self.assertFalse(ret.service_wait)
        delivered = fields.Datetime.now() - timedelta(days=5)
        self.env["helloword.return.label"].create(
            {"return_id": ret.id, "delivered_date": delivered}
        )
        self.assertEqual(ret.service_wait, "arrival")
        self.assertEqual(ret.service_due_date, delivered + timedelta(days=2))
        ret.goods_closed = True
        self.assertFalse(ret.service_wait)

    def test_one_digest_for_each_connection(self):
        rets = self._expect() | self._expect()
        for ret in rets:
            self._take(self._event(f"a{ret.id}", "parcel.arrived", ret))
        Connection = self.env["helloword.wms.connection"]
        Connection._cron_tell_overdue()
        Connection._cron_tell_overdue()
        activity = self.connection.activity_ids
        self.assertEqual(len(activity), 1)
        for ret in rets:
            self.assertIn(ret.name, activity.note)
        self.assertEqual(self.connection.overdue_count, 2)
        for ret in rets:
            self._take(*self._story(ret, 3, 4)[1:])
        Connection._cron_tell_overdue()
        self.assertFalse(self.connection.activity_ids)

    def test_answers_are_timed(self):
        ret = self._expect()
        self._take(self._event("a1", "parcel.arrived", ret))
        asked = datetime(2026, 11, 3, 8, tzinfo=UTC).replace(tzinfo=None)
        self.env["helloword.wms.question"].sudo().create(
            {
                "return_id": ret.id,
                "connection_id": self.connection.id,
                "key": "k1",
                "asked_date": asked,
                "answered_date": asked + timedelta(hours=6),
            }
        )
        self.assertEqual(self.Service.browse(ret.id).answer_hours, 6.0)

    def test_rights(self):
        ret = self._expect()
        self._take(self._event("a1", "parcel.arrived", ret))
        row = self.Service.browse(ret.id)
        user = new_test_user(
            self.env, "user", "helloword_returns.group_return_user", company_id=self.company.id
        )
        stranger = new_test_user(self.env, "stranger", company_id=self.company.id)
        other = new_test_user(
            self.env, "other", "helloword_returns.group_return_user", company_id=self.company_2.id
        )
        self.assertEqual(row.with_user(user).warehouse_id, self.abroad)
        with self.assertRaises(AccessError):
            row.with_user(stranger).read(["grade_hours"])
        self.assertFalse(self.Service.with_user(other).search([("return_id", "=", ret.id)]))
