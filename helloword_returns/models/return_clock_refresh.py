from odoo import api, models
from odoo.fields import Domain


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    @api.model
    def _refresh_refund_clocks(self, domain=Domain.TRUE):
        """Compute the deadlines of open refunds again, after law, policies or clocks changed.

        :param domain: which returns are concerned
        """
        open_returns = self.sudo().search(self._get_open_refund_domain() & Domain(domain))
        for name in ("refund_due_date", "refund_due_source", "refund_clock"):
            self.env.add_to_compute(self._fields[name], open_returns)


class HellowordRefundTerm(models.AbstractModel):
    """What sets the deadlines of refunds: when it changes, they are computed again."""

    _name = "helloword.refund.term"
    _description = "Sets Deadlines of Refunds"

    def _get_refund_term_fields(self):
        """:return: names of the fields the deadlines depend on. Hook."""
        return ["active"]

    def _get_concerned_returns(self):
        """:return: domain of the returns whose refund these records set a term for. Hook."""
        return Domain.TRUE

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._refresh_refunds()
        return records

    def write(self, vals):
        is_concerned = not vals.keys().isdisjoint(self._get_refund_term_fields())
        if is_concerned:
            self._refresh_refunds()
        result = super().write(vals)
        if is_concerned:
            self._refresh_refunds()
        return result

    def unlink(self):
        domain = self._get_concerned_returns()
        result = super().unlink()
        self.env["helloword.return"]._refresh_refund_clocks(domain)
        return result

    def _refresh_refunds(self):
        if self:
            domain = self._get_concerned_returns()
            self.env["helloword.return"]._refresh_refund_clocks(domain)


class HellowordReturnPolicy(models.Model):
    _name = "helloword.return.policy"
    _inherit = ["helloword.return.policy", "helloword.refund.term"]

    def _get_refund_term_fields(self):
        return [
            "active",
            "sequence",
            "company_id",
            "channel_ids",
            "country_ids",
            "country_group_ids",
            "name",
            "url",
            "refund_days",
            "refund_trigger",
        ]

    def _get_concerned_returns(self):
        return Domain("company_id", "in", self.company_id.ids)


class HellowordChannelClock(models.Model):
    _name = "helloword.channel.clock"
    _inherit = ["helloword.channel.clock", "helloword.refund.term"]

    def _get_refund_term_fields(self):
        return [
            "active",
            "name",
            "provider",
            "channel_ids",
            "country_ids",
            "kind",
            "starts",
            "hours",
            "days",
            "business",
            "confidence",
            "source",
        ]

    def _get_concerned_returns(self):
        channels = (
            self.env["helloword.channel"]
            .sudo()
            .search([("provider", "in", self.mapped("provider"))])
        )
        return Domain("channel_id", "in", (channels | self.channel_ids).ids)


class HellowordRegulation(models.Model):
    _name = "helloword.regulation"
    _inherit = ["helloword.regulation", "helloword.refund.term"]

    def _get_refund_term_fields(self):
        return ["active", "value", "unit", "applies_from", "confidence", "rule_key", "reference"]

    def _get_concerned_returns(self):
        countries = self.country_id | self.country_group_id.country_ids
        return Domain("country_id", "in", countries.ids)
