"""Where does a check-in stand: what was asked of this patient, and what was answered? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.cover import covered_from
from bot.domain.occurrence import Occurrence
from bot.domain.patient import Clinic
from bot.domain.questionnaire import CheckinQuestion, QuestionKind, Questionnaire

ANNOUNCED = "announced"
"""Step of a conversation that waits for the patient to say that they are alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCheckin:
    """A check-in that was asked, with what was answered so far; finished or not."""

    occurrence: Occurrence
    questionnaire: Questionnaire
    answers: Mapping[str, str] = field(repr=False)
    """Coded value by question id: yes / no, a number, a choice, "text" / "none", "skipped"."""
    asks_dose: bool = True
    """False while a hold is open, or the dose was answered or put off to later."""
    category: str = "not-set"
    """The patient's; questions that belong to another category are left out."""
    previous: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The answers of the check-in before it, for "same as yesterday"."""
    accepts_photos: bool = False
    """Whether the patient agreed to photos; without it no photo is asked for."""

    is_past: bool = False
    """Its day is over: answers go to that day, and texts name it."""

    def opens_at(self, clinic: Clinic, now: datetime) -> datetime | None:
        """From when on its questions may be put; None: never, at this clinic."""
        cover = self.questionnaire.cover
        return now if cover is None else covered_from(clinic, now, cover)

    def asked_questions(self) -> tuple[CheckinQuestion, ...]:
        """The questions that apply, in order, by what was answered so far."""
        return tuple(q for q in self.questionnaire.questions if self._applies(q))

    def next_question(self) -> CheckinQuestion | None:
        """The first question without an answer, or None when all are answered."""
        return next((q for q in self.asked_questions() if q.id not in self.answers), None)

    def last_answered(self) -> CheckinQuestion | None:
        """The last question that has an answer, or None."""
        done = [q for q in self.asked_questions() if q.id in self.answers]
        return done[-1] if done else None

    def is_complete(self) -> bool:
        """Whether nothing is left to ask."""
        return self.next_question() is None

    def _applies(self, question: CheckinQuestion) -> bool:
        if question.logs_dose and not self.asks_dose:
            return False
        if question.kind is QuestionKind.PHOTO and not self.accepts_photos:
            return False
        if question.categories and self.category not in question.categories:
            return False
        return question.only_if is None or question.only_if.holds(self.answers)


def answered_questions(checkin: OpenCheckin) -> list[CheckinQuestion]:
    """The questions that have an answer, in order."""
    return [q for q in checkin.questionnaire.questions if q.id in checkin.answers]
