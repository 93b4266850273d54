from odoo import api, fields, models
from odoo.exceptions import LockError, UserError

from .return_operation import STARTED_STATES
from .return_plan import FINAL_DECISIONS

# Questions to the customer; the decision waits for the answer.
QUESTIONS = ("ask_photos", "ask_information", "delay")
# What of the plan can be set while deciding.
REVIEW_PLAN = ("label_payer", "refund_trigger", "keep_it_percent", "credit_bonus_percent")
# Ordinary mails a reply of one's own takes the place of.
REPLACED_MAILS = (
    "helloword_returns.mail_template_return_approved",
    "helloword_returns.mail_template_return_rejected",
    "helloword_returns.mail_template_return_offer",
    "helloword_returns.mail_template_return_photos",
)


class HellowordReturn(models.Model):
    """Decisions of people, one by one or many at once, with the reply to the customer."""

    _inherit = "helloword.return"

    decided_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The person who decided on the review screen.",
    )
    waits_for_answer = fields.Boolean(
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="The customer was asked something and has not written since.",
    )

    # -------------------------------------------------------------------------
    # Called by the review screen
    # -------------------------------------------------------------------------

    def review_decide(self, decision, plan=None, reply=None, reason=""):
        """Decide one return, answer the customer and say what comes next.

        :param str decision: a final decision, or one of :data:`QUESTIONS`
        :param dict plan: values for :data:`REVIEW_PLAN`
        :param dict reply: {subject, body}, or nothing to send no reply of one's own
        :param str reason: why it is rejected, for the customer
        :return: dict with ``message``, ``next_id`` (or False) and ``left``
        :raise UserError: somebody else decided it, or it cannot be carried out
        """
        self.ensure_one()
        self._review_decide(decision, plan, {self: reply} if reply else {}, reason)
        labels = dict(self._fields["decision"]._description_selection(self.env))
        queue = self._get_review_queue() - self
        return {
            "message": self.env._(
                "%(name)s: %(decision)s",
                name=self.name,
                decision=labels.get(decision) or self.env._("the customer was asked"),
            ),
            "next_id": queue[:1].id,
            "left": len(queue),
            "undo": self._can_undo_review(),
        }

    def review_reply(self, decision, plan=None, lang=None, reason=""):
        """The reply to this customer, ready to be edited.

        :return: dict with lang, subject and body; texts are empty where no template has one
        """
        self.ensure_one()
        self.check_access("read")
        plan = self._clean_review_plan(plan)
        empty = {"lang": lang or self._get_reply_lang(), "subject": "", "body": ""}
        return self._prepare_replies(decision, plan, lang, reason).get(self, empty)

    def review_undo(self):
        """Back to review, while nothing has happened that cannot be undone.

        :raise UserError: the channel was told, goods came, or money was paid
        """
        self.check_access("write")
        for ret in self:
            if not ret._can_undo_review():
                raise UserError(
                    self.env._(
                        "The decision on %s has been carried out already. Open the return to "
                        "cancel what can still be cancelled.",
                        ret.name,
                    )
                )
        self.filtered(lambda ret: ret.approval_state == "approved").action_cancel()
        self.filtered(lambda ret: ret.approval_state in ("cancelled", "rejected")).action_reset()
        self._close_offers()
        self.write(
            {
                "decision": "manual",
                "decided_by_id": False,
                "waits_for_photos": False,
                "waits_for_answer": False,
            }
        )
        for ret in self:
            ret.message_post(body=self.env._("The decision was taken back; it is under review."))
        self._schedule_review()
        return True

    def action_review(self):
        """Open the review screen on these returns, or on the whole queue."""
        queue = self or self._get_review_queue()
        if not queue:
            return self.env["ir.actions.actions"]._for_xml_id(
                "helloword_returns.helloword_return_action_review"
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "name": self.env._("Review"),
            "view_mode": "form",
            "views": [
                (self.env.ref("helloword_returns.helloword_return_view_form_review").id, "form")
            ],
            "res_id": queue[:1].id,
        }

    def action_take(self):
        """Make these returns one's own.

        :raise UserError: another person has one of them
        """
        taken = self.filtered(lambda ret: ret.user_id and ret.user_id != self.env.user)
        if taken and not self.env.user.has_group("helloword_returns.group_return_manager"):
            raise UserError(
                self.env._(
                    "%(name)s is %(user)s's. A manager can assign it to you.",
                    name=taken[0].name,
                    user=taken[0].user_id.name,
                )
            )
        self.user_id = self.env.user
        return True

    @api.model
    def _get_review_queue(self):
        """:return: the returns this person should decide next, the most urgent first"""
        return self.search(
            [
                ("stage", "=", "review"),
                ("user_id", "in", [self.env.uid, False]),
                ("company_id", "in", self.env.companies.ids),
            ],
            order="priority desc, review_due_date, id",
        )

    # -------------------------------------------------------------------------
    # Deciding
    # -------------------------------------------------------------------------

    def _review_decide(self, decision, plan=None, replies=None, reason=""):
        """Carry out a person's decision on these returns and send their replies.

        :param dict replies: return → {subject, body}; the others get the ordinary mails
        :raise UserError: nothing is done then
        """
        self.check_access("write")
        replies = replies or {}
        self._check_review_decision(decision, replies, reason)
        self._lock_for_review()
        plan = self._clean_review_plan(plan)
        answered = self.filtered(replies.get)
        # The reply of one's own takes the place of the ordinary mail.
        quiet = answered.with_context(helloword_replaced_mails=REPLACED_MAILS)
        for returns in (quiet, self - answered):
            if returns:
                returns._carry_out_review(decision, plan, reason)
        answered._send_replies({ret: replies[ret] for ret in answered})
        if decision in QUESTIONS:
            answered._wait_for_answer(decision)

    def _check_review_decision(self, decision, replies, reason):
        if decision not in (*FINAL_DECISIONS, *QUESTIONS):
            raise UserError(self.env._("Choose what to decide first."))
        if decision == "reject" and not (reason or "").strip():
            raise UserError(self.env._("Say why it is rejected; the customer will read it."))
        unreached = decision in QUESTIONS and self.filtered(
            lambda ret: not replies.get(ret) or ret._get_reply_way() == "none"
        )
        if unreached:
            raise UserError(
                self.env._(
                    "The customer of %s cannot be asked: there is no message, or no address to "
                    "send it to.",
                    unreached[0].name,
                )
            )

    def _lock_for_review(self):
        """Make sure that nobody else has decided, or is deciding, any of these.

        :raise UserError: with who it was, as far as that is known
        """
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._("Somebody else is deciding this return right now. Look again shortly.")
            ) from error
        self.invalidate_recordset(["approval_state", "decided_by_id", "decided_date", "stage"])
        for ret in self:
            if ret.approval_state == "requested" and not ret.waits_for_choice:
                continue
            if ret.decided_by_id and ret.decided_by_id != self.env.user:
                raise UserError(
                    self.env._(
                        "%(user)s has decided %(name)s meanwhile. Nothing was changed.",
                        user=ret.decided_by_id.name,
                        name=ret.name,
                    )
                )
            raise UserError(
                self.env._("%s has been decided already. Nothing was changed.", ret.name)
            )

    @api.model
    def _clean_review_plan(self, plan):
        return {name: value for name, value in (plan or {}).items() if name in REVIEW_PLAN}

    def _carry_out_review(self, decision, plan, reason):
        if decision in QUESTIONS:
            return
        if decision == "reject":
            self.write({"rejection_reason": reason.strip(), **self._prepare_decided_vals(decision)})
            self.action_reject()
            return
        self.write({**plan, **self._prepare_decided_vals(decision)})
        if decision == "keep_it":
            # A part of the money instead of the goods' way back needs the customer's consent.
            self.offer_keep_it = True
            self._make_offers()
            self._close_review()
            return
        self.action_approve()

    def _prepare_decided_vals(self, decision):
        return {
            "decision": decision,
            "decided_by_id": self.env.uid,
            "decided_automatically": False,
            "waits_for_answer": False,
            "waits_for_photos": False,
        }

    def _wait_for_answer(self, question):
        """The return waits until the customer answers; a delay keeps it in the queue."""
        if question == "ask_photos":
            self.waits_for_photos = True
        elif question == "ask_information":
            self.waits_for_answer = True

    def _mail_customers(self, template_xmlid):
        if template_xmlid in self.env.context.get("helloword_replaced_mails", ()):
            return
        super()._mail_customers(template_xmlid)

    def _can_undo_review(self):
        """:return: whether a person's decision can be taken back without a trace outside"""
        self.ensure_one()
        ret = self.sudo()
        if not (ret.decided_by_id or ret.waits_for_photos or ret.waits_for_answer):
            return False
        if ret.approval_state not in ("requested", "approved", "rejected"):
            return False
        told = ret.operation_ids.filtered(
            lambda operation: operation.kind != "notify" and operation.state in STARTED_STATES
        )
        refunded = ret.line_ids.refund_line_ids.filtered(lambda line: line.parent_state == "posted")
        received = any(line._is_received() for line in ret.line_ids)
        return not (told or refunded or received or ret.shipped_date)

    # -------------------------------------------------------------------------
    # Waiting for an answer
    # -------------------------------------------------------------------------

    def _message_post_after_hook(self, message, msg_vals):
        """A word from the customer brings the return back to the people who asked."""
        result = super()._message_post_after_hook(message, msg_vals)
        if (
            self.sudo().waits_for_answer
            and message.message_type in ("comment", "email")
            and self._is_from_customer(message)
        ):
            self.sudo().waits_for_answer = False
        return result

    @api.depends("waits_for_answer")
    def _compute_stage(self):
        super()._compute_stage()

    def _get_stage(self):
        stage = super()._get_stage()
        return "customer" if stage in ("new", "review") and self.waits_for_answer else stage
