import logging

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.queue_job.utils import must_run_without_delay

from .batch_savepoint import batch_savepoint
from .provider_notice import UNREADABLE

_logger = logging.getLogger(__name__)


class HellowordLabelNotice(models.Model):
    """One message of a label service about a label or a parcel."""

    _name = "helloword.label.notice"
    _description = "Message of a Label Service"
    _inherit = ["helloword.provider.notice"]

    account_id = fields.Many2one(
        "helloword.label.account",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    state = fields.Selection(
        selection_add=[
            ("ignored", "Not about a parcel"),
            ("forged",),
            ("stray", "Unknown parcel"),
            ("foreign", "Another parcel's number"),
            ("failed",),
        ],
        ondelete={"stray": "set default", "foreign": "set default"},
    )
    tracking_number = fields.Char(index="btree_not_null")
    label_id = fields.Many2one(
        "helloword.return.label", index="btree_not_null", ondelete="set null", check_company=True
    )
    return_id = fields.Many2one(related="label_id.return_id")

    def _read_message(self, adapter, headers, body):
        told = adapter.parse_webhook(body)
        return {
            "event_id": told.event_id,
            "topic": told.topic,
            "tracking_number": (told.tracking.tracking_number if told.tracking else "") or False,
            "state": "ignored" if told.topic not in ("tracking", "void") else "waiting",
        }

    def _enqueue(self):
        """One job each; where jobs are told to run at once, the messages are worked here."""
        waiting = self.filtered(lambda notice: notice.state == "waiting")
        if must_run_without_delay(self.env):
            waiting._work()
            return
        for notice in waiting:
            notice.with_delay(identity_key=f"label-notice:{notice.id}")._job_work()

    # -------------------------------------------------------------------------
    # Working
    # -------------------------------------------------------------------------

    def _job_work(self):
        """Queue job; may run any number of times."""
        self.filtered(lambda notice: notice.state == "waiting")._work()

    def _work(self):
        """Do what messages ask for. One that fails keeps its reason and stops no other."""
        for notice in self:
            try:
                with batch_savepoint(self.env):
                    vals = notice._work_one()
            except UNREADABLE as error:
                _logger.info("Message %s cannot be worked: %s", notice.id, type(error).__name__)
                vals = {"state": "failed", "error": self.env._("The message cannot be read.")}
            except UserError as error:
                vals = {"state": "failed", "error": str(error)}
            notice.write({"error": False, "worked_date": fields.Datetime.now()} | vals)

    def _work_one(self):
        """:return: values that say what became of the message"""
        self.ensure_one()
        account = self.account_id.with_company(self.company_id)
        told = account._get_label_adapter().parse_webhook(self._get_body())
        if told.topic not in ("tracking", "void") or not (told.tracking or told.void):
            return {"state": "ignored"}
        labels = self._find_labels(told)
        if not labels:
            return {"state": "stray", "error": self._describe_stray(told)}
        if told.void:
            labels[0]._apply_void(told.void)
            labels[0]._on_voided()
            return {"state": "done", "label_id": labels[0].id}
        for label in labels:
            if not label._apply_tracking(told.tracking, source="webhook"):
                return {"state": "done", "label_id": label.id}
        return {
            "state": "foreign",
            "label_id": labels[0].id,
            "error": self.env._(
                "These events are not from the time of label %s: another parcel had or has its "
                "tracking number. Nothing was taken in.",
                labels[0].name,
            ),
        }

    def _find_labels(self, told):
        """:return: the labels a message may be about, the likeliest first"""
        self.ensure_one()
        Label = self.env["helloword.return.label"]
        if told.provider_ref:
            labels = Label.search(
                [
                    ("account_id", "=", self.account_id.id),
                    ("provider_ref", "=", told.provider_ref),
                ]
            )
            if labels:
                return labels
        number = told.tracking.tracking_number if told.tracking else ""
        if not number:
            return Label
        labels = Label.search(
            [("company_id", "=", self.company_id.id), ("tracking_number", "=", number)]
        )
        return labels.sorted(
            lambda label: (label._get_tracking_account() == self.account_id, label.id), reverse=True
        )

    def _describe_stray(self, told):
        self.ensure_one()
        number = told.tracking.tracking_number if told.tracking else told.provider_ref
        return self.env._(
            "No label of %(company)s has the number %(number)s. If the parcel is yours, enter the "
            "number on the return's label and work the message again.",
            company=self.company_id.name,
            number=number or "?",
        )
