"""When does the summary of the week come by itself? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.learning import is_silenced
from bot.domain.message_kind import MessageKind
from bot.domain.patient import Fact, PatientState
from bot.domain.plan import PlannedOccurrence, regimen_in_force
from bot.domain.schedule import instant, is_skipped_day

WEEK_SUMMARY = "week-summary"
"""Name of its occurrences, and of what a patient pauses who wants none."""
_SUNDAY = 6
_OTHERWISE_AT = time(18, 0)
"""For those who chose no hour of their own."""
_BEFORE_THE_DOSE = timedelta(minutes=-60)
_FIRST_AFTER = timedelta(days=3)
"""A course that began on Saturday has nothing to sum up on Sunday."""


@dataclass(frozen=True, slots=True)
class WeekSummarySource:
    """Plans one summary each Sunday of the course; whether there is anything to say, is seen then.

    It comes an hour before the patient's own time, so that it does not crowd the capsule.
    """

    def occurrences(
        self, facts: Sequence[Fact], state: PatientState, *, after: datetime, until: datetime
    ) -> Sequence[PlannedOccurrence]:
        """The summaries with after < due <= until."""
        regimen = regimen_in_force(facts, state, at=until)
        if regimen is None or WEEK_SUMMARY in state.paused_kinds or is_silenced(facts, until):
            return []
        at = _hour(state)
        found: list[PlannedOccurrence] = []
        day = after.astimezone(state.zone).date()
        while day <= until.astimezone(state.zone).date():
            due = instant(day, at, state.zone)
            is_within = after < due <= until and not is_skipped_day(day, state.zone)
            if is_within and _is_summed_up(day, regimen.first_day, regimen.last_day):
                found.append(_planned(day, at, due, state))
            day += timedelta(days=1)
        return found


def _hour(state: PatientState) -> time:
    """An hour before the one that the patient chose, on the same day."""
    if state.dose_time is None:
        return _OTHERWISE_AT
    hour = datetime.combine(date.min + timedelta(days=1), state.dose_time) + _BEFORE_THE_DOSE
    return hour.time() if hour.date() > date.min else state.dose_time


def _is_summed_up(day: date, first_day: date, last_day: date | None) -> bool:
    has_begun = day >= first_day + _FIRST_AFTER
    return day.weekday() == _SUNDAY and has_begun and (last_day is None or day <= last_day)


def _planned(day: date, at: time, due: datetime, state: PatientState) -> PlannedOccurrence:
    return PlannedOccurrence(
        reminder=WEEK_SUMMARY,
        slot="sunday",
        day=day,
        at=at,
        zone=state.zone.key,
        due=due,
        kind=MessageKind.LEARNING,
        message=WEEK_SUMMARY,
        rule="week-summary 1",
    )
