from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestMail(ReturnsCommon):
    def _get_mails(self, returns):
        return self.env["mail.mail"].search(
            [("model", "=", returns._name), ("res_id", "in", returns.ids)], order="id"
        )

    def test_customer_is_told_by_a_job(self):
        order = self._make_order([(self.product_standard, 2)])
        with trap_jobs() as trap:
            ret = self._make_return(order, {self.product_standard: 1})
            self.assertFalse(self._get_mails(ret), "Nothing is rendered in the transaction")
            mail_jobs = [
                job for job in trap.enqueued_jobs if job.method_name == "_job_mail_customers"
            ]
            self.assertEqual(len(mail_jobs), 2)
            for job in mail_jobs:
                job.perform()
        received, approved = self._get_mails(ret)
        self.assertIn(ret.name, received.subject)
        self.assertIn("received", received.subject)
        self.assertIn("approved", approved.subject)
        self.assertEqual(received.recipient_ids, self.customer)
        self.assertIn(f"/my/returns/{ret.id}", approved.body_html)
        self.assertEqual(received.state, "outgoing", "The mail queue sends, not this job")

    def test_one_job_for_a_batch(self):
        orders = self._make_orders([[(self.product_standard, 1)]] * 3)
        with trap_jobs() as trap:
            self._make_returns([(order, None) for order in orders], approve=False)
            jobs = [job for job in trap.enqueued_jobs if job.method_name == "_job_mail_customers"]
        self.assertEqual(len(jobs), 1)
        self.assertEqual(len(jobs[0].recordset), 3)

    def test_silent_channel(self):
        self.channel.notify_customer = False
        order = self._make_order([(self.product_standard, 1)])
        with trap_jobs() as trap:
            self._make_return(order)
        self.assertNotIn("_job_mail_customers", [job.method_name for job in trap.enqueued_jobs])

    def test_customer_without_address(self):
        self.customer.email = False
        order = self._make_order([(self.product_standard, 1)])
        with trap_jobs() as trap:
            self._make_return(order)
        self.assertNotIn("_job_mail_customers", [job.method_name for job in trap.enqueued_jobs])

    def test_rejection_gives_the_reason(self):
        order = self._make_order([(self.product_standard, 1)])
        ret = self._make_return(order, approve=False)
        ret.rejection_reason = "Opened after the guarantee ran out."
        ret.with_context(queue_job__no_delay=True).action_reject()
        mail = self._get_mails(ret)[-1]
        self.assertIn("Opened after the guarantee ran out.", mail.body_html)
