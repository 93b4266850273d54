from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..carriers.base import CAPABILITIES
from ..carriers.demo import DemoLabelAdapter
from ..carriers.easypost import BASE_URL, EasyPostAdapter
from ..carriers.slip import SlipAdapter
from .demo_event import DemoMemory

# Whoever has no label yet gets one of these last: they cost nothing, and are worth less.
LAST_RESORTS = ("slip", "manual")


class HellowordLabelAccount(models.Model):
    """What stands at the other side of a label account, and what it can do.

    A provider adds its code to ``provider`` and overrides :meth:`_get_label_adapter_class` and
    :meth:`_get_label_adapter` for it, in a file of its own.
    """

    _inherit = "helloword.label.account"

    can_rate = fields.Boolean(
        string="Tells Prices", compute="_compute_capabilities", help="Before a label is bought."
    )
    can_void = fields.Boolean(string="Takes Labels Back", compute="_compute_capabilities")
    can_track = fields.Boolean(string="Tracks Parcels", compute="_compute_capabilities")
    can_qr = fields.Boolean(string="QR Codes", compute="_compute_capabilities")
    can_customs = fields.Boolean(string="Crosses Customs Borders", compute="_compute_capabilities")
    can_webhook = fields.Boolean(string="Sends Messages", compute="_compute_capabilities")
    can_look_up = fields.Boolean(
        string="Can Be Asked",
        compute="_compute_capabilities",
        help="The service can be asked whether a label was bought, after its answer was lost.",
    )
    health = fields.Selection(
        [("new", "Not used yet"), ("good", "Works"), ("bad", "Failed last")],
        compute="_compute_health",
    )
    last_success_date = fields.Datetime(string="Last Success", compute="_compute_health")
    last_error_date = fields.Datetime(compute="_compute_health")
    last_error = fields.Text(compute="_compute_health")
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
        help="How the demo carrier misbehaves, to see what happens then.",
    )
    demo_fault_count = fields.Integer(string="Number of Failures", default=2)
    demo_journey_hours = fields.Float(
        string="Hours on the Road", default=72.0, help="Parcels of the demo carrier take so long."
    )

    @api.constrains("provider", "environment", "api_key")
    def _check_environment(self):
        """EasyPost's keys say what they are for."""
        for account in self.sudo():
            if account.provider != "easypost" or not account.api_key:
                continue
            wanted = "EZTK" if account.environment == "test" else "EZAK"
            if account.api_key[:4] in ("EZTK", "EZAK") and account.api_key[:4] != wanted:
                raise ValidationError(
                    self.env._(
                        "The API key of “%s” belongs to the other environment. Use the test key "
                        "(EZTK…) for tests and the production key (EZAK…) for real labels.",
                        account.name,
                    )
                )

    @api.depends("provider")
    def _compute_capabilities(self):
        for account in self:
            capabilities = account._get_label_capabilities()
            for name in CAPABILITIES:
                account[f"can_{name}"] = name in capabilities

    def _get_label_capabilities(self):
        """What this account's service can do, without asking it.

        :return: set of names from :data:`~odoo.addons.helloword_returns.carriers.base.CAPABILITIES`
        """
        self.ensure_one()
        adapter_class = self._get_label_adapter_class()
        return adapter_class.capabilities if adapter_class else frozenset()

    def _get_label_adapter_class(self):
        """:return: :class:`~odoo.addons.helloword_returns.carriers.base.LabelAdapter` of the
        provider, or None when people make the labels. Hook.
        """
        self.ensure_one()
        return {
            "demo": DemoLabelAdapter,
            "easypost": EasyPostAdapter,
            "slip": SlipAdapter,
        }.get(self.provider)

    def _get_label_adapter(self, label=None):
        """The adapter of this account, ready to be called without the ORM. Hook.

        :param label: ``helloword.return.label`` it is called for, where there is one
        :return: :class:`~odoo.addons.helloword_returns.carriers.base.LabelAdapter`
        :raise UserError: something is missing, with what to do about it
        """
        self.ensure_one()
        account = self.sudo()
        if account.provider == "demo":
            return DemoLabelAdapter(
                DemoMemory(account.env, f"label-{account.id}"),
                datetime.now(UTC),
                account.currency_id.name,
                account.demo_fault,
                account.demo_fault_count,
                journey=timedelta(hours=account.demo_journey_hours or 72.0),
            )
        if account.provider == "easypost":
            account._check_credentials("api_key")
            return EasyPostAdapter(
                account.api_key, account.webhook_secret or "", account.base_url or BASE_URL
            )
        if account.provider == "slip":
            lang = label.return_id._get_customer_lang() if label else self.env.lang
            return SlipAdapter(account.with_context(lang=lang)._get_slip_texts())
        raise UserError(
            self.env._("Labels of “%s” are made by hand: upload them on the return.", self.name)
        )

    # -------------------------------------------------------------------------
    # Health
    # -------------------------------------------------------------------------

    def _compute_health(self):
        """From the operations: the account's own row is never written while labels are bought."""
        Operation = self.env["helloword.operation"].sudo()
        domain = [("label_account_id", "in", self.ids)]
        successes = dict(
            Operation._read_group(
                [*domain, ("state", "=", "done")], ["label_account_id"], ["write_date:max"]
            )
        )
        failures = dict(
            Operation._read_group(
                [*domain, ("error", "!=", False)], ["label_account_id"], ["write_date:max"]
            )
        )
        errors = {}
        for operation in Operation.search(
            [*domain, ("error", "!=", False), ("write_date", "in", list(failures.values()))]
        ):
            errors.setdefault(operation.label_account_id, operation.error)
        for account in self:
            success = successes.get(account._origin)
            error_date, error = failures.get(account._origin), errors.get(account._origin)
            tested = account.tested_date
            if tested and account.test_error and (not error_date or tested > error_date):
                error_date, error = tested, account.test_error
            elif tested and not account.test_error:
                success = max(success or tested, tested)
            account.last_success_date = success
            account.last_error_date = error_date
            account.last_error = error
            if not success and not error_date:
                account.health = "new"
            else:
                is_bad = error_date and (not success or error_date >= success)
                account.health = "bad" if is_bad else "good"

    def _get_provider_adapter(self):
        return self._get_label_adapter()
