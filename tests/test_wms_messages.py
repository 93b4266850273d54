"""Operators that call us are told at once: over HTTP, signed, again and again until they listen."""

import datetime
import socket
import ssl
import tempfile
import threading
import unittest
from datetime import timedelta
from decimal import Decimal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from odoo.addons.helloword_3pl.tests.common import WmsCommon
from odoo.addons.helloword_3pl.wms.api_contract import find_faults, read_contract
from odoo.addons.helloword_3pl.wms.base import Instruction
from odoo.addons.helloword_3pl.wms.operation import InstructTask
from odoo.addons.helloword_3pl.wms.webhook_sender import (
    Letter,
    UnsafeAddressError,
    check_url,
    send,
)
from odoo.addons.queue_job.tests.common import trap_jobs

from .peers.wms_receiver import WmsReceiverPeer

SECRET = "whsec_" + "A" * 32


@tagged("post_install", "-at_install")
class TestWmsMessages(WmsCommon):
    def setUp(self):
        super().setUp()
        self.peer = self.enterContext(WmsReceiverPeer())
        self.webhook = self._make_webhook(self.connection)

    def _make_webhook(self, connection, path="/inbox", **vals):
        webhook = self.env["helloword.wms.webhook"].create(
            {"connection_id": connection.id, "url": f"{self.peer.url}{path}", **vals}
        )
        self.peer.secret = webhook.secret
        return webhook

    def _get_topics(self):
        return [message["type"] for message in self.peer.messages.values()]

    def _wait_for(self, delivery):
        """Let the time of the next try come."""
        delivery.next_try_at = fields.Datetime.now() - timedelta(seconds=1)
        delivery._enqueue()

    def _sweep(self):
        with self.enter_registry_test_mode():
            self.env.ref("helloword_3pl.cron_sweep_wms_deliveries").method_direct_trigger()

    def test_told_of_a_return(self):
        ret = self._expect({self.product_standard: 1})
        ret.line_ids.quantity = 2
        ret.action_cancel()
        self.assertEqual(
            self._get_topics(), ["return.announced", "return.changed", "return.cancelled"]
        )
        message = next(iter(self.peer.messages.values()))
        self.assertEqual(message["data"]["number"], ret.name)
        self.assertTrue(message["data"]["url"].endswith(f"/wms/v1/returns/{ret.name}"))
        self.assertEqual(set(message["data"]), {"number", "revision", "url"}, "Nothing personal")
        self.assertEqual(
            set(self.webhook.delivery_ids.mapped("state")),
            {"delivered"},
            self.webhook.delivery_ids.mapped("error"),
        )
        self.assertEqual(self.peer.forged, [])
        for message in self.peer.messages.values():
            self.assertEqual(find_faults("ReturnMessage", message), [])

    def test_told_of_an_instruction(self):
        """It is sent whole: whoever gets it has nothing else to fetch."""
        ret = self._expect()
        instruction = Instruction(
            ref="I-1",
            number=ret.name,
            unit_ref="U-7",
            sku=self.product_standard.default_code,
            quantity=Decimal("2"),
            disposition="destroy",
        )
        task = InstructTask(0, self.connection.id, instruction)
        self.env["helloword.operation"]._schedule("wms_instruct", {ret: task})
        message = list(self.peer.messages.values())[-1]
        self.assertEqual(find_faults("InstructionMessage", message), [])
        self.assertEqual(message["data"]["quantity"], "2")
        self.assertEqual(message["data"]["disposition"], "destroy")

    def test_test(self):
        self.webhook.action_test()
        [message] = self.peer.messages.values()
        self.assertEqual(find_faults("TestMessage", message), [])

    def test_topics_are_described(self):
        topics = dict(self.env["helloword.wms.delivery"]._fields["topic"].selection)
        self.assertEqual(set(topics), set(read_contract()["webhooks"]))

    def test_each_operation_is_told_once(self):
        ret = self._expect()
        ret.wms_notice_ids.operation_ids.is_followed_up = False
        with self.assertRaisesRegex(Exception, "operation_uniq"), self.env.cr.savepoint():
            ret.wms_notice_ids.operation_ids._job_follow_up()
            self.env.flush_all()

    def test_only_what_was_asked_for(self):
        self.webhook.tells_changed = False
        ret = self._expect({self.product_standard: 1})
        ret.line_ids.quantity = 2
        self.assertEqual(self._get_topics(), ["return.announced"])
        with self.assertRaises(ValidationError):
            self.webhook.write(
                dict.fromkeys(("tells_announced", "tells_cancelled", "tells_instruction"), False)
            )

    def test_only_the_own_connection_is_told(self):
        other = self._make_connection("Other", self._make_warehouse("Other", "OTH", self.company))
        self._make_webhook(other)
        self.peer.secret = self.webhook.secret
        self._expect()
        self.assertEqual(len(self.peer.messages), 1)
        self.assertFalse(other.webhook_ids.delivery_ids)

    def test_many_at_once(self):
        self._make_returns(
            [(self.order, {self.product_standard: 1}) for _n in range(5)],
            warehouse_id=self.abroad,
        )
        self.assertEqual(self._get_topics(), ["return.announced"] * 5)

    def test_tried_again(self):
        self.peer.break_down("status", status=500, times=3)
        self._expect()
        delivery = self.webhook.sudo().delivery_ids
        self.assertEqual((delivery.state, delivery.status_code), ("waiting", 500))
        wait = delivery.next_try_at - fields.Datetime.now()
        self.assertLessEqual(wait, timedelta(seconds=5))
        self._wait_for(delivery)
        self.assertEqual(delivery.attempts, 2)
        self.assertGreater(delivery.next_try_at, fields.Datetime.now() + timedelta(minutes=4))
        self._wait_for(delivery)
        self._wait_for(delivery)
        self.assertEqual((delivery.state, delivery.attempts), ("delivered", 4))
        self.assertFalse(delivery.error)
        self.assertEqual(
            {call.headers["webhook-id"] for call in self.peer.calls}, {delivery.message_id}
        )

    def test_asked_to_wait(self):
        self.peer.break_down("status", status=429, headers={"Retry-After": "900"})
        self._expect()
        self.assertGreater(
            self.webhook.delivery_ids.next_try_at, fields.Datetime.now() + timedelta(minutes=14)
        )

    def test_lost_answer_is_sent_again_with_its_number(self):
        self.peer.break_down("lose_answer")
        self._expect()
        delivery = self.webhook.sudo().delivery_ids
        self.assertEqual((delivery.state, delivery.status_code), ("waiting", 0))
        self._wait_for(delivery)
        self.assertEqual(delivery.state, "delivered")
        self.assertEqual(len(self.peer.messages), 1)

    def test_lost_claim(self):
        self._expect()
        delivery = self.webhook.sudo().delivery_ids
        now = fields.Datetime.now()
        delivery.write({"state": "sending", "claimed_at": now})
        delivery._enqueue()
        self.assertEqual((delivery.state, delivery.attempts), ("sending", 1), "At work still")
        delivery.claimed_at = now - timedelta(minutes=6)
        with trap_jobs() as trap:
            self._sweep()
        self.assertEqual([job.recordset for job in trap.enqueued_jobs], [delivery])
        delivery._enqueue()
        self.assertEqual((delivery.state, delivery.attempts), ("delivered", 2))

    def test_redirects_are_not_followed(self):
        self.webhook.url = f"{self.peer.url}/elsewhere"
        self._expect()
        self.assertEqual(self.webhook.delivery_ids.status_code, 307)
        self.assertEqual(self.peer.messages, {})

    def test_switched_off_after_five_days(self):
        self.peer.break_down("status", times=99)
        self._expect()
        delivery = self.webhook.sudo().delivery_ids
        self.webhook.enabled_date = fields.Datetime.now() - timedelta(days=9)
        delivery.first_try_at = fields.Datetime.now() - timedelta(days=5, minutes=1)
        self._wait_for(delivery)
        self.assertEqual(delivery.state, "failed")
        self._sweep()
        self.assertTrue(self.webhook.disabled_date)
        self.assertTrue(self.connection.activity_ids)
        self._expect({self.product_average: 1})
        self.assertEqual(self.webhook.delivery_ids, delivery, "Nothing is sent there any more")
        self.peer.faults.clear()
        self.webhook.action_enable()
        self._sweep()
        self.assertFalse(self.webhook.disabled_date, "What failed before counts no more")
        delivery.action_resend()
        self.assertEqual(delivery.state, "delivered")

    def test_one_that_listens_otherwise_stays_on(self):
        self.peer.break_down("status")
        self._expect()
        delivery = self.webhook.sudo().delivery_ids
        self.webhook.enabled_date = fields.Datetime.now() - timedelta(days=9)
        delivery.first_try_at = fields.Datetime.now() - timedelta(days=5, minutes=1)
        self.webhook.action_test()
        self.peer.break_down("status")
        self._wait_for(delivery)
        self.assertEqual(delivery.state, "failed")
        self._sweep()
        self.assertFalse(self.webhook.disabled_date)

    def test_gone(self):
        self.peer.break_down("status", status=410)
        self._expect()
        self.assertEqual(self.webhook.delivery_ids.state, "failed")
        self._sweep()
        self.assertTrue(self.webhook.disabled_date)

    def test_new_secret(self):
        old = self.webhook.secret
        self.webhook.action_rotate_secret()
        self.assertNotEqual(self.webhook.secret, old)
        self._expect()
        self.assertEqual(len(self.peer.messages), 1, "The one before holds for a day")
        self.peer.secret = self.webhook.secret
        self._expect({self.product_average: 1})
        self.assertEqual(len(self.peer.messages), 2)
        self.peer.secret = old
        self.webhook.old_secret_ends = fields.Datetime.now()
        self._expect({self.product_average: 2})
        self.assertEqual(len(self.peer.forged), 1)

    def test_archived_is_told_nothing(self):
        self.peer.break_down("status")
        self._expect()
        self.webhook.active = False
        self._wait_for(self.webhook.sudo().delivery_ids)
        self.assertEqual(self.webhook.delivery_ids.state, "failed")
        self.assertEqual(self.peer.messages, {})

    def test_inner_addresses(self):
        self.connection.environment = "production"
        for url in (
            self.peer.url,
            "http://example.com/inbox",
            "https://localhost/inbox",
            "https://10.0.0.8/inbox",
            "ftp://example.com",
        ):
            with self.assertRaises(ValidationError, msg=url), self.env.cr.savepoint():
                self.webhook.url = url
        self.env.invalidate_all()
        self._expect()
        self.assertEqual(self.peer.calls, [], "What was entered for a test is not used now")
        self.assertEqual(self.webhook.delivery_ids.state, "waiting")

    def test_who_may_see_it(self):
        self._expect()
        manager = new_test_user(
            self.env,
            "wms_manager",
            groups="base.group_user,helloword_returns.group_return_manager",
        )
        webhook = self.webhook.with_user(manager)
        self.assertEqual(webhook.delivery_count, 1)
        webhook.delivery_ids.action_resend()
        self.assertEqual(webhook.delivery_ids.attempts, 1)
        with self.assertRaises(AccessError):
            webhook.read(["secret"])
        for action in (webhook.action_rotate_secret, webhook.action_enable, webhook.action_test):
            with self.assertRaises(AccessError):
                action()
        clerk = new_test_user(
            self.env, "wms_clerk", groups="base.group_user,helloword_returns.group_return_user"
        )
        with self.assertRaises(AccessError):
            self.webhook.delivery_ids.with_user(clerk).action_resend()

    def test_other_companies_do_not_see_it(self):
        self._expect()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        other = new_test_user(
            self.env,
            "wms_other",
            groups="base.group_system,helloword_returns.group_return_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for model in ("helloword.wms.webhook", "helloword.wms.delivery"):
            self.assertFalse(self.env[model].with_user(other).search([]))


class TestWmsSender(unittest.TestCase):
    """Where we send, and where not; no database."""

    def test_addresses(self):
        for url in (
            "https://wms.example.com/hook?tenant=7",
            "https://93.184.216.34/hook",
            "https://[2606:4700::1111]:8443/",
        ):
            check_url(url)
        for url in (
            "",
            "wms.example.com",
            "http://wms.example.com",
            "https://",
            "https://user:word@wms.example.com",
            "https://wms.example.com/#x",
            "https://wms.example.com:0/",
            "https://wms.example.com:99999/",
            "https://wms.example.com/a b",
            "https://wms.example.com/\r\nX: y",
            "https://127.0.0.1/",
            "https://169.254.169.254/latest",
            "https://192.168.1.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fd00::1]/",
            "https://224.0.0.1/",
        ):
            with self.assertRaises(UnsafeAddressError, msg=url):
                check_url(url)
        check_url("http://127.0.0.1:8080/", may_loopback=True)
        with self.assertRaises(UnsafeAddressError):
            check_url("http://10.0.0.1/", may_loopback=True)

    def test_name_of_an_inner_address(self):
        """Names count by the numbers they have, however innocent they look."""
        sent = send(Letter("https://localhost.localdomain/", "m", b"{}", (SECRET,)))
        self.assertEqual(sent.status, 0)
        self.assertTrue(sent.error)

    def test_nobody_there(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        sent = send(Letter(f"http://127.0.0.1:{port}/", "m", b"{}", (SECRET,), may_loopback=True))
        self.assertIn("cannot be reached", sent.error)

    def test_certificate_is_the_names(self):
        """The connection goes to a number, the certificate must be the name's."""
        with _SecureServer("localhost") as server:
            sent = self._send_to(server, "localhost")
            self.assertEqual((sent.status, sent.error), (200, ""))
            sent = self._send_to(server, "127.0.0.1")
            self.assertIn("SSL", sent.error)
            sent = send(Letter(f"https://localhost:{server.port}/", "m", b"{}", (SECRET,), True))
            self.assertIn("SSL", sent.error, "Nobody we trust signed it")

    def _send_to(self, server, host):
        letter = Letter(f"https://{host}:{server.port}/x?y=1", "m", b"{}", (SECRET,), True)
        return send(letter, ca_file=server.certificate)


class _SecureServer:
    """Answers 200 behind TLS with a certificate of its own for one name."""

    def __init__(self, name):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self._file = tempfile.NamedTemporaryFile(suffix=".pem")
        self._file.write(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self._file.flush()
        self.certificate = self._file.name
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate)

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_exc):
        self._listener.close()
        self._file.close()

    def _serve(self):
        while True:
            try:
                plain, _address = self._listener.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(plain, server_side=True) as secure:
                    chunk = b"-"
                    while chunk and not chunk.endswith(b"{}"):
                        chunk = secure.recv(65536)
                    secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            except OSError:
                continue
