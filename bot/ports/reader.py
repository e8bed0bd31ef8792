"""Who reads a message for danger, for a wish to stop, and for a topic?"""

from typing import Protocol

from bot.domain.identity import Region
from bot.domain.reading import Reading


class TextReader(Protocol):
    """All three matchers behind one call; safe to call from a thread."""

    def read(self, text: str, *, language: str, region: Region, last_topic: str | None) -> Reading:
        """What was understood of `text`; never raises, whatever the text."""
        ...
