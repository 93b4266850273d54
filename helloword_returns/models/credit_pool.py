from collections import defaultdict
from dataclasses import dataclass

from odoo.tools import float_compare, float_is_zero

from .account_move_line import SIDE_ROLES


@dataclass
class Creditable:
    """What is left to credit of one invoiced line, in its own unit and currency."""

    line: object
    quantity: float
    total: float
    touched: bool = False

    def take(self, quantity, total):
        self.quantity -= quantity
        self.total -= total
        self.touched = True


class CreditPool:
    """What can still be credited of a batch of invoiced lines.

    Everything counts that is not cancelled: our own credit notes, drafts included, and those made
    by hand, known by the invoice they reverse or by the order line they share. A credit made by
    hand that names no product of the invoice lowers what is left of the invoice as a whole.

    Read with a bounded number of queries; read it under ``_lock_origins``.

    :param invoice_lines: posted ``account.move.line`` records of customer invoices, as superuser
    """

    def __init__(self, invoice_lines):
        self._invoices = invoice_lines.move_id
        self._env = invoice_lines.env
        self._left = {}
        self._invoice_left = defaultdict(float)
        for line in self._invoices.invoice_line_ids:
            if line.display_type == "product" and not line.is_downpayment:
                self._left[line.id] = Creditable(line, line.quantity, line.price_total)
                self._invoice_left[line.move_id.id] += line.price_total
        self._credit_moves = defaultdict(invoice_lines.move_id.browse)
        self._read_credits()

    # -------------------------------------------------------------------------
    # Reading
    # -------------------------------------------------------------------------

    def _read_credits(self):
        sale_lines = self._invoices.invoice_line_ids.sale_line_ids
        found = self._env["account.move.line"].search(
            [
                ("display_type", "=", "product"),
                ("parent_state", "in", ("draft", "posted")),
                ("move_id.move_type", "=", "out_refund"),
                "|",
                ("move_id.reversed_entry_id", "in", self._invoices.ids),
                ("sale_line_ids", "in", sale_lines.ids),
            ]
        )
        for credit in found.filtered(lambda line: not line.is_downpayment):
            # Refunded delivery costs undo the invoice's delivery line, found by its product.
            if credit.return_line_id and credit.return_role != "freight":
                self._count_own(credit)
            else:
                self._count_foreign(credit)

    def _count_own(self, credit):
        invoice_line = credit.return_line_id.invoice_line_id
        left = self._left.get(invoice_line.id)
        if not left or credit.return_role in SIDE_ROLES:
            return
        quantity = 0.0
        if credit.return_role != "allowance":
            quantity = credit.product_uom_id._compute_quantity(
                credit.quantity, invoice_line.product_uom_id, round=False
            )
        self._count(left, credit, quantity, credit.price_total)

    def _count_foreign(self, credit):
        """Find the invoiced lines a credit made by hand undoes; the same price first."""
        candidates = [
            left
            for left in self._left.values()
            if credit.product_id
            and left.line.product_id == credit.product_id
            and (
                left.line.move_id == credit.move_id.reversed_entry_id
                or left.line.sale_line_ids & credit.sale_line_ids
            )
        ]
        candidates.sort(
            key=lambda left: (
                left.line.price_unit != credit.price_unit or left.line.discount != credit.discount,
                left.line.id,
            )
        )
        if not candidates or not credit.quantity:
            invoice = credit.move_id.reversed_entry_id
            if invoice.id in self._invoice_left:
                self._invoice_left[invoice.id] -= credit.price_total
                self._credit_moves[invoice.id] |= credit.move_id
            return
        quantity = credit.quantity
        for position, left in enumerate(candidates):
            is_last = position == len(candidates) - 1
            piece = quantity if is_last else min(quantity, max(left.quantity, 0.0))
            if piece:
                self._count(left, credit, piece, credit.price_total * piece / credit.quantity)
            quantity -= piece

    def _count(self, left, credit, quantity, total):
        left.take(quantity, total)
        self._invoice_left[left.line.move_id.id] -= total
        self._credit_moves[left.line.id] |= credit.move_id

    # -------------------------------------------------------------------------
    # Asking
    # -------------------------------------------------------------------------

    def get_quantity_left(self, invoice_line):
        """:return: quantity of an invoiced line that can still be credited, in the line's unit"""
        return self._left[invoice_line.id].quantity

    def get_amount_left(self, invoice_line):
        """:return: amount that can still be credited, taxes included, in the line's currency"""
        left = self._left[invoice_line.id]
        return min(left.total, self._invoice_left[invoice_line.move_id.id])

    def get_amount_credited(self, invoice_line):
        """:return: amount of an invoiced line that was credited, taxes included"""
        return invoice_line.price_total - self._left[invoice_line.id].total

    def get_credit_notes(self, invoice_line):
        """:return: the credit notes that have already credited an invoiced line"""
        return self._credit_moves[invoice_line.id] | self._credit_moves[invoice_line.move_id.id]

    def is_untouched(self, invoice):
        """:return: whether nothing of an invoice was credited before or taken from this pool"""
        return not any(
            self._left[line.id].touched
            for line in invoice.invoice_line_ids
            if line.id in self._left
        )

    def is_exhausted(self, invoice):
        """:return: whether nothing of an invoice's lines is left"""
        currency = invoice.currency_id
        return all(
            currency.is_zero(self._left[line.id].total)
            for line in invoice.invoice_line_ids
            if line.id in self._left
        )

    def take_quantity(self, invoice_line, quantity):
        """Take a quantity of an invoiced line.

        The credit which exhausts the line takes its rest exactly, so that rounding never leaves
        a cent open; so does one for which less is left than the price says.

        :param float quantity: in the unit of the invoiced line, never above what is left
        :return: dict of price_unit, discount and the amount taken, taxes included
        """
        left = self._left[invoice_line.id]
        currency = invoice_line.currency_id
        exhausts = self._compare(left.quantity, quantity, invoice_line) <= 0
        whole = not left.touched and exhausts
        amount_left = self.get_amount_left(invoice_line)
        price = {"price_unit": invoice_line.price_unit, "discount": invoice_line.discount}
        total = left.total if whole else self._get_total(invoice_line, quantity=quantity, **price)
        wanted = left.total if exhausts else total
        wanted = min(wanted, amount_left)
        if currency.compare_amounts(wanted, total):
            price = self._get_price(invoice_line, quantity, wanted)
            total = wanted
        left.take(quantity, total)
        self._invoice_left[invoice_line.move_id.id] -= total
        return price | {"total": total}

    def take_amount(self, invoice_line, amount):
        """Take an amount of an invoiced line, whatever its quantity.

        :param float amount: taxes included, never above what is left
        :return: dict like :meth:`take_quantity`, for a quantity of one
        """
        price = self._get_price(invoice_line, 1.0, amount)
        self._left[invoice_line.id].take(0.0, amount)
        self._invoice_left[invoice_line.move_id.id] -= amount
        return price | {"total": amount}

    # -------------------------------------------------------------------------
    # Prices
    # -------------------------------------------------------------------------

    def _get_price(self, invoice_line, quantity, total):
        """The unit price at which a quantity comes to a total, with the invoiced line's taxes."""
        price_unit = get_price_for_total(invoice_line, total) / quantity
        return {"price_unit": price_unit, "discount": 0.0}

    def _get_total(self, invoice_line, **values):
        return get_line_total(invoice_line, invoice_line.tax_ids, **values)

    @staticmethod
    def _compare(left, right, line):
        return float_compare(left, right, precision_rounding=line.product_uom_id.rounding or 0.01)


