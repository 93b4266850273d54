from odoo import fields, models

from ..wms.shipbob import BASE_URL, SANDBOX_URL, ShipbobAdapter


class HellowordWmsConnection(models.Model):
    """Warehouses of ShipBob; see :mod:`~odoo.addons.helloword_3pl.wms.shipbob`.

    ``api_key`` is the Personal Access Token, ``account_ref`` the number of the channel, codes of
    warehouses and products are ShipBob's numbers of fulfillment centers and inventory.
    """

    _inherit = "helloword.wms.connection"

    provider = fields.Selection(
        selection_add=[("shipbob", "ShipBob")], ondelete={"shipbob": "cascade"}
    )

    def _get_wms_adapter_class(self):
        if self.provider == "shipbob":
            return ShipbobAdapter
        return super()._get_wms_adapter_class()

    def _get_wms_adapter(self):
        if self.provider != "shipbob":
            return super()._get_wms_adapter()
        connection = self.sudo()
        connection._check_credentials("api_key", "account_ref")
        own_url = SANDBOX_URL if connection.environment == "test" else BASE_URL
        return ShipbobAdapter(
            connection.api_key,
            connection.account_ref,
            webhook_secret=connection.webhook_secret or "",
            currency=connection._get_fee_currency_code(),
            base_url=connection.base_url or own_url,
        )
