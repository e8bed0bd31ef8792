"""What follows when a patient answers a check-in, goes back, or asks for one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.checkin import (
    CheckinQuestion,
    OpenCheckin,
    OutOfRange,
    QuestionKind,
    is_value,
    parse_answer,
    parse_line,
)
from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, LogDose, MoveOccurrence, RecordAnswer, Say
from bot.domain.occurrence import OccurrenceState
from bot.domain.prompt import checkin_prompt, checkin_summary
from bot.domain.turn import Turn


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for an answer to the open check-in, or None if this turn is not one."""
    action = turn.action or ""
    if action.startswith("checkin:"):
        return _pressed(turn, *action.split(":")[1:4])
    if action.startswith("checkin-back:"):
        return _back(turn, action.removeprefix("checkin-back:"))
    if action == "checkin" or turn.says("checkin"):
        return _resume(turn)
    if turn.checkin is None or turn.asked(Asking.CHECKIN) is None:
        return None
    if turn.says("back"):
        return _back(turn, turn.checkin.occurrence.id)
    return _text(turn, turn.checkin, _waited_for(turn, turn.checkin))


def _pressed(
    turn: Turn, occurrence_id: str, question_id: str = "", value: str = ""
) -> Sequence[Effect]:
    checkin = turn.checkin
    if checkin is None or checkin.occurrence.id != occurrence_id:
        return [Say(template="checkin-closed", edits_pressed=True)]
    question = checkin.questionnaire.question(question_id)
    if question is None or not is_value(value, question):
        return [Say(template="checkin-closed", edits_pressed=True)]
    return _record(turn, checkin, {question_id: value})


def _text(
    turn: Turn, checkin: OpenCheckin, question: CheckinQuestion | None
) -> Sequence[Effect] | None:
    if question is None:
        return None
    remaining = checkin.asked_questions()[checkin.asked_questions().index(question) :]
    line = parse_line(turn.inbound.text, remaining, turn.words)
    if isinstance(line, dict) and question.kind is not QuestionKind.TEXT:
        return _record(turn, checkin, line)
    single = parse_answer(turn.inbound.text, question, turn.words)
    value = line if isinstance(line, OutOfRange) else single
    if isinstance(value, OutOfRange):
        return [checkin_prompt(checkin, value.question, template="checkin-out-of-range")]
    if value is None or _is_a_question(turn, question):
        return None
    return _record(turn, checkin, {question.id: value})


def _record(turn: Turn, checkin: OpenCheckin, values: Mapping[str, str]) -> Sequence[Effect]:
    after = replace(checkin, answers={**checkin.answers, **values})
    effects: list[Effect] = []
    for question_id, value in values.items():
        question = checkin.questionnaire.question(question_id)
        assert question is not None
        effects.append(
            RecordAnswer(
                occurrence_id=checkin.occurrence.id,
                questionnaire=checkin.questionnaire.id,
                version=checkin.questionnaire.version,
                question=question_id,
                value=value,
                text=turn.inbound.text if value == "text" else None,
            )
        )
        if question.logs_dose:
            effects += _dose(turn, checkin, value)
    following = after.next_question()
    if following is None:
        closed = MoveOccurrence(
            occurrence_id=checkin.occurrence.id,
            state=OccurrenceState.ANSWERED,
            reason="patient",
        )
        summary = checkin_summary(after, edits_pressed=True)
        return [*effects, summary, closed, *turn.closing(Asking.CHECKIN)]
    prompt = checkin_prompt(after, following, edits_pressed=True)
    return [*effects, prompt, Ask(question=_waiting(turn, checkin, ""))]


def _back(turn: Turn, occurrence_id: str) -> Sequence[Effect]:
    checkin = turn.checkin
    if checkin is None or checkin.occurrence.id != occurrence_id:
        return [Say(template="checkin-closed", edits_pressed=True)]
    waited = _waited_for(turn, checkin)
    asked = checkin.asked_questions()
    position = asked.index(waited) if waited else len(asked)
    previous = asked[max(position - 1, 0)]
    return [
        checkin_prompt(checkin, previous, edits_pressed=True),
        Ask(question=_waiting(turn, checkin, previous.id)),
    ]


def _resume(turn: Turn) -> Sequence[Effect] | None:
    if turn.patient is None:
        return None
    checkin = turn.checkin
    if checkin is None:
        return [Say(template="checkin-none-open")]
    question = checkin.next_question() or checkin.asked_questions()[0]
    return [
        checkin_prompt(checkin, question),
        Ask(question=_waiting(turn, checkin, question.id)),
    ]


def _waited_for(turn: Turn, checkin: OpenCheckin) -> CheckinQuestion | None:
    """The question gone back to, while it still applies; else the first without an answer."""
    waiting = turn.asked(Asking.CHECKIN)
    step = waiting.step if waiting is not None else ""
    gone_back_to = next((q for q in checkin.asked_questions() if q.id == step), None)
    return gone_back_to or checkin.next_question()


def _waiting(turn: Turn, checkin: OpenCheckin, step: str) -> Question:
    return Question(
        id=turn.fresh_id,
        asking=Asking.CHECKIN,
        asked_at=turn.now,
        expires_at=checkin.occurrence.next_at,
        step=step,
        data={"occurrence": checkin.occurrence.id},
    )


def _dose(turn: Turn, checkin: OpenCheckin, value: str) -> Sequence[Effect]:
    """What was said about the capsule; after a yes no reminder of that day asks again."""
    day = checkin.occurrence.local_day
    said = LogDose(
        occurrence_id=None,
        day=day,
        slot="",
        answer="taken" if value == "yes" else "not-today",
        source="checkin",
    )
    answered = [dose for dose in turn.doses if dose.local_day == day and dose.state.is_open]
    closed = [
        MoveOccurrence(occurrence_id=dose.id, state=OccurrenceState.TAKEN, reason="patient")
        for dose in answered
        if value == "yes"
    ]
    return [said, *closed]


def _is_a_question(turn: Turn, question: CheckinQuestion) -> bool:
    return question.kind is QuestionKind.TEXT and turn.inbound.text.rstrip().endswith("?")
