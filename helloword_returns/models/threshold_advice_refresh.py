"""Reading the history of many pieces of advice at once, by a few set-based queries."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..stats.value_bins import STEP
from .return_observation import COST_SUMS

# A channel, country and category together get advice of their own from this many returns on …
COMBINATION_ENOUGH = 30
# … as far as they are among so many of a company with the most returns.
COMBINATION_LIMIT = 200

COST = " + ".join(COST_SUMS)
KEPT = "received_cost - write_down"
GAIN = f"{KEPT} - ({COST}) + income"
# What is summed over the observations of a cell, in the order of ``value_bins.SUMS``, …
BIN_SUMS = {
    "count": "1",
    "value": "value",
    "gain": GAIN,
    "value_squares": "value * value",
    "value_gain": f"value * ({GAIN})",
    "gain_squares": f"({GAIN}) ^ 2",
    "cost": f"{COST} - income",
    "kept": KEPT,
}
# … and what means are made of.
FACT_SUMS = {
    "line_count": "line_count",
    "goods_cost": "goods_cost",
    "write_down": "write_down",
    "income": "income",
    "known_cost": "(goods_cost > 0)::int",
    **{name: name for name in COST_SUMS},
}
DIMENSIONS = ("channel_id", "country_id", "product_categ_id")


class HellowordReturnHistory(models.Model):
    _inherit = "helloword.return.history"

    @api.model
    def _replace_groups(self, company):
        """The advice is read from the same observations."""
        super()._replace_groups(company)
        self.env["helloword.threshold.advice"].sudo()._read_history(company)


class HellowordThresholdAdvice(models.Model):
    _inherit = "helloword.threshold.advice"

    @api.model_create_multi
    def create(self, vals_list):
        """Advice that people ask for is read at once."""
        advice = super().create(vals_list)
        by_hand = advice.filtered(lambda record: not record.is_automatic)
        if by_hand:
            by_hand.env["helloword.return.history"]._refresh(by_hand.company_id)
        return advice

    def write(self, vals):
        """Advice whose scope changes is read anew."""
        result = super().write(vals)
        if {"company_id", *DIMENSIONS} & vals.keys():
            self.env["helloword.return.history"]._refresh(self.company_id)
        return result

    @api.model
    def _read_history(self, company):
        """Read the history of a company's advice, whatever its number, from the observations.

        Advice is made where there is history for it, and dropped where there is none any more,
        unless somebody made it or a rule came of it.

        :param company: one ``res.company``, whose observations have just been collected
        """
        self._add_missing_advice(company)
        self._collect_cells()
        advice = self.search([("company_id", "=", company.id)])
        bins = advice._sum_cells("helloword_return_cell", "bin", {**BIN_SUMS, **FACT_SUMS})
        grades = advice._sum_cells(
            "helloword_return_grade_cell", "grade_id", {"quantity": "quantity"}
        )
        self.env.cr.execute("DROP TABLE helloword_return_cell, helloword_return_grade_cell")
        resale = self._describe_grades(grades)
        for record in advice:
            record.write(record._prepare_history_vals(bins[record.id], resale[record.id]))
        advice.filtered(
            lambda record: record.is_automatic and not record.return_count and not record.rule_ids
        ).unlink()

    # -------------------------------------------------------------------------
    # Which advice there is
    # -------------------------------------------------------------------------

    @api.model
    def _add_missing_advice(self, company):
        """One for the company, for each channel, country and category, and for the largest
        groups of all three."""
        known = {
            tuple(record[name].id for name in DIMENSIONS)
            for record in self.search([("company_id", "=", company.id)])
        }
        wanted = [scope for scope in self._get_scopes_with_history(company) if scope not in known]
        self.create(
            [
                {
                    **dict(zip(DIMENSIONS, scope, strict=True)),
                    "company_id": company.id,
                    "is_automatic": True,
                }
                for scope in wanted
            ]
        )

    @api.model
    def _get_scopes_with_history(self, company):
        """:return: list of tuples of ids (channel, country, category), False for every one"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT channel_id, country_id, product_categ_id, SUM(return_count),
                       GROUPING(channel_id, country_id, product_categ_id)
                  FROM helloword_return_history
                 WHERE company_id = %s
                 GROUP BY GROUPING SETS (
                       (channel_id), (country_id), (product_categ_id),
                       (channel_id, country_id, product_categ_id))
                """,
                company.id,
            )
        )
        scopes, combinations = [(False, False, False)] if rows else [], []
        for *ids, count, grouping in rows:
            if grouping:
                if any(ids):
                    scopes.append(tuple(record_id or False for record_id in ids))
            elif all(ids) and count >= COMBINATION_ENOUGH:
                combinations.append((count, tuple(ids)))
        combinations.sort(reverse=True)
        return scopes + [ids for _count, ids in combinations[:COMBINATION_LIMIT]]

    # -------------------------------------------------------------------------
    # Sums
    # -------------------------------------------------------------------------

    @api.model
    def _collect_cells(self):
        """Sum the observations by group and value, and the inspected units by group and grade."""
        dimensions = SQL(", ").join(map(SQL.identifier, DIMENSIONS))
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE helloword_return_cell ON COMMIT DROP AS
                SELECT %s, CASE WHEN value > 0 THEN floor(ln(value) / ln(%s))::int END AS bin, %s
                  FROM helloword_return_observation
                 GROUP BY %s, bin
                """,
                dimensions,
                STEP,
                SQL(", ").join(
                    SQL("SUM(%s)::float8 AS %s", SQL(code), SQL.identifier(name))
                    for name, code in {**BIN_SUMS, **FACT_SUMS}.items()
                ),
                dimensions,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE helloword_return_grade_cell ON COMMIT DROP AS
                SELECT %s, inspection.grade_id, SUM(inspection.quantity)::float8 AS quantity
                  FROM helloword_return_observation
                  JOIN helloword_return_inspection inspection USING (return_id)
                 WHERE inspection.state = 'done'
                 GROUP BY %s, inspection.grade_id
                """,
                dimensions,
                dimensions,
            )
        )

    def _sum_cells(self, table, key, sums):
        """Sum the cells that lie within the scope of each piece of advice.

        :param str table: of the cells
        :param str key: its column that is kept apart
        :param sums: names of the columns to sum
        :return: dict of id → list of tuples (key, sums…)
        """
        rows = defaultdict(list)
        patterns = self.grouped(lambda record: tuple(name for name in DIMENSIONS if record[name]))
        for dimensions, advice in patterns.items():
            query = SQL(
                """
                SELECT scope.id, cell.%s, %s
                  FROM (%s) scope JOIN %s cell ON %s
                 GROUP BY scope.id, cell.%s
                """,
                SQL.identifier(key),
                SQL(", ").join(SQL("SUM(cell.%s)", SQL.identifier(name)) for name in sums),
                advice._get_scope_sql(),
                SQL.identifier(table),
                SQL(" AND ").join(
                    SQL("cell.%s = scope.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in dimensions
                )
                or SQL("TRUE"),
                SQL.identifier(key),
            )
            for advice_id, *row in self.env.execute_query(query):
                rows[advice_id].append(row)
        return rows

    def _get_scope_sql(self):
        """:return: SELECT of the scopes, a category with each one below it in a row of its own"""
        return SQL(
            """
            SELECT advice.id, advice.channel_id, advice.country_id,
                   category.id AS product_categ_id
              FROM helloword_threshold_advice advice
              LEFT JOIN product_category parent ON parent.id = advice.product_categ_id
              LEFT JOIN product_category category
                ON category.parent_path LIKE parent.parent_path || '%%'
             WHERE advice.id IN %s
            """,
            tuple(self.ids),
        )

    # -------------------------------------------------------------------------
    # Facts
    # -------------------------------------------------------------------------

    @api.model
    def _describe_grades(self, rows):
        """:return: dict of advice id → list of dicts: grade, quantity, share, what it loses"""
        grades = self.env["helloword.return.grade"].browse(
            {grade_id for sums in rows.values() for grade_id, _quantity in sums}
        )
        grades.fetch(["sequence", "resellable", "write_down_percent"])
        order = {grade.id: position for position, grade in enumerate(grades.sorted())}
        odds = defaultdict(list)
        for advice_id, sums in rows.items():
            total = sum(quantity for _grade_id, quantity in sums)
            for grade_id, quantity in sorted(sums, key=lambda row: order[row[0]]):
                grade = grades.browse(grade_id)
                odds[advice_id].append(
                    {
                        "grade_id": grade_id,
                        "quantity": quantity,
                        "percent": 100.0 * quantity / total if total else 0.0,
                        "write_down_percent": grade.write_down_percent,
                        "resellable": grade.resellable,
                    }
                )
        return odds

    def _prepare_history_vals(self, rows, odds):
        """:param rows: lists of the bin and the sums over its returns"""
        self.ensure_one()
        names = [*BIN_SUMS, *FACT_SUMS]
        total = {name: sum(row[1 + place] for row in rows) for place, name in enumerate(names)}
        count = total["count"]

        def mean(name):
            return total[name] / count if count else 0.0

        company = self.company_id
        return {
            "date_from": self.env["helloword.return.history"]._get_start(company).date(),
            "date_to": fields.Date.context_today(self),
            "return_count": count,
            "line_count": total["line_count"],
            "value_bins": [
                [row[0], *(round(value, 6) for value in row[1 : 1 + len(BIN_SUMS)])] for row in rows
            ],
            "grade_odds": odds,
            "resellable_percent": sum(row["percent"] for row in odds if row["resellable"]),
            "known_cost_percent": 100.0 * mean("known_cost"),
            "mean_goods_cost": mean("goods_cost"),
            "mean_write_down": mean("write_down"),
            "mean_recovered": mean("kept"),
            "mean_income": mean("income"),
            "mean_labour": company._get_return_labour_cost() if count else 0.0,
            **{f"mean_{name}": mean(name) for name in COST_SUMS},
        }
