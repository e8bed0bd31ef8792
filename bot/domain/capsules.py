"""How many capsules does a patient still have, and until when do they last? Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.domain.cumulative import NOT_TODAY, TAKEN, DoseWord, due_doses, was_off
from bot.domain.evidence import EvidenceName, evidence_at
from bot.domain.patient import Fact, FactKind
from bot.domain.regimen import CourseRegimen
from bot.domain.schedule import Regimen, SlotTime

_PACK = re.compile(r"(\d{1,3})\s*(?:mg)?\s*[x×*]\s*(\d{1,3})")  # people type it
_LOOK_AHEAD_DAYS = 400
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseLimits:
    """What a dose and its capsules can be at all; from content/regimen.yaml."""

    strengths_mg: tuple[int, ...]
    most_mg_a_day: Decimal
    notices_at: time
    """The local hour of texts about the course itself."""
    asks_again_after_days: int
    few_capsules: int
    """With so many capsules or fewer, a patient needs somebody today."""
    lightest_kg: Decimal
    heaviest_kg: Decimal
    most_mg_per_kg: Decimal
    """A cumulative target above this is surely a slip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapsuleStock:
    """How many capsules of each strength are left at least and at most."""

    low: Mapping[int, int] = field(repr=False)
    high: Mapping[int, int] = field(repr=False)
    since: date
    """The day on which they were last counted or handed out."""


def read_packs(text: str, *, usual: Sequence[int] = ()) -> dict[int, int] | None:
    """Capsules by strength in "40x30" or "20x30+10x30"; a bare "30" is of the only usual strength.

    None: not understood, or a bare number while the patient has several strengths.
    """
    parts = [part.strip() for part in text.lower().split("+")]
    found: dict[int, int] = {}
    for part in parts:
        pack = _PACK.fullmatch(part)
        if pack is not None:
            found[int(pack[1])] = found.get(int(pack[1]), 0) + int(pack[2])
        elif part.isdecimal() and len(parts) == 1 and len(set(usual)) == 1:
            found[usual[0]] = int(part)
        else:
            return None
    return found


def stock_of(
    course: CourseRegimen,
    words: Sequence[DoseWord],
    facts: Sequence[Fact],
    *,
    zone: ZoneInfo,
    now: datetime,
) -> CapsuleStock | None:
    """What is left at `now` of what was last counted or picked up; None: nobody has said.

    Doses of which nothing is known were perhaps taken, so they lower only the smaller number.
    """
    counted = _counted(course, facts, now)
    if counted is None:
        return None
    since, have = counted
    low, high = dict(have), dict(have)
    said = {(word.day, word.slot): word.answer for word in words}
    for regimen, dose in due_doses(course, zone=zone, now=now):
        word = said.get((dose.day, dose.slot)) or said.get((dose.day, ""))
        is_off = word is None and (course.is_paused(dose.day) or was_off(facts, dose.due))
        if dose.day < since or word == NOT_TODAY or is_off:
            continue
        slot = next(slot for slot in regimen.slots if slot.slot == dose.slot)
        _take(low, slot)
        if word == TAKEN:
            _take(high, slot)
    return CapsuleStock(low=low, high=high, since=since)


def lasts_until(course: CourseRegimen, have: Mapping[int, int], *, after: date) -> date | None:
    """The last day whose doses the capsules cover, if all are taken from the day after `after`.

    None: the regimen does not say which capsules make a dose, or they last for more than a year.
    """
    left = dict(have)
    covered = after
    for day in (after + n * _DAY for n in range(1, _LOOK_AHEAD_DAYS)):
        regimen = course.on(day)
        if regimen is None or not all(slot.capsules for slot in regimen.slots):
            return None
        if course.has_dose_on(day):
            for slot in regimen.slots:
                _take(left, slot, below_zero=True)
            if min(left.values()) < 0:
                return covered
        covered = day
    return None


def strengths_of(regimen: Regimen | None) -> tuple[int, ...]:
    """The strengths that a regimen uses, each once."""
    slots = regimen.slots if regimen is not None else ()
    return tuple(sorted({mg for slot in slots for mg in slot.capsules}))


def _counted(
    course: CourseRegimen, facts: Sequence[Fact], now: datetime
) -> tuple[date, dict[int, int]] | None:
    """The newest count with every pick-up after it."""
    known: list[tuple[date, bool, dict[int, int]]] = []
    for one in evidence_at(facts, at=now):
        if one.name is EvidenceName.PICKED_UP:
            packs = _packs(course, one.on, one.details.get("capsules"))
            if packs is not None:
                known.append((one.on, False, packs))
    for on, text in _said_left(facts):
        packs = _packs(course, on, text)
        if packs is not None:
            known.append((on, True, packs))
    known.sort(key=lambda one: (one[0], one[1]))
    since: date | None = None
    have: dict[int, int] = {}
    for on, is_count, packs in known:
        since = on if is_count or since is None else since
        have = packs if is_count else {s: have.get(s, 0) + packs.get(s, 0) for s in have | packs}
    return (since, have) if since is not None else None


def _said_left(facts: Iterable[Fact]) -> list[tuple[date, str]]:
    said = (f.value for f in facts if f.kind is FactKind.CAPSULES_LEFT)
    return [(date.fromisoformat(str(value["on"])), str(value["capsules"])) for value in said]


def _packs(course: CourseRegimen, on: date, text: str | None) -> dict[int, int] | None:
    return read_packs(text, usual=strengths_of(course.on(on))) if text else None


def _take(have: dict[int, int], slot: SlotTime, *, below_zero: bool = False) -> None:
    for mg in slot.capsules:
        left = have.get(mg, 0) - 1
        have[mg] = left if below_zero else max(left, 0)
