from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.fields import Domain

from ..customs.territory import get_border, is_same_territory
from .return_customs import PROCESSING_REASONS

DEADLINE_ACTIVITY = "helloword_returns.mail_activity_customs_deadline"
GAPS_ACTIVITY = "helloword_returns.mail_activity_customs_gaps"
# How long before its end a relief's deadline asks for a person: parcels take weeks.
WARNING_DAYS = 45
# Papers looked at in one run; the next run takes the others.
WATCH_LIMIT = 2000
AWAITED_STATES = ("expected", "transit", "partial")


class HellowordReturnCustoms(models.Model):
    """Which relief from duty is proposed, until when, and what people should know of the border."""

    _inherit = "helloword.return.customs"

    scheme_id = fields.Many2one(
        "helloword.customs.scheme",
        string="Relief on Import",
        compute="_compute_scheme_id",
        store=True,
        readonly=False,
        domain=[("side", "=", "import")],
        ondelete="restrict",
        tracking=True,
        help="Proposed where the goods return to the territory they were exported from. No legal "
        "advice: check it with your customs agent.",
    )
    relief_scheme = fields.Selection(related="scheme_id.code", string="Relief")
    export_scheme_id = fields.Many2one(
        "helloword.customs.scheme",
        string="Refund of Duty on Export",
        compute="_compute_export_scheme_id",
        store=True,
        readonly=False,
        domain=[("side", "=", "export")],
        ondelete="restrict",
        tracking=True,
        help="Proposed where duty was paid when the goods reached the customer.",
    )
    relief_deadline = fields.Date(
        compute="_compute_relief_deadline",
        store=True,
        readonly=False,
        index="btree_not_null",
        help="The goods must be imported by then. Empty: no limit, or not known.",
    )
    procedure_codes = fields.Char(
        compute="_compute_procedure_codes", help="What the import declaration names."
    )
    hints = fields.Text(compute="_compute_hints")

    @api.depends(
        "border",
        "reason",
        "import_country_id",
        "original_country_id",
        "import_partner_id.state_id",
        "import_partner_id.zip",
    )
    def _compute_scheme_id(self):
        schemes = self.env["helloword.customs.scheme"].search([("side", "=", "import")])
        today = fields.Date.context_today(self)
        for customs in self:
            fits = schemes.filtered(
                lambda scheme, customs=customs: (
                    scheme._is_valid_on(today) and scheme._holds(customs.import_country_id)
                )
            )
            customs.scheme_id = fits[:1] if customs._returns_home() else False

    def _returns_home(self):
        """:return: whether the goods cross a customs border to where they were exported from, and
        were not sent to be worked on
        """
        self.ensure_one()
        if self.border != "customs" or self.reason in PROCESSING_REASONS:
            return False
        _start, end = self._get_places()
        return is_same_territory((self.original_country_id.code or "", ""), end)

    @api.depends("border", "reason", "export_country_id", "line_ids.duty_paid_on_import")
    def _compute_export_scheme_id(self):
        """Rejected goods (wrong, defective, damaged) have another ground than unused ones."""
        schemes = self.env["helloword.customs.scheme"].search([("side", "=", "export")])
        today = fields.Date.context_today(self)
        for customs in self:
            paid = customs.border == "customs" and any(
                customs.line_ids.mapped("duty_paid_on_import")
            )
            rejected = customs.reason in ("wrong_item", "defective", "damaged")
            code = "drawback_c" if rejected else "drawback_j"
            fits = schemes.filtered(
                lambda scheme, customs=customs, code=code: (
                    scheme.code == code
                    and scheme._is_valid_on(today)
                    and scheme._holds(customs.export_country_id)
                )
            )
            customs.export_scheme_id = fits[:1] if paid else False

    @api.depends("scheme_id", "original_export_date", "line_ids.origin_country_id")
    def _compute_relief_deadline(self):
        for customs in self:
            scheme, exported = customs.scheme_id, customs.original_export_date
            customs.relief_deadline = (
                exported + relativedelta(years=scheme.years)
                if exported and scheme.years and not customs._is_home_made()
                else False
            )

    def _is_home_made(self):
        """:return: whether all goods were made where they return to, and that has no limit"""
        self.ensure_one()
        origins = self.line_ids.mapped("origin_country_id")
        return (
            self.scheme_id.is_unlimited_at_home
            and origins == self.import_country_id
            and all(line.origin_country_id for line in self.line_ids)
        )

    @api.depends("scheme_id", "import_country_id")
    @api.depends_context("lang")
    def _compute_procedure_codes(self):
        today = fields.Date.context_today(self)
        for customs in self:
            codes = customs.scheme_id.code_ids.filtered(
                lambda code, customs=customs: (
                    code.country_id == customs.import_country_id and code._is_valid_on(today)
                )
            )
            customs.procedure_codes = "; ".join(
                f"{code.code}: {code.meaning}" if code.meaning else code.code for code in codes
            )

    @api.depends(
        "border",
        "export_country_id",
        "import_country_id",
        "scheme_id",
        "export_scheme_id",
        "reason",
        "original_country_id",
    )
    @api.depends_context("lang")
    def _compute_hints(self):
        today = fields.Date.context_today(self)
        valid_hints = self.env["helloword.customs.hint"].search(
            [
                "|",
                ("date_from", "=", False),
                ("date_from", "<=", today),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", today),
            ]
        )
        for customs in self:
            if customs.border == "none":
                customs.hints = False
                continue
            hints = [
                f"{hint.name}: {hint.text}"
                for hint in valid_hints
                if hint._concerns(customs.export_country_id, customs.import_country_id)
            ]
            conditions = [
                f"{scheme.name}: {scheme.conditions}"
                for scheme in customs.scheme_id | customs.export_scheme_id
                if scheme.conditions
            ]
            customs.hints = "\n".join([*customs._get_border_hints(), *conditions, *hints]) or False

    def _get_border_hints(self):
        """:return: list of sentences about this border"""
        self.ensure_one()
        note = get_border(*self._get_places()).note
        hints = {
            "fiscal": self.env._(
                "The goods stay in the customs territory but cross a border of value added tax: a "
                "declaration is needed (in the Union with code F15); no customs duty is due."
            ),
            "great_britain_to_northern_ireland": self.env._(
                "Goods from Great Britain to Northern Ireland follow the Windsor Framework; parcels "
                "may need less than these papers say. Ask the carrier."
            ),
        }
        found = [hints[note]] if note in hints else []
        if self.reason in PROCESSING_REASONS:
            found.append(
                self.env._(
                    "Goods that are repaired come under inward or outward processing, not under "
                    "returned goods relief."
                )
            )
        elif self.border == "customs" and not self.scheme_id and self.original_country_id:
            found.append(
                self.env._(
                    "No relief is proposed: the goods were shipped from %(origin)s, and they now "
                    "go to %(target)s. Duty and import tax may be due.",
                    origin=self.original_country_id.name,
                    target=self.import_country_id.name,
                )
            )
        return found

    # -------------------------------------------------------------------------
    # Watching the deadline
    # -------------------------------------------------------------------------

    @api.model
    def _get_awaited_domain(self):
        """:return: domain of papers of parcels that have not arrived"""
        return Domain("goods_state", "in", AWAITED_STATES) & Domain("border", "!=", "none")

    @api.model
    def _cron_watch_deadlines(self):
        """Ask a person, once, for each parcel whose relief ends soon and that has not arrived; take
        questions back that have answered themselves."""
        open_papers = self._get_awaited_domain()
        watched = Domain("activity_ids.activity_type_id", "in", self.env.ref(DEADLINE_ACTIVITY).ids)
        self.search(watched & ~open_papers, limit=WATCH_LIMIT).activity_feedback(
            [DEADLINE_ACTIVITY]
        )
        asked = Domain("activity_ids.activity_type_id", "in", self.env.ref(GAPS_ACTIVITY).ids)
        self.search(
            asked & Domain("state", "!=", "incomplete"), limit=WATCH_LIMIT
        )._close_activity()
        soon = fields.Date.context_today(self) + relativedelta(days=WARNING_DAYS)
        due = self.search(
            open_papers & Domain("relief_deadline", "<=", soon) & ~watched,
            order="relief_deadline",
            limit=WATCH_LIMIT,
        )
        due._schedule_activity(
            DEADLINE_ACTIVITY, {customs: customs._get_deadline_note() for customs in due}
        )
        return due

    def _get_deadline_note(self):
        self.ensure_one()
        return self.env._(
            "%(scheme)s ends on %(day)s. See where the parcel is, and have it declared before.",
            scheme=self.scheme_id.name,
            day=self.relief_deadline,
        )

    def _schedule_activity(self, xmlid, notes):
        """One activity of a type for each of these papers. Batch.

        :param dict notes: papers → words
        """
        activity_type = self.env.ref(xmlid)
        model = self.env["ir.model"]._get(self._name)
        today = fields.Date.context_today(self)
        return (
            self.env["mail.activity"]
            .sudo()
            .create(
                [
                    {
                        "activity_type_id": activity_type.id,
                        "summary": activity_type.summary,
                        "note": notes[customs],
                        "date_deadline": max(customs.relief_deadline or today, today)
                        if xmlid == DEADLINE_ACTIVITY
                        else today,
                        "user_id": (
                            customs.user_id or customs.channel_id.user_id or self.env.user
                        ).id,
                        "res_model_id": model.id,
                        "res_id": customs.id,
                        "automated": True,
                    }
                    for customs in self
                ]
            )
        )
