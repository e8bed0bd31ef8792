"""How does the picture that goes with a message come about?"""

from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.picture import PictureOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A finished picture (PNG) or page (PDF)."""

    content: bytes = field(repr=False)
    is_paper: bool
    """A page to print, which is sent as a document."""


class Draws(Protocol):
    """Draws pictures."""

    def draw(self, order: PictureOrder) -> Drawn:
        """The picture of `order`; blocks, so call it in a thread. Raises whatever went wrong."""
        ...
