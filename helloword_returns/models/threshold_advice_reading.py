from odoo import api, fields, models
from odoo.tools.misc import format_amount

# Where fewer goods have a known cost, advice about their worth is not to be trusted.
KNOWN_COST_ENOUGH = 80.0


class HellowordThresholdAdvice(models.Model):
    """The advice in words, and what weakens it."""

    _inherit = "helloword.threshold.advice"

    reading = fields.Text(compute="_compute_reading")
    warning = fields.Text(compute="_compute_reading")

    grade_rows = fields.Json(string="Resale Odds", compute="_compute_grade_rows")

    @api.depends("grade_odds")
    @api.depends_context("lang")
    def _compute_grade_rows(self):
        """The odds with the names of the grades."""
        grades = self.env["helloword.return.grade"].browse(
            {row["grade_id"] for advice in self for row in advice.grade_odds or []}
        )
        names = {grade.id: grade.name for grade in grades.exists()}
        for advice in self:
            advice.grade_rows = [
                row | {"name": names[row["grade_id"]]}
                for row in advice.grade_odds or []
                if row["grade_id"] in names
            ]

    @api.depends("verdict", "is_thin", "threshold", "saving", "saving_count", "known_cost_percent")
    def _compute_reading(self):
        for advice in self:
            advice.reading = advice._get_reading()
            advice.warning = "\n".join(advice._get_warnings())

    def _format(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _get_reading(self):
        """The advice in words."""
        self.ensure_one()
        if not self.return_count:
            return self.env._("No finished returns in the history yet.")
        if self.verdict == "unknown":
            return self.env._(
                "These returns do not tell: there are too few of them, or all goods were worth the "
                "same. Look at a wider group."
            )
        if self.verdict == "take_back":
            return self.env._(
                "Goods were worth their way back at any value: ask for all of them back."
            )
        if self.verdict == "leave":
            return self.env._(
                "At no value that was seen were goods worth their way back. Check that the "
                "products have a cost before you let customers keep everything."
            )
        sentence = self.env._(
            "Goods worth %(amount)s are just worth their way back.",
            amount=self._format(self.break_even),
        )
        if self.threshold and self.saving > 0:
            return f"{sentence} " + self.env._(
                "To let customers keep goods below %(threshold)s would have saved about %(saving)s "
                "on %(count)s of %(total)s returns.",
                threshold=self._format(self.threshold),
                saving=self._format(self.saving),
                count=self.saving_count,
                total=self.return_count,
            )
        if self.threshold and self.saving < 0:
            return f"{sentence} " + self.env._(
                "To let customers keep goods below %(threshold)s would have cost about %(loss)s "
                "more than taking them back.",
                threshold=self._format(self.threshold),
                loss=self._format(-self.saving),
            )
        return sentence

    def _get_warnings(self):
        """:return: list of sentences on what weakens the advice"""
        self.ensure_one()
        warnings = []
        if self.return_count and self.is_thin:
            if self.verdict == "found" and self.break_even_high:
                warnings.append(
                    self.env._(
                        "History is thin: %(count)s returns. The true break-even lies between "
                        "%(low)s and %(high)s, nine times in ten; the lower end is the safe choice.",
                        count=self.return_count,
                        low=self._format(self.break_even_low),
                        high=self._format(self.break_even_high),
                    )
                )
            elif self.verdict == "found":
                warnings.append(
                    self.env._(
                        "History is thin: %(count)s returns. The true break-even is at least "
                        "%(low)s, nine times in ten, and there is no telling how high it may be.",
                        count=self.return_count,
                        low=self._format(self.break_even_low),
                    )
                )
            else:
                warnings.append(
                    self.env._("History is thin: %(count)s returns.", count=self.return_count)
                )
        if self.return_count and self.known_cost_percent < KNOWN_COST_ENOUGH:
            warnings.append(
                self.env._(
                    "Only %(percent)d %% of the returns are of goods with a cost; the others count "
                    "as worthless. Enter the cost of the products.",
                    percent=self.known_cost_percent,
                )
            )
        return warnings
