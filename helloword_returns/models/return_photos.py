from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import groupby
from odoo.tools.misc import format_date

# Returns looked at in one run; the next run takes the others.
GIVE_UP_LIMIT = 2000


class HellowordReturn(models.Model):
    """Returns whose plan wants photos wait until the customer has sent one."""

    _inherit = "helloword.return"

    waits_for_photos = fields.Boolean(
        copy=False,
        index="btree_not_null",
        readonly=True,
        help="The plan wants a photo and the customer has been asked for one.",
    )
    photos_asked_at = fields.Datetime(
        copy=False, readonly=True, help="When the customer was asked for a photo (UTC)."
    )

    def _ask_for_photos(self):
        """Ask the customers whose plans want photos and who sent none.

        :return: the returns that wait now
        """
        waiting = self.filtered(
            lambda ret: (
                ret.photo_required
                and not ret.has_photo
                and ret.decision not in ("manual", "reject")
            )
        )
        waiting.write({"waits_for_photos": True, "photos_asked_at": fields.Datetime.now()})
        waiting._mail_customers("helloword_returns.mail_template_return_photos")
        return waiting

    def _on_photos_received(self):
        """The photos that were asked for came: decide with what is known now. Batch."""
        returns = self.filtered(
            lambda ret: ret.waits_for_photos and ret.approval_state == "requested"
        )
        returns.write({"waits_for_photos": False, "decision": False})
        returns.action_decide()

    @api.model
    def _cron_give_up_waiting_for_photos(self):
        """Where the photos that were asked for do not come, a person decides."""
        now = fields.Datetime.now()
        companies = self.env["res.company"].search([("return_photo_days", ">", 0)])
        for days, group in groupby(companies, lambda company: company.return_photo_days):
            self.search(
                [
                    ("company_id", "in", [company.id for company in group]),
                    ("waits_for_photos", "=", True),
                    ("approval_state", "=", "requested"),
                    ("photos_asked_at", "<", now - timedelta(days=days)),
                ],
                order="photos_asked_at",
                limit=GIVE_UP_LIMIT,
            )._give_up_waiting_for_photos()

    def _give_up_waiting_for_photos(self):
        self.waits_for_photos = False
        self._leave_to_person()
        self._schedule_review()
        self._message_log_batch(
            bodies={
                ret.id: self.env._(
                    "The customer was asked for photos on %s and has sent none: a person decides.",
                    format_date(self.env, ret.photos_asked_at),
                )
                for ret in self
            }
        )

    @api.depends("waits_for_photos")
    def _compute_stage(self):
        super()._compute_stage()

    def _get_stage(self):
        stage = super()._get_stage()
        return "customer" if stage in ("new", "review") and self.waits_for_photos else stage

    def _on_approved(self):
        result = super()._on_approved()
        self.filtered("waits_for_photos").waits_for_photos = False
        return result

    def _on_rejected(self):
        result = super()._on_rejected()
        self.filtered("waits_for_photos").waits_for_photos = False
        return result


class ResCompany(models.Model):
    _inherit = "res.company"

    return_photo_days = fields.Integer(
        string="Days to Wait for Photos",
        default=7,
        help="Returns whose customers were asked for photos and sent none go to a person after so "
        "many days. Zero: they wait.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    return_photo_days = fields.Integer(related="company_id.return_photo_days", readonly=False)


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        """A picture on a return may be the one it waits for."""
        attachments = super().create(vals_list)
        pictured = {
            attachment.res_id
            for attachment in attachments
            if attachment.res_model == "helloword.return"
            and attachment.res_id
            and not attachment.res_field
            and (attachment.mimetype or "").startswith("image/")
        }
        if pictured:
            self.env["helloword.return"].sudo().search(
                [("id", "in", list(pictured)), ("waits_for_photos", "=", True)]
            )._on_photos_received()
        return attachments
