from odoo import api, fields, models


class HellowordChannel(models.Model):
    _name = "helloword.channel"
    _description = "Sales Channel"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    image_128 = fields.Image(max_width=128, max_height=128, string="Logo")
    provider = fields.Selection(
        [("manual", "Manual"), ("demo", "Demo")],
        required=True,
        default="manual",
        help="What stands at the other side. “Manual” needs no account: people enter requests "
        "and pay refunds. “Demo” makes up requests and answers every call.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        check_company=True,
        domain=[("share", "=", False)],
        help="Gets the returns of this channel and the activities they raise.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        help="Where returns of this channel go when no rule says otherwise. Empty: the warehouse "
        "that shipped the order.",
    )
    return_ids = fields.One2many("helloword.return", "channel_id")
    return_count = fields.Integer(compute="_compute_return_count")
    open_return_count = fields.Integer(compute="_compute_return_count")

    def _compute_return_count(self):
        Return = self.env["helloword.return"]
        groups = Return._read_group(
            [("channel_id", "in", self.ids)], ["channel_id", "state"], ["__count"]
        )
        for channel in self:
            counts = {state: count for group, state, count in groups if group == channel}
            channel.return_count = sum(counts.values())
            channel.open_return_count = counts.get("requested", 0) + counts.get("approved", 0)

    @api.model
    def _get_manual(self, company):
        """:return: the company's channel for what people enter by hand"""
        return self.search([("company_id", "=", company.id), ("provider", "=", "manual")], limit=1)

    @api.model
    def _create_manual_channels(self, companies):
        """Give each company the channel for requests that people enter.

        :param companies: ``res.company``; those that have one already are left alone
        """
        served = self.with_context(active_test=False).search([("provider", "=", "manual")])
        return self.create(
            [
                {
                    "name": self.env._("Direct"),
                    "provider": "manual",
                    "company_id": company.id,
                }
                for company in companies - served.company_id
            ]
        )

    def action_view_returns(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_return_action"
        )
        action["domain"] = [("channel_id", "=", self.id)]
        action["context"] = {"default_channel_id": self.id}
        return action
