"""Pictures that strangers send. Plain Python."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

PHOTO_BYTES = 12 * 1024 * 1024
PHOTO_PIXELS = 60_000_000
# As large as Odoo keeps pictures.
PHOTO_EDGE = 1920
FORMATS = ("JPEG", "PNG")


class PhotoError(Exception):
    """A file that cannot be taken as a photo.

    :param str code: ``too_big``, ``not_an_image``
    """

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def read_photo(data):
    """Draw a picture anew: what is kept is an image and nothing else.

    Whatever hides beside the pixels is gone, the place where it was taken too; pictures are
    turned upright and made small enough for a screen.

    :param bytes data: the file as it came
    :return: bytes of a JPEG
    :raise PhotoError: it is too big, or no JPEG or PNG image
    """
    if len(data) > PHOTO_BYTES:
        raise PhotoError("too_big")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > PHOTO_PIXELS:
                raise PhotoError("too_big")
            image.draft("RGB", (PHOTO_EDGE, PHOTO_EDGE))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((PHOTO_EDGE, PHOTO_EDGE))
            flat = Image.new("RGB", upright.size, "white")
            if upright.mode in ("RGBA", "LA", "P"):
                upright = upright.convert("RGBA")
                flat.paste(upright, mask=upright.getchannel("A"))
            else:
                flat.paste(upright.convert("RGB"))
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
        KeyError,
        IndexError,
        EOFError,
    ) as error:
        raise PhotoError("not_an_image") from error
    buffer = io.BytesIO()
    flat.save(buffer, "JPEG", quality=85, optimize=True)
    return buffer.getvalue()
