import json

from odoo import api, fields, models

from .law_checked import SEVERITY_LABELS

# What is checked, and the field of a finding that points to it.
CHECKED_MODELS = {
    "helloword.return.rule": "rule_id",
    "helloword.return.policy": "policy_id",
}


class HellowordLawFinding(models.Model):
    """Everything the law checks found, place by place: the report over the whole set.

    Kept up to date by :meth:`_refresh`; the checks themselves are computed on rules and policies.
    """

    _name = "helloword.law.finding"
    _description = "Finding of the Law Check"
    _order = "severity_order, place, code, id"
    _rec_name = "code"

    rule_id = fields.Many2one(
        "helloword.return.rule", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    policy_id = fields.Many2one(
        "helloword.return.policy", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    code = fields.Char(readonly=True, required=True)
    severity = fields.Selection(SEVERITY_LABELS, readonly=True, required=True, index=True)
    severity_order = fields.Integer(readonly=True)
    place = fields.Char(string="Jurisdiction", readonly=True, required=True)
    country_id = fields.Many2one("res.country", readonly=True, index=True)
    args = fields.Json(readonly=True)
    message = fields.Char(string="Finding", compute="_compute_message")
    regulation_id = fields.Many2one("helloword.regulation", readonly=True, ondelete="set null")
    source_url = fields.Char(related="regulation_id.source_url")
    confidence = fields.Selection(related="regulation_id.confidence")
    is_overridden = fields.Boolean(string="Accepted by a Manager", readonly=True)
    is_switched_on = fields.Boolean(string="In Use", readonly=True)

    @api.depends("code", "args")
    @api.depends_context("lang")
    def _compute_message(self):
        Checked = self.env["helloword.law.checked"]
        for finding in self:
            finding.message = Checked._describe_finding(finding.code, finding.args or {})

    @api.model
    def action_open_report(self):
        """Check everything again and show what was found."""
        self.check_access("read")
        self._refresh()
        return self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_law_finding_action"
        )

    @api.model
    def _cron_check_law(self):
        """Once a day: law that comes into force may make today wrong what was right yesterday."""
        for rule, findings in self._refresh().filtered("is_switched_on").grouped("rule_id").items():
            if rule:
                rule._tell_new_findings(findings)

    def action_open_checked(self):
        """Open the rule or policy a finding is about."""
        self.ensure_one()
        return (self.rule_id or self.policy_id)._get_records_action()

    @api.model
    def _refresh(self):
        """Compare what is stored with what the checks find now, for every company.

        :return: the errors that are new since the last time
        """
        stored = {finding._get_key(): finding for finding in self.sudo().search([("id", "!=", 0)])}
        wanted = self._find_everything()
        gone = [stored[key].id for key in stored.keys() - wanted.keys()]
        self.sudo().browse(gone).unlink()
        for key in stored.keys() & wanted.keys():
            stored[key]._update_facts(wanted[key])
        created = self.sudo().create([wanted[key] for key in wanted.keys() - stored.keys()])
        return created.filtered(lambda finding: finding.severity == "error")

    def _get_key(self):
        self.ensure_one()
        args = json.dumps(self.args or {}, sort_keys=True)
        return (self.rule_id.id, self.policy_id.id, self.code, self.severity, self.place, args)

    def _update_facts(self, vals):
        changed = {
            name: vals[name]
            for name in ("is_overridden", "is_switched_on", "regulation_id", "company_id")
            if self._fields[name].convert_to_write(self[name], self) != vals[name]
        }
        if changed:
            self.sudo().write(changed)

    @api.model
    def _find_everything(self):
        """:return: dict of key, see :meth:`_get_key` → values of a finding"""
        known = self.env["helloword.regulation"].sudo().search([("active", "=", True)])
        regulations = {(reg._to_law().jurisdiction, reg.rule_key): reg.id for reg in known}
        countries = {c.code: c.id for c in self.env["res.country"].search([("code", "!=", False)])}
        found = {}
        for model, link in CHECKED_MODELS.items():
            for record in self.env[model].sudo().search([("active", "=", True)]):
                for finding in record.law_findings or []:
                    for source in finding["sources"]:
                        vals = self._prepare_finding(record, link, finding, source)
                        vals["country_id"] = countries.get(source["place"][:2], False)
                        vals["regulation_id"] = regulations.get(
                            (source["law_of"], source["key"]), False
                        )
                        args = json.dumps(finding["args"], sort_keys=True)
                        key = (
                            vals.get("rule_id", False),
                            vals.get("policy_id", False),
                            vals["code"],
                            vals["severity"],
                            vals["place"],
                            args,
                        )
                        found[key] = vals
        return found

    @api.model
    def _prepare_finding(self, record, link, finding, source):
        order = [code for code, _label in SEVERITY_LABELS]
        is_rule = link == "rule_id"
        return {
            link: record.id,
            "company_id": record.company_id.id,
            "code": finding["code"],
            "severity": finding["severity"],
            "severity_order": order.index(finding["severity"]),
            "place": source["place"],
            "args": finding["args"],
            "is_overridden": is_rule and record.law_override_id._covers(finding),
            "is_switched_on": not is_rule or record._is_switched_on(),
        }
