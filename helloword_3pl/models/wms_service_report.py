from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.helloword_returns.models.return_order import GOODS_STATES


class HellowordWarehouseService(models.Model):
    """How long warehouses take, one row for each return whose goods arrived. A view."""

    _name = "helloword.warehouse.service"
    _description = "Service of Warehouses"
    _auto = False
    _order = "arrived_date desc, id desc"
    _rec_name = "return_id"
    _depends = {
        "helloword.return": [
            "company_id",
            "channel_id",
            "arrival_warehouse_id",
            "goods_state",
            "goods_arrived_date",
            "goods_graded_date",
            "goods_treated_date",
        ],
        "helloword.return.line": ["return_id", "product_categ_id", "is_unexpected"],
        "helloword.wms.connection": ["grade_days", "treat_days", "active"],
        "helloword.wms.site": ["connection_id", "warehouse_id"],
        "helloword.wms.question": ["return_id", "asked_date", "answered_date"],
        "stock.warehouse": ["return_grade_days", "return_treat_days"],
    }

    return_id = fields.Many2one("helloword.return", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    channel_id = fields.Many2one("helloword.channel", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    connection_id = fields.Many2one(
        "helloword.wms.connection", readonly=True, help="Empty: a warehouse of our own."
    )
    product_categ_id = fields.Many2one(
        "product.category", readonly=True, help="Of the first line of the return."
    )
    goods_state = fields.Selection(GOODS_STATES, readonly=True, string="Goods")
    arrived_date = fields.Datetime(string="Arrived", readonly=True)
    graded_date = fields.Datetime(string="Graded", readonly=True)
    treated_date = fields.Datetime(string="Treated", readonly=True)
    grade_hours = fields.Float(
        string="Arrived to Graded (average hours)", readonly=True, aggregator="avg"
    )
    grade_hours_median = fields.Float(
        string="Arrived to Graded (median hours)", readonly=True, aggregator="median"
    )
    treat_hours = fields.Float(
        string="Graded to Treated (average hours)", readonly=True, aggregator="avg"
    )
    treat_hours_median = fields.Float(
        string="Graded to Treated (median hours)", readonly=True, aggregator="median"
    )
    answer_hours = fields.Float(
        string="Our Answer (average hours)",
        readonly=True,
        aggregator="avg",
        help="From the warehouse's question to our word.",
    )
    grade_share = fields.Float(
        string="Graded in Time (%)",
        readonly=True,
        aggregator="avg",
        help="Of goods that were graded, or are overdue for it.",
    )
    treat_share = fields.Float(
        string="Treated in Time (%)",
        readonly=True,
        aggregator="avg",
        help="Of goods that were treated, or are overdue for it.",
    )

    def _read_group_select(self, aggregate_spec, query):
        """Also medians: one parcel that lay for weeks says little of the others."""
        name, _mark, function = aggregate_spec.partition(":")
        if function == "median":
            return SQL(
                "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %s)",
                self._field_to_sql(self._table, name, query),
            )
        return super()._read_group_select(aggregate_spec, query)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT ret.id,
                   ret.id AS return_id,
                   ret.company_id,
                   ret.channel_id,
                   ret.arrival_warehouse_id AS warehouse_id,
                   run.connection_id,
                   (
                       SELECT line.product_categ_id
                         FROM helloword_return_line line
                        WHERE line.return_id = ret.id
                     ORDER BY line.is_unexpected NULLS FIRST, line.id
                        LIMIT 1
                   ) AS product_categ_id,
                   ret.goods_state,
                   ret.goods_arrived_date AS arrived_date,
                   ret.goods_graded_date AS graded_date,
                   ret.goods_treated_date AS treated_date,
                   spent.grade_hours,
                   spent.grade_hours AS grade_hours_median,
                   spent.treat_hours,
                   spent.treat_hours AS treat_hours_median,
                   asked.answer_hours,
                   CASE
                       WHEN spent.grade_hours <= run.grade_days * 24 THEN 100.0
                       WHEN spent.grade_hours IS NOT NULL THEN 0.0
                       WHEN spent.grade_wait > run.grade_days * 24 THEN 0.0
                   END AS grade_share,
                   CASE
                       WHEN spent.treat_hours <= run.treat_days * 24 THEN 100.0
                       WHEN spent.treat_hours IS NOT NULL THEN 0.0
                       WHEN spent.treat_wait > run.treat_days * 24 THEN 0.0
                   END AS treat_share
              FROM helloword_return ret
              JOIN stock_warehouse warehouse ON warehouse.id = ret.arrival_warehouse_id
         LEFT JOIN LATERAL (
                       SELECT connection.id, connection.grade_days, connection.treat_days
                         FROM helloword_wms_site site
                         JOIN helloword_wms_connection connection
                           ON connection.id = site.connection_id AND connection.active
                        WHERE site.warehouse_id = warehouse.id
                     ORDER BY connection.id
                        LIMIT 1
                   ) operated ON TRUE
        CROSS JOIN LATERAL (
                       SELECT operated.id AS connection_id,
                              CASE WHEN operated.id IS NULL
                                   THEN COALESCE(warehouse.return_grade_days, 0)
                                   ELSE COALESCE(operated.grade_days, 0) END AS grade_days,
                              CASE WHEN operated.id IS NULL
                                   THEN COALESCE(warehouse.return_treat_days, 0)
                                   ELSE COALESCE(operated.treat_days, 0) END AS treat_days
                   ) run
        CROSS JOIN LATERAL (
                       SELECT EXTRACT(EPOCH FROM ret.goods_graded_date - ret.goods_arrived_date)
                                  / 3600.0 AS grade_hours,
                              EXTRACT(EPOCH FROM ret.goods_treated_date - ret.goods_graded_date)
                                  / 3600.0 AS treat_hours,
                              EXTRACT(EPOCH FROM NOW() AT TIME ZONE 'UTC' - ret.goods_arrived_date)
                                  / 3600.0 AS grade_wait,
                              EXTRACT(EPOCH FROM NOW() AT TIME ZONE 'UTC' - ret.goods_graded_date)
                                  / 3600.0 AS treat_wait
                   ) spent
        CROSS JOIN LATERAL (
                       SELECT AVG(EXTRACT(EPOCH FROM question.answered_date - question.asked_date)
                                  / 3600.0) AS answer_hours
                         FROM helloword_wms_question question
                        WHERE question.return_id = ret.id
                   ) asked
             WHERE ret.goods_arrived_date IS NOT NULL OR ret.goods_graded_date IS NOT NULL
            """
        )

    def action_view_return(self):
        self.ensure_one()
        return self.return_id._get_records_action()
