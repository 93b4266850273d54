from collections import Counter

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .return_plan import DECISIONS, GOODS_DECISIONS

# Up to this many returns a simulation runs while the user waits, beyond it in a job.
AT_ONCE = 5000
# Returns that would change whose cost is worked out one by one; of more, a sample of this many
# stands for all.
COST_SAMPLE = 2000
NO_DECISION = "manual"


class HellowordRuleSimulation(models.Model):
    """Rules tried on past returns: what they would have decided beside what was decided.

    It only reads returns. What they were worth, who asked and how often is taken as noted when
    they were decided; see ``return_facts``.
    """

    _name = "helloword.rule.simulation"
    _description = "Rule Simulation"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, default=lambda self: self.env._("Simulation"))
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(
        required=True, default=lambda self: fields.Date.today() - relativedelta(months=3)
    )
    date_to = fields.Date(required=True, default=fields.Date.context_today)
    channel_ids = fields.Many2many("helloword.channel", check_company=True, string="Channels")
    country_ids = fields.Many2many("res.country", string="Countries")
    rule_ids = fields.Many2many(
        "helloword.return.rule",
        string="Rules to Try",
        context={"active_test": False},
        help="Also rules that are switched off.",
    )
    scope = fields.Selection(
        [
            ("added", "Beside the rules in force"),
            ("alone", "Instead of the rules in force"),
        ],
        default="added",
        required=True,
        string="Try Them",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Running"), ("done", "Done"), ("failed", "Failed")],
        default="draft",
        required=True,
        readonly=True,
        string="Status",
    )
    error = fields.Text(readonly=True)
    return_count = fields.Integer(string="Returns", readonly=True)
    changed_count = fields.Integer(string="Would Change", readonly=True)
    automatic_then = fields.Integer(string="Without a Person Then", readonly=True)
    automatic_now = fields.Integer(string="Without a Person Now", readonly=True)
    rate_then = fields.Float(string="Automation Then (%)", digits=(5, 1), compute="_compute_rates")
    rate_now = fields.Float(string="Automation Now (%)", digits=(5, 1), compute="_compute_rates")
    cost_effect = fields.Monetary(
        string="Effect on Cost",
        currency_field="company_currency_id",
        readonly=True,
        help="Expected true cost of the decisions now, less that of what rules or people decided "
        "then. Below zero: the rules save money. The time of the people is not in it.",
    )
    cost_sample = fields.Integer(
        string="Costs Worked Out For",
        readonly=True,
        help="Of many returns that would change, a sample stands for all.",
    )
    kept_goods_effect = fields.Integer(
        string="More Customers Keep the Goods",
        readonly=True,
        help="Refunded in full or in part without sending anything back.",
    )
    refused_effect = fields.Integer(string="More Customers Refused", readonly=True)
    sent_back_effect = fields.Integer(string="More Parcels Sent Back", readonly=True)
    matrix = fields.Json(readonly=True, help="List of [decision then, decision now, returns].")
    matrix_html = fields.Html(compute="_compute_matrix_html", sanitize=False, string="Decisions")
    line_ids = fields.One2many("helloword.rule.simulation.line", "simulation_id")
    ran_at = fields.Datetime(readonly=True)
    duration = fields.Float(string="Seconds", readonly=True, digits=(10, 2))

    _period_order = models.Constraint(
        "CHECK(date_from <= date_to)", "The period must start before it ends."
    )

    # -------------------------------------------------------------------------
    # Computes
    # -------------------------------------------------------------------------

    @api.depends("return_count", "automatic_then", "automatic_now")
    def _compute_rates(self):
        for simulation in self:
            count = simulation.return_count or 1
            simulation.rate_then = 100.0 * simulation.automatic_then / count
            simulation.rate_now = 100.0 * simulation.automatic_now / count

    @api.depends("matrix")
    @api.depends_context("lang")
    def _compute_matrix_html(self):
        names = dict(
            self.env["helloword.return"]._fields["decision"]._description_selection(self.env)
        )
        codes = [code for code, _label in DECISIONS]
        for simulation in self:
            cells = {(then, now): count for then, now, count in simulation.matrix or ()}
            rows = [code for code in codes if any(then == code for then, _now in cells)]
            columns = [code for code in codes if any(now == code for _then, now in cells)]
            simulation.matrix_html = cells and self.env["ir.qweb"]._render(
                "helloword_returns.simulation_matrix",
                {
                    "columns": [names[code] for code in columns],
                    "rows": [
                        {
                            "name": names[row],
                            "cells": [
                                {"count": cells.get((row, column), 0), "same": row == column}
                                for column in columns
                            ],
                            "total": sum(cells.get((row, column), 0) for column in columns),
                        }
                        for row in rows
                    ],
                    "totals": [
                        sum(cells.get((row, column), 0) for row in rows) for column in columns
                    ],
                },
            )

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_run(self):
        """Try the rules, at once or, over many returns, in a job.

        :raise UserError: there is nothing to try them on
        """
        for simulation in self:
            count = self.env["helloword.return"].search_count(simulation._get_return_domain())
            if not count:
                raise UserError(
                    self.env._("There are no returns in this period. Choose a longer one.")
                )
            if count > AT_ONCE:
                simulation.state = "running"
                simulation.with_delay(channel="root.helloword")._job_run()
            else:
                simulation._run()
        return True

    def action_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_returns.helloword_rule_simulation_line_action"
        )
        action["domain"] = [("simulation_id", "=", self.id)]
        return action

    def _job_run(self):
        """Queue job."""
        try:
            with self.env.cr.savepoint():
                self._run()
        except (UserError, ValueError) as error:
            self.write({"state": "failed", "error": str(error)})

    # -------------------------------------------------------------------------
    # Running
    # -------------------------------------------------------------------------

    def _get_return_domain(self):
        self.ensure_one()
        domain = Domain(
            [
                ("company_id", "=", self.company_id.id),
                ("request_date", ">=", self.date_from),
                ("request_date", "<", self.date_to + relativedelta(days=1)),
                ("needs_attention", "=", False),
            ]
        )
        if self.channel_ids:
            domain &= Domain("channel_id", "in", self.channel_ids.ids)
        if self.country_ids:
            domain &= Domain("country_id", "in", self.country_ids.ids)
        return domain

    def _get_rules(self):
        """:return: the rules to try, in the order in which they would decide"""
        self.ensure_one()
        rules = self.with_context(active_test=False).rule_ids
        if self.scope == "added":
            rules |= rules._get_deciding(self.company_id)
        return rules.sorted(lambda rule: (rule.sequence, rule.id))

    def _run(self):
        self.ensure_one()
        started = fields.Datetime.now()
        clock = self.env.cr.now()
        Return = self.env["helloword.return"].with_context(active_test=False)
        returns = Return.search(self._get_return_domain(), order="id")
        matches = self._get_rules()._match(returns)
        now, comparable = {}, {}
        for rule, matched in matches.items():
            now.update(dict.fromkeys(matched._ids, (rule.decision, rule.id)))
        cells, changed = Counter(), []
        automatic = Counter()
        then = self._read_decisions(returns)
        for return_id in returns._ids:
            old, old_rule, carried_out = then[return_id]
            new, new_rule = now.get(return_id, (NO_DECISION, None))
            cells[old, new] += 1
            automatic["then"] += old != NO_DECISION
            automatic["now"] += new != NO_DECISION
            if old != new:
                changed.append((return_id, old, old_rule, new, new_rule))
                if carried_out and new != NO_DECISION:
                    comparable[return_id] = (carried_out, new)
        self.line_ids.unlink()
        effects = self._estimate_effects(comparable)
        self._insert_lines(changed, effects)
        scale = len(comparable) / len(effects) if effects else 0.0
        self.write(
            {
                "state": "done",
                "error": False,
                "return_count": len(returns),
                "changed_count": len(changed),
                "automatic_then": automatic["then"],
                "automatic_now": automatic["now"],
                "cost_effect": sum(effects.values()) * scale,
                "cost_sample": len(effects),
                "kept_goods_effect": _count_change(cells, ("refund_only", "keep_it")),
                "refused_effect": _count_change(cells, ("reject",)),
                "sent_back_effect": _count_change(cells, GOODS_DECISIONS),
                "matrix": [[then, now, count] for (then, now), count in sorted(cells.items())],
                "ran_at": started,
                "duration": (fields.Datetime.now() - clock).total_seconds(),
            }
        )

    def _read_decisions(self, returns):
        """What was decided, as it happened.

        :return: dict of return id → (decision, rule id, decision carried out or None). What a
            person decided counts as manual in the first place; the last says what it came to.
        """
        self.env["helloword.return"].flush_model(
            ["decision", "rule_id", "decided_automatically", "approval_state"]
        )
        self.env.cr.execute(
            """
            SELECT id, CASE WHEN decided_automatically THEN COALESCE(decision, %(manual)s)
                            ELSE %(manual)s END,
                   rule_id,
                   CASE WHEN approval_state IN ('approved', 'rejected')
                        THEN NULLIF(decision, %(manual)s) END
            FROM helloword_return WHERE id = ANY(%(ids)s)
            """,
            {"ids": list(returns._ids), "manual": NO_DECISION},
        )
        return {row[0]: row[1:] for row in self.env.cr.fetchall()}

    def _estimate_effects(self, comparable):
        """What the other decision costs more, of all returns or an even sample of them.

        :param dict comparable: return id → (decision carried out, decision now)
        :return: dict of return id → difference of the expected costs, in company currency
        """
        step = max(1, -(-len(comparable) // COST_SAMPLE))
        sample = self.env["helloword.return"].browse(list(comparable)[::step])
        effects = {}
        for ret, estimates in sample._estimate_decisions().items():
            costs = {estimate.decision: estimate.total for estimate in estimates}
            carried_out, now = comparable[ret.id]
            effects[ret.id] = costs[now] - costs[carried_out]
        return effects

    def _insert_lines(self, changed, effects):
        """The returns that would change, in one statement: there may be very many."""
        columns = list(zip(*changed, strict=True)) or [()] * 5
        self.env.cr.execute(
            """
            INSERT INTO helloword_rule_simulation_line (
                simulation_id, return_id, decision_then, rule_then_id, decision_now, rule_now_id,
                cost_effect, create_uid, create_date, write_uid, write_date
            )
            SELECT %s, row.*, %s, NOW() AT TIME ZONE 'UTC', %s, NOW() AT TIME ZONE 'UTC'
            FROM UNNEST(%s::int[], %s::varchar[], %s::int[], %s::varchar[], %s::int[], %s::numeric[])
                AS row
            """,
            [
                self.id,
                self.env.uid,
                self.env.uid,
                *(list(column) for column in columns),
                [effects.get(row[0], 0.0) for row in changed],
            ],
        )
        self.env["helloword.rule.simulation.line"].invalidate_model(flush=False)
        self.invalidate_recordset(["line_ids"], flush=False)


class HellowordRuleSimulationLine(models.Model):
    """One past return that the rules would have decided otherwise."""

    _name = "helloword.rule.simulation.line"
    _description = "Return Decided Otherwise"
    _order = "simulation_id, id"
    _rec_name = "return_id"
    _check_company_auto = True

    simulation_id = fields.Many2one(
        "helloword.rule.simulation", required=True, index=True, ondelete="cascade"
    )
    return_id = fields.Many2one("helloword.return", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="simulation_id.company_id")
    company_currency_id = fields.Many2one(related="simulation_id.company_currency_id")
    channel_id = fields.Many2one(related="return_id.channel_id")
    country_id = fields.Many2one(related="return_id.country_id")
    reason_group_id = fields.Many2one(related="return_id.reason_group_id")
    request_date = fields.Datetime(related="return_id.request_date")
    amount_company = fields.Monetary(
        related="return_id.amount_company", currency_field="company_currency_id", string="Value"
    )
    decision_then = fields.Selection(DECISIONS, string="Then", index=True)
    decision_now = fields.Selection(DECISIONS, string="Now", index=True)
    rule_then_id = fields.Many2one("helloword.return.rule", ondelete="set null")
    rule_now_id = fields.Many2one("helloword.return.rule", ondelete="set null")
    cost_effect = fields.Monetary(
        string="Effect on Cost", currency_field="company_currency_id", aggregator="sum"
    )


class HellowordReturnRule(models.Model):
    _inherit = "helloword.return.rule"

    def action_simulate(self):
        """Open a simulation of these rules on the returns of the last months.

        :return: action
        """
        company = self.company_id[:1] or self.env.company
        simulation = self.env["helloword.rule.simulation"].create(
            {
                "name": ", ".join(self.mapped("name")),
                "company_id": company.id,
                "rule_ids": [fields.Command.set(self.ids)],
            }
        )
        return simulation._get_records_action()


def _count_change(cells, decisions):
    """:return: how many more returns get one of these decisions now"""
    return sum(
        count * ((now in decisions) - (then in decisions)) for (then, now), count in cells.items()
    )
