from odoo import fields, models
from odoo.exceptions import UserError


class HellowordReturnExperiment(models.Model):
    """From a draft to running and to the end."""

    _inherit = "helloword.return.experiment"

    def action_start(self):
        """Start, after everything that could spoil the comparison was checked.

        :raise UserError: something is missing, or a variant would break the law
        """
        for experiment in self:
            experiment._check_can_start()
        self._estimate_sample()
        for experiment in self:
            experiment.write(
                {
                    "state": "running",
                    "date_start": fields.Datetime.now(),
                    "pause_reason": False,
                    "tuning_sample": experiment.planned_sample or experiment.tuning_sample,
                }
            )
            experiment.period = -1
            experiment._start_period()

    def action_pause(self, reason=None):
        """The plain rule decides again; what is known stays and goes on ripening."""
        running = self.filtered(lambda experiment: experiment.state == "running")
        running.write({"state": "paused", "pause_reason": reason or False})

    def action_resume(self):
        """Go on where it was paused.

        :raise UserError: a variant would break the law by now, or the end has passed
        """
        for experiment in self.filtered(lambda experiment: experiment.state == "paused"):
            experiment._check_law()
            if experiment.date_end and experiment.date_end < fields.Date.context_today(self):
                raise UserError(
                    self.env._("Experiment “%s” has ended. Choose a later end.", experiment.name)
                )
            experiment.write({"state": "running", "pause_reason": False})

    def action_conclude(self):
        """End without changing the rule."""
        going = self.filtered(lambda experiment: experiment.state in ("running", "paused"))
        going.write({"state": "concluded", "date_concluded": fields.Datetime.now()})
        going.activity_unlink(["helloword_returns.mail_activity_experiment"])

    def _check_can_start(self):
        """:raise UserError: what is missing, and what to do"""
        self.ensure_one()
        problem = self._get_problem()
        if problem:
            raise UserError(
                self.env._(
                    "Experiment “%(experiment)s” cannot start. %(problem)s",
                    experiment=self.name,
                    problem=problem,
                )
            )
        self._check_law()

    def _get_problem(self):
        """:return: what keeps the experiment from starting, in words, or None"""
        self.ensure_one()
        controls = self.variant_ids.filtered("is_control")
        others = self.variant_ids - controls
        problems = (
            (self.state != "draft", self.env._("It has started already.")),
            (
                not self.rule_id._is_deciding(),
                self.env._("Switch on rule “%s” first.", self.rule_id.name),
            ),
            (
                self.rule_id.flow == "continue",
                self.env._("Its rule decides nothing, it adds to the next rule's plan."),
            ),
            (len(controls) != 1, self.env._("Mark one variant as the control.")),
            (not others, self.env._("Add at least one variant beside the control.")),
            (
                self.kind == "plan" and not all(others.mapped("decision")),
                self.env._("Choose what each variant decides."),
            ),
            (
                self.kind == "threshold" and self._get_rule_threshold() is None,
                self.env._(
                    "The rule has no such threshold, or several: choose another number to vary."
                ),
            ),
            (
                self.kind == "threshold" and self._has_equal_thresholds(others),
                self.env._("Give every variant a threshold of its own, above zero."),
            ),
            (
                self.min_effect <= 0,
                self.env._("Say which difference is the smallest that matters."),
            ),
            (
                bool(self.date_end and self.date_end < fields.Date.context_today(self)),
                self.env._("Its end has passed."),
            ),
        )
        return next((text for is_wrong, text in problems if is_wrong), None)

    def _has_equal_thresholds(self, variants):
        numbers = [round(variant.threshold, 2) for variant in variants]
        known = [*numbers, round(self._get_rule_threshold() or 0.0, 2)]
        return len(set(known)) < len(known) or any(number <= 0 for number in numbers)

    def _check_law(self):
        """Hold every variant against the law, as a rule with the same plan would be.

        :raise UserError: one of them would break it
        """
        for variant in self.variant_ids:
            errors = variant._get_law_errors()
            if errors:
                raise UserError(
                    self.env._(
                        "Variant “%(variant)s” would break consumer law:\n%(errors)s",
                        variant=variant.name,
                        errors="\n".join(f"• {error}" for error in errors),
                    )
                )


class HellowordReturnExperimentVariant(models.Model):
    _inherit = "helloword.return.experiment.variant"

    law_text = fields.Text(string="Law", compute="_compute_law_text")

    def _get_law_errors(self):
        """What the law checks find wrong with the rule as this variant would have it.

        :return: list of texts
        """
        self.ensure_one()
        rule = self._as_rule()
        return [
            f"{rule._describe_places(error['places'])}: "
            f"{rule._describe_finding(error['code'], error['args'])}"
            for error in rule._get_uncovered_errors()
        ]

    def _compute_law_text(self):
        for variant in self:
            is_complete = variant.experiment_id.rule_id and (
                variant.kind == "plan" or variant.experiment_id._get_rule_threshold() is not None
            )
            variant.law_text = "\n".join(variant._get_law_errors()) if is_complete else False
