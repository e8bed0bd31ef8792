"""Which data does the card of a course show, over all of it or over the last week? Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel.dates import format_date, format_skeleton

from bot.charts.chart import Words, chart
from bot.charts.dose_calendar import dose_calendar

_WEEK_LOOKS_BACK = timedelta(days=6)
_MOST_DATES = 4


def card_data(shows: Mapping[str, Any], words: Words, language: str) -> dict[str, Any]:
    """What `card.typ` reads of the whole course."""
    first = date.fromisoformat(shows["first_day"])
    return {
        "language": language,
        "title": _title(shows, words),
        "subtitle": _subtitle(shows, words, language),
        "way": way(shows, language),
        "chart": chart(shows, words, language, first=first),
        "calendar": dose_calendar(shows, words, language, first=first),
        "amount": amount(shows, words),
        "dates": dates(shows, words, language),
        "footer": words("card-footer"),
    }


def week_data(shows: Mapping[str, Any], words: Words, language: str) -> dict[str, Any]:
    """What `card.typ` reads of the last seven days; what came before stays out of it."""
    today = date.fromisoformat(shows["today"])
    begins = today - _WEEK_LOOKS_BACK
    lately = {day: word for day, word in shows["calendar"].items() if day >= begins.isoformat()}
    known = [word for word in lately.values() if word != "excused"]
    shown = {
        **shows,
        "series": {
            name: [point for point in points if point[0] >= begins.isoformat()]
            for name, points in shows["series"].items()
        },
        "calendar": lately,
        "days": len(known),
        "answered": sum(word != "unknown" for word in known),
        "taken": sum(word == "taken" for word in known),
    }
    return {
        **card_data(shown, words, language),
        "title": words("card-week-title"),
        "subtitle": " · ".join((_range(begins, today, language), _title(shows, words))),
        "way": None,
        "chart": chart(shown, words, language, first=begins),
        "calendar": dose_calendar(shown, words, language, first=begins),
        "amount": None,
    }


def way(shows: Mapping[str, Any], language: str) -> dict[str, Any] | None:
    """How much of the time has passed; None while the clinic has set no end."""
    if shows["last_day"] is None:
        return None
    today, first, last = (date.fromisoformat(shows[one]) for one in ("today", *_ENDS))
    days = (last - first).days + 1
    passed = min(max((today - first).days, 0), days)
    return {
        "share": passed / days,
        "first": _short(first, language),
        "last": _short(last, language, has_year=True),
    }


_ENDS = ("first_day", "last_day")


def amount(shows: Mapping[str, Any], words: Words) -> dict[str, Any] | None:
    """How much was taken by body weight, from at least to at most, beside the target."""
    if shows["amount"] is None:
        return None
    known = {name: Decimal(value) for name, value in shows["amount"].items()}
    full = max(known["target_high"], known["high"], Decimal(1)) * Decimal("1.04")
    low, high = (_whole(known[name]) for name in ("low", "high"))
    target_low, target_high = (_whole(known[name]) for name in ("target_low", "target_high"))
    return {
        "title": words("card-amount-title"),
        "said": words("card-amount", low=low, high=high),
        "target-said": words("card-amount-target", low=target_low, high=target_high),
        "note": words("card-amount-note"),
        "low": float(known["low"] / full),
        "high": float(known["high"] / full),
        "target-low": float(known["target_low"] / full),
        "target-high": float(known["target_high"] / full),
    }


def dates(shows: Mapping[str, Any], words: Words, language: str) -> dict[str, Any]:
    """What is planned next, soonest first."""
    return {
        "title": words("card-dates-title"),
        "rows": [
            {
                "day": format_skeleton("MMMEd", date.fromisoformat(day), locale=language),
                "what": words(f"card-date-{name}"),
            }
            for name, day in shows["next_dates"][:_MOST_DATES]
        ],
    }


def _title(shows: Mapping[str, Any], words: Words) -> str:
    return words(
        "card-title",
        is_over="yes" if shows["is_over"] else "",
        week=shows["week"],
        weeks=shows["weeks"] or 0,
    )


def _subtitle(shows: Mapping[str, Any], words: Words, language: str) -> str:
    today = date.fromisoformat(shows["today"])
    if shows["week"] == 0:
        return words("card-starts", day=shows["first_day"])
    return format_date(today, format="long", locale=language)


def _short(day: date, language: str, *, has_year: bool = False) -> str:
    return str(format_skeleton("yMMMd" if has_year else "MMMd", day, locale=language))


def _range(first: date, last: date, language: str) -> str:
    return f"{_short(first, language)} – {_short(last, language)}"


def _whole(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), rounding=ROUND_HALF_UP))
