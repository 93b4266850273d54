from collections import defaultdict

from odoo import Command, api, fields, models

from .credit_pool import CreditPool


class ResCompany(models.Model):
    _inherit = "res.company"

    withdrawal_partial_freight = fields.Selection(
        [("share", "The share of the goods' value"), ("none", "Nothing")],
        string="Delivery Costs on Partial Withdrawal",
        default="share",
        help="What is refunded of the standard delivery costs when only a part of the order is "
        "withdrawn. When the last part is withdrawn, all of them are refunded.",
    )


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    express_surcharge = fields.Float(
        digits="Product Price",
        help="How much more this method costs than the cheapest standard delivery offered, taxes "
        "included, in the company's currency. Not refunded when a consumer withdraws.",
    )


class SaleOrder(models.Model):
    """The delivery costs a consumer gets back who withdraws.

    Directive 2011/83/EU Art. 13(1) and (2): all payments, the costs of delivery included, but not
    what a more expensive delivery cost above the cheapest standard one. The directive is silent on
    partial withdrawal; the company decides, and by default the share of the goods' value is paid.
    """

    _inherit = "sale.order"

    def _get_withdrawn_share(self):
        """The share of the order's goods that returns by withdrawal make refundable by now.

        :return: float between 0 and 1, exactly 1 when nothing is left
        """
        self.ensure_one()
        goods = self.order_line.filtered(lambda line: line._is_withdrawable())
        withdrawn = self.return_ids.filtered(
            lambda ret: ret.is_withdrawal and ret.approval_state == "approved"
        ).line_ids
        total, share, is_whole = 0.0, 0.0, True
        for line in goods:
            ordered = line.product_uom_id._compute_quantity(
                line.product_uom_qty, line.product_id.uom_id, round=False
            )
            back = sum(
                withdrawn.filtered(
                    lambda ret_line, line=line: ret_line.sale_line_id == line
                ).mapped("quantity_refundable")
            )
            rounding = line.product_id.uom_id.rounding or 0.01
            is_whole = is_whole and ordered - back < rounding / 2
            total += line.price_total
            share += line.price_total * min(back / ordered, 1.0) if ordered else 0.0
        if is_whole:
            return 1.0
        return share / total if total else 0.0

    def _get_standard_freight(self, invoice_line):
        """What of an invoiced delivery line is owed when the whole order is withdrawn.

        :param invoice_line: ``account.move.line``
        :return: amount in the invoice's currency, taxes included
        """
        self.ensure_one()
        move = invoice_line.move_id
        surcharge = self.carrier_id.express_surcharge * (move.invoice_currency_rate or 1.0)
        return max(move.currency_id.round(invoice_line.price_total - surcharge), 0.0)


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    amount_freight = fields.Monetary(
        string="Delivery Costs Refunded",
        compute="_compute_amount_freight",
        help="On credit notes of this return, drafts included.",
    )

    @api.depends("line_ids.refund_line_ids.price_total", "line_ids.refund_line_ids.parent_state")
    def _compute_amount_freight(self):
        for ret in self:
            ret.amount_freight = -ret.sudo()._get_deducted("freight")

    def _prepare_refund_lines(self, lines, pool):
        vals_list = super()._prepare_refund_lines(lines, pool)
        if not self.is_withdrawal or not vals_list:
            return vals_list
        invoice = lines.invoice_line_id.move_id
        for delivery_line in self._get_invoiced_freight().filtered(
            lambda line: line.move_id == invoice
        ):
            vals_list += self._prepare_freight_lines(lines[:1], delivery_line, pool)
        return vals_list

    def _create_credit_notes(self):
        """Delivery costs stand on the credit note of the goods where both were invoiced together,
        else on one of their own."""
        moves = super()._create_credit_notes()
        withdrawn = self.filtered("is_withdrawal")
        freight = {ret: ret._get_invoiced_freight() for ret in withdrawn}
        pool = CreditPool(self.env["account.move.line"].union(*freight.values()))
        groups = defaultdict(list)
        for ret, delivery_lines in freight.items():
            own = moves.filtered(lambda move, ret=ret: ret in move.return_ids)
            for delivery_line in delivery_lines:
                invoice = delivery_line.move_id
                if own and invoice not in own.reversed_entry_id:
                    groups[ret, invoice] += ret._prepare_freight_lines(
                        ret.line_ids[:1], delivery_line, pool
                    )
        vals_list = [
            ret._prepare_credit_note_vals(invoice, vals, False)
            for (ret, invoice), vals in groups.items()
            if vals
        ]
        return moves | self.env["account.move"].create(vals_list)

    def _get_invoiced_freight(self):
        """:return: the posted invoice lines the order's delivery was charged on"""
        self.ensure_one()
        return self.sale_order_id.order_line.filtered("is_delivery").invoice_lines.filtered(
            lambda line: (
                line.parent_state == "posted"
                and line.move_id.move_type == "out_invoice"
                and line.price_total > 0
                and line.currency_id == self.currency_id
            )
        )

    def _prepare_freight_lines(self, return_lines, delivery_line, pool):
        """Values of the credit note line for the delivery costs owed by now and not refunded yet.

        :param return_lines: the return line the credit belongs to
        :param delivery_line: the invoiced delivery
        :param CreditPool pool: what is left to credit of its invoice
        :return: list of values, empty when nothing is owed
        """
        self.ensure_one()
        order, currency = self.sale_order_id, self.currency_id
        share = order._get_withdrawn_share()
        if share < 1.0 and self.company_id.withdrawal_partial_freight == "none":
            return []
        left = pool.get_amount_left(delivery_line)
        owed = currency.round(order._get_standard_freight(delivery_line) * share)
        due = min(owed - pool.get_amount_credited(delivery_line), left)
        if currency.compare_amounts(due, 0.0) <= 0:
            return []
        vals = {
            "product_id": delivery_line.product_id.id,
            "product_uom_id": delivery_line.product_uom_id.id,
            "name": delivery_line.name,
            "tax_ids": [Command.set(delivery_line.tax_ids.ids)],
            "account_id": delivery_line.account_id.id,
            "analytic_distribution": delivery_line.analytic_distribution,
            "return_line_id": return_lines.id,
            "return_role": "freight",
        }
        if currency.compare_amounts(due, delivery_line.price_total):
            taken, quantity = pool.take_amount(delivery_line, due), 1.0
        else:
            quantity = delivery_line.quantity
            taken = pool.take_quantity(delivery_line, quantity)
        return [
            vals
            | {
                "quantity": quantity,
                "price_unit": taken["price_unit"],
                "discount": taken["discount"],
            }
        ]
