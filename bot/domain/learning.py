"""Which tip is offered in which week of a course, and never twice? Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.evidence import EvidenceName, evidence_at
from bot.domain.history import CourseHistory
from bot.domain.message_kind import MessageKind
from bot.domain.patient import Fact, PatientState
from bot.domain.plan import PlannedOccurrence, regimen_in_force
from bot.domain.questionnaire import Condition
from bot.domain.schedule import instant, is_skipped_day

LEARNING_TIP = "learning"
_SLOT = "tip"
_WEEK = timedelta(days=7)
_TOLD_LATELY = timedelta(days=14)
"""What a tip answers to was told within this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """A topic and the weeks that it fits."""

    topic: str
    first_week: int
    last_week: int
    because: Condition | None = None
    """What the patient told that makes it fit; None: it fits everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningSource:
    """Plans one tip a week; the text only names the subject, the topic is read on request."""

    version: str
    at: time
    day_of_week: int
    """Of the patient's own week: 1 is the weekday of the first capsule."""
    tips: Sequence[Tip]

    def occurrences(
        self, facts: Sequence[Fact], state: PatientState, *, after: datetime, until: datetime
    ) -> Sequence[PlannedOccurrence]:
        """The tips with after < due <= until, by what was told until now."""
        regimen = regimen_in_force(facts, state, at=until)
        if regimen is None or is_silenced(facts, until):
            return []
        given = set(state.history.topics)
        told = _lately_told(state.history, after.astimezone(state.zone).date())
        found: list[PlannedOccurrence] = []
        for week, day in self._weeks(regimen.first_day, regimen.last_day, until):
            due = instant(day, self.at, state.zone)
            if not after < due <= until or is_skipped_day(day, state.zone):
                continue
            tip = self._tip(week, told, given)
            if tip is not None:
                given.add(tip.topic)
                found.append(self._planned(tip, day, due, state))
        return found

    def _weeks(
        self, first_day: date, last_day: date | None, until: datetime
    ) -> Sequence[tuple[int, date]]:
        day, week = first_day + timedelta(days=self.day_of_week - 1), 1
        end = until.date() + timedelta(days=1)
        days: list[tuple[int, date]] = []
        while day <= end and (last_day is None or day <= last_day):
            days.append((week, day))
            day, week = day + _WEEK, week + 1
        return days

    def _tip(self, week: int, told: Mapping[str, str], given: set[str]) -> Tip | None:
        """One that answers to what was told; else the first of the week."""
        fits = [
            tip
            for tip in self.tips
            if tip.first_week <= week <= tip.last_week and tip.topic not in given
        ]
        asked_for = [tip for tip in fits if tip.because is not None and tip.because.holds(told)]
        usual = [tip for tip in fits if tip.because is None]
        return next(iter((*asked_for, *usual)), None)

    def _planned(
        self, tip: Tip, day: date, due: datetime, state: PatientState
    ) -> PlannedOccurrence:
        return PlannedOccurrence(
            reminder=LEARNING_TIP,
            slot=_SLOT,
            day=day,
            at=self.at,
            zone=state.zone.key,
            due=due,
            kind=MessageKind.LEARNING,
            message="learning-tip",
            variables={"topic": tip.topic},
            rule=f"learning {self.version}",
        )


def is_silenced(facts: Sequence[Fact], at: datetime) -> bool:
    """After a reported pregnancy no tip is sent before a clinician restarts them (rule 18)."""
    return any(one.name is EvidenceName.PREGNANCY_REPORTED for one in evidence_at(facts, at=at))


def _lately_told(history: CourseHistory, today: date) -> Mapping[str, str]:
    """The highest number told for each question in the last two weeks."""
    highest: dict[str, str] = {}
    for checkin in history.checkins:
        if today - checkin.day > _TOLD_LATELY:
            continue
        for question, value in checkin.answers.items():
            known = highest.get(question, "")
            if value.isdecimal() and (not known.isdecimal() or int(value) > int(known)):
                highest[question] = value
    return highest
