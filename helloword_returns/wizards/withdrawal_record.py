from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ..intake.withdrawal_statement import WithdrawalStatement, WithdrawnItem
from ..models.withdrawal import SOURCES


class HellowordWithdrawalRecord(models.TransientModel):
    """Record a statement that came by mail, phone or letter.

    Any unequivocal statement withdraws from the contract (Directive 2011/83/EU Art. 11(1)(b)), so
    it is taken up as it is, dated when it came, and acknowledged like one from the page.
    """

    _name = "helloword.withdrawal.record"
    _description = "Record a Withdrawal"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    return_id = fields.Many2one(
        "helloword.return",
        string="Request",
        readonly=True,
        help="The request that turned out to be a withdrawal. It is cancelled.",
    )
    source = fields.Selection(
        [source for source in SOURCES if source[0] != "page"], required=True, default="email"
    )
    received_at = fields.Datetime(
        required=True,
        default=fields.Datetime.now,
        help="When it came to you.",
    )
    sale_order_id = fields.Many2one(
        "sale.order",
        string="Order",
        domain="[('company_id', '=', company_id), ('state', '=', 'sale')]",
        help="When you are sure that it is the consumer's. Otherwise leave it empty.",
    )
    consumer_name = fields.Char(
        string="Name",
        required=True,
        compute="_compute_from_order",
        store=True,
        readonly=False,
        precompute=True,
    )
    contract = fields.Char(
        required=True,
        compute="_compute_from_order",
        store=True,
        readonly=False,
        precompute=True,
        help="Order number, or what the consumer wrote about the contract.",
    )
    email = fields.Char(
        string="E-mail",
        compute="_compute_from_order",
        store=True,
        readonly=False,
        precompute=True,
        help="The acknowledgement goes there. Without it, print the copy and hand it over.",
    )
    phone = fields.Char(compute="_compute_from_order", store=True, readonly=False, precompute=True)
    wording_id = fields.Many2one(
        "helloword.withdrawal.wording",
        string="Language",
        required=True,
        compute="_compute_from_order",
        store=True,
        readonly=False,
        precompute=True,
    )
    is_partial = fields.Boolean(string="Only Some of the Goods")
    items_text = fields.Text(string="In the Consumer's Words")
    line_ids = fields.One2many(
        "helloword.withdrawal.record.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        string="Goods",
    )

    @api.depends("sale_order_id")
    def _compute_from_order(self):
        Wording = self.env["helloword.withdrawal.wording"]
        for wizard in self:
            order = wizard.sale_order_id
            partner = order.partner_id
            wizard.consumer_name = partner.name or wizard.consumer_name
            wizard.email = partner.email or wizard.email
            wizard.phone = partner.phone or wizard.phone
            wizard.contract = order.return_channel_ref or order.name or wizard.contract
            if partner or not wizard.wording_id:
                wizard.wording_id = Wording._get_for(partner.lang or self.env.lang).sudo(False)

    @api.depends("sale_order_id")
    def _compute_line_ids(self):
        for wizard in self:
            lines = wizard.sale_order_id.order_line.filtered(lambda line: line._is_withdrawable())
            wizard.line_ids = [
                fields.Command.clear(),
                *(fields.Command.create({"sale_line_id": line.id}) for line in lines),
            ]

    def action_record(self):
        """Store the statement and show it.

        :raise UserError: something needed is missing
        """
        self.ensure_one()
        self._check_entries()
        items = tuple(
            WithdrawnItem(line.sale_line_id.id, line.quantity, line.product_id._get_portal_name())
            for line in self.line_ids
            if self.is_partial and line.quantity > 0
        )
        withdrawal = self.env["helloword.withdrawal"]._take(
            [
                WithdrawalStatement(
                    company_id=self.company_id.id,
                    name=self.consumer_name,
                    contract=self.contract,
                    email=self.email or "",
                    phone=self.phone or "",
                    lang=self.wording_id.lang,
                    source=self.source,
                    items=items,
                    items_text=(self.items_text or "") if self.is_partial else "",
                    received_at=self.received_at,
                    order_id=self.sale_order_id.id,
                )
            ]
        )
        self._replace_request(withdrawal)
        return withdrawal._get_records_action()

    def _replace_request(self, withdrawal):
        """The return that follows from the withdrawal takes the place of the request."""
        ret = self.return_id
        if not ret or ret.approval_state != "requested":
            return
        ret.action_cancel()
        ret.message_post(
            body=self.env._("This was a withdrawal; it is recorded as %s.", withdrawal.name)
        )

    def _check_entries(self):
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose one of your companies."))
        if self.email and not email_normalize(self.email):
            raise UserError(self.env._("“%s” is no e-mail address.", self.email))
        if self.received_at > fields.Datetime.now():
            raise UserError(self.env._("The statement cannot have come in the future."))
        has_goods = self.items_text or any(line.quantity > 0 for line in self.line_ids)
        if self.is_partial and not has_goods:
            raise UserError(
                self.env._("Enter which goods are meant, or record the whole contract.")
            )
        for line in self.line_ids:
            if line.quantity < 0 or line.quantity > line.quantity_ordered:
                raise UserError(
                    self.env._(
                        "%(quantity)g of “%(product)s” were ordered. Lower the quantity.",
                        quantity=line.quantity_ordered,
                        product=line.product_id.display_name,
                    )
                )


class HellowordWithdrawalRecordLine(models.TransientModel):
    _name = "helloword.withdrawal.record.line"
    _description = "Goods of a Withdrawal to Record"

    wizard_id = fields.Many2one(
        "helloword.withdrawal.record", required=True, ondelete="cascade", index=True
    )
    sale_line_id = fields.Many2one("sale.order.line", required=True, ondelete="cascade")
    product_id = fields.Many2one(related="sale_line_id.product_id")
    quantity_ordered = fields.Float(
        string="Ordered", digits="Product Unit", compute="_compute_quantity_ordered"
    )
    quantity = fields.Float(digits="Product Unit", string="Withdrawn")

    @api.depends("sale_line_id")
    def _compute_quantity_ordered(self):
        for line in self:
            sale_line = line.sale_line_id
            line.quantity_ordered = sale_line.product_uom_id._compute_quantity(
                sale_line.product_uom_qty, sale_line.product_id.uom_id, round=False
            )


class HellowordWithdrawalRefuse(models.TransientModel):
    """Refuse statements that have no effect, with the reason their consumers read."""

    _name = "helloword.withdrawal.refuse"
    _description = "Refuse a Withdrawal"

    withdrawal_ids = fields.Many2many(
        "helloword.withdrawal",
        required=True,
        default=lambda self: self.env.context.get("active_ids", []),
    )
    reason = fields.Text(required=True)

    def action_refuse(self):
        """:raise UserError: a statement is settled already"""
        self.ensure_one()
        self.withdrawal_ids._refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
