# SPDX-License-Identifier: LGPL-3.0-or-later
"""The demo: its database, its server, and everything that talks to them."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

from . import settings
from .databases import workbench
from .settings import (
    LOGS,
    STATE,
    free_port,
    our_modules,
    port_is_free,
    remember,
    remembered,
    sources_key,
)
from .system import ensure_pdf
from .ui import Failure, say, step
from .venv import call, environment

LANGUAGES = ("zh_CN",)
DEFAULT_PORT = 8069
DEFAULT_DATABASE = "helloword"
PID_FILE = STATE / "odoo.pid"
SERVER_LOG = LOGS / "server.log"


def run(options):
    """``./dev run``: from nothing to a server that answers."""
    bench = workbench()
    ensure_pdf()
    port, database = _port(options), _database(options)
    if running():
        stop_odoo()
    _prepare(bench, database, fresh=options.fresh)
    config = _config(bench, port, database)
    command = bench.odoo("server", "-c", config)
    remember(port=port, database=database)
    if options.detach:
        command.append(f"--logfile={SERVER_LOG}")
        SERVER_LOG.unlink(missing_ok=True)
        process = subprocess.Popen(
            list(map(str, command)),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        PID_FILE.write_text(str(process.pid), encoding="utf-8")
        _await(port, process)
        _greet(port, database)
        return 0
    _greet(port, database, soon=True)
    process = subprocess.Popen(list(map(str, command)), env=environment())
    PID_FILE.write_text(str(process.pid), encoding="utf-8")
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGTERM)
        process.wait()
        return 0
    finally:
        PID_FILE.unlink(missing_ok=True)


def update(options):
    """``./dev update``: bring the demo database up to the sources."""
    bench = workbench()
    database = _database(options)
    was_running = running()
    if was_running:
        stop_odoo()
    if bench.server.exists(database):
        _update(bench, database)
    else:
        _prepare(bench, database)
    if was_running:
        options.detach, options.fresh = True, False
        return run(options)
    return 0


def shell(options):
    """``./dev shell``: Odoo's Python prompt on the demo database."""
    bench = workbench()
    database = _database(options)
    if not bench.server.exists(database):
        _prepare(bench, database)
    config = _config(bench, _port(options), database)
    command = bench.odoo("shell", "-c", config, "--no-http", "--log-level=warn", *options.rest)
    return call(command, env=environment())


def screenshots(options):
    """``./dev screenshots``: run tools/screenshots.py against the demo."""
    script = settings.ROOT / "tools" / "screenshots.py"
    if not script.exists():
        raise Failure("There is no tools/screenshots.py in this checkout.")
    from .system import ensure_browser

    ensure_browser()
    if not running():
        options.detach, options.fresh = True, False
        run(options)
    bench = workbench()
    state = remembered()
    address = f"http://127.0.0.1:{state['port']}"
    env = environment(HELLOWORD_URL=address, HELLOWORD_DATABASE=state["database"])
    return call([bench.venv.python, script, *options.rest], env=env)


def running():
    """The process id of this checkout's server, or None."""
    try:
        pid = int(PID_FILE.read_text(encoding="utf-8"))
        command = open(f"/proc/{pid}/cmdline", encoding="utf-8").read()
    except (OSError, ValueError):
        return None
    return pid if str(STATE) in command else None


def stop_odoo():
    pid = running()
    if not pid:
        return False
    with step("stop the server"):
        os.kill(pid, signal.SIGTERM)
        for _ in range(100):
            if not running():
                break
            time.sleep(0.1)
        else:
            os.kill(pid, signal.SIGKILL)
    PID_FILE.unlink(missing_ok=True)
    return True


def _port(options):
    """The port asked for, else the one remembered, else a free one."""
    asked = options.port or os.environ.get("HELLOWORD_PORT")
    if asked:
        return int(asked)
    known = remembered().get("port")
    if known and (port_is_free(known) or running()):
        return known
    return DEFAULT_PORT if port_is_free(DEFAULT_PORT) else free_port()


def _database(options):
    return options.database or os.environ.get("HELLOWORD_DATABASE") or DEFAULT_DATABASE


def _config(bench, port, database):
    return bench.config(
        "odoo",
        http_port=port,
        db_name=database,
        dbfilter=f"^{database}$",
        workers=0,
        max_cron_threads=1,
        with_demo=True,
    )


def _prepare(bench, database, fresh=False):
    """Make the demo database, or update it when sources have changed."""
    modules = our_modules()
    key = sources_key(modules)
    known = remembered().get("demo", {})
    if fresh or not bench.server.exists(database):
        source = bench.installed(languages=LANGUAGES)
        with step(f"make the database {database}"):
            bench.copy(source, database)
            _new_identity(bench, database)
        remember(demo={**known, database: [key, modules]})
    elif known.get(database, [None])[0] != key:
        _update(bench, database)


def _new_identity(bench, database):
    """A copy must not share the identity (sessions, job runner) of its source."""
    bench.server.sql(
        "UPDATE ir_config_parameter SET value = gen_random_uuid() WHERE key = 'database.uuid'",
        database,
    )


def _update(bench, database):
    modules = our_modules()
    known = remembered().get("demo", {})
    before = known.get(database, [None, []])[1]
    with step(f"update {', '.join(modules) or 'nothing'} in {database}"):
        args = ["--with-demo"]
        old = [name for name in modules if name in before]
        new = [name for name in modules if name not in before]
        args += ["-u", ",".join(old)] if old else []
        args += ["-i", ",".join(new)] if new else []
        bench.odoo_quiet(bench.config("install"), database, *args, log="update")
    remember(demo={**known, database: [sources_key(modules), modules]})


def _await(port, process):
    """Wait until the server answers."""
    with step("start the server"):
        for _ in range(600):
            if process.poll() is not None:
                raise Failure(f"The server stopped right away; see {SERVER_LOG}.")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/web/login", timeout=30).read()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
    raise Failure(f"The server does not answer on port {port}; see {SERVER_LOG}.")


def _greet(port, database, soon=False):
    say()
    say(f"  HelloWord Returns {'will answer' if soon else 'answers'} at http://localhost:{port}")
    say("  login admin, password admin (portal: portal / portal)")
    say(f"  database {database}" + ("; stop with Ctrl+C" if soon else f"; log {SERVER_LOG}"))
    say()
