from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from ..customs.territory import get_border, is_same_territory


class HellowordReturnConsolidation(models.Model):
    """The papers of a batch; always in English, whoever prints them."""

    _inherit = "helloword.return.consolidation"

    customs_gaps = fields.Text(string="Missing Customs Data", compute="_compute_customs_gaps")
    has_open_costs = fields.Boolean(compute="_compute_has_open_costs")

    @api.depends(
        "kind",
        "warehouse_id.return_partner_id",
        "home_warehouse_id",
        "line_ids.description",
        "line_ids.hs_code",
        "line_ids.origin_country_id",
        "line_ids.unit_weight",
        "line_ids.unit_value",
    )
    def _compute_customs_gaps(self):
        for batch in self:
            gaps = batch._get_customs_gaps() if batch.kind == "home" else []
            batch.customs_gaps = "\n".join(gaps) or False

    @api.depends("cost_ids.state")
    def _compute_has_open_costs(self):
        for batch in self:
            batch.has_open_costs = "open" in batch.cost_ids.mapped("state")

    def action_print_packing_list(self):
        return self.env.ref("helloword_returns.action_report_consolidation_packing").report_action(
            self
        )

    def action_print_invoice(self):
        """Print the invoice for customs.

        :raise UserError: what customs want to know is missing
        """
        for batch in self:
            gaps = batch._get_customs_gaps()
            if gaps:
                raise UserError(
                    self.env._(
                        "The invoice of %(name)s would be incomplete:\n%(gaps)s\nEnter it on the "
                        "lines or on the products.",
                        name=batch.name,
                        gaps="\n".join(gaps),
                    )
                )
        return self.env.ref("helloword_returns.action_report_consolidation_invoice").report_action(
            self
        )

    def _get_paper_places(self):
        """Who sends and who gets the goods, as it is printed.

        :return: list of dicts: title, rows of the address, customs or tax number
        """
        self.ensure_one()
        sender = self.warehouse_id._get_return_partner()
        receiver = self.home_warehouse_id.partner_id
        if self.kind == "disposal":
            receiver = self.carrier_partner_id
        format_address = self.env["helloword.return.customs"]._get_address_lines
        return [
            {
                "title": title,
                "rows": format_address(partner),
                "number": (partner or self.company_id.partner_id)._get_customs_number(),
            }
            for title, partner in (
                ("Sender (returns hub)", sender),
                ("Delivered to", receiver),
            )
        ]

    def _get_relief(self):
        """The relief from duty goods of this batch can claim where they arrive.

        :return: tuple (``helloword.customs.scheme``, the lines that were exported from there and come
            back in time); both may be empty
        """
        self.ensure_one()
        scheme = self.env["helloword.customs.scheme"]
        home = self.home_warehouse_id.partner_id
        start = self.warehouse_id._get_return_partner()._get_customs_place()
        today = fields.Date.context_today(self)
        if (
            self.kind == "home"
            and get_border(start, home._get_customs_place(), today).kind == "customs"
        ):
            scheme = scheme.search([("side", "=", "import")]).filtered(
                lambda scheme: scheme._is_valid_on(today) and scheme._holds(home.country_id)
            )[:1]
        return scheme, self.line_ids.filtered(
            lambda line: scheme and line._can_claim_relief(scheme, home, today)
        )

    def _format_value(self, amount):
        """:return: an amount with the digits of the batch's currency, without its sign"""
        self.ensure_one()
        return formatLang(self.env, amount, digits=self.currency_id.decimal_places)


class HellowordReturnConsolidationLine(models.Model):
    _inherit = "helloword.return.consolidation.line"

    def _get_original_invoice(self):
        """:return: number of the invoice these goods were sold with, or an empty text"""
        self.ensure_one()
        return self.sudo().return_line_id.invoice_line_id.move_id.name or ""

    def _get_original_export(self):
        """How these goods left once: what their return's customs papers say, else the delivery.

        :return: dict: day (date or False), country, mrn, tracking
        """
        self.ensure_one()
        line = self.sudo().return_line_id
        paper = line.customs_line_ids.customs_id[:1]
        picking = line.origin_move_id.picking_id
        return {
            "day": paper.original_export_date or (picking.date_done and picking.date_done.date()),
            "country": paper.original_country_id
            or picking.picking_type_id.warehouse_id.partner_id.country_id,
            "mrn": paper.original_export_mrn,
            "tracking": paper.original_tracking or picking.carrier_tracking_ref,
        }

    def _can_claim_relief(self, scheme, home, today):
        """
        :param scheme: ``helloword.customs.scheme`` of the country of arrival
        :param home: ``res.partner``, where the goods arrive
        :param date today: when they arrive
        :return: whether these goods were exported from there, and come back in time
        """
        self.ensure_one()
        export = self._get_original_export()
        place = (export["country"].code or "", "")
        if not export["day"] or not is_same_territory(place, home._get_customs_place(), today):
            return False
        if scheme.is_unlimited_at_home and self.origin_country_id == home.country_id:
            return True
        return not scheme.years or export["day"] + relativedelta(years=scheme.years) >= today
