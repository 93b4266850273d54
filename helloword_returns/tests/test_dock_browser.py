from odoo.tests import HttpCase, new_test_user, tagged

from .test_dock import DockCommon


@tagged("post_install", "-at_install")
class TestDockBrowser(DockCommon, HttpCase):
    """A worker at the dock, in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env,
            "dock.clerk",
            groups="stock.group_stock_user,helloword_returns.group_return_user",
            company_id=cls.company.id,
        )

    def _start(self, tour):
        self.start_tour("/odoo/returns-dock", tour, login=self.clerk.login)

    def test_from_parcel_to_license_plate(self):
        self.env["helloword.grade.criterion"].create(
            {
                "grade_id": self.grades["a"].id,
                "product_category_id": self.product_standard.categ_id.id,
                "text": "Tour criterion",
            }
        )
        orders = self._make_orders([[(self.product_standard, 2)], [(self.product_fifo, 1)]])
        returns = self._make_returns([(order, None) for order in orders])
        self.env["helloword.return.label"].create(
            [
                {"return_id": ret.id, "number": 1, "tracking_number": f"TOUR-TRACKING-{number}"}
                for number, ret in enumerate(returns, start=1)
            ]
        )
        self._start("helloword_return_dock")
        self.assertEqual(returns[0].goods_state, "processed")
        done = returns[0].inspection_ids.filtered(lambda inspection: inspection.state == "done")
        self.assertEqual(sorted(done.grade_id.mapped("code")), ["b", "c"])
        self.assertEqual(len(set(done.mapped("license_plate"))), 2)
        self.assertEqual(done.user_id, self.clerk)
        worn = done.filtered(lambda inspection: inspection.grade_id.code == "c")
        self.assertEqual((len(worn.attachment_ids), worn.note), (1, "A crack."))
        self.assertEqual(returns[1].goods_state, "expected")

    def test_unknown_parcel(self):
        self._start("helloword_return_dock_unknown")
        parcel = self.env["helloword.unknown.parcel"].search(
            [("tracking_number", "=", "1Z-LOST-AND-FOUND")]
        )
        self.assertEqual((parcel.sender_name, parcel.note), ("Jo Sender", "Two mugs."))
        self.assertEqual((parcel.source, parcel.create_uid), ("dock", self.clerk))
        self.assertEqual(len(parcel.attachment_ids), 1)
