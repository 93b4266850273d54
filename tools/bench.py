# SPDX-License-Identifier: LGPL-3.0-or-later
"""``./dev bench``: each contender in a database of its own, one table, one JSON object a line."""

import ast
import json
import os
import subprocess

from .databases import workbench
from .settings import CACHE, LOGS, ROOT, digest
from .ui import Failure, run, say, step
from .venv import environment

BENCHMARKS = ROOT / "tests" / "benchmarks"
US = "helloword"


def bench(options):
    """Run the named benchmarks, all of them without names."""
    known = sorted(path.parent.name for path in BENCHMARKS.glob("*/__init__.py"))
    names = options.names or known
    unknown = set(names) - set(known)
    if unknown:
        raise Failure(f"No benchmark {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
    place = workbench()
    rows = []
    for name in names:
        for who in _contenders(name, options.who):
            rows += _run_contender(place, name, who, options.n or 200)
    if options.json:
        with open(options.json, "a", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    _print_table(rows)
    return 0


def _contenders(name, wanted):
    """Ours last, so that the table ends with it."""
    found = [
        path.stem
        for path in sorted((BENCHMARKS / name).glob("*.py"))
        if _constant(path, "MODULES") is not None
    ]
    chosen = [who for who in found if not wanted or who in wanted]
    return sorted(chosen, key=lambda who: who == US)


def _constant(path, name):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    return None


def _run_contender(place, name, who, n):
    path = BENCHMARKS / name / f"{who}.py"
    modules, wheels = _constant(path, "MODULES"), _constant(path, "WHEELS") or ()
    extra = [_fetch(place, wheels)] if wheels else []
    database = f"hw_bench_{who}_{os.getpid()}"
    ours = who == US
    try:
        place.copy(place.installed() if ours else place.template(), database)
        config = place.config(f"bench_{who}", ours=ours, extra_addons=extra)
        if modules and not ours:
            with step(f"install {', '.join(modules)}"):
                place.odoo_quiet(config, database, "-i", ",".join(modules), log=f"bench-{who}")
        with step(f"{name}: {who}, {n} alone and {n} in one batch"):
            command = [place.venv.python, BENCHMARKS / "runner.py"]
            command += [config, database, name, who, str(n)]
            output = _call(command, LOGS / f"bench-{name}-{who}.log")
    finally:
        place.forget(database)
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def _call(command, log):
    with open(log, "w", encoding="utf-8") as errors:
        done = subprocess.run(
            [str(part) for part in command],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
        )
    if done.returncode:
        end = "\n".join(log.read_text(encoding="utf-8").splitlines()[-15:])
        raise Failure(f"The benchmark failed (whole output: {log}):\n{end}")
    return done.stdout


def _fetch(place, wheels):
    """Add-ons of others, unpacked where only their own run looks."""
    folder = CACHE / f"bench-{digest(*wheels)}"
    if not (folder / "complete").exists():
        with step(f"fetch {', '.join(wheels)}"):
            pip = [place.venv.python, "-m", "pip", "install", "--no-input", "-q", "--no-deps"]
            run([*pip, "--target", folder, *wheels], log=LOGS / "bench-pip.log")
            (folder / "complete").touch()
    return folder / "odoo" / "addons"


def _print_table(rows):
    ours = {(row["bench"], row["mode"]): row["value"] for row in rows if row["who"] == US}
    say(f"\n  {'bench':<10} {'who':<12} {'mode':<7} {'n':>5} {'each':>10}   ours / theirs")
    for row in rows:
        mine = ours.get((row["bench"], row["mode"]))
        ratio = f"{mine / row['value']:.2f}" if mine and row["who"] != US else ""
        say(
            f"  {row['bench']:<10} {row['who']:<12} {row['mode']:<7} {row['n']:>5}"
            f" {row['value']:>7.1f} {row['unit']}   {ratio}"
        )
