"""Which blood tests are there, in which units, and when does a clinic want them?"""

from collections.abc import Mapping
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.content.yaml_loader import ContentError, load_yaml, mark_of
from bot.domain.labs import (
    LabBook,
    LabMarks,
    LabPlan,
    LabProfile,
    LabStepRule,
    LabTest,
    LabUnit,
)
from bot.domain.vocabulary import fold

_Words = Annotated[str, Field(min_length=1)]
_Amount = Annotated[Decimal, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Unit(_Strict):
    name: _Words
    written: tuple[_Words, ...]
    factor: _Amount


class _Plausible(_Strict):
    low: _Amount
    high: _Amount


class _Test(_Strict):
    id: _Words
    label: Mapping[str, _Words]
    names: Annotated[tuple[_Words, ...], Field(min_length=1)]
    needs_unit: tuple[_Words, ...] = ()
    fasting: bool
    units: Annotated[tuple[_Unit, ...], Field(min_length=1)]
    assumed_unit: _Words | None = None
    plausible: _Plausible


class LabTestsFile(_Strict):
    """content/labs/tests.yaml."""

    version: _Words
    source: _Words
    tests: tuple[_Test, ...]


class _Step(_Strict):
    id: _Words
    tests: Annotated[tuple[_Words, ...], Field(min_length=1)]
    from_: Annotated[Literal["first-capsule", "highest-dose"], Field(alias="from")]
    opens_day: int
    closes_day: int
    every_days: Annotated[int, Field(gt=0)] | None = None


class _Profile(_Strict):
    id: _Words
    source: _Words
    steps: tuple[_Step, ...]


class _Thresholds(_Strict):
    source: _Words
    high: Mapping[str, _Amount]
    critical: Mapping[str, _Amount]


class _Look(_Strict):
    at: time
    not_before_hours: Annotated[int, Field(ge=0)]
    source: _Words


class _Reminder(_Strict):
    at: time
    again_after_days: Annotated[int, Field(gt=0)]
    source: _Words


class LabProfilesFile(_Strict):
    """content/labs/profiles.yaml."""

    version: _Words
    default: _Words
    profiles: tuple[_Profile, ...]
    thresholds: _Thresholds
    look: _Look
    reminder: _Reminder


def load_labs(folder: Path) -> LabPlan:
    """All of content/labs. Raises ContentError where a file is wrong."""
    book = _book(load_yaml(folder / "tests.yaml", LabTestsFile))
    path = folder / "profiles.yaml"
    file = load_yaml(path, LabProfilesFile)
    _check(path, file, book)
    return LabPlan(
        book=book,
        profiles={one.id: _profile(one) for one in file.profiles},
        default=file.default,
        marks=LabMarks(high=file.thresholds.high, critical=file.thresholds.critical),
        looked_at=file.look.at,
        looked_at_not_before=timedelta(hours=file.look.not_before_hours),
        reminded_at=file.reminder.at,
        again_after_days=file.reminder.again_after_days,
    )


def _check(path: Path, file: LabProfilesFile, book: LabBook) -> None:
    """Every test that is named exists, windows are windows, and the default is one of them."""
    if file.default not in {one.id for one in file.profiles}:
        _refuse(path, ["default"], f"there is no profile {file.default!r}")
    known = {test.id for test in book.tests}
    for number, profile in enumerate(file.profiles):
        for position, step in enumerate(profile.steps):
            _check_step(path, ["profiles", number, "steps", position], step, known)
    for level, marks in (("high", file.thresholds.high), ("critical", file.thresholds.critical)):
        if unknown := set(marks) - known:
            _refuse(path, ["thresholds", level], f"unknown test: {', '.join(sorted(unknown))}")


def _check_step(path: Path, keys: list[str | int], step: _Step, known: set[str]) -> None:
    if unknown := set(step.tests) - known:
        _refuse(path, [*keys, "tests"], f"unknown tests: {', '.join(sorted(unknown))}")
    if step.closes_day < step.opens_day:
        _refuse(path, [*keys, "closes_day"], "it closes before it opens")


def _refuse(path: Path, keys: list[str | int], reason: str) -> None:
    line, column = mark_of(path, keys)
    raise ContentError(path, line=line, column=column, reason=reason)


def _book(file: LabTestsFile) -> LabBook:
    return LabBook(tests=tuple(_test(one) for one in file.tests))


def _test(one: _Test) -> LabTest:
    return LabTest(
        id=one.id,
        names=tuple(fold(name) for name in (*one.names, one.id)),
        labels=one.label,
        units=tuple(
            LabUnit(
                name=unit.name,
                written=tuple(fold(written) for written in unit.written),
                factor=unit.factor,
            )
            for unit in one.units
        ),
        lowest=one.plausible.low,
        highest=one.plausible.high,
        is_fasting=one.fasting,
        needs_unit=frozenset(fold(name) for name in one.needs_unit),
        assumed_unit=one.assumed_unit,
    )


def _profile(one: _Profile) -> LabProfile:
    return LabProfile(
        id=one.id,
        steps=tuple(
            LabStepRule(
                id=step.id,
                tests=step.tests,
                from_highest_dose=step.from_ == "highest-dose",
                opens_day=step.opens_day,
                closes_day=step.closes_day,
                every_days=step.every_days,
            )
            for step in one.steps
        ),
    )
