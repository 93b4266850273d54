from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..carriers.base import is_web_address

LABEL_STATES = [
    ("draft", "Draft"),
    ("rated", "Rated"),
    ("buying", "Being bought"),
    ("bought", "Bought"),
    ("unknown", "Outcome unknown"),
    ("voiding", "Being given back"),
    ("voided", "Given back"),
    ("expired", "Expired"),
    ("failed", "Failed"),
]
# Nothing was bought and nothing is under way: it may be changed and tried again.
OPEN_LABEL_STATES = ("draft", "rated", "failed")
# The label exists, or may exist.
LIVE_LABEL_STATES = ("buying", "bought", "unknown")
# Nobody will use it any more.
DEAD_LABEL_STATES = ("voiding", "voided", "expired")


class HellowordReturnLabel(models.Model):
    """One label for one parcel of a return.

    The status follows from the operations that buy it and give it back, and from a few facts:
    nobody types it. How accounts are chosen is in ``return_label_choice``, how labels are bought
    in ``return_label_operation``.
    """

    _name = "helloword.return.label"
    _description = "Return Label"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, index="trigram")
    return_id = fields.Many2one(
        "helloword.return", required=True, index=True, ondelete="restrict", check_company=True
    )
    number = fields.Integer(
        required=True, readonly=True, copy=False, help="Counts the labels of one return."
    )
    company_id = fields.Many2one(related="return_id.company_id", store=True, index=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    channel_id = fields.Many2one(related="return_id.channel_id", store=True, index=True)
    partner_id = fields.Many2one(related="return_id.partner_id", string="Customer", store=True)
    user_id = fields.Many2one(related="return_id.user_id", string="Responsible")
    country_id = fields.Many2one(
        related="return_id.country_id", string="From Country", store=True, index="btree_not_null"
    )

    account_id = fields.Many2one(
        "helloword.label.account",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        ondelete="restrict",
        help="Who makes the label. Empty until one is chosen.",
    )
    provider = fields.Selection(related="account_id.provider")
    can_void = fields.Boolean(related="account_id.can_void")
    environment = fields.Selection(related="account_id.environment")
    is_manual = fields.Boolean(
        string="Uploaded", readonly=True, copy=False, help="Made elsewhere and entered by a person."
    )
    rate_ids = fields.One2many("helloword.return.label.rate", "label_id", copy=False)
    chosen_rate_id = fields.Many2one(
        "helloword.return.label.rate", readonly=True, copy=False, ondelete="set null"
    )
    operation_ids = fields.One2many("helloword.operation", "label_id")
    buy_operation_id = fields.Many2one(
        "helloword.operation",
        string="Purchase",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="The operation that buys it; another one may follow when this one was refused.",
    )
    void_operation_id = fields.Many2one(
        "helloword.operation", string="Voidance", readonly=True, copy=False, ondelete="restrict"
    )
    state = fields.Selection(
        LABEL_STATES, compute="_compute_state", store=True, index=True, tracking=True
    )
    error = fields.Text(readonly=True, copy=False, help="What went wrong, account by account.")
    has_failed = fields.Boolean(readonly=True, copy=False, help="No account could make it.")

    carrier = fields.Char(readonly=True, copy=False)
    service = fields.Char(readonly=True, copy=False)
    currency_id = fields.Many2one("res.currency", readonly=True, copy=False)
    cost = fields.Monetary(readonly=True, copy=False, tracking=True)
    charge_event = fields.Selection(
        [("purchase", "When bought"), ("scan", "When scanned"), ("unknown", "Not known")],
        string="Charged",
        readonly=True,
        copy=False,
    )
    cost_id = fields.Many2one(
        "helloword.return.cost", string="Accrued Cost", readonly=True, copy=False
    )
    provider_ref = fields.Char(
        string="Reference at the Service", readonly=True, copy=False, index="btree_not_null"
    )
    tracking_number = fields.Char(copy=False, index="btree_not_null", tracking=True)
    tracking_url = fields.Char(string="Tracking Page", copy=False)
    bought_date = fields.Datetime(string="Bought", readonly=True, copy=False)
    mailed_date = fields.Datetime(string="Mailed to the Customer", readonly=True, copy=False)
    scanned_date = fields.Datetime(
        string="First Scan", readonly=True, copy=False, help="A carrier has the parcel (UTC)."
    )
    valid_until = fields.Datetime(
        copy=False, index="btree_not_null", help="The carrier takes it until then (UTC)."
    )
    reminded_date = fields.Datetime(readonly=True, copy=False)
    is_expired = fields.Boolean(readonly=True, copy=False)
    void_state = fields.Selection(
        [
            ("submitted", "Asked for"),
            ("voided", "Given back"),
            ("refused", "Refused"),
            ("not_applicable", "Nothing was charged"),
        ],
        string="Voidance Outcome",
        readonly=True,
        copy=False,
        tracking=True,
    )

    label_attachment_id = fields.Many2one(
        "ir.attachment", string="Label", readonly=True, copy=False
    )
    qr_attachment_id = fields.Many2one("ir.attachment", string="QR Code", readonly=True, copy=False)
    document_ids = fields.Many2many(
        "ir.attachment",
        "helloword_return_label_document_rel",
        string="Other Papers",
        readonly=True,
        copy=False,
        help="E.g. for customs.",
    )
    label_preview = fields.Binary(compute="_compute_label_preview")
    label_mimetype = fields.Char(related="label_attachment_id.mimetype")

    _number_uniq = models.UniqueIndex(
        "(return_id, number)", "Somebody else is making a label for this return right now."
    )
    _open_void = models.Index("(id) WHERE void_state = 'submitted'")

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends("return_id.name", "number")
    def _compute_name(self):
        for label in self:
            label.name = f"{label.return_id.name}-{label.number}"

    @api.depends(
        "bought_date",
        "chosen_rate_id",
        "buy_operation_id.state",
        "void_operation_id.state",
        "void_state",
        "is_expired",
        "has_failed",
    )
    def _compute_state(self):
        for label in self:
            label.state = label._get_state()

    def _get_state(self):
        self.ensure_one()
        if self.void_state in ("voided", "not_applicable"):
            return "voided"
        under_way = ("ready", "claimed", "unknown")
        if self.void_state == "submitted" or self.void_operation_id.state in under_way:
            return "voiding"
        if self.bought_date:
            return "expired" if self.is_expired else "bought"
        purchase = self.buy_operation_id.state
        if purchase == "unknown":
            return "unknown"
        if purchase in ("ready", "claimed", "done"):
            return "buying"
        if self.has_failed:
            return "failed"
        return "rated" if self.chosen_rate_id else "draft"

    @api.depends("label_attachment_id")
    def _compute_label_preview(self):
        for label in self:
            attachment = label.label_attachment_id
            shown = attachment.mimetype in ("application/pdf", "image/png", "image/jpeg")
            label.label_preview = shown and attachment.datas

    # -------------------------------------------------------------------------
    # CRUD
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        counts = dict(
            self.sudo()._read_group(
                [("return_id", "in", [vals["return_id"] for vals in vals_list])],
                ["return_id"],
                ["number:max"],
            )
        )
        last = {ret.id: number for ret, number in counts.items()}
        for vals in vals_list:
            last[vals["return_id"]] = vals["number"] = last.get(vals["return_id"], 0) + 1
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for label in self:
            if label.sudo().operation_ids or label.bought_date:
                raise UserError(
                    self.env._(
                        "Label %s was asked for at a service. Give it back instead of deleting it.",
                        label.name,
                    )
                )

    @api.constrains("tracking_number")
    def _check_tracking_number(self):
        """Carriers use numbers again after a year or so; two parcels on the road have two."""
        for label in self.filtered(lambda label: label.tracking_number and label.is_manual):
            twin = self.sudo().search(
                [
                    ("id", "!=", label.id),
                    ("company_id", "=", label.company_id.id),
                    ("tracking_number", "=", label.tracking_number),
                    ("state", "=", "bought"),
                    ("return_id.state", "=", "approved"),
                ],
                limit=1,
            )
            if twin:
                raise ValidationError(
                    self.env._(
                        "Tracking number %(number)s is on label %(label)s already. Check the "
                        "number.",
                        number=label.tracking_number,
                        label=twin.name,
                    )
                )

    @api.constrains("tracking_url")
    def _check_tracking_url(self):
        """Customers click on it."""
        for label in self:
            if label.tracking_url and not is_web_address(label.tracking_url):
                raise ValidationError(
                    self.env._(
                        "The tracking page of label %s must begin with https:// or http://.",
                        label.name,
                    )
                )

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_open_tracking(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.tracking_url, "target": "new"}

    def action_download(self):
        """The label as a file.

        :raise UserError: there is none
        """
        self.ensure_one()
        if not self.label_attachment_id:
            raise UserError(self.env._("Label %s has no file yet.", self.name))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.label_attachment_id.id}?download=true",
            "target": "download",
        }

    def action_view_operations(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_operation_action"
        )
        action["domain"] = [("label_id", "=", self.id)]
        action["context"] = {}
        return action

    def _is_wanted(self):
        """:return: whether the return still waits for the parcel this label is for"""
        self.ensure_one()
        ret = self.return_id
        return ret.approval_state == "approved" and not ret.goods_closed and ret._expects_goods()
