"""Who is told that there is work, right after the commit that made it?"""

from typing import Protocol


class Wake(Protocol):
    """A hint, never the truth: a sweep finds the same work a second later."""

    def inbound(self) -> None:
        """A message was stored."""
        ...

    def outbox(self) -> None:
        """A delivery was queued."""
        ...
