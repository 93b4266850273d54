from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..carriers.scan import read_candidates

# As many as a person can choose from.
HIT_LIMIT = 20
MINIMUM_LENGTH = 3
AWAITED_STATES = ("expected", "transit", "partial", "received")


class StockPicking(models.Model):
    _inherit = "stock.picking"

    _carrier_tracking_ref_for_dock = models.Index(
        "(carrier_tracking_ref) WHERE carrier_tracking_ref IS NOT NULL"
    )


class HellowordReturn(models.Model):
    _inherit = "helloword.return"

    _external_id_for_dock = models.Index("(external_id) WHERE external_id IS NOT NULL")


class HellowordDock(models.AbstractModel):
    """Recognising codes: each kind of number is looked up in its own index."""

    _inherit = "helloword.dock"

    @api.model
    def dock_find(self, barcode, warehouse_id, return_id=False):
        """What a scanned or typed code means, in a bounded number of queries.

        Numbers that stand for a return come first (the return's own, its label's, its papers',
        its order's), then what is in the parcel (serial numbers, products). With a return at hand
        its own goods come before everything else.

        :param str barcode: as the scanner sent it
        :param int warehouse_id: where it was scanned
        :param int return_id: the return that is on the screen
        :return: dict with ``code``, ``hits`` (list of dicts, the likeliest first, see
            :meth:`_prepare_hits`), ``line_id`` and ``lot_id`` (goods of the return at hand),
            ``product`` (known, but not expected by the return at hand, or by nobody), ``order``
            (known, without a return) and ``parcel`` (kept as unknown before)
        :raise UserError: nothing legible was scanned
        """
        warehouse = self._get_dock_warehouse(warehouse_id)
        candidates = read_candidates(barcode)
        if not candidates or len(candidates[0]) < MINIMUM_LENGTH:
            raise UserError(
                self.env._("The scan was empty or too short. Scan again, or type the number.")
            )
        parts = self._read_gs1(barcode)
        answer = {
            "code": candidates[0],
            "hits": [],
            "line_id": False,
            "lot_id": False,
            "product": False,
            "order": "",
            "parcel": False,
        }
        company = warehouse.company_id
        if return_id:
            ret = self._get_dock_return(return_id, warehouse)
            answer |= self._find_in_return(ret.sudo(), candidates, parts)
            if answer["line_id"]:
                return answer
        hits = self._find_by_papers(candidates + parts["package"], company, answer)
        if not hits:
            hits = self._find_by_lot(candidates + parts["lot"], company)
        if not hits:
            hits = self._find_by_product(candidates + parts["product"], company, return_id, answer)
        answer["hits"] = self._prepare_hits(hits, warehouse)
        return answer

    @api.model
    def _read_gs1(self, barcode):
        """Read element strings by Odoo's GS1 nomenclature.

        :return: dict of lists of texts: ``package``, ``product``, ``lot``
        """
        parts = {"package": [], "product": [], "lot": []}
        nomenclature = self.env.ref(
            "barcodes_gs1_nomenclature.default_gs1_nomenclature", raise_if_not_found=False
        )
        if not nomenclature:
            return parts
        text = (barcode or "").strip()[:200].replace("(", "").replace(")", "")
        try:
            elements = nomenclature.sudo().gs1_decompose_extended(text) or []
        except (ValidationError, ValueError):
            elements = []
        for element in elements:
            if element["type"] in parts:
                value = str(element["value"])
                parts[element["type"]] += [value]
                if element["type"] == "product":
                    # Fourteen digits hold shorter ones, filled up with zeros.
                    parts["product"] += [value[1:], value[2:], value[6:], value.lstrip("0")]
        return parts

    # -------------------------------------------------------------------------
    # In the return at hand
    # -------------------------------------------------------------------------

    @api.model
    def _find_in_return(self, ret, candidates, parts):
        """:return: dict with ``line_id`` and ``lot_id``, empty when it is none of its goods"""
        names = {*candidates, *parts["lot"]}
        lots = ret.line_ids.move_ids.move_line_ids.lot_id.filtered(lambda lot: lot.name in names)
        lines = ret.line_ids
        if lots:
            lines = lines.filtered(lambda line: lots & line.move_ids.move_line_ids.lot_id)
            return {"line_id": self._choose_line(lines).id, "lot_id": lots[0].id}
        products = self._find_products([*candidates, *parts["product"]], ret.company_id)
        lines = lines.filtered(
            lambda line: (
                line.product_id in products
                or {int(key) for key in line.component_quantities or {}} & set(products.ids)
            )
        )
        return {"line_id": self._choose_line(lines).id} if lines else {}

    @api.model
    def _choose_line(self, lines):
        """The first one there is still something to do with."""
        return (
            lines.filtered(lambda line: line._is_uninspected())
            or lines.filtered(lambda line: line._is_awaited())
            or lines
        )[0]

    # -------------------------------------------------------------------------
    # Everywhere
    # -------------------------------------------------------------------------

    @api.model
    def _find_by_papers(self, candidates, company, answer):
        """Returns whose number, or whose parcel's or order's number this is.

        :param dict answer: gets the name of an order that has no return, and a parcel that was
            kept as unknown
        :return: dict of return id → tuple (rank, kind, extra values of the hit)
        """
        hits = {}

        def add(return_id, rank, kind, **extra):
            if return_id and hits.get(return_id, (rank + 1,))[0] > rank:
                hits[return_id] = (rank, kind, extra)

        own = Domain("company_id", "=", company.id)
        for ret in self.env["helloword.return"].search(
            own
            & (
                Domain("name", "in", candidates)
                | Domain("external_id", "in", candidates)
                | Domain("external_order_ref", "in", candidates)
            ),
            limit=HIT_LIMIT,
        ):
            if ret.name in candidates:
                add(ret.id, 0, "return")
            elif ret.external_id in candidates:
                add(ret.id, 1, "external")
            else:
                add(ret.id, 5, "order")
        for label in (
            self.env["helloword.return.label"]
            .sudo()
            .search(own & Domain("tracking_number", "in", candidates), limit=HIT_LIMIT)
        ):
            add(label.return_id.id, 2, "tracking")
        for inspection in (
            self.env["helloword.return.inspection"]
            .sudo()
            .search(own & Domain("license_plate", "in", candidates), limit=HIT_LIMIT)
        ):
            add(inspection.return_id.id, 3, "license_plate", inspection_id=inspection.id)
        self._find_by_picking(candidates, own, add)
        self._find_by_parcel(candidates, own, add, answer)
        self._find_by_order(candidates, company, add, answer)
        return hits

    @api.model
    def _find_by_picking(self, candidates, own, add):
        """Transfers of returns, and deliveries that come back under their own label."""
        pickings = (
            self.env["stock.picking"]
            .sudo()
            .search(
                own
                & (
                    Domain("name", "in", candidates)
                    | Domain("carrier_tracking_ref", "in", candidates)
                ),
                limit=HIT_LIMIT,
            )
        )
        for picking in pickings:
            add(picking.customer_return_id.id, 4, "picking")
        deliveries = pickings.filtered(lambda picking: not picking.customer_return_id)
        if deliveries:
            for line in (
                self.env["helloword.return.line"]
                .sudo()
                .search([("origin_move_id", "in", deliveries.move_ids.ids)], limit=HIT_LIMIT)
            ):
                add(line.return_id.id, 6, "delivery")

    @api.model
    def _find_by_order(self, candidates, company, add, answer):
        Order = self.env["sale.order"].sudo()
        numbers = list({Order._normalize_number(candidate) for candidate in candidates})
        Order.flush_model(["name", "client_order_ref", "return_channel_ref", "company_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, name FROM sale_order
                 WHERE (upper(translate(name, ' #', '')) = ANY(%(numbers)s)
                        OR upper(translate(client_order_ref, ' #', '')) = ANY(%(numbers)s)
                        OR upper(translate(return_channel_ref, ' #', '')) = ANY(%(numbers)s))
                   AND company_id = %(company)s
                   AND state = 'sale'
                 LIMIT %(limit)s
                """,
                numbers=numbers,
                company=company.id,
                limit=HIT_LIMIT,
            )
        )
        if not rows:
            return
        returns = self.env["helloword.return"].search(
            [("sale_order_id", "in", [row[0] for row in rows])], limit=HIT_LIMIT
        )
        for ret in returns:
            add(ret.id, 5, "order")
        answer["order"] = "" if returns else rows[0][1]

    @api.model
    def _find_by_lot(self, names, company):
        """Returns that wait for this serial number or lot, or have it to inspect."""
        lots = (
            self.env["stock.lot"]
            .sudo()
            .search(
                [("name", "in", names), ("company_id", "in", [False, company.id])], limit=HIT_LIMIT
            )
        )
        if not lots:
            return {}
        move_lines = (
            self.env["stock.move.line"]
            .sudo()
            .search(
                [
                    ("lot_id", "in", lots.ids),
                    ("move_id.return_line_id", "!=", False),
                    ("company_id", "=", company.id),
                ],
                order="id desc",
                limit=HIT_LIMIT,
            )
        )
        return {
            line.return_id.id: (
                7,
                "lot",
                {"line_id": line.id, "lot_id": (line.move_ids.move_line_ids.lot_id & lots)[:1].id},
            )
            for line in move_lines.move_id.return_line_id
        }

    @api.model
    def _find_by_product(self, codes, company, return_id, answer):
        """Open returns that expect this product; the oldest first."""
        products = self._find_products(codes, company)
        if not products:
            return {}
        product = products[0]
        answer["product"] = {
            "id": product.id,
            "name": product.display_name,
            "image": f"/web/image/product.product/{product.id}/image_256",
        }
        if return_id:
            return {}
        lines = self.env["helloword.return.line"].search(
            [
                ("product_id", "in", products.ids),
                ("company_id", "=", company.id),
                ("return_id.approval_state", "=", "approved"),
                ("return_id.goods_state", "in", AWAITED_STATES),
            ],
            order="id",
            limit=HIT_LIMIT,
        )
        return {line.return_id.id: (8, "product", {"line_id": line.id}) for line in lines}

    @api.model
    def _find_products(self, codes, company):
        """:return: products with one of these barcodes (their packagings' too) or references"""
        codes = list(filter(None, codes))
        packagings = self.env["product.uom"].sudo().search([("barcode", "in", codes)])
        return (
            self.env["product.product"]
            .sudo()
            .search(
                Domain("type", "=", "consu")
                & Domain("company_id", "in", [False, company.id])
                & (
                    Domain("barcode", "in", codes)
                    | Domain("default_code", "in", codes)
                    | Domain("id", "in", packagings.product_id.ids)
                ),
                limit=HIT_LIMIT,
            )
        )

    # -------------------------------------------------------------------------
    # What the screen shows
    # -------------------------------------------------------------------------

    @api.model
    def _prepare_hits(self, hits, warehouse):
        """:param dict hits: return id → tuple (rank, kind, extra values)
        :return: list of dicts: ``return_id``, ``name``, ``customer``, ``kind``, ``kind_label``,
            ``products``, ``state`` (``open``, ``done``, ``closed``), ``state_label``, ``date`` and
            the extra values; the likeliest first, open ones before others
        """
        labels = self._get_kind_labels()
        returns = self.env["helloword.return"].search(
            [("id", "in", list(hits)), ("company_id", "=", warehouse.company_id.id)]
        )
        returns.sudo().line_ids.fetch(["product_id", "name", "quantity"])
        goods_labels = dict(returns._fields["goods_state"]._description_selection(self.env))
        approval_labels = dict(returns._fields["approval_state"]._description_selection(self.env))
        rows = []
        for ret in returns.sudo():
            rank, kind, extra = hits[ret.id]
            state = self._get_hit_state(ret)
            rows.append(
                {
                    "return_id": ret.id,
                    "name": ret.name,
                    "customer": ret.customer_name or "",
                    "order": ret.sale_order_id.name or ret.external_order_ref or "",
                    "kind": kind,
                    "kind_label": labels[kind],
                    "products": [
                        {"name": line.name, "quantity": line.quantity, "id": line.product_id.id}
                        for line in ret.line_ids[:4]
                    ],
                    "state": state,
                    "state_label": (
                        approval_labels[ret.approval_state]
                        if state == "closed"
                        else goods_labels[ret.goods_state]
                    ),
                    "date": fields.Date.to_string(ret.request_date) if ret.request_date else "",
                    "rank": rank,
                    **extra,
                }
            )
        order = {"open": 0, "done": 1, "closed": 2}
        return sorted(rows, key=lambda row: (row["rank"], order[row["state"]], row["return_id"]))

    @api.model
    def _get_hit_state(self, ret):
        if ret.approval_state != "approved":
            return "closed"
        return "open" if ret.goods_state in AWAITED_STATES else "done"

    @api.model
    def _get_kind_labels(self):
        """:return: dict of kind → what was recognised, in words"""
        return {
            "return": self.env._("Return number"),
            "external": self.env._("The channel's number of the return"),
            "tracking": self.env._("Tracking number"),
            "license_plate": self.env._("License plate"),
            "picking": self.env._("Receipt"),
            "order": self.env._("Order"),
            "delivery": self.env._("Delivery that came back"),
            "lot": self.env._("Serial number or lot"),
            "product": self.env._("Product"),
        }
