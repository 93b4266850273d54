from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .tracking_event import FINAL_STATUSES

ALERT_KINDS = [
    ("failed", "Cannot be delivered"),
    ("unreceived", "Delivered, not received"),
    ("stuck", "Stuck"),
    ("late", "Late"),
]
ALERT_ACTIVITIES = {
    kind: f"helloword_returns.mail_activity_parcel_{kind}" for kind, _name in ALERT_KINDS
}
FAILED_STATUSES = ("delivery_failed", "return_to_sender")
AWAITED_STATES = ("expected", "transit", "partial")
WATCH_BATCH = 500


class HellowordParcelAlert(models.Model):
    """What was asked about a parcel, so that nobody is asked twice.

    The same thing may be asked again when it begins anew: a parcel that moved and stuck again.
    """

    _name = "helloword.parcel.alert"
    _description = "Parcel Alert"
    _order = "id desc"
    _rec_name = "kind"
    _check_company_auto = True

    label_id = fields.Many2one(
        "helloword.return.label", required=True, index=True, ondelete="cascade", check_company=True
    )
    return_id = fields.Many2one(related="label_id.return_id", store=True, index=True)
    company_id = fields.Many2one(related="label_id.company_id", store=True, index=True)
    kind = fields.Selection(ALERT_KINDS, required=True)
    since = fields.Datetime(required=True, help="When it began (UTC).")
    closed_date = fields.Datetime(string="Settled", help="Empty: it is so still.")
    activity_id = fields.Many2one("mail.activity", ondelete="set null", index="btree_not_null")

    _alert_uniq = models.UniqueIndex("(label_id, kind, since)")
    _open_alerts = models.Index("(label_id) WHERE closed_date IS NULL")

    def _close(self):
        """It is so no longer: nobody has to look any more. Batch."""
        self.closed_date = fields.Datetime.now()
        self.activity_id.filtered("active").action_feedback(
            feedback=self.env._("The parcel has moved on; nothing is left to do.")
        )


