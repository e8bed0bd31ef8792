"""What would change for a patient if a rule changed on another day? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.closed_days import ClosedDays
from bot.domain.patient import Fact, PatientState
from bot.domain.plan import PlannedOccurrence
from bot.domain.programme import Programme
from bot.domain.programme_reminders import planned_messages
from bot.domain.step import Step
from bot.domain.timeline import timeline

REHEARSED = timedelta(days=400)
"""Further than any course that has begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChange:
    """One step that is asked differently; None where it is not asked at all."""

    step: str
    before: Step | None
    after: Step | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChange:
    """One message that appears or goes."""

    step: str
    day: date
    at: str
    message: str
    appears: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Everything that changes for one patient."""

    steps: tuple[StepChange, ...]
    messages: tuple[MessageChange, ...]

    @property
    def changes_anything(self) -> bool:
        """Whether the patient is touched at all."""
        return bool(self.steps or self.messages)


def rehearse(
    facts: Sequence[Fact],
    state: PatientState,
    programmes: tuple[Programme, Programme],
    closed: ClosedDays,
    *,
    now: datetime,
) -> Rehearsal:
    """The difference between the rules as they hold and as they would hold."""
    today = now.astimezone(state.zone).date()
    before, after = (
        timeline(facts, state, programme=one, today=today, closed_days=closed) for one in programmes
    )
    said = [
        {_key(m): m for m in planned_messages(one, state.zone, after=now, until=now + REHEARSED)}
        for one in (before, after)
    ]
    return Rehearsal(
        steps=tuple(_steps(before.steps, after.steps)),
        messages=tuple(
            sorted(
                [
                    *(_message(m, appears=False) for k, m in said[0].items() if k not in said[1]),
                    *(_message(m, appears=True) for k, m in said[1].items() if k not in said[0]),
                ],
                key=lambda change: (change.day, change.at, change.step),
            )
        ),
    )


def _steps(before: Sequence[Step], after: Sequence[Step]) -> list[StepChange]:
    old = {(step.category, step.id): step for step in before}
    new = {(step.category, step.id): step for step in after}
    changed = [key for key in {**old, **new} if _asks(old.get(key)) != _asks(new.get(key))]
    return [StepChange(step=key[1], before=old.get(key), after=new.get(key)) for key in changed]


def _asks(step: Step | None) -> tuple[object, ...] | None:
    return (step.rule, step.opens, step.closes, step.state) if step is not None else None


def _key(message: PlannedOccurrence) -> tuple[object, ...]:
    return (message.reminder, message.slot, message.day)


def _message(message: PlannedOccurrence, *, appears: bool) -> MessageChange:
    return MessageChange(
        step=message.variables["step"],
        day=message.day,
        at=f"{message.at:%H:%M}",
        message=message.message,
        appears=appears,
    )
