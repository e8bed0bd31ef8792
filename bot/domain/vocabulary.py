"""Which words mean what in the person's language? The port through which handlers see it. Pure."""

import unicodedata
from typing import Protocol


class Vocabulary(Protocol):
    """Answer words of one language, from the content."""

    def words(self, meaning: str) -> frozenset[str]:
        """The folded words for `meaning` ("yes", "taken", "back" …); empty when unknown."""
        ...

    def knows(self, text: str) -> bool:
        """Whether the whole folded `text` is a word for anything."""
        ...

    def number(self, word: str) -> int | None:
        """The number that a word or a digit of any script stands for, or None."""
        ...


def fold(text: str) -> str:
    """`text` as answer words are compared: lower case, no outer punctuation, single spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return " ".join(plain.strip().strip(".!?,;:()\"'*¿¡।").split())
