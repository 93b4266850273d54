from odoo import fields, models

DISPOSITIONS = [
    ("restock", "Restock"),
    ("refurbish", "Refurbish"),
    ("liquidate", "Liquidate"),
    ("vendor", "Return to vendor"),
    ("donate", "Donate"),
    ("destroy", "Destroy"),
    ("hold", "Hold"),
]


class HellowordReturnGrade(models.Model):
    _name = "helloword.return.grade"
    _description = "Return Grade"
    _order = "sequence, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, copy=False, help="Stable identifier, e.g. for imports.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    kind = fields.Selection(
        [
            ("goods", "The goods that were asked back"),
            ("wrong", "Other goods than asked back"),
            ("empty", "Nothing in the parcel"),
        ],
        default="goods",
        required=True,
    )
    resellable = fields.Boolean(help="Can be sold again as it is.")
    write_down_percent = fields.Float(
        string="Write-down (%)",
        digits=(5, 2),
        help="Share of the cost that is lost in this condition.",
    )
    description = fields.Text(translate=True, help="Shown to whoever inspects.")

    _code_uniq = models.Constraint("UNIQUE(code)", "The code of a grade must be unique.")
    _write_down_range = models.Constraint(
        "CHECK(write_down_percent BETWEEN 0 AND 100)",
        "A write-down must lie between 0 and 100 percent.",
    )
