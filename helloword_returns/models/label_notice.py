import base64
import hashlib
import logging
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation
from requests.structures import CaseInsensitiveDict

from odoo.addons.queue_job.utils import must_run_without_delay

from ..carriers.base import InvalidSignatureError
from ..providers.base import ProviderError
from .batch_savepoint import batch_savepoint

_logger = logging.getLogger(__name__)

# Only these headers of a message are kept: they are what its signature is checked with.
_SIGNATURE_HEADERS = re.compile(r"signature|hmac|timestamp|event-id|webhook-id", re.IGNORECASE)
# What other people's messages do to adapters that read them.
UNREADABLE = (ProviderError, ValueError, KeyError, TypeError, AttributeError, LookupError)
SWEEP_AFTER = timedelta(minutes=10)
SWEEP_BATCH = 200


class HellowordLabelNotice(models.Model):
    """One message of a label service, kept before anything is done about it.

    It is answered at once and worked by a job. A message that comes again is counted and not
    worked again; what cannot be worked stays here with the reason.
    """

    _name = "helloword.label.notice"
    _description = "Message of a Label Service"
    _order = "id desc"
    _rec_name = "event_id"
    _check_company_auto = True

    account_id = fields.Many2one(
        "helloword.label.account",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    event_id = fields.Char(
        string="Number at the Service",
        help="Kept once: a message that comes again changes nothing.",
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("done", "Worked"),
            ("ignored", "Not about a parcel"),
            ("forged", "Bad signature"),
            ("stray", "Unknown parcel"),
            ("foreign", "Another parcel's number"),
            ("failed", "Failed"),
        ],
        string="Status",
        required=True,
        default="waiting",
        index=True,
    )
    error = fields.Text(readonly=True)
    topic = fields.Char()
    tracking_number = fields.Char(index="btree_not_null")
    label_id = fields.Many2one(
        "helloword.return.label", index="btree_not_null", ondelete="set null", check_company=True
    )
    return_id = fields.Many2one(related="label_id.return_id")
    body = fields.Binary(attachment=False, readonly=True, help="As received.")
    body_text = fields.Text(string="Message", compute="_compute_body_text")
    headers = fields.Json(readonly=True, help="Those its signature is checked with.")
    repeats = fields.Integer(help="How often it came again.", readonly=True)
    repeated_date = fields.Datetime(string="Came Again", readonly=True)
    worked_date = fields.Datetime(string="Worked", readonly=True)
    erased_date = fields.Datetime(string="Erased", readonly=True, index="btree_not_null")

    # Whoever sends without the secret must not be able to use up a number.
    _event_uniq = models.UniqueIndex(
        "(account_id, event_id) WHERE state != 'forged'", "This message was received already."
    )

    @api.depends("body")
    def _compute_body_text(self):
        for notice in self.with_context(bin_size=False):
            notice.body_text = notice._get_body().decode(errors="replace") or False

    def _get_body(self):
        self.ensure_one()
        return base64.b64decode(self.with_context(bin_size=False).body or b"")

    # -------------------------------------------------------------------------
    # Receiving
    # -------------------------------------------------------------------------

    @api.model
    def _receive(self, account, headers, body, query=None):
        """Keep a message, after a look at its signature.

        :param account: ``helloword.label.account``
        :param headers: mapping, any case
        :param bytes body: as received
        :param dict query: of the address it was sent to
        :return: the notice; one that came before is that one; empty when it comes a second time at
            this very moment
        """
        vals = {
            "account_id": account.id,
            "body": base64.b64encode(body),
            "headers": _keep_headers(headers),
        }
        try:
            adapter = account._get_label_adapter()
            adapter.verify_webhook(headers, body, query)
        except (InvalidSignatureError, UserError, *UNREADABLE) as error:
            return self.create(vals | {"state": "forged", "error": str(error)})
        vals |= self._read_vals(adapter, body)
        known = self.search(
            [
                ("account_id", "=", account.id),
                ("event_id", "=", vals["event_id"]),
                ("state", "!=", "forged"),
            ],
            limit=1,
        )
        if known:
            known.write({"repeats": known.repeats + 1, "repeated_date": fields.Datetime.now()})
            return known
        try:
            # What customers are called does not belong in the log, where failed statements stand.
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                notice = self.create(vals)
        except UniqueViolation:
            # It came twice at the same moment; the other one is worked.
            return self.browse()
        notice._enqueue()
        return notice

    def _read_vals(self, adapter, body):
        """:return: values of a message that is known to be the service's"""
        try:
            told = adapter.parse_webhook(body)
        except UNREADABLE as error:
            _logger.info("A message of %s cannot be read: %s", adapter, type(error).__name__)
            return {
                "event_id": hashlib.sha256(body).hexdigest(),
                "state": "failed",
                "error": self.env._("The message cannot be read."),
            }
        number = told.tracking.tracking_number if told.tracking else ""
        return {
            "event_id": told.event_id or hashlib.sha256(body).hexdigest(),
            "topic": told.topic,
            "tracking_number": number or False,
            "state": "ignored" if told.topic not in ("tracking", "void") else "waiting",
            "error": False,
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

    def action_work_again(self):
        """Work messages that were not worked, e.g. after the number or the secret was corrected.

        :raise UserError: a message was worked or erased
        """
        self.check_access("read")
        if not self.env.user.has_group("helloword_returns.group_return_user"):
            raise UserError(self.env._("Ask somebody who works on all returns."))
        for notice in self.sudo():
            if notice.state in ("done", "ignored"):
                raise UserError(self.env._("Message %s was worked already.", notice.event_id))
            if notice.erased_date:
                raise UserError(
                    self.env._(
                        "Message %s was erased to protect the customer's data.", notice.event_id
                    )
                )
            if notice.state == "forged":
                notice._verify_again()
        waiting = self.sudo().filtered(lambda notice: notice.state != "forged")
        waiting._work()
        return True

    def _verify_again(self):
        """A message is believed once its signature fits, e.g. with the right secret."""
        self.ensure_one()
        try:
            adapter = self.account_id._get_label_adapter()
            adapter.verify_webhook(CaseInsensitiveDict(self.headers or {}), self._get_body())
        except (InvalidSignatureError, UserError, *UNREADABLE) as error:
            self.error = str(error)
            return
        vals = self._read_vals(adapter, self._get_body())
        if self.search_count(
            [
                ("account_id", "=", self.account_id.id),
                ("event_id", "=", vals["event_id"]),
                ("state", "!=", "forged"),
            ]
        ):
            self.error = self.env._("This message was received already.")
            return
        self.write(vals)

    # -------------------------------------------------------------------------
    # Keeping house
    # -------------------------------------------------------------------------

    @api.model
    def _cron_sweep(self):
        """Work messages whose job was lost."""
        before = fields.Datetime.now() - SWEEP_AFTER
        self.search(
            [("state", "=", "waiting"), ("create_date", "<=", before)],
            order="id",
            limit=SWEEP_BATCH,
        )._enqueue()

    @api.autovacuum
    def _gc_personal_data(self):
        """Erase what messages said after the company's time; forgeries go altogether. Numbers
        stay, so that a message that comes again is known."""
        now = fields.Datetime.now()
        for company in self.env["res.company"].search([("return_notice_days", ">", 0)]):
            before = now - timedelta(days=company.return_notice_days)
            old = self.search(
                [
                    ("company_id", "=", company.id),
                    ("create_date", "<=", before),
                    ("erased_date", "=", False),
                ]
            )
            forged = old.filtered(lambda notice: notice.state == "forged")
            forged.unlink()
            (old - forged).write({"body": False, "headers": False, "erased_date": now})


def _keep_headers(headers):
    return {
        name: str(value)[:500]
        for name, value in dict(headers).items()
        if _SIGNATURE_HEADERS.search(name)
    }
