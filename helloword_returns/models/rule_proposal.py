from collections import Counter, defaultdict

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount
from scipy.stats import binomtest

from .return_facts import HISTORY_MONTHS
from .return_plan import DECISIONS, FINAL_DECISIONS

# What makes a habit: so many decisions, so many of them alike, and so sure.
ENOUGH_DECISIONS = 10
AGREEMENT = 0.9
SURE = 0.7
# Ends of the value bands, in company currency.
BANDS = (20.0, 50.0, 100.0, 250.0, 500.0)
# From wide to narrow: the widest group that agrees is proposed, narrower ones add nothing.
LEVELS = (
    ("reason", "band"),
    ("reason", "band", "channel"),
    ("reason", "band", "categ"),
    ("reason", "band", "channel", "country"),
    ("reason", "band", "channel", "categ"),
    ("reason", "band", "channel", "country", "categ"),
)
# A dismissed habit is proposed again when so many more decisions have been taken.
GROWN = 1.5
EVIDENCE_SHOWN = 80


def get_lower_bound(count, total):
    """Lower end of the one-sided 95 % Wilson interval of a share.

    :return: between 0 and 1
    """
    test = binomtest(count, total)
    return float(test.proportion_ci(confidence_level=0.9, method="wilson").low)


class HellowordRuleProposal(models.Model):
    """What people decide again and again, proposed as a rule."""

    _name = "helloword.rule.proposal"
    _description = "Rule Proposal"
    _order = "state desc, decision_count desc, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    key = fields.Char(required=True, help="The group of returns, for machines.")
    reason_group_id = fields.Many2one("helloword.return.reason", required=True, ondelete="cascade")
    channel_id = fields.Many2one("helloword.channel", check_company=True, ondelete="cascade")
    country_id = fields.Many2one("res.country")
    product_categ_id = fields.Many2one("product.category", ondelete="cascade")
    value_from = fields.Monetary(help="Inclusive, taxes included.")
    value_to = fields.Monetary(string="Value Below", help="Zero: no limit.")
    decision = fields.Selection(DECISIONS, required=True)
    decision_count = fields.Integer(
        string="Decisions Taken", help="Taken by people in the last year."
    )
    agreeing_count = fields.Integer(string="Alike")
    agreement = fields.Float(string="Agreement (%)", digits=(5, 1))
    lower_bound = fields.Float(
        string="At Least (%)",
        digits=(5, 1),
        help="The share that can be relied on, at 95 % confidence (Wilson).",
    )
    people_count = fields.Integer(string="People", help="How many people decided so.")
    evidence_ids = fields.Many2many("helloword.return", string="Decided Returns")
    state = fields.Selection(
        [("open", "Proposed"), ("created", "Rule Created"), ("dismissed", "Dismissed")],
        default="open",
        required=True,
        index=True,
        string="Status",
    )
    rule_id = fields.Many2one("helloword.return.rule", readonly=True, ondelete="set null")

    _key_uniq = models.Constraint("UNIQUE(company_id, key)", "This has been proposed already.")

    @api.depends(
        "reason_group_id",
        "channel_id",
        "country_id",
        "product_categ_id",
        "value_from",
        "value_to",
        "decision",
    )
    @api.depends_context("lang")
    def _compute_name(self):
        decisions = dict(self._fields["decision"]._description_selection(self.env))
        for proposal in self:
            parts = [
                proposal.reason_group_id.name,
                proposal._describe_band(),
                proposal.channel_id.name,
                proposal.country_id.name,
                proposal.product_categ_id.name,
            ]
            proposal.name = self.env._(
                "%(group)s → %(decision)s",
                group=", ".join(filter(None, parts)),
                decision=decisions.get(proposal.decision, ""),
            )

    def _describe_band(self):
        low, high = (
            format_amount(self.env, value, self.currency_id)
            for value in (self.value_from, self.value_to)
        )
        if not self.value_to:
            return self.env._("from %s", low) if self.value_from else ""
        if not self.value_from:
            return self.env._("below %s", high)
        return self.env._("%(low)s to %(high)s", low=low, high=high)

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_create_rule(self):
        """Make a rule of each proposal, switched off: people look at it and simulate it first.

        :return: action that opens the rules
        """
        for proposal in self:
            if proposal.state == "created" and proposal.rule_id:
                raise UserError(self.env._("“%s” is a rule already.", proposal.name))
            proposal.rule_id = self.env["helloword.return.rule"].create(
                proposal._prepare_rule_vals()
            )
            proposal.state = "created"
        return self.rule_id._get_records_action(name=self.env._("Rules from Habits"))

    def _prepare_rule_vals(self):
        self.ensure_one()
        conditions = [("reason_group_id", "=", self.reason_group_id.id)]
        if self.product_categ_id:
            conditions.append(("product_id.categ_id", "=", self.product_categ_id.id))
        return {
            "name": self.name,
            "enabled": False,
            "company_id": self.company_id.id,
            "channel_ids": [(6, 0, self.channel_id.ids)],
            "country_ids": [(6, 0, self.country_id.ids)],
            "amount_min": self.value_from,
            "amount_max": self.value_to,
            "amount_currency_id": self.currency_id.id,
            "domain": repr(conditions),
            **self._get_usual_plan(),
            "decision": self.decision,
        }

    def _get_usual_plan(self):
        """:return: values of the plan people used most"""
        names = ("label_payer", "refund_trigger", "keep_it_percent")
        used = Counter(
            tuple(ret[name] for name in names)
            for ret in self.evidence_ids
            if ret.decision == self.decision
        )
        return dict(zip(names, used.most_common(1)[0][0], strict=True)) if used else {}

    def action_dismiss(self):
        """Not proposed again until people have decided so much more often."""
        self.filtered(lambda proposal: proposal.state == "open").state = "dismissed"
        return True

    def action_view_evidence(self):
        self.ensure_one()
        return self.evidence_ids._get_records_action(name=self.name)

    def action_refresh(self):
        """Look at what people decided, now."""
        self._refresh(self.env.companies)
        return self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_rule_proposal_action"
        )

    # -------------------------------------------------------------------------
    # Finding habits
    # -------------------------------------------------------------------------

    @api.model
    def _cron_refresh(self):
        channels = self.env["helloword.channel"]._read_group([], ["company_id"])
        self._refresh(self.env["res.company"].union(*(company for (company,) in channels)))

    @api.model
    def _refresh(self, companies):
        """Bring the proposals of these companies up to date.

        One query reads the decisions; what people decided against rules counts as much as what no
        rule covered. Proposals whose habit is gone are deleted while nobody has acted on them.

        :return: the proposals that are open now
        """
        known = {
            (proposal.company_id, proposal.key): proposal
            for proposal in self.search([("company_id", "in", companies.ids)])
        }
        found = self._find_habits(companies)
        created = []
        for (company, key), vals in found.items():
            proposal = known.pop((company, key), None)
            if proposal is None:
                created.append({**vals, "company_id": company.id, "key": key})
            elif proposal.state == "open" or proposal._has_changed(vals):
                proposal.write({**vals, "state": "open"})
        self.create(created)
        for proposal in known.values():
            if proposal.state == "open":
                proposal.unlink()
        return self.search([("company_id", "in", companies.ids), ("state", "=", "open")])

    def _has_changed(self, vals):
        """:return: whether there is so much new evidence that dismissing it may be reconsidered"""
        self.ensure_one()
        if self.state != "dismissed":
            return False
        grown = vals["decision_count"] >= GROWN * self.decision_count
        return grown or vals["decision"] != self.decision

    @api.model
    def _find_habits(self, companies):
        """:return: dict of (company, key) → values of a proposal"""
        habits = {}
        covered = defaultdict(set)
        rows = self._read_decisions(companies)
        for level in LEVELS:
            groups = defaultdict(list)
            for row in rows:
                if all(row[part] or part == "band" for part in level):
                    groups[row["company"], tuple(row[part] for part in level)].append(row)
            for (company, values), members in groups.items():
                fresh = [row for row in members if row["ret"].id not in covered[company]]
                if len(fresh) < ENOUGH_DECISIONS:
                    continue
                vals = self._judge(level, values, members)
                if vals:
                    key = "|".join(
                        f"{part}:{getattr(value, 'id', value)}"
                        for part, value in zip(level, values, strict=True)
                    )
                    habits[company, key] = vals
                    covered[company].update(row["ret"].id for row in members)
        return habits

    def _read_decisions(self, companies):
        """:return: list of dicts, one for each decision a person took in the last year"""
        returns = self.env["helloword.return"].search_fetch(
            [
                ("company_id", "in", companies.ids),
                ("decided_automatically", "=", False),
                (
                    "decided_date",
                    ">=",
                    fields.Datetime.now() - relativedelta(months=HISTORY_MONTHS),
                ),
                ("decision", "in", FINAL_DECISIONS),
                ("approval_state", "in", ("approved", "rejected")),
                ("reason_group_id", "!=", False),
            ],
            [
                "company_id",
                "decision",
                "reason_group_id",
                "channel_id",
                "country_id",
                "product_id",
                "amount_company",
                "decided_by_id",
            ],
            order="decided_date desc, id desc",
        )
        return [
            {
                "ret": ret,
                "company": ret.company_id,
                "reason": ret.reason_group_id,
                "channel": ret.channel_id,
                "country": ret.country_id,
                "categ": ret.product_id.categ_id,
                "band": sum(
                    ret.company_id.currency_id.compare_amounts(ret.amount_company, end) >= 0
                    for end in BANDS
                ),
                "decision": ret.decision,
            }
            for ret in returns
        ]

    def _judge(self, level, values, members):
        """:return: values of a proposal, or None when people do not agree enough"""
        decision, count = Counter(row["decision"] for row in members).most_common(1)[0]
        total = len(members)
        lower = get_lower_bound(count, total)
        if count < AGREEMENT * total or lower < SURE:
            return None
        group = dict(zip(level, values, strict=True))
        band = group["band"]
        evidence = [row["ret"] for row in members]
        return {
            "reason_group_id": group["reason"].id,
            "channel_id": group["channel"].id if "channel" in group else False,
            "country_id": group["country"].id if "country" in group else False,
            "product_categ_id": group["categ"].id if "categ" in group else False,
            "value_from": BANDS[band - 1] if band else 0.0,
            "value_to": BANDS[band] if band < len(BANDS) else 0.0,
            "decision": decision,
            "decision_count": total,
            "agreeing_count": count,
            "agreement": 100.0 * count / total,
            "lower_bound": 100.0 * lower,
            "people_count": len({ret.decided_by_id.id for ret in evidence if ret.decided_by_id}),
            "evidence_ids": [(6, 0, [ret.id for ret in evidence[:EVIDENCE_SHOWN]])],
        }
