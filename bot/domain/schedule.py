"""When is each dose due? From local days and times to instants. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotTime:
    """A stable name for a time of day in a regimen, such as "evening" at 20:00."""

    slot: str
    at: time
    capsules: tuple[int, ...] = ()
    """Strength in mg of each capsule taken at this time; empty: the clinic has not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regimen:
    """The days and local dose times of a course; a change makes a new version."""

    first_day: date
    last_day: date | None
    """Inclusive; None while the clinic has not set an end."""
    slots: tuple[SlotTime, ...]
    minimum_gap: timedelta | None = None
    """Doses closer than this speak once; None: half the shortest regular interval."""
    from_day: date | None = None
    """First day of this version, from which `every_days` counts; None: the course's first day."""
    every_days: int = 1
    """1: every day, 2: on alternate days; an intake day may have several slots."""
    daily_mg: Decimal | None = None
    """Dose of an intake day in mg; None: the clinic has not said."""

    @property
    def begins(self) -> date:
        """The first day on which this version can have a dose."""
        return max(self.first_day, self.from_day or self.first_day)

    def has_dose_on(self, day: date) -> bool:
        """Whether `day` lies in this version and is an intake day."""
        if day < self.begins or (self.last_day is not None and day > self.last_day):
            return False
        return (day - self.begins).days % self.every_days == 0

    def mg_of(self, slot: SlotTime) -> Decimal | None:
        """What one intake in `slot` holds in mg; None: unknown."""
        if slot.capsules:
            return Decimal(sum(slot.capsules))
        return self.daily_mg / len(self.slots) if self.daily_mg is not None else None

    def gap(self) -> timedelta:
        """The shortest time that two reminders of this regimen keep apart."""
        if self.minimum_gap is not None:
            return self.minimum_gap
        return min(_regular_intervals(self.slots), default=timedelta(days=1)) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSlot:
    """One intended intake: which local day and slot, and the instant at which it is due (UTC)."""

    day: date
    slot: str
    at: time
    due: datetime


def plan_slots(
    regimen: Regimen, zone: ZoneInfo, *, after: datetime, until: datetime
) -> list[PlannedSlot]:
    """Slots of `regimen` with after < due <= until, in order of due time, then day, then slot.

    Every (day, slot) of the regimen is at most one slot, also across clock changes: a local time
    that does not exist moves forward by the gap, one that occurs twice is taken the first time,
    and a day that the zone skips altogether has no dose of its own.
    """
    planned = []
    day = max(regimen.begins, after.astimezone(zone).date() - timedelta(days=1))
    last = until.astimezone(zone).date() + timedelta(days=1)
    if regimen.last_day is not None:
        last = min(last, regimen.last_day)
    while day <= last:
        if regimen.has_dose_on(day) and not is_skipped_day(day, zone):
            planned += [
                PlannedSlot(day=day, slot=slot.slot, at=slot.at, due=due)
                for slot in regimen.slots
                if after < (due := instant(day, slot.at, zone)) <= until
            ]
        day += timedelta(days=1)
    return sorted(planned, key=lambda slot: (slot.due, slot.day, slot.slot))


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local time; `fold=0` gives the rule of PEP 495.

    A time inside a gap is read with the offset before it, which moves it forward by the gap.
    """
    return datetime.combine(day, at, zone).astimezone(UTC)


@lru_cache(maxsize=4_096)
def is_skipped_day(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone has no such day, as Samoa had no 30 December 2011."""
    return _occurs(day, time(12), zone) is False and _occurs(day, time(0), zone) is False


def next_local_time(after: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The first instant strictly after `after` at which the zone's clocks show `at` (UTC)."""
    day = after.astimezone(zone).date() - timedelta(days=1)
    while (due := instant(day, at, zone)) <= after or is_skipped_day(day, zone):
        day += timedelta(days=1)
    return due


def thin(planned: Sequence[PlannedSlot], gap: timedelta) -> list[PlannedSlot]:
    """The slots that speak: each at least `gap` after the one before it that speaks."""
    kept: list[PlannedSlot] = []
    for slot in planned:
        if not kept or slot.due - kept[-1].due >= gap:
            kept.append(slot)
    return kept


def _occurs(day: date, at: time, zone: ZoneInfo) -> bool:
    return instant(day, at, zone).astimezone(zone).date() == day


def _regular_intervals(slots: Sequence[SlotTime]) -> list[timedelta]:
    minutes = sorted(slot.at.hour * 60 + slot.at.minute for slot in slots)
    around = [*minutes[1:], minutes[0] + 24 * 60] if minutes else []
    return [timedelta(minutes=b - a) for a, b in zip(minutes, around, strict=True)]
