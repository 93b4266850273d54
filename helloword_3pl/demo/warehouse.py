"""The demonstration's warehouse abroad: a parcel for each way a return may go, as far along as the
demo warehouse takes them."""

import base64

from odoo import fields

from odoo.addons.helloword_returns.demo import catalogue
from odoo.addons.helloword_returns.demo.catalogue import Plan
from odoo.addons.helloword_returns.demo.loader import DemoLoader

# What happens to a return in the warehouse, and the return it happens to; the first have been
# there longest.
PLANS = [
    ("full", Plan("HW-TEE-M", "too_small", "wms", 20, quantity=2)),
    ("damaged", Plan("HW-LAMP", "did_not_like", "wms", 19, quantity=2)),
    ("wrong", Plan("HW-EAR", "no_longer_wanted", "wms", 18)),
    ("over", Plan("HW-CASE", "too_small", "wms", 17, quantity=2)),
    ("empty", Plan("HW-SHOE-42", "too_large", "wms", 16)),
    ("unlabelled", Plan("HW-DRESS-S", "bad_fit", "wms", 12)),
    ("corrected", Plan("HW-GRIND", "no_longer_wanted", "wms", 11)),
    ("partial", Plan("HW-TEE-M", "too_large", "wms", 9, quantity=3, kept=1)),
    ("late", Plan("HW-LAMP", "did_not_like", "wms", 8)),
]
# So many are inspected and treated; the next are being inspected; the last are on their way.
TREATED, ARRIVED = 5, 7


class DemoWarehouse:
    """:param env: superuser's environment"""

    def __init__(self, env):
        self._loader = DemoLoader(env)
        self._env = self._loader.env
        self._company = env.ref("base.main_company")

    def load(self):
        channel = self._env["helloword.channel"].search(
            [
                ("company_id", "=", self._company.id),
                ("provider", "=", "manual"),
                ("refund_journal_id", "!=", False),
            ],
            limit=1,
        )
        if not channel:
            return
        connection = self._make_connection(self._make_warehouse())
        returns = self._make_returns(channel)
        returns.write({"decision": "return_refund", "warehouse_id": connection.warehouse_ids.id})
        for start, end, steps in ((0, TREATED, 3), (TREATED, ARRIVED, 1), (ARRIVED, None, 0)):
            for (mode, _plan), ret in zip(PLANS[start:end], returns[start:end], strict=True):
                connection.demo_mode = mode
                ret.action_approve()
            for _step in range(steps):
                connection.action_demo_hurry()
        connection.demo_mode = False
        self._import_bill(connection)

    def _make_warehouse(self):
        address = self._env["res.partner"].create(
            {
                "name": "Overseas Fulfilment GmbH",
                "is_company": True,
                "street": "Am Güterbahnhof 7",
                "zip": "04356",
                "city": "Leipzig",
                "country_id": self._env.ref("base.de").id,
                "email": "returns@overseas-fulfilment.example.com",
            }
        )
        return self._env["stock.warehouse"].create(
            {
                "name": "Leipzig",
                "code": "LEJ",
                "company_id": self._company.id,
                "partner_id": address.id,
            }
        )

    def _make_connection(self, warehouse):
        return self._env["helloword.wms.connection"].create(
            {
                "name": "Overseas Fulfilment (demo)",
                "provider": "demo",
                "demo_pace": "days",
                "company_id": self._company.id,
                "partner_id": warehouse.partner_id.id,
                "user_id": self._env.ref("base.user_admin").id,
                "fee_currency_id": self._env.ref("base.EUR").id,
                "site_ids": [fields.Command.create({"warehouse_id": warehouse.id, "code": "LEJ1"})],
                "note": "Plays a warehouse of others: “Next Step” moves every parcel on.",
            }
        )

    def _make_returns(self, channel):
        """One request for each plan, about goods that were delivered and paid."""
        loader, plans = self._loader, [plan for _mode, plan in PLANS]
        loader.products = {
            product.default_code: product
            for product in self._env["product.product"].search(
                [("default_code", "in", [row[0] for row in catalogue.PRODUCTS])]
            )
        }
        names = [row[0] for row in catalogue.CUSTOMERS]
        loader.customers = self._env["res.partner"].search([("name", "in", names)], order="id")
        orders = loader._make_orders(channel, self._company.currency_id, plans)
        for order in orders:
            order.return_channel_ref = f"L{order.return_channel_ref}"
        return (
            self._env["helloword.return"]
            .with_company(self._company)
            .intake(
                [
                    loader._make_request(channel, order, plan)
                    for order, plan in zip(orders, plans, strict=True)
                ],
                decide=False,
            )
        )

    def _import_bill(self, connection):
        """The operator's bill of what it told so far: most rows agree, one is dearer, one was never
        told, one is about no return and one cannot be read."""
        costs = self._env["helloword.return.cost"].search(
            [("wms_connection_id", "=", connection.id), ("state", "=", "accrued")], order="id"
        )
        if not costs:
            return
        rows = [
            (cost._get_wms_fee_ref(), cost.return_id.name, cost.kind, f"{cost.amount:.2f}")
            for cost in costs
        ]
        rows[0] = (*rows[0][:3], f"{costs[0].amount + 0.4:.2f}")
        rows += [
            ("", "", "Storage", "38.00"),
            ("X-4711", costs[-1].return_id.name, "Photo", "0.60"),
            ("X-4712", costs[-1].return_id.name, "Repack", "see annex"),
        ]
        lines = [("Fee ID", "Return Number", "Type", "Amount"), *rows]
        content = "\n".join(",".join(line) for line in lines)
        self._env["helloword.wms.bill.import"].create(
            {
                "connection_id": connection.id,
                "file": base64.b64encode(content.encode()),
                "filename": "OF-2026-10.csv",
                "number": "OF-2026-10",
            }
        ).action_import()
