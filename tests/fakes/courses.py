"""A course for tests: facts by day, its timeline, and the same seen by the verifier."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.content.programmes import load_programmes
from bot.content.yaml_loader import load_plain
from bot.domain.closed_days import NEVER_CLOSED, ClosedDays
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_at, evidence_fact
from bot.domain.message_kind import MessageKind
from bot.domain.patient import Fact, FactKind, FactValue, PatientState
from bot.domain.plan import PlannedOccurrence
from bot.domain.programme import Programme
from bot.domain.schedule import instant
from bot.domain.timeline import Timeline, timeline
from bot.domain.verified_case import Case, Finding, Shown
from bot.domain.verifier import verify
from tests.fakes.turns import CONTENT, patient

FOLDER: Path = CONTENT / "programmes"
ZONE = "America/New_York"
CAN, CANNOT = "can-become-pregnant", "cannot-become-pregnant"


@cache
def programmes() -> Mapping[str, Programme]:
    return load_programmes(FOLDER)


@cache
def rules(programme_id: str) -> Mapping[str, Any]:
    return load_plain(FOLDER / f"{programme_id}.yaml")


def day(text: str) -> date:
    return date.fromisoformat(text)


def fact(kind: FactKind, value: FactValue, on: date, *, zone: str = ZONE) -> Fact:
    at = datetime.combine(on, time(9), ZoneInfo(zone)).astimezone(UTC)
    return Fact(kind=kind, value=value, effective_at=at, recorded_at=at, recorded_by="test")


def shown(name: str, on: date | str, *, source: str = "clinic", **details: str) -> Fact:
    """Evidence recorded on its own day; a test is negative unless said otherwise."""
    on = day(on) if isinstance(on, str) else on
    if name == "pregnancy-test":
        details = {"result": "negative", **details}
    value = evidence_fact(EvidenceName(name), on, EvidenceSource(source), details)
    return fact(FactKind.EVIDENCE, value, on)


def course(
    category: str,
    *,
    first: date,
    last: date | None,
    known_on: date | None = None,
    home_tests: bool = False,
) -> list[Fact]:
    on = known_on or date(2020, 1, 1)
    return [
        fact(FactKind.CATEGORY, {"category": category}, on),
        fact(FactKind.PROGRAMME, {"programme": "-", "home_tests": home_tests}, on),
        fact(
            FactKind.REGIMEN,
            {
                "first_day": first.isoformat(),
                "last_day": last.isoformat() if last else None,
                "slots": "evening@20:00",
            },
            on,
        ),
    ]


def state(
    *, born: date = date(1999, 4, 1), hold: str | None = None, zone: str = ZONE
) -> PatientState:
    known = patient()
    return replace(
        known, patient=replace(known.patient, born_on=born), hold=hold, zone=ZoneInfo(zone)
    )


def seen(
    programme: Programme | str,
    facts: Sequence[Fact],
    today: date,
    *,
    who: PatientState | None = None,
    closed: ClosedDays = NEVER_CLOSED,
) -> Timeline:
    """The timeline; every one that a test looks at has passed the verifier."""
    known = programmes()[programme] if isinstance(programme, str) else programme
    found = timeline(facts, who or state(), programme=known, today=today, closed_days=closed)
    assert findings(found, facts, who=who) == []
    return found


def findings(
    found: Timeline,
    facts: Sequence[Fact],
    *,
    who: PatientState | None = None,
    planned: Sequence[PlannedOccurrence] = (),
) -> list[Finding]:
    if not found.steps:
        return []
    return verify(
        rules(found.programme.id),
        case(found, facts, who=who),
        plain_steps(found),
        plain_messages(planned),
    )


def case(found: Timeline, facts: Sequence[Fact], *, who: PatientState | None = None) -> Case:
    zone = (who or state()).zone
    known = evidence_at(facts, at=instant(found.today + timedelta(days=1), time(0), zone))
    evidence = tuple(
        Shown(
            name=one.name.value,
            on=one.on,
            source=one.source.value,
            result=one.result,
            place=one.details.get("place"),
        )
        for one in known
    )
    regimen = next(one for one in reversed(facts) if one.kind is FactKind.REGIMEN)
    programme = next(one for one in reversed(facts) if one.kind is FactKind.PROGRAMME)
    ends = [one for one in evidence if one.name == "last-capsule"]
    return Case(
        today=found.today,
        category=found.category,
        planned_start=day(str(regimen.value["first_day"])),
        last_capsule=ends[-1].on
        if ends
        else (day(str(regimen.value["last_day"])) if regimen.value["last_day"] else None),
        shown=evidence,
        changes={
            one.id: one.effective_on
            for one in found.programme.changes
            if one.effective_on is not None
        },
        permits_home=bool(programme.value.get("home_tests")),
        on_hold=who is not None and who.hold is not None,
        has_ended=bool(ends) and ends[-1].on <= found.today,
    )


def plain_steps(found: Timeline) -> list[dict[str, Any]]:
    return [
        {
            "id": step.id,
            "rule": step.rule,
            "opens": step.opens,
            "closes": step.closes,
            "evidence": step.evidence.on if step.evidence else None,
            "state": step.state.value,
        }
        for step in found.steps
        if step.category == found.category
    ]


def plain_messages(planned: Sequence[PlannedOccurrence]) -> list[dict[str, Any]]:
    return [
        {
            "on": one.day,
            "step": one.reminder.removeprefix("step:"),
            "slot": one.slot,
            "kind": MessageKind(one.kind).value,
        }
        for one in planned
    ]


Days = Mapping[str, tuple[str | None, str | None]]
"""From when to when each step may be done, as a calendar writes it."""


def spans(found: Timeline, names: Sequence[str]) -> dict[str, tuple[str | None, str | None]]:
    chosen = [found.step(name) for name in names]
    return {
        step.id: (
            step.opens.isoformat() if step.opens else None,
            step.closes.isoformat() if step.closes else None,
        )
        for step in chosen
    }


def check(found: Timeline, wanted: Days) -> None:
    assert spans(found, list(wanted)) == wanted
