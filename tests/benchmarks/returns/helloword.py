"""HelloWord Returns: intake, rules, receipt, inspection, restock, credit note."""

from . import orders as builder

MODULES = ("helloword_returns",)
check = builder.check


def prepare(env, count):
    env["helloword.return.rule"].search([]).active = False
    env["helloword.return.rule"].create(
        {
            "name": "Benchmark: back for a refund",
            "decision": "return_refund",
            "refund_trigger": "inspection",
        }
    )
    env["helloword.channel"].create({"name": "Benchmark", "notify_customer": False})
    return builder.make(env, count)


def run(env, orders):
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
        ]
    )
    returns.action_receive()
    returns.action_inspect()
    returns.action_refund()
