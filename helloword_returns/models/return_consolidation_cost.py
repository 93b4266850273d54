from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..stats.apportion import apportion


class HellowordReturnConsolidationCost(models.Model):
    """What a batch costs, split to the returns in it, exactly to the cent."""

    _name = "helloword.return.consolidation.cost"
    _description = "Cost of a Consolidation"
    _order = "consolidation_id, id"
    _check_company_auto = True

    consolidation_id = fields.Many2one(
        "helloword.return.consolidation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="consolidation_id.company_id", store=True, index=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [("freight", "Freight"), ("duty", "Duty"), ("other", "Disposal fee or other")],
        required=True,
        default="freight",
    )
    split_by = fields.Selection(
        [("weight", "Weight"), ("value", "Value"), ("units", "Units")],
        compute="_compute_split_by",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="What each return's share follows from.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Vendor",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        help="Who will bill it.",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    note = fields.Char(string="Description")
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    amount = fields.Monetary(required=True, help="Without recoverable taxes.")
    amount_company = fields.Monetary(
        string="Amount (company currency)",
        currency_field="company_currency_id",
        compute="_compute_amount_company",
        help="At the rate of the date.",
    )
    return_cost_ids = fields.One2many(
        "helloword.return.cost", "consolidation_cost_id", string="Shares"
    )
    state = fields.Selection(
        [("open", "To split"), ("split", "Split"), ("cancelled", "Cancelled")],
        string="Status",
        default="open",
        readonly=True,
        copy=False,
    )

    _amount_positive = models.Constraint("CHECK(amount > 0)", "A cost needs an amount above zero.")

    # -------------------------------------------------------------------------
    # Computes and CRUD
    # -------------------------------------------------------------------------

    @api.depends("kind")
    def _compute_split_by(self):
        """Freight follows weight, duty value, and a disposal firm's fee mostly weight too."""
        for cost in self:
            cost.split_by = "value" if cost.kind == "duty" else "weight"

    @api.depends("consolidation_id")
    def _compute_partner_id(self):
        for cost in self:
            cost.partner_id = cost.consolidation_id.carrier_partner_id

    @api.depends("consolidation_id")
    def _compute_currency_id(self):
        for cost in self:
            cost.currency_id = cost.consolidation_id.currency_id or self.env.company.currency_id

    @api.depends("amount", "currency_id", "company_id", "date")
    def _compute_amount_company(self):
        for cost in self:
            cost.amount_company = cost.currency_id._convert(
                cost.amount,
                cost.company_currency_id,
                cost.company_id,
                cost.date or fields.Date.context_today(cost),
            )

    def write(self, vals):
        fixed = {
            "consolidation_id",
            "kind",
            "split_by",
            "partner_id",
            "date",
            "currency_id",
            "amount",
        }
        if fixed & vals.keys():
            for cost in self:
                if cost.state != "open":
                    raise UserError(
                        self.env._(
                            "%s is split already. Cancel it and enter it again.", cost.display_name
                        )
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_split(self):
        for cost in self:
            if cost.state != "open":
                raise UserError(
                    self.env._("%s is split already. Cancel it instead.", cost.display_name)
                )

    @api.depends("kind", "note", "consolidation_id.name")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for cost in self:
            cost.display_name = " · ".join(
                filter(None, (cost.consolidation_id.name, cost.note or kinds.get(cost.kind)))
            )

    # -------------------------------------------------------------------------
    # Splitting
    # -------------------------------------------------------------------------

    def action_split(self):
        """Split costs to the returns and accrue the shares. Safe to repeat.

        :raise UserError: nothing has left yet, or weights or values are missing
        """
        self.check_access("write")
        for cost in self:
            obstacle = cost._get_split_obstacle()
            if obstacle:
                raise UserError(obstacle)
        self._split()
        return True

    def _split_where_possible(self):
        """Split what can be; the rest waits for a person. No transfer fails for a cost."""
        self.filtered(lambda cost: not cost._get_split_obstacle())._split()

    def _split(self):
        """One share for each return; the shares add up to the amount in the cost's currency."""
        costs = self.sudo().filtered(lambda cost: cost.state == "open")
        vals_list = [vals for cost in costs for vals in cost._prepare_shares()]
        self.env["helloword.return.cost"]._accrue(vals_list)
        costs.write({"state": "split"})

    def _get_split_obstacle(self):
        """:return: why this cannot be split now, or an empty text"""
        self.ensure_one()
        batch = self.consolidation_id
        if self.state == "cancelled":
            return self.env._("%s is cancelled.", self.display_name)
        if batch.state not in ("shipped", "arrived", "disposed"):
            return self.env._(
                "Costs of %s are split when its goods have left: only then it is certain which "
                "returns they belong to.",
                batch.name,
            )
        bases = self.sudo()._get_bases()
        if not bases:
            return self.env._("Nothing of %s has left: nobody can bear its costs.", batch.name)
        # Everything weighs something; a gift beside paid goods may be worth nothing.
        weightless = self.split_by == "weight" and any(
            line.unit_weight <= 0 and not line.uom_id.is_zero(line._get_split_quantity())
            for line in batch.sudo().line_ids
        )
        if weightless or (self.split_by != "units" and any(basis <= 0 for basis in bases.values())):
            return self.env._(
                "Goods of %(name)s have no %(basis)s. Enter it on the lines, or split by units.",
                name=batch.name,
                basis=dict(self._fields["split_by"]._description_selection(self.env))[
                    self.split_by
                ].lower(),
            )
        return ""

    def _get_bases(self):
        """:return: dict return → what its share follows from, in the order of the lines"""
        self.ensure_one()
        bases = defaultdict(float)
        for line in self.consolidation_id.line_ids:
            quantity = line._get_split_quantity()
            if line.uom_id.is_zero(quantity):
                continue
            unit = {"weight": line.unit_weight, "value": line.unit_value}.get(self.split_by, 1.0)
            bases[line.return_id] += quantity * unit
        return dict(bases)

    def _prepare_shares(self):
        """:return: values of ``helloword.return.cost``; shares of less than a cent are left out"""
        self.ensure_one()
        bases = self._get_bases()
        currency = self.currency_id
        shares = apportion(self.amount, list(bases.values()), currency.rounding)
        return [
            {
                "return_id": ret.id,
                "kind": self.kind,
                "reference": f"{self.consolidation_id.name}-{self.id}",
                "amount": share,
                "currency_id": currency.id,
                "partner_id": self.partner_id.id,
                "date": self.date,
                "consolidation_cost_id": self.id,
            }
            for ret, share in zip(bases, shares, strict=True)
            if not currency.is_zero(share)
        ]

    # -------------------------------------------------------------------------
    # Cancelling
    # -------------------------------------------------------------------------

    def action_cancel(self):
        """Take the shares off the books.

        :raise UserError: a share is matched with a bill
        """
        self.check_access("write")
        costs = self.filtered(lambda cost: cost.state != "cancelled")
        costs.sudo().return_cost_ids.filtered(
            lambda share: share.state != "cancelled"
        ).action_cancel()
        costs.write({"state": "cancelled"})
        return True

    def action_view_shares(self):
        self.ensure_one()
        return self.return_cost_ids._get_records_action(name=self.env._("Shares"))


class HellowordReturnCost(models.Model):
    _inherit = "helloword.return.cost"

    consolidation_cost_id = fields.Many2one(
        "helloword.return.consolidation.cost",
        string="Share of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )


class HellowordReturnConsolidation(models.Model):
    _inherit = "helloword.return.consolidation"

    def action_split_costs(self):
        """Split what is not split yet.

        :raise UserError: see :meth:`HellowordReturnConsolidationCost.action_split`
        """
        costs = self.cost_ids.filtered(lambda cost: cost.state == "open")
        if not costs:
            raise UserError(self.env._("There is no cost left to split. Enter one first."))
        return costs.action_split()
