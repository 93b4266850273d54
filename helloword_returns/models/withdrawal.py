import secrets

import pytz
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

SOURCES = [
    ("page", "Withdrawal page"),
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("letter", "Letter"),
    ("other", "Other"),
]
STATES = [
    ("received", "Statement received"),
    ("matched", "Matched"),
    ("return_created", "Return created"),
    ("refused", "Refused"),
    ("closed", "Closed"),
]
NAME_LIMIT = 200
CONTRACT_LIMIT = 500
TEXT_LIMIT = 5000
# What the consumer declared and when: nobody changes it, ever.
STATEMENT_FIELDS = (
    "name",
    "company_id",
    "source",
    "lang",
    "received_at",
    "consumer_name",
    "contract",
    "email",
    "phone",
    "items_text",
    "is_partial",
    "statement",
    "line_ids",
    "access_token",
)


class HellowordWithdrawal(models.Model):
    """A consumer's statement that they withdraw from a contract.

    A legal act of its own, not a reason for a return: it takes effect when it is sent, without
    consent and without a reason (Directive 2011/83/EU Art. 9 to 13; the online function in Art.
    11a, added by Directive (EU) 2023/2673, http://data.europa.eu/eli/dir/2023/2673/oj). What was
    declared never changes and is never deleted; what follows from it is found out afterwards, see
    ``withdrawal_matching`` and ``withdrawal_effects``.
    """

    _name = "helloword.withdrawal"
    _description = "Withdrawal from a Contract"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "received_at desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(string="Number", required=True, readonly=True, copy=False, index="trigram")
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    source = fields.Selection(SOURCES, string="Came By", required=True, readonly=True)
    lang = fields.Char(string="Language", required=True, readonly=True, help="ISO 639-1 code.")
    received_at = fields.Datetime(
        required=True,
        readonly=True,
        index=True,
        help="When the statement reached us (UTC). Sent inside the period, it is in time.",
    )
    consumer_name = fields.Char(required=True, readonly=True)
    contract = fields.Text(
        required=True, readonly=True, help="What identifies the contract, as the consumer typed it."
    )
    email = fields.Char(readonly=True, index="btree_not_null")
    phone = fields.Char(readonly=True)
    is_partial = fields.Boolean(
        string="Part of the Contract", readonly=True, help="Only some of the goods are meant."
    )
    items_text = fields.Text(
        string="Goods in the Consumer's Words", readonly=True, help="For a partial withdrawal."
    )
    line_ids = fields.One2many(
        "helloword.withdrawal.line", "withdrawal_id", string="Goods", readonly=True
    )
    statement = fields.Text(
        required=True, readonly=True, help="The declaration as it was sent and acknowledged."
    )
    access_token = fields.Char(
        required=True, readonly=True, copy=False, groups="base.group_system", index=True
    )

    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index="btree_not_null",
        tracking=True,
        check_company=True,
        domain=[("share", "=", False)],
    )
    channel_id = fields.Many2one(
        "helloword.channel",
        index="btree_not_null",
        check_company=True,
        compute="_compute_channel_id",
        store=True,
        readonly=False,
    )
    sale_order_id = fields.Many2one(
        "sale.order", string="Order", index="btree_not_null", check_company=True, tracking=True
    )
    is_identified = fields.Boolean(
        string="Buyer Identified",
        readonly=True,
        help="The statement names the order's buyer, or somebody has checked that it is theirs.",
    )
    partner_id = fields.Many2one(
        related="sale_order_id.partner_id", store=True, index="btree_not_null", string="Customer"
    )
    country_id = fields.Many2one(
        related="sale_order_id.partner_shipping_id.country_id", string="Buyer Country", store=True
    )
    duplicate_of_id = fields.Many2one(
        "helloword.withdrawal",
        string="Repeats",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        help="The earlier statement that says the same. Nothing is refunded twice.",
    )
    duplicate_ids = fields.One2many("helloword.withdrawal", "duplicate_of_id", string="Repeated By")
    return_ids = fields.One2many(
        "helloword.return", "withdrawal_id", string="Returns", readonly=True
    )
    return_count = fields.Integer(compute="_compute_return_count")

    examined_at = fields.Datetime(readonly=True, copy=False)
    findings = fields.Json(readonly=True, help="List of {code, …}: facts for a person.")
    findings_text = fields.Text(string="What a Person Has to Look At", compute="_compute_findings")
    delivered_at = fields.Datetime(
        string="Last Delivery",
        readonly=True,
        help="When the last of the goods was delivered (UTC).",
    )
    window_end = fields.Date(
        string="Last Day to Withdraw", readonly=True, help="In the buyer's calendar."
    )
    refusal_reason = fields.Text(readonly=True, tracking=True)
    refused_at = fields.Datetime(readonly=True)
    closed_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        STATES, compute="_compute_state", store=True, index=True, tracking=True, string="Status"
    )
    needs_person = fields.Boolean(
        string="Waits for a Person", compute="_compute_state", store=True, index=True
    )

    _token_uniq = models.Constraint("UNIQUE(access_token)", "The token is used already.")

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends("sale_order_id")
    def _compute_channel_id(self):
        for withdrawal in self:
            order = withdrawal.sale_order_id.sudo()
            if order.return_channel_id:
                withdrawal.channel_id = order.return_channel_id
            elif not withdrawal.channel_id:
                withdrawal.channel_id = self.env["helloword.channel"]._get_manual(
                    withdrawal.company_id
                )

    @api.depends("return_ids")
    def _compute_return_count(self):
        for withdrawal in self:
            withdrawal.return_count = len(withdrawal.return_ids)

    @api.depends(
        "refused_at",
        "closed_at",
        "examined_at",
        "findings",
        "sale_order_id",
        "duplicate_of_id",
        "return_ids.state",
        "return_ids.needs_attention",
    )
    def _compute_state(self):
        """From facts only; nobody types it."""
        for withdrawal in self:
            withdrawal.state = withdrawal._get_state()
            withdrawal.needs_person = withdrawal._needs_person()

    def _get_state(self):
        self.ensure_one()
        if self.refused_at:
            return "refused"
        if self.closed_at or self.duplicate_of_id:
            return "closed"
        returns = self._get_valid_returns()
        if returns:
            is_done = all(ret.state == "done" for ret in returns)
            return "closed" if is_done and not self.findings else "return_created"
        return "matched" if self.sale_order_id else "received"

    def _needs_person(self):
        self.ensure_one()
        if self._get_state() in ("refused", "closed"):
            return False
        returns = self._get_valid_returns()
        if not returns:
            return bool(self.examined_at)
        return bool(self.findings) or any(returns.mapped("needs_attention"))

    def _get_valid_returns(self):
        return self.sudo().return_ids.filtered(
            lambda ret: ret.state not in ("cancelled", "rejected")
        )

    # -------------------------------------------------------------------------
    # CRUD
    # -------------------------------------------------------------------------

    @api.model
    def _take(self, statements):
        """Store statements, then have them acknowledged and examined by jobs.

        Nothing that can fail stands between a lawful statement and its row.

        :param statements: iterable of :class:`~odoo.addons.helloword_returns.intake.
            withdrawal_statement.WithdrawalStatement`
        :return: the withdrawals, in the order of the statements
        """
        statements = list(statements)
        withdrawals = self.sudo().create(
            [self._prepare_vals(statement) for statement in statements]
        )
        withdrawals._schedule_acknowledgement()
        withdrawals._schedule_examination()
        return withdrawals.with_env(self.env)

    @api.model
    def _prepare_vals(self, statement):
        company = self.env["res.company"].sudo().browse(statement.company_id)
        wording = self.env["helloword.withdrawal.wording"]._get_for(statement.lang)
        received_at = statement.received_at or fields.Datetime.now()
        email = (statement.email or "").strip()[:NAME_LIMIT]
        vals = {
            "name": self.env["ir.sequence"]
            .sudo()
            .with_company(company)
            .next_by_code("helloword.withdrawal", sequence_date=received_at)
            or "/",
            "company_id": company.id,
            "source": statement.source,
            "lang": wording.lang or "en",
            "received_at": received_at,
            "consumer_name": statement.name.strip()[:NAME_LIMIT],
            "contract": statement.contract.strip()[:CONTRACT_LIMIT],
            "email": email_normalize(email) or email or False,
            "phone": (statement.phone or "").strip()[:NAME_LIMIT] or False,
            "is_partial": bool(statement.items or statement.items_text.strip()),
            "items_text": statement.items_text.strip()[:TEXT_LIMIT] or False,
            "sale_order_id": statement.order_id or False,
            "is_identified": bool(statement.order_id and statement.is_buyer),
            "access_token": secrets.token_urlsafe(24),
            "line_ids": [
                fields.Command.create(
                    {
                        "sale_line_id": item.sale_line_id,
                        "name": item.name,
                        "quantity": item.quantity,
                    }
                )
                for item in statement.items
            ],
        }
        if statement.channel_id:
            vals["channel_id"] = statement.channel_id
        goods = [f"{item.quantity:g} × {item.name}" for item in statement.items]
        goods += [vals["items_text"]] if vals["items_text"] else []
        vals["statement"] = wording._fill(
            "statement",
            {
                "company": company._get_page_name(),
                "name": vals["consumer_name"],
                "contract": vals["contract"],
                "contact": " · ".join(filter(None, (vals["email"], vals["phone"]))),
                "items": "; ".join(goods) or wording._get_text("whole_contract"),
            },
        )
        return vals

    def write(self, vals):
        """:raise UserError: the statement itself would change"""
        changed = [name for name in STATEMENT_FIELDS if name in vals]
        if changed:
            raise UserError(
                self.env._(
                    "What the consumer declared cannot be changed (%s). Write a note below, or "
                    "record another statement.",
                    ", ".join(self._fields[name]._description_string(self.env) for name in changed),
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("A statement of withdrawal is kept. Close it instead of deleting it.")
        )

    # -------------------------------------------------------------------------
    # In words
    # -------------------------------------------------------------------------

    def _get_wording(self):
        self.ensure_one()
        return self.env["helloword.withdrawal.wording"]._get_for(self.lang)

    def _get_received_text(self):
        """Date and time of the statement with its time zone, readable in every language.

        :return: such as ``2026-06-19 14:03:09 CEST (UTC+02:00)``
        """
        self.ensure_one()
        zone = self.company_id._get_page_timezone()
        moment = pytz.utc.localize(self.received_at).astimezone(zone)
        offset = moment.strftime("%z")
        return "{} {} (UTC{}:{})".format(
            moment.strftime("%Y-%m-%d %H:%M:%S"), moment.tzname(), offset[:3], offset[3:]
        )

    def _get_responsible(self):
        """:return: the person who gets the activity"""
        self.ensure_one()
        order = self.sale_order_id.sudo()
        user = self.user_id or self.channel_id.sudo().user_id or order.user_id
        if user and not user.share and user.active:
            return user
        managers = self.env.ref("helloword_returns.group_return_manager").sudo().all_user_ids
        fitting = managers.filtered(
            lambda user: (
                user.active
                and not user.share
                and user != self.env.ref("base.user_root")
                and self.company_id in user.company_ids
            )
        )
        return fitting[:1] or self.env.ref("base.user_admin")


class HellowordWithdrawalLine(models.Model):
    """Goods a partial withdrawal names: part of the statement, so as unchangeable."""

    _name = "helloword.withdrawal.line"
    _description = "Goods of a Withdrawal"
    _order = "id"

    withdrawal_id = fields.Many2one(
        "helloword.withdrawal", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="withdrawal_id.company_id", store=True, index=True)
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Order Line",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    name = fields.Char(required=True, readonly=True)
    quantity = fields.Float(
        digits="Product Unit", required=True, readonly=True, help="In the product's own unit."
    )

    def write(self, vals):
        """:raise UserError: always; the lines are part of the statement"""
        if self:
            raise UserError(self.env._("What the consumer declared cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What the consumer declared cannot be deleted."))


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_page_timezone(self):
        """The company's time zone: its own, else the first one of its country, else UTC."""
        self.ensure_one()
        if self.partner_id.tz:
            return pytz.timezone(self.partner_id.tz)
        zones = pytz.country_timezones.get(self.country_id.code or "")
        return pytz.timezone(zones[0]) if zones else pytz.utc
