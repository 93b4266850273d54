"""Our advice on a year of finished returns; ``n`` is the number of their lines."""

from measuring import Stopwatch, get_memory

from .history import BREAK_EVEN, write_history

MODULES = ("helloword_returns",)
MEASURES = True
DEFAULT_N = 1_000_000


def prepare(env, n):
    env.company.write(
        {
            "return_keep_it_risk_percent": 0.0,
            "return_labour_hourly_cost": 0.0,
        }
    )
    env["helloword.return.history"]._cron_refresh()
    return write_history(env, n)


def measure(env, returns):
    """:return: tuples (mode, value, unit)"""
    History = env["helloword.return.history"]
    python, postgres = get_memory(env)
    with Stopwatch(env) as first:
        History._refresh(env.company)
    with Stopwatch(env) as again:
        History._refresh(env.company)
    python_peak, postgres_peak = get_memory(env)
    advice = env["helloword.threshold.advice"].search([("company_id", "=", env.company.id)])
    _check(advice, returns)
    with Stopwatch(env) as form:
        advice[:1].read()
    sample = env["helloword.return"].search([("name", "=like", "BENCH/%")], limit=100)
    with Stopwatch(env) as estimate:
        sample._estimate_decisions()
    return [
        ("first", first.seconds * 1000, "ms"),
        ("again", again.seconds * 1000, "ms"),
        ("advice", len(advice), "pc"),
        ("form", form.seconds * 1000, "ms"),
        ("est.100", estimate.seconds * 1000, "ms"),
        ("python", python_peak - python, "MB"),
        ("pgsql", postgres_peak - postgres, "MB"),
    ]


def _check(advice, returns):
    whole = advice.filtered(lambda record: record.scope == "company")
    assert whole.return_count >= returns, whole.return_count
    assert abs(whole.break_even - BREAK_EVEN) < 1, whole.break_even
    assert not whole.is_thin
