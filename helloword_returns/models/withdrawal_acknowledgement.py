import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, plaintext2html
from psycopg2 import OperationalError

from odoo.addons.queue_job.exception import RetryableJobError

from .batch_savepoint import batch_savepoint

_logger = logging.getLogger(__name__)

# Without undue delay; a person hears of what takes longer.
PROMISED = timedelta(minutes=1)
# Pauses between attempts grow up to this.
LONGEST_PAUSE = timedelta(hours=4)
# Of one run of the sweeper.
SWEEP_LIMIT = 200


class HellowordWithdrawal(models.Model):
    """The acknowledgement of receipt on a durable medium.

    Directive 2011/83/EU Art. 11a(4): without undue delay, with the content of the statement and
    the date and time of its submission. It says that the statement came, not that it is valid.
    """

    _inherit = "helloword.withdrawal"

    acknowledged_at = fields.Datetime(
        readonly=True, copy=False, tracking=True, help="When the mail server took the mail (UTC)."
    )
    acknowledgement_state = fields.Selection(
        [("pending", "Pending"), ("failed", "Failed"), ("sent", "Sent"), ("none", "By hand")],
        string="Acknowledgement",
        compute="_compute_acknowledgement_state",
        store=True,
        index=True,
    )
    acknowledgement_error = fields.Text(readonly=True, copy=False)
    acknowledgement_attempts = fields.Integer(readonly=True, copy=False)
    next_attempt_at = fields.Datetime(readonly=True, copy=False)

    @api.depends("acknowledged_at", "acknowledgement_error", "email")
    def _compute_acknowledgement_state(self):
        for withdrawal in self:
            if withdrawal.acknowledged_at:
                withdrawal.acknowledgement_state = "sent"
            elif not withdrawal.email:
                withdrawal.acknowledgement_state = "none"
            else:
                failed = bool(withdrawal.acknowledgement_error)
                withdrawal.acknowledgement_state = "failed" if failed else "pending"

    # -------------------------------------------------------------------------
    # Sending
    # -------------------------------------------------------------------------

    def _schedule_acknowledgement(self):
        for withdrawal in self.filtered("email"):
            withdrawal.with_delay(
                channel="root.helloword",
                priority=1,
                identity_key=f"helloword.withdrawal.acknowledge:{withdrawal.id}",
                description=f"Acknowledge withdrawal {withdrawal.name}",
            )._job_acknowledge()

    def _job_acknowledge(self):
        self.exists()._acknowledge()

    def _acknowledge(self):
        """Send what was not acknowledged yet; whoever is at it already is left alone."""
        for withdrawal in self._claim_unacknowledged():
            withdrawal._send_acknowledgement()

    def _claim_unacknowledged(self):
        """:return: those of these nobody else is sending at this moment"""
        if not self.ids:
            return self
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM helloword_withdrawal WHERE id IN %s AND acknowledged_at IS NULL "
                "AND email IS NOT NULL ORDER BY id FOR NO KEY UPDATE SKIP LOCKED",
                tuple(self.ids),
            )
        )
        return self.browse(row[0] for row in rows)

    def _send_acknowledgement(self):
        """Send at once, not with the next run of the mail queue."""
        self.ensure_one()
        template = self.env.ref("helloword_returns.mail_template_withdrawal_acknowledgement")
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{self.name.replace('/', '-')}.txt",
                "raw": self._get_copy_text().encode(),
                "mimetype": "text/plain",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        mail_id = template.sudo().send_mail(
            self.id, force_send=True, email_values={"attachment_ids": [(4, attachment.id)]}
        )
        mail = self.env["mail.mail"].sudo().browse(mail_id).exists()
        if not mail or mail.state == "sent":
            self.write(
                {
                    "acknowledged_at": fields.Datetime.now(),
                    "acknowledgement_error": False,
                    "next_attempt_at": False,
                }
            )
            self.activity_feedback(["mail.mail_activity_data_warning"])
            self._warn_if_late()
            return
        self._note_failed_acknowledgement(mail.failure_reason or mail.failure_type or mail.state)
        mail.unlink()
        attachment.unlink()

    def _note_failed_acknowledgement(self, error):
        self.ensure_one()
        attempts = self.acknowledgement_attempts + 1
        pause = min(timedelta(minutes=2 ** min(attempts - 1, 12)), LONGEST_PAUSE)
        is_first = not self.acknowledgement_error
        self.write(
            {
                "acknowledgement_error": error,
                "acknowledgement_attempts": attempts,
                "next_attempt_at": fields.Datetime.now() + pause,
            }
        )
        # The reason may name the address; it stands on the statement, not in the log.
        _logger.warning("Acknowledgement of withdrawal %s failed", self.name)
        if is_first:
            self._warn(
                self.env._(
                    "The acknowledgement of withdrawal %(name)s could not be sent to %(email)s: "
                    "%(error)s. It is tried again by itself; if the address is wrong, reach the "
                    "consumer another way and mark it as acknowledged.",
                    name=self.name,
                    email=self.email,
                    error=error,
                )
            )

    def _warn_if_late(self):
        """The one minute we promise counts from when we took the statement up."""
        self.ensure_one()
        if self.source == "page" and self.acknowledged_at - self.received_at > PROMISED:
            _logger.warning(
                "Withdrawal %s was acknowledged %s after it came.",
                self.name,
                self.acknowledged_at - self.received_at,
            )

    def _warn(self, note):
        self.ensure_one()
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._("Acknowledge the withdrawal"),
            note=note,
            user_id=self._get_responsible().id,
        )

    @api.model
    def _cron_sweep(self):
        """Acknowledge and examine whatever no job has taken up; repeat what failed.

        Each statement is kept when it is done: one that fails keeps no other from its turn, and no
        mail is sent twice because a later one failed.
        """
        now = fields.Datetime.now()
        waiting = self.search(
            [
                ("acknowledgement_state", "in", ("pending", "failed")),
                "|",
                ("next_attempt_at", "=", False),
                ("next_attempt_at", "<=", now),
            ],
            order="received_at",
            limit=SWEEP_LIMIT,
        )
        unexamined = self.search(
            [("examined_at", "=", False), ("create_date", "<", now - PROMISED)],
            order="received_at",
            limit=SWEEP_LIMIT,
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(waiting) + len(unexamined))
        for withdrawal in waiting:
            withdrawal._attempt("_acknowledge", "_note_failed_acknowledgement")
            if not cron._commit_progress(1):
                return
        for withdrawal in unexamined:
            withdrawal._attempt("_job_examine", "_note_failed_examination")
            if not cron._commit_progress(1):
                return

    def _attempt(self, effect, note_failure):
        """Do something about this statement; what it raises is noted on it.

        :param str effect: name of a method without arguments
        :param str note_failure: name of a method that takes the reason
        """
        self.ensure_one()
        try:
            with batch_savepoint(self.env):
                getattr(self, effect)()
            return
        except (OperationalError, RetryableJobError):
            # Somebody else is at it; the next run looks again.
            _logger.info("Withdrawal %s: %s has to wait", self.id, effect)
            return
        except Exception as error:
            _logger.exception("Withdrawal %s: %s failed", self.id, effect)
            reason = str(error.args[0]) if error.args else type(error).__name__
        try:
            with batch_savepoint(self.env):
                getattr(self, note_failure)(reason)
        except Exception:
            _logger.exception("Withdrawal %s: the failure could not be noted", self.id)

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_acknowledge(self):
        """Send the acknowledgement now, again if it was sent before.

        :raise UserError: there is no e-mail address
        """
        self.check_access("write")
        for withdrawal in self.sudo():
            if not withdrawal.email:
                raise UserError(
                    self.env._(
                        "Withdrawal %s has no e-mail address. Print its copy, hand it over, and "
                        "mark it as acknowledged.",
                        withdrawal.name,
                    )
                )
            withdrawal._send_acknowledgement()
        return True

    def action_mark_acknowledged(self):
        """The consumer got the acknowledgement another way, such as by letter."""
        self.check_access("write")
        self.sudo().filtered(lambda w: not w.acknowledged_at).write(
            {"acknowledged_at": fields.Datetime.now(), "acknowledgement_error": False}
        )
        return True

    # -------------------------------------------------------------------------
    # Content
    # -------------------------------------------------------------------------

    def _get_acknowledgement_values(self):
        self.ensure_one()
        return {
            "number": self.name,
            "company": self.company_id._get_page_name(),
            "name": self.consumer_name,
            "contract": self.contract,
            "contact": self.email or self.phone or "",
            "items": self.items_text or "",
            "date": self._get_received_text(),
            "statement": self.statement,
        }

    def _get_acknowledgement_subject(self):
        """One line: what a consumer typed may have several, which no mail can carry."""
        subject = self._get_wording()._fill("subject", self._get_acknowledgement_values())
        return " ".join(subject.split())

    def _get_copy_text(self):
        """:return: the acknowledgement as plain text, in the statement's language"""
        return self._get_wording()._fill("acknowledgement", self._get_acknowledgement_values())

    def _get_acknowledgement_html(self):
        return plaintext2html(self._get_copy_text())

    def _get_copy_file(self):
        """The copy a consumer downloads: a PDF where one can be made, else plain text.

        :return: tuple (file name, content, MIME type)
        """
        self.ensure_one()
        Report = self.env["ir.actions.report"].sudo()
        stem = self.name.replace("/", "-")
        if Report.get_wkhtmltopdf_state() == "ok":
            content, kind = Report._render_qweb_pdf(
                "helloword_returns.action_report_withdrawal", self.ids
            )
            if kind == "pdf":
                return f"{stem}.pdf", content, "application/pdf"
        return f"{stem}.txt", self._get_copy_text().encode(), "text/plain; charset=utf-8"

    def _get_email_from(self):
        """A mail needs a sender: the company's address, else that of the system."""
        self.ensure_one()
        return self.company_id.email_formatted or self.env.ref("base.user_root").email_formatted
