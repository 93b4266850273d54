from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_compare, format_amount


class HellowordLabelAccount(models.Model):
    """One account at one label service: what it may be used for, and how dear it may be.

    What stands at the other side is in ``label_account_provider``.
    """

    _name = "helloword.label.account"
    _description = "Label Account"
    _inherit = ["mail.thread", "helloword.provider.account"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(
        default=10, help="Accounts higher in the list are preferred where price and days are equal."
    )
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    provider = fields.Selection(
        [
            ("demo", "Demo"),
            ("easypost", "EasyPost"),
            ("slip", "Printable slip"),
            ("manual", "By hand"),
        ],
        required=True,
        default="demo",
        tracking=True,
        help="Who makes the labels. “Printable slip” needs no account: the customer posts the "
        "parcel with any carrier. “By hand”: a person gets the label elsewhere and uploads it.",
    )
    environment = fields.Selection(
        help="Labels of a test account look real, cost nothing and are not carried."
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Billed By",
        check_company=True,
        help="Whose bill the cost of the labels waits for.",
    )
    note = fields.Text(help="For colleagues, e.g. who signed the contract.")

    country_ids = fields.Many2many(
        "res.country",
        "helloword_label_account_country_rel",
        string="From Countries",
        help="Countries of customers this account makes labels for. Empty, with no country groups: "
        "all.",
    )
    country_group_ids = fields.Many2many("res.country.group", string="From Country Groups")
    warehouse_ids = fields.Many2many(
        "stock.warehouse",
        string="To Warehouses",
        check_company=True,
        help="Empty: all warehouses of the company.",
    )
    route_type = fields.Selection(
        [
            ("any", "Within a country and across borders"),
            ("domestic", "Within a country only"),
            ("abroad", "Across borders only"),
        ],
        string="Routes",
        required=True,
        default="any",
    )
    max_weight = fields.Float(string="Heaviest Parcel (kg)", digits=(10, 3), help="Zero: no limit.")
    service_codes = fields.Char(
        string="Services Allowed",
        help="Names of services with commas between, as the service writes them, e.g. "
        "“GroundAdvantage, Priority”. Empty: all.",
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    max_price = fields.Monetary(string="Dearest Label", help="Zero: no limit.")
    expected_price = fields.Monetary(
        help="What a label costs where the service does not say so in advance. The choice between "
        "accounts goes by it."
    )
    expected_days = fields.Integer(help="On the road, where the service does not say so.")
    label_format = fields.Selection(
        [("PDF", "PDF"), ("PNG", "PNG"), ("ZPL", "ZPL (label printers)")],
        required=True,
        default="PDF",
    )
    wants_qr = fields.Boolean(
        string="QR Code",
        help="Ask for a code the customer shows at the counter instead of a printed label.",
    )
    package_type_id = fields.Many2one(
        "stock.package.type",
        string="Package",
        check_company=True,
        help="Its dimensions and its own weight are assumed for parcels of customers.",
    )
    label_ids = fields.One2many("helloword.return.label", "account_id")
    label_count = fields.Integer(compute="_compute_label_count")

    @api.constrains("max_weight", "max_price", "expected_price", "expected_days")
    def _check_limits(self):
        for account in self:
            limits = (account.max_price, account.expected_price, account.expected_days)
            if account.max_weight < 0 or min(limits) < 0:
                raise ValidationError(self.env._("Limits, prices and days cannot be negative."))

    @api.model
    def _get_webhook_path(self):
        return "/helloword/label/webhook"

    def _compute_label_count(self):
        counts = dict(
            self.env["helloword.return.label"]._read_group(
                [("account_id", "in", self.ids)], ["account_id"], ["__count"]
            )
        )
        for account in self:
            account.label_count = counts.get(account._origin, 0)

    def action_view_labels(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_return_label_action"
        )
        action["domain"] = [("account_id", "=", self.id)]
        action["context"] = {}
        return action

    # -------------------------------------------------------------------------
    # What it may be used for
    # -------------------------------------------------------------------------

    def _get_label_obstacle(self, label):
        """Why this account is not asked for a label.

        :param label: ``helloword.return.label``
        :return: words, empty when nothing speaks against it
        """
        self.ensure_one()
        origin = label.customer_partner_id.country_id or label.return_id.country_id
        target = label.destination_partner_id.country_id
        if not self._serves_country(origin):
            return self.env._("Not for customers in %s.", origin.name or self.env._("no country"))
        if self.warehouse_ids and label.warehouse_id not in self.warehouse_ids:
            return self.env._("Not for this warehouse.")
        if self.route_type == "domestic" and origin != target:
            return self.env._("Only within a country.")
        if self.route_type == "abroad" and origin == target:
            return self.env._("Only across borders.")
        if self.max_weight and (
            float_compare(label.weight, self.max_weight, precision_rounding=0.001) > 0
        ):
            return self.env._("Heavier than %g kg.", self.max_weight)
        return ""

    def _serves_country(self, country):
        self.ensure_one()
        if not self.country_ids and not self.country_group_ids:
            return True
        return country in self.country_ids or bool(
            country.country_group_ids & self.country_group_ids
        )

    def _get_rate_obstacle(self, rate):
        """Why one offer of this account is not taken.

        :param rate: ``helloword.return.label.rate``
        :return: words, empty when nothing speaks against it
        """
        self.ensure_one()
        allowed = {code.strip().lower() for code in (self.service_codes or "").split(",")} - {""}
        if allowed and (rate.service or "").lower() not in allowed:
            return self.env._("This service is not allowed.")
        if not rate.currency_id and rate.currency_name:
            return self.env._("The currency %s is not known.", rate.currency_name)
        if self.max_price and rate.currency_id:
            price = rate.currency_id._convert(
                rate.amount, self.currency_id, self.company_id, fields.Date.context_today(self)
            )
            if self.currency_id.compare_amounts(price, self.max_price) > 0:
                return self.env._(
                    "Dearer than %s.", format_amount(self.env, self.max_price, self.currency_id)
                )
        return ""
