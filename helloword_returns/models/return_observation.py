"""Finished returns as rows of numbers, read by one query: what history is made of."""

from odoo import models
from odoo.tools import SQL

from .return_plan import GOODS_DECISIONS

# What became of the goods is known: inspected, or never to arrive.
FINISHED_GOODS_STATES = ("inspected", "processed", "missing")

# Costs that would not have been had the customer kept the goods, by the sum they go into. What a
# channel keeps of a refund, it keeps either way.
COST_SUMS = {
    "label": ("label",),
    "freight": ("freight",),
    "handling": ("handling",),
    "inspection": ("inspection",),
    "other": ("repair", "duty", "other"),
}


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    def _get_observations_sql(self, company, since):
        """One row for each return whose goods were asked back and whose end is known.

        Amounts are in the company's currency. ``value`` is what the customer paid, taxes
        included; ``goods_cost`` what the goods cost the company, ``received_cost`` that of what
        came back as asked, ``write_down`` what that had lost: as booked, else by grade.
        The product category is the one of the return's main product.

        :param company: one ``res.company``
        :param datetime since: the oldest request taken in (UTC)
        :return: :class:`~odoo.tools.SQL` of a SELECT with the columns ``return_id``,
            ``channel_id``, ``country_id``, ``product_categ_id``, ``line_count``, ``value``,
            ``goods_cost``, ``received_cost``, ``write_down``, ``income``, ``label_count`` and one
            for each of :data:`COST_SUMS`
        """
        Product = self.env["product.product"].with_company(company)
        unit_cost = SQL("COALESCE(%s, 0)", Product._field_to_sql("product", "standard_price"))
        sums = SQL(", ").join(
            SQL(
                "SUM(-amount_signed::float8) FILTER (WHERE kind IN %s) AS %s",
                kinds,
                SQL.identifier(name),
            )
            for name, kinds in COST_SUMS.items()
        )
        columns = SQL(", ").join(
            SQL("COALESCE(cost.%s, 0) AS %s", SQL.identifier(name), SQL.identifier(name))
            for name in COST_SUMS
        )
        return SQL(
            """
            SELECT ret.id AS return_id, ret.channel_id, ret.country_id,
                   template.categ_id AS product_categ_id,
                   line.line_count, COALESCE(ret.amount_company, 0)::float8 AS value,
                   line.goods_cost,
                   COALESCE(found.received_cost, 0) AS received_cost,
                   COALESCE(cost.write_down, found.write_down, 0) AS write_down,
                   COALESCE(cost.income, 0) AS income,
                   COALESCE(cost.label_count, 0) AS label_count,
                   %(columns)s
              FROM helloword_return ret
              JOIN (
                    SELECT line.return_id, COUNT(*) AS line_count,
                           SUM(line.quantity::float8 * %(unit_cost)s) AS goods_cost
                      FROM helloword_return_line line
                      LEFT JOIN product_product product ON product.id = line.product_id
                     WHERE line.company_id = %(company)s AND line.is_unexpected IS NOT TRUE
                     GROUP BY line.return_id
                   ) line ON line.return_id = ret.id
              LEFT JOIN product_product main_product ON main_product.id = ret.product_id
              LEFT JOIN product_template template
                ON template.id = main_product.product_tmpl_id
              LEFT JOIN (
                    SELECT inspection.return_id,
                           SUM(inspection.quantity::float8 * %(unit_cost)s) AS received_cost,
                           SUM(inspection.quantity::float8 * %(unit_cost)s
                               * grade.write_down_percent::float8 / 100) AS write_down
                      FROM helloword_return_inspection inspection
                      JOIN helloword_return_grade grade ON grade.id = inspection.grade_id
                      JOIN product_product product ON product.id = inspection.product_id
                     WHERE inspection.company_id = %(company)s
                       AND inspection.state = 'done' AND grade.kind = 'goods'
                     GROUP BY inspection.return_id
                   ) found ON found.return_id = ret.id
              LEFT JOIN (
                    SELECT return_id, %(sums)s,
                           COUNT(*) FILTER (WHERE kind = 'label' AND amount_signed != 0)
                               AS label_count,
                           SUM(-amount_signed::float8) FILTER (WHERE kind = 'write_down')
                               AS write_down,
                           SUM(amount_signed::float8) FILTER (WHERE kind = 'restocking_income')
                               AS income
                      FROM helloword_return_cost
                     WHERE company_id = %(company)s
                     GROUP BY return_id
                   ) cost ON cost.return_id = ret.id
             WHERE ret.company_id = %(company)s
               AND ret.decision IN %(decisions)s
               AND ret.goods_state IN %(goods_states)s
               AND ret.request_date >= %(since)s
            """,
            columns=columns,
            unit_cost=unit_cost,
            sums=sums,
            company=company.id,
            decisions=GOODS_DECISIONS,
            goods_states=FINISHED_GOODS_STATES,
            since=since,
        )
