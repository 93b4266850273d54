from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import WmsCommon

# What Odoo's own transfers cost, once each.
QUERIES_A_RETURN = 40


@tagged("post_install", "-at_install")
class TestWmsEvent(WmsCommon):
    """Each event is kept once, and nothing is lost."""

    def _get_events(self):
        return self.env["helloword.wms.event"].search(
            [("connection_id", "=", self.connection.id)], order="id"
        )

    def test_kept_once(self):
        ret = self._expect()
        event = self._inspected("e1", ret, self.product_standard)
        self.assertEqual(self._take(event, event), [("accepted", ""), ("duplicate", "")])
        self.assertEqual(self._take(event), [("duplicate", "")])
        row = self._get_events()
        self.assertEqual((row.state, row.repeats, row.return_id), ("done", 1, ret))
        self.assertIn(self.product_standard.default_code, row.content_text)

    def test_other_content_under_the_same_number(self):
        ret = self._expect()
        event = self._inspected("e1", ret, self.product_standard)
        self._take(event)
        self.assertEqual(self._take(replace(event, note="other")), [("rejected", "conflict")])
        row = self._get_events()
        self.assertEqual(row.conflict["note"], "other")
        self.assertNotIn("note", row.content)
        self.assertEqual(ret.line_ids.quantity_received, 1)

    def test_good_events_of_a_batch_are_kept(self):
        ret = self._expect()
        good = self._inspected("good", ret, self.product_standard)
        told = self._take(
            replace(good, event_id="", units=good.units),
            replace(good, event_id="b1", type="unit.danced"),
            replace(good, event_id="b2", moment=datetime.now(UTC) + timedelta(hours=1)),
            replace(good, event_id="b3", units=(replace(good.units[0], quantity=Decimal(-1)),)),
            replace(good, event_id="b4", units=()),
            replace(good, event_id="b5", number="RET/1999/00001"),
            replace(good, event_id="b6", units=(replace(good.units[0], sku="NONE"),)),
            good,
        )
        self.assertEqual(
            told,
            [
                ("rejected", "no_event_id"),
                ("rejected", "unknown_type"),
                ("rejected", "clock_skew"),
                ("rejected", "bad_quantity"),
                ("rejected", "no_units"),
                ("parked", "unknown_return"),
                ("parked", "unknown_sku"),
                ("accepted", ""),
            ],
        )
        self.assertEqual(ret.line_ids.quantity_received, 1)
        self.assertEqual(len(self._get_events()), 7)

    def test_refused_event_told_better(self):
        ret = self._expect()
        event = self._inspected("e1", ret, self.product_standard)
        wrong = replace(event, units=(replace(event.units[0], quantity=Decimal(0)),))
        self.assertEqual(self._take(wrong), [("rejected", "bad_quantity")])
        self.assertEqual(self._take(wrong), [("rejected", "bad_quantity")])
        self.assertEqual(self._take(event), [("accepted", "")])
        self.assertEqual(ret.line_ids.quantity_received, 1)

    def test_parked_until_the_code_is_known(self):
        ret = self._expect()
        unit = replace(self._unit(self.product_standard, 1, "new"), sku="THEIRS-7")
        self._take(self._event("e1", "unit.inspected", ret, [unit]))
        row = self._get_events()
        self.assertEqual((row.state, row.code), ("parked", "unknown_sku"))
        self.assertEqual(self.connection.parked_count, 1)
        self.connection.sku_ids = [
            (0, 0, {"product_id": self.product_standard.id, "sku": "THEIRS-7"})
        ]
        row.action_retry()
        self.assertEqual(row.state, "done")
        self.assertEqual(ret.line_ids.quantity_received, 1)
        with self.assertRaisesRegex(UserError, "does not wait"):
            row.action_retry()

    def test_returns_of_others(self):
        """Neither another company's return nor one that goes elsewhere can be told about."""
        own = self._expect(warehouse_id=self.warehouse)
        order_2 = self._make_order([(self.product_standard, 1)], company=self.company_2)
        theirs = self._make_return(order_2, approve=False)
        self.assertEqual(
            self._take(
                self._inspected("e1", own, self.product_standard),
                self._inspected("e2", theirs, self.product_standard),
            ),
            [("parked", "unknown_return")] * 2,
        )
        self.assertFalse(own.line_ids.quantity_received)

    def test_queries_do_not_grow(self):
        returns = self.env["helloword.return"].concat(*(self._expect() for _n in range(12)))

        def tell(returns, prefix):
            events = [self._event(f"{prefix}{ret.id}", "parcel.arrived", ret) for ret in returns]
            self.env.flush_all()
            self.env.invalidate_all()
            with trap_jobs():
                before = self.cr.sql_log_count
                self._take(*events)
                self.env.flush_all()
                return self.cr.sql_log_count - before

        few = tell(returns[:2], "a")
        many = tell(returns, "b")
        # One stored job for each return; nothing else may grow.
        self.assertLessEqual(many - few, 10 * 4)

    def test_queries_of_taking_and_booking(self):
        """A hundred events are taken in with as many queries as ten; what each return more costs
        to book does not grow with its events."""
        env = self.env(context={"tracking_disable": True})
        connection = self.connection.with_env(env)
        inbox = env["helloword.wms.event"].sudo()
        returns = self._make_returns(
            [(self.order, {self.product_standard: 1})] * 22, warehouse_id=self.abroad
        ).with_env(env)

        def count(work):
            env.flush_all()
            env.invalidate_all()
            before = self.cr.sql_log_count
            work()
            env.flush_all()
            return self.cr.sql_log_count - before

        def tell(returns, parts):
            events = [
                self._event(f"{ret.id}-{part}", "parcel.arrived", ret, hours=part)
                for ret in returns
                for part in range(parts - 2)
            ]
            for ret in returns:
                events += [
                    self._inspected(f"{ret.id}-i", ret, self.product_standard),
                    self._treated(f"{ret.id}-t", ret, self.product_standard),
                ]
            with trap_jobs():
                return count(lambda: inbox._take(connection, events))

        def book(returns):
            with trap_jobs():
                return count(lambda: returns.wms_event_ids.sudo()._work())

        few, many = tell(returns[:2], 5), tell(returns[2:], 5)
        self.assertLessEqual(many - few, 20, "Taken in")
        few, many = book(returns[:2]), book(returns[2:])
        self.assertLessEqual(many - few, 18 * QUERIES_A_RETURN, "Booked")

    def test_one_operator_for_a_building(self):
        with (
            self.assertRaisesRegex(ValidationError, "is run by “Operator”"),
            self.cr.savepoint(),
        ):
            self._make_connection("Second", self.abroad)
        self.connection.active = False
        self._make_connection("Second", self.abroad)
        with (
            self.assertRaisesRegex(ValidationError, "is run by “Second”"),
            self.cr.savepoint(),
        ):
            self.connection.active = True

    def test_rights(self):
        reader = new_test_user(self.env, "reader", "helloword_returns.group_return_user")
        connection = self.connection.with_user(reader)
        self.assertEqual(connection.name, "Operator")
        with self.assertRaises(AccessError):
            connection.name = "Mine"
        with self.assertRaises(AccessError):
            connection.read(["api_key"])
        manager = new_test_user(
            self.env,
            "manager",
            "helloword_returns.group_return_manager",
            company_id=self.company_2.id,
            company_ids=[(6, 0, self.company_2.ids)],
        )
        self.assertFalse(self.env["helloword.wms.connection"].with_user(manager).search([]))

    def test_forms_open(self):
        self._take(self._inspected("e1", self._expect(), self.product_standard))
        for record in (self.connection, self._get_events()):
            with self.subTest(record=record._name):
                Form(record)
