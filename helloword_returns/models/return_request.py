from contextlib import closing

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

OUTCOMES = [
    ("refund", "Refund"),
    ("exchange", "Exchange"),
    ("store_credit", "Store credit"),
    ("keep_it", "Keep it for a partial refund"),
]


class HellowordReturn(models.Model):
    """Requests that customers make themselves on the public page."""

    _inherit = "helloword.return"

    requested_outcome = fields.Selection(
        OUTCOMES, string="Customer Asks For", copy=False, help="What the customer would like."
    )
    is_gift = fields.Boolean(
        string="Gift",
        copy=False,
        help="Somebody who got the goods as a gift asks. Mails go to them, the buyer learns "
        "nothing, and money does not go back to the buyer by itself.",
    )

    customer_lang = fields.Char(
        string="Customer's Language", copy=False, help="In which the customer read the page."
    )

    @api.depends("is_gift")
    def _compute_customer(self):
        """Nothing that goes to the recipient of a gift names its buyer."""
        return super(
            HellowordReturn, self.filtered(lambda ret: not ret.is_gift)
        )._compute_customer()

    def _get_customer_email(self):
        self.ensure_one()
        return self.customer_email if self.is_gift else super()._get_customer_email()

    def _get_customer_lang(self):
        self.ensure_one()
        return self.customer_lang or super()._get_customer_lang()

    def _prepare_return_vals(self, payload, lookup):
        return super()._prepare_return_vals(payload, lookup) | {
            "is_gift": payload.is_gift,
            "requested_outcome": payload.outcome or False,
            "customer_lang": payload.lang or False,
        }

    def _prepare_line_vals(self, line, lookup, channel, issues):
        return super()._prepare_line_vals(line, lookup, channel, issues) | {
            "exchange_product_id": line.exchange_product_id or False,
        }

    # -------------------------------------------------------------------------
    # From the draft
    # -------------------------------------------------------------------------

    @api.model
    def _preview_draft(self, draft, read):
        """Try what would be decided about a draft; nothing of it stays.

        :param draft: ``helloword.return.draft`` record
        :param read: called with the return, planned but not decided; what it answers must not
            hold records of it
        :return: what ``read`` answered
        """
        with closing(self.env.cr.savepoint()):
            preview = self.with_context(portal_preview=True)
            ret = preview.intake([draft._prepare_request()], decide=False)
            draft._give_photos(ret)
            if not ret.needs_attention:
                ret._snapshot_facts()
                for rule, returns in ret._match_rules().items():
                    returns._apply_rule(rule)
            return read(ret.with_context(portal_preview=False))

    @api.model
    def _draw_numbers(self, company_id, count):
        """A preview uses up no numbers."""
        if self.env.context.get("portal_preview"):
            return ["-"] * count
        return super()._draw_numbers(company_id, count)

    @api.model
    def _create_from_draft(self, draft, **answers):
        """Take a draft into the inbox and let the rules decide it. Sent again, nothing happens.

        :param draft: ``helloword.return.draft`` record
        :param answers: see ``helloword.return.draft._prepare_request``
        :return: the return
        """
        # Sent twice at the same moment: the second transaction fails here, is repeated by Odoo,
        # and finds what the first one made.
        self.env.cr.execute(
            SQL("UPDATE helloword_return_draft SET write_date = now() WHERE id = %s", draft.id)
        )
        if draft.return_id:
            return draft.return_id
        ret = self.intake([draft._prepare_request(**answers)], decide=False)
        draft.return_id = ret
        draft._give_photos(ret)
        ret._decide_portal_request()
        return ret

    def _decide_portal_request(self):
        """Money for a gift belongs to somebody else than the person who asks: a person decides."""
        waiting = self.filtered(lambda ret: not ret.needs_attention)
        gifts = waiting.filtered("is_gift")
        (waiting - gifts)._decide_after_intake()
        if gifts:
            gifts._leave_to_person()
            gifts._schedule_review()

    # -------------------------------------------------------------------------
    # Withdrawing
    # -------------------------------------------------------------------------

    def _can_customer_withdraw(self):
        """:return: whether nothing has happened yet that would have to be undone"""
        self.ensure_one()
        if self.approval_state not in ("requested", "approved") or self.state == "done":
            return False
        return (
            self.goods_state in ("none", "expected")
            and self.refund_state in ("none", "waiting")
            and not self.shipped_date
            and not any(move.state == "done" for move in self.line_ids.exchange_move_ids)
        )

    def action_customer_withdraw(self):
        """The customer wants to keep everything after all.

        :return: True
        :raise UserError: something has happened already
        """
        for ret in self:
            if not ret._can_customer_withdraw():
                raise UserError(
                    self.env._(
                        "Return %s is under way already. Write to us, and we will help.", ret.name
                    )
                )
        self.action_cancel()
        for ret in self:
            ret.message_post(body=self.env._("The customer has withdrawn this request."))
        return True
