import logging
from ast import literal_eval
from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from psycopg2 import OperationalError

from odoo.addons.queue_job.exception import RetryableJobError

from .line_combination import combine_decisions
from .rule_part import RulePart, as_tree, split_domain

_logger = logging.getLogger(__name__)


class Matches(dict):
    """What rules found: rule → returns, in the rules' order.

    :ivar passed: return id → list of (rule, number of the part that did not hold)
    :ivar adding: return id → list of rules that add to the plan
    :ivar broken: rule that cannot be read → returns it might have decided; they go to a person
    :ivar by_line: return id → dict of line id → rule, for returns whose lines differ
    """

    def __init__(self):
        super().__init__()
        self.passed = defaultdict(list)
        self.adding = defaultdict(list)
        self.broken = {}
        self.by_line = {}

    def close(self, returns):
        """Lines that one rule decided alike are no difference: such a return is decided whole.

        :param returns: the ``helloword.return`` records that were matched
        """
        for ret in returns.browse(self.by_line):
            rules = {
                self.by_line[ret.id].get(line.id) for line in ret.line_ids if not line.is_unexpected
            }
            if len(rules) == 1 and None not in rules:
                del self.by_line[ret.id]
            whole = combine_decisions(rule and rule.decision for rule in rules)
            leading = next((rule for rule in rules if rule and rule.decision == whole), None)
            if leading:
                self[leading] = self.get(leading, returns.browse()) | ret


