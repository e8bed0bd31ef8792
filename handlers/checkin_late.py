"""What follows when an answer is about a check-in that is over, or about another day?"""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.domain.checkin import OpenCheckin
from bot.domain.checkin_answer import parse_answer
from bot.domain.checkin_text import understand
from bot.domain.effect import Ask, Effect, Say
from bot.domain.inbound import InboundKind
from bot.domain.occurrence import OccurrenceState
from bot.domain.prompt import checkin_prompt
from bot.domain.questionnaire import QuestionKind
from bot.domain.spoken_day import said_day
from bot.domain.turn import Turn
from handlers.checkin_record import waiting
from handlers.checkin_sentence import confirm, several

_LATE_BY = timedelta(days=2)
_NUMBERS = (QuestionKind.SCALE, QuestionKind.NUMBER)


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for a correction or a late answer, or None; answers go to their own day."""
    is_text = turn.inbound.kind is InboundKind.TEXT and turn.action is None
    if turn.patient is None or not is_text or turn.inbound.text.rstrip().endswith("?"):
        return None
    if not turn.checkins or turn.answer_words.says("same", turn.inbound.text):
        return None
    named = said_day(turn.inbound.text, turn.answer_words, turn.now.astimezone(turn.patient.zone))
    if named is not None and named.day < turn.today:
        return _other_day(turn, named.day)
    if turn.answering is not None:
        return None
    return _correction(turn) or _late(turn)


def _other_day(turn: Turn, day: date) -> Sequence[Effect] | None:
    checkin = _of_day(turn, day)
    is_correcting = turn.answer_words.finds("correcting", turn.inbound.text) is not None
    if checkin is None:
        return [Say(template="checkin-no-such-day")] if is_correcting else None
    values = _values(turn, checkin)
    if values:
        return confirm(turn, checkin, values)
    if not is_correcting:
        return None
    return _reopened(turn, checkin)


def _correction(turn: Turn) -> Sequence[Effect] | None:
    """BACK, or "lips 6", after today's check-in was finished."""
    checkin = _of_day(turn, turn.today)
    if checkin is None or checkin.occurrence.state is not OccurrenceState.ANSWERED:
        return None
    if turn.says("back"):
        return _reopened(turn, checkin, at=-1)
    is_correcting = turn.answer_words.finds("correcting", turn.inbound.text) is not None
    values = _values(turn, checkin, only_exact=not is_correcting)
    if values:
        return confirm(turn, checkin, values)
    return _reopened(turn, checkin) if is_correcting and _is_short(turn) else None


def _late(turn: Turn) -> Sequence[Effect] | None:
    """A number the morning after: "is 7 your answer about lips?" (product rule 3)."""
    over = [
        one
        for one in turn.checkins
        if one.occurrence.state is OccurrenceState.EXPIRED
        and not one.questionnaire.is_private
        and turn.today - one.occurrence.local_day <= _LATE_BY
    ]
    question = over[0].next_question() if over else None
    if question is None:
        return None
    asked = over[0].asked_questions()
    line = several(turn, over[0], asked[asked.index(question) :])
    if isinstance(line, dict):
        return confirm(turn, over[0], line)
    if question.kind in _NUMBERS:
        value = parse_answer(turn.inbound.text, question, turn.words, turn.answer_words)
        if isinstance(value, str):
            return confirm(turn, over[0], {question.id: value})
    values = _values(turn, over[0], only_exact=True)
    return confirm(turn, over[0], values) if values else None


def _values(turn: Turn, checkin: OpenCheckin, *, only_exact: bool = False) -> dict[str, str]:
    """The scales that a sentence answers; words about the capsule are no business of this file."""
    questions = [q for q in checkin.asked_questions() if not q.logs_dose]
    found = understand(turn.inbound.text, questions, turn.answer_words, answered=checkin.answers)
    values = getattr(found, "values", {})
    return values if values and (not only_exact or getattr(found, "is_exact", False)) else {}


def _reopened(turn: Turn, checkin: OpenCheckin, *, at: int = 0) -> Sequence[Effect]:
    questions = [q for q in checkin.asked_questions() if not q.logs_dose]
    question = questions[at]
    return [
        checkin_prompt(checkin, question),
        Ask(question=waiting(turn, checkin, step=question.id)),
    ]


def _of_day(turn: Turn, day: date) -> OpenCheckin | None:
    found = [one for one in turn.checkins if one.occurrence.local_day == day]
    return next((one for one in found if not one.questionnaire.is_private), None)


_SHORT = 3


def _is_short(turn: Turn) -> bool:
    """A bare "correct" or "change it"; a longer sentence may be about anything."""
    return len(turn.said.split()) <= _SHORT
