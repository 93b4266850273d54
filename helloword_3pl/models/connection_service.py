from odoo import fields, models

# Where nobody says anything else, for warehouses of our own and of others.
GRADE_DAYS, TREAT_DAYS, MISSING_DAYS = 2.0, 3.0, 3.0


class HellowordWmsConnection(models.Model):
    """How fast an operator promised to be."""

    _inherit = "helloword.wms.connection"

    grade_days = fields.Float(
        string="Grade Within (days)", default=GRADE_DAYS, help="After goods arrived."
    )
    treat_days = fields.Float(
        string="Treat Within (days)",
        default=TREAT_DAYS,
        help="After goods were graded: put back, repaired, destroyed …",
    )
    missing_days = fields.Float(
        string="Take In Within (days)",
        default=MISSING_DAYS,
        help="After the carrier says that it delivered the parcel.",
    )

    _service_days_positive = models.Constraint(
        "CHECK(COALESCE(grade_days, 0) >= 0 AND COALESCE(treat_days, 0) >= 0"
        " AND COALESCE(missing_days, 0) >= 0)",
        "Days cannot be negative.",
    )


class StockWarehouse(models.Model):
    """The same for warehouses of our own."""

    _inherit = "stock.warehouse"

    wms_site_ids = fields.One2many("helloword.wms.site", "warehouse_id", string="Run By")
    return_grade_days = fields.Float(
        string="Grade Returns Within (days)",
        default=GRADE_DAYS,
        help="After goods arrived. Where an operator runs the warehouse, the connection says it.",
    )
    return_treat_days = fields.Float(
        string="Treat Returns Within (days)", default=TREAT_DAYS, help="After goods were graded."
    )
    return_missing_days = fields.Float(
        string="Take Returns In Within (days)",
        default=MISSING_DAYS,
        help="After the carrier says that it delivered the parcel.",
    )

    def _get_service_days(self):
        """:return: tuple of days: to take in, to grade, to treat"""
        connection = self.sudo().wms_site_ids.connection_id.filtered("active")[:1]
        if connection:
            return connection.missing_days, connection.grade_days, connection.treat_days
        return self.return_missing_days, self.return_grade_days, self.return_treat_days
