from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.helloword_returns.providers.amazon import (
    LOGIN_PATH,
    LOGIN_URL,
    MARKETPLACES,
    REGIONS,
    SANDBOXES,
    AmazonSession,
    Credentials,
)

from ..wms.amazon_fba import AmazonFbaAdapter
from ..wms.amazon_mcf import RATES as MCF_RATES
from ..wms.amazon_mcf import AmazonMcfAdapter
from ..wms.amazon_reports import RATES as REPORT_RATES

# How long orders are asked about after their last announcement, besides open returns.
FOLLOWED = timedelta(days=60)


class HellowordWmsConnection(models.Model):
    """Amazon's warehouses; see :mod:`~odoo.addons.helloword_3pl.wms.amazon_mcf` and
    :mod:`~odoo.addons.helloword_3pl.wms.amazon_fba`.

    ``api_key`` is the client ID of the application at Login with Amazon, ``api_secret`` its secret;
    codes of products are seller SKUs.
    """

    _inherit = "helloword.wms.connection"

    provider = fields.Selection(
        selection_add=[
            ("amazon_mcf", "Amazon Multi-Channel Fulfillment"),
            ("fba", "Fulfillment by Amazon"),
        ],
        ondelete={"amazon_mcf": "cascade", "fba": "cascade"},
    )
    amazon_refresh_token = fields.Char(
        string="Refresh Token",
        groups="base.group_system",
        copy=False,
        help="Shown once when the application is authorised: Seller Central ▸ Apps and Services ▸ "
        "Develop Apps ▸ Authorize. It ends after a year, or when the seller withdraws it.",
    )
    amazon_region = fields.Selection(
        [
            ("na", "North America (with Brazil)"),
            ("eu", "Europe (with Middle East, Africa, India)"),
            ("fe", "Far East (Japan, Australia, Singapore)"),
        ],
        groups="base.group_system",
        help="Where the seller's account is registered: each region has its own address and its own "
        "authorisation.",
    )
    amazon_marketplace = fields.Char(
        string="Marketplace ID",
        groups="base.group_system",
        help="e.g. ATVPDKIKX0DER for amazon.com, A1F83G8C2ARO7P for amazon.co.uk, A1PA6795UKMFR9 for "
        "amazon.de, A1VC38T7YXB528 for amazon.co.jp; all are listed on Amazon's page “Marketplace "
        "IDs”.",
    )
    amazon_reason = fields.Char(
        string="Reason for All Others",
        groups="base.group_system",
        help="Amazon's code for reasons of ours it has no word for, e.g. CR-UNWANTED_ITEM. Empty: "
        "such returns are not announced, and the announcement says which codes there are.",
    )

    @api.constrains("amazon_marketplace", "amazon_region")
    def _check_amazon_marketplace(self):
        for connection in self.sudo():
            region = MARKETPLACES.get(connection.amazon_marketplace)
            if region and connection.amazon_region and region != connection.amazon_region:
                raise ValidationError(
                    self.env._(
                        "Marketplace %(marketplace)s belongs to the region “%(region)s”.",
                        marketplace=connection.amazon_marketplace,
                        region=dict(self._fields["amazon_region"]._description_selection(self.env))[
                            region
                        ],
                    )
                )

    def _get_wms_adapter_class(self):
        adapters = {"amazon_mcf": AmazonMcfAdapter, "fba": AmazonFbaAdapter}
        return adapters.get(self.provider) or super()._get_wms_adapter_class()

    def _get_wms_adapter(self):
        connection = self.sudo()
        if self.provider == "amazon_mcf":
            return AmazonMcfAdapter(
                connection._get_amazon_session(MCF_RATES),
                marketplace=connection.amazon_marketplace,
                default_reason=connection.amazon_reason or "",
                orders=connection._get_amazon_orders(),
            )
        if self.provider == "fba":
            return AmazonFbaAdapter(
                connection._get_amazon_session(REPORT_RATES),
                marketplace=connection.amazon_marketplace,
                region=connection.amazon_region,
            )
        return super()._get_wms_adapter()

    def _get_amazon_session(self, rates):
        """:param dict rates: operation → calls a second, as published
        :return: :class:`~odoo.addons.helloword_returns.providers.amazon.AmazonSession`
        """
        self._check_credentials(
            "api_key", "api_secret", "amazon_refresh_token", "amazon_region", "amazon_marketplace"
        )
        hosts = SANDBOXES if self.environment == "test" else REGIONS
        # An address of one's own stands for Login with Amazon as well.
        own_url = (self.base_url or "").rstrip("/")
        return AmazonSession(
            Credentials(self.api_key, self.api_secret, self.amazon_refresh_token),
            own_url or hosts[self.amazon_region],
            login_url=own_url + LOGIN_PATH if own_url else LOGIN_URL,
            rates=rates,
        )

    def _get_amazon_orders(self):
        """:return: list of the numbers of orders whose returns something may still happen to"""
        notices = self.env["helloword.wms.notice"].search_fetch(
            [
                ("connection_id", "=", self.id),
                ("external_ref", "!=", False),
                "|",
                ("return_id.goods_state", "in", ("expected", "transit", "partial")),
                ("sent_date", ">=", fields.Datetime.now() - FOLLOWED),
            ],
            ["external_ref"],
        )
        return notices.mapped("external_ref")
