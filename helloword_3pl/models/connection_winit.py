from odoo import fields, models

from ..wms.winit import ANSWERS, BASE_URL, SANDBOX_URL, WinitAdapter


class HellowordWmsConnection(models.Model):
    """Warehouses of Winit; see :mod:`~odoo.addons.helloword_3pl.wms.winit`.

    ``api_key`` is the customer's app key, ``api_secret`` its token; codes of warehouses are
    Winit's, e.g. "US0001".
    """

    _inherit = "helloword.wms.connection"

    provider = fields.Selection(
        selection_add=[("winit", "Winit 万邑通")], ondelete={"winit": "cascade"}
    )
    winit_client_id = fields.Char(
        string="Client ID",
        groups="base.group_system",
        copy=False,
        help="Of the application registered at Winit's developer site.",
    )
    winit_client_secret = fields.Char(
        string="Client Secret", groups="base.group_system", copy=False
    )

    def _get_answerable(self):
        if self.provider == "winit":
            return set(ANSWERS)
        return super()._get_answerable()

    def _get_wms_adapter_class(self):
        if self.provider == "winit":
            return WinitAdapter
        return super()._get_wms_adapter_class()

    def _get_wms_adapter(self):
        if self.provider != "winit":
            return super()._get_wms_adapter()
        connection = self.sudo()
        connection._check_credentials(
            "api_key", "api_secret", "winit_client_id", "winit_client_secret"
        )
        own_url = SANDBOX_URL if connection.environment == "test" else BASE_URL
        return WinitAdapter(
            connection.api_key,
            connection.api_secret,
            client_id=connection.winit_client_id,
            client_secret=connection.winit_client_secret,
            methods=connection._get_treatment_codes(),
            base_url=connection.base_url or own_url,
        )
