"""Files of warehouses over SFTP: a real server on loopback."""

import io
import os
import socket
import time
from datetime import UTC, datetime, timedelta
from unittest import TestCase

import paramiko
from odoo.tools import mute_logger

from odoo.addons.helloword_3pl.wms.base import ExpectedReturn
from odoo.addons.helloword_3pl.wms.file import FileAdapter
from odoo.addons.helloword_3pl.wms.file_report import FileSettings
from odoo.addons.helloword_3pl.wms.file_sftp import SftpStore, read_host_key, read_private_key
from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)

from .peers.sftp import SftpPeer

HEAD = "event_id,return_number,sku,quantity,condition\r\n"
EXPECTED = ExpectedReturn(number="RET/2026/00001", revision=1)
NAME = "expected_RET_2026_00001_r0001.csv"


class TestWmsSftp(TestCase):
    def setUp(self):
        self.enterContext(mute_logger("paramiko.transport", "paramiko.transport.sftp"))
        self.peer = self.enterContext(SftpPeer())

    def store(self, **options):
        options = {"password": self.peer.password, "host_key": self.peer.fingerprint} | options
        return SftpStore(self.peer.host, self.peer.port, self.peer.user, **options)

    def adapter(self, now=None, **options):
        return FileAdapter(self.store(**options), FileSettings(), now=now)

    def test_there_and_back(self):
        adapter = self.adapter()
        adapter.check()
        self.assertEqual(self.peer.names("done"), [])
        adapter.announce(EXPECTED, "k")
        self.assertEqual(self.peer.names("out"), [NAME])
        self.assertTrue(adapter.find(EXPECTED))
        path = self.peer.root / "in" / "a.csv"
        path.write_text(HEAD + "E1,RET/1,A,1,new\r\n" * 5)
        # The clock of the server may be wrong: a file must look the same twice.
        os.utime(path, (time.time() - 9999,) * 2)
        page = adapter.fetch()
        self.assertEqual((page.events, page.has_more), ((), False))
        later = datetime.now(UTC) + timedelta(seconds=40)
        adapter = self.adapter(later)
        page = adapter.fetch(page.cursor)
        self.assertEqual(len(page.events), 5)
        self.assertEqual(self.peer.names("in"), ["a.csv"])
        page = adapter.fetch(page.cursor)
        self.assertEqual((self.peer.names("in"), self.peer.names("done")), ([], ["a.csv"]))
        self.assertFalse(page.has_more)

    def test_file_that_grows_is_left(self):
        self.adapter().check()
        path = self.peer.root / "in" / "a.csv"
        path.write_text(HEAD)
        now = datetime.now(UTC)
        cursor = self.adapter(now).fetch().cursor
        with path.open("a") as file:
            file.write("E1,RET/1,A,1,new\r\n")
        page = self.adapter(now + timedelta(seconds=40)).fetch(cursor)
        self.assertEqual(page.events, ())
        page = self.adapter(now + timedelta(seconds=80)).fetch(page.cursor)
        self.assertEqual(len(page.events), 1)

    def test_folder_of_the_server(self):
        (self.peer.root / "customers" / "us").mkdir(parents=True)
        self.adapter(path="/customers/us").announce(EXPECTED, "k")
        self.assertEqual(self.peer.names("customers/us/out"), [NAME])
        with self.assertRaisesRegex(RejectedError, "no folder"):
            self.adapter(path="/customers/eu").check()

    def test_key_of_the_server(self):
        with self.assertRaises(RejectedError) as unknown:
            self.adapter(host_key="").check()
        self.assertIn(self.peer.fingerprint, str(unknown.exception))
        other = paramiko.ECDSAKey.generate()
        for host_key in (other.fingerprint, f"{other.get_name()} {other.get_base64()}"):
            with (
                self.subTest(host_key),
                self.assertRaisesRegex(RejectedError, "another key") as wrong,
            ):
                self.adapter(host_key=host_key).announce(EXPECTED, "k")
            self.assertIn(self.peer.fingerprint, str(wrong.exception))
        # As ssh-keyscan writes it.
        line = f"[127.0.0.1]:22 {self.peer.host_key.get_name()} {self.peer.host_key.get_base64()}"
        self.adapter(host_key=line).check()
        self.assertFalse((self.peer.root / "out" / NAME).exists())
        self.assertIsNone(read_host_key("trust me"))

    def test_who_may_log_in(self):
        with self.assertRaisesRegex(RejectedError, "does not let"):
            self.adapter(password="wrong").check()
        for password in ("", "of the key"):
            self.peer.user_key = paramiko.RSAKey.generate(2048)
            stream = io.StringIO()
            self.peer.user_key.write_private_key(stream, password or None)
            with self.subTest(password):
                text = stream.getvalue()
                self.adapter(private_key=text, password=password).check()
                if password:
                    with self.assertRaisesRegex(RejectedError, "has a password"):
                        read_private_key(text)
        with self.assertRaisesRegex(RejectedError, "no private key"):
            self.adapter(private_key="-----BEGIN NOTHING-----").check()
        with self.assertRaisesRegex(RejectedError, "does not let"):
            other = io.StringIO()
            paramiko.ECDSAKey.generate().write_private_key(other)
            self.adapter(private_key=other.getvalue()).check()

    def test_connection_lost_within_an_upload(self):
        self.adapter().check()
        self.peer.lose = {"write": 100}
        with self.assertRaises(TemporaryError):
            self.adapter().announce(EXPECTED, "k")
        self.assertEqual(self.peer.names("out"), [f"{NAME}.tmp"])
        self.assertIsNone(self.adapter().find(EXPECTED))
        self.adapter().announce(EXPECTED, "k")
        self.assertEqual(self.peer.names("out"), [NAME])

    def test_connection_lost_when_it_appears(self):
        self.adapter().check()
        for act, is_there in (("rename", False), ("after rename", True)):
            with self.subTest(act):
                self.peer.lose = {act: 0}
                with self.assertRaises(UnknownOutcomeError):
                    self.adapter().announce(EXPECTED, "k")
                self.assertEqual(bool(self.adapter().find(EXPECTED)), is_there)
        self.adapter().announce(EXPECTED, "k")
        self.assertEqual(self.peer.names("out"), [NAME])

    def test_connection_lost_before_a_file_is_put_away(self):
        self.adapter().check()
        (self.peer.root / "in" / "a.csv").write_text(HEAD + "E1,RET/1,A,1,new\r\n")
        now = datetime.now(UTC)
        cursor = self.adapter(now).fetch().cursor
        told = self.adapter(now + timedelta(seconds=40)).fetch(cursor)
        self.peer.lose = {"rename": 0}
        with self.assertRaises(TemporaryError):
            self.adapter().fetch(told.cursor)
        self.assertEqual(self.adapter().fetch(told.cursor).events, ())
        self.assertEqual(self.peer.names("done"), ["a.csv"])

    def test_server_that_does_not_replace(self):
        self.peer.replaces = False
        for _time in range(2):
            self.adapter().announce(EXPECTED, "k")
        self.assertEqual(self.peer.names("out"), [NAME])

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
        store = SftpStore("127.0.0.1", port, "user", "word", self.peer.fingerprint)
        with self.assertRaisesRegex(TemporaryError, "cannot be reached"):
            FileAdapter(store, FileSettings()).check()

    def test_links_are_no_files(self):
        self.adapter().check()
        (self.peer.root / "secret.csv").write_text(HEAD + "E1,RET/1,A,1,new\r\n")
        (self.peer.root / "in" / "a.csv").symlink_to(self.peer.root / "secret.csv")
        with self.store().open() as store:
            self.assertEqual(store.list("in"), [])
            with self.assertRaises(RejectedError):
                store.load("in", "a.csv", 100)
