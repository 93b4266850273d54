from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..carriers.dhl_parcel_de_returns import (
    BASE_URL,
    SANDBOX_URL,
    DhlParcelDeReturnsAdapter,
)


class HellowordLabelAccount(models.Model):
    """Labels from DHL Parcel Germany; see
    :mod:`~odoo.addons.helloword_returns.carriers.dhl_parcel_de_returns`.
    """

    _inherit = "helloword.label.account"

    provider = fields.Selection(
        selection_add=[("dhl_parcel_de_returns", "DHL Parcel Germany, returns"), ("slip",)],
        ondelete={"dhl_parcel_de_returns": "cascade"},
    )
    dhl_username = fields.Char(
        string="Portal User",
        groups="base.group_system",
        copy=False,
        help="System user of DHL's business customer portal. Its password ends after a year.",
    )
    dhl_password = fields.Char(string="Portal Password", groups="base.group_system", copy=False)
    dhl_receivers = fields.Char(
        string="Receivers",
        help="Receiver ids as set up in DHL's portal, by the customer's country: “DE=deu, CH=che”. "
        "For other countries DHL is asked.",
    )

    @api.constrains("dhl_receivers")
    def _check_dhl_receivers(self):
        for account in self:
            account._get_dhl_receivers()

    def _get_dhl_receivers(self):
        """:return: dict of country code → receiver id
        :raise ValidationError: it cannot be read
        """
        self.ensure_one()
        receivers = {}
        for entry in filter(None, (part.strip() for part in (self.dhl_receivers or "").split(","))):
            country, separator, receiver = (part.strip() for part in entry.partition("="))
            if not separator or len(country) != 2 or not receiver:
                raise ValidationError(
                    self.env._(
                        "“%s” cannot be read. Write the country's code and the receiver id, e.g. "
                        "“DE=deu, CH=che”.",
                        entry,
                    )
                )
            receivers[country.upper()] = receiver
        return receivers

    def _get_label_adapter_class(self):
        if self.provider == "dhl_parcel_de_returns":
            return DhlParcelDeReturnsAdapter
        return super()._get_label_adapter_class()

    def _get_label_adapter(self, label=None):
        if self.provider != "dhl_parcel_de_returns":
            return super()._get_label_adapter(label)
        account = self.sudo()
        account._check_credentials("api_key", "api_secret", "dhl_username", "dhl_password")
        own_url = SANDBOX_URL if account.environment == "test" else BASE_URL
        return DhlParcelDeReturnsAdapter(
            account.api_key,
            account.api_secret,
            account.dhl_username,
            account.dhl_password,
            receivers=account._get_dhl_receivers(),
            base_url=account.base_url or own_url,
        )
