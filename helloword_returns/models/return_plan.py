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
# Decisions whose refunds a restocking fee may lower.
FEE_DECISIONS = ("refund_only", "return_refund", "store_credit")
# Decisions that finish the question; manual review leaves it to a person.
FINAL_DECISIONS = tuple(code for code, _label in DECISIONS if code != "manual")


def read_ladder(text):
    """:param str text: shares with commas between
    :return: list of percentages, empty when it cannot be read
    """
    try:
        return [float(step) for step in text.replace(";", ",").split(",")]
    except ValueError:
        return []


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
            ("split", "Shared, the customer's part deducted"),
        ],
        string="Label Paid By",
        default="seller",
    )
    label_share_percent = fields.Float(
        string="Customer's Part of the Label (%)",
        digits=(5, 2),
        default=50.0,
        help="Deducted from the refund where the label is shared.",
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
    keep_it_ladder = fields.Char(
        string="Keep-it Ladder (%)",
        help="Shares offered one after the other while the customer declines, e.g. “20, 30, 40”. "
        "After the last one the goods come back. Empty: the one share above.",
    )
    credit_bonus_percent = fields.Float(
        string="Store Credit Bonus (%)",
        digits=(5, 2),
        help="Added to store credit, to make it worth more than the money.",
    )
    exchange_bonus_percent = fields.Float(
        string="Exchange Bonus (%)",
        digits=(5, 2),
        help="Share of the goods' value the customer gets on top when they exchange.",
    )
    offer_keep_it = fields.Boolean(
        string="Offer a Part to Keep It",
        help="Before the goods come back the customer may keep them for a part of the money.",
    )
    offer_store_credit = fields.Boolean(help="The customer may take store credit instead of money.")
    offer_exchange = fields.Boolean(
        string="Offer an Exchange", help="The customer may take other goods instead of money."
    )
    offer_days = fields.Integer(
        string="Offers Open For (days)",
        default=3,
        help="When the customer has not chosen by then, the decision of the plan is carried out.",
    )
    photo_required = fields.Boolean(
        string="Photos Required", help="Without a photo the customer is asked for one first."
    )
    sla_hours = fields.Integer(
        string="Answer Within (hours)", help="From the request to the decision. Zero: no limit."
    )
    plan_currency_id = fields.Many2one("res.currency", compute="_compute_plan_currency_id")

    def _compute_plan_currency_id(self):
        for plan in self:
            plan.plan_currency_id = plan.company_id.currency_id or self.env.company.currency_id

    @api.constrains("fee_percent", "fee_amount", "keep_it_percent", "label_share_percent")
    def _check_plan_amounts(self):
        for plan in self:
            shares = (plan.fee_percent, plan.keep_it_percent, plan.label_share_percent)
            if not all(0 <= share <= 100 for share in shares):
                raise ValidationError(self.env._("A percentage must lie between 0 and 100."))
            if plan.fee_amount < 0:
                raise ValidationError(self.env._("A restocking fee cannot be negative."))

    @api.constrains("credit_bonus_percent", "exchange_bonus_percent", "sla_hours", "offer_days")
    def _check_bonuses(self):
        for plan in self:
            if not 0 <= plan.credit_bonus_percent <= 100 or not (
                0 <= plan.exchange_bonus_percent <= 100
            ):
                raise ValidationError(self.env._("A bonus must lie between 0 and 100 percent."))
            if plan.sla_hours < 0 or plan.offer_days < 0:
                raise ValidationError(self.env._("The time for an answer cannot be negative."))

    @api.constrains("keep_it_ladder")
    def _check_keep_it_ladder(self):
        for plan in self:
            plan._get_keep_it_steps()

    def _get_keep_it_steps(self):
        """The shares offered one after the other.

        :return: list of percentages, rising
        :raise ValidationError: the ladder cannot be read
        """
        self.ensure_one()
        if not self.keep_it_ladder:
            return [self.keep_it_percent]
        steps = read_ladder(self.keep_it_ladder)
        if not steps or steps != sorted(set(steps)) or not 0 < steps[0] <= steps[-1] <= 100:
            raise ValidationError(
                self.env._(
                    "“%s” is no ladder. Write rising percentages with commas between, e.g. "
                    "“20, 30, 40”.",
                    self.keep_it_ladder,
                )
            )
        return steps

    def _plan_field_names(self):
        """Names of the fields that make up a plan.

        :return: list of field names, the same on rules and on returns
        """
        return [
            "decision",
            "label_payer",
            "label_share_percent",
            "refund_trigger",
            "warehouse_id",
            "fee_type",
            "fee_percent",
            "fee_amount",
            "keep_it_percent",
            "keep_it_ladder",
            "offer_keep_it",
            "offer_store_credit",
            "offer_exchange",
            "offer_days",
            "credit_bonus_percent",
            "exchange_bonus_percent",
            "photo_required",
            "sla_hours",
        ]

    def _get_customer_label_share(self):
        """:return: the part of the label that the refund is lowered by, from 0 to 1"""
        self.ensure_one()
        if self.label_payer == "split":
            return self.label_share_percent / 100.0
        return 1.0 if self.label_payer == "deduct" else 0.0

    def _copy_plan(self):
        """:return: values that make another record follow this plan"""
        self.ensure_one()
        return {
            name: self._fields[name].convert_to_write(self[name], self) or False
            if self._fields[name].relational
            else self._fields[name].convert_to_write(self[name], self)
            for name in self._plan_field_names()
        }

    def _get_added_plan(self):
        """What differs here from an ordinary plan, without the decision itself.

        :return: values
        """
        self.ensure_one()
        ordinary = self.default_get(self._plan_field_names())
        return {
            name: value
            for name, value in self._copy_plan().items()
            if name != "decision" and value != ordinary.get(name) and (value or ordinary.get(name))
        }
