from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user

from odoo.addons.mail.tests.common import MockEmail

from ..intake.withdrawal_statement import WithdrawalStatement, WithdrawnItem
from .common import ReturnsCommon


class WithdrawalCase(MockEmail, ReturnsCommon):
    """A consumer in Germany, an order with delivery costs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Withdrawal = cls.env["helloword.withdrawal"]
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "Post",
                "delivery_type": "fixed",
                "fixed_price": 7.5,
                "product_id": cls._create_product(
                    name="Postage", type="service", invoice_policy="order", taxes_id=cls.tax_sale_a
                ).id,
            }
        )
        cls.policy = cls.env["helloword.return.policy"].create(
            {
                "name": "What the shop says",
                "company_id": cls.company.id,
                "sequence": 0,
                "withdrawal_explained": True,
            }
        )

    @classmethod
    def _make_shop_order(cls, lines=None, freight=7.5, **kwargs):
        lines = lines or [(cls.product_standard, 3), (cls.product_average, 1)]
        order = cls._make_orders([lines], deliver=False, invoice=False, **kwargs)
        if freight:
            order.carrier_id = cls.carrier
            order._create_delivery_line(cls.carrier, freight)
        cls._deliver(order)
        cls._invoice(order)
        return order

    def _state(self, order=None, **values):
        """A statement, examined and acknowledged as the jobs do it."""
        values = {
            "company_id": self.company.id,
            "name": "Ada Buyer",
            "contract": order.name if order else "?",
            "email": "ada@example.com",
            "lang": "de",
        } | values
        withdrawal = self.Withdrawal._take([WithdrawalStatement(**values)])
        with self.mock_mail_gateway():
            withdrawal._job_acknowledge()
        withdrawal._job_examine()
        return withdrawal

    def _codes(self, withdrawal):
        return [finding["code"] for finding in withdrawal.findings or []]


class TestStatement(WithdrawalCase):
    def test_statement_never_changes_and_is_never_lost(self):
        withdrawal = self._state(contract="the blue lamp from May")
        self.assertEqual((withdrawal.state, withdrawal.needs_person), ("received", True))
        self.assertEqual(self._codes(withdrawal), ["no_order"])
        self.assertEqual(withdrawal.channel_id.company_id, self.company)
        self.assertTrue(withdrawal.activity_ids)
        for values in ({"contract": "x"}, {"received_at": fields.Datetime.now()}, {"email": "y"}):
            with self.assertRaisesRegex(UserError, "cannot be changed"):
                withdrawal.sudo().write(values)
        with self.assertRaisesRegex(UserError, "is kept"):
            withdrawal.sudo().unlink()

    def test_goods_of_a_statement_never_change(self):
        order = self._make_shop_order()
        withdrawal = self._state(
            order, items=(WithdrawnItem(order.order_line[0].id, 1, "Mug"),), order_id=order.id
        )
        with self.assertRaises(UserError):
            withdrawal.sudo().line_ids.quantity = 3
        with self.assertRaises(UserError):
            withdrawal.sudo().line_ids.unlink()

    def test_acknowledgement_tells_content_date_and_time(self):
        self.company.partner_id.tz = "Europe/Berlin"
        withdrawal = self.Withdrawal._take(
            [
                WithdrawalStatement(
                    self.company.id,
                    "Ada {contract}",
                    "SO-1 & <b>more</b>",
                    email="Ada@Example.com",
                    lang="de_AT",
                    received_at=fields.Datetime.to_datetime("2026-06-19 22:30:05"),
                )
            ]
        )
        self.assertEqual(withdrawal.acknowledgement_state, "pending")
        with self.mock_mail_gateway():
            withdrawal._job_acknowledge()
        self.assertEqual(withdrawal.acknowledgement_state, "sent")
        mail = self.env["mail.mail"].search(
            [("model", "=", withdrawal._name), ("res_id", "=", withdrawal.id)]
        )
        self.assertEqual(mail.email_to, "ada@example.com")
        self.assertIn(withdrawal.name, mail.subject)
        self.assertIn("Widerruf", mail.subject)
        self.assertIn("2026-06-20 00:30:05 CEST (UTC+02:00)", mail.body_html)
        self.assertIn("Ich widerrufe meinen Vertrag SO-1 &amp; &lt;b&gt;more", mail.body_html)
        self.assertIn("Ada {contract}", mail.body_html, "What was typed is no placeholder")
        self.assertEqual(len(mail.attachment_ids), 1)
        withdrawal._job_acknowledge()
        self.assertEqual(
            self.env["mail.mail"].search_count(
                [("model", "=", withdrawal._name), ("res_id", "=", withdrawal.id)]
            ),
            1,
            "A repeated job sends nothing twice",
        )

    def test_sweeper_sends_what_no_job_took_up(self):
        order = self._make_shop_order()
        statement = WithdrawalStatement(
            self.company.id, "Ada Buyer", order.name, email="ada@example.com"
        )
        withdrawal = self.Withdrawal._take([statement])
        self.env.cr.execute(
            "UPDATE helloword_withdrawal SET create_date = create_date - interval '5 minutes'"
        )
        withdrawal.invalidate_recordset()
        with self.enter_registry_test_mode(), self.mock_mail_gateway():
            self.env.ref("helloword_returns.cron_sweep_withdrawals").method_direct_trigger()
        self.assertTrue(withdrawal.acknowledged_at)
        self.assertTrue(withdrawal.return_ids)

    def test_failed_mail_is_told_and_tried_again(self):
        withdrawal = self.Withdrawal._take(
            [WithdrawalStatement(self.company.id, "Ada", "X1", email="ada@example.com")]
        )
        withdrawal._note_failed_acknowledgement("Mailbox full")
        self.assertEqual(withdrawal.acknowledgement_state, "failed")
        self.assertEqual(len(withdrawal.activity_ids), 1)
        self.assertGreater(withdrawal.next_attempt_at, fields.Datetime.now())
        withdrawal._note_failed_acknowledgement("Mailbox full")
        self.assertEqual(len(withdrawal.activity_ids), 1, "Told once")
        with self.mock_mail_gateway():
            withdrawal._acknowledge()
        self.assertEqual(withdrawal.acknowledgement_state, "sent")
        self.assertFalse(withdrawal.activity_ids, "The question is answered")

    def test_words_of_every_language(self):
        Wording = self.env["helloword.withdrawal.wording"]
        expected = {
            "de_DE": ("Vertrag widerrufen", "Widerruf bestätigen"),
            "fr": ("Renoncer au contrat ici", "Confirmer la rétractation"),
            "en_US": ("Withdraw from contract here", "Confirm withdrawal"),
            "xx": ("Withdraw from contract here", "Confirm withdrawal"),
        }
        for lang, labels in expected.items():
            wording = Wording._get_for(lang)
            self.assertEqual((wording.function_label, wording.confirm_label), labels, lang)
        self.assertEqual(len(Wording.search([])), 26, "The Union's 24 languages, ja and zh")
        for wording in Wording.search([]):
            filled = wording._fill("acknowledgement", {"statement": "S!", "date": "D!"})
            self.assertIn("S!", filled)
            self.assertIn("D!", filled)
        with self.assertRaisesRegex(ValidationError, "means nothing"):
            Wording._get_for("de").statement = "Ich {heisse}"
        with self.assertRaisesRegex(ValidationError, "what was declared and when"):
            Wording._get_for("de").acknowledgement = "Danke. {date}"
        Wording._get_for("de").function_label = "Vom Vertrag zurücktreten"
        self.assertEqual(Wording._get_for("de").function_label, "Vom Vertrag zurücktreten")


class TestMatching(WithdrawalCase):
    def test_every_number_of_an_order_finds_it(self):
        order = self._make_shop_order()
        order.write({"client_order_ref": "PO 77", "return_channel_ref": "305-9988"})
        for number in (order.name, order.name.lower(), "po77", "#305-9988", f"Nr. {order.name}!"):
            withdrawal = self.Withdrawal._take(
                [WithdrawalStatement(self.company.id, "Ada", number, email="ada@example.com")]
            )
            withdrawal._match_orders()
            self.assertEqual(withdrawal.sale_order_id, order, number)
            self.assertTrue(withdrawal.is_identified)

    def test_strangers_and_other_companies(self):
        order = self._make_shop_order()
        stranger = self._state(order, name="Eve", email="eve@example.com")
        self.assertEqual(self._codes(stranger), ["other_contact"])
        self.assertFalse(stranger.return_ids)
        self.assertIn("Ada Buyer", stranger.findings_text)
        other = self._state(order, company_id=self.company_2.id)
        self.assertEqual(self._codes(other), ["no_order"])
        own = self._state(order)
        self.assertFalse(own.duplicate_of_id, "A stranger's statement stands in nobody's way")
        self.assertEqual(own.state, "return_created")

    def test_buyer_of_a_marketplace_is_known_by_name(self):
        order = self._make_shop_order()
        order.write({"return_channel_id": self.channel.id, "return_channel_ref": "AMZ-1122-3"})
        withdrawal = self._state(contract="AMZ-1122-3", name="ADA  buyer", email="private@x.org")
        self.assertEqual(withdrawal.state, "return_created")
        self.assertEqual(withdrawal.channel_id, self.channel)
        self.assertEqual(withdrawal.return_ids.channel_id, self.channel)

    def test_same_statement_again(self):
        order = self._make_shop_order()
        first, second = self._state(order), self._state(order)
        self.assertEqual(second.duplicate_of_id, first)
        self.assertEqual((second.state, second.needs_person), ("closed", False))
        self.assertTrue(second.acknowledged_at, "Acknowledged again")
        self.assertFalse(second.return_ids)
        self.assertEqual(len(order.return_ids), 1)

    def test_queries_do_not_grow(self):
        orders = [self._make_shop_order([(self.product_standard, 1)]) for _number in range(6)]

        def take(own):
            return self.Withdrawal._take(
                [
                    WithdrawalStatement(self.company.id, "Ada", order.name, email="ada@example.com")
                    for order in own
                ]
            )

        few, many = take(orders[:2]), take(orders[2:])
        counts = []
        for withdrawals in (few, many):
            withdrawals.flush_recordset()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            withdrawals._match_orders()
            withdrawals.flush_recordset()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2, counts)


class TestRight(WithdrawalCase):
    def test_inside_the_period_nobody_is_asked(self):
        self.env["helloword.return.rule"].search([]).active = False
        self.env["helloword.return.rule"].create(
            {"name": "Never", "domain": "[]", "decision": "reject"}
        )
        order = self._make_shop_order()
        withdrawal = self._state(order)
        ret = withdrawal.return_ids
        self.assertEqual((withdrawal.state, withdrawal.needs_person), ("return_created", False))
        self.assertEqual(
            (ret.approval_state, ret.decision, ret.refund_trigger, ret.fee_type, ret.label_payer),
            ("approved", "return_refund", "first_scan", "none", "seller"),
        )
        self.assertEqual(ret.request_date, withdrawal.received_at)
        self.assertFalse(ret.rule_id)
        self.assertEqual(ret._get_claim_kind(), "withdrawal")
        self.assertFalse(ret.line_ids.reason_id)
        with self.assertRaisesRegex(UserError, "nobody's consent"):
            ret.action_reject()
        for values in (
            {"fee_type": "percent"},
            {"refund_trigger": "inspection"},
            {"decision": "store_credit"},
            {"label_payer": "deduct"},
        ):
            with self.assertRaisesRegex(ValidationError, "follows from a withdrawal"):
                ret.write(values)

    def test_label_is_the_buyers_only_when_told(self):
        self.policy.write({"label_paid_by": "buyer", "label_cost_disclosed": False})
        ret = self._state(self._make_shop_order()).return_ids
        self.assertEqual(ret.label_payer, "seller")
        self.policy.label_cost_disclosed = True
        ret = self._state(self._make_shop_order()).return_ids
        self.assertEqual(ret.label_payer, "customer")

    def test_last_day(self):
        order = self._make_shop_order()
        moves = order.order_line.move_ids
        withdrawal = self._state(order)
        # A Thursday, and 14 days on; Saturday 2026-05-23 moves past Whit Monday.
        for delivered, end in (
            ("2026-03-05 10:00:00", "2026-03-19"),
            ("2026-03-05 23:30:00", "2026-03-20"),
            ("2026-05-09 10:00:00", "2026-05-26"),
        ):
            moves.date = delivered
            found = withdrawal._get_window_end(self.policy, moves[0].date)
            self.assertEqual(fields.Date.to_string(found), end, delivered)
        self.policy.withdrawal_explained = False
        found = withdrawal._get_window_end(
            self.policy, fields.Datetime.to_datetime("2026-03-05 10:00:00")
        )
        self.assertEqual(fields.Date.to_string(found), "2027-03-19", "Twelve months more")

    def test_too_late_goes_to_a_person(self):
        order = self._make_shop_order()
        order.order_line.move_ids.date = fields.Datetime.now() - timedelta(days=40)
        withdrawal = self._state(order)
        self.assertEqual(self._codes(withdrawal), ["too_late"])
        self.assertFalse(withdrawal.return_ids)
        self.assertTrue(withdrawal.activity_ids)
        withdrawal._refuse("Too late")
        self.assertEqual((withdrawal.state, withdrawal.needs_person), ("refused", False))
        self.assertFalse(withdrawal.activity_ids)
        withdrawal.action_reopen()
        withdrawal.action_create_return()
        self.assertEqual(withdrawal.return_ids.approval_state, "approved", "As a courtesy")
        with self.assertRaisesRegex(UserError, "settled"):
            withdrawal._refuse("Again")

    def test_no_right_business_excluded(self):
        self.product_average.withdrawal_exclusion_id = self.env[
            "helloword.return.exclusion"
        ].search([], limit=1)
        withdrawal = self._state(self._make_shop_order())
        self.assertEqual(self._codes(withdrawal), ["excluded"])
        self.customer.country_id = self._country("US")
        withdrawal = self._state(self._make_shop_order([(self.product_standard, 1)]))
        self.assertEqual(self._codes(withdrawal), ["no_right"])
        self.customer.write({"country_id": self._country("FR").id, "is_company": True})
        withdrawal = self._state(self._make_shop_order([(self.product_standard, 1)]))
        self.assertEqual(self._codes(withdrawal), ["business"])

    def test_before_delivery(self):
        order = self._make_order([(self.product_standard, 2)], deliver=False)
        withdrawal = self._state(order)
        self.assertEqual(self._codes(withdrawal), ["undelivered"])
        self.assertTrue(withdrawal.needs_person)
        with self.assertRaisesRegex(UserError, "Nothing of order"):
            withdrawal.action_create_return()
        withdrawal.action_close()
        self.assertEqual(withdrawal.state, "closed")

    def test_part_delivered_is_returned_the_rest_told(self):
        order = self._make_order([(self.product_standard, 3)], deliver=False)
        self._transfer(order.picking_ids, {self.product_standard: 2})
        withdrawal = self._state(order)
        self.assertEqual(self._codes(withdrawal), ["partly_undelivered"])
        self.assertEqual(withdrawal.return_ids.line_ids.quantity, 2)
        self.assertTrue(withdrawal.needs_person)

    def test_some_goods(self):
        order = self._make_shop_order()
        mug = order.order_line[0]
        withdrawal = self._state(order, items=(WithdrawnItem(mug.id, 2, "Mug"),), order_id=order.id)
        self.assertTrue(withdrawal.is_partial)
        self.assertIn("2 × Mug", withdrawal.statement)
        self.assertEqual(
            [(line.sale_line_id, line.quantity) for line in withdrawal.return_ids.line_ids],
            [(mug, 2)],
        )
        rest = self._state(order)
        self.assertEqual(self._codes(rest), ["partly_undelivered"])
        self.assertEqual(sum(rest.return_ids.line_ids.mapped("quantity")), 2)
        in_words = self._state(self._make_shop_order(), items_text="the lamp")
        self.assertEqual(self._codes(in_words), ["goods_in_words"])


class TestMoney(WithdrawalCase):
    def _refund(self, withdrawal):
        """The proof of dispatch releases the money."""
        ret = withdrawal.return_ids
        ret.action_mark_shipped()
        ret._job_refund_due()
        return ret.credit_note_ids

    def test_whole_order_gives_everything_back(self):
        order = self._make_shop_order()
        invoice = order.invoice_ids
        move = self._refund(self._state(order))
        self.assertEqual(move.amount_total, invoice.amount_total)
        self.assertEqual(move.reversed_entry_id, invoice)
        self.assertEqual(invoice.payment_state, "reversed")
        ret = order.return_ids
        self.assertEqual(ret.amount_freight, ret.amount_refunded - ret.amount_total)
        freight = move.invoice_line_ids.filtered(lambda line: line.return_role == "freight")
        self.assertEqual(freight.product_id, self.carrier.product_id)

    def test_refund_waits_for_goods_or_proof(self):
        ret = self._state(self._make_shop_order()).return_ids
        self.assertFalse(ret.is_refund_due)
        self._transfer(ret.line_ids.move_ids.picking_id)
        self.assertTrue(ret.is_refund_due, "Receipt releases it too")

    def test_clock_runs_from_the_statement(self):
        received_at = fields.Datetime.now() - timedelta(days=3)
        order = self._make_shop_order()
        order.order_line.move_ids.date = received_at - timedelta(days=1)
        ret = self._state(order, received_at=received_at).return_ids
        self.assertFalse(ret.refund_due_date, "It may wait for the goods or the proof")
        ret.action_mark_shipped()
        self.assertEqual(
            (ret.refund_due_date.date() - received_at.date()).days, 14, "Notice and 14 days"
        )

    def test_express_surcharge_is_kept(self):
        self.carrier.express_surcharge = 4.0
        order = self._make_shop_order(freight=10.0)
        invoice = order.invoice_ids
        move = self._refund(self._state(order))
        self.assertEqual(
            order.currency_id.compare_amounts(invoice.amount_total - move.amount_total, 4.0), 0
        )

    def test_parts_share_the_freight_and_the_last_takes_the_rest(self):
        order = self._make_shop_order([(self.product_standard, 3)], freight=10.0)
        line = order.order_line[0]
        freight_total = order.order_line.filtered("is_delivery").price_total
        first = self._refund(
            self._state(order, items=(WithdrawnItem(line.id, 1, "Mug"),), order_id=order.id)
        )
        shares = first.invoice_line_ids.filtered(lambda line: line.return_role == "freight")
        self.assertEqual(
            order.currency_id.compare_amounts(
                shares.price_total, order.currency_id.round(freight_total / 3)
            ),
            0,
        )
        second = self._state(order)
        self._refund(second)
        credited = sum((first | second.return_ids.credit_note_ids).mapped("amount_total"))
        self.assertEqual(
            credited,
            order.invoice_ids.filtered(lambda move: move.move_type == "out_invoice").amount_total,
        )

    def test_no_freight_for_a_part_when_the_company_says_so(self):
        self.company.withdrawal_partial_freight = "none"
        order = self._make_shop_order([(self.product_standard, 2)])
        items = (WithdrawnItem(order.order_line[0].id, 1, "Mug"),)
        move = self._refund(self._state(order, items=items, order_id=order.id))
        self.assertFalse(move.invoice_line_ids.filtered(lambda line: line.return_role == "freight"))

    def test_freight_of_an_earlier_invoice(self):
        self.product_average.invoice_policy = "delivery"
        order = self._make_orders(
            [[(self.product_standard, 1), (self.product_average, 1)]], deliver=False, invoice=False
        )
        order.carrier_id = self.carrier
        order._create_delivery_line(self.carrier, 7.5)
        first_invoice = self._invoice(order)
        self._deliver(order)
        second_invoice = self._invoice(order)
        self.assertIn(
            order.order_line.filtered("is_delivery"), first_invoice.invoice_line_ids.sale_line_ids
        )
        moves = self._refund(self._state(order))
        self.assertEqual(
            sum(moves.mapped("amount_total")),
            sum((first_invoice | second_invoice).mapped("amount_total")),
        )

    def test_other_currency(self):
        order = self._make_shop_order(currency=self.other_currency)
        move = self._refund(self._state(order))
        self.assertEqual(move.currency_id, self.other_currency)
        self.assertEqual(move.amount_total, order.invoice_ids[:1].amount_total)

    def test_ordinary_returns_give_no_freight_back(self):
        order = self._make_shop_order()
        ret = self._make_return(order, refund_trigger="request")
        ret._job_refund_due()
        self.assertFalse(ret.amount_freight)

    def test_lost_value(self):
        order = self._make_shop_order([(self.product_standard, 1)])
        ret = self._state(order).return_ids
        evidence = self.env["ir.attachment"].create({"name": "soles.txt", "raw": b"worn"})
        with self.assertRaisesRegex(ValidationError, "photo or a document"):
            ret.lost_value = 20.0
        values = {
            "lost_value": 20.0,
            "lost_value_reason": "The soles are worn.",
            "lost_value_evidence_ids": [Command.set(evidence.ids)],
        }
        self.policy.withdrawal_explained = False
        with self.assertRaisesRegex(ValidationError, "informed of the right"):
            ret.write(values)
        self.policy.withdrawal_explained = True
        with self.assertRaisesRegex(ValidationError, "between zero and the value"):
            ret.write(values | {"lost_value": 2000.0})
        ret.write(values)
        self._transfer(ret.line_ids.move_ids.picking_id)
        ret._job_refund_due()
        move = ret.credit_note_ids
        self.assertEqual(
            order.currency_id.compare_amounts(
                order.invoice_ids.filtered(lambda m: m.move_type == "out_invoice").amount_total
                - move.amount_total,
                20.0,
            ),
            0,
        )
        self.assertIn("Lost value: The soles are worn.", move.invoice_line_ids.mapped("name"))
        ordinary = self._make_return(self._make_shop_order([(self.product_standard, 1)]))
        with self.assertRaisesRegex(ValidationError, "no withdrawal"):
            ordinary.write(values)


class TestClerk(WithdrawalCase):
    def test_clerk_records_what_came_by_phone(self):
        order = self._make_shop_order()
        clerk = new_test_user(
            self.env,
            "clerk",
            groups="helloword_returns.group_return_user,sales_team.group_sale_salesman_all_leads",
            company_id=self.company.id,
        )
        form = Form(
            self.env["helloword.withdrawal.record"]
            .with_user(clerk)
            .with_context(default_sale_order_id=order.id)
        )
        self.assertEqual((form.consumer_name, form.contract), ("Ada Buyer", order.name))
        form.source = "phone"
        form.is_partial = True
        with form.line_ids.edit(0) as line:
            line.quantity = 1
        action = form.save().action_record()
        withdrawal = self.env["helloword.withdrawal"].browse(action["res_id"])
        self.assertEqual((withdrawal.source, withdrawal.is_partial), ("phone", True))
        withdrawal._job_examine()
        self.assertEqual(withdrawal.return_ids.line_ids.quantity, 1)

    def test_request_that_is_a_withdrawal(self):
        order = self._make_shop_order()
        ret = self._make_return(order, decision=False, approve=False)
        wizard = self.env["helloword.withdrawal.record"].create(
            {"return_id": ret.id, "sale_order_id": order.id, "received_at": ret.request_date}
        )
        action = wizard.action_record()
        withdrawal = self.Withdrawal.browse(action["res_id"])
        withdrawal._job_examine()
        self.assertEqual(ret.state, "cancelled")
        self.assertEqual(withdrawal.return_ids.line_ids.mapped("quantity"), [3, 1])

    def test_bad_entries_are_named(self):
        wizard = self.env["helloword.withdrawal.record"].create(
            {"consumer_name": "Ada", "contract": "X", "email": "nonsense"}
        )
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            wizard.action_record()
        wizard.write({"email": False, "received_at": fields.Datetime.now() + timedelta(days=1)})
        with self.assertRaisesRegex(UserError, "future"):
            wizard.action_record()
        wizard.write({"received_at": fields.Datetime.now(), "is_partial": True})
        with self.assertRaisesRegex(UserError, "which goods"):
            wizard.action_record()

    def test_without_mail_address_by_hand(self):
        withdrawal = self._state(email="", source="letter")
        self.assertEqual(withdrawal.acknowledgement_state, "none")
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            withdrawal.action_acknowledge()
        withdrawal.action_mark_acknowledged()
        self.assertEqual(withdrawal.acknowledgement_state, "sent")

    def test_rights(self):
        withdrawal = self._state(contract="unknown")
        accountant = new_test_user(self.env, "accountant", groups="account.group_account_readonly")
        accountant.write(
            {"company_ids": [Command.set(self.company.ids)], "company_id": self.company.id}
        )
        own = withdrawal.with_user(accountant)
        self.assertTrue(own.statement)
        with self.assertRaises(AccessError):
            own.action_close()
        outsider = new_test_user(self.env, "outsider", groups="base.group_user")
        with self.assertRaises(AccessError):
            withdrawal.with_user(outsider).read(["statement"])
        other = new_test_user(
            self.env,
            "other",
            groups="helloword_returns.group_return_manager",
            company_id=self.company_2.id,
            company_ids=[Command.set(self.company_2.ids)],
        )
        with self.assertRaises(AccessError):
            withdrawal.with_user(other).read(["statement"])
        with self.assertRaises(AccessError):
            self.env["helloword.withdrawal"].with_user(other).create({})
