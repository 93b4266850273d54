"""Two people cannot return the same units, however their transactions meet."""

import threading

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from odoo.addons.helloword_returns.intake.payload import RequestLine, ReturnRequest

from .committed import CommittedCase


@tagged("post_install", "-at_install")
class TestConcurrency(CommittedCase):
    def _intake(self, env, quantity=1):
        line = RequestLine(quantity=quantity, sale_line_id=self.sale_line_id)
        request = ReturnRequest(
            channel_id=self.channel_id, sale_order_id=self.order_id, lines=(line,)
        )
        return env["helloword.return"].intake([request], decide=False)

    @mute_logger("odoo.sql_db")
    def test_second_transaction_fails_and_sees_the_first_when_repeated(self):
        first, second = self.registry.cursor(), self.registry.cursor()
        self.addCleanup(first.close)
        self.addCleanup(second.close)
        second.execute("SELECT 1")
        self._intake(api.Environment(first, SUPERUSER_ID, {}), 2)
        outcome = []

        def take_the_same():
            try:
                self._intake(api.Environment(second, SUPERUSER_ID, {}), 2)
            except SerializationFailure as error:
                outcome.append(error)

        thread = threading.Thread(target=take_the_same)
        thread.start()
        thread.join(0.5)
        self.assertTrue(thread.is_alive(), "it waits for the first one's lock")
        first.commit()
        thread.join(20)
        self.assertTrue(outcome, "it must not trust what it saw before")
        second.rollback()
        ret = self._intake(api.Environment(second, SUPERUSER_ID, {}), 2)
        self.assertEqual([issue["code"] for issue in ret.attention_issues], ["too_many"])
        self.assertEqual(ret.attention_issues[0]["returnable"], 1)
        second.rollback()

    @mute_logger("odoo.sql_db")
    def test_crowd(self):
        """Six people want three units, all at once: three get one."""
        start = threading.Barrier(6)
        errors = []

        def take_one():
            start.wait(20)
            for _attempt in range(30):
                try:
                    with self._transaction() as env:
                        self._intake(env)
                    return
                except SerializationFailure:
                    continue
            errors.append("gave up")

        threads = [threading.Thread(target=take_one) for _person in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertFalse(errors)
        with self._transaction() as env:
            returns = env["helloword.return"].search([("channel_id", "=", self.channel_id)])
            self.assertEqual(len(returns), 6)
            self.assertEqual(len(returns.filtered("needs_attention")), 3)
            self.assertEqual(sum(returns.line_ids.mapped("quantity_reserved")), self.QUANTITY)
