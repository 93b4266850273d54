from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError

from .common import ReturnsCommon


class TestOffers(ReturnsCommon):
    """The customer chooses among what the plan offers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule = cls.env["helloword.return.rule"]
        cls.Rule.search([]).enabled = False

    def _offer(self, **plan):
        self.Rule.search([]).enabled = False
        self.Rule.create(
            {"name": "Offers", "decision": "return_refund", "refund_trigger": "request"} | plan
        )
        order = self._make_order([(self.product_average, 2, 50)])
        return self.env["helloword.return"].intake([self._make_request(order, reason="too_small")])

    def _get_offer(self, ret, kind):
        return ret.offer_ids.filtered(lambda offer: offer.kind == kind and offer.state == "open")

    def test_plan_without_offers_is_carried_out_at_once(self):
        ret = self._offer()
        self.assertFalse(ret.offer_ids)
        self.assertEqual(ret.approval_state, "approved")

    def test_customer_is_asked_first(self):
        ret = self._offer(
            offer_keep_it=True,
            keep_it_percent=30,
            offer_store_credit=True,
            credit_bonus_percent=10,
            offer_exchange=True,
        )
        self.assertEqual((ret.approval_state, ret.stage), ("requested", "customer"))
        self.assertEqual(
            ret.offer_ids.mapped("kind"), ["refund", "keep_it", "store_credit", "exchange"]
        )
        total = ret.amount_total
        self.assertEqual(self._get_offer(ret, "refund").amount, total)
        self.assertEqual(self._get_offer(ret, "keep_it").amount, ret.currency_id.round(total * 0.3))
        self.assertEqual(
            self._get_offer(ret, "store_credit").amount, ret.currency_id.round(total * 1.1)
        )

    def test_deciding_again_does_not_ask_twice(self):
        ret = self._offer(offer_store_credit=True)
        ret.action_decide()
        self.assertEqual(len(ret.offer_ids), 2)

    def test_choice_becomes_the_decision(self):
        ret = self._offer(offer_keep_it=True, keep_it_percent=25)
        self._get_offer(ret, "keep_it")._accept()
        self.assertEqual((ret.decision, ret.keep_it_percent), ("keep_it", 25))
        self.assertEqual(ret.approval_state, "approved")
        self.assertEqual(ret.amount_to_refund, ret.currency_id.round(ret.amount_total * 0.25))
        self.assertEqual(sorted(ret.offer_ids.mapped("state")), ["accepted", "closed"])

    def test_choosing_twice_is_refused(self):
        ret = self._offer(offer_store_credit=True)
        credit, refund = self._get_offer(ret, "store_credit"), self._get_offer(ret, "refund")
        credit._accept()
        for offer in (credit, refund):
            with self.assertRaises(UserError):
                offer._accept()
        self.assertEqual(ret.decision, "store_credit")

    def test_ladder_is_climbed_one_step_at_a_time(self):
        ret = self._offer(decision="keep_it", keep_it_ladder="20, 30")
        self.assertEqual(self._get_offer(ret, "keep_it").percent, 20)
        self._get_offer(ret, "keep_it")._decline()
        self.assertEqual(self._get_offer(ret, "keep_it").percent, 30)
        self.assertEqual(ret.approval_state, "requested")
        self._get_offer(ret, "refund")._decline()
        self._get_offer(ret, "keep_it")._decline()
        self.assertEqual((ret.decision, ret.approval_state), ("return_refund", "approved"))

    def test_nobody_answers(self):
        ret = self._offer(offer_store_credit=True, offer_days=2)
        offers = ret.offer_ids
        self.env["helloword.return.offer"]._cron_expire()
        self.assertEqual(set(offers.mapped("state")), {"open"})
        offers.expires_at = fields.Datetime.now() - timedelta(minutes=1)
        with self.assertRaises(UserError):
            offers[0]._accept()
        self.env["helloword.return.offer"]._cron_expire()
        self.assertEqual(set(offers.mapped("state")), {"expired"})
        self.assertEqual((ret.decision, ret.approval_state), ("return_refund", "approved"))

    def test_a_person_decides_without_waiting(self):
        ret = self._offer(offer_store_credit=True)
        ret.action_reject()
        self.assertEqual(set(ret.offer_ids.mapped("state")), {"closed"})

    def test_ladder_must_rise(self):
        for ladder in ("30, 20", "a, b", "0, 10", "50, 120", ","):
            with self.assertRaises(ValidationError):
                self.Rule.create({"name": "Bad", "decision": "keep_it", "keep_it_ladder": ladder})


class TestStoreCreditBonus(ReturnsCommon):
    """The bonus is a line of its own on the credit note, exact to the cent."""

    def _refund(self, lines, **vals):
        order = self._make_order(lines, **vals.pop("order", {}))
        ret = self._make_return(order, decision="store_credit", refund_trigger="request", **vals)
        if ret.is_refund_due:
            ret.action_refund()
        return ret

    def test_bonus_is_booked_without_tax(self):
        ret = self._refund([(self.product_average, 3, 33.33)], credit_bonus_percent=7.5)
        move = ret.credit_note_ids
        bonus = move.invoice_line_ids.filtered(lambda line: line.return_role == "bonus")
        expected = ret.currency_id.round(ret.amount_total * 0.075)
        self.assertEqual(ret.currency_id.compare_amounts(bonus.price_total, expected), 0)
        self.assertFalse(bonus.tax_ids)
        self.assertEqual(
            ret.currency_id.compare_amounts(move.amount_total, ret.amount_total + expected), 0
        )
        self.assertEqual(ret.amount_bonus, expected)
        self.assertEqual((move.state, ret.refund_state), ("posted", "done"))
        self.assertNotEqual(move.payment_state, "paid")

    def test_other_decisions_get_none(self):
        order = self._make_order([(self.product_average, 1, 40)])
        ret = self._make_return(
            order, decision="refund_only", refund_trigger="request", credit_bonus_percent=10
        )
        if ret.is_refund_due:
            ret.action_refund()
        self.assertNotIn("bonus", ret.credit_note_ids.invoice_line_ids.mapped("return_role"))
        self.assertEqual(ret.amount_bonus, 0)

    def test_other_currency(self):
        ret = self._refund(
            [(self.product_average, 1, 19.99)],
            credit_bonus_percent=10,
            order={"currency": self.other_currency},
        )
        move = ret.credit_note_ids
        self.assertEqual(move.currency_id, self.other_currency)
        self.assertEqual(
            move.currency_id.compare_amounts(
                move.amount_total, ret.amount_total + ret.amount_bonus
            ),
            0,
        )
