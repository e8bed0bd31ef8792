"""When does somebody at the clinic read messages next, by its own declared hours? Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(
    r"^\s*(?P<first>[a-z]{3,9})\.?\s*(?:(?:to|-|\u2013)\s*(?P<last>[a-z]{3,9})\.?)?[\s,:]*"
    r"(?P<opens>\d{1,2}(?:[:.]\d{2})?)\s*(?:to|-|\u2013)\s*(?P<closes>\d{1,2}(?:[:.]\d{2})?)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffedHours:
    """One daily interval of local time on consecutive days of the week."""

    days: frozenset[int]
    """0 is Monday."""
    opens: time
    closes: time

    def covers(self, local: datetime) -> bool:
        """Whether somebody reads messages at the clinic's local time `local`."""
        return local.weekday() in self.days and self.opens <= local.time() < self.closes


def parse(text: str) -> StaffedHours | None:
    """The hours that "Monday to Friday 9:00 to 17:00" means, or None when not understood."""
    found = _HOURS.match(text)
    if found is None:
        return None
    first = _day(found["first"])
    last = _day(found["last"] or found["first"])
    opens, closes = _time(found["opens"]), _time(found["closes"])
    if first is None or last is None or opens is None or closes is None or closes <= opens:
        return None
    days = range(first, first + (last - first) % 7 + 1)
    return StaffedHours(days=frozenset(day % 7 for day in days), opens=opens, closes=closes)


def next_staffed(hours: StaffedHours, zone: ZoneInfo, now: datetime) -> datetime:
    """The first instant from `now` on at which somebody reads messages, in the clinic's zone."""
    local = now.astimezone(zone)
    if hours.covers(local):
        return local
    for ahead in range(8):
        day = local.date() + timedelta(days=ahead)
        opening = datetime.combine(day, hours.opens, zone)
        if day.weekday() in hours.days and opening > local:
            return opening
    raise AssertionError("every week has a staffed day")


def _day(name: str) -> int | None:
    return _DAYS.index(name[:3].casefold()) if name[:3].casefold() in _DAYS else None


def _time(text: str) -> time | None:
    hour, _, minute = text.replace(".", ":").partition(":")
    if int(hour) > 23 or int(minute or 0) > 59:
        return None
    return time(int(hour), int(minute or 0))
