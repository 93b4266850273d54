from odoo import api, fields, models


class HellowordReturnLabelRate(models.Model):
    """What one account would take for a label, and why it was or was not chosen."""

    _name = "helloword.return.label.rate"
    _description = "Offer for a Return Label"
    _order = "label_id, obstacle NULLS FIRST, score, days, id"
    _check_company_auto = True

    label_id = fields.Many2one(
        "helloword.return.label",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="label_id.company_id", store=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    account_id = fields.Many2one(
        "helloword.label.account", required=True, check_company=True, ondelete="restrict"
    )
    operation_id = fields.Many2one(
        "helloword.operation",
        string="Prepared By",
        ondelete="restrict",
        help="Its reference at the provider is the draft that would be bought.",
    )
    rate_ref = fields.Char(string="Reference at the Service")
    carrier = fields.Char()
    service = fields.Char()
    currency_name = fields.Char(string="Currency Code")
    currency_id = fields.Many2one("res.currency")
    amount = fields.Monetary(string="Price")
    is_price_known = fields.Boolean(help="The service says the price in advance.")
    days = fields.Integer(string="Days on the Road", help="Zero: not known.")
    amount_company = fields.Monetary(
        string="Price (company currency)", currency_field="company_currency_id"
    )
    score = fields.Monetary(
        string="Price with Days",
        currency_field="company_currency_id",
        help="The price plus what the company's settings count for each day on the road.",
    )
    obstacle = fields.Char(string="Not Taken Because")
    is_chosen = fields.Boolean(string="Chosen", compute="_compute_is_chosen")

    @api.depends("label_id.chosen_rate_id")
    def _compute_is_chosen(self):
        for rate in self:
            rate.is_chosen = rate.label_id.chosen_rate_id == rate

    @api.depends("account_id", "carrier", "service")
    def _compute_display_name(self):
        for rate in self:
            service = " ".join(filter(None, (rate.carrier, rate.service)))
            rate.display_name = " · ".join(filter(None, (rate.account_id.name, service)))

    def action_choose(self):
        """Buy this offer instead of the one that would be chosen by price.

        :raise UserError: the label is being bought or exists already
        """
        self.ensure_one()
        self.label_id.check_access("write")
        self.label_id._check_open()
        self.label_id.sudo()._buy(self.sudo())
        return True
