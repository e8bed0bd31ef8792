"""What time is it for patients? Real time, plus an offset that only a demonstration moves."""

from datetime import UTC, datetime, timedelta


class OffsetClock:
    """Patient time. Leases, timeouts and pacing never read it."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        """Ahead of real time by `offset`, which is zero outside a demonstration."""
        self.offset = offset

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC) + self.offset


class FixedClock:
    """A clock that stands still until it is moved: for tests and for `balm chat`."""

    def __init__(self, now: datetime) -> None:
        """Shows `now`."""
        self._now = now

    def now(self) -> datetime:
        """The instant it was set to."""
        return self._now

    def set(self, now: datetime) -> None:
        """Show `now` from here on."""
        self._now = now
