"""Orders for every contender: one line, delivered, invoiced, each with a buyer of its own."""

CHUNK = 50
QUIET = {"skip_sms": True, "skip_backorder": True}


def make(env, count, units=2):
    """:param units: in each order
    :return: ``count`` confirmed, delivered and invoiced sales orders
    """
    product = env["product.product"].create(
        {
            "name": "Benchmark shirt",
            "default_code": "BENCH-SHIRT",
            "is_storable": True,
            "invoice_policy": "delivery",
            "lst_price": 30.0,
            "standard_price": 10.0,
        }
    )
    warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
    env["stock.quant"]._update_available_quantity(
        product, warehouse.lot_stock_id, (units + 1) * count
    )
    partners = env["res.partner"].create(
        [{"name": f"Buyer {number}", "email": f"b{number}@example.com"} for number in range(count)]
    )
    orders = env["sale.order"].create(
        [
            {
                "partner_id": partner.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": units, "price_unit": 30.0})
                ],
            }
            for partner in partners
        ]
    )
    for start in range(0, count, CHUNK):
        chunk = orders[start : start + CHUNK]
        chunk.action_confirm()
        receive(chunk.picking_ids)
        chunk._create_invoices(grouped=True).action_post()
        env.cr.commit()
        env.invalidate_all()
    return orders


def receive(pickings, quantity=None):
    """Validate transfers in full, or one line of ``quantity``."""
    for move in pickings.move_ids:
        move.quantity = quantity or move.product_uom_qty
        move.picked = True
    pickings.with_context(**QUIET).button_validate()


def check(env, orders):
    """Each order has one unit back, and one posted credit note reconciled with its invoice."""
    env.invalidate_all()
    for order in orders:
        assert order.order_line.qty_delivered == 1, (order.name, order.order_line.qty_delivered)
        refund = order.invoice_ids.filtered(lambda move: move.move_type == "out_refund")
        assert len(refund) == 1 and refund.state == "posted", (order.name, refund)
        assert refund.payment_state in ("paid", "in_payment", "reversed"), refund.payment_state
