"""Does the record of what happened keep every word and let the latest hold?"""

from datetime import UTC, date, datetime, timedelta

from bot.domain.evidence import (
    EvidenceName,
    EvidenceSource,
    evidence_at,
    evidence_fact,
    withdrawn,
)
from bot.domain.patient import Fact, FactKind, FactValue

DAY = date(2026, 12, 1)
NOW = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
TEST, CLINIC = EvidenceName.PREGNANCY_TEST, EvidenceSource.CLINIC


def recorded(value: FactValue, *, minutes: int = 0) -> Fact:
    at = NOW + timedelta(minutes=minutes)
    return Fact(
        kind=FactKind.EVIDENCE, value=value, effective_at=at, recorded_at=at, recorded_by="nurse"
    )


def test_the_word_recorded_last_holds_for_the_same_thing() -> None:
    facts = [
        recorded(evidence_fact(TEST, DAY, CLINIC, {"result": "negative"})),
        recorded(evidence_fact(TEST, DAY, CLINIC, {"result": "unclear"}), minutes=5),
    ]
    assert [one.result for one in evidence_at(facts, at=NOW)] == ["negative"]
    later = evidence_at(facts, at=NOW + timedelta(minutes=5))
    assert [one.result for one in later] == ["unclear"]


def test_a_mistake_is_taken_back_and_may_be_recorded_again() -> None:
    facts = [
        recorded(evidence_fact(TEST, DAY, CLINIC, {"result": "negative"})),
        recorded(withdrawn(TEST, DAY, CLINIC), minutes=1),
    ]
    later = NOW + timedelta(hours=1)
    assert evidence_at(facts, at=later) == []
    facts.append(recorded(evidence_fact(TEST, DAY, CLINIC), minutes=2))
    (shown,) = evidence_at(facts, at=later)
    assert (shown.on, shown.result) == (DAY, None)


def test_the_patients_word_never_replaces_the_clinics() -> None:
    facts = [
        recorded(evidence_fact(TEST, DAY, CLINIC, {"result": "positive"})),
        recorded(evidence_fact(TEST, DAY, EvidenceSource.PATIENT, {"result": "negative"})),
    ]
    shown = evidence_at(facts, at=NOW)
    assert {(one.source, one.result) for one in shown} == {
        (EvidenceSource.CLINIC, "positive"),
        (EvidenceSource.PATIENT, "negative"),
    }


def test_two_labs_of_one_day_are_two_things() -> None:
    lab = EvidenceName.LAB_RESULT
    facts = [
        recorded(evidence_fact(lab, DAY, CLINIC, {"test": "triglycerides", "value": "120"})),
        recorded(evidence_fact(lab, DAY, CLINIC, {"test": "alt", "value": "30"})),
    ]
    assert [one.details["test"] for one in evidence_at(facts, at=NOW)] == ["triglycerides", "alt"]
