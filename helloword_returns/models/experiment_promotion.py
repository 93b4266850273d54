from odoo import fields, models
from odoo.exceptions import UserError


class HellowordReturnExperiment(models.Model):
    """The winner becomes the rule; can be taken back."""

    _inherit = "helloword.return.experiment"

    promoted_variant_id = fields.Many2one(
        "helloword.return.experiment.variant", readonly=True, copy=False, tracking=True
    )
    promotion_before = fields.Json(
        readonly=True, copy=False, help="What the rule said before, to take the promotion back."
    )

    def action_promote(self):
        """Make the winner the rule.

        :raise UserError: there is no winner
        """
        self.ensure_one()
        if not self.winner_id:
            raise UserError(
                self.env._("There is no winner yet. Promote a variant from its own line instead.")
            )
        return self._promote(self.winner_id)

    def _promote(self, variant):
        """Copy a variant's plan or threshold into the rule and end the experiment.

        :param variant: one of this experiment's
        """
        self.ensure_one()
        if self.state not in ("running", "paused"):
            raise UserError(self.env._("Only a running or paused experiment can be promoted."))
        errors = variant._get_law_errors()
        if errors:
            raise UserError(
                self.env._(
                    "Variant “%(variant)s” would break consumer law:\n%(errors)s",
                    variant=variant.name,
                    errors="\n".join(f"• {error}" for error in errors),
                )
            )
        rule, vals = self.rule_id, variant._get_rule_vals()
        before = self._read_rule(vals)
        self.action_conclude()
        self.write({"promoted_variant_id": variant.id, "promotion_before": before})
        rule.write(vals)
        for record in (self, rule):
            record.message_post(
                body=self.env._(
                    "%(user)s made %(variant)s the rule. %(verdict)s",
                    user=self.env.user.name,
                    variant=variant.display_name,
                    verdict=self.verdict_text or "",
                )
            )
        return True

    def action_undo_promotion(self):
        """Give the rule back what it said before.

        :raise UserError: somebody has changed the rule since
        """
        self.ensure_one()
        variant = self.promoted_variant_id
        if not variant:
            raise UserError(self.env._("Nothing was promoted."))
        if self._read_rule(self.promotion_before) != self._as_stored(variant._get_rule_vals()):
            raise UserError(
                self.env._(
                    "Rule “%s” was changed after the promotion. Change it by hand.",
                    self.rule_id.name,
                )
            )
        self.rule_id.write(self.promotion_before)
        self.write({"promoted_variant_id": False, "promotion_before": False})
        for record in (self, self.rule_id):
            record.message_post(
                body=self.env._(
                    "%(user)s took back the promotion of %(variant)s.",
                    user=self.env.user.name,
                    variant=variant.display_name,
                )
            )
        return True

    def _read_rule(self, names):
        """:return: dict of these fields of the rule as JSON"""
        rule = self.rule_id
        return self._as_stored(
            {name: rule._fields[name].convert_to_write(rule[name], rule) for name in names}
        )

    def _as_stored(self, vals):
        """:return: values of the rule as JSON keeps them, rounded as the fields are"""
        rule = self.rule_id.new(vals, origin=self.rule_id)
        return {
            name: rule._fields[name].convert_to_write(rule[name], rule) or False for name in vals
        }


class HellowordReturnRule(models.Model):
    _inherit = "helloword.return.rule"

    def action_copy_to_experiment(self):
        """Draft an experiment with this rule as the control, and open it."""
        self.ensure_one()
        company = self.company_id or self.env.company
        experiment = self.env["helloword.return.experiment"].create(
            {
                "name": self.env._("Experiment on “%s”", self.name),
                "rule_id": self.id,
                "company_id": company.id,
                "variant_ids": [
                    fields.Command.create({"name": "A", "is_control": True}),
                    fields.Command.create({"name": "B", **self._copy_plan()}),
                ],
            }
        )
        return experiment._get_records_action(target="current")
