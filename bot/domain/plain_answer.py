"""Is a message nothing but an answer to a check-in, so that no danger can hide in its words? Pure.

Triage and the reading for opt-outs judge every text by its words, and a short answer can look like
something else to them: "wapas" (back) like leaving, "man 1" (mood 1) like wanting to die. Where a
check-in waits, a text that consists of names of its questions and numbers, or is one of the
answers that the content lists word by word, is what it says. Keywords of carriers stay keywords.
"""

from dataclasses import replace

from bot.domain.answer_words import is_made_of
from bot.domain.checkin_text import is_only_names_and_numbers
from bot.domain.inbound import InboundKind
from bot.domain.reading import Reading
from bot.domain.turn import Turn

_COMMANDS = ("back", "skip-question")
_LISTED = ("declines", "asks_why", "not_now", "same", "all_good")
_OF_A_DOSE = ("not_taken", "reason_forgot", "reason_no_capsules", "queasy", "courtesies")
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
    return _answers_checkin(turn) or _tells_of_dose(turn)


def _answers_checkin(turn: Turn) -> bool:
    checkin = turn.checkin if turn.answering is not None else turn.early_checkin
    if checkin is None:
        return False
    text, said = turn.inbound.text, turn.answer_words
    known = any(turn.says(one) for one in _COMMANDS)
    listed = any(said.says(one, text.strip().strip(".!?¿¡…।")) for one in _LISTED)
    return known or listed or is_only_names_and_numbers(text, checkin.asked_questions(), said)


def _tells_of_dose(turn: Turn) -> bool:
    """ "Not today, feeling sick" under an open reminder."""
    if not any(dose.state.is_open for dose in turn.doses):
        return False
    phrases = turn.answer_words.phrases
    parts = frozenset().union(*(phrases.get(one, frozenset()) for one in _OF_A_DOSE))
    is_told = turn.answer_words.finds("not_taken", turn.inbound.text) is not None
    return is_told and is_made_of(turn.inbound.text, parts)
