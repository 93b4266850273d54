"""Runs one contender of one benchmark in a database of its own; prints one JSON object a line.

python tests/benchmarks/runner.py CONFIG DATABASE BENCH CONTENDER N
"""

import importlib
import json
import statistics
import sys
import time
from pathlib import Path

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

sys.path.insert(0, str(Path(__file__).resolve().parent))


def main(config_path, database, bench, who, n):
    config.parse_config(["-c", config_path, "-d", database, "--log-level=error", "--no-http"])
    odoo.tools.config["db_name"] = [database]
    contender = importlib.import_module(f"{bench}.{who}")
    registry = Registry(database)
    with registry.cursor() as cr:
        admin = api.Environment(cr, SUPERUSER_ID, {}).ref("base.user_admin")
        env = api.Environment(cr, admin.id, {"lang": "en_US", "tz": "UTC"})
        if getattr(contender, "MEASURES", False):
            _run_measures(env, contender, bench, who, n)
            return
        orders = contender.prepare(env, 2 * n + 2)
        cr.commit()
        # One of each first: caches of the process are warm in a running server as well.
        contender.run(env, orders[:1])
        contender.run(env, orders[1:2])
        cr.commit()
        rest, alone = orders[2:], []
        print("ready", flush=True)
        for command in sys.stdin:
            mode, count = command.split()
            turn, rest = rest[: int(count)], rest[int(count) :]
            if mode == "alone":
                alone += [_measure(env, contender, order) for order in turn]
                print("done", flush=True)
            else:
                batch = _measure(env, contender, turn) / len(turn)
                break
    for mode, value in (("alone", statistics.median(alone)), ("batch", batch)):
        row = {"bench": bench, "who": who, "mode": mode, "n": n}
        print(json.dumps(row | {"value": round(value * 1000, 1), "unit": "ms"}), flush=True)


def _run_measures(env, contender, bench, who, n):
    """A contender that measures by itself: prepared once, then asked for its figures."""
    prepared = contender.prepare(env, n)
    env.cr.commit()
    print("ready", flush=True)
    sys.stdin.readline()
    for mode, value, unit in contender.measure(env, prepared):
        row = {"bench": bench, "who": who, "mode": mode, "n": n}
        print(json.dumps(row | {"value": round(value, 1), "unit": unit}), flush=True)


def _measure(env, contender, orders):
    """Seconds until the work is committed, starting like a request with an empty cache."""
    env.invalidate_all()
    start = time.perf_counter()
    contender.run(env, orders)
    env.cr.commit()
    elapsed = time.perf_counter() - start
    contender.check(env, orders)
    return elapsed


if __name__ == "__main__":
    main(*sys.argv[1:5], int(sys.argv[5]))
