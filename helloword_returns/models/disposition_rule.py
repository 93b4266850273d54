from odoo import fields, models

from .return_grade import DISPOSITIONS


class HellowordDispositionRule(models.Model):
    _name = "helloword.disposition.rule"
    _description = "Disposition Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: every company.")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    grade_ids = fields.Many2many(
        "helloword.return.grade", string="Grades", help="Empty: every grade."
    )
    product_category_ids = fields.Many2many(
        "product.category",
        string="Product Categories",
        help="With the categories below them. Empty: every product.",
    )
    value_min = fields.Monetary(
        string="Unit Value From",
        help="What the customer paid for one unit, in company currency; the cost of goods that "
        "nobody paid for. Zero: no limit.",
    )
    value_max = fields.Monetary(
        string="Unit Value Below", help="In company currency. Zero: no limit."
    )
    warehouse_ids = fields.Many2many(
        "stock.warehouse", string="Warehouses", check_company=True, help="Empty: every warehouse."
    )
    disposition = fields.Selection(DISPOSITIONS, required=True, default="hold")

    _value_order = models.Constraint(
        "CHECK(COALESCE(value_max, 0) = 0 OR COALESCE(value_min, 0) < value_max)",
        "The lowest value of a disposition rule must be below its highest.",
    )

    def _compute_currency_id(self):
        for rule in self:
            rule.currency_id = (rule.company_id or self.env.company).currency_id

    def _matches(self, inspection):
        """Whether this rule says where the goods of an inspection go.

        :param inspection: one ``helloword.return.inspection``
        """
        return self._fits(
            inspection.company_id,
            inspection.grade_id,
            inspection.warehouse_id,
            inspection.product_id,
            inspection.unit_value,
        )

    def _fits(self, company, grade, warehouse, product, unit_value):
        """Whether this rule says where goods go, before anybody has inspected them.

        :param float unit_value: of one unit, in the company's currency
        """
        self.ensure_one()
        if self.company_id and self.company_id != company:
            return False
        if self.grade_ids and grade not in self.grade_ids:
            return False
        if self.warehouse_ids and warehouse not in self.warehouse_ids:
            return False
        if self.product_category_ids:
            parents = (product.categ_id.parent_path or "").split("/")
            if not any(str(category.id) in parents for category in self.product_category_ids):
                return False
        compare = company.currency_id.compare_amounts
        if self.value_min and compare(unit_value, self.value_min) < 0:
            return False
        return not self.value_max or compare(unit_value, self.value_max) < 0
