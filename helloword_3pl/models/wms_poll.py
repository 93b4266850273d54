import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.helloword_returns.providers.base import ProviderError, TemporaryError
from odoo.addons.queue_job.utils import must_run_without_delay

_logger = logging.getLogger(__name__)

# Pages asked for in one job; what is left is the next job's.
PAGES_AT_ONCE = 20
LONGEST_WAIT = timedelta(hours=6)


class HellowordWmsConnection(models.Model):
    """Operators are asked what happened, also those that send messages: messages get lost."""

    _inherit = "helloword.wms.connection"

    next_poll_date = fields.Datetime(
        string="Asked Again", readonly=True, copy=False, help="Not before (UTC)."
    )
    poll_failures = fields.Integer(readonly=True, copy=False, help="In a row.")

    @api.model
    def _cron_poll(self):
        """A job for each connection that is due."""
        now = fields.Datetime.now()
        due = self.search(["|", ("next_poll_date", "=", False), ("next_poll_date", "<=", now)])
        for connection in due.filtered("can_poll"):
            connection._enqueue_poll()

    def _enqueue_poll(self):
        self.ensure_one()
        if must_run_without_delay(self.env):
            # A job that commits would run beside this transaction, and not see it.
            self._poll(commit=lambda: None)
            return
        self.with_delay(
            identity_key=f"wms-poll:{self.id}",
            description=f"Ask {self.name} what happened",
        )._job_poll()

    def action_poll(self):
        """Ask now, in the background.

        :raise UserError: the operator calls us
        """
        self.check_access("write")
        for connection in self:
            if not connection.can_poll:
                raise UserError(self.env._("“%s” cannot be asked: it calls us.", connection.name))
            connection.sudo()._enqueue_poll()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The warehouse is asked; reload in a moment."),
            },
        }

    def _job_poll(self):
        """Queue job; asks only, so it may run any number of times."""
        self.exists()._poll(commit=self.env.cr.commit)

    def _poll(self, commit):
        """Ask page after page, and keep each before the next is asked for.

        :param commit: called without arguments before the operator is asked, so that no transaction
            is open meanwhile, and after a page is kept
        """
        for connection in self:
            connection = connection.sudo().with_company(connection.company_id)
            try:
                adapter = connection._get_wms_adapter()
                has_more = connection._poll_pages(adapter, commit)
            except (UserError, ProviderError) as error:
                connection._note_poll_failure(error)
                continue
            now = fields.Datetime.now()
            wait = timedelta(seconds=0 if has_more else adapter.poll_interval)
            connection.write(
                {
                    "polled_date": now,
                    "poll_error": False,
                    "poll_failures": 0,
                    "next_poll_date": now + wait,
                }
            )

    def _poll_pages(self, adapter, commit):
        """:return: whether there is more to ask for"""
        for _page in range(PAGES_AT_ONCE):
            cursor = self.cursor or ""
            commit()
            page = adapter.fetch(cursor)
            self.env["helloword.wms.event"]._take(self, list(page.events), source=adapter.source)
            self._tell_problems(page.problems)
            if page.cursor != cursor:
                self.cursor = page.cursor
            commit()
            if not page.has_more:
                return False
        return True

    def _tell_problems(self, problems):
        """An activity for each thing a person should know, unless it is there already.

        :param problems: tuple of texts
        """
        self.ensure_one()
        if not problems:
            return
        known = set(self.activity_ids.mapped("summary"))
        for problem in problems:
            if problem not in known:
                self.activity_schedule(
                    "mail.mail_activity_data_warning",
                    summary=problem,
                    user_id=(self.user_id or self.env.user).id,
                )

    def _note_poll_failure(self, error):
        """The wait doubles with each failure in a row."""
        self.ensure_one()
        failures = self.poll_failures + 1
        wait = min(timedelta(minutes=5) * 2 ** min(failures - 1, 10), LONGEST_WAIT)
        if isinstance(error, TemporaryError) and error.retry_after:
            wait = max(wait, timedelta(seconds=error.retry_after))
        self.write(
            {
                "poll_failures": failures,
                "poll_error": str(error),
                "next_poll_date": fields.Datetime.now() + wait,
            }
        )
