"""Returns at Amazon's warehouses, through the product and over HTTP."""

import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from odoo.addons.helloword_3pl.tests.common import WmsCommon
from odoo.addons.helloword_returns.providers import amazon

from .peers.amazon_reports import AmazonReportsPeer
from .peers.amazon_sp import AmazonMcfPeer
from .peers.case import PeerMixin


class AmazonCommon(PeerMixin, WmsCommon):
    def setUp(self):
        super().setUp()
        self.addCleanup(amazon._TOKENS.clear)
        self._name_product(self.product_standard, "TEE-M")

    def _name_product(self, product, sku):
        self.env["helloword.wms.sku"].create(
            {"connection_id": self.connection.id, "product_id": product.id, "sku": sku}
        )

    def _connect(self, peer, provider, **vals):
        """The warehouse abroad, run by Amazon."""
        self.connection.write(
            {
                "provider": provider,
                "base_url": peer.url,
                "api_key": peer.client_id,
                "api_secret": peer.client_secret,
                "amazon_refresh_token": peer.refresh_token,
                "amazon_region": "na",
                "amazon_marketplace": "ATVPDKIKX0DER",
                **vals,
            }
        )
        self.connection.action_test_connection()
        self.assertEqual(self.connection.health, "good", self.connection.test_error)

    def _poll(self):
        """:return: (result, code) of each event of a round"""
        adapter = self.connection._get_wms_adapter()
        page = adapter.fetch()
        results = self._take(*page.events, source="poll")
        while page.has_more:
            page = adapter.fetch(page.cursor)
            results += self._take(*page.events, source="poll")
        return results


