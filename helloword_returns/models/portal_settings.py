from odoo import api, fields, models
from odoo.tools.urls import urljoin


class ResCompany(models.Model):
    """The self-service portal of a company."""

    _inherit = "res.company"

    return_portal = fields.Boolean(
        string="Returns Portal",
        help="A public page where customers ask for returns themselves.",
    )
    return_portal_exchange = fields.Boolean(
        string="Offer Exchanges",
        default=True,
        help="Customers may choose or ask for other goods instead of the money, where a rule "
        "offers it.",
    )
    return_portal_store_credit = fields.Boolean(
        string="Offer Store Credit",
        default=True,
        help="Customers may choose or ask for store credit instead of the money, where a rule "
        "offers it.",
    )
    return_portal_url = fields.Char(
        string="Address of the Portal", compute="_compute_return_portal_url"
    )

    @api.depends("return_page_slug")
    def _compute_return_portal_url(self):
        for company in self:
            company.return_portal_url = urljoin(
                company.get_base_url(), f"/returns/{company.return_page_slug or ''}"
            )

    def _get_portal_kinds(self):
        """:return: set of outcomes besides money which this company offers on its pages"""
        self.ensure_one()
        kinds = {
            "exchange": self.return_portal_exchange,
            "store_credit": self.return_portal_store_credit,
        }
        return {kind for kind, is_offered in kinds.items() if is_offered}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    return_portal = fields.Boolean(related="company_id.return_portal", readonly=False)
    return_portal_exchange = fields.Boolean(
        related="company_id.return_portal_exchange", readonly=False
    )
    return_portal_store_credit = fields.Boolean(
        related="company_id.return_portal_store_credit", readonly=False
    )
    return_portal_url = fields.Char(related="company_id.return_portal_url")
    return_page_slug = fields.Char(related="company_id.return_page_slug", readonly=False)
    return_page_title = fields.Char(related="company_id.return_page_title", readonly=False)
    return_page_intro = fields.Text(related="company_id.return_page_intro", readonly=False)
    return_page_policy_url = fields.Char(
        related="company_id.return_page_policy_url", readonly=False
    )
    return_page_colour = fields.Char(related="company_id.return_page_colour", readonly=False)
