from odoo import models


class HellowordReturn(models.Model):
    """What an inspection means for money: what may be refunded, and what the goods lost."""

    _inherit = "helloword.return"

    def _on_goods_inspected(self):
        super()._on_goods_inspected()
        self._accrue_write_downs()
        self._warn_of_wrong_goods()

    def _accrue_write_downs(self):
        """Book the loss of value by grade, once for each result, where the company wants it."""
        vals_list = []
        for inspection in self.sudo().inspection_ids:
            company = inspection.company_id
            if inspection.state != "done" or not company.return_write_down:
                continue
            cost = inspection.product_id.with_company(company).standard_price
            amount = company.currency_id.round(
                cost * inspection.quantity * inspection.grade_id.write_down_percent / 100.0
            )
            if company.currency_id.is_zero(amount):
                continue
            vals_list.append(
                {
                    "return_id": inspection.return_id.id,
                    "kind": "write_down",
                    "reference": f"inspection-{inspection.id}",
                    "amount": amount,
                    "currency_id": company.currency_id.id,
                    "date": self._get_refund_date(company),
                }
            )
        if vals_list:
            self.env["helloword.return.cost"]._accrue(vals_list)

    def _warn_of_wrong_goods(self):
        """Other goods, or none, are not refunded by themselves: a person has to look."""
        summary = self.env._("Not refunded: other goods or an empty parcel")
        for ret in self:
            wrong = ret.inspection_ids.filtered(
                lambda inspection: (
                    inspection.state == "done"
                    and inspection.grade_kind != "goods"
                    and not inspection.return_line_id.is_unexpected
                )
            )
            if not wrong or summary in ret.activity_ids.mapped("summary"):
                continue
            ret.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=", ".join(wrong.mapped("display_name")),
                user_id=(ret.user_id or ret.channel_id.user_id or self.env.user).id,
            )


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def _get_quantity_accepted(self):
        accepted = self.inspection_ids.filtered(
            lambda inspection: inspection.state == "done" and inspection.grade_kind == "goods"
        )
        return sum(accepted.mapped("quantity"))


class HellowordReturnInspection(models.Model):
    _inherit = "helloword.return.inspection"

    def action_cancel(self):
        """An inspection that is undone takes its write-down back."""
        result = super().action_cancel()
        costs = (
            self.env["helloword.return.cost"]
            .sudo()
            .search([("reference", "in", [f"inspection-{inspection.id}" for inspection in self])])
        )
        costs.filtered(
            lambda cost: cost.kind == "write_down" and cost.state in ("draft", "accrued")
        ).action_cancel()
        return result
