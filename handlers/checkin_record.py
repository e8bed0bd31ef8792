"""What follows when answers of a check-in are to be kept, for its own day, exactly once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.checkin import OpenCheckin
from bot.domain.conversation import Asking, Question
from bot.domain.decide import closes_at_night
from bot.domain.effect import Ask, Effect, LogDose, MoveOccurrence, RecordAnswer
from bot.domain.occurrence import OccurrenceState
from bot.domain.prompt import checkin_prompt, checkin_summary
from bot.domain.questionnaire import SKIPPED, CheckinQuestion
from bot.domain.safety import possible
from bot.domain.turn import Turn

LATE_ANSWERS_WAIT = timedelta(hours=12)
"""How long a check-in of an earlier day, taken up again, waits for its next answer."""
_ENDED = (OccurrenceState.CANCELLED, OccurrenceState.PLANNED, OccurrenceState.EXPIRED)


def record(
    turn: Turn,
    checkin: OpenCheckin,
    values: Mapping[str, str],
    *,
    step: str = "",
    template: str = "checkin-question",
) -> Sequence[Effect]:
    """The answers are kept; then the next question, or what was written down.

    An answer that stands there already is not written again: a button may be pressed twice.
    `step` is the question that comes next although it has an answer; `template` puts it.
    """
    after = replace(checkin, answers={**checkin.answers, **values})
    effects: list[Effect] = begun(turn, checkin)
    for question_id, value in values.items():
        question = checkin.questionnaire.question(question_id)
        assert question is not None
        if checkin.answers.get(question_id) != value or value == "text":
            effects += _kept(turn, checkin, question, value)
    is_one = len(values) == 1 and not checkin.is_complete()
    following = go_on(turn, after, step=step, template=template, teaches=is_one)
    return [*effects, *following, *_flagged(turn, checkin, values)]


def begun(turn: Turn, checkin: OpenCheckin) -> list[Effect]:
    """One that is answered before it was asked is asked by that; nothing asks it again."""
    if checkin.occurrence.state is not OccurrenceState.PLANNED or turn.patient is None:
        return []
    closes_at = closes_at_night(turn.patient, turn.now)
    asked = OccurrenceState.ASKED
    return [MoveOccurrence(occurrence_id=checkin.occurrence.id, state=asked, next_at=closes_at)]


def go_on(
    turn: Turn,
    checkin: OpenCheckin,
    *,
    step: str = "",
    template: str = "checkin-question",
    teaches: bool = False,
) -> Sequence[Effect]:
    """The next question; with none left, what was written down, and the check-in is closed."""
    named = next((q for q in checkin.asked_questions() if q.id == step), None)
    following = named or checkin.next_question()
    if following is not None:
        prompt = checkin_prompt(checkin, following, edits_pressed=True, template=template)
        return [prompt, Ask(question=waiting(turn, checkin, step=step))]
    closed = MoveOccurrence(
        occurrence_id=checkin.occurrence.id,
        state=OccurrenceState.ANSWERED,
        reason="patient-late" if checkin.is_past else "patient",
    )
    is_new_to_it = teaches and not checkin.previous
    summary = checkin_summary(checkin, edits_pressed=True, teaches=is_new_to_it)
    return [summary, closed, *_closing(turn, checkin)]


def waiting(
    turn: Turn, checkin: OpenCheckin, *, step: str = "", understood: Mapping[str, str] | None = None
) -> Question:
    """The open question of a check-in; `understood` waits for a yes before it is kept."""
    data = {"occurrence": str(checkin.occurrence.id)}
    if understood:
        data["understood"] = ";".join(f"{one}={value}" for one, value in understood.items())
    open_until = checkin.occurrence.next_at
    if open_until is None or open_until <= turn.now:
        open_until = turn.now + LATE_ANSWERS_WAIT
    return Question(
        id=turn.fresh_id,
        asking=Asking.CHECKIN,
        asked_at=turn.now,
        expires_at=open_until,
        step=step,
        data=data,
    )


def understood_in(question: Question) -> dict[str, str]:
    """The answers that wait for a yes."""
    pairs = question.data.get("understood", "")
    return dict(pair.split("=", 1) for pair in pairs.split(";") if pair)


def _closing(turn: Turn, checkin: OpenCheckin) -> list[Ask]:
    question = turn.conversation.awaiting
    is_about = question is not None and question.data.get("occurrence") in (
        None,
        checkin.occurrence.id,
    )
    return turn.closing(Asking.CHECKIN) if is_about else []


def _kept(
    turn: Turn, checkin: OpenCheckin, question: CheckinQuestion, value: str
) -> Sequence[Effect]:
    answer = RecordAnswer(
        occurrence_id=checkin.occurrence.id,
        questionnaire=checkin.questionnaire.id,
        version=checkin.questionnaire.version,
        question=question.id,
        value=value,
        text=turn.inbound.text if value == "text" else None,
    )
    is_dose = question.logs_dose and value != SKIPPED
    return [answer, *(_dose(turn, checkin, value) if is_dose else [])]


def _dose(turn: Turn, checkin: OpenCheckin, value: str) -> Sequence[Effect]:
    """What was said about the capsule; after a yes no reminder of that day asks again.

    It is one truth with the reminders: the word is kept for each dose of that day.
    """
    day = checkin.occurrence.local_day
    doses = [dose for dose in turn.doses if dose.local_day == day and dose.state not in _ENDED]
    answer = "taken" if value == "yes" else "not-today"
    said = [
        LogDose(
            occurrence_id=dose.id,
            day=day,
            slot=dose.slot,
            answer=answer,
            source="checkin",
        )
        for dose in doses
    ] or [LogDose(occurrence_id=None, day=day, slot="", answer=answer, source="checkin")]
    closed = [
        MoveOccurrence(occurrence_id=dose.id, state=OccurrenceState.TAKEN, reason="patient")
        for dose in doses
        if value == "yes" and dose.state.is_open
    ]
    return [*said, *closed]


def _flagged(turn: Turn, checkin: OpenCheckin, values: Mapping[str, str]) -> Sequence[Effect]:
    """The safety gate, for an answer that names a danger; once, and last on the screen."""
    if turn.reading.red_flag is not None:
        return []
    for question in checkin.questionnaire.questions:
        category = (question.flags or {}).get(values.get(question.id, ""))
        if category is not None and checkin.answers.get(question.id) != values[question.id]:
            return possible(turn, category, evidence=f"{question.id}: {values[question.id]}")
    return []
