from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ReturnsCommon

REPLY = {"subject": "About your return", "body": "We have decided."}


@tagged("post_install", "-at_install")
class TestReview(ReturnsCommon):
    """What a person sees, decides, and takes back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = cls._make_orders([[(cls.product_standard, 2)]] * 6)
        cls.returns = cls._make_returns([(order, None) for order in cls.orders], "manual", False)
        cls.ret = cls.returns[0]
        cls.clerk = new_test_user(
            cls.env,
            "review_clerk",
            groups="helloword_returns.group_return_user",
            company_id=cls.company.id,
        )
        cls.other = new_test_user(
            cls.env,
            "review_other",
            groups="helloword_returns.group_return_own",
            company_id=cls.company.id,
        )

    # -- Facts ----------------------------------------------------------------

    def test_facts(self):
        self.ret.customer_comment = "It wobbles."
        self.env["ir.attachment"].create(
            {
                "name": "wobble.png",
                "res_model": "helloword.return",
                "res_id": self.ret.id,
                "mimetype": "image/png",
                "raw": b"not looked at",
            }
        ).mimetype = "image/png"
        facts = self.ret.with_user(self.clerk)._get_review_facts()[self.ret]
        self.assertEqual(facts["request"]["comment"], "It wobbles.")
        self.assertEqual([photo["name"] for photo in facts["photos"]], ["wobble.png"])
        self.assertEqual(facts["order"]["name"], self.orders[0].name)
        self.assertEqual(facts["order"]["days_since_delivery"], 0)
        self.assertEqual(len(facts["decisions"]), 6)
        self.assertEqual(facts["customer"]["earlier_count"], 5)
        self.assertIn(facts["suggestion"]["decision"], ("refund_only", "return_refund"))
        self.assertTrue(facts["suggestion"]["reason"])
        self.assertTrue(facts["open"])

    def test_facts_are_read_in_batch(self):
        self.returns._get_review_facts()
        counts = []
        for returns in (self.returns[:2], self.returns):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            returns._get_review_facts()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], 12, counts)

    def test_photo_is_asked_for_a_fault(self):
        reason = self.env.ref("helloword_returns.reason_does_not_work", raise_if_not_found=False)
        reason = reason or self.env["helloword.return.reason"].search(
            [("group_id.code", "=", "defective"), ("parent_id", "!=", False)], limit=1
        )
        self.ret.line_ids.reason_id = reason
        self.product_standard.standard_price = 90.0
        suggestion = self.ret._get_review_facts()[self.ret]["suggestion"]
        self.assertEqual(suggestion["decision"], "ask_photos")

    def test_practice_is_followed(self):
        for ret in self.returns[1:]:
            ret.review_decide("exchange")
        suggestion = self.ret._get_review_facts()[self.ret]["suggestion"]
        self.assertEqual(suggestion["decision"], "exchange")
        self.assertIn("5 of 5", suggestion["reason"])

    def test_clock(self):
        self.ret.write(
            {
                "deadline_date": fields.Datetime.add(fields.Datetime.now(), days=-1),
                "sla_hours": 240,
            }
        )
        self.assertEqual(self.ret.review_due_date, self.ret.deadline_date)
        clocks = self.ret._get_review_facts()[self.ret]["clock"]
        self.assertLess(clocks[0]["hours"], 0)

    # -- Deciding -------------------------------------------------------------

    def test_decide_with_reply(self):
        mine = self.ret.with_user(self.clerk)
        result = mine.review_decide(
            "return_refund", {"label_payer": "customer", "name": "not a plan"}, REPLY
        )
        self.assertEqual(self.ret.approval_state, "approved")
        self.assertEqual(self.ret.label_payer, "customer")
        self.assertEqual(self.ret.decided_by_id, self.clerk)
        self.assertFalse(self.ret.decided_automatically)
        self.assertIn(REPLY["subject"], self.ret.message_ids.mapped("subject"))
        self.assertIn(result["next_id"], (self.returns - self.ret).ids)
        self.assertGreaterEqual(result["left"], 5)
        self.assertNotIn(self.ret.name, ["", "/", "not a plan"])

    def test_reject_needs_a_reason(self):
        with self.assertRaisesRegex(UserError, "why"):
            self.ret.review_decide("reject")
        self.ret.review_decide("reject", reason="The window has ended.")
        self.assertEqual(self.ret.approval_state, "rejected")
        self.assertEqual(self.ret.rejection_reason, "The window has ended.")

    def test_keeping_needs_the_customers_consent(self):
        self.ret.review_decide("keep_it", {"keep_it_percent": 40.0}, REPLY)
        self.assertEqual(self.ret.approval_state, "requested")
        self.assertEqual(self.ret.stage, "customer")
        offer = self.ret.offer_ids.filtered(lambda offer: offer.kind == "keep_it")
        self.assertEqual(offer.percent, 40.0)
        offer._accept()
        self.assertEqual((self.ret.approval_state, self.ret.decision), ("approved", "keep_it"))

    def test_question_waits_for_the_answer(self):
        self.ret.with_user(self.clerk).review_decide("ask_information", reply=REPLY)
        self.assertEqual(self.ret.stage, "customer")
        self.assertEqual(self.ret.approval_state, "requested")
        self.ret.message_post(
            body="Here is more.",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.customer.id,
        )
        self.assertEqual(self.ret.stage, "review")

    def test_question_needs_a_message(self):
        with self.assertRaisesRegex(UserError, "cannot be asked"):
            self.ret.review_decide("ask_information")

    def test_unknown_decision(self):
        for decision in ("manual", "explode", False):
            with self.assertRaises(UserError):
                self.ret.review_decide(decision)

    def test_second_person_is_told(self):
        self.ret.with_user(self.clerk).review_decide("refund_only")
        with self.assertRaisesRegex(UserError, "review_clerk .* has decided"):
            self.ret.review_decide("reject", reason="No.")
        self.assertEqual(self.ret.approval_state, "approved")

    def test_twice_by_the_same_person(self):
        self.ret.review_decide("refund_only")
        with self.assertRaisesRegex(UserError, "already"):
            self.ret.review_decide("refund_only")

    def test_locked_by_another_transaction(self):
        """Whoever comes second while the first has not committed gets a message, no waiting."""
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "right now"), self.registry.cursor() as other:
            # The other transaction cannot see, hence cannot lock, what this one has not committed.
            self.ret.with_env(self.env(cr=other))._lock_for_review()

    def test_take_back(self):
        self.ret.review_decide("return_refund")
        self.assertTrue(self.ret._can_undo_review())
        self.ret.review_undo()
        self.assertEqual((self.ret.stage, self.ret.decision), ("review", "manual"))
        self.assertFalse(self.ret.decided_by_id)
        self.ret.review_decide("reject", reason="On second thought.")
        self.ret.review_undo()
        self.assertEqual(self.ret.stage, "review")
        self.ret.review_decide("keep_it", reply=REPLY)
        self.ret.review_undo()
        self.assertEqual(self.ret.stage, "review")
        self.assertNotIn("open", self.ret.offer_ids.mapped("state"))

    def test_refunded_cannot_be_taken_back(self):
        self.ret.review_decide("refund_only")
        self.ret.action_refund()
        self.assertTrue(self.ret.line_ids.refund_line_ids)
        with self.assertRaisesRegex(UserError, "carried out"):
            self.ret.review_undo()

    # -- Queue and access -----------------------------------------------------

    def test_queue_most_urgent_first(self):
        self.returns[3].deadline_date = fields.Datetime.add(fields.Datetime.now(), hours=1)
        self.returns[4].user_id = self.other
        queue = self.env["helloword.return"].with_user(self.clerk)._get_review_queue()
        self.assertEqual(queue[0], self.returns[3])
        self.assertNotIn(self.returns[4], queue)

    def test_take(self):
        self.ret.with_user(self.clerk).action_take()
        self.assertEqual(self.ret.user_id, self.clerk)
        self.returns[1].user_id = self.other
        with self.assertRaisesRegex(UserError, "review_other .* assign it to you"):
            self.returns[1].with_user(self.clerk).action_take()

    def test_others_returns_are_out_of_reach(self):
        self.ret.user_id = self.clerk
        mine = self.ret.with_user(self.other)
        with self.assertRaises(AccessError):
            mine._get_review_facts()
        with self.assertRaises(AccessError):
            mine.review_decide("refund_only")
        with self.assertRaises(AccessError):
            mine.review_reply("refund_only")

    def test_readers_cannot_decide(self):
        reader = new_test_user(
            self.env, "review_reader", groups="stock.group_stock_user", company_id=self.company.id
        )
        with self.assertRaises(AccessError):
            self.ret.with_user(reader).review_decide("refund_only")

    def test_other_company(self):
        order = self._make_order([(self.product_standard, 1)], company=self.company_2)
        foreign = self._make_return(order, decision="manual", approve=False)
        with self.assertRaises(AccessError):
            foreign.with_user(self.clerk).review_decide("refund_only")
        self.assertNotIn(
            foreign, self.env["helloword.return"].with_user(self.clerk)._get_review_queue()
        )

    def test_foreign_currency(self):
        order = self._make_order([(self.product_standard, 1)], currency=self.other_currency)
        ret = self._make_return(order, decision="manual", approve=False)
        facts = ret._get_review_facts()[ret]
        self.assertIn("€", facts["request"]["amount"])
        self.assertIn("$", facts["request"]["company_amount"])

    # -- Many at once ---------------------------------------------------------

    def test_bulk(self):
        self.returns[2].with_user(self.clerk).review_decide("refund_only")
        wizard = self.env["helloword.review.bulk"].create(
            {"return_ids": self.returns.ids, "decision": "return_refund", "label_payer": "customer"}
        )
        self.assertIn("Deutsch", wizard.preview)
        action = wizard.action_decide()
        self.assertEqual(action["res_model"], "helloword.review.bulk")
        self.assertEqual(wizard.done_count, 5)
        self.assertEqual(wizard.line_ids.return_id, self.returns[2])
        self.assertIn(self.clerk.name, wizard.line_ids.message)
        decided = self.returns - self.returns[2]
        self.assertEqual(set(decided.mapped("approval_state")), {"approved"})
        self.assertEqual(set(decided.mapped("label_payer")), {"customer"})
        self.assertEqual(self.returns[2].decision, "refund_only")

    def test_bulk_all_well(self):
        wizard = self.env["helloword.review.bulk"].create(
            {"return_ids": self.returns.ids, "decision": "reject", "reason": "Too late."}
        )
        self.assertEqual(wizard.action_decide()["tag"], "display_notification")
        self.assertEqual(set(self.returns.mapped("approval_state")), {"rejected"})
        self.assertFalse(wizard.line_ids)
