from odoo import api, fields, models
from odoo.tools import plaintext2html

from ..customs.papers import is_description, is_hs_code
from .return_customs_relief import GAPS_ACTIVITY


class HellowordReturnCustoms(models.Model):
    """What lacks on customs papers, in words, before a label is bought."""

    _inherit = "helloword.return.customs"

    state = fields.Selection(
        [("incomplete", "Incomplete"), ("ready", "Ready"), ("not_needed", "Not needed")],
        compute="_compute_state",
        store=True,
        index=True,
        string="Status",
        tracking=True,
    )
    is_relief_proven = fields.Boolean(
        string="Relief Proven",
        compute="_compute_state",
        store=True,
        help="Everything the relief asks for is on the papers.",
    )
    gaps = fields.Text(string="What Lacks", compute="_compute_gaps")
    relief_gaps = fields.Text(string="What the Relief Still Wants", compute="_compute_gaps")

    @api.depends(
        "border",
        "return_id.approval_state",
        "return_id.decision",
        "return_id.line_ids.decision",
        "gross_weight",
        "line_ids.description",
        "line_ids.hs_code",
        "line_ids.origin_country_id",
        "line_ids.unit_weight",
        "line_ids.quantity",
        "line_ids.unit_value",
        "line_ids.lot_ids",
        "scheme_id",
        "relief_deadline",
        "original_invoice",
        "original_export_date",
        "condition_unaltered",
        "importer_ref",
    )
    def _compute_state(self):
        for customs in self:
            if not customs._is_needed():
                customs.state = "not_needed"
            else:
                customs.state = "incomplete" if customs._get_blocking_gaps() else "ready"
            customs.is_relief_proven = bool(customs.scheme_id and not customs._get_relief_gaps())

    def _is_needed(self):
        """:return: whether goods of this return cross a border"""
        self.ensure_one()
        ret = self.return_id
        return (
            self.border != "none"
            and ret.approval_state not in ("rejected", "cancelled")
            and ret._expects_goods()
        )

    @api.depends("state", "is_relief_proven", "line_ids.hs_code", "return_tracking")
    @api.depends_context("lang")
    def _compute_gaps(self):
        for customs in self:
            needed = customs.state != "not_needed"
            customs.gaps = "\n".join(customs._get_blocking_gaps()) if needed else False
            customs.relief_gaps = "\n".join(customs._get_relief_gaps()) if needed else False

    # -------------------------------------------------------------------------
    # Sentences
    # -------------------------------------------------------------------------

    def _get_blocking_gaps(self):
        """What has to be entered before a label is bought. No parcel passes customs without.

        :return: list of sentences
        """
        self.ensure_one()
        lines = self.line_ids
        if not lines:
            return [self.env._("No goods are on the customs papers. Propose them again.")]
        gaps = [sentence for line in lines for sentence in line._get_gaps()]
        if self.gross_weight and lines._is_heavier_than(self.gross_weight):
            gaps.append(
                self.env._(
                    "The goods weigh %(net).3f kg, more than the parcel with %(gross).3f kg. "
                    "Correct one of them.",
                    net=self.net_weight,
                    gross=self.gross_weight,
                )
            )
        return gaps

    def _get_relief_gaps(self):
        """What the relief asks for besides; without it duty has to be paid, but the parcel arrives.

        :return: list of sentences
        """
        self.ensure_one()
        if not self.scheme_id or self.scheme_id.code == "none":
            return []
        today = fields.Date.context_today(self)
        gaps = []
        if not self.original_export_date:
            gaps.append(self.env._("Enter when the goods were exported."))
        if not self.original_invoice:
            gaps.append(self.env._("Enter the number of the original invoice."))
        if not self.importer_ref:
            gaps.append(
                self.env._("Enter the importer's EORI or tax number, here or on the company.")
            )
        if not self.condition_unaltered:
            gaps.append(
                self.env._("Have it confirmed that the goods come back as they left: unaltered.")
            )
        if self.relief_deadline and self.relief_deadline < today:
            gaps.append(self.env._("The relief ended on %s. Choose none.", self.relief_deadline))
        for line in self.line_ids:
            product = line.product_id
            if product.tracking != "none" and not line.lot_ids:
                gaps.append(
                    self.env._(
                        "Enter the lot or serial number of “%s”, to prove that it is the same one.",
                        product.display_name,
                    )
                )
            if self.scheme_id.code == "us_9801" and len(line.hs_code or "") < 10:
                gaps.append(
                    self.env._(
                        "The United States want 10 digits in the HS code of “%s”.",
                        product.display_name,
                    )
                )
        return gaps

    # -------------------------------------------------------------------------
    # Asking a person
    # -------------------------------------------------------------------------

    def _raise_gaps(self):
        """One activity for each of these papers that lacks something. Batch."""
        incomplete = self.filtered(lambda customs: customs.state == "incomplete")
        incomplete._schedule_activity(
            GAPS_ACTIVITY,
            {
                customs: plaintext2html("\n".join(customs._get_blocking_gaps()))
                for customs in incomplete
            },
        )

    def _close_activity(self):
        """What was asked for is there."""
        done = self.filtered(lambda customs: customs.state != "incomplete")
        done.sudo().activity_feedback([GAPS_ACTIVITY])


class HellowordReturnCustomsLine(models.Model):
    _inherit = "helloword.return.customs.line"

    gaps = fields.Text(string="What Lacks", compute="_compute_gaps")

    @api.depends(
        "description", "hs_code", "origin_country_id", "unit_weight", "unit_value", "quantity"
    )
    @api.depends_context("lang")
    def _compute_gaps(self):
        for line in self:
            line.gaps = "\n".join(line._get_gaps()) or False

    def _get_gaps(self):
        """:return: list of sentences about what these goods lack"""
        self.ensure_one()
        name = self.product_id.display_name or self.return_line_id.name or self.env._("a product")
        missing = []
        if not self.hs_code:
            missing.append(self.env._("HS code"))
        if not self.origin_country_id:
            missing.append(self.env._("country of origin"))
        if not self.description:
            missing.append(self.env._("description in English"))
        if not self.unit_weight:
            missing.append(self.env._("net weight"))
        if not self.unit_value or not self.value:
            missing.append(self.env._("value"))
        gaps = []
        if missing:
            gaps.append(
                self.env._("“%(product)s” lacks: %(what)s.", product=name, what=", ".join(missing))
            )
        if self.hs_code and not is_hs_code(self.hs_code):
            gaps.append(
                self.env._(
                    "“%(code)s” is no HS code for “%(product)s”: it has 6, 8 or 10 digits.",
                    code=self.hs_code,
                    product=name,
                )
            )
        if self.description and not is_description(self.description, self.product_id.default_code):
            gaps.append(
                self.env._(
                    "“%(text)s” does not say what “%(product)s” is. Describe it in English, in "
                    "plain words.",
                    text=self.description,
                    product=name,
                )
            )
        return gaps
