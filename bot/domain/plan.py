"""What will be asked when, computed from dated facts? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.domain.occurrence import DAILY_CHECKIN, DOSE_REMINDER
from bot.domain.patient import Fact, PatientState, regimen_at
from bot.domain.schedule import Regimen, SlotTime, plan_slots

DEFAULT_CHECKIN_TIME = time(20, 0)
_CHECKIN_SLOT = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOccurrence:
    """One planned instance of a reminder; (reminder, slot, day) is its identity in a course."""

    reminder: str
    slot: str
    day: date
    at: time
    zone: str
    due: datetime


def plan(
    facts: Sequence[Fact], state: PatientState, *, after: datetime, until: datetime
) -> list[PlannedOccurrence]:
    """Everything with after < due <= until, in order of due time; empty without a regimen.

    `state` is the patient's state at the time of planning; consent, pause and holds are judged
    later, when each one falls due.
    """
    regimen = regimen_in_force(facts, state, at=until)
    if regimen is None:
        return []
    asked_at = state.dose_time or _latest(regimen)
    checkins = replace(regimen, slots=(SlotTime(slot=_CHECKIN_SLOT, at=asked_at),))
    doses = _occurrences(DOSE_REMINDER, regimen, state.zone, after=after, until=until)
    asked = _occurrences(DAILY_CHECKIN, checkins, state.zone, after=after, until=until)
    return sorted([*doses, *asked], key=lambda o: (o.due, o.reminder != DOSE_REMINDER))


def regimen_in_force(facts: Sequence[Fact], state: PatientState, *, at: datetime) -> Regimen | None:
    """The clinic's regimen, with a single daily dose at the hour that the patient chose."""
    regimen = regimen_at(facts, at=at)
    if regimen is None or state.dose_time is None or len(regimen.slots) != 1:
        return regimen
    return replace(regimen, slots=(replace(regimen.slots[0], at=state.dose_time),))


def _latest(regimen: Regimen) -> time:
    return max((slot.at for slot in regimen.slots), default=DEFAULT_CHECKIN_TIME)


def _occurrences(
    reminder: str, regimen: Regimen, zone: ZoneInfo, *, after: datetime, until: datetime
) -> list[PlannedOccurrence]:
    return [
        PlannedOccurrence(
            reminder=reminder,
            slot=slot.slot,
            day=slot.day,
            at=slot.at,
            zone=zone.key,
            due=slot.due,
        )
        for slot in plan_slots(regimen, zone, after=after, until=until)
    ]
