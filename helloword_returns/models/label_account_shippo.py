from odoo import fields, models

from ..carriers.shippo import BASE_URL, ShippoAdapter


class HellowordLabelAccount(models.Model):
    """Labels from Shippo; see :mod:`~odoo.addons.helloword_returns.carriers.shippo`."""

    _inherit = "helloword.label.account"

    provider = fields.Selection(
        selection_add=[("shippo", "Shippo"), ("slip",)], ondelete={"shippo": "cascade"}
    )

    def _get_label_adapter_class(self):
        if self.provider == "shippo":
            return ShippoAdapter
        return super()._get_label_adapter_class()

    def _get_label_adapter(self, label=None):
        if self.provider != "shippo":
            return super()._get_label_adapter(label)
        account = self.sudo()
        account._check_credentials("api_key")
        return ShippoAdapter(
            account.api_key, account.webhook_secret or "", account.base_url or BASE_URL
        )
