"""What is a questionnaire: its questions, when it is asked, and what its answers set off? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum

from bot.domain.escalation import Urgency

SKIPPED = "skipped"
"""Coded value of a question that the patient chose not to answer."""


class QuestionKind(StrEnum):
    """What form an answer has."""

    YES_NO = "yes-no"
    SCALE = "scale"
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What earlier answers must say; several questions are added up."""

    questions: tuple[str, ...]
    is_one_of: tuple[str, ...] = ()
    at_least: int | None = None

    def holds(self, answers: Mapping[str, str]) -> bool:
        """Whether `answers` say so; an answer that is missing or skipped says nothing."""
        values = [answers.get(one, "") for one in self.questions]
        if self.is_one_of:
            return all(value in self.is_one_of for value in values)
        total = score(self.questions, answers)
        return total is not None and self.at_least is not None and total >= self.at_least


def score(questions: tuple[str, ...], answers: Mapping[str, str]) -> int | None:
    """The sum of these answers, or None unless every one of them is a number."""
    values = [answers.get(one, "") for one in questions]
    return sum(map(int, values)) if all(value.isdecimal() for value in values) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckinQuestion:
    """One question; its wording lies in the content, per language and channel."""

    id: str
    kind: QuestionKind
    minimum: int = 0
    maximum: int = 10
    decimals: int = 0
    """Digits behind the point that a number may have."""
    choices: tuple[str, ...] = ()
    """Coded values in the order shown; digits stand for themselves and can be added up."""
    best: str | None = None
    """The answer that "all good" stands for; None: "all good" says nothing about this."""
    logs_dose: bool = False
    """A yes or no is also the patient's word about the capsule of that day."""
    categories: frozenset[str] = frozenset()
    """Asked only of patients of these categories; empty: of everybody."""
    only_if: Condition | None = None
    flags: Mapping[str, str] | None = None
    """Red-flag category by the answer that goes to the safety gate."""
    topics: tuple[str, ...] = ()
    """Learning topics for those who report trouble here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Days of the course on which a questionnaire is asked, every so many days."""

    first_day: int
    """1 is the anchor itself: the first day of the course, or its last."""
    last_day: int | None
    every_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taper:
    """Asked less often once nothing changes: every one of the last answers alike and good."""

    after_checkins: int
    spread: int
    """Largest difference between two answers to one scale that still counts as alike."""
    at_most: int
    """No answer on a scale may be higher than this."""
    every_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Asked again outside its phases after doses were missed."""

    missed_doses: int
    within_days: int
    for_days: int


class Anchor(StrEnum):
    """From which day the days of a cadence are counted."""

    FIRST_DAY = "first-day"
    LAST_DAY = "last-day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """When a questionnaire is asked."""

    anchor: Anchor = Anchor.FIRST_DAY
    phases: tuple[Phase, ...] = ()
    rank: int = 0
    """Of the questionnaires of one hour only the one of highest rank is asked."""
    at: time | None = None
    """Local time; None: when the patient's last dose of the day is due."""
    taper: Taper | None = None
    returns: Return | None = None
    asks_again_after_days: int | None = None
    """After one that stayed unanswered, once more so many days later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """What makes a case for the clinic out of answers; exactly one of its conditions is set."""

    id: str
    urgency: Urgency
    questions: tuple[str, ...] = ()
    """Several are added up."""
    at_least: int | None = None
    times: int = 1
    """In how many check-ins on end."""
    is_one_of: tuple[str, ...] = ()
    worse_than_baseline: bool = False
    """By the change detector, against the patient's own first answers."""
    missed_doses: int | None = None
    within_days: int = 7
    quiet_days: int = 7
    """For so long after a case of this rule it opens no other."""
    says: str | None = None
    """Name of the text that the patient gets at once; None: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """A versioned list of questions with its rules."""

    id: str
    version: str
    questions: tuple[CheckinQuestion, ...]
    cadence: Cadence = Cadence()
    open_for: timedelta | None = None
    """How long an answer is waited for; None: until the day ends."""
    is_private: bool = False
    """Opens only when the patient says that they are alone, and shows no answers back."""
    cover: timedelta | None = None
    """How much staffed time must lie ahead when it opens; None: any hour will do."""
    adults_only: bool = False
    alerts: tuple[AlertRule, ...] = ()

    def question(self, question_id: str) -> CheckinQuestion | None:
        """The question with this id, or None."""
        return next((q for q in self.questions if q.id == question_id), None)

    @property
    def reminder(self) -> str:
        """Name of its occurrences."""
        return f"{REMINDER_PREFIX}{self.id}"


REMINDER_PREFIX = "checkin-"


def questionnaire_of(reminder: str) -> str:
    """The questionnaire that a check-in's occurrences ask."""
    return reminder.removeprefix(REMINDER_PREFIX)
