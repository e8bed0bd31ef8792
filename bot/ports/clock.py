"""What time is it, and what is a fresh id?"""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Patient time: real time plus an offset that only a demonstration moves."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class Ids(Protocol):
    """Fresh ids whose text order is their order of making."""

    def new(self) -> str:
        """32 hexadecimal characters (UUIDv7)."""
        ...
