"""What does a check-in ask, and what does an answer mean? Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.occurrence import Occurrence
from bot.domain.vocabulary import Vocabulary, fold


class QuestionKind(StrEnum):
    """What form an answer has."""

    YES_NO = "yes-no"
    SCALE = "scale"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckinQuestion:
    """One question; its wording lies in the content, per language and channel."""

    id: str
    kind: QuestionKind
    minimum: int = 0
    maximum: int = 10
    logs_dose: bool = False
    """A yes or no is also the patient's word about the capsule of that day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """A versioned list of questions."""

    id: str
    version: str
    questions: tuple[CheckinQuestion, ...]

    def question(self, question_id: str) -> CheckinQuestion | None:
        """The question with this id, or None."""
        return next((q for q in self.questions if q.id == question_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCheckin:
    """A check-in that was asked and not yet finished, with what was answered so far."""

    occurrence: Occurrence
    questionnaire: Questionnaire
    answers: Mapping[str, str] = field(repr=False)
    """Coded value by question id: yes / no, a number, or "text" / "none" for free text."""
    asks_dose: bool = True
    """False while a hold is open or the dose reminder was already answered."""

    def asked_questions(self) -> tuple[CheckinQuestion, ...]:
        """The questions that apply today, in order."""
        return tuple(q for q in self.questionnaire.questions if self.asks_dose or not q.logs_dose)

    def next_question(self) -> CheckinQuestion | None:
        """The first question without an answer, or None when all are answered."""
        return next((q for q in self.asked_questions() if q.id not in self.answers), None)

    def last_answered(self) -> CheckinQuestion | None:
        """The last question that has an answer, or None."""
        done = [q for q in self.asked_questions() if q.id in self.answers]
        return done[-1] if done else None


def answered_questions(checkin: OpenCheckin) -> list[CheckinQuestion]:
    """The questions that have an answer, in order."""
    return [q for q in checkin.questionnaire.questions if q.id in checkin.answers]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfRange:
    """A number was given that the scale does not have."""

    question: CheckinQuestion


def parse_answer(
    text: str, question: CheckinQuestion, words: Vocabulary
) -> str | OutOfRange | None:
    """The coded value of `text` as an answer to `question`; None when it is not one.

    A scale takes a number, a number word, or "7/10"; yes and no take the words of the
    person's language. Free text is coded "text", and a word for "nothing" as "none".
    """
    token = fold(text)
    if question.kind is QuestionKind.TEXT:
        is_nothing = token in words.words("nothing") or token in words.words("no")
        return "none" if is_nothing else "text"
    if question.kind is QuestionKind.YES_NO:
        if token in words.words("yes"):
            return "yes"
        return "no" if token in words.words("no") else None
    return _scale(token, question, words)


def is_value(value: str, question: CheckinQuestion) -> bool:
    """Whether `value` is a coded answer that a button of `question` stands for."""
    match question.kind:
        case QuestionKind.YES_NO:
            return value in ("yes", "no")
        case QuestionKind.SCALE:
            return value in map(str, range(question.minimum, question.maximum + 1))
        case QuestionKind.TEXT:
            return value == "none"


def parse_line(
    text: str, questions: Sequence[CheckinQuestion], words: Vocabulary
) -> dict[str, str] | OutOfRange | None:
    """Several answers in one line, such as "Y 2 1 0 4", in the order of `questions`.

    None unless there are at least two tokens and every one answers its question. Free text
    takes the rest of the line.
    """
    tokens = [token for token in re.split(r"[\s,;]+", text.strip()) if token]
    if len(tokens) < 2:
        return None
    answers: dict[str, str] = {}
    for position, question in enumerate(questions):
        rest = tokens[position:]
        if not rest:
            return answers
        if question.kind is QuestionKind.TEXT:
            answers[question.id] = str(parse_answer(" ".join(rest), question, words))
            return answers
        value = parse_answer(rest[0], question, words)
        if not isinstance(value, str):
            return value if len(answers) >= 1 else None
        answers[question.id] = value
    return answers if len(tokens) == len(questions) else None


def _scale(token: str, question: CheckinQuestion, words: Vocabulary) -> str | OutOfRange | None:
    found = re.fullmatch(rf"(\d{{1,3}})(?:\s*/\s*{question.maximum})?", token)
    number = int(found[1]) if found else words.number(token)
    if number is None:
        return None
    if not question.minimum <= number <= question.maximum:
        return OutOfRange(question=question)
    return str(number)
