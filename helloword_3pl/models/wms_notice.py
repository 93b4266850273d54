from odoo import api, fields, models
from odoo.exceptions import UserError

NOTICE_STATES = [
    ("waiting", "Not sent yet"),
    ("sending", "Being sent"),
    ("known", "The warehouse knows"),
    ("cancelling", "Being taken back"),
    ("cancelled", "Taken back"),
    ("failed", "Failed"),
]


class HellowordWmsNotice(models.Model):
    """What one warehouse is told about one return: sent when the connection says so, again when
    its content changes, taken back when nothing comes."""

    _name = "helloword.wms.notice"
    _description = "Announcement to a Warehouse"
    _order = "id desc"
    _rec_name = "return_id"
    _check_company_auto = True

    return_id = fields.Many2one(
        "helloword.return", required=True, index=True, ondelete="cascade", check_company=True
    )
    connection_id = fields.Many2one(
        "helloword.wms.connection",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="return_id.company_id", store=True, index=True)
    warehouse_id = fields.Many2one("stock.warehouse", required=True, check_company=True)
    state = fields.Selection(
        NOTICE_STATES,
        string="Status",
        default="waiting",
        required=True,
        readonly=True,
        index=True,
    )
    external_ref = fields.Char(
        string="Warehouse's Number", readonly=True, copy=False, index="btree_not_null"
    )
    shipment_ref = fields.Char(
        string="Shipment at the Warehouse",
        copy=False,
        help="What the operator calls the outbound shipment or order, where it is neither the "
        "delivery's number nor its tracking number.",
    )
    line_refs = fields.Json(readonly=True, help="Our line reference → the warehouse's.")
    revision = fields.Integer(readonly=True, help="How often its content changed.")
    content_hash = fields.Char(readonly=True)
    sent_date = fields.Datetime(string="Sent", readonly=True, help="UTC.")
    messages = fields.Text(string="The Warehouse Says", readonly=True)
    error = fields.Text(readonly=True)
    operation_ids = fields.One2many("helloword.operation", "wms_notice_id")

    _notice_uniq = models.Constraint(
        "UNIQUE(return_id, connection_id)", "This warehouse has its announcement already."
    )

    def action_send(self):
        """Send what was not sent, or changed, now; what failed is tried again.

        :raise UserError: nothing is expected any more
        """
        self.check_access("write")
        for notice in self:
            if not notice.return_id._is_wms_expected():
                raise UserError(
                    self.env._("Return %s does not wait for goods.", notice.return_id.name)
                )
        self._send(force=True)
        return True

    def action_cancel(self):
        self.check_access("write")
        self._cancel()
        return True

    @api.depends("return_id", "connection_id")
    def _compute_display_name(self):
        for notice in self:
            notice.display_name = f"{notice.return_id.name} → {notice.connection_id.name}"
