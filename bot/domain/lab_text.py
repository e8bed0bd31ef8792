"""Which blood results does a patient's text name? Pure.

Only what can be meant in one way becomes a result; what could be two things is asked about, and a
number that nobody can have is handed back.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.domain.labs import LabBook, LabTest, LabUnit, LabValue

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,6}(?:[.,]\d{1,3})?"
_SHORT = 5
"""Words of a text in which a number without a unit surely belongs to the test it names."""
_NEAR = 24
"""Characters between the name of a test and its number where no unit is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabText:
    """What a text says of blood results."""

    values: tuple[LabValue, ...] = ()
    unsure: tuple[LabValue, ...] = ()
    """Everything that one number could mean; the patient is asked which."""
    implausible: str | None = None
    """A test whose number nobody can have; None: all are possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A number with the unit written behind it, and where it stands."""

    start: int
    value: Decimal
    unit: str | None


def read_labs(text: str, book: LabBook, *, own_words: Iterable[str] = ()) -> LabText | None:
    """The results in `text`, or None when it is about something else.

    A question counts only if it speaks of a result of one's own (`own_words`) or begins with it:
    "what if TG is over 500 mg/dL?" tells nothing.
    """
    plain = _plain(text)
    named = _names(plain, book)
    numbers = _numbers(plain, book)
    if not numbers:
        return None
    if not named:
        return _nameless(plain, numbers, book)
    words = plain.split()
    is_own = named[0][0] <= 3 or any(f" {word} " in f" {plain} " for word in own_words)
    if plain.endswith("?") and not is_own:
        return None
    found: list[LabText] = []
    for position, (start, end, test, name) in enumerate(named):
        before = 0 if position == 0 and len(named) == 1 else start
        stop = named[position + 1][0] if position + 1 < len(named) else len(plain)
        near = [n for n in numbers if before <= n.start < stop and not start <= n.start < end]
        one = _number_of(test, name, end, near, is_short=len(words) <= _SHORT)
        if one is not None:
            found.append(_meaning(test, one))
    return _joined(found) if found else None


def _meaning(test: LabTest, number: _Found) -> LabText:
    """What a number of a test means: one value, a choice of units, or nothing possible."""
    said = test.unit(number.unit) if number.unit else None
    units: Sequence[LabUnit] = [said] if said else test.units
    if said is None and test.assumed_unit:
        units = [unit for unit in test.units if unit.name == test.assumed_unit]
    possible = [
        LabValue(test=test.id, value=number.value, unit=unit.name)
        for unit in units
        if test.is_plausible(number.value, unit)
    ]
    if not possible:
        return LabText(implausible=test.id)
    return LabText(values=(possible[0],)) if len(possible) == 1 else LabText(unsure=tuple(possible))


def _number_of(
    test: LabTest, name: str, end: int, near: Sequence[_Found], *, is_short: bool
) -> _Found | None:
    """The number that belongs to a name: one with a unit of the test, else one right behind it."""
    with_unit = [n for n in near if n.unit and test.unit(n.unit)]
    if with_unit:
        return with_unit[0]
    if name in test.needs_unit:
        return None
    bare = [n for n in near if n.unit is None]
    behind = [n for n in bare if end <= n.start <= end + _NEAR]
    if behind:
        return behind[0] if is_short or behind[0].start <= end + _NEAR // 2 else None
    return bare[0] if is_short and len(bare) == 1 else None


def _nameless(plain: str, numbers: Sequence[_Found], book: LabBook) -> LabText | None:
    """ "4.2 mmol/L" alone: every test that could have this value in this unit."""
    one = numbers[0]
    if len(numbers) > 1 or one.unit is None or len(plain.split()) > _SHORT:
        return None
    possible = [
        LabValue(test=test.id, value=one.value, unit=unit.name)
        for test in book.tests
        if (unit := test.unit(one.unit)) and test.is_plausible(one.value, unit)
    ]
    if not possible:
        return None
    return LabText(unsure=tuple(possible))


def _joined(found: Sequence[LabText]) -> LabText:
    return LabText(
        values=tuple(value for one in found for value in one.values),
        unsure=next((one.unsure for one in found if one.unsure), ()),
        implausible=next((one.implausible for one in found if one.implausible), None),
    )


def _plain(text: str) -> str:
    """Folded, with digits of every script as 0 to 9."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    digits = (str(unicodedata.digit(c)) if c.isdecimal() else c for c in folded)
    return " ".join("".join(digits).split())


def _names(plain: str, book: LabBook) -> list[tuple[int, int, LabTest, str]]:
    """Start, end, test and name of every test that is named, in order; longer names first."""
    known = sorted(
        ((name, test) for test in book.tests for name in test.names), key=lambda n: -len(n[0])
    )
    taken: list[tuple[int, int, LabTest, str]] = []
    for name, test in known:
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", plain):
            if all(match.end() <= start or match.start() >= end for start, end, _, _ in taken):
                taken.append((match.start(), match.end(), test, name))
    return sorted(taken, key=lambda one: one[0])


def _numbers(plain: str, book: LabBook) -> list[_Found]:
    written = {w for test in book.tests for unit in test.units for w in unit.written}
    units = "|".join(re.escape(unit) for unit in sorted(written, key=len, reverse=True))
    pattern = rf"(?<![\w.,/-])({_NUMBER})(?:\s*({units})(?!\w)|(?![\w/]|[-.,]\d))"
    return [
        _Found(start=found.start(), value=_decimal(found[1]), unit=found[2])
        for found in re.finditer(pattern, plain)
    ]


def _decimal(text: str) -> Decimal:
    """A comma before three digits parts thousands; any other comma is a decimal one."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        return Decimal(text.replace(",", ""))
    return Decimal(text.replace(",", "."))
