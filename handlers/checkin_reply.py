"""What follows when a patient answers a check-in, goes back, skips, or asks for one."""

from collections.abc import Sequence

from bot.domain.checkin import ANNOUNCED, OpenCheckin
from bot.domain.checkin_answer import OutOfRange, is_value, parse_line
from bot.domain.checkin_text import Understood, understand
from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, Say
from bot.domain.inbound import InboundKind
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import OccurrenceState
from bot.domain.prompt import about, checkin_prompt, checkin_which
from bot.domain.questionnaire import SKIPPED, CheckinQuestion, QuestionKind
from bot.domain.turn import Turn
from handlers.checkin_manners import unwilling
from handlers.checkin_record import begun, go_on, record, understood_in, waiting
from handlers.checkin_sentence import (
    confirm,
    is_a_question,
    read,
    says_in_any,
    several,
    shortcut,
)


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for an answer to the open check-in, or None if this turn is not one."""
    if turn.patient is None:
        return None
    action = turn.action or ""
    verb, _, rest = action.partition(":")
    if MessageKind.CHECKIN in turn.patient.silent_kinds:
        return _none_open() if verb in _PRESSED or turn.says("checkin") else None
    if verb in _PRESSED and verb != action:
        return _pressed(turn, verb, *rest.split(":")[:3])
    if action == "checkin" or turn.says("checkin"):
        return _resume(turn)
    if turn.inbound.kind is not InboundKind.TEXT:
        return None
    asked = turn.asked(Asking.CHECKIN) or _still_open(turn)
    if asked is not None and turn.checkin is not None:
        return _text(turn, turn.checkin, asked)
    return None


def _still_open(turn: Turn) -> Question | None:
    """Newer questions may have pushed it out of the conversation: its answers still count.

    Not where any text would do for an answer, and not what answers a newer question.
    """
    checkin = turn.checkin
    if checkin is None or turn.action is not None or checkin.questionnaire.is_private:
        return None
    occurrence, question = checkin.occurrence, checkin.next_question()
    is_open = occurrence.state is OccurrenceState.ASKED and occurrence.next_at is not None
    if not is_open or question is None or question.kind in (QuestionKind.TEXT, QuestionKind.YES_NO):
        return None
    return waiting(turn, checkin)


def early(turn: Turn) -> Sequence[Effect] | None:
    """A whole line of answers, sent under the dose reminder before the check-in was asked."""
    is_text = turn.inbound.kind is InboundKind.TEXT and turn.action is None
    if turn.patient is None or not is_text or turn.answering is not None:
        return None
    return _early(turn)


def _early(turn: Turn) -> Sequence[Effect] | None:
    checkin = turn.early_checkin
    if checkin is None or checkin.questionnaire.is_private or is_a_question(turn, checkin):
        return None
    said, text = turn.answer_words, turn.inbound.text
    if said.says("same", text) or (said.says("all_good", text) and not turn.says("no")):
        return shortcut(turn, checkin, checkin.next_question())
    asked = checkin.asked_questions()
    without_dose = [q for q in asked if not q.logs_dose]
    line = several(turn, checkin, asked) or parse_line(text, without_dose, turn.words, said)
    if isinstance(line, dict):
        return record(turn, checkin, line)
    if isinstance(line, OutOfRange):
        again = checkin_prompt(checkin, line.question, template="checkin-out-of-range")
        return [*begun(turn, checkin), again, Ask(question=waiting(turn, checkin))]
    if said.finds("hopes", text) is not None:
        return None
    found = understand(text, checkin.asked_questions(), said)
    if isinstance(found, Understood) and set(found.values) - _dose_ids(checkin):
        if found.is_exact:
            return record(turn, checkin, found.values)
        return [*begun(turn, checkin), *confirm(turn, checkin, found.values)]
    return None


def _dose_ids(checkin: OpenCheckin) -> set[str]:
    return {q.id for q in checkin.questionnaire.questions if q.logs_dose}


def not_understood(turn: Turn) -> Sequence[Effect] | None:
    """The open question once more, kindly, when nothing else could be made of the message."""
    asked, checkin = turn.open_question, turn.checkin
    is_waiting = asked is not None and asked.asking is Asking.CHECKIN and checkin is not None
    is_text = turn.inbound.kind is InboundKind.TEXT
    if not is_waiting or not is_text or turn.reading.red_flag is not None:
        return None
    assert checkin is not None
    if is_a_question(turn, checkin):
        return None
    question = _waited_for(turn, checkin)
    if question is None or _is_unopened(checkin, asked):
        return None
    return [checkin_prompt(checkin, question, template="checkin-not-understood")]


def _pressed(
    turn: Turn, verb: str, occurrence_id: str, question_id: str = "", value: str = ""
) -> Sequence[Effect]:
    checkin = next((one for one in turn.checkins if one.occurrence.id == occurrence_id), None)
    closed = [Say(template="checkin-closed", edits_pressed=True)]
    if checkin is None:
        return closed
    match verb:
        case "checkin-back":
            return _back(turn, checkin)
        case "checkin-which":
            return _which(turn, checkin)
        case "checkin-open":
            return _opened(turn, checkin)
        case "checkin-right" | "checkin-wrong":
            return _confirmed(turn, checkin, is_right=verb == "checkin-right")
    question = checkin.questionnaire.question(question_id)
    return closed if question is None else _pressed_answer(turn, checkin, verb, question, value)


def _pressed_answer(
    turn: Turn, checkin: OpenCheckin, verb: str, question: CheckinQuestion, value: str
) -> Sequence[Effect]:
    if verb == "checkin-at" and question in checkin.asked_questions():
        return _at(turn, checkin, question)
    if verb == "checkin-pass":
        return record(turn, checkin, {question.id: SKIPPED})
    if not is_value(value, question):
        return [Say(template="checkin-closed", edits_pressed=True)]
    return record(turn, checkin, {question.id: value})


_PRESSED = (
    "checkin",
    "checkin-back",
    "checkin-which",
    "checkin-at",
    "checkin-pass",
    "checkin-open",
    "checkin-right",
    "checkin-wrong",
)


def _text(turn: Turn, checkin: OpenCheckin, asked: Question) -> Sequence[Effect] | None:
    if _is_unopened(checkin, asked):
        return _too_early(turn, checkin)
    question = _waited_for(turn, checkin)
    is_yes, is_no = says_in_any(turn, "yes"), says_in_any(turn, "no")
    if understood_in(asked) and (is_yes or is_no):
        return _confirmed(turn, checkin, is_right=is_yes)
    if says_in_any(turn, "back"):
        return _back(turn, checkin)
    if question is None:
        return None
    if says_in_any(turn, "skip-question"):
        return record(turn, checkin, {question.id: SKIPPED})
    told = unwilling(turn, checkin, question)
    if told is not None or is_a_question(turn, checkin):
        return told
    return read(turn, checkin, question)


def _confirmed(turn: Turn, checkin: OpenCheckin, *, is_right: bool) -> Sequence[Effect]:
    asked = turn.asked(Asking.CHECKIN)
    values = understood_in(asked) if asked is not None else {}
    is_about_this = asked is not None and asked.data.get("occurrence") == checkin.occurrence.id
    if is_right and is_about_this:
        return record(turn, checkin, values)
    return go_on(turn, checkin)


def _back(turn: Turn, checkin: OpenCheckin) -> Sequence[Effect]:
    waited = _waited_for(turn, checkin)
    asked = checkin.asked_questions()
    position = asked.index(waited) if waited else len(asked)
    return _at(turn, checkin, asked[max(position - 1, 0)])


def _which(turn: Turn, checkin: OpenCheckin) -> Sequence[Effect]:
    """Which answer is to be changed; words written meanwhile are the last, free one."""
    last = checkin.asked_questions()[-1]
    return [checkin_which(checkin), Ask(question=waiting(turn, checkin, step=last.id))]


def _at(turn: Turn, checkin: OpenCheckin, question: CheckinQuestion) -> Sequence[Effect]:
    """One question once more, whatever was answered to it before."""
    return [
        checkin_prompt(checkin, question, edits_pressed=True),
        Ask(question=waiting(turn, checkin, step=question.id)),
    ]


def _none_open() -> Sequence[Effect]:
    return [Say(template="checkin-none-open")]


def _resume(turn: Turn) -> Sequence[Effect] | None:
    checkin = turn.checkin
    if checkin is None or checkin.occurrence.state is OccurrenceState.EXPIRED:
        return _none_open()
    if checkin.questionnaire.is_private:
        return _opened(turn, checkin)
    question = checkin.next_question() or checkin.asked_questions()[0]
    return [
        checkin_prompt(checkin, question),
        Ask(question=waiting(turn, checkin, step=question.id)),
    ]


def open_private(turn: Turn) -> Sequence[Effect] | None:
    """The private check-in that was announced and waits for READY, or None."""
    ready = [
        one
        for one in turn.checkins
        if one.questionnaire.is_private and one.occurrence.state is OccurrenceState.ASKED
    ]
    return _opened(turn, ready[0]) if ready else None


def _opened(turn: Turn, checkin: OpenCheckin) -> Sequence[Effect]:
    """The patient is alone: the questions, if the clinic is there to act on the answers."""
    opens_at = checkin.opens_at(turn.clinic, turn.now)
    if opens_at is None or opens_at > turn.now:
        local = opens_at.astimezone(turn.patient.zone) if opens_at and turn.patient else turn.now
        when = {"day": local.date().isoformat(), "time": f"{local:%H:%M}"}
        return [Say(template="checkin-not-staffed", variables=when)]
    return go_on(turn, checkin)


def _is_unopened(checkin: OpenCheckin, asked: Question | None) -> bool:
    """Announced, and the patient has not said yet that they are alone."""
    is_announced = asked is not None and asked.step == ANNOUNCED
    return checkin.questionnaire.is_private and is_announced


def _too_early(turn: Turn, checkin: OpenCheckin) -> Sequence[Effect] | None:
    """An answer to nothing that was asked yet; everything else is no business of this file."""
    is_number = turn.words.number(turn.said) is not None
    return [Say(template="checkin-ready", variables=about(checkin))] if is_number else None


def _waited_for(turn: Turn, checkin: OpenCheckin) -> CheckinQuestion | None:
    """The question gone back to, while it still applies; else the first without an answer."""
    asked = turn.asked(Asking.CHECKIN)
    about_it = (None, checkin.occurrence.id)
    is_about = asked is not None and asked.data.get("occurrence") in about_it
    step = asked.step if asked is not None and is_about else ""
    gone_back_to = next((q for q in checkin.asked_questions() if q.id == step), None)
    return gone_back_to or checkin.next_question()
