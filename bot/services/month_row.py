"""What does one line of the month's table say?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.domain.capsules import read_packs
from bot.services.patients import NotPossible
from bot.services.result_records import NEGATIVE, PLACES, POSITIVE, UNCLEAR

COLUMNS = (
    *("patient", "name", "born", "test", "result", "place", "questions", "approved"),
    *("picked_up", "capsules", "first_capsule", "patient_reported"),
)
"""`name` and `patient_reported` are for reading; a file that comes back may leave them out."""
_RESULTS = {"n": NEGATIVE, "p": POSITIVE, "u": UNCLEAR}
_YES = ("y", "yes", "x")
_OLDEST = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A tick of the table; without a day it means today."""

    on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """One patient's line."""

    line: int
    patient: str
    born: str | None
    test_on: date | None
    result: str | None
    place: str | None
    steps: Mapping[str, Said]
    picked_up: Said | None
    capsules: str | None = field(repr=False)


def read_row(cells: Mapping[str, str | None], *, line: int, today: date) -> MonthRow:
    """The line's meaning. Raises NotPossible with line, column, reason and fix."""
    cell = _Cells(cells=cells, line=line, today=today)
    patient = cell.text("patient")
    if not patient:
        raise cell.refused("patient", "is empty; it names the patient")
    test = cell.tick("test")
    result = cell.result()
    if result is not None and test is None:
        raise cell.refused("test", "a result needs the day of its sample, YYYY-MM-DD or y")
    capsules = cell.text("capsules") or None
    if capsules and read_packs(capsules, usual=(1,)) is None:
        raise cell.refused("capsules", f"{capsules!r}: write 30, or 40x30, or 20x30+10x30")
    ticks = {name: cell.tick(name) for name in ("questions", "approved", "first_capsule")}
    return MonthRow(
        line=line,
        patient=patient,
        born=cell.text("born") or None,
        test_on=test.on or today if test is not None else None,
        result=result,
        place=cell.place(),
        steps={name: said for name, said in ticks.items() if said is not None},
        picked_up=cell.tick("picked_up"),
        capsules=capsules,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """The cells of a line, and how a wrong one is named."""

    cells: Mapping[str, str | None]
    line: int
    today: date

    def text(self, column: str) -> str:
        return (self.cells.get(column) or "").strip()

    def tick(self, column: str) -> Said | None:
        said = self.text(column).lower()
        if not said or said in ("-", "no"):
            return None
        if said in _YES:
            return Said(on=None)
        try:
            day = date.fromisoformat(said)
        except ValueError as error:
            raise self.refused(column, f"{said!r}: write y, or a day as YYYY-MM-DD") from error
        if day > self.today + timedelta(days=1):
            raise self.refused(column, f"{day} has not come yet")
        if day < self.today - _OLDEST:
            raise self.refused(column, f"{day} is more than a year ago")
        return Said(on=day)

    def result(self) -> str | None:
        said = self.text("result").lower()
        if not said:
            return None
        found = _RESULTS.get(said[:1]) if said in _RESULTS or said in _RESULTS.values() else None
        if found is None:
            raise self.refused("result", f"{said!r}: write negative, positive or unclear")
        return found

    def place(self) -> str | None:
        said = self.text("place").lower()
        if said and said not in PLACES:
            raise self.refused("place", f"{said!r}: write one of {', '.join(PLACES)}")
        return said or None

    def refused(self, column: str, reason: str) -> NotPossible:
        return NotPossible(f"line {self.line}, {column}: {reason}")
