"""What is billed for one text on SMS, and which character makes it dearer? Pure."""

from dataclasses import dataclass

from smsutil import is_valid_gsm  # type: ignore[import-untyped]  # the package ships no types

from bot.domain.sms_size import sms_size
from bot.domain.sms_text import costly_character

_OWN_SCRIPT = 0.2
"""Share of characters outside of GSM-7 from which on it is the language that needs UCS-2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsBill:
    """The segments of a text, and why there are so many."""

    segments: int
    alphabet: str
    """GSM-7 or UCS-2."""
    culprit: str | None
    """The first character outside of GSM-7; None where none is, or the whole language is."""
    segments_without: int
    """How many segments there would be with plain characters instead."""

    @property
    def is_dearer(self) -> bool:
        """Whether single characters, and not the language, make it cost more."""
        return self.culprit is not None and self.segments > self.segments_without

    def words(self) -> str:
        """As in "2 SMS segments (UCS-2 because of “’” U+2019; 1 without it)"."""
        said = f"{self.segments} SMS segment{'s' if self.segments != 1 else ''}"
        if self.culprit is None:
            return f"{said} ({self.alphabet})"
        why = f"{self.alphabet} because of “{self.culprit}” U+{ord(self.culprit):04X}"
        return f"{said} ({why}; {self.segments_without} without it)"


def bill_of(text: str) -> SmsBill:
    """What `text`, as it leaves, is billed as."""
    size = sms_size(text)
    costly = [character for character in text if not is_valid_gsm(character)]
    is_script = len(costly) > _OWN_SCRIPT * len(text)
    plain = "".join(c if is_valid_gsm(c) else "?" for c in text)
    return SmsBill(
        segments=size.segments,
        alphabet=size.alphabet,
        culprit=None if is_script else costly_character(text),
        segments_without=size.segments if is_script else sms_size(plain).segments,
    )
