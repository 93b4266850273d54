from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .wms_condition import CONDITION_NAMES
from .wms_treatment import DISPOSITION_NAMES


class HellowordWmsQuestion(models.Model):
    """Units that wait at a warehouse for our word: what was found, until when it waits, what each
    way to treat them is worth, and what we said.

    Whether units wait follows from the warehouse's events, whatever their order; what we said is
    kept beside it and reaches the warehouse by an operation.
    """

    _name = "helloword.wms.question"
    _description = "Goods That Wait for Our Word"
    _order = "due_date, id"
    _check_company_auto = True

    return_id = fields.Many2one(
        "helloword.return",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    connection_id = fields.Many2one(
        "helloword.wms.connection",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="return_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    can_instruct = fields.Boolean(related="connection_id.can_instruct")
    key = fields.Char(required=True, readonly=True, help="Which units, within the return.")
    unit_ref = fields.Char(string="Warehouse's Number", readonly=True)
    return_line_id = fields.Many2one(
        "helloword.return.line", readonly=True, index="btree_not_null", ondelete="set null"
    )
    sku = fields.Char(string="Operator's Code", readonly=True)
    product_id = fields.Many2one(
        "product.product", readonly=True, index="btree_not_null", check_company=True
    )
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    lot_name = fields.Char(string="Lot/Serial Number", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    condition = fields.Selection(CONDITION_NAMES, readonly=True)
    grade_id = fields.Many2one("helloword.return.grade", readonly=True)
    note = fields.Text(string="The Warehouse Says", readonly=True)
    photo_refs = fields.Json(readonly=True, help="Names of the pictures the warehouse took.")
    photo_ids = fields.Many2many(
        "ir.attachment", string="Photos", compute="_compute_photo_ids", compute_sudo=True
    )

    is_waiting = fields.Boolean(
        readonly=True, default=True, help="The warehouse says that these units wait."
    )
    answer_state = fields.Selection(
        [("sending", "Being sent"), ("told", "Told"), ("failed", "Failed")],
        readonly=True,
        help="What became of our word.",
    )
    state = fields.Selection(
        [
            ("open", "Waits for our word"),
            ("sending", "Our word is being sent"),
            ("told", "The warehouse knows"),
            ("failed", "Our word did not arrive"),
            ("done", "Settled"),
        ],
        string="Status",
        compute="_compute_state",
        store=True,
        index=True,
    )
    asked_date = fields.Datetime(
        string="Asked",
        readonly=True,
        default=fields.Datetime.now,
        help="When we heard of it (UTC).",
    )
    answer_until = fields.Datetime(
        string="The Warehouse Waits Until",
        readonly=True,
        help="After that it decides itself (UTC). Empty: it said no time.",
    )
    due_date = fields.Datetime(
        string="Answer By",
        compute="_compute_due_date",
        store=True,
        index="btree_not_null",
        help="A person is asked then (UTC): as many hours before the warehouse's own time, or "
        "after we heard of it, as the connection says.",
    )
    is_late = fields.Boolean(string="Overdue", compute="_compute_is_late", search="_search_is_late")

    choice_ids = fields.One2many("helloword.wms.choice", "question_id", string="What Can Be Done")
    rule_id = fields.Many2one(
        "helloword.disposition.rule",
        string="Proposed by Rule",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    proposed = fields.Selection(
        DISPOSITION_NAMES,
        readonly=True,
        help="What the first disposition rule that fits says, else what is worth most.",
    )
    proposed_amount = fields.Monetary(
        string="Expected Value", readonly=True, help="Of what is proposed, in company currency."
    )

    disposition = fields.Selection(DISPOSITION_NAMES, string="Our Word", readonly=True)
    to_product_id = fields.Many2one(
        "product.product", string="Becomes", readonly=True, check_company=True
    )
    answer_note = fields.Char(string="Note to the Warehouse", readonly=True)
    answered_quantity = fields.Float(digits="Product Unit", readonly=True)
    answered_by_id = fields.Many2one(
        "res.users", readonly=True, help="Empty: by a rule, or at the last moment."
    )
    answered_date = fields.Datetime(string="Answered", readonly=True, help="UTC.")
    revision = fields.Integer(readonly=True, help="How often we said something.")
    error = fields.Text(readonly=True)
    operation_ids = fields.One2many("helloword.operation", "wms_question_id")

    _question_uniq = models.Constraint(
        "UNIQUE(return_id, connection_id, key)", "These units have their question already."
    )

    @api.depends("product_id", "sku", "return_id")
    def _compute_display_name(self):
        for question in self:
            goods = question.product_id.display_name or question.sku or question.unit_ref or "?"
            question.display_name = f"{question.return_id.name}: {goods}"

    @api.depends("is_waiting", "answer_state")
    def _compute_state(self):
        for question in self:
            question.state = (question.answer_state or "open") if question.is_waiting else "done"

    @api.depends("asked_date", "answer_until", "connection_id.answer_hours")
    def _compute_due_date(self):
        for question in self:
            hours = timedelta(hours=question.connection_id.answer_hours)
            if question.answer_until:
                question.due_date = question.answer_until - hours
            else:
                question.due_date = question.asked_date and question.asked_date + hours

    @api.depends("state", "due_date")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for question in self:
            question.is_late = bool(
                question.state in ("open", "failed")
                and question.due_date
                and question.due_date <= now
            )

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "in", ("open", "failed")), ("due_date", "<=", fields.Datetime.now())]

    @api.depends("photo_refs", "return_id")
    def _compute_photo_ids(self):
        photos = self.env["helloword.wms.photo"].search(
            [("return_id", "in", self.return_id.ids), ("attachment_id", "!=", False)]
        )
        by_return = photos.grouped("return_id")
        for question in self:
            names = set(question.photo_refs or ())
            question.photo_ids = (
                by_return.get(question.return_id, photos.browse())
                .filtered(lambda photo, names=names: photo.name in names)
                .attachment_id
            )

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_answer(self):
        """Open the window for our word on these units."""
        self._check_can_answer()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What Should Be Done?"),
            "res_model": "helloword.wms.answer",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_question_ids": self.ids,
                "default_disposition": self.env.context.get("disposition"),
            },
        }

    def action_accept(self):
        """Say what is proposed. Batch.

        :raise UserError: nothing is proposed, or a product's new name is missing
        """
        for question in self:
            if not question.proposed:
                raise UserError(
                    self.env._("Nothing is proposed for “%s”: decide it.", question.display_name)
                )
        for disposition, questions in self.grouped("proposed").items():
            questions._answer(disposition)
        return True

    def action_retry(self):
        """Say again what did not arrive."""
        for question in self:
            if question.state != "failed":
                raise UserError(self.env._("Our word on “%s” did not fail.", question.display_name))
        for question in self:
            question._answer(
                question.disposition, question.to_product_id, question.answer_note or ""
            )
        return True

    def action_mark_told(self):
        """A person told the warehouse's people.

        :raise UserError: nothing was decided yet
        """
        self.check_access("write")
        for question in self:
            if question.state != "failed" or not question.disposition:
                raise UserError(
                    self.env._("Decide first what happens to “%s”.", question.display_name)
                )
        self.sudo().write({"answer_state": "told", "error": False})
        return True

    def _check_can_answer(self):
        """:raise UserError: it is too late for our word, or it is on its way"""
        self.check_access("write")
        for question in self:
            if question.state not in ("open", "failed"):
                raise UserError(
                    self.env._(
                        "“%(goods)s” does not wait for a decision any more: %(state)s.",
                        goods=question.display_name,
                        state=dict(self._fields["state"]._description_selection(self.env))[
                            question.state
                        ],
                    )
                )


