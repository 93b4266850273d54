from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Domain

from .batch_savepoint import batch_savepoint

DECIDE_ACTIVITY = "helloword_returns.mail_activity_decide"


class HellowordReturn(models.Model):
    """Which rule decides, and why; the plan is copied, the explanation kept."""

    _inherit = "helloword.return"

    decision_summary = fields.Text(compute="_compute_decision_summary")
    reason_group_id = fields.Many2one(
        "helloword.return.reason",
        compute="_compute_reason_group_id",
        store=True,
        index="btree_not_null",
        help="The group all lines share; empty when the reasons are of several groups.",
    )

    @api.depends("line_ids.reason_id.group_id")
    def _compute_reason_group_id(self):
        for ret in self:
            groups = ret.line_ids.reason_id.group_id
            all_given = all(line.reason_id for line in ret.line_ids)
            ret.reason_group_id = groups if len(groups) == 1 and all_given else False

    def action_decide(self):
        """Let the rules decide, first match wins; without a match a person decides.

        Only returns that are requested, need no attention and are not decided yet are touched.

        :return: the returns that were decided
        """
        waiting = self.filtered(
            lambda ret: (
                ret.approval_state == "requested"
                and not ret.needs_attention
                and ret.decision in (False, "manual")
                and not ret.waits_for_choice
            )
        )
        waiting._snapshot_facts()
        matches = waiting._match_rules()
        for rule, returns in matches.items():
            returns._apply_rule(rule)
        unmatched = waiting - self.browse().union(*matches.values())
        unmatched._leave_to_person()
        waiting._run_decisions(matches)
        return waiting

    def _match_rules(self, rules=None):
        """The first rule in force that matches each return. No side effects.

        :param rules: the rules to try, in their order; None: all that are switched on
        :return: dict of rule → returns, in the rules' order
        """
        if not self:
            return {}
        if rules is None:
            rules = self.env["helloword.return.rule"]._get_deciding(self.company_id)
        return rules._match(self)

    def _filter_by_rule(self, rule):
        if not self:
            return self
        return self.with_context(active_test=False).search(
            Domain("id", "in", self.ids) & rule._get_domain()
        )

    def _apply_rule(self, rule):
        """Copy the plan the rule chooses for each return, and write down why."""
        for source, returns in rule._choose_plans(self).items():
            plan = {
                name: source._fields[name].convert_to_write(source[name], source)
                for name in source._plan_field_names()
            }
            plan["warehouse_id"] = plan["warehouse_id"] or False
            returns.write(plan | {"rule_id": rule.id})
            for ret in returns:
                ret.decision_explanation = ret._explain_decision(rule) | {
                    "plan_source": source.display_name
                }

    def _leave_to_person(self):
        self.write({"decision": "manual", "rule_id": False})
        for ret in self:
            ret.decision_explanation = ret._explain_decision(None)

    def _run_decisions(self, matches):
        """Approve or reject what needs no person; raise activities for the rest; run the rules'
        server actions."""
        manual = self.filtered(lambda ret: ret.decision == "manual")
        rejected = self.filtered(lambda ret: ret.decision == "reject")
        rejected._run_one_by_one_if_needed(lambda returns: returns.action_reject())
        approved = self - manual - rejected
        approved -= approved._make_offers()
        approved._run_one_by_one_if_needed(lambda returns: returns.action_approve())
        manual._schedule_review()
        for rule, returns in matches.items():
            for action in rule.sudo().server_action_ids:
                returns._run_one_by_one_if_needed(
                    lambda returns, action=action: returns._run_server_action(action)
                )

    def _run_server_action(self, action):
        action.with_context(
            active_model=self._name, active_ids=self.ids, active_id=self[:1].id
        ).run()

    def _run_one_by_one_if_needed(self, effect):
        """Run an effect on the whole batch; where it fails, on each return alone, so that one
        bad return neither stops the others nor gets lost.

        :param effect: called with returns; raises a UserError where it cannot be
        """
        if not self:
            return
        try:
            with batch_savepoint(self.env):
                effect(self)
        except (UserError, RedirectWarning) as error:
            if len(self) == 1:
                self._note_failed_decision(error)
                return
            for ret in self:
                ret._run_one_by_one_if_needed(effect)

    def _note_failed_decision(self, error):
        """Leave it to a person, with the reason."""
        self.ensure_one()
        self.attention_issues = [
            *(self.attention_issues or []),
            {"code": "not_carried_out", "message": str(error.args[0])},
        ]

    def _schedule_review(self):
        """One open activity for each return a person has to decide."""
        asked = self.sudo().activity_search([DECIDE_ACTIVITY])
        unasked = self.filtered(lambda ret: ret.id not in asked.mapped("res_id"))
        for user, returns in unasked.grouped("user_id").items():
            returns.activity_schedule(DECIDE_ACTIVITY, user_id=user.id)

    def _on_approved(self):
        result = super()._on_approved()
        self._close_review()
        return result

    def _on_rejected(self):
        result = super()._on_rejected()
        self._close_review()
        return result

    def _on_cancelled(self):
        result = super()._on_cancelled()
        self._close_review()
        return result

    def _close_review(self):
        """The question is answered, whoever answered it."""
        self.sudo().activity_feedback([DECIDE_ACTIVITY])

    # -------------------------------------------------------------------------
    # Why
    # -------------------------------------------------------------------------

    def _explain_decision(self, rule):
        """A snapshot of what decided and on which values.

        :param rule: ``helloword.return.rule`` record, or None when no rule matched
        :return: dict that can be stored as JSON
        """
        self.ensure_one()
        conditions = []
        if rule:
            conditions = [
                {"path": path, "operator": operator, "wanted": wanted, "value": value}
                for path, operator, wanted, value in self._get_condition_values(rule)
            ]
        return {
            "rule": rule.name if rule else None,
            "rule_id": rule.id if rule else None,
            "decided_at": fields.Datetime.to_string(fields.Datetime.now()),
            "conditions": conditions,
        }

    def _get_condition_values(self, rule):
        """The conditions of a rule's own domain with the values the return had."""
        self.ensure_one()
        for condition in Domain(literal_eval(rule.domain or "[]")).iter_conditions():
            path = condition.field_expr
            values = self
            for name in path.split("."):
                if isinstance(values, models.BaseModel) and name in values._fields:
                    values = values[name] if len(values) == 1 else values.mapped(name)
            if isinstance(values, models.BaseModel):
                values = values.mapped("display_name")
            wanted = condition.value
            wanted = list(wanted) if isinstance(wanted, set | frozenset) else wanted
            yield path, condition.operator, _as_json(wanted), _as_json(values)

    @api.depends("decision_explanation")
    @api.depends_context("lang")
    def _compute_decision_summary(self):
        for ret in self:
            ret.decision_summary = ret._describe_decision()

    def _describe_decision(self):
        """:return: why, as plain text in the reader's language"""
        self.ensure_one()
        why = self.decision_explanation
        if not why:
            return False
        if not why.get("rule_id"):
            return self.env._("No rule matched: a person decides.")
        rows = [self.env._("Rule “%s” matched:", self.rule_id.name or why["rule"])]
        for condition in why.get("conditions", []):
            rows.append(
                "• {label}: {value} ({operator} {wanted})".format(
                    label=self._get_path_label(condition["path"]),
                    value=_as_text(condition["value"]),
                    operator=condition["operator"],
                    wanted=_as_text(condition["wanted"]),
                )
            )
        if not why.get("conditions"):
            rows.append("• " + self.env._("it applies to every return in its scope"))
        return "\n".join(rows)

    def _get_path_label(self, path):
        labels, model = [], self
        for name in path.split("."):
            field = model._fields.get(name)
            if field is None:
                labels.append(name)
                break
            labels.append(field.get_description(self.env, ["string"])["string"])
            if field.relational:
                model = self.env[field.comodel_name]
        return " / ".join(labels)


def _as_json(value):
    if isinstance(value, list | tuple | set):
        return [_as_json(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def _as_text(value):
    if isinstance(value, list):
        return ", ".join(_as_text(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