class HellowordReturnRule(models.Model):
    """Which returns a rule is about; one query for each part of a rule, whatever their number."""

    _inherit = "helloword.return.rule"

    @api.model
    def _get_deciding(self, companies):
        """The rules that decide for these companies, in their order.

        :param companies: ``res.company``
        """
        return self.search([("enabled", "=", True), ("company_id", "in", [False, *companies.ids])])

    def _match(self, returns, explain=False):
        """The first of these rules, in their order, that matches each return. No side effects.

        :param returns: ``helloword.return``
        :param bool explain: note which part of which earlier rule did not hold; costs a query for
            each part instead of one for each rule
        :return: :class:`Matches`
        """
        left, matches = returns, Matches()
        # What a rule that cannot be read rolls back must not be more than its own query.
        self.env.flush_all()
        for rule in self:
            if not left:
                break
            try:
                with self.env.cr.savepoint(flush=False):
                    matched = rule._filter(left, matches.passed if explain else None)
                    lines = rule._find_lines(matched)
            except (OperationalError, RetryableJobError):
                raise
            except Exception as error:
                # Whatever makes a rule unreadable, e.g. a field that is gone with its module.
                _logger.warning("Rule %s cannot be read: %s", rule.id, error)
                matches.broken[rule] = rule._filter_by_scope(left)
                left -= matches.broken[rule]
                continue
            if rule.flow == "continue":
                for ret in matched:
                    matches.adding[ret.id].append(rule)
                continue
            left -= rule._take(matched, lines, matches)
        matches.close(returns)
        return matches

    def _filter_by_scope(self, returns):
        """:return: the returns a rule whose conditions cannot be read might have been about"""
        for part in [*self._get_scope_parts(), *self._get_time_parts()]:
            returns = self._filter_by_part(returns, part)
        return returns

    # -------------------------------------------------------------------------
    # Lines
    # -------------------------------------------------------------------------

    def _find_lines(self, returns):
        """:return: the lines this rule is about, for a rule that looks at each line"""
        lines = returns.env["helloword.return.line"]
        if self.applies_to != "line" or not returns:
            return lines
        return lines.search(
            Domain("return_id", "in", returns.ids)
            & Domain("is_unexpected", "=", False)
            & self._read_line_domain()
        )

    def _take(self, matched, lines, matches):
        """Note what this rule decides: whole returns, or lines of them.

        :param matched: returns that meet the conditions on the return
        :param lines: lines that meet those on lines, for a rule that looks at each line
        :param Matches matches: what the rules found so far
        :return: the returns that have nothing left to decide
        """
        if self.applies_to == "return":
            split = matched.filtered(lambda ret: ret.id in matches.by_line)
            if matched - split:
                matches[self] = matched - split
            for ret in split:
                for line in ret.line_ids:
                    matches.by_line[ret.id].setdefault(line.id, self)
            return matched
        finished = matched.browse()
        for line in lines:
            ret = line.return_id
            rule_of = matches.by_line.setdefault(ret.id, {})
            rule_of.setdefault(line.id, self)
            if all(other.id in rule_of or other.is_unexpected for other in ret.line_ids):
                finished |= ret
        return finished

    def _filter(self, returns, passed=None):
        """:return: the returns for which all parts of this rule hold"""
        self.ensure_one()
        parts = self._get_parts()
        if passed is None:
            domain = Domain.AND(part.domain for part in parts if part.domain is not None)
            left = self._filter_by_domain(returns, domain)
            for part in parts:
                if part.domain is None:
                    left = self._filter_by_part(left, part)
            return left
        left = returns
        for number, part in enumerate(parts):
            held = self._filter_by_part(left, part)
            for ret in left - held:
                passed[ret.id].append((self, number))
            left = held
        return left

    def _filter_by_part(self, returns, part):
        if not returns:
            return returns
        if part.domain is not None:
            return self._filter_by_domain(returns, part.domain)
        return getattr(self, f"_filter_by_{part.code}")(returns)

    def _filter_by_domain(self, returns, domain):
        if not returns or domain.is_true():
            return returns
        # Searched on no record: Odoo reads amounts of conditions in the currency of the records it
        # is asked on, and returns of several companies have several.
        everything = returns.browse().with_context(active_test=False)
        return everything.search(Domain("id", "in", returns.ids) & domain).with_env(returns.env)

    # -------------------------------------------------------------------------
    # Parts
    # -------------------------------------------------------------------------

    def _read_domain(self):
        """:return: :class:`odoo.fields.Domain`, the conditions people chose
        :raise ValueError: they cannot be read
        """
        self.ensure_one()
        return Domain(literal_eval(self.domain or "[]"))

    def _get_domain(self):
        """The rule's condition as far as the database can test it: conditions and scope.

        :return: :class:`odoo.fields.Domain` over ``helloword.return``
        """
        self.ensure_one()
        return Domain.AND(part.domain for part in self._get_parts() if part.domain is not None)

    def _get_parts(self):
        """Everything this rule asks, cheap and coarse parts first.

        :return: list of :class:`RulePart`
        """
        self.ensure_one()
        parts = [
            *self._get_scope_parts(),
            *self._get_time_parts(),
        ]
        if self.amount_min or self.amount_max:
            wanted = [self.amount_min, self.amount_max, self.amount_currency_id.name]
            parts.append(RulePart("amount", None, "amount_total", "", wanted))
        parts += split_domain(self._read_domain())
        if self.applies_to == "line":
            asked = self._read_line_domain().map_conditions(
                lambda condition: Domain(
                    f"line_ids.{condition.field_expr}", condition.operator, condition.value
                )
            )
            parts.append(RulePart("lines", None, "", "tree", as_tree(asked)))
        return parts

    def _read_line_domain(self):
        """:return: :class:`odoo.fields.Domain`, the conditions on lines
        :raise ValueError: they cannot be read
        """
        self.ensure_one()
        return Domain(literal_eval(self.line_domain or "[]"))

    def _get_scope_parts(self):
        parts = []
        if self.company_id:
            domain = Domain("company_id", "=", self.company_id.id)
            parts.append(RulePart("company", domain, "company_id", "=", self.company_id.name))
        if self.channel_ids:
            domain = Domain("channel_id", "in", self.channel_ids.ids)
            names = self.channel_ids.mapped("name")
            parts.append(RulePart("channels", domain, "channel_id", "in", names))
        if self.country_group_ids or self.country_ids:
            domain = Domain("country_id.country_group_ids", "in", self.country_group_ids.ids)
            domain |= Domain("country_id", "in", self.country_ids.ids)
            names = (self.country_group_ids.mapped("name") or []) + self.country_ids.mapped("name")
            parts.append(RulePart("countries", domain, "country_id", "in", names))
        return parts

    def _get_time_parts(self):
        parts = []
        if self.date_from or self.date_to:
            days = [
                fields.Date.to_string(day) if day else None
                for day in (self.date_from, self.date_to)
            ]
            parts.append(RulePart("period", None, "request_date", "", days))
        if self.calendar_id:
            parts.append(RulePart("hours", None, "request_date", "", self.calendar_id.name))
        return parts

    def _filter_by_lines(self, returns):
        return self._find_lines(returns).return_id & returns

    def _filter_by_period(self, returns):
        """The day of the request counts, in the calendar of the company, whoever asks."""
        left = returns.browse()
        for company, group in returns.grouped("company_id").items():
            zone = ZoneInfo(company.resource_calendar_id.tz or "UTC")
            left |= group.filtered(
                lambda ret, zone=zone: self._is_in_force(
                    ret.request_date.replace(tzinfo=UTC).astimezone(zone).date()
                )
            )
        return left

    def _is_in_force(self, day):
        """:param date day: the day of the request, in the company's calendar"""
        self.ensure_one()
        return (not self.date_from or self.date_from <= day) and (
            not self.date_to or day <= self.date_to
        )

    def _filter_by_hours(self, returns):
        """The moment of the request counts, so that a rule says the same whenever it is asked."""
        moments = {ret: ret.request_date.replace(tzinfo=UTC) for ret in returns}
        margin = timedelta(days=1)
        intervals = self.calendar_id._work_intervals_batch(
            min(moments.values()) - margin, max(moments.values()) + margin
        )[False]
        starts_and_ends = sorted((start, end) for start, end, _meta in intervals)
        return returns.filtered(lambda ret: _is_within(moments[ret], starts_and_ends))

    def _filter_by_amount(self, returns):
        """Compare values in the rule's currency, at the rates of the days of the requests."""
        values = self._convert_values(returns)
        currency = self.amount_currency_id

        def fits(ret):
            value = values[ret]
            if self.amount_min and currency.compare_amounts(value, self.amount_min) < 0:
                return False
            return not self.amount_max or currency.compare_amounts(value, self.amount_max) < 0

        return returns.filtered(fits)

    def _convert_values(self, returns):
        """:return: dict of return → value of its goods in the rule's currency; two queries for each
        company and currency, whatever the number of days
        :raise ValueError: the rule's currency has no rate
        """
        wanted, values = self.amount_currency_id, {}
        if self._lacks_rate(returns.company_id):
            # Odoo would read it as worth the same as the company's: values nobody meant.
            raise ValueError(f"{wanted.name} has no exchange rate")
        by_books = returns.grouped(lambda ret: (ret.company_id, ret.currency_id))
        for (company, currency), group in by_books.items():
            if currency == wanted:
                values.update((ret, ret.amount_total) for ret in group)
                continue
            days = {ret.request_date.date() for ret in group}
            rates = self._read_rates(company, currency, days)
            wanted_rates = self._read_rates(company, wanted, days)
            for ret in group:
                day = ret.request_date.date()
                values[ret] = wanted.round(ret.amount_total * wanted_rates[day] / rates[day])
        return values

    def _lacks_rate(self, companies):
        """:return: whether values of these companies cannot be compared in the rule's currency"""
        self.ensure_one()
        currency = self.amount_currency_id
        return currency not in companies.currency_id and not currency.sudo().rate_ids

    @api.model
    def _read_rates(self, company, currency, days):
        """Rates as Odoo itself finds them: the latest of the day, else the first known, else one.

        :return: dict of date → units of the currency for one of the reference currency
        """
        self.env["res.currency.rate"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT asked.day, COALESCE(
                    (SELECT rate FROM res_currency_rate
                     WHERE currency_id = %(currency)s AND name <= asked.day
                       AND (company_id IS NULL OR company_id = %(company)s)
                     ORDER BY company_id, name DESC LIMIT 1),
                    (SELECT rate FROM res_currency_rate
                     WHERE currency_id = %(currency)s
                       AND (company_id IS NULL OR company_id = %(company)s)
                     ORDER BY company_id, name LIMIT 1),
                    1.0)
                FROM UNNEST(%(days)s::date[]) AS asked (day)
                """,
                currency=currency.id,
                company=company.root_id.id,
                days=list(days),
            )
        )
        return dict(rows)

    def _choose_plans(self, returns):
        """Which plan each return gets from this rule: its own. Hook, batch.

        :param returns: ``helloword.return`` this rule decides
        :return: dict of record of a model with the plan mixin → returns
        """
        self.ensure_one()
        return {self: returns}


def _is_within(moment, intervals):
    """:param list intervals: sorted (start, end), apart from each other"""
    position = bisect_right(intervals, moment, key=lambda interval: interval[0])
    return position > 0 and moment < intervals[position - 1][1]
