from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare


class HellowordUnknownParcelSplit(models.TransientModel):
    """Goods of several returns came in one parcel: which go to which."""

    _name = "helloword.unknown.parcel.split"
    _description = "Share Out an Unknown Parcel"

    parcel_id = fields.Many2one("helloword.unknown.parcel", required=True, readonly=True)
    company_id = fields.Many2one(related="parcel_id.company_id")
    line_ids = fields.One2many("helloword.unknown.parcel.split.line", "wizard_id")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        parcel = self.env["helloword.unknown.parcel"].browse(
            values.get("parcel_id") or self.env.context.get("active_id")
        )
        values["parcel_id"] = parcel.id
        best = parcel.best_match_id.return_id
        values["line_ids"] = [
            fields.Command.create(
                {
                    "parcel_line_id": line.id,
                    "quantity": line.quantity,
                    "return_id": line.return_id.id or best.id,
                }
            )
            for line in parcel.line_ids
        ]
        return values

    def action_confirm(self):
        """:raise UserError: goods are left over, or shared out twice"""
        self.ensure_one()
        parcel = self.parcel_id
        parcel._check_open()
        if not parcel.line_ids:
            raise UserError(self.env._("List what is in the parcel first."))
        shares = {line: self.line_ids.browse() for line in parcel.line_ids}
        for share in self.line_ids:
            shares[share.parcel_line_id] |= share
        for line, parts in shares.items():
            if float_compare(
                sum(parts.mapped("quantity")), line.quantity, precision_digits=6
            ) or any(part.quantity <= 0 for part in parts):
                raise UserError(
                    self.env._(
                        "Share out all of %s: every unit goes to one return.", line.display_name
                    )
                )
        for line, parts in shares.items():
            for part in parts[1:]:
                line.copy({"quantity": part.quantity, "return_id": part.return_id.id})
            line.write({"quantity": parts[0].quantity, "return_id": parts[0].return_id.id})
        parcel._claim(self.line_ids.return_id)
        return {"type": "ir.actions.act_window_close"}


class HellowordUnknownParcelSplitLine(models.TransientModel):
    _name = "helloword.unknown.parcel.split.line"
    _description = "Share of an Unknown Parcel"

    wizard_id = fields.Many2one("helloword.unknown.parcel.split", required=True, ondelete="cascade")
    parcel_id = fields.Many2one(related="wizard_id.parcel_id")
    company_id = fields.Many2one(related="wizard_id.parcel_id.company_id")
    parcel_line_id = fields.Many2one(
        "helloword.unknown.parcel.line",
        string="Goods",
        required=True,
        domain="[('parcel_id', '=', parcel_id)]",
        ondelete="cascade",
    )
    quantity = fields.Float(digits="Product Unit", required=True, default=1.0)
    return_id = fields.Many2one(
        "helloword.return", required=True, domain="[('company_id', '=', company_id)]"
    )
