"""What does the camera of a simulated phone take? A drawn cheek with some spots; nobody's face."""

import io
import random

from PIL import Image, ImageDraw

_SIZE = (960, 1280)
_SKIN, _SPOT, _SHADE = (226, 178, 150), (196, 84, 74), (205, 152, 124)
_MOST_SPOTS = 14


def made_up_photo(seed: str) -> bytes:
    """A JPEG; the same `seed` gives the same picture, another one other spots."""
    chance = random.Random(seed)  # noqa: S311  # a drawing, no secret
    picture = Image.new("RGB", _SIZE, _SKIN)
    pen = ImageDraw.Draw(picture)
    pen.pieslice((-700, 500, 500, 1900), 0, 360, fill=_SHADE)
    for _ in range(chance.randrange(1, _MOST_SPOTS)):
        x, y, r = chance.randrange(520, 900), chance.randrange(60, 1200), chance.randrange(8, 30)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=_SPOT)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=80)
    return written.getvalue()