def get_line_total(line, taxes, **values):
    """What a line like an invoiced one would come to, as Odoo computes it.

    :param line: ``account.move.line`` that gives currency, rate, partner and product
    :param taxes: ``account.tax`` records
    :param values: ``price_unit``, ``quantity``, ``discount``
    :return: amount in the line's currency, taxes included
    """
    Tax = line.env["account.tax"]
    base_line = Tax._prepare_base_line_for_taxes_computation(
        {},
        tax_ids=taxes,
        currency_id=line.currency_id,
        rate=line.move_id.invoice_currency_rate or 1.0,
        partner_id=line.partner_id,
        product_id=line.product_id,
        is_refund=True,
        **values,
    )
    Tax._add_tax_details_in_base_line(base_line, line.company_id)
    Tax._round_base_lines_tax_details([base_line], line.company_id)
    return base_line["tax_details"]["total_included_currency"]


def get_price_for_total(line, total):
    """The price of one unit that comes to a total with the taxes of an invoiced line.

    :param float total: taxes included, in the line's currency
    :return: price in the line's currency, included or excluded taxes as they are set up
    """
    taxes = line.tax_ids
    if not taxes or float_is_zero(total, precision_rounding=line.currency_id.rounding):
        return total
    Tax = line.env["account.tax"]
    base_line = Tax._prepare_base_line_for_taxes_computation(
        {},
        tax_ids=taxes,
        price_unit=total,
        quantity=1.0,
        currency_id=line.currency_id,
        partner_id=line.partner_id,
        product_id=line.product_id,
        is_refund=True,
        special_mode="total_included",
    )
    Tax._add_tax_details_in_base_line(base_line, line.company_id)
    flat = taxes.flatten_taxes_hierarchy()
    excluded = base_line["tax_details"]["raw_total_excluded_currency"]
    if all(tax.price_include for tax in flat):
        return total
    if not any(tax.price_include for tax in flat):
        return excluded
    included = [
        data["raw_tax_amount_currency"]
        for data in base_line["tax_details"]["taxes_data"]
        if data["tax"].price_include
    ]
    return excluded + sum(included)
