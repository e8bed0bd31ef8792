"""Is a message nothing but an answer to a check-in, so that no danger can hide in its words? Pure.

Triage and the reading for opt-outs judge every text by its words, and a short answer can look like
something else to them: "wapas" (back) like leaving, "man 1" (mood 1) like wanting to die. Where a
check-in waits, a text that consists of names of its questions and numbers, or is one of the
answers that the content lists word by word, is what it says. Keywords of carriers stay keywords.
"""

import re
from dataclasses import replace

from bot.domain.answer_words import is_made_of
from bot.domain.checkin_answer import parse_answer
from bot.domain.checkin_text import is_only_names_and_numbers
from bot.domain.inbound import InboundKind
from bot.domain.questionnaire import QuestionKind
from bot.domain.reading import Reading
from bot.domain.turn import Turn

_COMMANDS = ("back", "skip-question", "nothing")
_LISTED = ("declines", "asks_why", "not_now", "same", "all_good", "nothing_more")
_TELLS_OF_IT = ("taken", "not_taken", "reason_no_capsules")
_HOUR = re.compile(r"(?<!\S)\d{1,2}(?:[:.]\d{2})?\s*(?:am|pm)?(?!\S)")
_OF_A_DOSE = (
    *(*_TELLS_OF_IT, "reason_forgot", "queasy", "courtesies", "fillers"),
    *("yesterday", "last_night", "today", "at", "evening", "morning"),
)
"""What "not today, feeling queasy" is made of. Of what makes somebody unwell only queasiness is
plain: the reply asks for more words and gives the numbers (product rule 26). Headache, vomiting
and pain stay with triage."""


def reading_of(turn: Turn) -> Reading:
    """The reading of the message, without dangers and opt-outs where it is a plain answer."""
    if turn.inbound.keyword is not None or not is_plain_answer(turn):
        return turn.reading
    return replace(turn.reading, red_flag=None, stop=None)


def is_plain_answer(turn: Turn) -> bool:
    """Whether every word of the message is an answer to what waits now."""
    if turn.inbound.kind is not InboundKind.TEXT or not turn.inbound.text.strip():
        return False
    return turn.says("checkin") or _answers_checkin(turn) or _tells_of_dose(turn)


def _answers_checkin(turn: Turn) -> bool:
    checkin = turn.checkin if turn.answering is not None else turn.early_checkin
    text, said = turn.inbound.text, turn.answer_words
    if checkin is None:
        return any(
            is_only_names_and_numbers(text, one.asked_questions(), said) for one in turn.checkins
        )
    known = any(turn.says(one) for one in _COMMANDS)
    listed = any(said.says_only(one, text.strip().strip(".!?¿¡…।")) for one in _LISTED)
    if known or listed or is_only_names_and_numbers(text, checkin.asked_questions(), said):
        return True
    waited = checkin.next_question()
    if waited is None or waited.kind not in (QuestionKind.SCALE, QuestionKind.NUMBER):
        return False
    return parse_answer(text, waited, turn.words, said) is not None


def _tells_of_dose(turn: Turn) -> bool:
    """ "Not today, feeling sick" under an open reminder."""
    said, text = turn.answer_words, turn.inbound.text
    if not (turn.doses or turn.past_doses) or said.finds("extra", text) is not None:
        return False
    parts = frozenset().union(*(said.phrases.get(one, frozenset()) for one in _OF_A_DOSE))
    is_told = any(said.finds(one, text) for one in _TELLS_OF_IT)
    return is_told and is_made_of(_HOUR.sub(" ", text), parts)
