import re
from base64 import b64encode

from odoo import api, fields, models
from odoo.exceptions import UserError
from reportlab.graphics.barcode import createBarcodeDrawing

# Of the bars, in points; the label stretches them to its own width.
PLATE_WIDTH, PLATE_HEIGHT = 142, 28


class HellowordReturnInspection(models.Model):
    """A code of ours on each inspected unit or box, so that it is known again by a scan."""

    _inherit = "helloword.return.inspection"

    license_plate = fields.Char(
        copy=False,
        readonly=True,
        help="On the label of the inspected unit or box; scan it to find this result again.",
    )
    dock_key = fields.Char(
        copy=False,
        readonly=True,
        help="Made by the device at the dock for this unit, so that sending it again after a lost "
        "connection does not book it twice.",
    )

    _license_plate_uniq = models.UniqueIndex(
        "(license_plate) WHERE license_plate IS NOT NULL", "A license plate names one result."
    )
    _dock_key_uniq = models.UniqueIndex(
        "(dock_key) WHERE dock_key IS NOT NULL", "This unit has been booked already."
    )

    def _assign_license_plates(self):
        """Give each result that has none a code. Batch, safe to repeat."""
        bare = self.filtered(lambda inspection: not inspection.license_plate)
        if not bare:
            return
        sequence = self.env.ref("helloword_returns.sequence_license_plate").sudo()
        for inspection in bare:
            inspection.license_plate = sequence.next_by_id()

    def action_print_license_plate(self):
        """Print the labels of these results, with new codes for those that have none.

        :raise UserError: nothing was in the parcel, or the result was undone
        """
        for inspection in self:
            if inspection.state == "cancelled" or inspection.grade_kind == "empty":
                raise UserError(
                    self.env._(
                        "There are no goods to put a license plate on: %s.",
                        inspection.display_name,
                    )
                )
        self._assign_license_plates()
        return self.env.ref("helloword_returns.action_report_license_plate").report_action(self)

    def _get_license_plate_bars(self):
        """:return: address of the bars as a drawing, for reports; Code 128"""
        self.ensure_one()
        drawing = createBarcodeDrawing(
            "Code128",
            value=self.license_plate,
            width=PLATE_WIDTH,
            height=PLATE_HEIGHT,
            humanReadable=False,
            quiet=False,
        )
        svg = drawing.asString("svg")
        if isinstance(svg, str):
            svg = svg.encode()
        return f"data:image/svg+xml;base64,{b64encode(svg).decode()}"

    @api.model
    def _get_zpl_text(self, text):
        """:return: text without the characters that are commands to a ZPL printer"""
        return re.sub(r"[\^~\\\s]+", " ", text or "").strip()
