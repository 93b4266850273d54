from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..wms.base import Instruction
from ..wms.operation import InstructTask
from .common import WmsCommon


@tagged("post_install", "-at_install")
class TestWmsDemoLoop(WmsCommon):
    """The whole loop with the demo warehouse: told, received, inspected, asked, answered, charged."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.write({"provider": "demo", "demo_mode": "full", "demo_pace": "hours"})

    def setUp(self):
        super().setUp()
        # The warehouse's memory is written by transactions of its own.
        self.registry_enter_test_mode()

    def _hurry(self, times=1):
        for _time in range(times):
            self.connection.action_demo_hurry()
        self.assertFalse(self.connection.poll_error)

    def _get_results(self, ret):
        return {
            (row.grade_id.code, row.disposition): row.quantity
            for row in ret.inspection_ids.filtered(lambda row: row.state == "done")
        }

    def _get_waiting(self, ret):
        return [
            unit
            for row in ret.wms_event_ids.sorted("moment")
            for unit in row._get_typed().units
            if unit.waits
        ]

    def test_told_received_and_booked(self):
        ret = self._expect({self.product_standard: 2})
        notice = ret.wms_notice_ids
        self.assertEqual(notice.state, "known", notice.error)
        self.assertRegex(notice.external_ref, r"^DEMO-")
        self._hurry()
        self.assertTrue(ret.wms_arrival_date)
        self.assertFalse(ret.inspection_ids)
        self._hurry(2)
        self.assertEqual(ret.line_ids.quantity_received, 2)
        self.assertEqual(sum(ret.inspection_ids.mapped("quantity")), 2)
        self.assertEqual(set(ret.wms_event_ids.mapped("state")), {"done"})
        count = len(ret.wms_event_ids)
        self._hurry(2)
        self.assertEqual(len(ret.wms_event_ids), count)

    def test_fees_become_costs_once(self):
        ret = self._expect({self.product_standard: 2})
        self._hurry(5)
        currency = ret.cost_ids.currency_id
        amounts = sorted(cost.amount for cost in ret.cost_ids if cost.partner_id == self.operator)
        self.assertEqual(currency, self.connection.company_id.currency_id)
        self.assertGreaterEqual(len(amounts), 2)
        self.assertIn(2.75, amounts)
        self.assertIn(1.30, amounts)

    def test_it_asks_and_does_as_it_is_told(self):
        self._expect({self.product_average: 1})
        self.connection.demo_mode = "wrong"
        ret = self._expect({self.product_standard: 2})
        self._hurry(3)
        self.assertIn(self.product_average, ret.inspection_ids.product_id)
        (unit,) = self._get_waiting(ret)
        self.assertTrue(unit.answer_until)
        self.assertEqual(self._get_results(ret)["wrong", "hold"], 1)
        task = InstructTask(
            connection_id=self.connection.id,
            instruction=Instruction(
                ref="1",
                number=ret.name,
                unit_ref=unit.unit_ref,
                quantity=unit.quantity,
                disposition="donate",
            ),
        )
        operation = self.env["helloword.operation"]._schedule("wms_instruct", {ret: task})
        self.assertEqual(operation.state, "done", operation.error)
        self._hurry()
        results = self._get_results(ret)
        self.assertEqual(results["wrong", "donate"], 1)
        self.assertNotIn(("wrong", "hold"), results)

    def test_other_goods_nobody_can_name(self):
        self.connection.demo_mode = "wrong"
        ret = self._expect({self.product_standard: 2})
        self._hurry(3)
        self.assertEqual(list(self._get_results(ret).values()), [1])
        self.assertIn("goods without a name", ret.activity_ids.note)

    def test_less_and_more_come(self):
        self.connection.demo_mode = "short"
        short = self._expect({self.product_standard: 3})
        self.connection.demo_mode = "over"
        over = self._expect({self.product_average: 1})
        self._hurry(3)
        self.assertEqual(short.line_ids.quantity_received, 2)
        self.assertEqual(sum(over.inspection_ids.mapped("quantity")), 2)
        summary = "The warehouse's numbers do not add up"
        self.assertIn(summary, over.activity_ids.mapped("summary"))

    def test_a_second_look_is_booked_instead(self):
        self.connection.demo_mode = "corrected"
        ret = self._expect({self.product_standard: 1})
        self._hurry(2)
        first = self._get_results(ret)
        self._hurry(2)
        self.assertNotEqual(self._get_results(ret), first)
        self.assertEqual(sum(self._get_results(ret).values()), 1)

    def test_an_unknown_parcel_is_claimed(self):
        """Known by its sender and its goods, matched by a person, told to the warehouse, received."""
        self.connection.demo_mode = "unlabelled"
        ret = self._expect({self.product_standard: 2})
        self._hurry(2)
        self.assertFalse(ret.wms_event_ids)
        parcel = self.env["helloword.unknown.parcel"].search(
            [("connection_id", "=", self.connection.id)], order="id", limit=1
        )
        self.assertEqual((parcel.state, parcel.source), ("open", "warehouse"))
        self.assertEqual(parcel.warehouse_id, self.abroad)
        self.assertTrue(parcel.destroy_date)
        self.assertIn(ret, parcel.match_ids.return_id)
        parcel._claim(ret)
        self.assertEqual(parcel.claim_state, "told", parcel.claim_error)
        self._hurry(4)
        self.assertEqual(ret.line_ids.quantity_received, 2)

    def test_taken_back_before_it_comes(self):
        ret = self._expect({self.product_standard: 2})
        ret.action_cancel()
        self.assertEqual(ret.wms_notice_ids.state, "cancelled")
        self._hurry(3)
        self.assertFalse(ret.wms_event_ids)

    def test_two_connections_know_nothing_of_each_other(self):
        other = self._make_connection(
            "Other", self._make_warehouse("Other", "OTH", self.company), provider="demo"
        )
        ret = self._expect({self.product_standard: 2})
        other.action_demo_hurry()
        self.assertFalse(other.event_ids)
        self.assertFalse(ret.wms_event_ids)

    def test_only_managers_hurry(self):
        user = new_test_user(
            self.env, "wms user", groups="helloword_returns.group_return_user",
            company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        with self.assertRaises(AccessError):
            self.connection.with_user(user).action_demo_hurry()
