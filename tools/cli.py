# SPDX-License-Identifier: LGPL-3.0-or-later
"""The commands of `./dev`."""

import argparse
import shutil
import sys

from . import ui
from .settings import CACHE, STATE

DESCRIPTION = """HelloWord Returns for Odoo 19: run it, test it, measure it.

Everything needed (Odoo 19, Python packages, PostgreSQL, a browser for the
tests) is fetched on first use and kept in a cache outside this checkout.
"""
EPILOG = """environment:
  ODOO_SOURCE               a checkout of Odoo 19 to use instead of Debian's package
  PGHOST PGPORT PGUSER PGPASSWORD   a PostgreSQL server to use instead of a private one
  HELLOWORD_PORT, HELLOWORD_DATABASE   as --port and --database
  HELLOWORD_DEBIAN_MIRROR   where to fetch Odoo from when apt knows no Debian mirror
  XDG_CACHE_HOME            where the cache lives (default: .cache in the home folder)
"""


def main(argv=None):
    # What follows the command of these belongs to the program they start.
    parser = _parser()
    options, rest = parser.parse_known_args(argv)
    options.rest = [arg for arg in rest if arg != "--"]
    if options.rest and not options.passes_on:
        parser.error(f"unknown: {' '.join(options.rest)}")
    try:
        return options.function(options)
    except ui.Failure as error:
        return ui.fail(error)
    except KeyboardInterrupt:
        return 130


def _parser():
    parser = argparse.ArgumentParser(
        prog="./dev",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(metavar="command", required=True)

    def command(name, function, text, passes_on=False):
        sub = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        sub.set_defaults(function=function, passes_on=passes_on)
        return sub

    def on_demo(sub):
        sub.add_argument(
            "--port", type=int, help="port of the server (default: 8069 or a free one)"
        )
        sub.add_argument("--database", help="name of the demo database (default: helloword)")
        return sub

    run = on_demo(command("run", _lazy("server", "run"), "start Odoo 19 with the demo"))
    run.add_argument("--detach", action="store_true", help="leave the server running behind")
    run.add_argument("--fresh", action="store_true", help="make the demo database anew")
    command("stop", _stop, "stop the server and the private PostgreSQL")
    on_demo(command("update", _lazy("server", "update"), "update our add-ons in the demo"))
    on_demo(command("shell", _lazy("server", "shell"), "Odoo's Python prompt on the demo", True))

    test = command("test", _lazy("testing", "test"), "run the tests (arguments go to pytest)", True)
    test.add_argument("--keep", action="store_true", help="keep the test database afterwards")
    test.add_argument(
        "--stale",
        action="store_true",
        help="take the last installed database although sources changed since:"
        " quick, and right as long as only method bodies changed",
    )
    command(
        "core-tests",
        _lazy("testing", "core_tests"),
        "compare Odoo's own stock tests with and without our add-ons",
        True,
    )
    lint = command("lint", _lazy("linting", "lint"), "ruff and pylint-odoo", True)
    lint.add_argument("--fix", action="store_true", help="let ruff correct what it can")
    bench = command("bench", _lazy("bench", "bench"), "measure (names of benches, default: all)")
    bench.add_argument("names", nargs="*", metavar="name")
    bench.add_argument("--json", metavar="FILE", help="append one JSON object a line")
    bench.add_argument("-n", type=int, help="size of the bench (default: 200)")
    bench.add_argument("--who", action="append", help="only this contender (may be repeated)")
    translate = command("translate", _lazy("translate", "translate"), "export and merge terms")
    translate.add_argument("--check", action="store_true", help="fail when terms lack Chinese")
    on_demo(command("screenshots", _lazy("server", "screenshots"), "take the screenshots", True))
    clean = command("clean", _clean, "remove databases, PostgreSQL cluster and state")
    clean.add_argument("--cache", action="store_true", help="also what was downloaded and built")
    return parser


def _lazy(module, function):
    def start(options):
        from importlib import import_module

        return getattr(import_module(f".{module}", __package__), function)(options)

    return start


def _stop(options):
    from . import postgres, server

    stopped = [server.stop_odoo(), postgres.stop()]
    ui.say("  ✓ stopped" if any(stopped) else "  nothing was running")
    return 0


def _clean(options):
    from . import databases, postgres, server

    server.stop_odoo()
    databases.remove_all()
    postgres.remove()
    shutil.rmtree(STATE, ignore_errors=True)
    if options.cache:
        shutil.rmtree(CACHE, ignore_errors=True)
    ui.say("  ✓ removed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
