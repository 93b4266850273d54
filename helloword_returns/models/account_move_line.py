from odoo import fields, models

# What a credit note line gives back (or keeps). Lines that undo the invoiced line count against
# its quantity and amount; the others stand beside it.
REFUND_ROLES = [
    ("goods", "Goods"),
    ("allowance", "Price reduction"),
    ("fee", "Restocking fee"),
    ("label", "Return label"),
    ("bonus", "Bonus"),
    ("freight", "Delivery costs"),
    ("lost_value", "Lost value"),
]
# Lines that keep or add something beside the goods.
DEDUCTION_ROLES = ("fee", "label", "lost_value")
SIDE_ROLES = (*DEDUCTION_ROLES, "bonus", "freight")


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    return_line_id = fields.Many2one(
        "helloword.return.line",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
        check_company=True,
    )
    return_role = fields.Selection(
        REFUND_ROLES,
        string="Refunds",
        copy=False,
        help="What this line of a credit note means for its return. Empty: the goods.",
    )
