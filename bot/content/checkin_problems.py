"""What is wrong in a questionnaire that a schema cannot see, where, and what mends it?"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.content.checkin_files import LANGUAGES, AlertFile, QuestionFile, QuestionnaireFile

MOOD_INSTRUMENTS = frozenset({"phq-2", "gad-2", "phq-8", "phq-9"})
LEAST_COVER_HOURS = 4
"""Staffed time that must lie ahead when a mood question opens. Source: product rule 23."""

_BUTTON_ROOM = 22
"""Letters that Telegram leaves for a question and its choice beside the id of the check-in."""
_MOST_BUTTONS = 18
"""Three rows of six: a scale with more is no quick answer."""

_Path = tuple[str | int, ...]
Problem = tuple[_Path, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a questionnaire may name of the other content."""

    messages: Collection[str]
    topics: Collection[str]
    red_flags: Collection[str]


def problems_of(
    file: QuestionnaireFile, path: Path, *, known: Known | None = None
) -> Iterator[Problem]:
    """What a schema cannot say: where it stands, why it is wrong, and what mends it.

    Names of other content are looked up only if `known` is given.
    """
    if file.id != path.stem:
        yield ("id",), f"the id is {file.id!r}, but the file is called {path.name}: rename one"
    yield from _questions_wrong(file.questions)
    yield from _alerts_wrong(file)
    yield from _mood_wrong(file)
    for at, phase in enumerate(file.cadence.phases):
        if phase.last_day is not None and phase.last_day < phase.first_day:
            reason = "the last day lies before the first: swap them"
            yield ("cadence", "phases", at, "last_day"), reason
    if known is not None:
        yield from _unknown(file, known)


def notes_of(file: QuestionnaireFile) -> Iterator[Problem]:
    """What is no fault, but has to be done before a clinician signs."""
    for at, one in enumerate(file.instruments):
        if one.compare:
            languages = ", ".join(one.compare)
            reason = f"{one.name}: compare {languages} with the published translation, then sign"
            yield ("instruments", at, "compare"), reason


def _questions_wrong(questions: Sequence[QuestionFile]) -> Iterator[Problem]:
    before: list[str] = []
    for at, question in enumerate(questions):
        here: _Path = ("questions", at)
        if question.id in before:
            yield (*here, "id"), f"the question {question.id!r} stands twice: rename one"
        for keys, reason in _question_wrong(question):
            yield (*here, *keys), reason
        needed = question.only_if.questions if question.only_if else ()
        for one in sorted(set(needed) - set(before)):
            reason = f"{one!r} is not asked before {question.id!r}: move it up"
            yield (*here, "only_if"), reason
        before.append(question.id)
    doses = [at for at, question in enumerate(questions) if question.logs_dose]
    for at in doses[1:]:
        yield ("questions", at, "logs_dose"), "only one question may log the dose: remove this one"


def _question_wrong(question: QuestionFile) -> Iterator[Problem]:
    if question.minimum >= question.maximum:
        yield ("maximum",), "the maximum must be above the minimum"
    if question.kind == "scale" and question.maximum - question.minimum >= _MOST_BUTTONS:
        reason = f"more than {_MOST_BUTTONS} buttons: use a shorter scale or the kind number"
        yield ("maximum",), reason
    if question.logs_dose and question.kind != "yes-no":
        yield ("logs_dose",), "only a yes-no question can log the dose: change its kind"
    if (question.kind == "choice") != bool(question.choices):
        yield (), "a choice needs choices, and nothing else has any: add or remove them"
    yield from _values_wrong(question)
    longest = max(map(len, question.choices), default=0)
    if len(question.id) + longest > _BUTTON_ROOM:
        yield ("id",), f"id and choice together are longer than {_BUTTON_ROOM} letters"
    for part in ("name", "chat", "sms"):
        missing = sorted(set(LANGUAGES) - set(getattr(question, part)))
        if missing:
            yield (part,), f"no words in {', '.join(missing)}: add them"


