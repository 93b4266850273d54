from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.fields import Domain

# Orders older than this no longer say where a company sells.
SOLD_MONTHS = 24
# A condition that names at most this share of all countries is a choice, not an exception.
CHOSEN_SHARE = 0.5


class ResCompany(models.Model):
    _inherit = "res.company"

    return_country_ids = fields.Many2many(
        "res.country",
        "res_company_return_country_rel",
        string="Countries Sold To",
        help="Whose consumer law rules and policies are checked against. Empty: the countries of "
        "the orders and returns of the last two years.",
    )

    def _get_sold_country_codes(self, channels=None):
        """Where buyers sit.

        :param channels: ``helloword.channel``; only what was sold through them
        :return: set of ISO codes; the companies' own countries where nothing was sold yet
        """
        codes = set()
        day = fields.Date.today()
        for company in self:
            chosen = company.sudo().return_country_ids
            if chosen:
                codes |= set(chosen.mapped("code"))
                continue
            by_channel = dict(company._read_sold_countries(company.id, day))
            wanted = channels and channels.filtered(lambda ch, c=company: ch.company_id == c).ids
            sold = set().union(*(by_channel.get(channel, ()) for channel in wanted or by_channel))
            sold = sold or set().union(*by_channel.values())
            codes |= sold or {company.country_id.code} - {False}
        return codes

    @api.model
    @tools.ormcache("company_id", "day")
    def _read_sold_countries(self, company_id, day):
        """:return: tuple of (channel id or False, tuple of ISO codes), read once a day"""
        since = fields.Datetime.to_datetime(day) - timedelta(days=SOLD_MONTHS * 30)
        found = {}
        returns = (
            self.env["helloword.return"]
            .sudo()
            ._read_group(
                [("company_id", "=", company_id), ("country_id", "!=", False)],
                ["channel_id", "country_id"],
            )
        )
        for channel, country in returns:
            found.setdefault(channel.id, set()).add(country.code)
        Order = self.env["sale.order"].sudo()
        sold = Domain("company_id", "=", company_id) & Domain("state", "=", "sale")
        sold &= Domain("date_order", ">=", since)
        for (channel,) in Order._read_group(sold, ["return_channel_id"]):
            orders = Order._search(sold & Domain("return_channel_id", "=", channel.id))
            partners = self.env["res.partner"].sudo().with_context(active_test=False)
            countries = partners._read_group(
                [("id", "in", orders.subselect("partner_shipping_id"))], ["country_id"]
            )
            codes = {country.code for (country,) in countries if country}
            found.setdefault(channel.id, set()).update(codes)
        return tuple((channel, tuple(sorted(codes))) for channel, codes in found.items())


class HellowordReturnRule(models.Model):
    """Which buyers a rule's conditions let through, read from the conditions alone."""

    _inherit = "helloword.return.rule"

    def _get_reached_countries(self):
        """:return: set of ISO codes of the countries whose returns the rule can decide"""
        self.ensure_one()
        companies = self.company_id or self.env["res.company"].sudo().search(
            [("active", "=", True)]
        )
        sold = companies._get_sold_country_codes(self.channel_ids._origin)
        chosen = (self.country_group_ids.country_ids | self.country_ids)._origin
        domain = self._read_own_domain()
        if not _mentions(domain, "country_id"):
            return set(chosen.mapped("code")) if chosen else sold
        candidates = chosen or self.env["res.country"].search([("code", "!=", False)])
        reached = {
            country.code
            for country in candidates
            if self._can_match(domain, {"country_id": country})
        }
        if chosen or len(reached) <= CHOSEN_SHARE * len(candidates):
            return reached
        return reached & sold

    def _get_reached_reason_groups(self):
        """:return: groups of reasons the rule's conditions let through"""
        self.ensure_one()
        domain = self._read_own_domain()
        groups = self.env["helloword.return.reason"].search([("parent_id", "=", False)])
        return groups.filtered(
            lambda group: self._can_match(
                domain, {"reason_group_id": group, "reason_id": group | group.child_ids}
            )
        )

    def _get_first_refused_day(self, days):
        """The earliest day after delivery on which the conditions can be met.

        :param int days: how far to look
        :return: day, or None when none of them can
        """
        self.ensure_one()
        domain = self._read_own_domain()
        if not _mentions(domain, "days_since_delivery"):
            return 0
        return next(
            (
                day
                for day in range(days + 1)
                if self._can_match(domain, {"days_since_delivery": day})
            ),
            None,
        )

    def _is_limited_to_products(self):
        self.ensure_one()
        domain = self._read_own_domain()
        return any(
            "product" in condition.field_expr or "categ" in condition.field_expr
            for condition in domain.iter_conditions()
        )

    def _read_own_domain(self):
        """:return: the conditions; those that cannot be read let everything through"""
        try:
            return self._read_domain()
        except (ValueError, SyntaxError, TypeError):
            return Domain.TRUE

    @api.model
    def _can_match(self, domain, facts):
        """Whether conditions can be met when some fields have known values.

        :param dict facts: field of a return → record, records (any of them) or number
        :return: False only when they surely cannot
        """

        def settle(condition):
            name, _dot, path = condition.field_expr.partition(".")
            if name not in facts:
                return condition
            outcomes = _get_outcomes(facts[name], path, condition)
            if len(outcomes) != 1:
                return condition
            return Domain.TRUE if outcomes == {True} else Domain.FALSE

        return not domain.map_conditions(settle).is_false()


def _mentions(domain, name):
    return any(
        condition.field_expr.partition(".")[0] == name for condition in domain.iter_conditions()
    )


def _get_outcomes(value, path, condition):
    """What a condition can come to for a value.

    :return: set of True and False; both when it cannot be told
    """
    if not isinstance(value, models.BaseModel):
        return _compare(value, condition)
    wanted = condition.value
    is_text = isinstance(wanted, str) or (
        isinstance(wanted, list | tuple | set) and any(isinstance(item, str) for item in wanted)
    )
    try:
        domain = Domain(path or ("display_name" if is_text else "id"), condition.operator, wanted)
        return {bool(record.filtered_domain(domain)) for record in value}
    except (ValueError, TypeError, KeyError):
        return {True, False}


def _compare(value, condition):
    wanted, operator = condition.value, condition.operator
    try:
        if operator in ("in", "not in"):
            found = value in wanted
            return {found if operator == "in" else not found}
        return {
            {
                "=": value == wanted,
                "!=": value != wanted,
                "<": value < wanted,
                "<=": value <= wanted,
                ">": value > wanted,
                ">=": value >= wanted,
            }[operator]
        }
    except (KeyError, TypeError):
        return {True, False}
