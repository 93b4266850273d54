from odoo import api, fields, models
from odoo.fields import Domain

from ..customs.papers import is_description, is_hs_code
from ..customs.territory import complete_zip

# What customs have to know of goods, as fields of the product.
CUSTOMS_FIELDS = ("hs_code", "country_of_origin", "weight")


class ProductTemplate(models.Model):
    """What customs papers say of a product. The code and the origin are Odoo's own fields."""

    _inherit = "product.template"

    customs_description = fields.Char(
        help="What the goods are, in English and in plain words, e.g. “Women's dress, 100 % "
        "cotton, woven”. Empty: the English name of the product.",
    )
    lacks_customs_data = fields.Boolean(
        string="Without Customs Data",
        compute="_compute_lacks_customs_data",
        search="_search_lacks_customs_data",
        help="Code, origin or weight are missing; parcels that cross a border need them.",
    )

    @api.depends(*CUSTOMS_FIELDS)
    def _compute_lacks_customs_data(self):
        for template in self:
            template.lacks_customs_data = template.type == "consu" and not (
                is_hs_code(template.hs_code) and template.country_of_origin and template.weight > 0
            )

    def _search_lacks_customs_data(self, operator, value):
        """A code that is there counts, even one that cannot be right: that is found on the papers."""
        if operator != "in":
            return NotImplemented
        missing = (
            Domain("hs_code", "in", [False, ""])
            | Domain("country_of_origin", "=", False)
            | Domain("weight", "<=", 0)
        )
        return Domain("type", "=", "consu") & missing

    def _get_customs_description(self):
        """:return: what the goods are, in English; empty when the product does not say it"""
        self.ensure_one()
        english = self.with_context(lang="en_US")
        name = self.customs_description or english.name or ""
        if is_description(name, self.default_code):
            return name
        category = english.categ_id.name or ""
        return category if is_description(category) and english.categ_id.parent_id else ""


class ResPartner(models.Model):
    _inherit = "res.partner"

    eori = fields.Char(
        string="EORI or Customs Number",
        help="What customs know the company by, e.g. GB123456789000 or an importer number.",
    )

    def _get_customs_number(self):
        """:return: the customs number, else the tax number"""
        self.ensure_one()
        partner = self.commercial_partner_id
        return self.eori or partner.eori or self.vat or partner.vat or ""

    def _get_customs_place(self):
        """:return: tuple (country code, postal code); where there is no postal code, one of the state
        stands for it
        """
        country = self.country_id.code or ""
        return country, complete_zip(country, self.zip, self.state_id.code)