@tagged("post_install", "-at_install")
class TestAmazonMcfLoop(AmazonCommon):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(AmazonMcfPeer())
        self._connect(self.peer, "amazon_mcf", amazon_reason="CR-UNWANTED_ITEM")
        self.number = self.order.name
        self.peer.ship(self.number, TEE_M=40)
        self.addCleanup(lambda: self.assertEqual(self.peer.breaches, []))

    def _items(self):
        return self.peer.orders[self.number]["returnItems"]

    def test_announced_graded_and_booked(self):
        ret = self._expect()
        notice = ret.wms_notice_ids
        self.assertEqual((notice.state, notice.external_ref), ("known", self.number), notice.error)
        self.assertIn("RMA", notice.messages)
        self.assertEqual(len(self._items()), 2)
        self.assertEqual(self._poll(), [])
        self.peer.process(self.number, "Sellable")
        self.assertEqual(self._poll(), [("accepted", "")])
        self.assertEqual(self._poll(), [("duplicate", "")])
        self.assertEqual(ret.line_ids.quantity_received, 1)
        self.peer.process(self.number, "CustomerDamaged")
        self.assertEqual(self._poll(), [("accepted", "")])
        self.assertEqual(ret.line_ids.quantity_received, 2)
        self.assertEqual(
            set(ret.line_ids.inspection_ids.mapped("disposition")), {"restock", "hold"}
        )
        # A report that comes late changes nothing.
        self.assertEqual(self._poll(), [("duplicate", "")])
        self.connection._poll(commit=lambda: None)
        self.assertFalse(self.connection.poll_error)
        self.assertTrue(self.connection.polled_date)

    def test_a_lost_answer_is_looked_up(self):
        self.peer.break_down("lose_answer", path=r"/return\Z")
        notice = self._expect().wms_notice_ids
        self.assertEqual(notice.operation_ids.state, "unknown")
        notice.operation_ids.action_look_up()
        self.assertEqual(notice.state, "known", notice.error)
        self.assertEqual(len(self._items()), 2)
        self.assertEqual(self.peer.count_calls("PUT", r"/return\Z"), 1)

    def test_more_units_are_added_none_is_taken_back(self):
        ret = self._expect()
        notice = ret.wms_notice_ids
        ret.line_ids.quantity = 3
        self.assertEqual((len(self._items()), notice.state), (3, "known"))
        ret.line_ids.quantity = 1
        self.assertIn("still expects 2 of “TEE-M”", notice.messages)
        ret.action_cancel()
        self.assertEqual(notice.state, "failed")
        self.assertIn("cannot take it back", notice.error)

    def test_an_order_under_another_number_is_entered(self):
        self.peer.orders["MCF-77"] = self.peer.orders.pop(self.number)
        self.peer.orders["MCF-77"]["fulfillmentOrder"]["sellerFulfillmentOrderId"] = "MCF-77"
        notice = self._expect().wms_notice_ids
        self.assertEqual(notice.state, "failed")
        self.assertIn(f"“{self.number}”", notice.error)
        self.assertIn("Enter the number", notice.error)
        user = new_test_user(self.env, "mcf user", groups="helloword_returns.group_return_user")
        notice.with_user(user).shipment_ref = "MCF-77"
        notice.with_user(user).action_send()
        self.assertEqual((notice.state, notice.external_ref), ("known", "MCF-77"), notice.error)
        self.assertFalse(notice.error)

    def test_what_amazon_refuses_is_told_to_people(self):
        self.peer.orders[self.number]["fulfillmentShipments"][0]["fulfillmentShipmentStatus"] = (
            "PENDING"
        )
        notice = self._expect().wms_notice_ids
        self.assertEqual(notice.state, "failed")
        self.assertIn("shipped 0 of “TEE-M”", notice.error)

    def test_what_amazon_takes_in_part_is_known_with_the_rest(self):
        judge, seen = AmazonMcfPeer._judge, []

        def refuse_the_first(order, item):
            seen.append(item)
            return "NoReturnableQuantity" if len(seen) == 1 else judge(order, item)

        self.patch(AmazonMcfPeer, "_judge", staticmethod(refuse_the_first))
        notice = self._expect().wms_notice_ids
        self.assertEqual((notice.state, len(self._items())), ("known", 1))
        self.assertIn("announced before", notice.error)

    def test_orders_are_asked_about_while_something_may_happen(self):
        ret = self._expect()
        self.assertEqual(self.connection._get_amazon_orders(), [self.number])
        self.peer.process(self.number, "Sellable", "Sellable")
        self._poll()
        self.assertNotIn(ret.goods_state, ("expected", "transit", "partial"))
        self.assertEqual(self.connection._get_amazon_orders(), [self.number])
        ret.wms_notice_ids.sent_date = "2026-01-01"
        self.assertEqual(self.connection._get_amazon_orders(), [])

    def test_another_connection_s_return_is_not_taken(self):
        ret = self._expect()
        elsewhere = self._expect(warehouse_id=self.warehouse)
        for item in self._items():
            item["sellerReturnItemId"] = item["sellerReturnItemId"].replace(
                ret.name, elsewhere.name
            )
        self.peer.process(self.number, "Sellable")
        self.assertEqual(self._poll(), [("parked", "unknown_return")])

    def test_what_is_missing_is_said(self):
        self.connection.write({"amazon_refresh_token": False, "amazon_marketplace": False})
        with self.assertRaisesRegex(UserError, "Refresh Token, Marketplace ID"):
            self.connection._get_wms_adapter()
        with self.assertRaisesRegex(ValidationError, "Europe"):
            self.connection.amazon_marketplace = "A1PA6795UKMFR9"
        self.assertTrue(self.connection.can_announce)
        self.assertFalse(self.connection.can_cancel)
        self.assertFalse(self.connection.can_webhook)

    def test_each_region_and_environment_has_its_address(self):
        self.connection.base_url = False
        for environment, region, marketplace, address in (
            ("test", "eu", "A1PA6795UKMFR9", "https://sandbox.sellingpartnerapi-eu.amazon.com"),
            ("production", "fe", "A1VC38T7YXB528", "https://sellingpartnerapi-fe.amazon.com"),
        ):
            self.connection.write(
                {
                    "environment": environment,
                    "amazon_region": region,
                    "amazon_marketplace": marketplace,
                }
            )
            session = self.connection._get_wms_adapter()._session
            self.assertEqual(session._http.base_url, address)
            self.assertEqual(session._login_url, "https://api.amazon.com/auth/o2/token")

    def test_credentials_are_for_administrators(self):
        manager = new_test_user(
            self.env, "mcf manager", groups="helloword_returns.group_return_manager"
        )
        for name in ("amazon_refresh_token", "amazon_region", "api_secret"):
            with self.assertRaises(AccessError):
                self.connection.with_user(manager).read([name])


