"""What has been shown to have happened on the way of a course: tests, pick-ups, labs? Pure.

Evidence is a dated fact like every other: append-only, and a correction is a new one. Two facts
are about the same thing when name and day agree; of those the one recorded last holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from bot.domain.patient import Fact, FactKind, FactValue


class EvidenceName(StrEnum):
    """What a programme's step can be closed by; programmes name these in their data."""

    ENROLLED = "enrolled"
    COUNSELLING = "counselling"
    CONSENT_FORM = "consent-form"
    CONTRACEPTION_STARTED = "contraception-started"
    PERIOD_STARTED = "period-started"
    PREGNANCY_TEST = "pregnancy-test"
    QUESTIONS_ANSWERED = "questions-answered"
    PRESCRIBER_CONFIRMED = "prescriber-confirmed"
    PICKED_UP = "picked-up"
    FIRST_CAPSULE = "first-capsule"
    LAST_CAPSULE = "last-capsule"
    LAB_RESULT = "lab-result"
    PREGNANCY_REPORTED = "pregnancy-reported"
    CLEARED = "cleared"
    """A clinician's tick that the programme is over for this patient; never by date alone."""


class EvidenceSource(StrEnum):
    """Patient-reported evidence stops nagging and never closes a safety step (product rule 16)."""

    CLINIC = "clinic"
    PATIENT = "patient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that happened on a local day of the patient."""

    name: EvidenceName
    on: date
    """For a test the day of the sample, for a pick-up the day at the pharmacy."""
    source: EvidenceSource
    details: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Coded values by name: result, place, test, value, unit, capsules, told…"""
    recorded_at: datetime

    @property
    def result(self) -> str | None:
        """The result of a test: "negative", "positive" or "unclear"; None: not known yet."""
        return self.details.get("result")


def evidence_fact(
    name: EvidenceName, on: date, source: EvidenceSource, details: Mapping[str, str] | None = None
) -> FactValue:
    """The value of a fact of kind EVIDENCE."""
    return {"name": name.value, "on": on.isoformat(), "source": source.value, **(details or {})}


def withdrawn(name: EvidenceName, on: date, source: EvidenceSource) -> FactValue:
    """The value of a fact that takes back what was recorded for this name and day by mistake."""
    return {"name": name.value, "on": on.isoformat(), "source": source.value, "withdrawn": True}


def evidence_at(facts: Iterable[Fact], *, at: datetime) -> list[Evidence]:
    """Everything shown by `at`, by day; the clinic's word and the patient's stand side by side."""
    latest: dict[tuple[object, ...], Fact] = {}
    known = [f for f in facts if f.kind is FactKind.EVIDENCE and f.recorded_at <= at]
    for fact in sorted(known, key=lambda fact: fact.recorded_at):
        value = fact.value
        key = (value["name"], value["on"], value["source"], value.get("test"))
        latest[key] = fact
    shown = [
        _read(tuple(fact.value.items()), fact.recorded_at)
        for fact in latest.values()
        if not fact.value.get("withdrawn")
    ]
    return sorted(shown, key=lambda one: (one.on, one.recorded_at, one.name))


@lru_cache(maxsize=4_096)
def _read(fact: tuple[tuple[str, str | int | bool | None], ...], recorded_at: datetime) -> Evidence:
    """Read once for the many questions that a plan asks of the same facts."""
    value, about = {key: str(v) for key, v in fact}, ("name", "on", "source")
    return Evidence(
        name=EvidenceName(value["name"]),
        on=date.fromisoformat(value["on"]),
        source=EvidenceSource(value["source"]),
        details={key: text for key, text in value.items() if key not in about},
        recorded_at=recorded_at,
    )
