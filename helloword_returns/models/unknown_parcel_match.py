from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from ..carriers.scan import read_candidates
from ..matching.parcel import (
    LEAST_POINTS,
    CandidateFacts,
    ParcelFacts,
    choose,
    normalize_name,
    normalize_postcode,
    weigh,
)

SHOWN_MATCHES = 8
# Of each way of looking, for all parcels of a batch together.
FOUND_LIMIT = 400
AWAITED_STATES = ("expected", "transit", "partial")
REMATCH_DAYS = 90
REMATCH_BATCH = 500


class HellowordUnknownParcelMatch(models.Model):
    """A return, or an order nobody asked to return yet, an unknown parcel may belong to."""

    _name = "helloword.unknown.parcel.match"
    _description = "Possible Return of an Unknown Parcel"
    _order = "parcel_id, points desc, id"

    parcel_id = fields.Many2one(
        "helloword.unknown.parcel", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="parcel_id.company_id", store=True, index=True)
    parcel_state = fields.Selection(related="parcel_id.state")
    return_id = fields.Many2one("helloword.return", index="btree_not_null", ondelete="cascade")
    sale_order_id = fields.Many2one("sale.order", index="btree_not_null", ondelete="cascade")
    partner_id = fields.Many2one("res.partner", compute="_compute_about", compute_sudo=True)
    goods = fields.Char(compute="_compute_about", compute_sudo=True)
    return_stage = fields.Selection(related="return_id.stage", string="Stage")
    points = fields.Integer(help="The higher, the likelier. The reasons say why.")
    reasons = fields.Json(readonly=True)
    why = fields.Char(compute="_compute_why", help="What agrees and what does not.")

    @api.depends("return_id", "sale_order_id")
    def _compute_about(self):
        for match in self:
            order = match.sale_order_id
            match.partner_id = match.return_id.partner_id or order.partner_id
            products = match.return_id.line_ids.product_id or order.order_line.product_id.filtered(
                lambda product: product.type == "consu"
            )
            match.goods = ", ".join(products.mapped("display_name")[:3])

    @api.depends("return_id", "sale_order_id", "points")
    def _compute_display_name(self):
        for match in self:
            match.display_name = match.return_id.name or match.sale_order_id.name

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_why(self):
        words = self._get_reason_words()
        for match in self:
            match.why = ", ".join(
                words.get(code, code)
                for code, _points in sorted(
                    (match.reasons or {}).items(), key=lambda item: -item[1]
                )
            )

    @api.model
    def _get_reason_words(self):
        """:return: dict of reason → text"""
        _ = self.env._
        return {
            "number": _("its return number"),
            "channel_number": _("the channel's number"),
            "tracking": _("tracking number of its label"),
            "outbound_tracking": _("tracking number it was sent with"),
            "license_plate": _("its license plate"),
            "order": _("its order number"),
            "serial": _("serial number that was delivered"),
            "email": _("the buyer's e-mail address"),
            "sender": _("the buyer's name and ZIP"),
            "name": _("the buyer's name"),
            "postcode": _("the buyer's ZIP"),
            "only_one": _("the only return awaited with these goods"),
            "product": _("goods it awaits"),
            "more_products": _("several of its goods"),
            "quantity": _("no more than it awaits"),
            "weight": _("its weight"),
            "warehouse": _("awaited at this warehouse"),
            "other_weight": _("but another weight"),
            "other_country": _("but from another country"),
            "other_goods": _("but other goods"),
            "complete": _("but all its goods came already"),
            "refused": _("but it was rejected or cancelled"),
        }

    def action_match(self):
        """This is it.

        :raise UserError: the parcel does not wait any more
        """
        self.ensure_one()
        if self.return_id:
            return self.parcel_id._claim(self.return_id)
        return self.parcel_id.action_create_return(self.sale_order_id)


