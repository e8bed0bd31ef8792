"""Which regimen is in force on which day of a course? Versions, waits for capsules, pauses. Pure.

Each change is a fact with a `step` of its own; a correction is a new fact with the same step, of
which the one recorded last holds. So a version may begin next week without moving tomorrow's dose.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.domain.patient import Fact, FactKind, FactValue
from bot.domain.schedule import Regimen, SlotTime, instant

_DAY = timedelta(days=1)
_ABOUT_DOSES = (FactKind.REGIMEN, FactKind.COURSE_PAUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimenStep:
    """One version of a regimen, as the clinic entered it."""

    id: str
    regimen: Regimen
    course: str | None
    """The course that it belongs to; None: recorded before courses were named in it."""
    awaits_capsules: bool = False
    """Not in force before the patient has said that the new capsules are here (rule 15)."""
    was_told: bool = False
    """Whether staff have told the patient; Balm is never first with a change of dose."""

    @property
    def begins(self) -> date:
        """The first day of this version."""
        return self.regimen.begins


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePause:
    """Days without capsules that the clinic decided; both ends belong to it."""

    id: str
    from_day: date
    until_day: date | None
    """None: until the clinic resumes the course."""

    def covers(self, day: date) -> bool:
        """Whether no capsule is due on `day`."""
        return self.from_day <= day and (self.until_day is None or day <= self.until_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRegimen:
    """Everything that is known of the doses of a course."""

    steps: tuple[RegimenStep, ...] = ()
    """Versions in force, each from its first day until the next one begins."""
    waiting: tuple[RegimenStep, ...] = ()
    """Versions that wait for the patient to have the new capsules."""
    pauses: tuple[CoursePause, ...] = ()

    def on(self, day: date) -> Regimen | None:
        """The version of `day`; before the first one, that one. None: there is no regimen."""
        begun = [step for step in self.steps if step.begins <= day]
        step = begun[-1] if begun else next(iter(self.steps), None)
        return step.regimen if step is not None else None

    @property
    def newest(self) -> "CourseRegimen":
        """The same of the newest course alone."""
        course = self.steps[-1].course if self.steps else None
        return replace(self, steps=tuple(one for one in self.steps if one.course == course))

    @property
    def planned_days(self) -> tuple[date | None, date | None]:
        """First and last day of capsules of the newest course, as far as they are set."""
        steps = self.newest.steps
        return (steps[0].begins, steps[-1].regimen.last_day) if steps else (None, None)

    def is_paused(self, day: date) -> bool:
        """Whether the clinic paused the capsules on `day`."""
        return any(pause.covers(day) for pause in self.pauses)

    def stretches(self) -> list[Regimen]:
        """Each version limited to the days on which it is the one in force, in order of days."""
        limited = []
        for number, step in enumerate(self.steps):
            last = step.regimen.last_day
            if number + 1 < len(self.steps):
                ends = self.steps[number + 1].begins - _DAY
                last = ends if last is None else min(last, ends)
            if last is None or last >= step.begins:
                limited.append(replace(step.regimen, last_day=last))
        return limited

    def has_dose_on(self, day: date) -> bool:
        """Whether a capsule is meant for `day`."""
        return not self.is_paused(day) and any(one.has_dose_on(day) for one in self.stretches())


def course_regimen(
    facts: Iterable[Fact], *, course: str | None = None, zone: ZoneInfo | None = None
) -> CourseRegimen:
    """The versions and pauses that `facts` tell of; of one `course`, or of all.

    `zone` gives the first day of a version that was recorded without one.
    """
    known = [fact for fact in facts if fact.kind in _ABOUT_DOSES]
    known.sort(key=lambda fact: (fact.effective_at, fact.recorded_at))
    latest: dict[str, RegimenStep | None] = {}
    for fact in known:
        if fact.kind is FactKind.REGIMEN:
            step = _step(tuple(fact.value.items()), fact.effective_at, zone)
            latest.pop(step.id, None)  # the order of this mapping is that of recording
            latest[step.id] = None if fact.value.get("withdrawn") else step
    steps = [one for one in latest.values() if one is not None and _is_of(one, course)]
    steps.sort(key=lambda step: step.begins)
    return CourseRegimen(
        steps=tuple(_one_a_day([step for step in steps if not step.awaits_capsules])),
        waiting=tuple(step for step in steps if step.awaits_capsules),
        pauses=tuple(_pauses(known)),
    )


def regimen_on(facts: Iterable[Fact], day: date, *, zone: ZoneInfo | None = None) -> Regimen | None:
    """The regimen in force on `day`, or None before the clinic has set one."""
    return course_regimen(facts, zone=zone).on(day)


def starts_on(step: RegimenStep, now: datetime, zone: ZoneInfo) -> date:
    """The first day of a version whose capsules have come at `now`.

    Not before its planned day, and not today once a dose of today was due: no day has two.
    """
    today = now.astimezone(zone).date()
    first = min((slot.at for slot in step.regimen.slots), default=time(0))
    earliest = today if now < instant(today, first, zone) else today + _DAY
    return max(step.begins, earliest)


def regimen_fact(step: RegimenStep) -> FactValue:
    """The value of a fact of kind REGIMEN."""
    regimen = step.regimen
    gap = regimen.minimum_gap
    return {
        "step": step.id,
        "course": step.course,
        "first_day": regimen.first_day.isoformat(),
        "from_day": step.begins.isoformat(),
        "last_day": regimen.last_day.isoformat() if regimen.last_day else None,
        "slots": slots_text(regimen.slots),
        "capsules": capsules_text(regimen.slots) or None,
        "daily_mg": str(regimen.daily_mg) if regimen.daily_mg is not None else None,
        "every_days": regimen.every_days,
        "minimum_gap_minutes": int(gap.total_seconds() // 60) if gap is not None else None,
        "awaits_capsules": step.awaits_capsules,
        "told": step.was_told,
    }


def withdrawn_step(step: RegimenStep) -> FactValue:
    """The value of a fact that takes a version back, as if it had never been entered."""
    return {**regimen_fact(step), "withdrawn": True}


def pause_fact(pause: CoursePause) -> FactValue:
    """The value of a fact of kind COURSE_PAUSE."""
    until = pause.until_day
    return {
        "pause": pause.id,
        "from_day": pause.from_day.isoformat(),
        "until_day": until.isoformat() if until else None,
    }


def slots_text(slots: Iterable[SlotTime]) -> str:
    """Slots as a fact stores them: "morning@08:00,evening@20:00"."""
    return ",".join(f"{slot.slot}@{slot.at:%H:%M}" for slot in slots)


def capsules_text(slots: Iterable[SlotTime]) -> str:
    """The capsules of each slot: "morning=20,evening=20+10"; empty when none are known."""
    named = (f"{s.slot}={'+'.join(map(str, s.capsules))}" for s in slots if s.capsules)
    return ",".join(named)


def decimal_of(text: object) -> Decimal | None:
    """The exact number of a stored text, or None."""
    try:
        return Decimal(str(text)) if text not in (None, "") else None
    except InvalidOperation:
        return None


@lru_cache(maxsize=1_024)
def _step(
    fact: tuple[tuple[str, str | int | bool | None], ...],
    effective_at: datetime,
    zone: ZoneInfo | None,
) -> RegimenStep:
    """Read once for the many questions that a plan asks of the same facts."""
    value = dict(fact)
    first_day = date.fromisoformat(str(value["first_day"]))
    recorded_for = effective_at.astimezone(zone or UTC).date()
    from_day = date.fromisoformat(str(value.get("from_day") or max(first_day, recorded_for)))
    last_day, gap = value.get("last_day"), value.get("minimum_gap_minutes")
    return RegimenStep(
        id=str(value.get("step") or from_day),
        course=str(value["course"]) if value.get("course") else None,
        awaits_capsules=bool(value.get("awaits_capsules")),
        was_told=bool(value.get("told")),
        regimen=Regimen(
            first_day=first_day,
            last_day=date.fromisoformat(str(last_day)) if last_day else None,
            slots=_slots(str(value["slots"]), str(value.get("capsules") or "")),
            minimum_gap=timedelta(minutes=int(gap)) if gap is not None else None,
            from_day=from_day,
            every_days=int(value.get("every_days") or 1),
            daily_mg=decimal_of(value.get("daily_mg")),
        ),
    )


def _slots(text: str, capsules: str) -> tuple[SlotTime, ...]:
    mixed = dict(part.split("=") for part in capsules.split(",") if part)
    slots = []
    for part in text.split(","):
        name, at = part.split("@")
        mix = tuple(int(mg) for mg in mixed.get(name, "").split("+") if mg)
        slots.append(SlotTime(slot=name, at=time.fromisoformat(at), capsules=mix))
    return tuple(slots)


def _is_of(step: RegimenStep, course: str | None) -> bool:
    return course is None or step.course in (None, course)


def _one_a_day(steps: Sequence[RegimenStep]) -> list[RegimenStep]:
    """Of versions that begin on the same day, the one recorded last; the first may begin early."""
    by_day = {step.begins: step for step in steps}
    kept = [by_day[day] for day in sorted(by_day)]
    if kept and kept[0].course is None:
        regimen = kept[0].regimen
        kept[0] = replace(kept[0], regimen=replace(regimen, from_day=regimen.first_day))
    return kept


def _pauses(facts: Sequence[Fact]) -> list[CoursePause]:
    latest: dict[str, CoursePause | None] = {}
    for fact in facts:
        if fact.kind is not FactKind.COURSE_PAUSE:
            continue
        value, until = fact.value, fact.value.get("until_day")
        pause = CoursePause(
            id=str(value["pause"]),
            from_day=date.fromisoformat(str(value["from_day"])),
            until_day=date.fromisoformat(str(until)) if until else None,
        )
        is_empty = pause.until_day is not None and pause.until_day < pause.from_day
        latest[pause.id] = None if is_empty else pause
    return sorted((p for p in latest.values() if p is not None), key=lambda p: p.from_day)
