from odoo import api, models


class HellowordWmsEvent(models.Model):
    _inherit = "helloword.wms.event"

    @api.model
    def _take(self, connection, events, source="api"):
        """ShipHero's messages do not say when they were true: one of them is a reason to ask."""
        results = super()._take(connection, events, source)
        if source == "webhook" and events and connection.provider == "shiphero":
            connection.sudo()._enqueue_poll()
        return results
