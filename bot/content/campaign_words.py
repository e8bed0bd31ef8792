"""Which variables may a campaign's text use, and which words must a discreet one not have?"""

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from bot.content.yaml_loader import load_yaml

VARIABLES: Mapping[str, tuple[str, str | int]] = {
    "clinic_name": ("name of the clinic", "Example Dermatology Centre"),
    "clinic_phone": ("telephone number of the clinic", "+1 212 555 0100"),
    "staffed_hours": (
        "when somebody answers, in the clinic's words",
        "Monday to Friday 9:00-17:00",
    ),
    "emergency": ("emergency number of the clinic's region", "911"),
    "week": ("week of the course, from 1", 24),
    "day": ("day of the course, from 1", 180),
    "weeks_left": ("whole weeks until the planned last capsule", 24),
    "dose_time": ("the hour that the patient chose", "20:00"),
    "due_day": ("the day on which the message is due", "2026-09-30"),
}
"""Each with what it is, and a long value of it for measuring. A name is none of them: a message
that says somebody's name tells it to whoever holds the phone."""

TAGS = frozenset({"if", "unless", "case"})
FILTERS = frozenset({"upcase", "downcase", "capitalize", "plus", "minus", "times", "default"})


class _Discreet(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    words: Mapping[str, tuple[str, ...]]


class DiscreetWords:
    """Finds words that tell whoever holds the phone too much."""

    def __init__(self, words: Mapping[str, tuple[str, ...]]) -> None:
        """Beginnings of words, by language; the English ones hold in every language."""
        english = words.get("en", ())
        self._telling = {
            language: re.compile(
                rf"(?<!\w)(?:{'|'.join(map(re.escape, (*own, *english)))})", re.IGNORECASE
            )
            for language, own in {"en": (), **words}.items()
        }

    def found(self, text: str, *, language: str) -> str | None:
        """The first telling word of `text`, or None."""
        pattern = self._telling.get(language, self._telling["en"])
        match = pattern.search(text)
        return match[0] if match else None


def load_discreet_words(path: Path) -> DiscreetWords:
    """content/discreet.yaml. Raises ContentError."""
    return DiscreetWords(load_yaml(path, _Discreet).words)
