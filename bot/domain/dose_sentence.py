"""Does a sentence tell of a past intake, such as "took it at 9 last night"? Pure."""

import re
from dataclasses import dataclass
from datetime import datetime

from bot.domain.answer_words import AnswerWords, plain
from bot.domain.spoken_day import SaidDay, said_day

_LONGEST = 14
"""Words; a longer story is for people, not for this file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseSentence:
    """What was said of one intake."""

    is_taken: bool
    when: SaidDay | None
    """None: no day or hour was named."""


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
    )
