from collections import defaultdict

from odoo import api, models
from odoo.exceptions import AccessError, UserError


class HellowordDock(models.AbstractModel):
    """Taking in what is in a parcel, as counted."""

    _inherit = "helloword.dock"

    @api.model
    def dock_receive(self, return_id, warehouse_id, counts, seen):
        """Receive what was counted. What was announced and did not come stays expected; what came
        above it, or was not announced at all, is received as such.

        Sent again after a lost connection it does nothing twice: what was received meanwhile is
        not what the device had seen.

        :param list counts: of dicts: ``line_id`` or ``product_id`` (goods nobody announced),
            ``quantity`` in the product's unit, ``lot_ids`` of tracked goods that came, ``lot_name``
            of a tracked product nobody announced
        :param dict seen: line id (as text) → received quantity the device has shown
        :return: the new sheet, with ``changed`` when nothing was done because somebody else was
            faster
        :raise UserError: the return takes no goods, or a count is impossible
        """
        warehouse = self._get_dock_warehouse(warehouse_id)
        if not self.env["stock.picking"].has_access("write"):
            raise AccessError(self.env._("To take parcels in you need to be a user of Inventory."))
        dock = self.with_company(warehouse.company_id)
        ret = dock._get_dock_return(return_id, warehouse).sudo()
        message = self._get_refusal(ret)
        if message:
            raise UserError(message)
        ret.lock_for_update(allow_referencing=True)
        if dock._is_receipt_outdated(ret, seen):
            return dock._prepare_sheet(ret, warehouse) | {"changed": True}
        dock._announce_here(ret, warehouse)
        counted, lots, strays = dock._read_counts(ret, counts, warehouse)
        if not counted and not strays:
            raise UserError(
                self.env._(
                    "Count at least one unit. If the parcel is empty, take in what it was to "
                    "hold and grade it as an empty box."
                )
            )
        counted |= dock._add_stray_lines(ret, strays, lots)
        ret._take_in_units(counted, lots)
        return dock._prepare_sheet(ret, warehouse)

    @api.model
    def _is_receipt_outdated(self, ret, seen):
        """Whether goods were received that the device has not shown."""
        return any(
            line._compare(line.quantity_received, (seen or {}).get(str(line.id)) or 0.0)
            for line in ret.line_ids
        )

    @api.model
    def _announce_here(self, ret, warehouse):
        """The parcel came to this warehouse: whatever was announced, it is received here."""
        if self._get_other_warehouse(ret, warehouse):
            ret._cancel_receipts()
            ret.warehouse_id = warehouse
        if ret._expects_goods() and not ret.goods_closed:
            ret._create_receipts()

    # -------------------------------------------------------------------------
    # Counts
    # -------------------------------------------------------------------------

    @api.model
    def _read_counts(self, ret, counts, warehouse):
        """Check what the device has counted.

        :return: tuple: dict of line → quantity; dict of line → dict of lot → quantity that should
            have been received in all; dict of product → tuple (quantity, name of the lot)
        """
        counted, lots, strays = defaultdict(float), {}, {}
        for row in counts or []:
            quantity = self._read_quantity(row.get("quantity"))
            if not quantity:
                continue
            if not row.get("line_id"):
                product = self._get_dock_product(row.get("product_id"), warehouse)
                strays[product] = (quantity, (row.get("lot_name") or "").strip())
                continue
            line = ret.line_ids.filtered(lambda line, row=row: line.id == row["line_id"])
            if not line:
                raise UserError(
                    self.env._("These goods do not belong to return %s. Scan it again.", ret.name)
                )
            counted[line] += quantity
            if line.product_id.tracking != "none":
                lots[line] = self._read_lots(line, row.get("lot_ids"), quantity)
        return dict(counted), lots, strays

    @api.model
    def _read_quantity(self, value):
        """:raise UserError: it is no quantity"""
        try:
            quantity = float(value or 0.0)
        except (TypeError, ValueError):
            quantity = -1.0
        # Not a number compares with nothing.
        if not 0.0 <= quantity < 1e6:
            raise UserError(self.env._("Enter how many units there are, zero or above."))
        return quantity

    @api.model
    def _read_lots(self, line, lot_ids, quantity):
        """:return: dict of lot → quantity of it that should have been received in all
        :raise UserError: the counted units are not told by their numbers
        """
        awaited = {row["id"]: row for row in line._prepare_dock_lots() if row["pending"]}
        chosen = [awaited[lot_id] for lot_id in lot_ids or [] if lot_id in awaited]
        available = sum(row["pending"] for row in chosen)
        if not chosen or line._compare(available, quantity) < 0:
            raise UserError(
                self.env._(
                    "Scan the serial number or lot of each unit of “%s” that is in the parcel.",
                    line.product_id.display_name,
                )
            )
        received = defaultdict(float)
        for move in line.move_ids:
            if move.state == "done" and move._is_return_receipt():
                for move_line in move.move_line_ids:
                    received[move_line.lot_id.id] += move_line.quantity_product_uom
        wanted, left = {}, quantity
        for row in chosen:
            share = min(row["pending"], left)
            left -= share
            if line._compare(share, 0.0) > 0:
                lot = self.env["stock.lot"].sudo().browse(row["id"])
                wanted[lot] = received[lot.id] + share
        return wanted

    @api.model
    def _add_stray_lines(self, ret, strays, lots):
        """Lines for goods nobody announced; a line of the same product takes more of it.

        :return: dict of line → quantity
        """
        vals_list, counted = [], {}
        known = ret.line_ids.grouped("product_id")
        for product, (quantity, _lot_name) in strays.items():
            if product in known:
                counted[known[product][0]] = quantity
            else:
                vals_list.append(
                    {
                        "return_id": ret.id,
                        "product_id": product.id,
                        "quantity": 0.0,
                        "is_unexpected": True,
                    }
                )
        for line in self.env["helloword.return.line"].sudo().create(vals_list):
            counted[line] = strays[line.product_id][0]
        for line, quantity in counted.items():
            if line.product_id.tracking != "none":
                lot = self._take_lot(line.product_id, strays[line.product_id][1], ret.company_id)
                lots[line] = {lot: quantity}
        return counted

    @api.model
    def _take_lot(self, product, name, company):
        """The lot of this name, a new one where there is none: goods that are not the ones we sold
        carry numbers we never had.

        :raise UserError: there is no name
        """
        name = (name or "").strip()
        if not name:
            raise UserError(
                self.env._("Scan the serial number or lot of “%s”.", product.display_name)
            )
        Lot = self.env["stock.lot"].sudo()
        return Lot.search(
            [
                ("product_id", "=", product.id),
                ("name", "=", name),
                ("company_id", "in", [False, company.id]),
            ],
            limit=1,
        ) or Lot.create({"product_id": product.id, "name": name, "company_id": company.id})
