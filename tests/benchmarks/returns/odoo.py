"""Bare Odoo: the return wizard on the delivery, then a credit note from the order."""

from . import orders as builder

MODULES = ()
check = builder.check


def prepare(env, count):
    return builder.make(env, count)


def run(env, orders):
    Wizard = env["stock.return.picking"]
    receipts = env["stock.picking"]
    for delivery in orders.picking_ids:
        wizard = Wizard.with_context(
            active_model="stock.picking", active_id=delivery.id, active_ids=delivery.ids
        ).create({})
        wizard.product_return_moves.quantity = 1
        receipts |= receipts.browse(wizard.action_create_returns()["res_id"])
    builder.receive(receipts)
    refunds = orders._create_invoices(grouped=True, final=True)
    refunds.action_post()
    for order in orders:
        lines = order.invoice_ids.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )
        lines.reconcile()
