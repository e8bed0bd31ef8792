"""From when on is the clinic staffed for long enough to act on an answer? Pure."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.patient import Clinic
from bot.domain.staffed_hours import StaffedHours, parse

_DAYS_AHEAD = 8


def covered_from(clinic: Clinic, now: datetime, cover: timedelta) -> datetime | None:
    """The first instant from `now` on with `cover` of staffed time ahead (UTC or as `now`).

    None: the clinic has not said when it is staffed, or never for so long at a time.
    """
    hours = parse(clinic.staffed_hours)
    if hours is None:
        return None
    zone = ZoneInfo(clinic.zone)
    local = now.astimezone(zone)
    if hours.covers(local) and _closes(hours, local.date(), zone) - local >= cover:
        return now
    for ahead in range(_DAYS_AHEAD):
        day = local.date() + timedelta(days=ahead)
        opens = datetime.combine(day, hours.opens, zone)
        is_staffed = day.weekday() in hours.days and opens > local
        if is_staffed and _closes(hours, day, zone) - opens >= cover:
            return opens
    return None


def _closes(hours: StaffedHours, day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hours.closes, zone)
