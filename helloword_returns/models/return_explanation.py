from odoo import api, fields, models

from .rule_part import get_paths, read_path
from .rule_text import RuleText


class Explainer:
    """Writes down why returns were decided as they were, for a whole batch.

    :param dict parts: rule → list of :class:`RulePart` as they are now
    :param dict versions: rule → ``helloword.return.rule.version``
    :param matches: :class:`Matches`
    """

    def __init__(self, parts, versions, matches):
        self._versions = versions
        self._matches = matches
        self._parts = {
            rule: [part.as_json() for part in rule_parts] for rule, rule_parts in parts.items()
        }
        self._now = fields.Datetime.to_string(fields.Datetime.now())

    def explain(self, ret, rule, source, lines=None):
        """:param rule: that decided, or None
        :param source: record whose plan was copied, or None
        :param dict lines: line → rule or None, where the lines were decided apart
        :return: dict that can be stored as JSON
        """
        passed = self._matches.passed.get(ret.id, ())
        adding = self._matches.adding.get(ret.id, ())
        paths = set()
        for held in filter(None, (rule, *adding, *(lines or {}).values())):
            for part in self._parts[held]:
                paths.update(get_paths(part))
        for other, number in passed:
            paths.update(get_paths(self._parts[other][number]))
        broken = next(
            (other for other, returns in self._matches.broken.items() if ret in returns), None
        )
        return {
            "rule": rule.name if rule else None,
            "rule_id": rule.id if rule else None,
            "version": self._versions[rule].id if rule else None,
            "plan_source": source.display_name if source and source != rule else None,
            "decided_at": self._now,
            "values": {path: read_path(ret, path) for path in sorted(paths)},
            "passed_over": [[self._versions[other].id, number] for other, number in passed],
            "added": [self._versions[other].id for other in adding],
            "broken": broken.name if broken else None,
            "law": ret._get_law_snapshot(),
            "law_override": self._get_override(rule),
            "lines": [
                {
                    "line_id": line.id,
                    "name": line.name,
                    "version": self._versions[held].id if held else None,
                    "rule": held.name if held else None,
                    "decision": held.decision if held else None,
                }
                for line, held in (lines or {}).items()
            ],
        }

    def _get_override(self, rule):
        """:return: why a manager switched the rule on against the law, or None"""
        override = rule and rule.sudo().law_override_id
        return (override and f"{override.user_id.name}: {override.reason}") or None


class HellowordReturn(models.Model):
    """Why a return was decided as it was, in the reader's words."""

    _inherit = "helloword.return"

    decision_summary = fields.Text(compute="_compute_decision_summary")
    decision_story = fields.Html(compute="_compute_decision_story", sanitize=False)

    def _get_explainer(self, matches):
        rules = {rule for rules in matches.adding.values() for rule in rules}
        rules |= {rule for passed in matches.passed.values() for rule, _number in passed}
        rules |= set(matches)
        rules |= {rule for rules in matches.by_line.values() for rule in rules.values()}
        parts = {rule: rule._get_parts() for rule in rules}
        return Explainer(parts, self.env["helloword.return.rule.version"]._keep(parts), matches)

    @api.depends("decision_explanation", "rule_id")
    @api.depends_context("lang")
    def _compute_decision_summary(self):
        for ret, told in self._tell_decisions().items():
            ret.decision_summary = told and "\n".join(
                [
                    told["headline"],
                    *(f"• {row['asked']} ({row['value']})" for row in told["conditions"]),
                ]
            )

    @api.depends("decision_explanation", "rule_id")
    @api.depends_context("lang")
    def _compute_decision_story(self):
        for ret, told in self._tell_decisions().items():
            ret.decision_story = told and self.env["ir.qweb"]._render(
                "helloword_returns.decision_story", told
            )

    def _tell_decisions(self):
        """:return: dict of return → what the template of the story needs, or False; one query for
        all returns
        """
        text = RuleText(self.env)
        ids = set()
        for ret in self:
            why = ret.decision_explanation or {}
            ids.update(filter(None, [why.get("version"), *why.get("added", ())]))
            ids.update(version_id for version_id, _number in why.get("passed_over", ()))
        versions = self.env["helloword.return.rule.version"].sudo().browse(ids).exists()
        by_id = {version.id: version for version in versions}
        return {ret: ret._tell_decision(text, by_id) for ret in self}

    def _tell_decision(self, text, versions):
        self.ensure_one()
        why = self.decision_explanation
        if not why:
            return False
        values = why.get("values") or {}
        version = versions.get(why.get("version"))
        decisions = dict(self._fields["decision"]._description_selection(self.env))
        return {
            "headline": self._get_headline(why),
            "lines": [
                {**line, "decision": decisions.get(line["decision"])}
                for line in why.get("lines", ())
            ],
            "plan_source": why.get("plan_source"),
            "decided_at": fields.Datetime.to_datetime(why.get("decided_at")),
            "conditions": [
                self._tell_part(text, part, values) for part in (version and version.parts) or ()
            ],
            "added": [
                versions[version_id].name
                for version_id in why.get("added", ())
                if version_id in versions
            ],
            "law": [self._tell_law(rule) for rule in why.get("law", ())],
            "law_override": why.get("law_override"),
            "passed_over": [
                {
                    "rule": versions[version_id].name,
                    **self._tell_part(text, versions[version_id].parts[number], values),
                }
                for version_id, number in why.get("passed_over", ())
                if version_id in versions
            ],
        }

    def _get_headline(self, why):
        if why.get("broken"):
            return self.env._(
                "Rule “%s” cannot be read, so a person decides. Correct the rule.", why["broken"]
            )
        if why.get("lines") and not why.get("rule_id"):
            return self.env._("The lines cannot be decided together, so a person decides:")
        if why.get("lines"):
            return self.env._(
                "The lines were decided apart. The whole follows rule “%s”:", why["rule"]
            )
        if not why.get("rule_id"):
            return self.env._("No rule matched: a person decides.")
        return self.env._("Rule “%s” matched:", self.rule_id.name or why["rule"])

    def _tell_law(self, rule):
        """:param dict rule: of the law, as it was kept
        :return: dict for the template, in the reader's language
        """
        regulation = self.env["helloword.regulation"].new(
            {"rule_key": rule["key"], "value": rule["value"], "unit": rule["unit"]}
        )
        return {
            "name": regulation.name,
            "value": regulation.value_text,
            "reference": rule["reference"] or rule["url"],
            "url": rule["url"],
        }

    def _tell_part(self, text, part, values):
        told = [
            f"{text.get_label(path)}: {text.describe_value(values.get(path), path)}"
            for path in get_paths(part)
        ]
        return {"asked": text.describe_part(part), "value": "; ".join(dict.fromkeys(told))}
