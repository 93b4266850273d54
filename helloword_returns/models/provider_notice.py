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

from ..carriers.base import InvalidSignatureError
from ..providers.base import ProviderError

_logger = logging.getLogger(__name__)

# Only these headers of a message are kept: they are what its signature is checked with, and what
# says what it is about.
_KEPT_HEADERS = re.compile(r"signature|hmac|timestamp|event-id|webhook-id|topic", re.IGNORECASE)
# What other people's messages do to adapters that read them.
UNREADABLE = (ProviderError, ValueError, KeyError, TypeError, AttributeError, LookupError)
SWEEP_AFTER = timedelta(minutes=10)
SWEEP_BATCH = 200


class HellowordProviderNotice(models.AbstractModel):
    """One message of a provider, kept before anything is done about it.

    It is answered at once and worked by a job. A message that comes again is counted and not
    worked again; what cannot be worked stays here with the reason.

    Whoever inherits has ``account_id`` and a stored ``company_id``, and overrides
    :meth:`_read_message` and :meth:`_enqueue`.
    """

    _name = "helloword.provider.notice"
    _description = "Message of a Provider"
    _order = "id desc"
    _rec_name = "event_id"
    _check_company_auto = True

    event_id = fields.Char(
        string="Number at the Service",
        help="Kept once: a message that comes again changes nothing.",
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("done", "Worked"),
            ("ignored", "Nothing to do"),
            ("forged", "Bad signature"),
            ("failed", "Failed"),
        ],
        string="Status",
        required=True,
        default="waiting",
        index=True,
    )
    error = fields.Text(readonly=True)
    topic = fields.Char()
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

    def _get_headers(self):
        """:return: the kept headers, whatever their case"""
        self.ensure_one()
        return CaseInsensitiveDict(self.headers or {})

    # -------------------------------------------------------------------------
    # Receiving
    # -------------------------------------------------------------------------

    @api.model
    def _receive(self, account, headers, body, query=None):
        """Keep a message, after a look at its signature.

        :param account: whose address it was sent to
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
            adapter = account._get_provider_adapter()
            adapter.verify_webhook(headers, body, query)
        except (InvalidSignatureError, UserError, *UNREADABLE) as error:
            return self.create(vals | {"state": "forged", "error": str(error)})
        vals |= self._read_vals(adapter, headers, body)
        known = self._find_known(account, vals["event_id"])
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

    @api.model
    def _find_known(self, account, event_id):
        return self.search(
            [
                ("account_id", "=", account.id),
                ("event_id", "=", event_id),
                ("state", "!=", "forged"),
            ],
            limit=1,
        )

    def _read_vals(self, adapter, headers, body):
        """:return: values of a message that is known to be the provider's"""
        try:
            vals = self._read_message(adapter, headers, body)
        except UNREADABLE as error:
            _logger.info("A message of %s cannot be read: %s", adapter, type(error).__name__)
            vals = {"state": "failed", "error": self.env._("The message cannot be read.")}
        vals["event_id"] = vals.get("event_id") or hashlib.sha256(body).hexdigest()
        return {"error": False} | vals

    def _read_message(self, adapter, headers, body):
        """:return: values of ``event_id``, ``topic``, ``state`` and whatever helps to find it. Hook.
        :raise ProviderError: it cannot be read; so do errors of values and types
        """
        return {}

    def _enqueue(self):
        """Have those worked that wait. Hook."""

    # -------------------------------------------------------------------------
    # Working
    # -------------------------------------------------------------------------

    def _work(self):
        """Do what messages ask for. Hook."""

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
            adapter = self.account_id._get_provider_adapter()
            adapter.verify_webhook(self._get_headers(), self._get_body())
        except (InvalidSignatureError, UserError, *UNREADABLE) as error:
            self.error = str(error)
            return
        vals = self._read_vals(adapter, self._get_headers(), self._get_body())
        if self._find_known(self.account_id, vals["event_id"]):
            self.error = self.env._("This message was received already.")
            return
        self.write({"state": "waiting"} | vals)

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
        if self._abstract:
            return
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
        if _KEPT_HEADERS.search(name)
    }
