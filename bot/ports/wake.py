"""Who is told that there is work, right after the commit that made it?"""

from collections.abc import Collection
from typing import Protocol

from bot.domain.identity import ClinicId, Lane


class Wake(Protocol):
    """A hint, never the truth: a sweep finds the same work a second later."""

    def inbound(self, lanes: Collection[tuple[ClinicId, Lane]]) -> None:
        """Messages of these lanes were stored."""
        ...

    def outbox(self) -> None:
        """A delivery was queued."""
        ...
