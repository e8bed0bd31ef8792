"""How does the picture that goes with a message come about?"""

from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.picture import PictureOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A finished picture (PNG, JPEG) or page (PDF)."""

    content: bytes = field(repr=False)
    is_paper: bool
    """A page to print, which is sent as a document."""
    is_veiled: bool = False
    """Shown only on a tap, where the channel can: a photo is nobody else's to see."""


class PhotoSheets(Protocol):
    """Lays the photos of an album side by side."""

    async def sheet(self, order: PictureOrder) -> Drawn | None:
        """The photos that `order` names; None when one of them is not kept any more."""
        ...


class Draws(Protocol):
    """Draws pictures."""

    def draw(self, order: PictureOrder) -> Drawn:
        """The picture of `order`; blocks, so call it in a thread. Raises whatever went wrong."""
        ...
