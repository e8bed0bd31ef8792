"""How is a text written so that it does not cost thrice on SMS for one accent? Pure."""

import unicodedata
from functools import lru_cache

from smsutil import is_valid_gsm  # type: ignore[import-untyped]  # the package ships no types

_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "}
)


def for_sms(text: str) -> str:
    """`text` in GSM-7 where only accents or typographic signs stand in the way, else unchanged.

    "Sí, cápsula" becomes "Si, capsula"; é, ñ, ü, ¿ and ¡ stay, and Hindi is never touched.
    Source: 3GPP TS 23.038 (á, í, ó and ú are not in the GSM-7 alphabet).
    """
    plain = "".join(map(_without_accent, text.translate(_PLAIN)))
    return plain if is_valid_gsm(plain) else text


@lru_cache(maxsize=4_096)
def _without_accent(character: str) -> str:
    if is_valid_gsm(character):
        return character
    return unicodedata.normalize("NFD", character)[0]


def costly_character(text: str) -> str | None:
    """The first character that forces the whole text into UCS-2, or None where none does."""
    return next((character for character in text if not is_valid_gsm(character)), None)
