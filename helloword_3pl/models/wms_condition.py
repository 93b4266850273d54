from odoo import fields, models

CONDITION_NAMES = [
    ("new", "New"),
    ("like_new", "Like new"),
    ("good", "Good"),
    ("fair", "Fair"),
    ("defective", "Defective"),
    ("customer_damaged", "Damaged by the customer"),
    ("carrier_damaged", "Damaged by the carrier"),
    ("warehouse_damaged", "Damaged in the warehouse"),
    ("packaging_damaged", "Packaging damaged"),
    ("expired", "Expired"),
    ("wrong_item", "Wrong item"),
    ("empty", "Empty parcel"),
    ("unknown", "Not said"),
]
# Condition → code of our grade, where a connection says nothing else.
DEFAULT_GRADES = {
    "new": "a",
    "like_new": "a",
    "good": "b",
    "fair": "c",
    "defective": "c",
    "customer_damaged": "c",
    "carrier_damaged": "c",
    "warehouse_damaged": "c",
    "packaging_damaged": "b",
    "expired": "d",
    "wrong_item": "wrong",
    "empty": "empty",
    "unknown": "c",
}


class HellowordWmsCondition(models.Model):
    """Which of our grades a condition is worth, where a warehouse grades harder or milder."""

    _name = "helloword.wms.condition"
    _description = "Grade of a Condition"
    _rec_name = "condition"

    connection_id = fields.Many2one(
        "helloword.wms.connection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    condition = fields.Selection(CONDITION_NAMES, required=True)
    grade_id = fields.Many2one("helloword.return.grade", required=True)

    _condition_uniq = models.Constraint(
        "UNIQUE(connection_id, condition)", "This condition has its grade already."
    )


class HellowordWmsConnection(models.Model):
    _inherit = "helloword.wms.connection"

    def _get_grades(self):
        """:return: dict of condition → ``helloword.return.grade``; two queries"""
        self.ensure_one()
        by_code = {grade.code: grade for grade in self.env["helloword.return.grade"].search([])}
        grades = {
            condition: by_code[code]
            for condition, code in DEFAULT_GRADES.items()
            if code in by_code
        }
        return grades | {row.condition: row.grade_id for row in self.sudo().condition_ids}
