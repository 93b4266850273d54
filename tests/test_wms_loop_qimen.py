"""What a warehouse pushes by Qimen, over HTTP: its parameters stand in the address."""

import json

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.helloword_3pl.tests.common import WmsCommon

from .peers.case import PeerMixin
from .peers.qimen import QimenPeer

LINE = (
    "<orderLine><itemCode>TEE-M</itemCode><inventoryType>{}</inventoryType><planQty>2</planQty>"
    "<actualQty>1</actualQty></orderLine>"
)


@tagged("post_install", "-at_install")
class TestWmsLoopQimen(PeerMixin, WmsCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(QimenPeer())
        self.connection.write(
            {
                "provider": "qimen",
                "api_key": self.peer.app_key,
                "api_secret": self.peer.secret,
                "account_ref": self.peer.customer_id,
                "qimen_owner_code": self.peer.owner_code,
                "base_url": self.peer.url,
                # Nothing is announced here.
                "announce_when": "first_scan",
            }
        )
        self.env["helloword.wms.sku"].create(
            {
                "connection_id": self.connection.id,
                "product_id": self.product_standard.id,
                "sku": "TEE-M",
            }
        )
        self.ret = self._expect({self.product_standard: 2})

    def _send(self, query, body, kind="text/xml;charset=utf-8"):
        self.env.flush_all()
        token = self.connection.sudo().webhook_token
        answer = self.opener.post(
            f"{self.base_url()}/helloword/wms/webhook/{token}",
            params=query,
            data=body,
            headers={"Content-Type": kind},
            timeout=30,
        )
        self.env.invalidate_all()
        return answer

    def test_parts_are_kept_once(self):
        for kind, message in (("ZP", "M1"), ("ZP", "M1"), ("CC", "M2")):
            text = self.peer.confirm(self.ret.name, LINE.format(kind), message)
            answer = self._send(*self.peer.push(text))
            self.assertEqual(answer.status_code, 200, answer.text)
            self.assertIn("xml", answer.headers["Content-Type"])
            self.assertIn("<flag>success</flag>", answer.text)
        events = self.env["helloword.wms.event"].search([("return_id", "=", self.ret.id)])
        self.assertEqual(sorted(events.mapped("repeats")), [0, 1])
        # What follows from them is worked by jobs.
        units = {
            (unit.condition, unit.disposition, int(unit.quantity))
            for event in events
            for unit in event._get_typed().units
        }
        self.assertEqual(units, {("good", "restock", 1), ("defective", "quarantine", 1)})

    def test_json_is_answered_in_json(self):
        content = {
            "returnOrder": {"returnOrderCode": self.ret.name, "outBizCode": "J1"},
            "orderLines": [{"itemCode": "TEE-M", "actualQty": 2}],
        }
        query, body = self.peer.push(json.dumps({"request": content}), "json")
        answer = self._send(query, body, "application/json")
        self.assertEqual(answer.json()["response"]["flag"], "success")
        event = self.env["helloword.wms.event"].search([("return_id", "=", self.ret.id)])
        self.assertEqual([int(unit.quantity) for unit in event._get_typed().units], [2])

    @mute_logger("odoo.addons.helloword_3pl.controllers.wms_webhook")
    def test_forged_and_unreadable(self):
        query, body = self.peer.push(self.peer.confirm(self.ret.name, LINE.format("ZP")))
        self.assertEqual(self._send(query, body + b" ").status_code, 401)
        self.assertEqual(self._send({**query, "sign": ""}, body).status_code, 401)
        wrong = self.peer.confirm(self.ret.name, LINE.format("ZP").replace(">1<", ">-1<"))
        self.assertEqual(self._send(*self.peer.push(wrong)).status_code, 422)
        self.assertFalse(self.env["helloword.wms.event"].search([("return_id", "=", self.ret.id)]))
