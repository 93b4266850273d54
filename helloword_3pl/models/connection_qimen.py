from odoo import fields, models

from ..wms.qimen import BASE_URL, SANDBOX_URL, QimenAdapter


class HellowordWmsConnection(models.Model):
    """Warehouses that speak Qimen; see :mod:`~odoo.addons.helloword_3pl.wms.qimen`.

    ``api_key`` is the app key, ``api_secret`` its secret, ``account_ref`` the customerId at the
    gateway. A warehouse that speaks Qimen itself has an address of its own.
    """

    _inherit = "helloword.wms.connection"

    provider = fields.Selection(
        selection_add=[("qimen", "Qimen 奇门")], ondelete={"qimen": "cascade"}
    )
    qimen_owner_code = fields.Char(
        string="Owner Code", help="What the warehouse's system calls the owner of the goods: us."
    )

    def _get_wms_adapter_class(self):
        if self.provider == "qimen":
            return QimenAdapter
        return super()._get_wms_adapter_class()

    def _get_wms_adapter(self):
        if self.provider != "qimen":
            return super()._get_wms_adapter()
        connection = self.sudo()
        connection._check_credentials("api_key", "api_secret", "account_ref", "qimen_owner_code")
        own_url = SANDBOX_URL if connection.environment == "test" else BASE_URL
        return QimenAdapter(
            connection.api_key,
            connection.api_secret,
            connection.account_ref,
            connection.qimen_owner_code,
            webhook_secret=connection.webhook_secret or "",
            base_url=connection.base_url or own_url,
        )
