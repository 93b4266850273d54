# SPDX-License-Identifier: LGPL-3.0-or-later
"""The tests: ours with pytest, and Odoo's own with and without our add-ons."""

import ast
import os
import re
import subprocess

from .databases import CHECKOUT, workbench
from .settings import LOGS, ROOT, free_port, our_modules
from .system import ensure_browser
from .ui import Failure, say, step
from .venv import call, environment

CORE_MODULES = ["sale_stock", "stock_account", "stock_delivery"]


def test(options):
    """``./dev test``: the suite on a fresh database with demo data."""
    bench = workbench()
    ensure_browser()
    if options.stale:
        source = _latest_installed(bench) or bench.installed()
    else:
        source = bench.installed()
    database = f"hw_test_{os.getpid()}"
    with step("copy the test database"):
        bench.copy(source, database)
    config = bench.config(
        f"test_{os.getpid()}",
        db_name=database,
        dbfilter=f"^{database}$",
        http_port=free_port(),
        with_demo=True,
    )
    rest = options.rest
    if not any(_names_tests(arg) for arg in rest):
        rest = [*_suite(), *rest]
    command = [bench.venv.python, "-m", "pytest", f"--odoo-config={config}"]
    command += [f"--odoo-database={database}", "--odoo-http", *rest]
    try:
        code = call(command, env=environment(**_test_environment(bench)), cwd=ROOT)
    finally:
        config.unlink(missing_ok=True)
        if options.keep:
            say(f"  kept the database {database} (psql: {_psql(bench, database)})")
        else:
            bench.forget(database)
    return code


def core_tests(options):
    """``./dev core-tests``: do Odoo's own tests fail differently with us?"""
    bench = workbench()
    ensure_browser()
    modules = options.rest or CORE_MODULES
    base = f"hw_core_base_{os.getpid()}"
    try:
        _make_core_base(bench, base, modules)
        without = _core_run(bench, base, modules, "without")
        _install_ours(bench, base)
        with_us = _core_run(bench, base, modules, "with")
    finally:
        bench.forget(base)
    for title, (failing, summary) in (("without our add-ons", without), ("with them", with_us)):
        say(f"\n  Odoo's tests {title}: {summary}")
        for name in sorted(failing):
            say(f"    {name}")
    new, gone = with_us[0] - without[0], without[0] - with_us[0]
    for name in sorted(new):
        say(f"  ✗ fails only with our add-ons: {name}")
    for name in sorted(gone):
        say(f"  ✗ fails only without our add-ons: {name}")
    if new or gone:
        return 1
    say("\n  ✓ no difference")
    return 0


def _make_core_base(bench, database, modules):
    """Only the tested modules and what ours stand on: tests that run while their module is
    updated break on the columns of modules that are loaded after it."""
    wanted = sorted({*modules, *_dependencies_of_ours()})
    with step(f"install {', '.join(wanted)}"):
        bench.forget(database)
        config = bench.config("core_base", ours=False)
        bench.odoo_quiet(config, database, "-i", ",".join(wanted), "--with-demo", log="core-base")


def _dependencies_of_ours():
    ours = our_modules()
    return {
        name
        for module in ours
        for name in ast.literal_eval((ROOT / module / "__manifest__.py").read_text())["depends"]
        if name not in ours
    }


def _install_ours(bench, database):
    modules = our_modules()
    with step(f"install {', '.join(modules)}"):
        config = bench.config("core_base")
        bench.odoo_quiet(config, database, "-i", ",".join(modules), log="core-base")


def _core_run(bench, source, modules, kind):
    database = f"hw_core_{kind}_{os.getpid()}"
    log = LOGS / f"core-tests-{kind}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with step(f"Odoo's tests of {', '.join(modules)}, {kind} our add-ons"):
        bench.copy(source, database)
        config = bench.config(
            f"core_{kind}",
            ours=kind == "with",
            db_name=database,
            dbfilter=f"^{database}$",
            http_port=free_port(),
            with_demo=True,
        )
        tags = ",".join(f"/{module}" for module in modules)
        command = bench.odoo("server", "-c", config, "--test-tags", tags, "--stop-after-init")
        # At-install tests run when their module is updated.
        command += ["-u", ",".join(modules)]
        with open(log, "w", encoding="utf-8") as handle:
            subprocess.run(
                list(map(str, command)),
                env=environment(**_test_environment(bench)),
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=subprocess.STDOUT,
                check=False,
            )
        bench.forget(database)
    text = log.read_text(encoding="utf-8", errors="replace")
    summary = re.findall(r"(\d+ failed, \d+ error\(s\) of \d+ tests)", text)
    if not summary or summary[-1].endswith(" of 0 tests"):
        raise Failure(f"Odoo's tests did not run to their end; see {log}.")
    failing = re.findall(r" (?:FAIL|ERROR): (setUpClass \([\w.]+\)|[\w.]+)", text)
    return set(failing), summary[-1]


def _latest_installed(bench):
    names = bench.server.sql(
        f"SELECT datname FROM pg_database WHERE datname ~ '^hw_installed_{CHECKOUT}_[0-9a-f]{{12}}$'"
        " ORDER BY oid DESC LIMIT 1"
    )
    return names.strip()


def _suite():
    folders = [ROOT / module / "tests" for module in our_modules()] + [ROOT / "tests"]
    return [str(path.relative_to(ROOT)) for path in folders if path.is_dir()]


def _names_tests(argument):
    path = argument.split("::")[0]
    return not argument.startswith("-") and (ROOT / path).exists()


def _test_environment(bench):
    """Tests reach PostgreSQL, and never a proxy, by these."""
    names = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
    values = {name: bench.server.env[name] for name in names if name in bench.server.env}
    return {**values, "no_proxy": "*"}


def _psql(bench, database):
    server = bench.server
    host = f"-h {server.host} " if server.host else ""
    port = f"-p {server.port} " if server.port else ""
    return f"{host}{port}-U {server.user} {database}"
