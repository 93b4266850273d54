# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where things are, what is pinned, and what this checkout remembers."""

import hashlib
import json
import os
import socket
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".dev"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "helloword-returns"
LOGS = STATE / "logs"

# What the demo and the tests stand on, installed with demo data in the template.
TEMPLATE_MODULES = [
    "account",
    "base_automation",
    "portal",
    "purchase_stock",
    "queue_job",
    "repair",
    "sale_management",
    "sale_mrp",
    "sale_stock",
    "stock_account",
    "stock_delivery",
    "stock_dropshipping",
]
SERVER_WIDE_MODULES = "base,rpc,web,queue_job"
JOB_CHANNELS = "root:2,root.helloword:2,root.helloword.refund:1"


def digest(*parts):
    """A short key for whatever these texts determine."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part if isinstance(part, bytes) else str(part).encode())
        whole.update(b"\0")
    return whole.hexdigest()[:12]


def our_modules():
    """Names of the add-ons of this repository, dependencies first."""
    found = {}
    for manifest in sorted(ROOT.glob("*/__manifest__.py")):
        values = _literal(manifest)
        if values.get("installable", True):
            found[manifest.parent.name] = values.get("depends", [])
    ordered = []

    def visit(name):
        for dependency in found[name]:
            if dependency in found and dependency not in ordered:
                visit(dependency)
        if name not in ordered:
            ordered.append(name)

    for name in found:
        visit(name)
    return ordered


def _literal(path):
    import ast

    try:
        return ast.literal_eval(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        from .ui import Failure

        raise Failure(f"{path.relative_to(ROOT)} is not a Python dictionary: {error}") from None


# Not part of what an installed database looks like.
_NOT_INSTALLED = {"tests", "__pycache__", "node_modules", "static"}


def sources_key(modules):
    """A key of all files that shape a database with these modules installed."""
    parts = []
    for module in modules:
        folder = ROOT / module
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if path.is_file() and not _NOT_INSTALLED.intersection(inside.parts):
                if path.suffix not in {".pyc", ".md", ".rst", ".pot"}:
                    parts += [path.relative_to(ROOT), path.read_bytes()]
    return digest(*parts)


def remembered():
    """What this checkout keeps between commands (ports, cluster, hashes)."""
    try:
        return json.loads((STATE / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def remember(**values):
    STATE.mkdir(exist_ok=True)
    state = {**remembered(), **values}
    temporary = STATE / f"state.{os.getpid()}"
    temporary.write_text(json.dumps(state, indent=1), encoding="utf-8")
    temporary.replace(STATE / "state.json")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
