"""Which answers does a sentence give, such as "lips are awful but mood ok"? Pure.

What is read out of a sentence is a guess: it is shown to the patient and stored only after a yes,
unless it is nothing but names and numbers.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import zip_longest

from bot.domain.answer_words import AnswerWords, plain
from bot.domain.checkin_answer import OutOfRange
from bot.domain.near_words import meant_word
from bot.domain.questionnaire import CheckinQuestion, QuestionKind

_TOKEN = re.compile(r"\d+(?:\s*/\s*\d+)?|[.;,!?:=\n।…]|[^\s\d.;,!?:=।…]+")
_LONGEST_PHRASE = 6
_LOOSE_WORDS = 2
"""So many unknown words may stand around a level that names no subject."""
_BAD_FROM, _MOST = 5, 10
_LONG_LEVEL = 6
"""Letters; shorter words for a level are too near to other words to be guessed."""
_SHORT = 4
"""Words; a longer text with a question mark is a question."""
_LITTLE, _MUCH = 3, 7
"""Levels of "a little" and "a lot", said alone."""


class _Part(Enum):
    NAME = auto()
    LEVEL = auto()
    MORE = auto()
    LESS = auto()
    NOT = auto()
    NOT_BEFORE = auto()
    REST = auto()
    ALL_GOOD = auto()
    TURN = auto()
    JOIN = auto()
    COMMA = auto()
    FILLER = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a sentence says."""

    values: dict[str, str] = field(repr=False)
    is_exact: bool
    """Nothing but names of questions and numbers: nobody has to confirm that."""
    is_whole: bool = False
    """No word of it is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    part: _Part
    names: tuple[str, ...] = ()
    level: int = 0
    is_number: bool = False
    is_mark: bool = False
    is_guess: bool = False
    """Mistyped, and taken for what it is nearest to."""
    is_before_name: bool = False
    """A number that a name follows at once, as in "6 lips"."""
    is_before_number: bool = False
    """A name that a number follows at once, as in "lips 6"."""


_LISTS = {
    "except_for": _Part.TURN,
    "turns": _Part.TURN,
    "rest": _Part.REST,
    "more": _Part.MORE,
    "less": _Part.LESS,
    "negations": _Part.NOT,
    "negations_after": _Part.NOT_BEFORE,
    "joins": _Part.JOIN,
    "fillers": _Part.FILLER,
}
_MARKS = {
    **dict.fromkeys(".;!?\n।…", _Part.TURN),
    ",": _Part.COMMA,
    ":": _Part.FILLER,
    "=": _Part.FILLER,
}


def understand(
    text: str,
    questions: Sequence[CheckinQuestion],
    said: AnswerWords,
    *,
    awaited: CheckinQuestion | None = None,
    answered: Collection[str] = (),
) -> Understood | OutOfRange | None:
    """The answers to `questions` in `text`; None when there are none.

    A level without a subject answers `awaited`; "the rest" is what is not `answered` yet.
    """
    scales = {q.id: q for q in questions if q.kind is QuestionKind.SCALE}
    rest, values = _dose(text, questions, said)
    pieces = _levelled(_pieces(rest, said, scales))
    reading = _Reading(scales=scales)
    for piece in _looking_ahead(pieces):
        reading.take(piece)
    reading.flush(answered)
    values |= {name: str(level) for name, level in reading.found.items()}
    for name, level in reading.found.items():
        if level > scales[name].maximum:
            return OutOfRange(question=scales[name])
    unknown = sum(piece.part is _Part.UNKNOWN for piece in pieces)
    is_loose = not values and len(reading.loose) == 1 and unknown <= _LOOSE_WORDS
    if is_loose and awaited is not None and awaited.kind is QuestionKind.SCALE:
        return _loose(reading.loose[0], awaited, is_whole=unknown == 0)
    if not values:
        return _only_a_measure(rest, said, awaited)
    is_exact = (
        unknown == 0
        and not any(piece.is_guess for piece in pieces)
        and bool(reading.found)
        and all(piece.is_number for piece in pieces if piece.part is _Part.LEVEL)
    )
    return Understood(values=values, is_exact=is_exact, is_whole=unknown == 0)


def _loose(level: int, awaited: CheckinQuestion, *, is_whole: bool) -> Understood | OutOfRange:
    if level > awaited.maximum:
        return OutOfRange(question=awaited)
    return Understood(values={awaited.id: str(level)}, is_exact=False, is_whole=is_whole)


def is_an_answer_in_doubt(
    text: str, questions: Sequence[CheckinQuestion], said: AnswerWords
) -> bool:
    """Whether a text with a question mark is yet an answer: "maybe a 4?", "lips 4?"."""
    scales = {q.id: q for q in questions if q.kind is QuestionKind.SCALE}
    pieces = [one for one in _pieces(text, said, scales) if not one.is_mark]
    levels = [one for one in pieces if one.part is _Part.LEVEL]
    known = all(one.part is not _Part.UNKNOWN for one in pieces)
    return known and len(pieces) <= _SHORT and bool(levels) and all(n.is_number for n in levels)


def _only_a_measure(
    text: str, said: AnswerWords, awaited: CheckinQuestion | None
) -> Understood | None:
    """ "A little" or "a lot" alone, as an answer to the question that waits."""
    if awaited is None or awaited.kind is not QuestionKind.SCALE:
        return None
    parts = {piece.part for piece in _pieces(text, said, {})} - {_Part.FILLER, _Part.COMMA}
    level = {frozenset({_Part.LESS}): _LITTLE, frozenset({_Part.MORE}): _MUCH}.get(frozenset(parts))
    if level is None:
        return None
    return Understood(values={awaited.id: str(level)}, is_exact=False, is_whole=True)


def _looking_ahead(pieces: Sequence[_Piece]) -> list[_Piece]:
    """The pieces that count, each number and name with what stands behind it.

    In "6 lips 4 skin" numbers lead their names, which shows at the last name.
    """
    kept = [piece for piece in pieces if piece.part is not _Part.FILLER]
    followed = list(zip_longest(kept, kept[1:]))
    names = [after for piece, after in followed if piece.part is _Part.NAME]
    leads = bool(names) and not (names[-1] is not None and names[-1].is_number)
    return [
        replace(
            piece,
            is_before_name=leads and after is not None and after.part is _Part.NAME,
            is_before_number=not leads and after is not None and after.is_number,
        )
        for piece, after in followed
    ]


def _dose(
    text: str, questions: Sequence[CheckinQuestion], said: AnswerWords
) -> tuple[str, dict[str, str]]:
    """The text without its words about the capsule, and what they say."""
    dose = next((q for q in questions if q.logs_dose), None)
    shown = plain(text)
    for meaning, value in (("not_taken", "no"), ("taken", "yes")):
        phrase = said.finds(meaning, _spaced(shown))
        if phrase is not None:
            left = f" {_spaced(shown)} ".replace(f" {phrase} ", " . ", 1).strip()
            return left, {dose.id: value} if dose is not None else {}
    return shown, {}


def _spaced(text: str) -> str:
    return " ".join(_TOKEN.findall(text))


def _pieces(text: str, said: AnswerWords, scales: dict[str, CheckinQuestion]) -> list[_Piece]:
    tokens = _TOKEN.findall(plain(text))
    pieces: list[_Piece] = []
    at = 0
    while at < len(tokens):
        for length in range(min(_LONGEST_PHRASE, len(tokens) - at), 0, -1):
            piece = _piece(" ".join(tokens[at : at + length]), said, scales, is_one=length == 1)
            if piece is not None:
                break
        pieces.append(piece or _guessed(tokens[at], said, scales))
        at += length if piece is not None else 1
    return pieces


def _piece(
    phrase: str, said: AnswerWords, scales: dict[str, CheckinQuestion], *, is_one: bool
) -> _Piece | None:
    names = tuple(one for one in said.names.get(phrase, ()) if one in scales)
    if names:
        return _Piece(part=_Part.NAME, names=names[:1])
    if phrase in said.levels:
        return _Piece(part=_Part.LEVEL, level=said.levels[phrase])
    if not is_one and phrase in said.phrases.get("all_good", ()):
        return _Piece(part=_Part.ALL_GOOD)
    for meaning, part in _LISTS.items():
        if phrase in said.phrases.get(meaning, ()):
            return _Piece(part=part)
    if phrase in said.names:
        return _Piece(part=_Part.FILLER)
    return _mark(phrase) if is_one else None


def _guessed(token: str, said: AnswerWords, scales: dict[str, CheckinQuestion]) -> _Piece:
    """A mistyped name or level, else a word that says nothing here."""
    known = (*said.names, *(one for one in said.levels if len(one) >= _LONG_LEVEL))
    near = meant_word(token, (one for one in known if " " not in one))
    piece = _piece(near, said, scales, is_one=True) if near is not None else None
    return replace(piece, is_guess=True) if piece else _Piece(part=_Part.UNKNOWN)


def _mark(token: str) -> _Piece | None:
    number = re.fullmatch(r"(\d{1,3})(?:\s*/\s*10)?", token)
    if number:
        return _Piece(part=_Part.LEVEL, level=int(number[1]), is_number=True)
    return _Piece(part=_MARKS[token], is_mark=True) if token in _MARKS else None


def _levelled(pieces: Sequence[_Piece]) -> list[_Piece]:
    """The pieces with "very", "a bit" and "not" worked into the levels beside them."""
    kept: list[_Piece] = []
    beside: set[_Part] = set()
    for piece in pieces:
        if piece.part in (_Part.NOT, _Part.MORE, _Part.LESS):
            beside.add(piece.part)
            continue
        if piece.part is _Part.NOT_BEFORE and kept and kept[-1].part is _Part.LEVEL:
            kept[-1] = replace(kept[-1], level=_opposite(kept[-1].level, is_more=False))
        elif piece.part is _Part.ALL_GOOD and _Part.NOT in beside:
            kept.append(_Piece(part=_Part.LEVEL, level=_opposite(0, is_more=True)))
        elif piece.part is _Part.LEVEL and not piece.is_number:
            kept.append(replace(piece, level=_shifted(piece.level, beside)))
        else:
            kept.append(piece)
        if piece.part is not _Part.FILLER:
            beside.clear()
    return kept


def _shifted(level: int, beside: Collection[_Part]) -> int:
    is_more = _Part.MORE in beside
    if _Part.NOT in beside:
        return _opposite(level, is_more=is_more)
    if is_more and _BAD_FROM <= level < _MOST:
        return min(level + 1, _MOST - 1)
    if _Part.LESS in beside and level >= _BAD_FROM:
        return max(level - 4, 1)
    return level


def _opposite(level: int, *, is_more: bool) -> int:
    """ "Not dry" is little, "not very dry" a bit more; "not good" is bad, "not very good" less."""
    if level >= _BAD_FROM:
        return 3 if is_more else 1
    return 5 if is_more else 6


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What was read so far: subjects wait for their level, or a level for its subject."""

    scales: dict[str, CheckinQuestion]
    found: dict[str, int] = field(default_factory=dict)
    loose: list[int] = field(default_factory=list)
    _pending: list[str] = field(default_factory=list)
    _waits_for_rest: bool = False
    _rest: int | None = None
    _held: int | None = None
    named: set[str] = field(default_factory=set)
    """Every subject that was spoken of, with a level or without."""
    _worded: tuple[str, ...] = ()
    """Subjects whose level was read from words; a number behind them is the better one."""
    _before: int | None = None
    """The level that stood before the last subject: "dry lips and eyes"."""

    def take(self, piece: _Piece) -> None:
        """Read one piece more."""
        match piece.part:
            case _Part.NAME:
                self._name(piece)
            case _Part.REST:
                self._waits_for_rest = True
            case _Part.ALL_GOOD:
                self._rest = 0
            case _Part.LEVEL:
                self._level(piece)
            case _Part.COMMA:
                self._release()
            case _Part.TURN:
                self._release()
                self._finish()
                self._worded = ()
            case _:
                pass

    def flush(self, answered: Collection[str]) -> None:
        """The text is over."""
        self._release()
        self._finish()
        if self._rest is not None:
            spoken_of = {*answered, *self.named}
            others = [name for name in self.scales if name not in spoken_of]
            self.found = {**dict.fromkeys(others, self._rest), **self.found}

    def _name(self, piece: _Piece) -> None:
        self.named |= set(piece.names)
        self._worded = ()
        if self._held is not None and not piece.is_before_number:
            self.found |= dict.fromkeys(piece.names, self._held)
            self._before, self._held = self._held, None
        else:
            self._release()
            self._pending += piece.names

    def _level(self, piece: _Piece) -> None:
        if self._waits_for_rest:
            self._rest, self._waits_for_rest = piece.level, False
        elif self._pending:
            self.found |= dict.fromkeys(self._pending, piece.level)
            self._worded = () if piece.is_number else tuple(self._pending)
            self._pending, self._before = [], None
        elif self._worded and piece.is_number and not piece.is_before_name:
            # "Pretty dry, like a 6": the number is what was meant.
            self.found |= dict.fromkeys(self._worded, piece.level)
            self._worded = ()
        else:
            self._release()
            self._held = piece.level

    def _release(self) -> None:
        if self._held is not None:
            self.loose.append(self._held)
            self._held = None

    def _finish(self) -> None:
        if self._pending and self._before is not None:
            self.found |= dict.fromkeys(self._pending, self._before)
        self._pending, self._before = [], None
