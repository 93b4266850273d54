from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..carriers.operation import PrepareTask
from .label_account_provider import LAST_RESORTS
from .return_label import OPEN_LABEL_STATES


class HellowordReturnLabel(models.Model):
    """Which account makes a label: those that may are asked, the best offer is bought, and when
    it fails the next one follows, down to a slip to print or a person."""

    _inherit = "helloword.return.label"

    round = fields.Integer(
        readonly=True, copy=False, help="How often people had the services asked again."
    )
    tried_account_ids = fields.Many2many(
        "helloword.label.account",
        "helloword_return_label_tried_rel",
        string="Accounts Asked",
        readonly=True,
        copy=False,
    )
    buys_itself = fields.Boolean(
        string="Bought Automatically",
        default=True,
        readonly=True,
        copy=False,
        help="The best offer is bought as soon as it is known.",
    )
    failure_activity_id = fields.Many2one(
        "mail.activity", readonly=True, copy=False, ondelete="set null"
    )

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_get_rates(self):
        """Ask for offers, and let a person choose."""
        self.check_access("write")
        self._check_open()
        labels = self.sudo()
        labels.buys_itself = False
        labels._restart()
        return True

    def action_buy(self):
        """Buy the best offer; ask the services first where there is none."""
        self.check_access("write")
        self._check_open()
        labels = self.sudo()
        labels.buys_itself = True
        rated = labels.filtered(lambda label: label.state == "rated")
        for label in rated:
            label._buy(label.chosen_rate_id)
        (labels - rated)._restart()
        return True

    def _check_open(self):
        """:raise UserError: a label is being bought, or exists"""
        for label in self:
            if label.state not in OPEN_LABEL_STATES:
                raise UserError(
                    self.env._("Label %s is being bought or exists already.", label.name)
                )
            if not label._is_wanted():
                raise UserError(
                    self.env._(
                        "Return %s does not wait for a parcel, so it needs no label.",
                        label.return_id.name,
                    )
                )

    # -------------------------------------------------------------------------
    # Asking
    # -------------------------------------------------------------------------

    def _restart(self):
        """Ask the accounts from the beginning, with what is entered now. Batch."""
        for label in self:
            label.write(
                {
                    "round": label.round + 1,
                    "tried_account_ids": [fields.Command.clear()],
                    "chosen_rate_id": False,
                    "has_failed": False,
                    "error": False,
                }
            )
        self.rate_ids.unlink()
        self._ask_next()

    def _ask_next(self):
        """Have the next accounts prepare these labels; give up where there are none. Batch.

        Queries grow with the number of accounts, not with the number of labels, but for the jobs
        themselves.
        """
        waves, hopeless = defaultdict(self.browse), self.browse()
        ranked = self._choose()
        for label in self:
            lacking = label._get_lacking()
            wave = self.env["helloword.label.account"]
            if lacking:
                label.error = "\n".join(lacking)
            else:
                wave = label._get_next_wave(ranked[label])
            if not wave:
                hopeless |= label
                continue
            waves[wave] |= label
        by_account = defaultdict(self.browse)
        for wave, labels in waves.items():
            labels.tried_account_ids = [fields.Command.link(account.id) for account in wave]
            for account in wave:
                by_account[account] |= labels
        for account, labels in by_account.items():
            if account.provider == "manual":
                labels._leave_to_person(account)
                continue
            labels._schedule_preparations(account)
        if hopeless:
            hopeless._give_up()

    def _schedule_preparations(self, account):
        """One operation for each label; the labels of one return go one after the other."""
        Operation = self.env["helloword.operation"]
        factor = self._get_weight_factor()
        # Read at once what each request reads for its own return.
        self.return_id.line_ids.sudo().invoice_line_id.move_id.mapped("name")
        rest = self
        while rest:
            batch = rest.grouped("return_id")
            first = {ret: labels[0] for ret, labels in batch.items()}
            Operation._schedule(
                "label_prepare",
                {
                    ret: PrepareTask(
                        label.id,
                        account.id,
                        label._prepare_label_request(account, factor),
                        round=label.round,
                    )
                    for ret, label in first.items()
                },
                purpose={
                    ret: f"{label.id}-{account.id}-{label.round}" for ret, label in first.items()
                },
            )
            rest -= self.browse(label.id for label in first.values())

    def _choose(self):
        """The accounts that may make each label, best first. Batch.

        :return: dict label → ``helloword.label.account`` records in the order they are asked
        """
        Account = self.env["helloword.label.account"].sudo()
        accounts = Account.search([("company_id", "in", self.company_id.ids)])
        by_company = accounts.grouped("company_id")
        return {
            label: by_company.get(label.company_id, Account)
            .filtered(lambda account, label=label: not account._get_label_obstacle(label))
            .sorted(lambda account: account.provider in LAST_RESORTS)
            for label in self
        }

    def _get_next_wave(self, accounts):
        """The accounts to ask next: all at once where the company compares prices, else one by
        one. Slips and people come last.

        :param accounts: of :meth:`_choose`
        """
        self.ensure_one()
        rest = accounts - self.tried_account_ids
        first = rest[:1]
        if first.provider in LAST_RESORTS or self.company_id.return_label_choice == "sequence":
            return first
        return rest.filtered(lambda account: account.provider not in LAST_RESORTS)

    # -------------------------------------------------------------------------
    # Choosing
    # -------------------------------------------------------------------------

    def _on_prepared(self):
        """Go on where nobody's offer is awaited any more. Batch."""
        waiting = self.browse()
        self.filtered(lambda label: not label._is_wanted())._drop_unbought()
        for label in self.filtered(lambda label: label.state in OPEN_LABEL_STATES):
            if label._awaits_offers():
                continue
            rate = label._choose_rate()
            if not rate:
                for refused in label.rate_ids:
                    label._add_error(f"{refused.account_id.name}: {refused.obstacle}")
                waiting |= label
            elif label.buys_itself:
                label._buy(rate)
            else:
                label.chosen_rate_id = rate
        if waiting:
            waiting._ask_next()

    def _awaits_offers(self):
        """:return: whether an account that was asked has neither answered nor failed yet"""
        self.ensure_one()
        settled = self.operation_ids.filtered(
            lambda operation: (
                operation.kind == "label_prepare"
                and operation.request["round"] == self.round
                and operation.state not in ("ready", "claimed", "unknown")
            )
        ).label_account_id
        return bool(self.tried_account_ids - settled)

    def _choose_rate(self):
        """The best offer nothing speaks against: by price with days, days, the accounts' order.

        :return: ``helloword.return.label.rate``, empty when there is none
        """
        self.ensure_one()
        self._score_rates()
        rates = self.rate_ids.filtered(lambda rate: not rate.obstacle)
        currency = self.company_currency_id
        return rates.sorted(
            lambda rate: (
                rate.account_id.provider in LAST_RESORTS,
                currency.round(rate.score),
                rate.days,
                rate.account_id.sequence,
                rate.id,
            )
        )[:1]

    def _score_rates(self):
        """Price and days in one amount; days nobody tells count as the longest told."""
        self.ensure_one()
        day_price = self.company_id.return_label_day_price
        today = fields.Date.context_today(self)
        currency = self.company_currency_id
        slowest = max(self.rate_ids.mapped("days"), default=0)
        for rate in self.rate_ids:
            obstacle = rate.obstacle or rate.account_id._get_rate_obstacle(rate)
            amount = (
                rate.currency_id._convert(rate.amount, currency, self.company_id, today)
                if rate.currency_id
                else 0.0
            )
            rate.write(
                {
                    "obstacle": obstacle or False,
                    "amount_company": amount,
                    "score": amount + day_price * (rate.days or slowest),
                }
            )

    # -------------------------------------------------------------------------
    # When nothing works
    # -------------------------------------------------------------------------

    def _leave_to_person(self, account):
        """Labels of this account are made by people."""
        for label in self:
            label.account_id = account
            label._add_error(self.env._("Labels of “%s” are made by hand.", account.name))
        self._give_up()

    def _give_up(self):
        """A person has to help; the return stays usable with an uploaded label or the slip."""
        self.has_failed = True
        for label in self:
            if not label.error:
                label.error = self.env._(
                    "No label account may be used for this parcel. Check the countries, "
                    "warehouses and weights of the accounts."
                )
            label._raise_activity()
        self.return_id._on_label_failed()

    def _raise_activity(self, summary=""):
        """One open activity for each label that failed, on its return.

        :param str summary: what is wrong; empty: there is no label
        """
        self.ensure_one()
        ret = self.return_id
        if self.failure_activity_id.active:
            self.failure_activity_id.note = self.error
            return
        self.failure_activity_id = ret.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=summary or self.env._("No return label: %s", self.name),
            note=self.error,
            user_id=(ret.user_id or ret.channel_id.user_id or self.env.user).id,
        )

    def _add_error(self, text):
        self.ensure_one()
        lines = (self.error or "").splitlines()
        if text not in lines:
            self.error = "\n".join([*lines, text])


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    @api.model
    def _get_label_accounts(self, companies):
        """:return: active label accounts of these companies"""
        return (
            self.env["helloword.label.account"].sudo().search([("company_id", "in", companies.ids)])
        )