@tagged("post_install", "-at_install")
class TestFbaLoop(AmazonCommon):
    amazon_order = "111-1234567-7654321"

    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(AmazonReportsPeer())
        self._connect(self.peer, "fba")
        self.order.client_order_ref = self.amazon_order
        self.addCleanup(lambda: self.assertEqual(self.peer.breaches, []))

    def _ask(self):
        """A fresh set of reports, kept as the job does.

        :return: rows of events that are new
        """
        before = self._get_events()
        if self.connection.cursor:
            content = json.loads(self.connection.cursor)
            for state in content["reports"].values():
                state.pop("ordered", None)
            self.connection.cursor = json.dumps(content)
        for _round in range(2):
            self.connection._poll(commit=lambda: None)
            self.assertFalse(self.connection.poll_error)
        return self._get_events() - before

    def _get_events(self):
        return self.env["helloword.wms.event"].search([("connection_id", "=", self.connection.id)])

    def _take_back(self, code="SELLABLE", **values):
        return self.peer.take_back(self.amazon_order, "TEE-M", detailed_disposition=code, **values)

    def test_graded_units_are_booked_on_the_return_of_the_order(self):
        ret = self._expect()
        self.assertFalse(ret.wms_notice_ids)
        self.assertFalse(self.connection.can_announce)
        plate = self._take_back()["license-plate-number"]
        self._take_back("CUSTOMER_DAMAGED")
        events = self._ask()
        self.assertEqual(set(events.mapped("state")), {"done"}, events.mapped("message"))
        self.assertEqual(events.return_id, ret)
        self.assertIn(plate, events.mapped("license_plate"))
        self.assertEqual(ret.line_ids.quantity_received, 2)
        self.assertEqual(
            set(ret.line_ids.inspection_ids.mapped("disposition")), {"restock", "hold"}
        )
        self.assertFalse(self._ask())
        self.assertEqual(ret.line_ids.quantity_received, 2)

    def test_a_later_status_corrects_what_is_booked(self):
        ret = self._expect()
        row = self._take_back("CUSTOMER_DAMAGED")
        self._take_back()
        self._ask()
        row["status"] = "Repackaged Successfully"
        events = self._ask()
        self.assertEqual((events.type, events.state), ("disposition.completed", "done"))
        self.assertEqual(ret.line_ids.quantity_received, 2)
        held = ret.line_ids.inspection_ids.filtered(lambda i: i.disposition == "hold")
        self.assertFalse(sum(held.mapped("quantity")))

    def test_units_wait_for_their_return(self):
        self._take_back()
        event = self._ask()
        self.assertEqual((event.state, event.code), ("parked", "unknown_return"))
        self.assertIn(self.amazon_order, event.message)
        ret = self._expect()
        self.assertEqual((event.state, event.return_id), ("done", ret), event.message)
        self.assertEqual(ret.line_ids.quantity_received, 1)

    def test_several_returns_of_one_order(self):
        first, second = self._expect(), self._expect()
        self._take_back()
        event = self._ask()
        self.assertEqual((event.state, event.code), ("parked", "unknown_return"))
        first.action_cancel()
        event.action_retry()
        self.assertEqual((event.state, event.return_id), ("done", second), event.message)

    def test_a_unit_graded_twice_is_counted_once(self):
        ret = self._expect()
        plate = self._take_back()["license-plate-number"]
        self._ask()
        self._take_back("DEFECTIVE", license_plate_number=plate)
        event = self._ask()
        self.assertEqual((event.state, event.code), ("parked", "graded_twice"))
        self.assertIn(plate, event.message)
        self.assertEqual(ret.line_ids.quantity_received, 1)
        # Both at once: one of them, whichever comes first.
        other = self._take_back()["license-plate-number"]
        self._take_back("EXPIRED", license_plate_number=other)
        self.assertEqual(sorted(self._ask().mapped("state")), ["done", "parked"])
        self.assertEqual(ret.line_ids.quantity_received, 2)

    def test_removals_and_corrected_stock_wait_for_a_person(self):
        self.peer.remove("R-1", "TEE-M")
        self.peer.ship_removal("R-1", "TEE-M")
        self.peer.adjust("TEE-M", -1)
        events = self._ask()
        removals = events.filtered(lambda event: event.state == "parked")
        self.assertEqual(removals.mapped("code"), ["removal"] * 2)
        self.assertIn("1ZREMOVAL", "".join(removals.mapped("message")))
        difference = (events - removals).difference_ids
        self.assertEqual((difference.quantity, difference.state), (-1, "open"))
        self.assertFalse(self._ask())

    def test_unknown_products_wait_for_their_code(self):
        self._expect()
        self.peer.take_back(self.amazon_order, "NO-SUCH")
        event = self._ask()
        self.assertEqual((event.state, event.code), ("parked", "unknown_sku"))

    def test_orders_of_other_companies_and_warehouses_are_not_taken(self):
        self._expect(warehouse_id=self.warehouse)
        self._take_back()
        event = self._ask()
        self.assertEqual((event.state, event.code), ("parked", "unknown_return"))

    def test_another_company_has_the_same_order(self):
        abroad = self._make_warehouse("Abroad 2", "AB2", self.company_2)
        other = self._make_connection("Amazon 2", abroad)
        other.write(
            {
                name: self.connection[name]
                for name in (
                    "provider",
                    "base_url",
                    "api_key",
                    "api_secret",
                    "amazon_refresh_token",
                    "amazon_region",
                    "amazon_marketplace",
                )
            }
        )
        self.env["helloword.wms.sku"].create(
            {"connection_id": other.id, "product_id": self.product_standard.id, "sku": "TEE-M"}
        )
        ret = self._expect()
        self._take_back()
        for _round in range(2):
            other._poll(commit=lambda: None)
        event = self.env["helloword.wms.event"].search([("connection_id", "=", other.id)])
        self.assertEqual((event.state, event.code), ("parked", "unknown_return"))
        self.assertEqual(ret.line_ids.quantity_received, 0)
        self.assertEqual(self._ask().return_id, ret)

    def test_queries_do_not_grow_with_rows(self):
        self._expect({self.product_standard: 30})
        self._take_back()
        self._ask()
        counts = []
        for number in (5, 20):
            for _unit in range(number):
                self.peer.take_back("112-0000000-0000000", "TEE-M")
            before = self.env.cr.sql_log_count
            self._ask()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 10, counts)
