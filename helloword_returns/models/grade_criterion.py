from odoo import api, fields, models
from odoo.fields import Domain


class HellowordGradeCriterion(models.Model):
    """What must be true of goods for a grade, in words an inspector can check.

    The nearest category that has criteria for a grade speaks for all categories below it; criteria
    without a category speak where no category does. A company's own take the place of the shared
    ones of the same category.
    """

    _name = "helloword.grade.criterion"
    _description = "Grade Criterion"
    _order = "grade_id, product_category_id, sequence, id"
    _rec_name = "text"

    grade_id = fields.Many2one(
        "helloword.return.grade", required=True, index=True, ondelete="cascade"
    )
    product_category_id = fields.Many2one(
        "product.category",
        index="btree_not_null",
        ondelete="cascade",
        help="With the categories below it. Empty: every product whose categories say nothing.",
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: every company.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    text = fields.Text(
        string="Criterion", required=True, translate=True, help="One check in plain words."
    )
    photo_required = fields.Boolean(
        help="At the dock, goods of this grade are not taken without a photo."
    )

    @api.model
    def _get_by_product(self, products, company):
        """The criteria that hold for products. Two queries, however many products there are.

        :param products: ``product.product``
        :param company: whose inspectors ask
        :return: dict of product → dict of grade → criteria in order
        """
        categories = products.categ_id
        parents = {
            category: [int(part) for part in reversed(category.parent_path.split("/")) if part]
            for category in categories
        }
        reached = {category_id for path in parents.values() for category_id in path}
        criteria = self.search(
            Domain("company_id", "in", [False, company.id])
            & Domain("product_category_id", "in", [False, *reached])
        )
        by_place = {}
        for (grade, category), group in criteria.grouped(
            lambda criterion: (criterion.grade_id, criterion.product_category_id.id)
        ).items():
            own = group.filtered("company_id")
            by_place.setdefault(category, {})[grade] = own or group
        by_category = {}
        for category, path in parents.items():
            chosen = by_category[category] = {}
            for place in [*path, False]:
                for grade, group in by_place.get(place, {}).items():
                    chosen.setdefault(grade, group)
        by_category[categories.browse()] = by_place.get(False, {})
        return {product: by_category[product.categ_id] for product in products}
