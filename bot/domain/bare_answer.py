"""Is a message nothing but an answer to Balm, in which no matcher has anything to find? Pure.

The matchers learn from sentences. A lone "took", "ले लिया" or a join code is too little for them
to tell an answer from a cry for help, and Balm itself asked for it: a patient who answers as told
must never be met with an emergency text. Words that mean stop, help or danger are not among these.
"""

from bot.domain.conversation import Asking, Conversation
from bot.domain.invite import code_in
from bot.domain.vocabulary import Vocabulary, fold

_ANSWERS = ("taken", "later", "not-today", "yes", "no", "back", "started", "tip", "no-tips")
_ONE_WORD = ("ready",)
"""Only the word that was asked for: a sentence such as "I am alone" is read."""
_IN_A_LINE = ("yes", "no", "nothing", "skip-question")
"""Beside the numbers of a check-in. Not "taken": "took 10" is no answer to any question."""
_HIGHEST = 10
"""The end of every scale; "911" is not an answer."""


def is_bare_answer(text: str, words: Vocabulary, conversation: Conversation) -> bool:
    """Whether the whole of `text` is one answer word, one small number, or a join code.

    While a check-in is open, also "Y 2 1 0 1 no": numbers with yes, no and nothing.
    """
    if code_in(text) is not None:
        return True
    said = fold(text)
    if _means(said, _ANSWERS, words) or _is_small(said, words):
        return True
    if " " not in said and _means(said, _ONE_WORD, words):
        return True
    question = conversation.awaiting
    if question is None or question.asking is not Asking.CHECKIN:
        return False
    if _means(said, _IN_A_LINE, words):
        return True
    parts = [fold(part) for part in text.split()]
    return all(_is_small(part, words) or _means(part, _IN_A_LINE, words) for part in parts)


def _means(said: str, meanings: tuple[str, ...], words: Vocabulary) -> bool:
    return any(said in words.words(meaning) for meaning in meanings)


def _is_small(said: str, words: Vocabulary) -> bool:
    number = words.number(said)
    return number is not None and number <= _HIGHEST
