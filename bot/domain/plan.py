"""What will be asked when, computed from dated facts? Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.domain.message_kind import KIND_RULES, MessageKind
from bot.domain.occurrence import DAILY_CHECKIN, DOSE_REMINDER
from bot.domain.patient import Fact, PatientState
from bot.domain.regimen import CourseRegimen, course_regimen
from bot.domain.schedule import Regimen, SlotTime, plan_slots

DEFAULT_CHECKIN_TIME = time(20, 0)
_CHECKIN_SLOT = "day"
_REMINDERS = {MessageKind.DOSE: DOSE_REMINDER, MessageKind.CHECKIN: DAILY_CHECKIN}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOccurrence:
    """One planned instance of a reminder; (reminder, slot, day) is its identity in a course."""

    reminder: str
    slot: str
    day: date
    at: time
    zone: str
    due: datetime
    kind: MessageKind
    message: str = ""
    """Name of the text in the content; empty for doses and check-ins, which have their own."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    rule: str | None = None
    """The rule or campaign, with its version, that asks for this."""
    valid_until: datetime | None = None
    """After this instant the text is no longer true; None: as long as its kind says."""


class PlanSource(Protocol):
    """Something besides doses and check-ins that plans messages: a programme, a campaign."""

    def occurrences(
        self, facts: Sequence[Fact], state: PatientState, *, after: datetime, until: datetime
    ) -> Sequence[PlannedOccurrence]:
        """Everything of this source with after < due <= until; pure."""
        ...


def plan(
    facts: Sequence[Fact],
    state: PatientState,
    *,
    after: datetime,
    until: datetime,
    sources: Sequence[PlanSource] = (),
) -> list[PlannedOccurrence]:
    """Everything with after < due <= until, in order of due time.

    `state` is the patient's state at the time of planning; consent, pause and holds are judged
    later, when each one falls due.
    """
    others = [
        one
        for source in sources
        for one in source.occurrences(facts, state, after=after, until=until)
    ]
    planned = [*_regular(facts, state, after=after, until=until), *others]
    return sorted(planned, key=plan_order)


def plan_order(one: PlannedOccurrence) -> tuple[datetime, int, str, str]:
    """By due time; at the same instant the more urgent kind first."""
    return (one.due, KIND_RULES[one.kind].priority, one.reminder, one.slot)


def _regular(
    facts: Sequence[Fact], state: PatientState, *, after: datetime, until: datetime
) -> list[PlannedOccurrence]:
    """Doses and check-ins of each day by the version of the regimen that is in force on it."""
    course = course_regimen(facts, zone=state.zone)
    planned: list[PlannedOccurrence] = []
    for version in course.stretches():
        doses = at_chosen_hour(version, state)
        asked_at = state.dose_time or _latest(version)
        checkins = replace(
            version, slots=(SlotTime(slot=_CHECKIN_SLOT, at=asked_at),), every_days=1
        )
        planned += _doses(course, doses, state.zone, after=after, until=until)
        planned += _occurrences(MessageKind.CHECKIN, checkins, state.zone, after=after, until=until)
    return planned


def _doses(
    course: CourseRegimen, version: Regimen, zone: ZoneInfo, *, after: datetime, until: datetime
) -> list[PlannedOccurrence]:
    """Doses of one version; none on days on which the clinic paused the capsules."""
    planned = _occurrences(MessageKind.DOSE, version, zone, after=after, until=until)
    return [one for one in planned if not course.is_paused(one.day)]


def regimen_in_force(facts: Sequence[Fact], state: PatientState, *, at: datetime) -> Regimen | None:
    """The regimen of the local day of `at`, with a single daily dose at the patient's own hour."""
    regimen = course_regimen(facts, zone=state.zone).on(at.astimezone(state.zone).date())
    return at_chosen_hour(regimen, state) if regimen is not None else None


def at_chosen_hour(regimen: Regimen, state: PatientState) -> Regimen:
    """The clinic's regimen, with a single daily dose at the hour that the patient chose."""
    if state.dose_time is None or len(regimen.slots) != 1:
        return regimen
    return replace(regimen, slots=(replace(regimen.slots[0], at=state.dose_time),))


def _latest(regimen: Regimen) -> time:
    return max((slot.at for slot in regimen.slots), default=DEFAULT_CHECKIN_TIME)


def _occurrences(
    kind: MessageKind, regimen: Regimen, zone: ZoneInfo, *, after: datetime, until: datetime
) -> list[PlannedOccurrence]:
    return [
        PlannedOccurrence(
            reminder=_REMINDERS[kind],
            slot=slot.slot,
            day=slot.day,
            at=slot.at,
            zone=zone.key,
            due=slot.due,
            kind=kind,
        )
        for slot in plan_slots(regimen, zone, after=after, until=until)
    ]
