# SPDX-License-Identifier: LGPL-3.0-or-later
"""``./dev lint``: ruff over everything, pylint-odoo over the add-ons."""

from . import odoo_source, venv
from .settings import ROOT, our_modules
from .ui import say, step


def lint(options):
    """Run every check; the exit code is non-zero on any finding.

    Arguments name the files or folders to look at; without them, everything.
    """
    environment = venv.ensure(odoo_source.find())
    places = options.rest or [".", "dev"]
    ours = our_modules()
    addons = [place for place in options.rest if place.split("/")[0] in ours]
    if "." in places:
        addons = ours
    fix = ["--fix"] if options.fix else []
    checks = {
        "ruff": [environment.tool("ruff"), "check", *fix, *places],
        "ruff format": [
            environment.tool("ruff"),
            "format",
            *([] if options.fix else ["--check"]),
            *places,
        ],
    }
    if addons:
        checks["pylint-odoo"] = [environment.python, "-m", "pylint", "--jobs=2", *addons]
    failed = []
    for name, command in checks.items():
        with step(name) as wrong:
            if venv.call(command, env=venv.environment(), cwd=ROOT):
                wrong.append(name)
        failed += wrong
    say(f"\n  ✗ findings of {', '.join(failed)}" if failed else "\n  ✓ nothing found")
    return int(bool(failed))
