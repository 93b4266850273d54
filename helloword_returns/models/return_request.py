from contextlib import closing

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .return_draft import SELF_SERVICE_PREFIX

# In the order in which customers read them.
OUTCOMES = [
    ("keep_it", "Keep it for a partial refund"),
    ("refund", "Refund"),
    ("exchange", "Exchange"),
    ("store_credit", "Store credit"),
]


class HellowordReturn(models.Model):
    """Requests that customers make themselves on the public page."""

    _inherit = "helloword.return"

    requested_outcome = fields.Selection(
        OUTCOMES, string="Customer Asks For", copy=False, help="What the customer would like."
    )
    is_self_service = fields.Boolean(
        string="Asked on Our Page",
        readonly=True,
        copy=False,
        help="The customer made this request on the returns portal.",
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
            "is_self_service": payload.external_id.startswith(SELF_SERVICE_PREFIX),
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
            ret._hold_without_rate()
            if not ret.needs_attention:
                ret._snapshot_facts()
                ret._apply_matches(ret._match_rules())
                ret._make_preview_offers(draft.keep_it_step)
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
        ret._decide_portal_request(draft.keep_it_step)
        return ret

    def _make_preview_offers(self, declined_steps):
        """The offers that would be open after some steps of the ladder were declined."""
        self.ensure_one()
        if self.decision in (False, "manual", "reject"):
            return
        self.with_context(portal_choice=True)._make_offers()
        for _step in range(declined_steps):
            self._get_open_offer("keep_it")._decline()

    def _decide_portal_request(self, keep_it_step=0):
        """Let the rules decide, and take of what they offer what the customer has chosen.

        Money for a gift belongs to somebody else than the person who asks: a person decides.

        :param int keep_it_step: how many steps of the ladder the customer has declined
        """
        self.ensure_one()
        if self.needs_attention:
            return
        if self.is_gift:
            self._leave_to_person()
            self._schedule_review()
            return
        self.with_context(portal_choice=True)._decide_after_intake()
        for _step in range(keep_it_step):
            self._get_open_offer("keep_it")._decline()
        self._get_open_offer(self.requested_outcome)._accept()

    def _get_open_offer(self, kind):
        self.ensure_one()
        return self.offer_ids.filtered(lambda offer: offer.kind == kind and offer.state == "open")

    def _mail_customers(self, template_xmlid):
        """Who chooses on the page at this moment need not be asked by mail."""
        if self.env.context.get("portal_choice") and template_xmlid.endswith("return_offer"):
            return None
        return super()._mail_customers(template_xmlid)

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
