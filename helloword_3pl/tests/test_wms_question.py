from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest import TestCase

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.helloword_returns.providers.base import from_json

from ..wms.choices import Figures, value_choices
from ..wms.state import fold
from .common import WmsCommon

ACTIVITY = "helloword_3pl.mail_activity_wms_question"


class TestChoices(TestCase):
    """What each way is worth."""

    def _value(self, **figures):
        numbers = (Decimal(number) for number in (2, 10, 40, 30, 3))
        return {choice.disposition: choice for choice in value_choices(*numbers, figures)}

    def test_by_grade(self):
        choices = self._value()
        self.assertEqual(choices["restock"].amount, 12)
        self.assertEqual(choices["return_to_seller"].amount, 6)
        self.assertEqual(choices["refurbish"].amount, 14)
        self.assertEqual(choices["destroy"].amount, 0)
        self.assertEqual((choices["liquidate"].amount, choices["liquidate"].basis), (0, "none"))

    def test_own_figures(self):
        choices = self._value(
            destroy=Figures(Decimal("0.5")), liquidate=Figures(Decimal(1), Decimal(80))
        )
        self.assertEqual(choices["destroy"].amount, -1)
        self.assertEqual(choices["liquidate"].amount, 14)
        self.assertEqual(next(iter(choices)), "refurbish", "The best first, equals in order")
        self.assertEqual(list(choices)[-1], "destroy")