def _values_wrong(question: QuestionFile) -> Iterator[Problem]:
    """Values that nobody can answer."""
    if question.best is not None and not _is_value(question.best, question):
        yield ("best",), f"{question.best!r} is no answer to this question: {_values(question)}"
    for value in question.flags:
        if not _is_value(value, question):
            yield ("flags", value), f"{value!r} is no answer to this question: {_values(question)}"


def _is_value(value: str, question: QuestionFile) -> bool:
    match question.kind:
        case "yes-no":
            return value in ("yes", "no")
        case "choice":
            return value in question.choices
        case "text":
            return value in ("none", "text")
        case "scale" | "number":
            return value.isdecimal() and question.minimum <= int(value) <= question.maximum
        case _:
            return False


def _values(question: QuestionFile) -> str:
    """What can be answered, for a person to choose from."""
    match question.kind:
        case "yes-no":
            return "use yes or no"
        case "choice":
            return f"use {', '.join(question.choices)}"
        case "text":
            return "use none or text"
        case "photo":
            return "a photo has no values"
        case _:
            return f"use a number from {question.minimum} to {question.maximum}"


def _alerts_wrong(file: QuestionnaireFile) -> Iterator[Problem]:
    questions = {question.id: question for question in file.questions}
    counted = Counter(alert.id for alert in file.alerts)
    for at, alert in enumerate(file.alerts):
        if counted[alert.id] > 1:
            yield ("alerts", at, "id"), f"the alert {alert.id!r} stands twice: rename one"
        for keys, reason in _alert_wrong(alert, questions):
            yield ("alerts", at, *keys), reason


def _alert_wrong(alert: AlertFile, questions: Mapping[str, QuestionFile]) -> Iterator[Problem]:
    for one in alert.questions:
        if one not in questions:
            reason = f"there is no question {one!r} in this file; {', '.join(questions)}"
            yield ("questions",), reason
            continue
        if alert.at_least is not None and not _has_numbers(questions[one]):
            yield ("at_least",), f"{one!r} has no number to compare: use is_one_of"
        for value in alert.is_one_of:
            if not _is_value(value, questions[one]):
                reason = f"{value!r} is no answer to {one!r}: {_values(questions[one])}"
                yield ("is_one_of",), reason


def _has_numbers(question: QuestionFile) -> bool:
    if question.kind == "choice":
        return all(choice.isdecimal() for choice in question.choices)
    return question.kind in ("scale", "number")


def _mood_wrong(file: QuestionnaireFile) -> Iterator[Problem]:
    """Product rule 23: no mood instrument is pushed, and none opens without cover."""
    used = {one.name for one in file.instruments} & MOOD_INSTRUMENTS
    if not used:
        return
    if not file.is_private:
        yield ("instruments",), "a mood instrument opens only after READY: set is_private"
    if (file.cover_hours or 0) < LEAST_COVER_HOURS:
        yield ("instruments",), f"a mood instrument needs cover_hours of {LEAST_COVER_HOURS}"
    if not file.adults_only:
        yield ("instruments",), "under 18 the clinic chooses the form: set adults_only"
    if "phq-9" in used and not file.real_time_cover:
        yield ("instruments",), "PHQ-9 asks about self-harm: it needs real_time_cover, else PHQ-8"


def _unknown(file: QuestionnaireFile, known: Known) -> Iterator[Problem]:
    for at, question in enumerate(file.questions):
        for topic in question.topics:
            if topic not in known.topics:
                reason = f"there is no topic {topic!r}: see content/faq/en"
                yield ("questions", at, "topics"), reason
        for value, flag in question.flags.items():
            if flag not in known.red_flags:
                reason = f"there is no red flag {flag!r}: see content/triage/categories.yaml"
                yield ("questions", at, "flags", value), reason
    for at, alert in enumerate(file.alerts):
        if alert.says is not None and alert.says not in known.messages:
            reason = f"there is no message {alert.says!r}: see content/messages/en"
            yield ("alerts", at, "says"), reason
