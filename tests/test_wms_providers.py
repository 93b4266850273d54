"""Returns at the warehouses of every operator, through the product and over HTTP."""

from lxml import etree
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.helloword_3pl.tests.common import WmsCommon

from .peers.case import PeerMixin
from .peers.shipbob import ShipbobPeer
from .peers.shiphero import ShipheroPeer
from .peers.shipmonk import ShipmonkPeer


@tagged("post_install", "-at_install")
class TestWmsProviders(PeerMixin, WmsCommon):
    def _connect(self, peer, code, **vals):
        """The warehouse abroad, run by an operator."""
        self.connection.write({"base_url": peer.url, **vals})
        self.connection.site_ids.code = code
        self.connection.action_test_connection()
        self.assertEqual(self.connection.health, "good", self.connection.test_error)
        return self.connection._get_wms_adapter()

    def _name_product(self, sku):
        self.env["helloword.wms.sku"].create(
            {
                "connection_id": self.connection.id,
                "product_id": self.product_standard.id,
                "sku": sku,
            }
        )

    def _approve(self, **plan):
        """An approved return of two units, which its warehouse knows."""
        ret = self._expect(**plan)
        notice = ret.wms_notice_ids
        self.assertEqual(notice.state, "known", notice.error)
        self.assertTrue(notice.external_ref)
        return ret

    def _poll(self, adapter):
        """:return: (result, code) of each event of a round"""
        page = adapter.fetch()
        results = self._take(*page.events, source="poll")
        while page.has_more:
            page = adapter.fetch(page.cursor)
            results += self._take(*page.events, source="poll")
        return results

    def _get_units(self, ret):
        rows = self.env["helloword.wms.event"].search(
            [("return_id", "=", ret.id), ("type", "=", "return.reported")], order="id desc", limit=1
        )
        self.assertEqual(rows.state, "done", rows.message)
        return {(unit.disposition, int(unit.quantity)) for unit in rows._get_typed().units}

    def test_shipbob(self):
        peer = self.enterContext(ShipbobPeer())
        adapter = self._connect(
            peer,
            "22",
            provider="shipbob",
            api_key=peer.token,
            account_ref=str(peer.channel_id),
            webhook_secret=peer.webhook_secret,
            fee_currency_id=self.env.ref("base.USD").id,
        )
        self._name_product("9557855")
        ret = self._approve()
        self.assertEqual(peer.get(ret.name)["inventory"][0]["quantity"], 2)
        self.assertEqual(self._poll(adapter), [])
        peer.arrive(ret.name)
        peer.process(ret.name, 9557855, "Restock")
        headers, body = peer.notify(ret.name)
        adapter.verify_webhook(headers, body)
        told = adapter.parse_webhook(headers, body)
        self.assertEqual(self._take(*told, source="webhook"), [("accepted", "")])
        # The same, asked for, is no news.
        self.assertEqual(self._poll(adapter), [("duplicate", "")])
        peer.process(ret.name, 9557855, "Quarantine", reason="Torn")
        peer.complete(ret.name)
        peer.charge(ret.name, "Return Processing", 3.0)
        self.assertEqual(self._poll(adapter), [("accepted", ""), ("accepted", "")])
        self.assertEqual(self._get_units(ret), {("restock", 1), ("quarantine", 1)})
        self.assertEqual(peer.breaches, [])

    def test_shipmonk(self):
        peer = self.enterContext(ShipmonkPeer())
        adapter = self._connect(
            peer,
            "PA1",
            provider="shipmonk",
            api_key=peer.api_key,
            account_ref=str(peer.store_id),
            webhook_secret=peer.webhook_secret,
            shipmonk_webhook_user=peer.webhook_user,
            shipmonk_webhook_password=peer.webhook_password,
        )
        self._name_product("TEE-M")
        ret = self._approve()
        peer.receive(ret.name, "TEE-M", 1, "returned_to_inventory")
        peer.receive(ret.name, "TEE-M", 1, "donate")
        headers, body = peer.notify(ret.name)
        adapter.verify_webhook(headers, body)
        told = adapter.parse_webhook(headers, body)
        self.assertEqual(self._take(*told, source="webhook"), [("accepted", "")])
        self.assertEqual(self._poll(adapter), [("duplicate", "")])
        self.assertEqual(self._get_units(ret), {("restock", 1), ("donate", 1)})
        self.assertEqual(peer.breaches, [])

    def test_shiphero(self):
        peer = self.enterContext(ShipheroPeer())
        adapter = self._connect(
            peer,
            peer.warehouse,
            provider="shiphero",
            api_key=peer.access_token,
            api_secret=peer.refresh_token,
            webhook_secret=peer.webhook_secret,
        )
        self._name_product("TEE-M")
        peer.orders[0]["order_number"] = self.order.name
        ret = self._approve()
        peer.receive(ret.name, "TEE-M", 2, restock=1)
        self.assertEqual(self._poll(adapter), [("accepted", "")])
        peer.finish(ret.name)
        headers, body = peer.notify(ret.name)
        adapter.verify_webhook(headers, body)
        told = adapter.parse_webhook(headers, body)
        self.assertEqual(self._take(*told, source="webhook"), [("accepted", "")])
        # The message made us ask: the dated answer is here already.
        self.assertTrue(self.connection.polled_date)
        self.assertEqual(set(self._poll(adapter)), {("duplicate", "")})
        self.assertEqual(self._get_units(ret), {("restock", 1), ("quarantine", 1)})
        self.assertEqual(ret.line_ids.quantity_received, 2)
        self.assertEqual(peer.faults_of_queries, [])

    def test_another_connection_s_return_is_not_taken(self):
        peer = self.enterContext(ShipmonkPeer())
        adapter = self._connect(
            peer, "PA1", provider="shipmonk", api_key=peer.api_key, account_ref=str(peer.store_id)
        )
        self._name_product("TEE-M")
        ret = self._approve()
        elsewhere = self._expect(warehouse_id=self.warehouse)
        peer.returns[elsewhere.name] = {**peer.returns.pop(ret.name), "rma": elsewhere.name}
        peer.receive(elsewhere.name, "TEE-M", 2, "returned_to_inventory")
        self.assertEqual(self._poll(adapter), [("parked", "unknown_return")])

    def test_changes_and_second_thoughts_reach_the_warehouse(self):
        peer = self.enterContext(ShipbobPeer())
        self._connect(
            peer, "22", provider="shipbob", api_key=peer.token, account_ref=str(peer.channel_id)
        )
        self._name_product("9557855")
        # Its answer is lost; it is looked for, and not made a second time.
        peer.break_down("lose_answer", path=r"/return\Z", method="POST")
        ret = self._expect()
        notice = ret.wms_notice_ids
        self.assertEqual(notice.operation_ids.state, "unknown")
        notice.operation_ids.action_look_up()
        self.assertEqual((notice.state, len(peer.returns)), ("known", 1), notice.error)
        ret.line_ids.quantity = 1
        self.assertEqual(peer.get(ret.name)["inventory"][0]["quantity"], 1)
        ret.action_cancel()
        self.assertEqual(peer.get(ret.name)["status"], "Cancelled")
        self.assertEqual(notice.state, "cancelled", notice.error)

    def test_a_refusal_is_told_to_people(self):
        peer = self.enterContext(ShipheroPeer())
        self._connect(
            peer,
            peer.warehouse,
            provider="shiphero",
            api_key=peer.access_token,
            api_secret=peer.refresh_token,
        )
        notice = self._expect().wms_notice_ids
        self.assertEqual(notice.state, "failed")
        self.assertIn("knows no order", notice.error)

    def test_what_is_missing_is_said(self):
        for provider, fields in (
            ("shipbob", ["API Key", "Customer Number"]),
            ("shipmonk", ["API Key", "Customer Number"]),
            ("shiphero", ["API Secret"]),
        ):
            self.connection.write(
                {"provider": provider, "api_key": False, "account_ref": False, "api_secret": False}
            )
            with self.assertRaisesRegex(UserError, ", ".join(fields)):
                self.connection._get_wms_adapter()
            self.assertTrue(self.connection.can_announce)
            self.assertTrue(self.connection.can_webhook)
        self.connection.action_test_connection()
        self.assertEqual(self.connection.health, "bad")

    def test_the_sandbox_of_test_connections(self):
        for provider, addresses in (
            ("shipbob", ("https://sandbox-api.shipbob.com", "https://api.shipbob.com")),
            ("shipmonk", ("https://sandbox.shipmonk.dev", "https://api.shipmonk.com")),
        ):
            self.connection.write({"provider": provider, "api_key": "key", "account_ref": "1"})
            for environment, address in zip(("test", "production"), addresses, strict=True):
                self.connection.environment = environment
                self.assertEqual(self.connection._get_wms_adapter()._http.base_url, address)

    def test_the_form_asks_for_what_the_operator_needs(self):
        view = self.env["helloword.wms.connection"].get_view(view_type="form")
        field = etree.fromstring(view["arch"]).xpath("//field[@name='api_secret']")[0]
        for provider, is_hidden in (("shipbob", True), ("shipmonk", True), ("shiphero", False)):
            hidden = safe_eval(field.get("invisible"), {"provider": provider})
            self.assertEqual(hidden, is_hidden, provider)

    def test_credentials_are_for_administrators(self):
        manager = new_test_user(
            self.env, "wms manager", groups="helloword_returns.group_return_manager"
        )
        for name in ("api_key", "shipmonk_webhook_password"):
            with self.assertRaises(AccessError):
                self.connection.with_user(manager).read([name])
