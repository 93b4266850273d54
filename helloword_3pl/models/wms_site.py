from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HellowordWmsSite(models.Model):
    """One building: what we call it and what its operator calls it."""

    _name = "helloword.wms.site"
    _description = "Warehouse of a Connection"
    _rec_name = "warehouse_id"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "helloword.wms.connection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, index=True, ondelete="cascade", check_company=True
    )
    code = fields.Char(
        string="Operator's Code",
        help="What the operator calls the building, e.g. “USEA” or a number. Empty where it has "
        "only one.",
    )

    _warehouse_uniq = models.Constraint(
        "UNIQUE(connection_id, warehouse_id)", "This warehouse is on the connection already."
    )

    @api.constrains("warehouse_id", "connection_id")
    def _check_one_operator(self):
        """Two operators of one building would both be told, and both book what came."""
        others = self.search(
            [
                ("warehouse_id", "in", self.warehouse_id.ids),
                ("connection_id.active", "=", True),
            ]
        )
        for site in self:
            for other in others - site:
                if (
                    other.warehouse_id == site.warehouse_id
                    and site.connection_id.active
                    and other.connection_id != site.connection_id
                ):
                    raise ValidationError(
                        self.env._(
                            "Warehouse %(warehouse)s is run by “%(other)s” already. Archive that "
                            "connection, or take the warehouse off it.",
                            warehouse=site.warehouse_id.name,
                            other=other.connection_id.name,
                        )
                    )


class HellowordWmsConnection(models.Model):
    _inherit = "helloword.wms.connection"

    @api.constrains("active")
    def _check_active_sites(self):
        self.site_ids._check_one_operator()
