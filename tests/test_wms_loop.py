"""The whole loop with a warehouse of others: told by itself, asked by itself, and its messages over
HTTP."""

from odoo.tests import HttpCase, tagged

from odoo.addons.helloword_3pl.tests.common import WmsCommon

from .peers.case import PeerMixin
from .peers.shipbob import ShipbobPeer


@tagged("post_install", "-at_install")
class TestWmsLoop(PeerMixin, WmsCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(ShipbobPeer())
        self.connection.write(
            {
                "provider": "shipbob",
                "base_url": self.peer.url,
                "api_key": self.peer.token,
                "account_ref": str(self.peer.channel_id),
                "webhook_secret": self.peer.webhook_secret,
                "fee_currency_id": self.env.ref("base.USD").id,
            }
        )
        self.connection.site_ids.code = "22"
        self.env["helloword.wms.sku"].create(
            {
                "connection_id": self.connection.id,
                "product_id": self.product_standard.id,
                "sku": "9557855",
            }
        )
        self.ret = self._expect({self.product_standard: 2})
        self.notice = self.ret.wms_notice_ids

    def _poll(self):
        self.connection.next_poll_date = False
        self.env["helloword.wms.connection"]._cron_poll()
        self.env.invalidate_all()

    def _send(self, headers, body, token=None):
        self.env.flush_all()
        token = token or self.connection.sudo().webhook_token
        answer = self.url_open(
            f"/helloword/wms/webhook/{token}",
            data=body,
            headers={"Content-Type": "application/json", **headers},
            method="POST",
        )
        self.env.invalidate_all()
        return answer

    def test_told_by_itself(self):
        self.assertEqual(self.notice.state, "known", self.notice.error)
        self.assertTrue(self.notice.external_ref)
        self.assertEqual(self.peer.breaches, [])

    def test_asked_by_itself(self):
        self.peer.arrive(self.ret.name)
        self.peer.process(self.ret.name, 9557855, "Restock")
        self.peer.process(self.ret.name, 9557855, "Dispose", reason="Torn")
        self.peer.complete(self.ret.name)
        self._poll()
        self.assertFalse(self.connection.poll_error)
        self.assertEqual(self.ret.line_ids.quantity_received, 2)
        self.assertEqual(
            sorted(self.ret.inspection_ids.mapped("disposition")), ["destroy", "restock"]
        )
        self.assertEqual(self.ret.goods_state, "processed")
        self.assertTrue(self.connection.next_poll_date > self.connection.polled_date)
        count = self.env["helloword.wms.event"].search_count([("return_id", "=", self.ret.id)])
        self._poll()
        self.assertEqual(
            self.env["helloword.wms.event"].search_count([("return_id", "=", self.ret.id)]), count
        )

    def test_messages_over_http(self):
        self.peer.arrive(self.ret.name)
        self.peer.process(self.ret.name, 9557855, "Restock")
        self.peer.process(self.ret.name, 9557855, "Restock")
        headers, body = self.peer.notify(self.ret.name)
        self.assertEqual(self._send(headers, body).status_code, 200)
        self.assertEqual(self._send(headers, body).status_code, 200, "It came again")
        events = self.env["helloword.wms.event"].search([("return_id", "=", self.ret.id)])
        self.assertEqual(events.mapped("repeats"), [1])
        self.assertEqual(self._send(headers, body + b" ").status_code, 401)
        self.assertEqual(self._send(headers, body, token="0" * 32).status_code, 404)

    def test_warehouse_out_of_reach(self):
        self.connection.base_url = "http://127.0.0.1:9"
        self._poll()
        self.assertEqual((self.connection.poll_failures, self.connection.health), (1, "bad"))
        self.assertTrue(self.connection.next_poll_date)
        self.connection.base_url = self.peer.url
        self._poll()
        self.assertEqual((self.connection.poll_failures, self.connection.health), (0, "good"))

    def test_told_when_nothing_comes(self):
        self.ret.action_cancel()
        self.assertEqual(self.notice.state, "cancelled", self.notice.error)
