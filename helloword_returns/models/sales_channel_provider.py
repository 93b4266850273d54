from odoo import api, fields, models
from odoo.exceptions import UserError

from ..providers.base import CAPABILITIES
from ..providers.demo import CAPABILITIES as DEMO_CAPABILITIES
from ..providers.demo import DemoAdapter
from ..providers.manual import ManualAdapter
from .demo_event import DemoMemory


class HellowordChannel(models.Model):
    """What stands at the other side of a channel, and what it can do.

    A provider module adds its code to ``provider`` and overrides :meth:`_get_capabilities` and
    :meth:`_get_adapter` for it.
    """

    _inherit = "helloword.channel"

    can_approve = fields.Boolean(
        compute="_compute_capabilities", help="Approvals are told to the channel."
    )
    can_decline = fields.Boolean(
        compute="_compute_capabilities", help="Rejections are told to the channel."
    )
    can_refund = fields.Boolean(
        compute="_compute_capabilities", help="The channel pays refunds to the customer."
    )
    can_partial_refund = fields.Boolean(
        compute="_compute_capabilities", help="The channel can refund a part of an order."
    )
    can_message = fields.Boolean(
        compute="_compute_capabilities", help="Messages reach the customer through the channel."
    )
    can_look_up = fields.Boolean(
        compute="_compute_capabilities",
        help="The channel can be asked what it carried out, after its answer was lost.",
    )
    demo_fault = fields.Selection(
        [
            ("none", "None"),
            ("slow", "Slow answers"),
            ("lose_answer", "Answers get lost"),
            ("reject", "Refuses everything"),
            ("rate_limited", "Too many requests"),
            ("fail_times", "Fails a number of times"),
        ],
        string="Fault",
        default="none",
        required=True,
        help="How the demo provider misbehaves, to see what happens then.",
    )
    demo_fault_count = fields.Integer(string="Number of Failures", default=2)

    @api.depends("provider")
    def _compute_capabilities(self):
        for channel in self:
            capabilities = channel._get_capabilities()
            for name in CAPABILITIES:
                channel[f"can_{name}"] = name in capabilities

    def _get_capabilities(self):
        """What this channel's provider can do, without asking it.

        :return: set of names from :data:`~odoo.addons.helloword_returns.providers.base.
            CAPABILITIES`
        """
        self.ensure_one()
        return DEMO_CAPABILITIES if self.provider == "demo" else ManualAdapter.capabilities

    def _get_adapter(self):
        """The adapter of this channel's account, ready to be called without the ORM.

        :return: :class:`~odoo.addons.helloword_returns.providers.base.ChannelAdapter`
        :raise UserError: no installed module knows the provider
        """
        self.ensure_one()
        if self.provider == "manual":
            return ManualAdapter()
        if self.provider == "demo":
            return DemoAdapter(
                DemoMemory(self.env, self.id), self.demo_fault, self.demo_fault_count
            )
        raise UserError(
            self.env._(
                "Nothing here can talk to “%s”. Install the add-on of this provider.",
                self.provider,
            )
        )
