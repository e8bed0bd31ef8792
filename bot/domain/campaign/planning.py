"""Which messages does a campaign plan for one patient, computed from dated facts? Pure."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import assert_never

from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrule, rrulestr

from bot.domain.campaign.definition import (
    Anchor,
    AtDoseTime,
    AtOnce,
    Campaign,
    LocalTime,
    Moment,
    OnDate,
    OnEvent,
    RelativeToAnchor,
    RelativeToStep,
    Repeating,
    Step,
)
from bot.domain.checkin_source import DEFAULT_TIME
from bot.domain.evidence import EvidenceName, evidence_at
from bot.domain.patient import Fact, FactKind, PatientState
from bot.domain.plan import PlannedOccurrence
from bot.domain.regimen import course_regimen
from bot.domain.schedule import instant, is_skipped_day

StepDays = Callable[
    [Sequence[Fact], PatientState, date],
    Mapping[str, Sequence[tuple[date | None, date | None]]],
]
"""Opening and closing days of each step of the patient's programme, as seen on a day."""
_A_DAY = timedelta(days=1)
_SLOT = "step"
_UNTIL = re.compile(r"(UNTIL=\d{8})T\d{6}Z?", re.IGNORECASE)
EVENT_SLOT = "event:"
"""Begins the slot of what answers to an event, which no new plan takes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSource:
    """Plans the dated steps of campaigns; what answers to events is planned when they happen."""

    campaigns: Sequence[Campaign]
    step_days: StepDays = field(default=lambda _facts, _state, _today: {})

    def occurrences(
        self, facts: Sequence[Fact], state: PatientState, *, after: datetime, until: datetime
    ) -> Sequence[PlannedOccurrence]:
        """Everything of these campaigns with after < due <= until.

        The audience is judged when each message falls due, not here.
        """
        if not self.campaigns:
            return ()
        life = _life(facts, state, at=after)
        steps = self._steps(facts, state, after.astimezone(state.zone).date())
        return [
            planned
            for campaign in self.campaigns
            if not is_held_out(campaign, state.patient.id)
            for step in campaign.steps
            for planned in _planned(campaign, step, life, steps, state, after=after, until=until)
        ]

    def _steps(
        self, facts: Sequence[Fact], state: PatientState, today: date
    ) -> Mapping[str, Sequence[tuple[date | None, date | None]]]:
        triggers = (step.trigger for campaign in self.campaigns for step in campaign.steps)
        is_needed = any(isinstance(trigger, RelativeToStep) for trigger in triggers)
        return self.step_days(facts, state, today) if is_needed else {}


def is_held_out(campaign: Campaign, patient_id: str) -> bool:
    """Whether the patient belongs to the share that is compared; the same answer for ever."""
    if campaign.holdout is None:
        return False
    drawn = hashlib.sha256(f"{campaign.holdout.salt}:{patient_id}".encode()).digest()
    return int.from_bytes(drawn[:4], "big") % 100 < campaign.holdout.percent


def reminder_name(campaign: Campaign, step: Step) -> str:
    """The stable name of a step's message in the identity of its occurrences."""
    return f"campaign:{campaign.id}:{step.id}"


def event_occurrence(
    campaign: Campaign, step: Step, state: PatientState, *, happened_at: datetime, key: str
) -> PlannedOccurrence | None:
    """The message that answers to an event at `happened_at`; None where the step has no event.

    `key` names the event: the same one never has two answers.
    """
    if not isinstance(step.trigger, OnEvent):
        return None
    due = happened_at + step.trigger.after
    if step.trigger.at is not None:
        due = _next_at(due, _local(step.trigger.at, state), state)
    local = due.astimezone(state.zone)
    planned = _occurrence(campaign, step, state, day=local.date(), at=local.time(), due=due)
    return replace(planned, slot=f"{EVENT_SLOT}{key}")


