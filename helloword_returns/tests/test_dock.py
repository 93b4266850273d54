import base64
import io

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from PIL import Image

from .common import ReturnsCommon


def make_photo(color="red"):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(buffer, "JPEG")
    return base64.b64encode(buffer.getvalue()).decode()


class DockCommon(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grades = {grade.code: grade for grade in cls.env["helloword.return.grade"].search([])}
        cls.product_standard.barcode = "4006381333931"
        cls.worker = new_test_user(
            cls.env,
            "dock.worker",
            groups="stock.group_stock_user",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.dock = cls.env["helloword.dock"].with_user(cls.worker)

    def _find(self, code, **kwargs):
        return self.dock.dock_find(code, self.warehouse.id, **kwargs)

    def _open(self, ret):
        return self.dock.dock_open(ret.id, self.warehouse.id)

    def _receive(self, ret, counts=None, seen=None):
        """:param dict counts: line → quantity; everything that is announced without it"""
        if counts is None:
            counts = {line: line.quantity - line.quantity_received for line in ret.line_ids}
        rows = [
            {
                "line_id": line.id,
                "quantity": quantity,
                "lot_ids": [lot["id"] for lot in line._prepare_dock_lots()],
            }
            for line, quantity in counts.items()
        ]
        if seen is None:
            seen = {str(line.id): line.quantity_received for line in ret.line_ids}
        return self.dock.dock_receive(ret.id, self.warehouse.id, rows, seen)

    def _grade(self, line, code="a", **vals):
        return self.dock.dock_grade(
            line.id,
            self.warehouse.id,
            {"grade_id": self.grades[code].id, "quantity": 1, "photos": [], **vals},
        )


class TestDock(DockCommon):
    """Arrival, grading and license plates, as the scanning screen does them."""

    def test_receive_grade_and_go_on(self):
        ret = self._make_return(self._make_order([(self.product_standard, 2)]))
        line = ret.line_ids
        sheet = self._open(ret)
        self.assertEqual((sheet["step"], sheet["lines"][0]["pending"]), ("arrival", 2))
        sheet = self._receive(ret)
        self.assertEqual((sheet["step"], sheet["lines"][0]["to_inspect"]), ("grade", 2))
        first = self._grade(line, key="unit-1", note="As new.")
        self.assertEqual(first["sheet"]["step"], "grade")
        self.assertEqual(first["counters"]["graded"], 1)
        inspection = self.env["helloword.return.inspection"].browse(first["result"]["id"])
        self.assertEqual(inspection.license_plate, first["result"]["license_plate"])
        self.assertEqual(inspection.disposition, "restock")
        self.assertEqual(inspection.note, "As new.")
        self.assertEqual(inspection.user_id, self.worker)
        second = self._grade(line, "c", photos=[make_photo()], disposition="destroy")
        self.assertEqual(second["sheet"]["step"], "done")
        self.assertEqual(second["counters"]["graded"], 2)
        self.assertEqual(ret.goods_state, "processed")
        other = self.env["helloword.return.inspection"].browse(second["result"]["id"])
        self.assertEqual(other.disposition, "destroy")
        self.assertEqual(len(other.attachment_ids), 1)
        self.assertNotEqual(other.license_plate, inspection.license_plate)

    def test_partial_then_the_rest(self):
        ret = self._make_return(
            self._make_order([(self.product_standard, 3), (self.product_fifo, 1)])
        )
        mugs, chair = ret.line_ids
        self._receive(ret, {mugs: 2})
        self.assertEqual((mugs.quantity_received, chair.quantity_received), (2, 0))
        self.assertEqual(ret.goods_state, "partial")
        self._grade(mugs, quantity=2)
        sheet = self._open(ret)
        self.assertEqual(sheet["step"], "arrival")
        self.assertEqual([row["pending"] for row in sheet["lines"]], [1, 1])
        self._receive(ret)
        self.assertEqual((mugs.quantity_received, chair.quantity_received), (3, 1))
        self.assertEqual(len(ret.receipt_picking_ids), 2)

    def test_more_than_announced(self):
        ret = self._make_return(
            self._make_order([(self.product_standard, 3)]), {self.product_standard: 1}
        )
        self._receive(ret, {ret.line_ids: 2})
        self.assertEqual(ret.line_ids.quantity_received, 2)
        self._receive(ret, {ret.line_ids: 1})
        self.assertEqual(ret.line_ids.quantity_received, 3)

    def test_received_twice_by_two_devices(self):
        ret = self._make_return(self._make_order([(self.product_standard, 2)]))
        seen = {str(ret.line_ids.id): 0}
        self._receive(ret, seen=seen)
        again = self._receive(ret, {ret.line_ids: 2}, seen=seen)
        self.assertTrue(again["changed"])
        self.assertEqual(ret.line_ids.quantity_received, 2)

    def test_other_goods_in_the_parcel(self):
        ret = self._make_return(self._make_order([(self.product_standard, 1)]))
        self.dock.dock_receive(
            ret.id,
            self.warehouse.id,
            [
                {"line_id": ret.line_ids.id, "quantity": 1},
                {"product_id": self.product_fifo.id, "quantity": 2},
            ],
            {},
        )
        stray = ret.line_ids.filtered("is_unexpected")
        self.assertEqual((stray.product_id, stray.quantity_received), (self.product_fifo, 2))
        self._grade(stray, quantity=2)
        self.assertEqual(stray.quantity_inspected, 2)

    def test_wrong_item(self):
        ret = self._make_return(self._make_order([(self.product_standard, 1)]))
        self._receive(ret)
        with self.assertRaisesRegex(UserError, "instead of"), self.cr.savepoint():
            self._grade(ret.line_ids, "wrong", photos=[make_photo()])
        goods = self.dock.dock_goods(ret.line_ids.id, self.product_fifo.id, self.warehouse.id)
        self.assertEqual(goods["product_id"], self.product_fifo.id)
        answer = self._grade(
            ret.line_ids, "wrong", product_id=self.product_fifo.id, photos=[make_photo()]
        )
        inspection = self.env["helloword.return.inspection"].browse(answer["result"]["id"])
        self.assertEqual(inspection.product_id, self.product_fifo)
        self.assertTrue(inspection.is_processed)

    def test_empty_box(self):
        ret = self._make_return(self._make_order([(self.product_standard, 1)]))
        self._receive(ret)
        answer = self._grade(ret.line_ids, "empty", photos=[make_photo()])
        self.assertFalse(answer["result"]["license_plate"])
        self.assertEqual(answer["sheet"]["step"], "done")
        with self.assertRaises(UserError):
            self.env["helloword.return.inspection"].browse(
                answer["result"]["id"]
            ).action_print_license_plate()

    def test_serials(self):
        order = self._make_order([(self.product_serial, 2)])
        ret = self._make_return(order)
        line = ret.line_ids
        lots = self._open(ret)["lines"][0]["lots"]
        self.assertEqual(len(lots), 2)
        with self.assertRaisesRegex(UserError, "serial number"), self.cr.savepoint():
            self.dock.dock_receive(
                ret.id, self.warehouse.id, [{"line_id": line.id, "quantity": 1}], {}
            )
        self.dock.dock_receive(
            ret.id,
            self.warehouse.id,
            [{"line_id": line.id, "quantity": 1, "lot_ids": [lots[1]["id"]]}],
            {},
        )
        self.assertEqual(line.quantity_received, 1)
        with self.assertRaisesRegex(UserError, "not one of"), self.cr.savepoint():
            self._grade(line, lot_id=lots[0]["id"])
        answer = self._grade(line, lot_name=lots[1]["name"])
        self.assertEqual(answer["result"]["lot"], lots[1]["name"])
        self.assertEqual(answer["sheet"]["lines"][0]["pending"], 1)

    def test_wrong_item_with_a_foreign_serial(self):
        ret = self._make_return(self._make_order([(self.product_standard, 1)]))
        self._receive(ret)
        answer = self._grade(
            ret.line_ids,
            "wrong",
            product_id=self.product_serial.id,
            lot_name="NEVER-SEEN",
            photos=[make_photo()],
        )
        self.assertEqual(answer["result"]["lot"], "NEVER-SEEN")

    def test_same_unit_sent_again(self):
        ret = self._make_return(self._make_order([(self.product_standard, 2)]))
        self._receive(ret)
        first = self._grade(ret.line_ids, key="lost-answer")
        again = self._grade(ret.line_ids, key="lost-answer")
        self.assertEqual(first["result"]["id"], again["result"]["id"])
        self.assertEqual(ret.line_ids.quantity_inspected, 1)

    def test_more_than_received_is_refused(self):
        ret = self._make_return(self._make_order([(self.product_standard, 2)]))
        self._receive(ret, {ret.line_ids: 1})
        with self.assertRaisesRegex(UserError, "received"):
            self._grade(ret.line_ids, quantity=2)

    def test_bad_input(self):
        ret = self._make_return(self._make_order([(self.product_standard, 2)]))
        for quantity in (-1, "two", float("nan"), float("inf"), 1e9):
            with self.assertRaises(UserError), self.cr.savepoint():
                self._receive(ret, {ret.line_ids: quantity})
        with self.assertRaisesRegex(UserError, "at least one"), self.cr.savepoint():
            self._receive(ret, {ret.line_ids: 0})
        self._receive(ret)
        for photo in ("no base64!", base64.b64encode(b"<svg/>").decode(), None):
            with self.assertRaisesRegex(UserError, "Photo 1"), self.cr.savepoint():
                self._grade(ret.line_ids, "c", photos=[photo])
        with self.assertRaisesRegex(UserError, "grade"), self.cr.savepoint():
            self._grade(ret.line_ids, grade_id=0)

    def test_undo(self):
        ret = self._make_return(self._make_order([(self.product_standard, 1)]))
        self._receive(ret)
        answer = self._grade(ret.line_ids)
        undone = self.dock.dock_undo(answer["result"]["id"], self.warehouse.id)
        self.assertEqual(undone["sheet"]["step"], "grade")
        self.assertEqual(undone["counters"]["graded"], 0)
        again = self._grade(ret.line_ids, "b")
        self.assertNotEqual(again["result"]["license_plate"], answer["result"]["license_plate"])
        colleague = new_test_user(
            self.env, "other.worker", groups="stock.group_stock_user", company_id=self.company.id
        )
        with self.assertRaisesRegex(UserError, "your own"):
            self.dock.with_user(colleague).dock_undo(again["result"]["id"], self.warehouse.id)

    def test_arrived_at_another_warehouse(self):
        other = self.env["stock.warehouse"].create(
            {"name": "Second Hall", "code": "HALL2", "company_id": self.company.id}
        )
        ret = self._make_return(self._make_order([(self.product_standard, 1)]))
        sheet = self.dock.dock_open(ret.id, other.id)
        self.assertEqual(sheet["warehouse"], self.warehouse.display_name)
        self.dock.dock_receive(ret.id, other.id, [{"line_id": ret.line_ids.id, "quantity": 1}], {})
        self.assertEqual(ret.warehouse_id, other)
        done = ret.receipt_picking_ids.filtered(lambda picking: picking.state == "done")
        self.assertEqual(done.picking_type_id, other.return_type_id)
        self.assertEqual(ret.goods_state, "received")

    def test_two_steps(self):
        self.warehouse.return_steps = "two_steps"
        ret = self._make_return(self._make_order([(self.product_standard, 2)]))
        self._receive(ret, {ret.line_ids: 1})
        self._grade(ret.line_ids)
        self.assertEqual(ret.line_ids.quantity_processed, 1)

    def test_unapproved_return_is_not_taken(self):
        ret = self._make_return(self._make_order([(self.product_standard, 1)]), approve=False)
        sheet = self._open(ret)
        self.assertEqual(sheet["step"], "closed")
        self.assertIn("not been approved", sheet["message"])
        with self.assertRaisesRegex(UserError, "not been approved"):
            self._receive(ret, {ret.line_ids: 1})

    def test_rights(self):
        outsider = new_test_user(self.env, "outsider", company_id=self.company.id)
        own = new_test_user(
            self.env,
            "own.only",
            groups="helloword_returns.group_return_own",
            company_id=self.company.id,
        )
        user = new_test_user(
            self.env,
            "returns.user",
            groups="helloword_returns.group_return_user",
            company_id=self.company.id,
        )
        ret = self._make_return(self._make_order([(self.product_standard, 1)]))
        for person in (outsider, own):
            dock = self.env["helloword.dock"].with_user(person)
            with self.assertRaises(AccessError), self.cr.savepoint():
                dock.dock_start()
            with self.assertRaises(AccessError), self.cr.savepoint():
                dock.dock_find(ret.name, self.warehouse.id)
        dock = self.env["helloword.dock"].with_user(user)
        self.assertEqual(len(dock.dock_find(ret.name, self.warehouse.id)["hits"]), 1)
        with self.assertRaises(AccessError), self.cr.savepoint():
            dock.dock_receive(ret.id, self.warehouse.id, [], {})
        ret.action_receive()
        answer = dock.dock_grade(
            ret.line_ids.id,
            self.warehouse.id,
            {"grade_id": self.grades["a"].id, "quantity": 1},
        )
        self.assertTrue(answer["result"]["license_plate"])

    def test_other_company(self):
        self._put_in_stock({self.product_standard: 5}, location=self.warehouse_2.lot_stock_id)
        order = self._make_order([(self.product_standard, 1)], company=self.company_2)
        ret = self._make_return(order)
        ret.action_receive()
        self.assertFalse(self._find(ret.name)["hits"])
        with self.assertRaises(UserError):
            self._open(ret)
        with self.assertRaises(UserError):
            self._grade(ret.line_ids)
        with self.assertRaises(UserError):
            self.dock.dock_find(ret.name, self.warehouse_2.id)
        with self.assertRaises(UserError):
            self.dock.dock_start() and self.dock.dock_goods(
                ret.line_ids.id, self.product_fifo.id, self.warehouse.id
            )

    def test_start(self):
        start = self.dock.dock_start()
        self.assertIn(self.warehouse.id, [row["id"] for row in start["warehouses"]])
        self.assertNotIn(self.warehouse_2.id, [row["id"] for row in start["warehouses"]])
        self.assertEqual(self.dock.dock_start(self.warehouse.id)["warehouse_id"], self.warehouse.id)

    def test_sheet_does_not_query_per_line(self):
        products = [self.product_standard, self.product_average, self.product_fifo]
        small = self._make_return(self._make_order([(products[0], 1)]))
        large = self._make_return(self._make_order([(product, 1) for product in products]))
        counts = []
        for ret in (small, large):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._open(ret)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)


class TestDockUnknownParcel(DockCommon):
    """Parcels nobody knows, kept at the dock."""

    def _register(self, **vals):
        return self.dock.dock_register_unknown(self.warehouse.id, vals)

    def _search(self, name):
        return self.env["helloword.unknown.parcel"].search([("name", "=", name)])

    def test_kept_once_and_found_again(self):
        vals = {
            "ref": "device-1",
            "tracking_number": "1Z-NOBODY",
            "sender_name": "Jo Sender",
            "note": "Two mugs.",
            "photos": [make_photo()],
        }
        answer = self._register(**vals)
        self.assertEqual(answer["counters"]["unknown"], 1)
        parcel = self._search(answer["name"])
        self.assertEqual((parcel.source, parcel.warehouse_id), ("dock", self.warehouse))
        self.assertEqual(parcel.attachment_ids.res_id, parcel.id)
        self.assertEqual(self._register(**vals)["name"], parcel.name)
        self.assertEqual(len(parcel.attachment_ids), 1)
        found = self._find("1z-nobody")
        self.assertEqual((found["hits"], found["parcel"]["id"]), ([], parcel.id))

    def test_its_return_is_named(self):
        order = self._make_order([(self.product_standard, 1)])
        ret = self._make_return(order)
        answer = self._register(ref="device-2", order_ref=order.name, tracking_number="1Z-THEIRS")
        self.assertEqual(answer["match"], ret.name)
        self._search(answer["name"])._claim(ret)
        [hit] = self._find("1Z-THEIRS")["hits"]
        self.assertEqual(hit["return_id"], ret.id)

    def test_something_must_be_known(self):
        with self.assertRaisesRegex(UserError, "on the parcel"):
            self._register(ref="device-3", note="  ")

    def test_rights_and_companies(self):
        outsider = new_test_user(self.env, "outsider", company_id=self.company.id)
        with self.assertRaises(AccessError):
            self.dock.with_user(outsider).dock_register_unknown(self.warehouse.id, {"note": "x"})
        with self.assertRaises(UserError):
            self.dock.dock_register_unknown(self.warehouse_2.id, {"note": "x"})
        self.env["helloword.unknown.parcel"]._take_in(
            [{"company_id": self.company_2.id, "tracking_number": "1Z-ELSEWHERE"}]
        )
        self.assertFalse(self._find("1Z-ELSEWHERE")["parcel"])


class TestLicensePlate(DockCommon):
    def test_found_again_and_printed(self):
        ret = self._make_return(self._make_order([(self.product_standard, 2)]))
        self._receive(ret)
        plate = self._grade(ret.line_ids)["result"]["license_plate"]
        [hit] = self._find(plate)["hits"]
        self.assertEqual((hit["return_id"], hit["kind"]), (ret.id, "license_plate"))
        inspection = self.env["helloword.return.inspection"].search([("license_plate", "=", plate)])
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "helloword_returns.report_license_plate", inspection.ids
        )
        self.assertIn(plate, html.decode())
        zpl, _type = self.env["ir.actions.report"]._render_qweb_text(
            "helloword_returns.report_license_plate_zpl", inspection.ids
        )
        self.assertIn(f"^FD{plate}^FS", zpl.decode())

    def test_plates_for_results_made_elsewhere(self):
        ret = self._make_return(self._make_order([(self.product_standard, 2)]))
        ret.action_receive()
        inspections = ret.action_inspect()
        self.assertFalse(inspections.license_plate)
        inspections.with_user(self.worker).action_print_license_plate()
        plate = inspections.license_plate
        self.assertTrue(plate)
        inspections.action_print_license_plate()
        self.assertEqual(inspections.license_plate, plate)


