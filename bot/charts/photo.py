"""How does what came in become a picture and nothing else, and two of them one?

The picture is decoded and encoded anew, so no place, no time, no camera and no thumbnail that
came with it remains. Nothing here looks at what a photo shows.
"""

import io
from collections.abc import Sequence

from PIL import Image, ImageOps

from bot.domain.photo import PhotoRefusal
from bot.ports.photos import CleanPhoto, PhotoRefused

_FORMATS = ("JPEG", "PNG", "WEBP")
_MOST_PIXELS = 40_000_000
"""What a large phone camera makes; a file that unpacks into more is no photo to keep."""
_LONGEST_SIDE = 1280
"""Telegram shows no more."""
_FEWEST_PIXELS_A_SIDE = 32
_QUALITY = 85
_HEIGHT_TOGETHER = 960
_GUTTER = 12
_PAPER = (255, 253, 249)


class Darkroom:
    """Implements `bot.ports.photos.Cleans`."""

    def clean(self, content: bytes) -> CleanPhoto:
        """The picture alone, upright, at most 1280 pixels wide or high. Raises PhotoRefused."""
        try:
            return CleanPhoto(jpeg=_jpeg(_picture_alone(content)))
        except PhotoRefused:
            raise
        except Exception as error:
            # Whatever a broken or hostile file makes the decoder raise: it is no picture to keep.
            raise PhotoRefused(PhotoRefusal.NOT_A_PICTURE) from error

    def side_by_side(self, photos: Sequence[bytes]) -> bytes:
        """One JPEG; two photos have the same height, the first one is on the left."""
        shown = [_of_height(Image.open(io.BytesIO(one)), _HEIGHT_TOGETHER) for one in photos]
        width = sum(one.width for one in shown) + _GUTTER * (len(shown) - 1)
        sheet = Image.new("RGB", (width, _HEIGHT_TOGETHER), _PAPER)
        left = 0
        for one in shown:
            sheet.paste(one, (left, 0))
            left += one.width + _GUTTER
        return _jpeg(sheet)


def _picture_alone(content: bytes) -> Image.Image:
    """The first frame, turned as the camera was held. Raises PhotoRefused before it is unpacked."""
    with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
        if opened.width * opened.height > _MOST_PIXELS:
            raise PhotoRefused(PhotoRefusal.TOO_LARGE)
        if min(opened.size) < _FEWEST_PIXELS_A_SIDE:
            raise PhotoRefused(PhotoRefusal.NOT_A_PICTURE)
        opened.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))  # a JPEG is unpacked no larger
        upright = ImageOps.exif_transpose(opened)
        upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.LANCZOS)
        return _on_paper(upright)


def _on_paper(picture: Image.Image) -> Image.Image:
    """Without transparency, and without anything that the file said besides its pixels."""
    sheet = Image.new("RGB", picture.size, _PAPER)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        solid = picture.convert("RGBA")
        sheet.paste(solid, mask=solid.getchannel("A"))
    else:
        sheet.paste(picture.convert("RGB"))
    return sheet


def _of_height(picture: Image.Image, height: int) -> Image.Image:
    width = max(1, round(picture.width * height / picture.height))
    return picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)


def _jpeg(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()
