import uuid
from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.queue_job.utils import must_run_without_delay

from ..providers.base import OperationRequest, from_json, mask_secrets
from ..providers.call import LOOK_UP, PERFORM, PreparedCall

# A call answers or gives up well before this many seconds; a claim older than it was lost.
CLAIM_TIMEOUT = 300
FIRST_WAIT, LONGEST_WAIT = 60, 6 * 3600
SWEEP_BATCH = 200
# How often the other side is asked at least, before a person has to look.
LEAST_LOOKUPS = 8
# How often a provider is asked about what it accepted before a person is told.
ACCEPTED_PATIENCE = 10


class HellowordOperation(models.Model):
    """How operations are carried out: claim, commit, call, record, commit.

    The call happens between two commits, outside any row lock. Whoever finds an operation that
    was claimed and left, or whose answer was lost, asks the other side first.
    """

    _inherit = "helloword.operation"

    # -------------------------------------------------------------------------
    # Jobs
    # -------------------------------------------------------------------------

    def _enqueue(self):
        """One job for each operation; it starts after this transaction's commit.

        Where jobs are told to run at once, the operations run here, in this transaction.
        """
        if must_run_without_delay(self.env):
            for operation in self:
                operation._run(commit=lambda: None)
            return
        for operation in self:
            operation.with_delay(
                identity_key=f"run:{operation.idempotency_key}", eta=operation.next_try_at or None
            )._job_run()

    def _job_run(self):
        """Carry the operation out. Queue job; may run any number of times."""
        self._run(commit=self.env.cr.commit)

    def _job_follow_up(self):
        """Let the return do what follows from the operation's end. Queue job, one transaction."""
        self.ensure_one()
        self.flush_recordset()
        operation = self.try_lock_for_update(allow_referencing=True)
        operation.invalidate_recordset()
        if not operation or operation.is_followed_up:
            return
        operation.is_followed_up = True
        operation = operation.with_company(operation.company_id)
        if operation.state == "done":
            operation._on_done()
        elif operation.state in ("rejected", "failed"):
            operation._on_failed()

    def _enqueue_follow_up(self):
        for operation in self:
            operation.with_delay(
                identity_key=f"follow-up:{operation._get_provider_key()}"
            )._job_follow_up()

    def _on_done(self):
        """What follows when operations were carried out. Hook, batch."""
        for operations in self.grouped("kind").values():
            operations.return_id._on_operation_done(operations)

    def _on_failed(self):
        """What follows when operations were refused or given up. Hook, batch."""
        for operations in self.grouped("kind").values():
            operations.return_id._on_operation_failed(operations)

    # -------------------------------------------------------------------------
    # One run
    # -------------------------------------------------------------------------

    def _run(self, commit):
        """Carry one operation out, or look it up, or find that there is nothing to do.

        :param commit: called without arguments after the claim and after the outcome
        """
        self.ensure_one()
        task = self._claim()
        call = task and self._prepare_call(task)
        commit()
        if not call:
            return
        outcome = call.make()
        self._record(call, outcome)
        commit()

    def _claim(self):
        """Take the operation in hand, under its lock.

        :return: ``PERFORM``, ``LOOK_UP``, or None when it is not due or in other hands
        """
        self.flush_recordset()
        if not self.try_lock_for_update(allow_referencing=True):
            return None
        self.invalidate_recordset()
        now = fields.Datetime.now()
        if self.next_try_at and self.next_try_at > now:
            return None
        claim = {"claimed_at": now, "claim_token": uuid.uuid4().hex, "next_try_at": False}
        if self.state == "ready":
            self.write(claim | {"state": "claimed", "attempts": self.attempts + 1})
            return PERFORM
        if self.state in ("accepted", "unknown") or self._is_claim_lost(now):
            state = "accepted" if self.state == "accepted" else "unknown"
            self.write(claim | {"state": state, "lookups": self.lookups + 1})
            return LOOK_UP
        return None

    def _is_claim_lost(self, now):
        """Whether the job that claimed it must have died: a younger claim may be at work still."""
        self.ensure_one()
        return self.state == "claimed" and self.claimed_at <= now - timedelta(seconds=CLAIM_TIMEOUT)

    def _prepare_call(self, task):
        """Read everything the call needs, so that no transaction is open while it is made.

        :return: :class:`~odoo.addons.helloword_returns.providers.call.PreparedCall`
        """
        adapter, obstacle = None, ""
        try:
            adapter = self._get_adapter()
        except UserError as error:
            obstacle = str(error)
        return PreparedCall(
            task=task,
            adapter=adapter,
            kind=self.kind,
            request=self._complete_request(from_json(self.kind, self.request)),
            key=self._get_provider_key(),
            token=self.claim_token,
            obstacle=obstacle,
        )

    def _complete_request(self, request):
        """What the request needs that is known only now. Hook.

        :param request: typed, as it was scheduled
        :return: the same with more in it
        """
        self.ensure_one()
        if not isinstance(request, OperationRequest):
            return request
        handle = self.external_ref or "" if self.state in ("accepted", "unknown") else ""
        return replace(request, handle=handle)

    def _get_adapter(self):
        """Who carries this kind of operation out. Hook for kinds that are not a channel's.

        :return: an object with ``perform`` and ``look_up`` as
            :class:`~odoo.addons.helloword_returns.providers.base.ChannelAdapter` has them
        :raise UserError: nobody can, with what to do about it
        """
        self.ensure_one()
        return self.channel_id._get_adapter()

    # -------------------------------------------------------------------------
    # Recording
    # -------------------------------------------------------------------------

    def _record(self, call, outcome):
        """Write down what happened and enqueue what follows; one transaction."""
        self.env.cr.execute(
            SQL("SELECT 1 FROM helloword_operation WHERE id = %s FOR NO KEY UPDATE", self.id)
        )
        self.invalidate_recordset()
        is_ours = self.claim_token == call.token and self.state in (
            "claimed",
            "accepted",
            "unknown",
        )
        if outcome.state == "done":
            if self.state != "done":
                self._keep_answer(outcome.answer)
                self._record_done(outcome.answer.external_ref, outcome.answer.raw)
        elif not is_ours:
            return
        elif outcome.state == "absent":
            self.write({"state": "ready", "error": False})
            self._enqueue()
        elif outcome.state == "rejected":
            self._record_failure("rejected", outcome.error)
        elif outcome.state == "temporary" and call.task == PERFORM:
            self._record_temporary(outcome.error)
        elif outcome.state == "accepted":
            self._record_accepted(outcome.error)
        elif self.state == "accepted" and outcome.state == "temporary":
            self._ask_again(outcome.error.retry_after)
        else:
            self._record_unknown(outcome.error)

    def _record_done(self, external_ref, answer=None):
        self.ensure_one()
        self.write(
            {
                "state": "done",
                "external_ref": external_ref,
                "answer": mask_secrets(answer) if answer else self.answer,
                "error": False,
                "next_try_at": False,
                "done_at": fields.Datetime.now(),
                "is_followed_up": False,
            }
        )
        self._enqueue_follow_up()

    def _keep_answer(self, answer):
        """Keep what came with an answer, in the transaction that records it. Hook.

        :param answer: :class:`~odoo.addons.helloword_returns.providers.base.Answer`
        """

    def _record_failure(self, state, error):
        self.write(
            {
                "state": state,
                "error": str(error),
                "answer": mask_secrets(error.answer),
                "next_try_at": False,
                "is_followed_up": False,
            }
        )
        self._enqueue_follow_up()

    def _record_temporary(self, error):
        if self.attempts >= self.max_attempts:
            self._record_failure("failed", error)
            return
        self.write(
            {
                "state": "ready",
                "error": str(error),
                "answer": mask_secrets(error.answer),
                "next_try_at": self._get_next_try(self.attempts, error.retry_after),
            }
        )
        self._enqueue()

    def _record_unknown(self, error):
        """Ask later; when asking does not help, a person has to look."""
        most = max(self.max_attempts, LEAST_LOOKUPS)
        given_up = not self.can_look_up or self.lookups >= most
        retry_after = getattr(error, "retry_after", None)
        self.write(
            {
                "state": "unknown",
                "error": str(error),
                "answer": mask_secrets(error.answer),
                "next_try_at": False if given_up else self._get_next_try(self.lookups, retry_after),
            }
        )
        if given_up:
            self.return_id._on_operation_unknown(self)
        else:
            self._enqueue()

    def _record_accepted(self, error):
        """The provider works on it, and is asked until it says what became of it."""
        self.write(
            {
                "state": "accepted",
                "error": False,
                "external_ref": error.handle,
                "answer": mask_secrets(error.answer) if error.answer else self.answer,
            }
        )
        self._ask_again(error.retry_after)

    def _ask_again(self, retry_after):
        """A provider that takes longer than its patience makes a person look, and is asked on."""
        self.next_try_at = self._get_next_try(self.lookups, retry_after)
        if self.lookups == ACCEPTED_PATIENCE:
            self.return_id._on_operation_unknown(self)
        self._enqueue()

    def _get_next_try(self, tries, retry_after=None):
        """:return: naive UTC moment; the wait doubles with each try"""
        wait = min(FIRST_WAIT * 2 ** max(tries - 1, 0), LONGEST_WAIT)
        return fields.Datetime.now() + timedelta(seconds=max(wait, retry_after or 0))

    # -------------------------------------------------------------------------
    # Sweeping
    # -------------------------------------------------------------------------

    @api.model
    def _cron_sweep(self):
        """Enqueue whatever is due and has no job: lost jobs, dead claims, forgotten endings.

        An operation that has a waiting job keeps it; one that is under way keeps its claim.
        """
        now = fields.Datetime.now()
        domain = [
            "|",
            "&",
            ("state", "=", "ready"),
            "|",
            ("next_try_at", "=", False),
            ("next_try_at", "<=", now),
            "|",
            "&",
            ("state", "=", "claimed"),
            ("claimed_at", "<=", now - timedelta(seconds=CLAIM_TIMEOUT)),
            "|",
            "&",
            ("state", "in", ("accepted", "unknown")),
            ("next_try_at", "<=", now),
            "&",
            ("state", "in", ("done", "rejected", "failed")),
            ("is_followed_up", "=", False),
        ]
        due = self.search(domain, order="id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        for start in range(0, len(due), SWEEP_BATCH):
            batch = due[start : start + SWEEP_BATCH]
            ended = batch.filtered(
                lambda operation: operation.state in ("done", "rejected", "failed")
            )
            (batch - ended)._enqueue()
            ended._enqueue_follow_up()
            if not cron._commit_progress(len(batch)):
                break
