"""Which past day does a person mean by "today", "on Sunday" or "12 Nov"? Pure."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta

from bot.domain.vocabulary import Vocabulary, fold

_DAY = timedelta(days=1)
_LONGEST_AGO = timedelta(days=120)
"""An older day is rather a slip than a date of something told now."""
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


def day_said(text: str, words: Vocabulary, today: date) -> date | None:
    """The day that `text` names, today or before; None when it names none or an impossible one."""
    plain = _digits(fold(text))
    named = _relative(plain, words, today) or _dated(plain, words, today)
    if named is None or not today - _LONGEST_AGO <= named <= today:
        return None
    return named


def days_named(text: str, words: Vocabulary, *, among: Sequence[date]) -> list[date]:
    """Those of `among` that `text` names, as ISO dates or as "1 dec" or "dec 1", in order.

    "1 dec 12 jan" is read as two days before their months wherever that names any.
    """
    plain = _digits(fold(text))
    iso = [day for day in among if day.isoformat() in plain]
    months = {day: "|".join(map(re.escape, words.words(MONTHS[day.month - 1]))) for day in among}
    first = [
        day
        for day, month in months.items()
        if month
        and re.search(rf"(?<!\d){day.day}(?:st|nd|rd|th)?\s*(?:of|de)?\s*(?:{month})", plain)
    ]
    last = [
        day
        for day, month in months.items()
        if month and re.search(rf"(?<!\w)(?:{month})\.?\s*{day.day}(?!\d)", plain)
    ]
    return iso or first or last


def _relative(plain: str, words: Vocabulary, today: date) -> date | None:
    for meaning, days in (("day-before-yesterday", 2), ("yesterday", 1), ("today", 0)):
        if _has(plain, words, meaning):
            return today - days * _DAY
    for number, name in enumerate(WEEKDAYS):
        if _has(plain, words, name):
            return today - ((today.weekday() - number) % 7) * _DAY
    return None


def _dated(plain: str, words: Vocabulary, today: date) -> date | None:
    """An ISO date, or a day and the name of a month in either order: the newest past one."""
    if found := _ISO.search(plain):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    for number, name in enumerate(MONTHS, start=1):
        for word in words.words(name):
            either = rf"(?<!\w){re.escape(word)}(?!\w)"
            found = re.search(rf"(\d{{1,2}})(?:st|nd|rd|th)?\s*(?:of|de)?\s*{either}", plain)
            found = found or re.search(rf"{either}\.?\s*(\d{{1,2}})(?!\d)", plain)
            if found:
                this = _date(today.year, number, int(found[1]))
                return (
                    this if this and this <= today else _date(today.year - 1, number, int(found[1]))
                )
    return None


def _has(plain: str, words: Vocabulary, meaning: str) -> bool:
    return any(
        re.search(rf"(?<!\w){re.escape(word)}(?!\w)", plain) for word in words.words(meaning)
    )


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in text)
