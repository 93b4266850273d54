from odoo import api, fields, models


class HellowordReturn(models.Model):
    """Returns whose plan wants photos wait until the customer has sent one."""

    _inherit = "helloword.return"

    waits_for_photos = fields.Boolean(
        copy=False,
        index="btree_not_null",
        readonly=True,
        help="The plan wants a photo and the customer has been asked for one.",
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
        waiting.waits_for_photos = True
        waiting._mail_customers("helloword_returns.mail_template_return_photos")
        return waiting

    def _on_photos_received(self):
        """The photos that were asked for came: decide with what is known now. Batch."""
        returns = self.filtered(
            lambda ret: ret.waits_for_photos and ret.approval_state == "requested"
        )
        returns.write({"waits_for_photos": False, "decision": False})
        returns.action_decide()

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
