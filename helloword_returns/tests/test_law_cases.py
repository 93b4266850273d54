from datetime import date

import tomllib
from odoo.tests import TransactionCase, tagged
from odoo.tools import file_open

from ..law.checks import check
from ..law.clock import RefundFacts, get_refund_due
from ..law.policy import Policy
from ..models.law_texts import FINDING_TEXTS

TODAY = date(2026, 11, 22)


@tagged("post_install", "-at_install")
class TestLawCases(TransactionCase):
    """The table in law_cases.toml against the regulations as they are shipped and loaded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rulebook = cls.env["helloword.regulation"]._get_rulebook()
        with file_open("helloword_returns/tests/law_cases.toml", "rb") as file:
            cls.cases = tomllib.load(file)

    def test_enough_cases_with_sources(self):
        cases = [*self.cases["policy"], *self.cases["refund"]]
        self.assertGreaterEqual(len(cases), 60)
        self.assertGreaterEqual(len({case["country"][:2] for case in cases}), 30)
        for case in cases:
            self.assertRegex(case["source"], r"^https?://", case["name"])
            self.assertTrue(case["law"], case["name"])

    def test_policies(self):
        for case in self.cases["policy"]:
            with self.subTest(case["country"], name=case["name"]):
                values = dict(case["policy"])
                if "exclusions" in values:
                    values["exclusions"] = frozenset(values["exclusions"])
                found = check(
                    Policy(**values), self.rulebook, [case["country"]], case.get("day", TODAY)
                )
                described = sorted(
                    f"{finding.code} {finding.severity}"
                    + (
                        f" {finding.jurisdiction}"
                        if finding.jurisdiction != case["country"]
                        else ""
                    )
                    for finding in found
                )
                self.assertEqual(described, sorted(case["expect"]))
                for finding in found:
                    self.assertTrue(finding.regulation.reference)

    def test_refund_clocks(self):
        for case in self.cases["refund"]:
            with self.subTest(case["country"], name=case["name"]):
                due = get_refund_due(self.rulebook, case["country"], RefundFacts(**case["facts"]))
                if case.get("due") == "none":
                    self.assertIsNone(due)
                    continue
                self.assertEqual(due.day, case.get("due"))
                self.assertEqual(due.basis, case["basis"])
                if "not_before" in case:
                    self.assertEqual(due.not_before, case["not_before"])

    def test_every_rule_has_a_case_or_a_text(self):
        """What the cases expect can be put into words."""
        codes = {entry.split()[0] for case in self.cases["policy"] for entry in case["expect"]}
        self.assertLessEqual(codes, set(FINDING_TEXTS))
        self.assertGreaterEqual(len(codes), 40)
        checked = self.env["helloword.law.checked"]
        values = {
            "days": 3,
            "needed": 14,
            "start": "order",
            "trigger": "inspection",
            "method": "exchange",
            "exclusion": "electronics",
            "rule": "late_refund_surcharge",
        }
        for code in FINDING_TEXTS:
            text = checked._describe_finding(code, values)
            self.assertNotRegex(text, r"%\(|%%", code)
            self.assertGreater(len(text), 20)
