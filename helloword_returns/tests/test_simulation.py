from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .test_rule_explanation import RuleCase

# Everything a simulation might touch by mistake.
WATCHED = (
    "helloword_return",
    "helloword_return_line",
    "helloword_return_rule",
    "helloword_return_rule_version",
    "helloword_return_offer",
    "helloword_operation",
    "mail_message",
    "mail_mail",
    "mail_activity",
    "queue_job",
    "stock_picking",
    "stock_move",
    "account_move",
    "account_move_line",
    "ir_attachment",
)


class TestSimulation(RuleCase):
    """What rules would have decided, without any effect."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.big = cls.Rule.create({"name": "Big", "sequence": 1, "amount_min": 100})
        cls.rest = cls.Rule.create({"name": "Rest", "sequence": 9, "decision": "return_refund"})
        orders = cls._make_orders(
            [[(cls.product_average, 1, price)] for price in (10, 20, 50, 200, 300)]
        )
        cls.returns = cls.Return.intake(
            [cls._make_request(order, reason="too_small") for order in orders]
        )
        cls.draft = cls.Rule.create(
            {
                "name": "Small",
                "sequence": 5,
                "enabled": False,
                "decision": "refund_only",
                "amount_max": 30,
            }
        )

    def _simulate(self, rules, **vals):
        action = rules.action_simulate()
        simulation = self.env[action["res_model"]].browse(action["res_id"])
        simulation.write({"company_id": self.company.id} | vals)
        simulation.channel_ids = self.channel
        simulation.action_run()
        return simulation

    def _checksums(self):
        self.env.flush_all()
        sums = {}
        for table in WATCHED:
            self.env.cr.execute(
                f"SELECT COUNT(*), MD5(STRING_AGG(t::text, '|' ORDER BY id)) FROM {table} t"
            )
            sums[table] = self.env.cr.fetchone()
        self.env.cr.execute("SELECT number_next, id FROM ir_sequence ORDER BY id")
        sums["ir_sequence"] = self.env.cr.fetchall()
        return sums

    def test_then_and_now(self):
        simulation = self._simulate(self.draft)
        self.assertEqual(simulation.state, "done")
        self.assertEqual((simulation.return_count, simulation.changed_count), (5, 2))
        self.assertEqual((simulation.automatic_then, simulation.automatic_now), (3, 3))
        self.assertEqual(
            sorted(simulation.matrix),
            [
                ["manual", "manual", 2],
                ["return_refund", "refund_only", 2],
                ["return_refund", "return_refund", 1],
            ],
        )
        self.assertEqual(simulation.kept_goods_effect, 2)
        self.assertEqual(simulation.sent_back_effect, -2)
        self.assertEqual(simulation.refused_effect, 0)
        lines = self.env["helloword.rule.simulation.line"].search(
            simulation.action_view_lines()["domain"]
        )
        self.assertEqual(lines.return_id, self.returns[:2])
        self.assertEqual(lines.rule_now_id, self.draft)
        self.assertEqual(lines.rule_then_id, self.rest)
        self.assertIn("Refund without return", simulation.matrix_html)

    def test_alone(self):
        simulation = self._simulate(self.draft, scope="alone")
        self.assertEqual(simulation.automatic_now, 2)
        self.assertEqual(simulation.changed_count, 3)

    def test_what_a_person_decided_counts_as_manual(self):
        high = self.returns[3]
        high.write({"decision": "return_refund"})
        high.action_approve()
        simulation = self._simulate(self.rest, scope="alone")
        self.assertEqual((simulation.automatic_then, simulation.automatic_now), (3, 5))

    def test_cost_is_compared_with_what_a_person_decided(self):
        high = self.returns[3]
        high.write({"decision": "return_refund"})
        high.action_approve()
        keep = self.rest.copy({"decision": "refund_only", "sequence": 1, "enabled": False})
        simulation = self._simulate(keep, scope="alone")
        line = simulation.line_ids.filtered(lambda line: line.return_id == high)
        self.assertEqual((line.decision_then, line.decision_now), ("manual", "refund_only"))
        costs = {estimate.decision: estimate.total for estimate in high._estimate_decisions()[high]}
        self.assertAlmostEqual(
            line.cost_effect, costs["refund_only"] - costs["return_refund"], places=2
        )
        undecided = simulation.line_ids.filtered(lambda line: line.return_id == self.returns[4])
        self.assertTrue(undecided)
        self.assertFalse(undecided.cost_effect)

    def test_no_side_effects(self):
        self.draft.write(
            {
                "offer_store_credit": True,
                "photo_required": True,
                "server_action_ids": [
                    Command.create(
                        {
                            "name": "Note",
                            "model_id": self.env["ir.model"]._get_id("helloword.return"),
                            "state": "code",
                            "code": "records.write({'note': 'touched'})",
                        }
                    )
                ],
            }
        )
        simulation = self._simulate(self.draft)
        before = self._checksums()
        simulation.action_run()
        self.assertEqual(self._checksums(), before)

    def test_repeating_replaces_the_result(self):
        simulation = self._simulate(self.draft)
        simulation.action_run()
        self.assertEqual(len(simulation.line_ids), 2)

    def test_cost_is_that_of_the_estimates(self):
        simulation = self._simulate(self.draft)
        expected = 0.0
        for estimates in self.returns[:2]._estimate_decisions().values():
            by_decision = {estimate.decision: estimate.total for estimate in estimates}
            expected += by_decision["refund_only"] - by_decision["return_refund"]
        self.assertAlmostEqual(simulation.cost_effect, expected, places=2)
        self.assertEqual(simulation.cost_sample, 2)

    def test_nothing_to_try_on(self):
        with self.assertRaises(UserError):
            self._simulate(self.draft, date_from="2001-01-01", date_to="2001-01-02")

    def test_queries_do_not_grow(self):
        simulation = self._simulate(self.draft)

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            simulation._run()
            return self.env.cr.sql_log_count - before

        few = count()
        orders = self._make_orders([[(self.product_average, 1, 20)]] * 30)
        self.Return.intake([self._make_request(order, reason="too_small") for order in orders])
        self.assertLessEqual(count(), few + 3)

    def test_users_read_managers_run(self):
        simulation = self._simulate(self.draft)
        user = new_test_user(
            self.env,
            "simulation_reader",
            "helloword_returns.group_return_user",
            company_id=self.company.id,
        )
        self.assertEqual(simulation.with_user(user).changed_count, 2)
        with self.assertRaises(AccessError):
            simulation.with_user(user).action_run()
