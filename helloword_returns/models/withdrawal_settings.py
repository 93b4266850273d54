from odoo import api, fields, models
from odoo.tools.urls import urljoin


class ResCompany(models.Model):
    """The withdrawal page of a company."""

    _inherit = "res.company"

    withdrawal_page = fields.Boolean(
        default=True,
        help="A public page where consumers withdraw from a contract. Shops that sell to consumers "
        "in the European Union must offer it, wherever they are established, since 2026-06-19.",
    )
    withdrawal_url = fields.Char(
        string="Address of the Withdrawal Page", compute="_compute_withdrawal_url"
    )

    @api.depends("return_page_slug")
    def _compute_withdrawal_url(self):
        for company in self:
            company.withdrawal_url = urljoin(
                company.get_base_url(), f"/withdrawal/{company.return_page_slug or ''}"
            )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    withdrawal_page = fields.Boolean(related="company_id.withdrawal_page", readonly=False)
    withdrawal_url = fields.Char(related="company_id.withdrawal_url")
    withdrawal_partial_freight = fields.Selection(
        related="company_id.withdrawal_partial_freight", readonly=False
    )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    withdrawal_ids = fields.One2many("helloword.withdrawal", "sale_order_id", string="Withdrawals")
    withdrawal_count = fields.Integer(compute="_compute_withdrawal_count")

    @api.depends("withdrawal_ids")
    def _compute_withdrawal_count(self):
        groups = self.env["helloword.withdrawal"]._read_group(
            [("sale_order_id", "in", self.ids)], ["sale_order_id"], ["__count"]
        )
        counts = {order.id: count for order, count in groups}
        for order in self:
            order.withdrawal_count = counts.get(order.id, 0)

    def action_view_withdrawals(self):
        self.ensure_one()
        return self.withdrawal_ids._get_records_action(name=self.env._("Withdrawals"))

    def _get_withdrawal_link(self):
        """The address of the withdrawal form with this order filled in, for its customer.

        :return: path, or empty text when the company has no page or the order is no contract
        """
        self.ensure_one()
        company = self.company_id.sudo()
        if self.state != "sale" or not company.withdrawal_page or not company.return_page_slug:
            return ""
        return f"/withdrawal/{company.return_page_slug}/statement?order={self._get_finder_token()}"
