"""Reads barcodes off printed pages, as a dock's scanner would."""

import pypdfium2
import zxingcpp


def read_barcodes(pdf):
    """:param bytes pdf: one page
    :return: dict of text → set of the symbologies it was found in
    """
    page = pypdfium2.PdfDocument(pdf)[0]
    found = {}
    for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil()):
        found.setdefault(code.text, set()).add(code.format.name)
    return found
