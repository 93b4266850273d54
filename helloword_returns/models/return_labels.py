from odoo import api, fields, models
from odoo.exceptions import UserError

from .return_label import DEAD_LABEL_STATES, LABEL_STATES


class HellowordReturn(models.Model):
    """The labels of a return: made when the plan says that we pay the way back, given back when
    nothing is expected any more."""

    _inherit = "helloword.return"

    label_ids = fields.One2many("helloword.return.label", "return_id", string="Labels", copy=False)
    label_count = fields.Integer(compute="_compute_label_count")
    label_id = fields.Many2one(
        "helloword.return.label",
        compute="_compute_label_id",
        help="The last one that was not given back.",
    )
    label_state = fields.Selection(LABEL_STATES, compute="_compute_label_id", string="Label Status")
    label_error = fields.Text(compute="_compute_label_id")
    label_tracking_number = fields.Char(string="Tracking Number", compute="_compute_label_id")
    label_tracking_url = fields.Char(string="Tracking Page", compute="_compute_label_id")

    @api.depends("label_ids")
    def _compute_label_count(self):
        counts = dict(
            self.env["helloword.return.label"]._read_group(
                [("return_id", "in", self.ids)], ["return_id"], ["__count"]
            )
        )
        for ret in self:
            ret.label_count = counts.get(ret._origin, 0)

    @api.depends(
        "label_ids.state", "label_ids.error", "label_ids.tracking_number", "label_ids.tracking_url"
    )
    def _compute_label_id(self):
        """Nothing of this is stored: a return's row is never written while labels are bought."""
        for ret in self:
            label = ret.label_ids.filtered(
                lambda label: label.state not in DEAD_LABEL_STATES
            ).sorted("number")[-1:]
            ret.label_id = label
            ret.label_state = label.state
            ret.label_error = label.error
            ret.label_tracking_number = label.tracking_number
            ret.label_tracking_url = label.tracking_url

    # -------------------------------------------------------------------------
    # Making labels
    # -------------------------------------------------------------------------

    def _is_label_prepaid(self):
        """:return: whether the plan has us buy the label"""
        self.ensure_one()
        return self.label_payer in ("seller", "deduct", "split")

    def _filter_label_due(self):
        """:return: the returns whose plan wants a label they do not have"""
        return self.filtered(
            lambda ret: (
                ret.approval_state == "approved"
                and ret.goods_state == "expected"
                and ret.channel_id.makes_labels
                and ret._is_label_prepaid()
                and not ret.label_id
            )
        )

    def action_make_label(self):
        """Make labels for returns that wait for goods.

        :raise UserError: a return waits for nothing, has a label, or there is no account
        """
        self.check_access("write")
        for ret in self:
            if ret.approval_state != "approved" or not ret._expects_goods() or ret.goods_closed:
                raise UserError(
                    self.env._(
                        "Return %s does not wait for a parcel, so it needs no label.", ret.name
                    )
                )
            if ret.label_id and ret.label_state != "bought":
                raise UserError(
                    self.env._(
                        "Return %s has a label that is not bought yet. Go on with that one.",
                        ret.name,
                    )
                )
        served = self._get_label_accounts(self.company_id).company_id
        for company in self.company_id - served:
            raise UserError(
                self.env._(
                    "%s has no label account. Add one under Configuration / Label Accounts, or "
                    "upload a label.",
                    company.name,
                )
            )
        self.sudo()._make_labels()
        return self.action_view_labels()

    def _make_labels(self):
        """New labels for these returns, asked for at once. Batch.

        :return: ``helloword.return.label`` records
        """
        accounts = self._get_label_accounts(self.company_id)
        packages = {
            company: own.package_type_id[:1]
            for company, own in accounts.grouped("company_id").items()
        }
        labels = self.env["helloword.return.label"].create(
            [
                {
                    "return_id": ret.id,
                    "package_type_id": packages.get(
                        ret.company_id, accounts.package_type_id.browse()
                    ).id,
                }
                for ret in self
            ]
        )
        labels._ask_next()
        return labels

    def action_view_labels(self):
        """The label, or the list of them."""
        labels = self.env["helloword.return.label"].search([("return_id", "in", self.ids)])
        return labels._get_records_action(name=self.env._("Labels"))

    # -------------------------------------------------------------------------
    # Following the return
    # -------------------------------------------------------------------------

    def _on_approved(self):
        result = super()._on_approved()
        due = self.sudo()._filter_label_due()
        served = self._get_label_accounts(due.company_id).company_id
        due.filtered(lambda ret: ret.company_id in served)._make_labels()
        return result

    def _on_cancelled(self):
        result = super()._on_cancelled()
        self.sudo().label_ids._withdraw()
        return result

    def _on_goods_closed(self):
        result = super()._on_goods_closed()
        self.sudo().label_ids._withdraw()
        return result


class HellowordChannel(models.Model):
    _inherit = "helloword.channel"

    makes_labels = fields.Boolean(
        string="Make Labels",
        default=True,
        help="Labels are made here when a return is approved. Switch it off where the marketplace "
        "gives customers its own.",
    )


class ResCompany(models.Model):
    """How a company chooses among its label accounts."""

    _inherit = "res.company"

    return_label_choice = fields.Selection(
        [
            ("cheapest", "Compare prices and take the best"),
            ("sequence", "Take the first account that works"),
        ],
        string="Choice of Labels",
        default="cheapest",
    )
    return_label_day_price = fields.Monetary(
        string="Price of a Day",
        help="What a day less on the road is worth: a label that costs up to this much more is "
        "taken when the parcel arrives a day earlier.",
    )
    return_label_reminder_days = fields.Integer(
        string="Remind Before Expiry (days)",
        default=5,
        help="Customers are reminded so long before an unused label ends. Zero: not at all.",
    )

    _return_label_amounts = models.Constraint(
        "CHECK(COALESCE(return_label_day_price, 0) >= 0"
        " AND COALESCE(return_label_reminder_days, 0) >= 0)",
        "The price of a day and the days before a reminder cannot be negative.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    return_label_choice = fields.Selection(related="company_id.return_label_choice", readonly=False)
    return_label_day_price = fields.Monetary(
        related="company_id.return_label_day_price", readonly=False
    )
    return_label_reminder_days = fields.Integer(
        related="company_id.return_label_reminder_days", readonly=False
    )
