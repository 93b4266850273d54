from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import float_compare

from ..carriers.base import Address, CustomsItem, LabelRequest, Parcel

# What a carrier needs of an address; the names are those of the partner's fields.
NEEDED_OF_ADDRESS = ("street", "city", "country_id")


class HellowordReturnLabel(models.Model):
    """What travels from whom to where, as label services want it: kilograms and centimetres."""

    _inherit = "helloword.return.label"

    customer_partner_id = fields.Many2one(
        "res.partner",
        string="From",
        compute="_compute_addresses",
        store=True,
        readonly=False,
        help="The customer's address.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", compute="_compute_addresses", store=True, readonly=False
    )
    destination_partner_id = fields.Many2one(
        "res.partner",
        string="To",
        compute="_compute_addresses",
        store=True,
        readonly=False,
        help="The address of the warehouse the plan names.",
    )
    package_type_id = fields.Many2one("stock.package.type", string="Package", check_company=True)
    weight = fields.Float(
        string="Weight (kg)",
        digits=(10, 3),
        compute="_compute_weight",
        store=True,
        readonly=False,
        help="Of the parcel: the goods by the weights of their products, and the package.",
    )
    parcel_length = fields.Float(
        string="Length (cm)", digits=(8, 1), compute="_compute_size", store=True, readonly=False
    )
    parcel_width = fields.Float(
        string="Width (cm)", digits=(8, 1), compute="_compute_size", store=True, readonly=False
    )
    parcel_height = fields.Float(
        string="Height (cm)", digits=(8, 1), compute="_compute_size", store=True, readonly=False
    )
    is_abroad = fields.Boolean(string="Crosses a Border", compute="_compute_is_abroad", store=True)

    @api.depends("return_id")
    def _compute_addresses(self):
        for label in self:
            ret = label.return_id
            label.customer_partner_id = ret._get_sender_address()
            label.destination_partner_id = ret._get_return_address()
            label.warehouse_id = ret._get_label_warehouse()

    @api.depends("return_id.line_ids.quantity", "package_type_id")
    def _compute_weight(self):
        """Follows the lines while nothing is asked for; what was asked for stays."""
        factor = self._get_weight_factor()
        for label in self:
            if label.state not in (False, "draft"):
                continue
            goods = sum(
                line.product_id.weight * line.quantity
                for line in label.return_id.line_ids
                if not line.is_unexpected and line._expects_goods()
            )
            package = label.package_type_id.base_weight if goods else 0.0
            label.weight = (goods + package) * factor

    @api.model
    def _get_weight_factor(self):
        """:return: kilograms in the unit products are weighed in"""
        unit = self.env["product.template"]._get_weight_uom_id_from_ir_config_parameter()
        return unit._compute_quantity(1.0, self.env.ref("uom.product_uom_kgm"), round=False)

    @api.depends("package_type_id")
    def _compute_size(self):
        unit = self.env["product.template"]._get_length_uom_id_from_ir_config_parameter()
        centimetre = self.env.ref("uom.product_uom_cm")
        for label in self:
            package = label.package_type_id
            for name, source in (
                ("parcel_length", "packaging_length"),
                ("parcel_width", "width"),
                ("parcel_height", "height"),
            ):
                label[name] = unit._compute_quantity(package[source], centimetre, round=False)

    @api.depends("customer_partner_id.country_id", "destination_partner_id.country_id")
    def _compute_is_abroad(self):
        for label in self:
            label.is_abroad = (
                label.customer_partner_id.country_id != label.destination_partner_id.country_id
            )

    # -------------------------------------------------------------------------
    # What lacks
    # -------------------------------------------------------------------------

    def _get_lacking(self):
        """What has to be entered before any service can make this label. Hook.

        :return: list of sentences, empty when nothing lacks
        """
        self.ensure_one()
        lacking = []
        for partner, sentence in (
            (
                self.customer_partner_id,
                self.env._("The customer's address lacks: %s."),
            ),
            (
                self.destination_partner_id,
                self.env._("The warehouse's address lacks: %s."),
            ),
        ):
            names = [
                partner._fields[name]._description_string(self.env)
                for name in NEEDED_OF_ADDRESS
                if not partner[name]
            ]
            if names:
                lacking.append(sentence % ", ".join(names))
        if float_compare(self.weight, 0.0, precision_rounding=0.001) <= 0:
            lacking.append(
                self.env._("Enter the weight of the parcel, or the weights of its products.")
            )
        return lacking

    # -------------------------------------------------------------------------
    # The request
    # -------------------------------------------------------------------------

    def _prepare_label_request(self, account, weight_factor=None):
        """What an account's adapter gets.

        :param account: ``helloword.label.account``
        :param float weight_factor: of :meth:`_get_weight_factor`, where a batch has it already
        :return: :class:`~odoo.addons.helloword_returns.carriers.base.LabelRequest`
        """
        self.ensure_one()
        weight_factor = weight_factor or self._get_weight_factor()
        ret = self.return_id
        lines = ret.line_ids.filtered(lambda line: not line.is_unexpected and line._expects_goods())
        return LabelRequest(
            number=self.name,
            return_number=ret.name,
            order_ref=ret.external_order_ref or ret.sale_order_id.name or "",
            customer=_as_address(
                self.customer_partner_id,
                name=ret.customer_name,
                phone=ret.customer_phone,
                email=ret._get_customer_email(),
            ),
            destination=_as_address(self.destination_partner_id),
            parcel=Parcel(
                weight=_as_decimal(self.weight, 3),
                length=_as_decimal(self.parcel_length, 1),
                width=_as_decimal(self.parcel_width, 1),
                height=_as_decimal(self.parcel_height, 1),
                description=", ".join(dict.fromkeys(lines.product_id.categ_id.mapped("name"))),
            ),
            items=tuple(line._prepare_label_item(weight_factor) for line in lines),
            invoice_ref=", ".join(
                dict.fromkeys(lines.sudo().invoice_line_id.move_id.mapped("name"))
            ),
            label_format=account.label_format,
            wants_qr=account.wants_qr and account.can_qr,
        )


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    def _get_sender_address(self):
        """:return: partner who hands the parcel in"""
        self.ensure_one()
        return self.sale_order_id.partner_shipping_id or self.partner_id

    def _get_label_warehouse(self):
        """:return: warehouse the parcel goes to, empty when none is known"""
        self.ensure_one()
        return self.warehouse_id or self.channel_id.warehouse_id or self.sale_order_id.warehouse_id


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def _prepare_label_item(self, weight_factor):
        """This line as customs and slips want it. The origin is the product's, never guessed.

        :param float weight_factor: kilograms in the unit products are weighed in
        :return: :class:`~odoo.addons.helloword_returns.carriers.base.CustomsItem`
        """
        self.ensure_one()
        product = self.product_id
        digits = self.currency_id.decimal_places
        value = self.price_total / self.quantity if self.quantity else 0.0
        return CustomsItem(
            description=self._get_portal_name() or "",
            quantity=Decimal(f"{self.quantity:g}"),
            value=_as_decimal(value, digits),
            currency=self.currency_id.name,
            weight=_as_decimal(product.weight * weight_factor, 3),
            hs_code=product.hs_code or "",
            origin=product.country_of_origin.code or "",
            sku=self.sku or product.default_code or "",
        )


def _as_address(partner, name="", phone="", email=""):
    """:param partner: ``res.partner``; what is given besides wins where it has nothing"""
    company = partner.commercial_company_name or ""
    person = partner.name or name or ""
    return Address(
        name=person if person != company else "",
        company=company,
        street=partner.street or "",
        street2=partner.street2 or "",
        city=partner.city or "",
        state=partner.state_id.code or "",
        zip=partner.zip or "",
        country=partner.country_id.code or "",
        phone=partner.phone or phone or "",
        email=partner.email or email or "",
    )


def _as_decimal(value, digits):
    return Decimal(f"{value:.{digits}f}")
