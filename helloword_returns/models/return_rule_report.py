from odoo import models


class HellowordReturnRule(models.Model):
    """Rules that cannot be used any more, told to the person responsible."""

    _inherit = "helloword.return.rule"

    def _report_broken(self, returns):
        """Tell the responsible, once, that this rule cannot be read any more.

        :param returns: ``helloword.return`` that go to a person for it
        """
        self.ensure_one()
        known = self.sudo().activity_search(["mail.mail_activity_data_warning"])
        if known:
            return
        self.sudo().activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._("This rule cannot be read any more"),
            note=self.env._(
                "%s returns wait for a person because of it. Open the conditions and choose them "
                "again, or switch the rule off.",
                len(returns),
            ),
            user_id=(self.user_id or self.create_uid or self.env.user).id,
        )
