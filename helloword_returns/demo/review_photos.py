"""Pictures customers of the demonstration sent of what is wrong, and what they wrote."""

import io

from PIL import Image, ImageDraw, ImageFilter

from . import catalogue

# SKU → what the customer writes and what can be seen on each picture
FAULTS = {
    "HW-DRONE": ("It came like this, I have not flown it once.", ("crack", "detail")),
    "HW-EAR": ("See the box: no number, and the print is blurred.", ("blur", "detail")),
}


class ReviewPhotos:
    """Adds pictures to returns that wait for a person.

    :param loader: ``DemoLoader``
    """

    def __init__(self, loader):
        self.env = loader.env

    def load(self):
        waiting = self.env["helloword.return"].search(
            [("stage", "=", "review"), ("product_id.default_code", "in", list(FAULTS))]
        )
        colours = {row[0]: row[5] for row in catalogue.PRODUCTS}
        for ret in waiting.filtered(lambda ret: ret.reason_group_id.code != "changed_mind"):
            sku = ret.product_id.default_code
            words, kinds = FAULTS[sku]
            ret.message_post(
                body=words,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=ret.partner_id.id,
                attachments=[
                    (f"photo-{number}.jpg", draw_photo(colours[sku], kind))
                    for number, kind in enumerate(kinds, 1)
                ],
            )
        waiting._snapshot_facts()


def draw_photo(colour, kind):
    """A simple picture of a thing on a table, with something wrong.

    :param str kind: ``crack``, ``blur`` or ``detail``
    :return: JPEG as bytes
    """
    image = Image.new("RGB", (960, 720), "#c9b79c")
    draw = ImageDraw.Draw(image)
    for y in range(0, 720, 48):
        draw.line((0, y, 960, y + 30), fill="#bba88b", width=3)
    size = 330 if kind == "detail" else 230
    box = (480 - size, 360 - size * 0.7, 480 + size, 360 + size * 0.7)
    draw.rounded_rectangle([value + 14 for value in box], radius=40, fill="#8f7f66")
    draw.rounded_rectangle(box, radius=40, fill=colour)
    draw.rounded_rectangle((430, 320, 530, 400), radius=16, fill="#f4f1ea")
    if kind in ("crack", "detail"):
        crack = [(520, 150), (470, 250), (545, 330), (480, 430), (560, 560)]
        draw.line(crack, fill="#1b1b1b", width=9, joint="curve")
        draw.line([(545, 330), (640, 300)], fill="#1b1b1b", width=6)
    if kind == "blur":
        image = image.filter(ImageFilter.GaussianBlur(6))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