def broadcast_occurrence(
    campaign: Campaign, step: Step, state: PatientState, *, now: datetime
) -> PlannedOccurrence | None:
    """The message of a broadcast for one patient, due now; None where the step waits for a day."""
    if not isinstance(step.trigger, AtOnce):
        return None
    local = now.astimezone(state.zone)
    return replace(
        _occurrence(campaign, step, state, day=local.date(), at=local.time(), due=now),
        slot=f"{EVENT_SLOT}version-{campaign.version}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Life:
    days: Mapping[Anchor, tuple[date, ...]]

    def first(self, anchor: Anchor) -> date | None:
        days = self.days.get(anchor, ())
        return days[0] if days else None


def _life(facts: Sequence[Fact], state: PatientState, *, at: datetime) -> _Life:
    shown = evidence_at(facts, at=at)
    planned_first, planned_last = course_regimen(facts, zone=state.zone).planned_days

    def days_of(name: EvidenceName) -> tuple[date, ...]:
        return tuple(sorted({one.on for one in shown if one.name is name}))

    joined = [f.effective_at for f in facts if f.kind is FactKind.CONSENT and f.value.get("given")]
    first = days_of(EvidenceName.FIRST_CAPSULE)
    last = days_of(EvidenceName.LAST_CAPSULE)
    first = first or ((planned_first,) if planned_first is not None else ())
    last = last or ((planned_last,) if planned_last is not None else ())
    return _Life(
        days={
            Anchor.ENROLMENT: (min(joined).astimezone(state.zone).date(),) if joined else (),
            Anchor.FIRST_CAPSULE: first[:1],
            Anchor.LAST_CAPSULE: last[-1:],
            Anchor.PICK_UP: days_of(EvidenceName.PICKED_UP),
            Anchor.LAB: days_of(EvidenceName.LAB_RESULT),
        }
    )


def _planned(
    campaign: Campaign,
    step: Step,
    life: _Life,
    steps: Mapping[str, Sequence[tuple[date | None, date | None]]],
    state: PatientState,
    *,
    after: datetime,
    until: datetime,
) -> Iterator[PlannedOccurrence]:
    if isinstance(step.trigger, OnEvent | AtOnce):
        return
    at = _local(step.trigger.at, state)
    from_day = after.astimezone(state.zone).date() - _A_DAY
    to_day = until.astimezone(state.zone).date() + _A_DAY
    for day in _days(step, life, steps, from_day=from_day, to_day=to_day):
        if not from_day <= day <= to_day or not _runs(campaign, day):
            continue
        if is_skipped_day(day, state.zone):
            continue
        due = instant(day, at, state.zone)
        if after < due <= until:
            yield _occurrence(campaign, step, state, day=day, at=at, due=due)


def _days(
    step: Step,
    life: _Life,
    steps: Mapping[str, Sequence[tuple[date | None, date | None]]],
    *,
    from_day: date,
    to_day: date,
) -> Iterator[date]:
    match step.trigger:
        case RelativeToAnchor() as trigger:
            yield from sorted({_moved(one, trigger) for one in life.days.get(trigger.anchor, ())})
        case Repeating() as trigger:
            yield from _repeated(trigger, life, from_day=from_day, to_day=to_day)
        case RelativeToStep() as trigger:
            days = {
                opens if trigger.moment is Moment.OPENS else closes
                for opens, closes in steps.get(trigger.step, ())
            }
            for day in sorted(filter(None, days)):
                yield day + trigger.days * _A_DAY
        case OnDate() as trigger:
            yield trigger.day
        case OnEvent() | AtOnce():
            return
        case _:
            assert_never(step.trigger)


def _moved(anchor: date, trigger: RelativeToAnchor) -> date:
    day = anchor + relativedelta(months=trigger.months) + trigger.days * _A_DAY
    if trigger.weekday is None:
        return day
    return day + ((trigger.weekday - day.weekday()) % 7) * _A_DAY


def _repeated(trigger: Repeating, life: _Life, *, from_day: date, to_day: date) -> Iterator[date]:
    start = life.first(trigger.anchor)
    if start is None:
        return
    last = life.first(trigger.until) if trigger.until is not None else None
    within = recurrence(trigger.rule, start).between(
        datetime.combine(from_day, time(0)), datetime.combine(to_day, time(0)), inc=True
    )
    for found in within:
        if last is None or found.date() <= last:
            yield found.date()


@lru_cache(maxsize=4_096)
def recurrence(rule: str, start: date) -> rrule:
    """The days of `rule` from `start` on, as naive midnights: zones come in afterwards.

    Of an UNTIL with an hour, as calendars write it, the day counts.

    Raises ValueError where the rule cannot be read.
    """
    whole_days = _UNTIL.sub(r"\1", rule)
    read = rrulestr(whole_days, dtstart=datetime.combine(start, time(0)), cache=True)
    if not isinstance(read, rrule):
        raise ValueError("one rule, without RDATE, EXDATE or a second RRULE")  # noqa: TRY004  # wrong text
    return read


def _runs(campaign: Campaign, day: date) -> bool:
    return (campaign.starts_on is None or campaign.starts_on <= day) and (
        campaign.ends_on is None or day <= campaign.ends_on
    )


def _local(at: LocalTime, state: PatientState) -> time:
    if isinstance(at, AtDoseTime):
        return state.dose_time or DEFAULT_TIME
    return at


def _next_at(earliest: datetime, at: time, state: PatientState) -> datetime:
    day = earliest.astimezone(state.zone).date()
    due = instant(day, at, state.zone)
    while due < earliest or is_skipped_day(day, state.zone):
        day += _A_DAY
        due = instant(day, at, state.zone)
    return due


def _occurrence(
    campaign: Campaign, step: Step, state: PatientState, *, day: date, at: time, due: datetime
) -> PlannedOccurrence:
    return PlannedOccurrence(
        reminder=reminder_name(campaign, step),
        slot=_SLOT,
        day=day,
        at=at,
        zone=state.zone.key,
        due=due,
        kind=campaign.kind,
        message=f"campaign:{campaign.id}@{campaign.version}:{step.id}",
        rule=campaign.rule,
        valid_until=due + step.valid_for,
    )
