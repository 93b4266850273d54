from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..carriers.operation import VoidTask
from ..providers.base import ProviderError, from_json
from .return_label import LIVE_LABEL_STATES
from .return_operation import STARTED_STATES

# A service decides about labels given back within days or weeks: how often it is asked.
FOLLOW_HOURS = 12
# Nothing more is expected of a service after so long; people have to look.
FOLLOW_DAYS = 60
EXPIRY_BATCH = 200


class HellowordReturnLabel(models.Model):
    """Labels nobody will use: given back, and followed until the service has decided."""

    _inherit = "helloword.return.label"

    void_asked_date = fields.Datetime(string="Asked to Take Back", readonly=True, copy=False)
    void_checked_date = fields.Datetime(readonly=True, copy=False)

    # -------------------------------------------------------------------------
    # Giving back
    # -------------------------------------------------------------------------

    def action_void(self):
        """Give labels back.

        :raise UserError: a label was not bought, was used, or nobody takes it back
        """
        self.check_access("write")
        for label in self:
            if label.state not in ("bought", "expired"):
                raise UserError(self.env._("Label %s cannot be given back now.", label.name))
            if label.scanned_date:
                raise UserError(
                    self.env._("A carrier has the parcel of label %s already.", label.name)
                )
            if label.is_manual or not label.account_id.can_void:
                raise UserError(
                    self.env._(
                        "Nobody can be asked to take label %s back. Give it back at the carrier.",
                        label.name,
                    )
                )
        self.sudo()._void()
        return True

    def _void(self):
        """Give bought labels back where the service takes them; drop the others. Batch."""
        unused = self.filtered(lambda label: label.bought_date and not label.scanned_date)
        asked = unused.filtered(
            lambda label: (
                not label.is_manual
                and label.account_id.can_void
                and label.void_state != "refused"
                and label.state in ("bought", "expired")
            )
        )
        rest = asked
        while rest:
            first = {ret: labels[0] for ret, labels in rest.grouped("return_id").items()}
            operations = self.env["helloword.operation"]._schedule(
                "label_void",
                {ret: label._prepare_void_task() for ret, label in first.items()},
                purpose={ret: str(label.id) for ret, label in first.items()},
            )
            for label, operation in zip(first.values(), operations, strict=True):
                label.void_operation_id = operation
                if not label.void_asked_date:
                    label.void_asked_date = fields.Datetime.now()
            rest -= self.browse(label.id for label in first.values())
        for label in unused - asked:
            # What only a scan would have charged never is.
            if label.charge_event == "scan" or label.currency_id.is_zero(label.cost):
                label.void_state = "not_applicable"
            elif label.is_manual and label.state == "bought":
                label._have_given_back()

    def _have_given_back(self):
        """Only the person who got this label elsewhere can give it back there."""
        self.ensure_one()
        ret = self.return_id
        ret.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Give label %s back at the carrier", self.name),
            note=self.env._("Then press “It Was Given Back” on the label."),
            user_id=(ret.user_id or ret.channel_id.user_id or self.env.user).id,
        )

    def action_mark_void(self):
        """A person gave uploaded labels back at the carrier.

        :raise UserError: a label was not uploaded, or is given back already
        """
        self.check_access("write")
        for label in self:
            if not label.is_manual or label.state not in ("bought", "expired"):
                raise UserError(self.env._("Label %s cannot be given back now.", label.name))
        self.sudo().void_state = "voided"
        self.sudo()._release_costs()
        return True

    def _prepare_void_task(self):
        self.ensure_one()
        purchase = self.buy_operation_id
        task = from_json(purchase.kind, purchase.request)
        return VoidTask(
            self.id,
            self.account_id.id,
            task.label,
            label_ref=self.provider_ref or task.draft_ref,
            tracking_number=self.tracking_number or "",
        )

    def _drop_unbought(self):
        """Labels that were never bought and will not be."""
        dropped = self.filtered(
            lambda label: (
                not label.bought_date
                and label.state not in LIVE_LABEL_STATES
                and not label.void_state
            )
        )
        dropped.void_state = "not_applicable"
        dropped.failure_activity_id.filtered("active").unlink()

    def _withdraw(self):
        """The returns want no parcel any more: nothing is bought, what was bought goes back.
        Batch."""
        waiting = self.operation_ids.filtered(
            lambda operation: operation.state == "ready" and operation.kind != "label_void"
        )
        if waiting:
            waiting.action_cancel()
        under_way = self.filtered(
            lambda label: not label.bought_date and label.buy_operation_id.state in STARTED_STATES
        )
        self._void()
        (self - under_way)._drop_unbought()

    # -------------------------------------------------------------------------
    # What became of it
    # -------------------------------------------------------------------------

    def _apply_void(self, answer):
        """Note what the service decided. Safe to repeat.

        :param answer: :class:`~odoo.addons.helloword_returns.carriers.base.VoidAnswer`
        """
        for label in self:
            vals = {"void_checked_date": fields.Datetime.now()}
            if label.void_state not in ("voided", "not_applicable"):
                vals["void_state"] = answer.state
                if answer.state == "refused":
                    vals["error"] = answer.message or self.env._(
                        "The service does not take this label back."
                    )
            label.write(vals)

    def _on_voided(self):
        """What follows when a service has answered. Batch."""
        self.filtered(
            lambda label: label.void_state in ("voided", "not_applicable")
        )._release_costs()
        self._have_refusals_looked_at()

    def _have_refusals_looked_at(self):
        """What a service does not take back has to be paid: a person is told, once."""
        for label in self.filtered(lambda label: label.void_state == "refused"):
            if not label.failure_activity_id:
                label._raise_activity(self.env._("Label %s was not taken back", label.name))

    def _on_void_failed(self, operation):
        self.ensure_one()
        self.write({"void_state": "refused", "error": operation.error})
        operation._raise_activities()

    @api.model
    def _cron_follow_voids(self):
        """Have the services asked what became of labels given back; one job each."""
        before = fields.Datetime.now() - timedelta(hours=FOLLOW_HOURS)
        domain = Domain("void_state", "=", "submitted") & (
            Domain("void_checked_date", "=", False) | Domain("void_checked_date", "<=", before)
        )
        for label in self.search(domain, order="id"):
            label.with_delay(identity_key=f"follow-void:{label.id}")._job_follow_void()

    def _job_follow_void(self):
        """Queue job; asks only, so it may run any number of times."""
        self._follow_void(commit=self.env.cr.commit)

    def _follow_void(self, commit):
        """Ask what became of one label.

        :param commit: called without arguments before the service is asked
        """
        self.ensure_one()
        if self.void_state != "submitted":
            return
        reference, number = self.provider_ref, self.tracking_number or ""
        try:
            adapter = self.account_id._get_label_adapter(self)
            commit()
            answer = adapter.fetch_void(reference, number)
        except (ProviderError, UserError) as error:
            self.write({"void_checked_date": fields.Datetime.now(), "error": str(error)})
            self._stop_following()
            return
        self._apply_void(answer)
        self._on_voided()
        self._stop_following()

    def _stop_following(self):
        """After long a person has to ask the service."""
        oldest = fields.Datetime.now() - timedelta(days=FOLLOW_DAYS)
        for label in self:
            asked = label.void_asked_date
            if label.void_state == "submitted" and asked and asked < oldest:
                label.write(
                    {
                        "void_state": "refused",
                        "error": self.env._(
                            "The service has not decided for %s days. Ask it.", FOLLOW_DAYS
                        ),
                    }
                )
                label._have_refusals_looked_at()

    # -------------------------------------------------------------------------
    # Expiry
    # -------------------------------------------------------------------------

    @api.model
    def _cron_watch_expiry(self):
        """Remind customers of labels that end soon; end those that have ended, and give them
        back."""
        now = fields.Datetime.now()
        unused = (
            Domain("state", "=", "bought")
            & Domain("scanned_date", "=", False)
            & Domain("return_id.goods_state", "=", "expected")
        )
        ended = self.search(unused & Domain("valid_until", "<=", now), order="id")
        ending = self.browse()
        for company in self.env["res.company"].search([("return_label_reminder_days", ">", 0)]):
            soon = now + timedelta(days=company.return_label_reminder_days)
            ending |= self.search(
                unused
                & Domain("company_id", "=", company.id)
                & Domain("reminded_date", "=", False)
                & Domain("valid_until", ">", now)
                & Domain("valid_until", "<=", soon),
                order="id",
            )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(ended) + len(ending))
        for labels, act in ((ended, type(self)._expire), (ending, type(self)._remind_customers)):
            for start in range(0, len(labels), EXPIRY_BATCH):
                batch = labels[start : start + EXPIRY_BATCH]
                act(batch)
                if not cron._commit_progress(len(batch)):
                    return

    def _expire(self):
        """Labels that ended unused. Batch."""
        self.is_expired = True
        for label in self:
            label.return_id.message_post(
                body=self.env._(
                    "Label %s has ended unused. Make another one if the customer still wants to "
                    "send the parcel.",
                    label.name,
                )
            )
        self._void()
