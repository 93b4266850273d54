"""Providers that send us elsewhere: into our own network, or with our keys to another host."""

import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from odoo.addons.helloword_returns.providers.base import (
    RejectedError,
    TemporaryError,
    UnknownOutcomeError,
)
from odoo.addons.helloword_returns.providers.http import HttpSession, is_inner_host


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.headers.get("Host"), self.headers.get("X-Key")))
        target = self.server.targets.get(self.path)
        self.send_response(302 if target else 200)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_GET

    def log_message(self, *args):
        """Tests are quiet."""


class TestHttpElsewhere(unittest.TestCase):
    def setUp(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        port = self.server.server_port
        self.url, self.other = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
        self.server.seen = []
        self.server.targets = {
            "/same": "/here",
            "/other": f"{self.other}/here",
            "/plain": "http://example.com/here",
            "/inner": "http://169.254.169.254/here",
        }
        self.session = HttpSession(self.url, headers={"X-Key": "secret"}, retries=0)

    def test_same_host(self):
        self.assertEqual(self.session.get("/same").status_code, 200)

    def test_other_hosts_do_not_see_the_key(self):
        for path in ("/other", "/plain", "/inner"):
            with self.assertRaises(TemporaryError):
                self.session.get(path)
            with self.assertRaises(UnknownOutcomeError):
                self.session.post(path)
        self.assertEqual({host for host, _key in self.server.seen}, {self.url[7:]})

    def test_files_are_loaded_without_the_key(self):
        self.assertEqual(self.session.load(f"{self.url}/here").content, b"{}")
        self.assertEqual(self.server.seen, [(self.url[7:], None)])
        for path in ("/plain", "/inner"):
            with self.assertRaises(TemporaryError):
                self.session.load(f"{self.url}{path}")

    def test_files_of_our_own_network_are_not_loaded(self):
        public = HttpSession("https://api.example", auth=("key", ""))
        for url in (f"{self.url}/here", "https://10.0.0.1/x", "https://[::1]/x"):
            with self.assertRaisesRegex(RejectedError, "not public"):
                public.load(url)
        self.assertFalse(self.server.seen)

    def test_inner_hosts(self):
        for host in ("localhost", "127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1"):
            self.assertTrue(is_inner_host(host), host)
        for host in ("api.example", "8.8.8.8", None):
            self.assertFalse(is_inner_host(host), host)
