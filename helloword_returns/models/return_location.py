from odoo import fields, models


class ResCompany(models.Model):
    """Where returned goods leave the books: given away, destroyed, or never there."""

    _inherit = "res.company"

    return_donation_location_id = fields.Many2one(
        "stock.location",
        string="Donated Returns",
        check_company=True,
        domain=[("usage", "=", "inventory")],
        help="Goods given away are moved here. Its valuation account takes their cost.",
    )
    return_scrap_location_id = fields.Many2one(
        "stock.location",
        string="Destroyed Returns",
        check_company=True,
        domain=[("usage", "=", "inventory")],
        help="Goods destroyed are moved here. Its valuation account takes their cost.",
    )
    return_difference_location_id = fields.Many2one(
        "stock.location",
        string="Return Differences",
        check_company=True,
        domain=[("usage", "=", "inventory")],
        help="Takes the difference when a parcel holds another product than it was received as, "
        "or nothing.",
    )

    def _create_returns_locations(self):
        """Make the locations a company does not have yet; safe to repeat."""
        names = {
            "return_donation_location_id": self.env._("Donated Returns"),
            "return_scrap_location_id": self.env._("Destroyed Returns"),
            "return_difference_location_id": self.env._("Return Differences"),
        }
        missing = [
            (company, name) for company in self.sudo() for name in names if not company[name]
        ]
        locations = (
            self.env["stock.location"]
            .sudo()
            .create(
                [
                    {
                        "name": names[name],
                        "usage": "inventory",
                        "location_id": False,
                        "company_id": company.id,
                    }
                    for company, name in missing
                ]
            )
        )
        for (company, name), location in zip(missing, locations, strict=True):
            company[name] = location
