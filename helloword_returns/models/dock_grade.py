import base64
import binascii

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..intake.photo import PhotoError, read_photo
from .return_grade import DISPOSITIONS

PHOTO_LIMIT = 10
KEY_LENGTH = 64


class HellowordDock(models.AbstractModel):
    """Grading units, one result at a time, and taking the last one back."""

    _inherit = "helloword.dock"

    @api.model
    def dock_grade(self, line_id, warehouse_id, vals):
        """Book what was found and give it a license plate. Sent again with the same key it tells
        the result that stands.

        :param dict vals: ``key`` (made by the device for this unit), ``grade_id``, ``quantity``,
            ``product_id`` (of other goods than expected), ``lot_id`` or ``lot_name``,
            ``disposition`` (False: as the rules say), ``note`` and ``photos`` (list of texts,
            pictures in base64)
        :return: dict with ``result``, ``sheet`` and ``counters``
        :raise UserError: see :meth:`HellowordReturnInspection.action_validate`; a photo is missing
            or is none, or a number is not one of the goods that came
        """
        warehouse = self._get_dock_warehouse(warehouse_id)
        dock = self.with_company(warehouse.company_id)
        line = dock._get_dock_line(line_id, warehouse)
        inspection = dock._find_by_key(line, vals.get("key"))
        if not inspection:
            inspection = dock._make_inspection(line, warehouse, vals)
        return {
            "result": inspection._prepare_dock_result(),
            "sheet": dock._prepare_sheet(line.return_id, warehouse),
            "counters": dock._get_counters(),
        }

    @api.model
    def _find_by_key(self, line, key):
        if not key:
            return self.env["helloword.return.inspection"]
        return self.env["helloword.return.inspection"].search(
            [("dock_key", "=", key[:KEY_LENGTH]), ("return_line_id", "=", line.id)]
        )

    @api.model
    def _make_inspection(self, line, warehouse, vals):
        grade = self.env["helloword.return.grade"].browse(vals.get("grade_id") or 0).exists()
        if not grade:
            raise UserError(self.env._("Choose a grade first."))
        quantity = self._read_quantity(vals.get("quantity"))
        product = line.sudo().product_id
        if grade.kind == "wrong" and vals.get("product_id"):
            product = self._get_dock_product(vals["product_id"], warehouse)
        photos = self._read_photos(vals.get("photos"))
        self._check_photos(grade, product, warehouse.company_id, photos)
        inspection = self.env["helloword.return.inspection"].create(
            {
                "return_line_id": line.id,
                "product_id": product.id,
                "grade_id": grade.id,
                "quantity": quantity,
                "lot_id": self._read_lot(line.sudo(), product, grade, vals).id,
                "note": (vals.get("note") or "").strip() or False,
                "attachment_ids": [Command.link(photo.id) for photo in photos],
                "dock_key": (vals.get("key") or "")[:KEY_LENGTH] or False,
            }
        )
        disposition = vals.get("disposition")
        if disposition in dict(DISPOSITIONS) and grade.kind != "empty":
            if disposition != inspection.disposition:
                inspection.disposition = disposition
        inspection.action_validate()
        if grade.kind != "empty":
            inspection._assign_license_plates()
        return inspection

    @api.model
    def _read_lot(self, line, product, grade, vals):
        """:return: ``stock.lot``, empty where none is needed
        :raise UserError: it is none of the numbers that came with this return
        """
        Lot = self.env["stock.lot"]
        if product.tracking == "none" or grade.kind == "empty":
            return Lot
        if product != line.product_id:
            return self._take_lot(product, vals.get("lot_name"), line.company_id).sudo(False)
        waiting = line._get_uninspected_lots()
        name = (vals.get("lot_name") or "").strip()
        for lot in waiting:
            if lot.id == vals.get("lot_id") or (name and lot.sudo().name == name):
                return lot
        named = name or Lot.sudo().browse(vals.get("lot_id") or 0).exists().name
        if not named:
            raise UserError(
                self.env._("Scan the serial number or lot of “%s”.", product.display_name)
            )
        raise UserError(
            self.env._(
                "%(lot)s is not one of the numbers that wait here: %(waiting)s. If other goods "
                "came than were sold, grade them as a wrong item.",
                lot=named,
                waiting=", ".join(lot.sudo().name for lot in waiting) or "–",
            )
        )

    # -------------------------------------------------------------------------
    # Photos
    # -------------------------------------------------------------------------

    @api.model
    def _read_photos(self, photos):
        """:return: new ``ir.attachment`` records, drawn anew
        :raise UserError: too many, or one that is no picture
        """
        photos = photos or []
        if len(photos) > PHOTO_LIMIT:
            raise UserError(self.env._("Take at most %s photos of one unit.", PHOTO_LIMIT))
        vals_list = []
        for number, text in enumerate(photos, start=1):
            try:
                picture = read_photo(base64.b64decode(text, validate=True))
            except (PhotoError, binascii.Error, TypeError, ValueError) as error:
                raise UserError(
                    self.env._("Photo %s cannot be read. Remove it and take it again.", number)
                ) from error
            vals_list.append(
                {
                    "name": f"{fields.Datetime.now():%Y%m%d-%H%M%S}-{number}.jpg",
                    "raw": picture,
                    "mimetype": "image/jpeg",
                }
            )
        return self.env["ir.attachment"].create(vals_list)

    @api.model
    def _check_photos(self, grade, product, company, photos):
        """:raise UserError: the criteria ask for a photo and there is none"""
        if photos:
            return
        criteria = self.env["helloword.grade.criterion"].sudo()._get_by_product(product, company)
        wanted = criteria[product].get(grade)
        if wanted and any(wanted.mapped("photo_required")):
            raise UserError(
                self.env._("Take a photo first: goods of grade “%s” need one.", grade.display_name)
            )

    # -------------------------------------------------------------------------
    # Undo
    # -------------------------------------------------------------------------

    @api.model
    def dock_undo(self, inspection_id, warehouse_id):
        """Take back one's own result: the goods come back to where they were inspected.

        :return: dict with ``sheet`` and ``counters``
        :raise UserError: it is somebody else's, or the goods went on
        """
        warehouse = self._get_dock_warehouse(warehouse_id)
        dock = self.with_company(warehouse.company_id)
        inspection = dock.env["helloword.return.inspection"].search(
            [
                ("id", "=", inspection_id or 0),
                ("company_id", "=", warehouse.company_id.id),
                ("user_id", "=", self.env.uid),
            ]
        )
        if not inspection:
            raise UserError(
                self.env._("Only results of your own can be undone here. Open the return instead.")
            )
        inspection.action_cancel()
        return {
            "sheet": dock._prepare_sheet(inspection.return_id, warehouse),
            "counters": dock._get_counters(),
        }
