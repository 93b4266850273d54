from markupsafe import Markup, escape
from odoo import api, fields, models

from ..intake.photo import read_photo

PHOTOS_PER_RETURN = 30


class HellowordReturn(models.Model):
    """What the customer's page shows, and what can be done there."""

    _inherit = "helloword.return"

    customer_photo_ids = fields.Many2many(
        "ir.attachment",
        "helloword_return_customer_photo_rel",
        string="Photos from the Customer",
        copy=False,
    )

    def _get_return_address(self):
        """:return: partner whose address the parcel goes to"""
        self.ensure_one()
        warehouse = (
            self.warehouse_id or self.channel_id.warehouse_id or self.sale_order_id.warehouse_id
        )
        return warehouse.partner_id or self.company_id.partner_id

    # -------------------------------------------------------------------------
    # Where it stands
    # -------------------------------------------------------------------------

    def _get_portal_steps(self):
        """The steps of this return as its customer sees them.

        :return: list of tuples (label, status), status one of ``done``, ``current``, ``todo``
        """
        self.ensure_one()
        return [(label, status) for label, status, _date in self._get_portal_timeline()]

    def _get_portal_timeline(self):
        """The steps of this return with when each was taken.

        :return: list of tuples (label, status, date or False), status as in
            :meth:`_get_portal_steps`
        """
        self.ensure_one()
        steps = [(self.env._("Requested"), True, self.request_date)]
        if self.approval_state == "rejected":
            steps.append((self.env._("Not accepted"), True, self.decided_date))
        elif self.approval_state == "cancelled":
            steps.append((self.env._("Withdrawn"), True, self.closed_date))
        else:
            decided = self.approval_state == "approved"
            steps.append((self.env._("Approved"), decided, self.decided_date))
            steps += self._get_goods_steps() + self._get_money_steps()
        current = next((index for index, step in enumerate(steps) if not step[1]), None)
        return [
            (
                label,
                "done" if done else "current" if index == current else "todo",
                done and date,
            )
            for index, (label, done, date) in enumerate(steps)
        ]

    def _get_goods_steps(self):
        if self.goods_state in ("none", "missing"):
            return []
        received = self.goods_state in ("received", "inspected", "processed")
        shipped = received or self.goods_state in ("transit", "partial")
        arrivals = self.sudo().receipt_picking_ids.filtered("date_done").mapped("date_done")
        return [
            (self.env._("On its way"), shipped, self.shipped_date),
            (self.env._("Received"), received, max(arrivals, default=False)),
        ]

    def _get_money_steps(self):
        if self.decision == "exchange":
            sent = self.sudo().line_ids.exchange_move_ids.filtered(
                lambda move: move.state == "done"
            )
            return [
                (
                    self.env._("Exchange sent"),
                    self.is_exchange_delivered,
                    max(sent.mapped("date"), default=False),
                )
            ]
        if self.refund_state == "none":
            return []
        notes = self.sudo().line_ids.refund_line_ids.move_id
        label = (
            self.env._("Store credit added")
            if self.decision == "store_credit"
            else self.env._("Refunded")
        )
        booked = notes.filtered(lambda note: note.state == "posted")
        return [
            (
                label,
                self.refund_state == "done",
                max(booked.mapped("invoice_date"), default=False),
            )
        ]

    def _get_portal_answer(self):
        """What was decided, in words for the customer.

        :return: tuple (headline, list of sentences)
        """
        self.ensure_one()
        if self.approval_state == "rejected":
            return self.env._("We cannot accept this return"), [
                self.rejection_reason
                or self.env._("If you think this is a mistake, write to us below.")
            ]
        if self.approval_state == "cancelled":
            return self.env._("This request was withdrawn"), [self.env._("Nothing will happen.")]
        if self.waits_for_choice:
            return self.env._("What would you like?"), [self.env._("Please choose below.")]
        if self.waits_for_photos:
            return self.env._("Please send us a photo"), [
                self.env._("We decide as soon as we have it. You can add it below.")
            ]
        if self.approval_state == "requested":
            return self.env._("We are looking at your request"), [
                self.env._("You will get our answer by e-mail. There is nothing to do until then.")
            ]
        headlines = {
            "refund_only": self.env._("You get your money back and keep the goods"),
            "return_refund": self.env._("Your return is approved"),
            "exchange": self.env._("Your exchange is approved"),
            "store_credit": self.env._("Your return for store credit is approved"),
            "keep_it": self.env._("You keep the goods and get a part of the price back"),
        }
        sentences = [self._get_portal_refund_sentence(), self._get_portal_label_sentence()]
        return headlines[self.decision], [sentence for sentence in sentences if sentence]

    def _get_portal_refund_sentence(self):
        """:return: when money or goods come, as a sentence; empty when they have come"""
        if self.refund_state == "done" or (
            self.decision == "exchange" and self.is_exchange_delivered
        ):
            return ""
        trigger = "request" if self.goods_state == "none" else self.refund_trigger
        return self._get_promises(self.decision).get(trigger, "")

    @api.model
    def _get_promises(self, decision):
        """:return: dict of refund trigger → when the customer gets what was decided"""
        if decision == "exchange":
            return {
                "request": self.env._("We send your new goods now."),
                "first_scan": self.env._(
                    "We send your new goods as soon as the carrier has your parcel."
                ),
                "receipt": self.env._("We send your new goods as soon as your parcel has arrived."),
                "inspection": self.env._(
                    "We send your new goods when your parcel has arrived and was checked."
                ),
            }
        if decision == "store_credit":
            return {
                "request": self.env._("You get your credit now."),
                "first_scan": self.env._(
                    "You get your credit as soon as the carrier has your parcel."
                ),
                "receipt": self.env._("You get your credit as soon as your parcel has arrived."),
                "inspection": self.env._(
                    "You get your credit when your parcel has arrived and was checked."
                ),
            }
        return {
            "request": self.env._("You get your money now, the way you paid."),
            "first_scan": self.env._("You get your money as soon as the carrier has your parcel."),
            "receipt": self.env._("You get your money as soon as your parcel has arrived."),
            "inspection": self.env._(
                "You get your money when your parcel has arrived and was checked."
            ),
        }

    def _get_portal_label_sentence(self):
        if self.goods_state not in ("expected", "transit", "partial"):
            return ""
        return {
            "seller": self.env._("Sending it back is free for you."),
            "customer": self.env._("The postage is yours to pay."),
            "deduct": self.env._("The postage is deducted from the refund."),
            "split": self.env._("A part of the postage is deducted from the refund."),
        }.get(self.label_payer, "")

    # -------------------------------------------------------------------------
    # Papers
    # -------------------------------------------------------------------------

    def _get_portal_documents(self):
        """Files the customer needs to send the parcel: labels of the expected receipts.

        :return: ``ir.attachment`` recordset, as superuser
        """
        self.ensure_one()
        if self.approval_state != "approved" or self.goods_state not in ("expected", "transit"):
            return self.env["ir.attachment"].sudo()
        return self.sudo().receipt_picking_ids.return_label_ids

    # -------------------------------------------------------------------------
    # Words and photos
    # -------------------------------------------------------------------------

    def _get_portal_messages(self):
        """What was said between the customer and us, oldest first; notes among staff are not.

        A logged note carries the internal subtype, not the flag, as in Odoo's own portal.

        :return: ``mail.message`` recordset
        """
        self.ensure_one()
        return self.website_message_ids.filtered(
            lambda message: (
                message.body
                and not message.is_internal
                and message.subtype_id
                and not message.subtype_id.internal
            )
        ).sorted("id")

    def _is_from_customer(self, message):
        """:return: whether a message was written by the one who asked, not by the shop"""
        self.ensure_one()
        author = message.author_id
        return not author or not any(user._is_internal() for user in author.user_ids)

    def _post_from_customer(self, text, photos=()):
        """Add what the customer writes, and photos, to the thread.

        :param str text: plain text
        :param photos: iterable of bytes
        :raise PhotoError: a photo is no image, or too big, or there are too many
        """
        self.ensure_one()
        pictures = [read_photo(data) for data in photos]
        author = self.env["res.partner"] if self.is_gift else self.partner_id
        sender = self._get_customer_email()
        message = self.with_context(mail_create_nosubscribe=True).message_post(
            body=Markup("<br/>").join(escape(line) for line in (text or "").splitlines()),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=author.id or False,
            email_from=sender or self.company_id.email_formatted,
            attachments=[
                (f"{self.name.replace('/', '-')}-{number}.jpg", picture)
                for number, picture in enumerate(pictures, 1)
            ],
        )
        self.customer_photo_ids |= message.attachment_ids
        return message


class HellowordReturnLine(models.Model):
    _inherit = "helloword.return.line"

    def _get_portal_name(self):
        self.ensure_one()
        return self.product_id._get_portal_name() if self.product_id else self.name
