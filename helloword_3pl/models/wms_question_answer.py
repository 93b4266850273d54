from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..wms.base import Instruction
from ..wms.operation import InstructTask

QUESTION_ACTIVITY = "helloword_3pl.mail_activity_wms_question"


class HellowordWmsQuestion(models.Model):
    """Our word on goods that wait, on its way to the warehouse and before its clock runs out."""

    _inherit = "helloword.wms.question"

    def _answer(self, disposition, to_product=None, note="", by_rule=False):
        """Say what happens to these units. Batch.

        :param str disposition: see :mod:`~odoo.addons.helloword_3pl.wms.vocabulary`
        :param to_product: what they become, for ``relabel``
        :raise UserError: they do not wait any more, or their new name is missing
        """
        self._check_can_answer()
        if disposition == "relabel" and not to_product:
            raise UserError(self.env._("Say which product the goods become."))
        questions = self.sudo()
        now = fields.Datetime.now()
        for question in questions:
            question.write(
                {
                    "disposition": disposition,
                    "to_product_id": to_product.id if to_product else False,
                    "answer_note": note or False,
                    "answered_quantity": question.quantity,
                    "answered_by_id": False if by_rule else self.env.user.id,
                    "answered_date": now,
                    "revision": question.revision + 1,
                    "answer_state": "sending",
                    "error": False,
                    "refused_reason": False,
                }
            )
        speechless = questions.filtered(lambda question: not question.connection_id.can_instruct)
        speechless.write(
            {
                "answer_state": "failed",
                "error": self.env._(
                    "The warehouse takes no instructions from us: tell its people, then mark it as "
                    "told."
                ),
            }
        )
        (questions - speechless)._schedule_answers()
        questions.return_id._settle_question_activities()

    def _answer_by_rules(self):
        """Where rules answer for a connection, what they say is ordered."""
        for disposition, questions in (
            self.filtered(
                lambda question: (
                    question.rule_id
                    and question.state == "open"
                    and question.connection_id.answer_by == "rules"
                )
            )
            .grouped("proposed")
            .items()
        ):
            questions._answer(disposition, by_rule=True)

    def _schedule_answers(self):
        """Operations are written down for one question of each return at a time."""
        Operation = self.env["helloword.operation"]
        skus = {
            connection: connection._get_sku(self.to_product_id) for connection in self.connection_id
        }
        notices = {
            (notice.return_id, notice.connection_id): notice
            for notice in self.env["helloword.wms.notice"]
            .sudo()
            .search([("return_id", "in", self.return_id.ids)])
        }
        by_return = [list(questions) for questions in self.grouped("return_id").values()]
        while by_return:
            batch = [questions.pop() for questions in by_return]
            by_return = [questions for questions in by_return if questions]
            Operation._schedule(
                "wms_instruct",
                {
                    question.return_id: InstructTask(
                        question.id,
                        question.connection_id.id,
                        question._prepare_instruction(
                            notices.get((question.return_id, question.connection_id)),
                            skus[question.connection_id],
                        ),
                    )
                    for question in batch
                },
                purpose={
                    question.return_id: f"{question.id}-{question.revision}" for question in batch
                },
            )

    def _prepare_instruction(self, notice, skus):
        """:return: :class:`~odoo.addons.helloword_3pl.wms.base.Instruction`"""
        self.ensure_one()
        return Instruction(
            ref=f"{self.return_id.name}-{self.id}-{self.revision}",
            number=self.return_id.name,
            external_ref=notice.external_ref or "" if notice else "",
            unit_ref=self.unit_ref or "",
            line_ref=str(self.return_line_id.id) if self.return_line_id else "",
            sku=self.sku or "",
            quantity=Decimal(f"{self.quantity:.6f}").normalize(),
            disposition=self.disposition,
            to_sku=skus.get(self.to_product_id, ""),
            note=self.answer_note or "",
            customs=self.return_id._get_wms_customs(),
        )

    def _keep_outcome(self, operation):
        """Only the newest word counts: an older one changes nothing."""
        for question in self:
            newest = question.operation_ids.sorted("id")[-1:]
            if not question.disposition or operation != newest:
                continue
            if operation.state == "done":
                question.write({"answer_state": "told", "error": False})
            else:
                question.write({"answer_state": "failed", "error": operation.error})


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    wms_question_ids = fields.One2many("helloword.wms.question", "return_id")
    wms_open_question_count = fields.Integer(
        string="Goods That Wait", compute="_compute_wms_question_counts"
    )
    wms_question_count = fields.Integer(compute="_compute_wms_question_counts")

    @api.depends("wms_question_ids.state")
    def _compute_wms_question_counts(self):
        counts = {
            (ret, state): count
            for ret, state, count in self.env["helloword.wms.question"]._read_group(
                [("return_id", "in", self.ids)], ["return_id", "state"], ["__count"]
            )
        }
        for ret in self:
            own = {state: count for (owner, state), count in counts.items() if owner == ret._origin}
            ret.wms_open_question_count = own.get("open", 0) + own.get("failed", 0)
            ret.wms_question_count = sum(own.values())

    def action_view_wms_questions(self):
        self.ensure_one()
        return self.wms_question_ids._get_records_action(
            name=self.env._("Goods That Wait for Our Word")
        )

    def _settle_question_activities(self):
        """Nobody is asked any more where everything was answered, and heard."""
        waiting = self.wms_question_ids.filtered(
            lambda question: (
                question.state in ("open", "failed") or (question.is_unheard and question.is_due)
            )
        ).return_id
        (self - waiting).activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(QUESTION_ACTIVITY)
        ).unlink()

    def _on_operation_done(self, operations):
        super()._on_operation_done(operations)
        for operation in operations.filtered("wms_question_id"):
            operation.wms_question_id._keep_outcome(operation)

    def _on_operation_failed(self, operations):
        super()._on_operation_failed(operations)
        for operation in operations.filtered("wms_question_id"):
            operation.wms_question_id._keep_outcome(operation)


class HellowordOperation(models.Model):
    _inherit = "helloword.operation"

    wms_question_id = fields.Many2one(
        "helloword.wms.question", index="btree_not_null", ondelete="set null", check_company=True
    )

    def _prepare_operation_vals(self, kind, ret, request, currencies):
        vals = super()._prepare_operation_vals(kind, ret, request, currencies)
        if kind == "wms_instruct":
            vals["wms_question_id"] = request.question_id or False
        return vals
