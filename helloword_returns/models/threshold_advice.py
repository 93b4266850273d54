from odoo import api, fields, models

SCOPES = [
    ("company", "Company"),
    ("channel", "Channel"),
    ("country", "Country"),
    ("category", "Category"),
    ("combination", "Combination"),
]


class HellowordThresholdAdvice(models.Model):
    """Up to which value goods had better stay with the customer, as past returns show.

    Amounts are in the company's currency. The facts are read by :meth:`_refresh`; what follows
    from them (break-even, suggestion, saving, curve) is computed, so that assumptions can be
    changed and their effect seen at once.
    """

    _name = "helloword.threshold.advice"
    _description = "Threshold Advice"
    _order = "company_id, scope_order, return_count desc, id"
    _rec_names_search = ["channel_id.name", "country_id.name", "product_categ_id.complete_name"]
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    channel_id = fields.Many2one(
        "helloword.channel",
        check_company=True,
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: every channel.",
    )
    country_id = fields.Many2one(
        "res.country",
        string="Buyer Country",
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: every country.",
    )
    product_categ_id = fields.Many2one(
        "product.category",
        string="Product Category",
        index="btree_not_null",
        ondelete="cascade",
        help="With the categories below it. Of a return with several products the most valuable "
        "line counts. Empty: every product.",
    )
    scope = fields.Selection(SCOPES, compute="_compute_scope", store=True, index=True)
    scope_order = fields.Integer(compute="_compute_scope", store=True)
    is_automatic = fields.Boolean(
        readonly=True, copy=False, help="Made when the history was read; kept up to date with it."
    )

    date_from = fields.Date(readonly=True, copy=False)
    date_to = fields.Date(string="Read On", readonly=True, copy=False)
    return_count = fields.Integer(
        string="Returns",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Returns whose goods were asked back and whose end is known.",
    )
    line_count = fields.Integer(string="Lines", readonly=True, copy=False, aggregator=None)
    value_bins = fields.Json(readonly=True, copy=False)
    grade_odds = fields.Json(readonly=True, copy=False)
    mean_label = fields.Monetary(string="Label", readonly=True, copy=False, aggregator="avg")
    mean_freight = fields.Monetary(
        string="Inbound Freight", readonly=True, copy=False, aggregator="avg"
    )
    mean_handling = fields.Monetary(string="Handling", readonly=True, copy=False, aggregator="avg")
    mean_inspection = fields.Monetary(
        string="Inspection", readonly=True, copy=False, aggregator="avg"
    )
    mean_other = fields.Monetary(
        string="Repairs, Duties and Other", readonly=True, copy=False, aggregator="avg"
    )
    mean_income = fields.Monetary(
        string="Restocking Income", readonly=True, copy=False, aggregator="avg"
    )
    mean_labour = fields.Monetary(
        string="Own Labour",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="As the settings say.",
    )
    mean_cost = fields.Monetary(
        string="Cost per Return",
        compute="_compute_mean_cost",
        store=True,
        aggregator="avg",
        help="What a parcel that comes back costs, without the loss of value.",
    )
    mean_goods_cost = fields.Monetary(
        string="Cost of the Goods", readonly=True, copy=False, aggregator="avg"
    )
    mean_write_down = fields.Monetary(
        string="Loss of Value", readonly=True, copy=False, aggregator="avg"
    )
    mean_recovered = fields.Monetary(
        string="Recovered",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Cost of the goods that came back, less their loss of value.",
    )
    resellable_percent = fields.Float(
        string="Sold Again as It Is (%)", digits=(5, 1), readonly=True, copy=False, aggregator="avg"
    )
    known_cost_percent = fields.Float(
        string="Goods With a Cost (%)", digits=(5, 1), readonly=True, copy=False, aggregator="avg"
    )

    _scope_uniq = models.UniqueIndex(
        "(company_id, COALESCE(channel_id, 0), COALESCE(country_id, 0),"
        " COALESCE(product_categ_id, 0))",
        "There is advice for this channel, country and category already.",
    )
    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends(
        "channel_id.name", "country_id.name", "product_categ_id.complete_name", "company_id"
    )
    def _compute_name(self):
        for advice in self:
            advice.name = (
                " · ".join(
                    filter(
                        None,
                        (
                            advice.product_categ_id.complete_name,
                            advice.country_id.name,
                            advice.channel_id.name,
                        ),
                    )
                )
                or advice.company_id.name
            )

    @api.depends("channel_id", "country_id", "product_categ_id")
    def _compute_scope(self):
        for advice in self:
            narrowed = [
                scope
                for scope, record in (
                    ("channel", advice.channel_id),
                    ("country", advice.country_id),
                    ("category", advice.product_categ_id),
                )
                if record
            ]
            advice.scope = (narrowed or ["company"])[0] if len(narrowed) < 2 else "combination"
            advice.scope_order = [scope for scope, _label in SCOPES].index(advice.scope)

    @api.depends(
        "mean_label",
        "mean_freight",
        "mean_handling",
        "mean_inspection",
        "mean_other",
        "mean_labour",
        "mean_income",
    )
    def _compute_mean_cost(self):
        for advice in self:
            advice.mean_cost = (
                advice.mean_label
                + advice.mean_freight
                + advice.mean_handling
                + advice.mean_inspection
                + advice.mean_other
                + advice.mean_labour
                - advice.mean_income
            )
