from odoo import models


class AccountChartTemplate(models.AbstractModel):
    """A company that gets its chart of accounts gets what returns need with it."""

    _inherit = "account.chart.template"

    def _post_load_data(self, template_code, company, template_data):
        result = super()._post_load_data(template_code, company, template_data)
        (company or self.env.company)._create_return_accounting()
        return result
