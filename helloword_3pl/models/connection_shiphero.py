from odoo import fields, models

from ..wms.shiphero import BASE_URL, ShipheroAdapter


class HellowordWmsConnection(models.Model):
    """Warehouses that run on ShipHero; see :mod:`~odoo.addons.helloword_3pl.wms.shiphero`.

    ``api_secret`` is the refresh token, ``api_key`` the access token it makes, ``account_ref`` the
    merchant's account where the tokens are the warehouse's. Codes of warehouses are ShipHero's
    identifiers, e.g. "V2FyZWhvdXNlOjMxNDE=".
    """

    _inherit = "helloword.wms.connection"

    provider = fields.Selection(
        selection_add=[("shiphero", "ShipHero")], ondelete={"shiphero": "cascade"}
    )

    def _get_wms_adapter_class(self):
        if self.provider == "shiphero":
            return ShipheroAdapter
        return super()._get_wms_adapter_class()

    def _get_wms_adapter(self):
        if self.provider != "shiphero":
            return super()._get_wms_adapter()
        connection = self.sudo()
        connection._check_credentials("api_secret")
        return ShipheroAdapter(
            access_token=connection.api_key or "",
            refresh_token=connection.api_secret,
            customer_account=connection.account_ref or "",
            webhook_secret=connection.webhook_secret or "",
            currency=connection._get_fee_currency_code(),
            base_url=connection.base_url or BASE_URL,
            keep_token=connection._keep_shiphero_token,
        )

    def _keep_shiphero_token(self, token):
        """Keep a new access token whatever becomes of the call it was made for: a transaction of
        its own, over before that call is sent."""
        self.ensure_one()
        with self.pool.cursor() as cr:
            self.with_env(self.env(cr=cr)).sudo().api_key = token
