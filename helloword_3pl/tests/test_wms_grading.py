from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import WmsCommon


@tagged("post_install", "-at_install")
class TestWmsGrading(WmsCommon):
    """Places that grade unlike the others are found, with the returns behind it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Finding = cls.env["helloword.grading.finding"]
        cls.good = cls.env.ref("helloword_returns.grade_a")
        cls.bad = cls.env.ref("helloword_returns.grade_d")
        cls.big_order = cls._make_order([(cls.product_standard, 400)])
        cls.here = cls._make_return(cls.big_order, {cls.product_standard: 100})
        cls.there = cls._make_return(
            cls.big_order, {cls.product_standard: 100}, warehouse_id=cls.abroad
        )

    @classmethod
    def _grade(cls, ret, grades, user=None, **vals):
        """Results as if so many units were judged one by one.

        :param dict grades: grade → how many
        """
        return cls.env["helloword.return.inspection"].create(
            [
                {
                    "return_line_id": ret.line_ids.id,
                    "quantity": 1.0,
                    "grade_id": grade.id,
                    "state": "done",
                    "user_id": user.id if user else False,
                    "is_wms": not user,
                    **vals,
                }
                for grade, number in grades.items()
                for _unit in range(number)
            ]
        )

    def _run(self):
        self.Finding.sudo()._cron_compare()
        return self.Finding.search([("company_id", "=", self.company.id)])

    def test_harder_warehouse(self):
        self._grade(self.here, {self.good: 27, self.bad: 3}, self.env.user)
        results = self._grade(self.there, {self.good: 10, self.bad: 20})
        found = self._run().filtered(lambda each: not each.inspector_id)
        abroad = found.filtered(lambda each: each.warehouse_id == self.abroad)
        self.assertEqual((abroad.kind, abroad.direction), ("distribution", "harder"))
        self.assertEqual((abroad.volume, abroad.volume_others), (30, 30))
        self.assertAlmostEqual(abroad.share_good, 100 / 3, places=1)
        self.assertAlmostEqual(abroad.share_good_others, 90.0)
        self.assertLess(abroad.q_value, 0.001)
        self.assertGreater(abroad.strength, 0.5)
        self.assertEqual(abroad.inspection_ids, results)
        self.assertEqual(abroad.inspection_ids.return_id, self.there)
        own = found.filtered(lambda each: each.warehouse_id == self.warehouse)
        self.assertEqual(own.direction, "milder")

    def test_inspectors(self):
        users = [
            new_test_user(self.env, f"inspector{number}", company_id=self.company.id)
            for number in range(3)
        ]
        for user, bad in zip(users, (5, 5, 35), strict=True):
            self._grade(self.here, {self.good: 40 - bad, self.bad: bad}, user)
        found = self._run().filtered("inspector_id")
        self.assertIn(users[2], found.inspector_id)
        strict = found.filtered(lambda each: each.inspector_id == users[2])
        self.assertEqual((strict.direction, strict.warehouse_id), ("harder", self.warehouse))

    def test_again(self):
        """The same finding is kept; what is not found any more goes."""
        self._grade(self.here, {self.good: 27, self.bad: 3}, self.env.user)
        results = self._grade(self.there, {self.good: 10, self.bad: 20})
        found = self._run()
        found.sudo().write({"found_date": "2026-01-01"})
        self.assertEqual(self._run(), found)
        self.assertEqual(set(found.mapped("found_date")), {fields.Date.to_date("2026-01-01")})
        results[10:].state = "draft"
        self.assertFalse(self._run())

    def test_regraded(self):
        first = self._grade(self.here, {self.good: 1}, self.env.user)
        first.state = "cancelled"
        second = self._grade(self.here, {self.bad: 1}, self.env.user)
        found = self._run()
        self.assertEqual((found.kind, found.direction), ("regraded", "milder"))
        self.assertEqual(found.inspection_ids, first | second)

    def test_came_back(self):
        orders = self._make_order([(self.product_serial, 1)]) | self._make_order(
            [(self.product_serial, 1)]
        )
        rets = [self._make_return(order) for order in orders]
        lot, now = self.serials[0], fields.Datetime.now()
        vals = {"lot_id": lot.id, "product_id": self.product_serial.id}
        for days, number in ((70, 0), (30, 1)):
            results = self._grade(
                rets[0], {self.good: 1}, self.env.user, date=now - timedelta(days=days), **vals
            ) | self._grade(rets[1], {self.bad: 1}, self.env.user, date=now, **vals)
            found = self._run()
            self.assertEqual(len(found), number)
            if found:
                self.assertEqual((found.kind, found.days), ("came_back", 30))
                self.assertEqual(found.lot_id, lot)
                self.assertEqual(found.inspection_ids.return_id, rets[0] | rets[1])
            results.state = "draft"

    def test_companies_and_rights(self):
        self._grade(self.here, {self.good: 27, self.bad: 3}, self.env.user)
        self._grade(self.there, {self.good: 10, self.bad: 20})
        found = self._run()
        self.assertTrue(found)
        self.assertFalse(self.Finding.search([("company_id", "=", self.company_2.id)]))
        user = new_test_user(
            self.env, "user", "helloword_returns.group_return_user", company_id=self.company.id
        )
        manager = new_test_user(
            self.env,
            "manager",
            "helloword_returns.group_return_manager",
            company_id=self.company_2.id,
            company_ids=[Command.set(self.company_2.ids)],
        )
        with self.assertRaises(AccessError):
            found.with_user(user).read(["volume"])
        self.assertFalse(self.Finding.with_user(manager).search([("id", "in", found.ids)]))

    def test_queries(self):
        counts = {}
        for size in (20, 80):
            self._grade(self.here, {self.good: size}, self.env.user)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.Finding.sudo()._compare_company(self.company)
            self.env.flush_all()
            counts[size] = self.cr.sql_log_count - before
        self.assertLess(counts[80] - counts[20], 10, counts)
