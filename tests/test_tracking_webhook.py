"""Messages of EasyPost over HTTP: right, forged, replayed, late, and about nobody's parcel."""

import json
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.helloword_returns.controllers.label_webhook import MESSAGE_LIMIT
from odoo.addons.helloword_returns.tests.common_label import LabelsCommon

from .peers.case import PeerMixin
from .peers.easypost import EasyPostPeer


@tagged("post_install", "-at_install")
class TestTrackingWebhook(PeerMixin, LabelsCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(EasyPostPeer())
        self.account = self._make_easypost(self.company)
        self.customer.write({"country_id": self._country("US").id})
        self.label = self._make_label(refund_trigger="first_scan")
        self.assertEqual(self.label.state, "bought", self.label.error)

    def _make_easypost(self, company):
        return self._make_account(
            "EasyPost",
            provider="easypost",
            company_id=company.id,
            api_key=self.peer.api_key,
            webhook_secret=self.peer.webhook_secret,
            base_url=self.peer.url,
            currency_id=self.env.ref("base.USD").id,
        )

    def _move(self, status, hours, **where):
        """:return: (headers, body) of the message about something hours ago"""
        moment = fields.Datetime.now().replace(microsecond=0) - timedelta(hours=hours)
        return self.peer.move(self.label.tracking_number, status, f"{moment.isoformat()}Z", **where)

    def _send(self, headers, body, account=None):
        self.env.flush_all()
        path = (account or self.account).sudo().webhook_url.partition("/helloword/")[2]
        answer = self.url_open(
            f"/helloword/{path}",
            data=body,
            headers={"Content-Type": "application/json", **headers},
            method="POST",
        )
        self.env.invalidate_all()
        return answer

    def _get_notices(self):
        return self.env["helloword.label.notice"].search(
            [("account_id.company_id", "in", (self.company | self.company_2).ids)], order="id"
        )

    def _work(self):
        """The jobs the messages left."""
        jobs = (
            self.env["queue.job"]
            .sudo()
            .search([("model_name", "=", "helloword.label.notice"), ("state", "=", "pending")])
        )
        self.assertLessEqual(set(jobs.mapped("channel")), {"root.helloword.tracking"})
        notices = self._get_notices()
        notices.sudo()._job_work()
        return notices

    def test_right(self):
        answer = self._send(*self._move("in_transit", 2, city="Austin"))
        self.assertEqual((answer.status_code, answer.content), (200, b""))
        notice = self._get_notices()
        self.assertEqual((notice.state, self.label.tracking_status), ("waiting", False))
        self._work()
        self.assertEqual((notice.state, notice.label_id), ("done", self.label), notice.error)
        self.assertEqual(self.label.tracking_status, "in_transit")
        self.assertEqual(self.label.event_ids.source, "webhook")
        self.assertEqual(self.label.eta_source, "carrier")
        ret = self.label.return_id
        self.assertEqual((ret.goods_state, ret.refund_state), ("transit", "due"))
        self.assertIn("Austin", notice.body_text)
        self.assertEqual(list(notice.headers), ["X-Hmac-Signature"])

    def test_replayed(self):
        message = self._move("in_transit", 2)
        for _time in range(3):
            self.assertEqual(self._send(*message).status_code, 200)
        notice = self._work()
        self.assertEqual((len(notice), notice.repeats), (1, 2))
        self.assertEqual(self._send(*message).status_code, 200)
        self._work()
        self.assertEqual(len(self.label.event_ids), 1)

    def test_out_of_order(self):
        early = self._move("in_transit", 20)
        late = self._move("delivered", 2)
        self._send(*late)
        self._send(*early)
        self._work()
        self.assertEqual(self.label.tracking_status, "delivered")
        self.assertEqual(len(self.label.event_ids), 2)

    def test_forged(self):
        headers, body = self._move("delivered", 2)
        changed = body.replace(b"delivered", b"in_transit")
        for given in (
            {"X-Hmac-Signature": "hmac-sha256-hex=" + "0" * 64},
            {"X-Hmac-Signature": "ä"},
            {},
        ):
            given = {name: value.encode() for name, value in given.items()}
            answer = self._send(given, body)
            self.assertEqual((answer.status_code, answer.content), (401, b""))
        self.assertEqual(self._send(headers, changed).status_code, 401)
        notices = self._get_notices()
        self.assertEqual(set(notices.mapped("state")), {"forged"})
        notices.sudo()._job_work()
        self.assertFalse(self.label.event_ids)
        self.assertEqual(self._send(headers, body).status_code, 200, "Its number is not used up")

    def test_secret_corrected(self):
        self.account.webhook_secret = "wrong"
        message = self._move("in_transit", 2)
        self.assertEqual(self._send(*message).status_code, 401)
        notice = self._get_notices()
        notice.action_work_again()
        self.assertEqual(notice.state, "forged")
        self.account.webhook_secret = self.peer.webhook_secret
        notice.action_work_again()
        self.assertEqual(notice.state, "done", notice.error)
        self.assertEqual(self.label.tracking_status, "in_transit")

    def test_unknown_number(self):
        message = self._move("in_transit", 2)
        number, reference = self.label.tracking_number, self.label.provider_ref
        self.label.write({"tracking_number": "TYPO", "provider_ref": "shp_other"})
        self.assertEqual(self._send(*message).status_code, 200)
        notice = self._work()
        self.assertEqual((notice.state, notice.tracking_number), ("stray", number))
        self.assertIn(number, notice.error)
        self.label.write({"tracking_number": number, "provider_ref": reference})
        notice.action_work_again()
        self.assertEqual((notice.state, notice.error), ("done", False))

    def test_reused_number(self):
        self._send(*self._move("delivered", 24 * 200))
        notice = self._work()
        self.assertEqual((notice.state, notice.label_id), ("foreign", self.label))
        self.assertFalse(self.label.tracking_status)

    def test_unreadable(self):
        broken = {"object": "Tracker", "tracking_details": [5]}
        for content in ({"result": broken}, {"result": "x"}):
            self.assertEqual(self._send(*self.peer.sign(content)).status_code, 200)
        self.assertEqual(self._send(*self.peer.sign({"description": "x"})).status_code, 200)
        self._work()
        self.assertEqual(self._get_notices().mapped("state"), ["failed", "failed", "ignored"])

    def test_void_settled(self):
        self.label.with_context(queue_job__no_delay=True).action_void()
        self.assertEqual(self.label.state, "voiding")
        self._send(*self.peer.settle_refund(self.label.provider_ref, "refunded"))
        self._work()
        self.assertEqual(self.label.state, "voided")

    def test_addresses(self):
        message = self._move("in_transit", 2)
        self.env.flush_all()
        unknown = self.url_open(
            "/helloword/label/webhook/nobody", data=message[1], headers=message[0], method="POST"
        )
        self.assertEqual((unknown.status_code, unknown.content), (404, b""))
        got = self.url_open(f"/helloword/label/webhook/{self.account.webhook_token}")
        self.assertEqual(got.status_code, 405)
        self.account.active = False
        self.assertEqual(self._send(*message).status_code, 404)
        self.assertFalse(self._get_notices())

    def test_too_long(self):
        answer = self._send(*self.peer.sign({"x": "y" * MESSAGE_LIMIT}))
        self.assertEqual(answer.status_code, 413)
        self.assertFalse(self._get_notices())

    def test_other_company_has_other_parcels(self):
        other = self._make_easypost(self.company_2)
        self.assertEqual(self._send(*self._move("in_transit", 2), account=other).status_code, 200)
        notice = self._work()
        self.assertEqual((notice.state, notice.company_id), ("stray", self.company_2))
        self.assertFalse(self.label.event_ids)

    def test_flood_of_forgeries(self):
        for _number in range(200):
            self.env["helloword.request.limit"]._take("label_forged", str(self.account.id))
        self.assertEqual(self._send({}, b"{}").status_code, 429)
        self.assertFalse(self._get_notices())

    def test_secrets_stay(self):
        self._send(*self._move("in_transit", 2))
        kept = json.dumps(self._get_notices().read(), default=str)
        self.assertNotIn(self.peer.webhook_secret, kept)
        self.assertNotIn(self.peer.api_key, kept)
