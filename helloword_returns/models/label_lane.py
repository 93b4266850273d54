from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Deliveries of so many days are learned from; of fewer parcels than this nothing is learned.
LEARNED_DAYS = 365
LEAST_PARCELS = 5
REFRESH_BATCH = 500
# From narrow to wide: what is looked at when too little is known of the narrower one.
SCOPES = [
    ("carrier", "Countries and carrier"),
    ("countries", "Countries"),
    ("destination", "Destination only"),
]


class HellowordLabelLane(models.Model):
    """How long parcels took from the first scan to the delivery, learned anew every day."""

    _name = "helloword.label.lane"
    _description = "Days on the Road"
    _order = "company_id, scope, parcel_count desc, id"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    scope = fields.Selection(SCOPES, required=True)
    country_id = fields.Many2one("res.country", string="From Country", ondelete="cascade")
    destination_country_id = fields.Many2one(
        "res.country", string="To Country", required=True, ondelete="cascade"
    )
    carrier = fields.Char()
    parcel_count = fields.Integer(string="Parcels", aggregator="sum")
    median_days = fields.Float(
        string="Median (days)", digits=(6, 1), aggregator="avg", help="Half of them were faster."
    )
    slow_days = fields.Float(
        string="80 % Within (days)", digits=(6, 1), aggregator="avg", help="Four of five were."
    )

    @api.depends("country_id", "destination_country_id", "carrier")
    def _compute_display_name(self):
        for lane in self:
            ends = " → ".join(
                filter(None, (lane.country_id.code, lane.destination_country_id.code))
            )
            lane.display_name = " · ".join(filter(None, (ends, lane.carrier)))

    @api.model
    def _refresh(self):
        """Learn all lanes of all companies anew, in two statements."""
        self.env["helloword.return.label"].flush_model()
        self.env["res.partner"].flush_model(["country_id"])
        since = fields.Datetime.now() - timedelta(days=LEARNED_DAYS)
        self.env.cr.execute(SQL("DELETE FROM helloword_label_lane"))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO helloword_label_lane (
                    company_id, country_id, destination_country_id, carrier, scope,
                    parcel_count, median_days, slow_days,
                    create_uid, write_uid, create_date, write_date
                )
                SELECT company_id, country_id, destination_country_id, carrier,
                       CASE GROUPING(country_id, carrier)
                            WHEN 0 THEN 'carrier' WHEN 1 THEN 'countries' ELSE 'destination'
                       END,
                       count(*),
                       percentile_cont(0.5) WITHIN GROUP (ORDER BY days),
                       percentile_cont(0.8) WITHIN GROUP (ORDER BY days),
                       %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM (
                        SELECT label.company_id,
                               label.country_id,
                               destination.country_id AS destination_country_id,
                               COALESCE(label.carrier, '') AS carrier,
                               EXTRACT(EPOCH FROM label.delivered_date - label.scanned_date) / 86400
                               AS days
                          FROM helloword_return_label AS label
                          JOIN res_partner AS destination
                            ON destination.id = label.destination_partner_id
                         WHERE label.delivered_date > label.scanned_date
                           AND label.delivered_date >= %(since)s
                           AND label.country_id IS NOT NULL
                           AND destination.country_id IS NOT NULL
                       ) AS journey
              GROUP BY GROUPING SETS (
                           (company_id, country_id, destination_country_id, carrier),
                           (company_id, country_id, destination_country_id),
                           (company_id, destination_country_id)
                       )
                HAVING count(*) >= %(least)s
                """,
                uid=self.env.uid,
                since=since,
                least=LEAST_PARCELS,
            )
        )
        self.invalidate_model()

    @api.model
    def _cron_refresh(self):
        """Learn the lanes, then expect parcels on the road by them."""
        self._refresh()
        labels = self.env["helloword.return.label"].search(
            Domain("scanned_date", "!=", False)
            & Domain("delivered_date", "=", False)
            & Domain("eta_source", "!=", "carrier")
            & Domain("return_id.goods_state", "in", ("expected", "transit", "partial")),
            order="id",
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(labels))
        for start in range(0, len(labels), REFRESH_BATCH):
            batch = labels[start : start + REFRESH_BATCH]
            batch._learn_etas()
            batch._set_expected_arrivals()
            if not cron._commit_progress(len(batch)):
                return


class HellowordReturnLabel(models.Model):
    _inherit = "helloword.return.label"

    def _learn_etas(self):
        """Expect parcels on the road when others like them arrived; what the carrier says comes
        first. Batch."""
        waiting = self.filtered(
            lambda label: (
                label.scanned_date and not label.delivered_date and label.eta_source != "carrier"
            )
        )
        lanes = waiting._get_lanes() if waiting else {}
        for label in waiting:
            lane = lanes.get(label)
            vals = {"eta_date": False, "eta_latest_date": False, "eta_source": False}
            if lane:
                vals = {
                    "eta_date": label._add_days(lane.median_days),
                    "eta_latest_date": label._add_days(lane.slow_days),
                    "eta_source": "learned",
                }
            if any(label[name] != value for name, value in vals.items()):
                label.write(vals)

    def _get_lanes(self):
        """:return: dict of label → the narrowest lane enough is known of, in one query"""
        lanes = {
            (lane.company_id, lane.country_id, lane.destination_country_id, lane.carrier): lane
            for lane in self.env["helloword.label.lane"]
            .sudo()
            .search([("company_id", "in", self.company_id.ids)])
        }
        nowhere = self.env["res.country"]
        found = {}
        for label in self:
            origin, target = label.country_id, label.destination_partner_id.country_id
            for start, carrier in (
                (origin, label.carrier or ""),
                (origin, False),
                (nowhere, False),
            ):
                lane = lanes.get((label.company_id, start, target, carrier))
                if lane:
                    found[label] = lane
                    break
        return found

    def _add_days(self, days):
        self.ensure_one()
        return (self.scanned_date + timedelta(days=days)).replace(microsecond=0)
