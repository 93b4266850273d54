import logging

from markupsafe import Markup
from odoo import api, fields, models

from odoo.addons.helloword_returns.models.batch_savepoint import batch_savepoint

_logger = logging.getLogger(__name__)

# So many returns are named; the list has them all.
NAMED = 20


class HellowordWmsConnection(models.Model):
    """Once a day the responsible person of each connection learns what is overdue: one activity,
    not one for each return."""

    _inherit = "helloword.wms.connection"

    overdue_count = fields.Integer(compute="_compute_overdue_count", string="Overdue")

    def _compute_overdue_count(self):
        for connection, returns in self._get_overdue_returns().items():
            connection.overdue_count = len(returns)

    def _get_overdue_returns(self):
        """:return: dict of ``helloword.wms.connection`` → overdue ``helloword.return``; one query"""
        sites = self.sudo().site_ids
        returns = self.env["helloword.return"].search(
            [
                ("arrival_warehouse_id", "in", sites.warehouse_id.ids),
                ("service_due_date", "<", fields.Datetime.now()),
            ],
            order="service_due_date, id",
        )
        by_warehouse = returns.sudo().grouped("arrival_warehouse_id")
        return {
            connection: returns.browse().union(
                *(
                    by_warehouse[warehouse].sudo(False)
                    for warehouse in connection.sudo().site_ids.warehouse_id
                    if warehouse in by_warehouse
                )
            )
            for connection in self
        }

    def action_view_overdue(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_3pl.helloword_wms_overdue_action"
        )
        action["domain"] = [
            ("service_due_date", "!=", False),
            ("arrival_warehouse_id", "in", self.sudo().site_ids.warehouse_id.ids),
        ]
        return action

    @api.model
    def _cron_tell_overdue(self):
        """One connection that cannot be told does not keep the others from it."""
        for company, connections in (
            self.search([("site_ids", "!=", False)]).grouped("company_id").items()
        ):
            overdue = connections.with_company(company)._get_overdue_returns()
            for connection, returns in overdue.items():
                try:
                    with batch_savepoint(self.env):
                        connection._tell_overdue(returns)
                except Exception:
                    _logger.exception("Overdue returns of connection %s", connection.id)

    def _tell_overdue(self, returns):
        """The activity names today's state; it goes when nothing is overdue."""
        self.ensure_one()
        summary = self.env._("Overdue at the warehouse")
        activity = self.activity_ids.filtered(lambda activity: activity.summary == summary)
        if not returns:
            activity.unlink()
            return
        note = self._describe_overdue(returns)
        if activity:
            activity[0].write({"note": note, "date_deadline": fields.Date.context_today(self)})
            activity[1:].unlink()
        else:
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=summary,
                note=note,
                user_id=(self.user_id or self.env.user).id,
            )

    def _describe_overdue(self, returns):
        names = dict(returns._fields["service_wait"]._description_selection(self.env))
        parts = []
        for (warehouse, wait), group in returns.grouped(
            lambda ret: (ret.arrival_warehouse_id, ret.service_wait)
        ).items():
            shown = ", ".join(group[:NAMED].mapped("name")) + (" …" if len(group) > NAMED else "")
            parts.append(
                Markup("<li><b>%s</b> · %s (%s): %s</li>")
                % (warehouse.name, names[wait], len(group), shown)
            )
        return Markup("<ul>%s</ul>") % Markup().join(parts)
