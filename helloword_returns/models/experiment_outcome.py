"""What became of the customers of an experiment, as sums by variant: one query a metric."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..stats.arm import Arm

# Numbers that stand beside the metric a verdict rests on.
SIDE_METRICS = [
    ("return_count", "Returns per customer"),
    ("late", "Late refunds (%)"),
]
# Shares of customers or returns: between 0 and 1 here, shown as percentages.
SHARE_METRICS = ("retention", "late")
LOWER_IS_BETTER = ("cost", "refund", "return_count", "late")
MONEY_METRICS = ("cost", "refund", "margin")
HOLDOUT = 0


class HellowordReturnExperiment(models.Model):
    """Outcomes by intention to treat: whoever was drawn for a variant counts for it, whatever was
    done in the end. Only what had time to ripen counts, and that is told from the day of the
    request alone: what closes early in one variant must not count early."""

    _inherit = "helloword.return.experiment"

    def _read_arms(self, metric, moment=None):
        """:param str metric: of ``METRICS`` or ``SIDE_METRICS``
        :param datetime moment: by when things had to be old enough (UTC), now unless given
        :return: dict of variant id, 0 for those held out, → dict of period →
            :class:`~odoo.addons.helloword_returns.stats.arm.Arm`
        """
        self.ensure_one()
        moment = moment or fields.Datetime.now()
        return self._read_sums(metric, self._get_members_sql(), moment)

    def _read_baseline(self, metric, since):
        """What the metric was for the customers of the rule before, as one arm.

        :param datetime since: the oldest request that counts (UTC)
        """
        self.ensure_one()
        arms = self._read_sums(metric, self._get_past_members_sql(since), fields.Datetime.now())
        return arms.get(HOLDOUT, {}).get(0, Arm())

    def _read_sums(self, metric, members, moment):
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH member AS MATERIALIZED (%(members)s), outcome AS (%(outcomes)s)
                SELECT variant, period, COUNT(*), SUM(total), SUM(total ^ 2), SUM(weight),
                       SUM(weight ^ 2), SUM(total * weight)
                  FROM outcome GROUP BY variant, period
                """,
                members=members,
                outcomes=getattr(self, f"_get_{metric}_sql")(moment),
            )
        )
        arms = {}
        for variant, period, count, *sums in rows:
            arms.setdefault(variant, {})[period] = Arm(count, *map(float, sums))
        return arms

    # -------------------------------------------------------------------------
    # Who takes part: one row for each return, and one for customers without any
    # -------------------------------------------------------------------------

    def _get_members_sql(self):
        return SQL(
            """
            SELECT assigned.id AS customer, COALESCE(assigned.variant_id, 0) AS variant,
                   assigned.period, assigned.partner_id, assigned.date AS since,
                   ret.id AS return_id
              FROM helloword_return_experiment_assignment assigned
              LEFT JOIN helloword_return ret ON ret.experiment_assignment_id = assigned.id
             WHERE assigned.experiment_id = %s
            """,
            self.id,
        )

    def _get_past_members_sql(self, since):
        return SQL(
            """
            SELECT MIN(ret.id) OVER customer AS customer, 0 AS variant, 0 AS period,
                   MIN(partner.commercial_partner_id) OVER customer AS partner_id,
                   MIN(ret.request_date) OVER customer AS since, ret.id AS return_id
              FROM helloword_return ret
              LEFT JOIN res_partner partner ON partner.id = ret.partner_id
             WHERE ret.rule_id = %s AND ret.company_id = %s AND ret.request_date >= %s
               AND ret.customer_key IS NOT NULL
            WINDOW customer AS (PARTITION BY ret.customer_key)
            """,
            self.rule_id.id,
            self.company_id.id,
            since,
        )

    # -------------------------------------------------------------------------
    # Metrics: customer, variant, period, total, weight
    # -------------------------------------------------------------------------

    def _get_cost_sql(self, moment):
        """What a return cost: given back and spent, less what came back."""
        return self._get_per_return_sql(SQL("-COALESCE(ret.amount_result, 0)"), moment)

    def _get_refund_sql(self, moment):
        """What the plan promised the customer, in company currency."""
        return self._get_per_return_sql(
            SQL(
                "COALESCE(ret.amount_to_refund * ret.amount_company"
                " / NULLIF(ret.amount_total, 0), 0)"
            ),
            moment,
        )

    def _get_per_return_sql(self, value, moment):
        """Amounts of single returns beyond the declared quantiles are cut off there, for all
        variants at the same amounts."""
        return SQL(
            """
            SELECT ripe.customer, variant, period,
                   SUM(LEAST(GREATEST(value, cap.low), cap.high)) AS total, COUNT(*) AS weight
              FROM (%(ripe)s) ripe, (
                    SELECT PERCENTILE_CONT(%(low)s) WITHIN GROUP (ORDER BY value) AS low,
                           PERCENTILE_CONT(%(high)s) WITHIN GROUP (ORDER BY value) AS high
                      FROM (%(ripe)s) every
                   ) cap
             GROUP BY ripe.customer, variant, period
            """,
            ripe=SQL(
                """
                SELECT member.*, (%s)::float8 AS value
                  FROM member JOIN helloword_return ret ON ret.id = member.return_id
                 WHERE ret.request_date <= %s
                """,
                value,
                self._get_cutoff(moment, self.maturation_days),
            ),
            **self._get_caps(),
        )

    def _get_late_sql(self, moment):
        """Refunds whose clock ran out before the credit note was posted."""
        return SQL(
            """
            SELECT member.customer, variant, period, COUNT(*) AS weight,
                   COUNT(*) FILTER (WHERE NOT EXISTS (
                        SELECT FROM account_move_line line
                          JOIN helloword_return_line back ON back.id = line.return_line_id
                         WHERE back.return_id = ret.id AND line.parent_state = 'posted'
                           AND line.date <= ret.refund_due_date::date
                   )) AS total
              FROM member JOIN helloword_return ret ON ret.id = member.return_id
             WHERE ret.refund_due_date < %s AND ret.refund_state != 'none'
             GROUP BY member.customer, variant, period
            """,
            moment,
        )

    def _get_return_count_sql(self, moment):
        """Generous plans may invite more returns; a cost per return would not show it."""
        return SQL(
            """
            SELECT member.customer, variant, period, 1 AS weight,
                   COUNT(ret.id) FILTER (WHERE ret.request_date <= since + %(days)s) AS total
              FROM member LEFT JOIN helloword_return ret ON ret.id = member.return_id
             WHERE since <= %(cutoff)s
             GROUP BY member.customer, variant, period
            """,
            days=SQL("%s * INTERVAL '1 day'", self.retention_days),
            cutoff=self._get_cutoff(moment, self.retention_days),
        )

    def _get_retention_sql(self, moment):
        """Customers who ordered again within the days, out of those who had as many days."""
        return SQL(
            """
            SELECT customer, variant, period, 1 AS weight,
                   COUNT(*) FILTER (WHERE EXISTS (
                        SELECT FROM sale_order sale
                          JOIN res_partner buyer ON buyer.id = sale.partner_id
                         WHERE buyer.commercial_partner_id = one.partner_id AND %(within)s
                   )) AS total
              FROM (SELECT DISTINCT ON (customer) * FROM member WHERE since <= %(cutoff)s) one
             GROUP BY customer, variant, period
            """,
            within=self._get_order_condition_sql(),
            cutoff=self._get_cutoff(moment, self.retention_days),
        )

    def _get_margin_sql(self, moment):
        """Margin of the customer's orders since, and the result of their returns."""
        Product = self.env["product.product"].with_company(self.company_id)
        unit_cost = SQL("COALESCE(%s, 0)", Product._field_to_sql("product", "standard_price"))
        margin = SQL(
            """
            SUM(line.price_subtotal / COALESCE(NULLIF(sale.currency_rate, 0), 1)
                - line.product_uom_qty * COALESCE(unit.factor / NULLIF(stock_unit.factor, 0), 1)
                * %s)
            """,
            unit_cost,
        )
        bought = SQL(
            """
            SELECT one.customer, %(margin)s AS value
              FROM (SELECT DISTINCT ON (customer) * FROM member WHERE since <= %(cutoff)s) one
              JOIN res_partner buyer ON buyer.commercial_partner_id = one.partner_id
              JOIN sale_order sale ON sale.partner_id = buyer.id
              JOIN sale_order_line line ON line.order_id = sale.id AND line.display_type IS NULL
              LEFT JOIN product_product product ON product.id = line.product_id
              LEFT JOIN product_template template ON template.id = product.product_tmpl_id
              LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
              LEFT JOIN uom_uom stock_unit ON stock_unit.id = template.uom_id
             WHERE %(within)s
             GROUP BY one.customer
            """,
            margin=margin,
            within=self._get_order_condition_sql(),
            cutoff=self._get_cutoff(moment, max(self.retention_days, self.maturation_days)),
        )
        ripe = SQL(
            """
            SELECT member.customer, variant, period,
                   (COALESCE(MIN(bought.value), 0) + COALESCE(SUM(ret.amount_result), 0))::float8
                       AS value
              FROM member
              LEFT JOIN helloword_return ret ON ret.id = member.return_id
              LEFT JOIN (%(bought)s) bought ON bought.customer = member.customer
             WHERE since <= %(cutoff)s
             GROUP BY member.customer, variant, period
            """,
            bought=bought,
            cutoff=self._get_cutoff(moment, max(self.retention_days, self.maturation_days)),
        )
        return SQL(
            """
            SELECT customer, variant, period, 1 AS weight,
                   LEAST(GREATEST(value, cap.low), cap.high) AS total
              FROM (%(ripe)s) ripe, (
                    SELECT PERCENTILE_CONT(%(low)s) WITHIN GROUP (ORDER BY value) AS low,
                           PERCENTILE_CONT(%(high)s) WITHIN GROUP (ORDER BY value) AS high
                      FROM (%(ripe)s) every
                   ) cap
            """,
            ripe=ripe,
            **self._get_caps(),
        )

    def _get_order_condition_sql(self):
        return SQL(
            """
            sale.state = 'sale' AND sale.company_id = %s AND sale.date_order > one.since
            AND sale.date_order <= one.since + %s * INTERVAL '1 day'
            """,
            self.company_id.id,
            self.retention_days,
        )

    def _get_cutoff(self, moment, days):
        """:return: the latest moment at which what is counted may have begun"""
        return moment - timedelta(days=days)

    def _get_caps(self):
        high = min(max(self.winsor_percent, 50.0), 100.0) / 100.0
        return {"low": 1.0 - high, "high": high}
