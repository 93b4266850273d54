from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .delivery_method_adapter import DeliveryMethodAdapter


class HellowordLabelAccount(models.Model):
    """Labels from a delivery method of Odoo's."""

    _inherit = "helloword.label.account"

    provider = fields.Selection(
        selection_add=[("odoo_delivery", "Delivery method of Odoo"), ("slip",)],
        ondelete={"odoo_delivery": "cascade"},
    )
    delivery_carrier_id = fields.Many2one(
        "delivery.carrier",
        string="Delivery Method",
        check_company=True,
        ondelete="restrict",
        help="Of any provider that makes return labels, of Odoo Enterprise or OCA for example. Its "
        "credentials and environment are its own.",
    )

    @api.constrains("provider", "delivery_carrier_id")
    def _check_delivery_carrier(self):
        for account in self.filtered(lambda account: account.provider == "odoo_delivery"):
            carrier = account.delivery_carrier_id
            if not carrier:
                raise ValidationError(
                    self.env._(
                        "Choose the delivery method of the label account “%s”.", account.name
                    )
                )
            if not carrier.can_generate_return:
                raise ValidationError(
                    self.env._(
                        "The delivery method “%s” makes no return labels. Choose one of a provider "
                        "that does.",
                        carrier.name,
                    )
                )

    def _get_label_adapter_class(self):
        if self.provider == "odoo_delivery":
            return DeliveryMethodAdapter
        return super()._get_label_adapter_class()

    def _get_label_adapter(self, label=None):
        if self.provider != "odoo_delivery":
            return super()._get_label_adapter(label)
        account = self.sudo().with_company(self.company_id)
        return DeliveryMethodAdapter(account.env, account.delivery_carrier_id, label)
