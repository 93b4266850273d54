from odoo import api, fields, models
from odoo.exceptions import ValidationError

RESPONSIBLE_PARTIES = [
    ("customer", "Customer"),
    ("seller", "Seller"),
    ("carrier", "Carrier"),
    ("supplier", "Supplier"),
]


class HellowordReturnReason(models.Model):
    _name = "helloword.return.reason"
    _description = "Return Reason"
    _parent_store = True
    _parent_name = "parent_id"
    _order = "sequence, id"
    _rec_name = "complete_name"
    _rec_names_search = ["complete_name", "name", "code"]

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        compute="_compute_complete_name",
        recursive=True,
        search="_search_complete_name",
    )
    code = fields.Char(
        required=True,
        copy=False,
        help="Stable identifier. Every channel's own reason codes are mapped onto it.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    parent_id = fields.Many2one(
        "helloword.return.reason",
        string="Group",
        index=True,
        ondelete="restrict",
        domain=[("parent_id", "=", False)],
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("helloword.return.reason", "parent_id", string="Reasons")
    group_id = fields.Many2one(
        "helloword.return.reason",
        compute="_compute_group_id",
        store=True,
        recursive=True,
        string="Reason Group",
        help="The reason's own group; a group is its own group.",
    )
    responsible = fields.Selection(
        RESPONSIBLE_PARTIES,
        required=True,
        default="customer",
        help="Who causes this return, and therefore usually bears its cost.",
    )
    description = fields.Text(translate=True)

    _code_uniq = models.Constraint("UNIQUE(code)", "The code of a return reason must be unique.")

    @api.depends("name", "parent_id.complete_name")
    @api.depends_context("lang")
    def _compute_complete_name(self):
        for reason in self:
            parent_name = reason.parent_id.complete_name
            reason.complete_name = f"{parent_name} / {reason.name}" if parent_name else reason.name

    def _search_complete_name(self, operator, value):
        return ["|", ("name", operator, value), ("parent_id.name", operator, value)]

    @api.depends("parent_id")
    def _compute_group_id(self):
        for reason in self:
            reason.group_id = reason.parent_id or reason

    @api.constrains("parent_id")
    def _check_two_levels(self):
        for reason in self:
            if reason.parent_id.parent_id or (reason.parent_id and reason.child_ids):
                raise ValidationError(
                    self.env._(
                        "Return reasons have two levels, a group and its reasons. "
                        "Choose a group without a parent for “%s”.",
                        reason.name,
                    )
                )
