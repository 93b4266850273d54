"""What warehouses tell: events taken in over HTTP, and a flood of them booked.

Over HTTP one server with two workers hears ``n / 25`` events over eight connections kept open, each
with a key of its own, once one by one and once a hundred a request, beside a route of bare Odoo that
reaches no database. An event counts when it is answered as accepted, which is when it is kept and
its return's job is stored; the server's job runner books some of them beside.

The flood is ``n`` events about ``n / 25`` returns in random order, every twentieth told twice, taken
in a hundred at a time and booked by two processes that take the stored jobs. Twins of some of the
returns hear the same in order: both ends must be the same.
"""

import json
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

from messages.helloword import (
    CONNECTIONS,
    _get_free_port,
    _send_all,
    _start_server,
    _wait_for,
)
from returns import orders as builder

MODULES = ("helloword_returns", "helloword_3pl")
MEASURES = True
DEFAULT_N = 50000
EVENTS_A_RETURN = 25
UNITS = EVENTS_A_RETURN // 2
BATCH = 100
WORKERS = 2
TWINS = 20
WORKER = Path(__file__).parents[1] / "labels" / "worker.py"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
PATH = "/wms/v1/events"


def prepare(env, n):
    env["helloword.return.rule"].search([]).active = False
    # What operators are told of what comes is none of this bench's jobs.
    env["helloword.wms.connection"].search([]).active = False
    env["helloword.channel"].create({"name": "Benchmark", "notify_customer": False})
    count_returns = max(n // EVENTS_A_RETURN, TWINS)
    connections = env["helloword.wms.connection"].concat(
        *(_make_connection(env, number) for number in range(CONNECTIONS))
    )
    keys = [
        env["helloword.wms.key"].create({"connection_id": connection.id, "name": "B"})._draw()
        for connection in connections
    ]
    returns = _make_returns(env, connections, count_returns + TWINS + CONNECTIONS)
    return {
        "database": env.cr.dbname,
        "keys": keys,
        "connection": connections[0].id,
        "replayed": returns[:count_returns].ids,
        "twins": returns[count_returns : count_returns + TWINS].ids,
        "told": returns[-CONNECTIONS:].mapped("name"),
        "requests": max(n // EVENTS_A_RETURN, BATCH * CONNECTIONS),
    }


def _make_connection(env, number):
    warehouse = env["stock.warehouse"].create({"name": f"Bench {number}", "code": f"B{number}"})
    return env["helloword.wms.connection"].create(
        {
            "name": f"Bench {number}",
            "partner_id": env["res.partner"].create({"name": f"Operator {number}"}).id,
            "site_ids": [(0, 0, {"warehouse_id": warehouse.id})],
        }
    )


def _make_returns(env, connections, number):
    """Approved returns, all to the first connection's warehouse, the last ones to one each."""
    from odoo.addons.helloword_returns.intake.payload import RequestLine, ReturnRequest

    channel = env["helloword.channel"].search([("name", "=", "Benchmark")], limit=1)
    orders = builder.make(env, number, units=UNITS)
    returns = env["helloword.return"]
    for start in range(0, number, builder.CHUNK):
        chunk = returns.intake(
            [
                ReturnRequest(
                    channel_id=channel.id,
                    external_id=f"BENCH-{order.id}",
                    order_ref=order.name,
                    lines=(RequestLine(sku="BENCH-SHIRT", quantity=UNITS, reason="too_small"),),
                )
                for order in orders[start : start + builder.CHUNK]
            ],
            decide=False,
        )
        chunk.write({"decision": "return_refund", "refund_trigger": "inspection"})
        for place, ret in enumerate(chunk, start):
            own = place - (number - CONNECTIONS)
            ret.warehouse_id = connections[max(own, 0)].site_ids.warehouse_id
        chunk.action_approve()
        returns |= chunk
        env.cr.commit()
        env.invalidate_all()
    return returns


def measure(env, prepared):
    """:return: tuples (mode, value, unit)"""
    return [*_measure_http(env, prepared), *_measure_replay(env, prepared)]


# -------------------------------------------------------------------------
# Over HTTP
# -------------------------------------------------------------------------


def _measure_http(env, prepared):
    n, numbers, results = prepared["requests"], count(1), []
    before = env["helloword.wms.event"].search_count([])
    port = _get_free_port()
    server = _start_server(prepared["database"], port)
    try:
        _wait_for(port)
        _send_all(port, "GET", "/web/health", [({}, None)] * (n // 10))
        seconds = _send_all(port, "GET", "/web/health", [({}, None)] * n)
        results.append(("/web/health", n / seconds, "/s"))
        for size in (1, BATCH):
            _send_all(port, "POST", PATH, _make_requests(prepared, numbers, CONNECTIONS, 1))
            requests = _make_requests(prepared, numbers, n // size, size)
            seconds = _send_all(port, "POST", PATH, requests)
            results.append((f"events, {size} a request", len(requests) * size / seconds, "/s"))
    finally:
        server.terminate()
        server.wait()
    env.cr.rollback()
    kept = env["helloword.wms.event"].search([], offset=before, order="id")
    assert len(kept) == next(numbers) - 1, len(kept)
    assert set(kept.mapped("state")) <= {"waiting", "done"}, set(kept.mapped("state"))
    env["queue.job"].sudo().search([("state", "!=", "done")]).unlink()
    env.cr.commit()
    return results


def _make_requests(prepared, numbers, amount, size):
    """Requests in an order that gives each of the open connections a key of its own."""
    return [
        (
            {"Authorization": f"Bearer {prepared['keys'][place % CONNECTIONS]}"},
            json.dumps(
                {
                    "events": [
                        {
                            "type": "parcel.arrived",
                            "event_id": f"http-{number}",
                            "occurred_at": START.isoformat(),
                            "return_number": prepared["told"][place % CONNECTIONS],
                            "tracking_number": f"T{number}",
                        }
                        for number in (next(numbers) for _event in range(size))
                    ]
                }
            ),
        )
        for place in range(amount)
    ]


# -------------------------------------------------------------------------
# The flood
# -------------------------------------------------------------------------


def _measure_replay(env, prepared):
    Return = env["helloword.return"]
    returns = Return.browse(prepared["replayed"])
    told = [event for ret in returns for event in _make_history(ret, str(ret.id), ret.id)]
    draw = random.Random(20261123)
    told += draw.sample(told, len(told) // 20)
    draw.shuffle(told)
    started = time.perf_counter()
    _take(env, prepared, told)
    seconds = time.perf_counter() - started
    results = [("flood, events taken in", len(told) / seconds, "/s")]
    jobs = env["queue.job"].sudo().search_count([("state", "=", "pending")])
    started = time.perf_counter()
    _work()
    seconds = time.perf_counter() - started
    env.cr.rollback()
    env.invalidate_all()
    failed = env["queue.job"].sudo().search([("state", "=", "failed")])
    assert not failed, failed[:1].exc_info
    assert set(returns.mapped("goods_state")) == {"processed"}, set(returns.mapped("goods_state"))
    results += [
        ("flood, returns booked", len(returns) / seconds, "/s"),
        ("flood, events booked", len(returns) * EVENTS_A_RETURN / seconds, "/s"),
        ("flood, jobs at first", jobs, ""),
    ]
    _check_twins(env, prepared)
    return results


def _take(env, prepared, told):
    Event = env["helloword.wms.event"]
    connection = env["helloword.wms.connection"].browse(prepared["connection"])
    for start in range(0, len(told), BATCH):
        results = Event._take(connection, told[start : start + BATCH])
        assert {row["result"] for row in results} <= {"accepted", "duplicate"}, results
        env.cr.commit()
        env.invalidate_all()


def _work():
    workers = [
        subprocess.Popen(
            [sys.executable, WORKER, *sys.argv[1:3]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _number in range(WORKERS)
    ]
    for worker in workers:
        worker.stdout.readline()
    for worker in workers:
        worker.stdin.close()
    failed = [worker.wait() for worker in workers]
    assert not any(failed), failed


def _make_history(ret, prefix, seed):
    """What a warehouse tells of a return: an arrival, and each unit found and treated by itself."""
    from odoo.addons.helloword_3pl.wms.base import UnitResult, WarehouseEvent

    draw, events = random.Random(seed), []

    def tell(type_, *units):
        events.append(
            WarehouseEvent(
                f"{prefix}-{len(events)}",
                type_,
                START + timedelta(hours=len(events)),
                number=ret.name,
                units=units,
            )
        )

    tell("parcel.arrived")
    for _unit in range(UNITS):
        condition, disposition = draw.choice(
            (("new", "restock"), ("good", "restock"), ("defective", "destroy"))
        )
        tell("unit.inspected", UnitResult("BENCH-SHIRT", Decimal(1), condition=condition))
        tell(
            "disposition.completed", UnitResult("BENCH-SHIRT", Decimal(1), disposition=disposition)
        )
    return events


def _check_twins(env, prepared):
    """The ends of random order and of order are the same."""
    Return = env["helloword.return"]
    pairs = list(
        zip(
            Return.browse(prepared["replayed"][:TWINS]),
            Return.browse(prepared["twins"]),
            strict=True,
        )
    )
    _take(
        env,
        prepared,
        [e for one, twin in pairs for e in _make_history(twin, f"t{twin.id}", one.id)],
    )
    _work()
    env.cr.rollback()
    env.invalidate_all()
    for one, twin in pairs:
        assert _describe(one) == _describe(twin), (_describe(one), _describe(twin))


def _describe(ret):
    results = {}
    for inspection in ret.inspection_ids.filtered(lambda row: row.state == "done"):
        key = (inspection.grade_id.code, inspection.disposition, inspection.is_processed)
        results[key] = results.get(key, 0) + inspection.quantity
    line = ret.line_ids
    return (
        results,
        ret.goods_state,
        line.mapped("quantity_received"),
        line.mapped("quantity_credited"),
        ret.credit_note_ids.mapped("amount_total"),
    )
