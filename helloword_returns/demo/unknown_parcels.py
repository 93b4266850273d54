"""Parcels of the demonstration nobody could place: one with a sender and goods that fit a return,
one with the number of an order nobody asked to return, one with nothing on it, soon destroyed."""

from datetime import timedelta

from odoo import fields


class DemoUnknownParcels:
    """:param env: of whoever installs the demonstration"""

    def __init__(self, env):
        self.env = env

    def load(self):
        company = self.env.ref("base.main_company")
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        now = fields.Datetime.now()
        common = {"company_id": company.id, "warehouse_id": warehouse.id, "source": "dock"}
        self.env["helloword.unknown.parcel"]._take_in(
            [
                common | vals | {"arrival_date": now - timedelta(days=days)}
                for vals, days in (
                    (self._describe_sent(company), 1),
                    (self._describe_order(company), 2),
                    (
                        {
                            "ref": "DOCK-3",
                            "tracking_number": "LX004417902CN",
                            "carrier": "China Post",
                            "weight": 0.4,
                            "note": "No slip, no name; a used phone case in a grey bag.",
                            "destroy_date": now + timedelta(days=3),
                            "lines": [{"sku": "grey phone case, scratched", "quantity": 1}],
                        },
                        27,
                    ),
                )
                if vals
            ]
        )

    def _describe_sent(self, company):
        """What a customer with a return on its way writes on a parcel of their own."""
        ret = self.env["helloword.return"].search(
            [
                ("company_id", "=", company.id),
                ("goods_state", "=", "expected"),
                ("partner_id", "!=", False),
            ],
            order="id",
            limit=1,
        )
        partner = ret.partner_id
        return ret and {
            "ref": "DOCK-1",
            "sender_name": partner.name,
            "sender_email": partner.email,
            "sender_zip": partner.zip,
            "sender_city": partner.city,
            "sender_country_id": partner.country_id.id,
            "tracking_number": "00340434161094042557",
            "carrier": "DHL",
            "lines": [
                {"product_id": line.product_id.id, "quantity": line.quantity}
                for line in ret.line_ids[:1]
            ],
        }

    def _describe_order(self, company):
        """An order number on a slip, of goods nobody asked to return."""
        order = self.env["sale.order"].search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "sale"),
                ("return_ids", "=", False),
                ("picking_ids.state", "=", "done"),
            ],
            order="id",
            limit=1,
        )
        return order and {
            "ref": "DOCK-2",
            "order_ref": order.name,
            "weight": 1.2,
            "note": "Slip with an order number only.",
        }
