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
    reason: str | None = None
    """Why it was not taken, as far as that was said."""


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
        reason=said_reason(shown, said) if is_missed else None,
    )


def dose_sentences(text: str, said: AnswerWords, local: datetime) -> list[DoseSentence]:
    """What `text` tells of one intake or of several: "forgot yesterday but took today's"."""
    parts = [part for part in _parts(plain(text), said) if part.strip(" ,.;!")]
    each = [dose_sentence(part, said, local) for part in parts]
    told = [one for one in each if one is not None and one.when is not None]
    if len(told) == len(parts) > 1 and not text.rstrip().endswith("?"):
        return told
    whole = dose_sentence(text, said, local)
    return [whole] if whole is not None else []


def _parts(text: str, said: AnswerWords) -> list[str]:
    turn = said.finds("turns", text)
    return [text] if turn is None else f" {text} ".split(f" {turn} ")


REASONS = ("clinic-said", "no-capsules", "unwell", "forgot")
"""Reasons that a sentence may name, the one that matters most first."""


def said_reason(text: str, said: AnswerWords) -> str | None:
    """Why a dose was not taken, by the words for it in `text`; None when it does not say."""
    named = (one for one in REASONS if said.finds(f"reason_{one.replace('-', '_')}", text))
    return next(named, None)
