from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HellowordChannel(models.Model):
    """A channel as one account at one marketplace or shop: its keys, what is read from it, since
    when, and whether what is decided here is done there.

    What stands at the other side is in ``channel_provider``.
    """

    _name = "helloword.channel"
    _inherit = ["helloword.channel", "mail.activity.mixin", "helloword.provider.account"]

    policy = fields.Selection(
        [("import", "Read only"), ("act", "Read and act")],
        default="import",
        tracking=True,
        help="“Read only”: requests, orders and refunds come in, and nothing is told or paid there. "
        "“Read and act”: what is decided here happens there.",
    )
    account_ref = fields.Char(
        string="Account",
        help="The shop's or seller's identifier at the channel, e.g. “my-shop.myshopify.com”.",
    )
    site_ref = fields.Char(
        string="Marketplace",
        help="Of several in one account, e.g. “EBAY_DE” or Amazon's identifier of a marketplace.",
    )
    client_id = fields.Char(string="Client ID", groups="base.group_system", copy=False)
    imports_orders = fields.Boolean(
        string="Read Orders",
        default=True,
        help="Orders become sale orders. Without it only orders are read that a return names.",
    )
    imports_returns = fields.Boolean(string="Read Returns", default=True)
    imports_refunds = fields.Boolean(
        string="Read Refunds",
        default=True,
        help="Refunds made at the channel by hand or by itself are found and not paid again.",
    )
    import_since = fields.Datetime(
        string="Read Since",
        default=fields.Datetime.now,
        help="What happened before this moment (UTC) is left alone.",
    )

    @api.constrains("import_since")
    def _check_import_since(self):
        for channel in self:
            if channel.import_since and channel.import_since > fields.Datetime.now():
                raise ValidationError(
                    self.env._("Channel “%s” cannot read since a moment to come.", channel.name)
                )

    @api.model
    def _get_webhook_path(self):
        return "/helloword/channel/webhook"

    def _get_tested_adapter(self):
        return self._get_adapter()
