from odoo import fields, models

from ..wms.fpx import BASE_URL, SANDBOX_URL, FpxAdapter


class HellowordWmsConnection(models.Model):
    """Warehouses of 4PX; see :mod:`~odoo.addons.helloword_3pl.wms.fpx`.

    ``api_key`` is the app key, ``api_secret`` its secret, ``account_ref`` the customer's number
    where the application is somebody else's; codes of warehouses are 4PX's, e.g. "USLAXA".
    """

    _inherit = "helloword.wms.connection"

    provider = fields.Selection(selection_add=[("fpx", "4PX 递四方")], ondelete={"fpx": "cascade"})
    fpx_service = fields.Char(
        string="Service for Returns",
        help="4PX's code of the service ordered for returned goods; it decides what is done with "
        "them.",
    )
    fpx_access_token = fields.Char(
        string="Access Token",
        groups="base.group_system",
        copy=False,
        help="Only where the application belongs to a platform or a software house.",
    )

    def _get_wms_adapter_class(self):
        if self.provider == "fpx":
            return FpxAdapter
        return super()._get_wms_adapter_class()

    def _get_wms_adapter(self):
        if self.provider != "fpx":
            return super()._get_wms_adapter()
        connection = self.sudo()
        connection._check_credentials("api_key", "api_secret", "fpx_service")
        own_url = SANDBOX_URL if connection.environment == "test" else BASE_URL
        return FpxAdapter(
            connection.api_key,
            connection.api_secret,
            connection.fpx_service,
            user_id=connection.account_ref or "",
            access_token=connection.fpx_access_token or "",
            base_url=connection.base_url or own_url,
        )
