import binascii
import re
import secrets
from dataclasses import dataclass
from typing import Any

from odoo import api, models
from odoo.tools import SQL, email_normalize
from odoo.tools.misc import hash_sign, verify_hash_signed

ORDER_SCOPE = "helloword_returns.order"
TOKEN_VALID_HOURS = 3
# Shorter entries say too little to prove anything.
MINIMUM_NUMBER_LENGTH = 3
MINIMUM_POSTCODE_LENGTH = 3
# Stands in no order number, address or postcode.
NOTHING = "\x01"
ENTRY_LIMIT = 100


@dataclass(frozen=True)
class FoundOrder:
    """An order somebody has shown to know, and how much of it they may see.

    :param order: ``sale.order`` record, read as superuser
    :param str proof: ``buyer`` sees what the buyer sees; ``recipient`` got the goods as a gift:
        no prices, nothing about the buyer
    :param str nonce: of the visit; two visits about the same order have different ones
    """

    order: Any
    proof: str
    nonce: str


class SaleOrder(models.Model):
    """Orders found by people without a login: by what stands on the parcel's papers."""

    _inherit = "sale.order"

    _number_for_finder = models.Index("(upper(translate(name, ' #', '')))")
    _client_ref_for_finder = models.Index(
        "(upper(translate(client_order_ref, ' #', ''))) WHERE client_order_ref IS NOT NULL"
    )
    _channel_ref_for_finder = models.Index(
        "(upper(translate(return_channel_ref, ' #', ''))) WHERE return_channel_ref IS NOT NULL"
    )

    @api.model
    def _find_for_customer(self, number, contact, companies=None, is_gift=False):
        """Find a confirmed order by its number and something only its people know.

        One query does the same work whether the number, the contact, or both are wrong: neither
        the answer nor its time tells which orders exist. Upper and lower case, spaces, dashes in
        postcodes and a leading # do not matter.

        :param str number: the order's own number, the customer's reference or the channel's
        :param str contact: e-mail address of the buyer, or postcode of the invoice or delivery
        :param companies: ``res.company`` to look in; all of them without it
        :param bool is_gift: the person says the goods were a gift
        :return: :class:`FoundOrder`, or None
        """
        number = self._normalize_number(number)
        email, postcode = self._normalize_contact(contact)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT o.id,
                       %(email)s = ANY(buyer.emails) OR %(postcode)s = ANY(buyer.postcodes)
                  FROM sale_order o
                  JOIN LATERAL (
                       SELECT array_agg(p.email_normalized) AS emails,
                              array_agg(upper(translate(p.zip, ' -', ''))) AS postcodes
                         FROM res_partner p
                        WHERE p.id IN (o.partner_id, o.partner_invoice_id)
                           OR p.id IN (SELECT commercial_partner_id FROM res_partner
                                        WHERE id = o.partner_id)
                       ) buyer ON TRUE
                  JOIN res_partner recipient ON recipient.id = o.partner_shipping_id
                 WHERE (upper(translate(o.name, ' #', '')) = %(number)s
                        OR upper(translate(o.client_order_ref, ' #', '')) = %(number)s
                        OR upper(translate(o.return_channel_ref, ' #', '')) = %(number)s)
                   AND o.state = 'sale'
                   AND (%(everywhere)s OR o.company_id = ANY(%(company_ids)s))
                   AND (%(email)s = ANY(buyer.emails)
                        OR %(postcode)s = ANY(buyer.postcodes)
                        OR recipient.email_normalized = %(email)s
                        OR upper(translate(recipient.zip, ' -', '')) = %(postcode)s)
              ORDER BY o.date_order DESC, o.id DESC
                 LIMIT 1
                """,
                number=number,
                email=email,
                postcode=postcode,
                everywhere=companies is None,
                company_ids=companies.ids if companies else [0],
            )
        )
        for order_id, is_buyer in rows:
            return FoundOrder(
                self.sudo().browse(order_id),
                "buyer" if is_buyer and not is_gift else "recipient",
                secrets.token_urlsafe(12),
            )
        return None

    @api.model
    def _normalize_number(self, number):
        """:return: as the indexes have it; what is too short matches nothing"""
        number = re.sub(r"[\s#]", "", (number or "")[:ENTRY_LIMIT]).upper()
        return number if len(number) >= MINIMUM_NUMBER_LENGTH else NOTHING

    @api.model
    def _normalize_contact(self, contact):
        """:return: tuple (e-mail address, postcode), what it is not matches nothing"""
        contact = (contact or "").strip()[:ENTRY_LIMIT]
        if "@" in contact:
            return email_normalize(contact) or NOTHING, NOTHING
        postcode = re.sub(r"[\s-]", "", contact).upper()
        return NOTHING, postcode if len(postcode) >= MINIMUM_POSTCODE_LENGTH else NOTHING

    def _get_finder_token(self, proof="buyer", nonce=None):
        """A token that opens this order only, for some hours.

        :param str proof: see :class:`FoundOrder`
        :param str nonce: of the visit; a new one without it
        :return: text that can stand in an address
        """
        self.ensure_one()
        return hash_sign(
            self.env(su=True),
            ORDER_SCOPE,
            [self.id, proof, nonce or secrets.token_urlsafe(12)],
            expiration_hours=TOKEN_VALID_HOURS,
        )

    @api.model
    def _read_finder_token(self, token):
        """Who comes with a token.

        :return: :class:`FoundOrder`, or None when the token is forged, expired or its order gone
        """
        try:
            values = verify_hash_signed(self.env(su=True), ORDER_SCOPE, token or "")
        except (ValueError, TypeError, binascii.Error, OverflowError):
            return None
        if not values:
            return None
        order_id, proof, nonce = values
        order = self.sudo().browse(order_id).exists()
        return FoundOrder(order, proof, nonce) if order else None
