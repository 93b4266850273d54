import base64
import csv
import io
from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import file_open

from ..law.regulation import COLUMNS
from ..models.regulation_titles import RULE_TITLES

TODAY = date(2026, 11, 22)


@tagged("post_install", "-at_install")
class TestRegulation(TransactionCase):
    """What the law says, where it comes from, and how it is brought up to date."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Regulation = cls.env["helloword.regulation"]
        with file_open("helloword_returns/data/regulations.csv") as file:
            cls.rows = list(csv.DictReader(file))

    def _find(self, place, key):
        country, _dash, state = place.partition("-")
        domain = [("country_code", "=", country), ("rule_key", "=", key)]
        domain.append(("state_id.code", "=", state) if state else ("state_id", "=", False))
        return self.Regulation.search(domain)

    def _table(self, rows):
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()

    def _changed(self, place, key, **values):
        """The shipped table with one row changed."""
        country, _dash, state = place.partition("-")
        subdivision = place if state else ""
        return [
            row | values
            if (row["country_code"], row["subdivision_code"], row["rule_key"])
            == (country, subdivision, key)
            else row
            for row in self.rows
        ]

    # -------------------------------------------------------------------------
    # The table
    # -------------------------------------------------------------------------

    def test_everything_is_loaded(self):
        shipped = self.Regulation.search([("shipped_values", "!=", False)])
        self.assertEqual(len(shipped), len(self.rows))
        self.assertFalse(shipped.filtered("is_edited"))
        self.assertTrue(all(regulation.reference for regulation in shipped))
        unsourced = shipped.filtered(lambda regulation: not regulation.source_url)
        self.assertEqual(set(unsourced.mapped("confidence")), {"low"})
        self.assertLessEqual(set(shipped.mapped("rule_key")), set(RULE_TITLES))

    def test_search_by_title_and_text(self):
        found = self.Regulation.search([("name", "ilike", "late refund: sur")])
        self.assertEqual(found.country_id.code, "FR")
        self.assertIn(found, self.Regulation.search([("summary", "ilike", "interest")]) | found)
        self.assertEqual(self._find("US-NY", "default_return_period_if_not_disclosed").value, "30")

    def test_values_must_fit(self):
        period = self._find("DE", "withdrawal_period")
        for value, unit in (("two weeks", "days"), ("yes", "bool"), ("-1", "years")):
            with self.assertRaises(ValidationError):
                period.write({"value": value, "unit": unit})
        ohio = self._find("US-OH", "policy_must_be_posted")
        with self.assertRaises(ValidationError):
            ohio.country_id = self.env.ref("base.de")

    def test_only_managers_change_the_law(self):
        clerk = new_test_user(self.env, "clerk", "helloword_returns.group_return_user")
        manager = new_test_user(self.env, "boss", "helloword_returns.group_return_manager")
        period = self._find("DE", "withdrawal_period")
        self.assertEqual(period.with_user(clerk).value, "14")
        with self.assertRaises(AccessError):
            period.with_user(clerk).value = "10"
        period.with_user(manager).value = "15"
        self.assertTrue(period.is_edited)

    # -------------------------------------------------------------------------
    # What holds
    # -------------------------------------------------------------------------

    def test_national_rules_come_first(self):
        book = self.Regulation._get_rulebook()
        self.assertEqual(book.get("ES", "legal_guarantee_period", TODAY).value, "3")
        self.assertEqual(book.get("HU", "legal_guarantee_period", TODAY).country, "EU")
        self.assertIsNone(book.get("GB", "refund_deadline_after_notice", TODAY))
        self.assertIsNone(book.days("NL", "legal_guarantee_period", TODAY))

    def test_exceptions_to_national_rules(self):
        book = self.Regulation._get_rulebook()
        for country in ("ES", "BE", "PT", "PL"):
            rule = book.get(country, "withdrawal_function_required", TODAY)
            self.assertEqual((rule.country, rule.flag), ("EU", True), country)
        # Poland's two years are not confirmed: the Union's one year stays.
        self.assertEqual(book.get("PL", "burden_of_proof_reversal", TODAY).country, "EU")

    def test_states_come_before_their_country(self):
        book = self.Regulation._get_rulebook()
        self.assertFalse(book.flag("US-HI", "restocking_fee_allowed", TODAY))
        self.assertEqual(book.get("US-TX", "restocking_fee_allowed", TODAY).jurisdiction, "US")

    def test_upcoming_rules_wait_for_their_date(self):
        notice = self._find("EU", "withdrawal_function_required")
        today = fields.Date.context_today(notice)
        self.assertTrue(self.Regulation._get_rulebook().flag("DK", notice.rule_key, TODAY))
        notice.applies_from = today + timedelta(days=30)
        book = self.Regulation._get_rulebook()
        self.assertIsNone(book.get("DK", notice.rule_key, today))
        self.assertTrue(notice.is_upcoming)
        self.assertIn(notice, self.Regulation.search([("is_upcoming", "=", True)]))
        page = str(self.env.ref("base.dk").return_law_html)
        self.assertIn("Upcoming from", page)

    def test_archived_rules_do_not_hold(self):
        self._find("DE", "withdrawal_period").active = False
        book = self.Regulation._get_rulebook()
        self.assertEqual(book.get("DE", "withdrawal_period", TODAY).country, "EU")

    def test_country_pages(self):
        page = str(self.env.ref("base.fr").return_law_html)
        for text in ("not legal advice", "L221-18", "Directive 2011/83/EU", "Source", "Refund"):
            self.assertIn(text, page)
        states = str(self.env.ref("base.us").return_law_html)
        self.assertIn("New York", states)
        self.assertIn("Hawaii", states)
        self.assertEqual(self.env.ref("base.cl").return_regulation_count, 0)
        self.assertIn("Nothing is known", str(self.env.ref("base.cl").return_law_html))

    # -------------------------------------------------------------------------
    # Newer tables
    # -------------------------------------------------------------------------

    def test_same_table_changes_nothing(self):
        changes = self.Regulation._load_table(self._table(self.rows))
        self.assertFalse(any(changes.values()))

    def test_untouched_rules_are_brought_up_to_date(self):
        rows = self._changed("AR", "withdrawal_period", value="12", confidence="high")
        changes = self.Regulation._load_table(self._table(rows))
        period = self._find("AR", "withdrawal_period")
        self.assertEqual(changes["updated"], period)
        self.assertEqual((period.value, period.is_edited), ("12", False))
        self.assertEqual(self.Regulation._get_rulebook().days("AR", "withdrawal_period", TODAY), 12)

    def test_own_edits_are_kept(self):
        period = self._find("AR", "withdrawal_period")
        period.summary = "Checked by our counsel."
        self.Regulation._load_shipped()
        self.assertEqual((period.summary, period.has_proposal), ("Checked by our counsel.", False))
        rows = self._changed("AR", "withdrawal_period", value="12")
        self.assertEqual(self.Regulation._load_table(self._table(rows))["proposed"], period)
        self.assertEqual((period.value, period.summary), ("10", "Checked by our counsel."))
        self.assertIn("“12” instead of your “10”", period.proposal_text)
        self.assertFalse(self.Regulation._load_table(self._table(rows))["proposed"])

        period.action_keep_own()
        self.assertEqual((period.value, period.has_proposal, period.is_edited), ("10", False, True))
        self.assertFalse(self.Regulation._load_table(self._table(rows))["proposed"])
        rows = self._changed("AR", "withdrawal_period", value="20")
        self.Regulation._load_table(self._table(rows))
        period.action_accept_proposal()
        self.assertEqual((period.value, period.is_edited), ("20", False))
        self.assertNotEqual(period.summary, "Checked by our counsel.")

    def test_rules_of_ones_own_stay(self):
        own = self.Regulation.create(
            {
                "country_id": self.env.ref("base.cl").id,
                "topic": "withdrawal",
                "rule_key": "withdrawal_period",
                "value": "10",
                "unit": "days",
            }
        )
        changes = self.Regulation._load_table(self._table(self.rows))
        self.assertFalse(changes["left_out"])
        self.assertEqual(self.Regulation._get_rulebook().days("CL", "withdrawal_period", TODAY), 10)
        self.assertFalse(own.is_edited)
        newer = self.rows[0] | {
            "country_code": "CL",
            "rule_key": "withdrawal_period",
            "value": "15",
        }
        changes = self.Regulation._load_table(self._table([*self.rows, newer]))
        self.assertEqual(changes["proposed"], own)

    def test_rules_left_out_are_flagged(self):
        left_out = self._find("EU", "withdrawal_period")
        rest = [row for row in self.rows if row is not self.rows[0]]
        self.assertFalse(self.Regulation._load_table(self._table(rest), complete=False)["left_out"])
        self.assertEqual(self.Regulation._load_table(self._table(rest))["left_out"], left_out)
        self.assertTrue(left_out.is_left_out and left_out.active)
        self.Regulation._load_shipped()
        self.assertFalse(left_out.is_left_out)

    def test_bad_tables_are_refused_as_a_whole(self):
        bad = (
            self._changed("AR", "withdrawal_period", value="soon"),
            self._changed("AR", "withdrawal_period", unit="weeks"),
            self._changed("AR", "withdrawal_period", applies_from="2026-13-01"),
            self._changed("AR", "withdrawal_period", topic="weather"),
            self._changed("AR", "withdrawal_period", country_code="XX"),
            self._changed(
                "US-NJ", "default_return_period_if_not_disclosed", subdivision_code="US-ZZ"
            ),
            [*self.rows, self.rows[0]],
        )
        for rows in bad:
            with self.assertRaises(UserError):
                self.Regulation._load_table(self._table(rows))
        with self.assertRaises(UserError):
            self.Regulation._load_table("a,b\n1,2\n")
        self.assertEqual(self._find("AR", "withdrawal_period").value, "10")

    def test_wizard(self):
        rows = self._changed("AR", "withdrawal_period", value="12")
        content = base64.b64encode(self._table(rows).encode("utf-8-sig"))
        wizard = self.env["helloword.regulation.import"].create({"file": content})
        wizard.action_import()
        self.assertEqual((wizard.state, wizard.updated_count, wizard.created_count), ("done", 1, 0))
        wizard = self.env["helloword.regulation.import"].create(
            {"file": base64.b64encode(b"\xff\xfe\x00")}
        )
        with self.assertRaises(UserError):
            wizard.action_import()
