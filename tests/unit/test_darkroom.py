"""Does nothing but the picture itself remain of a photo, whatever came in?"""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.charts.photo import Darkroom
from bot.domain.photo import PhotoRefusal
from bot.ports.photos import PhotoRefused

PLACE = "canary-garden-7"
ORIENTATION, DESCRIPTION, MAKER = 0x0112, 0x010E, 0x010F


def photo(
    form: str = "JPEG", size: tuple[int, int] = (900, 600), *, mode: str = "RGB", turned: int = 1
) -> bytes:
    picture = Image.new(mode, size, "red")
    picture.paste("blue", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[ORIENTATION], exif[DESCRIPTION], exif[MAKER] = turned, PLACE, PLACE
    written = io.BytesIO()
    picture.save(written, form, exif=exif, comment=PLACE.encode())
    return written.getvalue()


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_the_picture_remains(form: str) -> None:
    came = photo(form)
    assert PLACE.encode() in came
    kept = Darkroom().clean(came).jpeg
    assert PLACE.encode() not in kept
    assert not opened(kept).getexif()
    assert opened(kept).format == "JPEG"


def test_it_stands_as_the_camera_was_held() -> None:
    kept = opened(Darkroom().clean(photo(turned=6)).jpeg)
    assert kept.size == (600, 900)
    red, _, blue = kept.getpixel((300, 50))  # type: ignore[misc]  # three numbers of an RGB pixel
    assert blue > red


@pytest.mark.parametrize("size", [(4000, 3000), (1280, 9), (3000, 400)])
def test_it_is_no_larger_than_a_phone_shows(size: tuple[int, int]) -> None:
    if min(size) < 32:
        with pytest.raises(PhotoRefused):
            Darkroom().clean(photo(size=size))
        return
    assert max(opened(Darkroom().clean(photo(size=size)).jpeg).size) <= 1280


def test_what_shines_through_gets_a_ground() -> None:
    kept = opened(Darkroom().clean(photo("PNG", mode="RGBA")).jpeg)
    assert kept.mode == "RGB"


def test_a_small_file_that_unpacks_into_much_is_refused_unopened() -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        framed = name + body
        return struct.pack(">I", len(body)) + framed + struct.pack(">I", zlib.crc32(framed))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99))
    with pytest.raises(PhotoRefused):
        Darkroom().clean(bomb)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"GIF89a" + b"\0" * 50, photo()[:400]])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PhotoRefused) as caught:
        Darkroom().clean(content)
    assert caught.value.reason is PhotoRefusal.NOT_A_PICTURE


@given(broken=st.binary(max_size=300), at=st.integers(0, 3_000))
def test_a_broken_file_is_kept_clean_or_refused(broken: bytes, at: int) -> None:
    whole = photo(size=(64, 64))
    try:
        kept = Darkroom().clean(whole[:at] + broken + whole[at + len(broken) :]).jpeg
    except PhotoRefused:
        return
    assert PLACE.encode() not in kept


def test_two_stand_side_by_side_at_one_height() -> None:
    tall = Darkroom().clean(photo(size=(600, 900))).jpeg
    wide = Darkroom().clean(photo(size=(900, 600))).jpeg
    sheet = opened(Darkroom().side_by_side([tall, wide]))
    assert sheet.size == (640 + 12 + 1440, 960)
