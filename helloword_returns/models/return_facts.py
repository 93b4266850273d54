from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from itertools import accumulate

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize

# How far back a customer's returns and orders are counted.
HISTORY_MONTHS = 12
FACTS = (
    "customer_return_count",
    "customer_order_count",
    "customer_return_rate",
    "customer_lifetime_value",
    "customer_keep_it_count",
    "delivered_date",
    "days_since_delivery",
    "has_photo",
)


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
        # Facts are no change people make: neither tracking nor recomputation follows.
        with self.env.protecting([self._fields[name] for name in FACTS], self):
            for ret in returns:
                facts = ret._get_facts(histories[ret], *orders[ret])
                for name, value in facts.items():
                    ret[name] = value
                ret.has_photo = ret.id in photos
        returns.modified(FACTS)

    def _get_facts(self, earlier, order_count, order_value):
        """:param dict earlier: what :meth:`_read_customer_returns` found
        :param int order_count: orders in the twelve months before
        :param float order_value: of all orders before, in company currency
        :return: dict of field name → value
        """
        self.ensure_one()
        delivered = max(self.line_ids.origin_move_id.mapped("date"), default=False)
        rate = 100.0 * (earlier["orders"] + 1) / order_count if order_count else 0.0
        return {
            "customer_return_count": earlier["count"],
            "customer_keep_it_count": earlier["keep_its"],
            "customer_order_count": order_count,
            "customer_return_rate": min(rate, 100.0),
            "customer_lifetime_value": order_value,
            "delivered_date": delivered,
            "days_since_delivery": (
                max((self.request_date - delivered).days, 0) if delivered else 0
            ),
        }

    # -------------------------------------------------------------------------
    # The customer
    # -------------------------------------------------------------------------

    def _group_by_customer(self):
        """One customer over all channels: whoever shares a mail address or a commercial contact
        with another return is the same.

        :return: dict of return → a value that is equal for returns of one customer of one company,
            None for unknown customers
        """
        parent = {}

        def find(name):
            while parent.setdefault(name, name) != name:
                parent[name] = name = parent[parent[name]]
            return name

        names = {}
        for ret in self:
            known = [("key", ret.company_id.id, ret.customer_key)] if ret.customer_key else []
            contact = ret.partner_id.commercial_partner_id
            if contact:
                known.append(("contact", ret.company_id.id, contact.id))
            names[ret] = known
            for name in known[1:]:
                parent[find(name)] = find(known[0])
        return {ret: find(known[0]) if known else None for ret, known in names.items()}

    def _read_customer_returns(self):
        """:return: dict of return → {count, orders, keep_its} of the customer's earlier ones"""
        nothing = {"count": 0, "orders": 0, "keep_its": 0}
        result = dict.fromkeys(self, nothing)
        keys = {ret.customer_key for ret in self if ret.customer_key}
        contacts = self.partner_id.commercial_partner_id
        if not keys and not contacts:
            return result
        known = self.search_fetch(
            Domain("company_id", "in", self.company_id.ids)
            & Domain("approval_state", "not in", ("rejected", "cancelled"))
            & (
                Domain("customer_key", "in", list(keys))
                | Domain("partner_id", "child_of", contacts.ids)
            ),
            [
                "customer_key",
                "partner_id",
                "company_id",
                "request_date",
                "sale_order_id",
                "decision",
            ],
        )
        customers = (known | self)._group_by_customer()
        by_customer = defaultdict(list)
        for ret in known | self:
            if customers[ret]:
                by_customer[customers[ret]].append(ret)
        asked = set(self.ids)
        for returns in by_customer.values():
            for ret, facts in _walk_history(returns):
                if ret.id in asked:
                    result[ret] = facts
        return result

    def _read_customer_orders(self):
        """:return: dict of return → (orders in the last twelve months, value of all orders)"""
        partners = self.partner_id.commercial_partner_id
        emails = {ret.customer_key for ret in self if "@" in (ret.customer_key or "")}
        nobody = (0, 0.0)
        if not partners and not emails:
            return dict.fromkeys(self, nobody)
        groups = self.env["sale.order"]._read_group(
            Domain("company_id", "in", self.company_id.ids)
            & Domain("state", "=", "sale")
            & (
                Domain("partner_id", "child_of", partners.ids)
                | Domain("partner_id.email_normalized", "in", list(emails))
            ),
            ["partner_id", "company_id", "date_order:day", "currency_rate"],
            ["__count", "amount_untaxed:sum"],
        )
        by_contact, by_email = defaultdict(dict), defaultdict(dict)
        for number, (partner, company, day, rate, count, amount) in enumerate(groups):
            row = (fields.Datetime.to_datetime(day), count, amount / (rate or 1.0))
            by_contact[partner.commercial_partner_id, company][number] = row
            if partner.email_normalized:
                by_email[partner.email_normalized, company][number] = row
        result, histories = {}, {}
        for ret in self:
            who = (ret.partner_id.commercial_partner_id, ret.customer_key, ret.company_id)
            if who not in histories:
                rows = by_contact.get((who[0], who[2]), {}) | by_email.get((who[1], who[2]), {})
                histories[who] = _OrderHistory(rows.values())
            count, value = histories[who].count_and_value(ret.request_date)
            result[ret] = (count, ret.company_currency_id.round(value))
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


class _OrderHistory:
    """The orders of one customer, summed up so that each question is two look-ups."""

    def __init__(self, rows):
        """:param rows: iterable of (day, number of orders, value)"""
        rows = sorted(rows)
        self._days = [day for day, _count, _value in rows]
        self._counts = [0, *accumulate(count for _day, count, _value in rows)]
        self._values = [0.0, *accumulate(value for _day, _count, value in rows)]

    def count_and_value(self, moment):
        """:return: (orders in the twelve months before, value of all orders before)"""
        last = bisect_right(self._days, moment)
        first = bisect_left(self._days, moment - relativedelta(months=HISTORY_MONTHS))
        return self._counts[last] - self._counts[first], self._values[last]


def _walk_history(returns):
    """Tell for each of one customer's returns what came before it, in one walk over all.

    :param list returns: ``helloword.return`` records of one customer
    :return: iterable of (return, facts), the facts without the return itself
    """
    returns = sorted(returns, key=lambda ret: (ret.request_date, ret.id))
    recent, orders, keep_its = deque(), Counter(), 0
    for ret in returns:
        since = ret.request_date - relativedelta(months=HISTORY_MONTHS)
        while recent and recent[0].request_date < since:
            left = recent.popleft()
            orders[left.sale_order_id.id] -= 1
            if not orders[left.sale_order_id.id]:
                del orders[left.sale_order_id.id]
        yield (
            ret,
            {
                "count": len(recent),
                "orders": len(orders) - (ret.sale_order_id.id in orders),
                "keep_its": keep_its,
            },
        )
        if ret.approval_state in ("rejected", "cancelled"):
            continue
        recent.append(ret)
        orders[ret.sale_order_id.id] += 1
        keep_its += ret.decision in ("refund_only", "keep_it")
