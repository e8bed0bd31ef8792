"""Which instant does a request to move the demonstration's clock mean?"""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FURTHEST = timedelta(days=400)
_TOMORROW = (time(8, 0), time(20, 0))


class BadRequest(Exception):
    """The request cannot be followed; its text says why, to the person who sent it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """One button that moves the clock."""

    label: str
    to: datetime


def wanted_instant(body: bytes, now: datetime) -> datetime:
    """The instant that the JSON in `body` asks for, aware, in UTC. Raises BadRequest.

    `{"advance_s": 3600}` counts from `now`; `{"to": "2026-12-01T20:00:00-05:00"}` is absolute.
    A `to` without an offset needs `"zone": "America/New_York"` beside it.
    """
    request = _object(body)
    if ("advance_s" in request) == ("to" in request):
        raise BadRequest('send either "advance_s" (seconds) or "to" (a time with its offset)')
    wanted = _later(request, now) if "advance_s" in request else _absolute(request)
    if wanted < now:
        raise BadRequest("the clock only moves forward")
    if wanted - now > FURTHEST:
        raise BadRequest(f"the clock moves at most {FURTHEST.days} days at once")
    return wanted


def tomorrow(now: datetime, zone: str) -> list[Shortcut]:
    """Tomorrow's usual hours where the patient is."""
    local = ZoneInfo(zone)
    day = now.astimezone(local).date() + timedelta(days=1)
    return [
        Shortcut(
            label=f"Tomorrow {at.hour}:{at:%M}",
            to=datetime.combine(day, at, local).astimezone(UTC),
        )
        for at in _TOMORROW
    ]


def _object(body: bytes) -> dict[str, object]:
    try:
        request = json.loads(body)
    except ValueError as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(request, dict):
        raise BadRequest("the body is not a JSON object")
    return request


def _later(request: dict[str, object], now: datetime) -> datetime:
    seconds = request["advance_s"]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise BadRequest('"advance_s" is not a number')
    if not math.isfinite(seconds) or abs(seconds) > FURTHEST.total_seconds():
        raise BadRequest(f"the clock moves at most {FURTHEST.days} days at once")
    return now + timedelta(seconds=seconds)


def _absolute(request: dict[str, object]) -> datetime:
    try:
        wanted = datetime.fromisoformat(str(request["to"]))
        if wanted.tzinfo is None and "zone" in request:
            wanted = wanted.replace(tzinfo=ZoneInfo(str(request["zone"])))
        if wanted.tzinfo is None:
            raise BadRequest('"to" needs an offset, as in 2026-12-01T20:00:00-05:00')
        return wanted.astimezone(UTC)
    except (ValueError, OverflowError, ZoneInfoNotFoundError) as error:
        raise BadRequest('"to" is not a time such as 2026-12-01T20:00:00-05:00') from error
