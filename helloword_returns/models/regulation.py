from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..law.regulation import EUROPEAN_UNION, Regulation, UnreadableRegulationsError, check_value
from ..law.rulebook import Rulebook
from .regulation_titles import RULE_TITLES

TOPICS = [
    ("withdrawal", "Change of mind"),
    ("withdrawal_function", "Withdrawal function"),
    ("refund_deadline", "Refund"),
    ("return_shipping_cost", "Return shipping"),
    ("restocking_fee", "Fees and deductions"),
    ("exceptions", "Exceptions"),
    ("defect", "Faulty goods"),
    ("guarantee", "Guarantee"),
    ("disclosure", "Information duties"),
]
CONFIDENCES = [("high", "Confirmed"), ("medium", "Likely"), ("low", "Not confirmed")]


class HellowordRegulation(models.Model):
    """What consumer law says on returns, one sourced fact a record.

    Hints, not legal advice. Whoever asks what holds for a buyer asks the rulebook, which knows
    what overrides what; see :meth:`_get_rulebook`.
    """

    _name = "helloword.regulation"
    _description = "Regulation on Returns"
    _order = "country_code, state_id, topic, rule_key, id"
    _rec_names_search = ["name", "rule_key", "summary"]

    name = fields.Char(compute="_compute_name", search="_search_name", string="Rule")
    active = fields.Boolean(default=True)
    country_id = fields.Many2one("res.country", index="btree_not_null", ondelete="restrict")
    country_group_id = fields.Many2one(
        "res.country.group",
        index="btree_not_null",
        ondelete="restrict",
        domain=lambda self: [("id", "=", self.env.ref("base.europe").id)],
        help="The European Union; its rules hold in every Member State that has none of its own.",
    )
    state_id = fields.Many2one(
        "res.country.state",
        string="State or Province",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('country_id', '=', country_id)]",
    )
    country_code = fields.Char(
        compute="_compute_country_code", store=True, help="ISO code, EU for the European Union."
    )
    jurisdiction = fields.Char(compute="_compute_jurisdiction")
    topic = fields.Selection(TOPICS, required=True, index=True)
    rule_key = fields.Char(required=True, index=True, help="Stable name of the rule.")
    value = fields.Char(string="Value as Stored", required=True)
    unit = fields.Selection(
        [
            ("days", "Days"),
            ("months", "Months"),
            ("years", "Years"),
            ("bool", "Yes or no"),
            ("text", "Text"),
        ],
        required=True,
        default="text",
    )
    value_text = fields.Char(string="What Holds", compute="_compute_value_text")
    applies_from = fields.Date(
        string="Valid From", help="Empty: it has applied for long, or the day is not known."
    )
    is_upcoming = fields.Boolean(compute="_compute_is_upcoming", search="_search_is_upcoming")
    reference = fields.Char(string="Legal Reference")
    summary = fields.Text(translate=True)
    confidence = fields.Selection(
        CONFIDENCES,
        required=True,
        default="high",
        index=True,
        help="Confirmed: read in a source. Likely: secondary, dated or partly inferred. Not "
        "confirmed: never the ground of an error.",
    )
    source_url = fields.Char(string="Source")

    _place_and_key_uniq = models.UniqueIndex(
        "(rule_key, COALESCE(country_group_id, 0), COALESCE(country_id, 0), COALESCE(state_id, 0))",
        "There is one rule of this name for each country, group or state.",
    )
    _has_place = models.Constraint(
        "CHECK((country_id IS NULL) != (country_group_id IS NULL))",
        "A rule belongs to one country, or to the European Union.",
    )

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends("rule_key")
    @api.depends_context("lang")
    def _compute_name(self):
        for regulation in self:
            regulation.name = self._get_title(regulation.rule_key)

    @api.model
    def _get_title(self, rule_key):
        """:return: what a rule is called in the reader's language"""
        title = RULE_TITLES.get(rule_key)
        return self.env._(title) if title else (rule_key or "").replace("_", " ").capitalize()

    def _search_name(self, operator, value):
        if operator not in ("ilike", "like", "=", "=ilike", "in"):
            return NotImplemented
        wanted = [value] if isinstance(value, str) else value
        keys = [
            key
            for key in RULE_TITLES
            for word in wanted
            if str(word or "").lower() in self._get_title(key).lower()
        ]
        return Domain("rule_key", "in", keys) | Domain("rule_key", operator, value)

    @api.depends("name", "jurisdiction")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for regulation in self:
            regulation.display_name = f"{regulation.jurisdiction}: {regulation.name}"

    @api.depends("country_id.code", "country_group_id")
    def _compute_country_code(self):
        for regulation in self:
            union = regulation.country_group_id and EUROPEAN_UNION
            regulation.country_code = regulation.country_id.code or union

    @api.depends("country_id.name", "state_id.name", "country_group_id.name")
    @api.depends_context("lang")
    def _compute_jurisdiction(self):
        for regulation in self:
            place = regulation.country_id.name or regulation.country_group_id.name or ""
            state = regulation.state_id.name
            regulation.jurisdiction = f"{place}, {state}" if state else place

    @api.depends("value", "unit", "rule_key")
    @api.depends_context("lang")
    def _compute_value_text(self):
        for regulation in self:
            regulation.value_text = regulation._describe_value()

    def _describe_value(self):
        """:return: the value with its unit in the reader's language"""
        self.ensure_one()
        if self.unit == "bool":
            return self.env._("Yes") if self.value == "true" else self.env._("No")
        if "business_days" in (self.rule_key or ""):
            return self.env._("%s working days", self.value)
        if self.unit == "days":
            return self.env._("%s days", self.value)
        if self.unit == "months":
            return self.env._("%s months", self.value)
        if self.unit == "years":
            return self.env._("%s years", self.value)
        return (self.value or "").replace("_", " ")

    @api.depends("applies_from")
    def _compute_is_upcoming(self):
        today = fields.Date.context_today(self)
        for regulation in self:
            regulation.is_upcoming = bool(
                regulation.applies_from and regulation.applies_from > today
            )

    def _search_is_upcoming(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("applies_from", ">", fields.Date.context_today(self))]

    # -------------------------------------------------------------------------
    # Constraints
    # -------------------------------------------------------------------------

    @api.constrains("value", "unit")
    def _check_value(self):
        for regulation in self:
            try:
                check_value(regulation.value, regulation.unit)
            except UnreadableRegulationsError as error:
                raise ValidationError(
                    self.env._(
                        "“%(value)s” is no value in %(unit)s. Enter a whole number for days, "
                        "months and years, “true” or “false” for yes or no.",
                        value=regulation.value,
                        unit=regulation.unit,
                    )
                ) from error

    @api.constrains("source_url")
    def _check_source_url(self):
        """It becomes a link on the screens of whoever reads the rule."""
        for regulation in self:
            url = regulation.source_url
            if url and not url.startswith(("https://", "http://")):
                raise ValidationError(
                    self.env._("The source “%s” is no link. It must begin with https://.", url)
                )

    @api.constrains("state_id", "country_id")
    def _check_state(self):
        for regulation in self:
            if regulation.state_id and regulation.state_id.country_id != regulation.country_id:
                raise ValidationError(
                    self.env._(
                        "%(state)s is no part of %(country)s.",
                        state=regulation.state_id.name,
                        country=regulation.country_id.name or regulation.country_group_id.name,
                    )
                )

    # -------------------------------------------------------------------------
    # The rulebook
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        regulations = super().create(vals_list)
        self.env.registry.clear_cache()
        return regulations

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    def _get_rulebook(self):
        """Everything that is known, as plain Python, cached.

        :return: :class:`~odoo.addons.helloword_returns.law.rulebook.Rulebook`
        """
        return self._load_rulebook()

    @tools.ormcache()
    def _load_rulebook(self):
        regulations = self.sudo().with_context(lang=None).search([("active", "=", True)])
        europe = self.env.ref("base.europe").sudo()
        return Rulebook(
            [regulation._to_law() for regulation in regulations], europe.country_ids.mapped("code")
        )

    def _to_law(self):
        self.ensure_one()
        return Regulation(
            country=self.country_code,
            subdivision=f"{self.country_code}-{self.state_id.code}" if self.state_id else "",
            topic=self.topic,
            key=self.rule_key,
            value=self.value,
            unit=self.unit,
            applies_from=self.applies_from or None,
            reference=self.reference or "",
            summary=self.summary or "",
            confidence=self.confidence,
            source=self.source_url or "",
        )
