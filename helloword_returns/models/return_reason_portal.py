from odoo import fields, models


class HellowordReturnReason(models.Model):
    """Reasons as customers choose them."""

    _inherit = "helloword.return.reason"

    portal_name = fields.Char(
        string="Customer's Wording",
        translate=True,
        help="How customers say it, for example “It is too small”. Empty: the reason's name.",
    )
    portal_visible = fields.Boolean(
        string="Customers Choose It",
        default=True,
        help="Offered on the page where customers ask for a return.",
    )
    portal_photo_required = fields.Boolean(
        string="Photo Required",
        help="Customers who give this reason have to send a photo with it.",
    )

    def _get_portal_groups(self):
        """The reasons customers choose from, by group, in the reader's language.

        :return: list of tuples (group, its reasons)
        """
        reasons = self.search([("parent_id", "!=", False), ("portal_visible", "=", True)])
        visible = reasons.filtered("group_id.portal_visible")
        groups = visible.group_id.sorted(lambda group: (group.sequence, group.id))
        return [
            (group, visible.filtered(lambda reason, group=group: reason.group_id == group))
            for group in groups
        ]

    def _get_portal_name(self):
        self.ensure_one()
        return self.portal_name or self.name
