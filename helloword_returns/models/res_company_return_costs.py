from odoo import fields, models


class ResCompany(models.Model):
    """What a company assumes about the costs of returns where its history does not tell."""

    _inherit = "res.company"

    return_history_months = fields.Integer(
        string="Months of History",
        default=12,
        help="How far back finished returns are read for estimates and advice.",
    )
    return_history_date = fields.Datetime(
        string="History Read", readonly=True, help="When the history was last read (UTC)."
    )
    return_labour_minutes = fields.Float(
        string="Minutes per Parcel",
        default=5.0,
        help="Own people's time on a parcel that comes back, as far as no recorded cost (handling, "
        "inspection) covers it.",
    )
    return_labour_hourly_cost = fields.Monetary(
        string="Cost of an Hour", help="What an hour of these people costs the company."
    )
    return_default_label_cost = fields.Monetary(
        string="Label per Parcel", help="Assumed until labels have been recorded."
    )
    return_default_handling_cost = fields.Monetary(
        string="Handling per Parcel", help="Assumed per parcel until handling was recorded."
    )
    return_default_write_down_percent = fields.Float(
        string="Loss of Value (%)",
        digits=(5, 2),
        default=30.0,
        help="Share of the goods' cost assumed lost until goods have been inspected.",
    )
    return_keep_it_risk_percent = fields.Float(
        string="Extra Claims (%)",
        digits=(5, 2),
        default=5.0,
        help="How many more requests are assumed, in percent, once customers learn that they may "
        "keep goods below a threshold.",
    )

    _return_history_months_positive = models.Constraint(
        "CHECK(return_history_months BETWEEN 1 AND 120)",
        "Read between 1 and 120 months of history.",
    )
    _return_costs_positive = models.Constraint(
        "CHECK(COALESCE(return_labour_minutes, 0) >= 0"
        " AND COALESCE(return_labour_hourly_cost, 0) >= 0"
        " AND COALESCE(return_default_label_cost, 0) >= 0"
        " AND COALESCE(return_default_handling_cost, 0) >= 0)",
        "Minutes and default costs of returns cannot be negative.",
    )
    _return_shares_range = models.Constraint(
        "CHECK(COALESCE(return_default_write_down_percent, 0) BETWEEN 0 AND 100"
        " AND COALESCE(return_keep_it_risk_percent, 0) BETWEEN 0 AND 100)",
        "A percentage must lie between 0 and 100.",
    )

    def _get_return_labour_cost(self):
        """:return: own labour on one parcel that comes back, in company currency"""
        self.ensure_one()
        return self.return_labour_minutes / 60.0 * self.return_labour_hourly_cost


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    return_history_months = fields.Integer(
        related="company_id.return_history_months", readonly=False
    )
    return_labour_minutes = fields.Float(related="company_id.return_labour_minutes", readonly=False)
    return_labour_hourly_cost = fields.Monetary(
        related="company_id.return_labour_hourly_cost",
        readonly=False,
    )
    return_default_label_cost = fields.Monetary(
        related="company_id.return_default_label_cost",
        readonly=False,
    )
    return_default_handling_cost = fields.Monetary(
        related="company_id.return_default_handling_cost",
        readonly=False,
    )
    return_default_write_down_percent = fields.Float(
        related="company_id.return_default_write_down_percent", readonly=False
    )
    return_keep_it_risk_percent = fields.Float(
        related="company_id.return_keep_it_risk_percent", readonly=False
    )
