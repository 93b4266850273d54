from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    """What a newcomer sees first: returns everywhere, and a ledger that balances."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        channel = cls.env["helloword.channel"].search([("name", "=", "Demo Marketplace")], limit=1)
        if not channel:
            cls.skipTest(cls, "The database has no demo data.")
        cls.returns = cls.env["helloword.return"].search(
            [("channel_id.name", "in", ("Web Shop", "Demo Marketplace", "Europe Shop"))]
        )
        cls.companies = cls.returns.company_id

    def test_every_stage_is_there(self):
        self.assertGreaterEqual(len(self.returns), 55)
        stages = dict(self.returns._fields["stage"].selection)
        self.assertEqual(set(self.returns.mapped("stage")), set(stages))
        self.assertEqual(len(self.companies), 2)
        self.assertEqual(set(self.returns.currency_id.mapped("name")), {"USD", "GBP", "EUR"})

    def test_ledger_balances_and_refunds_are_reconciled(self):
        lines = self.env["account.move.line"].search(
            [("company_id", "in", self.companies.ids), ("parent_state", "=", "posted")]
        )
        for company, company_lines in lines.grouped("company_id").items():
            balance = sum(company_lines.mapped("balance"))
            self.assertTrue(company.currency_id.is_zero(balance), company.name)
        refunded = self.returns.filtered(lambda ret: ret.refund_state == "done")
        credit_notes = refunded.line_ids.refund_line_ids.move_id
        self.assertGreaterEqual(len(credit_notes), 12)
        for move in credit_notes:
            self.assertEqual(move.state, "posted", move.display_name)
            self.assertIn(move.payment_state, ("paid", "in_payment", "reversed"), move.name)
            self.assertTrue(move.reversed_entry_id)
