"""What may be kept of a question once nobody in it can be recognised? Pure."""

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 500
"""Characters kept of a question; what matters to an author stands in fewer."""

_WORD = r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u0963\u0970-\u097f'’-])*"
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|"
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|"
    "जनवरी|फ़रवरी|फरवरी|मार्च|अप्रैल|मई|जून|जुलाई|अगस्त|सितंबर|अक्टूबर|नवंबर|दिसंबर"
)
_ORDINAL = r"(?:st|nd|rd|th|º)?"
_INTRODUCED = (
    r"my name is|my name's|i am called|me llamo|mi nombre es|mera naam|मेरा नाम|"
    r"dr\.?|doctor|doctora|dra\.?|nurse|डॉ\.?|डॉक्टर"
)
_PATTERN = re.compile(
    "|".join(
        (
            r"(?P<kept>\[(?:name|number|email|date|link)\])",
            r"(?P<email>\S+@\S+)",
            r"(?P<link>(?:https?://|www\.)\S+)",
            rf"(?P<date>\d{{1,4}}[./-]\d{{1,2}}(?:[./-]\d{{1,4}})?|"
            rf"\b\d{{1,2}}{_ORDINAL}\s+(?:of\s+|de\s+)?(?:{_MONTH})\b(?:,?\s+(?:de\s+)?\d{{4}})?|"
            rf"\b(?:{_MONTH})\.?\s+\d{{1,2}}{_ORDINAL}\b(?:,?\s+\d{{4}})?)",
            r"(?P<number>\+?\(?\d(?:[\s().-]*\d)*)",
            rf"(?P<said>\b(?:{_INTRODUCED})\s+)(?P<introduced>{_WORD})",
            rf"(?P<word>{_WORD})",
        )
    ),
    re.IGNORECASE,
)
_PLACEHOLDERS = ("email", "link", "date", "number")


def redact(text: str, names: Iterable[str]) -> str:
    """`text` without names, numbers, e-mail addresses, links and dates.

    `names` are those that the clinic knows of: each of their words is taken out, whatever its
    case or accents. Somebody else's name is found only behind words that introduce one.
    """
    known = {_plain(word) for name in names for word in re.findall(_WORD, _composed(name))}

    def replace(found: re.Match[str]) -> str:
        if found["kept"]:
            return found["kept"]
        for kind in _PLACEHOLDERS:
            if found[kind]:
                return f"[{kind}]"
        if found["introduced"]:
            return f"{found['said']}[name]"
        return "[name]" if _is_known(found["word"], known) else found["word"]

    plain = "".join(c for c in _composed(text) if c.isprintable() or c.isspace())
    kept = _without_numbers(_PATTERN.sub(replace, " ".join(plain.split())))
    return " ".join(kept.split())[:LONGEST].rstrip()


def _is_known(word: str, known: set[str]) -> bool:
    """Whether a word, or what stands before or after its hyphen or apostrophe, is a name."""
    return bool({_plain(word), *map(_plain, re.split(r"['’-]", word))} & known)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _plain(word: str) -> str:
    """A word as names are compared: no case, no accents, no possessive."""
    decomposed = unicodedata.normalize("NFD", word.casefold())
    bare = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return re.sub(r"['’]s?$", "", bare)


def _without_numbers(text: str) -> str:
    """Signs that stand for a number without being a digit ("Ⅷ", "௰") go too; "三" is a word."""
    return "".join(c for c in text if not c.isnumeric() or "\u4e00" <= c <= "\u9fff")
