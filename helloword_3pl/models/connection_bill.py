from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HellowordWmsConnection(models.Model):
    """How closely an operator's bills must agree with what it told, and when one is late."""

    _inherit = "helloword.wms.connection"

    bill_tolerance_amount = fields.Monetary(
        string="Accept a Difference of",
        currency_field="fee_currency_id",
        help="Rows of bills that differ from the fee by no more are settled by themselves. The "
        "larger of amount and percentage holds.",
    )
    bill_tolerance_percent = fields.Float(
        string="Accept a Difference of (%)", digits=(5, 2), help="Of the fee that was told."
    )
    bill_after_days = fields.Integer(
        string="Billed Within (days)",
        default=45,
        help="Fees that are on no bill after this many days are listed.",
    )
    bill_ids = fields.One2many("helloword.wms.bill", "connection_id", string="Bills")
    bill_count = fields.Integer(compute="_compute_bill_count", string="Number of Bills")

    _bill_tolerance_range = models.Constraint(
        "CHECK(COALESCE(bill_tolerance_amount, 0) >= 0"
        " AND COALESCE(bill_tolerance_percent, 0) BETWEEN 0 AND 100)",
        "A difference to accept cannot be negative, or more than everything.",
    )

    @api.constrains("bill_after_days")
    def _check_bill_after_days(self):
        for connection in self:
            if connection.bill_after_days < 0:
                raise ValidationError(self.env._("The days until a bill cannot be negative."))

    def _compute_bill_count(self):
        counts = dict(
            self.env["helloword.wms.bill"]
            .sudo()
            ._read_group([("connection_id", "in", self.ids)], ["connection_id"], ["__count"])
        )
        for connection in self:
            connection.bill_count = counts.get(connection._origin.sudo(), 0)

    def action_view_bills(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_3pl.helloword_wms_bill_action"
        )
        action["domain"] = [("connection_id", "=", self.id)]
        action["context"] = {"default_connection_id": self.id}
        return action

    def action_import_bill(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_3pl.helloword_wms_bill_import_action"
        )
        action["context"] = {"default_connection_id": self.id}
        return action


class HellowordReturnCost(models.Model):
    _inherit = "helloword.return.cost"

    bill_due_date = fields.Date(
        string="Bill Expected By",
        compute="_compute_bill_due_date",
        store=True,
        index="btree_not_null",
        help="A fee of a warehouse that is on no bill by this day is listed.",
    )

    @api.depends("date", "wms_connection_id.bill_after_days")
    def _compute_bill_due_date(self):
        for cost in self:
            connection = cost.sudo().wms_connection_id
            cost.bill_due_date = (
                fields.Date.add(cost.date, days=connection.bill_after_days)
                if connection and cost.date
                else False
            )
