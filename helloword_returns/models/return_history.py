import logging

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL
from psycopg2 import OperationalError

from odoo.addons.queue_job.exception import RetryableJobError

from .batch_savepoint import batch_savepoint

_logger = logging.getLogger(__name__)

# A history read within so many hours is not read again by the schedule.
HOURS_FRESH = 12
DIMENSIONS = ("channel_id", "country_id", "product_categ_id")

# Field of the history → what is summed over the observations of a group. Shares are of the goods'
# cost and exist where that cost is known.
SUMS = {
    "return_count": "COUNT(*)",
    "line_count": "SUM(line_count)",
    "amount_value": "SUM(value)",
    "amount_goods_cost": "SUM(goods_cost)",
    "amount_received_cost": "SUM(received_cost)",
    "amount_write_down": "SUM(write_down)",
    "share_count": "COUNT(*) FILTER (WHERE goods_cost > 0)",
    "share_received": "SUM(received_cost / goods_cost) FILTER (WHERE goods_cost > 0)",
    "share_written_down": "SUM(write_down / goods_cost) FILTER (WHERE goods_cost > 0)",
    "share_kept_squares": (
        "SUM(((received_cost - write_down) / goods_cost) ^ 2) FILTER (WHERE goods_cost > 0)"
    ),
    "label_count": "SUM(label_count)",
    "amount_label": "SUM(label)",
    "amount_freight": "SUM(freight)",
    "amount_handling": "SUM(handling)",
    "amount_inspection": "SUM(inspection)",
    "amount_other": "SUM(other)",
    "cost_squares": "SUM((label + freight + handling + inspection + other) ^ 2)",
}


class HellowordReturnHistory(models.Model):
    """What the finished returns of one channel, country and category cost, in sums.

    Read anew from the returns every day, so that an estimate need not read a million of them.
    Sums, so that any groups can be put together.
    """

    _name = "helloword.return.history"
    _description = "Return History"
    _order = "return_count desc, id"
    _log_access = False
    _rec_name = "company_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    channel_id = fields.Many2one("helloword.channel", readonly=True, ondelete="cascade")
    country_id = fields.Many2one("res.country", readonly=True, ondelete="cascade")
    product_categ_id = fields.Many2one(
        "product.category", string="Product Category", readonly=True, index=True, ondelete="cascade"
    )
    return_count = fields.Integer(string="Returns", readonly=True)
    line_count = fields.Integer(string="Lines", readonly=True)
    amount_value = fields.Monetary(
        string="Value", readonly=True, help="What the customers had paid, taxes included."
    )
    amount_goods_cost = fields.Monetary(string="Cost of the Goods", readonly=True)
    amount_received_cost = fields.Monetary(string="Cost of What Came Back", readonly=True)
    amount_write_down = fields.Monetary(string="Loss of Value", readonly=True)
    label_count = fields.Integer(string="Labels", readonly=True)
    amount_label = fields.Monetary(string="Label Costs", readonly=True)
    amount_freight = fields.Monetary(string="Inbound Freight", readonly=True)
    amount_handling = fields.Monetary(string="Handling", readonly=True)
    amount_inspection = fields.Monetary(string="Inspection", readonly=True)
    amount_other = fields.Monetary(string="Repairs, Duties and Other", readonly=True)
    share_count = fields.Integer(readonly=True)
    share_received = fields.Float(readonly=True)
    share_written_down = fields.Float(readonly=True)
    share_kept_squares = fields.Float(readonly=True)
    cost_squares = fields.Float(readonly=True)

    _group_uniq = models.UniqueIndex(
        "(company_id, COALESCE(channel_id, 0), COALESCE(country_id, 0),"
        " COALESCE(product_categ_id, 0))",
        "The history of this group was read already.",
    )

    @api.model
    def _cron_refresh(self):
        """Read the history of every company anew, each kept when it is done.

        What was read in the last hours is left alone, so that a run that was cut short goes on
        where it stopped.
        """
        fresh = fields.Datetime.now() - relativedelta(hours=HOURS_FRESH)
        channels = self.env["helloword.channel"].with_context(active_test=False)
        companies = (
            channels.sudo()
            .search([("provider", "!=", False)])
            .company_id.filtered(lambda company: (company.return_history_date or fresh) <= fresh)
        )
        for position, company in enumerate(companies, start=1):
            try:
                with batch_savepoint(self.env):
                    self._refresh(company)
            except (OperationalError, RetryableJobError):
                raise
            except Exception:
                # One company whose history cannot be read must not keep the others from theirs.
                _logger.exception("History of company %s could not be read", company.id)
            left = len(companies) - position
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                break

    @api.model
    def _refresh(self, companies):
        """Read the history of companies anew, with a few queries for each.

        :param companies: ``res.company``
        """
        companies = companies.sudo()
        # Two refreshes at once wait for each other here; Odoo repeats the second.
        companies.write({"return_history_date": fields.Datetime.now()})
        self.env.flush_all()
        for company in companies:
            self._collect_observations(company)
            self._replace_groups(company)
            self.env.cr.execute("DROP TABLE helloword_return_observation")
        self.env.invalidate_all()

    @api.model
    def _get_start(self, company):
        """:return: the oldest request that counts as history (UTC)"""
        return fields.Datetime.now() - relativedelta(months=company.return_history_months or 12)

    @api.model
    def _collect_observations(self, company):
        """The finished returns as a table that lasts as long as the transaction."""
        select = self.env["helloword.return"]._get_observations_sql(
            company, self._get_start(company)
        )
        self.env.cr.execute(
            SQL("CREATE TEMPORARY TABLE helloword_return_observation ON COMMIT DROP AS %s", select)
        )

    @api.model
    def _replace_groups(self, company):
        self.env.cr.execute(
            SQL("DELETE FROM helloword_return_history WHERE company_id = %s", company.id)
        )
        dimensions = SQL(", ").join(map(SQL.identifier, DIMENSIONS))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO helloword_return_history (company_id, %s, %s)
                SELECT %s, %s, %s FROM helloword_return_observation GROUP BY %s
                """,
                dimensions,
                SQL(", ").join(map(SQL.identifier, SUMS)),
                company.id,
                dimensions,
                SQL(", ").join(SQL("COALESCE(%s, 0)", SQL(code)) for code in SUMS.values()),
                dimensions,
            )
        )
