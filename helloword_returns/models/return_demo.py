from odoo import api, models


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    @api.model
    def _load_demo(self):
        """Load the demonstration data; called by the demo file when the module is installed."""
        from ..demo.loader import DemoLoader

        if not self.env["sale.order"].search([("return_channel_id", "!=", False)], limit=1):
            DemoLoader(self.env).load()
