from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from .account_move_line import SIDE_ROLES
from .credit_pool import CreditPool, get_price_for_total


class HellowordReturn(models.Model):
    """Credit notes from the original invoice lines: price, taxes, account, currency and rate."""

    _inherit = "helloword.return"

    credit_note_ids = fields.Many2many(
        "account.move", string="Credit Notes", compute="_compute_credit_note_ids"
    )
    credit_note_count = fields.Integer(compute="_compute_credit_note_ids")
    amount_refunded = fields.Monetary(
        string="Refunded",
        compute="_compute_amount_refunded",
        store=True,
        help="On posted credit notes, taxes included, after fees.",
    )

    @api.depends("line_ids.refund_line_ids")
    def _compute_credit_note_ids(self):
        for ret in self.sudo():
            ret.credit_note_ids = ret.line_ids.refund_line_ids.move_id
            ret.credit_note_count = len(ret.credit_note_ids)

    @api.depends("line_ids.refund_line_ids.price_total", "line_ids.refund_line_ids.parent_state")
    def _compute_amount_refunded(self):
        for ret in self.sudo():
            ret.amount_refunded = sum(
                line.price_total
                for line in ret.line_ids.refund_line_ids
                if line.parent_state == "posted"
            )

    # -------------------------------------------------------------------------
    # Building
    # -------------------------------------------------------------------------

    def _create_credit_notes(self):
        """Draft credit notes for everything due; drafts reserve what they credit.

        One for each return and original invoice, or one for each original invoice where the
        channel groups them. Call as superuser and under ``_lock_origins``.

        :return: ``account.move`` records
        :raise UserError: see :meth:`action_refund`
        """
        lines = self.line_ids.filtered(lambda line: line._get_quantity_due() > 0)
        lines._check_invoice_lines()
        self._check_books_open(lines.invoice_line_id.move_id)
        pool = CreditPool(lines.invoice_line_id)
        untouched = lines.invoice_line_id.move_id.filtered(pool.is_untouched)
        groups = defaultdict(list)
        returns_of = defaultdict(self.browse)
        for ret in self:
            own_lines = ret.line_ids & lines
            for invoice, invoice_lines in own_lines.grouped(
                lambda line: line.invoice_line_id.move_id
            ).items():
                key = (invoice, self.browse() if ret._groups_credit_notes() else ret)
                groups[key] += ret._prepare_refund_lines(invoice_lines, pool)
                returns_of[key] |= ret
        vals_list = [
            returns_of[key]._prepare_credit_note_vals(
                key[0], vals, key[0] in untouched and pool.is_exhausted(key[0])
            )
            for key, vals in groups.items()
            if vals
        ]
        moves = self.env["account.move"].create(vals_list)
        moves.filtered(
            lambda move: pool.is_exhausted(move.reversed_entry_id)
        )._take_rest_of_invoice()
        return moves

    def _check_books_open(self, invoices):
        """Odoo moves a document out of a closed period, but not into the future."""
        for company, company_invoices in invoices.grouped("company_id").items():
            today = self._get_refund_date(company)
            for journal in company_invoices.journal_id:
                violated = company._get_violated_lock_dates(today, True, journal)
                if violated:
                    raise UserError(
                        self.env._(
                            "The books of %(company)s are closed up to %(locks)s. Refund after "
                            "that day, or let an accountant make an exception.",
                            company=company.name,
                            locks=company._format_lock_dates(violated),
                        )
                    )

    def _groups_credit_notes(self):
        """Whether returns of one invoice share a credit note."""
        self.ensure_one()
        return self.channel_id.group_credit_notes

    def _prepare_credit_note_vals(self, invoice, line_vals, is_whole):
        """Values of one credit note.

        :param invoice: the original invoice
        :param list line_vals: values of the lines
        :param bool is_whole: everything of the invoice is credited at once, so its rounding to
            cash is undone too
        """
        if not invoice.journal_id.active:
            raise UserError(
                self.env._(
                    "Journal “%(journal)s” of invoice %(invoice)s is archived. Reactivate it, then "
                    "refund again.",
                    journal=invoice.journal_id.display_name,
                    invoice=invoice.name,
                )
            )
        term = invoice.invoice_payment_term_id
        keeps_term = term.early_discount and term.early_pay_discount_computation == "mixed"
        return {
            "move_type": "out_refund",
            "partner_id": invoice.partner_id.id,
            "partner_shipping_id": invoice.partner_shipping_id.id,
            "currency_id": invoice.currency_id.id,
            "fiscal_position_id": invoice.fiscal_position_id.id,
            "journal_id": invoice.journal_id.id,
            "invoice_date": self._get_refund_date(invoice.company_id),
            "invoice_currency_rate": invoice.invoice_currency_rate,
            "reversed_entry_id": invoice.id,
            "ref": self.env._("Return %s", ", ".join(self.mapped("name"))),
            "invoice_origin": invoice.invoice_origin,
            "invoice_user_id": invoice.invoice_user_id.id,
            "team_id": invoice.team_id.id,
            "invoice_payment_term_id": term.id if keeps_term else False,
            "invoice_cash_rounding_id": invoice.invoice_cash_rounding_id.id if is_whole else False,
            "invoice_line_ids": [Command.create(vals) for vals in line_vals],
        }

    @api.model
    def _get_refund_date(self, company):
        """The day in the company's own time zone, whoever's job refunds.

        :return: date
        """
        timezone = company.partner_id.tz or self.env.user.tz or "UTC"
        return fields.Datetime.context_timestamp(
            self.with_context(tz=timezone), fields.Datetime.now()
        ).date()

    def _prepare_refund_lines(self, lines, pool):
        """Values of one return's lines on one credit note: goods, then what is kept.

        :param lines: lines of this return, invoiced together
        :param CreditPool pool: what is left to credit
        """
        self.ensure_one()
        vals_list, amounts = [], defaultdict(float)
        for line in lines:
            for vals, total in line._prepare_credit_lines(pool):
                vals_list.append(vals)
                amounts[line] += total
        goods = sum(amounts.values())
        fee = min(self._get_fee_due(amounts), goods)
        label = min(self._get_label_due(), goods - fee)
        company = self.company_id
        for role, amount in (
            ("fee", fee),
            ("label", label),
        ):
            if self.currency_id.compare_amounts(amount, 0.0) > 0:
                product = company._get_return_product(role)
                vals_list += self._prepare_deductions(role, product, amount, amounts)
        return vals_list + self._prepare_bonus_lines(goods, amounts)

    def _prepare_bonus_lines(self, goods, amounts):
        """What is added beside the goods. Hook.

        :param float goods: what is credited now, taxes included, in the return's currency
        :param dict amounts: return line → amount credited
        :return: list of values of credit note lines
        """
        return []

    def _get_deducted(self, role):
        """:return: what was kept on credit notes so far, as a positive amount, taxes included"""
        lines = self.line_ids.refund_line_ids.filtered(
            lambda line: line.return_role == role and line.parent_state != "cancel"
        )
        return -sum(lines.mapped("price_total"))

    def _get_fee_due(self, amounts):
        """The part of the restocking fee that belongs to the goods refunded now.

        :param dict amounts: return line → what is credited now, taxes included
        :return: amount in the return's currency
        """
        self.ensure_one()
        if self.currency_id.is_zero(self.amount_fee):
            return 0.0
        totals = defaultdict(float, amounts)
        for line in self.line_ids.refund_line_ids:
            if line.return_role not in SIDE_ROLES and line.parent_state != "cancel":
                totals[line.return_line_id] += line.price_total
        fee = self._get_percent_fee(totals) + self._get_fixed_fee()
        return max(min(fee, self.amount_fee) - self._get_deducted("fee"), 0.0)

    def _get_label_due(self):
        self.ensure_one()
        if self.currency_id.is_zero(self.amount_label):
            return 0.0
        return max(self.amount_label - self._get_deducted("label"), 0.0)

    def _prepare_deductions(self, role, product, amount, amounts):
        """Negative lines with the taxes of the goods, shared over their sets of taxes.

        :param str role: ``fee`` or ``label``
        :param product: service product, may be empty
        :param float amount: to keep, taxes included
        :param dict amounts: return line → amount credited
        """
        self.ensure_one()
        currency, goods = self.currency_id, sum(amounts.values())
        by_taxes = defaultdict(self.line_ids.browse)
        for line in amounts:
            by_taxes[line.invoice_line_id.tax_ids] |= line
        vals_list, rest = [], amount
        for position, (taxes, lines) in enumerate(by_taxes.items()):
            share = currency.round(amount * sum(amounts[line] for line in lines) / goods)
            if position == len(by_taxes) - 1:
                share = currency.round(rest)
            rest -= share
            if currency.is_zero(share):
                continue
            origin = lines[0].invoice_line_id
            vals_list.append(
                {
                    "product_id": product.id,
                    "name": product.display_name or dict(self._get_role_names())[role],
                    "quantity": -1.0,
                    "price_unit": get_price_for_total(origin, share),
                    "discount": 0.0,
                    "tax_ids": [Command.set(taxes.ids)],
                    "account_id": self._get_deduction_account(product, origin).id,
                    "analytic_distribution": origin.analytic_distribution,
                    "return_line_id": lines[0].id,
                    "return_role": role,
                }
            )
        return vals_list

    def _get_role_names(self):
        return self.env["account.move.line"]._fields["return_role"]._description_selection(self.env)

    def _get_deduction_account(self, product, origin):
        """The product's own income account, else the one of the goods."""
        product = product.with_company(self.company_id)
        own = product.property_account_income_id or (
            product.categ_id.property_account_income_categ_id
        )
        if not own:
            return origin.account_id
        return origin.move_id.fiscal_position_id.map_account(own)


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    # -------------------------------------------------------------------------
    # Invoiced lines
    # -------------------------------------------------------------------------

    def _match_invoice_lines(self):
        """Find the invoiced line of lines that were matched before there was an invoice."""
        for line in self:
            if line.invoice_line_id or line.is_unexpected or line._is_never_charged():
                continue
            candidates = line.sale_line_id.invoice_lines.filtered(
                lambda invoice_line: (
                    invoice_line.parent_state == "posted"
                    and invoice_line.move_id.move_type == "out_invoice"
                    and invoice_line.quantity > 0
                    and not invoice_line.is_downpayment
                )
            ).sorted("id")
            if candidates:
                line.invoice_line_id = candidates[0]

    def _check_invoice_lines(self):
        for line in self:
            invoice_line = line.invoice_line_id
            if not invoice_line:
                raise UserError(line._get_no_invoice_message())
            if invoice_line.parent_state != "posted":
                raise UserError(
                    self.env._(
                        "Invoice %(invoice)s of “%(product)s” is not posted. Post it, or choose "
                        "another invoiced line on return %(name)s.",
                        invoice=invoice_line.move_id.display_name,
                        product=line.name,
                        name=line.return_id.name,
                    )
                )
            if invoice_line.currency_id != line.return_id.currency_id:
                raise UserError(
                    self.env._(
                        "Return %(name)s is in %(currency)s, its invoice %(invoice)s in %(other)s. "
                        "Set the currency of the invoice on the return.",
                        name=line.return_id.name,
                        currency=line.return_id.currency_id.name,
                        invoice=invoice_line.move_id.name,
                        other=invoice_line.currency_id.name,
                    )
                )
            if not invoice_line.account_id.active:
                raise UserError(
                    self.env._(
                        "Account %(account)s of invoice %(invoice)s is archived. Reactivate it "
                        "under Accounting, Configuration, Chart of Accounts, then refund again.",
                        account=invoice_line.account_id.display_name,
                        invoice=invoice_line.move_id.name,
                    )
                )

    def _get_no_invoice_message(self):
        """:return: why there is nothing to credit, and what to do"""
        self.ensure_one()
        if self.sale_line_id:
            return self.env._(
                "“%(product)s” of order %(order)s has not been invoiced, so there is nothing to "
                "credit. Use “Invoice and Refund”, or post the invoice.",
                product=self.name,
                order=self.sale_order_id.name,
            )
        return self.env._(
            "“%(product)s” on return %(name)s has no invoiced line. Choose the line of the "
            "invoice it undoes.",
            product=self.name,
            name=self.return_id.name,
        )

    # -------------------------------------------------------------------------
    # Credit note lines
    # -------------------------------------------------------------------------

    def _prepare_credit_lines(self, pool):
        """Values of the credit note line that refunds what is due of this line.

        :param CreditPool pool: what is left to credit
        :return: list of tuples (values, amount taxes included)
        """
        self.ensure_one()
        origin = self.invoice_line_id
        vals = {
            "name": origin.name,
            "account_id": origin.account_id.id,
            "tax_ids": [Command.set(origin.tax_ids.ids)],
            "analytic_distribution": origin.analytic_distribution,
            "return_line_id": self.id,
            "product_id": False,
        }
        if self._get_decision() == "keep_it":
            return self._prepare_allowance(pool, vals)
        due = self._get_quantity_due()
        quantity = self.product_id.uom_id._compute_quantity(due, origin.product_uom_id, round=False)
        self._check_creditable(pool, quantity)
        taken = pool.take_quantity(origin, quantity)
        vals.update(
            return_role="goods",
            quantity=quantity,
            product_uom_id=origin.product_uom_id.id,
            price_unit=taken["price_unit"],
            discount=taken["discount"],
        )
        self._keep_precision(vals, due)
        if self._expects_goods():
            vals["product_id"] = origin.product_id.id
            if self._follows_delivery():
                vals["sale_line_ids"] = [Command.set(origin.sale_line_ids.ids)]
        return [(vals, taken["total"])]

    def _keep_precision(self, vals, due):
        """A piece of a dozen is no decimal number: count such goods in the product's unit."""
        self.ensure_one()
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        if not vals["quantity"] or round(vals["quantity"], digits) == vals["quantity"]:
            return
        total = vals["price_unit"] * vals["quantity"]
        vals.update(quantity=due, product_uom_id=self.product_id.uom_id.id, price_unit=total / due)

    def _prepare_allowance(self, pool, vals):
        """A price reduction: the customer keeps the goods, so neither product nor order move."""
        self.ensure_one()
        ret, origin = self.return_id, self.invoice_line_id
        amount = self._get_allowance()
        if ret.currency_id.compare_amounts(amount, pool.get_amount_left(origin)) > 0:
            raise UserError(self._get_over_refund_message(pool))
        taken = pool.take_amount(origin, amount)
        vals.update(
            return_role="allowance",
            name=self.env._("Price reduction: %s", origin.name or self.name),
            quantity=1.0,
            price_unit=taken["price_unit"],
            discount=0.0,
        )
        return [(vals, amount)]

    def _get_allowance(self):
        """:return: this line's share of the keep-it offer; the shares sum up to it exactly"""
        self.ensure_one()
        ret = self.return_id
        if ret.lines_differ:
            return self._get_amount_owed()
        currency = ret.currency_id
        rest, lines = ret.amount_to_refund, ret.line_ids.filtered(lambda line: line.price_total)
        for line in lines[:-1]:
            share = currency.round(line.price_total * ret.keep_it_percent / 100.0)
            if line == self:
                return share
            rest -= share
        return currency.round(rest) if self == lines[-1:] else 0.0

    def _check_creditable(self, pool, quantity):
        """Refuse what other credit notes have given back already.

        :param float quantity: in the unit of the invoiced line
        """
        self.ensure_one()
        origin = self.invoice_line_id
        left = pool.get_quantity_left(origin)
        rounding = origin.product_uom_id.rounding or 0.01
        if quantity - left > rounding / 2 or (
            origin.price_total > 0
            and origin.currency_id.compare_amounts(pool.get_amount_left(origin), 0.0) <= 0
        ):
            raise UserError(self._get_over_refund_message(pool))

    def _get_over_refund_message(self, pool):
        self.ensure_one()
        origin = self.invoice_line_id
        return self.env._(
            "Return %(name)s would refund more of “%(product)s” than invoice %(invoice)s has left: "
            "%(quantity)g units, %(amount)s. It was credited by %(moves)s already. If that credit "
            "note belongs to this return, set the return line on its line; else cancel the return.",
            name=self.return_id.name,
            product=self.name,
            invoice=origin.move_id.name,
            quantity=max(pool.get_quantity_left(origin), 0.0),
            amount=origin.currency_id.format(max(pool.get_amount_left(origin), 0.0)),
            moves=", ".join(pool.get_credit_notes(origin).mapped("display_name")) or "-",
        )
