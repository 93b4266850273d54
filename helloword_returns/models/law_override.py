import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError


class HellowordLawOverride(models.Model):
    """A manager's recorded decision to use a rule although it breaks the law somewhere.

    It covers exactly what was found then, and the rule as it was then.
    """

    _name = "helloword.law.override"
    _description = "Override of the Law Check"
    _order = "id desc"

    rule_id = fields.Many2one(
        "helloword.return.rule", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="rule_id.company_id", store=True, index=True)
    user_id = fields.Many2one("res.users", string="Decided By", required=True, readonly=True)
    date = fields.Datetime(string="Decided On", required=True, readonly=True)
    reason = fields.Text(required=True, readonly=True)
    findings = fields.Json(readonly=True, help="The errors that were accepted.")
    findings_text = fields.Text(string="Accepted", compute="_compute_findings_text")
    fingerprint = fields.Char(readonly=True, help="Of the rule as it was then.")
    expired_date = fields.Datetime(string="Expired On", readonly=True)

    @api.depends("findings")
    @api.depends_context("lang")
    def _compute_findings_text(self):
        Rule = self.env["helloword.return.rule"]
        for override in self:
            override.findings_text = "\n".join(
                f"{Rule._describe_places(finding['places'])}: "
                f"{Rule._describe_finding(finding['code'], finding['args'])}"
                for finding in override.findings or []
            )

    def _covers(self, finding):
        """Whether one of these overrides accepted this finding in all its places."""
        return any(
            accepted["code"] == finding["code"]
            and accepted["args"] == finding["args"]
            and set(finding["places"]) <= set(accepted["places"])
            for override in self
            for accepted in override.findings or []
        )


class HellowordReturnRule(models.Model):
    _inherit = "helloword.return.rule"

    law_override_ids = fields.One2many(
        "helloword.law.override", "rule_id", string="Overrides", copy=False
    )
    law_override_id = fields.Many2one(
        "helloword.law.override",
        string="Override in Force",
        compute="_compute_law_override_id",
    )

    @api.depends("law_override_ids.expired_date")
    def _compute_law_override_id(self):
        for rule in self:
            rule.law_override_id = rule.law_override_ids.filtered(
                lambda override: not override.expired_date
            )[:1]

    def _get_uncovered_errors(self):
        """:return: findings that are errors and that no override in force accepts"""
        self.ensure_one()
        override = self.law_override_id
        if override.fingerprint != self._get_fingerprint():
            override = override.browse()
        return [
            finding
            for finding in self.law_findings or []
            if finding["severity"] == "error" and not override._covers(finding)
        ]

    def write(self, vals):
        result = super().write(vals)
        if self._get_override_fields().intersection(vals):
            self._expire_overrides()
        return result

    def _get_override_fields(self):
        return set(self._get_law_constrained_fields()) - {"active", "enabled"}

    def _get_fingerprint(self):
        """:return: digest of everything about the rule that the law checks read"""
        self.ensure_one()
        values = {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in sorted(self._get_override_fields())
        }
        text = json.dumps(values, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _expire_overrides(self):
        """A changed rule is another rule: what was accepted for the old one no longer counts."""
        for rule in self:
            override = rule.law_override_id
            if override and override.fingerprint != rule._get_fingerprint():
                override.sudo().expired_date = fields.Datetime.now()
                rule.message_post(
                    body=self.env._(
                        "The rule was changed: the override of %(user)s of %(date)s no longer "
                        "holds.",
                        user=override.user_id.name,
                        date=fields.Date.to_string(override.date),
                    )
                )

    def _tell_new_findings(self, findings):
        """Tell the responsible what the law has come to forbid.

        :param findings: new ``helloword.law.finding`` records of this rule
        """
        self.ensure_one()
        self.sudo().activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._("The law check found something new"),
            note="\n".join(f"{finding.place}: {finding.message}" for finding in findings),
            user_id=(self.user_id or self.create_uid or self.env.user).id,
        )

    def action_override_law(self):
        """Open the wizard that asks a manager for the reason."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_law_override_wizard_action"
        )
        action["context"] = {"default_rule_id": self.id}
        return action

    def _override_law(self, reason):
        """Record who accepts the errors of this rule, and why, and switch it on.

        :param str reason: in the manager's words
        :raise AccessError: the user manages no returns
        """
        self.ensure_one()
        if not self.env.user.has_group("helloword_returns.group_return_manager"):
            raise AccessError(
                self.env._("Only a returns manager can switch on a rule against the law.")
            )
        self.law_override_ids.filtered(
            lambda override: not override.expired_date
        ).sudo().expired_date = fields.Datetime.now()
        errors = [finding for finding in self.law_findings if finding["severity"] == "error"]
        override = (
            self.env["helloword.law.override"]
            .sudo()
            .create(
                {
                    "rule_id": self.id,
                    "user_id": self.env.uid,
                    "date": fields.Datetime.now(),
                    "reason": reason,
                    "findings": errors,
                    "fingerprint": self._get_fingerprint(),
                }
            )
        )
        self.invalidate_recordset(["law_override_ids", "law_override_id"])
        self.enabled = True
        self.message_post(
            body=self.env._(
                "Switched on although it breaks the law:\n%(findings)s\nReason: %(reason)s",
                findings=override.findings_text,
                reason=reason,
            )
        )
        return override
