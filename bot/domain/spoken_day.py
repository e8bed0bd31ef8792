"""Which past day, and which hour of it, does a sentence name? Pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.answer_words import AnswerWords, plain

_HOUR = re.compile(r"(?<![\d/.,])(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|a\.m|p\.m)?(?![\d/])")
_NOON = 12
_EARLY = 5
"""Before this hour "last night" is still the night that began yesterday, and so is "tonight"."""
_LATEST_HOUR = 23
_LATEST_MINUTE = 59


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidDay:
    """A day of the last week, in the patient's own time."""

    day: date
    at: time | None = None
    is_evening: bool | None = None
    """Morning or evening, as far as it was said."""


def said_day(text: str, said: AnswerWords, local: datetime) -> SaidDay | None:
    """What day a sentence is about; None when it names none. `local` is now, with its zone."""
    shown = " ".join(re.sub(r"[,;!?]", " ", plain(text)).split())
    while (same := said.finds("same", shown)) is not None:
        # "The same as yesterday" tells of today.
        shown = " ".join(f" {shown} ".replace(f" {same} ", " ", 1).split())
    ago = _days_ago(shown, said, local)
    evening = _is_evening(shown, said)
    at = _hour(shown, said, is_evening=bool(evening))
    if ago is None and at is None:
        return None
    if ago is None:
        # "Took it at 9", said at 8 in the morning, is yesterday's 9.
        ago = 1 if at is not None and at > local.time() else 0
    return SaidDay(day=local.date() - timedelta(days=ago), at=at, is_evening=evening)


def _days_ago(shown: str, said: AnswerWords, local: datetime) -> int | None:
    for meaning, days in (("before_yesterday", 2), ("last_night", 1), ("yesterday", 1)):
        if said.finds(meaning, shown) is not None:
            return days
    if said.finds("today", shown) is not None:
        return 0
    named = [n for word, n in said.weekdays.items() if f" {word} " in f" {shown} "]
    if not named:
        return None
    return (local.weekday() - named[0]) % 7 or 7


def _is_evening(shown: str, said: AnswerWords) -> bool | None:
    if said.finds("evening", shown) is not None or re.search(r"\d\s*p\.?m\b", shown):
        return True
    if said.finds("morning", shown) is not None or re.search(r"\d\s*a\.?m\b", shown):
        return False
    return None


def _hour(shown: str, said: AnswerWords, *, is_evening: bool) -> time | None:
    """An hour stands beside "at", or carries minutes, "am" or "pm"."""
    for found in _HOUR.finditer(shown):
        hour, minute = int(found[1]), int(found[2] or 0)
        around = f" {shown[: found.start()].strip()} ".rpartition(" ")[0].split(" ")
        before = " ".join(around[-3:]).strip()
        after = shown[found.end() :].strip().split(" ")[0]
        words = said.phrases.get("at", frozenset())
        is_hour = bool(found[2] or found[3]) or after in words
        is_hour = is_hour or any(f" {before}".endswith(f" {word}") for word in words)
        if not is_hour or hour > _LATEST_HOUR or minute > _LATEST_MINUTE:
            continue
        if is_evening and _EARLY <= hour < _NOON:
            hour += _NOON
        return time(hour, minute)
    return None
