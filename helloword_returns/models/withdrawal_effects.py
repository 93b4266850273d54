from odoo import fields, models
from odoo.exceptions import UserError

from ..intake.payload import RequestLine, ReturnRequest
from .returnable_pool import ReturnablePool


class HellowordWithdrawal(models.Model):
    """What follows from a statement: a return, approved at once, or what a person does instead."""

    _inherit = "helloword.withdrawal"

    # -------------------------------------------------------------------------
    # By itself
    # -------------------------------------------------------------------------

    def _carry_out(self):
        """Make and approve the returns of statements whose order is known. Batch.

        The consumer must send the goods back within 14 days (Directive 2011/83/EU Art. 14(1));
        nobody has to agree first.
        """
        for company, withdrawals in self.grouped("company_id").items():
            pool = ReturnablePool(
                self.env["helloword.return"], exclude=False, orders=withdrawals.sale_order_id
            )
            requests = [withdrawal._prepare_request(pool) for withdrawal in withdrawals]
            returns = (
                self.env["helloword.return"]
                .sudo()
                .with_company(company)
                .intake([request for request in requests if request.lines], decide=False)
            )
            returns._approve_withdrawn()
        self._close_question_if_done()

    def _close_question_if_done(self):
        self.filtered(lambda withdrawal: not withdrawal.needs_person)._close_question()

    def _prepare_request(self, pool):
        """The request for a return of everything that is meant and was delivered.

        :param ReturnablePool pool: what is left to return
        :return: :class:`~odoo.addons.helloword_returns.intake.payload.ReturnRequest`
        """
        self.ensure_one()
        order = self.sale_order_id
        quantities = {
            line: min(quantity, pool.get_returnable(line))
            for line, quantity in self._get_wanted().items()
        }
        return ReturnRequest(
            channel_id=order._get_portal_channel().id,
            sale_order_id=order.id,
            partner_id=order.partner_id.id,
            order_ref=order.return_channel_ref or order.name,
            currency=order.currency_id.name,
            customer_name=self.consumer_name,
            customer_email=self.email or "",
            customer_phone=self.phone or "",
            requested_at=self.received_at,
            lang=self._get_odoo_lang(),
            withdrawal_id=self.id,
            lines=tuple(
                RequestLine(sale_line_id=line.id, quantity=quantity)
                for line, quantity in quantities.items()
                if self._is_positive(line, quantity)
            ),
        )

    def _get_odoo_lang(self):
        """:return: code of an installed language that is the statement's, or empty"""
        self.ensure_one()
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        return next((code for code in codes if code.split("_")[0] == self.lang), "")

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_examine(self):
        """Look again after somebody chose the order or corrected it."""
        self.check_access("write")
        self.filtered("sale_order_id").sudo().is_identified = True
        self._examine()
        return True

    def action_create_return(self):
        """Accept a statement although a person was asked, and make its return.

        :raise UserError: there is no order, nothing left to return, or it is settled already
        """
        self.check_access("write")
        for withdrawal in self:
            withdrawal._check_open()
            if not withdrawal.sale_order_id:
                raise UserError(
                    self.env._("Choose the order of withdrawal %s first.", withdrawal.name)
                )
        records = self.sudo()
        records._lock()
        records.filtered("sale_order_id").is_identified = True
        records.findings = False
        records._carry_out()
        for withdrawal in records:
            if not withdrawal._get_valid_returns():
                raise UserError(
                    self.env._(
                        "Nothing of order %(order)s can be returned: it was not delivered, or is on a "
                        "return already. Cancel the order and refund its invoice, then close "
                        "withdrawal %(withdrawal)s.",
                        order=withdrawal.sale_order_id.name,
                        withdrawal=withdrawal.name,
                    )
                )
        records._close_question()
        return self.action_view_returns()

    def _check_open(self):
        self.ensure_one()
        if self.state in ("refused", "closed") or self._get_valid_returns():
            raise UserError(
                self.env._(
                    "Withdrawal %(name)s is settled: %(state)s.",
                    name=self.name,
                    state=dict(self._fields["state"]._description_selection(self.env))[self.state],
                )
            )

    def _refuse(self, reason):
        """Note why a statement has no effect. The consumer is told in the chatter's mail.

        :param str reason: what the consumer reads
        :raise UserError: it is settled already
        """
        self.check_access("write")
        for withdrawal in self:
            withdrawal._check_open()
        records = self.sudo()
        records.write({"refusal_reason": reason, "refused_at": fields.Datetime.now()})
        records._close_question()
        for withdrawal in records.filtered("email"):
            withdrawal._send_refusal()

    def _send_refusal(self):
        self.ensure_one()
        template = self.env.ref("helloword_returns.mail_template_withdrawal_refused")
        template.send_mail(self.id, email_layout_xmlid="mail.mail_notification_light")

    def action_close(self):
        """Everything that follows was done by a person, such as cancelling an undelivered order."""
        self.check_access("write")
        records = self.sudo().filtered(lambda w: w.state not in ("refused", "closed"))
        records.closed_at = fields.Datetime.now()
        records._close_question()
        return True

    def action_reopen(self):
        """Back to what the facts say, e.g. after a wrong refusal."""
        self.check_access("write")
        self.sudo().write({"closed_at": False, "refused_at": False, "refusal_reason": False})
        return True

    def action_view_returns(self):
        return self.return_ids._get_records_action(name=self.env._("Returns"))

    def action_view_order(self):
        self.ensure_one()
        return self.sale_order_id._get_records_action()
