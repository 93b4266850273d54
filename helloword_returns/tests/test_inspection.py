import base64

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user

from .common import ReturnsCommon


class TestInspection(ReturnsCommon):
    """What was found, by quantity; never more than was received."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grades = {grade.code: grade for grade in cls.env["helloword.return.grade"].search([])}

    def _received(self, product=None, quantity=3, **kwargs):
        order = self._make_order([(product or self.product_average, quantity)])
        ret = self._make_return(order, **kwargs)
        ret.action_receive()
        return ret

    def _inspect(self, line, grade="a", **vals):
        return self.env["helloword.return.inspection"].create(
            {"return_line_id": line.id, "grade_id": self.grades[grade].id, **vals}
        )

    def test_inspect_everything(self):
        ret = self._received()
        self.assertEqual(ret.line_ids.quantity_to_inspect, 3)
        inspections = ret.action_inspect()
        self.assertEqual(inspections.grade_id, self.grades["a"])
        self.assertEqual(inspections.disposition, "restock")
        self.assertEqual(ret.line_ids.quantity_inspected, 3)
        self.assertEqual(ret.line_ids.quantity_processed, 3)
        self.assertEqual(ret.goods_state, "processed")
        self.assertFalse(ret.action_inspect())

    def test_split_by_quantity(self):
        ret = self._received()
        line = ret.line_ids
        first = self._inspect(line, "a", quantity=1)
        first.action_validate()
        self.assertEqual(line.quantity_to_inspect, 2)
        self.assertEqual(ret.goods_state, "received")
        second = self._inspect(line, "d", quantity=2)
        second.action_validate()
        self.assertEqual((first.disposition, second.disposition), ("restock", "destroy"))
        self.assertEqual(ret.goods_state, "processed")

    def test_more_than_received_is_refused(self):
        ret = self._received()
        inspection = self._inspect(ret.line_ids, quantity=4)
        with self.assertRaisesRegex(UserError, "received"), self.cr.savepoint():
            inspection.action_validate()
        self.assertEqual(inspection.state, "draft")
        with self.assertRaises(ValidationError):
            self._inspect(ret.line_ids, quantity=-1)

    def test_nothing_received_is_refused(self):
        ret = self._make_return(self._make_order([(self.product_average, 1)]))
        inspection = self._inspect(ret.line_ids, quantity=1)
        with self.assertRaisesRegex(UserError, "received"):
            inspection.action_validate()

    def test_finished_result_is_not_edited(self):
        ret = self._received()
        inspection = ret.action_inspect()
        with self.assertRaises(UserError):
            inspection.quantity = 1
        with self.assertRaises(UserError):
            inspection.unlink()
        inspection.note = "Seen again"
        inspection.action_validate()
        self.assertEqual(ret.line_ids.quantity_inspected, 3)

    def test_serials(self):
        ret = self._received(self.product_serial, 2)
        inspection = self._inspect(ret.line_ids, quantity=1)
        with self.assertRaisesRegex(UserError, "serial"), self.cr.savepoint():
            inspection.action_validate()
        inspections = (ret.action_inspect() | inspection).filtered("lot_id")
        self.assertEqual(len(inspections), 2)
        self.assertEqual(inspections.lot_id, ret.receipt_picking_ids.move_ids.lot_ids)
        for result in inspections:
            self.assertEqual(result.move_ids.lot_ids, result.lot_id)

    def test_dialog(self):
        ret = self._received(quantity=2)
        action = ret.line_ids.action_open_inspection()
        with Form(
            self.env["helloword.return.inspection"].with_context(**action["context"]),
            action["views"][0][0],
        ) as form:
            self.assertEqual(form.quantity, 2)
            form.grade_id = self.grades["d"]
            self.assertEqual(form.disposition, "destroy")
            form.quantity = 1
        inspection = form.record
        following = inspection.action_validate_and_next()
        self.assertEqual(following["context"]["default_quantity"], 1)
        rest = self._inspect(ret.line_ids, quantity=1)
        self.assertEqual(rest.action_validate_and_next()["type"], "ir.actions.act_window_close")
        with self.assertRaises(UserError):
            ret.line_ids.action_open_inspection()

    def test_photos_are_seen_by_colleagues(self):
        clerk, colleague = (
            new_test_user(
                self.env, login, groups="stock.group_stock_user", company_id=self.company.id
            )
            for login in ("first.clerk", "second.clerk")
        )
        ret = self._received()
        photo = (
            self.env["ir.attachment"]
            .with_user(clerk)
            .create({"name": "crack.png", "datas": base64.b64encode(b"pixels")})
        )
        inspection = (
            self.env["helloword.return.inspection"]
            .with_user(clerk)
            .create(
                {
                    "return_line_id": ret.line_ids.id,
                    "grade_id": self.grades["c"].id,
                    "quantity": 3,
                    "attachment_ids": [Command.link(photo.id)],
                }
            )
        )
        inspection.action_validate()
        self.assertEqual(ret.goods_state, "processed")
        self.assertEqual(photo.res_id, inspection.id)
        self.assertTrue(photo.with_user(colleague).datas)

    def test_denied(self):
        own = new_test_user(
            self.env,
            "own.returns",
            groups="helloword_returns.group_return_own",
            company_id=self.company.id,
        )
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="stock.group_stock_user",
            company_id=self.company_2.id,
            company_ids=[Command.set(self.company_2.ids)],
        )
        ret = self._received()
        with self.assertRaises(AccessError):
            self.env["helloword.return.inspection"].with_user(own).create(
                {"return_line_id": ret.line_ids.id, "grade_id": self.grades["a"].id}
            )
        inspection = ret.action_inspect()
        with self.assertRaises(AccessError):
            inspection.with_user(stranger).read(["quantity"])

    def test_grade_of_unknown_code(self):
        ret = self._received()
        with self.assertRaises(UserError):
            ret.action_inspect(grade="zzz")

    def test_inspection_before_second_step_is_refused(self):
        self.warehouse.return_steps = "two_steps"
        ret = self._make_return(self._make_order([(self.product_average, 2)]))
        self._transfer(ret.receipt_picking_ids)
        with self.assertRaisesRegex(UserError, "inspection"), self.cr.savepoint():
            ret.action_inspect()
        ret.action_receive()
        ret.action_inspect()
        self.assertEqual(ret.goods_state, "processed")

    def test_search_by_scan(self):
        ret = self._received(self.product_serial, 1)
        lot = ret.receipt_picking_ids.move_ids.lot_ids
        lines = self.env["helloword.return.line"].search(
            [("move_ids.move_line_ids.lot_id.name", "=", lot.name), ("quantity_to_inspect", ">", 0)]
        )
        self.assertEqual(lines, ret.line_ids)
