from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import plaintext2html

from ..models.batch_savepoint import batch_savepoint
from ..models.return_plan import DECISIONS

ASKED = [
    ("ask_photos", "Ask for photos"),
    ("ask_information", "Ask a question"),
    ("delay", "Tell of a delay"),
]


class HellowordReviewBulk(models.TransientModel):
    """One decision for many returns; each customer gets the reply in their own language."""

    _name = "helloword.review.bulk"
    _description = "Decide Returns Together"

    return_ids = fields.Many2many("helloword.return", string="Returns", required=True)
    return_count = fields.Integer(compute="_compute_return_count")
    decision = fields.Selection(
        [choice for choice in DECISIONS if choice[0] != "manual"] + ASKED,
        required=True,
        default="return_refund",
    )
    label_payer = fields.Selection(
        selection=lambda self: self.env["helloword.return"]._fields["label_payer"].selection,
        string="Label Paid By",
        default="seller",
    )
    refund_trigger = fields.Selection(
        selection=lambda self: self.env["helloword.return"]._fields["refund_trigger"].selection,
        string="Refund When",
        default="receipt",
    )
    keep_it_percent = fields.Float(string="Keep-it Offer (%)", digits=(5, 2), default=30.0)
    credit_bonus_percent = fields.Float(string="Store Credit Bonus (%)", digits=(5, 2))
    reason = fields.Text(help="The customers read it.")
    send_reply = fields.Boolean(string="Reply to Customers", default=True)
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    line_ids = fields.One2many("helloword.review.bulk.problem", "wizard_id", readonly=True)
    done_count = fields.Integer(readonly=True)
    is_done = fields.Boolean(readonly=True)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "return_ids" in fields and self.env.context.get("active_model") == "helloword.return":
            values["return_ids"] = [(6, 0, self.env.context.get("active_ids", []))]
        return values

    @api.depends("return_ids")
    def _compute_return_count(self):
        for wizard in self:
            wizard.return_count = len(wizard.return_ids)

    @api.depends(
        "return_ids",
        "decision",
        "label_payer",
        "keep_it_percent",
        "credit_bonus_percent",
        "reason",
        "send_reply",
    )
    def _compute_preview(self):
        """One example for each language that will be written in."""
        for wizard in self:
            wizard.preview = wizard.send_reply and wizard._render_preview()

    def _render_preview(self):
        returns = self.return_ids._origin
        if not returns or not self.decision:
            return False
        labels = dict(self.env["helloword.reply.text"]._fields["lang"].selection)
        replies = returns._prepare_replies(
            self.decision, self._prepare_plan(), reason=self.reason or ""
        )
        by_lang = {}
        for ret, reply in replies.items():
            by_lang.setdefault(reply["lang"], []).append((ret, reply))
        return Markup().join(
            Markup(
                "<details{}><summary><b>{}</b> · {}</summary><p><b>{}</b></p>{}</details>"
            ).format(
                Markup(" open") if number == 0 else "",
                labels[lang],
                len(pairs),
                pairs[0][1]["subject"],
                plaintext2html(pairs[0][1]["body"]),
            )
            for number, (lang, pairs) in enumerate(by_lang.items())
        )

    def _prepare_plan(self):
        """:return: values of the plan that belong to the decision"""
        self.ensure_one()
        names = {
            "return_refund": ("label_payer", "refund_trigger"),
            "exchange": ("label_payer", "refund_trigger"),
            "store_credit": ("label_payer", "refund_trigger", "credit_bonus_percent"),
            "keep_it": ("keep_it_percent",),
        }.get(self.decision, ())
        return {name: self[name] for name in names}

    def action_decide(self):
        """Decide what can be decided; say what could not be, and why.

        :return: action that closes the wizard, or shows the problems
        """
        self.ensure_one()
        done, problems = self._decide(self.return_ids)
        self.done_count = len(done)
        self.is_done = True
        self.line_ids = [
            (0, 0, {"return_id": ret.id, "message": message}) for ret, message in problems.items()
        ]
        if not problems:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "success",
                    "message": self.env._("%s returns decided.", len(done)),
                    "next": {"type": "ir.actions.act_window_close"},
                },
            }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide Together"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _decide(self, returns):
        """Decide a batch; where it fails, halves of it, down to the ones that cannot be.

        :return: tuple (returns decided, dict of return → what stood against it)
        """
        if not returns:
            return returns, {}
        plan, reason = self._prepare_plan(), self.reason or ""
        try:
            with batch_savepoint(self.env):
                replies = (
                    returns._prepare_replies(self.decision, plan, reason=reason)
                    if self.send_reply
                    else {}
                )
                reached = {
                    ret: reply for ret, reply in replies.items() if ret._get_reply_way() != "none"
                }
                returns._review_decide(self.decision, plan, reached, reason)
            return returns, {}
        except (UserError, RedirectWarning) as error:
            if len(returns) == 1:
                return returns.browse(), {returns: str(error.args[0])}
        middle = len(returns) // 2
        first, first_problems = self._decide(returns[:middle])
        second, second_problems = self._decide(returns[middle:])
        return first | second, first_problems | second_problems


class HellowordReviewBulkProblem(models.TransientModel):
    _name = "helloword.review.bulk.problem"
    _description = "Return That Could Not Be Decided"

    wizard_id = fields.Many2one("helloword.review.bulk", required=True, ondelete="cascade")
    return_id = fields.Many2one("helloword.return", required=True, ondelete="cascade")
    message = fields.Text(required=True)
