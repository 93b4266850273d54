"""Slips and labels drawn here, as PDF: text in any of our languages, barcodes that scan.

Odoo's own barcode machinery (ReportLab) draws them; no other program is needed.
"""

from functools import cache
from io import BytesIO

from odoo.tools.misc import file_path
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode import createBarcodeDrawing
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

# The usual label of parcel carriers: 100 × 150 mm.
LABEL_SIZE = (100 * mm, 150 * mm)
SLIP_SIZE = A4
# Fonts Odoo brings along.
_FONTS = {
    "HelloWord-Text": "web/static/fonts/google/Open_Sans/Open_Sans-Regular.ttf",
    "HelloWord-Bold": "web/static/fonts/google/Open_Sans/Open_Sans-Bold.ttf",
}
# Fonts every PDF reader brings along, for characters the others lack.
_CHINESE, _JAPANESE = _CJK_FONTS = ("STSong-Light", "HeiseiMin-W3")


@cache
def _load_fonts():
    """Register the fonts once for each process."""
    for name, file_name in _FONTS.items():
        pdfmetrics.registerFont(TTFont(name, file_path(file_name)))
    for name in _CJK_FONTS:
        pdfmetrics.registerFont(UnicodeCIDFont(name))


def choose_font(text, bold=False):
    """:return: name of a font that has the text's characters"""
    if any("\u3040" <= char <= "\u30ff" for char in text):
        return _JAPANESE
    if any("\u2e80" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef" for char in text):
        return _CHINESE
    return "HelloWord-Bold" if bold else "HelloWord-Text"


class Sheet:
    """One page written from top to bottom.

    :param size: (width, height) in points
    """

    def __init__(self, size=SLIP_SIZE, margin=8 * mm, title=""):
        _load_fonts()
        self.width, self.height = size
        self.margin = margin
        self.top = self.height - margin
        self._stream = BytesIO()
        self._canvas = Canvas(self._stream, pagesize=size)
        self._canvas.setTitle(title)

    def text(self, text, size=9, bold=False, indent=0, width=None):
        """Write a paragraph; long lines are broken."""
        for row in str(text or "").split("\n"):
            font = choose_font(row, bold)
            room = (width or self.width - 2 * self.margin) - indent
            for line in simpleSplit(row, font, size, room) or [""]:
                self.top -= size * 1.35
                self._canvas.setFont(font, size)
                self._canvas.drawString(self.margin + indent, self.top, line)

    def skip(self, height=3 * mm):
        self.top -= height

    def rule(self):
        """A thin line over the whole width."""
        self.skip(2 * mm)
        self._canvas.setLineWidth(0.5)
        self._canvas.line(self.margin, self.top, self.width - self.margin, self.top)
        self.skip(1 * mm)

    def barcode(self, text, height=18 * mm, width=None):
        """Code 128 with the text below it."""
        width = width or self.width - 2 * self.margin
        drawing = createBarcodeDrawing(
            "Code128", value=text, width=width, height=height, humanReadable=False, quiet=True
        )
        self.top -= height
        drawing.drawOn(self._canvas, self.margin, self.top)
        self.skip(4 * mm)
        self._canvas.setFont("Courier", 10)
        self._canvas.drawCentredString(self.margin + width / 2, self.top, text)
        self.skip(2 * mm)

    def qr(self, text, size=32 * mm, right=False):
        """A QR code at the left, or at the right edge beside what is written next."""
        drawing = createBarcodeDrawing("QR", value=text, width=size, height=size)
        frame = Drawing(size, size)
        frame.add(drawing)
        left = self.width - self.margin - size if right else self.margin
        renderPDF.draw(frame, self._canvas, left, self.top - size)
        if not right:
            self.top -= size

    def finish(self):
        """:return: bytes of the PDF"""
        self._canvas.showPage()
        self._canvas.save()
        return self._stream.getvalue()


def write_address(sheet, address, size=10):
    """The lines of an address in the order post offices read them."""
    place = " ".join(part for part in (address.zip, address.city, address.state) if part)
    for row in (address.company, address.name, address.street, address.street2, place):
        if row:
            sheet.text(row, size)
    sheet.text(address.country, size, bold=True)
