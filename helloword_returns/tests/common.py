from odoo import Command, fields
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..intake.payload import RequestLine, ReturnRequest


@tagged("post_install", "-at_install")
class ReturnsCommon(AccountTestInvoicingCommon):
    """One company with accounts, a warehouse, products in stock and a sales channel; a second
    company and a second currency beside it; and short ways to an order and to a return."""

    chart_template = "generic_coa"

    @classmethod
    def get_default_groups(cls):
        groups = super().get_default_groups()
        for xmlid in (
            "helloword_returns.group_return_manager",
            "sales_team.group_sale_manager",
            "stock.group_stock_manager",
            "stock.group_production_lot",
            "stock.group_stock_multi_locations",
        ):
            groups |= cls.env.ref(xmlid)
        return groups

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_2_data = cls.setup_other_company(name="Second Company")
        cls.company_2 = cls.company_2_data["company"]
        cls.env.user.company_ids |= cls.company_2
        # Nothing is known of Hong Kong's law: rules of a test break none unless it wants them to.
        cls.env["res.company"].search([]).return_country_ids = cls._country("HK")
        cls.other_currency = cls.setup_other_currency(
            "EUR", rates=[("2020-01-01", 0.8), (fields.Date.today(), 0.5)]
        )
        cls.warehouse = cls._get_warehouse(cls.company)
        cls.warehouse_2 = cls._get_warehouse(cls.company_2)
        cls.stock_location = cls.warehouse.lot_stock_id
        cls.customer_location = cls.env.ref("stock.stock_location_customers")
        cls.supplier_location = cls.env.ref("stock.stock_location_suppliers")
        cls.customer = cls.env["res.partner"].create(
            {"name": "Ada Buyer", "email": "ada@example.com", "country_id": cls._country("DE").id}
        )
        cls._make_products()
        cls.channel, cls.channel_2 = cls.env["helloword.channel"].create(
            [
                {"name": "Shop", "company_id": cls.company.id},
                {"name": "Second Shop", "company_id": cls.company_2.id},
            ]
        )

    @classmethod
    def _country(cls, code):
        return cls.env["res.country"].search([("code", "=", code)])

    @classmethod
    def _get_warehouse(cls, company):
        Warehouse = cls.env["stock.warehouse"]
        return Warehouse.search([("company_id", "=", company.id)], limit=1) or Warehouse.create(
            {"name": company.name, "code": f"W{company.id}", "company_id": company.id}
        )

    @classmethod
    def _make_products(cls):
        categories = cls.env["product.category"].create(
            [
                {
                    "name": f"Goods {method}",
                    "property_cost_method": method,
                    "property_valuation": "real_time",
                }
                for method in ("standard", "average", "fifo")
            ]
        )
        for category, method in zip(categories, ("standard", "average", "fifo"), strict=True):
            category.with_company(cls.company_2).write(
                {"property_cost_method": method, "property_valuation": "real_time"}
            )
        cls.category_standard, cls.category_average, cls.category_fifo = categories
        common = {
            "is_storable": True,
            "invoice_policy": "order",
            "lst_price": 100.0,
            "taxes_id": cls.tax_sale_a,
        }
        cls.product_standard, cls.product_average, cls.product_fifo, cls.product_serial = (
            cls._create_product(
                name=name,
                default_code=name.upper().replace(" ", "-"),
                categ_id=category.id,
                standard_price=10.0,
                tracking=tracking,
                **common,
            )
            for name, category, tracking in (
                ("Standard mug", cls.category_standard, "none"),
                ("Average lamp", cls.category_average, "none"),
                ("Fifo chair", cls.category_fifo, "none"),
                ("Serial phone", cls.category_average, "serial"),
            )
        )
        cls._put_in_stock(
            {cls.product_standard: 500, cls.product_average: 500, cls.product_fifo: 500}
        )
        cls.serials = cls._make_serials(cls.product_serial, 5)
        cls._put_in_stock({cls.product_serial: 1}, lots=cls.serials)

    @classmethod
    def _make_serials(cls, product, count):
        return cls.env["stock.lot"].create(
            [{"name": f"SN-{product.id}-{n}", "product_id": product.id} for n in range(count)]
        )

    @classmethod
    def _put_in_stock(cls, quantities, location=None, lots=None):
        """Add quantities by an inventory adjustment, at the products' current cost.

        :param dict quantities: product → quantity; with ``lots``, the quantity of each lot
        """
        quants = cls.env["stock.quant"].with_context(inventory_mode=True)
        location = location or cls.stock_location
        quants.create(
            [
                {
                    "product_id": product.id,
                    "location_id": location.id,
                    "lot_id": lot.id,
                    "inventory_quantity": quantity,
                }
                for product, quantity in quantities.items()
                for lot in (lots or [cls.env["stock.lot"]])
            ]
        ).action_apply_inventory()

    # -------------------------------------------------------------------------
    # Orders
    # -------------------------------------------------------------------------

    @classmethod
    def _make_orders(
        cls,
        orders,
        partner=None,
        deliver=True,
        invoice=True,
        currency=None,
        company=None,
        **order_vals,
    ):
        """Confirmed orders, one for each list of lines; delivered and invoiced unless told not to.

        :param orders: list of lists of ``(product, quantity)`` or ``(product, quantity, price)``
            or dicts of order line values
        """
        company = company or cls.company
        vals = {
            "partner_id": (partner or cls.customer).id,
            "company_id": company.id,
            "warehouse_id": cls._get_warehouse(company).id,
            **order_vals,
        }
        if currency:
            vals["pricelist_id"] = cls._get_pricelist(currency).id
        orders = (
            cls.env["sale.order"]
            .with_company(company)
            .create(
                [
                    vals | {"order_line": [cls._make_order_line(line) for line in lines]}
                    for lines in orders
                ]
            )
        )
        orders.action_confirm()
        if deliver:
            cls._deliver(orders)
        if invoice:
            cls._invoice(orders)
        return orders

    @classmethod
    def _make_order(cls, lines, **kwargs):
        """One order; see :meth:`_make_orders`."""
        return cls._make_orders([lines], **kwargs)

    @classmethod
    def _make_order_line(cls, line):
        if isinstance(line, dict):
            return Command.create(line)
        product, quantity, *price = line
        vals = {"product_id": product.id, "product_uom_qty": quantity}
        if price:
            vals["price_unit"] = price[0]
        return Command.create(vals)

    @classmethod
    def _get_pricelist(cls, currency):
        name = f"Prices in {currency.name}"
        Pricelist = cls.env["product.pricelist"]
        return Pricelist.search(
            [("name", "=", name), ("currency_id", "=", currency.id)], limit=1
        ) or Pricelist.create({"name": name, "currency_id": currency.id, "company_id": False})

    @classmethod
    def _deliver(cls, orders):
        """Deliver everything the orders still wait for, every step of every route."""
        while pickings := orders.picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        ):
            ready = pickings.filtered(
                lambda picking: (
                    not any(
                        move.state not in ("done", "cancel")
                        for move in picking.move_ids.move_orig_ids
                    )
                )
            )
            cls._transfer(ready)
            orders.invalidate_recordset(["picking_ids"])

    @classmethod
    def _transfer(cls, pickings, quantities=None):
        """Validate transfers without a wizard.

        :param dict quantities: product → quantity done; other products are not done and stay on a
            back-order. Without it everything is done.
        """
        pickings.action_assign()
        for move in pickings.move_ids.filtered(lambda move: move.state not in ("done", "cancel")):
            if quantities is None:
                move.quantity = move.product_uom_qty
            else:
                move.quantity = quantities.get(move.product_id, 0.0)
            move.picked = bool(move.quantity)
        pickings.with_context(skip_backorder=True).button_validate()
        return pickings

    @classmethod
    def _invoice(cls, orders):
        invoices = orders._create_invoices()
        invoices.action_post()
        return invoices

    # -------------------------------------------------------------------------
    # Returns
    # -------------------------------------------------------------------------

    @classmethod
    def _make_request(cls, order, quantities=None, reason="no_longer_wanted", **values):
        """A typed request for some or all of an order.

        :param dict quantities: product or order line → quantity; None: everything delivered
        """
        if quantities is None:
            quantities = {
                line: line.product_uom_id._compute_quantity(
                    line.qty_delivered, line.product_id.uom_id
                )
                for line in order.order_line
                if line.qty_delivered > 0
            }
        lines = tuple(
            RequestLine(
                quantity=quantity,
                reason=reason,
                **(
                    {"sale_line_id": record.id}
                    if record._name == "sale.order.line"
                    else {"product_id": record.id}
                ),
            )
            for record, quantity in quantities.items()
        )
        channel = cls.channel_2 if order.company_id == cls.company_2 else cls.channel
        return ReturnRequest(
            **{
                "channel_id": channel.id,
                "sale_order_id": order.id,
                "order_ref": order.name,
                "currency": order.currency_id.name,
                "country": order.partner_id.country_id.code or "",
                "lines": lines,
                **values,
            }
        )

    @classmethod
    def _make_return(cls, order, quantities=None, decision="return_refund", approve=True, **plan):
        """A return of an order, through intake; approved with the given plan.

        :param dict quantities: see :meth:`_make_request`
        :param plan: fields of the plan, e.g. ``refund_trigger``, ``warehouse_id``
        """
        return cls._make_returns([(order, quantities)], decision, approve, **plan)

    @classmethod
    def _make_returns(cls, wanted, decision="return_refund", approve=True, **plan):
        """Several returns at once.

        :param wanted: list of tuples (order, quantities)
        """
        returns = cls.env["helloword.return"].intake(
            [cls._make_request(order, quantities) for order, quantities in wanted], decide=False
        )
        plan = {
            name: value.id if hasattr(value, "_name") else value for name, value in plan.items()
        }
        returns.write({"decision": decision} | plan)
        if approve:
            returns.action_approve()
        return returns
