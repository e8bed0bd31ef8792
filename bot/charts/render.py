"""How do a template and its data become a picture or a page? One typesetter, kept warm.

Data are handed over as JSON text and read by the template, so that nothing in a name or a title
can become a command. Only the templates and fonts of this folder are within reach.
"""

import json
import threading
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import typst

FOLDER = Path(__file__).parent
_PIXELS_PER_INCH = 144.0


class PictureFormat(StrEnum):
    """What comes out."""

    PNG = "png"
    PDF = "pdf"


def render(
    template: str,
    data: Mapping[str, Any],
    *,
    form: PictureFormat = PictureFormat.PNG,
    pixels_per_inch: float = _PIXELS_PER_INCH,
    is_tagged: bool = False,
) -> bytes:
    """The template of this folder (`poster` is `poster.typ`) filled with `data`, on one page.

    About a tenth of a second, a little more the first time; blocks, so not in an event loop. Calls
    wait for each other: two at once would only be slower. `is_tagged` holds a PDF to PDF/UA-1, so
    that it can be read aloud. Raises typst.TypstError for a wrong template.
    """
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    with _ONE_AT_A_TIME:
        made = _compiler().compile(
            FOLDER / f"{template}.typ",
            format=form.value,
            ppi=pixels_per_inch,
            sys_inputs=inputs,
            pdf_standards="ua-1" if is_tagged and form is PictureFormat.PDF else None,
        )
    if not isinstance(made, bytes):
        raise TypeError(f"{template}.typ filled more than the one page of a picture")
    return made


_ONE_AT_A_TIME = threading.Lock()


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(root=FOLDER, font_paths=[FOLDER / "fonts"], ignore_system_fonts=True)
