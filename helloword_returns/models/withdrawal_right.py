from datetime import timedelta

import pytz
from odoo import api, fields, models
from odoo.tools import float_compare, format_date

from ..law.working_days import add_working_days
from .returnable_pool import ReturnablePool


class HellowordWithdrawal(models.Model):
    """Whether the buyer's law gives the right to withdraw, and until when.

    The period ends 14 days after the delivery of the last of the goods (Directive 2011/83/EU Art.
    9(2)(b)); a last day that is a Saturday, Sunday or holiday moves on to the next working day
    (Regulation (EEC, Euratom) 1182/71 Art. 3(4)); who was not informed has 12 months more (Art.
    10). Before the delivery the right exists already. Doubt never ends in silence: a person gets
    the facts.
    """

    _inherit = "helloword.withdrawal"

    def _examine_right(self):
        """Note when the period ends and every fact that keeps the effects from following."""
        matched = self.filtered("sale_order_id")
        orders = matched.sale_order_id
        policies = self.env["helloword.return.policy"]._get_for(orders)
        pool = ReturnablePool(self.env["helloword.return"], exclude=False, orders=orders)
        deliveries = self._get_deliveries(orders)
        for withdrawal in matched:
            order = withdrawal.sale_order_id
            delivered_at = deliveries.get(order)
            findings = list(withdrawal.findings or [])
            findings += withdrawal._find_about_goods(pool)
            window_end = withdrawal._get_window_end(policies[order], delivered_at)
            withdrawal.write(
                {
                    "delivered_at": delivered_at,
                    "window_end": window_end,
                    "findings": findings + withdrawal._find_about_right(policies[order], window_end)
                    or False,
                }
            )

    @api.model
    def _get_deliveries(self, orders):
        """:return: dict of order → when its last goods were delivered; only orders that were
        delivered completely"""
        deliveries = {}
        for order in orders:
            goods = order.order_line.filtered(lambda line: line._is_withdrawable())
            if goods and all(
                float_compare(
                    line.qty_delivered,
                    line.product_uom_qty,
                    precision_rounding=line.product_uom_id.rounding or 0.01,
                )
                >= 0
                or line._was_delivered()
                for line in goods
            ):
                moves = goods.move_ids.filtered(
                    lambda move: move.state == "done" and move.location_dest_id.usage == "customer"
                )
                if moves:
                    deliveries[order] = max(moves.mapped("date"))
        return deliveries

    def _get_jurisdiction(self):
        self.ensure_one()
        partner = self.sale_order_id.partner_shipping_id or self.sale_order_id.partner_id
        country = partner.country_id.code or ""
        if country and partner.state_id.country_id == partner.country_id:
            return f"{country}-{partner.state_id.code}"
        return country

    def _as_buyer_day(self, moment):
        """:param moment: naive UTC
        :return: the day it was at the buyer's
        """
        self.ensure_one()
        zones = pytz.country_timezones.get(self.country_id.code or "")
        zone = pytz.timezone(zones[0]) if zones else pytz.utc
        return pytz.utc.localize(moment).astimezone(zone).date()

    def _get_window_end(self, policy, delivered_at):
        """The last day to withdraw.

        :param policy: ``helloword.return.policy`` the buyer was promised, perhaps empty
        :param delivered_at: when the last goods were delivered, or None
        :return: date, or False while goods are awaited or when there is no right
        """
        self.ensure_one()
        jurisdiction = self._get_jurisdiction()
        if not jurisdiction or not delivered_at:
            return False
        rulebook = self.env["helloword.regulation"]._get_rulebook()
        start = self._as_buyer_day(delivered_at)
        day = self._as_buyer_day(self.received_at)
        days = rulebook.days(jurisdiction, "withdrawal_period", day)
        if days is None:
            working = rulebook.get(jurisdiction, "withdrawal_period_business_days", day)
            return add_working_days(start, working.number, jurisdiction) if working else False
        last = start + timedelta(days=max(days, policy.window_days if policy else 0))
        if policy and not policy.withdrawal_explained:
            more = rulebook.get(jurisdiction, "withdrawal_extension_if_not_informed", day)
            if more and more.is_confirmed and more.unit == "months":
                last = fields.Date.add(last, months=int(more.number))
        return add_working_days(last - timedelta(days=1), 1, jurisdiction)

    def _has_right(self):
        """:return: whether the buyer's law knows a right to withdraw"""
        self.ensure_one()
        jurisdiction = self._get_jurisdiction()
        rulebook = self.env["helloword.regulation"]._get_rulebook()
        day = self._as_buyer_day(self.received_at)
        return bool(jurisdiction) and any(
            rulebook.get(jurisdiction, key, day)
            for key in ("withdrawal_period", "withdrawal_period_business_days")
        )

    # -------------------------------------------------------------------------
    # Facts for a person
    # -------------------------------------------------------------------------

    def _find_about_right(self, policy, window_end):
        self.ensure_one()
        order = self.sale_order_id
        if not self.country_id:
            return [{"code": "no_country", "order": order.name}]
        findings = []
        if not self._has_right():
            findings.append({"code": "no_right", "country": self.country_id.code})
        if window_end and self._as_buyer_day(self.received_at) > window_end:
            findings.append(
                {
                    "code": "too_late",
                    "end": fields.Date.to_string(window_end),
                    "received": fields.Date.to_string(self._as_buyer_day(self.received_at)),
                }
            )
        if order.partner_id.commercial_partner_id.is_company:
            findings.append(
                {
                    "code": "business",
                    "customer": order.partner_id.commercial_partner_id.display_name,
                }
            )
        return findings

    def _find_about_goods(self, pool):
        """What cannot be returned of the goods that are meant.

        :param ReturnablePool pool: what is left to return
        """
        self.ensure_one()
        findings = []
        if self.items_text:
            findings.append({"code": "goods_in_words", "goods": self.items_text})
        wanted = self._get_wanted()
        excluded = [line.product_id for line in wanted if line.product_id.withdrawal_exclusion_id]
        for product in excluded:
            findings.append(
                {
                    "code": "excluded",
                    "product": product.display_name,
                    "reason": product.withdrawal_exclusion_id.name,
                }
            )
        available = {line: max(pool.get_returnable(line), 0.0) for line in wanted}
        if not any(self._is_positive(line, available[line]) for line in wanted):
            is_delivered = any(line._was_delivered() for line in wanted)
            code = "nothing_left" if is_delivered else "undelivered"
            findings.append({"code": code, "order": self.sale_order_id.name})
        else:
            missing = [
                line.product_id.display_name
                for line, quantity in wanted.items()
                if self._is_positive(line, quantity - available[line])
            ]
            if missing:
                findings.append({"code": "partly_undelivered", "products": missing})
        return findings

    def _get_wanted(self):
        """What the statement is about.

        :return: dict of order line → quantity in the product's own unit
        """
        self.ensure_one()
        lines = self.sale_order_id.order_line
        if self.line_ids:
            chosen = {line.sale_line_id: line.quantity for line in self.line_ids}
            return {line: chosen[line] for line in lines if line in chosen}
        return {
            line: line.product_uom_id._compute_quantity(
                line.product_uom_qty, line.product_id.uom_id, round=False
            )
            for line in lines
            if line._is_withdrawable()
        }

    @staticmethod
    def _is_positive(line, quantity):
        rounding = line.product_id.uom_id.rounding or 0.01
        return float_compare(quantity, 0.0, precision_rounding=rounding) > 0

    @api.depends("findings")
    @api.depends_context("lang")
    def _compute_findings(self):
        for withdrawal in self:
            withdrawal.findings_text = "\n".join(
                withdrawal._describe_finding(finding) for finding in withdrawal.findings or []
            )

    def _describe_finding(self, finding):
        """One fact in the reader's language, with what to do about it.

        :param dict finding: ``code`` and the values the sentence needs
        """
        _, code = self.env._, finding["code"]
        if code == "no_order":
            return _(
                "No order has the number “%s”. Choose the order below, or ask the consumer, then "
                "examine again.",
                finding["contract"],
            )
        if code == "several_orders":
            return _(
                "Several orders fit: %s. Choose the one that is meant, then examine again.",
                ", ".join(finding["orders"]),
            )
        if code == "other_contact":
            return _(
                "Order %(order)s belongs to %(customer)s; the statement comes from %(name)s, "
                "%(contact)s. Make sure who it is, then create the return or refuse.",
                **{key: finding[key] for key in ("order", "customer", "name", "contact")},
            )
        if code == "not_examined":
            return _(
                "It could not be examined by itself: %s. Put this right, then examine again.",
                finding["error"],
            )
        if code == "no_country":
            return _(
                "The country of order %s is not known, so neither is the law. Set the delivery "
                "address, then examine again.",
                finding["order"],
            )
        if code == "no_right":
            return _(
                "No right to withdraw is known for buyers in %s. Decide what your own policy "
                "promises.",
                finding["country"],
            )
        if code == "too_late":
            return _(
                "The period ended on %(end)s; the statement came on %(received)s. Refuse with "
                "this reason, or accept it as a courtesy.",
                end=format_date(self.env, finding["end"]),
                received=format_date(self.env, finding["received"]),
            )
        if code == "business":
            return _(
                "%s is a business; the right belongs to consumers. Check who bought.",
                finding["customer"],
            )
        return self._describe_goods_finding(finding)

    def _describe_goods_finding(self, finding):
        _, code = self.env._, finding["code"]
        if code == "goods_in_words":
            return _(
                "The consumer names the goods in words: “%s”. Create the return for what is meant.",
                finding["goods"],
            )
        if code == "excluded":
            return _(
                "“%(product)s” is marked as excluded (%(reason)s). Check that the exception holds "
                "and was announced before the order.",
                product=finding["product"],
                reason=finding["reason"],
            )
        if code == "undelivered":
            return _(
                "Nothing of order %s has been delivered. Stop the delivery, cancel the order and "
                "give the money back within 14 days from the statement, without waiting for goods.",
                finding["order"],
            )
        if code == "nothing_left":
            return _(
                "Everything delivered of order %s is on a return already. Compare them, then close "
                "this statement.",
                finding["order"],
            )
        if code == "partly_undelivered":
            return _(
                "Not delivered, or on another return already: %s. Stop what is still to be "
                "delivered and give that money back too.",
                ", ".join(finding["products"]),
            )
        return finding.get("message") or code


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _is_withdrawable(self):
        """:return: whether the line is goods, not freight, a note or a down payment"""
        self.ensure_one()
        return (
            not self.display_type
            and not self.is_downpayment
            and not self.is_delivery
            and self.product_id.type == "consu"
            and self.product_uom_qty > 0
        )

    def _was_delivered(self):
        """:return: whether goods of the line have ever reached the customer"""
        self.ensure_one()
        return self.qty_delivered > 0 or any(
            move.state == "done" and move.location_dest_id.usage == "customer"
            for move in self.move_ids
        )


class ProductTemplate(models.Model):
    _inherit = "product.template"

    withdrawal_exclusion_id = fields.Many2one(
        "helloword.return.exclusion",
        string="No Right of Withdrawal",
        help="Why consumers cannot withdraw from buying this, such as goods made to measure. "
        "Leave it empty for ordinary goods. A person checks each case before anything is refused.",
    )
