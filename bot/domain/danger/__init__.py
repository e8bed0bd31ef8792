"""How near is a message to the red flags that we know? The statistical layers of triage. Pure."""

from bot.domain.danger.classifier import DangerModel, DangerScores, LabelledLine, fit
from bot.domain.danger.concepts import Lexicon
from bot.domain.danger.words import Words, words_of

__all__ = [
    "DangerModel",
    "DangerScores",
    "LabelledLine",
    "Lexicon",
    "Words",
    "fit",
    "words_of",
]
