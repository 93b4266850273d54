"""Our rules: 50 of them over 1,000 and over 10,000 new returns in one call, and a simulation of the
same rules on ``n`` past returns.

Deciding is measured alone: facts noted, rules matched, plans copied, everything explained,
approvals and reviews carried out. What follows in jobs and at the dock is the matter of the
benchmark ``returns``.
"""

from advisor.history import write_history
from measuring import Stopwatch

MODULES = ("helloword_returns",)
MEASURES = True
DEFAULT_N = 100_000
RULES = 50
FEW, MANY = 1_000, 10_000


def prepare(env, n):
    write_history(env, int(n * 1.2))
    env["helloword.return.rule"].search([]).enabled = False
    countries = env["helloword.return"].search([("name", "=like", "BENCH/%")]).country_id
    env["helloword.return.rule"].create(
        [
            {
                "name": f"Rule {number}",
                "sequence": number,
                "decision": "refund_only" if number % 2 else "manual",
                "refund_trigger": "request",
                "amount_min": 5.0 + 5 * number,
                "amount_max": 10.0 + 5 * number,
                "country_ids": countries[: 5 + number % 20].ids,
                "domain": f"[('customer_return_count', '<', {3 + number % 5})]",
            }
            for number in range(RULES)
        ]
    )
    return n


def measure(env, n):
    """:return: tuples (mode, value, unit)"""
    results = []
    queries = {}
    for count in (FEW, MANY):
        returns = _reopen(env, count)
        before = env.cr.sql_log_count
        with Stopwatch(env) as watch:
            returns.action_decide()
        queries[count] = env.cr.sql_log_count - before
        results.append((f"decide {count}", count / watch.seconds, "/s"))
        results.append((f"queries {count}", queries[count], ""))
    simulation = env["helloword.rule.simulation"].create(
        {
            "rule_ids": [(6, 0, env["helloword.return.rule"].search([("enabled", "=", True)]).ids)],
            "scope": "alone",
            "date_from": "2000-01-01",
        }
    )
    env.cr.commit()
    with Stopwatch(env) as watch:
        simulation._run()
    assert simulation.return_count >= n, simulation.return_count
    results.append((f"simulate {simulation.return_count}", watch.seconds, "s"))
    return results


def _reopen(env, count):
    """That many returns as they were before any decision."""
    env.cr.execute(
        """
        UPDATE helloword_return
           SET approval_state = 'requested', state = 'requested', stage = 'new', decision = NULL,
               rule_id = NULL, goods_state = 'none'
         WHERE id IN (
            SELECT id FROM helloword_return WHERE name LIKE 'BENCH/%%' ORDER BY id LIMIT %s)
     RETURNING id
        """,
        [count],
    )
    ids = [row[0] for row in env.cr.fetchall()]
    env.invalidate_all()
    return env["helloword.return"].browse(sorted(ids))
