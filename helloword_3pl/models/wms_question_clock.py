import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_datetime
from psycopg2 import OperationalError

from odoo.addons.helloword_returns.models.batch_savepoint import batch_savepoint

from .wms_question_answer import QUESTION_ACTIVITY

_logger = logging.getLogger(__name__)

# Questions looked at in one run; the next run takes the others.
SWEEP_LIMIT = 2000


class HellowordWmsQuestion(models.Model):
    """The warehouse's clock: who is asked, and what is said, before it runs out."""

    _inherit = "helloword.wms.question"

    late_date = fields.Datetime(
        string="Last Moment",
        compute="_compute_late_date",
        store=True,
        index="btree_not_null",
        help="Then what is proposed is ordered, where the connection says so (UTC).",
    )
    is_due = fields.Boolean(compute="_compute_is_due")

    @api.depends("answer_until", "connection_id.answers_late", "connection_id.late_hours")
    def _compute_late_date(self):
        for question in self:
            connection = question.connection_id
            question.late_date = (
                question.answer_until
                and connection.answers_late
                and question.answer_until - timedelta(hours=connection.late_hours)
            )

    @api.depends("due_date")
    def _compute_is_due(self):
        now = fields.Datetime.now()
        for question in self:
            question.is_due = bool(question.due_date and question.due_date <= now)

    @api.model
    def _cron_watch(self):
        """Answer what is to be answered without people, then ask people about the rest; what waits
        longest first. Safe to repeat.

        :return: the activities
        """
        questions = self.sudo()
        questions._answer_by_new_rules()
        questions._answer_at_last_moment()
        asked = self.env.ref(QUESTION_ACTIVITY)
        unasked = ~Domain("return_id.activity_ids.activity_type_id", "in", asked.ids)
        late = questions.search(unasked & Domain("is_late", "=", True), limit=SWEEP_LIMIT)
        told = questions.search(
            unasked
            & Domain("state", "=", "told")
            & Domain("due_date", "<=", fields.Datetime.now())
            & Domain(
                "instruction_ids", "any", [("state", "=", "open"), ("fetched_date", "=", False)]
            ),
            limit=SWEEP_LIMIT,
        )
        return (late | told.filtered("is_unheard"))._ask_people()

    # -------------------------------------------------------------------------
    # Without people
    # -------------------------------------------------------------------------

    def _answer_by_new_rules(self):
        """Rules that were written, or a connection that was left to rules, after goods were asked
        about."""
        waiting = self.search(
            [("state", "=", "open"), ("connection_id.answer_by", "=", "rules")], limit=SWEEP_LIMIT
        )
        rules = waiting._find_rules()
        none = self.env["helloword.disposition.rule"]
        waiting.filtered(
            lambda question: rules.get(question, none) != question.rule_id
        )._value_choices()
        waiting.filtered("rule_id")._answer_as_proposed()

    def _answer_at_last_moment(self):
        now = fields.Datetime.now()
        waiting = self.search(
            [
                ("state", "=", "open"),
                ("late_date", "<=", now),
                ("answer_until", ">", now),
                ("proposed", "!=", False),
            ],
            limit=SWEEP_LIMIT,
        ).filtered("can_instruct")
        answered = waiting._answer_as_proposed()
        bodies = {
            ret.id: self.env._(
                "Nobody answered, and the warehouse was about to decide itself. Ordered as "
                "proposed: %s.",
                questions._describe_goods(),
            )
            for ret, questions in answered.grouped("return_id").items()
        }
        if bodies:
            answered.return_id._message_log_batch(bodies)

    def _answer_as_proposed(self):
        """Say what is proposed, without a person. What cannot be said is left to people and stops
        nothing else.

        :return: those answered
        """
        answered = self.browse()
        for disposition, questions in self.grouped("proposed").items():
            if questions._try_answer(disposition):
                answered |= questions
                continue
            for question in questions:
                if question._try_answer(disposition):
                    answered |= question
        return answered

    def _try_answer(self, disposition):
        """:return: whether all of these were answered; else none was"""
        try:
            with batch_savepoint(self.env):
                self._answer(disposition, by_rule=True)
        except OperationalError:
            raise
        except Exception:
            _logger.exception("Goods that wait could not be answered: %s", self.ids)
            return False
        return True

    # -------------------------------------------------------------------------
    # People
    # -------------------------------------------------------------------------

    def _ask_people(self):
        """Give whoever is responsible an activity on each return that has none yet. Batch.

        :return: the activities
        """
        activity_type = self.env.ref(QUESTION_ACTIVITY)
        model = self.env["ir.model"]._get("helloword.return")
        asked = self.return_id.activity_ids.filtered(
            lambda activity: activity.activity_type_id == activity_type
        )
        vals_list = []
        for ret, questions in self.grouped("return_id").items():
            if ret.id in asked.mapped("res_id"):
                continue
            user = questions.connection_id.user_id[:1] or ret.user_id or self.env.user
            until = min(filter(None, questions.mapped("answer_until")), default=None)
            vals_list.append(
                {
                    "activity_type_id": activity_type.id,
                    "summary": activity_type.with_context(lang=user.lang).summary,
                    "note": questions.with_context(lang=user.lang)._describe_wait(until),
                    "date_deadline": (until or fields.Datetime.now()).date(),
                    "user_id": user.id,
                    "res_model_id": model.id,
                    "res_id": ret.id,
                    "automated": True,
                }
            )
        return self.env["mail.activity"].create(vals_list)

    def _describe_goods(self):
        return ", ".join(
            f"{question.quantity:g} × {question.product_id.display_name or question.sku or '?'}"
            for question in self
        )

    def _describe_wait(self, until):
        """:param datetime until: when the first warehouse decides itself (UTC), or None"""
        figures = {"goods": self._describe_goods(), "operator": self.connection_id[:1].name}
        reasons = [question.refused_reason for question in self if question.refused_reason]
        if reasons:
            return self.env._(
                "%(goods)s: %(operator)s refuses what we said: %(reason)s",
                **figures,
                reason=" ".join(reasons),
            )
        if all(question.is_unheard for question in self):
            return self.env._(
                "%(goods)s: %(operator)s has not fetched our word yet. Call its people.", **figures
            )
        if not until:
            return self.env._("%(goods)s: %(operator)s waits for our word.", **figures)
        return self.env._(
            "%(goods)s: %(operator)s waits for our word until %(moment)s and then decides itself.",
            **figures,
            moment=format_datetime(self.env, until),
        )
