from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..wms.choices import Figures, value_choices
from .wms_question_sync import BY_RULE


class HellowordWmsTreatment(models.Model):
    """What a treatment costs at a warehouse, and what goods are worth after it."""

    _inherit = "helloword.wms.treatment"

    is_valued = fields.Boolean(
        string="Own Figures", help="The two figures beside count, instead of what is assumed."
    )
    currency_id = fields.Many2one(
        related="connection_id.fee_currency_id", string="Currency of Fees"
    )
    unit_charge = fields.Monetary(
        string="Charge per Unit", help="What the operator charges, in its currency of fees."
    )
    recovered_percent = fields.Float(
        string="Worth Afterwards (%)",
        digits=(5, 2),
        help="Of the goods' cost. What a buyer of surplus goods pays, for example.",
    )

    _figures_range = models.Constraint(
        "CHECK(COALESCE(unit_charge, 0) >= 0 AND COALESCE(recovered_percent, 0) >= 0)",
        "Charges and what goods are worth cannot be negative.",
    )


class HellowordWmsConnection(models.Model):
    _inherit = "helloword.wms.connection"

    answer_by = fields.Selection(
        [("people", "People, with a proposal"), ("rules", "Rules, people where none fits")],
        string="Who Answers",
        required=True,
        default="people",
        tracking=True,
        help="Who says what happens to goods that wait for our word: “Rules” are the disposition "
        "rules; what they say is ordered at once.",
    )
    answers_late = fields.Boolean(
        string="At the Last Moment, Say What Is Proposed",
        tracking=True,
        help="Where nobody answered and the warehouse is about to decide itself.",
    )
    late_hours = fields.Float(
        string="Last Moment (hours before)",
        default=4.0,
        help="So long before the warehouse's own time what is proposed is ordered.",
    )

    @api.constrains("late_hours")
    def _check_late_hours(self):
        for connection in self:
            if connection.late_hours < 0:
                raise ValidationError(
                    self.env._("The hours before the last moment cannot be negative.")
                )

    def _get_treatment_figures(self):
        """:return: dict of disposition → :class:`~odoo.addons.helloword_3pl.wms.choices.Figures`"""
        self.ensure_one()
        company, today = self.company_id, fields.Date.today()
        figures = {}
        for row in self.sudo().treatment_ids.filtered("is_valued"):
            currency = row.currency_id or company.currency_id
            charge = currency._convert(
                row.unit_charge, company.currency_id, company, today, round=False
            )
            figures[row.disposition] = Figures(
                Decimal(str(charge)), Decimal(str(row.recovered_percent))
            )
        return figures

    def _get_answerable(self):
        """What this warehouse can be told about goods that wait. Hook.

        :return: set of dispositions, or None: all of them
        """
        self.ensure_one()
        return


class HellowordWmsQuestion(models.Model):
    _inherit = "helloword.wms.question"

    def _value_choices(self):
        """Say what each way is worth, and which is proposed. Batch: queries do not grow."""
        figures = {
            connection: connection._get_treatment_figures() for connection in self.connection_id
        }
        answerable = {connection: connection._get_answerable() for connection in self.connection_id}
        rules = self._find_rules()
        self.choice_ids.unlink()
        vals_list = []
        for question in self:
            allowed = answerable[question.connection_id]
            choices = [
                choice
                for choice in question._get_choices(figures[question.connection_id])
                if allowed is None or choice.disposition in allowed
            ]
            amounts = {choice.disposition: float(choice.amount) for choice in choices}
            # What the operator refused is not proposed again; people may say it all the same.
            refused = question._get_refused()
            rule = rules.get(question, self.env["helloword.disposition.rule"])
            if rule and BY_RULE[rule.disposition] not in amounts.keys() - refused:
                rule = rule.browse()
            # Goods become another product only when somebody says which.
            best = next(
                (
                    choice.disposition
                    for choice in choices
                    if choice.disposition not in refused | {"relabel"}
                ),
                False,
            )
            proposed = BY_RULE[rule.disposition] if rule else best
            question.write(
                {
                    "rule_id": rule.id,
                    "proposed": proposed,
                    "proposed_amount": amounts.get(proposed, 0.0),
                }
            )
            vals_list += [
                {
                    "question_id": question.id,
                    "disposition": choice.disposition,
                    "recovered": float(choice.recovered),
                    "charge": float(choice.charge),
                    "amount": float(choice.amount),
                    "basis": choice.basis,
                }
                for choice in choices
            ]
        self.env["helloword.wms.choice"].sudo().create(vals_list)

    def _get_choices(self, figures):
        """:return: list of :class:`~odoo.addons.helloword_3pl.wms.choices.Choice`"""
        self.ensure_one()
        company = self.company_id
        numbers = (
            self.quantity,
            self.product_id.with_company(company).sudo().standard_price,
            self.grade_id.write_down_percent,
            company.return_default_write_down_percent,
            company.return_default_label_cost,
        )
        return value_choices(*(Decimal(str(number)) for number in numbers), figures)
