"""Which sign stands on which day of the capsule calendar? Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from babel import Locale
from babel.dates import format_date

from bot.charts.chart import Words

_ORDER = ("taken", "partly", "not-taken", "excused", "unknown")
_FEW_WEEKS = 5
"""Up to so many weeks stand as rows with the days' numbers; more stand as columns."""
_ONE_DAY = timedelta(days=1)
_WEEK = 7
_MONTH_APART = 3
"""Columns that a month's name needs."""


def dose_calendar(
    shows: Mapping[str, Any], words: Words, language: str, *, first: date
) -> dict[str, Any]:
    """The weeks from `first` to today; nothing before the first day."""
    today = date.fromisoformat(shows["today"])
    last_day = date.fromisoformat(shows["last_day"]) if shows["last_day"] else today
    end = min(today, last_day)
    known: Mapping[str, str] = shows["calendar"]
    weeks = _weeks(first, end, today, known)
    seen = {day["word"] for week in weeks for day in week}
    return {
        "title": words("card-calendar-title"),
        "said": words(
            "card-calendar", days=shows["days"], answered=shows["answered"], taken=shows["taken"]
        ),
        "weekdays": _weekdays(language),
        "weeks": weeks,
        "many": len(weeks) > _FEW_WEEKS,
        "months": _months(weeks, language),
        "legend": [
            {"word": word, "label": words(f"card-day-{word}")} for word in _ORDER if word in seen
        ],
    }


def _weeks(
    first: date, end: date, today: date, known: Mapping[str, str]
) -> list[list[dict[str, Any]]]:
    """Whole weeks from Monday; days outside the course have no number."""
    day = first - timedelta(days=first.weekday())
    last = end + timedelta(days=_WEEK - 1 - end.weekday())
    days = []
    while first <= end and day <= last:
        is_inside = first <= day <= end
        word = known.get(day.isoformat(), "ahead" if day == today else "") if is_inside else ""
        days.append(
            {
                "day": day.isoformat(),
                "number": day.day if first <= day else 0,
                "word": word,
                "today": day == today,
            }
        )
        day += _ONE_DAY
    return [days[start : start + _WEEK] for start in range(0, len(days), _WEEK)]


def _weekdays(language: str) -> list[str]:
    names = Locale.parse(language).days["format"]["abbreviated"]
    return [str(names[number]) for number in range(_WEEK)]


def _months(weeks: list[list[dict[str, Any]]], language: str) -> list[dict[str, Any]]:
    """Each month's name above the first column that begins in it, where there is room."""
    found: list[dict[str, Any]] = []
    known = ""
    for column, week in enumerate(weeks):
        monday = date.fromisoformat(week[0]["day"])
        name = str(format_date(monday, "LLL", locale=language))
        if name == known:
            continue
        known = name
        if found and column - found[-1]["column"] < _MONTH_APART:
            found.pop()
        if len(weeks) - column >= _MONTH_APART - 1 or not found:
            found.append({"column": column, "label": name})
    return found
