"""How a demonstration moves time, for every channel at once."""

from datetime import datetime
from typing import Protocol


class DemoClock(Protocol):
    """The clock of the whole process; only a demonstration has one that moves."""

    def now(self) -> datetime:
        """Patient time, aware, in UTC."""
        ...

    async def advance(self, to: datetime) -> None:
        """Run everything that falls due on the way to `to`, in order; returns when it is done.

        Raises ValueError when `to` lies in the past or more than 400 days ahead.
        """
        ...
