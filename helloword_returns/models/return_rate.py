"""Return rates and the smart buttons of products and customers."""

from collections import defaultdict

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models

REFUSED = ("rejected", "cancelled")


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    @api.model
    def _get_rate_period_start(self):
        return fields.Datetime.now() - relativedelta(months=12)

    @api.model
    def _get_returned_quantities(self, groupby, domain):
        """Units asked back in the last twelve months, refused requests left out.

        :param str groupby: field of the line, may be dotted
        :return: dict of group → quantity, in the products' units
        """
        groups = self._read_group(
            [
                *domain,
                ("return_id.request_date", ">=", self._get_rate_period_start()),
                ("state", "not in", REFUSED),
                ("is_unexpected", "=", False),
            ],
            [groupby],
            ["quantity:sum"],
        )
        return dict(groups)

    @api.model
    def _get_delivered_quantities(self, groupby, domain):
        """Units delivered to customers in the last twelve months.

        Read as superuser: who works on returns need not see the warehouse.

        :param str groupby: field of ``stock.move``, may be dotted
        :return: dict of group → quantity, in the products' units
        """
        groups = (
            self.env["stock.move"]
            .sudo()
            ._read_group(
                [
                    *domain,
                    ("state", "=", "done"),
                    ("date", ">=", self._get_rate_period_start()),
                    ("company_id", "in", self.env.companies.ids),
                    ("location_dest_id.usage", "=", "customer"),
                    ("location_id.usage", "!=", "customer"),
                ],
                [groupby],
                ["product_qty:sum"],
            )
        )
        return {record.sudo(False): quantity for record, quantity in groups}

    @api.model
    def _get_rate(self, returned, delivered):
        """:return: share of the delivered units asked back, 0 to 1, zero when none went out"""
        return min(returned / delivered, 1.0) if delivered > 0 else 0.0


class ProductProduct(models.Model):
    _inherit = "product.product"

    customer_return_count = fields.Integer(
        compute="_compute_customer_returns", groups="helloword_returns.group_return_own"
    )
    customer_return_rate = fields.Float(
        string="Return Rate",
        compute="_compute_customer_returns",
        groups="helloword_returns.group_return_own",
        help="Units asked back over units delivered, in the last twelve months.",
    )

    def _compute_customer_returns(self):
        Line = self.env["helloword.return.line"]
        domain = [("product_id", "in", self.ids)]
        counts = dict(Line._read_group(domain, ["product_id"], ["return_id:count_distinct"]))
        returned = Line._get_returned_quantities("product_id", domain)
        delivered = Line._get_delivered_quantities("product_id", domain)
        for product in self:
            origin = product._origin
            product.customer_return_count = counts.get(origin, 0)
            product.customer_return_rate = Line._get_rate(
                returned.get(origin, 0.0), delivered.get(origin, 0.0)
            )

    def action_view_customer_returns(self):
        """The returns of these products."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helloword_returns.helloword_return_action_all"
        )
        return action | {"domain": [("line_ids.product_id", "in", self.ids)], "context": {}}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    customer_return_count = fields.Integer(
        compute="_compute_customer_returns", groups="helloword_returns.group_return_own"
    )
    customer_return_rate = fields.Float(
        string="Return Rate",
        compute="_compute_customer_returns",
        groups="helloword_returns.group_return_own",
        help="Units asked back over units delivered, in the last twelve months.",
    )

    def _compute_customer_returns(self):
        Line = self.env["helloword.return.line"]
        variants = self.with_context(active_test=False).product_variant_ids
        domain = [("product_id", "in", variants.ids)]
        groups = Line._read_group(domain, ["product_id", "return_id"])
        returns = defaultdict(set)
        for product, ret in groups:
            returns[product.product_tmpl_id.id].add(ret.id)
        returned, delivered = defaultdict(float), defaultdict(float)
        for product, quantity in Line._get_returned_quantities("product_id", domain).items():
            returned[product.product_tmpl_id.id] += quantity
        for product, quantity in Line._get_delivered_quantities("product_id", domain).items():
            delivered[product.product_tmpl_id.id] += quantity
        for template in self:
            key = template._origin.id
            template.customer_return_count = len(returns[key])
            template.customer_return_rate = Line._get_rate(returned[key], delivered[key])

    def action_view_customer_returns(self):
        """The returns of every variant."""
        variants = self.with_context(active_test=False).product_variant_ids
        return variants.action_view_customer_returns()


class ResPartner(models.Model):
    _inherit = "res.partner"

    customer_return_count = fields.Integer(
        compute="_compute_customer_returns", groups="helloword_returns.group_return_own"
    )
    customer_return_rate = fields.Float(
        string="Return Rate",
        compute="_compute_customer_returns",
        groups="helloword_returns.group_return_own",
        help="Units asked back over units delivered, in the last twelve months.",
    )

    def _compute_customer_returns(self):
        """A company counts what its contacts send back."""
        Line = self.env["helloword.return.line"]
        family = self.with_context(active_test=False).search([("id", "child_of", self.ids)])
        family.fetch(["parent_id"])
        counts = dict(
            self.env["helloword.return"]._read_group(
                [("partner_id", "in", family.ids)], ["partner_id"], ["__count"]
            )
        )
        returned = Line._get_returned_quantities(
            "return_id.partner_id", [("return_id.partner_id", "in", family.ids)]
        )
        delivered = Line._get_delivered_quantities(
            "picking_id.partner_id", [("picking_id.partner_id", "in", family.ids)]
        )
        totals = defaultdict(lambda: [0, 0.0, 0.0])
        for position, quantities in enumerate((counts, returned, delivered)):
            for member, quantity in quantities.items():
                while member:
                    totals[member.id][position] += quantity
                    member = member.parent_id
        for partner in self:
            count, returned_quantity, delivered_quantity = totals[partner._origin.id]
            partner.customer_return_count = count
            partner.customer_return_rate = Line._get_rate(returned_quantity, delivered_quantity)

    def action_view_customer_returns(self):
        """The returns of these customers and their contacts."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helloword_returns.helloword_return_action_all"
        )
        return action | {
            "domain": [("partner_id", "child_of", self.ids)],
            "context": {"default_partner_id": self[:1].id},
        }
