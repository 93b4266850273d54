from odoo import api, fields, models, tools
from odoo.exceptions import UserError

from ..law.regulation import EUROPEAN_UNION, UnreadableRegulationsError, read_regulations

SHIPPED_FILE = "helloword_returns/data/regulations.csv"
# What a table says about a rule; its place and name are the key.
TAKEN_FIELDS = (
    "topic",
    "value",
    "unit",
    "applies_from",
    "reference",
    "summary",
    "confidence",
    "source_url",
)


class HellowordRegulation(models.Model):
    """Newer tables of regulations are taken in without losing what people changed."""

    _inherit = "helloword.regulation"

    shipped_values = fields.Json(
        readonly=True, copy=False, help="What the last table said; empty for rules of your own."
    )
    proposed_values = fields.Json(
        readonly=True, copy=False, help="What a newer table says about a rule you changed."
    )
    is_edited = fields.Boolean(string="Changed by You", compute="_compute_is_edited", store=True)
    has_proposal = fields.Boolean(
        string="Newer Text", compute="_compute_has_proposal", store=True, index="btree_not_null"
    )
    is_left_out = fields.Boolean(
        string="No Longer Listed",
        readonly=True,
        copy=False,
        help="A newer table did not name this rule any more. Look it up before you rely on it.",
    )
    proposal_text = fields.Text(compute="_compute_proposal_text")

    @api.depends("shipped_values", *TAKEN_FIELDS)
    def _compute_is_edited(self):
        for regulation in self:
            shipped = regulation.shipped_values
            regulation.is_edited = bool(shipped) and shipped != regulation._get_taken_values()

    @api.depends("proposed_values")
    def _compute_has_proposal(self):
        for regulation in self:
            regulation.has_proposal = bool(regulation.proposed_values)

    @api.depends("proposed_values", *TAKEN_FIELDS)
    @api.depends_context("lang")
    def _compute_proposal_text(self):
        for regulation in self:
            own, proposed = regulation._get_taken_values(), regulation.proposed_values or {}
            regulation.proposal_text = "\n".join(
                self.env._(
                    "%(field)s: “%(proposed)s” instead of your “%(own)s”",
                    field=self._fields[name].get_description(self.env, ["string"])["string"],
                    proposed=value or "–",
                    own=own[name] or "–",
                )
                for name, value in proposed.items()
                if value != own[name]
            )

    def _get_taken_values(self):
        """:return: dict of what a table says about a rule, as it can be stored in JSON"""
        self.ensure_one()
        source = self.with_context(lang=None)
        values = {name: source[name] or "" for name in TAKEN_FIELDS}
        values["applies_from"] = fields.Date.to_string(self.applies_from) or ""
        return values

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_accept_proposal(self):
        """Take what the newer table says instead of one's own text."""
        for regulation in self.filtered("has_proposal"):
            proposed = regulation.proposed_values
            regulation.with_context(lang=None).write(
                _as_vals(proposed) | {"shipped_values": proposed, "proposed_values": False}
            )
        return True

    def action_keep_own(self):
        """Keep one's own text; only a still newer table asks again."""
        for regulation in self.filtered("has_proposal"):
            regulation.write(
                {"shipped_values": regulation.proposed_values, "proposed_values": False}
            )
        return True

    # -------------------------------------------------------------------------
    # Taking a table in
    # -------------------------------------------------------------------------

    @api.model
    def _load_shipped(self):
        """Take in the table that comes with the add-on, at every install and update."""
        with tools.file_open(SHIPPED_FILE) as file:
            self._load_table(file.read())

    @api.model
    def _load_table(self, text, complete=True):
        """Compare a table with what is there, rule by rule: place and key name a rule.

        New rules are made; rules nobody touched are brought up to date; rules people changed keep
        their text and get the newer one as a proposal. Nothing is deleted: a rule a complete table
        does not name any more is flagged.

        :param bool complete: the table lists every rule there is
        :param str text: CSV, see :data:`~odoo.addons.helloword_returns.law.regulation.COLUMNS`
        :return: dict of ``created``, ``updated``, ``proposed`` and ``left_out`` regulations
        :raise UserError: the table cannot be read, or names a country that does not exist
        """
        try:
            rows = read_regulations(text)
        except UnreadableRegulationsError as error:
            raise UserError(self._describe_unreadable(error)) from error
        places = self._find_places(rows)
        known = {
            (regulation._get_place(), regulation.rule_key): regulation
            for regulation in self.with_context(active_test=False).search([])
        }
        new, changes = [], {"updated": self.browse(), "proposed": self.browse()}
        listed = self.browse()
        for row in rows:
            place = places[row.jurisdiction]
            regulation = known.get((place, row.key))
            if regulation:
                listed |= regulation
                outcome = regulation._take_row(_as_taken(row))
                if outcome:
                    changes[outcome] |= regulation
            else:
                new.append(
                    _as_vals(_as_taken(row))
                    | dict(zip(("country_group_id", "country_id", "state_id"), place, strict=True))
                    | {"rule_key": row.key, "shipped_values": _as_taken(row)}
                )
        created = self.with_context(lang=None).create(new)
        shipped = self.browse().union(*known.values()).filtered("shipped_values")
        left_out = shipped - listed if complete else self.browse()
        left_out.filtered(lambda regulation: not regulation.is_left_out).is_left_out = True
        listed.filtered("is_left_out").is_left_out = False
        return changes | {"created": created, "left_out": left_out}

    def _take_row(self, values):
        """:param dict values: what the newer table says
        :return: ``updated``, ``proposed`` or None when there is nothing new
        """
        self.ensure_one()
        if values == self.shipped_values:
            return None
        own = self._get_taken_values()
        if own == values:
            self.write({"shipped_values": values, "proposed_values": False})
            return None
        if not self.shipped_values or self.is_edited:
            if values == self.proposed_values:
                return None
            self.proposed_values = values
            return "proposed"
        self.with_context(lang=None).write(_as_vals(values) | {"shipped_values": values})
        return "updated"

    def _get_place(self):
        self.ensure_one()
        return (
            self.country_group_id.id or False,
            self.country_id.id or False,
            self.state_id.id or False,
        )

    @api.model
    def _find_places(self, rows):
        """:return: dict of jurisdiction code → (group id, country id, state id)
        :raise UserError: a country or state is not known to Odoo
        """
        countries = {country.code: country for country in self.env["res.country"].search([])}
        codes = {row.subdivision[3:] for row in rows if row.subdivision}
        states = {
            (state.country_id.code, state.code): state
            for state in self.env["res.country.state"].search([("code", "in", list(codes))])
        }
        europe = self.env.ref("base.europe")
        places = {EUROPEAN_UNION: (europe.id, False, False)}
        for row in rows:
            if row.jurisdiction in places:
                continue
            country = countries.get(row.country)
            state = states.get((row.country, row.subdivision[3:])) if row.subdivision else None
            if not country or (row.subdivision and not state):
                raise UserError(
                    self.env._(
                        "The table names “%s”, which is no country or state here.", row.jurisdiction
                    )
                )
            places[row.jurisdiction] = (False, country.id, state.id if state else False)
        return places

    @api.model
    def _describe_unreadable(self, error):
        if error.code == "columns":
            return self.env._("The table lacks these columns: %s.", error.detail)
        if error.code == "double":
            return self.env._(
                "Row %(row)s repeats the rule “%(rule)s”.", row=error.row, rule=error.detail
            )
        return self.env._(
            "Row %(row)s: “%(value)s” cannot be read as %(column)s. Nothing was taken in.",
            row=error.row,
            value=error.detail,
            column=error.code,
        )


def _as_taken(row):
    """A row of a table in the shape of :meth:`HellowordRegulation._get_taken_values`."""
    return {
        "topic": row.topic,
        "value": row.value,
        "unit": row.unit,
        "applies_from": row.applies_from.isoformat() if row.applies_from else "",
        "reference": row.reference,
        "summary": row.summary,
        "confidence": row.confidence,
        "source_url": row.source,
    }


def _as_vals(taken):
    return {name: value or False for name, value in taken.items()}
