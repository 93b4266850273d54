from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

WINDOW_STARTS = [
    ("delivery", "Delivery of the last item"),
    ("first_delivery", "Delivery of the first item"),
    ("dispatch", "Dispatch"),
    ("order", "Order"),
]


class HellowordReturnPolicy(models.Model):
    """What a seller has published about returns, for some buyers.

    The first policy in order that fits a return's company, channel and country is the one the
    buyer was promised. Only sales to consumers at a distance are meant.
    """

    _name = "helloword.return.policy"
    _description = "Return Policy"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    channel_ids = fields.Many2many(
        "helloword.channel",
        string="Channels",
        check_company=True,
        help="Empty: every channel of the company.",
    )
    country_ids = fields.Many2many("res.country", string="Countries")
    country_group_ids = fields.Many2many("res.country.group", string="Country Groups")
    url = fields.Char(string="Published At", help="Where buyers read it.")

    window_days = fields.Integer(
        string="Return Window (days)",
        default=14,
        tracking=True,
        help="Calendar days for a change of mind; 0: such returns are not taken.",
    )
    window_start = fields.Selection(
        WINDOW_STARTS, string="Window Starts At", default="delivery", required=True, tracking=True
    )
    must_arrive_in_window = fields.Boolean(
        string="Goods Must Arrive Inside the Window",
        tracking=True,
        help="Otherwise the buyer only has to say so inside it.",
    )
    send_back_days = fields.Integer(
        string="Time for Sending Back (days)",
        default=14,
        help="After the buyer said so; 0: none is stated.",
    )
    withdrawal_explained = fields.Boolean(
        string="Right of Withdrawal Explained",
        default=True,
        tracking=True,
        help="The shop explains the right, with the model form where one is prescribed.",
    )
    withdrawal_function = fields.Boolean(
        string="Withdrawal Function Present",
        tracking=True,
        help="The shop has the labelled two-step function of Directive (EU) 2023/2673.",
    )
    policy_shown_before_billing = fields.Boolean(
        string="Shown Before Billing",
        default=True,
        tracking=True,
        help="The buyer can read this policy before entering payment details.",
    )
    label_paid_by = fields.Selection(
        [("seller", "Seller"), ("buyer", "Buyer")],
        string="Change of Mind: Label Paid By",
        default="seller",
        required=True,
        tracking=True,
    )
    faulty_label_paid_by = fields.Selection(
        [("seller", "Seller"), ("buyer", "Buyer")],
        string="Faulty Goods: Label Paid By",
        default="seller",
        required=True,
        tracking=True,
    )
    label_cost_disclosed = fields.Boolean(
        tracking=True,
        help="Before the order the buyer is told that they pay the return.",
    )
    refund_days = fields.Integer(
        default=14, string="Refund Within (days)", tracking=True, help="0: at once."
    )
    refund_trigger = fields.Selection(
        [
            ("notice_or_proof", "The buyer's notice, waiting for goods or proof of dispatch"),
            ("notice", "The buyer's notice, without waiting"),
            ("goods_or_proof", "Goods or proof of dispatch, whichever comes first"),
            ("first_scan", "First carrier scan"),
            ("receipt", "Receipt of the goods"),
            ("inspection", "Inspection of the goods"),
        ],
        string="Refund Counts From",
        default="notice_or_proof",
        required=True,
        tracking=True,
    )
    refund_method = fields.Selection(
        [
            ("original", "Original means of payment"),
            ("choice", "Money or store credit, the buyer chooses"),
            ("store_credit", "Store credit only"),
        ],
        default="original",
        required=True,
        tracking=True,
    )
    refund_outbound = fields.Boolean(
        string="Standard Delivery Refunded", default=True, tracking=True
    )
    fee_percent = fields.Float(
        string="Restocking Fee (%)", digits=(5, 2), tracking=True, help="On a change of mind."
    )
    faulty_fee_percent = fields.Float(
        string="Fee on Faulty Goods (%)", digits=(5, 2), tracking=True
    )
    fee_disclosed = fields.Boolean(
        string="Fee Shown", help="As an amount or a percentage, before the purchase."
    )
    approval_required = fields.Boolean(tracking=True, help="For a change of mind.")
    reason_required = fields.Boolean(tracking=True, help="For a change of mind.")
    photo_required = fields.Boolean(tracking=True, help="For a change of mind.")
    login_required = fields.Boolean(tracking=True, help="For a change of mind.")
    exclusion_ids = fields.Many2many(
        "helloword.return.exclusion", string="Not Taken Back", tracking=True
    )
    exclusions_announced = fields.Boolean(
        default=True,
        help="Before the order, and confirmed by the buyer where the law asks for it.",
    )
    claim_days = fields.Integer(
        string="Claims for Faulty Goods (days)",
        tracking=True,
        help="How long the shop takes claims; 0: no limit is stated.",
    )
    odr_link = fields.Boolean(
        string="Links to the EU Dispute Platform",
        help="The platform was closed on 2025-07-20; links to it have to go.",
    )

    @api.constrains("window_days", "refund_days", "claim_days", "send_back_days")
    def _check_days(self):
        for policy in self:
            days = (
                policy.window_days,
                policy.refund_days,
                policy.claim_days,
                policy.send_back_days,
            )
            if any(not 0 <= number <= 36500 for number in days):
                raise ValidationError(
                    self.env._("Enter the days of policy “%s” as numbers from 0.", policy.name)
                )

    @api.constrains("fee_percent", "faulty_fee_percent")
    def _check_fees(self):
        for policy in self:
            if not 0 <= policy.fee_percent <= 100 or not 0 <= policy.faulty_fee_percent <= 100:
                raise ValidationError(self.env._("A percentage must lie between 0 and 100."))

    def _get_refund_term(self):
        self.ensure_one()
        return timedelta(days=self.refund_days)

    def _get_countries(self):
        """:return: the buyer countries the policy is limited to, or an empty set"""
        return self.country_ids | self.country_group_ids.country_ids

    @api.model
    def _get_for(self, records):
        """The policy each return or order falls under.

        One query, whatever the number of records.

        :param records: ``helloword.return`` or ``sale.order``
        :return: dict of record → policy, an empty one where none fits
        """
        policies = self.sudo().search([("company_id", "in", records.company_id.ids)])
        countries = {policy: policy._get_countries() for policy in policies}
        found = {}
        for record in records:
            channel, country = self._get_scope_of(record)
            found[record] = next(
                (
                    policy.sudo(False)
                    for policy in policies
                    if policy.company_id == record.company_id
                    and (not policy.channel_ids or channel in policy.channel_ids)
                    and (not countries[policy] or country in countries[policy])
                ),
                self.browse(),
            )
        return found

    @api.model
    def _get_scope_of(self, record):
        """:return: tuple of the channel and the buyer's country of a return or an order"""
        if record._name == "sale.order":
            partner = record.partner_shipping_id or record.partner_id
            return record.return_channel_id, partner.country_id
        return record.channel_id, record.country_id


class HellowordReturnExclusion(models.Model):
    """A kind of goods a policy does not take back after a change of mind."""

    _name = "helloword.return.exclusion"
    _description = "Exclusion from Returns"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Stable identifier; the law checks know it.")
    sequence = fields.Integer(default=10)

    _code_uniq = models.Constraint("UNIQUE(code)", "The code of an exclusion must be unique.")
