"""How soon is somebody who gets worse found, and how often is somebody who does not?

Simulated answers on a scale of 0 to 10 for 150 days, rounded and kept in the scale, a fifth of the
days without an answer: once a day, and as the check-ins are really asked (daily for 14 days, then
on day 21 and every 7). Some get worse from day 60 on: slowly, a tenth of a point a day, or at once
by four points. Others do not: stable, noisy, seasonal with a weekly rhythm, and dryness, which
rises by one to five points in the first weeks and then stays, as it does in nearly everybody. The
detector of content/signals.yaml stands beside the first version of it (the first answers are the
usual for good, no change is too small), a fixed limit (7 or more, twice) and an EWMA chart (weight
0.2, limits of 3 standard deviations). Every alarm counts that a clinic would see: one rule opens
no second case within 7 days.
Source of EWMA: Roberts, Technometrics 1959;1:239; NIST/SEMATECH e-Handbook 6.3.2.4.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import exp, pi, sin, sqrt
from pathlib import Path
from random import Random
from statistics import fmean, median

from bot.content.signals import SIGNALS, load_signals
from bot.domain.change import Detector, changes

DAYS, CHANGES_ON, MONTH = 150, 60, 30.4
ANSWERED = 0.8
QUIET_DAYS = 7
"""One rule opens no second case within so many days."""
_DAILY_DAYS, _WEEK = 14, 7
_EWMA_WEIGHT, _EWMA_LIMIT = 0.2, 3.0
_FIXED, _TIMES = 7, 2
Answers = Sequence[tuple[int, int]]
"""Day from 0, and the number answered."""
Method = Callable[[Answers], list[int]]
"""Days of the alarms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What differs between people of one kind."""

    usual: float
    rise: float
    """Points by which dryness rises in the first weeks."""
    pace: float
    """Days in which most of that is reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """One kind of patient."""

    name: str
    spread: float
    gets_worse: bool
    level: Callable[[int, Person], float]
    """Points on a day."""
    question: str = "mood"
    """Whose parameters hold."""


def _slowly(day: int) -> float:
    return 0.1 * max(day - CHANGES_ON, 0)


def _at_once(day: int) -> float:
    return 4.0 if day >= CHANGES_ON else 0.0


def _dryness(day: int, person: Person) -> float:
    return person.usual + person.rise * (1 - exp(-day / person.pace))


