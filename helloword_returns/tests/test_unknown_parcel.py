import base64

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .common import ReturnsCommon

PIXEL = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    b"gg=="
)


@tagged("post_install", "-at_install")
class TestUnknownParcel(ReturnsCommon):
    """Parcels nobody could place find their returns."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.zip = "10115"
        cls.order = cls._make_order([(cls.product_standard, 20), (cls.product_average, 20)])
        cls.ret = cls._make_return(cls.order, {cls.product_standard: 2})
        cls.Parcel = cls.env["helloword.unknown.parcel"]

    def _take(self, **vals):
        return self.Parcel._take_in(
            [{"company_id": self.company.id, "warehouse_id": self.warehouse.id, **vals}]
        )

    # -------------------------------------------------------------------------
    # Taking in
    # -------------------------------------------------------------------------

    def test_known_once(self):
        first = self._take(source="api", ref="A-1", tracking_number="Z9", weight="1.5")
        again = self._take(source="api", ref="A-1", sender_name="Bea", weight=0)
        self.assertEqual(first, again)
        self.assertEqual((first.sender_name, first.weight), ("Bea", 1.5))
        self.assertNotEqual(first, self._take(source="dock", ref="A-1"))
        two = self.Parcel._take_in(
            [{"source": "api", "ref": "B"}, {"source": "api", "ref": "B", "carrier": "DHL"}]
        )
        self.assertEqual(two[0], two[1])
        self.assertEqual(two[0].carrier, "DHL")
        without = self.Parcel._take_in([{"source": "dock"}, {"source": "dock"}])
        self.assertEqual(len(without), 2)

    def test_what_was_matched_is_left_alone(self):
        parcel = self._take(source="api", ref="A-1", number=self.ret.name)
        self.assertEqual(parcel.state, "claimed")
        self._take(source="api", ref="A-1", tracking_number="Z9")
        self.assertFalse(parcel.tracking_number)

    def test_contents_are_named(self):
        parcel = self._take(
            lines=[
                {"sku": self.product_standard.default_code, "quantity": 1},
                {"sku": "no such code", "quantity": "2"},
            ]
        )
        self.assertEqual(parcel.line_ids.mapped("product_id"), self.product_standard)
        self.assertEqual(parcel.line_ids.mapped("quantity"), [1, 2])
        with self.assertRaises(ValidationError):
            parcel.line_ids[0].quantity = 0
        with self.assertRaises(ValidationError):
            self.Parcel.create({"line_ids": [Command.create({"quantity": 1})]})

    # -------------------------------------------------------------------------
    # Finding
    # -------------------------------------------------------------------------

    def test_number_in_any_field_and_as_scanners_write_it(self):
        for name in ("number", "order_ref", "tracking_number", "license_plate"):
            parcel = self._take(**{name: f"]C1{self.ret.name.lower()} "})
            self.assertEqual(parcel.return_ids, self.ret, name)
            self.assertFalse(parcel.matched_by_id)

    def test_company_decides_whether_parcels_match_by_themselves(self):
        self.company.unknown_parcel_auto = False
        parcel = self._take(number=self.ret.name)
        self.assertEqual(parcel.state, "open")
        self.assertEqual(parcel.best_match_id.return_id, self.ret)
        self.assertIn("return number", parcel.best_match_id.why)

    def test_weaker_facts_rank_and_wait_for_a_person(self):
        other = self._make_return(
            self._make_order([(self.product_average, 1)], partner=self._make_buyer()),
            {self.product_average: 1},
        )
        parcel = self._take(
            sender_name="buyer ADA",
            sender_zip="101 15",
            lines=[{"product_id": self.product_standard.id, "quantity": 2}],
        )
        self.assertEqual(parcel.state, "open")
        self.assertEqual(parcel.match_ids[0].return_id, self.ret)
        self.assertNotIn(other, parcel.match_ids.return_id)
        self.assertTrue(
            {"sender", "product", "quantity", "only_one", "warehouse"}
            <= parcel.match_ids[0].reasons.keys()
        )

    def _make_buyer(self):
        return self.env["res.partner"].create({"name": "Bea Other", "zip": "99999"})

    def test_order_without_a_return(self):
        order = self._make_order([(self.product_average, 3)])
        parcel = self._take(order_ref=order.name)
        self.assertEqual(parcel.best_match_id.sale_order_id, order)
        action = parcel.match_ids.action_match()
        self.assertEqual(action["res_model"], "helloword.return.create")
        wizard = self.env["helloword.return.create"].with_context(**action["context"]).create({})
        wizard.line_ids.quantity = 1
        wizard.action_create()
        self.assertEqual(parcel.state, "claimed")
        self.assertEqual(parcel.return_ids.sale_order_id, order)

    def test_own_parcel_that_came_back_undelivered(self):
        picking = self.ret.line_ids.origin_move_id.picking_id
        picking.carrier_tracking_ref = "1Z999AA10123456784"
        parcel = self._take(tracking_number="1Z 999 AA1 0123 4567 84")
        self.assertEqual(parcel.return_ids, self.ret)

    def test_serial_number(self):
        order = self._make_order([(self.product_serial, 1)])
        ret = self._make_return(order, {self.product_serial: 1})
        serial = order.picking_ids.move_line_ids.lot_id.name
        parcel = self._take(lines=[{"sku": "?", "serial": serial}])
        self.assertEqual(parcel.return_ids, ret)

    def test_asked_for_after_it_came(self):
        order = self._make_order([(self.product_average, 3)])
        parcel = self._take(
            sender_email="ADA@example.com",
            lines=[{"product_id": self.product_average.id}],
        )
        ret = self._make_return(order, {self.product_average: 1})
        self.assertNotIn(ret, parcel.match_ids.return_id)
        self.Parcel._cron_match()
        self.assertEqual(parcel.match_ids[0].return_id, ret)

    def test_others_companies_returns_are_not_found(self):
        parcel = self.Parcel._take_in([{"company_id": self.company_2.id, "number": self.ret.name}])
        self.assertEqual(parcel.state, "open")
        self.assertFalse(parcel.match_ids)

    def test_batch(self):
        def count(number):
            vals_list = [
                {
                    "company_id": self.company.id,
                    "source": "api",
                    "ref": f"{number}-{index}",
                    "tracking_number": f"NONE{number}{index}",
                    "sender_name": f"Nobody {number} {index}",
                    "lines": [{"sku": "x", "quantity": 1}],
                }
                for index in range(number)
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.Parcel._take_in(vals_list)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(1)
        few, many = count(2), count(42)
        # Each gets its number from the sequence.
        self.assertLess(many - few, 3 * 40)

    # -------------------------------------------------------------------------
    # What people say
    # -------------------------------------------------------------------------

    def test_match_tells_the_return(self):
        self.company.unknown_parcel_auto = False
        photo = self.env["ir.attachment"].create({"name": "box.png", "raw": PIXEL})
        parcel = self._take(
            number=self.ret.name,
            tracking_number="T-77",
            attachment_ids=[Command.set(photo.ids)],
            lines=[{"product_id": self.product_standard.id, "quantity": 2}],
        )
        parcel.match_ids.action_match()
        self.assertEqual((parcel.state, parcel.matched_by_id), ("claimed", self.env.user))
        message = self.ret.message_ids[0]
        self.assertIn(parcel.name, message.body)
        self.assertEqual(message.attachment_ids.raw, PIXEL)
        self.assertEqual(self.ret.receipt_picking_ids.carrier_tracking_ref, "T-77")
        self.assertEqual(self.ret.unknown_parcel_count, 1)
        with self.assertRaises(UserError):
            parcel._claim(self.ret)

    def test_parcel_of_a_return_nobody_agreed_to(self):
        ret = self._make_return(self.order, {self.product_average: 1}, approve=False)
        self._take(number=ret.name)
        self.assertTrue(ret.activity_ids.filtered(lambda row: "parcel" in row.summary))

    def test_taken_back(self):
        parcel = self._take(number=self.ret.name)
        parcel.action_reopen()
        self.assertEqual((parcel.state, parcel.return_ids.ids), ("open", []))
        self.assertEqual(parcel.best_match_id.return_id, self.ret, "It is shown, not done again")
        with self.assertRaises(UserError):
            parcel.action_reopen()

    def test_shared_out(self):
        second = self._make_return(self.order, {self.product_average: 1})
        parcel = self._take(
            lines=[
                {"product_id": self.product_standard.id, "quantity": 3},
                {"product_id": self.product_average.id, "quantity": 1},
            ]
        )
        wizard = (
            self.env["helloword.unknown.parcel.split"].with_context(active_id=parcel.id).create({})
        )
        first, other = wizard.line_ids
        first.return_id, other.return_id = self.ret, second
        first.quantity = 2
        with self.assertRaises(UserError):
            wizard.action_confirm()
        first.copy({"quantity": 1, "return_id": second.id, "wizard_id": wizard.id})
        wizard.action_confirm()
        self.assertEqual(parcel.return_ids, self.ret | second)
        self.assertEqual(
            sorted(
                (line.product_id.id, line.quantity, line.return_id.id) for line in parcel.line_ids
            ),
            sorted(
                [
                    (self.product_standard.id, 2, self.ret.id),
                    (self.product_standard.id, 1, second.id),
                    (self.product_average.id, 1, second.id),
                ]
            ),
        )

    def test_return_made_from_contents_waits_for_a_person(self):
        parcel = self._take(
            sender_name="Cy", lines=[{"product_id": self.product_fifo.id, "quantity": 1}]
        )
        parcel.action_create_return()
        ret = parcel.return_ids
        self.assertEqual((ret.approval_state, ret.customer_name), ("requested", "Cy"))
        self.assertEqual(ret.line_ids.product_id, self.product_fifo)
        self.assertTrue(ret.needs_attention)
        with self.assertRaises(UserError):
            self._take(sender_name="Nobody").action_create_return()

    def test_blind_parcel_of_no_one(self):
        parcel = self._take(tracking_number="ZZZ")
        parcel.action_mark_foreign()
        self.assertEqual(parcel.state, "foreign")
        with self.assertRaises(UserError):
            parcel.action_match_best()

    def test_countdown(self):
        soon = fields.Datetime.add(fields.Datetime.now(), days=2)
        urgent = self._take(destroy_date=soon)
        calm = self._take(destroy_date=fields.Datetime.add(soon, days=30))
        late = self._take(destroy_date=fields.Datetime.subtract(soon, days=9))
        parcels = urgent | calm | late
        self.assertEqual(parcels.filtered("is_urgent"), urgent | late)
        self.assertEqual(parcels.filtered("is_overdue"), late)
        found = self.Parcel.search([("is_urgent", "=", True), ("id", "in", parcels.ids)])
        self.assertEqual(found, late | urgent)
        self.Parcel._cron_watch()
        self.Parcel._cron_watch()
        self.assertEqual([len(parcel.activity_ids) for parcel in parcels], [1, 0, 1])
        urgent._claim(self.ret)
        self.assertFalse(urgent.activity_ids)

    def test_form(self):
        self.company.unknown_parcel_auto = False
        with Form(self.Parcel) as form:
            form.tracking_number = "ZZZ"
            form.number = self.ret.name
        parcel = form.save()
        self.assertRegex(parcel.name, r"^UP/\d{4}/\d{5}$")
        self.assertEqual(parcel.best_match_id.return_id, self.ret)

    # -------------------------------------------------------------------------
    # Who may
    # -------------------------------------------------------------------------

    def test_rights(self):
        worker = new_test_user(
            self.env, "dock", groups="stock.group_stock_user", company_id=self.company.id
        )
        parcel = self.Parcel.with_user(worker)._take_in(
            [{"source": "dock", "number": self.ret.name, "company_id": self.company.id}]
        )
        self.assertEqual(parcel.state, "claimed")
        stranger = new_test_user(self.env, "stranger", groups="base.group_user")
        with self.assertRaises(AccessError):
            parcel.with_user(stranger).read(["name"])
        elsewhere = new_test_user(
            self.env,
            "elsewhere",
            groups="helloword_returns.group_return_user",
            company_id=self.company_2.id,
            company_ids=[Command.set(self.company_2.ids)],
        )
        self.assertFalse(self.Parcel.with_user(elsewhere).search([("id", "=", parcel.id)]))
        with self.assertRaises(UserError):
            parcel.unlink()
