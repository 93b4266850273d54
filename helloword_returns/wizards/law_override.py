from odoo import fields, models
from odoo.exceptions import UserError


class HellowordLawOverrideWizard(models.TransientModel):
    _name = "helloword.law.override.wizard"
    _description = "Switch On Against the Law"

    rule_id = fields.Many2one("helloword.return.rule", required=True, ondelete="cascade")
    findings_html = fields.Html(related="rule_id.law_findings_html")
    reason = fields.Text(
        required=True, help="Why the rule is used all the same; kept with your name."
    )

    def action_confirm(self):
        """Record the reason and switch the rule on.

        :raise UserError: no reason, or nothing to override
        """
        self.ensure_one()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why the rule is used although it breaks the law."))
        if not self.rule_id.law_error_count:
            raise UserError(
                self.env._("Rule “%s” breaks no law. Just switch it on.", self.rule_id.name)
            )
        self.rule_id._override_law(self.reason.strip())
        return {"type": "ir.actions.act_window_close"}
