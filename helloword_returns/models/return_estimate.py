from dataclasses import dataclass
from math import hypot

from odoo import models

from ..stats.shrinkage import Sample, shrink
from .return_history import SUMS
from .return_observation import COST_SUMS
from .return_plan import DECISIONS

# A group of fewer returns is not named as what an estimate rests on.
ENOUGH = 10
# How far a default may be off, as a standard error in parts of the amount.
DEFAULT_ERROR = 0.3
# Standard errors either side that make an interval of ninety percent.
NINETY_PERCENT = 1.645
ESTIMATED_DECISIONS = tuple(code for code, _label in DECISIONS if code != "manual")


@dataclass(frozen=True)
class DecisionEstimate:
    """What a decision about one return is expected to cost, in company currency.

    ``total`` is ``refund`` + ``replacement`` + ``label`` + ``freight`` + ``handling`` +
    ``inspection`` + ``other`` + ``labour`` + ``write_down`` − ``recovered``.

    :param str decision: a decision of the plan, never ``manual``
    :param float refund: money given back, after fees, without taxes: those come back too
    :param float replacement: cost of the goods the customer gets instead; for store credit of
        what the credit will buy
    :param float other: repairs, duties and other costs
    :param float labour: own people's time that no recorded cost covers
    :param float write_down: loss of value of the goods that are likely to come back
    :param float recovered: cost of the goods that are likely to come back, before that loss
    :param float low: lower end of a 90 % interval of the expected total
    :param float high: its upper end
    :param int sample_size: returns of the narrowest group that holds enough of them
    :param str basis: that group in words, in the user's language
    """

    decision: str
    refund: float
    replacement: float
    label: float
    freight: float
    handling: float
    inspection: float
    other: float
    labour: float
    write_down: float
    recovered: float
    total: float
    low: float
    high: float
    sample_size: int
    basis: str


@dataclass(frozen=True)
class ParcelNorm:
    """What is expected of a parcel that comes back, from the history of its group.

    Costs are per parcel in company currency, shares are of the goods' cost.
    """

    label: float
    freight: float
    handling: float
    inspection: float
    other: float
    labour: float
    cost_error: float
    share_received: float
    share_written_down: float
    share_error: float
    sample_size: int
    basis: str

    @property
    def costs(self):
        return self.label + self.freight + self.handling + self.inspection + self.other


