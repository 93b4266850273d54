# SPDX-License-Identifier: LGPL-3.0-or-later
"""The tests: ours with pytest, and Odoo's own with and without our add-ons."""

import os
import subprocess
from collections import Counter
from xml.etree import ElementTree

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
    config = _config(bench, database)
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


def _config(bench, database, ours=True):
    return bench.config(
        database,
        ours=ours,
        db_name=database,
        dbfilter=f"^{database}$",
        http_port=free_port(),
        with_demo=True,
    )


def core_tests(options):
    """``./dev core-tests``: do Odoo's own tests go otherwise with our add-ons installed?

    All of them run with every module loaded: where Odoo runs a module's tests while it loads that
    module, ours would not be there yet.
    """
    bench = workbench()
    ensure_browser()
    modules = options.rest or CORE_MODULES
    without = _core_run(bench, bench.template(), modules, "without")
    with_us = _core_run(bench, bench.installed(), modules, "with")
    for title, outcomes in (("without our add-ons", without), ("with them", with_us)):
        counts = Counter(outcomes.values())
        say(f"\n  Odoo's tests {title}: " + ", ".join(f"{counts[kind]} {kind}" for kind in counts))
        for name in sorted(name for name, kind in outcomes.items() if kind == "failed"):
            say(f"    {name}")
    different = [
        name
        for name in sorted({*without, *with_us})
        if without.get(name, "missing") != with_us.get(name, "missing")
    ]
    for name in different:
        say(f"  ✗ {name}: {without.get(name, 'missing')}, with us {with_us.get(name, 'missing')}")
    say("" if different else "\n  ✓ no difference")
    return int(bool(different))


def _core_run(bench, source, modules, kind):
    """:return: outcome of each test by its name: passed, failed or skipped"""
    database = f"hw_test_core_{kind}_{os.getpid()}"
    log, report = LOGS / f"core-tests-{kind}.log", LOGS / f"core-tests-{kind}.xml"
    log.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    with step(f"Odoo's tests of {', '.join(modules)}, {kind} our add-ons"):
        bench.copy(source, database)
        config = _config(bench, database, ours=kind == "with")
        folders = [_tests_of(bench, module) for module in modules]
        command = [bench.venv.python, "-m", "pytest", "-c", os.devnull, f"--rootdir={LOGS}"]
        command += ["-p", "no:cacheprovider", "--tb=short", f"--junitxml={report}"]
        command += [f"--odoo-config={config}", f"--odoo-database={database}", "--odoo-http"]
        try:
            with open(log, "w", encoding="utf-8") as handle:
                call(
                    [*command, *folders],
                    env=environment(**_test_environment(bench)),
                    cwd=LOGS,
                    stdin=subprocess.DEVNULL,
                    stdout=handle,
                    stderr=subprocess.STDOUT,
                )
        finally:
            config.unlink(missing_ok=True)
            bench.forget(database)
    outcomes = _outcomes(report) if report.exists() else {}
    if not outcomes:
        raise Failure(f"Odoo's tests did not run to their end; see {log}.")
    return outcomes


def _tests_of(bench, module):
    for addons in bench.source.addons:
        if (addons / module / "tests").is_dir():
            return addons / module / "tests"
    raise Failure(f"Odoo has no module {module} with tests.")


def _outcomes(report):
    outcomes = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        tags = {child.tag for child in case}
        if tags & {"failure", "error"}:
            outcomes[name] = "failed"
        else:
            outcomes.setdefault(name, "skipped" if "skipped" in tags else "passed")
    return outcomes


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
