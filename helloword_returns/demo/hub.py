"""The returns hub of the demonstration: parcels of British customers go to Leeds; one batch is on
its way home to Hamburg, its costs split, and goods wait for the next."""

from dataclasses import dataclass
from datetime import timedelta

from odoo import fields

from .catalogue import Plan

PLANS = [
    Plan("HW-DRESS-S", "too_small", "hub", 34),
    Plan("HW-SHOE-42", "too_large", "hub", 33, quantity=2),
    Plan("HW-LAMP", "did_not_like", "hub", 31),
    Plan("HW-TEE-M", "too_small", "hub", 30, quantity=3),
    Plan("HW-GRIND", "no_longer_wanted", "hub", 16),
    Plan("HW-EAR", "did_not_like", "hub", 14),
]
# How many of them have left the hub.
SENT = 4


@dataclass(frozen=True)
class Hub:
    """:param loader: the :class:`~.loader.DemoLoader`
    :param channel: ``helloword.channel`` whose goods the hub collects
    :param currency: ``res.currency`` of its orders
    """

    loader: object
    channel: object
    currency: object

    def load(self):
        hub = self._make_hub()
        customers = self.loader.customers
        british = customers.filtered(lambda customer: customer.country_code == "GB")
        self.loader.customers = british
        orders = self.loader._make_orders(self.channel, self.currency, PLANS)
        self.loader.customers = customers
        for order in orders:
            order.return_channel_ref = f"H{order.return_channel_ref}"
        returns = (
            self.loader.env["helloword.return"]
            .with_company(self.channel.company_id)
            .intake(
                [
                    self.loader._make_request(self.channel, order, plan)
                    for order, plan in zip(orders, PLANS, strict=True)
                ],
                decide=False,
            )
        )
        returns.write({"decision": "return_refund", "warehouse_id": hub.id})
        returns.action_approve()
        returns[:SENT].action_receive()
        self._send_home(hub)
        returns[SENT:].action_receive()

    def _make_hub(self):
        env = self.loader.env
        company = self.channel.company_id
        address = env["res.partner"].create(
            {
                "name": "Northern Returns Ltd.",
                "is_company": True,
                "street": "Unit 4, Whitehall Road",
                "zip": "LS12 6JU",
                "city": "Leeds",
                "country_id": env.ref("base.uk").id,
                "phone": "+44 113 496 0000",
                "email": "dock@northern.example.com",
            }
        )
        home = self.loader._get_warehouse(company)
        return env["stock.warehouse"].create(
            {
                "name": "Leeds",
                "code": "LEE",
                "company_id": company.id,
                "partner_id": address.id,
                "is_return_hub": True,
                "return_home_warehouse_id": home.id,
                "return_hub_days": 14,
                "return_hub_value": 1500.0,
            }
        )

    def _send_home(self, hub):
        """One batch that has left, with the forwarder's freight split to its returns."""
        env = self.loader.env
        forwarder = env["res.partner"].create({"name": "Channel Freight", "is_company": True})
        batch = hub._plan_return_consolidations()
        batch.write(
            {
                "carrier_partner_id": forwarder.id,
                "planned_date": (self.loader.now - timedelta(days=2)).date(),
                "tracking_number": "CF-20931",
                "user_id": env.ref("base.user_admin").id,
                "cost_ids": [
                    fields.Command.create({"kind": "freight", "amount": 86.4}),
                    fields.Command.create({"kind": "duty", "amount": 24.9}),
                ],
            }
        )
        batch.action_confirm()
        leaving = batch.picking_ids.filtered(
            lambda picking: picking.location_dest_id.usage == "transit"
        )
        for move in leaving.move_ids:
            move.quantity = move.product_uom_qty
            move.picked = True
        leaving.button_validate()
