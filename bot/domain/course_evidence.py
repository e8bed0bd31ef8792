"""Which piece of evidence belongs to which step of a course, and does it close the step? Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.domain.evidence import Evidence, EvidenceName, EvidenceSource
from bot.domain.programme import Place, Rule, StepRule

NEGATIVE, POSITIVE = "negative", "positive"
_HOME = "home"


class Doubt(StrEnum):
    """Why something that was recorded does not close its step."""

    PATIENT_REPORTED = "patient-reported"
    NO_RESULT_YET = "no-result-yet"
    UNCLEAR_RESULT = "unclear-result"
    WRONG_PLACE = "wrong-place"
    TOO_EARLY = "too-early"
    OUTSIDE_WINDOW = "outside-window"


COUNTS_FOR_NOW = (Doubt.PATIENT_REPORTED, Doubt.NO_RESULT_YET)
"""Enough to stop asking and to count days from, not to close a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What was found for a step."""

    evidence: Evidence | None = None
    doubt: Doubt | None = None

    @property
    def closes(self) -> bool:
        """Whether the step is done."""
        return self.evidence is not None and self.doubt in (None, Doubt.OUTSIDE_WINDOW)


NOTHING = Match()


class EvidencePool:
    """All evidence of a course; each piece closes one step only."""

    def __init__(
        self, known: Iterable[Evidence], *, permits_home_tests: bool, named_tests: frozenset[str]
    ) -> None:
        """`named_tests` are taken only by the step that asks for that very name."""
        self._by_name: dict[EvidenceName, list[Evidence]] = defaultdict(list)
        for one in known:
            self._by_name[one.name].append(one)
        self._permits_home = permits_home_tests
        self._named = named_tests
        self._used: set[tuple[EvidenceName, date, str | None]] = set()

    def first_of(self, name: EvidenceName, *, since: date, unused: bool = False) -> Evidence | None:
        """The first of its name from `since` on, whatever it says."""
        return next(
            (
                one
                for one in self._by_name.get(name, ())
                if one.on >= since and not (unused and self._is_used(one))
            ),
            None,
        )

    def take(
        self, step: StepRule, rule: Rule, *, floor: date | None, ceiling: date | None = None
    ) -> Match:
        """The first that closes the step; else the first that says something about it."""
        assert step.evidence is not None
        best = NOTHING
        for one in self._by_name.get(step.evidence, ()):
            if not self._is_free(step, one) or (ceiling is not None and one.on > ceiling):
                continue
            doubt = self._doubt(step, rule, one, floor)
            if doubt is None:
                best = Match(evidence=one)
                break
            if best.doubt not in COUNTS_FOR_NOW:
                counts = doubt in COUNTS_FOR_NOW
                best = Match(evidence=one if counts else None, doubt=doubt)
        if best.evidence is not None:
            self._use(best.evidence)
        return best

    def _use(self, one: Evidence) -> None:
        self._used.add((one.name, one.on, one.details.get("test")))

    def _is_used(self, one: Evidence) -> bool:
        return (one.name, one.on, one.details.get("test")) in self._used

    def _is_free(self, step: StepRule, one: Evidence) -> bool:
        test = one.details.get("test")
        if self._is_used(one):
            return False
        return test == step.test if step.test is not None else test not in self._named

    def _doubt(self, step: StepRule, rule: Rule, one: Evidence, floor: date | None) -> Doubt | None:
        if floor is not None and one.on < floor:
            return Doubt.TOO_EARLY
        if step.needs_negative and one.result not in (None, NEGATIVE):
            return Doubt.UNCLEAR_RESULT
        if step.needs_negative and not self._place_counts(rule, one):
            return Doubt.WRONG_PLACE
        if step.is_safety and one.source is EvidenceSource.PATIENT:
            return Doubt.PATIENT_REPORTED
        if step.needs_negative and one.result is None:
            return Doubt.NO_RESULT_YET
        return None

    def _place_counts(self, rule: Rule, one: Evidence) -> bool:
        if one.details.get("place") != _HOME or rule.place is Place.ANY:
            return True
        return rule.place is Place.HOME_IF_PERMITTED and self._permits_home
