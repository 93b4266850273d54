import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from psycopg2 import OperationalError

from odoo.addons.queue_job.utils import must_run_without_delay

from ..providers.base import ProviderError, TemporaryError
from .batch_savepoint import batch_savepoint
from .label_account_provider import LAST_RESORTS
from .parcel_alert import AWAITED_STATES
from .tracking_event import FINAL_STATUSES

_logger = logging.getLogger(__name__)

# Parcels asked for by one job, one after another.
POLL_BATCH = 40
# Hours between two questions, by where the parcel is.
POLL_HOURS = {"out_for_delivery": 1, "pending": 8, "ready_for_pickup": 8, False: 8}
POLL_HOURS_ELSE = 4
# Where nothing has happened for a while it is asked less; where nothing works, much less.
QUIET_AFTER = timedelta(days=7)
QUIET_FACTOR = 3
LONGEST_POLL_HOURS = 48
# After that a parcel is not asked for any more.
POLL_DAYS = 120
# Services that tell by themselves are asked when they have said nothing for so long.
SILENCE = timedelta(days=1)
# A job that is enqueued keeps others from being enqueued for the same parcel.
CLAIM = timedelta(hours=1)


class HellowordReturnLabel(models.Model):
    """Asking services where parcels are."""

    _inherit = "helloword.return.label"

    tracking_account_id = fields.Many2one(
        "helloword.label.account",
        string="Followed By",
        check_company=True,
        copy=False,
        help="The account that is asked where the parcel is, for labels made elsewhere. Its "
        "service may charge for that.",
    )
    next_poll_date = fields.Datetime(
        string="Asked Again", readonly=True, copy=False, help="Not before (UTC)."
    )
    poll_failures = fields.Integer(readonly=True, copy=False, help="In a row.")
    poll_error = fields.Text(string="Tracking Error", readonly=True, copy=False)

    _next_poll = models.Index("(next_poll_date) WHERE tracking_number IS NOT NULL")

    @api.constrains("tracking_account_id")
    def _check_tracking_account(self):
        for label in self:
            account = label.tracking_account_id
            if account and not account.can_track:
                raise ValidationError(
                    self.env._("“%s” cannot be asked where parcels are.", account.name)
                )

    def _get_tracking_account(self):
        """:return: ``helloword.label.account`` that knows where the parcel is, may be empty"""
        self.ensure_one()
        return self.tracking_account_id or self.account_id

    # -------------------------------------------------------------------------
    # What is due
    # -------------------------------------------------------------------------

    @api.model
    def _get_poll_domain(self, now):
        """What may have to be asked for; whether its service can be asked is judged apart."""
        oldest = now - timedelta(days=POLL_DAYS)
        return (
            Domain("tracking_number", "!=", False)
            & Domain("bought_date", ">=", oldest)
            & (Domain("next_poll_date", "=", False) | Domain("next_poll_date", "<=", now))
            & Domain("tracking_status", "not in", FINAL_STATUSES)
            & (Domain("state", "in", ("bought", "expired")) | Domain("scanned_date", "!=", False))
            & Domain("return_id.approval_state", "=", "approved")
            & Domain("return_id.goods_state", "in", AWAITED_STATES)
        )

    @api.model
    def _cron_poll(self):
        """Have services asked about parcels that are due; a job for each slice of an account's."""
        now = fields.Datetime.now()
        accounts = self.env["helloword.label.account"].search(
            [("provider", "not in", LAST_RESORTS)]
        )
        accounts = accounts.filtered("can_track")
        talking = accounts.filtered(lambda account: account._is_talking())
        silent = Domain("heard_date", "=", False) | Domain("heard_date", "<=", now - SILENCE)
        cron = self.env["ir.cron"]
        for account in accounts:
            domain = self._get_poll_domain(now) & (
                Domain("tracking_account_id", "=", account.id)
                | (
                    Domain("tracking_account_id", "=", False)
                    & Domain("account_id", "=", account.id)
                )
            )
            if account in talking:
                domain &= silent
            labels = self.search(domain, order="next_poll_date NULLS FIRST, id")
            labels.next_poll_date = now + CLAIM
            for start in range(0, len(labels), POLL_BATCH):
                labels[start : start + POLL_BATCH].with_delay()._job_poll()
            cron._commit_progress(len(labels))

    def action_poll(self):
        """Ask now where parcels are, in the background.

        :raise UserError: nobody can be asked
        """
        self.check_access("write")
        for label in self:
            account = label._get_tracking_account()
            if not label.tracking_number or not account.can_track:
                raise UserError(
                    self.env._(
                        "Nobody can be asked where the parcel of label %s is. Enter a tracking "
                        "number, and under “Followed By” an account that tracks parcels.",
                        label.name,
                    )
                )
        for labels in self.sudo().grouped(lambda label: label._get_tracking_account()).values():
            for start in range(0, len(labels), POLL_BATCH):
                labels[start : start + POLL_BATCH].with_delay(priority=5)._job_poll()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The carrier is asked; reload in a moment."),
            },
        }

    # -------------------------------------------------------------------------
    # Asking
    # -------------------------------------------------------------------------

    def _job_poll(self):
        """Queue job; asks only, so it may run any number of times."""
        at_once = must_run_without_delay(self.env)
        self._poll(commit=(lambda: None) if at_once else self.env.cr.commit)

    def _poll(self, commit):
        """Ask where parcels of one account are, and take the answers in.

        :param commit: called without arguments before the service is asked: no transaction is
            open meanwhile
        """
        labels = self.exists().filtered("tracking_number")
        account = labels and labels[0]._get_tracking_account()
        if not account:
            return
        try:
            adapter = account._get_label_adapter(labels[0])
        except (UserError, ProviderError) as error:
            labels._note_poll_failure(str(error))
            return
        questions = [(label, label.tracking_number, label.carrier or "") for label in labels]
        commit()
        answers, failures = {}, {}
        for label, number, carrier in questions:
            try:
                answers[label] = adapter.track(number, carrier)
            except TemporaryError as error:
                # The others would fare no better.
                failures[label] = (str(error), error.retry_after)
                break
            except ProviderError as error:
                failures[label] = (str(error), None)
        self._take_answers(answers)
        for label, (message, retry_after) in failures.items():
            label._note_poll_failure(message, retry_after)
        unasked = labels.browse(
            label.id for label in labels if label not in answers and label not in failures
        )
        unasked._postpone(max((wait or 0 for _text, wait in failures.values()), default=0))

    @api.model
    def _take_answers(self, answers):
        """Take answers in, all at once; when that fails, one by one, so that one bad record keeps
        no other back.

        :param dict answers: label → :class:`~odoo.addons.helloword_returns.carriers.base.Tracking`
        """
        if not answers:
            return
        try:
            with batch_savepoint(self.env):
                self._take_answers_in(answers)
        except OperationalError:
            # A message about one of them came at this very moment: the job starts over.
            raise
        except Exception:
            if len(answers) == 1:
                [label] = answers
                _logger.exception("What the carrier said of label %s cannot be taken in", label.id)
                label._note_poll_failure(self.env._("The carrier's answer cannot be used."))
                return
            for label, answer in answers.items():
                self._take_answers({label: answer})

    @api.model
    def _take_answers_in(self, answers):
        foreign = self._apply_trackings(answers, source="poll")
        foreign._note_poll_failure(
            self.env._(
                "The carrier tells of another parcel that had or has this number. Check the number."
            )
        )
        for label in self.browse(label.id for label in answers) - foreign:
            label.write(
                {
                    "next_poll_date": label._get_next_poll(),
                    "poll_failures": 0,
                    "poll_error": False,
                }
            )

    def _get_next_poll(self):
        """:return: naive UTC moment, by where the parcel is and how long nothing happened"""
        self.ensure_one()
        now = fields.Datetime.now()
        hours = POLL_HOURS.get(self.tracking_status, POLL_HOURS_ELSE)
        last = self.last_event_date or self.bought_date
        if last and now - last > QUIET_AFTER:
            hours *= QUIET_FACTOR
        return now + timedelta(hours=min(hours, LONGEST_POLL_HOURS))

    def _note_poll_failure(self, message, retry_after=None):
        """The wait doubles with each failure in a row."""
        for label in self:
            failures = label.poll_failures + 1
            hours = min(2 ** min(failures - 1, 10), LONGEST_POLL_HOURS)
            wait = max(timedelta(hours=hours), timedelta(seconds=retry_after or 0))
            label.write(
                {
                    "poll_failures": failures,
                    "poll_error": message,
                    "next_poll_date": fields.Datetime.now() + wait,
                }
            )

    def _postpone(self, seconds):
        """These were not asked for, since their service is not to be reached."""
        wait = max(timedelta(minutes=10), timedelta(seconds=seconds))
        self.next_poll_date = fields.Datetime.now() + wait


class HellowordLabelAccount(models.Model):
    """Accounts that tell by themselves where parcels are."""

    _inherit = "helloword.label.account"

    notice_ids = fields.One2many("helloword.label.notice", "account_id")
    notice_count = fields.Integer(string="Messages", compute="_compute_notice_count")

    def _compute_notice_count(self):
        counts = dict(
            self.env["helloword.label.notice"]._read_group(
                [("account_id", "in", self.ids)], ["account_id"], ["__count"]
            )
        )
        for account in self:
            account.notice_count = counts.get(account._origin, 0)

    def action_view_notices(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_label_notice_action"
        )
        action["domain"] = [("account_id", "=", self.id)]
        action["context"] = {}
        return action

    def _is_talking(self):
        """:return: whether messages of its service have come in lately, so that it need not be
        asked"""
        self.ensure_one()
        return self.can_webhook and bool(
            self.env["helloword.label.notice"]
            .sudo()
            .search_count(
                [
                    ("account_id", "=", self.id),
                    ("state", "!=", "forged"),
                    ("create_date", ">=", fields.Datetime.now() - timedelta(days=7)),
                ],
                limit=1,
            )
        )
