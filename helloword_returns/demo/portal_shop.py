"""The customers' pages of the demonstration: a shop that is open, and orders to try it with."""

from datetime import timedelta

from odoo import fields

from ..intake.withdrawal_statement import WithdrawalStatement
from . import catalogue
from .loader import QUIET

# Order number → (who buys, who gets it; SKU or size of the sneakers with quantities)
ORDERS = {
    "WEB-1001": ("Clara Weiss", "Clara Weiss", {"42": 2, "HW-LAMP": 1, "HW-CASE": 3}),
    "WEB-1002": ("portal", "portal", {"41": 1, "HW-DRESS-S": 1}),
    "WEB-1003": ("Clara Weiss", "Ben Okafor", {"43": 1}),
    "WEB-1004": ("Clara Weiss", "Clara Weiss", {"HW-LAMP": 1, "HW-CASE": 1}),
}
# Its buyer has withdrawn by letter.
WITHDRAWN = "WEB-1004"
PEOPLE = {
    "Clara Weiss": ("clara@customer.example.com", "DE", "50674", "Köln", "Aachener Straße 90"),
    "Ben Okafor": ("ben@customer.example.com", "GB", "LS1 4AP", "Leeds", "2 Park Lane"),
}
SIZES = ("41", "42", "43")


class PortalShop:
    """:param env: superuser's environment"""

    def __init__(self, env):
        self.env = env(context={**env.context, **QUIET})
        self.company = self.env.ref("base.main_company")
        self.warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )

    def load(self):
        self.company.write(
            {
                "return_portal": True,
                "return_page_slug": "demo-shop",
                "return_page_title": "Demo Shop",
                "return_page_intro": "You can send back what you do not want within 30 days. "
                "Try order WEB-1001 with the postcode 50674.",
            }
        )
        people = self._make_people()
        products = self._make_products()
        orders = self.env["sale.order"].create(
            [
                {
                    "name": number,
                    "partner_id": people[buyer].id,
                    "partner_shipping_id": people[recipient].id,
                    "company_id": self.company.id,
                    "warehouse_id": self.warehouse.id,
                    "order_line": [
                        fields.Command.create(
                            {"product_id": products[key].id, "product_uom_qty": quantity}
                        )
                        for key, quantity in contents.items()
                    ],
                }
                for number, (buyer, recipient, contents) in ORDERS.items()
            ]
        )
        self._make_rule()
        orders.action_confirm()
        orders.date_order = fields.Datetime.now() - timedelta(days=9)
        for move in orders.picking_ids.move_ids:
            move.quantity = move.product_uom_qty
            move.picked = True
        orders.picking_ids.button_validate()
        orders._create_invoices(grouped=True).action_post()
        self._withdraw(orders.filtered(lambda order: order.name == WITHDRAWN))

    def _withdraw(self, order):
        """A consumer's letter, recorded and answered by a clerk."""
        withdrawal = self.env["helloword.withdrawal"]._take(
            [
                WithdrawalStatement(
                    company_id=self.company.id,
                    name=order.partner_id.name,
                    contract=order.name,
                    lang="de",
                    source="letter",
                    received_at=fields.Datetime.now() - timedelta(days=1),
                    order_id=order.id,
                )
            ]
        )
        withdrawal.action_mark_acknowledged()

    def _make_rule(self):
        """Customers who ask on the page choose for themselves."""
        self.env["helloword.return.rule"].create(
            {
                "name": "Demo Shop: the customer chooses",
                "sequence": 5,
                "company_id": self.company.id,
                "domain": "[('is_self_service', '=', True), ('amount_company', '<', 200), "
                "('reason_group_id.code', 'in', ['changed_mind', 'size'])]",
                "decision": "return_refund",
                "label_payer": "seller",
                "refund_trigger": "receipt",
                "offer_exchange": True,
                "exchange_bonus_percent": 5,
                "offer_store_credit": True,
                "credit_bonus_percent": 10,
                "offer_keep_it": True,
                "keep_it_ladder": "20, 30",
            }
        )

    def _make_people(self):
        people = {"portal": self.env.ref("base.demo_user0").partner_id}
        for name, (email, country, zip_code, city, street) in PEOPLE.items():
            people[name] = self.env["res.partner"].create(
                {
                    "name": name,
                    "email": email,
                    "country_id": self.env.ref(f"base.{country.lower().replace('gb', 'uk')}").id,
                    "zip": zip_code,
                    "city": city,
                    "street": street,
                }
            )
        return people

    def _make_products(self):
        """Sneakers in three sizes, the last dearer; and the rest of the demonstration's goods."""
        attribute = self.env["product.attribute"].create(
            {
                "name": "Size",
                "create_variant": "always",
                "value_ids": [fields.Command.create({"name": size}) for size in SIZES],
            }
        )
        sneakers = self.env["product.template"].create(
            {
                "name": "Canvas Sneakers",
                "is_storable": True,
                "invoice_policy": "order",
                "list_price": 64.0,
                "standard_price": 21.0,
                "weight": 0.8,
                "taxes_id": False,
                "image_1920": catalogue.draw_picture("#c1666b", "C"),
                "attribute_line_ids": [
                    fields.Command.create(
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [fields.Command.set(attribute.value_ids.ids)],
                        }
                    )
                ],
            }
        )
        values = sneakers.attribute_line_ids.product_template_value_ids
        values.filtered(lambda value: value.name == SIZES[-1]).price_extra = 5.0
        products = {
            variant.product_template_attribute_value_ids.name: variant
            for variant in sneakers.product_variant_ids
        }
        for variant in sneakers.product_variant_ids:
            self.env["stock.quant"]._update_available_quantity(
                variant, self.warehouse.lot_stock_id, 20
            )
        codes = [row[0] for row in catalogue.PRODUCTS]
        for product in self.env["product.product"].search([("default_code", "in", codes)]):
            products[product.default_code] = product
        return products
