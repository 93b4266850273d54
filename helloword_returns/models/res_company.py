from odoo import api, fields, models
from odoo.exceptions import UserError

# Which field of the company holds the account of a kind of cost; the others share one.
COST_ACCOUNT_FIELDS = {
    "label": "return_label_account_id",
    "freight": "return_freight_account_id",
    "handling": "return_handling_account_id",
    "inspection": "return_handling_account_id",
    "repair": "return_repair_account_id",
    "channel_fee": "return_channel_fee_account_id",
    "duty": "return_duty_account_id",
}


class ResCompany(models.Model):
    """How returns are booked in a company."""

    _inherit = "res.company"

    return_fee_product_id = fields.Many2one(
        "product.product",
        string="Restocking Fee Product",
        check_company=True,
        domain=[("type", "=", "service")],
        help="Its income account takes the restocking fees. Empty: “Restocking fee”.",
    )
    return_label_product_id = fields.Many2one(
        "product.product",
        check_company=True,
        domain=[("type", "=", "service")],
        help="Its income account takes the labels deducted from refunds. Empty: “Return label”.",
    )
    return_bonus_product_id = fields.Many2one(
        "product.product",
        check_company=True,
        domain=[("type", "=", "service")],
        help="Its income account bears the bonus of store credit. Empty: “Store credit bonus”.",
    )

    return_journal_id = fields.Many2one(
        "account.journal",
        string="Returns Journal",
        check_company=True,
        domain=[("type", "=", "general")],
        help="Takes the entries that accrue return costs.",
    )
    return_accrual_account_id = fields.Many2one(
        "account.account",
        string="Return Cost Accruals",
        check_company=True,
        domain=[("reconcile", "=", True)],
        help="Holds return costs until the bill of the carrier or warehouse comes. Must allow "
        "reconciliation.",
    )
    return_cost_account_id = fields.Many2one(
        "account.account",
        string="Return Costs",
        check_company=True,
        help="Takes every kind of cost that has no account of its own.",
    )
    return_label_account_id = fields.Many2one(
        "account.account", string="Return Labels", check_company=True
    )
    return_freight_account_id = fields.Many2one(
        "account.account", string="Inbound Freight", check_company=True
    )
    return_handling_account_id = fields.Many2one(
        "account.account", string="Handling and Inspection", check_company=True
    )
    return_repair_account_id = fields.Many2one(
        "account.account", string="Repairs", check_company=True
    )
    return_channel_fee_account_id = fields.Many2one(
        "account.account", string="Fees Kept by Channels", check_company=True
    )
    return_duty_account_id = fields.Many2one("account.account", string="Duties", check_company=True)
    return_write_down = fields.Boolean(
        string="Write Down by Grade",
        help="Book the loss of value that an inspection finds, against an allowance.",
    )
    return_write_down_account_id = fields.Many2one(
        "account.account", string="Write-down Expense", check_company=True
    )
    return_allowance_account_id = fields.Many2one(
        "account.account",
        string="Write-down Allowance",
        check_company=True,
        help="Not the stock valuation account: its closing would undo the write-down.",
    )

    def _get_return_accounts(self, kind):
        """The accounts of a kind of cost.

        :param str kind: of ``helloword.return.cost``
        :return: tuple (cost account, accrual account); either may be empty
        """
        self.ensure_one()
        if kind == "write_down":
            return self.return_write_down_account_id, self.return_allowance_account_id
        name = COST_ACCOUNT_FIELDS.get(kind)
        own = self[name] if name else self.return_cost_account_id
        return own or self.return_cost_account_id, self.return_accrual_account_id

    def _get_missing_return_accounts(self, kind):
        """:return: labels of the settings that a kind of cost needs and does not have"""
        self.ensure_one()
        cost, accrual = self._get_return_accounts(kind)
        names = (
            ("return_write_down_account_id", "return_allowance_account_id")
            if kind == "write_down"
            else ("return_cost_account_id", "return_accrual_account_id")
        )
        missing = [] if self.return_journal_id else ["return_journal_id"]
        missing += [
            name for name, account in zip(names, (cost, accrual), strict=True) if not account
        ]
        return [self._fields[name]._description_string(self.env) for name in missing]

    def _check_return_accounts(self, kind):
        """:raise UserError: with what is missing and where to set it"""
        self.ensure_one()
        missing = self._get_missing_return_accounts(kind)
        if missing:
            raise UserError(
                self.env._(
                    "Set “%(missing)s” of company %(company)s under Returns / Configuration / "
                    "Settings first.",
                    missing="”, “".join(missing),
                    company=self.name,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["helloword.channel"].sudo()._create_manual_channels(companies)
        return companies

    def _get_return_product(self, role):
        """The service on a credit note line that keeps or adds something.

        :param str role: ``fee``, ``label`` or ``bonus``
        :return: ``product.product``, empty when it was deleted
        """
        self.ensure_one()
        chosen = {
            "fee": self.return_fee_product_id,
            "label": self.return_label_product_id,
            "bonus": self.return_bonus_product_id,
        }[role]
        return chosen or (
            self.env.ref(f"helloword_returns.product_return_{role}", raise_if_not_found=False)
            or chosen
        )

    # -------------------------------------------------------------------------
    # Seeding
    # -------------------------------------------------------------------------

    def _create_return_accounting(self):
        """Give companies that have a chart of accounts a returns journal and accounts.

        What is set already is left alone. Safe to repeat.
        """
        for company in self.sudo():
            if not company.chart_template:
                continue
            company = company.with_company(company)
            vals = {}
            if not company.return_journal_id:
                vals["return_journal_id"] = company._get_or_create_return_journal().id
            for name, code, label, account_type in company._get_return_account_seeds():
                if not company[name]:
                    vals[name] = company._create_return_account(code, label, account_type).id
            company.write(vals)

    def _get_return_account_seeds(self):
        """:return: tuples (field, code, name, type) of the accounts made for a new chart"""
        return [
            (
                "return_accrual_account_id",
                "RETACC",
                self.env._("Return cost accruals"),
                "liability_current",
            ),
            ("return_cost_account_id", "RETCOST", self.env._("Return costs"), "expense"),
            (
                "return_write_down_account_id",
                "RETWD",
                self.env._("Write-down of returned goods"),
                "expense",
            ),
            (
                "return_allowance_account_id",
                "RETALL",
                self.env._("Allowance for returned goods"),
                "asset_current",
            ),
        ]

    def _get_or_create_return_journal(self):
        Journal = self.env["account.journal"]
        return Journal.search(
            [("company_id", "=", self.id), ("code", "=", "RETC"), ("type", "=", "general")],
            limit=1,
        ) or Journal.create(
            {
                "name": self.env._("Return Costs"),
                "code": "RETC",
                "type": "general",
                "company_id": self.id,
                "show_on_dashboard": False,
            }
        )

    def _create_return_account(self, code, label, account_type):
        """A branch uses the accounts of the company above it."""
        Account = self.env["account.account"]
        return Account.search(
            [*Account._check_company_domain(self), ("code", "=", code)], limit=1
        ) or Account.create(
            {
                "name": label,
                "code": code,
                "account_type": account_type,
                "reconcile": code == "RETACC",
                "company_ids": [fields.Command.link(self.id)],
            }
        )
