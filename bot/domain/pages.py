"""How is a text that is too long for one message cut, so that nothing is lost unseen? Pure."""

import re

from bot.domain.identity import Channel

LONGEST = {Channel.TELEGRAM: 4_000, Channel.SMS: 1_500}
"""UTF-16 units of one page, its number included; below what providers take.

Source: Telegram Bot API, sendMessage (4096 units); Twilio, error 21617 (1600 characters).
"""
_MARK = "({number}/{count}) "
_MARK_ROOM = len(_MARK.format(number=99, count=99))
_BREAKS = (r"\n\s*\n", r"\n", r"(?<=[.!?।])\s+", r"\s+")
"""Where a text may be cut, the best place first: paragraph, line, sentence, word."""
_FULL_ENOUGH = 0.5


def pages(text: str, channel: Channel) -> tuple[str, ...]:
    """`text` as it is where it fits; else parts that begin with "(1/3) "; no word is lost.

    A page ends between paragraphs, lines, sentences or words, whichever leaves it well filled.
    """
    limit = LONGEST.get(channel)
    if limit is None or _units(text) <= limit:
        return (text,)
    parts: list[str] = []
    rest = text.strip()
    while _units(rest) > limit - _MARK_ROOM:
        end = _end(rest, limit - _MARK_ROOM)
        parts.append(rest[:end].strip())
        rest = rest[end:].strip()
    parts.append(rest)
    marked = (part for part in parts if part)
    numbered = list(enumerate(marked, start=1))
    return tuple(_MARK.format(number=n, count=len(numbered)) + part for n, part in numbered)


def _end(text: str, limit: int) -> int:
    """Where the first page of `text` ends."""
    longest = _fitting(text, limit)
    for pattern in _BREAKS:
        ends = [found.start() for found in re.finditer(pattern, text[:longest])]
        if ends and ends[-1] >= _FULL_ENOUGH * longest:
            return ends[-1]
    return longest


def _fitting(text: str, limit: int) -> int:
    """How many characters of `text` make up at most `limit` units."""
    units = 0
    for place, character in enumerate(text):
        units += _units(character)
        if units > limit:
            return place
    return len(text)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
