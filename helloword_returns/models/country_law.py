from odoo import api, fields, models

from ..law.regulation import EUROPEAN_UNION
from .regulation import TOPICS


class ResCountry(models.Model):
    """A page for each country: what its law says on returns, the Union's rules included."""

    _inherit = "res.country"

    return_regulation_ids = fields.One2many("helloword.regulation", "country_id")
    return_regulation_count = fields.Integer(
        string="Rules on Returns", compute="_compute_return_regulation_count"
    )
    return_law_html = fields.Html(
        string="Law on Returns", compute="_compute_return_law_html", sanitize=False
    )

    def _compute_return_regulation_count(self):
        Regulation = self.env["helloword.regulation"]
        rulebook = Regulation._get_rulebook()
        day = fields.Date.context_today(self)
        for country in self:
            places = [country.code, *rulebook.get_subdivisions(country.code)]
            country.return_regulation_count = sum(
                len(rulebook.get_all(place, day))
                if place == country.code
                else sum(
                    rule.subdivision == place for rule in rulebook.get_all(place, day).values()
                )
                for place in places
            )

    @api.depends_context("lang")
    def _compute_return_law_html(self):
        for country in self:
            country.return_law_html = self.env["ir.qweb"]._render(
                "helloword_returns.country_law", {"sections": country._get_law_sections()}
            )

    def _get_law_sections(self):
        """The page's content: the country, then each state with rules of its own.

        :return: list of dicts with ``name`` and ``topics``, each with ``label`` and ``rules``
        """
        self.ensure_one()
        rulebook = self.env["helloword.regulation"]._get_rulebook()
        states = {f"{self.code}-{state.code}": state.name for state in self.state_ids}
        sections = [{"name": self.name, "topics": self._get_law_topics(self.code)}]
        for place in rulebook.get_subdivisions(self.code):
            sections.append(
                {"name": states.get(place, place), "topics": self._get_law_topics(place)}
            )
        return sections

    def _get_law_topics(self, place):
        """Rules of a place by topic: those that hold, and those that are coming."""
        day = fields.Date.context_today(self)
        records = self._get_regulations_by_law()
        rulebook = self.env["helloword.regulation"]._get_rulebook()
        in_force = rulebook.get_all(place, day)
        coming = [
            rule
            for rule in rulebook
            if not rule.is_in_force(day)
            and (
                rule.jurisdiction == place
                or (rule.jurisdiction == EUROPEAN_UNION and rulebook.is_in_eu(place))
            )
        ]
        rules = [
            rule for rule in in_force.values() if rule.subdivision == place or place == self.code
        ]
        topics = []
        for code, _label in TOPICS:
            found = [
                {"record": records[rule.jurisdiction, rule.key], "is_coming": rule in coming}
                for rule in [*rules, *coming]
                if rule.topic == code and (rule.jurisdiction, rule.key) in records
            ]
            if found:
                labels = dict(
                    self.env["helloword.regulation"]
                    ._fields["topic"]
                    ._description_selection(self.env)
                )
                topics.append({"label": labels[code], "rules": found})
        return topics

    @api.model
    def _get_regulations_by_law(self):
        regulations = self.env["helloword.regulation"].search([("active", "=", True)])
        return {(reg._to_law().jurisdiction, reg.rule_key): reg for reg in regulations}

    def action_view_return_law(self):
        """Open a country's page."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("helloword_returns.country_law_action")
        form = self.env.ref("helloword_returns.res_country_view_form_law")
        return action | {"res_id": self.id, "views": [(form.id, "form")]}