class HellowordUnknownParcel(models.Model):
    """Finding the returns that parcels may belong to. Batch: queries do not grow with parcels."""

    _inherit = "helloword.unknown.parcel"

    def action_find(self):
        """Look again, e.g. after a number was corrected."""
        self._match()
        return True

    def _match(self):
        """Rank the returns each open parcel may belong to; where there is no doubt, and the company
        wants it, the parcel is matched at once."""
        parcels = self.filtered(lambda parcel: parcel.state == "open")
        if not parcels:
            return
        parcels._name_products()
        found = parcels.sudo()._find_candidates()
        parcels.sudo().match_ids.unlink()
        vals_list, certain = [], defaultdict(self.browse)
        for parcel in parcels.sudo():
            facts = parcel._get_facts()
            ranked = [
                (key, reasons)
                for key, candidate in found[parcel.company_id].items()
                if sum((reasons := weigh(facts, candidate)).values()) >= LEAST_POINTS
            ]
            awaiting = [entry for entry in ranked if entry[1].keys() & {"product"}]
            if len(awaiting) == 1:
                awaiting[0][1]["only_one"] = 25
            ranked.sort(key=lambda entry: (-sum(entry[1].values()), entry[0]))
            vals_list += [
                {
                    "parcel_id": parcel.id,
                    "return_id": key[1] if key[0] == "return" else False,
                    "sale_order_id": key[1] if key[0] == "order" else False,
                    "points": sum(reasons.values()),
                    "reasons": reasons,
                }
                for key, reasons in ranked[:SHOWN_MATCHES]
            ]
            chosen = choose(ranked)
            if (
                chosen
                and chosen[0] == "return"
                and parcel.company_id.unknown_parcel_auto
                and not self.env.context.get("unknown_parcel_by_hand")
            ):
                certain[chosen[1]] |= parcel
        self.env["helloword.unknown.parcel.match"].sudo().create(vals_list)
        for return_id, sure in certain.items():
            sure.sudo()._claim(
                self.env["helloword.return"].sudo().browse(return_id), by_itself=True
            )

    def _name_products(self):
        """Contents described by a code of ours or a barcode are that product."""
        lines = self.line_ids.filtered(lambda line: line.sku and not line.product_id)
        if not lines:
            return
        codes = lines.mapped("sku")
        products = (
            self.env["product.product"]
            .sudo()
            .search(
                (Domain("default_code", "in", codes) | Domain("barcode", "in", codes))
                & Domain("company_id", "in", [False, *lines.company_id.ids])
            )
        )
        by_code = defaultdict(products.browse)
        for product in products:
            for code in {product.default_code, product.barcode} - {False}:
                by_code[code] |= product
        for line in lines:
            own = by_code[line.sku].filtered(
                lambda product, line=line: product.company_id.id in (False, line.company_id.id)
            )
            if len(own) == 1:
                line.product_id = own

    def _get_codes(self):
        """Every number read off a parcel: people write them into any field."""
        self.ensure_one()
        texts = (self.number, self.tracking_number, self.license_plate, self.order_ref)
        return frozenset(code for text in texts if text for code in read_candidates(text))

    def _get_facts(self):
        """:return: :class:`~odoo.addons.helloword_returns.matching.parcel.ParcelFacts`"""
        self.ensure_one()
        products = defaultdict(float)
        for line in self.line_ids:
            if line.product_id:
                products[line.product_id.id] += line.quantity
        return ParcelFacts(
            codes=self._get_codes(),
            serials=frozenset(line.serial for line in self.line_ids if line.serial),
            name=normalize_name(self.sender_name),
            email=email_normalize(self.sender_email or "") or "",
            postcode=normalize_postcode(self.sender_zip),
            country=self.sender_country_id.code or "",
            products=dict(products),
            weight=self.weight,
            warehouse_id=self.warehouse_id.id or 0,
        )

    # -------------------------------------------------------------------------
    # Candidates
    # -------------------------------------------------------------------------

    def _find_candidates(self):
        """:return: dict of company → dict of ("return" or "order", id) →
        :class:`~odoo.addons.helloword_returns.matching.parcel.CandidateFacts`
        """
        own = Domain("company_id", "in", self.company_id.ids)
        codes = sorted({code for parcel in self for code in parcel._get_codes()})
        serials = sorted({line.serial for line in self.line_ids if line.serial})
        orders = self._find_orders(own, codes, serials)
        returns = (
            self._find_returns_by_code(own, codes)
            | self.env["helloword.return"].search(
                Domain("sale_order_id", "in", orders.ids), limit=FOUND_LIMIT
            )
            | self._find_returns_by_sender(own)
            | self._find_returns_by_goods(own)
        )
        candidates = defaultdict(dict)
        for ret, facts in returns._get_parcel_facts().items():
            candidates[ret.company_id]["return", ret.id] = facts
        for order, facts in (orders - returns.sale_order_id)._get_parcel_facts().items():
            candidates[order.company_id]["order", order.id] = facts
        return candidates

    def _find_returns_by_code(self, own, codes):
        if not codes:
            return self.env["helloword.return"]
        returns = self.env["helloword.return"].search(
            own
            & (
                Domain("name", "in", codes)
                | Domain("external_id", "in", codes)
                | Domain("external_order_ref", "in", codes)
            ),
            limit=FOUND_LIMIT,
        )
        labels = self.env["helloword.return.label"].search(
            own & Domain("tracking_number", "in", codes), limit=FOUND_LIMIT
        )
        plates = self.env["helloword.return.inspection"].search(
            own & Domain("license_plate", "in", codes), limit=FOUND_LIMIT
        )
        return returns | labels.return_id | plates.return_id

    def _find_orders(self, own, codes, serials):
        """Orders whose number, parcel or goods these are."""
        orders = self.env["sale.order"]
        if codes:
            orders |= orders.search(
                own
                & Domain("state", "=", "sale")
                & (
                    Domain("name", "in", codes)
                    | Domain("client_order_ref", "in", codes)
                    | Domain("return_channel_ref", "in", codes)
                ),
                limit=FOUND_LIMIT,
            )
            pickings = self.env["stock.picking"].search(
                own
                & Domain("carrier_tracking_ref", "in", codes)
                & Domain("picking_type_code", "=", "outgoing"),
                limit=FOUND_LIMIT,
            )
            orders |= pickings.sale_id
        if serials:
            moved = self.env["stock.move.line"].search(
                own
                & Domain("lot_id.name", "in", serials)
                & Domain("state", "=", "done")
                & Domain("location_dest_usage", "=", "customer"),
                limit=FOUND_LIMIT,
            )
            orders |= moved.move_id.sale_line_id.order_id
        return orders

    def _find_returns_by_sender(self, own):
        """Returns of the last months by the buyer's address or name."""
        emails = sorted(
            {email for parcel in self if (email := email_normalize(parcel.sender_email or ""))}
        )
        names = sorted({parcel.sender_name.strip() for parcel in self if parcel.sender_name})
        if not emails and not names:
            return self.env["helloword.return"]
        domain = Domain.FALSE
        if emails:
            partners = self.env["res.partner"].search(
                Domain("email_normalized", "in", emails), limit=FOUND_LIMIT
            )
            domain |= Domain("partner_id", "in", partners.ids) | Domain(
                "customer_email", "in", emails
            )
        if names:
            partners = self.env["res.partner"].search(
                Domain.OR(Domain("name", "=ilike", name) for name in names), limit=FOUND_LIMIT
            )
            domain |= Domain("partner_id", "in", partners.ids) | Domain(
                "customer_name", "in", names
            )
        return self.env["helloword.return"].search(
            own & self._get_recent() & domain, order="id desc", limit=FOUND_LIMIT
        )

    def _find_returns_by_goods(self, own):
        """Returns that await what was found."""
        products = self.line_ids.product_id
        if not products:
            return self.env["helloword.return"]
        lines = self.env["helloword.return.line"].search(
            own
            & Domain("product_id", "in", products.ids)
            & Domain("return_id.goods_state", "in", AWAITED_STATES),
            order="id desc",
            limit=FOUND_LIMIT,
        )
        return lines.return_id

    def _get_recent(self):
        since = fields.Datetime.subtract(fields.Datetime.now(), days=REMATCH_DAYS * 2)
        return Domain("create_date", ">=", since)

    @api.model
    def _cron_match(self):
        """The return a parcel belongs to may be asked for after the parcel came."""
        since = fields.Datetime.subtract(fields.Datetime.now(), days=REMATCH_DAYS)
        self.search(
            [("state", "=", "open"), ("create_date", ">=", since)], limit=REMATCH_BATCH
        )._match()


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    def _get_parcel_facts(self):
        """What a parcel of each return would look like. Batch.

        :return: dict of return →
            :class:`~odoo.addons.helloword_returns.matching.parcel.CandidateFacts`
        """
        returns = self.sudo()
        deliveries = returns.line_ids.origin_move_id.picking_id
        deliveries.fetch(["carrier_tracking_ref"])
        returns.line_ids.origin_move_id.move_line_ids.lot_id.fetch(["name"])
        factor = self.env["helloword.return.label"]._get_weight_factor()
        facts = {}
        for ret in returns:
            lines = ret.line_ids.filtered(lambda line: not line.is_unexpected)
            awaited = defaultdict(float)
            for line in lines:
                awaited[line.product_id.id] += max(line.quantity - line.quantity_received, 0.0)
            order, partner = ret.sale_order_id, ret.partner_id
            origins = lines.origin_move_id
            facts[ret] = CandidateFacts(
                numbers=frozenset((ret.name,)),
                channel_numbers=_texts(ret.external_id),
                orders=_texts(
                    ret.external_order_ref,
                    order.name,
                    order.client_order_ref,
                    order.return_channel_ref,
                ),
                trackings=_texts(*ret.label_ids.mapped("tracking_number")),
                outbound_trackings=_texts(*origins.picking_id.mapped("carrier_tracking_ref")),
                license_plates=_texts(*ret.inspection_ids.mapped("license_plate")),
                serials=_texts(*origins.move_line_ids.lot_id.mapped("name")),
                names=frozenset(
                    filter(None, map(normalize_name, (ret.customer_name, partner.name)))
                ),
                emails=frozenset(
                    filter(
                        None,
                        (
                            email_normalize(ret.customer_email or "") or "",
                            partner.email_normalized or "",
                        ),
                    )
                ),
                postcodes=_postcodes(partner, order),
                country=ret.country_id.code or "",
                products=dict(awaited),
                weight=sum(line.product_id.weight * line.quantity for line in lines) * factor,
                warehouse_id=ret.arrival_warehouse_id.id or 0,
                is_complete=ret.goods_state in ("received", "inspected", "processed"),
                is_refused=ret.approval_state in ("rejected", "cancelled"),
            )
        return facts


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_parcel_facts(self):
        """What a parcel of goods of each order would look like. Batch.

        :return: dict of order →
            :class:`~odoo.addons.helloword_returns.matching.parcel.CandidateFacts`
        """
        facts = {}
        for order in self.sudo():
            partner = order.partner_id
            deliveries = order.picking_ids.filtered(
                lambda picking: picking.picking_type_code == "outgoing"
            )
            facts[order] = CandidateFacts(
                orders=_texts(order.name, order.client_order_ref, order.return_channel_ref),
                outbound_trackings=_texts(*deliveries.mapped("carrier_tracking_ref")),
                serials=_texts(*deliveries.move_line_ids.lot_id.mapped("name")),
                names=frozenset(filter(None, (normalize_name(partner.name),))),
                emails=frozenset(filter(None, (partner.email_normalized or "",))),
                postcodes=_postcodes(partner, order),
                country=(order.partner_shipping_id or partner).country_id.code or "",
                products={
                    line.product_id.id: line.qty_delivered
                    for line in order.order_line
                    if line.product_id.type == "consu"
                },
            )
        return facts


def _texts(*values):
    return frozenset(value for value in values if value)


def _postcodes(partner, order):
    """:return: frozenset of what the buyer's parcels may have as the sender's ZIP"""
    addresses = partner | order.partner_shipping_id | order.partner_invoice_id
    return frozenset(filter(None, map(normalize_postcode, addresses.mapped("zip"))))
