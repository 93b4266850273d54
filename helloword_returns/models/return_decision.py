import logging

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from psycopg2 import OperationalError

from odoo.addons.queue_job.exception import RetryableJobError

from .batch_savepoint import batch_savepoint
from .return_rule_match import Matches

_logger = logging.getLogger(__name__)

DECIDE_ACTIVITY = "helloword_returns.mail_activity_decide"


class HellowordReturn(models.Model):
    """Which rule decides, and why; the plan is copied, the explanation kept."""

    _inherit = "helloword.return"

    reason_group_id = fields.Many2one(
        "helloword.return.reason",
        compute="_compute_reason_group_id",
        store=True,
        index="btree_not_null",
        help="The group all lines share; empty when the reasons are of several groups.",
    )

    decided_automatically = fields.Boolean(
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="A rule decided, no person had to.",
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
        waiting = self.filtered(lambda ret: ret._is_undecided())
        waiting -= waiting._hold_without_rate()
        # A server action of a rule that asks for a decision again must not start a circle.
        being_decided = self.env.context.get("returns_being_decided", ())
        waiting = waiting.filtered(lambda ret: ret.id not in being_decided)
        if not waiting:
            return waiting
        waiting = waiting.with_context(returns_being_decided=[*being_decided, *waiting.ids])
        waiting._snapshot_facts()
        matches = waiting._match_rules(explain=True)
        waiting._apply_matches(matches)
        waiting -= waiting._ask_for_photos()
        waiting._run_decisions(matches)
        return waiting.with_env(self.env)

    def _is_undecided(self):
        self.ensure_one()
        return (
            self.approval_state == "requested"
            and not self.needs_attention
            and self.decision in (False, "manual")
            and not self.waits_for_choice
        )

    def _hold_without_rate(self):
        """Amounts in a currency without any rate cannot be judged: a person has to look.

        :return: the returns held back
        """
        foreign = self.filtered(lambda ret: ret.currency_id != ret.company_currency_id)
        if not foreign:
            return foreign
        groups = self.env["res.currency.rate"]._read_group(
            [("currency_id", "in", foreign.currency_id.ids)], ["currency_id"]
        )
        rated = {currency for (currency,) in groups}
        held = foreign.filtered(lambda ret: ret.currency_id not in rated)
        for ret in held:
            ret.attention_issues = [
                *(ret.attention_issues or []),
                {"code": "no_rate", "currency": ret.currency_id.name},
            ]
        return held

    def _match_rules(self, rules=None, explain=False):
        """The first rule in force that matches each return. No side effects.

        :param rules: the rules to try, in their order; None: all that are switched on
        :param bool explain: see ``helloword.return.rule._match``
        :return: :class:`~odoo.addons.helloword_returns.models.return_rule_match.Matches`,
            a dict of rule → returns, in the rules' order
        """
        if not self:
            return Matches()
        if rules is None:
            rules = self.env["helloword.return.rule"]._get_deciding(self.company_id)
        return rules._match(self, explain=explain)

    def _apply_matches(self, matches):
        """Copy the plans and write down why, whole batch at once."""
        explainer = self._get_explainer(matches)
        explanations = {}
        apart = self.browse(matches.by_line) & self
        left = self - apart
        for rule, returns in matches.items():
            whole = returns - apart
            for source, chosen in rule._choose_plans(whole).items() if whole else ():
                chosen._apply_plan(rule, source, matches)
                explanations |= {ret: explainer.explain(ret, rule, source) for ret in chosen}
            left -= returns
        left._apply_plan(None, None, matches)
        explanations |= {ret: explainer.explain(ret, None, None) for ret in left}
        explanations |= apart._apply_line_plans(matches, explainer)
        self._note_explanations(explanations)
        self._choose_warehouses()
        for rule, returns in matches.broken.items():
            rule._report_broken(returns)

    def _leave_to_person(self):
        """No rule is asked: a person decides."""
        self._apply_matches(Matches())

    def _apply_plan(self, rule, source, matches):
        """:param rule: that decided; None when a person has to
        :param source: record with the plan mixin whose plan is copied, or None
        """
        by_additions = self.grouped(lambda ret: tuple(matches.adding.get(ret.id, ())))
        for adding, returns in by_additions.items():
            returns.write(self._prepare_decision_vals(rule, source, adding))

    @api.model
    def _prepare_decision_vals(self, rule, source, adding):
        """:param rule: that decided; None when a person has to
        :param source: record with the plan mixin whose plan is copied, or None
        :param adding: earlier rules that add to the plan, in their order; the first wins
        :return: values
        """
        vals = source._copy_plan() if source else {"decision": "manual"}
        for other in reversed(adding):
            vals |= other._get_added_plan()
        return vals | {
            "rule_id": rule.id if rule else False,
            "decided_automatically": vals["decision"] != "manual",
        }

    def _note_explanations(self, explanations):
        """:param dict explanations: return → why, as JSON; written without the tracking and the
        recomputations of a change that people make
        """
        with self.env.protecting([self._fields["decision_explanation"]], self):
            for ret, why in explanations.items():
                ret.decision_explanation = why
        self.modified(["decision_explanation"])

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
        self._run_server_actions(matches)

    def _run_server_actions(self, matches):
        """Run what the rules ask for after the decision; its failure does not undo it."""
        by_rule = {rule: returns & self for rule, returns in matches.items()}
        beside = list(matches.adding.items())
        beside += [(ret_id, set(rules.values())) for ret_id, rules in matches.by_line.items()]
        for return_id, rules in beside:
            for rule in rules:
                by_rule[rule] = by_rule.get(rule, self.browse()) | (self.browse(return_id) & self)
        for rule, returns in by_rule.items():
            for action in rule.sudo().server_action_ids if returns else ():
                returns._run_server_action(rule, action)

    def _run_server_action(self, rule, action):
        """Run one server action on the whole batch; where it fails, on each return alone.

        Whatever it raises is told by an activity on the return.
        """
        try:
            with batch_savepoint(self.env):
                action.with_context(
                    active_model=self._name, active_ids=self.ids, active_id=self[:1].id
                ).run()
        except (OperationalError, RetryableJobError):
            # Transactions that collided are tried again as a whole.
            raise
        except Exception as error:
            if len(self) > 1:
                for ret in self:
                    ret._run_server_action(rule, action)
                return
            _logger.info("Server action %s of rule %s failed: %s", action.id, rule.id, error)
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._("Server action “%s” failed", action.name),
                note=self.env._(
                    "The decision of rule “%(rule)s” stands. What failed: %(error)s",
                    rule=rule.name,
                    error=error.args[0] if error.args else type(error).__name__,
                ),
                user_id=(rule.user_id or self.user_id or self.env.user).id,
            )

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
        by_person = unasked.grouped(lambda ret: (ret.user_id, ret._get_review_day()))
        for (user, day), returns in by_person.items():
            returns.activity_schedule(DECIDE_ACTIVITY, date_deadline=day, user_id=user.id)

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
