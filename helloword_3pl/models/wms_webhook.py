import base64
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..wms.webhook_sender import UnsafeAddressError, check_url

TOPICS = {
    "return.announced": "tells_announced",
    "return.changed": "tells_changed",
    "return.cancelled": "tells_cancelled",
    "instruction.created": "tells_instruction",
}
# Messages are signed with the secret before this one so long, too.
OVERLAP = timedelta(days=1)


def draw_secret():
    """:return: a new secret as Standard Webhooks writes it, of 192 random bits"""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


class HellowordWmsWebhook(models.Model):
    """An address of an operator that wants to be told at once instead of asking.

    Messages follow Standard Webhooks (standardwebhooks.com). They say that something is new and
    where to fetch it; in which order they arrive does not matter.
    """

    _name = "helloword.wms.webhook"
    _description = "Address for Messages to a Warehouse"
    _order = "id"

    name = fields.Char(required=True, default="Warehouse system")
    active = fields.Boolean(default=True)
    connection_id = fields.Many2one(
        "helloword.wms.connection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    url = fields.Char(
        string="Address",
        required=True,
        help="It begins with https. A test connection may also use this very machine.",
    )
    tells_announced = fields.Boolean(string="Return Announced", default=True)
    tells_changed = fields.Boolean(string="Return Changed", default=True)
    tells_cancelled = fields.Boolean(string="Return Cancelled", default=True)
    tells_instruction = fields.Boolean(string="Instruction", default=True)
    secret = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        groups="base.group_system",
        default=lambda self: draw_secret(),
        help="The operator checks our signatures with it.",
    )
    old_secret = fields.Char(readonly=True, copy=False, groups="base.group_system")
    old_secret_ends = fields.Datetime(
        string="Secret Before Ends",
        readonly=True,
        copy=False,
        help="Until then messages are signed with both secrets (UTC).",
    )
    enabled_date = fields.Datetime(
        readonly=True, copy=False, default=fields.Datetime.now, help="UTC."
    )
    disabled_date = fields.Datetime(string="Switched Off", readonly=True, copy=False, help="UTC.")
    disabled_reason = fields.Char(readonly=True, copy=False)
    delivery_ids = fields.One2many("helloword.wms.delivery", "webhook_id", string="Messages")
    delivery_count = fields.Integer(string="Messages Sent", compute="_compute_deliveries")
    failed_count = fields.Integer(string="Failed Messages", compute="_compute_deliveries")
    delivered_date = fields.Datetime(
        string="Last Taken", compute="_compute_deliveries", help="UTC."
    )

    def _compute_deliveries(self):
        counts = {
            (webhook, state): (count, last)
            for webhook, state, count, last in self.env["helloword.wms.delivery"]._read_group(
                [("webhook_id", "in", self.ids)],
                ["webhook_id", "state"],
                ["__count", "delivered_date:max"],
            )
        }
        for webhook in self:
            own = {state: value for (owner, state), value in counts.items() if owner == webhook}
            webhook.delivery_count = sum(count for count, _last in own.values())
            webhook.failed_count = own.get("failed", (0, False))[0]
            webhook.delivered_date = own.get("delivered", (0, False))[1]

    @api.constrains("url", "connection_id")
    def _check_url(self):
        for webhook in self:
            try:
                check_url(webhook.url, webhook._may_loopback())
            except UnsafeAddressError as error:
                raise ValidationError(
                    self.env._(
                        "Messages cannot be sent to “%(url)s”. Enter a public address that begins "
                        "with https, without a name or a password in it.",
                        url=webhook.url,
                    )
                ) from error

    @api.constrains(*TOPICS.values())
    def _check_topics(self):
        for webhook in self:
            if not any(webhook[name] for name in TOPICS.values()):
                raise ValidationError(
                    self.env._("“%s” is told nothing: choose what it is told.", webhook.name)
                )

    def _may_loopback(self):
        self.ensure_one()
        return self.connection_id.environment == "test"

    def _is_told(self):
        """:return: whether messages are sent there now"""
        self.ensure_one()
        return self.active and self.connection_id.active and not self.disabled_date

    def _get_secrets(self):
        """:return: tuple of the secrets messages are signed with now, the newest first"""
        self.ensure_one()
        webhook = self.sudo()
        overlaps = webhook.old_secret_ends and webhook.old_secret_ends > fields.Datetime.now()
        return (webhook.secret, webhook.old_secret) if overlaps else (webhook.secret,)

    def action_rotate_secret(self):
        """Draw a new secret; for a day messages are signed with both."""
        self.check_access("write")
        for webhook in self.sudo():
            webhook.write(
                {
                    "old_secret": webhook.secret,
                    "old_secret_ends": fields.Datetime.now() + OVERLAP,
                    "secret": draw_secret(),
                }
            )
        return True

    def action_enable(self):
        """Switch on again what was switched off after failures."""
        self.check_access("write")
        self.sudo().write(
            {
                "enabled_date": fields.Datetime.now(),
                "disabled_date": False,
                "disabled_reason": False,
            }
        )
        return True

    def action_test(self):
        """Send a message that says nothing, to see whether it arrives."""
        self.check_access("write")
        self.env["helloword.wms.delivery"].sudo()._tell(
            [(webhook, "endpoint.test", {}, {}) for webhook in self]
        )
        return self.action_view_deliveries()

    def action_view_deliveries(self):
        return self.delivery_ids._get_records_action(
            name=self.env._("Messages to Warehouses"),
            views=[(False, "list"), (False, "form")],
            domain=[("webhook_id", "in", self.ids)],
        )

    def _disable(self, reason):
        """Send no more, and tell whoever is responsible.

        :param str reason: for people
        """
        now = fields.Datetime.now()
        self.write({"disabled_date": now, "disabled_reason": reason})
        self.env["helloword.wms.delivery"].search(
            [("webhook_id", "in", self.ids), ("state", "=", "waiting")]
        ).write({"state": "failed", "error": reason, "next_try_at": False})
        for webhook in self:
            connection = webhook.connection_id
            connection.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._("Messages to “%s” were switched off", webhook.name),
                note=reason,
                user_id=(connection.user_id or self.env.user).id,
            )


class HellowordWmsConnection(models.Model):
    _inherit = "helloword.wms.connection"

    webhook_ids = fields.One2many(
        "helloword.wms.webhook", "connection_id", string="Addresses for Messages"
    )
