from odoo import api, fields, models
from odoo.exceptions import UserError

from ..customs import papers
from ..customs.territory import get_border, get_place

# Reason groups of returns, as customs papers name reasons.
REASONS_BY_GROUP = {
    "changed_mind": "withdrawal",
    "size": "withdrawal",
    "late": "withdrawal",
    "gift": "withdrawal",
    "not_as_described": "wrong_item",
    "wrong_item": "wrong_item",
    "missing_part": "defective",
    "defective": "defective",
    "damaged": "damaged",
}
# Goods that travel to be worked on come back under processing procedures, not as returned goods.
PROCESSING_REASONS = ("repair", "warranty")


class HellowordReturnCustoms(models.Model):
    """The customs papers of one return that crosses a border.

    Everything on them is proposed from the return, its order, delivery and invoice, and can be
    corrected. What may not be guessed stays empty and is asked for, see ``return_customs_gaps``.
    """

    _name = "helloword.return.customs"
    _description = "Customs Papers of a Return"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(related="return_id.name", store=True, index="trigram")
    return_id = fields.Many2one(
        "helloword.return", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one(related="return_id.company_id", store=True, index=True)
    channel_id = fields.Many2one(related="return_id.channel_id", store=True)
    partner_id = fields.Many2one(related="return_id.partner_id", string="Customer", store=True)
    user_id = fields.Many2one(related="return_id.user_id", string="Responsible", store=True)
    goods_state = fields.Selection(related="return_id.goods_state", store=True)
    line_ids = fields.One2many("helloword.return.customs.line", "customs_id", copy=True)

    export_partner_id = fields.Many2one(
        "res.partner",
        string="Exporter",
        compute="_compute_partners",
        store=True,
        readonly=False,
        index="btree_not_null",
        check_company=True,
        help="Who sends the goods back: the customer.",
    )
    import_partner_id = fields.Many2one(
        "res.partner",
        string="Delivered To",
        compute="_compute_partners",
        store=True,
        readonly=False,
        index="btree_not_null",
        check_company=True,
        help="The address of the warehouse the plan names.",
    )
    importer_partner_id = fields.Many2one(
        "res.partner",
        string="Importer of Record",
        compute="_compute_importer",
        store=True,
        readonly=False,
        index="btree_not_null",
        check_company=True,
        help="Who declares the goods and owes the duty. For returned goods relief usually the same "
        "as who exported them.",
    )
    exporter_ref = fields.Char(
        string="Exporter's EORI or Tax Number", compute="_compute_refs", store=True, readonly=False
    )
    importer_ref = fields.Char(
        string="Importer's EORI or Tax Number", compute="_compute_refs", store=True, readonly=False
    )
    export_country_id = fields.Many2one(
        "res.country", compute="_compute_border", store=True, string="From Country"
    )
    import_country_id = fields.Many2one(
        "res.country", compute="_compute_border", store=True, string="To Country"
    )
    border = fields.Selection(
        [("none", "None"), ("fiscal", "Tax border"), ("customs", "Customs border")],
        compute="_compute_border",
        store=True,
        help="A tax border lies within a customs territory, e.g. between Spain and the Canary "
        "Islands: papers are needed, but the goods stay in the territory.",
    )
    direction = fields.Selection(
        [
            ("import", "Into the company's territory"),
            ("export", "Out of the company's territory"),
            ("abroad", "Between other territories"),
        ],
        compute="_compute_border",
        store=True,
    )
    reason = fields.Selection(
        [
            ("withdrawal", "Not wanted"),
            ("wrong_item", "Wrong or not as described"),
            ("defective", "Defective"),
            ("damaged", "Damaged"),
            ("warranty", "Warranty"),
            ("repair", "Repair"),
            ("trial", "Trial or approval"),
            ("other", "Other"),
        ],
        compute="_compute_reason",
        store=True,
        readonly=False,
        tracking=True,
        help="Why the goods come back. Goods to be repaired need another procedure than returned "
        "goods.",
    )
    incoterm_id = fields.Many2one(
        "account.incoterms",
        default=lambda self: self.env["ir.model.data"]._xmlid_to_res_id("account.incoterm_DAP"),
        help="Who pays for the way back and its duties.",
    )
    form = fields.Selection(
        [
            (papers.CN22, "CN22"),
            (papers.CN23, "CN23"),
            (papers.COMMERCIAL, "Commercial invoice"),
            (papers.PROFORMA, "Proforma invoice"),
        ],
        compute="_compute_form",
        store=True,
        readonly=False,
        tracking=True,
        help="Parcels by post take CN22 up to 300 SDR and 2 kg, CN23 above; other carriers take an "
        "invoice.",
    )

    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, readonly=False
    )
    value = fields.Monetary(
        string="Customs Value", compute="_compute_totals", store=True, help="Taxes excluded."
    )
    net_weight = fields.Float(
        string="Net Weight (kg)", digits=(10, 3), compute="_compute_totals", store=True
    )
    gross_weight = fields.Float(
        string="Gross Weight (kg)",
        digits=(10, 3),
        compute="_compute_gross_weight",
        store=True,
        readonly=False,
        help="Of the parcel, packing included.",
    )

    original_invoice = fields.Char(
        string="Original Invoices", compute="_compute_originals", store=True, readonly=False
    )
    original_export_date = fields.Date(
        compute="_compute_originals",
        store=True,
        readonly=False,
        help="When the goods left the country they come back to: the delivery's date.",
    )
    original_country_id = fields.Many2one(
        "res.country",
        string="Originally Shipped From",
        compute="_compute_originals",
        store=True,
        readonly=False,
        help="The country of the warehouse that delivered the goods.",
    )
    original_tracking = fields.Char(
        string="Original Tracking Number",
        compute="_compute_originals",
        store=True,
        readonly=False,
    )
    original_export_mrn = fields.Char(
        string="Original Export MRN",
        help="Number of the export declaration the goods left under; evidence for the relief.",
    )
    original_import_mrn = fields.Char(
        string="Customer's Import MRN",
        help="Number of the declaration the goods reached the customer under; evidence for a "
        "refund of duty.",
    )
    return_tracking = fields.Char(
        string="Return Tracking Number", compute="_compute_return_tracking"
    )
    export_mrn = fields.Char(string="Return's Export MRN", copy=False)
    import_mrn = fields.Char(string="Return's Import MRN", copy=False)

    condition_unaltered = fields.Boolean(
        string="Unaltered",
        copy=False,
        tracking=True,
        help="The goods come back in the state they left in: not repaired, improved or processed.",
    )
    attestor = fields.Char(string="Attested By", copy=False)
    attested_date = fields.Date(string="Attested On", copy=False)
    signer = fields.Char(
        compute="_compute_signer",
        store=True,
        readonly=False,
        help="Who signs the papers, usually the sender.",
    )
    note = fields.Text(string="Remarks", help="Printed on the papers, in English.")

    _return_uniq = models.UniqueIndex("(return_id)", "This return has its customs papers already.")

    # -------------------------------------------------------------------------
    # Proposals
    # -------------------------------------------------------------------------

    @api.depends(
        "return_id.warehouse_id",
        "return_id.channel_id.warehouse_id",
        "return_id.sale_order_id.partner_shipping_id",
        "return_id.partner_id",
    )
    def _compute_partners(self):
        for customs in self:
            customs.export_partner_id = customs.return_id._get_sender_address()
            customs.import_partner_id = customs.return_id._get_return_address()

    @api.depends("company_id")
    def _compute_importer(self):
        for customs in self:
            customs.importer_partner_id = customs.company_id.partner_id

    @api.depends(
        "export_partner_id.eori",
        "export_partner_id.vat",
        "importer_partner_id.eori",
        "importer_partner_id.vat",
        "import_partner_id.eori",
    )
    def _compute_refs(self):
        """A warehouse with a number of its own imports under that one, e.g. a British EORI."""
        for customs in self:
            customs.exporter_ref = (
                customs.export_partner_id._get_customs_number() or customs.exporter_ref
            )
            customs.importer_ref = (
                customs.import_partner_id.eori
                or customs.importer_partner_id._get_customs_number()
                or customs.importer_ref
            )

    @api.depends(
        "export_partner_id.country_id",
        "export_partner_id.state_id",
        "export_partner_id.zip",
        "import_partner_id.country_id",
        "import_partner_id.state_id",
        "import_partner_id.zip",
        "company_id",
    )
    def _compute_border(self):
        today = fields.Date.context_today(self)
        for customs in self:
            start, end = customs._get_places()
            home = customs.company_id.partner_id
            territory = get_place(*home._get_customs_place(), today).territory
            customs.export_country_id = customs.export_partner_id.country_id
            customs.import_country_id = customs.import_partner_id.country_id
            customs.border = get_border(start, end, today).kind
            if get_place(*end, today).territory == territory:
                customs.direction = "import"
            elif get_place(*start, today).territory == territory:
                customs.direction = "export"
            else:
                customs.direction = "abroad"

    def _get_places(self):
        """:return: tuple of the two ends, each a tuple (country code, postal code)"""
        self.ensure_one()
        return self.export_partner_id._get_customs_place(), (
            self.import_partner_id._get_customs_place()
        )

    @api.depends("return_id.line_ids.reason_group_id")
    def _compute_reason(self):
        """The reason of most value decides; the papers have room for one."""
        for customs in self:
            lines = customs.return_id.line_ids.filtered(lambda line: not line.is_unexpected)
            main = lines.sorted("price_total", reverse=True)[:1]
            customs.reason = REASONS_BY_GROUP.get(main.reason_group_id.code, "other")

    @api.depends("line_ids.return_line_id.invoice_line_id", "return_id.currency_id")
    def _compute_currency_id(self):
        """The invoices' currency; the order's where there are several or none."""
        for customs in self:
            currencies = customs.line_ids.return_line_id.invoice_line_id.currency_id
            customs.currency_id = (
                currencies if len(currencies) == 1 else customs.return_id.currency_id
            )

    @api.depends("line_ids.value", "line_ids.net_weight")
    def _compute_totals(self):
        for customs in self:
            customs.value = sum(customs.line_ids.mapped("value"))
            customs.net_weight = sum(customs.line_ids.mapped("net_weight"))

    @api.depends("net_weight", "return_id.label_ids.weight", "return_id.label_ids.state")
    def _compute_gross_weight(self):
        for customs in self:
            customs.gross_weight = customs.return_id.label_id.weight or customs.net_weight

    @api.depends(
        "line_ids.return_line_id.invoice_line_id", "line_ids.return_line_id.origin_move_id"
    )
    def _compute_originals(self):
        """The sale is past: only other links change this, so that ordinary deliveries and invoices
        pay nothing for it."""
        for customs in self:
            lines = customs.line_ids.return_line_id
            invoices = lines.invoice_line_id.move_id
            deliveries = lines.origin_move_id.picking_id
            dates = [date for date in deliveries.mapped("date_done") if date]
            warehouses = lines.origin_move_id.picking_id.picking_type_id.warehouse_id
            countries = warehouses.partner_id.country_id
            customs.original_invoice = (
                ", ".join(name for name in invoices.mapped("name") if name)
                or customs.original_invoice
            )
            customs.original_export_date = (
                min(dates).date() if dates else customs.original_export_date
            )
            customs.original_country_id = (
                countries if len(countries) == 1 else customs.original_country_id
            )
            customs.original_tracking = (
                ", ".join(ref for ref in deliveries.mapped("carrier_tracking_ref") if ref)
                or customs.original_tracking
            )

    @api.depends("return_id.label_ids.tracking_number", "return_id.label_ids.state")
    def _compute_return_tracking(self):
        for customs in self:
            customs.return_tracking = customs.return_id.label_tracking_number

    @api.depends("return_id.customer_name", "export_partner_id")
    def _compute_signer(self):
        for customs in self:
            customs.signer = customs.return_id.customer_name or customs.export_partner_id.name

    @api.depends(
        "value",
        "gross_weight",
        "currency_id",
        "original_invoice",
        "return_id.label_ids.account_id.is_postal",
        "return_id.label_ids.carrier",
        "return_id.label_ids.state",
    )
    def _compute_form(self):
        """Where no limit or rate is known the longer form is right too."""
        figures = self.env["helloword.customs.figure"]._get_figures(fields.Date.today())
        for customs in self:
            sdr = customs._get_value_sdr(figures.get("sdr_usd"))
            customs.form = papers.choose_form(
                customs._travels_as_mail(),
                bool(customs.original_invoice),
                sdr,
                customs.gross_weight,
                figures.get("cn22_value", 0.0),
                figures.get("cn22_weight", 0.0),
            )

    def _travels_as_mail(self):
        """:return: whether the post carries the parcel, as far as known"""
        self.ensure_one()
        label = self.return_id.label_id
        if label.carrier:
            return papers.is_postal_carrier(label.carrier)
        return label.account_id.is_postal

    def _get_value_usd(self):
        """:return: the value in US dollars today; None where there is no rate"""
        self.ensure_one()
        dollar = self.env["res.currency"].browse(
            self.env["ir.model.data"]._xmlid_to_res_id("base.USD")
        )
        home = self.company_id.currency_id
        if any(
            currency not in (home, self.currency_id & dollar) and not currency.sudo().rate_ids
            for currency in (self.currency_id, dollar)
        ):
            return None
        today = fields.Date.context_today(self)
        return self.currency_id._convert(self.value, dollar, self.company_id, today)

    def _get_value_sdr(self, dollars_per_sdr):
        """:return: the value in special drawing rights; infinite where it cannot be computed"""
        self.ensure_one()
        dollars = self._get_value_usd()
        if dollars is None or not dollars_per_sdr:
            return float("inf")
        return dollars / dollars_per_sdr

    # -------------------------------------------------------------------------
    # CRUD
    # -------------------------------------------------------------------------

    def write(self, vals):
        if vals.get("condition_unaltered"):
            vals = {
                "attestor": self.env.user.name,
                "attested_date": fields.Date.context_today(self),
            } | vals
        result = super().write(vals)
        self._close_activity()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_shipped(self):
        for customs in self:
            if customs.return_id.shipped_date:
                raise UserError(
                    self.env._(
                        "Return %s is on its way; its papers are needed as evidence.", customs.name
                    )
                )

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_refresh(self):
        """Propose the lines again from the return; what people entered on lines is lost.

        :raise UserError: the parcel is on its way with these papers
        """
        self.check_access("write")
        self._unlink_except_shipped()
        self.sudo().line_ids.unlink()
        self.sudo()._follow_lines()
        return True

    def _follow_lines(self):
        """Goods that were added to the returns, or that no longer come back. Batch."""
        wanted = {customs: customs.return_id._get_customs_lines() for customs in self}
        self.line_ids.filtered(
            lambda line: line.return_line_id not in wanted[line.customs_id]
        ).unlink()
        self.env["helloword.return.customs.line"].create(
            [
                {"customs_id": customs.id, "return_line_id": line.id}
                for customs, lines in wanted.items()
                for line in lines - customs.line_ids.return_line_id
            ]
        )

    def action_attest(self):
        """The user has made sure that the goods come back as they left."""
        self.write({"condition_unaltered": True})
        return True

    def action_print(self):
        """The paper this parcel needs, as PDF.

        :raise UserError: something lacks
        """
        for customs in self:
            if customs.state == "incomplete":
                raise UserError(
                    self.env._(
                        "The papers of return %(name)s are not complete:\n%(gaps)s",
                        name=customs.name,
                        gaps="\n".join(customs._get_blocking_gaps()),
                    )
                )
        if len(set(self.mapped("form"))) > 1:
            raise UserError(
                self.env._("These returns need different papers. Print them form by form.")
            )
        return self[:1]._get_report().report_action(self, config=False)

    def _get_report(self):
        """:return: ``ir.actions.report`` that draws the paper this parcel needs"""
        self.ensure_one()
        name = {papers.CN22: "cn22", papers.CN23: "cn23"}.get(self.form, "invoice")
        return self.env.ref(f"helloword_returns.action_report_customs_{name}")

    def action_view_return(self):
        self.ensure_one()
        return self.return_id._get_records_action()
