from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.helloword_returns.models.batch_savepoint import batch_savepoint

from ..wms.vocabulary import SOUND_CONDITIONS

# Goods that count as stock; “unknown”: the operator does not say.
SOUND = SOUND_CONDITIONS | {"unknown"}
STOCK_ACTIVITY = "helloword_3pl.mail_activity_wms_stock"


class HellowordWmsStockDifference(models.Model):
    """Goods a warehouse found, or found missing, when it counted: booked by itself where its word
    on stock counts, else left to a person."""

    _name = "helloword.wms.stock.difference"
    _description = "Stock Difference at a Warehouse"
    _order = "moment desc, id desc"
    _rec_name = "event_id"
    _check_company_auto = True

    event_id = fields.Many2one(
        "helloword.wms.event", required=True, readonly=True, ondelete="cascade", index=True
    )
    position = fields.Integer(readonly=True, help="Within the event.")
    connection_id = fields.Many2one(related="event_id.connection_id", store=True, index=True)
    company_id = fields.Many2one(related="event_id.company_id", store=True, index=True)
    moment = fields.Datetime(related="event_id.moment", store=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse", readonly=True, index="btree_not_null", check_company=True
    )
    product_id = fields.Many2one("product.product", readonly=True, index="btree_not_null")
    sku = fields.Char(string="Operator's Code", readonly=True)
    quantity = fields.Float(
        string="Difference", digits="Product Unit", readonly=True, help="Below zero: fewer."
    )
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    lot_name = fields.Char(string="Lot/Serial Number", readonly=True)
    place = fields.Char(readonly=True, help="Where it lies, in the operator's words.")
    condition = fields.Char(readonly=True, help="How the goods are, in the canonical words.")
    note = fields.Text(readonly=True)
    state = fields.Selection(
        [("open", "To do"), ("booked", "Booked"), ("done", "Done")],
        string="Status",
        required=True,
        default="open",
        readonly=True,
        index=True,
    )
    reason = fields.Char(string="Why Not Booked", readonly=True)
    move_ids = fields.Many2many("stock.move", string="Moves", readonly=True)
    done_by_id = fields.Many2one("res.users", readonly=True, help="Empty: by itself.")
    done_date = fields.Datetime(readonly=True, help="UTC.")

    _position_uniq = models.Constraint(
        "UNIQUE(event_id, position)", "This difference is known already."
    )

    # -------------------------------------------------------------------------
    # Actions
    # -------------------------------------------------------------------------

    def action_book(self):
        """Correct our stock by these differences.

        :raise UserError: one is dealt with, or cannot be booked
        :raise AccessError: the user does not work in the warehouse
        """
        self._check_open()
        self.env["stock.quant"].check_access("write")
        for rows in self.grouped("event_id").values():
            rows._apply_to_stock()
        self._settle("booked")
        return True

    def action_done(self):
        """A person dealt with them, e.g. counted again and found our stock right.

        :raise UserError: one is dealt with
        """
        self._check_open()
        self._settle("done")
        return True

    def _check_open(self):
        self.check_access("write")
        for difference in self:
            if difference.state != "open":
                raise UserError(
                    self.env._(
                        "The difference of %s is dealt with already.",
                        difference.product_id.display_name or difference.sku,
                    )
                )

    def _settle(self, state, by_itself=False):
        self.sudo().write(
            {
                "state": state,
                "reason": False,
                "done_by_id": False if by_itself else self.env.uid,
                "done_date": fields.Datetime.now(),
            }
        )
        self.connection_id._settle_stock_activity()

    def action_view_moves(self):
        self.ensure_one()
        return self.move_ids._get_records_action(name=self.env._("Moves"))

    # -------------------------------------------------------------------------
    # Booking
    # -------------------------------------------------------------------------

    def _book_by_themselves(self):
        """Book where the operator's word counts; what cannot be booked says why and waits."""
        for rows in (
            self.filtered(
                lambda row: row.state == "open" and row.connection_id._books_differences()
            )
            .grouped("event_id")
            .values()
        ):
            try:
                with batch_savepoint(self.env):
                    rows._check_sound()
                    rows._apply_to_stock()
                    rows._settle("booked", by_itself=True)
            except UserError as error:
                rows.write({"reason": str(error)})

    def _check_sound(self):
        """:raise UserError: goods are among them that may not be sold"""
        for row in self:
            if row.condition not in SOUND:
                raise UserError(
                    self.env._(
                        "%s is not sound there: book it where such goods lie, then press “Done”.",
                        row.product_id.display_name,
                    )
                )

    def _apply_to_stock(self):
        """One inventory adjustment, named after the event.

        :raise UserError: the place is not known, a lot is missing, less is there than goes, or
            somebody is counting
        """
        event = self.event_id
        event.ensure_one()
        name = f"{event.connection_id.name} {event.event_id}"
        deltas = defaultdict(float)
        lots = self._find_lots()
        for row in self:
            if not row.warehouse_id:
                raise UserError(
                    self.env._(
                        "The operator does not say which of its warehouses it counted. Enter the "
                        "codes of the warehouses in the connection."
                    )
                )
            if not row.product_id.is_storable:
                raise UserError(
                    self.env._(
                        "Odoo keeps no stock of %s: press “Done”, or have its inventory tracked.",
                        row.product_id.display_name,
                    )
                )
            lot = lots.get((row.product_id, row.lot_name), self.env["stock.lot"])
            if row.product_id.tracking != "none" and not lot:
                raise UserError(
                    self.env._(
                        "%(product)s is traced, and there is no lot or serial number “%(lot)s”.",
                        product=row.product_id.display_name,
                        lot=row.lot_name or "",
                    )
                )
            deltas[row.product_id, row.warehouse_id.lot_stock_id, lot] += row.quantity
        quants = self.env["stock.quant"].with_context(inventory_mode=True, inventory_name=name)
        counted = quants.browse()
        for (product, location, lot), delta in deltas.items():
            if not product.uom_id.is_zero(delta):
                counted |= quants._get_counted(product, location, lot, delta)
        before = self._find_moves(name)
        counted._apply_inventory()
        counted.inventory_quantity_set = False
        self.sudo().move_ids = self._find_moves(name) - before

    def _find_lots(self):
        """:return: dict of (product, name) → ``stock.lot``"""
        names = [row.lot_name for row in self if row.lot_name]
        if not names:
            return {}
        found = self.env["stock.lot"].search(
            [
                ("product_id", "in", self.product_id.ids),
                ("name", "in", names),
                ("company_id", "in", [False, *self.company_id.ids]),
            ]
        )
        return {(lot.product_id, lot.name): lot for lot in found}

    def _find_moves(self, name):
        return (
            self.env["stock.move"]
            .sudo()
            .search(
                [
                    ("is_inventory", "=", True),
                    ("inventory_name", "=", name),
                    ("product_id", "in", self.product_id.ids),
                    ("company_id", "in", self.company_id.ids),
                ]
            )
        )


