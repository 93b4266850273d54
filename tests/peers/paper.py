"""Labels as peers hand them out: real PDF and PNG files whose barcode can be read."""

from io import BytesIO

from reportlab.graphics.barcode import createBarcodeDrawing
from reportlab.lib.units import inch, mm
from reportlab.pdfgen.canvas import Canvas


def draw_label(tracking_number, lines=()):
    """:return: bytes of a 4 × 6 inch PDF with the tracking number as Code 128"""
    stream = BytesIO()
    canvas = Canvas(stream, pagesize=(4 * inch, 6 * inch))
    canvas.setFont("Helvetica", 11)
    for row, text in enumerate(lines):
        canvas.drawString(6 * mm, 5.6 * inch - row * 6 * mm, text)
    barcode = createBarcodeDrawing(
        "Code128", value=tracking_number, width=3.6 * inch, height=1 * inch, humanReadable=True
    )
    barcode.drawOn(canvas, 0.2 * inch, 1 * inch)
    canvas.save()
    return stream.getvalue()


def draw_qr(text):
    """:return: bytes of a PDF with a QR code"""
    stream = BytesIO()
    canvas = Canvas(stream, pagesize=(3 * inch, 3 * inch))
    createBarcodeDrawing("QR", value=text, width=2.6 * inch, height=2.6 * inch).drawOn(
        canvas, 0.2 * inch, 0.2 * inch
    )
    canvas.save()
    return stream.getvalue()
