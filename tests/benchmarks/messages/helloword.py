"""Messages about parcels accepted a second over HTTP, against routes of bare Odoo.

One server with two workers, ``n`` messages over eight connections kept open, all new and rightly
signed; a message counts when it is answered 200, which is when it is kept and its job is stored.
Beside it, asked the same way: ``/web/health``, which reaches no database, and Odoo's own webhook
(``base_automation``), which nothing but its address protects and which keeps nothing.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from socket import socket
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tests.peers.easypost import EasyPostPeer  # noqa: E402

MODULES = ("helloword_returns",)
MEASURES = True
DEFAULT_N = 2000
WORKERS = 2
CONNECTIONS = 8
SECONDS_TO_START = 60


def prepare(env, n):
    env["helloword.label.account"].search([]).active = False
    account = env["helloword.label.account"].create(
        {
            "name": "EasyPost",
            "provider": "easypost",
            "api_key": EasyPostPeer.api_key,
            "webhook_secret": EasyPostPeer.webhook_secret,
        }
    )
    partner = env["res.partner"].create({"name": "Benchmark"})
    hook = env["base.automation"].create(
        {
            "name": "Benchmark",
            "model_id": env["ir.model"]._get_id("res.partner"),
            "trigger": "on_webhook",
            "record_getter": f"model.browse({partner.id})",
            "action_server_ids": [
                (
                    0,
                    0,
                    {
                        "name": "Benchmark",
                        "model_id": env["ir.model"]._get_id("res.partner"),
                        "state": "code",
                        "code": "record.display_name",
                        "usage": "base_automation",
                    },
                )
            ],
        }
    )
    return {
        "n": n,
        "database": env.cr.dbname,
        "account": account.id,
        "ours": urlsplit(account.webhook_url).path,
        "hook": urlsplit(hook.url).path,
    }


def measure(env, prepared):
    """:return: tuples (mode, value, unit)"""
    n = prepared["n"]
    numbers = count(1)
    with EasyPostPeer() as peer:
        messages = [_make_message(peer, next(numbers)) for _number in range(3 * n)]
    port = _get_free_port()
    server = _start_server(prepared["database"], port)
    try:
        _wait_for(port)
        results = []
        for mode, method, path, share in (
            ("/web/health", "GET", "/web/health", [({}, None)] * n),
            ("Odoo's own webhook", "POST", prepared["hook"], messages[:n]),
            ("messages of carriers", "POST", prepared["ours"], messages[n : 2 * n]),
        ):
            _send_all(port, method, path, share[: n // 10] if method == "GET" else [])
            results.append((mode, n / _send_all(port, method, path, share), "/s"))
    finally:
        server.terminate()
        server.wait()
    env.cr.rollback()
    kept = env["helloword.label.notice"].search_count([("account_id", "=", prepared["account"])])
    assert kept == n, kept
    return results


def _make_message(peer, number):
    return peer.sign(
        {
            "id": f"evt_{number:08d}",
            "object": "Event",
            "description": "tracker.updated",
            "result": {
                "id": f"trk_{number:08d}",
                "object": "Tracker",
                "tracking_code": f"EZ{number:010d}",
                "status": "in_transit",
                "carrier": "USPS",
                "tracking_details": [],
            },
        }
    )


def _start_server(database, port):
    config = sys.argv[1]
    return subprocess.Popen(
        [
            sys.executable, "-m", "odoo", "-c", config, "-d", database,
            "--db-filter", f"^{database}$", "--http-port", str(port),
            "--workers", str(WORKERS), "--max-cron-threads", "0", "--log-level", "error",
        ],
        env=os.environ,
    )  # fmt: skip


def _get_free_port():
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(port):
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            _send(HTTPConnection("127.0.0.1", port, timeout=30), "GET", "/web/login", {}, None)
            return
        except (OSError, AssertionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def _send_all(port, method, path, messages):
    """:return: seconds until the last answer"""
    started = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        shares = [messages[number::CONNECTIONS] for number in range(CONNECTIONS)]
        list(pool.map(lambda share: _send_share(port, method, path, share), shares))
    return time.perf_counter() - started


def _send_share(port, method, path, messages):
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for headers, body in messages:
        _send(connection, method, path, {"Content-Type": "application/json", **headers}, body)


def _send(connection, method, path, headers, body):
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 200, (answer.status, text[:300])
