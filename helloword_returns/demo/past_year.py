"""Last year's returns of the demonstration: all asked back, inspected, refunded and billed, so that
estimates and threshold advice have something to rest on."""

from dataclasses import dataclass

from .catalogue import Plan

# Customers of last year, other than this year's, with their countries.
CUSTOMERS = [
    ("Jonas Weber", "DE"), ("Petra Vogel", "DE"), ("Lena Brandt", "DE"), ("Timo Fuchs", "DE"),
    ("Claire Moreau", "FR"), ("Hugo Petit", "FR"), ("Oliver Shaw", "GB"), ("Emma Clarke", "GB"),
    ("Priya Nair", "GB"), ("Noah Bennett", "US"), ("Mia Foster", "US"), ("Liam Ortega", "US"),
    ("Ava Sullivan", "US"), ("Ethan Brooks", "US"), ("Zoe Palmer", "US"), ("Carmen Ruiz", "ES"),
    ("Paolo Greco", "IT"), ("Elin Berg", "SE"), ("Marek Zielinski", "PL"), ("Sanne de Vries", "NL"),
]  # fmt: skip

# What went wrong, in the order it is dealt out: reason of the customer, grade that was found.
FINDINGS = [
    ("too_small", "a"), ("no_longer_wanted", "a"), ("too_large", "b"), ("did_not_like", "a"),
    ("stopped_working", "c"), ("bad_fit", "a"), ("better_price", "b"), ("item_damaged", "d"),
    ("too_small", "a"), ("ordered_by_mistake", "b"), ("poor_quality", "c"),
]  # fmt: skip

# SKU and quantity of the orders, likewise.
GOODS = [
    ("HW-TEE-M", 1), ("HW-DRESS-S", 1), ("HW-CASE", 1), ("HW-SHOE-42", 1), ("HW-TEE-M", 2),
    ("HW-LAMP", 1), ("HW-CASE", 3), ("HW-EAR", 1), ("HW-TEE-M", 1), ("HW-DRESS-S", 2),
    ("HW-CASE", 2), ("HW-GRIND", 1), ("HW-TEE-M", 3),
]  # fmt: skip


@dataclass(frozen=True)
class PastYear:
    """Loads the past returns of one channel.

    :param loader: the :class:`~.loader.DemoLoader`
    :param channel: ``helloword.channel``
    :param currency: ``res.currency`` of its orders
    :param int count: how many returns
    """

    loader: object
    channel: object
    currency: object
    count: int

    def load(self):
        plans = [self._make_plan(number) for number in range(self.count)]
        customers, self.loader.customers = self.loader.customers, self._make_customers()
        orders = self.loader._make_orders(self.channel, self.currency, plans)
        self.loader.customers = customers
        for order in orders:
            order.return_channel_ref = f"P{order.return_channel_ref}"
        returns = (
            self.loader.env["helloword.return"]
            .with_company(self.channel.company_id)
            .intake(
                [
                    self.loader._make_request(self.channel, order, plan)
                    for order, plan in zip(orders, plans, strict=True)
                ],
                decide=False,
            )
        )
        # Before there were rules, everything was asked back.
        returns.decision = "return_refund"
        returns.action_approve()
        returns.action_receive()
        self._inspect(returns)
        self.loader._add_costs(returns)

    def _make_plan(self, number):
        sku, quantity = GOODS[number % len(GOODS)]
        reason, _grade = FINDINGS[number % len(FINDINGS)]
        days_ago = 75 + number * 250 // self.count
        return Plan(sku, reason, "done", days_ago, quantity=quantity)

    def _make_customers(self):
        Partner = self.loader.env["res.partner"]
        known = Partner.search([("name", "in", [name for name, _country in CUSTOMERS])])
        if known:
            return known
        countries = {
            country.code: country.id
            for country in self.loader.env["res.country"].search(
                [("code", "in", [code for _name, code in CUSTOMERS])]
            )
        }
        return Partner.create(
            [
                {
                    "name": name,
                    "country_id": countries[code],
                    "email": f"{name.split()[0].lower()}@past.example.com",
                }
                for name, code in CUSTOMERS
            ]
        )

    def _inspect(self, returns):
        env = self.loader.env
        grades = {grade.code: grade for grade in env["helloword.return.grade"].search([])}
        by_grade = {}
        for number, ret in enumerate(returns):
            _reason, code = FINDINGS[number % len(FINDINGS)]
            by_grade.setdefault(code, env["helloword.return"])
            by_grade[code] |= ret
        for code, group in by_grade.items():
            group.action_inspect(grade=grades[code])
