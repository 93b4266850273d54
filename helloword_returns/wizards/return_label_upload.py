from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class HellowordReturnLabelUpload(models.TransientModel):
    """Enter a label that was made elsewhere: a file, a tracking number, or both."""

    _name = "helloword.return.label.upload"
    _description = "Upload a Label"

    return_id = fields.Many2one("helloword.return", required=True)
    company_id = fields.Many2one(related="return_id.company_id")
    file = fields.Binary(string="Label File")
    file_name = fields.Char()
    carrier = fields.Char()
    tracking_number = fields.Char()
    tracking_url = fields.Char(string="Tracking Page")
    valid_until = fields.Date()
    currency_id = fields.Many2one("res.currency", default=lambda self: self.env.company.currency_id)
    cost = fields.Monetary(help="Without recoverable taxes. Zero: it costs us nothing.")
    is_mailed = fields.Boolean(string="Mail It to the Customer", default=True)

    @api.model
    def default_get(self, fields):
        """For a return, or for the return of a label that failed."""
        values = super().default_get(fields)
        model, record_id = (self.env.context.get(f"active_{name}") for name in ("model", "id"))
        if record_id and model == "helloword.return":
            values["return_id"] = record_id
        elif record_id and model == "helloword.return.label":
            values["return_id"] = self.env[model].browse(record_id).return_id.id
        return values

    def action_upload(self):
        """Make the label; a label that failed takes it, so that nothing is left open.

        :raise UserError: neither file nor number was given, or the return needs no label
        """
        self.ensure_one()
        ret = self.return_id
        ret.check_access("write")
        if not self.file and not self.tracking_number:
            raise UserError(self.env._("Choose the label's file or enter its tracking number."))
        if self.cost < 0:
            raise ValidationError(self.env._("The cost cannot be negative."))
        label = ret._upload_label(
            {
                "carrier": self.carrier,
                "tracking_number": (self.tracking_number or "").strip() or False,
                "tracking_url": self.tracking_url,
                "valid_until": self.valid_until,
                "currency_id": self.currency_id.id,
                "cost": self.cost,
            },
            self.file_name or "label.pdf",
            self.file,
            mail=self.is_mailed,
        )
        return label.sudo(False)._get_records_action()
