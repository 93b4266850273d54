"""Returns at the warehouses of Chinese operators, through the product and over HTTP."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from odoo.addons.helloword_3pl.tests.common import WmsCommon

from .peers.case import PeerMixin
from .peers.fpx import FpxPeer
from .peers.goodcang import GoodcangPeer
from .peers.qimen import QimenPeer
from .peers.winit import WinitPeer


@tagged("post_install", "-at_install")
class TestWmsProvidersChina(PeerMixin, WmsCommon):
    def _connect(self, url, code, **vals):
        """The warehouse abroad, run by an operator."""
        self.connection.write({"base_url": url, **vals})
        self.connection.site_ids.code = code
        self.connection.action_test_connection()
        self.assertEqual(self.connection.health, "good", self.connection.test_error)
        self.env["helloword.wms.sku"].create(
            {
                "connection_id": self.connection.id,
                "product_id": self.product_standard.id,
                "sku": "TEE-M",
            }
        )
        return self.connection._get_wms_adapter()

    def _approve(self):
        """An approved return of two units, which its warehouse knows.

        :return: tuple (the return, the operator's number of it)
        """
        self.order.partner_id.write(
            {
                "phone": "+14155550100",
                "street": "1 Market St",
                "city": "San Francisco",
                "zip": "94105",
                "country_id": self.env.ref("base.us").id,
                "state_id": self.env.ref("base.state_us_5").id,
            }
        )
        ret = self._expect()
        notice = ret.wms_notice_ids
        self.assertEqual(notice.state, "known", notice.error)
        return ret, notice.external_ref

    def _poll(self, adapter):
        """:return: (result, code) of each event of a round"""
        page = adapter.fetch()
        results = self._take(*page.events, source="poll")
        while page.has_more:
            page = adapter.fetch(page.cursor)
            results += self._take(*page.events, source="poll")
        return results

    def _get_units(self, ret, kind="return.reported"):
        rows = self.env["helloword.wms.event"].search(
            [("return_id", "=", ret.id), ("type", "=", kind)], order="id desc"
        )
        self.assertEqual(set(rows.mapped("state")), {"done"}, rows.mapped("message"))
        units = rows[:1]._get_typed().units
        return {(unit.disposition, int(unit.quantity)) for unit in units}

    def test_goodcang(self):
        peer = self.enterContext(GoodcangPeer())
        adapter = self._connect(
            peer.url,
            "USEA",
            provider="goodcang",
            api_key=peer.app_key,
            api_secret=peer.app_token,
        )
        ret, code = self._approve()
        self.assertEqual(peer.returns[code]["announced"], [{"product_sku": "TEE-M", "num": 2}])
        self.assertEqual(self._poll(adapter), [])
        peer.count(code, "TEE-M", "sellable", 1)
        peer.count(code, "TEE-M", "unsellable", 1)
        self.assertEqual(self._poll(adapter), [("accepted", "")] * 2)
        self.assertEqual(self._poll(adapter), [("duplicate", "")] * 2)
        self.assertEqual(self._get_units(ret), {("restock", 1), ("quarantine", 1)})

    def test_winit(self):
        peer = self.enterContext(WinitPeer())
        adapter = self._connect(
            peer.url,
            "US0001",
            provider="winit",
            api_key=peer.app_key,
            api_secret=peer.token,
            winit_client_id=peer.client_id,
            winit_client_secret=peer.client_secret,
        )
        ret, number = self._approve()
        peer.set(number, "OC", peer.find("TEE-M", 2, method="SA"))
        self.assertEqual(self._poll(adapter), [("accepted", "")] * 2)
        self.assertEqual(self._poll(adapter), [("duplicate", "")] * 2)
        self.assertEqual(self._get_units(ret), {("restock", 2)})

    def test_qimen(self):
        peer = self.enterContext(QimenPeer())
        adapter = self._connect(
            peer.url + "/router/qimen/service",
            "HZ01",
            provider="qimen",
            api_key=peer.app_key,
            api_secret=peer.secret,
            account_ref=peer.customer_id,
            qimen_owner_code=peer.owner_code,
        )
        ret, number = self._approve()
        self.assertEqual(peer.returns[ret.name]["id"], number)
        lines = (
            "<orderLine><itemCode>TEE-M</itemCode><inventoryType>{}</inventoryType>"
            "<planQty>2</planQty><actualQty>1</actualQty></orderLine>"
        )
        for kind, message, result in (
            ("ZP", "M1", "accepted"),
            ("ZP", "M1", "duplicate"),
            ("CC", "M2", "accepted"),
        ):
            query, body = peer.push(peer.confirm(ret.name, lines.format(kind), message))
            adapter.verify_webhook({}, body, query)
            told = adapter.parse_webhook({}, body)
            self.assertEqual(self._take(*told, source="webhook"), [(result, "")])
        self.assertEqual(self._get_units(ret, "unit.inspected"), {("quarantine", 1)})
        self.assertEqual(ret.line_ids.quantity_received, 2.0)

    def test_fpx(self):
        peer = self.enterContext(FpxPeer())
        adapter = self._connect(
            peer.url,
            "USLAXA",
            provider="fpx",
            api_key=peer.app_key,
            api_secret=peer.secret,
            fpx_service="CS",
        )
        ret, number = self._approve()
        peer.work(number, "PUT_AWAY_SUCCESS", TEE_M=2)
        # 4PX does not tell our number, its own is enough.
        self.assertEqual(self._poll(adapter), [("accepted", "")] * 2)
        self.assertEqual(self._poll(adapter), [("duplicate", "")] * 2)
        self.assertEqual(self._get_units(ret), {("restock", 2)})

    def test_a_lost_answer_is_looked_for_and_a_change_reaches_the_warehouse(self):
        peer = self.enterContext(GoodcangPeer())
        self._connect(
            peer.url,
            "USEA",
            provider="goodcang",
            api_key=peer.app_key,
            api_secret=peer.app_token,
        )
        peer.break_down("lose_answer", path="create")
        ret = self._expect()
        notice = ret.wms_notice_ids
        self.assertEqual(notice.operation_ids.state, "unknown")
        notice.operation_ids.action_look_up()
        self.assertEqual((notice.state, len(peer.returns)), ("known", 1), notice.error)
        ret.line_ids.quantity = 1
        self.assertEqual(peer.returns[notice.external_ref]["announced"][0]["num"], 1)
        ret.action_cancel()
        self.assertEqual(peer.returns[notice.external_ref]["asro_status"], "6")
        self.assertEqual(notice.state, "cancelled", notice.error)

    def test_what_is_missing_is_said(self):
        for provider, fields in (
            ("goodcang", "API Key, API Secret, Address of the Service"),
            ("winit", "API Key, API Secret, Client ID, Client Secret"),
            ("fpx", "API Key, API Secret, Service for Returns"),
            ("qimen", "API Key, API Secret, Customer Number, Owner Code"),
        ):
            self.connection.provider = provider
            with self.assertRaisesRegex(UserError, fields):
                self.connection._get_wms_adapter()
            self.assertTrue(self.connection.can_announce)
            self.assertEqual(self.connection.can_webhook, provider == "qimen")
            self.assertEqual(self.connection.can_poll, provider != "qimen")

    def test_test_connections_never_reach_production(self):
        self.connection.write(
            {
                "api_key": "key",
                "api_secret": "secret",
                "account_ref": "1",
                "winit_client_id": "1",
                "winit_client_secret": "1",
                "fpx_service": "CS",
                "qimen_owner_code": "US",
            }
        )
        for provider, test, production in (
            (
                "winit",
                "https://sandboxopenapi.winit.com.cn",
                "https://openapi.winit.com.cn",
            ),
            ("fpx", "https://open-test.4px.com", "https://open.4px.com"),
            (
                "qimen",
                "https://qimenapi.tbsandbox.com/router/qimen/service",
                "https://qimen.api.taobao.com/router/qimen/service",
            ),
        ):
            self.connection.provider = provider
            for environment, address in (("test", test), ("production", production)):
                self.connection.environment = environment
                self.assertEqual(self.connection._get_wms_adapter()._http.base_url, address)
        self.connection.write({"provider": "goodcang", "environment": "production"})
        self.assertEqual(
            self.connection._get_wms_adapter()._http.base_url,
            "https://oms.goodcang.net/public_open",
        )

    def test_codes_of_treatments(self):
        self.connection.treatment_ids = [
            (0, 0, {"disposition": "destroy", "code": " 3 "}),
            (0, 0, {"disposition": "restock", "code": "1"}),
        ]
        codes = self.connection._get_treatment_codes()
        self.assertEqual(codes, {"destroy": "3", "restock": "1"})
        with self.assertRaises(ValidationError):
            self.connection.goodcang_photos = -1
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.connection.treatment_ids = [(0, 0, {"disposition": "destroy", "code": "4"})]

    def test_who_may_do_what(self):
        manager = new_test_user(
            self.env, "wms cn manager", groups="helloword_returns.group_return_manager"
        )
        user = new_test_user(self.env, "wms cn user", groups="helloword_returns.group_return_user")
        for name in ("winit_client_secret", "fpx_access_token"):
            with self.assertRaises(AccessError):
                self.connection.with_user(manager).read([name])
        vals = {"connection_id": self.connection.id, "disposition": "destroy", "code": "3"}
        treatment = self.env["helloword.wms.treatment"].with_user(manager).create(vals)
        self.assertEqual(treatment.with_user(user).code, "3")
        with self.assertRaises(AccessError):
            treatment.with_user(user).code = "4"
        stranger = new_test_user(
            self.env,
            "wms cn stranger",
            groups="helloword_returns.group_return_manager",
            company_id=self.env["res.company"].create({"name": "Elsewhere"}).id,
        )
        self.assertFalse(
            self.env["helloword.wms.treatment"]
            .with_user(stranger)
            .search([("id", "=", treatment.id)])
        )
