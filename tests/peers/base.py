"""A server on loopback that plays a provider, misbehaviour included.

A peer is real: it listens, checks credentials, keeps what it was told, and what it carried out
stays carried out whatever happens to the caller.
"""

import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Call:
    """One call as it arrived."""

    method: str
    path: str
    query: dict
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body or b"null")


@dataclass
class Reply:
    """One answer; ``content`` that is not bytes is sent as JSON."""

    status: int = 200
    content: object = None
    headers: dict = field(default_factory=dict)


@dataclass
class Fault:
    """How a call is spoiled.

    :param str kind: lose_answer (carried out, connection closed), drop (not carried out,
        connection closed), status (refused with ``status``), slow (waits, then answers), garbage
        (carried out, unreadable answer)
    :param str path: regular expression; the calls it concerns
    :param int times: how often
    """

    kind: str
    path: str = ""
    method: str = ""
    times: int = 1
    status: int = 500
    headers: dict = field(default_factory=dict)
    seconds: float = 0.0
    content: object = None


class Peer:
    """A provider on loopback. Subclasses decorate their methods with :func:`route`.

    Used as a context manager; ``url`` is where it listens.
    """

    def __init__(self):
        self.calls = []
        self.faults = []
        self.lock = threading.RLock()
        self._server = None
        self._routes = [
            (method, re.compile(pattern + r"\Z"), getattr(self, name))
            for name in dir(type(self))
            for method, pattern in getattr(getattr(type(self), name), "routes", ())
        ]

    def __enter__(self):
        peer = self

        class Handler(_Handler):
            pass

        Handler.peer = peer
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exc):
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def break_down(self, kind, **kwargs):
        """Spoil the next calls; see :class:`Fault`."""
        self.faults.append(Fault(kind, **kwargs))

    def count_calls(self, method, path):
        return sum(
            call.method == method and re.search(path, call.path) is not None for call in self.calls
        )

    def authenticate(self, call):
        """:return: :class:`Reply` that refuses the call, or None"""

    def handle(self, call):
        """:return: (:class:`Reply` or None for a closed connection)"""
        with self.lock:
            self.calls.append(call)
            fault = self._take_fault(call)
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
            fault = None
        if fault and fault.kind == "drop":
            return None
        if fault and fault.kind == "status":
            return Reply(fault.status, fault.content or {"error": "fault"}, fault.headers)
        reply = self.authenticate(call) or self._dispatch(call)
        if fault and fault.kind == "lose_answer":
            return None
        if fault and fault.kind == "garbage":
            return Reply(reply.status, b"<html>gateway</html>", {"Content-Type": "text/html"})
        return reply

    def _take_fault(self, call):
        for fault in self.faults:
            fits = re.search(fault.path, call.path) and fault.method in ("", call.method)
            if fault.times and fits:
                fault.times -= 1
                return fault
        return None

    def _dispatch(self, call):
        for method, pattern, handler in self._routes:
            match = pattern.match(call.path)
            if match and method == call.method:
                return handler(call, *match.groups())
        return Reply(404, {"error": {"code": "NOT_FOUND", "message": "No such path."}})


def route(method, pattern):
    """Let a peer's method answer calls: ``handler(call, *groups of the pattern)``."""

    def decorate(handler):
        handler.routes = [*getattr(handler, "routes", ()), (method, pattern)]
        return handler

    return decorate


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    peer = None

    def _serve(self):
        parts = urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        call = Call(
            self.command,
            parts.path,
            {name: values[-1] for name, values in parse_qs(parts.query).items()},
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(size),
        )
        reply = self.peer.handle(call)
        if reply is None:
            self.close_connection = True
            self.connection.close()
            return
        content, headers = reply.content, dict(reply.headers)
        if not isinstance(content, bytes):
            content = b"" if content is None else json.dumps(content).encode()
            headers.setdefault("Content-Type", "application/json")
        self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def log_message(self, *_args):
        """Keep the test's output quiet."""
