"""Has somebody become worse than their own usual? A change detector. Pure.

One-sided cumulative sum (CUSUM): each answer's distance above the person's usual, in their own
standard deviations and less an allowance, is added up and never falls below nothing; a sum over
the limit is a change. It sees slow declines that no single answer shows, and stays quiet while
answers only scatter.

Three things keep it from crying wolf. What the medicine does to nearly everybody in the first weeks
(dry lips, the first flare) is expected: it is taken off before the sum, and once those weeks are
over the usual is learned anew. A change smaller than what matters to a person is none. And one
change is one episode: it is told once, until the person is well again for some answers, or until
the new level has itself become the usual.

Source: Page, Biometrika 1954;41:100; NIST/SEMATECH e-Handbook of Statistical Methods 6.3.2.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import fmean

Answers = Sequence[tuple[int, float]]
"""Day, counted from any day, and the number answered; by day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """What the first weeks of the medicine do to nearly everybody, for one question."""

    points: float
    """How much worse it usually gets."""
    by_day: int
    """Days after the first answer until it has got so far, evenly."""
    settles_on: int
    """Days after the first answer from when on it stays: the usual is learned anew."""

    def rise(self, day: int) -> float:
        """Points of it on a day after the first answer."""
        return self.points * min(day / self.by_day, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """Parameters, as content/signals.yaml gives them; distances in standard deviations."""

    baseline_answers: int
    """How many first answers are a person's usual; a whole week evens out its rhythm."""
    relearned_answers: int
    """How many answers make a usual that is learned anew."""
    reference: float
    """Allowance: half of the smallest change worth finding."""
    limit: float
    least_spread: float
    """Points: nobody's usual scatter counts as less than this."""
    cap: float
    """One answer adds no more than this, so that a single wild one is no change."""
    least_difference: float
    """Points above the usual that the last answers must lie to matter to a person at all."""
    recovery_answers: int
    """An episode is over after so many answers on end that lie less than half of
    `least_difference` above the usual."""
    episode_days: int
    """After so many days the level of an episode has become the usual."""
    settling: dict[str, Settling] = field(default_factory=dict)
    """By question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was found: from which usual to which level."""

    usual: float
    now: float
    answers: int
    """How many answers the change was found in."""


def changes(answers: Answers, detector: Detector, *, question: str = "") -> list[Change | None]:
    """For every answer the change that is found at it, once for each episode; else None."""
    watch = _Watch(detector=detector, settling=detector.settling.get(question))
    return [watch.see(day - answers[0][0], value) for day, value in answers]


def change_now(answers: Answers, detector: Detector, *, question: str = "") -> Change | None:
    """The change found at the last answer, or None."""
    return next(reversed(changes(answers, detector, question=question)), None)


@dataclass(slots=True, kw_only=True)
class _Watch:
    """What is known of one person and one question, answer by answer."""

    detector: Detector
    settling: Settling | None
    seen: list[tuple[int, float]] = field(default_factory=list)
    usual: float | None = None
    spread: float = 0.0
    expected: float = 0.0
    """The expected rise that the usual contains already."""
    total: float = 0.0
    run: int = 0
    """How many answers on end keep the sum above nothing."""
    since: int | None = None
    """Day on which the episode was told; None: there is none."""
    good: int = 0

    def see(self, day: int, value: float) -> Change | None:
        """The change at this answer; `day` counts from the first answer."""
        self._learn(day)
        self.seen.append((day, value))
        if self.usual is None:
            return None
        above = value - self.usual - self._allowed(day)
        if self.since is not None:
            self._live_on(day, above)
            return None
        return self._add(day, above)

    def _learn(self, day: int) -> None:
        """The usual, once there are enough answers; anew when the first weeks are over."""
        known = self.detector
        if self.usual is None:
            if len(self.seen) == known.baseline_answers:
                self._take(self.seen)
        elif self.settling is not None and day >= self.settling.settles_on:
            most = self.usual + max(self.settling.points - self.expected, 0.0)
            self._take(self.seen[-known.relearned_answers :])
            self.usual = min(self.usual, most)
            self.settling, self.since = None, None
            self.total, self.run = 0.0, 0

    def _take(self, answers: Sequence[tuple[int, float]]) -> None:
        values = [value for _, value in answers]
        self.usual = fmean(values)
        self.spread = max(_deviation(values, self.usual), self.spread, self.detector.least_spread)
        settling = self.settling
        self.expected = fmean([settling.rise(day) for day, _ in answers]) if settling else 0.0

    def _allowed(self, day: int) -> float:
        return self.settling.rise(day) - self.expected if self.settling is not None else 0.0

    def _add(self, day: int, above: float) -> Change | None:
        known = self.detector
        distance = min(above / self.spread, known.cap) - known.reference
        self.total = max(0.0, self.total + distance)
        self.run = self.run + 1 if self.total > 0 else 0
        if self.total <= known.limit or self.usual is None:
            return None
        lately = self.seen[-self.run :]
        level = fmean([value for _, value in lately])
        beyond = fmean([value - self.usual - self._allowed(on) for on, value in lately])
        if beyond < known.least_difference:
            return None
        self.since, self.good = day, 0
        return Change(usual=self.usual, now=level, answers=self.run)

    def _live_on(self, day: int, above: float) -> None:
        """An episode ends when the person is well again, or when nothing changes any more."""
        known = self.detector
        self.good = self.good + 1 if above < known.least_difference / 2 else 0
        is_usual = self.since is not None and day - self.since >= known.episode_days
        if self.good < known.recovery_answers and not is_usual:
            return
        if is_usual:
            self._take(self.seen[-known.relearned_answers :])
        self.since, self.total, self.run = None, 0.0, 0


def _deviation(values: Sequence[float], mean: float) -> float:
    """Sample standard deviation around `mean`."""
    return sqrt(sum((one - mean) ** 2 for one in values) / max(len(values) - 1, 1))
