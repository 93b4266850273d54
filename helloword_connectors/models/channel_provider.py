from odoo import api, fields, models
from odoo.exceptions import UserError

from ..channels.base import CAPABILITIES
from .channel_store import ChannelLimiter, ChannelTokens


class HellowordChannel(models.Model):
    """What stands at the other side of a channel.

    A provider adds its code to ``provider`` and extends :meth:`_get_channel_adapters` and
    :meth:`_get_channel_adapter` by it, in a file of its own.
    """

    _inherit = "helloword.channel"

    can_read_orders = fields.Boolean(string="Tells Orders", compute="_compute_capabilities")
    can_read_returns = fields.Boolean(string="Tells Returns", compute="_compute_capabilities")
    can_read_refunds = fields.Boolean(string="Tells Refunds", compute="_compute_capabilities")
    can_webhook = fields.Boolean(string="Sends Messages", compute="_compute_capabilities")
    can_subscribe = fields.Boolean(string="Takes Subscriptions", compute="_compute_capabilities")
    can_label = fields.Boolean(string="Takes Labels", compute="_compute_capabilities")
    can_received = fields.Boolean(string="Is Told What Came", compute="_compute_capabilities")
    can_offer = fields.Boolean(string="Takes Offers", compute="_compute_capabilities")
    can_stock = fields.Boolean(string="Takes Quantities", compute="_compute_capabilities")
    can_store_credit = fields.Boolean(string="Store Credit", compute="_compute_capabilities")
    is_connected = fields.Boolean(
        compute="_compute_is_connected", help="There is an account at the other side."
    )

    @api.depends("provider")
    def _compute_capabilities(self):
        super()._compute_capabilities()
        for channel in self:
            capabilities = channel._get_capabilities()
            for name in CAPABILITIES:
                channel[f"can_{name}"] = name in capabilities

    @api.depends("provider")
    def _compute_is_connected(self):
        for channel in self:
            channel.is_connected = bool(channel._get_channel_adapter_class())

    def _get_capabilities(self):
        adapter_class = self._get_channel_adapter_class()
        return adapter_class.capabilities if adapter_class else super()._get_capabilities()

    def _get_adapter(self):
        if self._get_channel_adapter_class():
            return self._get_channel_adapter()
        return super()._get_adapter()

    @api.model
    def _get_channel_adapters(self):
        """:return: dict of provider → subclass of
        :class:`~odoo.addons.helloword_connectors.channels.base.SalesChannelAdapter`. Hook.
        """
        return {}

    def _get_channel_adapter_class(self):
        """:return: of the provider, or None where it is none of ours"""
        self.ensure_one()
        return self._get_channel_adapters().get(self.provider)

    def _get_channel_adapter(self):
        """The adapter of this account, ready to be called without the ORM. Hook.

        :return: :class:`~odoo.addons.helloword_connectors.channels.base.SalesChannelAdapter`
        :raise UserError: something is missing, with what to do about it
        """
        self.ensure_one()
        raise UserError(self.env._("There is nobody at the other side of “%s”.", self.name))

    def _get_token_store(self):
        """:return: :class:`~odoo.addons.helloword_connectors.channels.tokens.TokenStore`"""
        self.ensure_one()
        return ChannelTokens(self.env, self.id)

    def _get_limiter(self):
        """:return: :class:`~odoo.addons.helloword_connectors.channels.limits.Limiter`"""
        self.ensure_one()
        return ChannelLimiter(self.env, self.id)
