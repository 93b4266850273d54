from odoo import fields, models

from ..wms.shipmonk import BASE_URL, SANDBOX_URL, ShipmonkAdapter


class HellowordWmsConnection(models.Model):
    """Warehouses of ShipMonk; see :mod:`~odoo.addons.helloword_3pl.wms.shipmonk`.

    ``account_ref`` is ShipMonk's number of the store, codes of warehouses are theirs, e.g. "PA1".
    """

    _inherit = "helloword.wms.connection"

    provider = fields.Selection(
        selection_add=[("shipmonk", "ShipMonk")], ondelete={"shipmonk": "cascade"}
    )
    shipmonk_webhook_user = fields.Char(
        string="Webhook User",
        groups="base.group_system",
        copy=False,
        help="As entered at ShipMonk for the address it tells what happens to.",
    )
    shipmonk_webhook_password = fields.Char(
        string="Webhook Password", groups="base.group_system", copy=False
    )

    def _get_wms_adapter_class(self):
        if self.provider == "shipmonk":
            return ShipmonkAdapter
        return super()._get_wms_adapter_class()

    def _get_wms_adapter(self):
        if self.provider != "shipmonk":
            return super()._get_wms_adapter()
        connection = self.sudo()
        connection._check_credentials("api_key", "account_ref")
        own_url = SANDBOX_URL if connection.environment == "test" else BASE_URL
        return ShipmonkAdapter(
            connection.api_key,
            connection.account_ref,
            webhook_user=connection.shipmonk_webhook_user or "",
            webhook_password=connection.shipmonk_webhook_password or "",
            webhook_secret=connection.webhook_secret or "",
            base_url=connection.base_url or own_url,
        )
