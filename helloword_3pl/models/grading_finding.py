from odoo import api, fields, models


class HellowordGradingFinding(models.Model):
    """Evidence that grades do not mean the same everywhere: a place that grades unlike all others,
    a unit that was graded twice with different results, a unit sold as good that came back bad.
    """

    _name = "helloword.grading.finding"
    _description = "Inconsistent Grading"
    _order = "kind, strength desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True)
    key = fields.Char(required=True, help="What it is about; found again, it is the same finding.")
    kind = fields.Selection(
        [
            ("distribution", "Grades unlike the others"),
            ("regraded", "Graded twice, differently"),
            ("came_back", "Graded good, came back bad"),
        ],
        required=True,
        index=True,
    )
    warehouse_id = fields.Many2one("stock.warehouse", index=True, check_company=True)
    inspector_id = fields.Many2one(
        "res.users", index="btree_not_null", help="Empty: all of the warehouse together."
    )
    product_categ_id = fields.Many2one("product.category", index="btree_not_null")
    reason_id = fields.Many2one("helloword.return.reason", index="btree_not_null")
    product_id = fields.Many2one("product.product", index="btree_not_null", check_company=True)
    lot_id = fields.Many2one(
        "stock.lot", string="Lot/Serial Number", index="btree_not_null", check_company=True
    )
    volume = fields.Integer(string="Results", help="Of this place, for these goods.")
    volume_others = fields.Integer(string="Results of Others")
    share_good = fields.Float(
        string="Resellable (%)", digits=(5, 1), aggregator=None, help="Of this place's results."
    )
    share_good_others = fields.Float(
        string="Resellable at Others (%)", digits=(5, 1), aggregator=None
    )
    direction = fields.Selection(
        [("harder", "Harder"), ("milder", "Milder"), ("other", "Otherwise")],
        help="Than all others grade the same goods.",
    )
    strength = fields.Float(
        string="Effect",
        digits=(4, 2),
        aggregator=None,
        help="Cramér's V, from 0 (grades alike) to 1: how much the grades depend on the place.",
    )
    severity = fields.Float(
        digits=(4, 2),
        aggregator=None,
        help="From -1 (always milder) to 1 (always harder): how much more often than not the same "
        "unit is graded worse here (Cliff's delta).",
    )
    test = fields.Selection([("chi2", "Chi-square"), ("fisher", "Fisher's exact test")])
    p_value = fields.Float(string="Chance", digits=(6, 5), aggregator=None)
    q_value = fields.Float(
        string="Chance (adjusted)",
        digits=(6, 5),
        aggregator=None,
        help="How likely such a difference is where all grade alike, after all comparisons made "
        "(Benjamini–Hochberg).",
    )
    days = fields.Integer(string="Days Between", aggregator=None)
    inspection_ids = fields.Many2many("helloword.return.inspection", string="Results Behind It")
    inspection_count = fields.Integer(
        compute="_compute_inspection_count", string="Number of Results"
    )
    found_date = fields.Date(string="First Found", default=fields.Date.context_today)

    _finding_uniq = models.Constraint("UNIQUE(company_id, key)", "This finding is there already.")

    @api.depends("kind", "warehouse_id", "inspector_id", "product_categ_id", "lot_id", "product_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for finding in self:
            finding.display_name = " · ".join(
                filter(
                    None,
                    (
                        finding.inspector_id.name or finding.warehouse_id.name,
                        finding.lot_id.name
                        or finding.product_id.display_name
                        or finding.product_categ_id.name,
                        kinds.get(finding.kind),
                    ),
                )
            )

    @api.depends("inspection_ids")
    def _compute_inspection_count(self):
        for finding in self:
            finding.inspection_count = len(finding.inspection_ids)

    def action_view_returns(self):
        self.ensure_one()
        return self.inspection_ids.return_id._get_records_action(
            name=self.env._("Returns Behind It")
        )

    def action_view_inspections(self):
        self.ensure_one()
        return self.inspection_ids._get_records_action(name=self.env._("Results Behind It"))
