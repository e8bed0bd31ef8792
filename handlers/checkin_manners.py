"""What follows when somebody would rather not answer, asks why, or says yes to what is saved?"""

from collections.abc import Sequence

from bot.domain.checkin import OpenCheckin
from bot.domain.conversation import Asking
from bot.domain.effect import Effect, Say, SayTopic, Variables
from bot.domain.inbound import InboundKind
from bot.domain.occurrence import OccurrenceState
from bot.domain.prompt import about, checkin_prompt, told
from bot.domain.questionnaire import SKIPPED, CheckinQuestion
from bot.domain.turn import Turn
from handlers.checkin_record import record
from handlers.checkin_sentence import says_in_any


def unwilling(
    turn: Turn, checkin: OpenCheckin, question: CheckinQuestion
) -> Sequence[Effect] | None:
    """Nobody has to answer, and everybody may know what it is for; None for everything else."""
    if says_of(turn, "declines"):
        return record(turn, checkin, {question.id: SKIPPED}, template="checkin-declined")
    if says_of(turn, "asks_why"):
        return [checkin_prompt(checkin, question, template="checkin-why")]
    if says_of(turn, "not_now"):
        return [Say(template="checkin-not-now"), *turn.closing(Asking.CHECKIN)]
    return None


def says_of(turn: Turn, meaning: str) -> bool:
    """Whether the whole text is a phrase for `meaning`, in the person's language or another."""
    text = turn.inbound.text.strip().strip(".!?¿¡…।")
    known = (turn.answer_words, *(said for _, said in turn.other_words))
    return any(said.says(meaning, text) for said in known)


def afterwards(turn: Turn) -> Sequence[Effect] | None:
    """A bare yes or no to the summary of a finished check-in, or None."""
    is_text = turn.inbound.kind is InboundKind.TEXT and turn.action is None
    if turn.patient is None or not is_text or turn.open_question is not None:
        return None
    newest = next((one for one in turn.checkins if not one.questionnaire.is_private), None)
    if newest is None or newest.occurrence.state is not OccurrenceState.ANSWERED:
        return None
    if newest.occurrence.local_day != turn.today and not newest.is_past:
        return None
    if says_in_any(turn, "yes"):
        return [Say(template="checkin-is-saved")]
    if says_in_any(turn, "no"):
        return [Say(template="checkin-what-is-wrong", variables=_shown(newest))]
    return None


def _shown(checkin: OpenCheckin) -> Variables:
    return {**about(checkin), "answers": told(checkin)}


def put_again(turn: Turn, effects: Sequence[Effect]) -> Sequence[Effect]:
    """The question that waits, once more after an answer to something else was given."""
    checkin, question = turn.checkin, turn.answering
    if checkin is None or question is None or question is not turn.open_question:
        return []
    waited = next((q for q in checkin.asked_questions() if q.id == question.step), None)
    following = waited or checkin.next_question()
    if following is None or not any(isinstance(effect, SayTopic) for effect in effects):
        return []
    return [checkin_prompt(checkin, following)]
