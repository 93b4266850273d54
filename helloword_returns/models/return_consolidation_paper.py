from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang


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
