"""The text classifier that the FAQ and the red-flag triage share; numpy only. Pure."""

from bot.domain.lexical.model import (
    Arrays,
    Contribution,
    Example,
    LexicalModel,
    Scores,
    Settings,
    fit,
    numbered,
    refit,
)
from bot.domain.lexical.words import normalise, sentences, tokens

__all__ = [
    "Arrays",
    "Contribution",
    "Example",
    "LexicalModel",
    "Scores",
    "Settings",
    "fit",
    "normalise",
    "numbered",
    "refit",
    "sentences",
    "tokens",
]
