from odoo import api, fields, models


class ResCompany(models.Model):
    """How returns are booked in a company."""

    _inherit = "res.company"

    return_fee_product_id = fields.Many2one(
        "product.product",
        string="Restocking Fee Product",
        check_company=True,
        domain=[("type", "=", "service")],
        help="Its income account takes the restocking fees. Empty: “Restocking fee”.",
    )
    return_label_product_id = fields.Many2one(
        "product.product",
        string="Return Label Product",
        check_company=True,
        domain=[("type", "=", "service")],
        help="Its income account takes the labels deducted from refunds. Empty: “Return label”.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["helloword.channel"].sudo()._create_manual_channels(companies)
        return companies

    def _get_return_product(self, role):
        """The service on a credit note line that keeps a part of the refund.

        :param str role: ``fee`` or ``label``
        :return: ``product.product``, empty when it was deleted
        """
        self.ensure_one()
        chosen = {"fee": self.return_fee_product_id, "label": self.return_label_product_id}[role]
        return chosen or (
            self.env.ref(f"helloword_returns.product_return_{role}", raise_if_not_found=False)
            or chosen
        )
