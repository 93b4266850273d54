from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class HellowordReturnExperimentVariant(models.Model):
    """One way to decide: the plain rule as the control, or another plan or threshold."""

    _name = "helloword.return.experiment.variant"
    _description = "Variant of an Experiment"
    _inherit = ["helloword.return.plan.mixin"]
    _order = "experiment_id, is_control desc, sequence, id"
    _check_company_auto = True

    name = fields.Char(string="Variant", required=True, translate=True)
    sequence = fields.Integer(default=10)
    experiment_id = fields.Many2one(
        "helloword.return.experiment", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="experiment_id.company_id", store=True, index=True)
    kind = fields.Selection(related="experiment_id.kind")
    state = fields.Selection(related="experiment_id.state")
    is_control = fields.Boolean(
        string="Control", help="Decides as the rule itself does; the others are compared with it."
    )
    weight = fields.Float(
        default=1.0,
        required=True,
        digits=(8, 2),
        help="Customers are shared out in proportion. A later change moves nobody who takes part.",
    )
    share_percent = fields.Float(
        string="Customers (%)", digits=(5, 1), compute="_compute_share_percent"
    )
    threshold = fields.Float(digits=(16, 2), help="Takes the place of the rule's own.")
    customer_count = fields.Integer(string="Customers", compute="_compute_customer_count")
    plan_text = fields.Char(string="Decides", compute="_compute_plan_text")

    _weight_positive = models.Constraint(
        "CHECK(weight > 0)", "The weight of a variant must be above zero."
    )
    _control_uniq = models.UniqueIndex(
        "(experiment_id) WHERE is_control", "An experiment has one control."
    )

    @api.depends("name", "experiment_id.name")
    def _compute_display_name(self):
        for variant in self:
            variant.display_name = self.env._(
                "%(variant)s of experiment “%(experiment)s”",
                variant=variant.name,
                experiment=variant.experiment_id.name,
            )

    @api.depends("weight", "experiment_id.holdout_percent", "experiment_id.variant_ids.weight")
    def _compute_share_percent(self):
        for variant in self:
            experiment = variant.experiment_id
            total = sum(experiment.variant_ids.mapped("weight"))
            variant.share_percent = (
                (100.0 - experiment.holdout_percent) * variant.weight / total if total else 0.0
            )

    def _compute_customer_count(self):
        counts = dict(
            self.env["helloword.return.experiment.assignment"]._read_group(
                [("variant_id", "in", self.ids)], ["variant_id"], ["__count"]
            )
        )
        for variant in self:
            variant.customer_count = counts.get(variant._origin, 0)

    @api.depends(lambda self: [*self._plan_field_names(), "threshold", "is_control", "kind"])
    @api.depends_context("lang")
    def _compute_plan_text(self):
        decisions = dict(self._fields["decision"]._description_selection(self.env))
        for variant in self:
            if variant.is_control:
                variant.plan_text = self.env._("As the rule")
            elif variant.kind == "threshold":
                variant.plan_text = variant.experiment_id._format_threshold(variant.threshold)
            else:
                variant.plan_text = decisions.get(variant.decision, "")

    @api.constrains("decision", "experiment_id", "is_control")
    def _check_decision(self):
        for variant in self:
            if variant.kind == "plan" and not variant.is_control and not variant.decision:
                raise ValidationError(self.env._("Choose what variant “%s” decides.", variant.name))

    @api.model_create_multi
    def create(self, vals_list):
        variants = super().create(vals_list)
        variants._check_may_change()
        return variants

    def write(self, vals):
        # Weights may change while people take part, what a variant means may not.
        if set(vals) - {"weight", "name", "sequence"}:
            self._check_may_change()
        result = super().write(vals)
        if "weight" in vals:
            self.experiment_id._start_period()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self._check_may_change()

    def _check_may_change(self):
        started = self.filtered(lambda variant: variant.state not in (False, "draft"))
        if started:
            raise UserError(
                self.env._(
                    "Experiment “%s” has started: its variants cannot change any more. End it and "
                    "start a copy.",
                    started.experiment_id[:1].name,
                )
            )

    def _copy_plan(self):
        """The control and variants of a threshold follow the rule's own plan."""
        self.ensure_one()
        if self.is_control or self.kind == "threshold":
            return self.experiment_id.rule_id._copy_plan()
        return super()._copy_plan()

    def _get_rule_vals(self):
        """:return: values that make the rule decide as this variant does"""
        self.ensure_one()
        if self.is_control:
            return {}
        if self.kind == "threshold":
            return self.experiment_id._get_threshold_vals(self.threshold)
        return self._copy_plan()

    def _as_rule(self):
        """:return: the rule as this variant would have it, not stored"""
        self.ensure_one()
        rule = self.experiment_id.rule_id
        return rule.new(self._get_rule_vals(), origin=rule)

    def action_promote(self):
        """Make this variant the rule, whatever the verdict says."""
        self.ensure_one()
        return self.experiment_id._promote(self)
