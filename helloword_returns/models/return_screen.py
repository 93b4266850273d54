import json

from odoo import api, fields, models


class HellowordReturn(models.Model):
    """What the screens show besides the facts themselves."""

    _inherit = "helloword.return"

    product_id = fields.Many2one(
        "product.product",
        compute="_compute_main_line",
        store=True,
        index="btree_not_null",
        help="The product of the line that is worth most.",
    )
    reason_id = fields.Many2one(
        "helloword.return.reason",
        compute="_compute_main_line",
        store=True,
        index="btree_not_null",
        help="The reason of the line that is worth most.",
    )
    reason_color = fields.Integer(related="reason_id.color")
    channel_has_logo = fields.Boolean(compute="_compute_channel_has_logo")
    country_flag_url = fields.Char(related="country_id.image_url")
    color = fields.Integer()
    is_late = fields.Boolean(compute="_compute_is_late")
    raw_payload_text = fields.Text(
        string="Request as Received", compute="_compute_raw_payload_text"
    )

    @api.depends("line_ids.product_id", "line_ids.reason_id", "line_ids.price_total")
    def _compute_main_line(self):
        for ret in self:
            main = max(ret.line_ids, key=lambda line: line.price_total, default=ret.line_ids)
            ret.product_id = main.product_id
            ret.reason_id = main.reason_id or ret.line_ids.reason_id[:1]

    @api.depends("channel_id.image_128")
    def _compute_channel_has_logo(self):
        for ret in self:
            ret.channel_has_logo = bool(ret.channel_id.with_context(bin_size=True).image_128)

    @api.depends("deadline_date", "state")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for ret in self:
            is_open = ret.state in ("requested", "approved")
            ret.is_late = bool(is_open and ret.deadline_date and ret.deadline_date < now)

    @api.depends("raw_payload")
    def _compute_raw_payload_text(self):
        for ret in self:
            ret.raw_payload_text = ret.raw_payload and json.dumps(
                ret.raw_payload, indent=2, ensure_ascii=False, sort_keys=True, default=str
            )

    def action_accept_as_is(self):
        """Set the attention issues aside: a person looked, and the request stands as it is.

        The rules then decide it like any other; what was set aside is told in the chatter.
        """
        waiting = self.filtered(
            lambda ret: ret.needs_attention and ret.approval_state == "requested"
        )
        for ret in waiting:
            ret.message_post(
                body=self.env._("Accepted as it is, although: %s", ret.attention_message)
            )
        waiting.attention_issues = False
        waiting.action_decide()
        return True


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    channel_id = fields.Many2one(related="return_id.channel_id")
    country_id = fields.Many2one(related="return_id.country_id")
    request_date = fields.Datetime(related="return_id.request_date")
    caused_by = fields.Selection(related="reason_id.responsible", string="Caused By")

    def action_view_return(self):
        """Lines are worked on in their return."""
        self.ensure_one()
        return self.return_id._get_records_action()
