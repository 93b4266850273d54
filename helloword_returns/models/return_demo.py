from odoo import api, models


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    @api.model
    def _load_demo(self):
        """Load the demonstration data; called by the demo file when the module is installed."""
        from ..demo.loader import DemoLoader

        if not self.env["sale.order"].search([("return_channel_id", "!=", False)], limit=1):
            DemoLoader(self.env).load()

    @api.model
    def _load_portal_demo(self):
        """Open the demonstration's shop to its customers; called by the demo file."""
        from ..demo.portal_shop import ORDERS, PortalShop

        if not self.env["sale.order"].search([("name", "in", list(ORDERS))], limit=1):
            PortalShop(self.env).load()
