from odoo import fields, models

DISPOSITION_NAMES = [
    ("restock", "Put back into stock"),
    ("quarantine", "Put aside"),
    ("refurbish", "Repair"),
    ("relabel", "Label as another product"),
    ("return_to_seller", "Send home"),
    ("liquidate", "Sell off"),
    ("donate", "Donate"),
    ("recycle", "Recycle"),
    ("destroy", "Destroy"),
]


class HellowordWmsTreatment(models.Model):
    """A treatment of goods at one operator: what it calls it, where it publishes no list of its
    codes (a code nobody told us is never sent), and what it costs and brings."""

    _name = "helloword.wms.treatment"
    _description = "Treatment at a Warehouse"
    _rec_name = "disposition"

    connection_id = fields.Many2one(
        "helloword.wms.connection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    disposition = fields.Selection(DISPOSITION_NAMES, string="Treatment", required=True)
    code = fields.Char(help="As the operator's list of treatments writes it.")

    _disposition_uniq = models.Constraint(
        "UNIQUE(connection_id, disposition)", "This treatment has its code already."
    )


class HellowordWmsConnection(models.Model):
    _inherit = "helloword.wms.connection"

    treatment_ids = fields.One2many("helloword.wms.treatment", "connection_id", string="Treatments")

    def _get_treatment_codes(self):
        """:return: dict of disposition → the operator's code"""
        self.ensure_one()
        return {row.disposition: row.code.strip() for row in self.sudo().treatment_ids if row.code}
