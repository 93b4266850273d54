from odoo import api, fields, models
from odoo.exceptions import ValidationError

DECISIONS = [
    ("refund_only", "Refund without return"),
    ("return_refund", "Return for refund"),
    ("exchange", "Exchange"),
    ("store_credit", "Return for store credit"),
    ("keep_it", "Keep-it partial refund"),
    ("manual", "Manual review"),
    ("reject", "Reject"),
]
# Decisions after which goods are expected back.
GOODS_DECISIONS = ("return_refund", "exchange", "store_credit")
# Decisions after which the customer is owed money or credit.
REFUND_DECISIONS = ("refund_only", "return_refund", "store_credit", "keep_it")
# Decisions that finish the question; manual review leaves it to a person.
FINAL_DECISIONS = tuple(code for code, _label in DECISIONS if code != "manual")


class HellowordReturnPlanMixin(models.AbstractModel):
    """What is decided about a return.

    A rule holds a plan as a template; the return holds its own copy, so that later edits of the
    rule do not rewrite history.
    """

    _name = "helloword.return.plan.mixin"
    _description = "Return Plan"

    decision = fields.Selection(DECISIONS)
    label_payer = fields.Selection(
        [
            ("seller", "Seller"),
            ("customer", "Customer"),
            ("deduct", "Seller, deducted from the refund"),
        ],
        string="Label Paid By",
        default="seller",
    )
    refund_trigger = fields.Selection(
        [
            ("request", "On approval"),
            ("first_scan", "On first carrier scan"),
            ("receipt", "On receipt"),
            ("inspection", "On inspection"),
        ],
        default="receipt",
        string="Refund When",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Destination Warehouse",
        check_company=True,
        help="Empty: the channel's returns warehouse, else the one that shipped the order.",
    )
    fee_type = fields.Selection(
        [("none", "None"), ("percent", "Percentage of the refund"), ("fixed", "Fixed amount")],
        string="Restocking Fee",
        default="none",
        required=True,
    )
    fee_percent = fields.Float(string="Fee (%)", digits=(5, 2))
    fee_amount = fields.Monetary(
        currency_field="plan_currency_id", help="Per return, taxes included."
    )
    keep_it_percent = fields.Float(
        string="Keep-it Offer (%)",
        digits=(5, 2),
        default=30.0,
        help="Share of the goods' value refunded when the customer keeps them.",
    )
    plan_currency_id = fields.Many2one("res.currency", compute="_compute_plan_currency_id")

    def _compute_plan_currency_id(self):
        for plan in self:
            plan.plan_currency_id = plan.company_id.currency_id or self.env.company.currency_id

    @api.constrains("fee_percent", "fee_amount", "keep_it_percent")
    def _check_plan_amounts(self):
        for plan in self:
            if not 0 <= plan.fee_percent <= 100 or not 0 <= plan.keep_it_percent <= 100:
                raise ValidationError(self.env._("A percentage must lie between 0 and 100."))
            if plan.fee_amount < 0:
                raise ValidationError(self.env._("A restocking fee cannot be negative."))

    def _plan_field_names(self):
        """Names of the fields that make up a plan.

        :return: list of field names, the same on rules and on returns
        """
        return [
            "decision",
            "label_payer",
            "refund_trigger",
            "warehouse_id",
            "fee_type",
            "fee_percent",
            "fee_amount",
            "keep_it_percent",
        ]
