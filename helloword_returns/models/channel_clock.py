from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..law.working_days import add_working_days

CLOCK_KINDS = [
    ("respond", "Answer the request"),
    ("label", "Provide the label"),
    ("refund", "Refund"),
    ("dispute", "Answer a dispute"),
]
CLOCK_STARTS = [
    ("request", "The request"),
    ("decision", "The approval"),
    ("first_scan", "First carrier scan"),
    ("receipt", "Receipt of the goods"),
]


class HellowordChannelClock(models.Model):
    """How long a marketplace gives its sellers. Stricter terms win over the law's, and the other
    way round."""

    _name = "helloword.channel.clock"
    _description = "Clock of a Sales Channel"
    _order = "provider, kind, starts, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    provider = fields.Selection(
        selection=lambda self: self.env["helloword.channel"]._fields["provider"].selection,
        help="Every channel of this kind; empty: only the channels named below.",
    )
    channel_ids = fields.Many2many(
        "helloword.channel", string="Channels", help="Empty: every channel of the provider."
    )
    country_ids = fields.Many2many(
        "res.country", string="Buyer Countries", help="Empty: everywhere."
    )
    kind = fields.Selection(CLOCK_KINDS, required=True, default="refund")
    starts = fields.Selection(CLOCK_STARTS, required=True, default="request", string="Counts From")
    hours = fields.Integer()
    days = fields.Integer()
    business = fields.Boolean(
        string="Working Days", help="The days are working days of the buyer's country."
    )
    source = fields.Char(help="Where the marketplace says so.")
    confidence = fields.Selection(
        [("high", "Confirmed"), ("medium", "Likely"), ("low", "Not confirmed")],
        default="medium",
        required=True,
        help="Clocks that are not confirmed are shown, but set no deadline.",
    )

    _has_scope = models.Constraint(
        "CHECK(COALESCE(hours, 0) >= 0 AND COALESCE(days, 0) >= 0 "
        "AND COALESCE(hours, 0) + COALESCE(days, 0) > 0)",
        "A clock runs for some hours or days.",
    )

    @api.constrains("provider", "channel_ids")
    def _check_scope(self):
        for clock in self:
            if not clock.provider and not clock.channel_ids:
                raise ValidationError(
                    self.env._("Choose the kind of channel or the channels of “%s”.", clock.name)
                )

    def _applies_to(self, channel, country):
        self.ensure_one()
        return (
            (not self.provider or self.provider == channel.provider)
            and (not self.channel_ids or channel in self.channel_ids)
            and (not self.country_ids or country in self.country_ids)
        )

    def _get_end(self, start, country_code):
        """:param datetime start: when the clock starts (naive UTC)
        :param str country_code: the buyer's, for working days
        :return: naive UTC datetime
        """
        self.ensure_one()
        if self.days and self.business:
            end = add_working_days(start.date(), self.days, country_code or "US")
            start += end - start.date()
        else:
            start += timedelta(days=self.days)
        return start + timedelta(hours=self.hours)