class HellowordWmsChoice(models.Model):
    """What one way to treat the units of a question is worth, as known when they were valued."""

    _name = "helloword.wms.choice"
    _description = "Way to Treat Goods That Wait"
    _order = "question_id, amount desc, id"
    _rec_name = "disposition"

    question_id = fields.Many2one(
        "helloword.wms.question", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="question_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(related="question_id.state")
    disposition = fields.Selection(DISPOSITION_NAMES, string="What", required=True)
    recovered = fields.Monetary(
        string="Worth Afterwards", help="What the goods are still worth to us."
    )
    charge = fields.Monetary(string="Charged", help="What the operator, or the way home, costs.")
    amount = fields.Monetary(string="Expected Value")
    basis = fields.Selection(
        [
            ("grade", "Loss of value by grade"),
            ("own", "Your figures for this warehouse"),
            ("assumed", "The company's assumed loss of value"),
            ("none", "Nothing known: enter it under “Treatments” of the connection"),
        ],
        string="Follows From",
    )

    def action_choose(self):
        """Say this. Where goods become another product, the window asks for it.

        :raise UserError: the warehouse does not wait for it any more
        """
        self.ensure_one()
        if self.disposition == "relabel":
            return self.question_id.with_context(disposition="relabel").action_answer()
        self.question_id._answer(self.disposition)
        return True