class StockQuant(models.Model):
    _inherit = "stock.quant"

    @api.model
    def _get_counted(self, product, location, lot, delta):
        """The quant of our own, unpacked goods, counted as what is there and a difference.

        :param float delta: in the product's unit
        :raise UserError: less is there than goes, or somebody is counting
        """
        quant = self._gather(product, location, lot_id=lot, strict=True).filtered(
            lambda quant: quant.lot_id == lot and not quant.package_id and not quant.owner_id
        )[:1]
        quant = quant.with_env(self.env)
        counted = quant.quantity + delta
        if product.uom_id.compare(counted, 0.0) < 0:
            raise UserError(
                self.env._(
                    "%(missing)g of %(product)s are missing there, but our stock has only "
                    "%(stock)g.",
                    missing=-delta,
                    product=product.display_name,
                    stock=quant.quantity,
                )
            )
        if quant.inventory_quantity_set:
            raise UserError(
                self.env._("Somebody is counting %s. Book that first.", product.display_name)
            )
        if quant:
            quant.inventory_quantity = counted
            return quant
        return self.create(
            {
                "product_id": product.id,
                "location_id": location.id,
                "lot_id": lot.id,
                "inventory_quantity": counted,
            }
        )


class HellowordWmsEvent(models.Model):
    _inherit = "helloword.wms.event"

    difference_ids = fields.One2many("helloword.wms.stock.difference", "event_id")

    def _work(self):
        self.filtered(
            lambda event: event.state == "waiting" and event.type == "inventory.adjusted"
        )._take_in_differences()
        super()._work()

    def _take_in_differences(self):
        """List what these events say of stock, and book it where that is wanted. Batch."""
        connections = self.connection_id
        typed = {row: row._get_typed() for row in self}
        products = connections._find_products(
            (row.connection_id, unit.sku) for row, event in typed.items() for unit in event.units
        )
        vals_list = []
        for row, event in typed.items():
            sites = row.connection_id.site_ids
            site = sites.filtered(lambda site, e=event: site.code == e.warehouse_code) or sites
            known = set(row.difference_ids.mapped("position"))
            vals_list += [
                {
                    "event_id": row.id,
                    "position": position,
                    "warehouse_id": site.warehouse_id.id if len(site) == 1 else False,
                    "product_id": products[row.connection_id, unit.sku].id,
                    "sku": unit.sku,
                    "quantity": float(unit.quantity),
                    "condition": unit.condition,
                    "lot_name": unit.serial or unit.lot or False,
                    "place": unit.location or False,
                    "note": unit.note or event.note or False,
                }
                for position, unit in enumerate(event.units)
                if unit.quantity and position not in known and unit.sku
            ]
        differences = self.env["helloword.wms.stock.difference"].sudo().create(vals_list)
        self.state = "done"
        differences._book_by_themselves()
        connections._settle_stock_activity()


class HellowordWmsConnection(models.Model):
    _inherit = "helloword.wms.connection"

    difference_count = fields.Integer(compute="_compute_difference_count")

    def _books_differences(self):
        """:return: whether what this operator corrected is booked by itself. Amazon's ledger moves
        goods between its conditions, and tells what its other reports tell too: a person reads it.
        """
        self.ensure_one()
        return self.stock_truth == "theirs" and self.provider != "fba"

    def _compute_difference_count(self):
        counts = self._count_open_differences()
        for connection in self:
            connection.difference_count = counts.get(connection._origin, 0)

    def _count_open_differences(self):
        return dict(
            self.env["helloword.wms.stock.difference"]._read_group(
                [("connection_id", "in", self.ids), ("state", "=", "open")],
                ["connection_id"],
                ["__count"],
            )
        )

    def _settle_stock_activity(self):
        """One activity for each connection whose differences wait, none for the others."""
        connections = self.sudo()
        activity_type = self.env.ref(STOCK_ACTIVITY)
        counts = connections._count_open_differences()
        for connection in connections:
            asked = connection.activity_ids.filtered(
                lambda activity: activity.activity_type_id == activity_type
            )
            if not counts.get(connection):
                asked.unlink()
            elif not asked:
                connection.activity_schedule(
                    STOCK_ACTIVITY, user_id=(connection.user_id or self.env.user).id
                )

    def action_view_differences(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "helloword_3pl.helloword_wms_stock_difference_action"
        )
        action["domain"] = [("connection_id", "=", self.id)]
        action["context"] = {"search_default_open": 1} if self.difference_count else {}
        return action
