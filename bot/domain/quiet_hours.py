"""May an ordinary message leave at this local time? Pure."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from bot.domain.schedule import next_local_time


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Local hours without messages of others; a time that the patient chose is never quiet."""

    start: time = time(22, 0)
    end: time = time(7, 0)

    def covers(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether it is quiet at `now` where the patient is."""
        local = now.astimezone(zone).time()
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def ends_after(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet hours around `now` are over (UTC); None while it is not quiet."""
        return next_local_time(now, self.end, zone) if self.covers(now, zone) else None


USUAL_QUIET_HOURS = QuietHours()
