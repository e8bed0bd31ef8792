"""How soon is somebody who gets worse found, and how often is somebody who does not?

Simulated answers on a scale of 0 to 10, one a day for 90 days, rounded and kept in the scale, a
fifth of the days without an answer. Two kinds get worse from day 30 on: slowly, a tenth of a
point a day, or at once by four points. Three do not: stable, noisy, and seasonal with a weekly
rhythm. The detector of content/signals.yaml stands beside a fixed limit (7 or more, twice) and an
EWMA chart (weight 0.2, limits of 3 standard deviations).
Source of EWMA: Roberts, Technometrics 1959;1:239; NIST/SEMATECH e-Handbook 6.3.2.4.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import pi, sin, sqrt
from pathlib import Path
from random import Random
from statistics import fmean, median

from bot.content.signals import SIGNALS, load_signals
from bot.domain.change import Detector, changes

DAYS, CHANGES_ON, MONTH = 90, 30, 30.4
ANSWERED = 0.8
_EWMA_WEIGHT, _EWMA_LIMIT = 0.2, 3.0
_FIXED, _TIMES = 7, 2
Answers = Sequence[tuple[int, int]]
"""Day from 0, and the number answered."""
Method = Callable[[Answers], int | None]
"""Day of the first alarm, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """One kind of patient."""

    name: str
    spread: float
    gets_worse: bool
    level: Callable[[int, float], float]
    """Points on a day, from the patient's own usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One method on one kind of patient."""

    trajectory: str
    method: str
    patients: int
    found: float | None
    """Share of those who get worse in whom an alarm came within 60 days; None: nobody does."""
    median_delay_days: float | None
    false_alarms_per_month: float
    """First alarms before any change, by patient-months watched until then."""


TRAJECTORIES = (
    Trajectory(name="stable", spread=0.8, gets_worse=False, level=lambda _, usual: usual),
    Trajectory(
        name="slow decline",
        spread=0.8,
        gets_worse=True,
        level=lambda day, usual: usual + 0.1 * max(day - CHANGES_ON, 0),
    ),
    Trajectory(
        name="sudden drop",
        spread=0.8,
        gets_worse=True,
        level=lambda day, usual: usual + (4 if day >= CHANGES_ON else 0),
    ),
    Trajectory(name="noisy", spread=2.0, gets_worse=False, level=lambda _, usual: usual),
    Trajectory(
        name="seasonal",
        spread=0.8,
        gets_worse=False,
        level=lambda day, usual: usual + 1.5 * sin(2 * pi * day / 7),
    ),
)


def run(*, patients: int, seed: int, content: Path, as_json: bool) -> None:
    """Print the table."""
    rows = measure(patients=patients, seed=seed, detector=load_signals(content / SIGNALS))
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
        return
    print(f"{patients} simulated patients of each kind, {DAYS} days, worse from day {CHANGES_ON}\n")
    head = ("kind", "method", "found", "median delay", "false alarms per patient-month")
    print(f"{head[0]:14}{head[1]:16}{head[2]:>8}{head[3]:>16}{head[4]:>34}")
    for row in rows:
        found = "-" if row.found is None else f"{row.found:.0%}"
        delay = "-" if row.median_delay_days is None else f"{row.median_delay_days:.0f} days"
        print(
            f"{row.trajectory:14}{row.method:16}{found:>8}{delay:>16}"
            f"{row.false_alarms_per_month:>34.3f}"
        )


def measure(*, patients: int, seed: int, detector: Detector) -> list[Row]:
    """Every method on the same patients of every kind."""
    methods: dict[str, Method] = {
        "cusum (Balm)": lambda answers: _cusum(answers, detector),
        "ewma": lambda answers: _ewma(answers, detector),
        "7 or more twice": _fixed,
    }
    rows = []
    for trajectory in TRAJECTORIES:
        random = Random(f"{seed}:{trajectory.name}")  # noqa: S311  # a simulation, no secret
        people = [_answers(trajectory, random) for _ in range(patients)]
        rows += [
            _row(trajectory, name, [method(one) for one in people])
            for name, method in methods.items()
        ]
    return rows


def _answers(trajectory: Trajectory, random: Random) -> Answers:
    usual = random.uniform(1, 4)
    return [
        (day, min(max(round(random.gauss(trajectory.level(day, usual), trajectory.spread)), 0), 10))
        for day in range(DAYS)
        if random.random() < ANSWERED
    ]


def _row(trajectory: Trajectory, method: str, alarms: Sequence[int | None]) -> Row:
    last = CHANGES_ON if trajectory.gets_worse else DAYS
    false = [one for one in alarms if one is not None and one < last]
    watched = sum(last if one is None else min(one + 1, last) for one in alarms)
    right = [one - CHANGES_ON for one in alarms if one is not None and one >= last]
    at_risk = len(alarms) - len(false)
    return Row(
        trajectory=trajectory.name,
        method=method,
        patients=len(alarms),
        found=len(right) / at_risk if trajectory.gets_worse and at_risk else None,
        median_delay_days=median(right) if right else None,
        false_alarms_per_month=len(false) / (watched / MONTH),
    )


def _cusum(answers: Answers, detector: Detector) -> int | None:
    days = [day for day, _ in answers][detector.baseline_answers :]
    found = changes([value for _, value in answers], detector)
    return next((day for day, one in zip(days, found, strict=True) if one is not None), None)


def _ewma(answers: Answers, detector: Detector) -> int | None:
    first = [value for _, value in answers[: detector.baseline_answers]]
    usual = fmean(first)
    spread = max(sqrt(fmean([(one - usual) ** 2 for one in first])), detector.least_spread)
    limit = _EWMA_LIMIT * spread * sqrt(_EWMA_WEIGHT / (2 - _EWMA_WEIGHT))
    smooth = usual
    for day, value in answers[detector.baseline_answers :]:
        smooth = _EWMA_WEIGHT * value + (1 - _EWMA_WEIGHT) * smooth
        if smooth - usual > limit:
            return day
    return None


def _fixed(answers: Answers) -> int | None:
    high = 0
    for day, value in answers:
        high = high + 1 if value >= _FIXED else 0
        if high == _TIMES:
            return day
    return None
