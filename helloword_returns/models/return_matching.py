from collections import defaultdict

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .returnable_pool import ReturnablePool

MATCHING_ISSUES = (
    "unknown_order",
    "unknown_product",
    "not_in_order",
    "too_many",
    "other_currency",
    "no_lines",
)


class HellowordReturn(models.Model):
    """Which order, which delivered move, which invoiced line; and how much is left to return."""

    _inherit = "helloword.return"

    def action_match(self):
        """Match again after somebody corrected what could not be matched, then decide."""
        waiting = self.filtered(lambda ret: ret.approval_state == "requested")
        waiting._match(forget=True)
        waiting._decide_after_intake()
        return True

    def _match(self, forget=False):
        """Find order, order lines, delivered moves and invoiced lines; note what is missing.

        Lines that span several moves or invoices are split. Queries do not grow with the number
        of returns. Whoever may write a return may have it matched: orders, deliveries and
        invoices are read for them.

        :param bool forget: drop all earlier issues, not only those matching itself noted
        """
        if not self:
            return
        self.check_access("write")
        # What can be returned is what this finds out; saving must not refuse it half-way.
        returns = self.sudo().with_context(returnable_checked=True)
        returns._match_orders()
        returns._lock_origins()
        pool = ReturnablePool(returns)
        for ret in returns:
            issues = [
                issue
                for issue in (not forget and ret.attention_issues) or []
                if issue["code"] not in MATCHING_ISSUES
            ]
            issues += ret._match_lines(pool)
            ret.attention_issues = issues or False

    def _match_orders(self):
        """Set the order from what the request says about it, one query per way of looking."""
        self._take_orders_of_lines()
        unmatched = self.filtered(lambda ret: not ret.sale_order_id and ret.external_order_ref)
        if not unmatched:
            self._fill_from_order()
            return
        orders = self.env["sale.order"].search(
            [
                ("company_id", "in", unmatched.company_id.ids),
                "|",
                "|",
                ("return_channel_ref", "in", unmatched.mapped("external_order_ref")),
                ("name", "in", unmatched.mapped("external_order_ref")),
                ("client_order_ref", "in", unmatched.mapped("external_order_ref")),
                ("state", "=", "sale"),
            ]
        )
        by_ref = defaultdict(orders.browse)
        for order in orders:
            for ref in {order.return_channel_ref, order.name, order.client_order_ref} - {False}:
                by_ref[order.company_id, ref] |= order
        for ret in unmatched:
            found = by_ref[ret.company_id, ret.external_order_ref]
            own = found.filtered(lambda order, ret=ret: order.return_channel_id == ret.channel_id)
            found = own or found.filtered(lambda order: not order.return_channel_id)
            if len(found) == 1:
                ret.sale_order_id = found
        self._fill_from_order()

    def _take_orders_of_lines(self):
        """A request that names order lines or delivered moves names their order."""
        for ret in self:
            lines = ret.line_ids
            orders = lines.sale_line_id.order_id | lines.origin_move_id.sale_line_id.order_id
            if not ret.sale_order_id and len(orders) == 1:
                ret.sale_order_id = orders

    def _fill_from_order(self):
        for ret in self:
            if ret.sale_order_id and not ret.partner_id:
                ret.partner_id = ret.sale_order_id.partner_id

    def _match_lines(self, pool):
        """:return: list of issues"""
        self.ensure_one()
        if not self.line_ids:
            return [{"code": "no_lines"}]
        issues = []
        order = self.sale_order_id
        if not order and not any(self.line_ids.mapped("origin_move_id")):
            issues.append({"code": "unknown_order", "order": self.external_order_ref})
        requested = self.request_currency_id or self.currency_id
        if order and requested != order.currency_id:
            issues.append(
                {
                    "code": "other_currency",
                    "request": requested.name,
                    "order": order.currency_id.name,
                }
            )
        for line in self.line_ids:
            issue = line._match_line(pool)
            if issue:
                issues.append(issue)
        return issues

    def _lock_origins(self):
        """Make sure that two transactions never hand out the same units.

        The rows are written, not only locked: Odoo's transactions see the snapshot of their
        start, so the second one must fail with a serialization error, and Odoo repeats it. The
        lock leaves keys alone: both have shared the order's key already by referring to it, and a
        stronger lock would be a deadlock.
        """
        lines = self.sudo().line_ids
        orders = lines.sale_line_id.order_id | self.sudo().sale_order_id
        moves = lines.filtered(lambda line: not line.sale_line_id).origin_move_id
        for records in (orders, moves):
            if records:
                records.flush_recordset()
                table = SQL.identifier(records._table)
                self.env.cr.execute(
                    SQL(
                        "UPDATE %(table)s SET write_date = write_date WHERE id IN "
                        "(SELECT id FROM %(table)s WHERE id IN %(ids)s ORDER BY id FOR NO KEY UPDATE)",
                        table=table,
                        ids=tuple(records.ids),
                    )
                )

    def _check_returnable(self):
        """Refuse what was never delivered or is coming back already. Call under the lock.

        :raise ValidationError: with the product and both quantities
        """
        returns = self.sudo()
        pool = ReturnablePool(returns, exclude=False)
        for line in returns.line_ids:
            excess = pool.get_excess(line)
            if excess:
                raise ValidationError(
                    self.env._(
                        "Return %(name)s asks for %(asked)g of “%(product)s”, but only "
                        "%(returnable)g can still be returned. Lower the quantity.",
                        name=line.return_id.name,
                        asked=line.quantity,
                        product=line.name,
                        returnable=max(line.quantity - excess, 0.0),
                    )
                )


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    @api.constrains("quantity", "sale_line_id", "origin_move_id", "product_id")
    def _check_returnable_on_save(self):
        if self.env.context.get("returnable_checked"):
            return
        returns = self.return_id.filtered(
            lambda ret: ret.approval_state in ("requested", "approved") and not ret.needs_attention
        )
        returns._lock_origins()
        returns._check_returnable()

    def _match_line(self, pool):
        """Find what this line undoes; split it where it spans several moves or invoices.

        :param ReturnablePool pool: what is left to return
        :return: an issue, or None
        """
        self.ensure_one()
        if self.is_unexpected:
            return None
        self._forget_other_origins()
        if not self.product_id:
            self.product_id = self.sale_line_id.product_id or self.origin_move_id.product_id
        if not self.product_id:
            return {"code": "unknown_product", "sku": self.sku or self.name}
        if not self.sale_order_id and not self.origin_move_id:
            return None
        parts, missing = pool.take(self)
        if not parts and not pool.has_product(self):
            return {
                "code": "not_in_order",
                "product": self.product_id.display_name,
                "order": self.sale_order_id.name,
            }
        if missing:
            if parts and not self.sale_line_id:
                self.sale_line_id = parts[0].sale_line
            return {
                "code": "too_many",
                "asked": self.quantity,
                "returnable": self.quantity - missing,
                "product": self.product_id.display_name,
            }
        self._apply_parts(parts)
        return None

    def _forget_other_origins(self):
        """Somebody corrected the order or the product: what the line was matched with is void."""
        self.ensure_one()
        sale_line, order = self.sale_line_id, self.sale_order_id
        product = self.product_id
        other_order = order and sale_line and sale_line.order_id != order
        other_product = product and product not in (
            sale_line.product_id | self.origin_move_id.product_id
        )
        if sale_line and (other_order or other_product):
            self.write({"sale_line_id": False, "origin_move_id": False, "invoice_line_id": False})

    def _apply_parts(self, parts):
        first, *others = parts
        amounts = self._split_amount(parts)
        self.write(first.vals() | amounts[0])
        for part, amount in zip(others, amounts[1:], strict=True):
            self.copy(
                {
                    "return_id": self.return_id.id,
                    "external_id": self.external_id,
                    "sku": self.sku,
                }
                | part.vals()
                | amount
            )

    def _split_amount(self, parts):
        """An amount the request came with follows the quantities; order lines price themselves."""
        if self.sale_line_id or parts[0].sale_line or not self.price_total:
            return [{} for _part in parts]
        rest, amounts = self.price_total, []
        for part in parts[:-1]:
            share = self.currency_id.round(self.price_total * part.quantity / self.quantity)
            amounts.append({"price_total": share})
            rest -= share
        return [*amounts, {"price_total": self.currency_id.round(rest)}]
