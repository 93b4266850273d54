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
TURN = 20


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
        contenders = _contenders(name, options.who)
        n = options.n or _default_n(name, contenders)
        rows += _run_bench(place, name, contenders, n)
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


def _measures_itself(name, who):
    return bool(_constant(BENCHMARKS / name / f"{who}.py", "MEASURES"))


def _default_n(name, contenders):
    sizes = [_constant(BENCHMARKS / name / f"{who}.py", "DEFAULT_N") for who in contenders]
    return max(filter(None, sizes), default=200)


def _constant(path, name):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == name:
            return ast.literal_eval(node.value)
    return None


def _run_bench(place, name, contenders, n):
    """Prepare the contenders one after the other, then let them take turns."""
    databases = {who: f"hw_bench_{who}_{os.getpid()}" for who in contenders}
    runners = {}
    try:
        for who, database in databases.items():
            config = _prepare(place, name, who, database)
            with step(f"{name}: {who}, prepare {n}"):
                runners[who] = Runner(place, name, who, config, database, n)
                runners[who].wait_for("ready")
        if all(_measures_itself(name, who) for who in contenders):
            with step(f"{name}: measure {n}"):
                return [row for runner in runners.values() for row in runner.finish("measure")]
        with step(f"{name}: {n} one by one, in turns"):
            for start in range(0, n, TURN):
                for runner in runners.values():
                    runner.send(f"alone {min(TURN, n - start)}")
                    runner.wait_for("done")
        with step(f"{name}: {n} in one batch, one contender after the other"):
            return [row for runner in runners.values() for row in runner.finish(f"batch {n}")]
    finally:
        for who, database in databases.items():
            if who in runners:
                runners[who].process.kill()
                runners[who].process.wait()
            place.forget(database)


def _prepare(place, name, who, database):
    """The contender's database; the path of its configuration."""
    path = BENCHMARKS / name / f"{who}.py"
    modules, wheels = _constant(path, "MODULES"), _constant(path, "WHEELS") or ()
    extra = [_fetch(place, wheels)] if wheels else []
    ours = who == US
    place.copy(place.installed() if ours else place.template(), database)
    config = place.config(f"bench_{who}", ours=ours, extra_addons=extra)
    if modules and not ours:
        with step(f"install {', '.join(modules)}"):
            place.odoo_quiet(config, database, "-i", ",".join(modules), log=f"bench-{who}")
    return config


class Runner:
    """The process of one contender, which waits for its turns."""

    def __init__(self, place, name, who, config, database, n):
        self.log = LOGS / f"bench-{name}-{who}.log"
        command = [place.venv.python, BENCHMARKS / "runner.py", config, database, name, who, n]
        with open(self.log, "w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def send(self, line):
        try:
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()
        except OSError:
            self._failed()

    def wait_for(self, word):
        for line in self.process.stdout:
            if line.strip() == word:
                return
        self._failed()

    def finish(self, line):
        """Send the last turn; the results."""
        self.send(line)
        output = self.process.communicate()[0]
        if self.process.returncode:
            self._failed()
        return [json.loads(line) for line in output.splitlines() if line.startswith("{")]

    def _failed(self):
        end = "\n".join(self.log.read_text(encoding="utf-8").splitlines()[-15:])
        raise Failure(f"The benchmark failed (whole output: {self.log}):\n{end}")


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
    say(f"\n  {'bench':<10} {'who':<12} {'mode':<7} {'n':>8} {'each':>10}   ours / theirs")
    for row in rows:
        mine = ours.get((row["bench"], row["mode"]))
        ratio = f"{mine / row['value']:.2f}" if mine and row["who"] != US else ""
        say(
            f"  {row['bench']:<10} {row['who']:<12} {row['mode']:<7} {row['n']:>8}"
            f" {row['value']:>7.1f} {row['unit']}   {ratio}"
        )
