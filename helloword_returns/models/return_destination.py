from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HellowordReturnDestination(models.Model):
    """Where parcels go by the buyer's country, e.g. Europe to Venlo and the rest to Shenzhen.

    Plans of several rules share one, so that a new warehouse is entered once.
    """

    _name = "helloword.return.destination"
    _description = "Return Destinations by Country"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: every company; each uses its own warehouses."
    )
    line_ids = fields.One2many("helloword.return.destination.line", "destination_id", copy=True)

    def _get_warehouse(self, country, company):
        """The first line that holds the country and has a warehouse of the company.

        :param country: ``res.country`` of the buyer, may be empty
        :param company: ``res.company`` of the return
        :return: ``stock.warehouse``, empty when no line fits
        """
        self.ensure_one()
        for line in self.line_ids:
            if line.warehouse_id.company_id == company and line._holds(country):
                return line.warehouse_id
        return self.env["stock.warehouse"]


class HellowordReturnDestinationLine(models.Model):
    _name = "helloword.return.destination.line"
    _description = "Return Destination of Countries"
    _order = "destination_id, sequence, id"

    destination_id = fields.Many2one(
        "helloword.return.destination", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    country_group_ids = fields.Many2many("res.country.group", string="Country Groups")
    country_ids = fields.Many2many("res.country", string="Countries")
    warehouse_id = fields.Many2one("stock.warehouse", required=True, ondelete="cascade")

    @api.constrains("warehouse_id", "destination_id")
    def _check_company(self):
        for line in self:
            company = line.destination_id.company_id
            if company and line.warehouse_id.company_id != company:
                raise ValidationError(
                    self.env._(
                        "Warehouse %(warehouse)s belongs to another company than “%(name)s”. "
                        "Choose one of %(company)s.",
                        warehouse=line.warehouse_id.name,
                        name=line.destination_id.name,
                        company=company.name,
                    )
                )

    def _holds(self, country):
        """:return: whether the line is about this country; one without any is about all"""
        self.ensure_one()
        if not self.country_group_ids and not self.country_ids:
            return True
        return country in self.country_ids or bool(
            country.country_group_ids & self.country_group_ids
        )


class HellowordReturnPlanMixin(models.AbstractModel):
    _inherit = "helloword.return.plan.mixin"

    destination_id = fields.Many2one(
        "helloword.return.destination",
        string="Destination by Country",
        ondelete="restrict",
        help="Which warehouse the parcel goes to, by the buyer's country. Countries it does not "
        "name go to the destination warehouse.",
    )

    def _plan_field_names(self):
        return [*super()._plan_field_names(), "destination_id"]


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    def _choose_warehouses(self):
        """Set the warehouse of returns whose plan names it by country; batch."""
        directed = self.filtered("destination_id")
        for (destination, country, company), returns in directed.grouped(
            lambda ret: (ret.destination_id, ret.country_id, ret.company_id)
        ).items():
            warehouse = destination.sudo()._get_warehouse(country, company)
            if warehouse:
                returns.write({"warehouse_id": warehouse.id})
