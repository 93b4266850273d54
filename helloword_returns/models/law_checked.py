import json

from markupsafe import Markup
from odoo import api, fields, models

from ..law.checks import check
from ..law.finding import SEVERITIES
from .law_texts import FINDING_TEXTS, METHOD_TEXTS, PENALTY_TEXTS

SEVERITY_LABELS = [("error", "Breaks the law"), ("warning", "Risky"), ("hint", "Note")]
SEVERITY_CLASSES = {
    "error": "text-bg-danger",
    "warning": "text-bg-warning",
    "hint": "text-bg-info",
}
# So many countries and sources are spelt out; the rest is counted.
SHOWN_PLACES = 8
SHOWN_SOURCES = 3


class HellowordLawChecked(models.AbstractModel):
    """What is held against the law of the buyers it reaches, while it is edited."""

    _name = "helloword.law.checked"
    _description = "Checked Against Consumer Law"

    law_findings = fields.Json(
        compute="_compute_law_findings",
        help="List of what was found: code, severity, places, sources and the values of the text; "
        "False when nothing was.",
    )
    law_severity = fields.Selection(
        SEVERITY_LABELS,
        string="Law",
        compute="_compute_law_findings",
        search="_search_law_severity",
        help="The gravest finding for the buyers it reaches. No legal advice.",
    )
    law_error_count = fields.Integer(compute="_compute_law_findings")
    law_findings_html = fields.Html(
        string="Law in Its Countries", compute="_compute_law_findings_html", sanitize=False
    )
    law_place_count = fields.Integer(string="Countries Reached", compute="_compute_law_findings")

    def _get_law_policy(self):
        """What this promises or does. Hook.

        :return: :class:`~odoo.addons.helloword_returns.law.policy.Policy`
        """
        raise NotImplementedError

    def _get_law_countries(self):
        """The buyer countries this reaches. Hook, batch.

        :return: dict of record → set of ISO codes
        """
        raise NotImplementedError

    def _get_law_check_fields(self):
        """:return: names of the fields whose change asks for a new check"""
        raise NotImplementedError

    @api.depends(lambda self: self._get_law_check_fields() if not self._abstract else ())
    def _compute_law_findings(self):
        countries = self._get_law_countries()
        for record in self:
            findings = record._find_law_breaks(countries[record])
            severities = {finding["severity"] for finding in findings}
            record.law_findings = findings or False
            record.law_severity = next((s for s in SEVERITIES if s in severities), False)
            record.law_error_count = sum(f["severity"] == "error" for f in findings)
            record.law_place_count = len(countries[record])

    def _find_law_breaks(self, countries, day=None):
        """Hold one record against the law of some countries.

        :param countries: ISO codes
        :param day: the day whose law counts; today unless given
        :return: list of dicts, one for each thing found, with the places it was found in; the
            gravest first
        """
        self.ensure_one()
        rulebook = self.env["helloword.regulation"]._get_rulebook()
        day = day or fields.Date.context_today(self)
        grouped = {}
        for finding in check(self._get_law_policy(), rulebook, countries, day):
            key = (
                finding.severity,
                finding.code,
                json.dumps(self._get_text_values(finding), sort_keys=True),
            )
            entry = grouped.setdefault(
                key,
                {
                    "code": finding.code,
                    "severity": finding.severity,
                    "args": self._get_text_values(finding),
                    "places": [],
                    "sources": [],
                },
            )
            regulation = finding.regulation
            entry["places"].append(finding.jurisdiction)
            entry["sources"].append(
                {
                    "place": finding.jurisdiction,
                    "law_of": regulation.jurisdiction,
                    "key": regulation.key,
                    "reference": regulation.reference,
                    "url": regulation.source,
                    "confidence": regulation.confidence,
                }
            )
        return list(grouped.values())

    @api.model
    def _get_text_values(self, finding):
        return {name: value for name, value in finding.args.items() if name in _TEXT_VALUES}

    def _search_law_severity(self, operator, value):
        if operator != "in":
            return NotImplemented
        records = self.with_context(active_test=False).search([("id", "!=", 0)])
        return [("id", "in", records.filtered(lambda rec: rec.law_severity in value).ids)]

    # -------------------------------------------------------------------------
    # In words
    # -------------------------------------------------------------------------

    @api.model
    def _describe_finding(self, code, args):
        """:return: what was found, in the reader's language"""
        text = args.get("days") == 0 and FINDING_TEXTS.get(f"{code}:0")
        text = text or FINDING_TEXTS.get(code)
        if not text:
            return code
        values = {name: self._describe_value(name, value) for name, value in args.items()}
        template = self.env._(text)
        return template % values

    @api.model
    def _describe_value(self, name, value):
        if name == "rule":
            return self.env._(PENALTY_TEXTS[value])
        if name == "method":
            return self.env._(METHOD_TEXTS[value])
        if name == "exclusion":
            exclusion = self.env["helloword.return.exclusion"].sudo()
            return exclusion.search([("code", "=", value)], limit=1).name or value
        if name in ("start", "trigger"):
            field = "window_start" if name == "start" else "refund_trigger"
            policy = self.env["helloword.return.policy"]
            labels = dict(policy._fields[field]._description_selection(self.env))
            return labels.get(value, value)
        return value

    @api.depends("law_findings")
    @api.depends_context("lang")
    def _compute_law_findings_html(self):
        for record in self:
            record.law_findings_html = record._render_findings(record.law_findings or [])

    @api.model
    def _render_findings(self, findings):
        """:param findings: as :meth:`_find_law_breaks` returns them
        :return: Markup, empty when nothing was found
        """
        return Markup().join(self._render_finding(finding) for finding in findings)

    @api.model
    def _render_finding(self, finding):
        labels = dict(self._fields["law_severity"]._description_selection(self.env))
        links = Markup(" · ").join(
            self._render_source(source) for source in _without_repeats(finding["sources"])
        )
        return Markup(
            '<div class="mb-2"><span class="badge {css}">{label}</span> '
            "<strong>{places}</strong> {text}"
            '<div class="small text-muted">{links}</div></div>'
        ).format(
            css=SEVERITY_CLASSES[finding["severity"]],
            label=labels[finding["severity"]],
            places=self._describe_places(finding["places"]),
            text=self._describe_finding(finding["code"], finding["args"]),
            links=links,
        )

    @api.model
    def _render_source(self, source):
        if not source["url"]:
            return Markup("{}").format(source["reference"])
        return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(
            source["url"], source["reference"] or source["url"]
        )

    @api.model
    def _describe_places(self, places):
        """:return: names of countries and states, the many of them shortened"""
        europe = set(self.env.ref("base.europe").sudo().country_ids.mapped("code"))
        names, left = [], sorted(set(places))
        if europe and europe <= set(left):
            names.append(self.env._("European Union"))
            left = [place for place in left if place not in europe]
        names += left
        shown = ", ".join(names[:SHOWN_PLACES])
        more = len(names) - SHOWN_PLACES
        return (
            self.env._("%(names)s and %(count)s more", names=shown, count=more)
            if more > 0
            else shown
        )


_TEXT_VALUES = ("days", "needed", "start", "trigger", "method", "exclusion", "rule")


def _without_repeats(sources):
    """:return: the first few sources, each reference once"""
    by_reference = {}
    for source in sources:
        by_reference.setdefault(source["reference"], source)
    return list(by_reference.values())[:SHOWN_SOURCES]
