"""What would a patient get of a campaign, when, and why not? The same plan and decision. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.audience import Values
from bot.domain.campaign.definition import AtOnce, Campaign, OnEvent, Step
from bot.domain.campaign.notice import Notice
from bot.domain.campaign.planning import CampaignSource, StepDays
from bot.domain.campaign.values import History, audience_values
from bot.domain.checkin_source import DEFAULT_TIME
from bot.domain.decide import decide
from bot.domain.due_event import DueEvent
from bot.domain.effect import MoveOccurrence, Say
from bot.domain.identity import Channel, CourseId, OccurrenceId
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import Clinic, Fact, Patient, PatientState, state_at
from bot.domain.plan import PlannedOccurrence, occurrence_of

_STEPS_AT_MOST = 10
"""So often quiet hours and waits move one message; more would be a fault of the decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whose messages are previewed, with what is known of them."""

    patient: Patient
    clinic: Clinic
    facts: Sequence[Fact] = field(repr=False)
    channel: Channel | None
    """Where they would be written to; None: nowhere."""
    number_begins: str = field(default="", repr=False)
    """The first digits of the number there, which tell the country alone."""
    history: History = field(default_factory=History, repr=False)
    assumed: Values = field(default_factory=dict, repr=False)
    """What is taken for granted beside the facts, as the model check does; else nothing."""
    opted_out_at: datetime | None = None
    """From this instant on they wish to hear nothing; None: never."""

    def may_be_written_to(self, now: datetime) -> bool:
        """Whether anything may be said to them at all."""
        wishes = self.opted_out_at is None or now < self.opted_out_at
        return self.channel is not None and wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """One message that would be sent, or the reason for which it would not."""

    step: str
    due_at: datetime
    at: datetime | None
    """When it would leave (UTC); None: never."""
    reason: str | None = None
    say: Say | None = None
    is_follow_up: bool = False
    occurrence: Occurrence
    state: PatientState = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional:
    """A message that comes only if something happens."""

    step: str
    words: str


def preview(
    campaign: Campaign,
    person: Person,
    *,
    after: datetime,
    until: datetime,
    step_days: StepDays | None = None,
    also: Sequence[PlannedOccurrence] = (),
) -> list[Previewed]:
    """Everything with after < due <= until, by due time, if nobody answers and nothing happens.

    `also` is what events have planned besides.
    """
    source = (
        CampaignSource(campaigns=(campaign,))
        if step_days is None
        else CampaignSource(campaigns=(campaign,), step_days=step_days)
    )
    state = state_at(person.patient, person.facts, at=after, clinic=person.clinic)
    planned = source.occurrences(person.facts, state, after=after, until=until)
    found = [
        one
        for number, planned_one in enumerate([*planned, *also])
        for one in _lived(
            campaign,
            person,
            occurrence_of(
                planned_one,
                id=OccurrenceId(f"preview-{number}"),
                patient_id=person.patient.id,
                course_id=CourseId("preview"),
            ),
        )
    ]
    return sorted(found, key=lambda one: (one.at or one.due_at, one.step))


def conditions(campaign: Campaign) -> list[Conditional]:
    """The steps that answer to events, in words."""
    found = []
    for step in campaign.steps:
        if isinstance(step.trigger, OnEvent):
            found.append(Conditional(step=step.id, words=_condition(step.trigger)))
        elif isinstance(step.trigger, AtOnce):
            found.append(Conditional(step=step.id, words="when it is broadcast"))
    return found


def _condition(trigger: OnEvent) -> str:
    times = f"{trigger.count} × " if trigger.count > 1 else ""
    within = f" within {trigger.within_days} days" if trigger.count > 1 else ""
    if trigger.event == "silence":
        times, within = "", f" for {trigger.within_days} days"
    return f"if {times}{trigger.event.value}{within}"


def _lived(campaign: Campaign, person: Person, occurrence: Occurrence) -> Iterator[Previewed]:
    """One occurrence through all its steps, as the due tick would carry them out."""
    step = campaign.step(occurrence.reminder.rpartition(":")[2])
    assert step is not None
    now = occurrence.due_at
    for _ in range(_STEPS_AT_MOST):
        state = state_at(person.patient, person.facts, at=now, clinic=person.clinic)
        effects = decide(state, _event(campaign, step, person, occurrence, state, now=now))
        moved = next(one for one in effects if isinstance(one, MoveOccurrence))
        said = next((one for one in effects if isinstance(one, Say)), None)
        is_follow_up = occurrence.state is OccurrenceState.ASKED
        if said is not None or moved.next_at is None:
            yield Previewed(
                step=step.id,
                due_at=occurrence.due_at,
                at=now if said is not None else None,
                reason=moved.reason,
                say=said,
                is_follow_up=is_follow_up,
                occurrence=occurrence,
                state=state,
            )
        if moved.next_at is None:
            return
        now = moved.next_at
        occurrence = replace(occurrence, state=moved.state, next_at=now)


def _event(
    campaign: Campaign,
    step: Step,
    person: Person,
    occurrence: Occurrence,
    state: PatientState,
    *,
    now: datetime,
) -> DueEvent:
    values = audience_values(
        person.facts,
        state,
        now=now,
        channel=person.channel,
        region=person.clinic.region,
        history=person.history,
    )
    return DueEvent(
        occurrence=occurrence,
        now=now,
        may_write=person.may_be_written_to(now),
        fresh_id=f"preview:{occurrence.id}",
        campaign=Notice(
            campaign=campaign,
            step=step,
            values={**values, **person.assumed},
            dose_time=state.dose_time or DEFAULT_TIME,
        ),
    )
