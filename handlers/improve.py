"""What follows when a patient may help to improve the answers: asked once, ended by a word."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, ForgetQuestions, Option, RecordFact, Say
from bot.domain.occurrence import OccurrenceState
from bot.domain.patient import ADULT_AGE_YEARS, FactKind, PatientStatus, age_in_years
from bot.domain.turn import Turn

_AFTER_ANSWERS = 2
_OPEN_FOR = timedelta(days=1)
_DOSE_WAITS = (OccurrenceState.ASKED, OccurrenceState.NUDGED)


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for the answer to the question, for withdrawing and for coming back, or None."""
    if turn.patient is None:
        return None
    if turn.says("keep-private"):
        return [Say(template="improve-ended"), _fact(agreed=False), ForgetQuestions()]
    if turn.says("help-improve"):
        return _ask(turn)
    action = turn.action or ""
    question = turn.open_question
    is_asked = question is not None and question.asking is Asking.IMPROVE_ANSWERS
    if action == "improve:yes" or (is_asked and turn.says("yes")):
        return _answer(turn, agreed=True)
    if action == "improve:no" or (is_asked and turn.says("no")):
        return _answer(turn, agreed=False)
    return None


def ask_once(turn: Turn, *, answers_given: int) -> Sequence[Effect]:
    """The question, once in a lifetime, when nothing else waits; minors are not asked."""
    patient = turn.patient
    if patient is None or patient.was_asked_to_improve or answers_given < _AFTER_ANSWERS:
        return []
    today = turn.now.astimezone(patient.zone).date()
    is_adult = age_in_years(patient.patient.born_on, today) >= ADULT_AGE_YEARS
    is_busy = turn.open_question is not None or any(d.state in _DOSE_WAITS for d in turn.doses)
    may_ask = is_adult and not is_busy and turn.reading.red_flag is None
    return _ask(turn) if may_ask and patient.patient.status is PatientStatus.ACTIVE else []


def _ask(turn: Turn) -> Sequence[Effect]:
    yes = Option(label="improve-yes", action="improve:yes")
    no = Option(label="improve-no", action="improve:no")
    waiting = Question(
        id=turn.fresh_id,
        asking=Asking.IMPROVE_ANSWERS,
        asked_at=turn.now,
        expires_at=turn.now + _OPEN_FOR,
        options=(yes.action, no.action),
    )
    asked: list[Effect] = []
    if turn.patient is not None and not turn.patient.was_asked_to_improve:
        asked.append(_fact(agreed=False))
    said = Say(template="improve-question", options=((yes, no),))
    return [said, *asked, Ask(question=waiting)]


def _answer(turn: Turn, *, agreed: bool) -> Sequence[Effect]:
    """A no also ends what was agreed before."""
    forgotten: list[Effect] = [] if agreed else [ForgetQuestions()]
    return [
        Say(template="improve-agreed" if agreed else "improve-declined", edits_pressed=True),
        _fact(agreed=agreed),
        *forgotten,
        *turn.closing(Asking.IMPROVE_ANSWERS),
    ]


def _fact(*, agreed: bool) -> RecordFact:
    return RecordFact(kind=FactKind.IMPROVE_ANSWERS, value={"agreed": agreed})
