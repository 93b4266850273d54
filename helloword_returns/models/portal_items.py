from dataclasses import dataclass
from typing import Any

from odoo import fields, models
from odoo.tools import float_compare

from .returnable_pool import ReturnablePool


@dataclass(frozen=True)
class PortalItem:
    """What a customer bought, and how much of it can be sent back.

    :param sale_line: ``sale.order.line`` record
    :param float returnable: in the product's own unit
    :param str obstacle: why nothing of it can be sent back, for the customer; else empty
    """

    sale_line: Any
    returnable: float
    obstacle: str

    @property
    def product(self):
        return self.sale_line.product_id

    @property
    def name(self):
        return self.product._get_portal_name()

    @property
    def choices(self):
        """:return: quantities to choose from, whole units and what is left below one"""
        whole = int(self.returnable + 1e-6)
        rest = self.returnable - whole
        return [*range(whole + 1), *([round(self.returnable, 3)] if rest > 1e-6 else [])]


@dataclass(frozen=True)
class ExchangeChoice:
    """Another product the customer may take instead.

    :param product: ``product.product`` record
    :param float difference: what it costs more than the returned goods, tax included, for the
        whole quantity, in the order's currency; negative when it costs less
    :param bool available: it is in stock
    """

    product: Any
    difference: float
    available: bool


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _get_portal_name(self):
        """The name with its variant, without our own code."""
        self.ensure_one()
        return self.with_context(display_default_code=False).display_name


class HellowordChannel(models.Model):
    _inherit = "helloword.channel"

    portal_allowed = fields.Boolean(
        string="Returns Portal",
        default=True,
        help="Buyers of this channel may ask for returns on your own page. Switch it off where "
        "the marketplace wants returns to go through it.",
    )


class SaleOrder(models.Model):
    """Orders as their customers see them who want to send something back."""

    _inherit = "sale.order"

    def _get_portal_obstacle(self):
        """:return: why nothing of this order can be returned on the page, else empty text"""
        self.ensure_one()
        channel = self.return_channel_id
        if channel and not channel.portal_allowed:
            return self.env._(
                "Orders from %s are returned there. Please ask for the return in your order "
                "history.",
                channel.name,
            )
        return ""

    def _get_portal_items(self):
        """The goods of an order with what can be returned of them.

        :return: list of :class:`PortalItem`, in the order's sequence
        """
        self.ensure_one()
        lines = self.order_line.filtered(
            lambda line: (
                not line.display_type
                and not line.is_downpayment
                and line.product_id.type == "consu"
                and line.product_uom_qty > 0
            )
        )
        pool = ReturnablePool(self.env["helloword.return"], exclude=False, orders=self)
        return [
            PortalItem(line, pool.get_returnable(line), line._get_portal_obstacle(pool))
            for line in lines
        ]

    def _get_portal_channel(self):
        """The channel a request about this order belongs to."""
        self.ensure_one()
        return self.return_channel_id or self.env["helloword.channel"]._get_manual(self.company_id)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _get_portal_obstacle(self, pool):
        self.ensure_one()
        rounding = self.product_id.uom_id.rounding or 0.01
        if float_compare(pool.get_returnable(self), 0.0, precision_rounding=rounding) > 0:
            return ""
        if any(line.quantity_reserved > 0 for line in self.return_line_ids):
            return self.env._("You have asked to return this already.")
        return self.env._("This has not been delivered yet.")

    def _get_portal_unit_price(self):
        """:return: what the customer paid for one product unit, tax included"""
        self.ensure_one()
        quantity = self.product_uom_id._compute_quantity(
            self.product_uom_qty, self.product_id.uom_id, round=False
        )
        return self.currency_id.round(self.price_total / quantity) if quantity else 0.0

    def _get_exchange_choices(self, quantity, bonus_percent=0.0):
        """What the customer may take instead of a quantity of this line.

        The same product first, then the other variants of it, at the price the customer would
        pay for them today with the taxes of the order.

        :param float quantity: in the product's own unit
        :param float bonus_percent: of what was paid, which makes dearer goods cheaper
        :return: list of :class:`ExchangeChoice`
        """
        self.ensure_one()
        order, product = self.order_id, self.product_id
        variants = (product | product.product_tmpl_id.product_variant_ids).filtered("active")
        variants = variants.with_context(warehouse_id=order.warehouse_id.id)
        paid = self._get_portal_unit_price()
        prices = self._get_exchange_prices(variants)
        choices = []
        for variant in variants:
            available = not variant.is_storable or (
                float_compare(
                    variant.free_qty, quantity, precision_rounding=variant.uom_id.rounding or 0.01
                )
                >= 0
            )
            difference = 0.0
            if variant != product:
                difference = prices[variant] - paid
                if difference > 0:
                    difference = max(difference - paid * bonus_percent / 100.0, 0.0)
                difference = order.currency_id.round(difference * quantity)
            choices.append(ExchangeChoice(variant.with_env(self.env), difference, available))
        return choices

    def _get_exchange_prices(self, variants):
        """:return: dict of product → price of one unit, tax included, in the order's currency"""
        order = self.order_id
        date = fields.Datetime.now()
        prices = {}
        for variant in variants:
            if order.pricelist_id:
                price = order.pricelist_id._get_product_price(
                    variant, 1.0, currency=order.currency_id, date=date
                )
            else:
                price = variant.currency_id._convert(
                    variant.lst_price, order.currency_id, order.company_id, date
                )
            taxes = order.fiscal_position_id.map_tax(
                variant.taxes_id._filter_taxes_by_company(order.company_id)
            )
            prices[variant] = taxes.compute_all(
                price,
                currency=order.currency_id,
                product=variant,
                partner=order.partner_shipping_id,
            )["total_included"]
        return prices
