"""OCA rma and rma_sale 19.0, as their wizard on the order works."""

from . import orders as builder

MODULES = ("rma_sale",)
# Fetched into a folder of the benchmark only; nothing of it is imported or shipped by us.
WHEELS = ("odoo-addon-rma==19.0.1.0.4.2", "odoo-addon-rma-sale==19.0.1.1.1")
check = builder.check


def prepare(env, count):
    return builder.make(env, count)


def run(env, orders):
    operation = env.ref("rma.rma_operation_refund")
    rmas = env["rma"]
    for order in orders:
        wizard = env["sale.order.rma.wizard"].browse(order.action_create_rma()["res_id"])
        wizard.operation_id = operation
        wizard.line_ids.write({"quantity": 1, "operation_id": operation.id})
        rmas |= wizard.create_rma()
    rmas.action_confirm()
    builder.receive(rmas.reception_move_id.picking_id)
    rmas.action_refund()
    refunds = rmas.refund_id
    refunds.action_post()
    for order in orders:
        lines = (order.invoice_ids | order.rma_ids.refund_id).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )
        if len(lines) > 1:
            lines.reconcile()