class HellowordReturn(models.Model):
    """What each possible decision is likely to cost, before one is taken."""

    _inherit = "helloword.return"

    def _estimate_decisions(self):
        """The expected true cost of every possible decision about these returns.

        Costs come from the finished returns of the same channel, country and product category;
        where those are few, the wider groups count along (see :func:`shrink`). Kinds that were
        never recorded come from the company's default costs. Some five queries, however many
        returns there are.

        :return: dict of return → list of :class:`DecisionEstimate`, the cheapest first
        """
        norms = self._get_parcel_norms()
        returns = self.sudo()
        returns.line_ids.fetch(["product_id", "quantity", "price_total", "is_unexpected"])
        return {
            ret: sorted(
                (
                    record._estimate_decision(decision, norms[record.id])
                    for decision in ESTIMATED_DECISIONS
                ),
                key=lambda estimate: estimate.total,
            )
            for ret, record in zip(self, returns, strict=True)
        }

    # -------------------------------------------------------------------------
    # One decision
    # -------------------------------------------------------------------------

    def _estimate_decision(self, decision, norm):
        """:param ParcelNorm norm: of the group this return belongs to"""
        self.ensure_one()
        value, fee = self._get_estimate_amounts()
        goods_cost = self._get_estimate_goods_cost()
        parts = {
            "refund_only": lambda: {"refund": value},
            "keep_it": lambda: {"refund": value * self._get_keep_it_steps()[0] / 100.0},
            "reject": dict,
            "return_refund": lambda: {
                "refund": value - fee,
                **self._estimate_parcel(norm, goods_cost),
            },
            "store_credit": lambda: {
                "replacement": self._get_credit_cost(
                    value - fee + value * self.credit_bonus_percent / 100.0, value, goods_cost
                ),
                **self._estimate_parcel(norm, goods_cost),
            },
            "exchange": lambda: {
                # The other article has to travel as well.
                "replacement": norm.label
                + self._get_credit_cost(
                    value + value * self.exchange_bonus_percent / 100.0, value, goods_cost
                ),
                **self._estimate_parcel(norm, goods_cost),
            },
        }[decision]()
        return self._make_estimate(decision, norm, goods_cost, parts)

    def _make_estimate(self, decision, norm, goods_cost, parts):
        currency = self.company_currency_id
        names = ("refund", "replacement", *COST_SUMS, "labour", "write_down", "recovered")
        amounts = {name: currency.round(parts.get(name, 0.0)) for name in names}
        total = sum(amounts.values()) - 2 * amounts["recovered"]
        comes_back = "recovered" in parts
        error = hypot(norm.cost_error, goods_cost * norm.share_error) if comes_back else 0.0
        return DecisionEstimate(
            decision=decision,
            total=currency.round(total),
            low=currency.round(total - NINETY_PERCENT * error),
            high=currency.round(total + NINETY_PERCENT * error),
            sample_size=norm.sample_size,
            basis=norm.basis,
            **amounts,
        )

    def _estimate_parcel(self, norm, goods_cost):
        """:return: dict of what the parcel's way back costs and brings"""
        paid_by_customer = self.label_payer == "customer"
        label = 0.0 if paid_by_customer else norm.label * (1.0 - self._get_customer_label_share())
        return {
            "label": label,
            "freight": norm.freight,
            "handling": norm.handling,
            "inspection": norm.inspection,
            "other": norm.other,
            "labour": norm.labour,
            "write_down": goods_cost * norm.share_written_down,
            "recovered": goods_cost * norm.share_received,
        }

    def _get_estimate_amounts(self):
        """:return: tuple (value, fee) in company currency, without taxes"""
        value = self.amount_company
        fee = value * self.amount_fee / self.amount_total if self.amount_total else 0.0
        share = self._get_untaxed_share()
        return value * share, fee * share

    def _get_untaxed_share(self):
        """:return: share of the goods' value that is not tax, 1 where nothing is known"""
        taxed = untaxed = 0.0
        for line in self.line_ids:
            source = line.invoice_line_id or line.sale_line_id
            share = source.price_subtotal / source.price_total if source.price_total else 1.0
            taxed += line.price_total
            untaxed += line.price_total * share
        return untaxed / taxed if taxed else 1.0

    def _get_estimate_goods_cost(self):
        """:return: what the goods asked back cost the company, in its currency"""
        return sum(
            line.quantity * line.product_id.with_company(self.company_id).standard_price
            for line in self.line_ids
            if not line.is_unexpected
        )

    def _get_credit_cost(self, credit, value, goods_cost):
        """What goods bought with a credit cost, at the margin of the goods that come back.

        Goods whose cost is not known count with their full value.
        """
        return credit * goods_cost / value if value and goods_cost else credit

    # -------------------------------------------------------------------------
    # What history tells of a group
    # -------------------------------------------------------------------------

    def _get_parcel_norms(self):
        """:return: dict of return id → :class:`ParcelNorm`; groups are worked out once each"""
        keys = {
            ret.id: (ret.company_id, ret.channel_id, ret.country_id, ret.product_id.categ_id)
            for ret in self.sudo()
        }
        totals = self._read_group_totals(set(keys.values()))
        norms = {key: self._make_parcel_norm(key, totals) for key in set(keys.values())}
        return {ret_id: norms[key] for ret_id, key in keys.items()}

    def _read_group_totals(self, keys):
        """Sums of the history of these groups and of the wider ones around them.

        :param keys: tuples (company, channel, country, category)
        :return: dict of tuple of ids, the first one to four of (company, category, country,
            channel), → dict of sums
        """
        History = self.env["helloword.return.history"].sudo()
        aggregates = [f"{name}:sum" for name in SUMS]
        companies = {key[0].id for key in keys}
        categories = {key[3].id for key in keys}
        totals = {}

        def add(group, sums):
            known = totals.setdefault(group, dict.fromkeys(SUMS, 0.0))
            for name, amount in zip(SUMS, sums, strict=True):
                known[name] += amount or 0.0

        for company, *sums in History._read_group(
            [("company_id", "in", companies)], ["company_id"], aggregates
        ):
            add((company.id,), sums)
        for company, category, country, channel, *sums in History._read_group(
            [("company_id", "in", companies), ("product_categ_id", "in", categories)],
            ["company_id", "product_categ_id", "country_id", "channel_id"],
            aggregates,
        ):
            group = (company.id, category.id, country.id, channel.id)
            for length in (2, 3, 4):
                add(group[:length], sums)
        return totals

    def _make_parcel_norm(self, key, totals):
        company, channel, country, category = key
        group = (company.id, category.id, country.id, channel.id)
        chain = [totals[group[:length]] for length in (1, 2, 3, 4) if group[:length] in totals]
        costs, cost_error = self._get_expected_costs(company, chain)
        received, written_down, share_error = self._get_expected_shares(company, chain)
        sample_size, basis = self._describe_basis(key, chain)
        return ParcelNorm(
            **costs,
            labour=company._get_return_labour_cost(),
            cost_error=cost_error,
            share_received=received,
            share_written_down=written_down,
            share_error=share_error,
            sample_size=sample_size,
            basis=basis,
        )

    def _get_expected_costs(self, company, chain):
        """:return: tuple (dict of kind → cost per parcel, standard error of their sum)"""
        defaults = {
            "label": company.return_default_label_cost,
            "handling": company.return_default_handling_cost,
        }
        costs = {}
        for kind in COST_SUMS:
            count = "label_count" if kind == "label" else "return_count"
            mean, _error = shrink(
                [Sample(sums[count], sums[f"amount_{kind}"], 0) for sums in chain]
            )
            costs[kind] = mean or defaults.get(kind, 0.0)
        _mean, error = shrink(
            [
                Sample(
                    sums["return_count"],
                    sum(sums[f"amount_{kind}"] for kind in COST_SUMS),
                    sums["cost_squares"],
                )
                for sums in chain
            ]
        )
        return costs, sum(costs.values()) * DEFAULT_ERROR if error is None else error

    def _get_expected_shares(self, company, chain):
        """:return: tuple of shares of the goods' cost (comes back, lost in value) and the
        standard error of their difference"""
        received, written_down = (
            shrink([Sample(sums["share_count"], sums[name], 0) for sums in chain])[0]
            for name in ("share_received", "share_written_down")
        )
        if received is None:
            return 1.0, company.return_default_write_down_percent / 100.0, DEFAULT_ERROR
        _mean, error = shrink(
            [
                Sample(
                    sums["share_count"],
                    sums["share_received"] - sums["share_written_down"],
                    sums["share_kept_squares"],
                )
                for sums in chain
            ]
        )
        return received, written_down, DEFAULT_ERROR if error is None else error

    def _describe_basis(self, key, chain):
        """The narrowest group that holds enough returns, else the whole company.

        :return: tuple (number of returns, description)
        """
        company, channel, country, category = key
        if not chain:
            return 0, self.env._("No finished returns yet: the default costs of the settings")
        level = max(
            (n for n, sums in enumerate(chain) if sums["return_count"] >= ENOUGH), default=0
        )
        count = int(chain[level]["return_count"])
        values = {
            "count": count,
            "company": company.name,
            "category": category.name or self.env._("products without a category"),
            "country": country.name or self.env._("unknown countries"),
            "channel": channel.name,
            "months": company.return_history_months,
        }
        return count, (
            self.env._("%(count)s returns of %(company)s, %(months)s months", **values),
            self.env._("%(count)s returns of %(category)s, %(months)s months", **values),
            self.env._(
                "%(count)s returns of %(category)s from %(country)s, %(months)s months", **values
            ),
            self.env._(
                "%(count)s returns of %(category)s from %(country)s on %(channel)s, "
                "%(months)s months",
                **values,
            ),
        )[level]
