"""Labels bought from a service that answers in 200 ms: labels a minute by number of job workers.

Every worker is a process of its own that takes the stored queue jobs one after the other, as the job
runner hands them out; what HTTP between runner and workers costs is not in it. Each label takes two
operations (offers, purchase), what follows each, and four calls.
"""

import subprocess
import sys
import time
from pathlib import Path

from returns import orders as builder

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tests.peers.easypost import EasyPostPeer  # noqa: E402

MODULES = ("helloword_returns",)
MEASURES = True
DEFAULT_N = 1000
SECONDS_TO_ANSWER = 0.2
WORKERS = (1, 2, 4, 8)
DOCK = {"street": "417 Dock Rd", "city": "Reno", "zip": "89501"}
HOME = {"street": "1 Market St", "city": "San Francisco", "zip": "94105"}


class SlowPeer(EasyPostPeer):
    def handle(self, call):
        time.sleep(SECONDS_TO_ANSWER)
        return super().handle(call)


def prepare(env, n):
    env["helloword.return.rule"].search([]).active = False
    env["helloword.label.account"].search([]).active = False
    env["helloword.channel"].create({"name": "Benchmark", "notify_customer": False})
    country = env.ref("base.us")
    warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
    warehouse.partner_id.write(
        DOCK | {"country_id": country.id, "state_id": env.ref("base.state_us_23").id}
    )
    orders = builder.make(env, n)
    orders.partner_id.write(
        HOME | {"country_id": country.id, "state_id": env.ref("base.state_us_5").id}
    )
    orders.order_line.product_id.weight = 0.4
    return orders


def measure(env, orders):
    """:return: tuples (mode, value, unit)"""
    results = []
    with SlowPeer() as peer:
        env["helloword.label.account"].create(
            {
                "name": "EasyPost",
                "provider": "easypost",
                "api_key": peer.api_key,
                "base_url": peer.url,
            }
        )
        share = len(orders) // len(WORKERS)
        for number, workers in enumerate(WORKERS):
            labels = _ask(env, orders[number * share : (number + 1) * share])
            started = time.perf_counter()
            _work(env, workers)
            seconds = time.perf_counter() - started
            # What the workers committed is not in this transaction.
            env.cr.rollback()
            labels.invalidate_recordset()
            bought = labels.filtered(lambda label: label.state == "bought")
            assert bought == labels, [(label.state, label.error) for label in labels - bought]
            results.append((f"{workers} workers", 60 * len(labels) / seconds, "/min"))
        assert len(peer.charges) == share * len(WORKERS), len(peer.charges)
    return results


def _ask(env, orders):
    """Returns of these orders, approved with a label of ours; the jobs stay in the queue."""
    from odoo.addons.helloword_returns.intake.payload import RequestLine, ReturnRequest

    channel = env["helloword.channel"].search([("name", "=", "Benchmark")], limit=1)
    returns = env["helloword.return"].intake(
        [
            ReturnRequest(
                channel_id=channel.id,
                external_id=f"BENCH-{order.id}",
                order_ref=order.name,
                lines=(RequestLine(sku="BENCH-SHIRT", quantity=1, reason="too_small"),),
            )
            for order in orders
        ],
        decide=False,
    )
    returns.write({"decision": "return_refund", "label_payer": "seller"})
    returns.action_approve()
    env.cr.commit()
    return returns.label_ids


def _work(env, count):
    options = sys.argv[1:3]
    workers = [
        subprocess.Popen(
            [sys.executable, Path(__file__).with_name("worker.py"), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _number in range(count)
    ]
    for worker in workers:
        worker.stdout.readline()
    for worker in workers:
        worker.stdin.close()
    failed = [worker.wait() for worker in workers]
    assert not any(failed), failed
