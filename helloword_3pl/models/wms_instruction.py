from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.helloword_returns.providers.base import from_json, to_json

from .wms_treatment import DISPOSITION_NAMES

# An operator that calls us is given so long before people hear that it has not.
UNHEARD_AFTER = timedelta(hours=1)


class HellowordWmsInstruction(models.Model):
    """Our word on goods that wait, as an operator that calls us finds it: whether it was fetched, and
    whether the operator accepts it.

    Operators we call are told by the operation itself and have no such record.
    """

    _name = "helloword.wms.instruction"
    _description = "Instruction to a Warehouse"
    _order = "id desc"
    _rec_name = "ref"

    question_id = fields.Many2one(
        "helloword.wms.question", required=True, readonly=True, index=True, ondelete="cascade"
    )
    return_id = fields.Many2one(related="question_id.return_id", store=True, index=True)
    connection_id = fields.Many2one(related="question_id.connection_id", store=True, index=True)
    company_id = fields.Many2one(related="question_id.company_id", store=True, index=True)
    operation_id = fields.Many2one(
        "helloword.operation", readonly=True, index="btree_not_null", ondelete="set null"
    )
    ref = fields.Char(string="Number", required=True, readonly=True)
    disposition = fields.Selection(DISPOSITION_NAMES, required=True, readonly=True)
    content = fields.Json(readonly=True, help="As the contract's Instruction.")
    state = fields.Selection(
        [
            ("open", "Not confirmed"),
            ("accepted", "Accepted"),
            ("refused", "Refused"),
            ("replaced", "Replaced by a newer one"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    reason = fields.Text(readonly=True, help="Why the operator refuses it.")
    external_ref = fields.Char(string="Warehouse's Number", readonly=True)
    fetched_date = fields.Datetime(string="Fetched", readonly=True, help="First (UTC).")
    confirmed_date = fields.Datetime(string="Confirmed", readonly=True, help="UTC.")
    changed_date = fields.Datetime(
        required=True, readonly=True, index=True, default=fields.Datetime.now, help="UTC."
    )

    _ref_uniq = models.Constraint("UNIQUE(connection_id, ref)", "This instruction exists already.")

    def write(self, vals):
        if "state" in vals:
            vals = vals | {"changed_date": fields.Datetime.now()}
        return super().write(vals)

    @api.model
    def _issue(self, operations):
        """Have operators that call us find what was said. Batch; each operation once.

        :param operations: ``helloword.operation`` of instructions that were written down
        """
        ours = operations.filtered(
            lambda operation: (
                operation.kind == "wms_instruct"
                and operation.wms_question_id
                and not operation.wms_connection_id._get_wms_adapter_class()
            )
        )
        if not ours:
            return
        questions = ours.wms_question_id
        known = self.search([("question_id", "in", questions.ids)])
        fresh = ours - known.operation_id
        newest = {
            question: max(question.operation_ids.ids, default=0)
            for question in fresh.wms_question_id
        }
        known.filtered(
            lambda instruction: (
                instruction.state == "open"
                and instruction.operation_id.id < newest.get(instruction.question_id, 0)
            )
        ).write({"state": "replaced"})
        vals_list = []
        for operation in fresh:
            question = operation.wms_question_id
            instruction = from_json(operation.kind, operation.request).instruction
            is_newest = operation.id == newest[question]
            vals_list.append(
                {
                    "question_id": question.id,
                    "operation_id": operation.id,
                    "ref": instruction.ref,
                    "disposition": instruction.disposition,
                    "content": to_json(instruction),
                    "state": "open" if is_newest else "replaced",
                }
            )
        self.create(vals_list)

    # -------------------------------------------------------------------------
    # What the operator says of it
    # -------------------------------------------------------------------------

    def _accept(self, external_ref=""):
        """The operator will do it.

        :param str external_ref: its own number of the work
        """
        self.write(
            {
                "state": "accepted",
                "external_ref": external_ref or False,
                "confirmed_date": fields.Datetime.now(),
            }
        )
        self.return_id._settle_question_activities()

    def _refuse(self, reason):
        """The operator will not do it: its question is open again, and people are asked.

        :param str reason: the operator's words
        """
        self.write({"state": "refused", "reason": reason, "confirmed_date": fields.Datetime.now()})
        questions = self.question_id
        questions.write(
            {
                "answer_state": False,
                "disposition": False,
                "to_product_id": False,
                "refused_reason": reason,
            }
        )
        questions._value_choices()
        questions._ask_people()


class HellowordWmsQuestion(models.Model):
    _inherit = "helloword.wms.question"

    instruction_ids = fields.One2many("helloword.wms.instruction", "question_id")
    refused_reason = fields.Text(
        string="Why the Warehouse Refuses", readonly=True, help="Our last word, in its own words."
    )
    is_unheard = fields.Boolean(
        compute="_compute_is_unheard",
        compute_sudo=True,
        help="The operator calls us, and has for an hour neither fetched our word nor taken a "
        "message with it.",
    )

    @api.depends("state", "instruction_ids.state", "instruction_ids.fetched_date")
    def _compute_is_unheard(self):
        since = fields.Datetime.now() - UNHEARD_AFTER
        unfetched = self.instruction_ids.filtered(
            lambda instruction: (
                instruction.state == "open"
                and not instruction.fetched_date
                and instruction.changed_date <= since
            )
        )
        delivered = (
            self.env["helloword.wms.delivery"]
            .search(
                [
                    ("operation_id", "in", unfetched.operation_id.ids),
                    ("state", "=", "delivered"),
                ]
            )
            .operation_id
        )
        unheard = unfetched.filtered(lambda instruction: instruction.operation_id not in delivered)
        for question in self:
            question.is_unheard = (
                question.state == "told" and question._origin in unheard.question_id
            )

    def _get_refused(self):
        """:return: set of dispositions the operator refused for these units"""
        self.ensure_one()
        return {
            instruction.disposition
            for instruction in self.instruction_ids
            if instruction.state == "refused"
        }


class HellowordWmsChoice(models.Model):
    _inherit = "helloword.wms.choice"

    is_refused = fields.Boolean(string="Refused", compute="_compute_is_refused")

    @api.depends("disposition", "question_id.instruction_ids.state")
    def _compute_is_refused(self):
        for choice in self:
            choice.is_refused = choice.disposition in choice.question_id._get_refused()


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    def _on_operation_done(self, operations):
        super()._on_operation_done(operations)
        self.env["helloword.wms.instruction"].sudo()._issue(operations.sudo())