TRAJECTORIES = (
    Trajectory(name="stable", spread=0.8, gets_worse=False, level=lambda _, one: one.usual),
    Trajectory(
        name="slow decline",
        spread=0.8,
        gets_worse=True,
        level=lambda day, one: one.usual + _slowly(day),
    ),
    Trajectory(
        name="sudden drop",
        spread=0.8,
        gets_worse=True,
        level=lambda day, one: one.usual + _at_once(day),
    ),
    Trajectory(name="noisy", spread=2.0, gets_worse=False, level=lambda _, one: one.usual),
    Trajectory(
        name="seasonal",
        spread=0.8,
        gets_worse=False,
        level=lambda day, one: one.usual + 1.5 * sin(2 * pi * day / _WEEK),
    ),
    Trajectory(name="dryness", spread=0.8, gets_worse=False, level=_dryness, question="lips"),
    Trajectory(
        name="dryness, then drop",
        spread=0.8,
        gets_worse=True,
        level=lambda day, one: _dryness(day, one) + _at_once(day),
        question="lips",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One method on one kind of patient."""

    trajectory: str
    method: str
    asked: str
    """Daily, or as the check-ins are."""
    patients: int
    found: float | None
    """Share of those who get worse in whom an alarm came afterwards; None: nobody does."""
    median_delay_days: float | None
    false_alarms_per_month: float
    """Alarms before any change, by the patient-months until then."""


def run(*, patients: int, seed: int, content: Path, as_json: bool) -> None:
    """Print the table."""
    rows = measure(patients=patients, seed=seed, detector=load_signals(content / SIGNALS))
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
        return
    print(f"{patients} simulated patients of each kind, {DAYS} days, worse from day {CHANGES_ON}")
    head = ("asked", "kind", "method", "found", "median delay", "false alarms per patient-month")
    print(f"\n{head[0]:10}{head[1]:20}{head[2]:17}{head[3]:>6}{head[4]:>14}{head[5]:>32}")
    for row in rows:
        found = "-" if row.found is None else f"{row.found:.0%}"
        delay = "-" if row.median_delay_days is None else f"{row.median_delay_days:.0f} days"
        print(
            f"{row.asked:10}{row.trajectory:20}{row.method:17}{found:>6}{delay:>14}"
            f"{row.false_alarms_per_month:>32.3f}"
        )


def measure(*, patients: int, seed: int, detector: Detector) -> list[Row]:
    """Every method on the same patients of every kind."""
    return [
        row
        for asked, days in (("daily", range(DAYS)), ("really", _real_days()))
        for trajectory in TRAJECTORIES
        for row in _rows(trajectory, asked, days, patients=patients, seed=seed, detector=detector)
    ]


def _real_days() -> Sequence[int]:
    """From 0: the daily check-ins of two weeks, then one a week from day 21 of the course on."""
    return [*range(_DAILY_DAYS), *range(_DAILY_DAYS + _WEEK - 1, DAYS, _WEEK)]


def _rows(
    trajectory: Trajectory,
    asked: str,
    days: Sequence[int],
    *,
    patients: int,
    seed: int,
    detector: Detector,
) -> list[Row]:
    methods: dict[str, Method] = {
        "cusum (Balm)": lambda answers: _cusum(answers, detector, trajectory.question),
        "cusum, plain": lambda answers: _plain_cusum(answers, detector),
        "ewma": lambda answers: _ewma(answers, detector),
        "7 or more twice": _fixed,
    }
    random = Random(f"{seed}:{trajectory.name}:{asked}")  # noqa: S311  # a simulation, no secret
    people = [_answers(trajectory, days, random) for _ in range(patients)]
    return [
        _row(trajectory, name, asked, [_as_cases(method(one)) for one in people])
        for name, method in methods.items()
    ]


def _answers(trajectory: Trajectory, days: Sequence[int], random: Random) -> Answers:
    person = Person(
        usual=random.uniform(1, 4 if trajectory.question == "mood" else 2),
        rise=random.uniform(1, 5),
        pace=random.uniform(5, 14),
    )
    return [
        (
            day,
            min(max(round(random.gauss(trajectory.level(day, person), trajectory.spread)), 0), 10),
        )
        for day in days
        if random.random() < ANSWERED
    ]


def _as_cases(alarms: Sequence[int]) -> list[int]:
    """The alarms that open a case: none within the quiet days after another."""
    cases: list[int] = []
    for day in alarms:
        if not cases or day - cases[-1] >= QUIET_DAYS:
            cases.append(day)
    return cases


def _row(trajectory: Trajectory, method: str, asked: str, cases: Sequence[Sequence[int]]) -> Row:
    last = CHANGES_ON if trajectory.gets_worse else DAYS
    false = sum(day < last for one in cases for day in one)
    first_right = [next((day for day in one if day >= last), None) for one in cases]
    right = [day - CHANGES_ON for day in first_right if day is not None]
    return Row(
        trajectory=trajectory.name,
        method=method,
        asked=asked,
        patients=len(cases),
        found=len(right) / len(cases) if trajectory.gets_worse else None,
        median_delay_days=median(right) if right and trajectory.gets_worse else None,
        false_alarms_per_month=false / (len(cases) * last / MONTH),
    )


def _cusum(answers: Answers, detector: Detector, question: str) -> list[int]:
    found = changes(answers, detector, question=question)
    return [day for (day, _), one in zip(answers, found, strict=True) if one is not None]


def _plain_cusum(answers: Answers, detector: Detector) -> list[int]:
    """The sum against the first answers for good, an alarm at every answer above the limit."""
    first = [value for _, value in answers[: detector.baseline_answers]]
    usual, spread = fmean(first), max(_spread(first), detector.least_spread)
    total, alarms = 0.0, []
    for day, value in answers[detector.baseline_answers :]:
        step = min((value - usual) / spread, detector.cap) - detector.reference
        total = max(0.0, total + step)
        alarms += [day] if total > detector.limit else []
    return alarms


def _ewma(answers: Answers, detector: Detector) -> list[int]:
    first = [value for _, value in answers[: detector.baseline_answers]]
    usual, spread = fmean(first), max(_spread(first), detector.least_spread)
    limit = _EWMA_LIMIT * spread * sqrt(_EWMA_WEIGHT / (2 - _EWMA_WEIGHT))
    smooth, alarms = usual, []
    for day, value in answers[detector.baseline_answers :]:
        smooth = _EWMA_WEIGHT * value + (1 - _EWMA_WEIGHT) * smooth
        alarms += [day] if smooth - usual > limit else []
    return alarms


def _spread(values: Sequence[int]) -> float:
    return sqrt(fmean([(one - fmean(values)) ** 2 for one in values]))


def _fixed(answers: Answers) -> list[int]:
    high, alarms = 0, []
    for day, value in answers:
        high = high + 1 if value >= _FIXED else 0
        alarms += [day] if high >= _TIMES else []
    return alarms
