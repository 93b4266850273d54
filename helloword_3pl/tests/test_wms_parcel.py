import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from PIL import Image

from odoo.addons.helloword_returns.carriers.base import Address
from odoo.addons.queue_job.tests.common import trap_jobs

from ..wms.base import Photo, UnknownParcel
from .common import START, WmsCommon


@tagged("post_install", "-at_install")
class TestWmsParcel(WmsCommon):
    """Parcels an operator cannot place become unknown parcels, and claims of ours."""

    def _tell(self, ref="C-1", hours=0, event_id=None, connection=None, photos=(), **vals):
        """:return: the parcel"""
        parcel = UnknownParcel(ref=ref, **vals)
        event = replace(
            self._event(event_id or f"p-{ref}-{hours}", "return.unexpected", hours=hours),
            parcel=parcel,
            photos=photos,
        )
        connection = connection or self.connection
        self.assertEqual(self._take(event, connection=connection), [("accepted", "")])
        return self.env["helloword.unknown.parcel"].search(
            [("connection_id", "=", connection.id), ("ref", "=", ref)]
        )

    def test_told_of_a_parcel(self):
        self.connection.user_id = self.env.user
        parcel = self._tell(
            tracking_number="Z9",
            carrier="DHL",
            sender=Address(name="Bea", zip="10115", country="de"),
            weight=Decimal("1.25"),
            note="no slip",
            destroy_at=START + timedelta(days=30),
        )
        self.assertEqual(parcel.warehouse_id, self.abroad)
        self.assertEqual((parcel.sender_country_id.code, parcel.weight), ("DE", 1.25))
        self.assertEqual(str(parcel.destroy_date), "2026-12-02 09:00:00")
        self.assertEqual(parcel.user_id, self.env.user)
        self.assertEqual(self.connection.unknown_parcel_count, 1)

    def test_older_news_never_prevails(self):
        """Whatever the order, the newest word holds and nothing said is lost."""
        news = [
            {"hours": 0, "note": "first look", "tracking_number": "Z9"},
            {"hours": 2, "note": "second look", "weight": Decimal(2)},
        ]
        for number, order in enumerate(([0, 1], [1, 0], [1, 0, 1])):
            for index in order:
                parcel = None
                event_id = f"n{number}-{index}"
                ref = f"N-{number}"
                told = replace(
                    self._event(event_id, "return.unexpected", hours=news[index]["hours"]),
                    parcel=UnknownParcel(
                        ref=ref,
                        **{key: val for key, val in news[index].items() if key != "hours"},
                    ),
                )
                self._take(told)
                parcel = self.env["helloword.unknown.parcel"].search([("ref", "=", ref)])
            self.assertEqual(
                (parcel.note, parcel.tracking_number, parcel.weight), ("second look", "Z9", 2.0)
            )

    def test_two_operators_use_the_same_number(self):
        other = self._make_connection("Other", self._make_warehouse("Other", "OTH", self.company))
        self.assertNotEqual(self._tell("C-1"), self._tell("C-1", connection=other))

    def test_photos(self):
        content = io.BytesIO()
        Image.new("RGB", (8, 6), "red").save(content, "PNG")
        parcel = self._tell(photos=(Photo(ref="a", content=content.getvalue()),))
        self.assertEqual(parcel.attachment_ids.raw, content.getvalue())

    def test_destroyed(self):
        self.assertEqual(self._tell(status="destroyed").state, "gone")
        parcel = self._tell("C-2")
        self._tell("C-2", hours=1, status="destroyed")
        self.assertEqual(parcel.state, "gone")

    def test_certain_match_is_claimed_and_told_to_those_who_fetch(self):
        """The operator calls us: the return it fetches names the parcel."""
        ret = self._expect({self.product_standard: 2})
        before = ret.wms_notice_ids.revision
        parcel = self._tell(tracking_number="Z9", number=ret.name)
        self.assertEqual((parcel.state, parcel.claim_state), ("claimed", "told"))
        notice = ret.wms_notice_ids
        self.assertGreater(notice.revision, before)
        [content] = notice._as_contract()
        self.assertIn("Z9", [row["tracking_number"] for row in content["parcels"]])
        with self.assertRaises(UserError):
            parcel.action_reopen()

    def test_claim_waits_until_the_return_is_approved(self):
        ret = self._make_return(
            self.order, {self.product_standard: 1}, approve=False, warehouse_id=self.abroad
        )
        parcel = self._tell(number=ret.name)
        self.assertEqual((parcel.state, parcel.claim_state), ("claimed", "waiting"))
        ret.action_approve()
        self.assertEqual(parcel.claim_state, "told", parcel.claim_error)

    def test_claim_follows_the_announcement(self):
        """An operator that is called must know the return before it is told of its parcel."""
        self.connection.provider = "demo"
        ret = self._make_return(
            self.order, {self.product_standard: 1}, approve=False, warehouse_id=self.abroad
        )
        parcel = self._tell(number=ret.name)
        later = ret.with_context(queue_job__no_delay=False)
        with trap_jobs():
            later.action_approve()
        Operation = self.env["helloword.operation"]
        own = [("return_id", "=", ret.id), ("wms_connection_id", "=", self.connection.id)]
        announcement = Operation.search(own)
        self.assertEqual((announcement.kind, parcel.claim_state), ("asn_send", "waiting"))
        ret.wms_notice_ids.state = "known"
        with trap_jobs():
            later._on_operation_done(announcement.with_env(later.env))
        self.assertEqual(parcel.claim_state, "sending")
        self.assertEqual((Operation.search(own) - announcement).kind, "wms_claim")

    def test_goods_came_to_another_warehouse_than_announced(self):
        ret = self._make_return(self.order, {self.product_standard: 1})
        self.assertNotEqual(ret.arrival_warehouse_id, self.abroad)
        self._tell(number=ret.name)
        self.assertEqual(ret.arrival_warehouse_id, self.abroad)
        told = self._inspected("i1", ret, self.product_standard, 1)
        self.assertEqual(self._take(told), [("accepted", "")])
        self.assertEqual(ret.line_ids.quantity_received, 1)

    def test_an_operator_that_takes_no_claims(self):
        self.connection.write(
            {
                "provider": "shipbob",
                "api_key": "key",
                "account_ref": "1",
                "base_url": "http://127.0.0.1:9",
            }
        )
        ret = self._expect({self.product_standard: 1})
        parcel = self._tell(number=ret.name)
        self.assertEqual(parcel.claim_state, "failed")
        self.assertIn(ret.name, parcel.claim_error)
        parcel.action_mark_claim_told()
        self.assertEqual(parcel.claim_state, "told")
        with self.assertRaises(UserError):
            parcel.action_retry_claim()

    def test_events_under_the_number_of_the_claim(self):
        ret = self._expect({self.product_standard: 1})
        self._tell("C-77", number=ret.name)
        event = replace(
            self._inspected("i1", ret, self.product_standard, 1), number="", external_ref="C-77"
        )
        self.assertEqual(self._take(event), [("accepted", "")])
        self.assertEqual(ret.line_ids.quantity_received, 1)

    def test_others_returns_are_not_claimed(self):
        order = self._make_order([(self.product_standard, 1)], company=self.company_2)
        request = self._make_request(order, {self.product_standard: 1})
        ret = self.env["helloword.return"].intake(
            [replace(request, channel_id=self.channel_2.id)], decide=False
        )
        parcel = self._tell(number=ret.name)
        self.assertEqual(parcel.state, "open")
        self.assertFalse(parcel.match_ids)

    def test_batch(self):
        def count(number):
            events = [
                replace(
                    self._event(f"b{number}-{index}", "return.unexpected"),
                    parcel=UnknownParcel(
                        ref=f"B{number}-{index}", sender=Address(name=f"No {index}", country="FR")
                    ),
                )
                for index in range(number)
            ]
            self.env.flush_all()
            before = self.cr.sql_log_count
            self.env["helloword.wms.event"]._take(self.connection, events)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(1)
        few, many = count(2), count(32)
        self.assertLess(many - few, 4 * 30)

    def test_rights(self):
        parcel = self._tell()
        worker = new_test_user(
            self.env,
            "elsewhere",
            groups="stock.group_stock_user",
            company_id=self.company_2.id,
            company_ids=[Command.set(self.company_2.ids)],
        )
        found = self.env["helloword.unknown.parcel"].with_user(worker)
        self.assertFalse(found.search([("id", "=", parcel.id)]))
