from itertools import combinations
from math import inf

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.orm.domains import DomainAnd

from .rule_logic import excludes, get_terms, has_one_value, implies

# What a server action calls when it has returns decided again.
DECIDING_CALLS = ("action_decide", "_decide_after_intake", "action_dismiss_attention")


class HellowordReturnRule(models.Model):
    """What is wrong with a rule, told while it is edited."""

    _inherit = "helloword.return.rule"

    problem_text = fields.Text(string="Problems", compute="_compute_problems")
    has_problem = fields.Boolean(compute="_compute_problems", search="_search_has_problem")

    @api.depends(
        "name",
        "sequence",
        "enabled",
        "active",
        "company_id",
        "channel_ids",
        "country_group_ids",
        "country_ids",
        "calendar_id",
        "amount_min",
        "amount_max",
        "amount_currency_id",
        "flow",
        "date_from",
        "date_to",
        "domain",
        "applies_to",
        "line_domain",
        "server_action_ids",
        "decision",
    )
    @api.depends_context("lang", "allowed_company_ids")
    def _compute_problems(self):
        deciding = self.search([("enabled", "=", True)]) if self else self
        terms = {rule: rule._read_terms() for rule in deciding}
        for rule in self:
            problems = [
                *rule._find_unreadable(),
                *rule._find_never(),
                *rule._find_without_rate(),
                *rule._find_circles(),
            ]
            if rule._read_terms() is not None:
                problems += rule._find_shadows(deciding, terms)
            rule.problem_text = "\n".join(problems)
            rule.has_problem = bool(problems)

    def _search_has_problem(self, operator, value):
        """Rules are few: all are looked at."""
        if operator != "in":
            return NotImplemented
        rules = self.with_context(active_test=False).search([("id", "!=", False)])
        wanted = set(value)
        found = rules.filtered(lambda rule: rule.has_problem in wanted)
        return [("id", "in", found.ids)]

    # -------------------------------------------------------------------------
    # One rule
    # -------------------------------------------------------------------------

    def _find_unreadable(self):
        """Conditions that cannot be read, e.g. because a field is gone with its module."""
        self.ensure_one()
        try:
            self._check_readable()
        except Exception as error:
            return [
                self.env._(
                    "The conditions cannot be read: %s. Choose them again. Until then the rule is "
                    "skipped, and returns it might be about go to a person.",
                    error,
                )
            ]
        return []

    def _check_readable(self):
        """:raise ValueError: the conditions cannot be read, or name a field that is gone"""
        self.ensure_one()
        self._read_domain().validate(self.env["helloword.return"])
        self._read_line_domain().validate(self.env["helloword.return.line"])

    def _find_never(self):
        """Conditions nothing can meet."""
        self.ensure_one()
        problems = []
        terms = self._read_terms()
        if terms is None:
            return problems
        returns = self.env["helloword.return"]
        never = self._read_domain().optimize(returns).is_false() or any(
            excludes(first, second) and has_one_value(returns, first.path)
            for first, second in combinations(terms, 2)
        )
        if self.applies_to == "line":
            lines = self.env["helloword.return.line"]
            own = [get_terms(part) for part in _split(self._read_line_domain())]
            never = (
                never
                or self._read_line_domain().optimize(lines).is_false()
                or any(
                    excludes(first, second) and has_one_value(lines, first.path)
                    for first, second in combinations(own, 2)
                )
            )
        if never:
            problems.append(
                self.env._("No return can meet these conditions: they exclude each other.")
            )
        if self.amount_min and self.amount_max and self.amount_min >= self.amount_max:
            problems.append(self.env._("No value is at least the first and below the second."))
        if self.date_from and self.date_to and self.date_from > self.date_to:
            problems.append(self.env._("The rule ends before it starts."))
        elif self.date_to and self.date_to < fields.Date.context_today(self):
            problems.append(self.env._("The rule's time is over: it decides nothing any more."))
        if self.calendar_id and not self.calendar_id.attendance_ids:
            problems.append(
                self.env._(
                    "The hours “%s” are empty, so the rule is never active.", self.calendar_id.name
                )
            )
        return problems

    def _find_without_rate(self):
        """Values in a currency that cannot be converted."""
        self.ensure_one()
        company = self.company_id or self.env.company
        if not (self.amount_min or self.amount_max) or not self._lacks_rate(company):
            return []
        return [
            self.env._(
                "%s has no exchange rate, so values of returns cannot be compared. Enter a rate "
                "under Accounting, Configuration, Currencies.",
                self.amount_currency_id.name or self.env._("No currency"),
            )
        ]

    def _find_circles(self):
        """Server actions that have the same returns decided again."""
        self.ensure_one()
        actions = self.sudo().server_action_ids
        reached = actions
        while actions:
            actions = actions.child_ids - reached
            reached |= actions
        return [
            self.env._(
                "Server action “%s” asks for a decision again. Returns that are being decided are "
                "left out there; choose another action if you want them decided anew.",
                action.name,
            )
            for action in reached
            if any(call in (action.code or "") for call in DECIDING_CALLS)
        ]

    # -------------------------------------------------------------------------
    # Against the others
    # -------------------------------------------------------------------------

    def _find_shadows(self, deciding, terms):
        """Earlier rules that leave nothing to this one.

        :param deciding: all rules that are switched on
        :param dict terms: rule → what :meth:`_read_terms` gives
        """
        self.ensure_one()
        own = self._read_terms()
        for other in deciding:
            if other == self._origin or other.flow == "continue" or terms[other] is None:
                continue
            if not other._comes_before(self) or not other._covers(self, terms[other], own):
                continue
            if self.flow == "stop" and self._covers(other, own, terms[other]):
                if self._copy_plan() == other._copy_plan():
                    return [self.env._("Rule “%s” before it says the same.", other.name)]
                return [
                    self.env._(
                        "Rule “%s” before it has the same conditions and decides otherwise, so "
                        "this one never decides. Change the order or the conditions.",
                        other.name,
                    )
                ]
            return [
                self.env._(
                    "Rule “%s” before it takes every return this one is about. Move this rule "
                    "above it, or narrow the other one.",
                    other.name,
                )
            ]
        return []

    def _comes_before(self, other):
        """The order in which rules are tried; a rule that is not saved yet comes last."""
        return (self.sequence, self._origin.id or inf) < (other.sequence, other._origin.id or inf)

    def _covers(self, other, own_terms, other_terms):
        """:return: whether every return that is certainly the other's is this one's as well"""
        if self.applies_to == "line" and other.applies_to != "line":
            return False
        return self._covers_scope(other) and all(
            any(implies(term, wanted) for term in other_terms) for wanted in own_terms
        )

    def _covers_scope(self, other):
        company_fits = not self.company_id or self.company_id == other.company_id
        channels_fit = not self.channel_ids or (
            other.channel_ids and other.channel_ids._origin <= self.channel_ids._origin
        )
        own_countries, other_countries = self._get_countries(), other._get_countries()
        countries_fit = own_countries is None or (
            other_countries is not None and other_countries <= own_countries
        )
        days_fit = (
            not self.date_from or (other.date_from and self.date_from <= other.date_from)
        ) and (not self.date_to or (other.date_to and other.date_to <= self.date_to))
        hours_fit = not self.calendar_id or self.calendar_id == other.calendar_id
        return bool(
            company_fits
            and channels_fit
            and countries_fit
            and days_fit
            and hours_fit
            and self._covers_amounts(other)
        )

    def _covers_amounts(self, other):
        if not self.amount_min and not self.amount_max:
            return True
        if self.amount_currency_id != other.amount_currency_id:
            return False
        return self.amount_min <= other.amount_min and (
            not self.amount_max or 0 < other.amount_max <= self.amount_max
        )

    def _get_countries(self):
        """:return: set of ids of the countries this rule is limited to; None: all"""
        if not self.country_group_ids and not self.country_ids:
            return None
        return {*self.country_group_ids.country_ids.ids, *self.country_ids._origin.ids}

    def _read_terms(self):
        """:return: list of :class:`~odoo.addons.helloword_returns.models.rule_logic.Term` that
        must all hold; None when the conditions cannot be read
        """
        self.ensure_one()
        try:
            self._check_readable()
            terms = [get_terms(part) for part in _split(self._read_domain())]
            if self.applies_to == "line":
                terms += [get_terms(part, "line_ids.") for part in _split(self._read_line_domain())]
        except Exception:
            return None
        return terms


def _split(domain):
    """:return: the parts of a domain that must all hold"""
    domain = Domain(domain)
    children = domain.children if isinstance(domain, DomainAnd) else (domain,)
    return [child for child in children if not child.is_true()]
