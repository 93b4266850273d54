from odoo import api, fields, models
from odoo.exceptions import UserError

COST_KINDS = [
    ("label", "Return label"),
    ("freight", "Inbound freight"),
    ("handling", "Handling"),
    ("inspection", "Inspection"),
    ("repair", "Repair"),
    ("channel_fee", "Fee kept by the channel"),
    ("write_down", "Write-down"),
    ("duty", "Duty"),
    ("other", "Other"),
    ("restocking_income", "Restocking income"),
    ("claim_income", "Claim or recovery"),
]
INCOME_KINDS = ("restocking_income", "claim_income")


class HellowordReturnCost(models.Model):
    """One amount a return costs or earns, accrued in the ledger until its bill comes.

    The status follows from journal items: nobody types it.
    """

    _name = "helloword.return.cost"
    _description = "Return Cost"
    _inherit = ["analytic.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    return_id = fields.Many2one(
        "helloword.return", required=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(related="return_id.company_id", store=True, index=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    channel_id = fields.Many2one(related="return_id.channel_id", store=True, index=True)
    product_categ_id = fields.Many2one(
        related="return_id.line_ids.product_categ_id", string="Product Category"
    )
    kind = fields.Selection(COST_KINDS, required=True, default="other", index=True)
    direction = fields.Selection(
        [("cost", "Cost"), ("income", "Income")], compute="_compute_direction", store=True
    )
    name = fields.Char(compute="_compute_name", store=True, readonly=False)
    reference = fields.Char(
        index="btree_not_null",
        copy=False,
        help="What tells two costs of one kind apart, e.g. the tracking number of the label.",
    )
    date = fields.Date(required=True, default=fields.Date.context_today, index=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Carrier or Warehouse",
        index="btree_not_null",
        check_company=True,
        help="Who will bill it.",
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary(help="Above zero, without recoverable taxes.")
    amount_company = fields.Monetary(
        string="Amount (company currency)",
        currency_field="company_currency_id",
        compute="_compute_amount_company",
        store=True,
        help="At the rate of the date.",
    )
    amount_difference = fields.Monetary(
        string="Difference to Bill",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="What the bill was above (or below) the accrued amount.",
    )
    amount_signed = fields.Monetary(
        string="Result",
        currency_field="company_currency_id",
        compute="_compute_amount_signed",
        store=True,
        help="What it does to the result in company currency: costs are negative. Cancelled: zero.",
    )
    accrual_line_id = fields.Many2one(
        "account.move.line",
        string="Accrual",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    reversal_line_id = fields.Many2one(
        "account.move.line",
        string="Reversal",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("accrued", "Accrued"),
            ("billed", "Billed"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        string="Status",
    )

    _amount_positive = models.Constraint(
        "CHECK(amount >= 0)", "A cost needs an amount above zero; its kind says the direction."
    )
    _reference_uniq = models.UniqueIndex(
        "(return_id, kind, reference) WHERE reference IS NOT NULL",
        "This cost is on the return already.",
    )

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends("kind")
    def _compute_direction(self):
        for cost in self:
            cost.direction = "income" if cost.kind in INCOME_KINDS else "cost"

    @api.depends("kind", "return_id.name", "reference")
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for cost in self:
            cost.name = " · ".join(
                filter(None, (cost.return_id.name, kinds.get(cost.kind), cost.reference))
            )

    @api.depends("amount", "currency_id", "company_id", "date")
    def _compute_amount_company(self):
        for cost in self:
            currency = cost.company_currency_id
            if not cost.currency_id or cost.currency_id == currency:
                cost.amount_company = cost.amount
            else:
                cost.amount_company = cost.currency_id._convert(
                    cost.amount, currency, cost.company_id, cost.date or fields.Date.today()
                )

    @api.depends("amount_company", "amount_difference", "direction", "state")
    def _compute_amount_signed(self):
        for cost in self:
            amount = cost.amount_company + cost.amount_difference
            sign = {"cancelled": 0}.get(cost.state, 1 if cost.direction == "income" else -1)
            cost.amount_signed = sign * amount

    @api.depends(
        "accrual_line_id.parent_state",
        "accrual_line_id.reconciled",
        "reversal_line_id.parent_state",
    )
    def _compute_state(self):
        for cost in self.sudo():
            if cost.reversal_line_id.parent_state == "posted":
                cost.state = "cancelled"
            elif cost.accrual_line_id.parent_state != "posted":
                cost.state = "draft"
            elif cost.accrual_line_id.reconciled:
                cost.state = "billed"
            else:
                cost.state = "accrued"

    @api.depends("return_id", "kind", "partner_id")
    def _compute_analytic_distribution(self):
        """By channel and by Odoo's own distribution models (product category, partner …)."""
        cache = {}
        Model = self.env["account.analytic.distribution.model"].sudo()
        for cost in self:
            account = cost.channel_id.sudo().analytic_account_id
            product = cost.return_id.line_ids.product_id[:1]
            key = (account, cost.company_id, cost.partner_id, product, cost.kind)
            if key not in cache:
                company = cost.company_id
                ledger = company.sudo()._get_return_accounts(cost.kind)[0]
                cache[key] = Model._get_distribution(
                    {
                        "product_id": product.id,
                        "product_categ_id": product.categ_id.id,
                        "partner_id": cost.partner_id.id,
                        "partner_category_id": cost.partner_id.category_id.ids,
                        "account_prefix": ledger.with_company(company).code,
                        "company_id": company.id,
                        "related_root_plan_ids": account.root_plan_id,
                    }
                ) | ({str(account.id): 100.0} if account else {})
            cost.analytic_distribution = cache[key] or cost.analytic_distribution

    # -------------------------------------------------------------------------
    # CRUD
    # -------------------------------------------------------------------------

    def write(self, vals):
        fixed = {"return_id", "kind", "amount", "currency_id", "date", "partner_id"}
        if fixed & vals.keys():
            for cost in self:
                if cost.accrual_line_id:
                    raise UserError(
                        self.env._(
                            "“%s” is in the ledger. Cancel it and enter it again.", cost.name
                        )
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        for cost in self:
            if cost.sudo().accrual_line_id:
                raise UserError(self.env._("“%s” is in the ledger. Cancel it instead.", cost.name))

    # -------------------------------------------------------------------------
    # Accruing
    # -------------------------------------------------------------------------

    @api.model
    def _accrue(self, vals_list):
        """Note costs and accrue them, whole batch at once; what is known already is left alone.

        A cost is known by its return, kind and reference. Where a company has no journal or
        accounts for returns the costs stay drafts: a label must not fail for that.

        :param list vals_list: values of costs: ``return_id``, ``kind``, ``amount`` and any other
        :return: the costs, known and new, in the order of the values
        """
        costs = self.sudo()
        keys = [
            (vals["return_id"], vals["kind"], vals.get("reference") or False) for vals in vals_list
        ]
        known = {
            (cost.return_id.id, cost.kind, cost.reference): cost
            for cost in costs.search(
                [
                    ("return_id", "in", [key[0] for key in keys]),
                    ("reference", "in", [key[2] for key in keys if key[2]]),
                ]
            )
        }
        fresh = {}
        for position, (key, vals) in enumerate(zip(keys, vals_list, strict=True)):
            if not key[2]:
                key = keys[position] = (*key, position)
            if key not in known:
                fresh.setdefault(key, vals)
        created = costs.create(list(fresh.values()))
        known.update(zip(fresh, created, strict=True))
        created.filtered(
            lambda cost: not cost.company_id._get_missing_return_accounts(cost.kind)
        )._post_accruals()
        return self.browse(known[key].id for key in keys)

    def action_accrue(self):
        """Accrue drafts in the ledger.

        :raise UserError: the returns journal or an account is missing
        """
        self.check_access("write")
        drafts = self.sudo().filtered(lambda cost: not cost.accrual_line_id)
        for company, costs in drafts.grouped("company_id").items():
            for kind in set(costs.mapped("kind")):
                company._check_return_accounts(kind)
        drafts._post_accruals()
        return True

    def _post_accruals(self):
        """One entry per company and day, a pair of lines per cost."""
        costs = self.filtered(lambda cost: not cost.currency_id.is_zero(cost.amount))
        groups = list(costs.grouped(lambda cost: (cost.company_id, cost.date)).items())
        moves = self.env["account.move"].create(
            [
                group._prepare_entry_vals(company, date, self.env._("Return costs"))
                for (company, date), group in groups
            ]
        )
        for move, (_key, group) in zip(moves, groups, strict=True):
            for cost, line in zip(group, move.line_ids.sorted("id")[1::2], strict=True):
                cost.accrual_line_id = line
        moves._post(soft=False)

    def _prepare_entry_vals(self, company, date, ref, sign=1):
        """Values of an entry with a pair of lines for each cost.

        :param int sign: 1 to accrue, -1 to take back
        """
        lines = []
        for cost in self:
            lines += cost._prepare_pair(cost.amount_company, cost.amount, sign)
        return {
            "move_type": "entry",
            "journal_id": company.return_journal_id.id,
            "date": date,
            "ref": ref,
            "line_ids": [fields.Command.create(vals) for vals in lines],
        }

    def _prepare_pair(self, balance, amount_currency, sign=1):
        """Values of the cost line and of the accrual line.

        :param float balance: in company currency
        :param float amount_currency: in the cost's currency
        """
        self.ensure_one()
        expense, accrual = self.company_id._get_return_accounts(self.kind)
        sign = -sign if self.direction == "income" else sign
        common = {
            "name": self.name,
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "tax_ids": [fields.Command.clear()],
        }
        return [
            common
            | {
                "account_id": expense.id,
                "balance": sign * balance,
                "amount_currency": sign * amount_currency,
                "analytic_distribution": self.analytic_distribution or False,
            },
            common
            | {
                "account_id": accrual.id,
                "balance": -sign * balance,
                "amount_currency": -sign * amount_currency,
                # Said, or Odoo looks for models of distribution line by line.
                "analytic_distribution": False,
            },
        ]

    # -------------------------------------------------------------------------
    # Undoing
    # -------------------------------------------------------------------------

    def action_cancel(self):
        """Take accruals back by a counter-entry; drafts are deleted.

        :raise UserError: a cost has been billed
        """
        self.check_access("write")
        costs = self.sudo()
        for cost in costs:
            if cost.state == "billed":
                raise UserError(
                    self.env._("“%s” is matched with a bill. Undo the matching first.", cost.name)
                )
        drafts = costs.filtered(lambda cost: not cost.accrual_line_id)
        accrued = costs.filtered(lambda cost: cost.state == "accrued")
        accrued._reverse_accruals()
        drafts.unlink()
        return True

    def _reverse_accruals(self):
        groups = list(self.grouped("company_id").items())
        Return = self.env["helloword.return"]
        moves = self.env["account.move"].create(
            [
                costs._prepare_entry_vals(
                    company,
                    Return._get_refund_date(company),
                    self.env._("Return costs cancelled"),
                    sign=-1,
                )
                for company, costs in groups
            ]
        )
        pairs = []
        for move, (_company, costs) in zip(moves, groups, strict=True):
            for cost, line in zip(costs, move.line_ids.sorted("id")[1::2], strict=True):
                cost.reversal_line_id = line
                if line.account_id.reconcile:
                    pairs.append(cost.accrual_line_id | line)
        moves._post(soft=False)
        moves._reconcile_groups(pairs + self._reverse_differences())

    def action_view_entry(self):
        self.ensure_one()
        return self.accrual_line_id.move_id._get_records_action()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # With these Odoo knows from the line itself whether a cost follows it: without, each change
    # of any journal item would search the costs.
    return_cost_ids = fields.One2many("helloword.return.cost", "accrual_line_id")
    reversed_return_cost_ids = fields.One2many("helloword.return.cost", "reversal_line_id")
