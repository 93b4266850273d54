"""A printable slip: no carrier's label, but where to send the parcel and a number to scan.

The customer posts the parcel with a carrier of their choice. The slip goes into it or on it, so
that the dock finds the return by a scan.
"""

from dataclasses import dataclass

from reportlab.lib.units import mm

from ..providers.base import AnswerFile
from .base import Draft, Label, LabelAdapter
from .paper import Sheet, write_address


@dataclass(frozen=True)
class SlipTexts:
    """What the slip says, in the customer's language.

    :param instructions: one after the other
    """

    title: str
    send_to: str
    sent_by: str
    contents: str
    instructions: tuple[str, ...] = ()
    return_number: str = ""


class SlipAdapter(LabelAdapter):
    """:param texts: :class:`SlipTexts`"""

    capabilities = frozenset(("look_up",))

    def __init__(self, texts):
        self._texts = texts

    def prepare(self, request):
        return Draft(request.number)

    def buy(self, request, draft_ref, rate_ref, key):
        """Nothing is bought: the slip can be drawn any number of times."""
        return Label(
            provider_ref=request.number,
            charge_event="scan",
            files=(
                AnswerFile(
                    f"{request.return_number.replace('/', '-')}.pdf",
                    "application/pdf",
                    draw_slip(request, self._texts),
                    kind="slip",
                ),
            ),
        )

    def fetch(self, request, draft_ref):
        return None


def draw_slip(request, texts):
    """:return: bytes of a one-page PDF"""
    sheet = Sheet(margin=18 * mm, title=request.return_number)
    sheet.qr(request.return_number, right=True)
    sheet.text(texts.title, 18, bold=True)
    sheet.skip()
    sheet.text(f"{texts.return_number} {request.return_number}", 12, bold=True)
    sheet.skip()
    sheet.text(texts.send_to, 9)
    write_address(sheet, request.destination, 13)
    sheet.skip()
    sheet.text(texts.sent_by, 9)
    write_address(sheet, request.customer, 10)
    sheet.skip(5 * mm)
    sheet.barcode(request.return_number, height=20 * mm, width=110 * mm)
    sheet.skip()
    for number, text in enumerate(texts.instructions, start=1):
        sheet.text(f"{number}. {text}", 11)
    sheet.rule()
    sheet.text(texts.contents, 9)
    for item in request.items:
        sheet.text(f"{item.quantity:g} × {item.sku} {item.description}".replace("  ", " "), 10)
    return sheet.finish()
