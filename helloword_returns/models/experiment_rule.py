from odoo import fields, models
from odoo.exceptions import UserError


class HellowordReturnRule(models.Model):
    """A rule in an experiment decides by the variant each customer has."""

    _inherit = "helloword.return.rule"

    experiment_ids = fields.One2many("helloword.return.experiment", "rule_id")
    experiment_count = fields.Integer(compute="_compute_experiment_count")

    def _compute_experiment_count(self):
        counts = dict(
            self.env["helloword.return.experiment"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.experiment_count = counts.get(rule._origin, 0)

    def write(self, vals):
        self._check_experiments(vals)
        return super().write(vals)

    def _check_experiments(self, vals):
        """What the control stands for must not change under a running experiment.

        :raise UserError: it would
        """
        fixed = {
            *self._plan_field_names(),
            "domain",
            "amount_min",
            "amount_max",
            "amount_currency_id",
            "flow",
            "company_id",
        }
        changed = fixed.intersection(vals)
        for rule in self if changed else ():
            running = rule.sudo().experiment_ids.filtered(
                lambda experiment: experiment.state in ("running", "paused")
            )
            if running and any(
                rule._fields[name].convert_to_write(rule[name], rule) != vals[name]
                for name in changed
            ):
                raise UserError(
                    self.env._(
                        "Experiment “%(experiment)s” compares with rule “%(rule)s” as it is. End "
                        "the experiment before you change the rule.",
                        experiment=running[0].name,
                        rule=rule.name,
                    )
                )

    def _get_experiments(self, kind):
        """:return: the running experiments of this rule, in any company"""
        self.ensure_one()
        # A rule made up from a variant is not in the experiment again.
        if self != self._origin:
            return self.env["helloword.return.experiment"]
        return (
            self.env["helloword.return.experiment"]
            ._get_running()
            .filtered(lambda experiment: experiment.rule_id == self and experiment.kind == kind)
        )

    def _filter(self, returns, passed=None):
        """Where a threshold is tried, each return is held against its own variant's."""
        found, rest = returns.browse(), returns
        for experiment in self._get_experiments("threshold"):
            variants = experiment._get_variants(
                rest.filtered(lambda ret, company=experiment.company_id: ret.company_id == company)
            )
            for variant, chosen in variants.items():
                if variant and not variant.is_control:
                    found |= variant._filter(chosen, passed)
                    rest -= chosen
        found |= super()._filter(rest, passed)
        # The caller's order counts.
        return returns & found if len(found) < len(returns) else returns

    def _choose_plans(self, returns):
        plans = super()._choose_plans(returns)
        for kind in ("plan", "threshold"):
            for experiment in self._get_experiments(kind):
                for variant, chosen in experiment._get_variants(plans[self]).items():
                    if variant and chosen:
                        plans[variant] = chosen
                        plans[self] -= chosen
        return {source: chosen for source, chosen in plans.items() if chosen}

    def action_view_experiments(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_return_experiment_action"
        )
        return action | {
            "domain": [("rule_id", "=", self.id)],
            "context": {"default_rule_id": self.id},
        }


class HellowordReturnExperimentVariant(models.Model):
    _inherit = "helloword.return.experiment.variant"

    def _filter(self, returns, passed=None):
        """:return: the returns the rule would match with this variant's threshold"""
        self.ensure_one()
        noted = None if passed is None else {ret.id: [] for ret in returns}
        found = self._as_rule()._filter(returns, noted)
        rule = self.experiment_id.rule_id
        for return_id, parts in (noted or {}).items():
            # Told under the rule's own name: a variant is no rule that could be looked up.
            passed[return_id].extend((rule, number) for _variant, number in parts)
        return found


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    experiment_assignment_id = fields.Many2one(
        "helloword.return.experiment.assignment",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    experiment_id = fields.Many2one(
        related="experiment_assignment_id.experiment_id", store=True, index="btree_not_null"
    )
    experiment_variant_id = fields.Many2one(
        related="experiment_assignment_id.variant_id",
        string="Experiment Variant",
        store=True,
        help="Empty although there is an experiment: held out of it.",
    )

    def _apply_matches(self, matches):
        self._take_part(matches)
        return super()._apply_matches(matches)

    def _take_part(self, matches):
        """Note who takes part in which experiment, before the plans are chosen.

        In an experiment with a threshold everybody takes part whom any of the variants would let
        in, whether or not their own does: else the variants' customers could not be compared.
        """
        Experiment = self.env["helloword.return.experiment"]
        for experiment in Experiment._get_running():
            rule = experiment.rule_id
            if experiment.kind == "plan":
                experiment._assign(matches.get(rule, self.browse()))
                continue
            decided_before = [
                returns
                for other, returns in [*matches.items(), *matches.broken.items()]
                if (other.sequence, other.id) < (rule.sequence, rule.id)
            ]
            reached = (self - self.browse().union(*decided_before)).filtered(
                lambda ret, company=experiment.company_id: ret.company_id == company
            )
            if rule not in matches.broken and reached:
                let_in = [variant._filter(reached) for variant in experiment.variant_ids]
                experiment._assign(self.browse().union(*let_in))
