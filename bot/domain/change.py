"""Has somebody become worse than their own usual? A change detector. Pure.

One-sided cumulative sum (CUSUM): each answer's distance above the person's first answers, in their
own standard deviations and less an allowance, is added up and never falls below nothing; a sum over
the limit is a change. It sees slow declines that no single answer shows, and stays quiet while
answers only scatter.

Source: Page, Biometrika 1954;41:100; NIST/SEMATECH e-Handbook of Statistical Methods 6.3.2.3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """Parameters, as content/signals.yaml gives them; distances in standard deviations."""

    baseline_answers: int
    """How many first answers are a person's usual; a whole week evens out its rhythm."""
    reference: float
    """Allowance: half of the smallest change worth finding."""
    limit: float
    least_spread: float
    """Points: nobody's usual scatter counts as less than this."""
    cap: float
    """One answer adds no more than this, so that a single wild one is no change."""
    least_difference: float
    """Points above the usual that the last answers must lie to matter at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was found: from which usual to which level."""

    usual: float
    now: float
    answers: int
    """How many answers the change was found in."""


def changes(values: Sequence[float], detector: Detector) -> Iterable[Change | None]:
    """For every answer after the first ones: the change seen at it, or None."""
    first = values[: detector.baseline_answers]
    if len(first) < detector.baseline_answers:
        return
    usual = fmean(first)
    spread = max(_deviation(first, usual), detector.least_spread)
    total, run = 0.0, 0
    for at in range(detector.baseline_answers, len(values)):
        distance = min((values[at] - usual) / spread, detector.cap) - detector.reference
        total = max(0.0, total + distance)
        run = run + 1 if total > 0 else 0
        now = fmean(values[at - run + 1 : at + 1]) if run else usual
        is_change = total > detector.limit and now - usual >= detector.least_difference
        yield Change(usual=usual, now=now, answers=run) if is_change else None


def change_now(values: Sequence[float], detector: Detector) -> Change | None:
    """The change seen at the last answer, or None."""
    return next(iter(reversed(list(changes(values, detector)))), None)


def _deviation(values: Sequence[float], mean: float) -> float:
    """Sample standard deviation around `mean`."""
    return sqrt(sum((one - mean) ** 2 for one in values) / max(len(values) - 1, 1))
