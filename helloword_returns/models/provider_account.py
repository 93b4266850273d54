import uuid
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..providers.base import ProviderError
from ..providers.http import LOOPBACK

# A token we made ourselves is this long; nothing shorter is worth a look into the database.
TOKEN_LENGTH = 32


class HellowordProviderAccount(models.AbstractModel):
    """One account at a provider of whatever kind: its keys, where it is called, where it calls
    us, and whether it works.

    Whoever inherits has ``name`` and ``company_id`` and overrides :meth:`_get_provider_adapter` and
    :meth:`_get_webhook_path`.
    """

    _name = "helloword.provider.account"
    _description = "Account at a Provider"

    environment = fields.Selection(
        [("test", "Test"), ("production", "Production")],
        required=True,
        default="test",
        tracking=True,
    )
    api_key = fields.Char(string="API Key", groups="base.group_system", copy=False)
    api_secret = fields.Char(string="API Secret", groups="base.group_system", copy=False)
    webhook_secret = fields.Char(
        groups="base.group_system",
        copy=False,
        help="As entered at the provider, which signs its messages with it.",
    )
    webhook_token = fields.Char(groups="base.group_system", copy=False)
    webhook_url = fields.Char(
        string="Webhook Address",
        compute="_compute_webhook_url",
        groups="base.group_system",
        help="Enter it at the provider, so that it tells what happens.",
    )
    base_url = fields.Char(
        string="Address of the Service",
        groups="base.group_system",
        help="Empty: the provider's own. Another one only for tests; it must begin with https.",
    )
    tested_date = fields.Datetime(string="Connection Tested", readonly=True, copy=False)
    test_error = fields.Text(readonly=True, copy=False)

    _webhook_token_uniq = models.UniqueIndex("(webhook_token)")

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        accounts._make_webhook_tokens()
        return accounts

    def write(self, vals):
        result = super().write(vals)
        if {"provider", "environment"} & vals.keys():
            self._make_webhook_tokens()
        return result

    def _make_webhook_tokens(self):
        """Accounts without an address for messages get one: new ones, those that came from
        elsewhere, and copies of a database that go into service."""
        for account in self.sudo():
            if not account.webhook_token:
                account.webhook_token = uuid.uuid4().hex

    @api.constrains("base_url", "environment")
    def _check_base_url(self):
        """Keys go nowhere unencrypted, and to programs on this machine only while testing."""
        for account in self.sudo().filtered("base_url"):
            parts = urlsplit(account.base_url)
            own = parts.hostname in LOOPBACK
            is_safe = parts.scheme == "https" or (own and parts.scheme == "http")
            if not is_safe or not parts.hostname or parts.username:
                raise ValidationError(
                    self.env._(
                        "The address of the service of “%s” must begin with https and hold no "
                        "password. Leave it empty to use the service's own.",
                        account.name,
                    )
                )
            if own and account.environment != "test":
                raise ValidationError(
                    self.env._(
                        "The address of the service of “%s” is this very machine: only test "
                        "accounts may use it.",
                        account.name,
                    )
                )

    @api.depends("webhook_token")
    def _compute_webhook_url(self):
        path = self._get_webhook_path()
        for account in self:
            account.webhook_url = (
                f"{account.get_base_url()}{path}/{account.webhook_token}"
                if account.webhook_token
                else False
            )

    @api.model
    def _get_webhook_path(self):
        """:return: where messages of providers of this kind arrive, without the token. Hook."""
        return "/helloword/webhook"

    @api.model
    def _get_by_webhook_token(self, token):
        """:return: the account, as superuser, whose address a message was sent to; may be empty"""
        if not token or len(token) < TOKEN_LENGTH:
            return self.sudo().browse()
        return self.sudo().search([("webhook_token", "=", token)], limit=1)

    def _check_credentials(self, *names):
        """:raise UserError: one of these fields is empty"""
        self.ensure_one()
        missing = [name for name in names if not self.sudo()[name]]
        if missing:
            raise UserError(
                self.env._(
                    "Enter “%(fields)s” of “%(name)s” first.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env) for name in missing
                    ),
                    name=self.name,
                )
            )

    def _get_provider_adapter(self):
        """:return: what has a ``check()`` that asks the provider whether it knows us. Hook.
        :raise UserError: something is missing, with what to do about it
        """
        raise UserError(self.env._("There is nobody to ask."))

    def action_test_connection(self):
        """Ask the provider whether it knows us. Asks only: nothing is bought, told or paid."""
        self.check_access("write")
        self.ensure_one()
        error = ""
        try:
            self._get_provider_adapter().check()
        except (UserError, ProviderError) as problem:
            error = str(problem)
        self.sudo().write({"tested_date": fields.Datetime.now(), "test_error": error or False})
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if error else "success",
                "title": self.env._("It does not work") if error else self.env._("It works"),
                "message": error or self.env._("“%s” is known at the other side.", self.name),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
