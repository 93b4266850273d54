from odoo import api, fields, models


class HellowordCustomsFigure(models.Model):
    """A limit or a rate customs papers go by, from a day on. Data, for people to keep up to date."""

    _name = "helloword.customs.figure"
    _description = "Customs Limit or Rate"
    _inherit = ["helloword.customs.dated"]
    _order = "key, date_from desc, id"
    _rec_name = "key"

    key = fields.Selection(
        [
            ("cn22_value", "CN22 up to (SDR)"),
            ("cn22_weight", "CN22 up to (kg)"),
            ("sdr_usd", "US dollars in one SDR"),
            ("us_declaration", "Declarations of 19 CFR 10.1 above (USD)"),
        ],
        string="What",
        required=True,
        index=True,
    )
    value = fields.Float(digits=(16, 6), required=True)
    date_from = fields.Date(required=True, default=fields.Date.context_today)
    note = fields.Char(translate=True)
    active = fields.Boolean(default=True)

    _key_date_uniq = models.UniqueIndex(
        "(key, date_from) WHERE active", "There is a figure for this day already. Change that one."
    )
    _value_positive = models.Constraint("CHECK(value > 0)", "The figure must be above zero.")

    @api.model
    def _get_figures(self, day):
        """The figures of a day, with one query.

        :param day: date
        :return: dict key → value; keys nothing is entered for are not in it
        """
        figures = {}
        for figure in self.sudo().search([("date_from", "<=", day)], order="date_from desc"):
            if figure._is_valid_on(day):
                figures.setdefault(figure.key, figure.value)
        return figures


class HellowordCustomsHint(models.Model):
    """What people should know of a border, shown on the papers that cross it. No legal advice."""

    _name = "helloword.customs.hint"
    _description = "Customs Hint"
    _inherit = ["helloword.customs.dated"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    text = fields.Text(required=True, translate=True)
    import_country_ids = fields.Many2many(
        "res.country",
        "helloword_customs_hint_import_rel",
        string="Into Countries",
        help="Empty, with no country groups: into all.",
    )
    import_group_ids = fields.Many2many(
        "res.country.group", "helloword_customs_hint_import_group_rel", string="Into Country Groups"
    )
    export_country_ids = fields.Many2many(
        "res.country",
        "helloword_customs_hint_export_rel",
        string="Out of Countries",
        help="Empty, with no country groups: out of all.",
    )
    export_group_ids = fields.Many2many(
        "res.country.group",
        "helloword_customs_hint_export_group_rel",
        string="Out of Country Groups",
    )

    def _concerns(self, export_country, import_country):
        """:return: whether the hint is about goods from one country to the other"""
        self.ensure_one()
        return all(
            (not countries and not groups)
            or country in countries
            or bool(country.country_group_ids & groups)
            for country, countries, groups in (
                (export_country, self.export_country_ids, self.export_group_ids),
                (import_country, self.import_country_ids, self.import_group_ids),
            )
        )
