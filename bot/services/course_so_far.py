"""What is there to show of a patient's own course on this day?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.domain.cumulative import taken_by, target_of
from bot.domain.evidence import EvidenceName, evidence_at
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import Fact, PatientState
from bot.domain.plan import PlannedOccurrence
from bot.domain.progress import NextDate, Progress, progress
from bot.domain.regimen import course_regimen, regimen_on
from bot.ports.store import Transaction
from bot.services.planner import HORIZON, Planner

_NAMES = {
    MessageKind.PREGNANCY_TEST: "test",
    MessageKind.LAB: "lab",
    MessageKind.VISIT: "visit",
    MessageKind.WINDOW: "window",
}
"""Under which plain name a planned message stands among the next dates."""
_SEEN_AHEAD = timedelta(days=63)
"""Two months and a day: the next monthly test, blood test and visit lie within it."""
_TALKS = (EvidenceName.COUNSELLING, EvidenceName.PRESCRIBER_CONFIRMED)
"""What a clinic ticks when it has seen the patient."""


async def course_so_far(
    tx: Transaction, patient: PatientState, *, now: datetime, planner: Planner
) -> Progress | None:
    """The whole course until `now`; None while the clinic has set no first day.

    Next dates are those that are planned, and those that `planner` sees beyond its horizon.
    """
    patient_id = patient.patient.id
    today = now.astimezone(patient.zone).date()
    facts = await tx.people.facts(patient_id)
    regimen = regimen_on(facts, today, zone=patient.zone)
    if regimen is None:
        return None
    course = await tx.plan.course(patient_id)
    stretches = course_regimen(facts, course=course.id if course else None, zone=patient.zone)
    words = await tx.plan.dose_words(patient_id)
    ahead = await tx.plan.occurrences(patient_id, after=now, until=now + HORIZON)
    seen = progress(
        await tx.history.course(patient_id, until=now, since=regimen.first_day),
        first_day=regimen.first_day,
        last_day=regimen.last_day,
        today=today,
        next_dates=_next_dates(
            [*ahead, *planner.beyond(facts, patient, now=now, until=now + _SEEN_AHEAD)],
            regimen.last_day,
            today,
        ),
    )
    total = taken_by(stretches, words, facts, zone=patient.zone, now=now)
    return replace(
        seen,
        mg_per_kg=total.mg_per_kg,
        target=target_of(facts, at=now),
        last_visit=_last_visit(facts, today, now=now),
    )


def _last_visit(facts: Sequence[Fact], today: date, *, now: datetime) -> date | None:
    """The last day before today on which a programme's talk at the clinic was ticked."""
    days = [one.on for one in evidence_at(facts, at=now) if one.name in _TALKS]
    return max((day for day in days if day < today), default=None)


def _next_dates(
    ahead: Sequence[Occurrence | PlannedOccurrence], last_day: date | None, today: date
) -> Sequence[NextDate]:
    """The soonest day of each kind of thing, and the last day of the course."""
    found: dict[str, date] = {}
    for one in ahead:
        name = _NAMES.get(one.kind)
        is_open = isinstance(one, PlannedOccurrence) or one.state is OccurrenceState.PLANNED
        if name is None or not is_open:
            continue
        day = _day_of(one)
        if day >= today:
            found[name] = min(found.get(name, day), day)
    if last_day is not None and last_day > today:
        found["last-day"] = last_day
    return [NextDate(name=name, day=day) for name, day in found.items()]


def _day_of(planned: Occurrence | PlannedOccurrence) -> date:
    """The day that its message names; else the day of the message itself."""
    named = str(planned.variables.get("day") or "")
    if len(named) == _ISO_LENGTH:
        return date.fromisoformat(named)
    return planned.day if isinstance(planned, PlannedOccurrence) else planned.local_day


_ISO_LENGTH = len("2026-12-01")
