from collections import defaultdict

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import email_normalize

# How far back a customer's returns and orders are counted.
HISTORY_MONTHS = 12


class HellowordReturn(models.Model):
    """What rules may want to know and no field holds yet: facts as they were at the decision.

    They are noted when a return is decided and stay, so that the explanation and the simulation of
    other rules see what the rules saw.
    """

    _inherit = "helloword.return"

    customer_key = fields.Char(
        compute="_compute_customer_key",
        store=True,
        index="btree_not_null",
        help="One customer over all channels: the normalised e-mail, else the contact.",
    )
    customer_return_count = fields.Integer(
        string="Customer's Returns",
        readonly=True,
        copy=False,
        help="Returns of this customer on all channels in the twelve months before, without this "
        "one and refused ones.",
    )
    customer_order_count = fields.Integer(
        string="Customer's Orders",
        readonly=True,
        copy=False,
        help="Confirmed orders of this customer in the twelve months before the request.",
    )
    customer_return_rate = fields.Float(
        string="Customer's Return Rate (%)",
        digits=(5, 2),
        readonly=True,
        copy=False,
        help="Orders with a return over orders, this one included, in the twelve months before.",
    )
    customer_lifetime_value = fields.Monetary(
        string="Customer's Lifetime Value",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="All confirmed orders of this customer, taxes excluded, in company currency.",
    )
    customer_keep_it_count = fields.Integer(
        string="Earlier Keep-its",
        readonly=True,
        copy=False,
        help="How often this customer was refunded and kept the goods.",
    )
    delivered_date = fields.Datetime(
        readonly=True, copy=False, help="When the last of these goods was delivered (UTC)."
    )
    days_since_delivery = fields.Integer(
        readonly=True, copy=False, help="From the delivery to the request."
    )
    has_photo = fields.Boolean(
        string="With Photo", readonly=True, copy=False, help="The customer sent a picture."
    )

    @api.depends("customer_email", "partner_id")
    def _compute_customer_key(self):
        for ret in self:
            ret.customer_key = (
                email_normalize(ret.customer_email or "", strict=False)
                or (f"partner:{ret.partner_id.commercial_partner_id.id}" if ret.partner_id else "")
                or False
            )

    def _snapshot_facts(self):
        """Note the facts of these returns as they are now; a bounded number of queries."""
        returns = self.sudo()
        histories = returns._read_customer_returns()
        orders = returns._read_customer_orders()
        photos = returns._read_photos()
        for ret in returns:
            earlier = histories[ret]
            count, value = orders[ret]
            delivered = max(ret.line_ids.origin_move_id.mapped("date"), default=False)
            ret.write(
                {
                    "customer_return_count": earlier["count"],
                    "customer_keep_it_count": earlier["keep_its"],
                    "customer_order_count": count,
                    "customer_return_rate": (
                        min(100.0 * (earlier["orders"] + 1) / count, 100.0) if count else 0.0
                    ),
                    "customer_lifetime_value": value,
                    "delivered_date": delivered,
                    "days_since_delivery": (
                        max((ret.request_date - delivered).days, 0) if delivered else 0
                    ),
                    "has_photo": ret.id in photos,
                }
            )

    def _read_customer_returns(self):
        """:return: dict of return → {count, orders, keep_its} of the customer's earlier ones"""
        keys = {ret.customer_key for ret in self if ret.customer_key}
        by_key = defaultdict(list)
        if keys:
            earlier = self.search_fetch(
                [
                    ("customer_key", "in", list(keys)),
                    ("company_id", "in", self.company_id.ids),
                    ("approval_state", "not in", ("rejected", "cancelled")),
                ],
                ["customer_key", "company_id", "request_date", "sale_order_id", "decision"],
            )
            for ret in earlier:
                by_key[ret.customer_key, ret.company_id].append(ret)
        result = {}
        for ret in self:
            since = ret.request_date - relativedelta(months=HISTORY_MONTHS)
            known = [
                other
                for other in by_key.get((ret.customer_key, ret.company_id), ())
                if other != ret and other.request_date <= ret.request_date
            ]
            recent = [other for other in known if other.request_date >= since]
            result[ret] = {
                "count": len(recent),
                "orders": len({other.sale_order_id for other in recent} - {ret.sale_order_id}),
                "keep_its": sum(other.decision in ("refund_only", "keep_it") for other in known),
            }
        return result

    def _read_customer_orders(self):
        """:return: dict of return → (orders in the last twelve months, value of all orders)"""
        partners = self.partner_id.commercial_partner_id
        totals = defaultdict(list)
        if partners:
            groups = self.env["sale.order"]._read_group(
                [
                    ("partner_id", "child_of", partners.ids),
                    ("company_id", "in", self.company_id.ids),
                    ("state", "=", "sale"),
                ],
                ["partner_id", "company_id", "date_order:day", "currency_rate"],
                ["__count", "amount_untaxed:sum"],
            )
            for partner, company, day, rate, count, amount in groups:
                totals[partner.commercial_partner_id, company].append(
                    (day, count, amount / (rate or 1.0))
                )
        result = {}
        for ret in self:
            since = ret.request_date - relativedelta(months=HISTORY_MONTHS)
            rows = [
                row
                for row in totals.get((ret.partner_id.commercial_partner_id, ret.company_id), ())
                if fields.Datetime.to_datetime(row[0]) <= ret.request_date
            ]
            result[ret] = (
                sum(
                    count
                    for day, count, _value in rows
                    if fields.Datetime.to_datetime(day) >= since
                ),
                ret.company_currency_id.round(sum(value for _day, _count, value in rows)),
            )
        return result

    def _read_photos(self):
        """:return: set of the ids of returns that have a picture"""
        groups = self.env["ir.attachment"]._read_group(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("res_field", "=", False),
                ("mimetype", "=like", "image/%"),
            ],
            ["res_id"],
        )
        return {res_id for (res_id,) in groups}
