from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command

from ..intake.payload import RequestLine, ReturnRequest
from ..intake.photo import read_photo

DRAFT_DAYS = 2
PHOTOS_PER_DRAFT = 12
# By which requests made on our own pages are known.
SELF_SERVICE_PREFIX = "portal-"


class HellowordReturnDraft(models.Model):
    """A request somebody is filling in on the public page, and its photos, until it is sent.

    One for each visit: sent twice, it gives one return.
    """

    _name = "helloword.return.draft"
    _description = "Unsent Return Request"

    nonce = fields.Char(required=True)
    sale_order_id = fields.Many2one("sale.order", required=True, index=True, ondelete="cascade")
    is_gift = fields.Boolean()
    lines = fields.Json()
    keep_it_step = fields.Integer(help="How many steps of the keep-it ladder were declined.")
    photo_ids = fields.Many2many("ir.attachment", string="Photos")
    return_id = fields.Many2one("helloword.return", index="btree_not_null", ondelete="cascade")

    _nonce_uniq = models.UniqueIndex("(nonce)")

    @api.model
    def _get_or_create(self, found):
        """The draft of a visit.

        :param found: :class:`~odoo.addons.helloword_returns.models.order_finder.FoundOrder`
        """
        draft = self.search([("nonce", "=", found.nonce)], limit=1)
        return draft or self.create(
            {
                "nonce": found.nonce,
                "sale_order_id": found.order.id,
                "is_gift": found.proof == "recipient",
            }
        )

    # -------------------------------------------------------------------------
    # What is filled in
    # -------------------------------------------------------------------------

    def _get_request_lines(self):
        """:return: list of :class:`~odoo.addons.helloword_returns.intake.payload.RequestLine`"""
        self.ensure_one()
        return [RequestLine(**line) for line in self.lines or []]

    def _set_request_lines(self, lines):
        """:param lines: list of RequestLine of this draft's own order lines"""
        self.ensure_one()
        self.keep_it_step = 0
        self.lines = [
            {
                "sale_line_id": line.sale_line_id,
                "quantity": line.quantity,
                "reason": line.reason,
                "comment": line.comment,
            }
            for line in lines
        ]

    def _add_photo(self, sale_line, data):
        """Keep a photo of one product.

        :param bytes data: a file from a stranger
        :raise PhotoError: it is no image, or too big
        """
        self.ensure_one()
        picture = read_photo(data)
        number = len(self.photo_ids) + 1
        self.photo_ids = [
            Command.create(
                {
                    "name": f"{sale_line.product_id.default_code or sale_line.id}-{number}.jpg",
                    "raw": picture,
                    "mimetype": "image/jpeg",
                    "description": str(sale_line.id),
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        ]

    def _get_photos(self, sale_line):
        return self.photo_ids.filtered(lambda photo: photo.description == str(sale_line.id))

    # -------------------------------------------------------------------------
    # Trying and sending
    # -------------------------------------------------------------------------

    def _prepare_request(self, outcome="", name="", email="", comment="", exchanges=None):
        """The typed request this draft becomes.

        :param str outcome: of ``return_request.OUTCOMES``, or empty
        :param str name: of the person who asks; empty: the buyer's
        :param str email: where to write to; empty: the buyer's
        :param dict exchanges: id of an order line → id of the product wanted instead
        :return: :class:`~odoo.addons.helloword_returns.intake.payload.ReturnRequest`
        """
        self.ensure_one()
        order = self.sale_order_id
        buyer = order.partner_id.browse() if self.is_gift else order.partner_id
        lines = (
            replace(line, exchange_product_id=(exchanges or {}).get(line.sale_line_id, 0))
            for line in self._get_request_lines()
        )
        return ReturnRequest(
            channel_id=order._get_portal_channel().id,
            external_id=f"{SELF_SERVICE_PREFIX}{self.nonce}",
            order_ref=order.return_channel_ref or order.name,
            sale_order_id=order.id,
            partner_id=order.partner_id.id,
            lines=tuple(lines),
            currency=order.currency_id.name,
            country=order.partner_shipping_id.country_id.code or "",
            customer_name=name or buyer.name or "",
            customer_email=email or buyer.email or "",
            comment=comment,
            outcome=outcome,
            is_gift=self.is_gift,
            lang=self.env.lang or "",
        )

    def _give_photos(self, ret):
        """The photos belong to the return from now on."""
        self.ensure_one()
        self.photo_ids.write({"res_model": ret._name, "res_id": ret.id})
        ret.customer_photo_ids |= self.photo_ids

    @api.autovacuum
    def _gc_drafts(self):
        """What was not sent, with its photos; sent photos belong to the return by now."""
        limit = fields.Datetime.now() - timedelta(days=DRAFT_DAYS)
        drafts = self.search([("write_date", "<", limit)], limit=1000)
        drafts.photo_ids.filtered(lambda photo: photo.res_model == self._name).unlink()
        drafts.unlink()
