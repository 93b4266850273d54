import logging
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.helloword_returns.models.batch_savepoint import batch_savepoint
from odoo.addons.helloword_returns.stats.grading import compare_grading

_logger = logging.getLogger(__name__)

# How far back results are read, and how soon a unit sold again counts as badly graded.
READ_DAYS, BACK_DAYS = 180, 60
RESULT_FIELDS = [
    "return_line_id",
    "return_id",
    "product_id",
    "lot_id",
    "grade_id",
    "user_id",
    "date",
    "state",
    "is_wms",
]
# So many results behind one finding are kept with it.
KEPT = 200


class HellowordGradingFinding(models.Model):
    """Reading the results of a company, once a week."""

    _inherit = "helloword.grading.finding"

    @api.model
    def _cron_compare(self):
        """One company whose results cannot be read does not keep the others from it."""
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            try:
                with batch_savepoint(self.env):
                    self._compare_company(company)
            except Exception:
                _logger.exception("Grading of company %s", company.id)

    @api.model
    def _compare_company(self, company):
        """Bring the findings of a company up to date; what is not found any more goes."""
        since = fields.Datetime.now() - timedelta(days=READ_DAYS)
        rows = self._read_results(company, since)
        wanted = {
            **self._find_distributions(rows),
            **self._find_regraded(rows),
            **self._find_came_back(rows),
        }
        known = {finding.key: finding for finding in self.search([("company_id", "=", company.id)])}
        self.union(*(known[key] for key in known.keys() - wanted.keys())).unlink()
        fresh = []
        for key, vals in wanted.items():
            if key in known:
                known[key].write(vals)
            else:
                fresh.append(vals | {"key": key, "company_id": company.id})
        self.create(fresh)

    @api.model
    def _read_results(self, company, since):
        """Finished and undone results, oldest first; a few queries, however many there are.

        :return: list of dicts
        """
        inspections = (
            self.env["helloword.return.inspection"]
            .sudo()
            .search_fetch(
                [
                    ("company_id", "child_of", company.id),
                    ("date", ">=", since),
                    ("state", "in", ("done", "cancelled")),
                    ("grade_id.kind", "=", "goods"),
                ],
                RESULT_FIELDS,
                order="date, id",
            )
        )
        inspections.return_line_id.fetch(["product_categ_id", "reason_id"])
        inspections.return_id.fetch(["arrival_warehouse_id"])
        return [
            {
                "inspection": inspection,
                "line": inspection.return_line_id,
                "ret": inspection.return_id,
                "lot": inspection.lot_id,
                "product": inspection.product_id,
                "grade": inspection.grade_id,
                "user": inspection.user_id
                if not inspection.is_wms
                else inspection.user_id.browse(),
                "warehouse": inspection.return_id.arrival_warehouse_id,
                "categ": inspection.return_line_id.product_categ_id,
                "reason": inspection.return_line_id.reason_id,
                "date": inspection.date,
                "is_done": inspection.state == "done",
            }
            for inspection in inspections
        ]

    # -------------------------------------------------------------------------
    # Distributions
    # -------------------------------------------------------------------------

    def _find_distributions(self, rows):
        """Warehouses, and inspectors of our own, beside all others with the same goods."""
        rows = [row for row in rows if row["is_done"] and row["warehouse"]]
        found = self._compare_places(rows, "w", lambda row: row["warehouse"])
        found.update(
            self._compare_places(
                rows, "u", lambda row: row["user"] or row["warehouse"], is_user=True
            )
        )
        return found

    def _compare_places(self, rows, mark, get_place, is_user=False):
        grades = (
            self.env["helloword.return.grade"]
            .with_context(active_test=False)
            .search([("kind", "=", "goods")])
        )
        counts, behind = {}, {}
        for row in rows:
            place, stratum = get_place(row), (row["categ"], row["reason"])
            key = (stratum, place, row["grade"])
            counts[key] = counts.get(key, 0) + 1
            behind.setdefault((stratum, place), []).append(row)
        found = {}
        for each in compare_grading(counts, [(grade, grade.resellable) for grade in grades]):
            if not each.is_inconsistent or (is_user and each.place._name != "res.users"):
                continue
            its_rows = behind[each.stratum, each.place]
            categ, reason = each.stratum
            found[f"{mark}:{each.place.id}:{categ.id}:{reason.id}"] = {
                "kind": "distribution",
                "warehouse_id": its_rows[-1]["warehouse"].id,
                "inspector_id": each.place.id if is_user else False,
                "product_categ_id": categ.id,
                "reason_id": reason.id,
                "volume": each.volume,
                "volume_others": each.volume_others,
                "share_good": each.share_good * 100.0,
                "share_good_others": each.share_good_others * 100.0,
                "direction": _get_direction(each.severity),
                "severity": each.severity,
                "strength": each.effect,
                "test": each.test,
                "p_value": each.p_value,
                "q_value": each.q_value,
                "inspection_ids": _link(its_rows[-KEPT:]),
            }
        return found

    # -------------------------------------------------------------------------
    # A second look
    # -------------------------------------------------------------------------

    def _find_regraded(self, rows):
        """Goods whose result was undone and entered again with another grade."""
        found, undone = {}, {}
        for row in rows:
            key = (row["line"], row["product"], row["lot"])
            if not row["is_done"]:
                undone.setdefault(key, []).append(row)
        for row in rows:
            key = (row["line"], row["product"], row["lot"])
            first = next(
                (
                    other
                    for other in undone.get(key, ())
                    if row["is_done"]
                    and other["grade"] != row["grade"]
                    and other["inspection"].id < row["inspection"].id
                ),
                None,
            )
            if first:
                found[f"r:{row['inspection'].id}"] = self._prepare_pair("regraded", first, row)
        return found

    def _find_came_back(self, rows):
        """Numbered units graded resellable that another customer sent back as not."""
        found, last = {}, {}
        for row in rows:
            if not row["is_done"] or row["product"].tracking != "serial" or not row["lot"]:
                continue
            first = last.get(row["lot"])
            if (
                first
                and first["ret"] != row["ret"]
                and first["grade"].resellable
                and not row["grade"].resellable
                and row["date"] - first["date"] <= timedelta(days=BACK_DAYS)
            ):
                found[f"b:{row['inspection'].id}"] = self._prepare_pair("came_back", first, row)
            last[row["lot"]] = row
        return found

    def _prepare_pair(self, kind, first, second):
        """:param dict first: the result that is in doubt: its place is named"""
        return {
            "kind": kind,
            "warehouse_id": first["warehouse"].id,
            "inspector_id": first["user"].id,
            "product_categ_id": first["categ"].id,
            "reason_id": first["reason"].id,
            "product_id": first["product"].id,
            "lot_id": first["lot"].id,
            "direction": _get_direction(second["grade"].sequence - first["grade"].sequence, -1),
            "days": (second["date"] - first["date"]).days,
            "inspection_ids": _link([first, second]),
        }


def _get_direction(number, sign=1):
    """:param number: above zero: the place grades harder (with ``sign`` -1: milder)"""
    if not number:
        return "other"
    return "harder" if number * sign > 0 else "milder"


def _link(rows):
    return [fields.Command.set([row["inspection"].id for row in rows])]
