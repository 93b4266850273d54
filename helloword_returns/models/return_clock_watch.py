from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_date, format_datetime

REFUND_ACTIVITY = "helloword_returns.mail_activity_refund_due"
# How long before its end a refund's clock asks for a person.
WARNING_DAYS = 2
# Returns looked at in one run; the next run takes the others.
WATCH_LIMIT = 2000


class HellowordReturn(models.Model):
    """The refund's clock is shown and watched."""

    _inherit = "helloword.return"

    is_refund_overdue = fields.Boolean(
        string="Refund Overdue",
        compute="_compute_refund_urgency",
        search="_search_is_refund_overdue",
    )
    is_refund_near = fields.Boolean(
        string="Refund Due Soon",
        compute="_compute_refund_urgency",
        search="_search_is_refund_near",
    )
    show_refund_due = fields.Boolean(
        compute="_compute_refund_urgency",
        help="Near or over, and another moment than the channel's deadline shown beside it.",
    )
    refund_clock_text = fields.Text(string="Refund Clock", compute="_compute_refund_clock_text")

    @api.depends("refund_due_date", "refund_state", "state", "deadline_date")
    def _compute_refund_urgency(self):
        now = fields.Datetime.now()
        soon = now + timedelta(days=WARNING_DAYS)
        for ret in self:
            due = ret._is_refund_open() and ret.refund_due_date
            ret.is_refund_overdue = bool(due and due < now)
            ret.is_refund_near = bool(due and now <= due < soon)
            ret.show_refund_due = bool(due and due < soon and due != ret.deadline_date)

    def _is_refund_open(self):
        self.ensure_one()
        return self.state in ("requested", "approved") and self.refund_state != "done"

    @api.model
    def _get_open_refund_domain(self):
        return Domain("state", "in", ("requested", "approved")) & Domain(
            "refund_state", "!=", "done"
        )

    def _search_is_refund_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._get_open_refund_domain() & Domain(
            "refund_due_date", "<", fields.Datetime.now()
        )

    def _search_is_refund_near(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        return (
            self._get_open_refund_domain()
            & Domain("refund_due_date", ">=", now)
            & Domain("refund_due_date", "<", now + timedelta(days=WARNING_DAYS))
        )

    # -------------------------------------------------------------------------
    # In words
    # -------------------------------------------------------------------------

    @api.depends("refund_clock")
    @api.depends_context("lang", "tz")
    def _compute_refund_clock_text(self):
        for ret in self:
            ret.refund_clock_text = "\n".join(
                ret._describe_term(term) for term in ret.refund_clock or []
            )

    def _describe_term(self, term):
        """:return: one deadline in the reader's language"""
        self.ensure_one()
        origins = {
            "law": self.env._("Law"),
            "channel": self.env._("Channel"),
            "policy": self.env._("Published policy"),
        }
        if term["date"]:
            when = self.env._("by %s", format_datetime(self.env, term["date"]))
        elif term.get("not_before"):
            when = self.env._(
                "not before %(day)s; %(waits)s",
                day=format_date(self.env, fields.Datetime.to_datetime(term["not_before"]).date()),
                waits=self._describe_wait(term["basis"]),
            )
        else:
            when = self._describe_wait(term["basis"])
        return f"{origins[term['origin']]} · {term['source']}: {when}"

    @api.model
    def _describe_wait(self, basis):
        return {
            "goods_or_proof": self.env._("waits for the goods or proof of dispatch"),
            "notice_or_proof": self.env._("waits for the goods or proof of dispatch"),
            "receipt": self.env._("waits for the goods"),
            "inspection": self.env._("waits for the goods"),
            "first_scan": self.env._("waits for the first carrier scan"),
            "agreement": self.env._("waits for the decision"),
            "decision": self.env._("waits for the decision"),
        }.get(basis, self.env._("waits"))

    # -------------------------------------------------------------------------
    # Watching
    # -------------------------------------------------------------------------

    @api.model
    def _cron_watch_refund_clock(self):
        """Ask a person, once, for each refund whose clock runs out soon or has run out; and take
        the question back where the money was paid meanwhile."""
        watched = Domain("activity_ids.activity_type_id", "in", self.env.ref(REFUND_ACTIVITY).ids)
        settled = self.search(watched & ~self._get_open_refund_domain(), limit=WATCH_LIMIT)
        settled.activity_feedback([REFUND_ACTIVITY])
        soon = fields.Datetime.now() + timedelta(days=WARNING_DAYS)
        due = self.search(
            self._get_open_refund_domain() & Domain("refund_due_date", "<", soon) & ~watched,
            order="refund_due_date",
            limit=WATCH_LIMIT,
        )
        due._warn_of_refund_due()
        return due

    def _warn_of_refund_due(self):
        """One activity for each return, on the day its refund is due."""
        activity_type = self.env.ref(REFUND_ACTIVITY)
        model = self.env["ir.model"]._get(self._name)
        return self.env["mail.activity"].create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "summary": activity_type.summary,
                    "note": ret.refund_clock_text,
                    "date_deadline": ret.refund_due_date.date(),
                    "user_id": (ret.user_id or ret.channel_id.user_id or self.env.user).id,
                    "res_model_id": model.id,
                    "res_id": ret.id,
                    "automated": True,
                }
                for ret in self
            ]
        )