class HellowordReturnLabel(models.Model):
    _inherit = "helloword.return.label"

    alert_ids = fields.One2many("helloword.parcel.alert", "label_id", string="Alerts")
    open_alert_ids = fields.One2many(
        "helloword.parcel.alert",
        "label_id",
        string="Open Alerts",
        domain=[("closed_date", "=", False)],
    )

    def _watch_parcels(self):
        """Ask a person about parcels that need one, and take questions back that have settled
        themselves. Batch, safe to repeat."""
        now = fields.Datetime.now()
        labels = self.sudo()
        alerts = labels.env["helloword.parcel.alert"].search([("label_id", "in", labels.ids)])
        known = {(alert.label_id, alert.kind, alert.since) for alert in alerts}
        wanted = {
            (label, kind, since)
            for label in labels
            for kind, since in label._get_alerts(now).items()
        }
        settled = alerts.filtered(
            lambda alert: (
                not alert.closed_date and (alert.label_id, alert.kind, alert.since) not in wanted
            )
        )
        settled._close()
        labels._raise_alerts(sorted(wanted - known, key=lambda row: (row[0].id, row[1])))

    def _get_alerts(self, now):
        """:return: dict of kind of alert → naive UTC moment since when it is so"""
        self.ensure_one()
        ret, company = self.return_id, self.company_id
        if ret.approval_state != "approved" or ret.goods_state not in AWAITED_STATES:
            return {}
        if not self.last_event_date or (self.state == "voided" and not self.scanned_date):
            return {}
        if self.tracking_status in FAILED_STATUSES:
            return {"failed": self.last_event_date}
        if self.delivered_date:
            # A part that was received shows that the parcel came.
            days = company.return_unreceived_days
            due = days and self.delivered_date + timedelta(days=days) <= now
            return (
                {"unreceived": self.delivered_date} if due and ret.goods_state != "partial" else {}
            )
        if self.tracking_status in FINAL_STATUSES or not self.scanned_date:
            return {}
        days = company.return_stuck_days
        if days and self.last_event_date + timedelta(days=days) <= now:
            return {"stuck": self.last_event_date}
        days, latest = company.return_late_days, self.eta_latest_date
        return {"late": latest} if days and latest and latest + timedelta(days=days) <= now else {}

    @api.model
    def _raise_alerts(self, rows):
        """:param rows: list of tuples (label, kind, since)"""
        if not rows:
            return
        model = self.env["ir.model"]._get("helloword.return")
        activities = self.env["mail.activity"].create(
            [label._prepare_alert_activity(kind, model) for label, kind, _since in rows]
        )
        self.env["helloword.parcel.alert"].create(
            [
                {
                    "label_id": label.id,
                    "kind": kind,
                    "since": since,
                    "activity_id": activity.id,
                }
                for (label, kind, since), activity in zip(rows, activities, strict=True)
            ]
        )

    def _prepare_alert_activity(self, kind, model):
        """:param model: ``ir.model`` of returns
        :return: values of the activity, in the language of whom it is for
        """
        self.ensure_one()
        user = self.return_id.user_id or self.channel_id.user_id or self.env.user
        label = self.with_context(lang=user.lang)
        return {
            "activity_type_id": self.env.ref(ALERT_ACTIVITIES[kind]).id,
            "summary": label._get_alert_summary(kind),
            "note": label._get_alert_note(kind),
            "date_deadline": fields.Date.context_today(self),
            "user_id": user.id,
            "res_model_id": model.id,
            "res_id": self.return_id.id,
            "automated": True,
        }

    def _get_alert_summary(self, kind):
        self.ensure_one()
        return {
            "failed": self.env._("Parcel %s cannot be delivered", self.tracking_number),
            "unreceived": self.env._("Find parcel %s at the dock", self.tracking_number),
            "stuck": self.env._("Ask the carrier about parcel %s", self.tracking_number),
            "late": self.env._("Parcel %s is late", self.tracking_number),
        }[kind]

    def _get_alert_note(self, kind):
        """:return: what to do about it"""
        self.ensure_one()
        return {
            "failed": self.env._(
                "The carrier could not deliver it, or sends it back. Ask the carrier to try again, "
                "and tell the customer."
            ),
            "unreceived": self.env._(
                "The carrier says that it was delivered. Look for it at the dock and receive it, or "
                "ask the carrier for the proof of delivery."
            ),
            "stuck": self.env._(
                "Nothing has been heard of it for days. Ask the carrier, and have it searched for."
            ),
            "late": self.env._(
                "It should have arrived by now. Look at its events; tell the customer when the "
                "refund waits for it."
            ),
        }[kind]

    @api.model
    def _get_watch_domain(self, now):
        """What may need a person, and what a person was asked about; the details are judged label
        by label."""
        awaited = (
            Domain("last_event_date", "!=", False)
            & Domain("return_id.approval_state", "=", "approved")
            & Domain("return_id.goods_state", "in", AWAITED_STATES)
        )
        yesterday = now - timedelta(days=1)
        suspicious = (
            Domain("tracking_status", "in", FAILED_STATUSES)
            | Domain("delivered_date", "<=", yesterday)
            | Domain("last_event_date", "<=", yesterday)
            | Domain("eta_latest_date", "<=", yesterday)
        )
        return (awaited & suspicious) | Domain("open_alert_ids", "!=", False)

    @api.model
    def _cron_watch_parcels(self):
        """Look at parcels time alone makes suspicious."""
        labels = self.search(self._get_watch_domain(fields.Datetime.now()), order="id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(labels))
        for start in range(0, len(labels), WATCH_BATCH):
            batch = labels[start : start + WATCH_BATCH]
            batch._watch_parcels()
            if not cron._commit_progress(len(batch)):
                return


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    def _watch_own_parcels(self):
        self.sudo().label_ids.filtered("open_alert_ids")._watch_parcels()

    def _on_goods_received(self):
        result = super()._on_goods_received()
        self._watch_own_parcels()
        return result

    def _on_cancelled(self):
        result = super()._on_cancelled()
        self._watch_own_parcels()
        return result

    def _on_goods_closed(self):
        result = super()._on_goods_closed()
        self._watch_own_parcels()
        return result
