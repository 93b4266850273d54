from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

APPROVAL_STATES = [
    ("requested", "Requested"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
]
STATES = [
    ("requested", "Requested"),
    ("approved", "Approved"),
    ("done", "Done"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
]
GOODS_STATES = [
    ("none", "No goods expected"),
    ("expected", "Awaiting shipment"),
    ("transit", "In transit"),
    ("partial", "Partly received"),
    ("received", "To inspect"),
    ("inspected", "To put away"),
    ("processed", "Processed"),
    ("missing", "Never arrived"),
]
REFUND_STATES = [
    ("none", "No refund"),
    ("waiting", "Waiting"),
    ("due", "Due"),
    ("progress", "In progress"),
    ("partial", "Partly refunded"),
    ("done", "Refunded"),
    ("failed", "Failed"),
]
STAGES = [
    ("attention", "Needs attention"),
    ("new", "New"),
    ("review", "To review"),
    ("customer", "Waiting for customer"),
    ("awaiting", "Awaiting goods"),
    ("transit", "In transit"),
    ("inspect", "To inspect"),
    ("refund", "To refund"),
    ("done", "Done"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
]


class HellowordReturn(models.Model):
    """One customer's request about one order on one channel.

    Goods and money are two axes: ``goods_state`` and ``refund_state`` are computed from facts
    (stock moves, operations, accounting moves), ``approval_state`` is what people or rules
    decided. ``state`` and ``stage`` are derived from the three and never written.
    """

    _name = "helloword.return"
    _description = "Return"
    _inherit = [
        "helloword.return.plan.mixin",
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "priority desc, deadline_date, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(
        string="Number", required=True, readonly=True, copy=False, default="/", index="trigram"
    )
    active = fields.Boolean(default=True)
    priority = fields.Selection([("0", "Normal"), ("1", "Urgent")], default="0")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="The currency of the order; the refund is paid in it.",
    )
    channel_id = fields.Many2one(
        "helloword.channel",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
        default=lambda self: self._default_channel_id(),
    )
    provider = fields.Selection(related="channel_id.provider")
    external_id = fields.Char(
        string="Channel Reference",
        copy=False,
        help="The return's identifier on its channel.",
    )
    external_order_ref = fields.Char(string="Order on the Channel", index="trigram")
    external_url = fields.Char(string="Channel Link", copy=False)
    raw_payload = fields.Json(copy=False, help="The request as it came in.")

    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", check_company=True, tracking=True
    )
    customer_name = fields.Char(compute="_compute_customer", store=True, readonly=False)
    customer_email = fields.Char(compute="_compute_customer", store=True, readonly=False)
    customer_phone = fields.Char(compute="_compute_customer", store=True, readonly=False)
    country_id = fields.Many2one(
        "res.country",
        string="Buyer Country",
        compute="_compute_country_id",
        store=True,
        readonly=False,
        index="btree_not_null",
    )
    sale_order_id = fields.Many2one(
        "sale.order", string="Order", index="btree_not_null", check_company=True, tracking=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index="btree_not_null",
        tracking=True,
        check_company=True,
        domain=[("share", "=", False)],
        compute="_compute_user_id",
        store=True,
        readonly=False,
    )
    line_ids = fields.One2many("helloword.return.line", "return_id", copy=True)
    note = fields.Html(string="Internal Notes")
    customer_comment = fields.Text()

    request_date = fields.Datetime(
        required=True,
        default=fields.Datetime.now,
        index=True,
        copy=False,
        help="When the customer asked (UTC).",
    )
    deadline_date = fields.Datetime(
        string="Deadline",
        index="btree_not_null",
        copy=False,
        help="When the channel's or the law's clock runs out (UTC).",
    )
    expected_arrival_date = fields.Date(copy=False, index="btree_not_null")
    shipped_date = fields.Datetime(
        copy=False, tracking=True, help="First carrier scan, or when the customer said so (UTC)."
    )
    decided_date = fields.Datetime(copy=False, readonly=True)
    closed_date = fields.Datetime(
        compute="_compute_closed_date", store=True, readonly=True, copy=False
    )

    approval_state = fields.Selection(
        APPROVAL_STATES, default="requested", required=True, copy=False, readonly=True, index=True
    )
    goods_state = fields.Selection(
        GOODS_STATES, compute="_compute_goods_state", store=True, index=True, tracking=True
    )
    refund_state = fields.Selection(
        REFUND_STATES, compute="_compute_refund_state", store=True, index=True, tracking=True
    )
    state = fields.Selection(
        STATES, compute="_compute_state", store=True, index=True, tracking=True, string="Status"
    )
    stage = fields.Selection(
        STAGES, compute="_compute_stage", store=True, index=True, group_expand=True
    )
    goods_closed = fields.Boolean(
        copy=False, help="Nothing more is expected; what has not arrived never will."
    )

    rule_id = fields.Many2one(
        "helloword.return.rule",
        string="Decided by Rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    decision = fields.Selection(tracking=True, copy=False)
    decision_explanation = fields.Json(readonly=True, copy=False)
    rejection_reason = fields.Text(copy=False, tracking=True)

    line_count = fields.Integer(compute="_compute_line_count")

    _external_uniq = models.UniqueIndex(
        "(channel_id, external_id) WHERE external_id IS NOT NULL",
        "This request of the channel is already in the inbox.",
    )

    # -------------------------------------------------------------------------
    # Defaults and computes
    # -------------------------------------------------------------------------

    def _default_channel_id(self):
        return self.env["helloword.channel"]._get_manual(self.env.company)

    @api.depends("sale_order_id", "company_id")
    def _compute_currency_id(self):
        for ret in self:
            ret.currency_id = (
                ret.sale_order_id.currency_id or ret.currency_id or ret.company_id.currency_id
            )

    @api.depends("partner_id")
    def _compute_customer(self):
        for ret in self:
            if ret.partner_id:
                ret.customer_name = ret.partner_id.name or ret.customer_name
                ret.customer_email = ret.partner_id.email or ret.customer_email
                ret.customer_phone = ret.partner_id.phone or ret.customer_phone

    @api.depends("sale_order_id.partner_shipping_id", "partner_id")
    def _compute_country_id(self):
        for ret in self:
            ret.country_id = (
                ret.sale_order_id.partner_shipping_id.country_id
                or ret.partner_id.country_id
                or ret.country_id
            )

    @api.depends("channel_id")
    def _compute_user_id(self):
        for ret in self:
            ret.user_id = ret.user_id or ret.channel_id.user_id

    @api.depends("line_ids")
    def _compute_line_count(self):
        for ret in self:
            ret.line_count = len(ret.line_ids)

    def _compute_access_url(self):
        super()._compute_access_url()
        for ret in self:
            ret.access_url = f"/my/returns/{ret.id}"

    @api.depends(
        "approval_state",
        "decision",
        "goods_closed",
        "shipped_date",
        "line_ids.decision",
        "line_ids.quantity",
        "line_ids.quantity_received",
        "line_ids.quantity_inspected",
        "line_ids.quantity_processed",
    )
    def _compute_goods_state(self):
        for ret in self:
            ret.goods_state = ret._get_goods_state()

    def _get_goods_state(self):
        """Where the goods are, from the quantities of the lines.

        A plan that expects no goods may still get some: what arrived counts.
        """
        self.ensure_one()
        lines = self.line_ids
        received = any(line._is_received() for line in lines)
        expected = self._expects_goods() and self.approval_state == "approved"
        if not expected and not received:
            return "none"
        if not received:
            if self.goods_closed:
                return "missing"
            return "transit" if self.shipped_date else "expected"
        if expected and not self.goods_closed and any(line._is_awaited() for line in lines):
            return "partial"
        if any(line._is_uninspected() for line in lines):
            return "received"
        if any(line._is_unprocessed() for line in lines):
            return "inspected"
        return "processed"

    @api.depends("approval_state", "decision", "line_ids.decision")
    def _compute_refund_state(self):
        """Without accounting facts nothing can be refunded; see ``return_refund``."""
        for ret in self:
            owed = ret.approval_state == "approved" and ret._owes_money()
            ret.refund_state = "waiting" if owed else "none"

    @api.depends("approval_state", "goods_state", "refund_state")
    def _compute_state(self):
        for ret in self:
            goods_settled = ret.goods_state in ("none", "processed", "missing")
            refund_settled = ret.refund_state in ("none", "done")
            if ret.approval_state == "approved" and goods_settled and refund_settled:
                ret.state = "done" if ret._is_settled() else "approved"
            else:
                ret.state = ret.approval_state

    def _is_settled(self):
        """Whether nothing else keeps an approved return open, e.g. an exchange not delivered."""
        self.ensure_one()
        return True

    @api.depends("state", "goods_state", "refund_state", "decision", "needs_attention")
    def _compute_stage(self):
        for ret in self:
            ret.stage = ret._get_stage()

    def _get_stage(self):
        self.ensure_one()
        if self.state == "requested":
            if self.needs_attention:
                return "attention"
            return "review" if self.decision == "manual" else "new"
        if self.state != "approved":
            return self.state
        if self.goods_state in ("partial", "received", "inspected"):
            return "inspect"
        if self.refund_state in ("due", "progress", "partial", "failed"):
            return "refund"
        if self.goods_state == "expected":
            return "awaiting"
        if self.goods_state == "transit":
            return "transit"
        return "refund"

    @api.depends("state")
    def _compute_closed_date(self):
        for ret in self:
            closed = ret.state in ("done", "rejected", "cancelled")
            ret.closed_date = (ret.closed_date or fields.Datetime.now()) if closed else False

    # -------------------------------------------------------------------------
    # CRUD
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        unnumbered = defaultdict(list)
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                unnumbered[vals.get("company_id") or self.env.company.id].append(vals)
        for company_id, company_vals in unnumbered.items():
            numbers = self._draw_numbers(company_id, len(company_vals))
            for vals, number in zip(company_vals, numbers, strict=True):
                vals["name"] = number
        return super().create(vals_list)

    @api.model
    def _draw_numbers(self, company_id, count):
        """Numbers for a batch of returns, drawn with one query.

        :param int company_id: whose sequence, else the shared one
        :return: list of ``count`` numbers
        :raise UserError: there is no sequence
        """
        sequence = (
            self.env["ir.sequence"]
            .sudo()
            .search(
                [("code", "=", "helloword.return"), ("company_id", "in", [company_id, False])],
                order="company_id",
                limit=1,
            )
        )
        if not sequence:
            raise UserError(
                self.env._(
                    "Returns have no number sequence. Add one with the code “%s”.", self._name
                )
            )
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [sequence.next_by_id() for _number in range(count)]
        self.env.cr.execute(
            "SELECT nextval(%s) FROM generate_series(1, %s)",
            [f"ir_sequence_{sequence.id:03d}", count],
        )
        return [sequence.get_next_char(number) for (number,) in self.env.cr.fetchall()]

    @api.ondelete(at_uninstall=False)
    def _unlink_only_untouched(self):
        for ret in self:
            if ret.approval_state not in ("requested", "cancelled"):
                raise UserError(
                    self.env._(
                        "Return %s has been decided. Cancel it instead of deleting it.", ret.name
                    )
                )
