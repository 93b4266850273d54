"""Demonstration data: some sixty returns in every stage, taken there by the product itself.

Orders are confirmed, delivered and invoiced; requests go through intake and rules; goods are
received and inspected; refunds are posted and reconciled. Nothing is written past the ordinary
methods, so that the demo's stock and ledger are true.
"""

from datetime import timedelta

from odoo import fields

from ..hooks import post_init_hook
from ..intake.payload import RequestLine, ReturnRequest
from . import catalogue
from .customs_papers import CustomsPapers
from .hub import Hub
from .past_year import PastYear
from .review_photos import ReviewPhotos

QUIET = {
    "skip_sms": True,
    "skip_backorder": True,
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "queue_job__no_delay": True,
}


class DemoLoader:
    """Loads the demonstration data into one database, once.

    :param env: superuser's environment
    """

    def __init__(self, env):
        self.env = env(context={**env.context, **QUIET})
        self.now = fields.Datetime.now()

    def load(self):
        # The demo is loaded before the hook of the installation runs.
        post_init_hook(self.env)
        home = self.env.ref("base.main_company")
        abroad = self._make_company()
        currencies = self._activate_currencies()
        self.products = self._make_products()
        papers = CustomsPapers(self)
        papers.prepare(home, abroad)
        self.customers = self._make_customers()
        self.channels = self._make_channels(home, abroad)
        for channel, currency, plans in (
            ("shop", "USD", catalogue.SHOP_PLANS),
            ("marketplace", "GBP", catalogue.MARKETPLACE_PLANS),
            ("europe", "EUR", catalogue.EUROPE_PLANS),
        ):
            self._run_channel(self.channels[channel], currencies[currency], plans)
        self._add_unmatched(self.channels["marketplace"])
        papers.attest()
        ReviewPhotos(self).load()
        PastYear(self, self.channels["shop"], currencies["USD"], 36).load()
        Hub(self, self.channels["europe"], currencies["EUR"]).load()
        self.env["helloword.return.history"]._refresh(home | abroad)
        self._simulate(home)

    # -------------------------------------------------------------------------
    # What everything stands on
    # -------------------------------------------------------------------------

    def _make_company(self):
        """A second company with another currency, its own accounts and its own warehouse."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        company = self.env["res.company"].create(
            {"name": "HelloWord Europe", "currency_id": euro.id}
        )
        # On the partner: a country on a new company would install its whole localisation.
        company.partner_id.write(
            {
                "country_id": self.env.ref("base.de").id,
                "street": "Speicherstraße 12",
                "zip": "20457",
                "city": "Hamburg",
                "email": "returns@europe.example.com",
            }
        )
        users = self.env.ref("base.user_admin") | self.env.ref("base.user_root")
        users.write({"company_ids": [fields.Command.link(company.id)]})
        self.env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
        # The generic chart brings its own currency along.
        company.currency_id = euro
        # The superuser must be able to work in the new company from here on.
        self.env = self.env(
            context={
                **self.env.context,
                "allowed_company_ids": [self.env.ref("base.main_company").id, company.id],
            }
        )
        if not self._get_warehouse(company):
            self.env["stock.warehouse"].create(
                {"name": "Hamburg", "code": "HAM", "company_id": company.id}
            )
        return company

    def _activate_currencies(self):
        currencies = {}
        for code in ("USD", "EUR", "GBP"):
            currencies[code] = self.env.ref(f"base.{code}")
            currencies[code].active = True
        return currencies

    def _make_products(self):
        category = self.env["product.category"].create({"name": "Fashion and Gadgets"})
        templates = self.env["product.template"].create(
            [
                {
                    "name": name,
                    "default_code": sku,
                    "categ_id": category.id,
                    "is_storable": True,
                    "invoice_policy": "delivery",
                    "list_price": price,
                    "standard_price": cost,
                    "weight": weight,
                    "taxes_id": False,
                    "image_1920": catalogue.draw_picture(colour, initial),
                }
                for sku, name, price, cost, weight, colour, initial in catalogue.PRODUCTS
            ]
        )
        for company in self.env["res.company"].browse(self.env.context["allowed_company_ids"]):
            for template, row in zip(templates, catalogue.PRODUCTS, strict=True):
                template.with_company(company).standard_price = row[3]
        return {product.default_code: product for product in templates.product_variant_ids}

    def _make_customers(self):
        countries = {
            country.code: country
            for country in self.env["res.country"].search(
                [("code", "in", [row[1] for row in catalogue.CUSTOMERS])]
            )
        }
        return self.env["res.partner"].create(
            [
                {
                    "name": name,
                    "country_id": countries[country].id,
                    "city": city,
                    "street": street,
                    "email": f"{name.split()[0].lower()}@customer.example.com",
                    "lang": "zh_CN" if country == "CN" and self._has_chinese() else "en_US",
                }
                for name, country, city, street in catalogue.CUSTOMERS
            ]
        )

    def _has_chinese(self):
        return bool(self.env["res.lang"]._lang_get("zh_CN"))

    def _make_channels(self, home, abroad):
        vals = {
            "shop": {"name": "Web Shop", "provider": "manual", "company_id": home.id, "color": 4},
            "marketplace": {
                "name": "Demo Marketplace",
                "provider": "demo",
                "demo_requests_per_day": 12,
                "company_id": home.id,
                "color": 2,
            },
            "europe": {
                "name": "Europe Shop",
                "provider": "manual",
                "company_id": abroad.id,
                "color": 7,
            },
        }
        channels = {}
        for key, channel_vals in vals.items():
            company = self.env["res.company"].browse(channel_vals["company_id"])
            initial, colour = catalogue.LOGOS[key]
            channels[key] = self.env["helloword.channel"].create(
                {
                    **channel_vals,
                    "image_128": catalogue.draw_picture(colour, initial),
                    "user_id": self.env.ref("base.user_admin").id,
                    "notify_customer": False,
                    "refund_journal_id": self._make_clearing_journal(company, key).id,
                    "register_refund_payment": True,
                }
            )
        return channels

    def _make_clearing_journal(self, company, key):
        """Where the channel's refunds are paid from, until a settlement clears it."""
        account = self.env["account.account"].create(
            {
                "name": f"Outstanding refunds: {key}",
                "code": f"1019{len(key):02d}",
                "account_type": "asset_current",
                "reconcile": True,
                "company_ids": [fields.Command.link(company.id)],
            }
        )
        journal = self.env["account.journal"].create(
            {
                "name": f"Clearing {key}",
                "code": f"CL{key[:3].upper()}",
                "type": "bank",
                "company_id": company.id,
            }
        )
        journal.outbound_payment_method_line_ids.payment_account_id = account
        journal.inbound_payment_method_line_ids.payment_account_id = account
        return journal

    def _get_warehouse(self, company):
        return self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)

    # -------------------------------------------------------------------------
    # Orders
    # -------------------------------------------------------------------------

    def _make_orders(self, channel, currency, plans):
        """One delivered and invoiced order for each plan."""
        company = channel.company_id
        warehouse = self._get_warehouse(company)
        Quant = self.env["stock.quant"].with_company(company)
        for product in self.products.values():
            Quant._update_available_quantity(product, warehouse.lot_stock_id, 200)
        pricelist = self.env["product.pricelist"].create(
            {"name": f"{channel.name} prices", "currency_id": currency.id, "company_id": company.id}
        )
        vals_list = []
        for number, plan in enumerate(plans):
            vals_list.append(
                {
                    "partner_id": self.customers[number % len(self.customers)].id,
                    "company_id": company.id,
                    "warehouse_id": warehouse.id,
                    "pricelist_id": pricelist.id,
                    "date_order": self.now - timedelta(days=plan.days_ago + 12),
                    "return_channel_id": channel.id,
                    "return_channel_ref": f"{channel.name[:3].upper()}-{10_000 + 37 * number}",
                    "order_line": [
                        fields.Command.create(
                            {
                                "product_id": self.products[plan.sku].id,
                                "product_uom_qty": plan.quantity + plan.kept,
                                "price_unit": currency.round(
                                    self.products[plan.sku].lst_price
                                    * catalogue.PRICES[currency.name]
                                ),
                            }
                        )
                    ],
                }
            )
        orders = self.env["sale.order"].with_company(company).create(vals_list)
        ordered_at = {order: order.date_order for order in orders}
        orders.action_confirm()
        for order, date in ordered_at.items():
            order.date_order = date
        for move in orders.picking_ids.move_ids:
            move.quantity = move.product_uom_qty
            move.picked = True
        orders.picking_ids.button_validate()
        invoices = orders._create_invoices(grouped=True)
        for invoice in invoices:
            order = invoice.line_ids.sale_line_ids.order_id
            invoice.invoice_date = (ordered_at[order] + timedelta(days=1)).date()
        invoices.action_post()
        self._pay_invoices(channel, invoices)
        return orders

    def _pay_invoices(self, channel, invoices):
        """Buyers on a channel have paid before the goods leave."""
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoices.ids
        ).create(
            {"journal_id": channel.refund_journal_id.id, "group_payment": False}
        )._create_payments()

    # -------------------------------------------------------------------------
    # Returns
    # -------------------------------------------------------------------------

    def _run_channel(self, channel, currency, plans):
        # The demo provider asks back what nobody has asked back yet.
        untouched = catalogue.UNTOUCHED if channel.provider == "demo" else []
        orders = self._make_orders(channel, currency, [*plans, *untouched])[: len(plans)]
        returns = (
            self.env["helloword.return"]
            .with_company(channel.company_id)
            .intake(
                [
                    self._make_request(channel, order, plan)
                    for order, plan in zip(orders, plans, strict=True)
                ],
                decide=False,
            )
        )
        pairs = list(zip(returns, plans, strict=True))

        def reached(*stages):
            return returns.browse(ret.id for ret, plan in pairs if plan.stage in stages)

        (returns - reached("new", "refund", "customer")).action_decide()
        self._decide_refused(channel, reached("refund"))
        self._approve_by_hand(pairs)
        self._ask_customers(reached("customer"))
        rejected = reached("rejected").filtered(lambda ret: ret.approval_state == "requested")
        rejected.rejection_reason = "The return window has ended."
        rejected.action_reject()
        reached("cancelled").action_cancel()
        reached("transit").action_mark_shipped()
        self._expect(reached("awaiting", "transit"))
        reached("inspect", "done", "bad").action_receive()
        good, bad = reached("done"), reached("bad")
        good.action_inspect()
        bad.action_inspect(grade=self.env.ref("helloword_returns.grade_d"))
        self._add_costs(returns.filtered(lambda ret: ret.goods_state == "processed"))

    def _simulate(self, company):
        """What the pack to begin with would have decided about the returns made so far."""
        pack = self.env.ref("helloword_returns.pack_starter").with_company(company)
        action = pack.action_simulate()
        simulation = self.env[action["res_model"]].browse(action["res_id"])
        simulation.write({"name": pack.name, "date_from": (self.now - timedelta(days=365)).date()})
        simulation.action_run()

    def _ask_customers(self, returns):
        """Some customers may keep the goods for a part of the money, or take credit."""
        returns.write(
            {
                "decision": "return_refund",
                "offer_keep_it": True,
                "keep_it_ladder": "20, 30",
                "offer_store_credit": True,
                "credit_bonus_percent": 10.0,
                "offer_days": 5,
            }
        )
        returns._make_offers()

    def _add_costs(self, returns):
        """What the carrier, the warehouse and the channel will bill for these returns."""
        carrier, warehouse = self.env["res.partner"].create(
            [
                {"name": "Parcel Carrier", "is_company": True},
                {"name": "Returns Warehouse", "is_company": True},
            ]
        )
        vals_list = []
        for ret in returns:
            common = {
                "return_id": ret.id,
                "currency_id": ret.company_currency_id.id,
                "date": ret.request_date.date() + timedelta(days=6),
            }
            weight = sum(line.product_id.weight * line.quantity for line in ret.line_ids)
            bills = [
                ("label", 4.2 + 1.9 * weight, carrier),
                ("handling", 2.5, warehouse),
                ("inspection", 1.2, warehouse),
            ]
            if ret.provider == "demo":
                bills.append(("channel_fee", 0.03 * ret.amount_company, carrier.browse()))
            vals_list += [
                common
                | {
                    "kind": kind,
                    "amount": ret.company_currency_id.round(amount),
                    "partner_id": partner.id,
                    "reference": f"DEMO-{ret.id}-{kind}",
                }
                for kind, amount, partner in bills
            ]
        self.env["helloword.return.cost"]._accrue(vals_list)

    def _decide_refused(self, channel, returns):
        """Refunds the marketplace refuses; people find them under “To refund”."""
        if returns:
            channel.demo_fault = "reject"
            returns.action_decide()
            channel.demo_fault = "none"

    def _expect(self, returns):
        """Parcels that should arrive these days, one a day."""
        for number, ret in enumerate(returns):
            ret.expected_arrival_date = (self.now + timedelta(days=number - 1)).date()

    def _approve_by_hand(self, pairs):
        """What rules leave to a person, and a person has dealt with."""
        waiting = self.env["helloword.return"].browse(
            ret.id
            for ret, plan in pairs
            if plan.decision and ret.approval_state == "requested" and plan.stage != "review"
        )
        for ret, plan in pairs:
            if ret in waiting:
                ret.write({"decision": plan.decision, **plan.extra})
        waiting.action_approve()

    def _make_request(self, channel, order, plan):
        requested_at = self.now - timedelta(days=plan.days_ago, minutes=37 * (order.id % 29))
        return ReturnRequest(
            channel_id=channel.id,
            external_id=f"R-{order.return_channel_ref}",
            order_ref=order.return_channel_ref,
            currency=order.currency_id.name,
            country=order.partner_id.country_id.code,
            customer_name=order.partner_id.name,
            comment=plan.comment,
            requested_at=requested_at,
            deadline=requested_at + timedelta(days=3) if plan.stage in ("new", "review") else None,
            lines=(
                RequestLine(
                    sku=plan.sku, quantity=plan.quantity, reason=plan.reason, comment=plan.comment
                ),
            ),
        )

    def _add_unmatched(self, channel):
        """Requests nobody can match without a person."""
        orders = self.env["sale.order"].search([("return_channel_id", "=", channel.id)])
        # One of which the customer kept something.
        order = orders.filtered(lambda order: order.order_line.qty_delivered > 0)[:1]
        sku = order.order_line.product_id.default_code
        lines = {
            "unknown order": ("MARK-0000", RequestLine(sku=sku, reason="too_small"), "GBP"),
            "unknown SKU": (
                order.return_channel_ref,
                RequestLine(sku="OLD-SKU-77", reason="does_not_work"),
                "GBP",
            ),
            "too many": (
                order.return_channel_ref,
                RequestLine(sku=sku, quantity=6, reason="too_large"),
                "GBP",
            ),
            "currency": (
                order.return_channel_ref,
                RequestLine(sku=sku, reason="gift_return"),
                "USD",
            ),
            "quantity": (
                order.return_channel_ref,
                RequestLine(sku=sku, quantity="two", reason="unknown"),
                "GBP",
            ),
        }
        self.env["helloword.return"].intake(
            [
                ReturnRequest(
                    channel_id=channel.id,
                    external_id=f"R-{title}",
                    order_ref=ref,
                    currency=currency,
                    country="GB",
                    customer_name="Rosalind Hart",
                    requested_at=self.now - timedelta(hours=5 * number),
                    deadline=self.now + timedelta(hours=48 - 20 * number),
                    lines=(line,),
                )
                for number, (title, (ref, line, currency)) in enumerate(lines.items())
            ]
        )
