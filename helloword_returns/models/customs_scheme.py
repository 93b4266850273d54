from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HellowordCustomsDated(models.AbstractModel):
    """What customs rules say holds for a time."""

    _name = "helloword.customs.dated"
    _description = "Dated Customs Rule"

    date_from = fields.Date(string="Valid From", help="Empty: it has held for long.")
    date_to = fields.Date(string="Valid Until", help="Empty: until further notice.")
    source_url = fields.Char(string="Source")

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for rule in self:
            if rule.date_from and rule.date_to and rule.date_to < rule.date_from:
                raise ValidationError(
                    self.env._("“%s” ends before it begins. Correct the dates.", rule.display_name)
                )

    def _is_valid_on(self, day):
        """:return: whether this holds on a day"""
        self.ensure_one()
        return (not self.date_from or self.date_from <= day) and (
            not self.date_to or day <= self.date_to
        )


class HellowordCustomsScheme(models.Model):
    """A relief from duty for goods that come back, or a refund of duty for goods that leave.

    Data with dates and sources, for people to keep up to date; no legal advice. Which one holds for
    a return is proposed by country and day, see ``return_customs_relief``.
    """

    _name = "helloword.customs.scheme"
    _description = "Customs Relief Scheme"
    _inherit = ["helloword.customs.dated"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    code = fields.Selection(
        [
            ("eu_rgr", "Returned goods, European Union"),
            ("uk_rgr", "Returned goods, United Kingdom"),
            ("us_9801", "Returned goods, United States"),
            ("drawback_c", "Drawback, rejected goods"),
            ("drawback_j", "Drawback, unused goods"),
            ("none", "None"),
        ],
        required=True,
        default="none",
        help="What papers and proposals go by.",
    )
    side = fields.Selection(
        [("import", "Where the goods arrive"), ("export", "Where the goods leave")],
        required=True,
        default="import",
    )
    country_ids = fields.Many2many(
        "res.country",
        string="Countries",
        help="Where the goods arrive or leave. Territories with codes of their own are entered "
        "beside their state, e.g. Puerto Rico beside the United States.",
    )
    country_group_ids = fields.Many2many("res.country.group", string="Country Groups")
    years = fields.Integer(
        string="Years to Come Back",
        default=3,
        help="Counted from the original export. Zero: no limit, or one that cannot be computed.",
    )
    is_unlimited_at_home = fields.Boolean(
        string="Own Products Without a Limit",
        help="Goods made in the country they come back to have no limit.",
    )
    mark = fields.Char(
        string="Mark on the Parcel", help="Printed on the papers as it stands, in English."
    )
    statement = fields.Text(help="The claim printed on the commercial invoice, in English.")
    conditions = fields.Text(
        translate=True, help="What people should know before they claim the relief."
    )
    code_ids = fields.One2many("helloword.customs.scheme.code", "scheme_id", copy=True)

    _years_positive = models.Constraint("CHECK(years >= 0)", "The years cannot be negative.")

    def _holds(self, country):
        """:return: whether the scheme is about this country; one without any is about none"""
        self.ensure_one()
        return country in self.country_ids or bool(
            country.country_group_ids & self.country_group_ids
        )


class HellowordCustomsSchemeCode(models.Model):
    """What a customs authority wants to see in the declaration, e.g. F05 in Ireland."""

    _name = "helloword.customs.scheme.code"
    _description = "Customs Procedure Code"
    _inherit = ["helloword.customs.dated"]
    _order = "scheme_id, country_id, sequence, id"
    _rec_name = "code"

    scheme_id = fields.Many2one(
        "helloword.customs.scheme", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    country_id = fields.Many2one("res.country", required=True, ondelete="restrict")
    code = fields.Char(required=True)
    meaning = fields.Char(translate=True)
