from odoo import models


class HellowordWmsNotice(models.Model):
    """Announcements to Amazon; see :mod:`~odoo.addons.helloword_3pl.wms.amazon_mcf`."""

    _inherit = "helloword.wms.notice"

    def _get_shipment_ref(self, delivery):
        if self.connection_id.provider == "amazon_mcf":
            # Orders are made under our numbers; the tracking number is the carrier's.
            return delivery.name or ""
        return super()._get_shipment_ref(delivery)
