from odoo import fields, models
from odoo.tools import float_compare
from odoo.tools.misc import formatLang


class HellowordReturnCustoms(models.Model):
    """What the printed papers say; always in English, whoever prints them."""

    _inherit = "helloword.return.customs"

    def _get_address_lines(self, partner):
        """:return: the lines of an address, the country last"""
        place = " ".join(part for part in (partner.zip, partner.city) if part)
        if partner.state_id:
            place = f"{place}, {partner.state_id.code or partner.state_id.name}"
        rows = (
            partner.commercial_company_name,
            partner.name if partner.name != partner.commercial_company_name else "",
            partner.street,
            partner.street2,
            place,
            partner.country_id.name,
            partner.phone,
        )
        return [row for row in rows if row]

    def _format_value(self, amount):
        """:return: an amount with the digits of the papers' currency, without its sign"""
        self.ensure_one()
        return formatLang(self.env, amount, digits=self.currency_id.decimal_places)

    def _get_today(self):
        return fields.Date.context_today(self)

    def _get_reason_text(self):
        """:return: the reason as it is printed"""
        self.ensure_one()
        return dict(self._fields["reason"]._description_selection(self.env)).get(self.reason, "")

    def _get_paper_remark(self):
        """:return: what stands under “comments” on postal papers"""
        self.ensure_one()
        parts = ["Returned goods - not a sale. Value for customs purposes only."]
        if self.reason and self.reason != "other":
            parts.append(f"Reason: {self._get_reason_text()}.")
        if self.scheme_id.mark and self._claims_relief():
            parts.append(f"{self.scheme_id.mark}.")
        originals = [
            f"{label} {value}"
            for label, value in (
                ("Original invoice", self.original_invoice),
                ("exported", self.original_export_date),
                ("MRN", self.original_export_mrn),
                ("tracking", self.original_tracking),
            )
            if value
        ]
        if originals:
            parts.append(f"{', '.join(originals)}.")
        if self.note:
            parts.append(self.note)
        return " ".join(parts)

    def _claims_relief(self):
        """:return: whether the papers claim the relief; not when its time is over, which would be a
        false statement
        """
        self.ensure_one()
        deadline = self.relief_deadline
        return bool(self.scheme_id) and not (deadline and deadline < self._get_today())

    def _needs_shipper_declaration(self):
        """:return: whether the declaration of 19 CFR 10.1 is printed: above its limit, or where the
        value in dollars is not known
        """
        self.ensure_one()
        if self.scheme_id.code != "us_9801" or not self._claims_relief():
            return False
        figures = self.env["helloword.customs.figure"]._get_figures(self._get_today())
        dollars = self._get_value_usd()
        limit = figures.get("us_declaration")
        return dollars is None or not limit or float_compare(dollars, limit, precision_digits=2) > 0
