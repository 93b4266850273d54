from odoo import fields, models


class HellowordWmsKeyShown(models.TransientModel):
    _name = "helloword.wms.key.shown"
    _description = "New Key of a Warehouse"
    _transient_max_hours = 0.2

    key_id = fields.Many2one("helloword.wms.key", required=True, ondelete="cascade")
    text = fields.Char(string="Key", readonly=True)

    def action_forget(self):
        """The key was copied; it is shown no more."""
        self.unlink()
        return {"type": "ir.actions.act_window_close"}
