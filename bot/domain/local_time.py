"""Which time of day, and which time zone, does a person mean? Pure."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_TIME = re.compile(
    r"\b(\d{1,2})(?:\s*[:.h]\s*(\d{2})|\s*h)?\s*(am|pm|a\.m\b\.?|p\.m\b\.?)?(?![^\W_])",
    re.IGNORECASE,
)
_CLOSE_ENOUGH = timedelta(minutes=20)


def parse_time(text: str, *, evening_words: frozenset[str] = frozenset()) -> time | None:
    """The time of day in `text` ("8pm", "20:00", "8 in the evening", "२०:००"), or None.

    A bare hour from 1 to 11 is read as morning unless the text says otherwise.
    """
    plain = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text).casefold()
    found = _TIME.search(plain)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    suffix = (found[3] or "").replace(".", "")
    is_evening = suffix == "pm" or (not suffix and any(word in plain for word in evening_words))
    if is_evening and hour < 12:
        hour += 12
    if suffix == "am" and hour == 12:
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None


def guess_zone(said: time, now: datetime, zones: Iterable[str]) -> str | None:
    """The first of `zones` whose clocks show about `said` at `now`, or None."""
    for name in zones:
        local = now.astimezone(ZoneInfo(name))
        stated = local.replace(hour=said.hour, minute=said.minute)
        apart = abs(local - stated)
        if min(apart, timedelta(days=1) - apart) <= _CLOSE_ENOUGH:
            return name
    return None
