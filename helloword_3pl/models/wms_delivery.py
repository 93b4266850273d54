import json
import uuid
from datetime import UTC, timedelta

from odoo import api, fields, models

from odoo.addons.queue_job.utils import must_run_without_delay

from ..wms.webhook_sender import Letter, send
from .wms_webhook import TOPICS

# Seconds before the second, third… try; the last one is repeated.
WAITS = (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600)
# A message nobody took is given up after that, and the address switched off.
PATIENCE = timedelta(days=5)
# A message takes less than this many seconds to send; a claim older than it was lost.
CLAIM_TIMEOUT = 300
KEPT = timedelta(days=90)
SWEEP_BATCH = 200
GONE = 410


class HellowordWmsDelivery(models.Model):
    """One message to one address: what it says, how often it was sent, what came of it.

    A message whose answer was lost is sent again with the same number, by which receivers know
    it.
    """

    _name = "helloword.wms.delivery"
    _description = "Message to a Warehouse"
    _order = "id desc"
    _rec_name = "message_id"

    webhook_id = fields.Many2one(
        "helloword.wms.webhook",
        string="Address",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    connection_id = fields.Many2one(related="webhook_id.connection_id", store=True, index=True)
    company_id = fields.Many2one(related="webhook_id.company_id", store=True, index=True)
    message_id = fields.Char(
        string="Number",
        required=True,
        readonly=True,
        default=lambda self: f"msg_{uuid.uuid4().hex}",
    )
    topic = fields.Selection(
        [
            ("return.announced", "Return announced"),
            ("return.changed", "Return changed"),
            ("return.cancelled", "Return cancelled"),
            ("instruction.created", "Instruction"),
            ("endpoint.test", "Test"),
        ],
        string="About",
        required=True,
        readonly=True,
    )
    return_id = fields.Many2one(
        "helloword.return", readonly=True, index="btree_not_null", ondelete="set null"
    )
    operation_id = fields.Many2one("helloword.operation", readonly=True, ondelete="set null")
    body = fields.Text(required=True, readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sending", "Being sent"),
            ("delivered", "Taken"),
            ("failed", "Failed"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    attempts = fields.Integer(readonly=True)
    first_try_at = fields.Datetime(string="First Try", readonly=True, help="UTC.")
    next_try_at = fields.Datetime(string="Next Try", readonly=True, help="UTC.")
    claimed_at = fields.Datetime(readonly=True)
    delivered_date = fields.Datetime(string="Taken At", readonly=True, help="UTC.")
    status_code = fields.Integer(string="HTTP Status", readonly=True)
    answer = fields.Text(readonly=True)
    error = fields.Text(readonly=True)

    _message_uniq = models.UniqueIndex("(message_id)")
    _operation_uniq = models.UniqueIndex(
        "(webhook_id, operation_id) WHERE operation_id IS NOT NULL"
    )
    _due = models.Index("(next_try_at) WHERE state IN ('waiting', 'sending')")

    @api.model
    def _tell(self, messages):
        """Have messages sent, after this transaction.

        :param messages: list of (webhook, topic, data for the receiver, values of the delivery);
            an address that did not ask for the topic, or was switched off, is passed over
        :return: the deliveries
        """
        moment = fields.Datetime.now().replace(tzinfo=UTC).isoformat()
        deliveries = self.create(
            [
                {
                    "webhook_id": webhook.id,
                    "topic": topic,
                    "body": json.dumps(
                        {"type": topic, "timestamp": moment, "data": data}, ensure_ascii=False
                    ),
                    **vals,
                }
                for webhook, topic, data, vals in messages
                if webhook._is_told() and (topic not in TOPICS or webhook[TOPICS[topic]])
            ]
        )
        deliveries._enqueue()
        return deliveries

    def action_resend(self):
        """Send again what failed, or was taken and got lost at the other side."""
        self.check_access("read")
        again = self.sudo().filtered(lambda delivery: delivery.state in ("delivered", "failed"))
        again.write(
            {
                "state": "waiting",
                "attempts": 0,
                "first_try_at": False,
                "next_try_at": False,
                "error": False,
            }
        )
        again._enqueue()
        return True

    # -------------------------------------------------------------------------
    # Sending
    # -------------------------------------------------------------------------

    def _enqueue(self):
        """One job for each; it starts after this transaction's commit.

        Where jobs are told to run at once, they are sent here, in this transaction.
        """
        if must_run_without_delay(self.env):
            for delivery in self:
                delivery._run(commit=lambda: None)
            return
        for delivery in self:
            delivery.with_delay(
                identity_key=f"wms-delivery:{delivery.id}:{delivery.attempts}",
                eta=delivery.next_try_at or None,
            )._job_send()

    def _job_send(self):
        """Queue job; may run any number of times."""
        self.exists()._run(commit=self.env.cr.commit)

    def _run(self, commit):
        """Send one message, if it is due.

        :param commit: called without arguments before it is sent, so that no transaction is open
            meanwhile, and after what came of it is kept
        """
        letter = self and self._claim()
        claim = self.claimed_at
        commit()
        if not letter:
            return
        sent = send(letter)
        self._record(sent, claim)
        commit()

    def _claim(self):
        """Take the message in hand, under its lock.

        :return: :class:`~odoo.addons.helloword_3pl.wms.webhook_sender.Letter`, or None when it is
            not due or in other hands
        """
        self.ensure_one()
        self.flush_recordset()
        if not self.try_lock_for_update(allow_referencing=True):
            return None
        self.invalidate_recordset()
        now = fields.Datetime.now()
        is_lost = self.state == "sending" and self.claimed_at <= now - timedelta(
            seconds=CLAIM_TIMEOUT
        )
        if self.state != "waiting" and not is_lost:
            return None
        if self.next_try_at and self.next_try_at > now:
            return None
        webhook = self.webhook_id.sudo()
        if not webhook._is_told():
            self.write(
                {
                    "state": "failed",
                    "first_try_at": False,
                    "next_try_at": False,
                    "error": self.env._("“%s” is switched off.", webhook.name),
                }
            )
            return None
        self.write(
            {
                "state": "sending",
                "claimed_at": now,
                "next_try_at": False,
                "attempts": self.attempts + 1,
                "first_try_at": self.first_try_at or now,
            }
        )
        return Letter(
            webhook.url,
            self.message_id,
            self.body.encode(),
            webhook._get_secrets(),
            webhook._may_loopback(),
        )

    def _record(self, sent, claim):
        """:param sent: :class:`~odoo.addons.helloword_3pl.wms.webhook_sender.Sent`
        :param claim: when this try was claimed; a later one has the say on failures
        """
        if not self.exists():
            return
        now = fields.Datetime.now()
        vals = {
            "status_code": sent.status,
            "answer": sent.answer or False,
            "error": sent.error or False,
            "next_try_at": False,
        }
        if sent.is_taken:
            self.write(vals | {"state": "delivered", "delivered_date": now})
            return
        if self.state != "sending" or self.claimed_at != claim:
            return
        if sent.status == GONE or now - self.first_try_at >= PATIENCE:
            self.write(vals | {"state": "failed"})
            return
        wait = max(WAITS[min(self.attempts, len(WAITS)) - 1], sent.retry_after)
        self.write(vals | {"state": "waiting", "next_try_at": now + timedelta(seconds=wait)})
        self._enqueue()

    # -------------------------------------------------------------------------
    # Sweeping
    # -------------------------------------------------------------------------

    @api.model
    def _cron_sweep(self):
        """Enqueue what is due and has no job, and switch off addresses nothing arrives at."""
        now = fields.Datetime.now()
        due = self.search(
            [
                "|",
                "&",
                ("state", "=", "waiting"),
                "|",
                ("next_try_at", "=", False),
                ("next_try_at", "<=", now),
                "&",
                ("state", "=", "sending"),
                ("claimed_at", "<=", now - timedelta(seconds=CLAIM_TIMEOUT)),
            ],
            order="id",
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        self._disable_dead()
        for start in range(0, len(due), SWEEP_BATCH):
            batch = due[start : start + SWEEP_BATCH]
            batch._enqueue()
            if not cron._commit_progress(len(batch)):
                break

    @api.model
    def _disable_dead(self):
        """Switch off addresses that took nothing for days, and those that say they are gone."""
        webhooks = self.env["helloword.wms.webhook"].search([("disabled_date", "=", False)])
        failed = self.search(
            [
                ("webhook_id", "in", webhooks.ids),
                ("state", "=", "failed"),
                ("first_try_at", "!=", False),
            ]
        ).filtered(lambda delivery: delivery.first_try_at >= delivery.webhook_id.enabled_date)
        for webhook, own in failed.grouped("webhook_id").items():
            last = webhook.delivered_date
            since = own.filtered(
                lambda delivery, last=last: not last or delivery.first_try_at > last
            )
            if any(delivery.status_code == GONE for delivery in since):
                webhook._disable(self.env._("The receiver says that there is nobody any more."))
            elif since:
                webhook._disable(self.env._("The receiver took no message for five days."))

    @api.autovacuum
    def _gc_deliveries(self):
        self.search(
            [
                ("state", "in", ("delivered", "failed")),
                ("write_date", "<", fields.Datetime.now() - KEPT),
            ]
        ).unlink()