class TestGradeCriteria(DockCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Criterion = cls.env["helloword.grade.criterion"]
        cls.Criterion.search([]).active = False
        cls.parent = cls.env["product.category"].create({"name": "Clothes"})
        cls.child = cls.env["product.category"].create(
            {"name": "Coats", "parent_id": cls.parent.id}
        )
        cls.product_fifo.categ_id = cls.child

    def _add(self, grade, text, category=None, **vals):
        return self.Criterion.create(
            {
                "grade_id": self.grades[grade].id,
                "product_category_id": category.id if category else False,
                "text": text,
                **vals,
            }
        )

    def _get(self, product, grade="a"):
        return self.Criterion._get_by_product(product, self.company)[product].get(
            self.grades[grade], self.Criterion
        )

    def test_nearest_category_speaks(self):
        general = self._add("a", "General")
        self.assertEqual(self._get(self.product_fifo), general)
        clothes = self._add("a", "Clothes", self.parent)
        self.assertEqual(self._get(self.product_fifo), clothes)
        self.assertEqual(self._get(self.product_standard), general)
        coats = self._add("a", "Coats 2", self.child, sequence=20)
        coats = self._add("a", "Coats 1", self.child, sequence=10) + coats
        self.assertEqual(self._get(self.product_fifo), coats)
        self.assertFalse(self._get(self.product_fifo, "b"))

    def test_own_company_takes_the_place_of_shared(self):
        self._add("a", "Shared")
        own = self._add("a", "Ours", company_id=self.company.id)
        self._add("a", "Theirs", company_id=self.company_2.id)
        self.assertEqual(self._get(self.product_standard), own)

    def test_photo_required(self):
        self._add("b", "Opened", self.parent, photo_required=True)
        ret = self._make_return(
            self._make_order([(self.product_fifo, 1), (self.product_standard, 1)])
        )
        self._receive(ret)
        chair = ret.line_ids.filtered(lambda line: line.product_id == self.product_fifo)
        goods = self._open(ret)["lines"][ret.line_ids.ids.index(chair.id)]["goods"]
        grade = next(row for row in goods["grades"] if row["id"] == self.grades["b"].id)
        self.assertTrue(grade["photo_required"])
        self.assertEqual(grade["criteria"], ["Opened"])
        with self.assertRaisesRegex(UserError, "photo"), self.cr.savepoint():
            self._grade(chair, "b")
        self._grade(chair, "b", photos=[make_photo()])
        self._grade(ret.line_ids - chair, "b")

    def test_only_managers_write_criteria(self):
        criterion = self._add("a", "General")
        with self.assertRaises(AccessError):
            criterion.with_user(self.worker).text = "Anything goes"
