"""Pictures the demo warehouse takes: goods on a table, as they were found, with a slip beside them."""

import io
from colorsys import hsv_to_rgb
from urllib.parse import parse_qsl, urlencode, urlsplit

from PIL import Image, ImageDraw, ImageFont

from odoo.addons.helloword_returns.providers.base import AnswerFile, RejectedError

from .demo_script import draw

SCHEME = "demo"
_SIZE = (960, 720)
_TABLE, _GRAIN, _SHADOW, _SLIP, _INK = "#c9b79c", "#bba88b", "#8f7f66", "#fbfaf5", "#2b2b2b"
_BOX, _TAPE = "#b98d58", "#d9c08f"


def write_address(**facts):
    """:return: address of a picture that shows these facts"""
    return f"{SCHEME}://photo/?{urlencode(facts)}"


def take(address):
    """:param str address: of :func:`write_address`
    :return: :class:`~odoo.addons.helloword_returns.providers.base.AnswerFile`, the same for the
        same address
    :raise RejectedError: it is none of ours
    """
    parts = urlsplit(address)
    if parts.scheme != SCHEME:
        raise RejectedError("The demo warehouse took no such photo.")
    facts = dict(parse_qsl(parts.query))
    content = io.BytesIO()
    _draw(facts).save(content, "JPEG", quality=85)
    name = f"{facts.get('ref', 'photo').replace('/', '-')}.jpg"
    return AnswerFile(name, "image/jpeg", content.getvalue(), "photo")


def _draw(facts):
    image = Image.new("RGB", _SIZE, _TABLE)
    pen = ImageDraw.Draw(image)
    for y in range(-40, _SIZE[1], 48):
        pen.line((0, y, _SIZE[0], y + 30), fill=_GRAIN, width=3)
    condition = facts.get("condition", "")
    if condition == "empty":
        _draw_open_box(pen)
    else:
        _draw_goods(pen, facts.get("sku", ""), condition)
    if facts.get("view") == "detail":
        image = image.crop((400, 160, 760, 430)).resize(_SIZE)
    _draw_slip(ImageDraw.Draw(image), facts)
    return image


def _draw_open_box(pen):
    pen.polygon(((170, 250), (330, 180), (630, 180), (790, 250)), fill=_TAPE)
    pen.rectangle((214, 264, 774, 564), fill=_SHADOW)
    pen.rectangle((200, 250, 760, 550), fill=_BOX)
    pen.rectangle((230, 280, 730, 520), fill="#8a673c")


def _draw_goods(pen, sku, condition):
    shade = draw(sku, "shade") % 360 / 360
    if condition == "wrong_item":
        shade = (shade + 0.5) % 1
    colour = tuple(round(part * 255) for part in hsv_to_rgb(shade, 0.45, 0.8))
    pen.rounded_rectangle((244, 194, 724, 514), radius=36, fill=_SHADOW)
    pen.rounded_rectangle((230, 180, 710, 500), radius=36, fill=colour)
    pen.rounded_rectangle((400, 300, 540, 380), radius=14, fill="#f4f1ea")
    if condition == "carrier_damaged":
        pen.polygon(((600, 180), (710, 180), (710, 300), (670, 250), (640, 262)), fill=_TABLE)
        pen.line(((590, 186), (650, 270), (706, 310)), fill="#3d3426", width=6)
    elif condition == "customer_damaged":
        for start in range(270, 430, 40):
            pen.line((start, 430, start + 120, 300), fill="#f4f1ea", width=4)
    elif condition == "defective":
        pen.line(((430, 200), (470, 300), (440, 390), (500, 490)), fill="#1d1d1d", width=7)


def _draw_slip(pen, facts):
    pen.rectangle((40, 570, 920, 700), fill=_SLIP)
    large, small = ImageFont.load_default(34), ImageFont.load_default(24)
    pen.text((60, 582), _as_latin(facts.get("number", "?")), fill=_INK, font=large)
    words = (facts.get("sku", ""), facts.get("condition", "").replace("_", " "))
    pen.text((60, 628), _as_latin("  ·  ".join(filter(None, words))), fill=_INK, font=small)
    pen.text((60, 662), _as_latin(facts.get("defects", "")), fill="#a03020", font=small)


def _as_latin(text):
    """Pillow's own letters know nothing else."""
    return text.encode("latin-1", "replace").decode("latin-1")[:70]
