"""Which messages do the open steps of a programme ask for, and when? A source of the plan. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.domain.closed_days import ClosedDays
from bot.domain.identity import ClinicId
from bot.domain.patient import Fact, PatientState
from bot.domain.plan import PlannedOccurrence
from bot.domain.programme import Cutoff, Programme, StepReminder
from bot.domain.schedule import instant, is_skipped_day
from bot.domain.step import Step, StepState
from bot.domain.timeline import Timeline, timeline

_ONE_DAY = timedelta(days=1)


class ProgrammeShelf(Protocol):
    """The programmes as they hold for a clinic, with the days that it has confirmed."""

    def programme(self, clinic_id: ClinicId, programme_id: str) -> Programme | None:
        """The programme; None where there is none, or where it must stay silent."""
        ...

    def closed_days(self, clinic_id: ClinicId) -> ClosedDays:
        """Days on which nothing can be done there."""
        ...


class ProgrammeReminders:
    """Plans the messages of a patient's programme."""

    def __init__(self, shelf: ProgrammeShelf) -> None:
        """Rules come from `shelf`."""
        self._shelf = shelf

    def occurrences(
        self, facts: Sequence[Fact], state: PatientState, *, after: datetime, until: datetime
    ) -> Sequence[PlannedOccurrence]:
        """Everything with after < due <= until; pure."""
        clinic_id = state.patient.clinic_id
        programme = self._shelf.programme(clinic_id, state.programme)
        if programme is None:
            return ()
        seen = timeline(
            facts,
            state,
            programme=programme,
            today=after.astimezone(state.zone).date(),
            closed_days=self._shelf.closed_days(clinic_id),
            until=_last_opening(programme, state, until),
        )
        return planned_messages(seen, state.zone, after=after, until=until)


def _last_opening(programme: Programme, state: PatientState, until: datetime) -> date:
    """The last day on which a step can open and have a message before `until`."""
    rules = programme.categories.get(state.category)
    ahead = rules.announced_days if rules is not None else 0
    return until.astimezone(state.zone).date() + timedelta(days=ahead + 1)


def planned_messages(
    seen: Timeline, zone: ZoneInfo, *, after: datetime, until: datetime
) -> Sequence[PlannedOccurrence]:
    """The messages of all steps that are not done, with after < due <= until, in order of steps.

    A local day that the zone skips has its messages on the day before.
    """
    last_day = until.astimezone(zone).date() + _ONE_DAY
    return [
        planned
        for step in seen.steps
        if step.is_sure and step.category == seen.category
        for reminder in step.asks.reminders
        for planned in _of_reminder(step, reminder, seen, zone, last_day)
        if after < planned.due <= until
    ]


def _of_reminder(
    step: Step, reminder: StepReminder, seen: Timeline, zone: ZoneInfo, last_day: date
) -> Iterator[PlannedOccurrence]:
    origin = _origin(step, reminder)
    if origin is None or origin + timedelta(days=min(reminder.days)) > last_day:
        return
    for offset in reminder.days:
        day = origin + timedelta(days=offset)
        if day < seen.today - _ONE_DAY or day > last_day:
            continue
        for at in reminder.at:
            yield _planned(step, reminder, seen.programme, zone, day, at)


def _origin(step: Step, reminder: StepReminder) -> date | None:
    """The day from which a reminder counts; None while it says nothing."""
    if reminder.after_missed:
        is_missed = step.state is StepState.MISSED and step.closes is not None
        return step.closes + _ONE_DAY if is_missed and step.closes is not None else None
    if step.asks.evidence is None:
        return step.opens if step.state is not StepState.FROZEN else None
    if not step.state.is_pending:
        return None
    return step.closes if reminder.from_closing else step.opens


def _planned(
    step: Step,
    reminder: StepReminder,
    programme: Programme,
    zone: ZoneInfo,
    day: date,
    at: time,
) -> PlannedOccurrence:
    said_on = day - _ONE_DAY if is_skipped_day(day, zone) else day
    by = _said_deadline(step, day)
    return PlannedOccurrence(
        reminder=f"step:{step.id}",
        slot=f"{reminder.id}-{at:%H%M}",
        day=day,
        at=at,
        zone=zone.key,
        due=instant(said_on, at, zone),
        kind=reminder.kind or step.kind,
        message=reminder.message,
        variables={
            "full": reminder.full or "",
            "step": step.id,
            "day": by.isoformat() if by is not None else "",
            "days": str((by - day).days) if by is not None else "",
        },
        rule=step.rule,
        valid_until=_valid_until(step, programme.cutoff, zone, said_on),
    )


def _said_deadline(step: Step, day: date) -> date | None:
    """The last day to act that leaves time for what follows; once it is over, the last of all."""
    if step.act_by is not None and step.act_by >= day:
        return step.act_by
    return step.closes if step.closes is not None and step.closes >= day else None


def _valid_until(step: Step, cutoff: Cutoff | None, zone: ZoneInfo, day: date) -> datetime:
    """A text that counts days is true until midnight, and never after the window has shut."""
    midnight = instant(day + _ONE_DAY, time(0), zone)
    if cutoff is None or step.closes is None or not step.asks.ends_window:
        return midnight
    shut = datetime.combine(step.closes, cutoff.at, ZoneInfo(cutoff.zone)).astimezone(UTC)
    return min(midnight, shut + timedelta(minutes=1))