class WmsQuestionCommon(WmsCommon):
    """Goods that wait for our word."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product_standard.standard_price = 10.0
        cls.env["helloword.disposition.rule"].search([]).active = False
        cls.Question = cls.env["helloword.wms.question"]
        cls.until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=10)

    def _ask(self, ret, name="u1", quantity=1, condition="defective", **vals):
        vals.setdefault("unit_ref", name)
        return self._inspected(
            f"{ret.id}{name}", ret, self.product_standard, quantity, condition, waits=True, **vals
        )

    def _get_instruction(self, question):
        operation = question.operation_ids.sorted("id")[-1:]
        return from_json(operation.kind, operation.request).instruction

    def _make_rule(self, disposition):
        return self.env["helloword.disposition.rule"].create(
            {"name": "Rule", "sequence": 1, "disposition": disposition}
        )

    def _get_activities(self, returns):
        kind = self.env.ref(ACTIVITY)
        return returns.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)


@tagged("post_install", "-at_install")
class TestWmsQuestion(WmsQuestionCommon):
    """Goods that wait for our word are asked about until the warehouse knows it."""

    def test_asked_answered_settled(self):
        ret = self._expect()
        self._take(self._ask(ret, quantity=2, answer_until=self.until))
        question = ret.wms_question_ids
        self.assertEqual((question.state, question.quantity, question.unit_ref), ("open", 2, "u1"))
        self.assertEqual(question.answer_until, self.until.replace(tzinfo=None))
        self.assertEqual(question.due_date, question.answer_until - timedelta(hours=72))
        self.assertEqual(ret.wms_open_question_count, 1)
        question._answer("destroy")
        self.assertEqual((question.state, question.answered_by_id), ("told", self.env.user))
        told = self._get_instruction(question)
        self.assertEqual(
            (told.number, told.unit_ref, told.sku, told.quantity, told.disposition),
            (ret.name, "u1", self.product_standard.default_code, 2, "destroy"),
        )
        self._take(self._treated("d", ret, self.product_standard, 2, "destroy", unit_ref="u1"))
        self.assertEqual(question.state, "done")
        self.assertFalse(ret.wms_open_question_count)

    def test_proposal_is_worth_most(self):
        self.connection.treatment_ids = [
            (0, 0, {"disposition": "liquidate", "is_valued": True, "recovered_percent": 95}),
            (0, 0, {"disposition": "restock", "is_valued": True, "unit_charge": 1.5}),
        ]
        ret = self._expect()
        self._take(self._ask(ret, quantity=2))
        question = ret.wms_question_ids
        self.assertEqual((question.proposed, question.proposed_amount), ("liquidate", 19))
        restock = question.choice_ids.filtered(lambda choice: choice.disposition == "restock")
        self.assertEqual((restock.amount, restock.basis), (-3, "own"))
        question.action_accept()
        self.assertEqual(question.disposition, "liquidate")

    def test_charge_in_another_currency(self):
        self.connection.fee_currency_id = self.other_currency
        self.connection.treatment_ids = [
            (0, 0, {"disposition": "destroy", "is_valued": True, "unit_charge": 4})
        ]
        ret = self._expect()
        self._take(self._ask(ret))
        destroy = ret.wms_question_ids.choice_ids.filtered(lambda c: c.disposition == "destroy")
        charge = self.other_currency._convert(
            4, self.company.currency_id, self.company, fields.Date.today()
        )
        self.assertEqual(self.company.currency_id.compare_amounts(destroy.amount, -charge), 0)

    def test_rule_proposes(self):
        rule = self._make_rule("donate")
        ret = self._expect()
        self._take(self._ask(ret))
        question = ret.wms_question_ids
        self.assertEqual((question.proposed, question.rule_id), ("donate", rule))
        self.assertEqual(question.state, "open", "People answer here")

    def test_rules_answer(self):
        self._make_rule("destroy")
        self.connection.answer_by = "rules"
        ret = self._expect()
        self._take(self._ask(ret))
        question = ret.wms_question_ids
        self.assertEqual((question.state, question.disposition), ("told", "destroy"))
        self.assertFalse(question.answered_by_id)

    def test_hold_is_no_answer(self):
        self._make_rule("hold")
        self.connection.answer_by = "rules"
        ret = self._expect()
        self._take(self._ask(ret))
        self.assertEqual(ret.wms_question_ids.state, "open")

    def test_many_units_of_one_return(self):
        ret = self._expect({self.product_standard: 3})
        self._take(self._ask(ret, "u1"), self._ask(ret, "u2"), self._ask(ret, "u3"))
        questions = ret.wms_question_ids
        self.assertEqual(len(questions), 3)
        wizard = self.env["helloword.wms.answer"].create(
            {"question_ids": [(6, 0, questions.ids)], "disposition": "destroy"}
        )
        wizard.action_confirm()
        self.assertEqual(set(questions.mapped("state")), {"told"})
        self.assertEqual(
            {self._get_instruction(question).unit_ref for question in questions},
            {"u1", "u2", "u3"},
        )

    def test_relabel_needs_a_product(self):
        ret = self._expect()
        self._take(self._ask(ret))
        question = ret.wms_question_ids
        choice = question.choice_ids.filtered(lambda choice: choice.disposition == "relabel")
        self.assertEqual(choice.action_choose()["res_model"], "helloword.wms.answer")
        with self.assertRaises(UserError):
            question._answer("relabel")
        question._answer("relabel", self.product_fifo)
        self.assertEqual(self._get_instruction(question).to_sku, self.product_fifo.default_code)

    def test_answered_once(self):
        ret = self._expect()
        self._take(self._ask(ret))
        question = ret.wms_question_ids
        question._answer("destroy")
        with self.assertRaises(UserError):
            question._answer("restock")

    def test_more_units_than_we_spoke_of(self):
        ret = self._expect({self.product_standard: 3})
        self._take(self._ask(ret))
        question = ret.wms_question_ids
        question._answer("destroy")
        self._take(self._ask(ret, "more", 2, unit_ref="u1"))
        self.assertEqual((question.state, question.quantity), ("open", 3))
        question._answer("destroy")
        self.assertEqual(len(question.operation_ids), 2)

    def test_settled_without_us(self):
        ret = self._expect()
        self._take(self._ask(ret))
        self._take(self._treated("d", ret, self.product_standard, 1, "destroy", unit_ref="u1"))
        self.assertEqual(ret.wms_question_ids.state, "done")
        self.assertFalse(ret.wms_question_ids.disposition)

    def test_treated_before_it_was_asked(self):
        ret = self._expect()
        treated = self._treated("d", ret, self.product_standard, 1, "destroy", unit_ref="u1")
        self._take(treated)
        self._take(self._ask(ret))
        self.assertFalse(ret.wms_question_ids)

    def test_operator_takes_no_instructions(self):
        ret = self._expect()
        self._take(self._ask(ret))
        question = ret.wms_question_ids
        self.patch(
            type(self.connection), "_get_called_capabilities", lambda self: frozenset({"announce"})
        )
        self.env.invalidate_all()
        question._answer("destroy")
        self.assertEqual(question.state, "failed")
        self.assertFalse(question.operation_ids)
        question.action_mark_told()
        self.assertEqual(question.state, "told")

    def test_clock(self):
        ret, calm = self._expect(), self._expect()
        self._take(
            self._ask(ret, answer_until=datetime.now(UTC) + timedelta(hours=5)),
            self._ask(calm, answer_until=self.until),
        )
        Question = self.env["helloword.wms.question"]
        Question._cron_watch()
        Question._cron_watch()
        kind = self.env.ref(ACTIVITY)
        activities = (ret | calm).activity_ids.filtered(lambda a: a.activity_type_id == kind)
        self.assertEqual(activities.mapped("res_id"), ret.ids)
        self.assertEqual(activities.user_id, self.connection.user_id)
        self.assertIn(self.product_standard.name, activities.note)
        self.assertTrue(ret.wms_question_ids.is_late)
        ret.wms_question_ids._answer("destroy")
        self.assertFalse(activities.exists())

    def test_rights(self):
        ret = self._expect()
        self._take(self._ask(ret))
        question = ret.wms_question_ids
        reader = new_test_user(self.env, "wms_reader", "helloword_returns.group_return_own")
        with self.assertRaises(AccessError):
            question.with_user(reader)._answer("destroy")
        user = new_test_user(self.env, "wms_user", "helloword_returns.group_return_user")
        question.with_user(user)._answer("destroy")
        self.assertEqual((question.state, question.answered_by_id), ("told", user))

    def test_other_company(self):
        ret = self._expect()
        self._take(self._ask(ret))
        user = new_test_user(
            self.env,
            "wms_other",
            "helloword_returns.group_return_manager",
            company_id=self.company_2.id,
            company_ids=[(6, 0, self.company_2.ids)],
        )
        self.assertFalse(
            self.env["helloword.wms.question"]
            .with_user(user)
            .search([("id", "in", ret.wms_question_ids.ids)])
        )

    def test_queries_do_not_grow(self):
        def count(number):
            returns = self._make_returns(
                [(self.order, {self.product_standard: 1}) for _n in range(number)],
                warehouse_id=self.abroad,
            )
            self._take(*(self._ask(ret) for ret in returns))
            states_events = self.env["helloword.wms.event"].search(
                [("return_id", "in", returns.ids)]
            )
            states = {
                ret: fold(event._get_typed() for event in events)
                for ret, events in states_events.grouped("return_id").items()
            }
            connections = dict.fromkeys(returns, self.connection)
            returns.wms_question_ids.sudo().unlink()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            returns._sync_wms_questions(states, connections)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(1)
        few, many = count(2), count(12)
        self.assertLessEqual(many, few + 10, "Bounded, not one or more for each")


@tagged("post_install", "-at_install")
class TestWmsQuestionClock(WmsQuestionCommon):
    """Answers without people, and people where there is no answer."""

    def test_last_moment(self):
        self.connection.write({"answers_late": True, "late_hours": 6})
        soon = datetime.now(UTC) + timedelta(hours=5)
        ret, calm = self._expect(), self._expect()
        self._take(self._ask(ret, answer_until=soon), self._ask(calm, answer_until=self.until))
        self.Question._cron_watch()
        question = ret.wms_question_ids
        self.assertEqual((question.state, question.disposition), ("told", question.proposed))
        self.assertFalse(question.answered_by_id)
        self.assertIn("Ordered as proposed", ret.message_ids[:1].body)
        self.assertEqual(calm.wms_question_ids.state, "open")

    def test_last_moment_only_where_the_connection_says_so(self):
        ret = self._expect()
        self._take(self._ask(ret, answer_until=datetime.now(UTC) + timedelta(hours=1)))
        self.Question._cron_watch()
        self.assertEqual(ret.wms_question_ids.state, "open")
        self.assertTrue(self._get_activities(ret))

    def test_bad_record_stops_nothing(self):
        self.connection.answers_late = True
        soon = datetime.now(UTC) + timedelta(hours=1)
        good, bad = self._expect(), self._expect()
        self._take(self._ask(good, answer_until=soon), self._ask(bad, answer_until=soon))
        # Nobody can say this without the product it becomes.
        bad.wms_question_ids.proposed = "relabel"
        with self.assertLogs("odoo.addons.helloword_3pl", "ERROR"):
            self.Question._cron_watch()
        self.assertEqual(good.wms_question_ids.state, "told")
        self.assertEqual(bad.wms_question_ids.state, "open")
        self.assertTrue(self._get_activities(bad), "People are asked instead")

    def test_rule_written_afterwards(self):
        self.connection.answer_by = "rules"
        ret = self._expect()
        self._take(self._ask(ret))
        self.assertEqual(ret.wms_question_ids.state, "open")
        self._make_rule("donate")
        self.Question._cron_watch()
        self.assertEqual(
            (ret.wms_question_ids.state, ret.wms_question_ids.disposition), ("told", "donate")
        )

    def test_nobody_fetched_it(self):
        ret = self._expect()
        self._take(self._ask(ret, answer_until=datetime.now(UTC) + timedelta(hours=1)))
        question = ret.wms_question_ids
        question._answer("destroy")
        self.assertFalse(question.is_unheard, "It is given time")
        instruction = question.instruction_ids.sudo()
        instruction.changed_date = fields.Datetime.now() - timedelta(hours=2)
        self.env.invalidate_all()
        self.assertTrue(question.is_unheard)
        self.Question._cron_watch()
        self.assertIn("not fetched", self._get_activities(ret).note)
        self.connection.sudo()._list_instructions("", 10)
        self.env.invalidate_all()
        self.assertFalse(question.is_unheard)
        self.assertFalse(self._get_activities(ret))

    def test_refused(self):
        self._make_rule("destroy")
        self.connection.answer_by = "rules"
        ret = self._expect()
        self._take(self._ask(ret, answer_until=self.until))
        question = ret.wms_question_ids
        question.instruction_ids.sudo()._refuse("No licence to destroy")
        self.assertEqual((question.state, question.disposition), ("open", False))
        self.assertEqual(question.refused_reason, "No licence to destroy")
        self.assertNotEqual(question.proposed, "destroy")
        self.assertIn("No licence", self._get_activities(ret).note)
        self.Question._cron_watch()
        self.assertEqual(question.state, "open", "Rules do not repeat what was refused")
        question._answer("restock")
        self.assertFalse(question.refused_reason)
        self.assertFalse(self._get_activities(ret))
        self.assertEqual(question.instruction_ids.sorted("id").mapped("state"), ["refused", "open"])

    def test_newer_word_replaces_the_older(self):
        ret = self._expect({self.product_standard: 3})
        self._take(self._ask(ret))
        question = ret.wms_question_ids
        question._answer("destroy")
        self._take(self._ask(ret, "more", 2, unit_ref="u1"))
        question._answer("restock")
        self.assertEqual(
            question.instruction_ids.sorted("id").mapped("state"), ["replaced", "open"]
        )

    def test_hub(self):
        """Only what is told to go home goes with the next batch."""
        self.abroad.write({"is_return_hub": True, "return_home_warehouse_id": self.warehouse.id})
        ret = self._expect({self.product_standard: 3})
        self._take(*(self._ask(ret, name) for name in ("u1", "u2", "u3")))
        home, destroyed, _open = ret.wms_question_ids.sorted("unit_ref")
        with self.assertRaises(UserError):
            home.action_plan_consolidation()
        destroyed._answer("destroy")
        home._answer("return_to_seller")
        home.action_plan_consolidation()
        batch = home.consolidation_id
        self.assertEqual((batch.line_ids.return_line_id, batch.units), (ret.line_ids, 1))
        self.assertFalse(destroyed.consolidation_id)
