"""Does a sentence tell of a past intake, such as "took it at 9 last night"? Pure."""

import re
from dataclasses import dataclass
from datetime import datetime

from bot.domain.answer_words import AnswerWords, plain
from bot.domain.spoken_day import SaidDay, said_day

_LONGEST = 14
"""Words; a longer story is for people, not for this file."""
_PARTS = ("taken", "not_taken", "last_night", "yesterday", "before_yesterday", "today")
_BESIDE = ("at", "morning", "evening", "fillers")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseSentence:
    """What was said of one intake."""

    is_taken: bool
    when: SaidDay | None
    """None: no day or hour was named."""
    is_plain: bool
    """Nothing else was said at all."""


def dose_sentence(text: str, said: AnswerWords, local: datetime) -> DoseSentence | None:
    """What `text` tells of an intake; None for questions, plans, stories and everything else."""
    is_question = text.rstrip().endswith("?") or said.finds("hopes", text) is not None
    if is_question or len(text.split()) > _LONGEST:
        return None
    shown = re.sub(r"[.,;!]", " ", plain(text))
    is_missed = said.finds("not_taken", shown) is not None
    if not is_missed and said.finds("taken", shown) is None:
        return None
    return DoseSentence(
        is_taken=not is_missed,
        when=said_day(text, said, local),
        is_plain=_is_plain(shown, said),
    )


def _is_plain(shown: str, said: AnswerWords) -> bool:
    """Whether nothing is left beside the intake, its day and at most one hour."""
    left = f" {' '.join(shown.split())} "
    for meaning in (*_PARTS, *_BESIDE):
        while (phrase := said.finds(meaning, left)) is not None:
            left = left.replace(f" {phrase} ", " ", 1)
    words = [word for word in left.split() if word not in said.weekdays]
    numbers = [word for word in words if re.fullmatch(r"\d{1,2}([:.h]\d{2})?(am|pm)?", word)]
    return len(numbers) <= 1 and len(words) == len(numbers)
