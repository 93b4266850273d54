from odoo import fields, models

from ..carriers.sendcloud import BASE_URL, SendcloudAdapter


class HellowordLabelAccount(models.Model):
    """Labels from Sendcloud; see :mod:`~odoo.addons.helloword_returns.carriers.sendcloud`."""

    _inherit = "helloword.label.account"

    provider = fields.Selection(
        selection_add=[("sendcloud", "Sendcloud"), ("slip",)],
        ondelete={"sendcloud": "cascade"},
    )
    sendcloud_service = fields.Char(
        string="Return Service",
        help="Code of the shipping option for returns that is used where Sendcloud tells no "
        "prices, e.g. “dpd:return/return”. Prices are only told for Sendcloud's own contracts.",
    )
    sendcloud_contract = fields.Integer(
        string="Carrier Contract",
        help="Its number at Sendcloud, where you have several contracts with one carrier. Zero: "
        "not sent.",
    )

    def _get_label_adapter_class(self):
        if self.provider == "sendcloud":
            return SendcloudAdapter
        return super()._get_label_adapter_class()

    def _get_label_adapter(self, label=None):
        if self.provider != "sendcloud":
            return super()._get_label_adapter(label)
        account = self.sudo()
        account._check_credentials("api_key", "api_secret")
        return SendcloudAdapter(
            account.api_key,
            account.api_secret,
            service=account.sendcloud_service or "",
            contract=account.sendcloud_contract or None,
            base_url=account.base_url or BASE_URL,
        )
